//! What the built-in sequences have in common: index arithmetic, constructor arguments, pickling of iterators.

use super::number;
use crate::class::Type;
use crate::exc;
use crate::types::{dict, str, tuple};
use crate::value::{Res, Value};
use crate::vm::types;

/// The place of index `i` (negative ones count from the end) among `len` items, if there is one.
#[inline(always)]
pub fn place(i: i64, len: usize) -> Option<usize> {
    let i = if i < 0 { i.checked_add(len as i64)? } else { i };
    usize::try_from(i).ok().filter(|&i| i < len)
}

/// How often `sequence * times` repeats: negative counts are 0.
pub fn repeat_count(times: &Value) -> Res<usize> {
    Ok(number::as_isize_or(times, types().overflow_error)?.max(0) as usize)
}

/// The bounds of `index(value, start, stop)` among `len` items.
pub fn search_bounds(start: Option<&Value>, stop: Option<&Value>, len: usize) -> Res<(usize, usize)> {
    let start = start.map_or(Ok(0), slice_index)?;
    let stop = stop.map_or(Ok(i64::MAX), slice_index)?;
    Ok((clip(start, len), clip(stop, len)))
}

/// A slice bound that has to be an index; clipped to 64 bits.
pub fn slice_index(v: &Value) -> Res<i64> {
    if let Some(i) = v.as_small_int() {
        return Ok(i);
    }
    if v.class().slots().index.is_none() {
        return Err(exc::type_error("slice indices must be integers or have an __index__ method"));
    }
    number::index_clipped(v)
}

/// Moves an index, counted from the end if negative, into `0..=len`.
#[inline(always)]
pub fn clip(i: i64, len: usize) -> usize {
    let n = len as i64;
    (if i < 0 { i.saturating_add(n).max(0) } else { i.min(n) }) as usize
}

fn positional<'a>(args: &'a [Value], kwnames: Option<&Value>) -> &'a [Value] {
    &args[..args.len() - kwnames.map_or(0, |k| tuple::items(k).len())]
}

/// The arguments that the `__new__` of built-in class `base` looks at: a subclass with an `__init__` of its own may be
/// called with keywords that are none of its business.
pub fn new_args<'a>(class: &Type, base: &Type, args: &'a [Value], kwnames: Option<&'a Value>) -> (&'a [Value], Option<&'a Value>) {
    let word = |t: &Type| t.slots().init.map_or(0, |f| f as usize);
    if std::ptr::eq(class, base) || word(class) == word(base) { (args, kwnames) } else { (positional(args, kwnames), None) }
}

/// As [`new_args`] for `__init__`, where a `__new__` of a subclass matters.
pub fn init_args<'a>(class: &Type, base: &Type, args: &'a [Value], kwnames: Option<&'a Value>) -> (&'a [Value], Option<&'a Value>) {
    let word = |t: &Type| t.slots().new.map_or(0, |f| f as usize);
    if std::ptr::eq(class, base) || word(class) == word(base) { (args, kwnames) } else { (positional(args, kwnames), None) }
}

/// A builtin function by its name: what `__reduce__` of iterators refers to.
pub fn builtin(name: &str) -> Res {
    dict::get_str(&crate::eval::builtins::dict(), &str::intern(name)).ok_or_else(|| exc::attribute_error(name))
}

/// The index that `__setstate__` of an iterator gets.
pub fn state_index(v: &Value) -> Res<i64> {
    if !v.is_instance(types().int) {
        return Err(exc::type_error("an integer is required"));
    }
    Ok(number::as_isize(v)? as i64)
}

/// The setter of attributes that CPython declares as read-only members.
pub fn read_only(_: &Value, _: Option<&Value>) -> Res<()> {
    Err(exc::attribute_error("readonly attribute"))
}
