//! `reversed`, over anything with `__len__` and `__getitem__`.

use crate::call;
use crate::cell::Field;
use crate::class::build::{self, TypeSpec};
use crate::class::native::{Args, bind_call, def};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type, flag};
use crate::exc;
use crate::protocol::{self, iter, sequence};
use crate::types::tuple;
use crate::value::{Payload, Res, Value, new_instance};
use crate::vm::{names, types};
use std::cell::Cell;
use weft_layout::tag::Word;

/// The payload of a reversed object.
#[repr(C)]
pub struct Reversed {
    /// The sequence; empty once the iterator is exhausted.
    sequence: Field,
    /// The next item, or -1.
    index: Cell<i64>,
}

// SAFETY: instances of reversed hold a Reversed at offset 8.
unsafe impl Payload for Reversed {
    fn class() -> &'static Type {
        types().reversed
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.sequence.word());
    }

    fn clear(&self) {
        drop(self.sequence.take());
    }
}

/// The declaration of `reversed`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "reversed",
    doc: "reversed(sequence, /)\n--\n\nReturn a reverse iterator over the values of the given sequence.",
    payload: PayloadOps::of::<Reversed>(),
    flags: flag::BASETYPE,
    slots: Slots { new: Some(new), iter: Some(|v| Ok(v.clone())), next: Some(next), ..Slots::NONE },
    methods: &[
        def("__length_hint__", "($self, /)", length_hint, "Private method returning an estimate of len(list(it))."),
        def("__reduce__", "($self, /)", reduce, "Return state information for pickling."),
        def("__setstate__", "($self, object, /)", setstate, "Set state information for unpickling."),
    ],
    ..TypeSpec::DEFAULT
};

fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let class = build::of(class);
    let (args, kwnames) = sequence::new_args(class, types().reversed, args, kwnames);
    bind_call("reversed", "(sequence, /)", args, kwnames, |a| {
        let v = a.at(0);
        let not_reversible = || exc::type_error(format!("'{}' object is not reversible", v.class().full_name()));
        match v.class().lookup(&names().__reversed__) {
            Some(f) if f.is_none() => return Err(not_reversible()),
            Some(f) => return call::call_unbound(&f, v, &[], None),
            None if !iter::is_sequence(v) => return Err(not_reversible()),
            None => {}
        }
        let n = protocol::len(v)? as i64;
        Ok(new_instance(class, Reversed { sequence: Field::new(v.clone()), index: Cell::new(n - 1) }))
    })
}

fn this(v: &Value) -> &Reversed {
    // SAFETY: called with instances of reversed only.
    unsafe { v.payload::<Reversed>() }
}

fn next(v: &Value) -> Res<Option<Value>> {
    let r = this(v);
    let i = r.index.get();
    let Some(sequence) = r.sequence.get() else { return Ok(None) };
    let item = if i < 0 { None } else { iter::sequence_item(&sequence, i)? };
    match item {
        Some(x) => {
            r.index.set(i - 1);
            Ok(Some(x))
        }
        None => {
            r.index.set(-1);
            drop(r.sequence.take());
            Ok(None)
        }
    }
}

fn length_hint(a: Args) -> Res {
    let r = this(a.at(0));
    let Some(sequence) = r.sequence.get() else { return Ok(Value::small_int(0)) };
    let n = protocol::len(&sequence)? as i64;
    let left = r.index.get() + 1;
    Ok(Value::int(if n < left { 0 } else { left }))
}

fn reduce(a: Args) -> Res {
    let r = this(a.at(0));
    let class = a.at(0).class().value();
    Ok(match r.sequence.get() {
        Some(s) => tuple::from_array([class, tuple::from_array([s]), Value::int(r.index.get())]),
        None => tuple::from_array([class, tuple::from_array([tuple::empty()])]),
    })
}

fn setstate(a: Args) -> Res {
    let r = this(a.at(0));
    let i = sequence::state_index(a.at(1))?;
    if let Some(s) = r.sequence.get() {
        let n = protocol::len(&s)? as i64;
        r.index.set(i.clamp(-1, (n - 1).max(-1)));
    }
    Ok(Value::NONE)
}
