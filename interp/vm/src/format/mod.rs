//! Formatting: `format()`, `str.format`, `%`, and the texts of floats.
//!
//! * [`spec`]: the format specification mini-language (`Python/formatter_unicode.c`).
//! * [`number`]: signs, padding and digit groups around the digits of a number.
//! * [`float`]: digits of floats.
//! * [`template`]: `str.format`. [`percent`]: `%`.

pub mod float;
pub mod number;
pub mod percent;
pub mod spec;
pub mod template;

pub use float::{Flags, float_format, float_repr};
pub use number::{format_complex, format_float, format_int};

use crate::types::str::{self, payload, transform};
use crate::value::{Res, Value};
use crate::vm::{names, types};
use crate::{call, exc, protocol};
use spec::Spec;

/// `format(v, spec)`; `spec` is a str.
pub fn format_value(v: &Value, spec: &Value) -> Res {
    let Some(text) = str::downcast(spec) else {
        return Err(exc::type_error(format!("Format specifier must be a string, not {}", spec.class().full_name())));
    };
    // The classes whose method is known go there directly.
    let (class, t) = (v.class(), types());
    if std::ptr::eq(class, t.str) {
        return if text.is_empty() { Ok(v.clone()) } else { format_str(v, spec) };
    }
    if std::ptr::eq(class, t.int) {
        return format_int(v, spec);
    }
    if std::ptr::eq(class, t.float) {
        return format_float(v, spec);
    }
    let Some(made) = call::call_special(v, &names().__format__, &[spec]) else {
        return Err(exc::type_error(format!("Type {} doesn't define __format__", v.class().full_name())));
    };
    let made = made?;
    if str::is_str(&made) {
        Ok(made)
    } else {
        Err(exc::type_error(format!("__format__ must return a str, not {}", made.class().full_name())))
    }
}

/// `str.__format__`.
pub fn format_str(v: &Value, spec: &Value) -> Res {
    let text = str::view(spec);
    if text.is_empty() {
        return protocol::str(v);
    }
    let spec = Spec::parse(text, v, b's', b'<')?;
    if spec.kind != 's' as u32 {
        return Err(spec::unknown_kind(spec.kind, v));
    }
    let what = match (spec.sign, spec.no_negative_zero, spec.alternate, spec.align) {
        (Some(b' '), ..) => Some("Space not allowed in string format specifier"),
        (Some(_), ..) => Some("Sign not allowed in string format specifier"),
        (_, true, ..) => Some("Negative zero coercion (z) not allowed in string format specifier"),
        (_, _, true, _) => Some("Alternate form (#) not allowed in string format specifier"),
        (_, _, _, b'=') => Some("'=' alignment not allowed in string format specifier"),
        _ => None,
    };
    if let Some(message) = what {
        return Err(exc::value_error(message));
    }
    let len = payload::payload(v).len();
    let shown = match spec.precision {
        Some(n) if n < len => payload::substring(v, 0, n)?,
        _ => str::exact(v),
    };
    let (left, right) = spec.padding(payload::payload(&shown).len());
    transform::pad(&shown, left, right, spec.fill)
}
