//! Making the repr of containers: what to do about one that contains itself, and putting the text together.

use crate::thread::thread;
use crate::types::str;
use crate::value::Value;

/// While it lives, the object is known to have its repr made (CPython's `Py_ReprEnter`).
pub struct ReprGuard(u64);

impl ReprGuard {
    /// `None` if the object's repr is being made already.
    pub fn enter(v: &Value) -> Option<ReprGuard> {
        thread().reprs.borrow_mut().insert(v.word()).then(|| ReprGuard(v.word()))
    }
}

impl Drop for ReprGuard {
    fn drop(&mut self) {
        thread().reprs.borrow_mut().remove(&self.0);
    }
}

/// A text to be continued.
pub fn text(beginning: &str) -> str::Builder {
    let mut out = str::Builder::new();
    out.push_str(beginning);
    out
}
