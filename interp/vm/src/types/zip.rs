//! `zip` and `map`: both draw one item from each of several iterators, and end with the first that ends.

use crate::cell::Field;
use crate::class::build::{self, TypeSpec};
use crate::class::native::{Args, def};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type, flag};
use crate::exc;
use crate::protocol::{self, iter};
use crate::types::{str, tuple};
use crate::value::{Payload, Res, Value, new_instance};
use crate::vm::types;
use std::cell::Cell;
use weft_layout::tag::Word;

/// The payload of a zip object.
#[repr(C)]
pub struct Zip {
    /// A tuple of iterators.
    iterators: Field,
    strict: Cell<bool>,
}

/// Byte offset of the tuple of iterators in a zip object.
pub const ITERATORS_OFFSET: usize = 8 + std::mem::offset_of!(Zip, iterators);

/// The iterators of a zip object, unless it is strict.
pub fn plain_iterators(v: &Value) -> Option<Value> {
    let z = v.downcast_exact::<Zip>()?;
    if z.strict.get() { None } else { z.iterators.get() }
}

/// The payload of a map object.
#[repr(C)]
pub struct Map {
    /// A tuple of iterators.
    iterators: Field,
    function: Field,
    strict: Cell<bool>,
}

// SAFETY: instances of zip hold a Zip at offset 8.
unsafe impl Payload for Zip {
    fn class() -> &'static Type {
        types().zip
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.iterators.word());
    }
}

// SAFETY: instances of map hold a Map at offset 8.
unsafe impl Payload for Map {
    fn class() -> &'static Type {
        types().map
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.iterators.word());
        visit(self.function.word());
    }
}

/// The declaration of `zip`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "zip",
    doc: "zip(*iterables, strict=False)\n--\n\nThe zip object yields n-length tuples, where n is the number of\niterables passed as positional arguments to zip().  The i-th element\nin every tuple comes from the i-th iterable argument to zip().  This\ncontinues until the shortest argument is exhausted.\n\nIf strict is true and one of the arguments is exhausted before the\nothers, raise a ValueError.\n\n   >>> list(zip('abcdefg', range(3), range(4)))\n   [('a', 0, 0), ('b', 1, 1), ('c', 2, 2)]",
    payload: PayloadOps::of::<Zip>(),
    flags: flag::BASETYPE,
    slots: Slots { new: Some(zip_new), iter: Some(|v| Ok(v.clone())), next: Some(zip_next), ..Slots::NONE },
    methods: &[
        def("__reduce__", "($self, /)", zip_reduce, "Return state information for pickling."),
        def("__setstate__", "($self, object, /)", zip_setstate, "Set state information for unpickling."),
    ],
    ..TypeSpec::DEFAULT
};

/// The declaration of `map`.
pub static MAP_SPEC: TypeSpec = TypeSpec {
    name: "map",
    doc: "map(function, iterable, /, *iterables, strict=False)\n--\n\nMake an iterator that computes the function using arguments from\neach of the iterables.  Stops when the shortest iterable is exhausted.\n\nIf strict is true and one of the arguments is exhausted before the\nothers, raise a ValueError.",
    payload: PayloadOps::of::<Map>(),
    flags: flag::BASETYPE,
    slots: Slots { new: Some(map_new), iter: Some(|v| Ok(v.clone())), next: Some(map_next), ..Slots::NONE },
    methods: &[
        def("__reduce__", "($self, /)", map_reduce, "Return state information for pickling."),
        def("__setstate__", "($self, object, /)", map_setstate, "Set state information for unpickling."),
    ],
    ..TypeSpec::DEFAULT
};

/// The positional arguments, and whether `strict` was passed and true.
fn arguments<'a>(class: &Type, base: &Type, args: &'a [Value], kwnames: Option<&Value>) -> Res<(&'a [Value], bool)> {
    let names: &[Value] = kwnames.map_or(&[], tuple::items);
    let (positional, keywords) = args.split_at(args.len() - names.len());
    let mut strict = false;
    for (name, value) in names.iter().zip(keywords) {
        if str::display(name) == "strict" {
            strict = protocol::is_true(value)?;
        } else if std::ptr::eq(class, base) || class.slots().init.is_none() {
            let (function, name) = (base.native_name(), str::display(name));
            return Err(exc::type_error(format!("{function}() got an unexpected keyword argument '{name}'")));
        }
    }
    Ok((positional, strict))
}

fn iterators_of(iterables: &[Value]) -> Res {
    let iterators: Res<Vec<Value>> = iterables.iter().map(iter::iter).collect();
    Ok(tuple::from_vec(iterators?))
}

/// One item from each iterator, or `None` when one has ended. With `strict`, all have to end together.
fn draw(iterators: &Value, strict: bool, who: &str) -> Res<Option<Vec<Value>>> {
    let iterators = tuple::items(iterators);
    let mut items = Vec::with_capacity(iterators.len());
    for (i, it) in iterators.iter().enumerate() {
        match iter::next(it)? {
            Some(x) => items.push(x),
            None => {
                drop(items);
                if strict {
                    check_ended(iterators, i, who)?;
                }
                return Ok(None);
            }
        }
    }
    Ok(Some(items))
}

/// Iterator number `ended` has ended: raises ValueError unless it is the first, and all others end too.
fn check_ended(iterators: &[Value], ended: usize, who: &str) -> Res<()> {
    let others = |i: usize| if i == 1 { " 1".to_owned() } else { format!("s 1-{i}") };
    if ended > 0 {
        return Err(exc::value_error(format!("{who}() argument {} is shorter than argument{}", ended + 1, others(ended))));
    }
    for (i, it) in iterators.iter().enumerate().skip(1) {
        if iter::next(it)?.is_some() {
            return Err(exc::value_error(format!("{who}() argument {} is longer than argument{}", i + 1, others(i))));
        }
    }
    Ok(())
}

fn zip_new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let class = build::of(class);
    let (iterables, strict) = arguments(class, types().zip, args, kwnames)?;
    Ok(new_instance(class, Zip { iterators: Field::new(iterators_of(iterables)?), strict: Cell::new(strict) }))
}

fn zip(v: &Value) -> &Zip {
    // SAFETY: called with instances of zip only.
    unsafe { v.payload::<Zip>() }
}

fn zip_next(v: &Value) -> Res<Option<Value>> {
    let z = zip(v);
    let iterators = z.iterators.value();
    if let [a, b] = tuple::items(&iterators)
        && !z.strict.get()
    {
        let Some(x) = iter::next(a)? else { return Ok(None) };
        let Some(y) = iter::next(b)? else { return Ok(None) };
        return Ok(Some(tuple::from_array([x, y])));
    }
    if tuple::items(&iterators).is_empty() {
        return Ok(None);
    }
    Ok(draw(&iterators, z.strict.get(), "zip")?.map(tuple::from_vec))
}

/// `(class, arguments)`, and True if the object is strict.
fn reduced(v: &Value, args: Value, strict: bool) -> Value {
    let class = v.class().value();
    if strict { tuple::from_array([class, args, Value::TRUE]) } else { tuple::from_array([class, args]) }
}

fn zip_reduce(a: Args) -> Res {
    let z = zip(a.at(0));
    Ok(reduced(a.at(0), z.iterators.value(), z.strict.get()))
}

fn zip_setstate(a: Args) -> Res {
    zip(a.at(0)).strict.set(protocol::is_true(a.at(1))?);
    Ok(Value::NONE)
}

fn map_new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let class = build::of(class);
    let (args, strict) = arguments(class, types().map, args, kwnames)?;
    let [function, iterables @ ..] = args else { return Err(too_few_for_map()) };
    if iterables.is_empty() {
        return Err(too_few_for_map());
    }
    let iterators = Field::new(iterators_of(iterables)?);
    Ok(new_instance(class, Map { iterators, function: Field::new(function.clone()), strict: Cell::new(strict) }))
}

fn too_few_for_map() -> exc::Raised {
    exc::type_error("map() must have at least two arguments.")
}

fn map(v: &Value) -> &Map {
    // SAFETY: called with instances of map only.
    unsafe { v.payload::<Map>() }
}

fn map_next(v: &Value) -> Res<Option<Value>> {
    let m = map(v);
    let (iterators, function) = (m.iterators.value(), m.function.value());
    if let [only] = tuple::items(&iterators) {
        let Some(x) = iter::next(only)? else { return Ok(None) };
        return crate::call::call(&function, &[x], None).map(Some);
    }
    match draw(&iterators, m.strict.get(), "map")? {
        Some(args) => crate::call::call(&function, &args, None).map(Some),
        None => Ok(None),
    }
}

fn map_reduce(a: Args) -> Res {
    let m = map(a.at(0));
    let iterators = m.iterators.value();
    let args = std::iter::once(m.function.value()).chain(tuple::items(&iterators).iter().cloned()).collect();
    Ok(reduced(a.at(0), tuple::from_vec(args), m.strict.get()))
}

fn map_setstate(a: Args) -> Res {
    map(a.at(0)).strict.set(protocol::is_true(a.at(1))?);
    Ok(Value::NONE)
}
