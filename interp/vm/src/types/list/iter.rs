//! `list_iterator` and `list_reverseiterator`.

use super::{List, storage};
use crate::cell::Field;
use crate::class::build::TypeSpec;
use crate::class::native::{Args, def};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type, flag};
use crate::protocol::sequence;
use crate::types::tuple;
use crate::value::{Payload, Res, Value, new_object};
use crate::vm::types;
use std::cell::Cell;
use weft_layout::tag::Word;

/// The payload of a list iterator.
#[repr(C)]
pub struct ListIter {
    /// The list; empty once the iterator is exhausted.
    list: Field,
    /// The next item.
    index: Cell<usize>,
}

/// The payload of a reverse list iterator.
#[repr(C)]
pub struct ListReverseIter {
    /// The list; empty once the iterator is exhausted.
    list: Field,
    /// One more than the next item.
    end: Cell<usize>,
}

/// Byte offset of the list in a list iterator.
pub const ITER_LIST_OFFSET: usize = 8 + std::mem::offset_of!(ListIter, list);
/// Byte offset of the index of the next item.
pub const ITER_INDEX_OFFSET: usize = 8 + std::mem::offset_of!(ListIter, index);

/// Byte offset of the list in a reverse list iterator.
pub const REVERSE_LIST_OFFSET: usize = 8 + std::mem::offset_of!(ListReverseIter, list);
/// Byte offset of one more than the index of the next item.
pub const REVERSE_END_OFFSET: usize = 8 + std::mem::offset_of!(ListReverseIter, end);

/// The list, unless the iterator is exhausted, and the index of the next item.
pub fn iter_parts(v: &Value) -> (Option<Value>, usize) {
    let it = this(v);
    (it.list.get(), it.index.get())
}

// SAFETY: list iterators hold a ListIter at offset 8.
unsafe impl Payload for ListIter {
    fn class() -> &'static Type {
        types().list_iterator
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.list.word());
    }

    fn clear(&self) {
        drop(self.list.take());
    }
}

// SAFETY: reverse list iterators hold a ListReverseIter at offset 8.
unsafe impl Payload for ListReverseIter {
    fn class() -> &'static Type {
        types().list_reverse_iterator
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.list.word());
    }

    fn clear(&self) {
        drop(self.list.take());
    }
}

/// The declaration of `list_iterator`.
pub static ITER_SPEC: TypeSpec = TypeSpec {
    name: "list_iterator",
    payload: PayloadOps::of::<ListIter>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { iter: Some(|v| Ok(v.clone())), next: Some(|v| Ok(iter_next(v))), ..Slots::NONE },
    methods: &[
        def("__length_hint__", "($self, /)", length_hint, "Private method returning an estimate of len(list(it))."),
        def("__reduce__", "($self, /)", reduce, "Return state information for pickling."),
        def("__setstate__", "($self, object, /)", setstate, "Set state information for unpickling."),
    ],
    ..TypeSpec::DEFAULT
};

/// The declaration of `list_reverseiterator`.
pub static REVERSE_ITER_SPEC: TypeSpec = TypeSpec {
    name: "list_reverseiterator",
    payload: PayloadOps::of::<ListReverseIter>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { iter: Some(|v| Ok(v.clone())), next: Some(|v| Ok(reverse_next(v))), ..Slots::NONE },
    methods: &[
        def("__length_hint__", "($self, /)", reverse_length_hint, "Private method returning an estimate of len(list(it))."),
        def("__reduce__", "($self, /)", reverse_reduce, "Return state information for pickling."),
        def("__setstate__", "($self, object, /)", reverse_setstate, "Set state information for unpickling."),
    ],
    ..TypeSpec::DEFAULT
};

/// A list iterator.
pub fn new_iter(list: &Value) -> Value {
    new_object(ListIter { list: Field::new(list.clone()), index: Cell::new(0) })
}

/// A reverse list iterator.
pub fn new_reverse_iter(list: &Value) -> Value {
    new_object(ListReverseIter { list: Field::new(list.clone()), end: Cell::new(storage(list).len()) })
}

fn this(v: &Value) -> &ListIter {
    // SAFETY: called with list iterators only.
    unsafe { v.payload::<ListIter>() }
}

fn reverse(v: &Value) -> &ListReverseIter {
    // SAFETY: called with reverse list iterators only.
    unsafe { v.payload::<ListReverseIter>() }
}

/// The next item of a list iterator.
#[inline(always)]
pub fn iter_next(v: &Value) -> Option<Value> {
    this(v).advance()
}

impl ListIter {
    /// The next item.
    #[inline(always)]
    pub fn advance(&self) -> Option<Value> {
        let i = self.index.get();
        match storage(self.list.peek()?).get(i) {
            Some(x) => {
                self.index.set(i + 1);
                Some(x)
            }
            None => {
                drop(self.list.take());
                None
            }
        }
    }
}

fn reverse_next(v: &Value) -> Option<Value> {
    let it = reverse(v);
    let found = it.end.get().checked_sub(1).and_then(|i| storage(it.list.peek()?).get(i));
    match found {
        Some(x) => {
            it.end.set(it.end.get() - 1);
            Some(x)
        }
        None => {
            it.end.set(0);
            drop(it.list.take());
            None
        }
    }
}

fn remaining(list: &List, index: usize) -> usize {
    list.len().saturating_sub(index)
}

fn length_hint(a: Args) -> Res {
    let it = this(a.at(0));
    Ok(Value::usize(it.list.peek().map_or(0, |l| remaining(storage(l), it.index.get()))))
}

fn reduce(a: Args) -> Res {
    let it = this(a.at(0));
    let iter = sequence::builtin("iter")?;
    Ok(match it.list.get() {
        Some(l) => tuple::from_array([iter, tuple::from_array([l]), Value::usize(it.index.get())]),
        None => tuple::from_array([iter, tuple::from_array([super::new()])]),
    })
}

fn setstate(a: Args) -> Res {
    let it = this(a.at(0));
    let i = sequence::state_index(a.at(1))?;
    if let Some(l) = it.list.peek() {
        it.index.set((i.max(0) as usize).min(storage(l).len()));
    }
    Ok(Value::NONE)
}

/// The list of a reverse iterator, unless that is exhausted, and one more than the index of the next item.
pub fn reverse_parts(v: &Value) -> (Option<Value>, usize) {
    let it = reverse(v);
    (it.list.get(), it.end.get())
}

fn reverse_length_hint(a: Args) -> Res {
    let it = reverse(a.at(0));
    let n = it.end.get();
    Ok(Value::usize(it.list.peek().map_or(0, |l| if storage(l).len() < n { 0 } else { n })))
}

fn reverse_reduce(a: Args) -> Res {
    let it = reverse(a.at(0));
    match it.list.get() {
        Some(l) => {
            let reversed = sequence::builtin("reversed")?;
            Ok(tuple::from_array([reversed, tuple::from_array([l]), Value::int(it.end.get() as i64 - 1)]))
        }
        None => Ok(tuple::from_array([sequence::builtin("iter")?, tuple::from_array([super::new()])])),
    }
}

fn reverse_setstate(a: Args) -> Res {
    let it = reverse(a.at(0));
    let i = sequence::state_index(a.at(1))?;
    if let Some(l) = it.list.peek() {
        it.end.set((i.max(-1) + 1) as usize);
        it.end.set(it.end.get().min(storage(l).len()));
    }
    Ok(Value::NONE)
}
