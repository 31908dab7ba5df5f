//! Evaluates operators on constants as Python would, within the limits CPython's constant folding sets itself.
//!
//! Everything here returns none where Python would raise, where the result would be too large to be worth storing, and where CPython
//! leaves the operation to run time for another reason.

mod numbers;
mod sequences;

use crate::code::Constant;
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive, Zero};

/// BINARY_OP's operands (`NB_…` in CPython's opcode.h).
mod nb {
    pub const ADD: u32 = 0;
    pub const AND: u32 = 1;
    pub const FLOOR_DIVIDE: u32 = 2;
    pub const LSHIFT: u32 = 3;
    pub const MULTIPLY: u32 = 5;
    pub const REMAINDER: u32 = 6;
    pub const OR: u32 = 7;
    pub const POWER: u32 = 8;
    pub const RSHIFT: u32 = 9;
    pub const SUBTRACT: u32 = 10;
    pub const TRUE_DIVIDE: u32 = 11;
    pub const XOR: u32 = 12;
    pub const SUBSCR: u32 = 26;
}

/// Bits of the largest int that folding makes.
const MAX_INT_SIZE: u64 = 128;
/// Elements of the largest tuple that repetition makes.
const MAX_COLLECTION_SIZE: usize = 256;
/// Characters or bytes of the largest string that repetition makes.
const MAX_STR_SIZE: usize = 4096;
/// The same as [`MAX_COLLECTION_SIZE`], nested tuples counted.
const MAX_TOTAL_ITEMS: usize = 1024;

/// A unary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unary {
    /// `-x`
    Negative,
    /// `+x`
    Positive,
    /// `~x`
    Invert,
    /// `not x`
    Not,
}

/// The truth value of a constant.
pub fn is_true(value: &Constant) -> bool {
    match value {
        Constant::None => false,
        Constant::Bool(b) => *b,
        Constant::Int(i) => !i.is_zero(),
        Constant::Float(f) => *f != 0.0,
        Constant::Complex(re, im) => *re != 0.0 || *im != 0.0,
        Constant::Str(s) => !s.is_empty(),
        Constant::Bytes(b) => !b.is_empty(),
        Constant::Tuple(items) | Constant::FrozenSet(items) | Constant::List(items) | Constant::Set(items) => !items.is_empty(),
        Constant::Dict(items) => !items.is_empty(),
        Constant::Ellipsis | Constant::Slice(_) | Constant::Code(_) | Constant::StopIteration => true,
    }
}

/// Applies a unary operator.
pub fn unary(operator: Unary, operand: &Constant) -> Option<Constant> {
    if operator == Unary::Not {
        return Some(Constant::Bool(!is_true(operand)));
    }
    // `~True` is deprecated, and the warning is for run time.
    if operator == Unary::Invert && matches!(operand, Constant::Bool(_)) {
        return None;
    }
    if let Some(i) = as_int(operand) {
        return Some(Constant::Int(match operator {
            Unary::Negative => -i,
            Unary::Invert => !i,
            Unary::Positive | Unary::Not => i,
        }));
    }
    match (operator, operand) {
        (Unary::Negative, Constant::Float(f)) => Some(Constant::Float(-f)),
        (Unary::Negative, Constant::Complex(re, im)) => Some(Constant::Complex(-re, -im)),
        (Unary::Positive, Constant::Float(_) | Constant::Complex(..)) => Some(operand.clone()),
        _ => None,
    }
}

/// Applies BINARY_OP with an operand of CPython's `NB_…`.
pub fn binary(operator: u32, left: &Constant, right: &Constant) -> Option<Constant> {
    match operator {
        nb::SUBSCR => return sequences::subscript(left, right),
        nb::ADD if !is_number(left) => return sequences::concatenate(left, right),
        nb::MULTIPLY if !is_number(left) => return sequences::repeat(left, right),
        nb::MULTIPLY if !is_number(right) => return sequences::repeat(right, left),
        nb::AND | nb::OR | nb::XOR => {
            if let (Constant::Bool(a), Constant::Bool(b)) = (left, right) {
                return Some(Constant::Bool(match operator {
                    nb::AND => a & b,
                    nb::OR => a | b,
                    _ => a ^ b,
                }));
            }
        }
        _ => {}
    }
    if let (Some(a), Some(b)) = (as_int(left), as_int(right)) {
        return integer(operator, a, b);
    }
    numbers::binary(operator, left, right)
}

fn integer(operator: u32, a: BigInt, b: BigInt) -> Option<Constant> {
    use num_integer::Integer;
    let int = |i| Some(Constant::Int(i));
    match operator {
        nb::ADD => int(a + b),
        nb::SUBTRACT => int(a - b),
        nb::MULTIPLY => {
            if !a.is_zero() && !b.is_zero() && a.bits() + b.bits() > MAX_INT_SIZE {
                return None;
            }
            int(a * b)
        }
        nb::FLOOR_DIVIDE if !b.is_zero() => int(a.div_floor(&b)),
        nb::REMAINDER if !b.is_zero() => int(a.mod_floor(&b)),
        nb::TRUE_DIVIDE if !b.is_zero() => numbers::divide_ints(&a, &b).map(Constant::Float),
        nb::POWER => {
            if b.is_negative() {
                return numbers::binary(operator, &Constant::Int(a), &Constant::Int(b));
            }
            if b.is_zero() {
                return int(1.into());
            }
            if a.is_zero() {
                return int(a);
            }
            let exponent = b.to_u64()?;
            if a.bits() > MAX_INT_SIZE / exponent {
                return None;
            }
            int(a.pow(exponent.try_into().ok()?))
        }
        nb::LSHIFT if !b.is_negative() => {
            if a.is_zero() || b.is_zero() {
                return int(a);
            }
            let shift = b.to_u64()?;
            if shift > MAX_INT_SIZE || a.bits() > MAX_INT_SIZE - shift {
                return None;
            }
            int(a << shift)
        }
        nb::RSHIFT if !b.is_negative() => match b.to_u64() {
            Some(shift) => int(a >> shift),
            None => int(if a.is_negative() { -1 } else { 0 }.into()),
        },
        nb::AND => int(a & b),
        nb::OR => int(a | b),
        nb::XOR => int(a ^ b),
        _ => None,
    }
}

/// The value of an int or bool.
fn as_int(value: &Constant) -> Option<BigInt> {
    match value {
        Constant::Int(i) => Some(i.clone()),
        Constant::Bool(b) => Some(BigInt::from(u8::from(*b))),
        _ => None,
    }
}

fn is_number(value: &Constant) -> bool {
    matches!(value, Constant::Int(_) | Constant::Bool(_) | Constant::Float(_) | Constant::Complex(..))
}

/// The elements of a set display: of equal ones the first stays. None if one is not hashable.
pub fn distinct(items: Vec<Constant>) -> Option<Vec<Constant>> {
    let mut out: Vec<Constant> = Vec::with_capacity(items.len());
    for item in items {
        if matches!(item, Constant::List(_) | Constant::Set(_) | Constant::Dict(_)) {
            return None;
        }
        if !out.iter().any(|known| equal(known, &item)) {
            out.push(item);
        }
    }
    Some(out)
}

/// Python's `==`.
fn equal(a: &Constant, b: &Constant) -> bool {
    let all_equal = |a: &[Constant], b: &[Constant]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b));
    match (a, b) {
        _ if is_number(a) && is_number(b) => numbers::equal(a, b),
        (Constant::Tuple(a), Constant::Tuple(b)) => all_equal(a, b),
        (Constant::Slice(a), Constant::Slice(b)) => all_equal(&a[..], &b[..]),
        (Constant::FrozenSet(a), Constant::FrozenSet(b)) => a.len() == b.len() && a.iter().all(|a| b.iter().any(|b| equal(a, b))),
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(i: i64) -> Constant {
        Constant::Int(i.into())
    }

    fn text(s: &str) -> Constant {
        Constant::Str(s.into())
    }

    #[test]
    fn binary_operators() {
        use Constant::{Bool, Bytes, Complex, Float, Int, Slice};
        let cases: &[(u32, Constant, Constant, Option<Constant>)] = &[
            (nb::FLOOR_DIVIDE, int(-7), int(2), Some(int(-4))),
            (nb::REMAINDER, int(-7), int(2), Some(int(1))),
            (nb::REMAINDER, Float(-1.0), Float(3.0), Some(Float(2.0))),
            (nb::FLOOR_DIVIDE, Float(-0.0), Float(3.0), Some(Float(-0.0))),
            (nb::TRUE_DIVIDE, int(1), int(3), Some(Float(1.0 / 3.0))),
            (nb::TRUE_DIVIDE, int(1), int(0), None),
            (nb::POWER, int(2), int(64), Some(Int(BigInt::from(1u128 << 64)))),
            (nb::POWER, int(2), int(129), None),
            (nb::POWER, int(2), int(-1), Some(Float(0.5))),
            (nb::LSHIFT, int(1), int(127), Some(Int(BigInt::from(1u128 << 127)))),
            (nb::LSHIFT, int(1), int(128), None),
            (nb::RSHIFT, int(-1), int(100), Some(int(-1))),
            (nb::OR, Bool(true), Bool(false), Some(Bool(true))),
            (nb::OR, Bool(true), int(2), Some(int(3))),
            (nb::ADD, int(1), Complex(0.0, 2.0), Some(Complex(1.0, 2.0))),
            (nb::SUBTRACT, int(1), Complex(0.0, 0.0), Some(Complex(1.0, -0.0))),
            (nb::MULTIPLY, text("ab"), int(2), Some(text("abab"))),
            (nb::MULTIPLY, int(5000), text("a"), None),
            (nb::MULTIPLY, int(-1), text("a"), None),
            (nb::SUBSCR, text("h\u{e9}"), int(-1), Some(text("\u{e9}"))),
            (nb::SUBSCR, Bytes(vec![7, 8]), int(1), Some(int(8))),
            (nb::SUBSCR, text("abc"), int(3), None),
            (nb::SUBSCR, text("abcd"), Slice(Box::new([Constant::None, Constant::None, int(-2)])), Some(text("db"))),
        ];
        for (operator, a, b, want) in cases {
            assert_eq!(&binary(*operator, a, b), want, "{a:?} {operator} {b:?}");
        }
    }

    #[test]
    fn sets_keep_the_first_of_equals() {
        let items = vec![int(1), Constant::Bool(true), Constant::Float(1.0), int(2)];
        assert_eq!(distinct(items), Some(vec![int(1), int(2)]));
    }
}
