//! Watchers: who must be told that something changed which a trace or an inline cache took for granted.

use crate::value::Value;

/// A watched dict (see [`crate::types::dict::watch`]) is about to change. Runs no Python.
#[cold]
pub fn dict_changed(dict: &Value) {
    let _ = dict;
}
