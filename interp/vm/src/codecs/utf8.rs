//! UTF-8.

use super::errors::{Decoding, Encoding, Replacement, utf8_push};
use crate::types::str::{self, StrView};
use crate::value::Res;

const NAME: &str = "utf-8";

/// Decodes; a character cut off at the end is left for later unless this is `last`. Says how many bytes were used.
pub fn decode(d: &mut Decoding, last: bool) -> Res<usize> {
    let mut at = 0;
    loop {
        let (valid, error) = match std::str::from_utf8(&d.data[at..]) {
            Ok(text) => {
                d.out.push_str(text);
                return Ok(d.data.len());
            }
            Err(e) => (e.valid_up_to(), e.error_len()),
        };
        // SAFETY: this is the part that has just been found to be valid.
        d.out.push_str(unsafe { std::str::from_utf8_unchecked(&d.data[at..at + valid]) });
        at += valid;
        at = match error {
            None if !last => return Ok(at),
            None => d.error(NAME, at, d.data.len(), "unexpected end of data")?,
            Some(n) => {
                let reason = match d.data[at] {
                    0xc2..0xf5 => "invalid continuation byte",
                    _ => "invalid start byte",
                };
                d.error(NAME, at, at + n, reason)?
            }
        };
    }
}

/// Encodes.
pub fn encode(e: &mut Encoding) -> Res<()> {
    let text = e.view();
    e.out.reserve(text.len() + text.len() / 2);
    let mut at = 0;
    while let Some(c) = text.get(at) {
        if !(0xd800..0xe000).contains(&c) {
            utf8_push(c, &mut e.out);
            at += 1;
            continue;
        }
        let mut end = at + 1;
        while text.get(end).is_some_and(|c| (0xd800..0xe000).contains(&c)) {
            end += 1;
        }
        let reason = "surrogates not allowed";
        let (replacement, next) = e.error(NAME, at, end, reason)?;
        match replacement {
            Replacement::Bytes(b) => e.out.extend_from_slice(&b),
            Replacement::Text(t) => match str::view(&t) {
                StrView::Latin1(s) if s.is_ascii() => e.out.extend_from_slice(s),
                _ => return Err(e.raise(NAME, at, end, reason)),
            },
        }
        at = next;
    }
    Ok(())
}
