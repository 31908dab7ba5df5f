//! Functions on ints: roots, divisors, combinatorics.

use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};
use weft_vm::class::native::Args;
use weft_vm::exc;
use weft_vm::protocol::number;
use weft_vm::types::int::{self, View};
use weft_vm::value::{Res, Value};

/// `math.isqrt`
pub fn isqrt(a: Args) -> Res {
    let n = number::index(a.at(0))?;
    match int::view(&n) {
        Some(v) if v.is_negative() => Err(exc::value_error("isqrt() argument must be nonnegative")),
        Some(View::Small(i)) => Ok(Value::small_int(i.isqrt())),
        _ => Ok(int::from_bigint(int::to_bigint(&n).sqrt())),
    }
}

/// Folds ints, the result never negative; `finished` says when nothing can change it any more.
fn fold(values: &[Value], start: i64, small: impl Fn(u64, u64) -> Option<u64>, big: impl Fn(&BigInt, &BigInt) -> BigInt) -> Res {
    let mut result = Value::small_int(start);
    for v in values {
        let v = number::index(v)?;
        let both = (result.as_small_int(), v.as_small_int());
        let quick = match both {
            (Some(x), Some(y)) => small(x.unsigned_abs(), y.unsigned_abs()),
            _ => None,
        };
        result = match quick {
            Some(r) => int::from_u64(r),
            None => int::from_bigint(big(&int::to_bigint(&result), &int::to_bigint(&v)).abs()),
        };
    }
    Ok(result)
}

/// `math.gcd`
pub fn gcd(a: Args) -> Res {
    fold(a.rest(0), 0, |x, y| Some(x.gcd(&y)), BigInt::gcd)
}

/// `math.lcm`
pub fn lcm(a: Args) -> Res {
    let small = |x: u64, y: u64| if x == 0 || y == 0 { Some(0) } else { (x / x.gcd(&y)).checked_mul(y) };
    fold(a.rest(0), 1, small, BigInt::lcm)
}

/// The product of `count` ints from `first` on, by halves, so that the factors of each multiplication are of like size.
fn product_from(first: &BigUint, count: u64) -> BigUint {
    if count <= 16 {
        return (0..count).map(|i| first + i).product();
    }
    let half = count / 2;
    product_from(first, half) * product_from(&(first + half), count - half)
}

fn factorial_of(n: u64) -> BigUint {
    if n < 2 { BigUint::one() } else { product_from(&BigUint::from(2u32), n - 1) }
}

/// `math.factorial`
pub fn factorial(a: Args) -> Res {
    let n = number::index(a.at(0))?;
    factorial_value(&n)
}

fn factorial_value(n: &Value) -> Res {
    if int::is_negative(n) {
        return Err(exc::value_error("factorial() not defined for negative values"));
    }
    match int::as_i64(n) {
        Some(n @ 0..=20) => Ok(Value::int((2..=n).product())),
        Some(n) => Ok(int::from_bigint(factorial_of(n as u64).into())),
        None => Err(exc::overflow_error(format!("factorial() argument should not exceed {}", i64::MAX))),
    }
}

fn non_negative(v: &Value, name: &str) -> Res<BigUint> {
    let v = number::index(v)?;
    int::to_bigint(&v).to_biguint().ok_or_else(|| exc::value_error(format!("{name} must be a non-negative integer")))
}

/// `math.perm`
pub fn perm(a: Args) -> Res {
    let Some(k) = a.some(1) else { return factorial_value(&number::index(a.at(0))?) };
    let (n, k) = (number::index(a.at(0))?, number::index(k)?);
    let (n, k) = (non_negative(&n, "n")?, non_negative(&k, "k")?);
    if k > n {
        return Ok(Value::small_int(0));
    }
    let Some(count) = k.to_i64() else { return Err(exc::overflow_error(format!("k must not exceed {}", i64::MAX))) };
    Ok(int::from_bigint(product_from(&(n - k + 1u32), count as u64).into()))
}

/// `math.comb`
pub fn comb(a: Args) -> Res {
    let (n, k) = (number::index(a.at(0))?, number::index(a.at(1))?);
    let (n, k) = (non_negative(&n, "n")?, non_negative(&k, "k")?);
    if k > n {
        return Ok(Value::small_int(0));
    }
    let k = k.clone().min(&n - &k);
    let Some(k) = k.to_i64() else { return Err(exc::overflow_error(format!("min(n - k, k) must not exceed {}", i64::MAX))) };
    let k = k as u64;
    if k.is_zero() {
        return Ok(Value::small_int(1));
    }
    // With all intermediate products in 128 bits, each division is exact as it comes.
    if let Some(n) = n.to_u64()
        && let Some(c) = comb_small(n, k)
    {
        return Ok(int::from_u64(c));
    }
    let numerator = product_from(&(n - k + 1u32), k);
    Ok(int::from_bigint((numerator / factorial_of(k)).into()))
}

fn comb_small(n: u64, k: u64) -> Option<u64> {
    let mut c: u128 = 1;
    for i in 1..=k {
        c = c.checked_mul((n - k + i) as u128)? / i as u128;
        if c > u64::MAX as u128 {
            return None;
        }
    }
    u64::try_from(c).ok()
}
