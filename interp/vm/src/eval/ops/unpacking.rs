//! Spreading an iterable over the value stack.

use crate::exc::{self, Raised};
use crate::protocol;
use crate::types::{dict, list, tuple};
use crate::value::{Res, Value, decref};
use crate::vm::types;
use weft_layout::tag::Word;

fn not_enough(wanted: usize, got: usize, at_least: bool) -> Raised {
    exc::value_error(format!("not enough values to unpack (expected {}{wanted}, got {got})", if at_least { "at least " } else { "" }))
}

/// UNPACK_SEQUENCE: writes `n` items so that the first is on top, in place of the sequence at `at`.
///
/// # Safety
/// `at` is the sequence's slot, with room for the items; the sequence is held by the caller.
pub unsafe fn unpack_sequence(seq: &Value, n: usize, at: *mut Word) -> Res<*mut Word> {
    let items: Vec<Value> = if std::ptr::eq(seq.class(), types().tuple) {
        let items = tuple::items(seq);
        if items.len() == n {
            // SAFETY: passed on.
            return Ok(unsafe { spread_reversed(items.iter().cloned(), n, at) });
        }
        items.to_vec()
    } else if std::ptr::eq(seq.class(), types().list) {
        list::to_vec(seq)
    } else {
        return unpack_iterable(seq, n, at);
    };
    if items.len() > n {
        return Err(exc::value_error(format!("too many values to unpack (expected {n}, got {})", items.len())));
    }
    if items.len() < n {
        return Err(not_enough(n, items.len(), false));
    }
    // SAFETY: passed on.
    Ok(unsafe { spread_reversed(items.into_iter(), n, at) })
}

unsafe fn spread_reversed(items: impl Iterator<Item = Value>, n: usize, at: *mut Word) -> *mut Word {
    // SAFETY: the caller gives room for n words from `at`; the sequence's own reference is dropped last.
    unsafe {
        let seq = *at;
        for (i, v) in items.enumerate() {
            *at.add(n - 1 - i) = v.into_word();
        }
        decref(seq);
        at.add(n)
    }
}

fn iterator_for_unpacking(seq: &Value) -> Res {
    if seq.class().slots().iter.is_none() && seq.class().slots().get_item.is_none() {
        return Err(exc::type_error(format!("cannot unpack non-iterable {} object", seq.class().full_name())));
    }
    protocol::iter::iter(seq)
}

fn unpack_iterable(seq: &Value, n: usize, at: *mut Word) -> Res<*mut Word> {
    let it = iterator_for_unpacking(seq)?;
    let mut items = Vec::with_capacity(n);
    while items.len() < n {
        match protocol::iter::next(&it)? {
            Some(v) => items.push(v),
            None => return Err(not_enough(n, items.len(), false)),
        }
    }
    if protocol::iter::next(&it)?.is_some() {
        let got = if std::ptr::eq(seq.class(), types().dict) { format!(", got {}", dict::len(seq)) } else { String::new() };
        return Err(exc::value_error(format!("too many values to unpack (expected {n}{got})")));
    }
    // SAFETY: passed on.
    Ok(unsafe { spread_reversed(items.into_iter(), n, at) })
}

/// UNPACK_EX: `before` items, a list of the middle, `after` items; the first on top.
///
/// # Safety
/// As for [`unpack_sequence`].
pub unsafe fn unpack_ex(seq: &Value, before: usize, after: usize, at: *mut Word) -> Res<*mut Word> {
    let it = iterator_for_unpacking(seq)?;
    let mut items = Vec::new();
    while items.len() < before {
        match protocol::iter::next(&it)? {
            Some(v) => items.push(v),
            None => {
                return Err(not_enough(before + after, items.len(), after > 0)).map_err(|e| fix_at_least(e, before, after, items.len()));
            }
        }
    }
    while let Some(v) = protocol::iter::next(&it)? {
        items.push(v);
    }
    if items.len() < before + after {
        return Err(not_enough(before + after, items.len(), true));
    }
    let tail = items.split_off(items.len() - after);
    let middle = list::from_vec(items.split_off(before));
    items.push(middle);
    items.extend(tail);
    let n = items.len();
    // SAFETY: passed on.
    Ok(unsafe { spread_reversed(items.into_iter(), n, at) })
}

fn fix_at_least(e: Raised, before: usize, after: usize, got: usize) -> Raised {
    exc::clear(e);
    not_enough(before + after, got, true)
}
