//! What compiled code relies on: told here when it changes.

use crate::types::function::Function;
use crate::value::Value;

/// A watched dict has changed.
pub fn dict_changed(d: &Value) {
    let _ = d;
}

/// A function's code or defaults have changed.
pub fn function_changed(f: &Function) {
    let _ = f;
}
