//! The elementary functions, by the formulas of CPython's `cmathmodule.c`, which follow W. Kahan, "Branch cuts for
//! complex elementary functions".

use super::special::{self, lookup};
use std::f64::consts::{E, FRAC_PI_2, LN_2, LN_10};
use weft_vm::types::complex::Parts;
use weft_vm::types::float::libm;

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The argument is outside the domain.
    Domain,
    /// The result is too large.
    Range,
}

/// A result.
pub type Outcome = Result<Parts, Error>;

const LARGE: f64 = f64::MAX / 4.0;

fn large_sqrt() -> f64 {
    LARGE.sqrt()
}

fn large_log() -> f64 {
    libm::log(LARGE)
}

fn is_large(z: Parts) -> bool {
    z.re.abs() > LARGE || z.im.abs() > LARGE
}

/// The logarithm of the absolute value of a large number.
fn large_log_abs(z: Parts) -> f64 {
    libm::log(libm::hypot(z.re / 2.0, z.im / 2.0)) + LN_2 * 2.0
}

/// `z` times the imaginary unit.
fn times_i(z: Parts) -> Parts {
    Parts::new(-z.im, z.re)
}

/// `z` divided by the imaginary unit.
fn over_i(z: Parts) -> Parts {
    Parts::new(z.im, -z.re)
}

fn in_range(z: Parts) -> Outcome {
    if z.re.is_infinite() || z.im.is_infinite() { Err(Error::Range) } else { Ok(z) }
}

/// `cmath.acos`
pub fn acos(z: Parts) -> Outcome {
    if let Some(r) = lookup(z, &special::ACOS) {
        return Ok(r);
    }
    if is_large(z) {
        let re = libm::atan2(z.im.abs(), z.re);
        let size = large_log_abs(z);
        return Ok(Parts::new(re, if z.re < 0.0 { -size.copysign(z.im) } else { size.copysign(-z.im) }));
    }
    let s1 = sqrt(Parts::new(1.0 - z.re, -z.im))?;
    let s2 = sqrt(Parts::new(1.0 + z.re, z.im))?;
    Ok(Parts::new(2.0 * libm::atan2(s1.re, s2.re), libm::asinh(s2.re * s1.im - s2.im * s1.re)))
}

/// `cmath.acosh`
pub fn acosh(z: Parts) -> Outcome {
    if let Some(r) = lookup(z, &special::ACOSH) {
        return Ok(r);
    }
    if is_large(z) {
        return Ok(Parts::new(large_log_abs(z), libm::atan2(z.im, z.re)));
    }
    let s1 = sqrt(Parts::new(z.re - 1.0, z.im))?;
    let s2 = sqrt(Parts::new(z.re + 1.0, z.im))?;
    Ok(Parts::new(libm::asinh(s1.re * s2.re + s1.im * s2.im), 2.0 * libm::atan2(s1.im, s2.re)))
}

/// `cmath.asin`
pub fn asin(z: Parts) -> Outcome {
    asinh(times_i(z)).map(over_i)
}

/// `cmath.asinh`
pub fn asinh(z: Parts) -> Outcome {
    if let Some(r) = lookup(z, &special::ASINH) {
        return Ok(r);
    }
    if is_large(z) {
        return Ok(Parts::new(large_log_abs(z).copysign(z.re), libm::atan2(z.im, z.re.abs())));
    }
    let s1 = sqrt(Parts::new(1.0 + z.im, -z.re))?;
    let s2 = sqrt(Parts::new(1.0 - z.im, z.re))?;
    Ok(Parts::new(libm::asinh(s1.re * s2.im - s2.re * s1.im), libm::atan2(z.im, s1.re * s2.re - s1.im * s2.im)))
}

/// `cmath.atan`
pub fn atan(z: Parts) -> Outcome {
    atanh(times_i(z)).map(over_i)
}

/// `cmath.atanh`
pub fn atanh(z: Parts) -> Outcome {
    if let Some(r) = lookup(z, &special::ATANH) {
        return Ok(r);
    }
    if z.re.is_sign_negative() {
        return atanh(Parts::new(-z.re, -z.im)).map(|r| Parts::new(-r.re, -r.im));
    }
    let size = z.im.abs();
    if z.re > large_sqrt() || size > large_sqrt() {
        let h = libm::hypot(z.re / 2.0, z.im / 2.0);
        return Ok(Parts::new(z.re / 4.0 / h / h, FRAC_PI_2.copysign(z.im)));
    }
    if z.re == 1.0 && size < f64::MIN_POSITIVE.sqrt() {
        if size == 0.0 {
            return Err(Error::Domain);
        }
        let re = -libm::log(size.sqrt() / libm::hypot(size, 2.0).sqrt());
        return Ok(Parts::new(re, (libm::atan2(2.0, -size) / 2.0).copysign(z.im)));
    }
    let away = 1.0 - z.re;
    let re = libm::log1p(4.0 * z.re / (away * away + size * size)) / 4.0;
    Ok(Parts::new(re, -libm::atan2(-2.0 * z.im, away * (1.0 + z.re) - size * size) / 2.0))
}

/// `cmath.cos`
pub fn cos(z: Parts) -> Outcome {
    cosh(times_i(z))
}

/// Whether the real part is infinite and the imaginary part gives the direction.
fn has_direction(z: Parts) -> bool {
    z.re.is_infinite() && z.im.is_finite() && z.im != 0.0
}

/// Infinities with the signs of the cosine and sine of an angle.
fn infinite(angle: f64) -> Parts {
    Parts::new(f64::INFINITY.copysign(libm::cos(angle)), f64::INFINITY.copysign(libm::sin(angle)))
}

/// `cmath.cosh`
pub fn cosh(z: Parts) -> Outcome {
    if let Some(r) = lookup(z, &special::COSH) {
        if has_direction(z) {
            let r = infinite(z.im);
            return Ok(if z.re > 0.0 { r } else { Parts::new(r.re, -r.im) });
        }
        return if z.im.is_infinite() && !z.re.is_nan() { Err(Error::Domain) } else { Ok(r) };
    }
    let (cos, sin) = (libm::cos(z.im), libm::sin(z.im));
    in_range(if z.re.abs() > large_log() {
        let x = z.re - 1f64.copysign(z.re);
        Parts::new(cos * libm::cosh(x) * E, sin * libm::sinh(x) * E)
    } else {
        Parts::new(cos * libm::cosh(z.re), sin * libm::sinh(z.re))
    })
}

/// `cmath.exp`
pub fn exp(z: Parts) -> Outcome {
    if let Some(r) = lookup(z, &special::EXP) {
        if has_direction(z) {
            let zero = Parts::new(0f64.copysign(libm::cos(z.im)), 0f64.copysign(libm::sin(z.im)));
            return Ok(if z.re > 0.0 { infinite(z.im) } else { zero });
        }
        let error = z.im.is_infinite() && (z.re.is_finite() || z.re == f64::INFINITY);
        return if error { Err(Error::Domain) } else { Ok(r) };
    }
    let (cos, sin) = (libm::cos(z.im), libm::sin(z.im));
    in_range(if z.re > large_log() {
        let l = libm::exp(z.re - 1.0);
        Parts::new(l * cos * E, l * sin * E)
    } else {
        let l = libm::exp(z.re);
        Parts::new(l * cos, l * sin)
    })
}

/// The natural logarithm; of zero it is the infinity that comes with an error.
pub fn log_or_infinity(z: Parts) -> (Parts, Option<Error>) {
    if let Some(r) = lookup(z, &special::LOG) {
        return (r, None);
    }
    let (x, y) = (z.re.abs(), z.im.abs());
    let angle = libm::atan2(z.im, z.re);
    let re = if is_large(z) {
        libm::log(libm::hypot(x / 2.0, y / 2.0)) + LN_2
    } else if x < f64::MIN_POSITIVE && y < f64::MIN_POSITIVE {
        if x == 0.0 && y == 0.0 {
            return (Parts::new(f64::NEG_INFINITY, angle), Some(Error::Domain));
        }
        libm::log(libm::hypot(libm::ldexp(x, 53), libm::ldexp(y, 53))) - 53.0 * LN_2
    } else {
        let h = libm::hypot(x, y);
        if (0.71..=1.73).contains(&h) {
            let (most, least) = if x > y { (x, y) } else { (y, x) };
            libm::log1p((most - 1.0) * (most + 1.0) + least * least) / 2.0
        } else {
            libm::log(h)
        }
    };
    (Parts::new(re, angle), None)
}

/// `cmath.log`
pub fn log(z: Parts) -> Outcome {
    let (r, error) = log_or_infinity(z);
    error.map_or(Ok(r), Err)
}

/// `cmath.log10`
pub fn log10(z: Parts) -> Outcome {
    log(z).map(|r| Parts::new(r.re / LN_10, r.im / LN_10))
}

/// `cmath.sin`
pub fn sin(z: Parts) -> Outcome {
    sinh(times_i(z)).map(over_i)
}

/// `cmath.sinh`
pub fn sinh(z: Parts) -> Outcome {
    if let Some(r) = lookup(z, &special::SINH) {
        if has_direction(z) {
            let r = infinite(z.im);
            return Ok(if z.re > 0.0 { r } else { Parts::new(-r.re, r.im) });
        }
        return if z.im.is_infinite() && !z.re.is_nan() { Err(Error::Domain) } else { Ok(r) };
    }
    let (cos, sin) = (libm::cos(z.im), libm::sin(z.im));
    in_range(if z.re.abs() > large_log() {
        let x = z.re - 1f64.copysign(z.re);
        Parts::new(cos * libm::sinh(x) * E, sin * libm::cosh(x) * E)
    } else {
        Parts::new(cos * libm::sinh(z.re), sin * libm::cosh(z.re))
    })
}

/// `cmath.sqrt`
pub fn sqrt(z: Parts) -> Outcome {
    if let Some(r) = lookup(z, &special::SQRT) {
        return Ok(r);
    }
    if z.re == 0.0 && z.im == 0.0 {
        return Ok(Parts::new(0.0, z.im));
    }
    let (x, y) = (z.re.abs(), z.im.abs());
    let s = if x < f64::MIN_POSITIVE && y < f64::MIN_POSITIVE {
        let x = libm::ldexp(x, 53);
        libm::ldexp((x + libm::hypot(x, libm::ldexp(y, 53))).sqrt(), -27)
    } else {
        let x = x / 8.0;
        2.0 * (x + libm::hypot(x, y / 8.0)).sqrt()
    };
    let d = y / (2.0 * s);
    Ok(if z.re >= 0.0 { Parts::new(s, d.copysign(z.im)) } else { Parts::new(d, s.copysign(z.im)) })
}

/// `cmath.tan`
pub fn tan(z: Parts) -> Outcome {
    tanh(times_i(z)).map(over_i)
}

/// `cmath.tanh`
pub fn tanh(z: Parts) -> Outcome {
    if let Some(r) = lookup(z, &special::TANH) {
        if has_direction(z) {
            let im = 0f64.copysign(2.0 * libm::sin(z.im) * libm::cos(z.im));
            return Ok(Parts::new(1f64.copysign(z.re), im));
        }
        return if z.im.is_infinite() && z.re.is_finite() { Err(Error::Domain) } else { Ok(r) };
    }
    if z.re.abs() > large_log() {
        let im = 4.0 * libm::sin(z.im) * libm::cos(z.im) * libm::exp(-2.0 * z.re.abs());
        return Ok(Parts::new(1f64.copysign(z.re), im));
    }
    let (tx, ty, cx) = (libm::tanh(z.re), libm::tan(z.im), 1.0 / libm::cosh(z.re));
    let product = tx * ty;
    let denominator = 1.0 + product * product;
    Ok(Parts::new(tx * (1.0 + ty * ty) / denominator, ((ty / denominator) * cx) * cx))
}

/// `cmath.rect`
pub fn rect(r: f64, phi: f64) -> Outcome {
    if let Some(z) = lookup(Parts::new(r, phi), &special::RECT) {
        if r.is_infinite() && phi.is_finite() && phi != 0.0 {
            let z = infinite(phi);
            return Ok(if r > 0.0 { z } else { Parts::new(-z.re, -z.im) });
        }
        return if r != 0.0 && !r.is_nan() && phi.is_infinite() { Err(Error::Domain) } else { Ok(z) };
    }
    if phi == 0.0 {
        return Ok(Parts::new(r, r * phi));
    }
    Ok(Parts::new(r * libm::cos(phi), r * libm::sin(phi)))
}
