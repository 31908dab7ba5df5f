//! `int.to_bytes` and `int.from_bytes`.

use super::construct::through_class;
use super::{View, from_bigint, known};
use crate::class::native::Args;
use crate::exc;
use crate::protocol::{self, number};
use crate::types::{bytes, str};
use crate::value::{Res, Value};
use crate::vm::types;
use num_bigint::{BigInt, Sign};

fn is_little(function: &str, order: Option<&Value>) -> Res<bool> {
    let Some(order) = order else { return Ok(false) };
    if !str::is_str(order) {
        return Err(exc::type_error(format!("{function}() argument 'byteorder' must be str, not {}", order.class().full_name())));
    }
    match str::display(order).as_str() {
        "little" => Ok(true),
        "big" => Ok(false),
        _ => Err(exc::value_error("byteorder must be either 'little' or 'big'")),
    }
}

/// `int.to_bytes`
pub fn to_bytes(a: Args) -> Res {
    let length = a.opt(1).map_or(Ok(1), number::as_isize)?;
    let little = is_little("to_bytes", a.opt(2))?;
    let signed = a.opt(3).map_or(Ok(false), protocol::is_true)?;
    if length < 0 {
        return Err(exc::value_error("length argument must be non-negative"));
    }
    let length = length as usize;
    let mut out = Vec::new();
    out.try_reserve_exact(length).map_err(|_| exc::memory_error())?;
    let value = known(a.at(0));
    if value.is_negative() && !signed {
        return Err(exc::overflow_error("can't convert negative int to unsigned"));
    }
    let fill = if value.is_negative() { 0xff } else { 0 };
    match value {
        View::Small(i) => out.extend_from_slice(&i.to_le_bytes()[..length.min(8)]),
        View::Big(b) => {
            let all = b.to_signed_bytes_le();
            out.extend_from_slice(&all[..length.min(all.len())]);
        }
    }
    out.resize(length, fill);
    // The number fits if its bits do; in two's complement there has to be room for the sign.
    let bits = if signed { twos_complement_bits(value) } else { value.bits() };
    if bits > 8 * length as u64 && !(value.is_zero() && length == 0) {
        return Err(exc::overflow_error("int too big to convert"));
    }
    if !little {
        out.reverse();
    }
    Ok(bytes::new(&out))
}

/// Bits of the two's complement of a number, its sign bit included.
fn twos_complement_bits(v: View) -> u64 {
    match v {
        View::Small(i) => 65 - (if i < 0 { !i } else { i }).leading_zeros() as u64,
        View::Big(b) => {
            let power_of_two = b.magnitude().trailing_zeros().is_some_and(|t| t + 1 == b.bits());
            b.bits() + !(b.sign() == Sign::Minus && power_of_two) as u64
        }
    }
}

/// `int.from_bytes`
pub fn from_bytes(a: Args) -> Res {
    let little = is_little("from_bytes", a.opt(2))?;
    let signed = a.opt(3).map_or(Ok(false), protocol::is_true)?;
    let source = bytes_of(a.at(1))?;
    let data = bytes::as_slice(&source);
    let value = match (little, signed) {
        (true, false) => BigInt::from_bytes_le(Sign::Plus, data),
        (false, false) => BigInt::from_bytes_be(Sign::Plus, data),
        (true, true) => BigInt::from_signed_bytes_le(data),
        (false, true) => BigInt::from_signed_bytes_be(data),
    };
    through_class(a.at(0), from_bigint(value))
}

/// `PyObject_Bytes`, but for ints and strings, which are no source of bytes.
fn bytes_of(source: &Value) -> Res {
    let class = source.class();
    if std::ptr::eq(class, types().bytes) {
        return Ok(source.clone());
    }
    if str::is_str(source) || super::is_int(source) {
        return Err(exc::type_error(format!("cannot convert '{}' object to bytes", class.full_name())));
    }
    crate::call::call(&types().bytes.value(), std::slice::from_ref(source), None)
}
