//! Items of a memoryview by their struct format: one native character, perhaps behind an `@`.

use crate::exc;
use crate::protocol::{self, number};
use crate::types::float::narrow;
use crate::types::{bytes, float, int};
use crate::value::{Res, Value};
use crate::vm::types;
use smallvec::SmallVec;

/// A native single-character format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// The character.
    pub code: u8,
}

impl Format {
    /// Reads a format; `None` if memoryview knows nothing of it.
    pub fn parse(text: &str) -> Option<Format> {
        match text.strip_prefix('@').unwrap_or(text).as_bytes() {
            [
                code @ (b'c' | b'b' | b'B' | b'?' | b'h' | b'H' | b'i' | b'I' | b'l' | b'L' | b'q' | b'Q' | b'n' | b'N' | b'e' | b'f'
                | b'd' | b'P'),
            ] => Some(Format { code: *code }),
            _ => None,
        }
    }

    /// Bytes of an item.
    pub fn size(self) -> usize {
        match self.code {
            b'c' | b'b' | b'B' | b'?' => 1,
            b'h' | b'H' | b'e' => 2,
            b'i' | b'I' | b'f' => 4,
            _ => 8,
        }
    }

    /// Whether an item is one byte.
    pub fn is_byte(self) -> bool {
        matches!(self.code, b'c' | b'b' | b'B')
    }

    /// The value of an item.
    pub fn unpack(self, item: &[u8]) -> Res {
        let mut word = [0u8; 8];
        let n = item.len().min(8);
        word[..n].copy_from_slice(&item[..n]);
        let raw = u64::from_ne_bytes(word);
        Ok(match self.code {
            b'c' => bytes::try_new(item)?,
            b'?' => Value::bool(raw != 0),
            b'b' => Value::int((raw as i8).into()),
            b'h' => Value::int((raw as i16).into()),
            b'i' => Value::int((raw as i32).into()),
            b'l' | b'q' | b'n' => Value::int(raw as i64),
            b'e' => Value::float(narrow::half_to_f64(raw as u16)),
            b'f' => Value::float(f32::from_bits(raw as u32).into()),
            b'd' => Value::float(f64::from_bits(raw)),
            _ => int::from_u64(raw),
        })
    }

    /// The bytes of an item with this value. Raises TypeError or ValueError.
    pub fn pack(self, v: &Value) -> Res<SmallVec<[u8; 16]>> {
        let kind = self.code as char;
        let bad_type = || exc::type_error(format!("memoryview: invalid type for format '{kind}'"));
        let bad_value = || exc::value_error(format!("memoryview: invalid value for format '{kind}'"));
        let raw = match self.code {
            b'c' => {
                if !bytes::is_bytes(v) {
                    return Err(bad_type());
                }
                return match bytes::as_slice(v) {
                    [b] => Ok(SmallVec::from_slice(&[*b])),
                    _ => Err(bad_value()),
                };
            }
            b'?' => u64::from(protocol::is_true(v)?),
            b'e' | b'f' | b'd' => {
                let x = match float::to_f64(v) {
                    Ok(x) => x,
                    Err(e) if exc::matches(types().type_error) => {
                        exc::clear(e);
                        return Err(bad_type());
                    }
                    Err(e) if exc::matches(types().overflow_error) => {
                        exc::clear(e);
                        return Err(bad_value());
                    }
                    Err(e) => return Err(e),
                };
                match self.code {
                    b'd' => x.to_bits(),
                    b'f' => u64::from((x as f32).to_bits()),
                    _ => narrow::half_from_f64(x).ok_or_else(bad_value)?.into(),
                }
            }
            _ => {
                if !int::is_int(v) && v.class().slots().index.is_none() {
                    return Err(bad_type());
                }
                let i = match number::index(v) {
                    Ok(i) => i,
                    Err(e) if exc::matches(types().type_error) => {
                        exc::clear(e);
                        return Err(bad_type());
                    }
                    Err(e) => return Err(e),
                };
                let bits = 8 * self.size() as u32;
                if self.code.is_ascii_lowercase() {
                    match int::as_i64(&i) {
                        Some(n) if bits == 64 || (-(1i64 << (bits - 1))..1 << (bits - 1)).contains(&n) => n as u64,
                        _ => return Err(bad_value()),
                    }
                } else {
                    match int::as_u64(&i) {
                        Some(n) if bits == 64 || n < 1 << bits => n,
                        _ => return Err(bad_value()),
                    }
                }
            }
        };
        Ok(SmallVec::from_slice(&raw.to_ne_bytes()[..self.size()]))
    }
}
