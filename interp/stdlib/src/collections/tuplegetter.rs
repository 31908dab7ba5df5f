//! `_tuplegetter`: the descriptor of a named tuple's field.

use crate::LazyClass;
use std::cell::Cell;
use weft_layout::tag::Word;
use weft_vm::cell::Field;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{Args, Signature, def, getset};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type};
use weft_vm::exc;
use weft_vm::protocol::{self, number};
use weft_vm::types::{str, tuple};
use weft_vm::value::{Payload, Res, Value, new_instance};
use weft_vm::vm::types;

/// `_collections._tuplegetter`
pub static TUPLEGETTER: LazyClass = LazyClass::new(&SPEC);

static SPEC: TypeSpec = TypeSpec {
    name: "collections._tuplegetter",
    payload: PayloadOps::of::<TupleGetter>(),
    slots: Slots { new: Some(new), repr: Some(repr), descr_get: Some(get), descr_set: Some(set), ..Slots::NONE },
    methods: &[def("__reduce__", "($self, /)", reduce, "")],
    getsets: &[getset(
        "__doc__",
        |v| Ok(this(v).doc.get().unwrap_or(Value::NONE)),
        |v, doc| {
            drop(this(v).doc.replace(doc.cloned()));
            Ok(())
        },
        "",
    )],
    ..TypeSpec::DEFAULT
};

/// The payload.
struct TupleGetter {
    index: Cell<isize>,
    doc: Field,
}

// SAFETY: every instance of _tuplegetter is made with a TupleGetter payload.
unsafe impl Payload for TupleGetter {
    fn class() -> &'static Type {
        TUPLEGETTER.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.doc.word());
    }

    fn clear(&self) {
        drop(self.doc.take());
    }
}

fn this(v: &Value) -> &TupleGetter {
    // SAFETY: methods and slots get instances of the class.
    unsafe { v.payload() }
}

fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    static SIGNATURE: Signature = Signature::new("_tuplegetter", "(index, doc, /)");
    SIGNATURE.bind(args, kwnames, |a| {
        let index = Cell::new(number::as_isize(a.at(0))?);
        Ok(new_instance(build::of(class), TupleGetter { index, doc: Field::new(a.at(1).clone()) }))
    })
}

fn get(d: &Value, object: Option<&Value>, _: Option<&Value>) -> Res {
    let Some(object) = object else { return Ok(d.clone()) };
    let index = this(d).index.get();
    if !object.is_instance(types().tuple) {
        if object.is_none() {
            return Ok(d.clone());
        }
        let got = object.class().full_name();
        return Err(exc::type_error(format!("descriptor for index '{index}' for tuple subclasses doesn't apply to '{got}' object")));
    }
    let items = tuple::items(object);
    usize::try_from(index).ok().and_then(|i| items.get(i)).cloned().ok_or_else(|| exc::index_error("tuple index out of range"))
}

fn set(_: &Value, _: &Value, value: Option<&Value>) -> Res<()> {
    Err(exc::attribute_error(if value.is_some() { "can't set attribute" } else { "can't delete attribute" }))
}

fn reduce(a: Args) -> Res {
    let v = a.at(0);
    let args = tuple::from_array([Value::int(this(v).index.get() as i64), this(v).doc.get().unwrap_or(Value::NONE)]);
    Ok(tuple::from_array([v.class().value(), args]))
}

fn repr(v: &Value) -> Res {
    let doc = protocol::repr_string(&this(v).doc.get().unwrap_or(Value::NONE))?;
    Ok(str::from_string(format!("{}({}, {doc})", v.class().name(), this(v).index.get())))
}
