//! The cycle collector: finds groups of objects that keep only each other alive.
//!
//! As in CPython, every candidate's reference count is compared with the references that come from other
//! candidates: what is left over comes from outside. Counts are worked on in a side table, never in the objects.
//! What cannot be reached from outside is finalised, checked again for resurrection, and cleared.
//! Two generations: a young collection looks only at objects that no collection has seen yet.

use super::page::{self, Mark};
use super::{release, shape, weak};
use crate::global::Global;
use crate::value::Value;
use std::collections::HashMap;
use weft_layout::header::{Header, IMMORTAL};
use weft_layout::tag::{Word, is_ptr};

/// Settings and counts of the collector.
pub struct State {
    /// Whether collections start by themselves.
    pub enabled: bool,
    /// Young objects that make a collection start.
    pub young_limit: usize,
    /// Collections done, objects collected and uncollectable, of young and of full collections.
    pub stats: [(usize, usize, usize); 2],
    running: bool,
    /// Objects alive after the last full collection.
    last_full: usize,
    survivors: usize,
}

static STATE: Global<State> =
    Global::new(State { enabled: true, young_limit: 50_000, stats: [(0, 0, 0); 2], running: false, last_full: 0, survivors: 0 });

/// The collector's settings and counts. Do not hold on to it across a collection.
pub fn state() -> &'static mut State {
    // SAFETY: the GIL is held; callers read or write a field and let go.
    unsafe { &mut *STATE.get() }
}

/// Visits everything a traced object refers to.
///
/// # Safety
/// `object` is a live object.
pub unsafe fn trace(object: *mut u8, visit: &mut dyn FnMut(Word)) {
    // SAFETY: shape and class of a live object are valid.
    unsafe {
        let id = (*object.cast::<Header>()).shape;
        let class = shape::class_of(id);
        (class.payload_ops().trace)(object.add(shape::payload_offset(id)), visit);
        release::trace_attributes(object, id, visit);
        if class.has(crate::class::flag::HEAPTYPE) {
            visit(class.value_word());
        }
    }
}

/// What the eval breaker calls when enough young objects have been made.
pub fn collect_if_needed() {
    let s = state();
    page::reset_young(s.young_limit);
    if !s.enabled || s.running {
        return;
    }
    // A full collection is due when the heap has grown by a quarter since the last one.
    let full = s.survivors > s.last_full / 4 + s.young_limit;
    collect(full);
}

/// Runs a collection and returns the number of objects it found unreachable.
pub fn collect(full: bool) -> usize {
    if state().running {
        return 0;
    }
    state().running = true;
    let found = run(full);
    let s = state();
    s.running = false;
    s.stats[full as usize].0 += 1;
    s.stats[full as usize].1 += found;
    found
}

fn run(full: bool) -> usize {
    // Counts of references that do not come from other candidates.
    let mut outside: HashMap<usize, u32, BuildAddress> = HashMap::default();
    let mut candidates: Vec<*mut u8> = Vec::new();
    let mut alive = 0usize;
    // SAFETY: objects stay alive during the walk, which neither allocates cells nor frees.
    unsafe {
        page::for_each_traced(|o| {
            alive += 1;
            let h = &*o.cast::<Header>();
            if h.refcount & IMMORTAL == 0 && h.refcount > 0 && (full || !page::is_marked(o, Mark::Old)) {
                candidates.push(o);
            }
        });
        outside.reserve(candidates.len());
        for &o in &candidates {
            outside.insert(o as usize, (*o.cast::<Header>()).refcount);
        }
        for &o in &candidates {
            trace(o, &mut |w| {
                if is_ptr(w)
                    && let Some(n) = outside.get_mut(&(w as usize))
                {
                    *n = n.saturating_sub(1);
                }
            });
        }
        // Everything reachable from a candidate with outside references is alive; u32::MAX marks what is known to be.
        let mut work: Vec<usize> = Vec::new();
        for &o in &candidates {
            if let Some(n) = outside.get_mut(&(o as usize))
                && *n > 0
                && *n != u32::MAX
            {
                *n = u32::MAX;
                work.push(o as usize);
                reach(&mut work, &mut outside);
            }
        }
        let garbage: Vec<Value> =
            candidates.iter().filter(|&&o| outside[&(o as usize)] != u32::MAX).map(|&o| Value::clone_word(o as Word)).collect();
        for &o in &candidates {
            if outside[&(o as usize)] == u32::MAX {
                page::set_mark(o, Mark::Old, true);
            }
        }
        let s = state();
        s.survivors += candidates.len() - garbage.len();
        if full {
            s.last_full = alive - garbage.len();
            s.survivors = 0;
        }
        drop(outside);
        dispose(garbage)
    }
}

unsafe fn reach(work: &mut Vec<usize>, outside: &mut HashMap<usize, u32, BuildAddress>) {
    while let Some(o) = work.pop() {
        // SAFETY: objects on the list are live candidates.
        unsafe {
            trace(o as *mut u8, &mut |w| {
                if is_ptr(w)
                    && let Some(n) = outside.get_mut(&(w as usize))
                    && *n != u32::MAX
                {
                    *n = u32::MAX;
                    work.push(w as usize);
                }
            });
        }
    }
}

/// Finalises and clears unreachable objects, of each of which `garbage` holds an extra reference.
unsafe fn dispose(garbage: Vec<Value>) -> usize {
    if garbage.is_empty() {
        return 0;
    }
    // Weak references to garbage are cleared first; their callbacks run if the reference itself is alive.
    let mut callbacks = Vec::new();
    let inside: std::collections::HashSet<usize, BuildAddress> = garbage.iter().map(|v| v.ptr() as usize).collect();
    for v in &garbage {
        // SAFETY: the objects are alive, kept so by `garbage`.
        unsafe {
            if page::is_marked(v.ptr(), Mark::Watched) {
                callbacks.extend(weak::clear(v.ptr()).into_iter().filter(|(r, _)| !inside.contains(&(r.ptr() as usize))));
            }
        }
    }
    for (reference, callback) in callbacks {
        crate::types::weakref::run_callback(&reference, &callback);
    }
    let mut finalised = false;
    for v in &garbage {
        // SAFETY: as above.
        unsafe {
            if v.class().slots().finalise.is_some() && !page::is_marked(v.ptr(), Mark::Finalised) {
                finalised = true;
                release::finalise(v.ptr());
            }
        }
    }
    let garbage = if finalised { unsafe { without_resurrected(garbage) } } else { garbage };
    let n = garbage.len();
    for v in &garbage {
        // SAFETY: clearing leaves the object valid; `garbage` keeps it alive until all are cleared.
        unsafe {
            let object = v.ptr();
            let id = (*object.cast::<Header>()).shape;
            (v.class().payload_ops().clear)(object.add(shape::payload_offset(id)));
            release::clear_attributes(object, (*object.cast::<Header>()).shape);
        }
    }
    n
}

/// Drops from `garbage` what finalisers have made reachable again.
unsafe fn without_resurrected(garbage: Vec<Value>) -> Vec<Value> {
    let mut outside: HashMap<usize, u32, BuildAddress> = HashMap::default();
    for v in &garbage {
        outside.insert(v.ptr() as usize, v.refcount() - 1);
    }
    // SAFETY: the objects are alive, kept so by `garbage`.
    unsafe {
        for v in &garbage {
            trace(v.ptr(), &mut |w| {
                if is_ptr(w)
                    && let Some(n) = outside.get_mut(&(w as usize))
                {
                    *n = n.saturating_sub(1);
                }
            });
        }
        let mut work = Vec::new();
        for v in &garbage {
            if let Some(n) = outside.get_mut(&(v.ptr() as usize))
                && *n > 0
                && *n != u32::MAX
            {
                *n = u32::MAX;
                work.push(v.ptr() as usize);
                reach(&mut work, &mut outside);
            }
        }
    }
    garbage.into_iter().filter(|v| outside[&(v.ptr() as usize)] != u32::MAX).collect()
}

/// Hashes addresses: the low bits say nothing, the rest is spread by a multiplication.
#[derive(Default, Clone, Copy)]
pub struct BuildAddress;

/// The hasher of [`BuildAddress`].
pub struct AddressHasher(u64);

impl std::hash::BuildHasher for BuildAddress {
    type Hasher = AddressHasher;
    fn build_hasher(&self) -> AddressHasher {
        AddressHasher(0)
    }
}

impl std::hash::Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &b in bytes {
            self.write_usize(self.0 as usize ^ b as usize);
        }
    }
    fn write_usize(&mut self, n: usize) {
        let h = ((n >> 4) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = h ^ (h >> 32);
    }
}
