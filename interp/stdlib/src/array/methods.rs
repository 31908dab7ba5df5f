//! The methods of arrays.

use super::construct::{append_all, code_units, from_bytes};
use super::item::Kind;
use super::sequence::{extend_same, find, values};
use super::storage::{self, Array, downcast, this};
use super::pickle;
use weft_vm::class::native::{Args, FnDef, class_def, def};
use weft_vm::class::slots::CompareOp;
use weft_vm::protocol::number;
use weft_vm::types::{bytes, generic_alias, list, str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::{names, types};
use weft_vm::{call, exc, protocol};

/// The methods.
pub static METHODS: &[FnDef] = &[
    def("append", "($self, v, /)", append, "Append new value v to the end of the array."),
    def("buffer_info", "($self, /)", buffer_info, "Return a tuple (address, length) giving the current memory address and the length in items of the buffer used to hold array's contents.\n\nThe length should be multiplied by the itemsize attribute to\ncalculate the buffer length in bytes."),
    def("byteswap", "($self, /)", byteswap, "Byteswap all items of the array.\n\nIf the items in the array are not 1, 2, 4, or 8 bytes in size,\nRuntimeError is raised."),
    def("clear", "($self, /)", clear, "Remove all items from the array."),
    def("__copy__", "($self, /)", copy, "Return a copy of the array."),
    def("count", "($self, v, /)", count, "Return number of occurrences of v in the array."),
    def("__deepcopy__", "($self, unused, /)", copy, "Return a copy of the array."),
    def("extend", "($self, bb, /)", extend, "Append items to the end of the array."),
    def("fromfile", "($self, f, n, /)", fromfile, "Read n objects from the file object f and append them to the end of the array."),
    def("fromlist", "($self, list, /)", fromlist, "Append items to array from list."),
    def("frombytes", "($self, buffer, /)", frombytes, "Appends items from the string, interpreting it as an array of machine values, as if it had been read from a file using the fromfile() method."),
    def("fromunicode", "($self, ustr, /)", fromunicode, "Extends this array with data from the unicode string ustr.\n\nThe array must be a unicode type array; otherwise a ValueError is\nraised.  Use array.frombytes(ustr.encode(...)) to append Unicode\ndata to an array of some other type."),
    def("index", "($self, v, start=0, stop=sys.maxsize, /)", index, "Return index of first occurrence of v in the array.\n\nRaise ValueError if the value is not present."),
    def("insert", "($self, i, v, /)", insert, "Insert a new item v into the array before position i."),
    def("pop", "($self, i=-1, /)", pop, "Return the i-th element and delete it from the array.\n\ni defaults to -1."),
    def("__reduce_ex__", "($self, value, /)", pickle::reduce_ex, "Return state information for pickling."),
    def("remove", "($self, v, /)", remove, "Remove the first occurrence of v in the array."),
    def("reverse", "($self, /)", reverse, "Reverse the order of the items in the array."),
    def("tofile", "($self, f, /)", tofile, "Write all items (as machine values) to the file object f."),
    def("tolist", "($self, /)", tolist, "Convert array to an ordinary list with the same items."),
    def("tobytes", "($self, /)", tobytes, "Convert the array to an array of machine values and return the bytes representation."),
    def("tounicode", "($self, /)", tounicode, "Extends this array with data from the unicode string ustr.\n\nConvert the array to a unicode string.  The array must be a unicode\ntype array; otherwise a ValueError is raised.  Use\narray.tobytes().decode() to obtain a unicode string from an array of\nsome other type."),
    def("__sizeof__", "($self, /)", sizeof, "Size of the array in memory, in bytes."),
    class_def("__class_getitem__", "($type, object, /)", |a| generic_alias::new(a.at(0), a.at(1)), "Arrays are generic over the type of their elements"),
];

fn append(a: Args) -> Res {
    let array = this(a.at(0));
    array.push(&array.kind.item(a.at(1))?)?;
    Ok(Value::NONE)
}

fn buffer_info(a: Args) -> Res {
    let array = this(a.at(0));
    Ok(tuple::from_vec(vec![Value::usize(array.address()), Value::usize(array.len())]))
}

fn byteswap(a: Args) -> Res {
    let array = this(a.at(0));
    array.change(|b| b.chunks_exact_mut(array.kind.size).for_each(<[u8]>::reverse));
    Ok(Value::NONE)
}

fn clear(a: Args) -> Res {
    let array = this(a.at(0));
    array.splice(0, array.len(), &[])?;
    Ok(Value::NONE)
}

fn copy(a: Args) -> Res {
    let array = this(a.at(0));
    Ok(storage::new_exact(array.kind, array.to_vec()))
}

fn count(a: Args) -> Res {
    let array = this(a.at(0));
    let (mut n, mut i) = (0, 0);
    while let Some(x) = array.get(i) {
        n += protocol::compare_bool(&x, a.at(1), CompareOp::Eq)? as i64;
        i += 1;
    }
    Ok(Value::int(n))
}

fn extend(a: Args) -> Res {
    let array = this(a.at(0));
    match downcast(a.at(1)) {
        Some(other) => extend_same(array, other)?,
        None => append_all(array, a.at(1))?,
    }
    Ok(Value::NONE)
}

fn fromfile(a: Args) -> Res {
    let array = this(a.at(0));
    let n = number::as_isize(a.at(2))?;
    if n < 0 {
        return Err(exc::value_error("negative count"));
    }
    let size = (n as usize).checked_mul(array.kind.size).filter(|&s| s <= isize::MAX as usize).ok_or_else(exc::memory_error)?;
    let data = call::call_method(a.at(1), &names().read, &[Value::usize(size)])?;
    if !data.is_instance(types().bytes) {
        return Err(exc::type_error("read() didn't return bytes"));
    }
    let complete = bytes::as_slice(&data).len() == size;
    from_bytes(array, &data)?;
    if complete { Ok(Value::NONE) } else { Err(exc::eof_error("read() didn't return enough bytes")) }
}

fn tofile(a: Args) -> Res {
    const BLOCK: usize = 64 << 10;
    let data = this(a.at(0)).to_vec();
    for block in data.chunks(BLOCK) {
        call::call_method(a.at(1), &names().write, &[bytes::new(block)])?;
    }
    Ok(Value::NONE)
}

fn fromlist(a: Args) -> Res {
    let (array, source) = (this(a.at(0)), a.at(1));
    if !source.is_instance(types().list) {
        return Err(exc::type_error("arg must be list"));
    }
    let (before, size) = (array.len(), list::len(source));
    let mut i = 0;
    let appended = loop {
        let Some(x) = list::get(source, i) else { break Ok(()) };
        if let Err(e) = array.kind.item(&x).and_then(|item| array.push(&item)) {
            break Err(e);
        }
        if list::len(source) != size {
            break Err(exc::runtime_error("list changed size during iteration"));
        }
        i += 1;
    };
    if let Err(e) = appended {
        // Nothing of the list stays if one of its items does not fit.
        if array.check_resizable().is_ok() && array.len() > before {
            array.splice(before, array.len(), &[])?;
        }
        return Err(e);
    }
    Ok(Value::NONE)
}

fn frombytes(a: Args) -> Res {
    from_bytes(this(a.at(0)), a.at(1))?;
    Ok(Value::NONE)
}

fn fromunicode(a: Args) -> Res {
    let (array, s) = (this(a.at(0)), a.at(1));
    if !str::is_str(s) {
        return Err(exc::type_error(format!("fromunicode() argument must be str, not {}", s.class().full_name())));
    }
    if !array.kind.is_text() {
        return Err(exc::value_error("fromunicode() may only be called on unicode type arrays ('u' or 'w')"));
    }
    array.extend(&code_units(s))?;
    Ok(Value::NONE)
}

/// The characters of a text array as a str.
pub fn text(array: &Array) -> Value {
    let bytes = array.to_vec();
    str::from_code_points(bytes.chunks_exact(4).map(|c| u32::from_ne_bytes([c[0], c[1], c[2], c[3]]).min(char::MAX as u32)))
}

fn tounicode(a: Args) -> Res {
    let array = this(a.at(0));
    if !array.kind.is_text() {
        return Err(exc::value_error("tounicode() may only be called on unicode type arrays ('u' or 'w')"));
    }
    Ok(text(array))
}

fn index(a: Args) -> Res {
    let array = this(a.at(0));
    let bound = |v: Option<&Value>, default: i64| {
        let i = v.map_or(Ok(default), number::index_clipped)?;
        Ok(if i < 0 { i.saturating_add(array.len() as i64).max(0) } else { i } as usize)
    };
    let (from, to) = (bound(a.opt(2), 0)?, bound(a.opt(3), i64::MAX)?);
    match find(array, a.at(1), from, to)? {
        Some(i) => Ok(Value::usize(i)),
        None => Err(exc::value_error("array.index(x): x not in array")),
    }
}

fn insert(a: Args) -> Res {
    let array = this(a.at(0));
    let i = number::as_isize(a.at(1))?;
    let item = array.kind.item(a.at(2))?;
    let len = array.len() as isize;
    let at = (if i < 0 { i + len } else { i }).clamp(0, len) as usize;
    array.splice(at, at, &item[..array.kind.size])?;
    Ok(Value::NONE)
}

fn pop(a: Args) -> Res {
    let array = this(a.at(0));
    let i = a.opt(1).map_or(Ok(-1), number::as_isize)?;
    let len = array.len();
    if len == 0 {
        return Err(exc::index_error("pop from empty array"));
    }
    let at = if i < 0 { i + len as isize } else { i };
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    if at >= len {
        return Err(exc::index_error("pop index out of range"));
    }
    let value = array.get(at).unwrap_or(Value::NONE);
    array.splice(at, at + 1, &[])?;
    Ok(value)
}

fn remove(a: Args) -> Res {
    let array = this(a.at(0));
    match find(array, a.at(1), 0, usize::MAX)? {
        // The comparison may have shortened the array.
        Some(i) if i < array.len() => {
            array.splice(i, i + 1, &[])?;
            Ok(Value::NONE)
        }
        _ => Err(exc::value_error("array.remove(x): x not in array")),
    }
}

fn reverse(a: Args) -> Res {
    let array = this(a.at(0));
    // Reversing all bytes, then those of each item, reverses the items.
    array.change(|b| {
        b.reverse();
        b.chunks_exact_mut(array.kind.size).for_each(<[u8]>::reverse);
    });
    Ok(Value::NONE)
}

fn tolist(a: Args) -> Res {
    Ok(list::from_vec(values(this(a.at(0)))))
}

fn tobytes(a: Args) -> Res {
    Ok(bytes::new(&this(a.at(0)).to_vec()))
}

fn sizeof(a: Args) -> Res {
    // As CPython counts: the object without its items is 64 bytes.
    let Kind { size, .. } = this(a.at(0)).kind;
    Ok(Value::usize(64 + size * this(a.at(0)).len()))
}
