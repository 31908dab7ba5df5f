//! UTF-16, in either byte order or with a byte order mark.

use super::ByteOrder;
use super::errors::{Decoding, Encoding, Replacement};
use crate::types::str::{self, StrView};
use crate::value::Res;

/// Decodes; what is cut off at the end is left for later unless this is `last`. Says how many bytes were used, and
/// in which order they were.
pub fn decode(d: &mut Decoding, order: ByteOrder, last: bool) -> Res<(usize, ByteOrder)> {
    let (mut order, mut at) = (order, 0);
    if order == ByteOrder::Marked {
        match d.data[..] {
            [0xff, 0xfe, ..] => (order, at) = (ByteOrder::Little, 2),
            [0xfe, 0xff, ..] => (order, at) = (ByteOrder::Big, 2),
            _ => {}
        }
    }
    let big = order == ByteOrder::Big;
    let name = if big { "utf-16-be" } else { "utf-16-le" };
    let unit = |data: &[u8], i: usize| -> Option<u32> {
        let pair = [*data.get(i)?, *data.get(i + 1)?];
        Some(if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }.into())
    };
    while at < d.data.len() {
        let Some(u) = unit(&d.data, at) else {
            if !last {
                break;
            }
            at = d.error(name, at, d.data.len(), "truncated data")?;
            continue;
        };
        at = match u {
            0xd800..0xdc00 => match unit(&d.data, at + 2) {
                Some(v @ 0xdc00..0xe000) => {
                    d.out.push(0x10000 + ((u - 0xd800) << 10) + (v - 0xdc00));
                    at + 4
                }
                Some(_) => d.error(name, at, at + 2, "illegal UTF-16 surrogate")?,
                None if !last => break,
                None => d.error(name, at, d.data.len(), "unexpected end of data")?,
            },
            0xdc00..0xe000 => d.error(name, at, at + 2, "illegal encoding")?,
            _ => {
                d.out.push(u);
                at + 2
            }
        };
    }
    Ok((at, order))
}

/// Encodes.
pub fn encode(e: &mut Encoding, order: ByteOrder) -> Res<()> {
    let big = order == ByteOrder::Big;
    let name = match order {
        ByteOrder::Marked => "utf-16",
        ByteOrder::Little => "utf-16-le",
        ByteOrder::Big => "utf-16-be",
    };
    let push = |u: u16, out: &mut Vec<u8>| out.extend_from_slice(&if big { u.to_be_bytes() } else { u.to_le_bytes() });
    if order == ByteOrder::Marked {
        push(0xfeff, &mut e.out);
    }
    let text = e.view();
    let mut at = 0;
    while let Some(c) = text.get(at) {
        match c {
            0xd800..0xe000 => {
                let reason = "surrogates not allowed";
                let (replacement, next) = e.error(name, at, at + 1, reason)?;
                match replacement {
                    Replacement::Bytes(b) if b.len() % 2 == 0 => e.out.extend_from_slice(&b),
                    Replacement::Text(t) => match str::view(&t) {
                        StrView::Latin1(s) if s.is_ascii() => s.iter().for_each(|&b| push(b.into(), &mut e.out)),
                        _ => return Err(e.raise(name, at, at + 1, reason)),
                    },
                    Replacement::Bytes(_) => return Err(e.raise(name, at, at + 1, reason)),
                }
                at = next;
                continue;
            }
            0x10000.. => {
                push((0xd800 + ((c - 0x10000) >> 10)) as u16, &mut e.out);
                push((0xdc00 + ((c - 0x10000) & 0x3ff)) as u16, &mut e.out);
            }
            _ => push(c as u16, &mut e.out),
        }
        at += 1;
    }
    Ok(())
}
