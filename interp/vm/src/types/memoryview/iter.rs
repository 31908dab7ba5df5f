//! `memory_iterator`.

use super::{access, view_of};
use crate::cell::Field;
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type, build::TypeSpec, flag};
use crate::exc;
use crate::value::{Payload, Res, Value, new_object};
use crate::vm::types;
use std::cell::Cell;
use weft_layout::tag::Word;

/// Where an iteration over a memoryview is.
pub struct MemoryIter {
    /// The memoryview; empty once the end has been seen.
    source: Field,
    at: Cell<usize>,
    len: usize,
}

// SAFETY: instances are made by `new` alone.
unsafe impl Payload for MemoryIter {
    fn class() -> &'static Type {
        types().memory_iterator
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.source.word());
    }

    fn clear(&self) {
        drop(self.source.take());
    }
}

/// The class of iterators over memoryviews.
pub static SPEC: TypeSpec = TypeSpec {
    name: "memory_iterator",
    payload: PayloadOps::of::<MemoryIter>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { iter: Some(itself), next: Some(next), ..Slots::NONE },
    ..TypeSpec::DEFAULT
};

fn itself(v: &Value) -> Res {
    Ok(v.clone())
}

pub(super) fn new(v: &Value) -> Res {
    let view = view_of(v)?;
    match view.ndim() {
        0 => Err(exc::type_error("invalid indexing of 0-dim memory")),
        1 => {
            view.format()?;
            Ok(new_object(MemoryIter { source: Field::new(v.clone()), at: Cell::new(0), len: view.shape[0] }))
        }
        _ => Err(exc::not_implemented_error("multi-dimensional sub-views are not implemented")),
    }
}

fn next(v: &Value) -> Res<Option<Value>> {
    // SAFETY: the slot of the class gets instances of it only.
    let iter = unsafe { v.payload::<MemoryIter>() };
    let Some(source) = iter.source.get() else { return Ok(None) };
    let at = iter.at.get();
    if at >= iter.len {
        drop(iter.source.take());
        return Ok(None);
    }
    let view = view_of(&source)?;
    iter.at.set(at + 1);
    access::item(&view, at).map(Some)
}
