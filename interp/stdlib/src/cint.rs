//! Numbers as C types, and constants of the C library.

use weft_vm::protocol::number;
use weft_vm::types::module::add;
use weft_vm::types::{float, int, str};
use weft_vm::value::{Res, Value};
use weft_vm::{call, exc};

/// A C int.
pub fn c_int(v: &Value) -> Res<i32> {
    let i = number::index(v)?;
    int::as_i64(&i).and_then(|n| i32::try_from(n).ok()).ok_or_else(|| exc::overflow_error("Python int too large to convert to C int"))
}

/// A C long.
pub fn c_long(v: &Value) -> Res<i64> {
    int::as_i64(&number::index(v)?).ok_or_else(|| exc::overflow_error("Python int too large to convert to C long"))
}

/// A C unsigned long of any int's low bits.
pub fn c_ulong_masked(v: &Value) -> Res<u64> {
    let i = number::index(v)?;
    Ok(int::as_i64(&i).map_or_else(
        || {
            let low = int::to_bigint(&i).iter_u64_digits().next().unwrap_or(0);
            if int::is_negative(&i) { low.wrapping_neg() } else { low }
        },
        |n| n as u64,
    ))
}

/// An object's file descriptor: an int, or what its `fileno()` returns.
pub fn descriptor(v: &Value) -> Res<i32> {
    let fd = if int::is_int(v) {
        c_int(v)?
    } else {
        let Some(fileno) = weft_vm::protocol::attr::getattr_opt(v, &str::intern("fileno"))? else {
            return Err(exc::type_error("argument must be an int, or have a fileno() method."));
        };
        let n = call::call0(&fileno)?;
        if !int::is_int(&n) {
            return Err(exc::type_error("fileno() returned a non-integer"));
        }
        c_int(&n)?
    };
    if fd < 0 {
        return Err(exc::value_error(format!("file descriptor cannot be a negative integer ({fd})")));
    }
    Ok(fd)
}

/// Nanoseconds of a number of seconds, an int or float, rounded as asked.
pub fn nanoseconds(v: &Value, round: fn(f64) -> f64) -> Res<i64> {
    if let Some(x) = float::as_f64(v) {
        if x.is_nan() {
            return Err(exc::value_error("Invalid value NaN (not a number)"));
        }
        let n = round(x * 1e9);
        return if n >= -(2f64.powi(63)) && n < 2f64.powi(63) {
            Ok(n as i64)
        } else {
            Err(exc::overflow_error("timestamp out of range for C PyTime_t"))
        };
    }
    if !number::is_index(v) {
        return Err(exc::type_error(format!("'{}' object cannot be interpreted as an integer or float", v.class().full_name())));
    }
    let seconds = int::as_i64(&number::index(v)?).ok_or_else(|| exc::overflow_error("timestamp out of range for platform time_t"))?;
    seconds.checked_mul(1_000_000_000).ok_or_else(|| exc::overflow_error("timestamp too large to convert to C PyTime_t"))
}

/// Names and values of integer constants of the C library.
macro_rules! c_constants {
    ($($name:ident)*) => { &[$((stringify!($name), libc::$name as i64),)*] };
}
pub(crate) use c_constants;

/// Adds integer constants to a module.
pub fn add_constants(m: &Value, table: &[(&str, i64)]) {
    for (name, value) in table {
        add(m, name, Value::int(*value));
    }
}
