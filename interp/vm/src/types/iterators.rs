//! `iterator`, over anything with `__getitem__`, and `callable_iterator`, what `iter(callable, sentinel)` makes.

use crate::cell::Field;
use crate::class::build::TypeSpec;
use crate::class::native::{Args, def};
use crate::class::slots::{CompareOp, Slots};
use crate::class::{PayloadOps, Type, flag};
use crate::exc;
use crate::protocol::{self, iter, sequence};
use crate::types::tuple;
use crate::value::{Payload, Res, Value, new_object};
use crate::vm::types;
use std::cell::Cell;
use weft_layout::tag::Word;

/// The payload of an `iterator`.
#[repr(C)]
pub struct SequenceIter {
    /// The sequence; empty once the iterator is exhausted.
    sequence: Field,
    index: Cell<i64>,
}

// SAFETY: sequence iterators hold a SequenceIter at offset 8.
unsafe impl Payload for SequenceIter {
    fn class() -> &'static Type {
        types().sequence_iterator
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.sequence.word());
    }

    fn clear(&self) {
        drop(self.sequence.take());
    }
}

/// The declaration of `iterator`.
pub static SEQUENCE_SPEC: TypeSpec = TypeSpec {
    name: "iterator",
    payload: PayloadOps::of::<SequenceIter>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { iter: Some(|v| Ok(v.clone())), next: Some(sequence_next), ..Slots::NONE },
    methods: &[
        def("__length_hint__", "($self, /)", sequence_length_hint, "Private method returning an estimate of len(list(it))."),
        def("__reduce__", "($self, /)", sequence_reduce, "Return state information for pickling."),
        def("__setstate__", "($self, object, /)", sequence_setstate, "Set state information for unpickling."),
    ],
    ..TypeSpec::DEFAULT
};

/// An iterator over a sequence by its `__getitem__`.
pub fn new_sequence_iter(sequence: &Value) -> Value {
    new_object(SequenceIter { sequence: Field::new(sequence.clone()), index: Cell::new(0) })
}

fn this(v: &Value) -> &SequenceIter {
    // SAFETY: called with sequence iterators only.
    unsafe { v.payload::<SequenceIter>() }
}

fn sequence_next(v: &Value) -> Res<Option<Value>> {
    let it = this(v);
    let Some(sequence) = it.sequence.get() else { return Ok(None) };
    let i = it.index.get();
    if i == i64::MAX {
        return Err(exc::overflow_error("iter index too large"));
    }
    match iter::sequence_item(&sequence, i)? {
        Some(x) => {
            it.index.set(i + 1);
            Ok(Some(x))
        }
        None => {
            drop(it.sequence.take());
            Ok(None)
        }
    }
}

fn sequence_length_hint(a: Args) -> Res {
    let it = this(a.at(0));
    let Some(sequence) = it.sequence.get() else { return Ok(Value::small_int(0)) };
    if sequence.class().slots().len.is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let n = protocol::len(&sequence)? as i64;
    Ok(Value::int((n - it.index.get()).max(0)))
}

fn sequence_reduce(a: Args) -> Res {
    let it = this(a.at(0));
    let builtin = sequence::builtin("iter")?;
    Ok(match it.sequence.get() {
        Some(s) => tuple::from_array([builtin, tuple::from_array([s]), Value::int(it.index.get())]),
        None => tuple::from_array([builtin, tuple::from_array([tuple::empty()])]),
    })
}

fn sequence_setstate(a: Args) -> Res {
    let it = this(a.at(0));
    let i = sequence::state_index(a.at(1))?;
    if it.sequence.peek().is_some() {
        it.index.set(i.max(0));
    }
    Ok(Value::NONE)
}

/// The payload of a `callable_iterator`.
#[repr(C)]
pub struct CallableIter {
    /// What to call; empty once the iterator is exhausted.
    callable: Field,
    sentinel: Field,
}

// SAFETY: callable iterators hold a CallableIter at offset 8.
unsafe impl Payload for CallableIter {
    fn class() -> &'static Type {
        types().callable_iterator
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.callable.word());
        visit(self.sentinel.word());
    }

    fn clear(&self) {
        self.finish();
    }
}

impl CallableIter {
    fn finish(&self) {
        let (callable, sentinel) = (self.callable.take(), self.sentinel.take());
        drop(callable);
        drop(sentinel);
    }
}

/// The declaration of `callable_iterator`.
pub static CALLABLE_SPEC: TypeSpec = TypeSpec {
    name: "callable_iterator",
    payload: PayloadOps::of::<CallableIter>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { iter: Some(|v| Ok(v.clone())), next: Some(callable_next), ..Slots::NONE },
    methods: &[def("__reduce__", "($self, /)", callable_reduce, "Return state information for pickling.")],
    ..TypeSpec::DEFAULT
};

/// `iter(callable, sentinel)`.
pub fn new_callable(callable: Value, sentinel: Value) -> Value {
    new_object(CallableIter { callable: Field::new(callable), sentinel: Field::new(sentinel) })
}

fn callable_iter(v: &Value) -> &CallableIter {
    // SAFETY: called with callable iterators only.
    unsafe { v.payload::<CallableIter>() }
}

fn callable_next(v: &Value) -> Res<Option<Value>> {
    let it = callable_iter(v);
    let Some(callable) = it.callable.get() else { return Ok(None) };
    let x = match crate::call::call(&callable, &[], None) {
        Ok(x) => x,
        Err(e) if exc::matches(types().stop_iteration) => {
            exc::clear(e);
            it.finish();
            return Ok(None);
        }
        Err(e) => return Err(e),
    };
    // The call may have exhausted this very iterator.
    let Some(sentinel) = it.sentinel.get() else { return Ok(None) };
    if protocol::compare_bool(&sentinel, &x, CompareOp::Eq)? {
        it.finish();
        return Ok(None);
    }
    Ok(Some(x))
}

fn callable_reduce(a: Args) -> Res {
    let it = callable_iter(a.at(0));
    let builtin = sequence::builtin("iter")?;
    Ok(match (it.callable.get(), it.sentinel.get()) {
        (Some(c), Some(s)) => tuple::from_array([builtin, tuple::from_array([c, s])]),
        _ => tuple::from_array([builtin, tuple::from_array([tuple::empty()])]),
    })
}
