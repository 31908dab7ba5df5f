//! `str_iterator` and `str_ascii_iterator`.

use super::{intern, payload};
use crate::cell::Field;
use crate::class::native::{Args, def};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type, build::TypeSpec, flag};
use crate::types::{bounds, tuple};
use crate::value::{Payload, Res, Value, new_object};
use crate::vm::types;
use std::cell::Cell;
use weft_layout::tag::Word;

/// Where an iteration over a str is.
pub struct StrIter {
    /// The str; empty once the end has been seen.
    text: Field,
    at: Cell<usize>,
}

/// The payload of the other of the two classes, which differ in name only.
pub struct AsciiIter(StrIter);

// SAFETY: instances are made by `new` alone, which fits payload and class.
unsafe impl Payload for StrIter {
    fn class() -> &'static Type {
        types().str_iterator
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.text.word());
    }
}

// SAFETY: as above.
unsafe impl Payload for AsciiIter {
    fn class() -> &'static Type {
        types().str_ascii_iterator
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        self.0.trace(visit);
    }
}

/// The class of iterators over texts that are not ASCII.
pub static SPEC: TypeSpec = spec("str_iterator", PayloadOps::of::<StrIter>());
/// The class of iterators over ASCII texts.
pub static ASCII_SPEC: TypeSpec = spec("str_ascii_iterator", PayloadOps::of::<AsciiIter>());

const fn spec(name: &'static str, payload: PayloadOps) -> TypeSpec {
    TypeSpec {
        name,
        payload,
        flags: flag::DISALLOW_INSTANTIATION,
        slots: Slots { iter: Some(|v| Ok(v.clone())), next: Some(next), ..Slots::NONE },
        methods: METHODS,
        ..TypeSpec::DEFAULT
    }
}

const METHODS: &[crate::class::native::FnDef] = &[
    def("__length_hint__", "($self, /)", length_hint, "Private method returning an estimate of len(list(it))."),
    def("__reduce__", "($self, /)", reduce, "Return state information for pickling."),
    def("__setstate__", "($self, object, /)", setstate, "Set state information for unpickling."),
];

/// An iterator over the code points of a str.
pub fn new(v: &Value) -> Res {
    let iter = StrIter { text: Field::new(v.clone()), at: Cell::new(0) };
    Ok(if payload::payload(v).is_ascii() { new_object(AsciiIter(iter)) } else { new_object(iter) })
}

fn this(v: &Value) -> &StrIter {
    if v.is_instance(types().str_ascii_iterator) {
        // SAFETY: the class was just checked.
        unsafe { &v.payload::<AsciiIter>().0 }
    } else {
        // SAFETY: slots and methods of the two classes get instances of them only.
        unsafe { v.payload::<StrIter>() }
    }
}

/// The next code point as a str. For the classes of this file only.
#[inline]
pub fn next(v: &Value) -> Res<Option<Value>> {
    let iter = this(v);
    let Some(text) = iter.text.peek() else { return Ok(None) };
    let at = iter.at.get();
    match payload::payload(text).view().get(at) {
        Some(c) => {
            iter.at.set(at + 1);
            Ok(Some(payload::from_code_point(c)))
        }
        None => {
            drop(iter.text.take());
            Ok(None)
        }
    }
}

/// As [`next`], but does nothing at the end.
#[inline]
pub fn advance(v: &Value) -> Option<Value> {
    let iter = this(v);
    let at = iter.at.get();
    let c = payload::payload(iter.text.peek()?).view().get(at)?;
    iter.at.set(at + 1);
    Some(payload::from_code_point(c))
}

/// Whether there is another item.
pub fn has_next(v: &Value) -> bool {
    let iter = this(v);
    iter.text.peek().is_some_and(|t| iter.at.get() < payload::payload(t).len())
}

fn length_hint(a: Args) -> Res {
    let iter = this(a.at(0));
    Ok(Value::usize(iter.text.peek().map_or(0, |t| payload::payload(t).len().saturating_sub(iter.at.get()))))
}

fn reduce(a: Args) -> Res {
    // Looking up `iter` can run Python code, so it comes first.
    let function = crate::protocol::sequence::builtin("iter")?;
    let iter = this(a.at(0));
    Ok(tuple::from_vec(match iter.text.get() {
        Some(text) => vec![function, tuple::from_vec(vec![text]), Value::usize(iter.at.get())],
        None => vec![function, tuple::from_vec(vec![intern::empty()])],
    }))
}

fn setstate(a: Args) -> Res {
    let to = bounds::size_arg(a.at(1))?;
    let iter = this(a.at(0));
    if let Some(text) = iter.text.peek() {
        iter.at.set(usize::try_from(to).unwrap_or(0).min(payload::payload(text).len()));
    }
    Ok(Value::NONE)
}
