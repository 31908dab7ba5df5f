//! `cmath`: functions on complex numbers.
//!
//! [`functions`]: the elementary functions. [`special`]: what they give for infinities and NaN.

mod functions;
mod special;

use functions::Error;
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::exc;
use weft_vm::types::complex::{self, Parts, construct::to_parts};
use weft_vm::types::float::{self, libm};
use weft_vm::types::module::{ModuleDef, add};
use weft_vm::types::tuple;
use weft_vm::value::{Res, Value};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "cmath",
    doc: "This module provides access to mathematical functions for complex\nnumbers.",
    functions: FUNCTIONS,
    exec,
};

static FUNCTIONS: &[FnDef] = &[
    def("acos", "($module, z, /)", acos, "Return the arc cosine of z."),
    def("acosh", "($module, z, /)", acosh, "Return the inverse hyperbolic cosine of z."),
    def("asin", "($module, z, /)", asin, "Return the arc sine of z."),
    def("asinh", "($module, z, /)", asinh, "Return the inverse hyperbolic sine of z."),
    def("atan", "($module, z, /)", atan, "Return the arc tangent of z."),
    def("atanh", "($module, z, /)", atanh, "Return the inverse hyperbolic tangent of z."),
    def("cos", "($module, z, /)", cos, "Return the cosine of z."),
    def("cosh", "($module, z, /)", cosh, "Return the hyperbolic cosine of z."),
    def("exp", "($module, z, /)", exp, "Return the exponential value e**z."),
    def("isclose", "($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)", isclose, "Determine whether two complex numbers are close in value.\n\n  rel_tol\n    maximum difference for being considered \"close\", relative to the\n    magnitude of the input values\n  abs_tol\n    maximum difference for being considered \"close\", regardless of the\n    magnitude of the input values\n\nReturn True if a is close in value to b, and False otherwise.\n\nFor the values to be considered close, the difference between them must\nbe smaller than at least one of the tolerances.\n\n-inf, inf and NaN behave similarly to the IEEE 754 Standard.  That is,\nNaN is not close to anything, even itself. inf and -inf are only close\nto themselves."),
    def("isfinite", "($module, z, /)", isfinite, "Return True if both the real and imaginary parts of z are finite, else False."),
    def("isinf", "($module, z, /)", isinf, "Checks if the real or imaginary part of z is infinite."),
    def("isnan", "($module, z, /)", isnan, "Checks if the real or imaginary part of z not a number (NaN)."),
    def("log", "($module, z, base=<unrepresentable>, /)", log, "log(z[, base]) -> the logarithm of z to the given base.\n\nIf the base is not specified, returns the natural logarithm (base e)\nof z."),
    def("log10", "($module, z, /)", log10, "Return the base-10 logarithm of z."),
    def("phase", "($module, z, /)", phase, "Return argument, also known as the phase angle, of a complex."),
    def("polar", "($module, z, /)", polar, "Convert a complex from rectangular coordinates to polar coordinates.\n\nr is the distance from 0 and phi the phase angle."),
    def("rect", "($module, r, phi, /)", rect, "Convert from polar coordinates to rectangular coordinates."),
    def("sin", "($module, z, /)", sin, "Return the sine of z."),
    def("sinh", "($module, z, /)", sinh, "Return the hyperbolic sine of z."),
    def("sqrt", "($module, z, /)", sqrt, "Return the square root of z."),
    def("tan", "($module, z, /)", tan, "Return the tangent of z."),
    def("tanh", "($module, z, /)", tanh, "Return the hyperbolic tangent of z."),
];

fn exec(module: &Value) -> Res<()> {
    add(module, "pi", Value::float(std::f64::consts::PI));
    add(module, "e", Value::float(std::f64::consts::E));
    add(module, "tau", Value::float(std::f64::consts::TAU));
    add(module, "inf", Value::float(f64::INFINITY));
    add(module, "infj", complex::new(0.0, f64::INFINITY));
    add(module, "nan", Value::float(f64::NAN));
    add(module, "nanj", complex::new(0.0, f64::NAN));
    Ok(())
}

fn raise(error: Error) -> exc::Raised {
    match error {
        Error::Domain => exc::value_error("math domain error"),
        Error::Range => exc::overflow_error("math range error"),
    }
}

fn finish(outcome: functions::Outcome) -> Res {
    match outcome {
        Ok(z) => Ok(complex::new(z.re, z.im)),
        Err(e) => Err(raise(e)),
    }
}

macro_rules! elementary {
    ($($name:ident)*) => {
        $(fn $name(a: Args) -> Res {
            finish(functions::$name(to_parts(a.at(0))?))
        })*
    };
}

elementary! { acos acosh asin asinh atan atanh cos cosh exp log10 sin sinh sqrt tan tanh }

fn log(a: Args) -> Res {
    let z = to_parts(a.at(0))?;
    let Some(base) = a.opt(1) else { return finish(functions::log(z)) };
    // As in CPython, only the error of the base counts.
    let (numerator, _) = functions::log_or_infinity(z);
    let denominator = functions::log(to_parts(base)?).map_err(raise)?;
    finish(complex::arith::quotient(numerator, denominator).ok_or(Error::Domain))
}

fn size(z: Parts) -> Res<f64> {
    let r = libm::hypot(z.re, z.im);
    if r.is_infinite() && z.re.is_finite() && z.im.is_finite() { Err(raise(Error::Range)) } else { Ok(r) }
}

fn phase(a: Args) -> Res {
    let z = to_parts(a.at(0))?;
    Ok(Value::float(libm::atan2(z.im, z.re)))
}

fn polar(a: Args) -> Res {
    let z = to_parts(a.at(0))?;
    Ok(tuple::from_vec(vec![Value::float(size(z)?), Value::float(libm::atan2(z.im, z.re))]))
}

fn rect(a: Args) -> Res {
    finish(functions::rect(float::to_f64(a.at(0))?, float::to_f64(a.at(1))?))
}

fn isfinite(a: Args) -> Res {
    let z = to_parts(a.at(0))?;
    Ok(Value::bool(z.re.is_finite() && z.im.is_finite()))
}

fn isinf(a: Args) -> Res {
    let z = to_parts(a.at(0))?;
    Ok(Value::bool(z.re.is_infinite() || z.im.is_infinite()))
}

fn isnan(a: Args) -> Res {
    let z = to_parts(a.at(0))?;
    Ok(Value::bool(z.re.is_nan() || z.im.is_nan()))
}

fn isclose(a: Args) -> Res {
    let (x, y) = (to_parts(a.at(0))?, to_parts(a.at(1))?);
    let relative = a.opt(2).map_or(Ok(1e-9), float::to_f64)?;
    let absolute = a.opt(3).map_or(Ok(0.0), float::to_f64)?;
    if relative < 0.0 || absolute < 0.0 {
        return Err(exc::value_error("tolerances must be non-negative"));
    }
    if x == y {
        return Ok(Value::TRUE);
    }
    if [x, y].iter().any(|z| z.re.is_infinite() || z.im.is_infinite()) {
        return Ok(Value::FALSE);
    }
    let abs = |z: Parts| libm::hypot(z.re, z.im);
    let diff = abs(Parts::new(x.re - y.re, x.im - y.im));
    Ok(Value::bool(diff <= relative * abs(y) || diff <= relative * abs(x) || diff <= absolute))
}
