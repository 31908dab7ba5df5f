//! Values to bytes and back.

use super::format::{Format, Run, error};
use weft_vm::exc;
use weft_vm::protocol::{self, number};
use weft_vm::types::complex::{self, Parts};
use weft_vm::types::float::narrow;
use weft_vm::types::{bytearray, bytes, float, int, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;

/// Packs values, of which there are as many as the format asks for, into zeroed bytes.
pub fn pack(format: &Format, values: &[Value]) -> Res<Vec<u8>> {
    let mut out = Vec::new();
    out.try_reserve_exact(format.size).map_err(|_| exc::memory_error())?;
    out.resize(format.size, 0);
    let mut values = values.iter();
    for run in &format.runs {
        for i in 0..run.repeat {
            let Some(value) = values.next() else { return Ok(out) };
            let at = run.offset + i * run.size;
            pack_one(run, value, &mut out[at..at + run.size], format.big_endian)?;
        }
    }
    Ok(out)
}

fn put(out: &mut [u8], little: &[u8], big_endian: bool) {
    out.copy_from_slice(little);
    if big_endian {
        out.reverse();
    }
}

fn pack_one(run: &Run, value: &Value, out: &mut [u8], big: bool) -> Res<()> {
    match run.code {
        b's' | b'p' => {
            let is_bytes = value.is_instance(types().bytes);
            if !is_bytes && !value.is_instance(types().bytearray) {
                return Err(error(format!("argument for '{}' must be a bytes object", run.code as char)));
            }
            let data = if is_bytes { bytes::as_slice(value).to_vec() } else { bytearray::as_slice(value).to_vec() };
            if run.code == b's' {
                let n = data.len().min(out.len());
                out[..n].copy_from_slice(&data[..n]);
            } else if let Some((length, out)) = out.split_first_mut() {
                let n = data.len().min(out.len()).min(255);
                *length = n as u8;
                out[..n].copy_from_slice(&data[..n]);
            }
        }
        b'c' => match value.is_instance(types().bytes).then(|| bytes::as_slice(value)) {
            Some(&[byte]) => out[0] = byte,
            _ => return Err(error("char format requires a bytes object of length 1")),
        },
        b'?' => out[0] = protocol::is_true(value)? as u8,
        b'e' | b'f' | b'd' => {
            let x = float::to_f64(value).map_err(|e| replaced(e, "required argument is not a float"))?;
            put_float(run.code, x, out, big)?;
        }
        b'F' | b'D' => {
            let Parts { re, im } = complex::construct::to_parts(value).map_err(|e| replaced(e, "required argument is not a complex"))?;
            let (code, half) = if run.code == b'F' { (b'f', 4) } else { (b'd', 8) };
            put_float(code, re, &mut out[..half], big)?;
            put_float(code, im, &mut out[half..], big)?;
        }
        code => put(out, &integer_bytes(code, run.size, value)?.to_le_bytes()[..run.size], big),
    }
    Ok(())
}

fn replaced(e: exc::Raised, message: &str) -> exc::Raised {
    exc::clear(e);
    error(message)
}

fn is_signed(code: u8) -> bool {
    matches!(code, b'b' | b'h' | b'i' | b'l' | b'q' | b'n')
}

fn integer_bytes(code: u8, size: usize, value: &Value) -> Res<i128> {
    if !number::is_index(value) {
        return Err(error("required argument is not an integer"));
    }
    let value = number::index(value)?;
    let bits = 8 * size as u32;
    let (low, high) = match code {
        // A pointer takes negative numbers too.
        b'P' => (i64::MIN as i128, u64::MAX as i128),
        _ if is_signed(code) => (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1),
        _ => (0, (1i128 << bits) - 1),
    };
    let n = match int::as_i64(&value) {
        Some(i) => Some(i as i128),
        None => int::as_u64(&value).map(i128::from),
    };
    n.filter(|n| (low..=high).contains(n)).ok_or_else(|| match code {
        b'P' => error("int too large to convert"),
        _ => error(format!("'{}' format requires {low} <= number <= {high}", code as char)),
    })
}

fn put_float(code: u8, x: f64, out: &mut [u8], big: bool) -> Res<()> {
    let too_large = || exc::overflow_error(format!("float too large to pack with {} format", code as char));
    match code {
        b'd' => put(out, &x.to_le_bytes(), big),
        b'f' => put(out, &narrow::single_from_f64(x).ok_or_else(too_large)?.to_le_bytes(), big),
        _ => put(out, &narrow::half_from_f64(x).ok_or_else(too_large)?.to_le_bytes(), big),
    }
    Ok(())
}

/// Unpacks as many bytes as the format is long.
pub fn unpack(format: &Format, data: &[u8]) -> Value {
    let mut values = Vec::with_capacity(format.count);
    for run in &format.runs {
        for i in 0..run.repeat {
            let at = run.offset + i * run.size;
            values.push(unpack_one(run, &data[at..at + run.size], format.big_endian));
        }
    }
    tuple::from_vec(values)
}

fn unpack_one(run: &Run, data: &[u8], big: bool) -> Value {
    match run.code {
        b's' | b'c' => bytes::new(data),
        b'p' => match data.split_first() {
            Some((&n, rest)) => bytes::new(&rest[..(n as usize).min(rest.len())]),
            None => bytes::new(&[]),
        },
        b'?' => Value::bool(data[0] != 0),
        b'e' => Value::float(narrow::half_to_f64(u16::from_le_bytes(little(data, big)))),
        b'f' => Value::float(narrow::single_to_f64(u32::from_le_bytes(little(data, big)))),
        b'd' => Value::float(f64::from_le_bytes(little(data, big))),
        b'F' => {
            let part = |d: &[u8]| f32::from_le_bytes(little(d, big)) as f64;
            complex::new(part(&data[..4]), part(&data[4..]))
        }
        b'D' => {
            let part = |d: &[u8]| f64::from_le_bytes(little(d, big));
            complex::new(part(&data[..8]), part(&data[8..]))
        }
        code => {
            let word = |fill: u8| {
                let mut bytes = [fill; 8];
                bytes[..data.len()].copy_from_slice(data);
                if big {
                    bytes[..data.len()].reverse();
                }
                bytes
            };
            let sign_byte = if big { data[0] } else { data[data.len() - 1] };
            if is_signed(code) {
                Value::int(i64::from_le_bytes(word(if sign_byte & 0x80 != 0 { 0xff } else { 0 })))
            } else {
                int::from_u64(u64::from_le_bytes(word(0)))
            }
        }
    }
}

/// The bytes of a number, least significant first.
fn little<const N: usize>(data: &[u8], big: bool) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(data);
    if big {
        bytes.reverse();
    }
    bytes
}
