//! `types.SimpleNamespace`: an object that is nothing but its attributes.

use crate::class::build::{TypeSpec, of};
use crate::class::native::{def, raw};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, flag};
use crate::protocol;
use crate::types::exceptions::base::positional;
use crate::types::text::Text;
use crate::types::{dict, instance, object, str, tuple};
use crate::value::{Res, Value};
use crate::vm::types;
use crate::{call, exc};

/// A namespace with these attributes.
pub fn new(attributes: &[(&str, Value)]) -> Value {
    let v = object::new_bare(types().simple_namespace);
    for (name, value) in attributes {
        instance::set(&v, &str::intern(name), value.clone());
    }
    v
}

fn init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    let given = positional(args, kwnames);
    let attributes = instance::dict_of(v);
    match given {
        [] => {}
        [mapping] => {
            let items =
                if std::ptr::eq(mapping.class(), types().dict) { mapping.clone() } else { call::call1(&types().dict.value(), mapping)? };
            let entries = dict::entries(&items);
            if !entries.iter().all(|(name, _)| str::is_str(name)) {
                return Err(exc::type_error("keywords must be strings"));
            }
            for (name, value) in entries {
                dict::set(&attributes, &name, &value)?;
            }
        }
        _ => return Err(exc::type_error(format!("{} expected at most 1 argument, got {}", v.class().name(), given.len()))),
    }
    add_keywords(&attributes, &args[given.len()..], kwnames)
}

fn add_keywords(attributes: &Value, values: &[Value], kwnames: Option<&Value>) -> Res<()> {
    for (name, value) in kwnames.map_or(&[][..], tuple::items).iter().zip(values) {
        dict::set(attributes, name, value)?;
    }
    Ok(())
}

fn repr(v: &Value) -> Res {
    let name = if std::ptr::eq(v.class(), types().simple_namespace) { "namespace".to_owned() } else { v.class().name() };
    protocol::repr_guarded(v, &format!("{name}(...)"), || {
        let mut text = Text::new().add(&name).add("(");
        let mut first = true;
        for (key, value) in dict::entries(&instance::dict_of(v)) {
            if !str::is_str(&key) || str::len(&key) == 0 {
                continue;
            }
            if !std::mem::take(&mut first) {
                text = text.add(", ");
            }
            text = text.value(&key).add("=").repr(&value)?;
        }
        Ok(text.add(")").finish())
    })
}

fn replace(args: &[Value], kwnames: Option<&Value>) -> Res {
    let [v] = positional(args, kwnames) else { return Err(exc::type_error("__replace__() takes no positional arguments")) };
    let made = call::call0(&v.class().value())?;
    if !made.is_instance(types().simple_namespace) {
        let (want, got) = (v.class().full_name(), made.class().full_name());
        return Err(exc::type_error(format!("expect {want} type, but {want}() returned '{got}' object")));
    }
    let attributes = instance::dict_of(&made);
    for (name, value) in dict::entries(&instance::dict_of(v)) {
        dict::set(&attributes, &name, &value)?;
    }
    add_keywords(&attributes, &args[1..], kwnames)?;
    Ok(made)
}

/// `types.SimpleNamespace`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "types.SimpleNamespace",
    doc: "SimpleNamespace(mapping_or_iterable=(), /, **kwargs)\n--\n\nA simple attribute-based namespace.",
    payload: PayloadOps::EMPTY,
    flags: flag::BASETYPE,
    slots: Slots {
        new: Some(|class, _, _| Ok(object::new_bare(of(class)))),
        init: Some(init),
        repr: Some(repr),
        compare: Some(|a, b, op| {
            if !a.is_instance(types().simple_namespace) || !b.is_instance(types().simple_namespace) {
                return Ok(Value::NOT_IMPLEMENTED);
            }
            protocol::compare(&instance::dict_of(a), &instance::dict_of(b), op)
        }),
        ..Slots::NONE
    },
    methods: &[
        def(
            "__reduce__",
            "($self, /)",
            |a| Ok(tuple::from_vec(vec![a.at(0).class().value(), tuple::empty(), instance::dict_of(a.at(0))])),
            "Return state information for pickling",
        ),
        raw(
            "__replace__",
            "($self, /, **changes)",
            replace,
            "Return a copy of the namespace object with new values for the specified attributes.",
        ),
    ],
    has_dict: true,
    ..TypeSpec::DEFAULT
};
