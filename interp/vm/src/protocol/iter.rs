//! Iteration: `iter()`, `next()`, and what native code does with iterables.

use super::sequence;
use crate::call;
use crate::class::slots::CompareOp;
use crate::exc;
use crate::protocol;
use crate::types::{dict, int, iterators, list, range, str, tuple};
use crate::value::{Res, Value};
use crate::vm::types;

/// `iter(v)`.
pub fn iter(v: &Value) -> Res {
    match v.class().slots().iter {
        Some(f) => {
            let it = f(v)?;
            if is_iterator(&it) {
                return Ok(it);
            }
            Err(exc::type_error(format!("iter() returned non-iterator of type '{}'", it.class().full_name())))
        }
        None => sequence_iter(v),
    }
}

/// An iterator over something that has only `__getitem__`.
pub fn sequence_iter(v: &Value) -> Res {
    if is_sequence(v) { Ok(iterators::new_sequence_iter(v)) } else { Err(not_iterable(v)) }
}

/// Whether the value can be indexed by position, as far as its class tells (`PySequence_Check`).
pub fn is_sequence(v: &Value) -> bool {
    v.class().slots().get_item.is_some() && !v.is_instance(types().dict)
}

fn not_iterable(v: &Value) -> exc::Raised {
    exc::type_error(format!("'{}' object is not iterable", v.class().full_name()))
}

/// Whether `iter(v)` has something to call.
pub fn is_iterable(v: &Value) -> bool {
    v.class().slots().iter.is_some() || is_sequence(v)
}

/// Whether the value has `__next__`.
#[inline(always)]
pub fn is_iterator(v: &Value) -> bool {
    v.class().slots().next.is_some()
}

/// The next item of an iterator, or `None` at its end.
#[inline]
pub fn next(it: &Value) -> Res<Option<Value>> {
    match it.class().slots().next {
        Some(f) => match f(it) {
            Err(e) if exc::matches(types().stop_iteration) => {
                exc::clear(e);
                Ok(None)
            }
            other => other,
        },
        None => Err(exc::type_error(format!("'{}' object is not an iterator", it.class().full_name()))),
    }
}

/// Calls `f` with each item.
pub fn for_each(v: &Value, mut f: impl FnMut(Value) -> Res<()>) -> Res<()> {
    if v.downcast_exact::<tuple::Tuple>().is_some() {
        return tuple::items(v).iter().cloned().try_for_each(f);
    }
    if v.downcast_exact::<list::List>().is_some() {
        let mut i = 0;
        while let Some(x) = list::get(v, i) {
            f(x)?;
            i += 1;
        }
        return Ok(());
    }
    let it = iter(v)?;
    while let Some(x) = next(&it)? {
        f(x)?;
    }
    Ok(())
}

/// All items, after asking how many to expect, as `list` does.
pub fn collect(v: &Value) -> Res<Vec<Value>> {
    if let Some(items) = collect_exact(v) {
        return Ok(items);
    }
    let it = iter(v)?;
    let mut out = room(length_hint(v, 8)?)?;
    while let Some(x) = next(&it)? {
        push(&mut out, x)?;
    }
    Ok(out)
}

/// All items, without asking how many to expect, as `tuple` does.
pub fn collect_unasked(v: &Value) -> Res<Vec<Value>> {
    if let Some(items) = collect_exact(v) {
        return Ok(items);
    }
    let it = iter(v)?;
    let mut out = Vec::new();
    while let Some(x) = next(&it)? {
        push(&mut out, x)?;
    }
    Ok(out)
}

/// All items, with another message for what is not iterable (`PySequence_Fast`).
pub fn collect_as(v: &Value, message: &str) -> Res<Vec<Value>> {
    if let Some(items) = collect_exact(v) {
        return Ok(items);
    }
    let it = match iter(v) {
        Ok(it) => it,
        Err(e) if exc::matches(types().type_error) => {
            exc::clear(e);
            return Err(exc::type_error(message));
        }
        Err(e) => return Err(e),
    };
    collect_iterator(&it)
}

/// What is left in an iterator.
pub fn collect_iterator(it: &Value) -> Res<Vec<Value>> {
    let mut out = room(length_hint(it, 8)?)?;
    while let Some(x) = next(it)? {
        push(&mut out, x)?;
    }
    Ok(out)
}

/// The items of an exact tuple, list or range, if they can be had without running anything.
fn collect_exact(v: &Value) -> Option<Vec<Value>> {
    if v.downcast_exact::<tuple::Tuple>().is_some() {
        Some(tuple::items(v).to_vec())
    } else if v.downcast_exact::<list::List>().is_some() {
        Some(list::to_vec(v))
    } else if let Some(r) = v.downcast_exact::<range::Range>() {
        r.to_small_ints()
    } else {
        None
    }
}

/// A vector with room for as many values as somebody says there will be; MemoryError where that is too many.
fn room(hint: usize) -> Res<Vec<Value>> {
    let mut out = Vec::new();
    out.try_reserve_exact(hint).map_err(|_| exc::memory_error())?;
    Ok(out)
}

#[inline]
fn push(out: &mut Vec<Value>, x: Value) -> Res<()> {
    if out.len() == out.capacity() {
        out.try_reserve(1).map_err(|_| exc::memory_error())?;
    }
    out.push(x);
    Ok(())
}

/// `item in v` by iteration.
pub fn contains(v: &Value, item: &Value) -> Res<bool> {
    let it = match iter(v) {
        Ok(it) => it,
        Err(e) if exc::matches(types().type_error) => {
            exc::clear(e);
            return Err(exc::type_error(format!("argument of type '{}' is not a container or iterable", v.class().full_name())));
        }
        Err(e) => return Err(e),
    };
    while let Some(x) = next(&it)? {
        if protocol::compare_bool(&x, item, CompareOp::Eq)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How many items to expect (`operator.length_hint`).
pub fn length_hint(v: &Value, default: usize) -> Res<usize> {
    if let Some(f) = v.class().slots().len {
        match f(v) {
            Ok(n) => return Ok(n),
            Err(e) if exc::matches(types().type_error) => exc::clear(e),
            Err(e) => return Err(e),
        }
    }
    let hint = match call::call_special(v, &str::intern("__length_hint__"), &[]) {
        None => return Ok(default),
        Some(Ok(x)) => x,
        Some(Err(e)) if exc::matches(types().type_error) => {
            exc::clear(e);
            return Ok(default);
        }
        Some(Err(e)) => return Err(e),
    };
    if hint.is_not_implemented() {
        return Ok(default);
    }
    if !int::is_int(&hint) {
        return Err(exc::type_error(format!("__length_hint__ must be an integer, not {}", hint.class().full_name())));
    }
    match int::as_i64(&hint) {
        Some(n) if n >= 0 => Ok(n as usize),
        Some(_) => Err(exc::value_error("__length_hint__() should return >= 0")),
        None if int::is_negative(&hint) => Err(exc::value_error("__length_hint__() should return >= 0")),
        None => Err(exc::overflow_error("Python int too large to convert to C ssize_t")),
    }
}

fn cannot_unpack(v: &Value) -> Res {
    match iter(v) {
        Err(e) if exc::matches(types().type_error) && !is_iterable(v) => {
            exc::clear(e);
            Err(exc::type_error(format!("cannot unpack non-iterable {} object", v.class().full_name())))
        }
        other => other,
    }
}

/// The `n` items of an iterable, as `a, b = v` takes them.
pub fn unpack(v: &Value, n: usize) -> Res<Vec<Value>> {
    if v.downcast_exact::<range::Range>().is_none()
        && let Some(items) = collect_exact(v)
    {
        return match items.len() {
            k if k == n => Ok(items),
            k if k < n => Err(exc::value_error(format!("not enough values to unpack (expected {n}, got {k})"))),
            k => Err(exc::value_error(format!("too many values to unpack (expected {n}, got {k})"))),
        };
    }
    let it = cannot_unpack(v)?;
    let mut out = Vec::with_capacity(n);
    for i in 0..n {
        match next(&it)? {
            Some(x) => out.push(x),
            None => return Err(exc::value_error(format!("not enough values to unpack (expected {n}, got {i})"))),
        }
    }
    if next(&it)?.is_none() {
        return Ok(out);
    }
    // CPython tells how many there are where it can without running anything.
    let got = if v.downcast_exact::<dict::Dict>().is_some() { format!(", got {}", dict::len(v)) } else { String::new() };
    Err(exc::value_error(format!("too many values to unpack (expected {n}{got})")))
}

/// The items of an iterable as `a, *b, c = v` takes them: `before` ones, a list, `after` ones.
pub fn unpack_ex(v: &Value, before: usize, after: usize) -> Res<Vec<Value>> {
    let it = cannot_unpack(v)?;
    let mut out = Vec::with_capacity(before + 1 + after);
    for i in 0..before {
        match next(&it)? {
            Some(x) => out.push(x),
            None if after == 0 => {
                return Err(exc::value_error(format!("not enough values to unpack (expected at least {before}, got {i})")));
            }
            None => return Err(exc::value_error(format!("not enough values to unpack (expected at least {}, got {i})", before + after))),
        }
    }
    let mut rest = collect_iterator(&it)?;
    let Some(middle) = rest.len().checked_sub(after) else {
        let (wanted, got) = (before + after, before + rest.len());
        return Err(exc::value_error(format!("not enough values to unpack (expected at least {wanted}, got {got})")));
    };
    let tail = rest.split_off(middle);
    out.push(list::from_vec(rest));
    out.extend(tail);
    Ok(out)
}

/// `v[i]` for an iterator over a sequence: `None` where IndexError or StopIteration says that there is no such item.
pub fn sequence_item(v: &Value, i: i64) -> Res<Option<Value>> {
    if let Some(items) = v.downcast_exact::<tuple::Tuple>() {
        let items = items.as_slice();
        return Ok(sequence::place(i, items.len()).map(|i| items[i].clone()));
    }
    match protocol::get_item(v, &Value::int(i)) {
        Ok(x) => Ok(Some(x)),
        Err(e) if exc::matches(types().index_error) || exc::matches(types().stop_iteration) => {
            exc::clear(e);
            Ok(None)
        }
        Err(e) => Err(e),
    }
}
