//! The classes of None, NotImplemented and Ellipsis, whose only instances are tagged words.

use crate::class::build::{self, TypeSpec};
use crate::class::native::{Args, def};
use crate::class::slots::{CompareOp, Slots};
use crate::exc;
use crate::types::{str};
use crate::value::{Res, Value};
use weft_layout::tag;

/// `NoneType`
pub static NONE_SPEC: TypeSpec = TypeSpec {
    name: "NoneType",
    doc: "The type of the None singleton.",
    slots: Slots { new: Some(new), repr: Some(repr), hash: Some(none_hash), compare: Some(identical), bool: Some(none_is_true), ..Slots::NONE },
    ..TypeSpec::DEFAULT
};

/// `NotImplementedType`
pub static NOT_IMPLEMENTED_SPEC: TypeSpec = TypeSpec {
    name: "NotImplementedType",
    doc: "The type of the NotImplemented singleton.",
    slots: Slots { new: Some(new), repr: Some(repr), bool: Some(not_implemented_is_true), ..Slots::NONE },
    methods: &[def("__reduce__", "($self, /)", reduce, "")],
    ..TypeSpec::DEFAULT
};

/// `ellipsis`
pub static ELLIPSIS_SPEC: TypeSpec = TypeSpec {
    name: "ellipsis",
    doc: "The type of the Ellipsis singleton.",
    slots: Slots { new: Some(new), repr: Some(repr), ..Slots::NONE },
    methods: &[def("__reduce__", "($self, /)", reduce, "")],
    ..TypeSpec::DEFAULT
};

fn new(class: &Value, args: &[Value], _kwnames: Option<&Value>) -> Res {
    let class = build::of(class);
    let instance = match class.native_name() {
        "NoneType" => Value::NONE,
        "NotImplementedType" => Value::NOT_IMPLEMENTED,
        _ => Value::ELLIPSIS,
    };
    if args.is_empty() {
        return Ok(instance);
    }
    let name = if instance.is(&Value::ELLIPSIS) { "EllipsisType" } else { class.native_name() };
    Err(exc::type_error(format!("{name} takes no arguments")))
}

fn text(v: &Value) -> Value {
    str::intern(match v.word() {
        tag::NONE => "None",
        tag::NOT_IMPLEMENTED => "NotImplemented",
        _ => "Ellipsis",
    })
}

fn repr(v: &Value) -> Res {
    Ok(text(v))
}

fn reduce(a: Args) -> Res {
    Ok(text(a.at(0)))
}

fn none_hash(_: &Value) -> Res<i64> {
    // CPython's constant, so that sets with None come in its order.
    Ok(0xfca8_6420)
}

fn identical(a: &Value, b: &Value, op: CompareOp) -> Res {
    Ok(match op {
        CompareOp::Eq if a.is(b) => Value::TRUE,
        CompareOp::Ne if a.is(b) => Value::FALSE,
        _ => Value::NOT_IMPLEMENTED,
    })
}

fn none_is_true(_: &Value) -> Res<bool> {
    Ok(false)
}

fn not_implemented_is_true(_: &Value) -> Res<bool> {
    Err(exc::type_error("NotImplemented should not be used in a boolean context"))
}
