//! `count`, `cycle`, `repeat`: iterators that need not end.

use super::iterator;
use std::cell::Cell;
use weft_vm::cell::Field;
use weft_vm::class::build;
use weft_vm::class::native::{Args, Signature, def};
use weft_vm::exc;
use weft_vm::protocol::{self, iter, number};
use weft_vm::types::{int, list, str};
use weft_vm::value::{Res, Value, new_instance};
use weft_vm::vm::types;

/// The payload of `count`: the next number, as a machine integer while it and the step are small.
struct Count {
    next: Field,
    step: Field,
}

iterator! {
    /// `itertools.count`
    COUNT COUNT_SPEC Count [next, step] "itertools.count" "count(start=0, step=1)\n--\n\nReturn a count object whose .__next__() method returns consecutive values.\n\nEquivalent to:\n    def count(firstval=0, step=1):\n        x = firstval\n        while 1:\n            yield x\n            x += step";
    slots { new: Some(count_new), next: Some(count_next), repr: Some(count_repr), }
    methods {}
}

fn count_new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    static SIGNATURE: Signature = Signature::new("count", "(start=0, step=1)");
    SIGNATURE.bind(args, kwnames, |a| {
        let (start, step) = (a.opt(0).cloned().unwrap_or(Value::small_int(0)), a.opt(1).cloned().unwrap_or(Value::small_int(1)));
        let is_number = |v: &Value| number::is_number(v) || v.is_instance(types().complex);
        if !is_number(&start) || !is_number(&step) {
            return Err(exc::type_error("a number is required"));
        }
        Ok(new_instance(build::of(class), Count { next: Field::new(start), step: Field::new(step) }))
    })
}

fn count_next(v: &Value) -> Res<Option<Value>> {
    let c = Count::of(v);
    let (now, step) = (c.next.value(), c.step.value());
    let next = match (now.as_small_int(), step.as_small_int()) {
        (Some(a), Some(b)) => Value::int(a + b),
        _ => number::add(&now, &step)?,
    };
    c.next.set(next);
    Ok(Some(now))
}

fn count_repr(v: &Value) -> Res {
    let c = Count::of(v);
    let (next, step) = (c.next.value(), c.step.value());
    let name = v.class().name();
    let next = protocol::repr_string(&next)?;
    if int::as_i64(&step) == Some(1) {
        return Ok(str::from_string(format!("{name}({next})")));
    }
    Ok(str::from_string(format!("{name}({next}, {})", protocol::repr_string(&step)?)))
}

/// The payload of `cycle`.
struct Cycle {
    /// The iterator, until it has ended.
    source: Field,
    /// A list of what it gave.
    saved: Field,
    index: Cell<usize>,
}

iterator! {
    /// `itertools.cycle`
    CYCLE CYCLE_SPEC Cycle [source, saved] "itertools.cycle" "cycle(iterable, /)\n--\n\nReturn elements from the iterable until it is exhausted. Then repeat the sequence indefinitely.";
    slots { new: Some(cycle_new), next: Some(cycle_next), }
    methods {}
}

fn cycle_new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    static SIGNATURE: Signature = Signature::new("cycle", "(iterable, /)");
    SIGNATURE.bind(args, kwnames, |a| {
        let source = Field::new(iter::iter(a.at(0))?);
        Ok(new_instance(build::of(class), Cycle { source, saved: Field::new(list::new()), index: Cell::new(0) }))
    })
}

fn cycle_next(v: &Value) -> Res<Option<Value>> {
    let c = Cycle::of(v);
    let saved = c.saved.value();
    if let Some(source) = c.source.get() {
        if let Some(x) = iter::next(&source)? {
            list::append(&saved, x.clone())?;
            return Ok(Some(x));
        }
        drop(c.source.take());
    }
    let i = c.index.get();
    let x = list::get(&saved, i);
    c.index.set(if i + 1 >= list::len(&saved) { 0 } else { i + 1 });
    Ok(x)
}

/// The payload of `repeat`: how often it still gives the object; -1 stands for always.
struct Repeat {
    object: Field,
    left: Cell<i64>,
}

iterator! {
    /// `itertools.repeat`
    REPEAT REPEAT_SPEC Repeat [object] "itertools.repeat" "repeat(object [,times]) -> create an iterator which returns the object\nfor the specified number of times.  If not specified, returns the object\nendlessly.";
    slots { new: Some(repeat_new), next: Some(repeat_next), repr: Some(repeat_repr), }
    methods { def("__length_hint__", "($self, /)", repeat_hint, "Private method returning an estimate of len(list(it)).") }
}

fn repeat_new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    static SIGNATURE: Signature = Signature::new("repeat", "(object, times=None)");
    SIGNATURE.bind(args, kwnames, |a| {
        let left = match a.opt(1) {
            Some(n) => (number::as_isize(n)? as i64).max(0),
            None => -1,
        };
        Ok(new_instance(build::of(class), Repeat { object: Field::new(a.at(0).clone()), left: Cell::new(left) }))
    })
}

fn repeat_next(v: &Value) -> Res<Option<Value>> {
    let r = Repeat::of(v);
    match r.left.get() {
        0 => return Ok(None),
        n if n > 0 => r.left.set(n - 1),
        _ => {}
    }
    Ok(r.object.get())
}

fn repeat_repr(v: &Value) -> Res {
    let r = Repeat::of(v);
    let shown = protocol::repr_string(&r.object.value())?;
    let name = v.class().name();
    Ok(str::from_string(match r.left.get() {
        -1 => format!("{name}({shown})"),
        n => format!("{name}({shown}, {n})"),
    }))
}

fn repeat_hint(a: Args) -> Res {
    match Repeat::of(a.at(0)).left.get() {
        -1 => Err(exc::type_error("len() of unsized object")),
        n => Ok(Value::int(n)),
    }
}
