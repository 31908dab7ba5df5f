//! `bool`: the two words True and False, a subclass of int without instances on the heap.

use crate::class::build::TypeSpec;
use crate::class::slots::Slots;
use crate::class::flag;
use crate::eval::warnings;
use crate::exc;
use crate::protocol;
use crate::types::{int, str};
use crate::value::{Res, Value};
use crate::vm::types;
use weft_layout::tag;

/// The class.
pub static SPEC: TypeSpec = TypeSpec {
    name: "bool",
    doc: "bool(object=False, /)\n--\n\nReturns True when the argument is true, False otherwise.\nThe builtins True and False are the only two instances of the class bool.\nThe class bool is a subclass of the class int, and cannot be subclassed.",
    base: Some(|| types().int),
    flags: flag::MATCH_SELF,
    slots: Slots { new: Some(new), repr: Some(repr), and: Some(and), xor: Some(xor), or: Some(or), invert: Some(invert), ..Slots::NONE },
    ..TypeSpec::DEFAULT
};

fn as_bool(v: &Value) -> Option<bool> {
    match v.word() {
        tag::TRUE => Some(true),
        tag::FALSE => Some(false),
        _ => None,
    }
}

fn new(_class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    if kwnames.is_some_and(|k| !crate::types::tuple::items(k).is_empty()) {
        return Err(exc::type_error("bool() takes no keyword arguments"));
    }
    match args {
        [] => Ok(Value::FALSE),
        [x] => Ok(Value::bool(protocol::is_true(x)?)),
        _ => Err(exc::type_error(format!("bool expected at most 1 argument, got {}", args.len()))),
    }
}

fn repr(v: &Value) -> Res {
    Ok(str::intern(if v.is(&Value::TRUE) { "True" } else { "False" }))
}

macro_rules! logic {
    ($($f:ident $op:tt $int:path;)*) => {
        $(fn $f(a: &Value, b: &Value) -> Res {
            match (as_bool(a), as_bool(b)) {
                (Some(x), Some(y)) => Ok(Value::bool(x $op y)),
                _ => $int(a, b),
            }
        })*
    };
}

logic! {
    and & int::arith::slot_and;
    xor ^ int::arith::slot_xor;
    or | int::arith::slot_or;
}

fn invert(v: &Value) -> Res {
    warnings::warn(
        types().deprecation_warning,
        "Bitwise inversion '~' on bool is deprecated and will be removed in Python 3.16. This returns the bitwise inversion of the underlying int object and is usually not what you expect from negating a bool. Use the 'not' operator for boolean negation or ~int(x) if you really want the bitwise inversion of the underlying int.",
        1,
    )?;
    Ok(int::invert(v))
}
