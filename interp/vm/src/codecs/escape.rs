//! `unicode_escape`, `raw_unicode_escape`, and the escapes of bytes literals.

use super::errors::{Decoding, Encoding};
use crate::exc;
use crate::types::bytes_like::hex::DIGITS;
use crate::types::str::StrView;
use crate::unicode;
use crate::value::Res;

/// The value of up to `most` hexadecimal digits, and how many there are.
fn hex_digits(data: &[u8], most: usize) -> (u32, usize) {
    let digits = data.iter().take(most).map_while(|&b| (b as char).to_digit(16));
    digits.fold((0, 0), |(value, n), d| (value << 4 | d, n + 1))
}

/// The value of up to three octal digits, and how many there are.
fn octal_digits(data: &[u8]) -> (u32, usize) {
    let digits = data.iter().take(3).map_while(|&b| (b as char).to_digit(8));
    digits.fold((0, 0), |(value, n), d| (value << 3 | d, n + 1))
}

/// Decodes `unicode_escape`; an escape cut off at the end is left for later unless this is `last`. Says how many
/// bytes were used.
pub fn decode_unicode(d: &mut Decoding, last: bool) -> Res<usize> {
    let mut at = 0;
    while at < d.data.len() {
        let plain = memchr::memchr(b'\\', &d.data[at..]).unwrap_or(d.data.len() - at);
        d.out.push_view(StrView::Latin1(&d.data[at..at + plain]));
        at += plain;
        if at >= d.data.len() {
            break;
        }
        let start = at;
        let Some(&letter) = d.data.get(at + 1) else {
            if !last {
                return Ok(start);
            }
            at = d.error("unicodeescape", start, d.data.len(), "\\ at end of string")?;
            continue;
        };
        let body = start + 2;
        let single = match letter {
            b'\n' => None,
            b'\\' | b'\'' | b'"' => Some(letter),
            b'b' => Some(8),
            b'f' => Some(12),
            b't' => Some(b'\t'),
            b'n' => Some(b'\n'),
            b'r' => Some(b'\r'),
            b'v' => Some(11),
            b'a' => Some(7),
            b'0'..=b'7' => {
                let (value, n) = octal_digits(&d.data[start + 1..]);
                if !last && start + 1 + n == d.data.len() && n < 3 {
                    return Ok(start);
                }
                d.out.push(value);
                at = start + 1 + n;
                continue;
            }
            b'x' | b'u' | b'U' => {
                let (want, reason) = match letter {
                    b'x' => (2, "truncated \\xXX escape"),
                    b'u' => (4, "truncated \\uXXXX escape"),
                    _ => (8, "truncated \\UXXXXXXXX escape"),
                };
                let (value, n) = hex_digits(&d.data[body..], want);
                at = if n == want && value <= 0x10ffff {
                    d.out.push(value);
                    body + n
                } else if n == want {
                    d.error("unicodeescape", start, body + n, "illegal Unicode character")?
                } else if !last && body + n == d.data.len() {
                    return Ok(start);
                } else {
                    d.error("unicodeescape", start, body + n, reason)?
                };
                continue;
            }
            b'N' => {
                at = match named(d, start, last)? {
                    Some(next) => next,
                    None => return Ok(start),
                };
                continue;
            }
            other => {
                d.out.push(b'\\'.into());
                Some(other)
            }
        };
        if let Some(c) = single {
            d.out.push(c.into());
        }
        at = body;
    }
    Ok(at)
}

/// A `\N{…}` escape: where to go on, or `None` if it is cut off.
fn named(d: &mut Decoding, start: usize, last: bool) -> Res<Option<usize>> {
    let body = start + 2;
    let malformed = "malformed \\N character escape";
    if d.data.get(body) == Some(&b'{') {
        let Some(len) = memchr::memchr(b'}', &d.data[body + 1..]) else {
            if !last {
                return Ok(None);
            }
            let end = d.data.len();
            return d.error("unicodeescape", start, end, malformed).map(Some);
        };
        let end = body + 1 + len + 1;
        if len > 0 {
            let name = String::from_utf8_lossy(&d.data[body + 1..end - 1]).into_owned();
            return match unicode::lookup_name(&name) {
                Some(c) => {
                    d.out.push(c);
                    Ok(Some(end))
                }
                None => d.error("unicodeescape", start, end, "unknown Unicode character name").map(Some),
            };
        }
        return d.error("unicodeescape", start, end, malformed).map(Some);
    }
    if !last && body == d.data.len() {
        return Ok(None);
    }
    d.error("unicodeescape", start, body, malformed).map(Some)
}

fn push_escape(c: u32, out: &mut Vec<u8>) {
    let (letter, digits) = match c {
        0..0x100 => (b'x', 2),
        0x100..0x10000 => (b'u', 4),
        _ => (b'U', 8),
    };
    out.extend_from_slice(&[b'\\', letter]);
    out.extend((0..digits).rev().map(|i| DIGITS[(c >> (4 * i)) as usize & 15]));
}

/// Encodes `unicode_escape`.
pub fn encode_unicode(e: &mut Encoding) {
    for c in e.view().iter() {
        match c {
            0x5c => e.out.extend_from_slice(b"\\\\"),
            0x09 => e.out.extend_from_slice(b"\\t"),
            0x0a => e.out.extend_from_slice(b"\\n"),
            0x0d => e.out.extend_from_slice(b"\\r"),
            0x20..0x7f => e.out.push(c as u8),
            _ => push_escape(c, &mut e.out),
        }
    }
}

/// Decodes `raw_unicode_escape`, which knows `\u` and `\U` only.
pub fn decode_raw(d: &mut Decoding, last: bool) -> Res<usize> {
    let mut at = 0;
    while at < d.data.len() {
        let b = d.data[at];
        if b != b'\\' || (at + 1 == d.data.len() && last) {
            d.out.push(b.into());
            at += 1;
            continue;
        }
        let start = at;
        let Some(&letter) = d.data.get(at + 1) else { return Ok(start) };
        let (want, reason) = match letter {
            b'u' => (4, "truncated \\uXXXX escape"),
            b'U' => (8, "truncated \\UXXXXXXXX escape"),
            other => {
                d.out.extend([b'\\'.into(), other.into()]);
                at += 2;
                continue;
            }
        };
        let body = start + 2;
        let (value, n) = hex_digits(&d.data[body..], want);
        at = if n == want && value <= 0x10ffff {
            d.out.push(value);
            body + n
        } else if n == want {
            d.error("rawunicodeescape", start, body + n, "\\Uxxxxxxxx out of range")?
        } else if !last && body + n == d.data.len() {
            return Ok(start);
        } else {
            d.error("rawunicodeescape", start, body + n, reason)?
        };
    }
    Ok(at)
}

/// Encodes `raw_unicode_escape`.
pub fn encode_raw(e: &mut Encoding) {
    for c in e.view().iter() {
        if c < 0x100 { e.out.push(c as u8) } else { push_escape(c, &mut e.out) }
    }
}

/// The bytes that the body of a bytes literal stands for (`codecs.escape_decode`).
pub fn decode_bytes(data: &[u8], errors: &str) -> Res<Vec<u8>> {
    let mut out = Vec::with_capacity(data.len());
    let mut at = 0;
    while at < data.len() {
        if data[at] != b'\\' {
            out.push(data[at]);
            at += 1;
            continue;
        }
        let start = at;
        let Some(&letter) = data.get(at + 1) else { return Err(exc::value_error("Trailing \\ in string")) };
        at += 2;
        match letter {
            b'\n' => {}
            b'\\' | b'\'' | b'"' => out.push(letter),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b't' => out.push(b'\t'),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b'v' => out.push(11),
            b'a' => out.push(7),
            b'0'..=b'7' => {
                let (value, n) = octal_digits(&data[start + 1..]);
                out.push(value as u8);
                at = start + 1 + n;
            }
            b'x' => match hex_digits(&data[at..], 2) {
                (value, 2) => {
                    out.push(value as u8);
                    at += 2;
                }
                (_, n) => {
                    match errors {
                        "strict" => return Err(exc::value_error(format!("invalid \\x escape at position {start}"))),
                        "replace" => out.push(b'?'),
                        "ignore" => {}
                        other => return Err(exc::value_error(format!("decoding error; unknown error handling code: {other}"))),
                    }
                    at += n;
                }
            },
            other => out.extend_from_slice(&[b'\\', other]),
        }
    }
    Ok(out)
}

/// The body of a bytes literal for these bytes (`codecs.escape_encode`).
pub fn encode_bytes(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    for &b in data {
        match b {
            b'\\' | b'\'' => out.extend_from_slice(&[b'\\', b]),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b' '..=b'~' => out.push(b),
            _ => push_escape(b.into(), &mut out),
        }
    }
    out
}
