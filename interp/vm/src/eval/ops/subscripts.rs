//! Items and slices.

use crate::exc;
use crate::protocol;
use crate::types::{dict, list, str, tuple};
use crate::value::{Res, Value};
use crate::vm::types;

/// `dict[key]` of an exact dict.
pub fn dict_item(d: &Value, key: &Value) -> Res {
    match dict::get(d, key)? {
        Some(v) => Ok(v),
        None => Err(exc::key_error(key)),
    }
}

pub(super) fn subscript(a: &Value, b: &Value) -> Res {
    let class = a.class();
    if let Some(i) = b.as_small_int() {
        if std::ptr::eq(class, types().list) {
            let n = list::len(a) as i64;
            let i = if i < 0 { i + n } else { i };
            if let Some(v) = usize::try_from(i).ok().and_then(|i| list::get(a, i)) {
                return Ok(v);
            }
            return Err(exc::index_error("list index out of range"));
        }
        if std::ptr::eq(class, types().tuple) {
            let items = tuple::items(a);
            let i = if i < 0 { i + items.len() as i64 } else { i };
            return match usize::try_from(i).ok().and_then(|i| items.get(i)) {
                Some(v) => Ok(v.clone()),
                None => Err(exc::index_error("tuple index out of range")),
            };
        }
    }
    if std::ptr::eq(class, types().dict) {
        return match dict::get(a, b)? {
            Some(v) => Ok(v),
            None => Err(exc::key_error(b)),
        };
    }
    protocol::get_item(a, b)
}

/// STORE_SUBSCR.
pub fn store_subscr(container: &Value, key: &Value, value: &Value) -> Res<()> {
    let class = container.class();
    if std::ptr::eq(class, types().dict) {
        return dict::set(container, key, value);
    }
    protocol::set_item(container, key, value)
}

/// Start and end of a slice with step 1 of a sequence of this length, where the bounds are small ints or None.
fn plain_bounds(start: &Value, stop: &Value, len: usize) -> Option<(usize, usize)> {
    let n = len as i64;
    let fit = |v: &Value, default: i64| {
        if v.is_none() {
            return Some(default);
        }
        v.as_small_int().map(|i| if i < 0 { (i + n).max(0) } else { i.min(n) })
    };
    let (from, to) = (fit(start, 0)? as usize, fit(stop, n)? as usize);
    Some((from, to.max(from)))
}

/// BINARY_SLICE.
pub fn binary_slice(container: &Value, start: &Value, stop: &Value) -> Res {
    let (s, id) = (crate::vm::shapes(), container.shape_id());
    if id == s.list {
        if let Some((from, to)) = plain_bounds(start, stop, list::len(container)) {
            return Ok(list::from_vec(list::storage(container).slice(from, to)));
        }
    } else if id == s.tuple {
        let items = tuple::items(container);
        if let Some((from, to)) = plain_bounds(start, stop, items.len()) {
            return Ok(if to - from == items.len() { container.clone() } else { tuple::from_slice(&items[from..to]) });
        }
    } else if id != 0
        && id == s.str
        && let Some((from, to)) = plain_bounds(start, stop, str::len(container))
    {
        return str::substring(container, from, to);
    }
    let s = crate::types::slice::new(start.clone(), stop.clone(), Value::NONE);
    protocol::get_item(container, &s)
}

/// STORE_SLICE.
pub fn store_slice(value: &Value, container: &Value, start: &Value, stop: &Value) -> Res<()> {
    let s = crate::vm::shapes();
    if container.shape_id() == s.list
        && value.shape_id() == s.list
        && let Some((from, to)) = plain_bounds(start, stop, list::len(container))
    {
        return list::replace_range(container, from, to, list::to_vec(value));
    }
    let s = crate::types::slice::new(start.clone(), stop.clone(), Value::NONE);
    protocol::set_item(container, &s, value)
}
