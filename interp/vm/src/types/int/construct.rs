//! `int(...)`.

use super::{from_bigint, of_class, parse};
use crate::class::build;
use crate::exc;
use crate::protocol::number;
use crate::types::{bytes, str, tuple};
use crate::value::{Res, Value};
use crate::vm::types;

/// `int.__new__`
pub fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let names: &[Value] = kwnames.map_or(&[], tuple::items);
    let (positional, keywords) = args.split_at(args.len() - names.len());
    if positional.len() > 2 {
        let message = match keywords.len() {
            0 => format!("int expected at most 2 arguments, got {}", positional.len()),
            n => format!("int() takes at most 2 arguments ({} given)", positional.len() + n),
        };
        return Err(exc::type_error(message));
    }
    let mut base = positional.get(1);
    for (name, value) in names.iter().zip(keywords) {
        match str::display(name).as_str() {
            "base" if base.is_some() => return Err(exc::type_error("argument for int() given by name ('base') and position (2)")),
            "base" => base = Some(value),
            other => return Err(exc::type_error(format!("int() got an unexpected keyword argument '{other}'"))),
        }
    }
    let value = exact(positional.first(), base)?;
    Ok(of_class(build::of(class), &value))
}

fn exact(x: Option<&Value>, base: Option<&Value>) -> Res {
    let (x, base) = match (x, base) {
        (None, None) => return Ok(Value::small_int(0)),
        (None, Some(_)) => return Err(exc::type_error("int() missing string argument")),
        (Some(x), None) => return number::to_int(x),
        (Some(x), Some(base)) => (x, base),
    };
    let base = match number::index_clipped(base)? {
        b @ (0 | 2..=36) => b as u32,
        _ => return Err(exc::value_error("int() base must be >= 2 and <= 36, or 0")),
    };
    if str::is_str(x) {
        parse::from_str(x, base)
    } else if x.is_instance(types().bytes) || x.is_instance(types().bytearray) {
        from_buffer(x, base)
    } else {
        Err(exc::type_error("int() can't convert non-string with explicit base"))
    }
}

/// The int that the text in a bytes-like object stands for.
pub fn from_buffer(x: &Value, base: u32) -> Res {
    let text = crate::buffer::get(x)?.as_slice().to_vec();
    parse::parse(&text, base).map_err(|e| parse::raise(e, &bytes::new(&text), base))
}

/// An instance of `class`, int or a subclass, made by calling it if it is a subclass.
pub fn through_class(class: &Value, value: Value) -> Res {
    if class.is(&types().int.value()) { Ok(value) } else { crate::call::call(class, &[value], None) }
}

/// The int that a float is without its fraction.
pub fn from_float(f: f64) -> Res {
    if f.is_nan() {
        return Err(exc::value_error("cannot convert float NaN to integer"));
    }
    if f.is_infinite() {
        return Err(exc::overflow_error("cannot convert float infinity to integer"));
    }
    if f.abs() < 4e18 {
        return Ok(Value::int(f as i64));
    }
    Ok(from_bigint(num_traits::FromPrimitive::from_f64(f.trunc()).unwrap_or_default()))
}
