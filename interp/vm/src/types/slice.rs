//! `slice`, and what a slice means for a sequence of a given length.

use crate::cell::Field;
use crate::class::build::TypeSpec;
use crate::class::native::{Args, bind_call, def, getset};
use crate::class::slots::{CompareOp, Slots};
use crate::class::{PayloadOps, Type};
use crate::exc;
use crate::protocol::{self, number, sequence};
use crate::types::repr_guard::text;
use crate::types::{int, tuple};
use crate::value::{Payload, Res, Value, new_object};
use crate::vm::types;
use num_bigint::BigInt;
use std::mem::offset_of;
use weft_layout::tag::Word;

/// The payload of a slice. The fields are set when it is made and do not change.
#[repr(C)]
pub struct Slice {
    start: Field,
    stop: Field,
    step: Field,
}

/// Bytes of a slice.
pub const SIZE: usize = 8 + size_of::<Slice>();
/// Offsets of a slice's start, stop and step in it.
pub const OFFSETS: [u16; 3] = [8 + offset_of!(Slice, start) as u16, 8 + offset_of!(Slice, stop) as u16, 8 + offset_of!(Slice, step) as u16];

// SAFETY: slices hold a Slice at offset 8.
unsafe impl Payload for Slice {
    fn class() -> &'static Type {
        types().slice
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        for f in [&self.start, &self.stop, &self.step] {
            visit(f.word());
        }
    }
}

/// The declaration of `slice`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "slice",
    doc: "slice(stop)\nslice(start, stop[, step])\n\nCreate a slice object.\n\nThis is used for extended slicing (e.g. a[0:10:2]).",
    payload: PayloadOps::of::<Slice>(),
    slots: Slots { new: Some(slice_new), repr: Some(repr), hash: Some(hash), compare: Some(compare), ..Slots::NONE },
    methods: &[
        def(
            "indices",
            "($self, object, /)",
            indices_method,
            "S.indices(len) -> (start, stop, stride)\n\nAssuming a sequence of length len, calculate the start and stop\nindices, and the stride length of the extended slice described by\nS. Out of bounds indices are clipped in a manner consistent with the\nhandling of normal slices.",
        ),
        def("__reduce__", "($self, /)", reduce, "Return state information for pickling."),
    ],
    getsets: &[
        getset("start", |v| Ok(this(v).start()), sequence::read_only, ""),
        getset("stop", |v| Ok(this(v).stop()), sequence::read_only, ""),
        getset("step", |v| Ok(this(v).step()), sequence::read_only, ""),
    ],
    ..TypeSpec::DEFAULT
};

/// A slice.
pub fn new(start: Value, stop: Value, step: Value) -> Value {
    new_object(Slice { start: Field::new(start), stop: Field::new(stop), step: Field::new(step) })
}

/// The payload of a slice, if the value is one.
#[inline(always)]
pub fn downcast(v: &Value) -> Option<&Slice> {
    v.downcast_exact::<Slice>()
}

fn this(v: &Value) -> &Slice {
    // SAFETY: called with slices only.
    unsafe { v.payload::<Slice>() }
}

/// A slice's bounds as indices of at most 64 bits, not yet fitted to a length.
#[derive(Clone, Copy, Debug)]
pub struct Unpacked {
    start: i64,
    stop: i64,
    /// The step, which is not 0.
    pub step: i64,
}

/// What a slice means for a sequence: `count` items, the first at `start`, `step` apart.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Indices {
    pub start: i64,
    pub stop: i64,
    pub step: i64,
    pub count: usize,
}

impl Indices {
    /// The places of the items.
    pub fn positions(&self) -> impl ExactSizeIterator<Item = usize> + use<> {
        let Indices { start, step, count, .. } = *self;
        (0..count).map(move |i| (start + i as i64 * step) as usize)
    }
}

impl Unpacked {
    /// Start, stop and step that are small ints or None; `None` if one is not, or if the step is 0.
    pub fn of_small(start: &Value, stop: &Value, step: &Value) -> Option<Unpacked> {
        let of = |v: &Value, default: i64| if v.is_none() { Some(default) } else { v.as_small_int() };
        let step = of(step, 1).filter(|&s| s != 0)?;
        let (first, last) = if step < 0 { (i64::MAX, i64::MIN) } else { (0, i64::MAX) };
        Some(Unpacked { start: of(start, first)?, stop: of(stop, last)?, step })
    }

    /// Fits the bounds to a length (`PySlice_AdjustIndices`).
    pub fn adjust(&self, len: usize) -> Indices {
        let n = len as i64;
        let (low, high) = if self.step < 0 { (-1, n - 1) } else { (0, n) };
        let fit = |i: i64| if i < 0 { i.saturating_add(n).max(low) } else { i.min(high) };
        let (start, stop, step) = (fit(self.start), fit(self.stop), self.step);
        let count = if step < 0 {
            if stop < start { (start - stop - 1) / -step + 1 } else { 0 }
        } else if start < stop {
            (stop - start - 1) / step + 1
        } else {
            0
        };
        Indices { start, stop, step, count: count as usize }
    }
}

impl Slice {
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

    /// The bounds as indices (`PySlice_Unpack`). May run Python code (`__index__`).
    pub fn unpack(&self) -> Res<Unpacked> {
        let step = match self.step.value() {
            s if s.is_none() => 1,
            s => bound(&s)?.max(-i64::MAX),
        };
        if step == 0 {
            return Err(exc::value_error("slice step cannot be zero"));
        }
        let start = match self.start.value() {
            s if s.is_none() => {
                if step < 0 {
                    i64::MAX
                } else {
                    0
                }
            }
            s => bound(&s)?,
        };
        let stop = match self.stop.value() {
            s if s.is_none() => {
                if step < 0 {
                    i64::MIN
                } else {
                    i64::MAX
                }
            }
            s => bound(&s)?,
        };
        Ok(Unpacked { start, stop, step })
    }

    /// What the slice means for a sequence of this length.
    pub fn indices(&self, len: usize) -> Res<Indices> {
        Ok(self.unpack()?.adjust(len))
    }
}

/// Start, stop, step and number of items of a slice of a sequence of this length.
pub fn indices(s: &Value, len: usize) -> Res<(i64, i64, i64, usize)> {
    let r = this(s).indices(len)?;
    Ok((r.start, r.stop, r.step, r.count))
}

/// Start, stop and step as they were given.
pub fn parts(s: &Value) -> (Value, Value, Value) {
    let s = this(s);
    (s.start(), s.stop(), s.step())
}

const NOT_AN_INDEX: &str = "slice indices must be integers or None or have an __index__ method";

/// A slice bound that is not None, clipped to 64 bits.
pub fn bound(v: &Value) -> Res<i64> {
    if let Some(i) = v.as_small_int() {
        return Ok(i);
    }
    if v.class().slots().index.is_none() {
        return Err(exc::type_error(NOT_AN_INDEX));
    }
    number::index_clipped(v)
}

/// A slice bound that is not None, of any size.
fn big_bound(v: &Value) -> Res<BigInt> {
    if v.class().slots().index.is_none() {
        return Err(exc::type_error(NOT_AN_INDEX));
    }
    Ok(int::to_bigint(&number::index(v)?))
}

/// `start`, `stop` and `step` for a sequence of `len` items, ints of any size (`_PySlice_GetLongIndices`).
pub fn long_indices(s: &Slice, len: &BigInt) -> Res<(BigInt, BigInt, BigInt)> {
    let zero = BigInt::ZERO;
    let step = match s.step() {
        v if v.is_none() => BigInt::from(1),
        v => big_bound(&v)?,
    };
    if step == zero {
        return Err(exc::value_error("slice step cannot be zero"));
    }
    let backwards = step < zero;
    let (low, high) = if backwards { (BigInt::from(-1), len - 1) } else { (zero.clone(), len.clone()) };
    let fit = |v: Value, default: &BigInt| -> Res<BigInt> {
        if v.is_none() {
            return Ok(default.clone());
        }
        let i = big_bound(&v)?;
        Ok(if i < BigInt::ZERO { (i + len).max(low.clone()) } else { i.min(high.clone()) })
    };
    let start = fit(s.start(), if backwards { &high } else { &low })?;
    let stop = fit(s.stop(), if backwards { &low } else { &high })?;
    Ok((start, stop, step))
}

fn slice_new(_: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    if kwnames.is_some_and(|k| !tuple::items(k).is_empty()) {
        return Err(exc::type_error("slice() takes no keyword arguments"));
    }
    bind_call("slice", "(start, stop=None, step=None, /)", args, None, |a| {
        let none = || Value::NONE;
        Ok(match (a.opt(1), a.opt(2)) {
            (None, _) => new(none(), a.at(0).clone(), none()),
            (Some(stop), step) => new(a.at(0).clone(), stop.clone(), step.cloned().unwrap_or_else(none)),
        })
    })
}

fn repr(v: &Value) -> Res {
    let s = this(v);
    let mut out = text("slice(");
    out.push_value(&protocol::repr(&s.start())?);
    out.push_str(", ");
    out.push_value(&protocol::repr(&s.stop())?);
    out.push_str(", ");
    out.push_value(&protocol::repr(&s.step())?);
    out.push_str(")");
    Ok(out.finish())
}

/// CPython's slice hash, the same simplified xxHash as a tuple's but for the length.
fn hash(v: &Value) -> Res<i64> {
    const P1: u64 = 11400714785074694791;
    const P2: u64 = 14029467366897019727;
    const P5: u64 = 2870177450012600261;
    let s = this(v);
    let mut acc = P5;
    for x in [s.start(), s.stop(), s.step()] {
        let lane = protocol::hash(&x)? as u64;
        acc = acc.wrapping_add(lane.wrapping_mul(P2)).rotate_left(31).wrapping_mul(P1);
    }
    Ok(if acc == u64::MAX { 1546275796 } else { acc as i64 })
}

fn compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    let (Some(x), Some(y)) = (downcast(a), downcast(b)) else { return Ok(Value::NOT_IMPLEMENTED) };
    if a.is(b) {
        return Ok(Value::bool(op.holds(std::cmp::Ordering::Equal)));
    }
    let as_tuple = |s: &Slice| tuple::from_array([s.start(), s.stop(), s.step()]);
    protocol::compare(&as_tuple(x), &as_tuple(y), op)
}

fn indices_method(a: Args) -> Res {
    let len = int::to_bigint(&number::index(a.at(1))?);
    if len < BigInt::ZERO {
        return Err(exc::value_error("length should not be negative"));
    }
    let (start, stop, step) = long_indices(this(a.at(0)), &len)?;
    Ok(tuple::from_array([start, stop, step].map(int::from_bigint)))
}

fn reduce(a: Args) -> Res {
    let s = this(a.at(0));
    let class = a.at(0).class().value();
    Ok(tuple::from_array([class, tuple::from_array([s.start(), s.stop(), s.step()])]))
}
