//! Conversions to int, float and index.

use crate::class::Type;
use crate::eval::warnings;
use crate::exc;
use crate::types::int::{self, construct};
use crate::types::{float, str};
use crate::value::{Res, Value};
use crate::vm::types;

/// Whether the value is an int or has `__index__`.
#[inline]
pub fn is_index(v: &Value) -> bool {
    int::is_int(v) || v.class().slots().index.is_some()
}

/// The exact int that a value is as an index (`PyNumber_Index`).
#[inline]
pub fn index(v: &Value) -> Res {
    if v.as_small_int().is_some() { Ok(v.clone()) } else { index_slow(v) }
}

fn index_slow(v: &Value) -> Res {
    if int::is_int(v) {
        return Ok(int::to_exact(v));
    }
    let Some(f) = v.class().slots().index else {
        return Err(exc::type_error(format!("'{}' object cannot be interpreted as an integer", v.class().full_name())));
    };
    let result = f(v)?;
    exact_int(result, "__index__")
}

/// Checks what `__index__` or `__int__` returned.
fn exact_int(result: Value, method: &str) -> Res {
    if int::is_exact(&result) {
        return Ok(result);
    }
    if !int::is_int(&result) {
        return Err(exc::type_error(format!("{method} returned non-int (type {})", result.class().full_name())));
    }
    warn_subclass(method, "non-int", "int", &result)?;
    Ok(int::to_exact(&result))
}

/// Warns that a conversion method returned an instance of a subclass.
pub fn warn_subclass(method: &str, what: &str, kind: &str, result: &Value) -> Res<()> {
    let message = format!(
        "{method} returned {what} (type {}).  The ability to return an instance of a strict subclass of {kind} is deprecated, and may be removed in a future version of Python.",
        result.class().full_name()
    );
    warnings::warn(types().deprecation_warning, &message, 1)
}

/// The value as an index-sized integer, as native functions take arguments: OverflowError if it does not fit.
#[inline]
pub fn as_isize(v: &Value) -> Res<isize> {
    match v.as_small_int() {
        Some(i) => Ok(i as isize),
        None => int::as_i64(&index(v)?).map(|i| i as isize).ok_or_else(|| exc::overflow_error("Python int too large to convert to C ssize_t")),
    }
}

/// The value as an index-sized integer; an exception of `class` if it does not fit (`PyNumber_AsSsize_t`).
#[inline]
pub fn as_isize_or(v: &Value, class: &'static Type) -> Res<isize> {
    match v.as_small_int() {
        Some(i) => Ok(i as isize),
        None => int::as_i64(&index(v)?)
            .map(|i| i as isize)
            .ok_or_else(|| exc::new(class, format!("cannot fit '{}' into an index-sized integer", v.class().full_name()))),
    }
}

/// The value as an index-sized integer, the nearest one if it does not fit.
#[inline]
pub fn index_clipped(v: &Value) -> Res<i64> {
    if let Some(i) = v.as_small_int() {
        return Ok(i);
    }
    let i = index(v)?;
    Ok(int::as_i64(&i).unwrap_or(if int::is_negative(&i) { i64::MIN } else { i64::MAX }))
}

/// `int(v)` (`PyNumber_Long`)
pub fn to_int(v: &Value) -> Res {
    if int::is_exact(v) {
        return Ok(v.clone());
    }
    let slots = v.class().slots();
    if let Some(f) = slots.int {
        let result = f(v)?;
        return exact_int(result, "__int__");
    }
    if slots.index.is_some() {
        return index(v);
    }
    if str::is_str(v) {
        return int::parse::from_str(v, 10);
    }
    if slots.buffer.is_some() {
        return construct::from_buffer(v, 10);
    }
    let name = v.class().full_name();
    Err(exc::type_error(format!("int() argument must be a string, a bytes-like object or a real number, not '{name}'")))
}

/// `float(v)` (`PyNumber_Float`)
pub fn to_float(v: &Value) -> Res {
    if float::is_exact(v) {
        return Ok(v.clone());
    }
    if let Some(x) = by_method(v)? {
        return Ok(Value::float(x));
    }
    if let Some(x) = float::parse::from_text(v)? {
        return Ok(Value::float(x));
    }
    let name = v.class().full_name();
    Err(exc::type_error(format!("float() argument must be a string or a real number, not '{name}'")))
}

/// The value of a real number that is not a float (`PyFloat_AsDouble`).
pub fn real_number(v: &Value) -> Res<f64> {
    if let Some(i) = v.as_small_int() {
        return Ok(i as f64);
    }
    by_method(v)?.ok_or_else(|| exc::type_error(format!("must be real number, not {}", v.class().full_name())))
}

/// What `__float__` or `__index__` says, if the class has one of them.
fn by_method(v: &Value) -> Res<Option<f64>> {
    let slots = v.class().slots();
    if let Some(f) = slots.float {
        let result = f(v)?;
        let Some(x) = float::as_f64(&result) else {
            let (class, got) = (v.class().full_name(), result.class().full_name());
            return Err(exc::type_error(format!("{class}.__float__ returned non-float (type {got})")));
        };
        if !float::is_exact(&result) {
            warn_subclass(&format!("{}.__float__", v.class().full_name()), "non-float", "float", &result)?;
        }
        return Ok(Some(x));
    }
    if slots.index.is_some() { int::to_f64(&index(v)?).map(Some) } else { Ok(None) }
}
