//! `set_iterator`.

use super::table;
use crate::cell::Field;
use crate::class::build::TypeSpec;
use crate::class::native::{Args, def};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type, flag};
use crate::exc;
use crate::protocol::sequence;
use crate::types::{list, tuple};
use crate::value::{Payload, Res, Value, new_object};
use crate::vm::types;
use std::cell::Cell;
use weft_layout::tag::Word;

/// The payload of a set iterator.
#[repr(C)]
pub struct SetIter {
    /// The set; empty once the iterator is exhausted.
    set: Field,
    /// The number of elements there were at the start.
    size: Cell<usize>,
    position: Cell<usize>,
    left: Cell<usize>,
}

// SAFETY: set iterators hold a SetIter at offset 8.
unsafe impl Payload for SetIter {
    fn class() -> &'static Type {
        types().set_iterator
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.set.word());
    }

    fn clear(&self) {
        drop(self.set.take());
    }
}

/// The declaration of `set_iterator`.
pub static ITER_SPEC: TypeSpec = TypeSpec {
    name: "set_iterator",
    payload: PayloadOps::of::<SetIter>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { iter: Some(|v| Ok(v.clone())), next: Some(next), ..Slots::NONE },
    methods: &[
        def("__length_hint__", "($self, /)", length_hint, "Private method returning an estimate of len(list(it))."),
        def("__reduce__", "($self, /)", reduce, "Return state information for pickling."),
    ],
    ..TypeSpec::DEFAULT
};

/// `iter(set)`.
pub fn new(set: &Value) -> Value {
    let n = table(set).len();
    new_object(SetIter { set: Field::new(set.clone()), size: Cell::new(n), position: Cell::new(0), left: Cell::new(n) })
}

fn this(v: &Value) -> &SetIter {
    // SAFETY: called with set iterators only.
    unsafe { v.payload::<SetIter>() }
}

fn next(v: &Value) -> Res<Option<Value>> {
    let it = this(v);
    // Nothing below runs Python while the set is borrowed.
    let Some(set) = it.set.peek() else { return Ok(None) };
    let s = table(set);
    if it.size.get() != s.len() {
        // The error stays: every further call raises it too.
        it.size.set(usize::MAX);
        return Err(exc::runtime_error("Set changed size during iteration"));
    }
    let mut position = it.position.get();
    match s.next(&mut position) {
        Some((x, _)) => {
            it.position.set(position);
            it.left.set(it.left.get().saturating_sub(1));
            Ok(Some(x))
        }
        None => {
            drop(it.set.take());
            Ok(None)
        }
    }
}

/// As the slot, for compiled code: `Some(None)` at the end, `None` where the slot raises, and nothing has been done then.
#[inline]
pub fn advance(v: &Value) -> Option<Option<Value>> {
    let it = this(v);
    let Some(set) = it.set.peek() else { return Some(None) };
    let s = table(set);
    if it.size.get() != s.len() {
        return None;
    }
    let mut position = it.position.get();
    let Some((x, _)) = s.next(&mut position) else { return Some(None) };
    it.position.set(position);
    it.left.set(it.left.get().saturating_sub(1));
    Some(Some(x))
}

/// Whether compiled code can draw another item.
pub fn has_next(v: &Value) -> bool {
    let it = this(v);
    it.set.peek().is_some_and(|s| it.size.get() == table(s).len() && table(s).next(&mut it.position.get()).is_some())
}

fn length_hint(a: Args) -> Res {
    let it = this(a.at(0));
    let n = it.set.peek().map_or(0, |s| if it.size.get() == table(s).len() { it.left.get() } else { 0 });
    Ok(Value::usize(n))
}

fn reduce(a: Args) -> Res {
    let it = this(a.at(0));
    let rest = list::new();
    if let Some(set) = it.set.get() {
        if it.size.get() != table(&set).len() {
            return Err(exc::runtime_error("Set changed size during iteration"));
        }
        let mut position = it.position.get();
        while let Some((x, _)) = table(&set).next(&mut position) {
            list::push(&rest, x);
        }
    }
    Ok(tuple::from_array([sequence::builtin("iter")?, tuple::from_array([rest])]))
}
