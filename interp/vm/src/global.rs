//! Statics that only the thread holding the GIL touches.

use std::cell::UnsafeCell;

/// A static owned by whoever holds the GIL.
pub struct Global<T>(UnsafeCell<T>);

// SAFETY: the VM runs one thread at a time; the GIL orders all accesses.
unsafe impl<T> Sync for Global<T> {}

impl<T> Global<T> {
    /// Wraps the initial value.
    pub const fn new(value: T) -> Global<T> {
        Global(UnsafeCell::new(value))
    }

    /// Where the value lies.
    #[inline(always)]
    pub const fn get(&self) -> *mut T {
        self.0.get()
    }
}
