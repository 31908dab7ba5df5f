//! The C library's floating-point functions, which give the results CPython gives on the same machine.

use std::ffi::c_int;

macro_rules! functions {
    ($($name:ident($($arg:ident: $ty:ty),*);)*) => {
        mod c {
            use super::c_int;

            unsafe extern "C" {
                $(pub safe fn $name($($arg: $ty),*) -> f64;)*
            }
        }

        $(#[doc = concat!("`", stringify!($name), "`")]
        #[inline]
        pub fn $name($($arg: $ty),*) -> f64 {
            c::$name($($arg),*)
        })*
    };
}

functions! {
    acos(x: f64);
    acosh(x: f64);
    asin(x: f64);
    asinh(x: f64);
    atan(x: f64);
    atan2(y: f64, x: f64);
    atanh(x: f64);
    cbrt(x: f64);
    cos(x: f64);
    cosh(x: f64);
    erf(x: f64);
    erfc(x: f64);
    exp(x: f64);
    exp2(x: f64);
    expm1(x: f64);
    fma(x: f64, y: f64, z: f64);
    fmod(x: f64, y: f64);
    hypot(x: f64, y: f64);
    ldexp(x: f64, exponent: c_int);
    log(x: f64);
    log10(x: f64);
    log1p(x: f64);
    log2(x: f64);
    nextafter(x: f64, y: f64);
    pow(x: f64, y: f64);
    remainder(x: f64, y: f64);
    sin(x: f64);
    sinh(x: f64);
    tan(x: f64);
    tanh(x: f64);
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
