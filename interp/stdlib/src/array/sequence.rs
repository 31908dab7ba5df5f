//! Arrays as sequences: indexing, comparison, concatenation, repetition.

use super::methods::text;
use super::storage::{self, Array, downcast, repeated, this};
use std::cmp::Ordering;
use weft_vm::class::slots::CompareOp;
use weft_vm::protocol::number;
use weft_vm::types::{list, slice, str};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{exc, protocol};

/// `__repr__`
pub fn repr(v: &Value) -> Res {
    let array = this(v);
    let (name, code) = (v.class().name(), array.kind.code as char);
    if array.len() == 0 {
        return Ok(str::from_string(format!("{name}('{code}')")));
    }
    let items = if array.kind.is_text() { text(array) } else { list::from_vec(values(array)) };
    let head = str::from_string(format!("{name}('{code}', "));
    str::concat(&str::concat(&head, &protocol::repr(&items)?)?, &str::new(")"))
}

/// The items.
pub fn values(array: &Array) -> Vec<Value> {
    (0..array.len()).map_while(|i| array.get(i)).collect()
}

/// The six comparisons.
pub fn rich_compare(v: &Value, other: &Value, op: CompareOp) -> Res {
    let (Some(a), Some(b)) = (downcast(v), downcast(other)) else { return Ok(Value::NOT_IMPLEMENTED) };
    if a.len() != b.len() && (op == CompareOp::Eq || op == CompareOp::Ne) {
        return Ok(Value::bool(op == CompareOp::Ne));
    }
    // Equal items of integer arrays have equal bytes.
    if a.kind == b.kind && a.kind.is_integer() && a.to_vec() == b.to_vec() {
        return Ok(Value::bool(op.holds(Ordering::Equal)));
    }
    let mut i = 0;
    while let (Some(x), Some(y)) = (a.get(i), b.get(i)) {
        if !protocol::compare_bool(&x, &y, CompareOp::Eq)? {
            return match op {
                CompareOp::Eq => Ok(Value::FALSE),
                CompareOp::Ne => Ok(Value::TRUE),
                _ => protocol::compare(&x, &y, op),
            };
        }
        i += 1;
    }
    Ok(Value::bool(op.holds(a.len().cmp(&b.len()))))
}

/// `__contains__`
pub fn contains(v: &Value, item: &Value) -> Res<bool> {
    Ok(find(this(v), item, 0, usize::MAX)?.is_some())
}

/// The first place from `from` and below `to` where an item equals `wanted`.
pub fn find(array: &Array, wanted: &Value, from: usize, to: usize) -> Res<Option<usize>> {
    let mut i = from;
    while i < to
        && let Some(x) = array.get(i)
    {
        if protocol::compare_bool(&x, wanted, CompareOp::Eq)? {
            return Ok(Some(i));
        }
        i += 1;
    }
    Ok(None)
}

/// What a subscript names.
enum Key {
    At(Option<usize>),
    Slice { start: i64, step: i64, count: usize },
}

fn key_of(array: &Array, key: &Value) -> Res<Key> {
    if let Some(i) = key.as_small_int() {
        let len = array.len();
        let at = if i < 0 { i + len as i64 } else { i };
        return Ok(Key::At(usize::try_from(at).ok().filter(|&at| at < len)));
    }
    if number::is_index(key) {
        let i = number::as_isize_or(key, types().index_error)? as i64;
        let len = array.len();
        let at = if i < 0 { i + len as i64 } else { i };
        return Ok(Key::At(usize::try_from(at).ok().filter(|&at| at < len)));
    }
    if key.is_instance(types().slice) {
        let (start, _, step, count) = slice::indices(key, array.len())?;
        // The length may have changed while the bounds were computed; places are checked when they are used.
        return Ok(Key::Slice { start, step, count });
    }
    Err(exc::type_error("array indices must be integers"))
}

/// The places a slice names.
fn places(start: i64, step: i64, count: usize) -> impl Iterator<Item = usize> {
    (0..count as i64).map(move |i| (start + i * step) as usize)
}

/// `__getitem__`
pub fn get_item(v: &Value, key: &Value) -> Res {
    let array = this(v);
    match key_of(array, key)? {
        Key::At(i) => i.and_then(|i| array.get(i)).ok_or_else(|| exc::index_error("array index out of range")),
        Key::Slice { start, step: 1, count } => Ok(storage::new_exact(array.kind, array.slice(start as usize, start as usize + count))),
        Key::Slice { start, step, count } => {
            let bytes = places(start, step, count).flat_map(|i| array.slice(i, i + 1)).collect();
            Ok(storage::new_exact(array.kind, bytes))
        }
    }
}

/// `__setitem__` and `__delitem__`
pub fn set_item(v: &Value, key: &Value, value: Option<&Value>) -> Res<()> {
    let array = this(v);
    let (start, step, count) = match key_of(array, key)? {
        Key::At(at) => {
            let out_of_range = || exc::index_error("array assignment index out of range");
            let at = at.ok_or_else(out_of_range)?;
            return match value {
                None => array.splice(at, at + 1, &[]),
                Some(x) if array.put(at, &array.kind.item(x)?) => Ok(()),
                Some(_) => Err(out_of_range()),
            };
        }
        Key::Slice { start, step, count } => (start, step, count),
    };
    let size = array.kind.size;
    let new = match value {
        None => Vec::new(),
        Some(x) => match downcast(x) {
            Some(other) if other.kind == array.kind => other.to_vec(),
            Some(_) => return Err(exc::type_error("bad argument type for built-in operation")),
            None => return Err(exc::type_error(format!("can only assign array (not \"{}\") to array slice", x.class().full_name()))),
        },
    };
    if step == 1 {
        return array.splice(start as usize, start as usize + count, &new);
    }
    if value.is_none() {
        return delete_places(array, start, step, count);
    }
    if new.len() != count * size {
        let given = new.len() / size;
        return Err(exc::value_error(format!("attempt to assign array of size {given} to extended slice of size {count}")));
    }
    for (at, item) in places(start, step, count).zip(new.chunks_exact(size)) {
        let mut padded = [0; 8];
        padded[..size].copy_from_slice(item);
        array.put(at, &padded);
    }
    Ok(())
}

fn delete_places(array: &Array, start: i64, step: i64, count: usize) -> Res<()> {
    if count == 0 {
        return Ok(());
    }
    let (len, gone): (usize, std::collections::HashSet<usize>) = (array.len(), places(start, step, count).collect());
    let kept: Vec<u8> = (0..len).filter(|i| !gone.contains(i)).flat_map(|i| array.slice(i, i + 1)).collect();
    array.splice(0, len, &kept)
}

/// `__add__`
pub fn concat(v: &Value, other: &Value) -> Res {
    let array = this(v);
    match downcast(other) {
        Some(o) if o.kind == array.kind => {
            let mut bytes = array.to_vec();
            bytes.extend(o.to_vec());
            Ok(storage::new_exact(array.kind, bytes))
        }
        Some(_) => Err(exc::type_error("bad argument type for built-in operation")),
        None => Err(exc::type_error(format!("can only append array (not \"{}\") to array", other.class().full_name()))),
    }
}

fn times(v: &Value) -> Res<usize> {
    Ok(number::as_isize(v)?.max(0) as usize)
}

/// `__mul__`
pub fn repeat(v: &Value, n: &Value) -> Res {
    let n = times(n)?;
    Ok(storage::new_exact(this(v).kind, repeated(&this(v).to_vec(), n)?))
}

/// `__iadd__`
pub fn inplace_concat(v: &Value, other: &Value) -> Res {
    let Some(o) = downcast(other) else {
        return Err(exc::type_error(format!("can only extend array with array (not \"{}\")", other.class().full_name())));
    };
    extend_same(this(v), o)?;
    Ok(v.clone())
}

/// Adds the items of an array of the same kind.
pub fn extend_same(array: &Array, other: &Array) -> Res<()> {
    if other.kind != array.kind {
        return Err(exc::type_error("can only extend with array of same kind"));
    }
    array.extend(&other.to_vec())
}

/// `__imul__`
pub fn inplace_repeat(v: &Value, n: &Value) -> Res {
    let n = times(n)?;
    this(v).repeat(n)?;
    Ok(v.clone())
}
