//! `float`: those with a common exponent are tagged words, all others a heap object around an `f64`.
//!
//! * [`arith`]: arithmetic and comparison. [`parse`]: text to float. [`hex`]: the hexadecimal notation.
//! * [`round`]: rounding, exact ratios, hashing. [`methods`]: the method table. [`libm`]: the C library's functions.
//! * [`narrow`]: half and single precision. [`exact`]: arithmetic without rounding.

pub mod arith;
pub mod exact;
pub mod hex;
pub mod libm;
pub mod methods;
pub mod narrow;
pub mod parse;
pub mod round;

pub use arith::power;
pub use round::hash_f64;

use crate::class::build::{self, TypeSpec};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type, flag};
use crate::exc;
use crate::format;
use crate::protocol::number;
use crate::types::{int, str, tuple};
use crate::value::{Payload, Res, Value, new_instance};
use crate::vm::types;
use weft_layout::tag;

/// The payload of floats on the heap.
pub struct Float(f64);

// SAFETY: every instance of float on the heap is made with a Float payload.
unsafe impl Payload for Float {
    const TRACED: bool = false;

    fn class() -> &'static Type {
        types().float
    }
}

/// The class.
pub static SPEC: TypeSpec = TypeSpec {
    name: "float",
    doc: "float(x=0, /)\n--\n\nConvert a string or number to a floating-point number, if possible.",
    payload: PayloadOps::of::<Float>(),
    flags: flag::BASETYPE | flag::MATCH_SELF,
    slots: Slots {
        new: Some(new),
        repr: Some(repr),
        hash: Some(round::hash),
        compare: Some(arith::rich_compare),
        bool: Some(is_true),
        add: Some(arith::slot_add),
        subtract: Some(arith::slot_subtract),
        multiply: Some(arith::slot_multiply),
        remainder: Some(arith::slot_modulo),
        divmod: Some(arith::slot_divmod),
        power: Some(arith::slot_power),
        floor_divide: Some(arith::slot_floor_div),
        true_divide: Some(arith::slot_true_divide),
        negative: Some(|v| Ok(Value::float(-known(v)))),
        positive: Some(exact),
        absolute: Some(|v| Ok(Value::float(known(v).abs()))),
        int: Some(|v| int::construct::from_float(known(v))),
        float: Some(exact),
        ..Slots::NONE
    },
    methods: methods::METHODS,
    getsets: methods::GETSETS,
    ..TypeSpec::DEFAULT
};

/// A float that does not fit a word, or any other.
pub fn heap_float(x: f64) -> Value {
    new_instance(types().float, Float(x))
}

/// The value of a float or of an instance of a subclass.
#[inline(always)]
pub fn as_f64(v: &Value) -> Option<f64> {
    if tag::is_float(v.word()) { Some(tag::float_value(v.word())) } else { heap_value(v) }
}

fn heap_value(v: &Value) -> Option<f64> {
    v.downcast::<Float>().map(|f| f.0)
}

/// The value of something that is known to be a float.
#[inline(always)]
pub(crate) fn known(v: &Value) -> f64 {
    as_f64(v).expect("a float")
}

/// Whether this is a float or an instance of a subclass.
#[inline]
pub fn is_float(v: &Value) -> bool {
    as_f64(v).is_some()
}

/// Whether this is an instance of float itself.
#[inline(always)]
pub fn is_exact(v: &Value) -> bool {
    std::ptr::eq(v.class(), types().float)
}

/// The value of any real number (`PyFloat_AsDouble`): a float, or something with `__float__` or `__index__`.
#[inline]
pub fn to_f64(v: &Value) -> Res<f64> {
    match as_f64(v) {
        Some(x) => Ok(x),
        None => number::real_number(v),
    }
}

/// An instance of `class`, float or a subclass of it.
pub fn of_class(class: &Type, x: f64) -> Value {
    if std::ptr::eq(class, types().float) { Value::float(x) } else { new_instance(class, Float(x)) }
}

/// The float without its subclass. One that is no instance of a subclass keeps its identity.
pub fn exact(v: &Value) -> Res {
    Ok(if is_exact(v) { v.clone() } else { Value::float(known(v)) })
}

fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let class = build::of(class);
    // A subclass with an `__init__` of its own may take keyword arguments.
    let own_init = class.slots().init.map(|f| f as usize) != types().float.slots().init.map(|f| f as usize);
    if kwnames.is_some_and(|k| !tuple::items(k).is_empty()) && !own_init {
        return Err(exc::type_error("float() takes no keyword arguments"));
    }
    let keywords = kwnames.map_or(0, |k| tuple::items(k).len());
    let x = match &args[..args.len() - keywords] {
        [] => return Ok(of_class(class, 0.0)),
        [x] => x,
        more => return Err(exc::type_error(format!("float expected at most 1 argument, got {}", more.len()))),
    };
    let value = number::to_float(x)?;
    Ok(if std::ptr::eq(class, types().float) { value } else { of_class(class, known(&value)) })
}

fn repr(v: &Value) -> Res {
    Ok(str::from_string(format::float_repr(known(v))))
}

fn is_true(v: &Value) -> Res<bool> {
    Ok(known(v) != 0.0)
}
