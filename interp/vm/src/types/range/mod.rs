//! `range`: start, stop, step and length as exact ints of any size, with quick paths for small ones.

pub mod iter;

pub use iter::{ITER_SPEC, LEFT_OFFSET, LONG_ITER_SPEC, NEXT_OFFSET, RangeIter, STEP_OFFSET, iter_next};

use crate::cell::Field;
use crate::class::build::TypeSpec;
use crate::class::native::{Args, bind_call, def, getset};
use crate::class::slots::{CompareOp, Slots};
use crate::class::{PayloadOps, Type, flag};
use crate::exc;
use crate::protocol::{self, number, sequence};
use crate::types::repr_guard::text;
use crate::types::{int, slice, tuple};
use crate::value::{Payload, Res, Value, new_object};
use crate::vm::types;
use num_bigint::BigInt;
use num_integer::Integer;
use weft_layout::tag::Word;

/// The payload of a range: four exact ints, set when it is made.
#[repr(C)]
pub struct Range {
    start: Field,
    stop: Field,
    step: Field,
    length: Field,
}

// SAFETY: ranges hold a Range at offset 8.
unsafe impl Payload for Range {
    fn class() -> &'static Type {
        types().range
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        for f in [&self.start, &self.stop, &self.step, &self.length] {
            visit(f.word());
        }
    }
}

/// The declaration of `range`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "range",
    doc: "range(stop) -> range object\nrange(start, stop[, step]) -> range object\n\nReturn an object that produces a sequence of integers from start (inclusive)\nto stop (exclusive) by step.  range(i, j) produces i, i+1, i+2, ..., j-1.\nstart defaults to 0, and stop is omitted!  range(4) produces 0, 1, 2, 3.\nThese are exactly the valid indices for a list of 4 elements.\nWhen step is given, it specifies the increment (or decrement).",
    payload: PayloadOps::of::<Range>(),
    flags: flag::SEQUENCE,
    slots: Slots {
        new: Some(range_new),
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(compare),
        iter: Some(|v| Ok(iter::forward(this(v)))),
        bool: Some(|v| protocol::is_true(&this(v).length())),
        len: Some(len),
        contains: Some(contains),
        get_item: Some(get_item),
        ..Slots::NONE
    },
    methods: &[
        def("__reversed__", "($self, /)", |a| Ok(iter::backward(this(a.at(0)))), "Return a reverse iterator."),
        def("__reduce__", "($self, /)", reduce, ""),
        def("count", "($self, object, /)", count, "rangeobject.count(value) -> integer -- return number of occurrences of value"),
        def(
            "index",
            "($self, object, /)",
            index,
            "rangeobject.index(value) -> integer -- return index of value.\nRaise ValueError if the value is not present.",
        ),
    ],
    getsets: &[
        getset("start", |v| Ok(this(v).start()), sequence::read_only, ""),
        getset("stop", |v| Ok(this(v).stop()), sequence::read_only, ""),
        getset("step", |v| Ok(this(v).step()), sequence::read_only, ""),
    ],
    ..TypeSpec::DEFAULT
};

/// A range of exact ints; `step` is not 0.
pub fn new(start: Value, stop: Value, step: Value) -> Value {
    let length = length_of(&start, &stop, &step);
    let [start, stop, step, length] = [start, stop, step, length].map(Field::new);
    new_object(Range { start, stop, step, length })
}

fn length_of(start: &Value, stop: &Value, step: &Value) -> Value {
    if let (Some(a), Some(b), Some(s)) = (start.as_small_int(), stop.as_small_int(), step.as_small_int()) {
        if s == 1 {
            // Both are 63 bits wide.
            return Value::int((b - a).max(0));
        }
        let (gap, s) = if s > 0 { (b as i128 - a as i128, s as i128) } else { (a as i128 - b as i128, -(s as i128)) };
        let n = if gap <= 0 { 0 } else { (gap - 1) / s + 1 };
        return i64::try_from(n).map_or_else(|_| int::from_bigint(BigInt::from(n)), Value::int);
    }
    let (a, b, s) = (int::to_bigint(start), int::to_bigint(stop), int::to_bigint(step));
    let (gap, s) = if s > BigInt::ZERO { (b - a, s) } else { (a - b, -s) };
    if gap <= BigInt::ZERO { Value::small_int(0) } else { int::from_bigint((gap - 1u32).div_floor(&s) + 1u32) }
}

fn this(v: &Value) -> &Range {
    // SAFETY: called with ranges only.
    unsafe { v.payload::<Range>() }
}

impl Range {
    /// `start`.
    pub fn start(&self) -> Value {
        self.start.value()
    }

    /// `stop`.
    pub fn stop(&self) -> Value {
        self.stop.value()
    }

    /// `step`.
    pub fn step(&self) -> Value {
        self.step.value()
    }

    /// The number of items.
    pub fn length(&self) -> Value {
        self.length.value()
    }

    /// Start, step and length, if those and all items are small ints.
    fn small(&self) -> Option<(i64, i64, u64)> {
        let (start, step, n) = (self.start().as_small_int()?, self.step().as_small_int()?, self.length().as_small_int()?);
        // Items lie between start and stop.
        self.stop().as_small_int()?;
        Some((start, step, n as u64))
    }

    /// All items, if they are small ints and not too many.
    pub fn to_small_ints(&self) -> Option<Vec<Value>> {
        let (start, step, n) = self.small()?;
        let n = usize::try_from(n).ok()?;
        let mut items = Vec::new();
        items.try_reserve_exact(n).ok()?;
        items.extend((0..n).map(|i| Value::small_int(start + i as i64 * step)));
        Some(items)
    }

    /// Item `i`, which need not be there.
    fn item(&self, i: &BigInt) -> Value {
        int::from_bigint(int::to_bigint(&self.start()) + i * int::to_bigint(&self.step()))
    }

    /// The place of an exact int or bool, if it is there.
    fn place(&self, v: &Value) -> Option<Value> {
        if let (Some((start, step, n)), Some(i)) = (self.small(), v.as_small_int()) {
            // Neither difference nor division can overflow: all are 63 bits wide.
            let gap = i - start;
            let k = gap.checked_div(step)?;
            return (gap % step == 0 && k >= 0 && (k as u64) < n).then(|| Value::int(k));
        }
        let (start, step, n) = (int::to_bigint(&self.start()), int::to_bigint(&self.step()), int::to_bigint(&self.length()));
        let (k, rest) = (int::to_bigint(v) - start).div_mod_floor(&step);
        (rest == BigInt::ZERO && k >= BigInt::ZERO && k < n).then(|| int::from_bigint(k))
    }
}

fn range_new(_: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    if kwnames.is_some_and(|k| !tuple::items(k).is_empty()) {
        return Err(exc::type_error("range() takes no keyword arguments"));
    }
    bind_call("range", "(start, stop=None, step=None, /)", args, None, |a| {
        let first = number::index(a.at(0))?;
        let Some(stop) = a.opt(1) else { return Ok(new(Value::small_int(0), first, Value::small_int(1))) };
        let stop = number::index(stop)?;
        let step = a.opt(2).map_or(Ok(Value::small_int(1)), number::index)?;
        if step.as_small_int() == Some(0) {
            return Err(exc::value_error("range() arg 3 must not be zero"));
        }
        Ok(new(first, stop, step))
    })
}

fn repr(v: &Value) -> Res {
    let r = this(v);
    let mut out = text("range(");
    out.push_value(&protocol::repr(&r.start())?);
    out.push_str(", ");
    out.push_value(&protocol::repr(&r.stop())?);
    if r.step().as_small_int() != Some(1) {
        out.push_str(", ");
        out.push_value(&protocol::repr(&r.step())?);
    }
    out.push_str(")");
    Ok(out.finish())
}

/// What of a range matters for equality: the length, the start if there is an item, the step if there are two.
fn identity(r: &Range) -> [Value; 3] {
    let length = r.length();
    match length.as_small_int() {
        Some(0) => [length, Value::NONE, Value::NONE],
        Some(1) => [length, r.start(), Value::NONE],
        _ => [length, r.start(), r.step()],
    }
}

fn hash(v: &Value) -> Res<i64> {
    protocol::hash(&tuple::from_array(identity(this(v))))
}

fn compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    let (Some(x), Some(y)) = (a.downcast_exact::<Range>(), b.downcast_exact::<Range>()) else { return Ok(Value::NOT_IMPLEMENTED) };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let equal = a.is(b) || protocol::compare_bool(&tuple::from_array(identity(x)), &tuple::from_array(identity(y)), CompareOp::Eq)?;
    Ok(Value::bool(equal == (op == CompareOp::Eq)))
}

fn len(v: &Value) -> Res<usize> {
    match int::as_i64(&this(v).length()) {
        Some(n) => Ok(n as usize),
        None => Err(exc::overflow_error("Python int too large to convert to C ssize_t")),
    }
}

fn is_plain_int(v: &Value) -> bool {
    v.as_small_int().is_some() || std::ptr::eq(v.class(), types().int) || std::ptr::eq(v.class(), types().bool)
}

fn contains(v: &Value, item: &Value) -> Res<bool> {
    if is_plain_int(item) { Ok(this(v).place(item).is_some()) } else { protocol::iter::contains(v, item) }
}

fn get_item(v: &Value, key: &Value) -> Res {
    let r = this(v);
    if let (Some(i), Some((start, step, n))) = (key.as_small_int(), r.small()) {
        let i = if i < 0 { i + n as i64 } else { i };
        if i < 0 || i as u64 >= n {
            return Err(out_of_range());
        }
        return Ok(Value::int(start + i * step));
    }
    if let Some(s) = slice::downcast(key) {
        if let Some((start, step, n)) = r.small()
            && s.step().as_small_int().is_some_and(|k| k != 0) | s.step().is_none()
        {
            let part = s.indices(n as usize)?;
            // Bounds lie in the range, or one step outside of it; the new step may be anything.
            let at = |i: i64| i.checked_mul(step).and_then(|d| d.checked_add(start));
            if let (Some(from), Some(to), Some(by)) = (at(part.start), at(part.stop), part.step.checked_mul(step)) {
                return Ok(new(Value::int(from), Value::int(to), Value::int(by)));
            }
        }
        let (start, stop, step) = slice::long_indices(s, &int::to_bigint(&r.length()))?;
        let step = int::from_bigint(step * int::to_bigint(&r.step()));
        return Ok(new(r.item(&start), r.item(&stop), step));
    }
    if key.class().slots().index.is_none() {
        return Err(exc::type_error(format!("range indices must be integers or slices, not {}", key.class().full_name())));
    }
    let (mut i, n) = (int::to_bigint(&number::index(key)?), int::to_bigint(&r.length()));
    if i < BigInt::ZERO {
        i += &n;
    }
    if i < BigInt::ZERO || i >= n { Err(out_of_range()) } else { Ok(r.item(&i)) }
}

fn out_of_range() -> exc::Raised {
    exc::index_error("range object index out of range")
}

fn reduce(a: Args) -> Res {
    let r = this(a.at(0));
    Ok(tuple::from_array([types().range.value(), tuple::from_array([r.start(), r.stop(), r.step()])]))
}

fn count(a: Args) -> Res {
    if is_plain_int(a.at(1)) {
        return Ok(Value::usize(this(a.at(0)).place(a.at(1)).is_some() as usize));
    }
    let mut n = 0;
    protocol::iter::for_each(a.at(0), |x| {
        n += protocol::compare_bool(&x, a.at(1), CompareOp::Eq)? as usize;
        Ok(())
    })?;
    Ok(Value::usize(n))
}

fn index(a: Args) -> Res {
    if is_plain_int(a.at(1)) {
        return this(a.at(0)).place(a.at(1)).ok_or_else(|| exc::value_error("range.index(x): x not in range"));
    }
    let it = protocol::iter::iter(a.at(0))?;
    let mut i = 0;
    while let Some(x) = protocol::iter::next(&it)? {
        if protocol::compare_bool(&x, a.at(1), CompareOp::Eq)? {
            return Ok(Value::usize(i));
        }
        i += 1;
    }
    Err(exc::value_error("sequence.index(x): x not in sequence"))
}
