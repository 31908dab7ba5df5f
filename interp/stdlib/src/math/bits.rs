//! Functions on the representation of a float.

use super::elementary::range_error;
use weft_vm::class::native::Args;
use weft_vm::exc;
use weft_vm::protocol::number;
use weft_vm::types::float::{self, libm};
use weft_vm::types::{int, tuple};
use weft_vm::value::{Res, Value};

/// `math.isfinite`
pub fn isfinite(a: Args) -> Res {
    Ok(Value::bool(float::to_f64(a.at(0))?.is_finite()))
}

/// `math.isinf`
pub fn isinf(a: Args) -> Res {
    Ok(Value::bool(float::to_f64(a.at(0))?.is_infinite()))
}

/// `math.isnan`
pub fn isnan(a: Args) -> Res {
    Ok(Value::bool(float::to_f64(a.at(0))?.is_nan()))
}

/// `math.frexp`
pub fn frexp(a: Args) -> Res {
    let (m, e) = libm::frexp(float::to_f64(a.at(0))?);
    Ok(tuple::from_vec(vec![Value::float(m), Value::small_int(e as i64)]))
}

/// `math.ldexp`
pub fn ldexp(a: Args) -> Res {
    let x = float::to_f64(a.at(0))?;
    let i = a.at(1);
    if !int::is_int(i) {
        return Err(exc::type_error("Expected an int as second argument to ldexp."));
    }
    if x == 0.0 || !x.is_finite() {
        return Ok(Value::float(x));
    }
    let clipped = number::index_clipped(i)?.clamp(i32::MIN as i64, i32::MAX as i64) as i32;
    let r = libm::ldexp(x, clipped);
    if r.is_infinite() { Err(range_error()) } else { Ok(Value::float(r)) }
}

/// `math.modf`
pub fn modf(a: Args) -> Res {
    let x = float::to_f64(a.at(0))?;
    let (fraction, whole) = if x.is_nan() {
        (x, x)
    } else if x.is_infinite() {
        (0f64.copysign(x), x)
    } else {
        ((x - x.trunc()).copysign(x), x.trunc())
    };
    Ok(tuple::from_vec(vec![Value::float(fraction), Value::float(whole)]))
}

/// `math.ulp`
pub fn ulp(a: Args) -> Res {
    let x = float::to_f64(a.at(0))?.abs();
    if !x.is_finite() {
        return Ok(Value::float(x));
    }
    let up = libm::nextafter(x, f64::INFINITY);
    Ok(Value::float(if up.is_infinite() { x - libm::nextafter(x, 0.0) } else { up - x }))
}

/// `math.nextafter`
pub fn nextafter(a: Args) -> Res {
    let (x, y) = (float::to_f64(a.at(0))?, float::to_f64(a.at(1))?);
    let Some(steps) = a.some(2) else { return Ok(Value::float(libm::nextafter(x, y))) };
    let steps = number::index(steps)?;
    if int::is_negative(&steps) {
        return Err(exc::value_error("steps must be a non-negative integer"));
    }
    Ok(Value::float(after(x, y, int::as_u64(&steps).unwrap_or(u64::MAX))))
}

/// The float that many steps from `x` towards `y`. Floats of one sign are ordered as their bits are.
fn after(x: f64, y: f64, steps: u64) -> f64 {
    const SIGN: u64 = 1 << 63;
    if steps == 0 || x.is_nan() {
        return x;
    }
    if y.is_nan() {
        return y;
    }
    let (from, to) = (x.to_bits(), y.to_bits());
    let (size, target) = (from & !SIGN, to & !SIGN);
    let bits = if (from ^ to) & SIGN != 0 {
        if size + target <= steps {
            to
        } else if size < steps {
            to & SIGN | (steps - size)
        } else {
            from - steps
        }
    } else if size.abs_diff(target) < steps {
        to
    } else if size > target {
        from - steps
    } else {
        from + steps
    };
    f64::from_bits(bits)
}

/// `math.isclose`
pub fn isclose(a: Args) -> Res {
    let (x, y) = (float::to_f64(a.at(0))?, float::to_f64(a.at(1))?);
    let relative = a.opt(2).map_or(Ok(1e-9), float::to_f64)?;
    let absolute = a.opt(3).map_or(Ok(0.0), float::to_f64)?;
    if relative < 0.0 || absolute < 0.0 {
        return Err(exc::value_error("tolerances must be non-negative"));
    }
    if x == y {
        return Ok(Value::TRUE);
    }
    if x.is_infinite() || y.is_infinite() {
        return Ok(Value::FALSE);
    }
    let diff = (y - x).abs();
    Ok(Value::bool(diff <= (relative * y).abs() || diff <= (relative * x).abs() || diff <= absolute))
}
