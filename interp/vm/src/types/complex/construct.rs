//! `complex(...)`.

use super::{Parts, as_parts, of_class, parse};
use crate::class::build;
use crate::class::native::{Args, bind_call};
use crate::eval::warnings;
use crate::exc;
use crate::protocol::number;
use crate::types::int::parse::ascii_text;
use crate::types::{float, str, tuple};
use crate::value::{Res, Value};
use crate::vm::{names, types};

/// `complex.__new__`
pub fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let ty = build::of(class);
    if kwnames.is_none_or(|k| tuple::items(k).is_empty()) {
        match args {
            [] => return Ok(of_class(ty, Parts::new(0.0, 0.0))),
            [x] if class.is(&types().complex.value()) && std::ptr::eq(x.class(), types().complex) => return Ok(x.clone()),
            [x] => return Ok(of_class(ty, from_one(x)?)),
            _ => {}
        }
    }
    let parts = bind_call("complex", "(real=0, imag=0)", args, kwnames, |a| from_two(a.opt(0), a.opt(1)))?;
    Ok(of_class(ty, parts))
}

fn is_real_like(v: &Value) -> bool {
    let slots = v.class().slots();
    slots.float.is_some() || slots.index.is_some()
}

fn from_one(x: &Value) -> Res<Parts> {
    if str::is_str(x) {
        return parse::parse(&ascii_text(x)).ok_or_else(|| exc::value_error("complex() arg is a malformed string"));
    }
    if let Some(parts) = special_method(x)? {
        return Ok(parts);
    }
    if let Some(parts) = as_parts(x) {
        return Ok(parts);
    }
    if is_real_like(x) {
        return Ok(Parts::new(float::to_f64(x)?, 0.0));
    }
    Err(exc::wrong_type("complex() argument", "a string or a number", x))
}

fn from_two(real: Option<&Value>, imag: Option<&Value>) -> Res<Parts> {
    let zero = Value::small_int(0);
    let real = real.unwrap_or(&zero);
    let made = special_method(real)?;
    let real_parts = made.or_else(|| as_parts(real));
    if real_parts.is_none() && !is_real_like(real) {
        return Err(exc::wrong_type("complex() argument 'real'", "a real number", real));
    }
    if let Some(i) = imag
        && as_parts(i).is_none()
        && !is_real_like(i)
    {
        return Err(exc::wrong_type("complex() argument 'imag'", "a real number", i));
    }
    let re = match real_parts {
        Some(p) => {
            if !is_real_like(real) {
                deprecated("real", real)?;
            }
            p
        }
        None => Parts::new(float::to_f64(&number::to_float(real)?)?, 0.0),
    };
    let Some(imag) = imag else { return Ok(re) };
    let im = match as_parts(imag) {
        Some(p) => {
            deprecated("imag", imag)?;
            p
        }
        None => Parts::new(float::to_f64(imag)?, 0.0),
    };
    // Parts that were complex themselves: (a + bi) + (c + di)i.
    let complex = (real_parts.is_some(), as_parts(imag).is_some());
    Ok(Parts::new(if complex.1 { re.re - im.im } else { re.re }, if complex.0 { im.re + re.im } else { im.re }))
}

fn deprecated(which: &str, v: &Value) -> Res<()> {
    let message = format!("complex() argument '{which}' must be a real number, not {}", v.class().full_name());
    warnings::warn(types().deprecation_warning, &message, 1)
}

/// What the value's `__complex__` method returns, if its class has one.
pub fn special_method(v: &Value) -> Res<Option<Parts>> {
    if std::ptr::eq(v.class(), types().complex) {
        return Ok(None);
    }
    let Some(result) = crate::call::call_special(v, &names().__complex__, &[]) else { return Ok(None) };
    let result = result?;
    let Some(parts) = as_parts(&result) else {
        return Err(exc::type_error(format!("__complex__ returned non-complex (type {})", result.class().full_name())));
    };
    if !std::ptr::eq(result.class(), types().complex) {
        number::warn_subclass("__complex__", "non-complex", "complex", &result)?;
    }
    Ok(Some(parts))
}

/// `PyComplex_AsCComplex`: the parts of any number.
pub fn to_parts(v: &Value) -> Res<Parts> {
    if let Some(parts) = as_parts(v) {
        return Ok(parts);
    }
    match special_method(v)? {
        Some(parts) => Ok(parts),
        None => Ok(Parts::new(float::to_f64(v)?, 0.0)),
    }
}

/// `complex.from_number`
pub fn from_number(a: Args) -> Res {
    let (class, x) = (a.at(0), a.at(1));
    if class.is(&types().complex.value()) && std::ptr::eq(x.class(), types().complex) {
        return Ok(x.clone());
    }
    let parts = to_parts(x)?;
    let value = super::new(parts.re, parts.im);
    if class.is(&types().complex.value()) { Ok(value) } else { crate::call::call(class, &[value], None) }
}
