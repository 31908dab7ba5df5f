//! The abstract number protocol: operators over all types, and conversions to int, float and index.
//!
//! The order in which classes are asked is CPython's (`Objects/abstract.c`): the left operand's slot, unless the
//! right operand's class is a subclass of the left one's with a slot of its own; then the other; then, for `+` and
//! `*`, the sequence slots.

mod convert;

pub use convert::{as_isize, as_isize_or, index, index_clipped, is_index, real_number, to_float, to_int, warn_subclass};

use crate::class::slotdefs;
use crate::class::slots::{BinaryFn, Slots, TernaryFn, UnaryFn};
use crate::types::builtin_function::BuiltinFunction;
use crate::types::{float, int, str};
use crate::value::{Res, Value};
use crate::vm::types;
use crate::{call, exc};

/// The binary operators, numbered as the argument of BINARY_OP numbers them; in-place ones are 13 above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum BinaryOp {
    Add = 0,
    And = 1,
    FloorDivide = 2,
    Lshift = 3,
    MatrixMultiply = 4,
    Multiply = 5,
    Remainder = 6,
    Or = 7,
    Power = 8,
    Rshift = 9,
    Subtract = 10,
    TrueDivide = 11,
    Xor = 12,
}

/// Number of binary operators that have an in-place form.
pub const BINARY_OPS: u32 = 13;

impl BinaryOp {
    /// The operator with this number, which must be below [`BINARY_OPS`].
    pub const fn from_index(i: u32) -> BinaryOp {
        use BinaryOp::*;
        const ALL: [BinaryOp; BINARY_OPS as usize] =
            [Add, And, FloorDivide, Lshift, MatrixMultiply, Multiply, Remainder, Or, Power, Rshift, Subtract, TrueDivide, Xor];
        ALL[i as usize]
    }

    /// How it is written.
    pub const fn symbol(self) -> &'static str {
        ["+", "&", "//", "<<", "@", "*", "%", "|", "** or pow()", ">>", "-", "/", "^"][self as usize]
    }

    /// How its in-place form is written.
    pub const fn inplace_symbol(self) -> &'static str {
        ["+=", "&=", "//=", "<<=", "@=", "*=", "%=", "|=", "**=", ">>=", "-=", "/=", "^="][self as usize]
    }

    /// The operator's slot; `**` has one of another kind.
    pub fn slot(self, s: &Slots) -> Option<BinaryFn> {
        match self {
            BinaryOp::Add => s.add,
            BinaryOp::And => s.and,
            BinaryOp::FloorDivide => s.floor_divide,
            BinaryOp::Lshift => s.lshift,
            BinaryOp::MatrixMultiply => s.matrix_multiply,
            BinaryOp::Multiply => s.multiply,
            BinaryOp::Remainder => s.remainder,
            BinaryOp::Or => s.or,
            BinaryOp::Rshift => s.rshift,
            BinaryOp::Subtract => s.subtract,
            BinaryOp::TrueDivide => s.true_divide,
            BinaryOp::Xor => s.xor,
            BinaryOp::Power => None,
        }
    }

    /// The in-place operator's slot, likewise.
    pub fn inplace_slot(self, s: &Slots) -> Option<BinaryFn> {
        match self {
            BinaryOp::Add => s.inplace_add,
            BinaryOp::And => s.inplace_and,
            BinaryOp::FloorDivide => s.inplace_floor_divide,
            BinaryOp::Lshift => s.inplace_lshift,
            BinaryOp::MatrixMultiply => s.inplace_matrix_multiply,
            BinaryOp::Multiply => s.inplace_multiply,
            BinaryOp::Remainder => s.inplace_remainder,
            BinaryOp::Or => s.inplace_or,
            BinaryOp::Rshift => s.inplace_rshift,
            BinaryOp::Subtract => s.inplace_subtract,
            BinaryOp::TrueDivide => s.inplace_true_divide,
            BinaryOp::Xor => s.inplace_xor,
            BinaryOp::Power => None,
        }
    }
}

/// `a op b`
pub fn binary(op: BinaryOp, a: &Value, b: &Value) -> Res {
    if op == BinaryOp::Power {
        return power(a, b, &Value::NONE);
    }
    let r = by_slots(|s| op.slot(s), a, b)?;
    if !r.is_not_implemented() {
        return Ok(r);
    }
    if let Some(r) = as_sequence(op, a, b, false)? {
        return Ok(r);
    }
    Err(unsupported(op.symbol(), a, b))
}

/// `a op= b`: the new value.
pub fn inplace(op: BinaryOp, a: &Value, b: &Value) -> Res {
    if op == BinaryOp::Power {
        return inplace_power(a, b);
    }
    if let Some(f) = op.inplace_slot(a.class().slots()) {
        let r = f(a, b)?;
        if !r.is_not_implemented() {
            return Ok(r);
        }
    }
    let r = by_slots(|s| op.slot(s), a, b)?;
    if !r.is_not_implemented() {
        return Ok(r);
    }
    if let Some(r) = as_sequence(op, a, b, true)? {
        return Ok(r);
    }
    Err(unsupported(op.inplace_symbol(), a, b))
}

/// `a op b` or `a op= b` after the left operand's Python method has said NotImplemented: the reflected method, then what
/// sequences do.
pub fn after_left(op: BinaryOp, inplace: bool, a: &Value, b: &Value) -> Res {
    let (left, right) = (a.class().slots(), b.class().slots());
    let generic = slotdefs::generic_binary(op).map(|f| f as usize);
    let r = if inplace && op.inplace_slot(left).is_some() {
        // That was the in-place method: the plain ones have not been asked.
        by_slots(|s| op.slot(s), a, b)?
    } else if std::ptr::eq(a.class(), b.class()) {
        Value::NOT_IMPLEMENTED
    } else {
        match op.slot(right) {
            Some(f) if Some(f as usize) == generic => {
                call::call_special(b, slotdefs::right_name(op), &[a]).unwrap_or(Ok(Value::NOT_IMPLEMENTED))?
            }
            Some(f) => f(a, b)?,
            None => Value::NOT_IMPLEMENTED,
        }
    };
    if !r.is_not_implemented() {
        return Ok(r);
    }
    if let Some(r) = as_sequence(op, a, b, inplace)? {
        return Ok(r);
    }
    Err(unsupported(if inplace { op.inplace_symbol() } else { op.symbol() }, a, b))
}

/// `a + b`
pub fn add(a: &Value, b: &Value) -> Res {
    match (a.as_small_int(), b.as_small_int()) {
        (Some(x), Some(y)) => Ok(Value::int(x + y)),
        _ => binary(BinaryOp::Add, a, b),
    }
}

/// `a - b`
pub fn subtract(a: &Value, b: &Value) -> Res {
    match (a.as_small_int(), b.as_small_int()) {
        (Some(x), Some(y)) => Ok(Value::int(x - y)),
        _ => binary(BinaryOp::Subtract, a, b),
    }
}

/// `a * b`
pub fn multiply(a: &Value, b: &Value) -> Res {
    binary(BinaryOp::Multiply, a, b)
}

/// `divmod(a, b)`
pub fn divmod(a: &Value, b: &Value) -> Res {
    let r = by_slots(|s| s.divmod, a, b)?;
    if r.is_not_implemented() { Err(unsupported("divmod()", a, b)) } else { Ok(r) }
}

/// Asks the operands' slots in turn; NotImplemented if none of them can do it.
fn by_slots(slot: impl Fn(&Slots) -> Option<BinaryFn>, a: &Value, b: &Value) -> Res {
    let (class_a, class_b) = (a.class(), b.class());
    let left = slot(class_a.slots());
    let mut right = if std::ptr::eq(class_a, class_b) { None } else { slot(class_b.slots()) };
    if let (Some(l), Some(r)) = (left, right)
        && l as usize == r as usize
    {
        right = None;
    }
    if let Some(l) = left {
        if let Some(r) = right
            && class_b.is_subtype(class_a)
        {
            let x = r(a, b)?;
            if !x.is_not_implemented() {
                return Ok(x);
            }
            right = None;
        }
        let x = l(a, b)?;
        if !x.is_not_implemented() {
            return Ok(x);
        }
    }
    match right {
        Some(r) => r(a, b),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

/// What `+` and `*` do for sequences.
fn as_sequence(op: BinaryOp, a: &Value, b: &Value, inplace: bool) -> Res<Option<Value>> {
    let (left, right) = (a.class().slots(), b.class().slots());
    match op {
        BinaryOp::Add => {
            let f = left.inplace_concat.filter(|_| inplace).or(left.concat);
            f.map(|f| f(a, b)).transpose()
        }
        BinaryOp::Multiply => {
            if let Some(f) = left.inplace_repeat.filter(|_| inplace).or(left.repeat) {
                return repeat(f, a, b).map(Some);
            }
            // The right operand is never changed in place.
            right.repeat.map(|f| repeat(f, b, a)).transpose()
        }
        _ => Ok(None),
    }
}

fn repeat(f: BinaryFn, sequence: &Value, times: &Value) -> Res {
    if !is_index(times) {
        return Err(exc::type_error(format!("can't multiply sequence by non-int of type '{}'", times.class().full_name())));
    }
    let times = as_isize_or(times, types().overflow_error)?;
    f(sequence, &Value::int(times as i64))
}

#[cold]
fn unsupported(symbol: &str, a: &Value, b: &Value) -> exc::Raised {
    let (x, y) = (a.class().full_name(), b.class().full_name());
    if symbol == ">>" && a.downcast_exact::<BuiltinFunction>().is_some_and(|f| f.def.name == "print") {
        return exc::type_error(format!(
            "unsupported operand type(s) for {symbol}: '{x}' and '{y}'. Did you mean \"print(<message>, file=<output_stream>)\"?"
        ));
    }
    exc::type_error(format!("unsupported operand type(s) for {symbol}: '{x}' and '{y}'"))
}

/// `pow(base, exponent, modulus)`; `base ** exponent` if the modulus is None.
pub fn power(base: &Value, exponent: &Value, modulus: &Value) -> Res {
    let r = power_by_slots(base, exponent, modulus)?;
    if r.is_not_implemented() { Err(unsupported_power("** or pow()", base, exponent, modulus)) } else { Ok(r) }
}

fn power_by_slots(base: &Value, exponent: &Value, modulus: &Value) -> Res {
    let slot = |v: &Value| v.class().slots().power;
    let mut asked: Vec<usize> = Vec::new();
    let mut ask = |f: Option<TernaryFn>| match f {
        Some(f) if !asked.contains(&(f as usize)) => {
            asked.push(f as usize);
            f(base, exponent, modulus)
        }
        _ => Ok(Value::NOT_IMPLEMENTED),
    };
    let right_first = slot(base).is_some() && !std::ptr::eq(base.class(), exponent.class()) && exponent.class().is_subtype(base.class());
    let distinct = slot(base).map(|f| f as usize) != slot(exponent).map(|f| f as usize);
    let order = if right_first && distinct { [exponent, base, modulus] } else { [base, exponent, modulus] };
    for operand in order {
        let r = ask(slot(operand))?;
        if !r.is_not_implemented() {
            return Ok(r);
        }
    }
    Ok(Value::NOT_IMPLEMENTED)
}

fn inplace_power(base: &Value, exponent: &Value) -> Res {
    if let Some(f) = base.class().slots().inplace_power {
        let r = f(base, exponent, &Value::NONE)?;
        if !r.is_not_implemented() {
            return Ok(r);
        }
    }
    let r = power_by_slots(base, exponent, &Value::NONE)?;
    if r.is_not_implemented() { Err(unsupported_power("**=", base, exponent, &Value::NONE)) } else { Ok(r) }
}

#[cold]
fn unsupported_power(symbol: &str, base: &Value, exponent: &Value, modulus: &Value) -> exc::Raised {
    if modulus.is_none() {
        return unsupported(symbol, base, exponent);
    }
    let [x, y, z] = [base, exponent, modulus].map(|v| v.class().full_name());
    exc::type_error(format!("unsupported operand type(s) for {symbol}: '{x}', '{y}', '{z}'"))
}

fn unary(slot: Option<UnaryFn>, v: &Value, what: &str) -> Res {
    match slot {
        Some(f) => f(v),
        None => Err(exc::type_error(format!("bad operand type for {what}: '{}'", v.class().full_name()))),
    }
}

/// `-v`
pub fn negative(v: &Value) -> Res {
    match v.as_small_int() {
        Some(i) => Ok(Value::int(-i)),
        None => unary(v.class().slots().negative, v, "unary -"),
    }
}

/// `+v`
pub fn positive(v: &Value) -> Res {
    unary(v.class().slots().positive, v, "unary +")
}

/// `~v`
pub fn invert(v: &Value) -> Res {
    unary(v.class().slots().invert, v, "unary ~")
}

/// `abs(v)`
pub fn absolute(v: &Value) -> Res {
    unary(v.class().slots().absolute, v, "abs()")
}

/// Whether the value is an int, a float or a complex, or at least converts to one of the first two (`numbers.Number` in spirit).
pub fn is_number(v: &Value) -> bool {
    let s = v.class().slots();
    int::is_int(v) || float::is_float(v) || s.index.is_some() || s.int.is_some() || s.float.is_some()
}

/// A sequence repeated: what `sequence * times` does through the sequence slot alone (`PySequence_Repeat`).
pub fn sequence_repeat(sequence: &Value, times: &Value, inplace: bool) -> Res {
    let slots = sequence.class().slots();
    match slots.inplace_repeat.filter(|_| inplace).or(slots.repeat) {
        Some(f) => repeat(f, sequence, times),
        None => Err(exc::type_error(format!("'{}' object can't be repeated", sequence.class().full_name()))),
    }
}

/// Two sequences joined: what `a + b` does through the sequence slot (`PySequence_Concat`).
pub fn sequence_concat(a: &Value, b: &Value, inplace: bool) -> Res {
    let slots = a.class().slots();
    if let Some(f) = slots.inplace_concat.filter(|_| inplace).or(slots.concat) {
        return f(a, b);
    }
    // A class written in Python with `__getitem__` and `__add__` is a sequence whose concatenation is its addition.
    if slots.get_item.is_some() && b.class().slots().get_item.is_some() && !str::is_str(b) {
        let r = match slots.inplace_add.filter(|_| inplace) {
            Some(f) => f(a, b)?,
            None => Value::NOT_IMPLEMENTED,
        };
        let r = if r.is_not_implemented() { by_slots(|s| s.add, a, b)? } else { r };
        if !r.is_not_implemented() {
            return Ok(r);
        }
    }
    Err(exc::type_error(format!("'{}' object can't be concatenated", a.class().full_name())))
}
