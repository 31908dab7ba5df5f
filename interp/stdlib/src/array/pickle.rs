//! Pickling arrays: the bytes as they are, with a code that says how the machine that wrote them lays out numbers.

use super::ARRAY;
use super::construct::make;
use super::item::{KINDS, Kind};
use super::sequence::values;
use super::storage::{self, this};
use weft_vm::class::Type;
use weft_vm::class::native::Args;
use weft_vm::protocol::{attr, number};
use weft_vm::types::{bytes, int, list, str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::{names, types};
use weft_vm::{call, exc};

/// How a machine lays out an item.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    Integer { size: usize, signed: bool, big: bool },
    Float { size: usize, big: bool },
    Utf16 { big: bool },
    Utf32 { big: bool },
}

/// The layout that a machine format code names.
fn layout(code: i64) -> Option<Layout> {
    let big = code & 1 == 1;
    Some(match code {
        0 | 1 => Layout::Integer { size: 1, signed: code == 1, big: false },
        2..=5 => Layout::Integer { size: 2, signed: code >= 4, big },
        6..=9 => Layout::Integer { size: 4, signed: code >= 8, big },
        10..=13 => Layout::Integer { size: 8, signed: code >= 12, big },
        14 | 15 => Layout::Float { size: 4, big },
        16 | 17 => Layout::Float { size: 8, big },
        18 | 19 => Layout::Utf16 { big },
        20 | 21 => Layout::Utf32 { big },
        _ => return None,
    })
}

/// The machine format code of a kind on this machine.
fn format_code(kind: Kind) -> i64 {
    let base = match (kind.code, kind.size) {
        (b'f', _) => 14,
        (b'd', _) => 16,
        (b'u' | b'w', _) => 20,
        (_, 1) => return kind.is_signed() as i64,
        (_, 2) => 2 + 2 * kind.is_signed() as i64,
        (_, 4) => 6 + 2 * kind.is_signed() as i64,
        _ => 10 + 2 * kind.is_signed() as i64,
    };
    base + cfg!(target_endian = "big") as i64
}

/// `__reduce_ex__`
pub fn reduce_ex(a: Args) -> Res {
    let v = a.at(0);
    let array = this(v);
    if !int::is_int(a.at(1)) {
        return Err(exc::type_error("__reduce_ex__ argument should be an integer"));
    }
    let protocol = number::index_clipped(a.at(1))?;
    let state = attr::getattr_opt(v, &names().__dict__)?.unwrap_or(Value::NONE);
    let class = v.class().value();
    let code = str::from_code_point(array.kind.code as u32);
    if protocol < 3 {
        return Ok(tuple::from_vec(vec![class, tuple::from_vec(vec![code, list::from_vec(values(array))]), state]));
    }
    let module = weft_vm::eval::import::import_module("array")?;
    let reconstructor = attr::getattr(&module, &str::intern("_array_reconstructor"))?;
    let args = vec![class, code, Value::small_int(format_code(array.kind)), bytes::new(&array.to_vec())];
    Ok(tuple::from_vec(vec![reconstructor, tuple::from_vec(args), state]))
}

/// `_array_reconstructor`
pub fn reconstruct(a: Args) -> Res {
    let (class, code, items) = (a.at(0), a.at(1), a.at(3));
    if !str::is_str(code) || str::len(code) != 1 {
        let got = if str::is_str(code) { format!("a string of length {}", str::len(code)) } else { code.class().full_name() };
        return Err(exc::type_error(format!("_array_reconstructor() argument 2 must be a unicode character, not {got}")));
    }
    let format = number::as_isize(a.at(2))? as i64;
    let Some(class) = class.downcast::<Type>() else {
        return Err(exc::type_error(format!("first argument must be a type object, not {}", class.class().full_name())));
    };
    if !class.is_subtype(ARRAY.get()) {
        return Err(exc::type_error(format!("{} is not a subtype of {}", class.full_name(), ARRAY.get().full_name())));
    }
    let Some(kind) = Kind::of_code(str::code_point_at(code, 0)) else {
        return Err(exc::value_error("second argument must be a valid type code"));
    };
    let Some(from) = layout(format) else {
        return Err(exc::value_error("third argument must be a valid machine format code."));
    };
    if !items.is_instance(types().bytes) {
        return Err(exc::type_error(format!("fourth argument should be bytes, not {}", items.class().full_name())));
    }
    if format == format_code(kind) {
        return make(class, kind.code as u32, Some(items));
    }
    convert(class, kind, from, bytes::as_slice(items))
}

fn convert(class: &Type, kind: Kind, from: Layout, data: &[u8]) -> Res {
    let (size, big) = match from {
        Layout::Integer { size, big, .. } | Layout::Float { size, big } => (size, big),
        // CPython wants whole items of four bytes of UTF-16 too.
        Layout::Utf16 { big } | Layout::Utf32 { big } => (4, big),
    };
    if !data.len().is_multiple_of(size) {
        let what = if matches!(from, Layout::Integer { .. } | Layout::Float { .. }) { "bytes" } else { "string" };
        return Err(exc::value_error(format!("{what} length not a multiple of item size")));
    }
    match from {
        Layout::Utf16 { .. } | Layout::Utf32 { .. } => {
            let width = if matches!(from, Layout::Utf16 { .. }) { 16 } else { 32 };
            let codec = format!("utf-{width}-{}", if big { "be" } else { "le" });
            let text = call::call_method(&bytes::new(data), &names().decode, &[str::new(&codec)])?;
            make(class, kind.code as u32, Some(&text))
        }
        _ => {
            // The bytes in this machine's order, as the kind that holds such items; then converted as values.
            let mut native = data.to_vec();
            if big != cfg!(target_endian = "big") {
                native.chunks_exact_mut(size).for_each(<[u8]>::reverse);
            }
            let fits = |k: &&Kind| match from {
                Layout::Integer { signed, .. } => k.is_integer() && k.size == size && k.is_signed() == signed,
                _ => matches!(k.code, b'f' | b'd') && k.size == size,
            };
            let Some(&source) = KINDS.iter().rfind(fits) else {
                return Err(exc::value_error("third argument must be a valid machine format code."));
            };
            if matches!(from, Layout::Integer { .. }) {
                return Ok(storage::new(class, source, native));
            }
            let items = storage::new_exact(source, native);
            make(class, kind.code as u32, Some(&list::from_vec(values(this(&items)))))
        }
    }
}
