//! Comparing and hashing ints. Comparison with floats is exact, so that equal numbers of both kinds hash alike.

use super::{View, view};
use crate::class::slots::CompareOp;
use crate::exc;
use crate::value::{Res, Value};
use num_bigint::{BigInt, Sign};
use num_traits::{FromPrimitive, ToPrimitive};
use std::cmp::Ordering;

/// The modulus of all numeric hashes, a Mersenne prime.
pub const HASH_MODULUS: u64 = (1 << 61) - 1;

/// The six comparisons.
pub fn rich_compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    match (view(a), view(b)) {
        (Some(x), Some(y)) => Ok(Value::bool(op.holds(compare(x, y)))),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

/// How two ints compare.
#[inline]
pub fn compare(a: View, b: View) -> Ordering {
    match (a, b) {
        (View::Small(x), View::Small(y)) => x.cmp(&y),
        (View::Big(x), View::Big(y)) => x.cmp(y),
        // A big int lies outside the range of the small ones.
        (View::Big(x), View::Small(_)) => {
            if x.sign() == Sign::Minus {
                Ordering::Less
            } else {
                Ordering::Greater
            }
        }
        (View::Small(_), View::Big(y)) => {
            if y.sign() == Sign::Minus {
                Ordering::Greater
            } else {
                Ordering::Less
            }
        }
    }
}

/// How an int compares with a float; `None` with NaN.
pub fn compare_float(a: View, f: f64) -> Option<Ordering> {
    const TWO_63: f64 = 9_223_372_036_854_775_808.0;
    if f.is_nan() {
        return None;
    }
    if f.is_infinite() {
        return Some(if f > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let whole = f.trunc();
    let ordering = match a {
        View::Small(_) if f >= TWO_63 => Ordering::Less,
        View::Small(_) if f < -TWO_63 => Ordering::Greater,
        View::Small(i) => i.cmp(&(whole as i64)),
        View::Big(b) => b.cmp(&BigInt::from_f64(whole).unwrap_or_default()),
    };
    Some(ordering.then_with(|| 0.0.partial_cmp(&(f - whole)).unwrap_or(Ordering::Equal)))
}

/// `__hash__`
pub fn hash(v: &Value) -> Res<i64> {
    Ok(hash_view(super::known(v)))
}

/// The hash of an int: its value modulo a Mersenne prime, with its sign.
#[inline]
pub fn hash_view(v: View) -> i64 {
    match v {
        View::Small(i) => hash_small(i),
        View::Big(b) => {
            let rest = (b.magnitude() % HASH_MODULUS).to_i64().unwrap_or(0);
            never_minus_one(if b.sign() == Sign::Minus { -rest } else { rest })
        }
    }
}

/// As [`hash_view`], of an int that fits a word.
#[inline(always)]
pub fn hash_small(i: i64) -> i64 {
    const MODULUS: i64 = HASH_MODULUS as i64;
    // Most are smaller, and need no division.
    never_minus_one(if -MODULUS < i && i < MODULUS { i } else { i % MODULUS })
}

/// -1 is how CPython's hash functions say that they failed.
#[inline(always)]
fn never_minus_one(hash: i64) -> i64 {
    if hash == -1 { -2 } else { hash }
}

/// The hash that the result of a `__hash__` method stands for.
pub fn hash_result(v: &Value) -> Res<i64> {
    match view(v) {
        Some(i) => Ok(match i.to_i64() {
            Some(-1) => -2,
            Some(h) => h,
            None => hash_view(i),
        }),
        None => Err(exc::type_error("__hash__ method should return an integer")),
    }
}
