//! Hexadecimal text.

use super::split::is_space;
use super::this;
use crate::class::build;
use crate::class::native::Args;
use crate::types::{bounds, bytearray, bytes, str};
use crate::value::{Res, Value};
use crate::vm::types;
use crate::{buffer, call, exc, protocol};

/// The digits.
pub const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The arguments `sep` and `bytes_per_sep` of `hex`: the separator byte, and after how many bytes it comes
/// (counted from the end if positive).
pub fn separator(sep: Option<&Value>, per: Option<&Value>) -> Res<Option<(u8, i32)>> {
    let per = per.map_or(Ok(1), bounds::c_int_arg)?;
    let Some(sep) = sep else { return Ok(None) };
    let byte = if let Some(s) = str::downcast(sep) {
        if s.len() != 1 {
            return Err(exc::value_error("sep must be length 1."));
        }
        u8::try_from(s.view().at(0)).unwrap_or(0xff)
    } else if bytes::is_bytes(sep) {
        match bytes::as_slice(sep) {
            [b] => *b,
            _ => return Err(exc::value_error("sep must be length 1.")),
        }
    } else {
        // CPython asks for the length first, so what has none is told so.
        if protocol::len(sep)? != 1 {
            return Err(exc::value_error("sep must be length 1."));
        }
        return Err(exc::type_error("sep must be str or bytes."));
    };
    if !byte.is_ascii() {
        return Err(exc::value_error("sep must be ASCII."));
    }
    Ok(Some((byte, per)))
}

/// The hexadecimal text of bytes.
pub fn text(data: &[u8], separator: Option<(u8, i32)>) -> Res<Vec<u8>> {
    let mut out = Vec::new();
    if out.try_reserve(data.len().saturating_mul(3)).is_err() {
        return Err(exc::memory_error());
    }
    for (i, &b) in data.iter().enumerate() {
        if let Some((sep, per)) = separator
            && per != 0
            && i > 0
        {
            let group = per.unsigned_abs() as usize;
            if (if per < 0 { i } else { data.len() - i }) % group == 0 {
                out.push(sep);
            }
        }
        out.extend_from_slice(&[DIGITS[b as usize >> 4], DIGITS[b as usize & 15]]);
    }
    Ok(out)
}

pub(crate) fn hex(a: Args) -> Res {
    let separator = separator(a.opt(1), a.opt(2))?;
    let text = text(this(a.at(0)), separator)?;
    str::try_from_view(str::StrView::Latin1(&text))
}

/// The bytes that hexadecimal text stands for.
pub fn parse(text: &[u8]) -> Res<Vec<u8>> {
    let bad = |at: usize| exc::value_error(format!("non-hexadecimal number found in fromhex() arg at position {at}"));
    let mut out = Vec::with_capacity(text.len() / 2);
    let mut at = 0;
    while at < text.len() {
        if is_space(text[at]) {
            at += 1;
            continue;
        }
        let Some(high) = (text[at] as char).to_digit(16) else { return Err(bad(at)) };
        let Some(&second) = text.get(at + 1) else {
            return Err(exc::value_error("fromhex() arg must contain an even number of hexadecimal digits"));
        };
        let Some(low) = (second as char).to_digit(16) else { return Err(bad(at + 1)) };
        out.push((high << 4 | low) as u8);
        at += 2;
    }
    Ok(out)
}

pub(crate) fn fromhex(a: Args) -> Res {
    let source = a.at(1);
    let data = if let Some(s) = str::downcast(source) {
        match s.as_ascii() {
            Some(text) => parse(text.as_bytes())?,
            None => {
                let at = s.view().iter().position(|c| c >= 0x80 || !(is_space(c as u8) || (c as u8).is_ascii_hexdigit()));
                return Err(exc::value_error(format!("non-hexadecimal number found in fromhex() arg at position {}", at.unwrap_or(0))));
            }
        }
    } else if buffer::is_supported(source) {
        parse(&buffer::get(source)?.to_vec())?
    } else {
        return Err(exc::type_error(format!("fromhex() argument must be str or bytes-like, not {}", source.class().full_name())));
    };
    let class = a.at(0);
    if build::of(class).is_subtype(types().bytes) {
        let made = bytes::try_new(&data)?;
        if class.is(&types().bytes.value()) { Ok(made) } else { call::call1(class, &made) }
    } else {
        let made = bytearray::from_vec(data);
        if class.is(&types().bytearray.value()) { Ok(made) } else { call::call1(class, &made) }
    }
}
