//! Interior places for values: what payloads are made of, so that no `&mut` into an object is ever formed.

use crate::value::Value;
use std::cell::Cell;
use weft_layout::tag::{NULL, Word};

/// A place that owns a value or is empty.
#[repr(transparent)]
pub struct Field(Cell<Word>);

impl Field {
    /// An empty place.
    pub const fn empty() -> Field {
        Field(Cell::new(NULL))
    }

    /// A place that holds `value`.
    pub fn new(value: Value) -> Field {
        Field(Cell::new(value.into_word()))
    }

    /// A place that holds `value`, if there is one.
    pub fn from_option(value: Option<Value>) -> Field {
        Field(Cell::new(value.map_or(NULL, Value::into_word)))
    }

    /// A new reference to the value.
    #[inline(always)]
    pub fn get(&self) -> Option<Value> {
        self.peek().cloned()
    }

    /// The value where it lies. Do not hold on to it across anything that may change the place.
    #[inline(always)]
    pub fn peek(&self) -> Option<&Value> {
        if self.0.get() == NULL {
            return None;
        }
        // SAFETY: the place owns a live value; Cell<Word> is laid out as Value.
        Some(unsafe { &*(self.0.as_ptr() as *const Value) })
    }

    /// A new reference to a value that is known to be there.
    #[inline(always)]
    pub fn value(&self) -> Value {
        self.get().expect("the field is set")
    }

    /// A new reference to the value, which is made first if there is none yet.
    pub fn get_or_make(&self, make: impl FnOnce() -> Value) -> Value {
        self.get().unwrap_or_else(|| {
            let value = make();
            self.set(value.clone());
            value
        })
    }

    /// The raw word.
    #[inline(always)]
    pub fn word(&self) -> Word {
        self.0.get()
    }

    /// Where the word lies.
    pub fn as_ptr(&self) -> *mut Word {
        self.0.as_ptr()
    }

    /// Puts a value there and returns the one that was. Drop that one when the object is in order.
    #[inline(always)]
    pub fn replace(&self, value: Option<Value>) -> Option<Value> {
        let old = self.0.replace(value.map_or(NULL, Value::into_word));
        // SAFETY: the place owned the old value.
        (old != NULL).then(|| unsafe { Value::from_word(old) })
    }

    /// Puts a value there and drops the old one, which may run Python code.
    #[inline(always)]
    pub fn set(&self, value: Value) {
        drop(self.replace(Some(value)));
    }

    /// Takes the value out.
    #[inline(always)]
    pub fn take(&self) -> Option<Value> {
        self.replace(None)
    }
}

impl Drop for Field {
    fn drop(&mut self) {
        drop(self.take());
    }
}
