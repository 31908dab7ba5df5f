//! Arithmetic and comparison of floats, where the other operand may be an int.

use super::libm::{self, fmod};
use super::{as_f64, known};
use crate::class::slots::CompareOp;
use crate::exc;
use crate::types::{complex, int, tuple};
use crate::value::{Res, Value};
use std::cmp::Ordering;

/// The operand as a float; `None` if it is neither float nor int.
#[inline(always)]
fn operand(v: &Value) -> Res<Option<f64>> {
    match as_f64(v) {
        Some(x) => Ok(Some(x)),
        None if int::is_int(v) => int::to_f64(v).map(Some),
        None => Ok(None),
    }
}

macro_rules! slots {
    ($($slot:ident $f:expr, $doc:literal;)*) => {
        $(#[doc = $doc]
        pub fn $slot(a: &Value, b: &Value) -> Res {
            let Some(x) = operand(a)? else { return Ok(Value::NOT_IMPLEMENTED) };
            let Some(y) = operand(b)? else { return Ok(Value::NOT_IMPLEMENTED) };
            let f: fn(f64, f64) -> Res = $f;
            f(x, y)
        })*
    };
}

slots! {
    slot_add |x, y| Ok(Value::float(x + y)), "`__add__`";
    slot_subtract |x, y| Ok(Value::float(x - y)), "`__sub__`";
    slot_multiply |x, y| Ok(Value::float(x * y)), "`__mul__`";
    slot_true_divide true_divide, "`__truediv__`";
    slot_floor_div |x, y| Ok(Value::float(div_mod(x, y)?.0)), "`__floordiv__`";
    slot_modulo |x, y| Ok(Value::float(modulo(x, y)?)), "`__mod__`";
    slot_divmod divmod, "`__divmod__`";
}

fn zero_division() -> exc::Raised {
    exc::zero_division_error("division by zero")
}

/// `x / y`
#[inline]
pub fn true_divide(x: f64, y: f64) -> Res {
    if y == 0.0 { Err(zero_division()) } else { Ok(Value::float(x / y)) }
}

/// `x % y`, with the sign of `y`.
pub fn modulo(x: f64, y: f64) -> Res<f64> {
    if y == 0.0 {
        return Err(zero_division());
    }
    let r = fmod(x, y);
    Ok(if r == 0.0 {
        0f64.copysign(y)
    } else if (y < 0.0) != (r < 0.0) {
        r + y
    } else {
        r
    })
}

/// `x // y` and `x % y`
pub fn div_mod(x: f64, y: f64) -> Res<(f64, f64)> {
    if y == 0.0 {
        return Err(zero_division());
    }
    let mut r = fmod(x, y);
    let mut q = (x - r) / y;
    if r == 0.0 {
        r = 0f64.copysign(y);
    } else if (y < 0.0) != (r < 0.0) {
        r += y;
        q -= 1.0;
    }
    let floor = if q == 0.0 {
        0f64.copysign(x / y)
    } else {
        // The quotient is nearly whole; snap it.
        let f = q.floor();
        if q - f > 0.5 { f + 1.0 } else { f }
    };
    Ok((floor, r))
}

fn divmod(x: f64, y: f64) -> Res {
    let (q, r) = div_mod(x, y)?;
    Ok(tuple::from_vec(vec![Value::float(q), Value::float(r)]))
}

/// `__pow__`
pub fn slot_power(a: &Value, b: &Value, m: &Value) -> Res {
    if !m.is_none() {
        return Err(exc::type_error("pow() 3rd argument not allowed unless all arguments are integers"));
    }
    let Some(x) = operand(a)? else { return Ok(Value::NOT_IMPLEMENTED) };
    let Some(y) = operand(b)? else { return Ok(Value::NOT_IMPLEMENTED) };
    power(x, y)
}

fn is_odd(x: f64) -> bool {
    fmod(x.abs(), 2.0) == 1.0
}

/// `x ** y`: complex if `x` is negative and `y` no integer. The special cases are spelled out as in CPython's `float_pow`.
pub fn power(x: f64, y: f64) -> Res {
    let float = |r| Ok(Value::float(r));
    if y == 0.0 || x == 1.0 {
        return float(1.0);
    }
    if x.is_nan() || y.is_nan() {
        return float(if x.is_nan() { x } else { y });
    }
    if y.is_infinite() {
        let x = x.abs();
        return float(if x == 1.0 {
            1.0
        } else if (y > 0.0) == (x > 1.0) {
            f64::INFINITY
        } else {
            0.0
        });
    }
    let odd = is_odd(y);
    if x.is_infinite() {
        return float(match (y > 0.0, odd) {
            (true, true) => x,
            (true, false) => x.abs(),
            (false, true) => 0f64.copysign(x),
            (false, false) => 0.0,
        });
    }
    if x == 0.0 {
        if y < 0.0 {
            return Err(exc::zero_division_error("zero to a negative power"));
        }
        return float(if odd { x } else { 0.0 });
    }
    if x < 0.0 && y != y.floor() {
        return complex::power(complex::Parts::new(x, 0.0), complex::Parts::new(y, 0.0));
    }
    let r = libm::pow(x.abs(), y);
    if r.is_infinite() {
        return Err(range_error());
    }
    float(if x < 0.0 && odd { -r } else { r })
}

/// The OverflowError of a result that is too large, as CPython makes it from `errno`.
pub fn range_error() -> exc::Raised {
    let args = [Value::small_int(libc::ERANGE as i64), crate::types::str::new(&exc::os_error_text(libc::ERANGE))];
    exc::raise_args(crate::vm::types().overflow_error, &args)
}

/// The six comparisons.
pub fn rich_compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    let x = known(a);
    let ordering = match as_f64(b) {
        Some(y) => x.partial_cmp(&y),
        None => match int::view(b) {
            Some(y) => int::compare::compare_float(y, x).map(Ordering::reverse),
            None => return Ok(Value::NOT_IMPLEMENTED),
        },
    };
    Ok(Value::bool(match ordering {
        Some(o) => op.holds(o),
        None => op == CompareOp::Ne,
    }))
}
