//! `repr` of a str.

use super::Builder;
use super::payload::{self, Fresh};
use super::view::{StrView, Width};
use crate::unicode;
use crate::value::{Res, Value};

/// Appends `\xhh`, `\uhhhh` or `\Uhhhhhhhh`, whichever is the shortest that holds the code point.
pub fn push_escape(c: u32, out: &mut Builder) {
    let (letter, digits) = match c {
        0..0x100 => ('x', 2),
        0x100..0x10000 => ('u', 4),
        _ => ('U', 8),
    };
    out.push('\\' as u32);
    out.push(letter as u32);
    for i in (0..digits).rev() {
        out.push(b"0123456789abcdef"[(c >> (4 * i)) as usize & 15].into());
    }
}

/// The quote that `repr` puts around a text.
fn quote(s: StrView) -> u32 {
    let (single, double) = ('\'' as u32, '"' as u32);
    if s.position(single).is_some() && s.position(double).is_none() { double } else { single }
}

/// Appends the repr of a text; with `ascii`, everything that is not ASCII is escaped.
pub fn push_repr(s: StrView, ascii: bool, out: &mut Builder) {
    let quote = quote(s);
    out.push(quote);
    for c in s.iter() {
        match c {
            0x5c => out.push_str("\\\\"),
            0x09 => out.push_str("\\t"),
            0x0a => out.push_str("\\n"),
            0x0d => out.push_str("\\r"),
            c if c == quote => out.extend([0x5c, c]),
            0x20..0x7f => out.push(c),
            c if !ascii && unicode::is_printable(c) => out.push(c),
            c => push_escape(c, out),
        }
    }
    out.push(quote);
}

/// The repr of a str, as a str.
pub fn repr(v: &Value) -> Res {
    let s = payload::payload(v).view();
    if let StrView::Latin1(bytes) = s
        && bytes.iter().all(|&b| (0x20..0x7f).contains(&b) && b != b'\'' && b != b'\\')
    {
        let mut plain = Fresh::new(Width::Ascii, bytes.len() + 2)?;
        plain.push('\'' as u32);
        plain.push_view(s);
        plain.push('\'' as u32);
        return Ok(plain.finish());
    }
    let mut out = Builder::with_capacity(s.len() + 2);
    push_repr(s, false, &mut out);
    out.try_finish()
}

/// What `ascii()` makes of a repr: everything that is not ASCII is escaped.
pub fn to_ascii_repr(v: &Value) -> Value {
    let s = payload::payload(v);
    if s.is_ascii() {
        return v.clone();
    }
    let mut out = Builder::with_capacity(s.len() + 16);
    for c in s.view().iter() {
        if c < 0x80 { out.push(c) } else { push_escape(c, &mut out) }
    }
    out.finish()
}
