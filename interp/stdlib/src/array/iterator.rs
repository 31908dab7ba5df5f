//! The iterator over an array.

use super::storage::this as array;
use crate::LazyClass;
use std::cell::Cell;
use weft_layout::tag::Word;
use weft_vm::cell::Field;
use weft_vm::class::build::TypeSpec;
use weft_vm::class::native::{Args, def};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::protocol::{number, sequence};
use weft_vm::types::tuple;
use weft_vm::value::{Payload, Res, Value, new_object};

static CLASS: LazyClass = LazyClass::new(&SPEC);

static SPEC: TypeSpec = TypeSpec {
    name: "array.arrayiterator",
    payload: PayloadOps::of::<ArrayIterator>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { iter: Some(|v| Ok(v.clone())), next: Some(next), ..Slots::NONE },
    methods: &[
        def("__reduce__", "($self, /)", reduce, "Return state information for pickling."),
        def("__setstate__", "($self, state, /)", setstate, "Set state information for unpickling."),
    ],
    ..TypeSpec::DEFAULT
};

/// The payload: the array until it is used up, and the next index.
struct ArrayIterator {
    array: Field,
    index: Cell<usize>,
}

// SAFETY: every instance of arrayiterator is made with an ArrayIterator payload.
unsafe impl Payload for ArrayIterator {
    fn class() -> &'static Type {
        CLASS.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.array.word());
    }

    fn clear(&self) {
        drop(self.array.take());
    }
}

fn this(v: &Value) -> &ArrayIterator {
    // SAFETY: methods and slots get instances of the class.
    unsafe { v.payload() }
}

/// `array.__iter__`
pub fn new(v: &Value) -> Res {
    Ok(new_object(ArrayIterator { array: Field::new(v.clone()), index: Cell::new(0) }))
}

fn next(v: &Value) -> Res<Option<Value>> {
    let it = this(v);
    let Some(over) = it.array.get() else { return Ok(None) };
    let i = it.index.get();
    match array(&over).get(i) {
        Some(x) => {
            it.index.set(i + 1);
            Ok(Some(x))
        }
        None => {
            drop(it.array.take());
            Ok(None)
        }
    }
}

fn reduce(a: Args) -> Res {
    let it = this(a.at(0));
    let iter = sequence::builtin("iter")?;
    Ok(match it.array.get() {
        Some(over) => tuple::from_vec(vec![iter, tuple::from_vec(vec![over]), Value::usize(it.index.get())]),
        None => tuple::from_vec(vec![iter, tuple::from_vec(vec![tuple::empty()])]),
    })
}

fn setstate(a: Args) -> Res {
    let it = this(a.at(0));
    let i = number::as_isize(a.at(1))?.max(0) as usize;
    if let Some(over) = it.array.get() {
        it.index.set(i.min(array(&over).len()));
    }
    Ok(Value::NONE)
}
