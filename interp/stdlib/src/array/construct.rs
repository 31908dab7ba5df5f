//! `array(...)`, and filling arrays from other objects.

use super::ARRAY;
use super::item::Kind;
use super::storage::{self, Array, downcast, this};
use weft_vm::eval::warnings;
use weft_vm::class::{Type, build};
use weft_vm::protocol::iter;
use weft_vm::types::{bytes, str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{buffer, exc};

/// `array.__new__`
pub fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let class = build::of(class);
    let keywords = kwnames.map_or(0, |k| tuple::items(k).len());
    if keywords > 0 && std::ptr::eq(class, ARRAY.get()) {
        return Err(exc::type_error("array.array() takes no keyword arguments"));
    }
    let (code, initial) = match &args[..args.len() - keywords] {
        [] => return Err(exc::type_error("array() takes at least 1 argument (0 given)")),
        [code] => (code, None),
        [code, initial] => (code, Some(initial)),
        more => return Err(exc::type_error(format!("array() takes at most 2 arguments ({} given)", more.len()))),
    };
    if !str::is_str(code) {
        return Err(exc::type_error(format!("array() argument 1 must be a unicode character, not {}", code.class().full_name())));
    }
    if str::len(code) != 1 {
        return Err(exc::type_error(format!("array() argument 1 must be a unicode character, not a string of length {}", str::len(code))));
    }
    let code = str::code_point_at(code, 0);
    if code == b'u' as u32 {
        warnings::warn(types().deprecation_warning, "The 'u' type code is deprecated and will be removed in Python 3.16", 1)?;
    }
    make(class, code, initial)
}

/// An array with a type code, filled from `initial`.
pub fn make(class: &Type, code: u32, initial: Option<&Value>) -> Res {
    let kind = Kind::of_code(code);
    let shown = char::from_u32(code).unwrap_or('?');
    if let Some(v) = initial
        && !kind.is_some_and(Kind::is_text)
    {
        if str::is_str(v) {
            return Err(exc::type_error(format!("cannot use a str to initialize an array with typecode '{shown}'")));
        }
        if downcast(v).is_some_and(|a| a.kind.is_text()) {
            return Err(exc::type_error(format!("cannot use a unicode array to initialize an array with typecode '{shown}'")));
        }
    }
    let Some(kind) = kind else {
        return Err(exc::value_error("bad typecode (must be b, B, u, w, h, H, i, I, l, L, q, Q, f or d)"));
    };
    let made = storage::new(class, kind, Vec::new());
    let Some(initial) = initial else { return Ok(made) };
    let array = this(&made);
    if initial.is_instance(types().bytes) || initial.is_instance(types().bytearray) {
        from_bytes(array, initial)?;
    } else if str::is_str(initial) {
        array.extend(&code_units(initial))?;
    } else if let Some(other) = downcast(initial).filter(|o| o.kind == kind) {
        array.extend(&other.to_vec())?;
    } else {
        append_all(array, initial)?;
    }
    Ok(made)
}

/// A str's characters as items.
pub fn code_units(s: &Value) -> Vec<u8> {
    (0..str::len(s)).flat_map(|i| str::code_point_at(s, i).to_ne_bytes()).collect()
}

/// Appends the items of an iterable.
pub fn append_all(array: &Array, v: &Value) -> Res<()> {
    iter::for_each(v, |x| array.push(&array.kind.item(&x)?))
}

/// Appends the bytes of a bytes-like object.
pub fn from_bytes(array: &Array, v: &Value) -> Res<()> {
    let data = if v.is_instance(types().bytes) {
        bytes::as_slice(v).to_vec()
    } else {
        let buffer = buffer::get(v)?;
        if buffer.itemsize != 1 {
            return Err(exc::type_error("a bytes-like object is required"));
        }
        buffer.as_slice().to_vec()
    };
    if data.len() % array.kind.size != 0 {
        return Err(exc::value_error("bytes length not a multiple of item size"));
    }
    array.extend(&data)
}
