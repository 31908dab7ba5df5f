//! Text to int: signs, base prefixes, underscores, Unicode digits, and the limit on decimal digits.

use super::text::{MAX_STR_DIGITS_THRESHOLD, max_str_digits};
use super::{from_bigint, from_u64};
use crate::types::str;
use crate::value::{Res, Value};
use crate::{exc, protocol};
use num_bigint::{BigInt, BigUint, Sign};
use weft_layout::tag;

/// The code points of Unicode's decimal zeros; each begins a run of ten digits.
const ZEROS: [u32; 76] = [0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x10d40, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x116d0, 0x116da, 0x11730, 0x118e0, 0x11950, 0x11bf0, 0x11c50, 0x11d50, 0x11da0, 0x11f50, 0x16130, 0x16a60, 0x16ac0, 0x16b50, 0x16d70, 0x1ccf0, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e5f1, 0x1e950, 0x1fbf0];

/// The value of a decimal digit in any script.
pub fn decimal_value(c: u32) -> Option<u32> {
    let run = ZEROS[..ZEROS.partition_point(|&z| z <= c)].last()?;
    (c - run < 10).then(|| c - run)
}

/// Whether Unicode (and Python) holds the character for white space.
pub fn is_space(c: u32) -> bool {
    matches!(c, 9..=13 | 28..=32 | 0x85 | 0xa0 | 0x1680 | 0x2000..=0x200a | 0x2028 | 0x2029 | 0x202f | 0x205f | 0x3000)
}

/// The text of a str as number parsers read it: digits of all scripts become ASCII digits, white space becomes
/// spaces, and any other character that is not ASCII becomes `?`. ASCII text stays as it is.
pub fn ascii_text(s: &Value) -> Vec<u8> {
    let len = str::len(s);
    let points = (0..len).map(|i| str::code_point_at(s, i));
    let ascii: Vec<u8> = points.clone().map_while(|c| (c < 128).then_some(c as u8)).collect();
    if ascii.len() == len {
        return ascii;
    }
    points
        .map(|c| match c {
            c if is_space(c) => b' ',
            0..128 => c as u8,
            _ => decimal_value(c).map_or(b'?', |d| b'0' + d as u8),
        })
        .collect()
}

/// White space as C's `isspace` has it.
pub fn is_c_space(c: &u8) -> bool {
    matches!(c, 9..=13 | 32)
}

/// The text without white space around it.
pub fn trim(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|c| !is_c_space(c)).unwrap_or(text.len());
    let end = text.iter().rposition(|c| !is_c_space(c)).map_or(start, |i| i + 1);
    &text[start..end]
}

/// Why text is not an int.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// It is not a literal in the base.
    Invalid,
    /// It has this many digits, which is more than the limit.
    TooLong(usize),
}

/// Reads an int literal in `base` (2 to 36, or 0 to go by the prefix), white space around it allowed.
pub fn parse(text: &[u8], base: u32) -> Result<Value, ParseError> {
    let text = trim(text);
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let prefix = match text {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => 0,
    };
    let (text, base, only_zero) = match base {
        0 if prefix != 0 => (after_prefix(text), prefix, false),
        // "010" would be octal in C, so without a prefix a leading zero is for zero alone.
        0 => (text, 10, text.first() == Some(&b'0')),
        b if b == prefix => (after_prefix(text), b, false),
        b => (text, b, false),
    };
    let value = magnitude(text, base)?;
    let is_zero = matches!(value, Magnitude::Small(0));
    if only_zero && !is_zero {
        return Err(ParseError::Invalid);
    }
    Ok(match value {
        Magnitude::Small(n) if n <= tag::INT_MAX as u64 => Value::small_int(if negative { -(n as i64) } else { n as i64 }),
        Magnitude::Small(n) if !negative => from_u64(n),
        Magnitude::Small(n) => from_bigint(-BigInt::from(n)),
        Magnitude::Big(n) => from_bigint(BigInt::from_biguint(if negative { Sign::Minus } else { Sign::Plus }, n)),
    })
}

fn after_prefix(text: &[u8]) -> &[u8] {
    // One underscore may follow the prefix.
    match &text[2..] {
        [b'_', rest @ ..] => rest,
        rest => rest,
    }
}

enum Magnitude {
    Small(u64),
    Big(BigUint),
}

fn magnitude(text: &[u8], base: u32) -> Result<Magnitude, ParseError> {
    let mut digits = Vec::with_capacity(text.len());
    let mut small = Some(0u64);
    let mut after_digit = false;
    for &c in text {
        if c == b'_' {
            if !after_digit {
                return Err(ParseError::Invalid);
            }
            after_digit = false;
            continue;
        }
        let d = (c as char).to_digit(base).ok_or(ParseError::Invalid)?;
        small = small.and_then(|n| n.checked_mul(base as u64)?.checked_add(d as u64));
        digits.push(d as u8);
        after_digit = true;
    }
    if !after_digit {
        return Err(ParseError::Invalid);
    }
    let limit = max_str_digits();
    if !base.is_power_of_two() && digits.len() > MAX_STR_DIGITS_THRESHOLD && limit > 0 && digits.len() > limit {
        return Err(ParseError::TooLong(digits.len()));
    }
    match small {
        Some(n) => Ok(Magnitude::Small(n)),
        None => BigUint::from_radix_be(&digits, base).map(Magnitude::Big).ok_or(ParseError::Invalid),
    }
}

/// What `int(literal, base)` raises when the text of `literal` does not parse.
pub fn raise(error: ParseError, literal: &Value, base: u32) -> exc::Raised {
    match error {
        ParseError::TooLong(n) => {
            let limit = max_str_digits();
            exc::value_error(format!(
                "Exceeds the limit ({limit} digits) for integer string conversion: value has {n} digits; use sys.set_int_max_str_digits() to increase the limit"
            ))
        }
        ParseError::Invalid => match protocol::repr_string(literal) {
            Ok(text) => {
                let shown: String = text.chars().take(200).collect();
                exc::value_error(format!("invalid literal for int() with base {base}: {shown}"))
            }
            Err(e) => e,
        },
    }
}

/// The int a str stands for in `base`.
pub fn from_str(s: &Value, base: u32) -> Res {
    parse(&ascii_text(s), base).map_err(|e| raise(e, s, base))
}
