//! The method table of float.

use super::{exact, hex, known, round, to_f64};
use crate::class::native::{Args, FnDef, GetSetDef, class_def, def, getter};
use crate::exc;
use crate::format;
use crate::types::int::construct::from_float;
use crate::types::{str, tuple};
use crate::value::{Res, Value};
use crate::vm::types;

/// The methods.
pub static METHODS: &[FnDef] = &[
    class_def("from_number", "($type, number, /)", from_number, "Convert real number to a floating-point number."),
    def("conjugate", "($self, /)", |a| exact(a.at(0)), "Return self, the complex conjugate of any float."),
    def("__trunc__", "($self, /)", |a| from_float(known(a.at(0))), "Return the Integral closest to x between 0 and x."),
    def("__floor__", "($self, /)", |a| from_float(known(a.at(0)).floor()), "Return the floor as an Integral."),
    def("__ceil__", "($self, /)", |a| from_float(known(a.at(0)).ceil()), "Return the ceiling as an Integral."),
    def("__round__", "($self, ndigits=None, /)", round::round, "Return the Integral closest to x, rounding half toward even.\n\nWhen an argument is passed, work like built-in round(x, ndigits)."),
    def("as_integer_ratio", "($self, /)", round::as_integer_ratio, "Return a pair of integers, whose ratio is exactly equal to the original float.\n\nThe ratio is in lowest terms and has a positive denominator.  Raise\nOverflowError on infinities and a ValueError on NaNs.\n\n>>> (10.0).as_integer_ratio()\n(10, 1)\n>>> (0.0).as_integer_ratio()\n(0, 1)\n>>> (-.25).as_integer_ratio()\n(-1, 4)"),
    class_def("fromhex", "($type, string, /)", hex::fromhex, "Create a floating-point number from a hexadecimal string.\n\n>>> float.fromhex('0x1.ffffp10')\n2047.984375\n>>> float.fromhex('-0x1p-1074')\n-5e-324"),
    def("hex", "($self, /)", hex::hex, "Return a hexadecimal representation of a floating-point number.\n\n>>> (-0.1).hex()\n'-0x1.999999999999ap-4'\n>>> 3.14159.hex()\n'0x1.921f9f01b866ep+1'"),
    def("is_integer", "($self, /)", |a| Ok(Value::bool(known(a.at(0)).fract() == 0.0)), "Return True if the float is an integer."),
    def("__getnewargs__", "($self, /)", |a| Ok(tuple::from_vec(vec![Value::float(known(a.at(0)))])), ""),
    class_def("__getformat__", "($type, typestr, /)", getformat, "You probably don't want to use this function.\n\n  typestr\n    Must be 'double' or 'float'.\n\nIt exists mainly to be used in Python's test suite.\n\nThis function returns whichever of 'unknown', 'IEEE, big-endian' or\n'IEEE, little-endian' best describes the format of floating-point\nnumbers used by the C type named by typestr."),
    def("__format__", "($self, format_spec, /)", format_method, "Formats the float according to format_spec."),
];

/// The computed attributes.
pub static GETSETS: &[GetSetDef] = &[
    getter("real", exact, "the real part of a complex number"),
    getter("imag", |_| Ok(Value::float(0.0)), "the imaginary part of a complex number"),
];

fn from_number(a: Args) -> Res {
    let is_float = a.at(0).is(&types().float.value());
    if is_float && super::is_exact(a.at(1)) {
        return Ok(a.at(1).clone());
    }
    let value = Value::float(to_f64(a.at(1))?);
    if is_float { Ok(value) } else { crate::call::call(a.at(0), &[value], None) }
}

fn getformat(a: Args) -> Res {
    let kind = a.at(1);
    if !str::is_str(kind) {
        return Err(exc::type_error(format!("__getformat__() argument must be str, not {}", kind.class().full_name())));
    }
    match str::display(kind).as_str() {
        "double" | "float" => Ok(str::new(if cfg!(target_endian = "little") { "IEEE, little-endian" } else { "IEEE, big-endian" })),
        _ => Err(exc::value_error("__getformat__() argument 1 must be 'double' or 'float'")),
    }
}

fn format_method(a: Args) -> Res {
    let spec = a.at(1);
    if !str::is_str(spec) {
        return Err(exc::type_error(format!("__format__() argument must be str, not {}", spec.class().full_name())));
    }
    format::format_float(a.at(0), spec)
}
