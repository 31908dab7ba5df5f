//! `dict`: the payload is [`Dict`] (see [`table`]); the functions here are what native code uses.
//!
//! Functions that take a dict as a `&Value` expect an instance of dict or of a subclass, and see the dict itself,
//! not what a subclass makes of it.

mod merge;
mod methods;
mod table;

pub use merge::{Merge, class_name, hash_key, merge, merge_pairs, quick_hash, unhashable, update, update_from};
pub use methods::{SPEC, dict_iter, from_keywords, missing_or_raise};
pub use table::{Dict, ENTRIES_OFFSET, Entry, USED_OFFSET, VERSION_OFFSET, is_exact_str};

use crate::exc;
use crate::types::str;
use crate::value::{Payload, Res, Value, new_object};
use crate::vm::types;
use weft_layout::tag::Word;

// SAFETY: instances of dict and its subclasses hold a Dict at offset 8.
unsafe impl Payload for Dict {
    fn class() -> &'static crate::class::Type {
        types().dict
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        self.trace_entries(visit);
    }

    fn clear(&self) {
        drop(self.take_contents());
    }
}

/// The table of a dict.
#[inline(always)]
pub fn table(d: &Value) -> &Dict {
    // SAFETY: callers pass instances of dict.
    unsafe { d.payload::<Dict>() }
}

/// A new empty dict.
pub fn new() -> Value {
    new_object(Dict::new())
}

/// A new empty dict with room for `n` entries.
pub fn with_capacity(n: usize) -> Value {
    let d = new();
    reserve(&d, n);
    d
}

/// Makes room for `n` entries in all.
pub fn reserve(d: &Value, n: usize) {
    // Without the room it is still a good dict, which grows as it is filled.
    if let Err(e) = table(d).reserve(n) {
        exc::clear(e);
    }
}

/// A new dict with these entries.
pub fn from_pairs(pairs: impl IntoIterator<Item = (Value, Value)>) -> Res {
    let d = new();
    for (key, value) in pairs {
        set(&d, &key, &value)?;
    }
    Ok(d)
}

/// Number of entries.
#[inline(always)]
pub fn len(d: &Value) -> usize {
    table(d).len()
}

/// The value for a key.
#[inline]
pub fn get(d: &Value, key: &Value) -> Res<Option<Value>> {
    let hash = hash_key(key)?;
    get_hashed(d, key, hash)
}

/// The value for a key whose hash is known.
#[inline]
pub fn get_hashed(d: &Value, key: &Value, hash: i64) -> Res<Option<Value>> {
    let t = table(d);
    Ok(t.find(key, hash)?.and_then(|i| t.at(i)).map(|(_, v)| v.clone()))
}

/// Whether a key is there.
#[inline]
pub fn contains(d: &Value, key: &Value) -> Res<bool> {
    let hash = hash_key(key)?;
    Ok(table(d).find(key, hash)?.is_some())
}

/// Sets the value for a key.
#[inline]
pub fn set(d: &Value, key: &Value, value: &Value) -> Res<()> {
    let hash = hash_key(key)?;
    drop(table(d).insert(key, hash, value.clone())?);
    Ok(())
}

/// Sets the value for a key whose hash is known.
#[inline]
pub fn set_hashed(d: &Value, key: &Value, hash: i64, value: Value) -> Res<()> {
    drop(table(d).insert(key, hash, value)?);
    Ok(())
}

/// Sets the value for a key unless there is one; returns the value that is there now.
pub fn set_default(d: &Value, key: &Value, default: &Value) -> Res {
    let hash = hash_key(key)?;
    let t = table(d);
    if let Some((_, v)) = t.find(key, hash)?.and_then(|i| t.at(i)) {
        return Ok(v.clone());
    }
    t.append(key.clone(), hash, default.clone())?;
    Ok(default.clone())
}

/// Deletes a key. Says whether it was there.
pub fn delete(d: &Value, key: &Value) -> Res<bool> {
    Ok(pop(d, key)?.is_some())
}

/// Deletes a key and returns its value.
pub fn pop(d: &Value, key: &Value) -> Res<Option<Value>> {
    // CPython looks at the size first, so that an empty dict does not hash the key here.
    if len(d) == 0 {
        return Ok(None);
    }
    let hash = hash_key(key)?;
    pop_hashed(d, key, hash)
}

/// Deletes a key whose hash is known and returns its value.
pub fn pop_hashed(d: &Value, key: &Value, hash: i64) -> Res<Option<Value>> {
    let t = table(d);
    match t.find(key, hash)? {
        Some(i) => {
            let (old_key, value) = t.remove_at(i);
            drop(old_key);
            Ok(Some(value))
        }
        None => Ok(None),
    }
}

/// The entry number for `name`, which is a str. A comparison with a key of another class that raises finds nothing.
#[inline(always)]
pub fn find_name(t: &Dict, name: &Value) -> Option<usize> {
    let hash = str::hash(name);
    if t.has_str_keys() && is_exact_str(name) {
        return t.find_str(name, hash);
    }
    find_name_among_others(t, name, hash)
}

#[cold]
#[inline(never)]
fn find_name_among_others(t: &Dict, name: &Value, hash: i64) -> Option<usize> {
    t.find(name, hash).unwrap_or_else(|e| {
        exc::clear(e);
        None
    })
}

/// The value for `name`, which is a str.
#[inline]
pub fn get_str(d: &Value, name: &Value) -> Option<Value> {
    let t = table(d);
    find_name(t, name).and_then(|i| t.at(i)).map(|(_, v)| v.clone())
}

/// As [`get_str`], as a borrowed word that is good until the dict changes.
#[inline]
pub fn get_str_ref(d: &Value, name: &Value) -> Option<Word> {
    let t = table(d);
    find_name(t, name).map(|i| t.value_word(i))
}

/// Sets the value for `name`, which is a str.
pub fn set_str(d: &Value, name: &Value, value: Value) {
    let t = table(d);
    match find_name(t, name) {
        Some(i) => drop(t.replace_value(i, value)),
        None => {
            if t.append(name.clone(), str::hash(name), value).is_err() {
                std::alloc::handle_alloc_error(std::alloc::Layout::new::<Entry>());
            }
        }
    }
}

/// Deletes `name`, which is a str. Says whether it was there.
pub fn del_str(d: &Value, name: &Value) -> bool {
    let t = table(d);
    match find_name(t, name) {
        Some(i) => {
            drop(t.remove_at(i));
            true
        }
        None => false,
    }
}

/// Deletes all entries.
pub fn clear(d: &Value) {
    drop(table(d).take_contents());
}

/// A dict with the same entries.
pub fn try_copy(d: &Value) -> Res {
    Ok(new_object(table(d).duplicate()?))
}

/// A dict with the same entries. Running out of memory ends the process: for dicts whose size a program does not choose.
pub fn copy(d: &Value) -> Value {
    try_copy(d).unwrap_or_else(|_| std::alloc::handle_alloc_error(std::alloc::Layout::new::<Entry>()))
}

/// The entry at `*pos` or later, and `*pos` moved behind it. Begin with 0. Safe, if not meaningful, when the dict changes in between.
#[inline]
pub fn next(d: &Value, pos: &mut usize) -> Option<(Value, Value)> {
    let t = table(d);
    let i = t.next_live(*pos)?;
    *pos = i + 1;
    t.at(i).map(|(k, v)| (k.clone(), v.clone()))
}

/// As [`next`], with the key's hash.
#[inline]
pub fn next_hashed(d: &Value, pos: &mut usize) -> Option<(Value, i64, Value)> {
    let t = table(d);
    let i = t.next_live(*pos)?;
    *pos = i + 1;
    let hash = t.hash_at(i);
    t.at(i).map(|(k, v)| (k.clone(), hash, v.clone()))
}

/// All entries.
pub fn entries(d: &Value) -> Vec<(Value, Value)> {
    let t = table(d);
    (0..t.filled()).filter_map(|i| t.at(i)).map(|(k, v)| (k.clone(), v.clone())).collect()
}

/// All keys.
pub fn keys(d: &Value) -> Vec<Value> {
    let t = table(d);
    (0..t.filled()).filter_map(|i| t.at(i)).map(|(k, _)| k.clone()).collect()
}

/// All values.
pub fn values(d: &Value) -> Vec<Value> {
    let t = table(d);
    (0..t.filled()).filter_map(|i| t.at(i)).map(|(_, v)| v.clone()).collect()
}

/// Whether all keys are strings (instances of str, subclasses included).
pub fn keys_are_strings(d: &Value) -> bool {
    let t = table(d);
    t.has_str_keys() || (0..t.filled()).filter_map(|i| t.at(i)).all(|(k, _)| str::is_str(k))
}

/// A number that names the state of the key set: two equal numbers mean the same keys in the same entries of the same
/// dict. Changing a value does not change it. 0, when the numbers have run out, names nothing.
#[inline(always)]
pub fn keys_version(d: &Value) -> u32 {
    table(d).version()
}

/// The entry number for `name`, which is a str; good while [`keys_version`] stays the same.
#[inline]
pub fn lookup_index(d: &Value, name: &Value) -> Option<u32> {
    find_name(table(d), name).map(|i| i as u32)
}

/// The value word of an entry that [`lookup_index`] found, borrowed.
#[inline(always)]
pub fn value_at(d: &Value, index: u32) -> Word {
    table(d).value_word(index as usize)
}

/// Sets the value of an entry that [`lookup_index`] found.
#[inline(always)]
pub fn set_value_at(d: &Value, index: u32, value: Value) {
    drop(table(d).replace_value(index as usize, value));
}
