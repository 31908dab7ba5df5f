//! `bytes_iterator` and `bytearray_iterator`.

use super::this;
use crate::cell::Field;
use crate::class::native::{Args, FnDef, def};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type, build::TypeSpec, flag};
use crate::types::{bounds, bytes, tuple};
use crate::value::{Payload, Res, Value, new_object};
use crate::vm::types;
use std::cell::Cell;
use weft_layout::tag::Word;

/// Where an iteration over bytes is.
pub struct BytesIter {
    /// The object; empty once the end has been seen.
    source: Field,
    at: Cell<usize>,
}

/// The payload of the other of the two classes, which differ in name only.
pub struct ByteArrayIter(BytesIter);

// SAFETY: instances are made by `bytes_iter` alone, which fits payload and class.
unsafe impl Payload for BytesIter {
    fn class() -> &'static Type {
        types().bytes_iterator
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.source.word());
    }
}

// SAFETY: instances are made by `bytearray_iter` alone.
unsafe impl Payload for ByteArrayIter {
    fn class() -> &'static Type {
        types().bytearray_iterator
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        self.0.trace(visit);
    }
}

/// The class of iterators over bytes.
pub static SPEC: TypeSpec = spec("bytes_iterator", PayloadOps::of::<BytesIter>());
/// The class of iterators over bytearrays.
pub static BYTEARRAY_SPEC: TypeSpec = spec("bytearray_iterator", PayloadOps::of::<ByteArrayIter>());

const fn spec(name: &'static str, payload: PayloadOps) -> TypeSpec {
    TypeSpec {
        name,
        payload,
        flags: flag::DISALLOW_INSTANTIATION,
        slots: Slots { iter: Some(itself), next: Some(next), ..Slots::NONE },
        methods: METHODS,
        ..TypeSpec::DEFAULT
    }
}

const METHODS: &[FnDef] = &[
    def("__length_hint__", "($self, /)", length_hint, "Private method returning an estimate of len(list(it))."),
    def("__reduce__", "($self, /)", reduce, "Return state information for pickling."),
    def("__setstate__", "($self, object, /)", setstate, "Set state information for unpickling."),
];

fn itself(v: &Value) -> Res {
    Ok(v.clone())
}

/// An iterator over a bytes object.
pub fn bytes_iter(v: &Value) -> Res {
    Ok(new_object(BytesIter { source: Field::new(v.clone()), at: Cell::new(0) }))
}

/// An iterator over a bytearray.
pub fn bytearray_iter(v: &Value) -> Res {
    Ok(new_object(ByteArrayIter(BytesIter { source: Field::new(v.clone()), at: Cell::new(0) })))
}

fn iter_of(v: &Value) -> &BytesIter {
    if v.is_instance(types().bytearray_iterator) {
        // SAFETY: the class was just checked.
        unsafe { &v.payload::<ByteArrayIter>().0 }
    } else {
        // SAFETY: slots and methods of the two classes get instances of them only.
        unsafe { v.payload::<BytesIter>() }
    }
}

/// The next byte as an int. For the classes of this file only.
pub fn next(v: &Value) -> Res<Option<Value>> {
    let iter = iter_of(v);
    let Some(source) = iter.source.peek() else { return Ok(None) };
    let at = iter.at.get();
    match this(source).get(at) {
        Some(&b) => {
            iter.at.set(at + 1);
            Ok(Some(Value::small_int(b.into())))
        }
        None => {
            drop(iter.source.take());
            Ok(None)
        }
    }
}

fn length_hint(a: Args) -> Res {
    let iter = iter_of(a.at(0));
    Ok(Value::usize(iter.source.peek().map_or(0, |s| this(s).len().saturating_sub(iter.at.get()))))
}

fn reduce(a: Args) -> Res {
    // Looking up `iter` can run Python code, so it comes first.
    let function = crate::protocol::sequence::builtin("iter")?;
    let iter = iter_of(a.at(0));
    Ok(tuple::from_vec(match iter.source.get() {
        Some(source) => vec![function, tuple::from_vec(vec![source]), Value::usize(iter.at.get())],
        None => {
            let empty = if a.at(0).is_instance(types().bytearray_iterator) { tuple::empty() } else { bytes::new(&[]) };
            vec![function, tuple::from_vec(vec![empty])]
        }
    }))
}

fn setstate(a: Args) -> Res {
    let to = bounds::size_arg(a.at(1))?;
    let iter = iter_of(a.at(0));
    if let Some(source) = iter.source.peek() {
        iter.at.set(usize::try_from(to).unwrap_or(0).min(this(source).len()));
    }
    Ok(Value::NONE)
}
