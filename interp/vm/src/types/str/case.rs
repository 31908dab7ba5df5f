//! Changing case.

use super::payload::{self, Fresh};
use super::view::{StrView, Width};
use super::{Builder, intern};
use crate::class::native::Args;
use crate::unicode;
use crate::value::Res;

/// The result of mapping an ASCII text byte by byte.
fn map_ascii(s: &[u8], f: impl Fn(u8) -> u8) -> Res {
    if s.is_empty() {
        return Ok(intern::empty());
    }
    let mut fresh = Fresh::new(Width::Ascii, s.len())?;
    for &b in s {
        fresh.push(f(b).into());
    }
    Ok(fresh.finish())
}

/// Whether the capital sigma at `i` ends a word, and so becomes a final sigma in lower case.
fn is_final_sigma(s: StrView, i: usize) -> bool {
    let before = s.slice(0, i).iter().rev().find(|&c| !unicode::is_case_ignorable(c));
    let after = s.from(i + 1).iter().find(|&c| !unicode::is_case_ignorable(c));
    before.is_some_and(unicode::is_cased) && !after.is_some_and(unicode::is_cased)
}

fn push_lower(s: StrView, i: usize, c: u32, out: &mut Builder) {
    if c == 0x3a3 {
        out.push(if is_final_sigma(s, i) { 0x3c2 } else { 0x3c3 });
    } else {
        unicode::lower(c, |c| out.push(c));
    }
}

fn map(s: StrView, f: impl Fn(usize, u32, &mut Builder)) -> Res {
    let mut out = Builder::with_capacity(s.len());
    for (i, c) in s.iter().enumerate() {
        f(i, c, &mut out);
    }
    out.try_finish()
}

pub(super) fn lower(a: Args) -> Res {
    let s = payload::payload(a.at(0));
    if s.is_ascii() {
        return map_ascii(s.bytes(), |b| b.to_ascii_lowercase());
    }
    map(s.view(), |i, c, out| push_lower(s.view(), i, c, out))
}

pub(super) fn upper(a: Args) -> Res {
    let s = payload::payload(a.at(0));
    if s.is_ascii() {
        return map_ascii(s.bytes(), |b| b.to_ascii_uppercase());
    }
    map(s.view(), |_, c, out| unicode::upper(c, |c| out.push(c)))
}

pub(super) fn casefold(a: Args) -> Res {
    let s = payload::payload(a.at(0));
    if s.is_ascii() {
        return map_ascii(s.bytes(), |b| b.to_ascii_lowercase());
    }
    map(s.view(), |_, c, out| unicode::fold(c, |c| out.push(c)))
}

pub(super) fn capitalize(a: Args) -> Res {
    let s = payload::payload(a.at(0)).view();
    map(s, |i, c, out| match i {
        0 => unicode::title(c, |c| out.push(c)),
        _ => push_lower(s, i, c, out),
    })
}

pub(super) fn title(a: Args) -> Res {
    let s = payload::payload(a.at(0)).view();
    let inside = std::cell::Cell::new(false);
    map(s, |i, c, out| {
        if inside.get() {
            push_lower(s, i, c, out)
        } else {
            unicode::title(c, |c| out.push(c))
        }
        inside.set(unicode::is_cased(c));
    })
}

pub(super) fn swapcase(a: Args) -> Res {
    let s = payload::payload(a.at(0)).view();
    map(s, |i, c, out| {
        if unicode::is_upper(c) {
            push_lower(s, i, c, out);
        } else if unicode::is_lower(c) {
            unicode::upper(c, |c| out.push(c));
        } else {
            out.push(c);
        }
    })
}
