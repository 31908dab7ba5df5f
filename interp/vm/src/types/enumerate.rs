//! `enumerate`.

use crate::cell::Field;
use crate::class::build::{self, TypeSpec};
use crate::class::native::{Args, class_def, def};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type, flag};
use crate::exc;
use crate::protocol::{iter, number};
use crate::types::{generic_alias, int, str, tuple};
use crate::value::{Payload, Res, Value, new_instance};
use crate::vm::types;
use weft_layout::tag::Word;

/// The payload of an enumerate object.
#[repr(C)]
pub struct Enumerate {
    /// The next number, an exact int.
    count: Field,
    iterator: Field,
}

/// Byte offset of the next number in an enumerate object.
pub const COUNT_OFFSET: usize = 8 + std::mem::offset_of!(Enumerate, count);
/// Byte offset of the iterator in an enumerate object.
pub const ITERATOR_OFFSET: usize = 8 + std::mem::offset_of!(Enumerate, iterator);

/// The next number and the iterator.
pub fn parts(v: &Value) -> (Value, Value) {
    let e = this(v);
    (e.count.value(), e.iterator.value())
}

// SAFETY: instances of enumerate hold an Enumerate at offset 8.
unsafe impl Payload for Enumerate {
    fn class() -> &'static Type {
        types().enumerate
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.iterator.word());
    }
}

/// The declaration of `enumerate`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "enumerate",
    doc: "enumerate(iterable, start=0)\n--\n\nReturn an enumerate object.\n\n  iterable\n    an object supporting iteration\n\nThe enumerate object yields pairs containing a count (from start, which\ndefaults to zero) and a value yielded by the iterable argument.\n\nenumerate is useful for obtaining an indexed list:\n    (0, seq[0]), (1, seq[1]), (2, seq[2]), ...",
    payload: PayloadOps::of::<Enumerate>(),
    flags: flag::BASETYPE,
    slots: Slots { new: Some(new), iter: Some(|v| Ok(v.clone())), next: Some(next), ..Slots::NONE },
    methods: &[
        def("__reduce__", "($self, /)", reduce, "Return state information for pickling."),
        class_def(
            "__class_getitem__",
            "($type, object, /)",
            |a| generic_alias::new(a.at(0), a.at(1)),
            "'enumerate' objects are generic over the type of their values",
        ),
    ],
    ..TypeSpec::DEFAULT
};

fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let names: &[Value] = kwnames.map_or(&[], tuple::items);
    let (positional, keywords) = args.split_at(args.len() - names.len());
    if args.len() > 2 {
        return Err(exc::type_error(format!("enumerate() takes at most 2 arguments ({} given)", args.len())));
    }
    let (mut iterable, mut start) = (positional.first(), positional.get(1));
    for (name, value) in names.iter().zip(keywords) {
        let place = match str::display(name).as_str() {
            "iterable" => &mut iterable,
            "start" => &mut start,
            other => return Err(exc::type_error(format!("'{other}' is an invalid keyword argument for enumerate()"))),
        };
        if place.replace(value).is_some() {
            let (name, n) = (str::display(name), positional.len());
            return Err(exc::type_error(format!("argument for enumerate() given by name ('{name}') and position ({n})")));
        }
    }
    let Some(iterable) = iterable else { return Err(exc::type_error("enumerate() missing required argument 'iterable'")) };
    let count = start.map_or(Ok(Value::small_int(0)), number::index)?;
    let iterator = iter::iter(iterable)?;
    Ok(new_instance(build::of(class), Enumerate { count: Field::new(count), iterator: Field::new(iterator) }))
}

fn this(v: &Value) -> &Enumerate {
    // SAFETY: called with instances of enumerate only.
    unsafe { v.payload::<Enumerate>() }
}

fn next(v: &Value) -> Res<Option<Value>> {
    let e = this(v);
    let iterator = e.iterator.value();
    let Some(x) = iter::next(&iterator)? else { return Ok(None) };
    let count = e.count.value();
    if let Some(i) = count.as_small_int() {
        e.count.set(Value::int(i + 1));
        return Ok(Some(tuple::from_array([count, x])));
    }
    e.count.set(int::add(&count, &Value::small_int(1)));
    Ok(Some(tuple::from_array([count, x])))
}

fn reduce(a: Args) -> Res {
    let e = this(a.at(0));
    Ok(tuple::from_array([a.at(0).class().value(), tuple::from_array([e.iterator.value(), e.count.value()])]))
}
