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

/// Bit of a [`page::Counts`] word: the object refers to no candidate, so that nothing is reached through it.
const LEAF: u32 = 1 << 31;
/// The rest of a [`page::Counts`] word whose object is known to be reachable from outside.
const REACHED: u32 = LEAF - 1;

/// Notes that an object is reachable from outside. Whether what it refers to has to be looked at.
fn mark_reached(count: &mut u32) -> bool {
    let news = *count & REACHED != REACHED;
    *count |= REACHED;
    news && *count & LEAF == 0
}

fn run(full: bool) -> usize {
    // For each candidate, one more than the references that do not come from other candidates; 0 for other objects.
    let outside = page::Counts::new(full);
    let mut candidates: Vec<*mut u8> = Vec::new();
    // SAFETY: objects stay alive during the walk, which neither allocates cells nor frees.
    unsafe {
        outside.for_each(|o| {
            let h = &*o.cast::<Header>();
            if h.refcount & IMMORTAL == 0 && h.refcount > 0 && (full || !page::is_marked(o, Mark::Old)) {
                *outside.of(o) = (h.refcount + 1).min(REACHED - 1);
                candidates.push(o);
            }
        });
        for &o in &candidates {
            let mut leaf = true;
            trace(o, &mut |w| {
                if is_ptr(w) {
                    let n = outside.of(w as *mut u8);
                    if !n.is_null() && *n != 0 {
                        leaf = false;
                        *n -= (*n & !LEAF > 1) as u32;
                    }
                }
            });
            if leaf {
                *outside.of(o) |= LEAF;
            }
        }
        // Everything reachable from a candidate with outside references is alive.
        let mut work: Vec<*mut u8> = Vec::new();
        for &o in &candidates {
            let n = outside.of(o);
            if *n & !LEAF > 1 && mark_reached(&mut *n) {
                work.push(o);
                reach(&mut work, &outside);
            }
        }
        let mut garbage: Vec<Value> = Vec::new();
        for &o in &candidates {
            if *outside.of(o) & REACHED == REACHED {
                page::set_mark(o, Mark::Old, true);
            } else {
                garbage.push(Value::clone_word(o as Word));
            }
        }
        let s = state();
        s.survivors += candidates.len() - garbage.len();
        if full {
            s.last_full = candidates.len() - garbage.len();
            s.survivors = 0;
        }
        drop(outside);
        dispose(garbage)
    }
}

unsafe fn reach(work: &mut Vec<*mut u8>, outside: &page::Counts) {
    while let Some(o) = work.pop() {
        // SAFETY: objects on the list are live candidates.
        unsafe {
            trace(o, &mut |w| {
                if is_ptr(w) {
                    let n = outside.of(w as *mut u8);
                    if !n.is_null() && *n != 0 && mark_reached(&mut *n) {
                        work.push(w as *mut u8);
                    }
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
    let outside = page::Counts::new(true);
    // SAFETY: the objects are alive, kept so by `garbage`, and nothing is allocated or freed.
    unsafe {
        for v in &garbage {
            // `garbage` itself has one reference.
            *outside.of(v.ptr()) = v.refcount();
        }
        for v in &garbage {
            trace(v.ptr(), &mut |w| {
                if is_ptr(w) {
                    let n = outside.of(w as *mut u8);
                    if !n.is_null() && *n > 1 {
                        *n -= 1;
                    }
                }
            });
        }
        let mut work = Vec::new();
        for v in &garbage {
            let n = outside.of(v.ptr());
            if *n > 1 && mark_reached(&mut *n) {
                work.push(v.ptr());
                reach(&mut work, &outside);
            }
        }
        let reached: Vec<bool> = garbage.iter().map(|v| *outside.of(v.ptr()) & REACHED == REACHED).collect();
        drop(outside);
        garbage.into_iter().zip(reached).filter(|(_, r)| !r).map(|(v, _)| v).collect()
    }
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
