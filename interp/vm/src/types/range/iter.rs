//! `range_iterator`, over small ints, and `longrange_iterator`, over ints of any size.

use super::Range;
use crate::cell::Field;
use crate::class::build::TypeSpec;
use crate::class::native::{Args, def};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type, flag};
use crate::protocol::{number, sequence};
use crate::types::{int, tuple};
use crate::value::{Payload, Res, Value, new_object};
use crate::vm::types;
use num_bigint::BigInt;
use std::cell::Cell;
use weft_layout::tag::Word;

/// The payload of a `range_iterator`. All items to come are small ints.
#[repr(C)]
pub struct RangeIter {
    /// The next item, if any is left.
    next: Cell<i64>,
    /// From one item to the next.
    step: Cell<i64>,
    /// Items left.
    left: Cell<u64>,
}

/// Byte offset of the next item in a range iterator.
pub const NEXT_OFFSET: usize = 8 + std::mem::offset_of!(RangeIter, next);
/// Byte offset of the step in a range iterator.
pub const STEP_OFFSET: usize = 8 + std::mem::offset_of!(RangeIter, step);
/// Byte offset of the number of items left in a range iterator.
pub const LEFT_OFFSET: usize = 8 + std::mem::offset_of!(RangeIter, left);

// SAFETY: range iterators hold a RangeIter at offset 8.
unsafe impl Payload for RangeIter {
    const TRACED: bool = false;

    fn class() -> &'static Type {
        types().range_iterator
    }
}

/// The payload of a `longrange_iterator`: exact ints.
#[repr(C)]
pub struct LongRangeIter {
    next: Field,
    step: Field,
    left: Field,
}

// SAFETY: long range iterators hold a LongRangeIter at offset 8.
unsafe impl Payload for LongRangeIter {
    const TRACED: bool = false;

    fn class() -> &'static Type {
        types().longrange_iterator
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        [&self.next, &self.step, &self.left].iter().for_each(|f| visit(f.word()));
    }
}

/// The declaration of `range_iterator`.
pub static ITER_SPEC: TypeSpec = TypeSpec {
    name: "range_iterator",
    payload: PayloadOps::of::<RangeIter>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { iter: Some(|v| Ok(v.clone())), next: Some(|v| Ok(iter_next(v))), ..Slots::NONE },
    methods: &[
        def(
            "__length_hint__",
            "($self, /)",
            |a| Ok(int::from_bigint(BigInt::from(this(a.at(0)).left.get()))),
            "Private method returning an estimate of len(list(it)).",
        ),
        def("__reduce__", "($self, /)", reduce, "Return state information for pickling."),
        def("__setstate__", "($self, object, /)", setstate, "Set state information for unpickling."),
    ],
    ..TypeSpec::DEFAULT
};

/// The declaration of `longrange_iterator`.
pub static LONG_ITER_SPEC: TypeSpec = TypeSpec {
    name: "longrange_iterator",
    payload: PayloadOps::of::<LongRangeIter>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { iter: Some(|v| Ok(v.clone())), next: Some(|v| Ok(long_next(v))), ..Slots::NONE },
    methods: &[
        def("__length_hint__", "($self, /)", |a| Ok(long(a.at(0)).left.value()), "Private method returning an estimate of len(list(it))."),
        def("__reduce__", "($self, /)", long_reduce, "Return state information for pickling."),
        def("__setstate__", "($self, object, /)", long_setstate, "Set state information for unpickling."),
    ],
    ..TypeSpec::DEFAULT
};

fn new_small(next: i64, step: i64, left: u64) -> Value {
    new_object(RangeIter { next: Cell::new(next), step: Cell::new(step), left: Cell::new(left) })
}

fn new_long(next: BigInt, step: BigInt, left: Value) -> Value {
    let [next, step] = [next, step].map(|i| Field::new(int::from_bigint(i)));
    new_object(LongRangeIter { next, step, left: Field::new(left) })
}

/// An iterator from `start` to `stop` by `step`, which is not 0; all are small ints.
pub fn small(start: i64, stop: i64, step: i64) -> Value {
    let distance = if step > 0 { stop.wrapping_sub(start) } else { start.wrapping_sub(stop) };
    let left = if distance <= 0 { 0 } else { (distance as u64 - 1) / step.unsigned_abs() + 1 };
    new_small(start, step, left)
}

/// Items left in a range iterator.
pub fn left(v: &Value) -> u64 {
    this(v).left.get()
}

/// `iter(range)`.
pub fn forward(r: &Range) -> Value {
    match r.small() {
        Some((start, step, n)) => new_small(start, step, n),
        None => new_long(int::to_bigint(&r.start()), int::to_bigint(&r.step()), r.length()),
    }
}

/// `reversed(range)`.
pub fn backward(r: &Range) -> Value {
    // The step's negation and what lies before the start have to be small as well.
    match r.small() {
        Some((start, step, n)) if n > 0 && step.checked_neg().is_some_and(|s| Value::int(s).as_small_int().is_some()) => {
            new_small(start + (n as i64 - 1) * step, -step, n)
        }
        _ => {
            let (step, n) = (int::to_bigint(&r.step()), int::to_bigint(&r.length()));
            new_long(int::to_bigint(&r.start()) + (n - 1) * &step, -step, r.length())
        }
    }
}

fn this(v: &Value) -> &RangeIter {
    // SAFETY: called with range iterators only.
    unsafe { v.payload::<RangeIter>() }
}

fn long(v: &Value) -> &LongRangeIter {
    // SAFETY: called with long range iterators only.
    unsafe { v.payload::<LongRangeIter>() }
}

/// The next item of a range iterator.
#[inline(always)]
pub fn iter_next(v: &Value) -> Option<Value> {
    this(v).advance()
}

impl RangeIter {
    /// The next item.
    #[inline(always)]
    pub fn advance(&self) -> Option<Value> {
        let left = self.left.get();
        if left == 0 {
            return None;
        }
        let i = self.next.get();
        self.left.set(left - 1);
        // Behind the last item this may be no small int, but it is not used then.
        self.next.set(i.wrapping_add(self.step.get()));
        Some(Value::small_int(i))
    }
}

fn long_next(v: &Value) -> Option<Value> {
    let it = long(v);
    let left = it.left.value();
    if left.as_small_int() == Some(0) {
        return None;
    }
    let next = it.next.value();
    it.left.set(int::subtract(&left, &Value::small_int(1)));
    it.next.set(int::add(&next, &it.step.value()));
    Some(next)
}

fn reduced(next: BigInt, step: BigInt, left: BigInt) -> Res {
    let stop = &next + left * &step;
    let [next, stop, step] = [next, stop, step].map(int::from_bigint);
    let range = super::new(next, stop, step);
    Ok(tuple::from_array([sequence::builtin("iter")?, tuple::from_array([range]), Value::NONE]))
}

fn reduce(a: Args) -> Res {
    let it = this(a.at(0));
    reduced(it.next.get().into(), it.step.get().into(), it.left.get().into())
}

fn long_reduce(a: Args) -> Res {
    let it = long(a.at(0));
    reduced(int::to_bigint(&it.next.value()), int::to_bigint(&it.step.value()), int::to_bigint(&it.left.value()))
}

fn setstate(a: Args) -> Res {
    let it = this(a.at(0));
    let i = (sequence::state_index(a.at(1))?.max(0) as u64).min(it.left.get());
    it.next.set(it.next.get().wrapping_add((i as i64).wrapping_mul(it.step.get())));
    it.left.set(it.left.get() - i);
    Ok(Value::NONE)
}

fn long_setstate(a: Args) -> Res {
    let it = long(a.at(0));
    let left = int::to_bigint(&it.left.value());
    let i = int::to_bigint(&number::index(a.at(1))?).max(BigInt::ZERO).min(left.clone());
    it.next.set(int::from_bigint(int::to_bigint(&it.next.value()) + &i * int::to_bigint(&it.step.value())));
    it.left.set(int::from_bigint(left - i));
    Ok(Value::NONE)
}
