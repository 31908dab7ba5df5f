//! The array behind a list: `items`, `len`, `capacity`, as plain words at fixed offsets for compiled code.
//!
//! All methods take `&self`, none runs Python, and values that leave the list are handed to the caller to drop.

use crate::exc;
use crate::types::slice::Indices;
use crate::value::{Res, Value};
use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::ptr;
use weft_layout::tag::Word;

/// The payload of a list: the parts of a `Vec<Value>`.
#[repr(C)]
pub struct List {
    items: Cell<*mut Word>,
    len: Cell<usize>,
    capacity: Cell<usize>,
}

/// Byte offset of the pointer to the items in a list object.
pub const ITEMS_OFFSET: usize = 8 + std::mem::offset_of!(List, items);
/// Byte offset of the length in a list object.
pub const LEN_OFFSET: usize = 8 + std::mem::offset_of!(List, len);
/// Byte offset of the capacity in a list object.
pub const CAPACITY_OFFSET: usize = 8 + std::mem::offset_of!(List, capacity);

impl List {
    /// An empty list.
    pub const fn new() -> List {
        List { items: Cell::new(ptr::dangling_mut()), len: Cell::new(0), capacity: Cell::new(0) }
    }

    /// A list of these values.
    pub fn from_vec(values: Vec<Value>) -> List {
        let list = List::new();
        list.put(values);
        list
    }

    /// Number of items.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len.get()
    }

    /// Whether there is no item.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len.get() == 0
    }

    /// Items there is room for.
    pub fn capacity(&self) -> usize {
        self.capacity.get()
    }

    /// Takes the vector out; the list is then empty.
    #[inline]
    pub fn take(&self) -> Vec<Value> {
        let (items, len, capacity) = (self.items.replace(ptr::dangling_mut()), self.len.replace(0), self.capacity.replace(0));
        // SAFETY: the three are the parts of a vector, which the list no longer owns.
        unsafe { Vec::from_raw_parts(items.cast(), len, capacity) }
    }

    /// Puts a vector into the list, which must be empty and without capacity.
    #[inline]
    pub fn put(&self, values: Vec<Value>) {
        debug_assert!(self.capacity.get() == 0);
        let mut values = ManuallyDrop::new(values);
        self.items.set(values.as_mut_ptr().cast());
        self.len.set(values.len());
        self.capacity.set(values.capacity());
    }

    /// Works on the items as a vector. `f` runs no Python and drops no values; the list is empty meanwhile.
    #[inline]
    pub fn with_vec<R>(&self, f: impl FnOnce(&mut Vec<Value>) -> R) -> R {
        let mut values = self.take();
        let r = f(&mut values);
        self.put(values);
        r
    }

    /// The items, for code that runs no Python and does not change the list while it has the slice.
    ///
    /// # Safety
    /// As just said.
    #[inline(always)]
    pub unsafe fn as_slice(&self) -> &[Value] {
        // SAFETY: `len` values are there, and the caller vouches that they stay.
        unsafe { std::slice::from_raw_parts(self.items.get().cast(), self.len.get()) }
    }

    /// Item `i`.
    #[inline(always)]
    pub fn get(&self, i: usize) -> Option<Value> {
        // SAFETY: nothing happens between borrowing and cloning.
        unsafe { self.as_slice().get(i).cloned() }
    }

    /// Puts a value in place of item `i` and returns that one; gives the value back if there is no such item.
    #[inline(always)]
    pub fn replace(&self, i: usize, value: Value) -> Result<Value, Value> {
        if i >= self.len.get() {
            return Err(value);
        }
        // SAFETY: the item is there; its reference passes to the caller.
        unsafe { Ok(Value::from_word(self.items.get().add(i).replace(value.into_word()))) }
    }

    /// Appends a value.
    #[inline(always)]
    pub fn push(&self, value: Value) {
        if self.len.get() == self.capacity.get() {
            self.grow();
        }
        // SAFETY: there is room.
        unsafe { self.items.get().add(self.len.get()).write(value.into_word()) };
        self.len.set(self.len.get() + 1);
    }

    /// As [`List::push`], but MemoryError if there is no room.
    #[inline(always)]
    pub fn append(&self, value: Value) -> Res<()> {
        if self.len.get() == self.capacity.get() {
            self.grow_one()?;
        }
        self.push(value);
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn grow_one(&self) -> Res<()> {
        let more = growth(self.len.get() + 1) - self.len.get();
        self.with_vec(|v| v.try_reserve_exact(more)).map_err(|_| exc::memory_error())
    }

    #[cold]
    #[inline(never)]
    fn grow(&self) {
        let more = growth(self.len.get() + 1) - self.len.get();
        self.with_vec(|v| v.reserve_exact(more));
    }

    /// Makes room for `n` more items.
    pub fn reserve(&self, n: usize) -> Res<()> {
        if self.capacity.get() - self.len.get() >= n {
            return Ok(());
        }
        let len = self.len.get();
        let wanted = len.checked_add(n).ok_or_else(exc::memory_error)?;
        let room = if len == 0 { wanted } else { growth(wanted) };
        self.with_vec(|v| v.try_reserve_exact(room - len)).map_err(|_| exc::memory_error())
    }

    /// Appends values.
    pub fn extend(&self, values: Vec<Value>) -> Res<()> {
        if self.capacity.get() == 0 {
            self.put(values);
            return Ok(());
        }
        self.reserve(values.len())?;
        self.with_vec(|v| v.extend(values));
        Ok(())
    }

    /// Inserts before item `i`, which is at most `len`.
    pub fn insert(&self, i: usize, value: Value) {
        if self.len.get() == self.capacity.get() {
            self.grow();
        }
        self.with_vec(|v| v.insert(i.min(v.len()), value));
    }

    /// Takes item `i` out.
    pub fn remove(&self, i: usize) -> Option<Value> {
        (i < self.len.get()).then(|| self.with_vec(|v| v.remove(i)))
    }

    /// Takes the last item out.
    #[inline(always)]
    pub fn pop(&self) -> Option<Value> {
        let n = self.len.get().checked_sub(1)?;
        self.len.set(n);
        // SAFETY: the item was there, and its reference passes to the caller.
        Some(unsafe { Value::from_word(*self.items.get().add(n)) })
    }

    /// Exchanges items `from..from + values.len()`, all of which are there, for the values.
    pub fn exchange(&self, from: usize, values: &mut [Value]) {
        debug_assert!(from + values.len() <= self.len());
        for (i, v) in values.iter_mut().enumerate() {
            // SAFETY: the item is there; both places own what they hold.
            unsafe { std::ptr::swap(self.items.get().add(from + i).cast::<Value>(), v) };
        }
    }

    /// Replaces items `from..to` and returns what was there.
    pub fn splice(&self, from: usize, to: usize, values: Vec<Value>) -> Res<Vec<Value>> {
        let to = to.min(self.len.get());
        let from = from.min(to);
        self.reserve(values.len().saturating_sub(to - from))?;
        Ok(self.with_vec(|v| v.splice(from..to, values).collect()))
    }

    /// Gives memory back when the list has become much shorter than it was.
    pub fn shrink(&self) {
        if self.len.get() < self.capacity.get() / 2 {
            let room = if self.is_empty() { 0 } else { growth(self.len.get()) };
            self.with_vec(|v| v.shrink_to(room));
        }
    }

    /// Clones of all items.
    pub fn to_vec(&self) -> Vec<Value> {
        // SAFETY: cloning runs no Python.
        unsafe { self.as_slice().to_vec() }
    }

    /// A new list of the items that a slice, fitted to the length, selects.
    pub fn selection(&self, r: &Indices) -> Value {
        super::from_vec(if r.step == 1 {
            self.slice(r.start as usize, r.start as usize + r.count)
        } else {
            // SAFETY: cloning runs no Python.
            let items = unsafe { self.as_slice() };
            r.positions().map(|i| items[i].clone()).collect()
        })
    }

    /// Clones of items `from..to`, as far as there are any.
    pub fn slice(&self, from: usize, to: usize) -> Vec<Value> {
        let to = to.min(self.len.get());
        // SAFETY: cloning runs no Python.
        unsafe { self.as_slice()[from.min(to)..to].to_vec() }
    }
}

impl Drop for List {
    fn drop(&mut self) {
        release(self.take());
    }
}

/// Drops values from the last to the first, the order in which a list lets go of its items.
pub fn release(mut values: Vec<Value>) {
    while values.pop().is_some() {}
}

/// CPython's growth pattern: 4, 8, 16, 24, 32, 40, 52, 64, …
fn growth(n: usize) -> usize {
    (n + (n >> 3) + 6) & !3
}
