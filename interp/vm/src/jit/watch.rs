//! Throwing traces away when something they rely on changes.
//!
//! What a trace relies on has a key, a number: a class, an entry of a dict of globals, a function's code. The VM reports
//! changes of whatever is watched to [`crate::eval::watch`], which calls [`changed`].

use super::{hot, state};
use crate::class::Type;
use crate::eval::watch::Hooks;
use crate::types::str;
use crate::value::Value;
use weft_layout::tag::Word;

/// What the VM calls.
pub const HOOKS: Hooks = Hooks {
    dict: |d, name| match name.filter(|n| str::is_exact(n) && str::is_interned(n)) {
        Some(name) => changed(name_key(d.word(), name.word())),
        None => dict_replaced(d),
    },
    class: |class| changed(class_key(class)),
    function: |f| changed(std::ptr::from_ref(f) as u64),
};

/// After so many changes of one thing traces no longer rely on it.
const MAX_BREAKS: u32 = 3;

/// The key of a class: its attributes and those of its bases.
pub fn class_key(class: &Type) -> u64 {
    std::ptr::from_ref(class) as u64
}

/// The key of a name in a dict.
pub fn name_key(dict: Word, name: Word) -> u64 {
    (dict ^ name.rotate_left(24)).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1
}

/// Anything in the dict may have changed.
pub fn dict_replaced(d: &Value) {
    let Some(s) = state() else { return };
    if let Some(r) = &mut s.recorder {
        r.dict_replaced(d.word());
    }
    let keys = s.dict_names.get(&d.word()).cloned().unwrap_or_default();
    for key in keys {
        changed(key);
    }
}

/// Whether traces may rely on the thing of this key.
pub fn is_stable(key: u64) -> bool {
    state().is_some_and(|s| s.broken.get(&key).is_none_or(|&n| n < MAX_BREAKS))
}

/// The thing of this key has changed.
pub fn changed(key: u64) {
    let Some(s) = state() else { return };
    if let Some(r) = &mut s.recorder {
        r.invalidated(key);
    }
    let dead = s.jit.invalidate(key);
    if dead.is_empty() {
        return;
    }
    *s.broken.entry(key).or_default() += 1;
    buried(&dead);
    super::enter::force_everywhere();
}

/// Hot code changes the thing of this key: traces do not rely on it from the start.
pub fn is_changed_by_code(key: u64) {
    if let Some(s) = state() {
        s.broken.insert(key, MAX_BREAKS);
    }
}

/// Takes dead traces out of the code, and lets go of what they referred to.
pub fn buried(dead: &[weft_jit::TraceId]) {
    hot::uninstall(dead);
    let Some(s) = state() else { return };
    let pins: Vec<_> = dead.iter().filter_map(|id| s.pins.remove(id)).collect();
    // A trace may be running: what it refers to goes when nothing runs any more.
    s.pins.entry(weft_jit::TraceId(u32::MAX)).or_default().extend(pins.into_iter().flatten());
}
