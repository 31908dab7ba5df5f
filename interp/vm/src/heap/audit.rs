//! Whether the heap's reference counts add up: what debug builds check when a program ends.
//!
//! Every reference that an object holds is counted, and those that native code keeps (`visit_roots`, where it does); an
//! object's own count has to be just that. A higher one is a reference that was never given up, or one that a payload does
//! not tell of; a lower one is a reference that nobody owns, so that the object may die too early. Objects made immortal
//! are not looked at: natives keep in statics what they make once.

use super::collect::{self, BuildAddress};
use super::page;
use crate::value::Value;
use std::collections::HashMap;
use weft_layout::header::{Header, IMMORTAL};
use weft_layout::tag::{Word, is_ptr};

/// An object whose count is wrong.
pub struct Wrong {
    /// The object.
    pub object: Value,
    /// Its reference count.
    pub count: u32,
    /// The references there are.
    pub found: u32,
}

/// Visits what the runtime itself keeps.
fn visit_own(visit: &mut dyn FnMut(Word)) {
    crate::class::visit_roots(visit);
    crate::codecs::registry::visit_roots(visit);
    crate::eval::builtins::visit_roots(visit);
    crate::eval::import::visit_roots(visit);
    crate::eval::monitor::visit_roots(visit);
    crate::eval::native_call::visit_roots(visit);
    crate::eval::stubs::visit_roots(visit);
    crate::thread::thread().visit_roots(visit);
    crate::types::str::visit_roots(visit);
    crate::types::super_object::visit_roots(visit);
    if let Some(jit) = crate::jit::state() {
        jit.pins.values().flatten().for_each(|v| visit(v.word()));
    }
}

/// The objects whose counts are wrong. `roots` visits what native modules own. No Python code may be running: the references
/// of frames on the data stack are not looked for.
pub fn audit(roots: impl FnOnce(&mut dyn FnMut(Word))) -> Vec<Wrong> {
    let mut found: HashMap<Word, u32, BuildAddress> = HashMap::default();
    let mut visit = |w: Word| {
        if is_ptr(w) {
            *found.entry(w).or_default() += 1;
        }
    };
    // SAFETY: what a walk hands out is alive, and nothing is allocated or freed meanwhile.
    page::for_each(|o| unsafe { collect::trace(o, &mut visit) });
    visit_own(&mut visit);
    roots(&mut visit);
    let mut wrong = Vec::new();
    page::for_each(|o| {
        // SAFETY: as above.
        let count = unsafe { (*o.cast::<Header>()).refcount };
        let found = found.get(&(o as Word)).copied().unwrap_or(0);
        if count & IMMORTAL == 0 && count != found {
            wrong.push((o as Word, count, found));
        }
    });
    // SAFETY: the objects are alive; one that nobody owns must not be freed by the report.
    wrong.into_iter().map(|(w, count, found)| unsafe { Wrong { object: Value::clone_word(w), count, found } }).collect()
}
