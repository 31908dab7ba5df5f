//! Making the repr of containers: what to do about one that contains itself, and putting the text together.

use crate::thread::thread;
use crate::types::str;
use crate::value::Value;
use rustpython_wtf8::Wtf8Buf;

/// While it lives, the object is known to have its repr made (CPython's `Py_ReprEnter`).
pub struct ReprGuard(u64);

impl ReprGuard {
    /// `None` if the object's repr is being made already.
    pub fn enter(v: &Value) -> Option<ReprGuard> {
        let mut active = thread().reprs.borrow_mut();
        if active.contains(&v.word()) {
            return None;
        }
        active.push(v.word());
        Some(ReprGuard(v.word()))
    }
}

impl Drop for ReprGuard {
    fn drop(&mut self) {
        let mut active = thread().reprs.borrow_mut();
        if let Some(i) = active.iter().rposition(|&w| w == self.0) {
            active.remove(i);
        }
    }
}

/// A str in the making, out of Rust text and str values.
pub struct TextBuilder(Wtf8Buf);

impl TextBuilder {
    /// Begins with some text.
    pub fn new(text: &str) -> TextBuilder {
        TextBuilder(Wtf8Buf::from(text))
    }

    /// Appends text.
    pub fn push(&mut self, text: &str) {
        self.0.push_str(text);
    }

    /// Appends a str value.
    pub fn push_value(&mut self, text: &Value) {
        self.0.push_wtf8(&str::to_wtf8(text));
    }

    /// The str.
    pub fn finish(self) -> Value {
        str::from_wtf8(&self.0)
    }
}
