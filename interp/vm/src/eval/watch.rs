//! What compiled code relies on: told here when it changes.

use crate::class::Type;
use crate::jit::{self, watch};
use crate::types::function::Function;
use crate::value::Value;

/// The entry of a name in a watched dict has changed or gone, or (without a name) any of them may have.
pub fn dict_changed(d: &Value, name: Option<&Value>) {
    if jit::is_on() {
        match name {
            Some(name) => watch::changed(watch::name_key(d.word(), name.word())),
            None => watch::dict_replaced(d),
        }
    }
}

/// A class that had a version, or one of its bases, has changed.
pub fn class_changed(class: &Type) {
    if jit::is_on() {
        watch::changed(watch::class_key(class));
    }
}

/// A function's code or defaults have changed.
pub fn function_changed(f: &Function) {
    if jit::is_on() {
        watch::changed(std::ptr::from_ref(f) as u64);
    }
}
