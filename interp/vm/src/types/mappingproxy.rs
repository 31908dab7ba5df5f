//! `mappingproxy`: a read-only view of a mapping, such as a class's namespace.

use crate::call;
use crate::cell::Field;
use crate::class::build::{TypeSpec, of};
use crate::class::native::{Args, bind_call, class_def, def};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type, flag};
use crate::protocol::number::{self, BinaryOp};
use crate::types::text::Text;
use crate::types::{dict, generic_alias, str};
use crate::value::{Payload, Res, Value, new_instance, new_object};
use crate::vm::{names, types};
use crate::{exc, protocol};
use weft_layout::tag::Word;

/// The payload.
pub struct MappingProxy {
    mapping: Field,
}

// SAFETY: instances of mappingproxy hold a MappingProxy.
unsafe impl Payload for MappingProxy {
    fn class() -> &'static Type {
        types().mappingproxy
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.mapping.word());
    }
}

/// A view of `mapping`.
pub fn new(mapping: Value) -> Value {
    new_object(MappingProxy { mapping: Field::new(mapping) })
}

/// The mapping behind a proxy; any other value itself.
fn open(v: &Value) -> Value {
    match v.downcast::<MappingProxy>() {
        Some(p) => p.mapping.value(),
        None => v.clone(),
    }
}

/// The mapping behind a proxy, if that is exactly a dict.
pub fn plain_dict(v: &Value) -> Option<Value> {
    v.downcast::<MappingProxy>().map(|p| p.mapping.value()).filter(|d| std::ptr::eq(d.class(), types().dict))
}

fn construct(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    bind_call("mappingproxy", "(mapping)", args, kwnames, |a| {
        let mapping = a.at(0);
        let is_mapping =
            mapping.class().slots().get_item.is_some() && !mapping.is_instance(types().list) && !mapping.is_instance(types().tuple);
        if !is_mapping {
            let got = mapping.class().full_name();
            return Err(exc::type_error(format!("mappingproxy() argument must be a mapping, not {got}")));
        }
        Ok(new_instance(of(class), MappingProxy { mapping: Field::new(mapping.clone()) }))
    })
}

fn get(a: Args) -> Res {
    let mapping = open(a.at(0));
    let default = a.opt(2).cloned().unwrap_or(Value::NONE);
    if std::ptr::eq(mapping.class(), types().dict) {
        return Ok(dict::get(&mapping, a.at(1))?.unwrap_or(default));
    }
    call::call_method(&mapping, &names().get, &[a.at(1).clone(), default])
}

fn forward(v: &Value, method: &str) -> Res {
    call::call_method(&open(v), &str::intern(method), &[])
}

/// `mappingproxy`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "mappingproxy",
    doc: "mappingproxy(mapping)\n--\n\nRead-only proxy of a mapping.",
    payload: PayloadOps::of::<MappingProxy>(),
    flags: flag::MAPPING,
    slots: Slots {
        new: Some(construct),
        repr: Some(|v| Ok(Text::new().add("mappingproxy(").repr(&open(v))?.add(")").finish())),
        str: Some(|v| protocol::str(&open(v))),
        hash: Some(|v| protocol::hash(&open(v))),
        compare: Some(
            |a, b, op| {
                if a.is_instance(types().mappingproxy) { protocol::compare(&open(a), b, op) } else { Ok(Value::NOT_IMPLEMENTED) }
            },
        ),
        iter: Some(|v| protocol::iter::iter(&open(v))),
        len: Some(|v| protocol::len(&open(v))),
        get_item: Some(|v, key| protocol::get_item(&open(v), key)),
        contains: Some(|v, key| protocol::contains(&open(v), key)),
        or: Some(|a, b| number::binary(BinaryOp::Or, &open(a), &open(b))),
        inplace_or: Some(|v, _| Err(exc::type_error(format!("'|=' is not supported by {}; use '|' instead", v.class().full_name())))),
        ..Slots::NONE
    },
    methods: &[
        def("get", "($self, key, default=None, /)", get, "Return the value for key if key is in the mapping, else default."),
        def("keys", "($self, /)", |a| forward(a.at(0), "keys"), "a set-like object providing a view on the underlying mapping's keys"),
        def("values", "($self, /)", |a| forward(a.at(0), "values"), "an object providing a view on the underlying mapping's values"),
        def("items", "($self, /)", |a| forward(a.at(0), "items"), "a set-like object providing a view on the underlying mapping's items"),
        def("copy", "($self, /)", |a| forward(a.at(0), "copy"), "a shallow copy of the underlying mapping"),
        class_def("__class_getitem__", "($type, object, /)", |a| generic_alias::new(a.at(0), a.at(1)), "See PEP 585"),
        def("__reversed__", "($self, /)", |a| forward(a.at(0), "__reversed__"), "D.__reversed__() -> reverse iterator"),
    ],
    ..TypeSpec::DEFAULT
};
