//! `complex`: a pair of floats.
//!
//! [`arith`]: arithmetic on [`Parts`]. [`parse`]: text to complex. [`construct`]: `complex(...)`.

pub mod arith;
pub mod construct;
pub mod parse;

pub use arith::power;

use crate::class::build::TypeSpec;
use crate::class::native::{Args, class_def, def, getter};
use crate::class::slots::{CompareOp, Slots};
use crate::class::{PayloadOps, Type, flag};
use crate::exc;
use crate::format;
use crate::types::{float, int, str, tuple};
use crate::value::{Payload, Res, Value, new_instance};
use crate::vm::types;
use std::cmp::Ordering;

/// The real and imaginary parts, which are the payload too.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parts {
    /// The real part.
    pub re: f64,
    /// The imaginary part.
    pub im: f64,
}

impl Parts {
    /// A complex number from its parts.
    pub const fn new(re: f64, im: f64) -> Parts {
        Parts { re, im }
    }
}

// SAFETY: every instance of complex is made with a Parts payload.
unsafe impl Payload for Parts {
    const TRACED: bool = false;

    fn class() -> &'static Type {
        types().complex
    }
}

/// The class.
pub static SPEC: TypeSpec = TypeSpec {
    name: "complex",
    doc: "complex(real=0, imag=0)\n--\n\nCreate a complex number from a string or numbers.\n\nIf a string is given, parse it as a complex number.\nIf a single number is given, convert it to a complex number.\nIf the 'real' or 'imag' arguments are given, create a complex number\nwith the specified real and imaginary components.",
    payload: PayloadOps::of::<Parts>(),
    flags: flag::BASETYPE,
    slots: Slots {
        new: Some(construct::new),
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(rich_compare),
        bool: Some(|v| Ok(known(v) != Parts::new(0.0, 0.0))),
        add: Some(arith::slot_add),
        subtract: Some(arith::slot_subtract),
        multiply: Some(arith::slot_multiply),
        true_divide: Some(arith::slot_true_divide),
        power: Some(arith::slot_power),
        negative: Some(|v| Ok(new(-known(v).re, -known(v).im))),
        positive: Some(exact),
        absolute: Some(absolute),
        ..Slots::NONE
    },
    methods: &[
        class_def("from_number", "($type, number, /)", construct::from_number, "Convert number to a complex floating-point number."),
        def("conjugate", "($self, /)", |a| Ok(new(known(a.at(0)).re, -known(a.at(0)).im)), "Return the complex conjugate of its argument. (3-4j).conjugate() == 3+4j."),
        def("__complex__", "($self, /)", |a| exact(a.at(0)), "Convert this value to exact type complex."),
        def("__getnewargs__", "($self, /)", getnewargs, ""),
        def("__format__", "($self, format_spec, /)", format_method, "Convert to a string according to format_spec."),
    ],
    getsets: &[
        getter("real", |v| Ok(Value::float(known(v).re)), "the real part of a complex number"),
        getter("imag", |v| Ok(Value::float(known(v).im)), "the imaginary part of a complex number"),
    ],
    ..TypeSpec::DEFAULT
};

/// A complex number.
pub fn new(re: f64, im: f64) -> Value {
    new_instance(types().complex, Parts { re, im })
}

/// The parts of a complex number or of an instance of a subclass.
pub fn as_parts(v: &Value) -> Option<Parts> {
    v.downcast::<Parts>().copied()
}

/// The parts of something that is known to be a complex number.
pub(crate) fn known(v: &Value) -> Parts {
    as_parts(v).expect("a complex number")
}

/// An instance of `class`, complex or a subclass of it.
pub fn of_class(class: &Type, parts: Parts) -> Value {
    new_instance(class, parts)
}

fn exact(v: &Value) -> Res {
    Ok(if std::ptr::eq(v.class(), types().complex) { v.clone() } else { new(known(v).re, known(v).im) })
}

fn absolute(v: &Value) -> Res {
    let Parts { re, im } = known(v);
    let r = float::libm::hypot(re, im);
    if r.is_infinite() && re.is_finite() && im.is_finite() {
        return Err(exc::overflow_error("absolute value too large"));
    }
    Ok(Value::float(r))
}

/// A part as `repr` shows it: without the `.0` of whole floats.
fn part(x: f64) -> String {
    let mut text = format::float_repr(x);
    if text.ends_with(".0") {
        text.truncate(text.len() - 2);
    }
    text
}

fn repr(v: &Value) -> Res {
    let Parts { re, im } = known(v);
    let imag = part(im);
    if re == 0.0 && re.is_sign_positive() {
        return Ok(str::from_string(format!("{imag}j")));
    }
    let sign = if imag.starts_with('-') { "" } else { "+" };
    Ok(str::from_string(format!("({}{sign}{imag}j)", part(re))))
}

fn hash(v: &Value) -> Res<i64> {
    const IMAG: i64 = 1_000_003;
    let Parts { re, im } = known(v);
    let h = float::hash_f64(re, v).wrapping_add(IMAG.wrapping_mul(float::hash_f64(im, v)));
    Ok(if h == -1 { -2 } else { h })
}

fn rich_compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    if op != CompareOp::Eq && op != CompareOp::Ne {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let x = known(a);
    let equal = if let Some(i) = int::view(b) {
        x.im == 0.0 && int::compare::compare_float(i, x.re) == Some(Ordering::Equal)
    } else if let Some(f) = float::as_f64(b) {
        x.im == 0.0 && x.re == f
    } else if let Some(y) = as_parts(b) {
        x == y
    } else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    Ok(Value::bool(equal == (op == CompareOp::Eq)))
}

fn getnewargs(a: Args) -> Res {
    let Parts { re, im } = known(a.at(0));
    Ok(tuple::from_vec(vec![Value::float(re), Value::float(im)]))
}

fn format_method(a: Args) -> Res {
    let spec = a.at(1);
    if !str::is_str(spec) {
        return Err(exc::type_error(format!("__format__() argument must be str, not {}", spec.class().full_name())));
    }
    format::format_complex(a.at(0), spec)
}
