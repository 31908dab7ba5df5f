//! Merging mappings and sequences of pairs into a dict; hashing keys.

use super::{Dict, contains, set, table};
use crate::exc::{self, Raised};
use crate::protocol::{self, attr, iter};
use crate::types::{int, str, tuple};
use crate::value::{Res, Value};
use crate::vm::{names, types};

/// What to do about keys that are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merge {
    /// Keep the value that is there.
    Keep,
    /// Replace it.
    Replace,
    /// Raise KeyError with the key.
    Unique,
}

/// The hash of a dict key. The error says that it is about a dict key.
#[inline(always)]
pub fn hash_key(key: &Value) -> Res<i64> {
    match quick_hash(key) {
        Some(h) => Ok(h),
        None => protocol::hash(key).map_err(|e| unhashable(e, key, "dict key")),
    }
}

/// The hash of a small int or an exact str.
#[inline(always)]
pub fn quick_hash(key: &Value) -> Option<i64> {
    if let Some(i) = key.as_small_int() {
        return Some(int::compare::hash_small(i));
    }
    super::is_exact_str(key).then(|| str::hash(key))
}

/// Words the TypeError of an unhashable value as one about a dict key or a set element.
#[cold]
pub fn unhashable(raised: Raised, key: &Value, what: &str) -> Raised {
    let error = exc::take(raised);
    if !std::ptr::eq(error.class(), types().type_error) {
        return exc::restore(error);
    }
    match protocol::str(&error) {
        Ok(text) => exc::type_error(format!("cannot use '{}' as a {what} ({})", class_name(key), str::display(&text))),
        Err(e) => e,
    }
}

/// The class's name with its module, as `%T` gives it in CPython's messages.
pub fn class_name(v: &Value) -> String {
    let class = v.class();
    if !class.has(crate::class::flag::HEAPTYPE) {
        return class.full_name();
    }
    let qualname = class.qualname.get().map_or_else(|| class.name(), |q| str::display(&q));
    match attr::getattr(&class.value(), &names().__module__) {
        Ok(m) if str::is_str(&m) && !matches!(str::display(&m).as_str(), "builtins" | "__main__") => {
            format!("{}.{qualname}", str::display(&m))
        }
        Ok(_) => qualname,
        Err(e) => {
            exc::clear(e);
            qualname
        }
    }
}

/// Copies all entries of a mapping, replacing values that are there (`PyDict_Update`).
pub fn update(d: &Value, other: &Value) -> Res<()> {
    merge(d, other, Merge::Replace)
}

/// Copies all entries of a mapping (`PyDict_Merge`).
pub fn merge(d: &Value, other: &Value, how: Merge) -> Res<()> {
    let plain = other.downcast::<Dict>().is_some()
        && other.class().slots().iter.is_some_and(|f| std::ptr::fn_addr_eq(f, super::dict_iter as crate::class::slots::UnaryFn));
    if plain { merge_dict(d, other, how) } else { merge_mapping(d, other, how) }
}

fn merge_dict(d: &Value, other: &Value, how: Merge) -> Res<()> {
    let (to, from) = (table(d), table(other));
    if d.is(other) || from.is_empty() {
        return Ok(());
    }
    if to.is_empty() {
        let copy = from.duplicate()?;
        let old = to.take_contents();
        to.adopt(copy);
        drop(old);
        return Ok(());
    }
    if from.len() > to.len() {
        to.reserve(to.len() + from.len())?;
    }
    let size = from.filled();
    let mut pos = 0;
    while let Some((key, hash, value)) = super::next_hashed(other, &mut pos) {
        match (how, to.find(&key, hash)?) {
            (Merge::Replace, Some(i)) => drop(to.replace_value(i, value)),
            (Merge::Unique, Some(_)) => return Err(exc::key_error(&key)),
            (Merge::Keep, Some(_)) => {}
            (_, None) => to.append(key, hash, value)?,
        }
        if from.filled() != size {
            return Err(exc::runtime_error("dict mutated during update"));
        }
    }
    Ok(())
}

fn merge_mapping(d: &Value, other: &Value, how: Merge) -> Res<()> {
    let keys = crate::call::call_method(other, &names().keys, &[])?;
    let it = match iter::iter(&keys) {
        Ok(it) => it,
        Err(e) if exc::matches(types().type_error) && !iter::is_iterable(&keys) => {
            exc::clear(e);
            return Err(exc::type_error(format!(
                "{}.keys() returned a non-iterable (type {})",
                other.class().full_name(),
                keys.class().full_name()
            )));
        }
        Err(e) => return Err(e),
    };
    // As PyMapping_Keys does, take all keys before the first is looked up.
    for key in iter::collect_iterator(&it)? {
        if how != Merge::Replace && contains(d, &key)? {
            if how == Merge::Unique {
                return Err(exc::key_error(&key));
            }
            continue;
        }
        let value = protocol::get_item(other, &key)?;
        set(d, &key, &value)?;
    }
    Ok(())
}

/// Copies the pairs of an iterable of pairs (`PyDict_MergeFromSeq2`).
pub fn merge_pairs(d: &Value, pairs: &Value, how: Merge) -> Res<()> {
    let it = iter::iter(pairs)?;
    let mut i = 0usize;
    while let Some(item) = iter::next(&it)? {
        let (key, value) = pair(&item, i)?;
        if how == Merge::Replace || !contains(d, &key)? {
            set(d, &key, &value)?;
        }
        i += 1;
    }
    Ok(())
}

/// The two items of element `i`.
fn pair(item: &Value, i: usize) -> Res<(Value, Value)> {
    let items = if item.is_instance(types().tuple) && tuple::items(item).len() == 2 {
        tuple::items(item).to_vec()
    } else {
        iter::collect_as(item, "object is not iterable").map_err(|e| not_a_sequence(e, i))?
    };
    <[Value; 2]>::try_from(items)
        .map(|[k, v]| (k, v))
        .map_err(|items| exc::value_error(format!("dictionary update sequence element #{i} has length {}; 2 is required", items.len())))
}

#[cold]
fn not_a_sequence(raised: Raised, i: usize) -> Raised {
    if !exc::matches(types().type_error) {
        return raised;
    }
    let error = exc::take(raised);
    let note = str::from_string(format!("Cannot convert dictionary update sequence element #{i} to a sequence"));
    match crate::call::call_method(&error, &str::intern("add_note"), &[note]) {
        Ok(_) => exc::restore(error),
        Err(e) => e,
    }
}

/// What `dict.update(arg)` and `dict(arg)` do with their argument: a dict, something with `keys()`, or an iterable of pairs.
pub fn update_from(d: &Value, arg: &Value) -> Res<()> {
    if arg.downcast_exact::<Dict>().is_some() || attr::getattr_opt(arg, &names().keys)?.is_some() {
        return merge(d, arg, Merge::Replace);
    }
    merge_pairs(d, arg, Merge::Replace)
}
