//! `ParamSpecArgs` and `ParamSpecKwargs`: the `P.args` and `P.kwargs` of a ParamSpec.

use super::params;
use crate::cell::Field;
use crate::class::build::{TypeSpec, of};
use crate::class::native::{GetSetDef, bind_call, def, member};
use crate::class::slots::{CompareOp, Slots};
use crate::class::{PayloadOps, Type};
use crate::types::text::Text;
use crate::value::{Payload, Res, Value, new_instance};
use crate::vm::types;
use crate::{exc, protocol};
use weft_layout::tag::Word;

/// The payload of both classes.
pub struct Part {
    origin: Field,
}

// SAFETY: instances of typing.ParamSpecArgs and ParamSpecKwargs hold a Part at offset 8.
unsafe impl Payload for Part {
    fn class() -> &'static Type {
        types().param_spec_args
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.origin.word());
    }
}

fn origin(v: &Value) -> Value {
    // SAFETY: callers pass instances of the two classes, which hold a Part at offset 8.
    unsafe { &*v.ptr().add(8).cast::<Part>() }.origin.value()
}

/// `P.args`.
pub fn new_args(origin: &Value) -> Value {
    new_instance(types().param_spec_args, Part { origin: Field::new(origin.clone()) })
}

/// `P.kwargs`.
pub fn new_kwargs(origin: &Value) -> Value {
    new_instance(types().param_spec_kwargs, Part { origin: Field::new(origin.clone()) })
}

fn described(v: &Value, suffix: &str) -> Res {
    let origin = origin(v);
    let text = if std::ptr::eq(origin.class(), types().param_spec) {
        Text::new().value(&params::name(&origin))
    } else {
        Text::new().repr(&origin)?
    };
    Ok(text.add(suffix).finish())
}

fn compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    if !std::ptr::eq(a.class(), b.class()) || !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    protocol::compare(&origin(a), &origin(b), op)
}

fn cannot_subclass(v: &Value) -> Res {
    Err(exc::type_error(format!("Cannot subclass an instance of {}", v.class().name())))
}

const ORIGIN: GetSetDef = member("__origin__", |v| Ok(origin(v)), "");

/// `typing.ParamSpecArgs`.
pub static ARGS_SPEC: TypeSpec = TypeSpec {
    name: "typing.ParamSpecArgs",
    finish: super::in_typing,
    doc: "The args for a ParamSpec object.\n\nGiven a ParamSpec object P, P.args is an instance of ParamSpecArgs.\n\nParamSpecArgs objects have a reference back to their ParamSpec::\n\n    >>> P = ParamSpec(\"P\")\n    >>> P.args.__origin__ is P\n    True\n\nThis type is meant for runtime introspection and has no special meaning\nto static type checkers.\n",
    payload: PayloadOps::of::<Part>(),
    slots: Slots {
        new: Some(|class, args, kw| {
            bind_call("paramspecargs", "(origin)", args, kw, |a| Ok(new_instance(of(class), Part { origin: Field::new(a.at(0).clone()) })))
        }),
        repr: Some(|v| described(v, ".args")),
        compare: Some(compare),
        ..Slots::NONE
    },
    methods: &[def("__mro_entries__", "($self, bases, /)", |a| cannot_subclass(a.at(0)), "")],
    getsets: &[ORIGIN],
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

/// `typing.ParamSpecKwargs`.
pub static KWARGS_SPEC: TypeSpec = TypeSpec {
    name: "typing.ParamSpecKwargs",
    finish: super::in_typing,
    doc: "The kwargs for a ParamSpec object.\n\nGiven a ParamSpec object P, P.kwargs is an instance of ParamSpecKwargs.\n\nParamSpecKwargs objects have a reference back to their ParamSpec::\n\n    >>> P = ParamSpec(\"P\")\n    >>> P.kwargs.__origin__ is P\n    True\n\nThis type is meant for runtime introspection and has no special meaning\nto static type checkers.\n",
    payload: PayloadOps::of::<Part>(),
    slots: Slots {
        new: Some(|class, args, kw| {
            bind_call("paramspeckwargs", "(origin)", args, kw, |a| {
                Ok(new_instance(of(class), Part { origin: Field::new(a.at(0).clone()) }))
            })
        }),
        repr: Some(|v| described(v, ".kwargs")),
        compare: Some(compare),
        ..Slots::NONE
    },
    methods: &[def("__mro_entries__", "($self, bases, /)", |a| cannot_subclass(a.at(0)), "")],
    getsets: &[ORIGIN],
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};
