//! Type codes, and items to and from their bytes.

use weft_vm::exc;
use weft_vm::protocol::number;
use weft_vm::types::{float, int, str};
use weft_vm::value::{Res, Value};

/// A type code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Kind {
    /// The character.
    pub code: u8,
    /// Bytes of an item.
    pub size: usize,
}

/// Every type code, in CPython's order.
pub static KINDS: [Kind; 14] = [
    Kind { code: b'b', size: 1 },
    Kind { code: b'B', size: 1 },
    Kind { code: b'u', size: 4 },
    Kind { code: b'w', size: 4 },
    Kind { code: b'h', size: 2 },
    Kind { code: b'H', size: 2 },
    Kind { code: b'i', size: 4 },
    Kind { code: b'I', size: 4 },
    Kind { code: b'l', size: 8 },
    Kind { code: b'L', size: 8 },
    Kind { code: b'q', size: 8 },
    Kind { code: b'Q', size: 8 },
    Kind { code: b'f', size: 4 },
    Kind { code: b'd', size: 8 },
];

/// The bytes of one item, of which the first `size` count.
pub type Item = [u8; 8];

impl Kind {
    /// The kind with this code.
    pub fn of_code(code: u32) -> Option<Kind> {
        KINDS.iter().copied().find(|k| k.code as u32 == code)
    }

    /// Whether items are characters.
    pub fn is_text(self) -> bool {
        matches!(self.code, b'u' | b'w')
    }

    /// Whether items are integers.
    pub fn is_integer(self) -> bool {
        !self.is_text() && !matches!(self.code, b'f' | b'd')
    }

    /// Whether items are integers that can be negative.
    pub fn is_signed(self) -> bool {
        self.is_integer() && self.code.is_ascii_lowercase()
    }

    /// The value of an item.
    pub fn value(self, item: &[u8]) -> Value {
        let mut bytes = [0; 8];
        bytes[..self.size].copy_from_slice(&item[..self.size]);
        let low = u64::from_ne_bytes(bytes);
        match self.code {
            b'f' => Value::float(f32::from_bits(low as u32) as f64),
            b'd' => Value::float(f64::from_bits(low)),
            b'u' | b'w' => str::from_code_point((low as u32).min(char::MAX as u32)),
            _ if self.is_signed() => {
                let unused = 64 - 8 * self.size as u32;
                Value::int((low << unused) as i64 >> unused)
            }
            _ => int::from_u64(low),
        }
    }

    /// The bytes of a value as an item, or the error CPython's argument conversion gives. May run Python.
    pub fn item(self, v: &Value) -> Res<Item> {
        let bits = match self.code {
            b'f' => (float::to_f64(v)? as f32).to_bits() as u64,
            b'd' => float::to_f64(v)?.to_bits(),
            b'u' | b'w' => character(v)? as u64,
            b'b' => long_within(v, &[("signed short integer", -0x8000, 0x7fff), ("signed char", -0x80, 0x7f)])? as u64,
            b'B' => long_within(v, &[("unsigned byte integer", 0, 0xff)])? as u64,
            b'h' => long_within(v, &[("signed short integer", -0x8000, 0x7fff)])? as u64,
            b'H' => long_within(v, &[("signed integer", i32::MIN as i64, i32::MAX as i64), ("unsigned short", 0, 0xffff)])? as u64,
            b'i' => long_within(v, &[("signed integer", i32::MIN as i64, i32::MAX as i64)])? as u64,
            b'l' => long_within(v, &[])? as u64,
            b'q' => int::as_i64(&number::index(v)?).ok_or_else(|| exc::overflow_error("int too big to convert"))? as u64,
            b'Q' => unsigned(v, "can't convert negative int to unsigned", "int too big to convert")?,
            code => {
                let n = unsigned(v, "can't convert negative value to unsigned int", "Python int too large to convert to C unsigned long")?;
                if code == b'I' && n > u32::MAX as u64 {
                    return Err(exc::overflow_error("unsigned int is greater than maximum"));
                }
                n
            }
        };
        // Little-endian order puts the low bytes, which are the item, first.
        Ok(bits.to_le_bytes())
    }
}

fn character(v: &Value) -> Res<u32> {
    if !str::is_str(v) {
        return Err(exc::type_error(format!("array item must be a unicode character, not {}", v.class().full_name())));
    }
    match str::len(v) {
        1 => Ok(str::code_point_at(v, 0)),
        n => Err(exc::type_error(format!("array item must be a unicode character, not a string of length {n}"))),
    }
}

/// A C long that lies within each of some ranges.
fn long_within(v: &Value, ranges: &[(&str, i64, i64)]) -> Res<i64> {
    let n = int::as_i64(&number::index(v)?).ok_or_else(|| exc::overflow_error("Python int too large to convert to C long"))?;
    for (name, low, high) in ranges {
        if n < *low {
            return Err(exc::overflow_error(format!("{name} is less than minimum")));
        }
        if n > *high {
            return Err(exc::overflow_error(format!("{name} is greater than maximum")));
        }
    }
    Ok(n)
}

fn unsigned(v: &Value, negative: &str, too_large: &str) -> Res<u64> {
    let n = number::index(v)?;
    if int::is_negative(&n) {
        return Err(exc::overflow_error(negative));
    }
    int::as_u64(&n).ok_or_else(|| exc::overflow_error(too_large))
}
