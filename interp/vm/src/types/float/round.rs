//! Rounding, exact ratios, and hashing of floats.

use super::libm::frexp;
use super::known;
use crate::class::native::Args;
use crate::exc;
use crate::protocol::number;
use crate::types::int::compare::HASH_MODULUS;
use crate::types::int::{self, construct::from_float};
use crate::types::tuple;
use crate::value::{Res, Value};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{FromPrimitive, Pow, ToPrimitive};
use std::cmp::Ordering;

/// `__round__`
pub fn round(a: Args) -> Res {
    let x = known(a.at(0));
    let Some(ndigits) = a.some(1) else { return from_float(x.round_ties_even()) };
    let ndigits = number::index_clipped(ndigits)?;
    to_digits(x, ndigits).map(Value::float)
}

/// Rounds to a number of decimal digits, correctly: the exact value decides, and ties go to even.
pub fn to_digits(x: f64, ndigits: i64) -> Res<f64> {
    if !x.is_finite() || ndigits > 323 || x == 0.0 {
        return Ok(x);
    }
    if ndigits < -308 {
        return Ok(0f64.copysign(x));
    }
    if ndigits >= 0 {
        // Both directions are correctly rounded in Rust's library.
        return Ok(format!("{x:.*}", ndigits as usize).parse().unwrap_or(x));
    }
    let unit: BigInt = Pow::pow(BigInt::from(10), ndigits.unsigned_abs());
    let magnitude = x.abs();
    let whole = BigInt::from_f64(magnitude.trunc()).unwrap_or_default();
    let (q, r) = whole.div_rem(&unit);
    let tie = (&r * 2u32).cmp(&unit).then(if magnitude.fract() > 0.0 { Ordering::Greater } else { Ordering::Equal });
    let up = tie == Ordering::Greater || tie == Ordering::Equal && q.bit(0);
    let rounded = (q + up as u32) * unit;
    match rounded.to_f64().filter(|r| r.is_finite()) {
        Some(r) => Ok(r.copysign(x)),
        None => Err(exc::overflow_error("rounded value too large to represent")),
    }
}

/// The numerator and denominator in lowest terms of a finite float.
pub fn ratio(x: f64) -> (BigInt, BigInt) {
    let (mantissa, exponent) = frexp(x);
    if mantissa == 0.0 {
        return (BigInt::ZERO, BigInt::from(1));
    }
    let mut n = (mantissa * (1u64 << 53) as f64) as i64;
    let mut exponent = exponent - 53;
    let zeros = n.trailing_zeros();
    n >>= zeros;
    exponent += zeros as i32;
    if exponent >= 0 { (BigInt::from(n) << exponent, BigInt::from(1)) } else { (BigInt::from(n), BigInt::from(1) << -exponent) }
}

/// `as_integer_ratio`
pub fn as_integer_ratio(a: Args) -> Res {
    let x = known(a.at(0));
    if x.is_infinite() {
        return Err(exc::overflow_error("cannot convert Infinity to integer ratio"));
    }
    if x.is_nan() {
        return Err(exc::value_error("cannot convert NaN to integer ratio"));
    }
    let (n, d) = ratio(x);
    Ok(tuple::from_vec(vec![int::from_bigint(n), int::from_bigint(d)]))
}

/// `__hash__`
pub fn hash(v: &Value) -> Res<i64> {
    Ok(hash_f64(known(v), v))
}

/// The hash of a number with value `x`; a NaN hashes by the identity of the `object` that holds it.
#[inline]
pub fn hash_f64(x: f64, object: &Value) -> i64 {
    if x.is_nan() { hash_identity(object) } else { hash_number(x) }
}

/// The hash of an object by its address, as CPython rotates it.
pub fn hash_identity(object: &Value) -> i64 {
    match object.id().rotate_right(4) as i64 {
        -1 => -2,
        h => h,
    }
}

/// The hash of a float that is not NaN: its exact value modulo a Mersenne prime, with its sign.
fn hash_number(x: f64) -> i64 {
    const BITS: i32 = 61;
    if x.is_infinite() {
        return if x > 0.0 { 314_159 } else { -314_159 };
    }
    let (mut mantissa, mut exponent) = frexp(x.abs());
    let mut h = 0u64;
    while mantissa != 0.0 {
        h = ((h << 28) & HASH_MODULUS) | h >> (BITS - 28);
        mantissa *= 268_435_456.0;
        exponent -= 28;
        let y = mantissa as u64;
        mantissa -= y as f64;
        h += y;
        if h >= HASH_MODULUS {
            h -= HASH_MODULUS;
        }
    }
    let turn = exponent.rem_euclid(BITS);
    h = ((h << turn) & HASH_MODULUS) | h >> (BITS - turn);
    match h as i64 * if x < 0.0 { -1 } else { 1 } {
        -1 => -2,
        h => h,
    }
}
