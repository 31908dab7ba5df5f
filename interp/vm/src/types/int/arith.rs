//! Arithmetic on ints. Each operation is a function on values that are known to be ints, and a slot that
//! answers NotImplemented for anything else.

use super::{View, check_bits, from_bigint, from_i128, known, view};
use crate::exc;
use crate::types::{float::libm::ldexp, tuple};
use crate::value::{Res, Value};
use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_traits::{Signed, ToPrimitive, Zero};

macro_rules! slots {
    ($($slot:ident $f:ident $doc:literal;)*) => {
        $(#[doc = $doc]
        pub fn $slot(a: &Value, b: &Value) -> Res {
            match (view(a), view(b)) {
                (Some(x), Some(y)) => $f(x, y),
                _ => Ok(Value::NOT_IMPLEMENTED),
            }
        })*
    };
}

slots! {
    slot_add add_views "`__add__`";
    slot_subtract subtract_views "`__sub__`";
    slot_multiply multiply_views "`__mul__`";
    slot_floor_div floor_div_views "`__floordiv__`";
    slot_modulo modulo_views "`__mod__`";
    slot_divmod divmod_views "`__divmod__`";
    slot_true_divide true_divide_views "`__truediv__`";
    slot_lshift lshift_views "`__lshift__`";
    slot_rshift rshift_views "`__rshift__`";
    slot_and and_views "`__and__`";
    slot_xor xor_views "`__xor__`";
    slot_or or_views "`__or__`";
}

/// The sum of two ints.
#[inline]
pub fn add(a: &Value, b: &Value) -> Value {
    match (a.as_small_int(), b.as_small_int()) {
        (Some(x), Some(y)) => Value::int(x + y),
        _ => add_big(known(a), known(b)),
    }
}

fn add_big(a: View, b: View) -> Value {
    match (a, b) {
        (View::Small(x), View::Small(y)) => Value::int(x + y),
        (View::Big(x), View::Small(y)) | (View::Small(y), View::Big(x)) => from_bigint(x + y),
        (View::Big(x), View::Big(y)) => from_bigint(x + y),
    }
}

fn add_views(a: View, b: View) -> Res {
    Ok(add_big(a, b))
}

/// The difference of two ints.
#[inline]
pub fn subtract(a: &Value, b: &Value) -> Value {
    match (a.as_small_int(), b.as_small_int()) {
        (Some(x), Some(y)) => Value::int(x - y),
        _ => subtract_big(known(a), known(b)),
    }
}

fn subtract_big(a: View, b: View) -> Value {
    match (a, b) {
        (View::Small(x), View::Small(y)) => Value::int(x - y),
        (View::Big(x), View::Small(y)) => from_bigint(x - y),
        (View::Small(x), View::Big(y)) => from_bigint(x - y),
        (View::Big(x), View::Big(y)) => from_bigint(x - y),
    }
}

fn subtract_views(a: View, b: View) -> Res {
    Ok(subtract_big(a, b))
}

/// The product of two ints.
#[inline]
pub fn multiply(a: &Value, b: &Value) -> Value {
    match (a.as_small_int(), b.as_small_int()) {
        (Some(x), Some(y)) => match x.checked_mul(y) {
            Some(z) => Value::int(z),
            None => from_i128(x as i128 * y as i128),
        },
        _ => multiply_big(known(a), known(b)),
    }
}

fn multiply_big(a: View, b: View) -> Value {
    match (a, b) {
        (View::Small(x), View::Small(y)) => from_i128(x as i128 * y as i128),
        (View::Big(x), View::Small(y)) | (View::Small(y), View::Big(x)) => from_bigint(x * y),
        (View::Big(x), View::Big(y)) => from_bigint(x * y),
    }
}

fn multiply_views(a: View, b: View) -> Res {
    check_bits(a.bits() + b.bits())?;
    Ok(multiply_big(a, b))
}

fn zero_division() -> exc::Raised {
    exc::zero_division_error("division by zero")
}

#[inline(always)]
fn div_mod_small(x: i64, y: i64) -> (i64, i64) {
    // Small ints have 63 bits, so the least divided by -1 fits 64.
    let (q, r) = (x / y, x % y);
    if r != 0 && (r ^ y) < 0 { (q - 1, r + y) } else { (q, r) }
}

/// `a // b` of two ints.
#[inline]
pub fn floor_div(a: &Value, b: &Value) -> Res {
    match (a.as_small_int(), b.as_small_int()) {
        (Some(x), Some(y)) if y != 0 => Ok(Value::int(div_mod_small(x, y).0)),
        _ => floor_div_views(known(a), known(b)),
    }
}

fn floor_div_views(a: View, b: View) -> Res {
    match (a, b) {
        (_, View::Small(0)) => Err(zero_division()),
        (View::Small(x), View::Small(y)) => Ok(Value::int(div_mod_small(x, y).0)),
        _ => Ok(from_bigint(a.big().div_floor(&b.big()))),
    }
}

/// `a % b` of two ints.
#[inline]
pub fn modulo(a: &Value, b: &Value) -> Res {
    match (a.as_small_int(), b.as_small_int()) {
        (Some(x), Some(y)) if y != 0 => Ok(Value::small_int(div_mod_small(x, y).1)),
        _ => modulo_views(known(a), known(b)),
    }
}

fn modulo_views(a: View, b: View) -> Res {
    match (a, b) {
        (_, View::Small(0)) => Err(zero_division()),
        (View::Small(x), View::Small(y)) => Ok(Value::small_int(div_mod_small(x, y).1)),
        (View::Big(x), View::Small(y)) => {
            let r = (x % y).to_i64().unwrap_or_default();
            Ok(Value::small_int(if r != 0 && (r ^ y) < 0 { r + y } else { r }))
        }
        _ => Ok(from_bigint(a.big().mod_floor(&b.big()))),
    }
}

/// `divmod(a, b)` of two ints, as two values.
pub fn divmod(a: &Value, b: &Value) -> Res<(Value, Value)> {
    divmod_pair(known(a), known(b))
}

fn divmod_pair(a: View, b: View) -> Res<(Value, Value)> {
    match (a, b) {
        (_, View::Small(0)) => Err(zero_division()),
        (View::Small(x), View::Small(y)) => {
            let (q, r) = div_mod_small(x, y);
            Ok((Value::int(q), Value::small_int(r)))
        }
        _ => {
            let (q, r) = a.big().div_mod_floor(&b.big());
            Ok((from_bigint(q), from_bigint(r)))
        }
    }
}

fn divmod_views(a: View, b: View) -> Res {
    let (q, r) = divmod_pair(a, b)?;
    Ok(tuple::from_vec(vec![q, r]))
}

/// `a / b` of two ints, correctly rounded.
pub fn true_divide(a: &Value, b: &Value) -> Res {
    true_divide_views(known(a), known(b))
}

fn true_divide_views(a: View, b: View) -> Res {
    const EXACT: u64 = 1 << 53;
    match (a, b) {
        (_, View::Small(0)) => Err(zero_division()),
        // Both convert exactly, so the division rounds once.
        (View::Small(x), View::Small(y)) if x.unsigned_abs() <= EXACT && y.unsigned_abs() <= EXACT => Ok(Value::float(x as f64 / y as f64)),
        _ => Ok(Value::float(divide_to_float(&a.big(), &b.big())?)),
    }
}

/// The quotient rounded half to even, as in CPython's `long_true_divide`: an integer quotient with two bits more
/// than a float holds, the last one sticky, is rounded by hand and scaled.
fn divide_to_float(a: &BigInt, b: &BigInt) -> Res<f64> {
    const MANT_DIG: i64 = 53;
    const MIN_EXP: i64 = -1021;
    const MAX_EXP: i64 = 1024;
    if a.is_zero() {
        return Ok(if b.is_negative() { -0.0 } else { 0.0 });
    }
    let negative = a.is_negative() != b.is_negative();
    let signed = |x: f64| if negative { -x } else { x };
    let overflow = || exc::overflow_error("integer division result too large for a float");
    let (a, b) = (a.magnitude(), b.magnitude());
    let diff = a.bits() as i64 - b.bits() as i64;
    if diff > MAX_EXP {
        return Err(overflow());
    }
    if diff < MIN_EXP - MANT_DIG - 1 {
        return Ok(signed(0.0));
    }
    let shift = diff.max(MIN_EXP) - MANT_DIG - 2;
    let (shifted, mut inexact): (BigUint, bool) =
        if shift <= 0 { (a << shift.unsigned_abs(), false) } else { (a >> shift as u64, a.trailing_zeros().unwrap_or(0) < shift as u64) };
    let (q, r) = shifted.div_rem(b);
    inexact |= !r.is_zero();
    let q = q.to_u64().unwrap_or(u64::MAX);
    let bits = 64 - q.leading_zeros() as i64;
    let extra = bits.max(MIN_EXP - shift) - MANT_DIG;
    let mask = 1u64 << (extra - 1);
    let mut low = q | inexact as u64;
    if low & mask != 0 && low & (3 * mask - 1) != 0 {
        low += mask;
    }
    let x = (low & !(2 * mask - 1)) as f64;
    if shift + bits >= MAX_EXP && (shift + bits > MAX_EXP || x == ldexp(1.0, bits as i32)) {
        return Err(overflow());
    }
    Ok(signed(ldexp(x, shift as i32)))
}

/// `a << b` of two ints.
pub fn lshift(a: &Value, b: &Value) -> Res {
    lshift_views(known(a), known(b))
}

fn lshift_views(a: View, b: View) -> Res {
    if b.is_negative() {
        return Err(exc::value_error("negative shift count"));
    }
    if a.is_zero() {
        return Ok(Value::small_int(0));
    }
    let Some(n) = b.to_i64() else { return Err(exc::overflow_error("too many digits in integer")) };
    if let View::Small(x) = a
        && n < 63
        && (x << n) >> n == x
    {
        return Ok(Value::int(x << n));
    }
    check_bits(a.bits().saturating_add(n as u64))?;
    Ok(from_bigint(a.big().as_ref() << n as u64))
}

/// `a >> b` of two ints.
pub fn rshift(a: &Value, b: &Value) -> Res {
    rshift_views(known(a), known(b))
}

fn rshift_views(a: View, b: View) -> Res {
    if b.is_negative() {
        return Err(exc::value_error("negative shift count"));
    }
    let n = b.to_i64().unwrap_or(i64::MAX);
    match a {
        View::Small(x) => Ok(Value::small_int(x >> n.min(63))),
        View::Big(x) if n as u64 > x.bits() => Ok(Value::small_int(-(x.is_negative() as i64))),
        View::Big(x) => Ok(from_bigint(x >> n as u64)),
    }
}

macro_rules! bitwise {
    ($($f:ident $views:ident $op:tt $doc:literal;)*) => {
        $(#[doc = $doc]
        pub fn $f(a: &Value, b: &Value) -> Value {
            match (known(a), known(b)) {
                (View::Small(x), View::Small(y)) => Value::small_int(x $op y),
                (x, y) => from_bigint(x.big().as_ref() $op y.big().as_ref()),
            }
        }

        fn $views(a: View, b: View) -> Res {
            Ok(match (a, b) {
                (View::Small(x), View::Small(y)) => Value::small_int(x $op y),
                _ => from_bigint(a.big().as_ref() $op b.big().as_ref()),
            })
        })*
    };
}

bitwise! {
    bitand and_views & "`a & b` of two ints.";
    bitor or_views | "`a | b` of two ints.";
    bitxor xor_views ^ "`a ^ b` of two ints.";
}

/// `-a` of an int.
pub fn negative(a: &Value) -> Value {
    match known(a) {
        View::Small(x) => Value::int(-x),
        View::Big(x) => from_bigint(-x),
    }
}

/// `abs(a)` of an int.
pub fn absolute(a: &Value) -> Value {
    if known(a).is_negative() { negative(a) } else { super::to_exact(a) }
}

/// `~a` of an int.
pub fn invert(a: &Value) -> Value {
    match known(a) {
        View::Small(x) => Value::small_int(!x),
        View::Big(x) => from_bigint(-(x + 1u32)),
    }
}

/// `__neg__`
pub fn slot_negative(a: &Value) -> Res {
    Ok(negative(a))
}

/// `__abs__`
pub fn slot_absolute(a: &Value) -> Res {
    Ok(absolute(a))
}

/// `__invert__`
pub fn slot_invert(a: &Value) -> Res {
    Ok(invert(a))
}
