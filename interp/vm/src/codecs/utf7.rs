//! UTF-7 (RFC 2152).

use super::errors::{Decoding, Encoding};
use crate::value::Res;

const NAME: &str = "utf7";
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64_value(b: u8) -> Option<u32> {
    ALPHABET.iter().position(|&c| c == b).map(|i| i as u32)
}

/// Whether the byte stands for itself outside base64.
fn is_direct(b: u8) -> bool {
    b < 0x80 && b != b'+'
}

/// Whether a code point is written as it is: letters, digits, white space and the optional direct characters.
fn is_written_plain(c: u32) -> bool {
    c < 0x80 && !matches!(c as u8, b'+' | b'\\' | b'~' | 0x7f | 0..=8 | 11 | 12 | 14..=31)
}

/// Decodes; a shift sequence that is not over is left for later unless this is `last`. Says how many bytes were used.
pub fn decode(d: &mut Decoding, last: bool) -> Res<usize> {
    let mut at = 0;
    // The state inside base64: where it began, bits not yet used, and a high surrogate waiting for its other half.
    let mut shift: Option<usize> = None;
    let (mut bits, mut count, mut high) = (0u32, 0u32, None);
    let mut kept = 0;
    while at < d.data.len() {
        let b = d.data[at];
        if let Some(start) = shift {
            if let Some(value) = base64_value(b) {
                bits = bits << 6 | value;
                count += 6;
                at += 1;
                if count >= 16 {
                    count -= 16;
                    let unit = bits >> count & 0xffff;
                    bits &= (1 << count) - 1;
                    match (high.take(), unit) {
                        (Some(h), 0xdc00..0xe000) => d.out.push(0x10000u32 + ((h - 0xd800) << 10) + (unit - 0xdc00)),
                        (earlier, _) => {
                            if let Some(h) = earlier {
                                d.out.push(h);
                            }
                            match unit {
                                0xd800..0xdc00 => high = Some(unit),
                                _ => d.out.push(unit),
                            }
                        }
                    }
                }
                continue;
            }
            shift = None;
            if count >= 6 {
                at = d.error(NAME, start, at + 1, "partial character in base64 sequence")?;
                (bits, count, high) = (0, 0, None);
                continue;
            }
            if bits != 0 {
                at = d.error(NAME, start, at + 1, "non-zero padding bits in base64 sequence")?;
                (bits, count, high) = (0, 0, None);
                continue;
            }
            (bits, count) = (0, 0);
            if let Some(h) = high.take()
                && is_direct(b)
            {
                d.out.push(h);
            }
            if b == b'-' {
                at += 1;
            } else if !is_direct(b) && b != b'+' {
                at = d.error(NAME, start, at + 1, "unexpected special character")?;
            }
            kept = at;
            continue;
        }
        kept = at;
        if b == b'+' {
            match d.data.get(at + 1) {
                Some(b'-') => {
                    d.out.push('+' as u32);
                    at += 2;
                }
                Some(&next) if base64_value(next).is_none() => at = d.error(NAME, at, at + 2, "ill-formed sequence")?,
                _ => {
                    shift = Some(at);
                    at += 1;
                }
            }
        } else if is_direct(b) {
            d.out.push(b.into());
            at += 1;
        } else {
            at = d.error(NAME, at, at + 1, "unexpected special character")?;
        }
    }
    if let Some(start) = shift {
        if !last {
            return Ok(start);
        }
        if high.is_some() || count >= 6 || bits != 0 {
            let end = d.data.len();
            return d.error(NAME, start, end, "unterminated shift sequence");
        }
    } else {
        kept = at;
    }
    Ok(if shift.is_some() { d.data.len() } else { kept })
}

/// Encodes.
pub fn encode(e: &mut Encoding) {
    let (mut shifted, mut bits, mut count) = (false, 0u32, 0u32);
    for c in e.view().iter() {
        if is_written_plain(c) {
            if shifted {
                if count > 0 {
                    e.out.push(ALPHABET[(bits << (6 - count)) as usize & 63]);
                    (bits, count) = (0, 0);
                }
                shifted = false;
                if base64_value(c as u8).is_some() || c == '-' as u32 {
                    e.out.push(b'-');
                }
            }
            e.out.push(c as u8);
            continue;
        }
        if !shifted {
            e.out.push(b'+');
            if c == '+' as u32 {
                e.out.push(b'-');
                continue;
            }
            shifted = true;
        }
        let (first, second) = match c {
            0x10000.. => (0xd800 + ((c - 0x10000) >> 10), Some(0xdc00 + ((c - 0x10000) & 0x3ff))),
            _ => (c, None),
        };
        for unit in std::iter::once(first).chain(second) {
            bits = bits << 16 | unit;
            count += 16;
            while count >= 6 {
                count -= 6;
                e.out.push(ALPHABET[(bits >> count) as usize & 63]);
                bits &= (1 << count) - 1;
            }
        }
    }
    if count > 0 {
        e.out.push(ALPHABET[(bits << (6 - count)) as usize & 63]);
    }
    if shifted {
        e.out.push(b'-');
    }
}
