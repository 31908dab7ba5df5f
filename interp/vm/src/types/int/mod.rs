//! `int`: small ones are tagged words, all others hold a `num_bigint::BigInt`.
//!
//! * [`arith`]: add, subtract, multiply, divide, bitwise operations, shifts. [`power`]: `**` and three-argument `pow`.
//! * [`compare`]: comparison, also with floats; hashing.
//! * [`parse`]: text to int. [`text`]: int to text, and the limit on both.
//! * [`construct`]: `int(...)`. [`bytes`]: `to_bytes` and `from_bytes`. [`methods`]: the rest.
//!
//! An exact int that fits 63 bits is always the tagged word, so equal small ints are the same word. An instance
//! of a subclass is always a heap object, whatever its size.

pub mod arith;
pub mod bytes;
pub mod compare;
pub mod construct;
pub mod methods;
pub mod parse;
pub mod power;
pub mod text;

pub use arith::{
    absolute, add, bitand, bitor, bitxor, divmod, floor_div, invert, lshift, modulo, multiply, negative, rshift, subtract, true_divide,
};
pub use compare::hash_result;
pub use parse::parse;
pub use text::to_string;

use crate::class::build::TypeSpec;
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type, flag};
use crate::exc;
use crate::heap::{page, shape};
use crate::value::{Payload, Res, Value};
use crate::vm::types;
use num_bigint::{BigInt, Sign};
use num_traits::ToPrimitive;
use std::borrow::Cow;
use weft_layout::tag;

/// The payload of ints on the heap.
pub enum Int {
    /// A subclass instance whose value fits 63 bits.
    Small(i64),
    /// A value that does not fit 63 bits.
    Big(BigInt),
}

// SAFETY: every instance of int on the heap is made by `allocate`, which writes an Int at the shape's payload offset.
unsafe impl Payload for Int {
    const MOVES: bool = true;
    const TRACED: bool = false;

    fn class() -> &'static Type {
        types().int
    }
}

/// The class.
pub static SPEC: TypeSpec = TypeSpec {
    name: "int",
    doc: "int([x]) -> integer\nint(x, base=10) -> integer\n\nConvert a number or string to an integer, or return 0 if no arguments\nare given.  If x is a number, return x.__int__().  For floating-point\nnumbers, this truncates towards zero.\n\nIf x is not a number or if base is given, then x must be a string,\nbytes, or bytearray instance representing an integer literal in the\ngiven base.  The literal can be preceded by '+' or '-' and be surrounded\nby whitespace.  The base defaults to 10.  Valid bases are 0 and 2-36.\nBase 0 means to interpret the base from the string as an integer\niteral.\n>>> int('0b100', base=0)\n4",
    payload: PayloadOps::of::<Int>(),
    flags: flag::BASETYPE | flag::LONG_SUBCLASS | flag::MATCH_SELF,
    slots: Slots {
        new: Some(construct::new),
        repr: Some(text::repr),
        hash: Some(compare::hash),
        compare: Some(compare::rich_compare),
        bool: Some(methods::is_true),
        add: Some(arith::slot_add),
        subtract: Some(arith::slot_subtract),
        multiply: Some(arith::slot_multiply),
        remainder: Some(arith::slot_modulo),
        divmod: Some(arith::slot_divmod),
        power: Some(power::slot_power),
        lshift: Some(arith::slot_lshift),
        rshift: Some(arith::slot_rshift),
        and: Some(arith::slot_and),
        xor: Some(arith::slot_xor),
        or: Some(arith::slot_or),
        floor_divide: Some(arith::slot_floor_div),
        true_divide: Some(arith::slot_true_divide),
        negative: Some(arith::slot_negative),
        positive: Some(methods::exact),
        absolute: Some(arith::slot_absolute),
        invert: Some(arith::slot_invert),
        int: Some(methods::exact),
        float: Some(methods::to_float),
        index: Some(methods::exact),
        ..Slots::NONE
    },
    methods: methods::METHODS,
    getsets: methods::GETSETS,
    ..TypeSpec::DEFAULT
};

/// The value of an int, wherever it is held.
#[derive(Clone, Copy)]
pub enum View<'a> {
    /// It fits 63 bits.
    Small(i64),
    /// It does not fit 63 bits.
    Big(&'a BigInt),
}

impl<'a> View<'a> {
    /// The value as a big integer.
    pub fn big(self) -> Cow<'a, BigInt> {
        match self {
            View::Small(i) => Cow::Owned(BigInt::from(i)),
            View::Big(b) => Cow::Borrowed(b),
        }
    }

    /// Whether the value is below zero.
    pub fn is_negative(self) -> bool {
        match self {
            View::Small(i) => i < 0,
            View::Big(b) => b.sign() == Sign::Minus,
        }
    }

    /// Whether the value is zero.
    pub fn is_zero(self) -> bool {
        matches!(self, View::Small(0))
    }

    /// The value if it fits 64 bits.
    pub fn to_i64(self) -> Option<i64> {
        match self {
            View::Small(i) => Some(i),
            View::Big(b) => b.to_i64(),
        }
    }

    /// The number of bits of the absolute value.
    pub fn bits(self) -> u64 {
        match self {
            View::Small(i) => 64 - i.unsigned_abs().leading_zeros() as u64,
            View::Big(b) => b.bits(),
        }
    }

    /// The nearest float, ties to even; `None` if the value is too large.
    pub fn to_f64(self) -> Option<f64> {
        match self {
            View::Small(i) => Some(i as f64),
            View::Big(b) => b.to_f64().filter(|f| f.is_finite()),
        }
    }

    /// An exact int of this value.
    pub fn value(self) -> Value {
        match self {
            View::Small(i) => Value::small_int(i),
            View::Big(b) => allocate(types().int, Int::Big(b.clone())),
        }
    }
}

impl Int {
    fn view(&self) -> View<'_> {
        match self {
            Int::Small(i) => View::Small(*i),
            Int::Big(b) => View::Big(b),
        }
    }
}

/// The value of an int, of a bool, or of an instance of a subclass of int.
#[inline(always)]
pub fn view(v: &Value) -> Option<View<'_>> {
    match v.as_small_int() {
        Some(i) => Some(View::Small(i)),
        None => view_other(v),
    }
}

fn view_other(v: &Value) -> Option<View<'_>> {
    match v.word() {
        tag::TRUE => Some(View::Small(1)),
        tag::FALSE => Some(View::Small(0)),
        // SAFETY: the flag says that the object is an instance of int.
        _ if v.is_heap() && v.class().has(flag::LONG_SUBCLASS) => Some(unsafe { v.payload::<Int>() }.view()),
        _ => None,
    }
}

/// The value of something that is known to be an int.
#[inline(always)]
pub(crate) fn known(v: &Value) -> View<'_> {
    view(v).expect("an int")
}

/// Makes a heap object of `class`, which is int or a subclass.
pub(crate) fn allocate(class: &Type, payload: Int) -> Value {
    let id = class.root_shape();
    let (size, offset) = (shape::instance_size(id), shape::payload_offset(id));
    // SAFETY: the cell is as large as the shape says; slots are zeroed and the payload written before anyone sees it.
    unsafe {
        let p = page::allocate(size, class.is_traced(), id);
        std::ptr::write_bytes(p.add(8), 0, offset - 8);
        p.add(offset).cast::<Int>().write(payload);
        crate::types::object::finish_instance(class, p)
    }
}

/// An int that does not fit 63 bits, or any other.
pub fn big_from_i64(i: i64) -> Value {
    match tag::try_int_word(i) {
        Some(_) => Value::small_int(i),
        None => allocate(types().int, Int::Big(BigInt::from(i))),
    }
}

/// An int of any size.
pub fn from_bigint(b: BigInt) -> Value {
    match b.to_i64() {
        Some(i) => big_from_i64(i),
        None => allocate(types().int, Int::Big(b)),
    }
}

/// An int with this value.
pub fn from_bigint_ref(b: &BigInt) -> Value {
    match b.to_i64() {
        Some(i) => big_from_i64(i),
        None => allocate(types().int, Int::Big(b.clone())),
    }
}

/// An int from 64 unsigned bits.
pub fn from_u64(n: u64) -> Value {
    if n <= tag::INT_MAX as u64 { Value::small_int(n as i64) } else { from_bigint(BigInt::from(n)) }
}

/// An int from 128 bits.
pub fn from_i128(n: i128) -> Value {
    match i64::try_from(n) {
        Ok(i) => Value::int(i),
        Err(_) => from_bigint(BigInt::from(n)),
    }
}

/// The int that a finite float without fraction is.
pub fn from_f64(x: f64) -> Value {
    if x.abs() < 4e18 { Value::int(x as i64) } else { from_bigint(num_traits::FromPrimitive::from_f64(x).unwrap_or_default()) }
}

/// An instance of `class` (int or a subclass of it) with the value of the int `v`.
pub fn of_class(class: &Type, v: &Value) -> Value {
    if std::ptr::eq(class, types().int) {
        return to_exact(v);
    }
    let payload = match known(v) {
        View::Small(i) => Int::Small(i),
        View::Big(b) => Int::Big(b.clone()),
    };
    allocate(class, payload)
}

/// The int `v` without its subclass.
#[inline]
pub fn to_exact(v: &Value) -> Value {
    if is_exact(v) { v.clone() } else { known(v).value() }
}

/// Whether this is an int, a bool, or an instance of a subclass of int.
#[inline]
pub fn is_int(v: &Value) -> bool {
    v.as_small_int().is_some() || view_other(v).is_some()
}

/// Whether this is an instance of int itself.
#[inline(always)]
pub fn is_exact(v: &Value) -> bool {
    v.as_small_int().is_some() || v.is_heap() && std::ptr::eq(v.class(), types().int)
}

/// The value of an int as a big integer; 0 if it is not one.
pub fn to_bigint(v: &Value) -> BigInt {
    view(v).map_or_else(BigInt::default, |v| v.big().into_owned())
}

/// The value of an int if it fits 64 bits.
#[inline]
pub fn as_i64(v: &Value) -> Option<i64> {
    view(v)?.to_i64()
}

/// The value of an int if it fits 64 unsigned bits.
pub fn as_u64(v: &Value) -> Option<u64> {
    match view(v)? {
        View::Small(i) => u64::try_from(i).ok(),
        View::Big(b) => b.to_u64(),
    }
}

/// Whether this is an int below zero.
pub fn is_negative(v: &Value) -> bool {
    view(v).is_some_and(View::is_negative)
}

/// The nearest float of an int, or OverflowError.
pub fn to_f64(v: &Value) -> Res<f64> {
    known(v).to_f64().ok_or_else(|| exc::overflow_error("int too large to convert to float"))
}

/// Raises MemoryError if a number of this many bits cannot be held.
pub(crate) fn check_bits(bits: u64) -> Res<()> {
    const HARMLESS: u64 = 1 << 24;
    if bits < HARMLESS {
        return Ok(());
    }
    // Arithmetic needs a few temporaries of the size of its result.
    let bytes = usize::try_from(bits / 8).ok().and_then(|b| b.checked_mul(2)).ok_or_else(exc::memory_error)?;
    Vec::<u8>::new().try_reserve_exact(bytes).map_err(|_| exc::memory_error())
}
