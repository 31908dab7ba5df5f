//! JSON strings: reading and writing them.

use weft_vm::class::native::Args;
use weft_vm::eval::import;
use weft_vm::protocol::{self, attr, number};
use weft_vm::types::str::{Builder, StrView, Unit};
use weft_vm::types::{str, tuple};
use weft_vm::value::{Raised, Res, Value};
use weft_vm::{call, exc};

/// Raises `json.JSONDecodeError`.
#[cold]
pub fn decode_error(message: &str, text: &Value, at: usize) -> Raised {
    let raise = || -> Res {
        let decoder = import::import_module("json.decoder")?;
        let class = attr::getattr(&decoder, &str::intern("JSONDecodeError"))?;
        call::call(&class, &[str::new(message), text.clone(), Value::usize(at)], None)
    };
    match raise() {
        Ok(e) => exc::raise(e),
        Err(e) => e,
    }
}

pub(super) fn not_a_string(v: &Value) -> Raised {
    exc::type_error(format!("first argument must be a string, not {}", v.class().full_name()))
}

/// `_json.scanstring`
pub fn scanstring(a: Args) -> Res {
    let text = a.at(0);
    let end = number::as_isize(a.at(1))?;
    let strict = a.opt(2).map_or(Ok(true), protocol::is_true)?;
    if !str::is_str(text) {
        return Err(not_a_string(text));
    }
    let Some(begin) = usize::try_from(end).ok().filter(|&n| n <= str::len(text)) else {
        return Err(exc::value_error("end is out of bounds"));
    };
    let (value, next) = match str::view(text) {
        StrView::Latin1(units) => scan(units, text, begin, strict)?,
        StrView::Ucs2(units) => scan(units, text, begin, strict)?,
        StrView::Ucs4(units) => scan(units, text, begin, strict)?,
    };
    Ok(tuple::from_array([value, Value::usize(next)]))
}

/// The string whose text begins at `begin`, behind the quote; and where it ends, behind the other quote.
pub fn scan<T: Unit>(units: &[T], text: &Value, begin: usize, strict: bool) -> Res<(Value, usize)> {
    let quote = begin.saturating_sub(1);
    let unterminated = || decode_error("Unterminated string starting at", text, quote);
    let mut out: Option<Builder> = None;
    let mut at = begin;
    loop {
        let from = at;
        let c = loop {
            let Some(&c) = units.get(at) else { return Err(unterminated()) };
            let c: u32 = c.into();
            if c == 0x22 || c == 0x5c {
                break c;
            }
            if c <= 0x1f && strict {
                return Err(decode_error("Invalid control character at", text, at));
            }
            at += 1;
        };
        let chunk = &units[from..at];
        at += 1;
        if c == 0x22 {
            return Ok((
                match out {
                    None => str::from_view(T::view(chunk)),
                    Some(mut out) => {
                        out.push_view(T::view(chunk));
                        out.finish()
                    }
                },
                at,
            ));
        }
        let out = out.get_or_insert_with(Builder::new);
        out.push_view(T::view(chunk));
        let Some(&c) = units.get(at) else { return Err(unterminated()) };
        at += 1;
        let c = match char::from_u32(c.into()) {
            Some(c @ ('"' | '\\' | '/')) => c.into(),
            Some('b') => 8,
            Some('f') => 12,
            Some('n') => 10,
            Some('r') => 13,
            Some('t') => 9,
            Some('u') => {
                let first = match hex(units, at) {
                    // As in CPython, an escape that the text ends with is not looked at.
                    Some(c) if at + 4 < units.len() => c,
                    _ => return Err(decode_error("Invalid \\uXXXX escape", text, at - 1)),
                };
                at += 4;
                match pair(units, at, first) {
                    Some(Ok(second)) => {
                        at += 6;
                        0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
                    }
                    Some(Err(())) => return Err(decode_error("Invalid \\uXXXX escape", text, at + 1)),
                    None => first,
                }
            }
            _ => return Err(decode_error("Invalid \\escape", text, at - 2)),
        };
        out.push(c);
    }
}

/// Four hexadecimal digits.
fn hex<T: Unit>(units: &[T], at: usize) -> Option<u32> {
    units.get(at..at + 4)?.iter().try_fold(0, |n, &c| Some(n << 4 | char::from_u32(c.into())?.to_digit(16)?))
}

/// The low surrogate of a `\u` escape that follows a high one. An escape that is no escape is an error.
fn pair<T: Unit>(units: &[T], at: usize, first: u32) -> Option<Result<u32, ()>> {
    let is = |i: usize, c: u32| units.get(i).is_some_and(|&x| x.into() == c);
    if !(0xd800..0xdc00).contains(&first) || at + 6 >= units.len() || !is(at, 0x5c) || !is(at + 1, 0x75) {
        return None;
    }
    match hex(units, at + 2) {
        Some(c) if (0xdc00..0xe000).contains(&c) => Some(Ok(c)),
        Some(_) => None,
        None => Some(Err(())),
    }
}

/// `_json.encode_basestring` and `_json.encode_basestring_ascii`
pub fn encode_object(v: &Value, ascii: bool) -> Res {
    if !str::is_str(v) {
        return Err(not_a_string(v));
    }
    let mut out = Builder::with_capacity(str::len(v) + 2);
    encode(str::view(v), ascii, &mut out);
    out.try_finish()
}

/// Writes a string as JSON has it.
pub fn encode(text: StrView, ascii: bool, out: &mut Builder) {
    out.push_str("\"");
    match text {
        StrView::Latin1(units) => encode_units(units, ascii, out),
        StrView::Ucs2(units) => encode_units(units, ascii, out),
        StrView::Ucs4(units) => encode_units(units, ascii, out),
    }
    out.push_str("\"");
}

fn encode_units<T: Unit>(units: &[T], ascii: bool, out: &mut Builder) {
    let plain = |c: u32| c != 0x22 && c != 0x5c && c >= 0x20 && (!ascii || c < 0x7f);
    let mut rest = units;
    while !rest.is_empty() {
        let n = rest.iter().position(|&c| !plain(c.into())).unwrap_or(rest.len());
        out.push_view(T::view(&rest[..n]));
        rest = &rest[n..];
        let Some((&c, tail)) = rest.split_first() else { break };
        rest = tail;
        match c.into() {
            0x22 => out.push_str("\\\""),
            0x5c => out.push_str("\\\\"),
            8 => out.push_str("\\b"),
            12 => out.push_str("\\f"),
            10 => out.push_str("\\n"),
            13 => out.push_str("\\r"),
            9 => out.push_str("\\t"),
            c if c > 0xffff => {
                let c = c - 0x10000;
                escape(0xd800 | c >> 10, out);
                escape(0xdc00 | c & 0x3ff, out);
            }
            c => escape(c, out),
        }
    }
}

fn escape(c: u32, out: &mut Builder) {
    out.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        out.push(b"0123456789abcdef"[(c >> shift & 15) as usize].into());
    }
}
