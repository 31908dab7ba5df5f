//! `list`: the payload is [`List`] (see [`storage`]); the functions here are what native code uses.

mod iter;
mod methods;
mod sort;
mod storage;
mod timsort;

pub use iter::{
    ITER_INDEX_OFFSET, ITER_LIST_OFFSET, ITER_SPEC, ListIter, REVERSE_END_OFFSET, REVERSE_ITER_SPEC, REVERSE_LIST_OFFSET, iter_next,
    iter_parts, new_iter, new_reverse_iter, reverse_parts,
};
pub use methods::{SPEC, extend};
pub use sort::sort;
pub use storage::{CAPACITY_OFFSET, ITEMS_OFFSET, LEN_OFFSET, List, release};

use crate::value::{Payload, Res, Value, new_object};
use crate::vm::types;
use weft_layout::tag::Word;

// SAFETY: instances of list and its subclasses hold a List at offset 8.
unsafe impl Payload for List {
    fn class() -> &'static crate::class::Type {
        types().list
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        // SAFETY: visiting runs no Python.
        for item in unsafe { self.as_slice() } {
            visit(item.word());
        }
    }

    fn clear(&self) {
        release(self.take());
    }
}

/// The array of an instance of list.
#[inline(always)]
pub fn storage(v: &Value) -> &List {
    // SAFETY: callers pass instances of list.
    unsafe { v.payload::<List>() }
}

/// A new empty list.
pub fn new() -> Value {
    new_object(List::new())
}

/// A new list with room for `n` items.
pub fn with_capacity(n: usize) -> Value {
    from_vec(Vec::with_capacity(n))
}

/// A list of the values in a vector, whose memory it takes over.
pub fn from_vec(values: Vec<Value>) -> Value {
    new_object(List::from_vec(values))
}

/// A list of clones of these values.
pub fn from_slice(values: &[Value]) -> Value {
    from_vec(values.to_vec())
}

/// A list that takes over `n` owned words.
///
/// # Safety
/// `words` points to `n` values whose references pass to the list.
pub unsafe fn from_words(words: *const Word, n: usize) -> Value {
    // SAFETY: the caller vouches for the words.
    from_vec((0..n).map(|i| unsafe { Value::from_word(*words.add(i)) }).collect())
}

/// Number of items.
#[inline(always)]
pub fn len(v: &Value) -> usize {
    storage(v).len()
}

/// Item `i`.
#[inline(always)]
pub fn get(v: &Value, i: usize) -> Option<Value> {
    storage(v).get(i)
}

/// Puts a value in place of item `i`. Says whether there is such an item.
#[inline(always)]
pub fn set(v: &Value, i: usize, value: Value) -> bool {
    storage(v).replace(i, value).is_ok()
}

/// Puts values in place of items `from..to`, all of which are there.
pub fn replace_range(v: &Value, from: usize, to: usize, mut values: Vec<Value>) -> Res<()> {
    let list = storage(v);
    if values.len() == to - from {
        list.exchange(from, &mut values);
    } else {
        values = list.splice(from, to, values)?;
    }
    release(values);
    Ok(())
}

/// Appends a value. Running out of memory ends the process.
#[inline(always)]
pub fn push(v: &Value, value: Value) {
    storage(v).push(value);
}

/// Appends a value; MemoryError if there is no room.
#[inline(always)]
pub fn append(v: &Value, value: Value) -> Res<()> {
    storage(v).append(value)
}

/// Takes the last item out.
pub fn pop(v: &Value) -> Option<Value> {
    storage(v).pop()
}

/// Inserts before item `i`, or at the end.
pub fn insert(v: &Value, i: usize, value: Value) {
    storage(v).insert(i, value);
}

/// Takes item `i` out.
pub fn remove(v: &Value, i: usize) -> Option<Value> {
    storage(v).remove(i)
}

/// Takes all items out.
pub fn clear(v: &Value) {
    release(storage(v).take());
}

/// Clones of all items.
pub fn to_vec(v: &Value) -> Vec<Value> {
    storage(v).to_vec()
}
