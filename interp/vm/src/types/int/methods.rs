//! The methods of int that are not arithmetic.

use super::{View, bytes, from_bigint, known, to_exact};
use crate::class::native::{Args, FnDef, GetSetDef, class_def, def, getter};
use crate::exc;
use crate::format;
use crate::protocol::number;
use crate::types::{str, tuple};
use crate::value::{Res, Value};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::Pow;

/// The methods.
pub static METHODS: &[FnDef] = &[
    def("conjugate", "($self, /)", itself, "Returns self, the complex conjugate of any int."),
    def("bit_length", "($self, /)", bit_length, "Number of bits necessary to represent self in binary.\n\n>>> bin(37)\n'0b100101'\n>>> (37).bit_length()\n6"),
    def("bit_count", "($self, /)", bit_count, "Number of ones in the binary representation of the absolute value of self.\n\nAlso known as the population count.\n\n>>> bin(13)\n'0b1101'\n>>> (13).bit_count()\n3"),
    def("to_bytes", "($self, /, length=1, byteorder='big', *, signed=False)", bytes::to_bytes, "Return an array of bytes representing an integer.\n\n  length\n    Length of bytes object to use.  An OverflowError is raised if\n    the integer is not representable with the given number of bytes.\n    Default is length 1.\n  byteorder\n    The byte order used to represent the integer.  If byteorder is\n    'big', the most significant byte is at the beginning of the byte\n    array.  If byteorder is 'little', the most significant byte is at\n    the end of the byte array.  To request the native byte order of\n    the host system, use sys.byteorder as the byte order value.\n    Default is to use 'big'.\n  signed\n    Determines whether two's complement is used to represent the\n    integer.  If signed is False and a negative integer is given,\n    an OverflowError is raised."),
    class_def("from_bytes", "($type, /, bytes, byteorder='big', *, signed=False)", bytes::from_bytes, "Return the integer represented by the given array of bytes.\n\n  bytes\n    Holds the array of bytes to convert.  The argument must either\n    support the buffer protocol or be an iterable object producing\n    bytes.  Bytes and bytearray are examples of built-in objects that\n    support the buffer protocol.\n  byteorder\n    The byte order used to represent the integer.  If byteorder is\n    'big', the most significant byte is at the beginning of the byte\n    array.  If byteorder is 'little', the most significant byte is at\n    the end of the byte array.  To request the native byte order of\n    the host system, use sys.byteorder as the byte order value.\n    Default is to use 'big'.\n  signed\n    Indicates whether two's complement is used to represent the\n    integer."),
    def("as_integer_ratio", "($self, /)", as_integer_ratio, "Return a pair of integers, whose ratio is equal to the original int.\n\nThe ratio is in lowest terms and has a positive denominator.\n\n>>> (10).as_integer_ratio()\n(10, 1)\n>>> (-10).as_integer_ratio()\n(-10, 1)\n>>> (0).as_integer_ratio()\n(0, 1)"),
    def("__trunc__", "($self, /)", itself, "Truncating an Integral returns itself."),
    def("__floor__", "($self, /)", itself, "Flooring an Integral returns itself."),
    def("__ceil__", "($self, /)", itself, "Ceiling of an Integral returns itself."),
    def("__round__", "($self, ndigits=None, /)", round, "Rounding an Integral returns itself.\n\nRounding with an ndigits argument also returns an integer."),
    def("__getnewargs__", "($self, /)", getnewargs, ""),
    def("__format__", "($self, format_spec, /)", format_method, "Convert to a string according to format_spec."),
    def("__sizeof__", "($self, /)", sizeof, "Returns size in memory, in bytes."),
    def("is_integer", "($self, /)", is_integer, "Returns True. Exists for duck type compatibility with float.is_integer."),
];

/// The computed attributes.
pub static GETSETS: &[GetSetDef] = &[
    getter("real", exact, "the real part of a complex number"),
    getter("imag", |_| Ok(Value::small_int(0)), "the imaginary part of a complex number"),
    getter("numerator", exact, "the numerator of a rational number in lowest terms"),
    getter("denominator", |_| Ok(Value::small_int(1)), "the denominator of a rational number in lowest terms"),
];

/// The int itself, without its subclass.
pub fn exact(v: &Value) -> Res {
    Ok(to_exact(v))
}

/// `__float__`
pub fn to_float(v: &Value) -> Res {
    Ok(Value::float(super::to_f64(v)?))
}

/// `__bool__`
pub fn is_true(v: &Value) -> Res<bool> {
    Ok(!known(v).is_zero())
}

fn itself(a: Args) -> Res {
    exact(a.at(0))
}

fn bit_length(a: Args) -> Res {
    Ok(Value::int(known(a.at(0)).bits() as i64))
}

fn bit_count(a: Args) -> Res {
    Ok(Value::int(match known(a.at(0)) {
        View::Small(i) => i.unsigned_abs().count_ones() as i64,
        View::Big(b) => b.iter_u64_digits().map(|d| d.count_ones() as i64).sum(),
    }))
}

fn as_integer_ratio(a: Args) -> Res {
    Ok(tuple::from_vec(vec![to_exact(a.at(0)), Value::small_int(1)]))
}

/// Rounds to a multiple of a power of ten, half to even.
fn round(a: Args) -> Res {
    let Some(ndigits) = a.some(1) else { return itself(a) };
    let ndigits = number::index(ndigits)?;
    if !super::is_negative(&ndigits) {
        return itself(a);
    }
    let value = known(a.at(0));
    // More digits than the number has: the result is zero (unless it has just as many, which the division decides).
    let places = super::as_i64(&ndigits).map_or(u64::MAX, i64::unsigned_abs);
    if places > value.bits() / 3 + 1 {
        return Ok(Value::small_int(0));
    }
    let unit: BigInt = Pow::pow(BigInt::from(10), places);
    let value = value.big();
    let (quotient, remainder) = value.div_mod_floor(&unit);
    let twice: BigInt = &remainder * 2;
    let up = twice > unit || twice == unit && quotient.bit(0);
    let below = value.as_ref() - remainder;
    Ok(from_bigint(if up { below + unit } else { below }))
}

fn getnewargs(a: Args) -> Res {
    Ok(tuple::from_vec(vec![to_exact(a.at(0))]))
}

fn format_method(a: Args) -> Res {
    let spec = a.at(1);
    if !str::is_str(spec) {
        return Err(exc::type_error(format!("__format__() argument must be str, not {}", spec.class().full_name())));
    }
    format::format_int(a.at(0), spec)
}

fn sizeof(a: Args) -> Res {
    // As CPython counts: a header of 24 bytes and 30-bit digits of four bytes.
    Ok(Value::int(24 + 4 * known(a.at(0)).bits().div_ceil(30).max(1) as i64))
}

fn is_integer(_: Args) -> Res {
    Ok(Value::TRUE)
}
