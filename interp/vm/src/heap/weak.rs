//! Weak references: a side table from object address to its references, kept off the objects.
//!
//! An object with an entry carries the `Watched` mark in its page, so that objects without one die without a lookup.

use super::page::{self, Mark};
use crate::global::Global;
use crate::value::Value;
use std::collections::HashMap;
use weft_layout::header::Header;
use weft_layout::tag::Word;

/// Weak reference objects that point to the address, oldest first. The words are borrowed: a reference takes
/// itself off the list when it dies.
type Table = HashMap<usize, Vec<Word>>;

static TABLE: Global<Option<Table>> = Global::new(None);

fn table() -> &'static mut Table {
    // SAFETY: the GIL is held; no caller keeps the reference across a call into Python.
    unsafe { (*TABLE.get()).get_or_insert_with(HashMap::new) }
}

/// Notes that `reference` points to `object`.
pub fn add(object: &Value, reference: Word) {
    table().entry(object.ptr() as usize).or_default().push(reference);
    // SAFETY: the object is alive.
    unsafe { page::set_mark(object.ptr(), Mark::Watched, true) };
}

/// Notes that `reference` no longer points to the object at `address`, which is alive.
pub fn remove(address: usize, reference: Word) {
    if let Some(list) = table().get_mut(&address) {
        list.retain(|&w| w != reference);
        if list.is_empty() {
            table().remove(&address);
            // SAFETY: an object with an entry is alive.
            unsafe { page::set_mark(address as *mut u8, Mark::Watched, false) };
        }
    }
}

/// The weak references to an object, oldest first.
pub fn references(object: &Value) -> Vec<Value> {
    if !object.is_heap() {
        return Vec::new();
    }
    match table().get(&(object.ptr() as usize)) {
        // SAFETY: references on the list are alive. One that is being destroyed has count 0 and is skipped.
        Some(list) => list.iter().filter(|&&w| !is_dying(w)).map(|&w| unsafe { Value::clone_word(w) }).collect(),
        None => Vec::new(),
    }
}

/// Whether the reference is being destroyed, or waits for it on the trash list: its count must not be raised again.
fn is_dying(reference: Word) -> bool {
    // SAFETY: a reference on a list has not given its memory back yet.
    unsafe { (*(reference as *const Header)).refcount == 0 }
}

/// Clears all weak references to a dying object and runs their callbacks. May run Python code.
///
/// # Safety
/// `object` is alive, with a reference held by the caller.
pub unsafe fn object_died(object: *mut u8) {
    let callbacks = unsafe { clear(object) };
    for (reference, callback) in callbacks {
        crate::types::weakref::run_callback(&reference, &callback);
    }
}

/// Clears all weak references to an object and returns those that have callbacks, newest first.
///
/// # Safety
/// `object` is alive.
pub unsafe fn clear(object: *mut u8) -> Vec<(Value, Value)> {
    let list = table().remove(&(object as usize)).unwrap_or_default();
    // SAFETY: the object is alive; references on the list are too.
    unsafe {
        page::set_mark(object, Mark::Watched, false);
        // All are held on to, then cut off, before any callback is dropped or run.
        let alive: Vec<Option<Value>> = list.iter().map(|&w| (!is_dying(w)).then(|| Value::clone_word(w))).collect();
        let callbacks: Vec<Option<Value>> = list.iter().map(|w| crate::types::weakref::detach(Value::from_word_ref(w))).collect();
        alive.into_iter().zip(callbacks).rev().filter_map(|(r, c)| Some((r?, c?))).collect()
    }
}
