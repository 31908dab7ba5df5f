//! What happens when a reference count reaches zero.
//!
//! Finaliser, weak references, contents, cell, in CPython's order. Deallocation does not recurse natively without
//! bound: past a depth, objects are put on the thread's trash list and freed by the outermost call.

use super::page::{self, Mark};
use super::{shape, weak};
use crate::thread::thread;
use crate::types::generator;
use crate::value::{Value, decref};
use std::cell::{Cell, RefCell};
use weft_layout::header::Header;
use weft_layout::tag::{NULL, Word};

const MAX_DEPTH: u32 = 200;

/// Objects whose deallocation is put off.
pub struct Trash {
    depth: Cell<u32>,
    objects: RefCell<Vec<*mut u8>>,
    /// Whether finalisers wait: compiled code is running, and the frames are not complete.
    deferring: Cell<bool>,
    /// Dead objects whose finalisers, or weak reference callbacks, wait.
    deferred: RefCell<Vec<*mut u8>>,
}

impl Trash {
    /// No objects.
    pub const fn new() -> Trash {
        Trash { depth: Cell::new(0), objects: RefCell::new(Vec::new()), deferring: Cell::new(false), deferred: RefCell::new(Vec::new()) }
    }
}

/// Frees an object whose reference count has just reached zero. May run Python code.
///
/// # Safety
/// `object` is a heap object nobody refers to.
#[inline(never)]
pub unsafe fn release(object: *mut u8) {
    // SAFETY: the header is valid until the cell is given back.
    unsafe {
        let id = (*object.cast::<Header>()).shape;
        let flags = shape::flags(id);
        if flags & (shape::flag::TRIVIAL | shape::flag::PAYLOAD_ONLY) == 0 || page::is_marked(object, Mark::Watched) {
            release_slow(object);
        } else if flags & shape::flag::TRIVIAL != 0 {
            page::free(object);
        } else {
            bounded(object, |object| drop_payload(object, id));
        }
    }
}

/// As [`release`], but without running Python code: objects with finalisers or weak references wait for
/// [`run_deferred`]. Whether there are such.
///
/// # Safety
/// As for [`release`].
pub unsafe fn release_deferring(object: *mut u8) -> bool {
    let trash = &thread().trash;
    trash.deferring.set(true);
    // SAFETY: passed on.
    unsafe { release(object) };
    trash.deferring.set(false);
    !trash.deferred.borrow().is_empty()
}

/// Destroys the objects that [`release_deferring`] has put off. May run Python code.
pub fn run_deferred() {
    let trash = &thread().trash;
    loop {
        let list = std::mem::take(&mut *trash.deferred.borrow_mut());
        if list.is_empty() {
            return;
        }
        for object in list {
            // SAFETY: the object is dead and not yet destroyed.
            unsafe { release_slow(object) };
        }
    }
}

unsafe fn release_slow(object: *mut u8) {
    // SAFETY: passed on.
    bounded(object, |object| unsafe { destroy(object) });
}

/// Frees an object by `free`, or puts it off where that nests too deeply.
#[inline(always)]
fn bounded(object: *mut u8, free: impl FnOnce(*mut u8)) {
    let trash = &thread().trash;
    let depth = trash.depth.get();
    if depth >= MAX_DEPTH {
        trash.objects.borrow_mut().push(object);
        return;
    }
    trash.depth.set(depth + 1);
    free(object);
    if depth == 0 {
        empty(trash);
    }
    trash.depth.set(depth);
}

/// Frees what was put off.
#[inline(always)]
fn empty(trash: &Trash) {
    loop {
        let next = trash.objects.borrow_mut().pop();
        match next {
            // SAFETY: objects on the list are dead and not yet destroyed.
            Some(o) => unsafe { destroy(o) },
            None => break,
        }
    }
}

/// Frees an object whose shape is [`shape::flag::PAYLOAD_ONLY`].
#[inline(always)]
unsafe fn drop_payload(object: *mut u8, id: u32) {
    // SAFETY: the object is dead, and its class, a native one, lives for ever.
    unsafe {
        if let Some(drop) = shape::class_of(id).payload_ops().drop {
            drop(object.add(shape::payload_offset(id)));
        }
        page::free(object);
    }
}

/// Runs the finaliser, once.
///
/// # Safety
/// `object` is a live object with a reference count of at least 1.
pub unsafe fn finalise(object: *mut u8) {
    // SAFETY: the object is alive; the extra reference keeps it so while Python runs.
    unsafe {
        let value = Value::clone_word(object as Word);
        if let Some(f) = value.class().slots().finalise
            && !page::is_marked(object, Mark::Finalised)
        {
            page::set_mark(object, Mark::Finalised, true);
            let pending = thread().exc.take();
            f(&value);
            drop(thread().exc.replace(pending));
        }
    }
}

unsafe fn destroy(object: *mut u8) {
    // SAFETY: the object is dead: nobody else refers to it, so its contents are ours.
    unsafe {
        let id = (*object.cast::<Header>()).shape;
        let class = shape::class_of(id);
        let finaliser = class.slots().finalise;
        if finaliser.is_some() && !generator::is_over(object, finaliser) || page::is_marked(object, Mark::Watched) {
            return destroy_watched(object);
        }
        dispose(object, id, class);
    }
}

/// As [`destroy`], of an object that has a finaliser or that someone has to be told of.
#[cold]
#[inline(never)]
unsafe fn destroy_watched(object: *mut u8) {
    // SAFETY: as in `destroy`.
    unsafe {
        let header = object.cast::<Header>();
        let class = shape::class_of((*header).shape);
        let trash = &thread().trash;
        if trash.deferring.get() {
            let finaliser = class.slots().finalise.is_some()
                && !page::is_marked(object, Mark::Finalised)
                && !crate::types::generator::ends_silently(Value::from_word_ref(&(object as Word)));
            if finaliser || page::is_marked(object, Mark::Watched) {
                trash.deferred.borrow_mut().push(object);
                return;
            }
        }
        if class.slots().finalise.is_some() && !page::is_marked(object, Mark::Finalised) {
            (*header).refcount = 1;
            finalise(object);
            (*header).refcount -= 1;
            if (*header).refcount != 0 {
                return;
            }
        }
        if page::is_marked(object, Mark::Watched) {
            (*header).refcount = 1;
            weak::object_died(object);
            (*header).refcount -= 1;
            if (*header).refcount != 0 {
                return;
            }
        }
        let id = (*header).shape;
        dispose(object, id, shape::class_of(id));
    }
}

/// Drops what a dead object holds and gives its cell back.
#[inline(always)]
unsafe fn dispose(object: *mut u8, id: u32, class: &'static crate::class::Type) {
    // SAFETY: as in `destroy`.
    unsafe {
        // The class must outlive the payload's drop; instances of Python classes own a reference to it.
        let heap_class = class.has(crate::class::flag::HEAPTYPE).then(|| class.value_word());
        if class.members() > 0 || shape::flags(id) & shape::flag::HAS_ATTRS != 0 {
            clear_attributes(object, id);
            crate::types::instance::free_attrs(object);
        }
        if let Some(drop) = class.payload_ops().drop {
            drop(object.add(shape::payload_offset(id)));
        }
        page::free(object);
        if let Some(c) = heap_class {
            decref(c);
        }
    }
}

/// Drops member slots and attributes, leaving them empty.
///
/// # Safety
/// `object` is a live or dying object of shape `id`.
pub unsafe fn clear_attributes(object: *mut u8, id: u32) {
    // SAFETY: the words lie inside the object; each is emptied before it is dropped.
    unsafe {
        let class = shape::class_of(id);
        let attrs = shape::attrs_offset(id);
        let members = class.members();
        for i in 0..members {
            let slot = object.add(attrs - 8 * (members - i)).cast::<Word>();
            decref(std::mem::replace(&mut *slot, NULL));
        }
        if shape::flags(id) & shape::flag::HAS_ATTRS != 0 {
            crate::types::instance::clear_attrs(object, id);
        }
    }
}

/// Visits member slots and attributes.
///
/// # Safety
/// `object` is a live object of shape `id`.
pub unsafe fn trace_attributes(object: *mut u8, id: u32, visit: &mut dyn FnMut(Word)) {
    // SAFETY: the words lie inside the object.
    unsafe {
        let class = shape::class_of(id);
        let attrs = shape::attrs_offset(id);
        let members = class.members();
        for i in 0..members {
            visit(*object.add(attrs - 8 * (members - i)).cast::<Word>());
        }
        if shape::flags(id) & shape::flag::HAS_ATTRS != 0 {
            crate::types::instance::trace_attrs(object, id, visit);
        }
    }
}
