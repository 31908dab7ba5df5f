//! The C library's floating-point functions, which give the results CPython gives on the same machine.

use std::ffi::c_int;

unsafe extern "C" {
    /// `acos`
    pub safe fn acos(x: f64) -> f64;
    /// `acosh`
    pub safe fn acosh(x: f64) -> f64;
    /// `asin`
    pub safe fn asin(x: f64) -> f64;
    /// `asinh`
    pub safe fn asinh(x: f64) -> f64;
    /// `atan`
    pub safe fn atan(x: f64) -> f64;
    /// `atan2`
    pub safe fn atan2(y: f64, x: f64) -> f64;
    /// `atanh`
    pub safe fn atanh(x: f64) -> f64;
    /// `cbrt`
    pub safe fn cbrt(x: f64) -> f64;
    /// `cos`
    pub safe fn cos(x: f64) -> f64;
    /// `cosh`
    pub safe fn cosh(x: f64) -> f64;
    /// `erf`
    pub safe fn erf(x: f64) -> f64;
    /// `erfc`
    pub safe fn erfc(x: f64) -> f64;
    /// `exp`
    pub safe fn exp(x: f64) -> f64;
    /// `exp2`
    pub safe fn exp2(x: f64) -> f64;
    /// `expm1`
    pub safe fn expm1(x: f64) -> f64;
    /// `fma`
    pub safe fn fma(x: f64, y: f64, z: f64) -> f64;
    /// `fmod`
    pub safe fn fmod(x: f64, y: f64) -> f64;
    /// `hypot`
    pub safe fn hypot(x: f64, y: f64) -> f64;
    /// `ldexp`
    pub safe fn ldexp(x: f64, exponent: c_int) -> f64;
    /// `log`
    pub safe fn log(x: f64) -> f64;
    /// `log10`
    pub safe fn log10(x: f64) -> f64;
    /// `log1p`
    pub safe fn log1p(x: f64) -> f64;
    /// `log2`
    pub safe fn log2(x: f64) -> f64;
    /// `nextafter`
    pub safe fn nextafter(x: f64, y: f64) -> f64;
    /// `pow`
    pub safe fn pow(x: f64, y: f64) -> f64;
    /// `remainder`
    pub safe fn remainder(x: f64, y: f64) -> f64;
    /// `sin`
    pub safe fn sin(x: f64) -> f64;
    /// `sinh`
    pub safe fn sinh(x: f64) -> f64;
    /// `tan`
    pub safe fn tan(x: f64) -> f64;
    /// `tanh`
    pub safe fn tanh(x: f64) -> f64;
}

/// The mantissa in [0.5, 1) and the exponent of two; `(x, 0)` for zero, infinities and NaN.
pub fn frexp(x: f64) -> (f64, i32) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    // Subnormals are made normal first.
    let (x, offset) = if x.abs() < f64::MIN_POSITIVE { (x * 18_014_398_509_481_984.0, -54) } else { (x, 0) };
    let bits = x.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32 - 1022;
    (f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52), exponent + offset)
}
