//! Index-like arguments: optional `start` and `end`, sizes, counts and subscripts.

use crate::exc;
use crate::protocol::number;
use crate::value::{Res, Value};

/// The `start` and `end` of a search, as they were passed.
#[derive(Clone, Copy)]
pub struct Bounds {
    start: isize,
    end: isize,
}

impl Bounds {
    /// Reads the two arguments. May run Python code (`__index__`).
    pub fn of(start: Option<&Value>, end: Option<&Value>) -> Res<Bounds> {
        Ok(Bounds { start: slice_index(start, 0)?, end: slice_index(end, isize::MAX)? })
    }

    /// The range in a sequence of `len` items; `None` if it ends before it starts.
    pub fn within(self, len: usize) -> Option<(usize, usize)> {
        let from_end = |i: isize| if i < 0 { (i + len as isize).max(0) as usize } else { i as usize };
        let (start, end) = (from_end(self.start), from_end(self.end).min(len));
        (start <= end).then_some((start, end))
    }
}

/// A slice index: clipped to what fits, `default` if it is absent or None.
pub fn slice_index(v: Option<&Value>, default: isize) -> Res<isize> {
    match v {
        None => Ok(default),
        Some(v) if v.is_none() => Ok(default),
        Some(v) => match v.as_small_int() {
            Some(i) => Ok(i as isize),
            None if v.class().slots().index.is_some() => Ok(number::index_clipped(v)? as isize),
            None => Err(exc::type_error("slice indices must be integers or None or have an __index__ method")),
        },
    }
}

/// An argument that C would take as a `Py_ssize_t`. Raises OverflowError if it does not fit.
pub fn size_arg(v: &Value) -> Res<isize> {
    match v.as_small_int() {
        Some(i) => Ok(i as isize),
        None => {
            let i = number::index(v)?;
            match crate::types::int::as_i64(&i) {
                Some(i) => Ok(i as isize),
                None => Err(exc::overflow_error("Python int too large to convert to C ssize_t")),
            }
        }
    }
}

/// An argument that C would take as an `int`. Raises OverflowError if it does not fit.
pub fn c_int_arg(v: &Value) -> Res<i32> {
    let i = number::index(v)?;
    match crate::types::int::as_i64(&i) {
        Some(i) => i32::try_from(i).map_err(|_| match i {
            i if i > 0 => exc::overflow_error("signed integer is greater than maximum"),
            _ => exc::overflow_error("signed integer is less than minimum"),
        }),
        None => Err(exc::overflow_error("Python int too large to convert to C long")),
    }
}

/// A count for `sequence * n`: negative ones are 0. Raises OverflowError if it does not fit.
pub fn repeat_count(v: &Value) -> Res<usize> {
    let i = match v.as_small_int() {
        Some(i) => i,
        None => {
            let i = number::index(v)?;
            match crate::types::int::as_i64(&i) {
                Some(i) => i,
                None => return Err(exc::overflow_error("cannot fit 'int' into an index-sized integer")),
            }
        }
    };
    Ok(i.max(0) as usize)
}

/// The position that a subscript names in a sequence of `len` items, negative ones counted from the end.
/// The error's message is CPython's for the type.
pub fn subscript(v: &Value, len: impl FnOnce() -> usize, out_of_range: &str) -> Res<usize> {
    let i = match v.as_small_int() {
        Some(i) => i,
        None => {
            let i = number::index(v)?;
            match crate::types::int::as_i64(&i) {
                Some(i) => i,
                None => return Err(exc::index_error(format!("cannot fit '{}' into an index-sized integer", v.class().name()))),
            }
        }
    };
    // The length is asked for only now: `__index__` may have changed the sequence.
    let len = len() as i64;
    let at = if i < 0 { i + len } else { i };
    if (0..len).contains(&at) { Ok(at as usize) } else { Err(exc::index_error(out_of_range)) }
}

/// A byte: an integer in range(256). Errors as CPython words them for the type.
pub fn byte(v: &Value, range_message: &str) -> Res<u8> {
    let i = match v.as_small_int() {
        Some(i) => Some(i),
        None => crate::types::int::as_i64(&number::index(v)?),
    };
    match i.map(u8::try_from) {
        Some(Ok(b)) => Ok(b),
        _ => Err(exc::value_error(range_message)),
    }
}
