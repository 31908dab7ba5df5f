//! `**` and three-argument `pow` on ints.

use super::{View, check_bits, from_bigint, view};
use crate::exc;
use crate::types::float;
use crate::value::{Res, Value};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Pow, Signed, ToPrimitive, Zero};

/// `__pow__`
pub fn slot_power(a: &Value, b: &Value, m: &Value) -> Res {
    let (Some(x), Some(y)) = (view(a), view(b)) else { return Ok(Value::NOT_IMPLEMENTED) };
    if m.is_none() {
        return power(x, y);
    }
    match view(m) {
        Some(m) => modular(x, y, m),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

/// `base ** exponent`: a float if the exponent is negative.
pub fn power(base: View, exponent: View) -> Res {
    if exponent.is_negative() {
        let too_large = || exc::overflow_error("int too large to convert to float");
        let (x, y) = (base.to_f64().ok_or_else(too_large)?, exponent.to_f64().ok_or_else(too_large)?);
        return float::power(x, y);
    }
    match base {
        View::Small(x @ (0 | 1)) => return Ok(Value::small_int(if exponent.is_zero() { 1 } else { x })),
        View::Small(-1) => {
            let odd = match exponent {
                View::Small(n) => n & 1 == 1,
                View::Big(n) => n.bit(0),
            };
            return Ok(Value::small_int(if odd { -1 } else { 1 }));
        }
        _ => {}
    }
    let View::Small(n) = exponent else { return Err(exc::memory_error()) };
    if let View::Small(x) = base
        && let Ok(n) = u32::try_from(n)
        && let Some(p) = x.checked_pow(n)
    {
        return Ok(Value::int(p));
    }
    let bits = (base.bits() - 1).saturating_mul(n as u64);
    check_bits(bits)?;
    let big = base.big();
    let magnitude = big.magnitude();
    // A power of two is a shift.
    if let Some(k) = magnitude.trailing_zeros()
        && k + 1 == magnitude.bits()
    {
        let p = BigInt::one() << (k * n as u64);
        return Ok(from_bigint(if big.is_negative() && n & 1 == 1 { -p } else { p }));
    }
    Ok(from_bigint(Pow::pow(big.as_ref(), n as u64)))
}

/// `pow(base, exponent, modulus)`: the result has the sign of the modulus.
fn modular(base: View, exponent: View, modulus: View) -> Res {
    if modulus.is_zero() {
        return Err(exc::value_error("pow() 3rd argument cannot be 0"));
    }
    let m = modulus.big();
    let magnitude = m.abs();
    if magnitude.is_one() {
        return Ok(Value::small_int(0));
    }
    let mut base = base.big().mod_floor(&magnitude);
    let mut exponent = exponent.big().into_owned();
    if exponent.is_negative() {
        exponent = -exponent;
        base = match base.modinv(&magnitude) {
            Some(inverse) => inverse,
            None => return Err(exc::value_error("base is not invertible for the given modulus")),
        };
    }
    let result = match (base.to_u64(), magnitude.to_u64()) {
        (Some(b), Some(m)) => BigInt::from(modular_small(b, &exponent, m)),
        _ => base.modpow(&exponent, &magnitude),
    };
    Ok(from_bigint(if m.is_negative() && !result.is_zero() { result + m.as_ref() } else { result }))
}

/// Square and multiply with 64-bit operands.
fn modular_small(base: u64, exponent: &BigInt, modulus: u64) -> u64 {
    let times = |x: u64, y: u64| (x as u128 * y as u128 % modulus as u128) as u64;
    let mut result = 1;
    for i in (0..exponent.bits()).rev() {
        result = times(result, result);
        if exponent.bit(i) {
            result = times(result, base);
        }
    }
    result
}
