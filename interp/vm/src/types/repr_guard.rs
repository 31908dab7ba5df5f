//! Making the repr of containers: what to do about one that contains itself, and putting the text together.

use crate::thread::thread;
use crate::types::str;
use crate::value::Value;

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

/// A text to be continued.
pub fn text(beginning: &str) -> str::Builder {
    let mut out = str::Builder::new();
    out.push_str(beginning);
    out
}
