//! `filter`.

use crate::cell::Field;
use crate::class::build::{self, TypeSpec};
use crate::class::native::{Args, bind_call, def};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type, flag};
use crate::protocol::{self, iter, sequence};
use crate::types::tuple;
use crate::value::{Payload, Res, Value, new_instance};
use crate::vm::types;
use weft_layout::tag::Word;

/// The payload of a filter object.
#[repr(C)]
pub struct Filter {
    function: Field,
    iterator: Field,
}

// SAFETY: instances of filter hold a Filter at offset 8.
unsafe impl Payload for Filter {
    fn class() -> &'static Type {
        types().filter
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.function.word());
        visit(self.iterator.word());
    }
}

/// The declaration of `filter`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "filter",
    doc: "filter(function, iterable, /)\n--\n\nReturn an iterator yielding those items of iterable for which\nfunction(item) is true.  If function is None, return the items that\nare true.",
    payload: PayloadOps::of::<Filter>(),
    flags: flag::BASETYPE,
    slots: Slots { new: Some(new), iter: Some(|v| Ok(v.clone())), next: Some(next), ..Slots::NONE },
    methods: &[def("__reduce__", "($self, /)", reduce, "Return state information for pickling.")],
    ..TypeSpec::DEFAULT
};

fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let class = build::of(class);
    let (args, kwnames) = sequence::new_args(class, types().filter, args, kwnames);
    bind_call("filter", "(function, iterable, /)", args, kwnames, |a| {
        let iterator = iter::iter(a.at(1))?;
        Ok(new_instance(class, Filter { function: Field::new(a.at(0).clone()), iterator: Field::new(iterator) }))
    })
}

fn this(v: &Value) -> &Filter {
    // SAFETY: called with instances of filter only.
    unsafe { v.payload::<Filter>() }
}

fn next(v: &Value) -> Res<Option<Value>> {
    let f = this(v);
    let (function, iterator) = (f.function.value(), f.iterator.value());
    let by_truth = function.is_none() || function.is(&types().bool.value());
    while let Some(x) = iter::next(&iterator)? {
        let keep = if by_truth {
            protocol::is_true(&x)?
        } else {
            protocol::is_true(&crate::call::call(&function, std::slice::from_ref(&x), None)?)?
        };
        if keep {
            return Ok(Some(x));
        }
    }
    Ok(None)
}

fn reduce(a: Args) -> Res {
    let f = this(a.at(0));
    Ok(tuple::from_array([a.at(0).class().value(), tuple::from_array([f.function.value(), f.iterator.value()])]))
}
