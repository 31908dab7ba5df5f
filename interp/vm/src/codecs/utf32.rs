//! UTF-32, in either byte order or with a byte order mark.

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
            [0xff, 0xfe, 0, 0, ..] => (order, at) = (ByteOrder::Little, 4),
            [0, 0, 0xfe, 0xff, ..] => (order, at) = (ByteOrder::Big, 4),
            _ => {}
        }
    }
    let big = order == ByteOrder::Big;
    let name = if big { "utf-32-be" } else { "utf-32-le" };
    while at < d.data.len() {
        let Some(&[p, q, r, s]) = d.data[at..].first_chunk::<4>() else {
            if !last {
                break;
            }
            at = d.error(name, at, d.data.len(), "truncated data")?;
            continue;
        };
        let c = if big { u32::from_be_bytes([p, q, r, s]) } else { u32::from_le_bytes([p, q, r, s]) };
        at = match c {
            0xd800..0xe000 => d.error(name, at, at + 4, "code point in surrogate code point range")?,
            0x110000.. => d.error(name, at, at + 4, "code point not in range(0x110000)")?,
            _ => {
                d.out.push(c);
                at + 4
            }
        };
    }
    Ok((at, order))
}

/// Encodes.
pub fn encode(e: &mut Encoding, order: ByteOrder) -> Res<()> {
    let big = order == ByteOrder::Big;
    let name = match order {
        ByteOrder::Marked => "utf-32",
        ByteOrder::Little => "utf-32-le",
        ByteOrder::Big => "utf-32-be",
    };
    let push = |c: u32, out: &mut Vec<u8>| out.extend_from_slice(&if big { c.to_be_bytes() } else { c.to_le_bytes() });
    if order == ByteOrder::Marked {
        push(0xfeff, &mut e.out);
    }
    let text = e.view();
    let mut at = 0;
    while let Some(c) = text.get(at) {
        if !(0xd800..0xe000).contains(&c) {
            push(c, &mut e.out);
            at += 1;
            continue;
        }
        let reason = "surrogates not allowed";
        let (replacement, next) = e.error(name, at, at + 1, reason)?;
        match replacement {
            Replacement::Bytes(b) if b.len() % 4 == 0 => e.out.extend_from_slice(&b),
            Replacement::Text(t) => match str::view(&t) {
                StrView::Latin1(s) if s.is_ascii() => s.iter().for_each(|&b| push(b.into(), &mut e.out)),
                _ => return Err(e.raise(name, at, at + 1, reason)),
            },
            Replacement::Bytes(_) => return Err(e.raise(name, at, at + 1, reason)),
        }
        at = next;
    }
    Ok(())
}
