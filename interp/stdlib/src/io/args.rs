//! Arguments that several classes take: sizes, positions, `whence`, buffers.

use weft_vm::buffer::{self, Buffer};
use weft_vm::class::native::Args;
use weft_vm::exc;
use weft_vm::protocol::number;
use weft_vm::types::int;
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;

/// An optional size: an int or None, and -1 if it was not given.
pub fn size(a: &Args, i: usize) -> Res<isize> {
    match a.some(i) {
        None => Ok(-1),
        Some(v) if number::is_index(v) => number::as_isize(v),
        Some(v) => Err(exc::type_error(format!("argument should be integer or None, not '{}'", v.class().full_name()))),
    }
}

/// An optional size that must be an int.
pub fn int_size(a: &Args, i: usize, default: isize) -> Res<isize> {
    a.opt(i).map_or(Ok(default), number::as_isize)
}

/// A C int.
pub fn c_int(v: &Value) -> Res<i32> {
    let i = number::index(v)?;
    int::as_i64(&i).and_then(|n| i32::try_from(n).ok()).ok_or_else(|| exc::overflow_error("Python int too large to convert to C int"))
}

/// An optional C int.
pub fn opt_c_int(a: &Args, i: usize, default: i32) -> Res<i32> {
    a.opt(i).map_or(Ok(default), c_int)
}

/// A position in a file: an int, with ValueError for one that is too large.
pub fn offset(v: &Value) -> Res<i64> {
    let i = number::index(v)?;
    int::as_i64(&i).ok_or_else(|| exc::value_error(format!("cannot fit '{}' into an offset-sized integer", v.class().full_name())))
}

/// A position in a file, as unbuffered files take it: an int and nothing else.
pub fn strict_offset(v: &Value) -> Res<i64> {
    int::as_i64(&number::index(v)?).ok_or_else(|| exc::overflow_error("Python int too large to convert to C long"))
}

/// The bytes-like argument of a write.
pub fn readable(v: &Value) -> Res<Buffer> {
    buffer::get(v)
}

/// The argument of `readinto`; `what` is how errors call it.
pub fn writable(v: &Value, what: &str) -> Res<Buffer> {
    match buffer::get_writable(v) {
        Ok(b) => Ok(b),
        Err(e) if exc::matches(types().type_error) || exc::matches(types().buffer_error) => {
            exc::clear(e);
            Err(exc::type_error(format!("{what} must be read-write bytes-like object, not {}", v.class().full_name())))
        }
        Err(e) => Err(e),
    }
}

/// What an attribute that is a C bool is set to.
pub fn flag(value: Option<&Value>) -> Res<bool> {
    match value {
        Some(x) if x.is(&Value::TRUE) => Ok(true),
        Some(x) if x.is(&Value::FALSE) => Ok(false),
        Some(_) => Err(exc::type_error("attribute value type must be bool")),
        None => Err(exc::type_error("can't delete numeric/char attribute")),
    }
}
