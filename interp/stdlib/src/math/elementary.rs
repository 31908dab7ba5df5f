//! Functions of the C library. A NaN from arguments that are not NaN is a domain error, an infinity from finite
//! arguments is a range error or, at a pole, a domain error.

use weft_vm::class::native::Args;
use weft_vm::protocol::number;
use weft_vm::types::float::libm;
use weft_vm::types::{float, int, str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::{call, exc, format};

pub(super) fn domain_error() -> exc::Raised {
    exc::value_error("math domain error")
}

pub(super) fn range_error() -> exc::Raised {
    exc::overflow_error("math range error")
}

/// What an infinite result of finite arguments means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Infinite {
    Overflow,
    Pole,
}

/// Applies a function of one variable; `message` says what its domain is.
fn apply(x: f64, f: impl Fn(f64) -> f64, infinite: Infinite, message: &str) -> Res<f64> {
    let r = f(x);
    let out_of_domain = r.is_nan() && !x.is_nan() || r.is_infinite() && x.is_finite() && infinite == Infinite::Pole;
    if out_of_domain {
        return Err(if message.is_empty() { domain_error() } else { exc::value_error(format!("{message}, got {}", format::float_repr(x))) });
    }
    if r.is_infinite() && x.is_finite() { Err(range_error()) } else { Ok(r) }
}

macro_rules! functions {
    ($($name:ident $infinite:ident $message:literal $f:expr;)*) => {
        $(#[doc = concat!("`math.", stringify!($name), "`")]
        pub fn $name(a: Args) -> Res {
            apply(float::to_f64(a.at(0))?, $f, Infinite::$infinite, $message).map(Value::float)
        })*
    };
}

functions! {
    acos Pole "expected a number in range from -1 up to 1" libm::acos;
    acosh Pole "expected argument value not less than 1" libm::acosh;
    asin Pole "expected a number in range from -1 up to 1" libm::asin;
    asinh Pole "" libm::asinh;
    atan Pole "" libm::atan;
    atanh Pole "expected a number between -1 and 1" libm::atanh;
    cbrt Pole "" libm::cbrt;
    cos Pole "expected a finite input" libm::cos;
    cosh Overflow "" libm::cosh;
    erf Pole "" libm::erf;
    erfc Pole "" libm::erfc;
    exp Overflow "" libm::exp;
    exp2 Overflow "" libm::exp2;
    expm1 Overflow "" libm::expm1;
    fabs Pole "" f64::abs;
    log1p Pole "expected argument value > -1" libm::log1p;
    sin Pole "expected a finite input" libm::sin;
    sinh Overflow "" libm::sinh;
    sqrt Pole "expected a nonnegative input" f64::sqrt;
    tan Pole "expected a finite input" libm::tan;
    tanh Pole "" libm::tanh;
}

/// Applies a function of two variables.
fn apply2(a: Args, f: impl Fn(f64, f64) -> f64) -> Res {
    let (x, y) = (float::to_f64(a.at(0))?, float::to_f64(a.at(1))?);
    let r = f(x, y);
    if r.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain_error());
    }
    if r.is_infinite() && x.is_finite() && y.is_finite() {
        return Err(range_error());
    }
    Ok(Value::float(r))
}

/// `math.atan2`
pub fn atan2(a: Args) -> Res {
    apply2(a, libm::atan2)
}

/// `math.copysign`
pub fn copysign(a: Args) -> Res {
    let (x, y) = (float::to_f64(a.at(0))?, float::to_f64(a.at(1))?);
    Ok(Value::float(x.copysign(y)))
}

/// `math.fmod`
pub fn fmod(a: Args) -> Res {
    apply2(a, libm::fmod)
}

/// `math.remainder`
pub fn remainder(a: Args) -> Res {
    apply2(a, libm::remainder)
}

/// `math.pow`
pub fn pow(a: Args) -> Res {
    let (x, y) = (float::to_f64(a.at(0))?, float::to_f64(a.at(1))?);
    let r = libm::pow(x, y);
    if x.is_finite() && y.is_finite() && !r.is_finite() {
        // Zero to a negative power is a pole.
        return Err(if r.is_nan() || x == 0.0 { domain_error() } else { range_error() });
    }
    Ok(Value::float(r))
}

/// `math.fma`
pub fn fma(a: Args) -> Res {
    let (x, y, z) = (float::to_f64(a.at(0))?, float::to_f64(a.at(1))?, float::to_f64(a.at(2))?);
    let r = libm::fma(x, y, z);
    if r.is_nan() && !x.is_nan() && !y.is_nan() && !z.is_nan() {
        return Err(exc::value_error("invalid operation in fma"));
    }
    if r.is_infinite() && x.is_finite() && y.is_finite() && z.is_finite() {
        return Err(exc::overflow_error("overflow in fma"));
    }
    Ok(Value::float(r))
}

/// `math.degrees`
pub fn degrees(a: Args) -> Res {
    Ok(Value::float(float::to_f64(a.at(0))? * (180.0 / std::f64::consts::PI)))
}

/// `math.radians`
pub fn radians(a: Args) -> Res {
    Ok(Value::float(float::to_f64(a.at(0))? * (std::f64::consts::PI / 180.0)))
}

/// A logarithm of any real number; ints may be larger than floats are.
fn logarithm(v: &Value, f: impl Fn(f64) -> f64) -> Res<f64> {
    const MESSAGE: &str = "expected a positive input";
    let Some(i) = int::view(v) else { return apply(float::to_f64(v)?, f, Infinite::Pole, MESSAGE) };
    if i.is_negative() || i.is_zero() {
        return Err(exc::value_error(MESSAGE));
    }
    Ok(match i.to_f64() {
        Some(x) => f(x),
        None => {
            // Scaled to below one, the number converts; 64 bits keep all that rounding asks.
            let excess = i.bits() - 64;
            let top = num_traits::ToPrimitive::to_f64(&(i.big().as_ref() >> excess)).unwrap_or(0.0);
            let (x, e) = libm::frexp(top);
            f(x) + f(2.0) * (e as f64 + excess as f64)
        }
    })
}

/// `math.log`
pub fn log(args: &[Value], kwnames: Option<&Value>) -> Res {
    if kwnames.is_some_and(|k| !tuple::items(k).is_empty()) {
        return Err(exc::type_error("math.log() takes no keyword arguments"));
    }
    match args {
        [] => Err(exc::type_error("log expected at least 1 argument, got 0")),
        [x] => logarithm(x, libm::log).map(Value::float),
        [x, base] => {
            let (numerator, denominator) = (logarithm(x, libm::log)?, logarithm(base, libm::log)?);
            float::arith::true_divide(numerator, denominator)
        }
        _ => Err(exc::type_error(format!("log expected at most 2 arguments, got {}", args.len()))),
    }
}

/// `math.log2`
pub fn log2(a: Args) -> Res {
    logarithm(a.at(0), libm::log2).map(Value::float)
}

/// `math.log10`
pub fn log10(a: Args) -> Res {
    logarithm(a.at(0), libm::log10).map(Value::float)
}

/// Rounds to an int: through the class's own method unless it is a float.
fn to_integer(v: &Value, method: &str, f: impl Fn(f64) -> f64) -> Res {
    if !float::is_exact(v)
        && let Some(r) = call::call_special(v, &str::intern(method), &[])
    {
        return r;
    }
    int::construct::from_float(f(float::to_f64(v)?))
}

/// `math.ceil`
pub fn ceil(a: Args) -> Res {
    to_integer(a.at(0), "__ceil__", f64::ceil)
}

/// `math.floor`
pub fn floor(a: Args) -> Res {
    to_integer(a.at(0), "__floor__", f64::floor)
}

/// `math.trunc`
pub fn trunc(a: Args) -> Res {
    let v = a.at(0);
    if float::is_exact(v) {
        return number::to_int(v);
    }
    match call::call_special(v, &str::intern("__trunc__"), &[]) {
        Some(r) => r,
        None => Err(exc::type_error(format!("type {} doesn't define __trunc__ method", v.class().full_name()))),
    }
}
