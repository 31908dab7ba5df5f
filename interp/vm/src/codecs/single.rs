//! ASCII and Latin-1.

use super::errors::{Decoding, Encoding, Replacement};
use crate::types::str::{self, StrView};
use crate::value::Res;

/// Decodes Latin-1, in which every byte is a code point.
pub fn decode_latin1(d: &mut Decoding) {
    d.out.push_view(StrView::Latin1(&d.data));
}

/// Decodes ASCII.
pub fn decode_ascii(d: &mut Decoding) -> Res<()> {
    let mut at = 0;
    while at < d.data.len() {
        let good = d.data[at..].iter().position(|b| !b.is_ascii()).unwrap_or(d.data.len() - at);
        d.out.push_view(StrView::Latin1(&d.data[at..at + good]));
        at += good;
        if at < d.data.len() {
            at = d.error("ascii", at, at + 1, "ordinal not in range(128)")?;
        }
    }
    Ok(())
}

/// Encodes ASCII (`limit` 0x80) or Latin-1 (0x100).
pub fn encode(e: &mut Encoding, limit: u32) -> Res<()> {
    let (name, reason) = match limit {
        0x80 => ("ascii", "ordinal not in range(128)"),
        _ => ("latin-1", "ordinal not in range(256)"),
    };
    let text = e.view();
    e.out.reserve(text.len());
    let mut at = 0;
    while let Some(c) = text.get(at) {
        if c < limit {
            e.out.push(c as u8);
            at += 1;
            continue;
        }
        let mut end = at + 1;
        while text.get(end).is_some_and(|c| c >= limit) {
            end += 1;
        }
        let (replacement, next) = e.error(name, at, end, reason)?;
        match replacement {
            Replacement::Bytes(b) => e.out.extend_from_slice(&b),
            Replacement::Text(t) => {
                for c in str::view(&t).iter() {
                    if c >= limit {
                        return Err(e.raise(name, at, end, reason));
                    }
                    e.out.push(c as u8);
                }
            }
        }
        at = next;
    }
    Ok(())
}
