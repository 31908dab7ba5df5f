//! Text to float.

use crate::exc;
use crate::protocol;
use crate::types::int::parse::{ascii_text, trim};
use crate::types::{bytes, str};
use crate::value::{Res, Value};

/// Reads a float literal, `inf`, `infinity` or `nan`, with white space around it and underscores between digits allowed.
pub fn parse(text: &[u8]) -> Option<f64> {
    let text = trim(text);

    if text.contains(&b'_') { parse_plain(&without_underscores(text)?) } else { parse_plain(text) }
}

/// Reads a float literal without underscores or white space.
pub fn parse_plain(text: &[u8]) -> Option<f64> {
    // A sign alone or an exponent alone is no number to Rust either, so its grammar is Python's.
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Takes out underscores, each of which must stand between two digits.
pub fn without_underscores(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |i: Option<usize>| i.and_then(|i| text.get(i)).is_some_and(u8::is_ascii_digit);
    let good = |(i, &c): (usize, &u8)| c != b'_' || digit(i.checked_sub(1)) && digit(i.checked_add(1));
    text.iter().enumerate().all(good).then(|| text.iter().copied().filter(|&c| c != b'_').collect())
}

/// What `float(literal)` raises when the literal does not parse.
fn raise(literal: &Value) -> exc::Raised {
    match protocol::repr_string(literal) {
        Ok(text) => exc::value_error(format!("could not convert string to float: {text}")),
        Err(e) => e,
    }
}

/// The float that a str, bytes or bytes-like object spells; `None` if it is none of these.
pub fn from_text(v: &Value) -> Res<Option<f64>> {
    if str::is_str(v) {
        return parse(&ascii_text(v)).map(Some).ok_or_else(|| raise(v));
    }
    if v.class().slots().buffer.is_none() {
        return Ok(None);
    }
    let text = crate::buffer::get(v)?.as_slice().to_vec();
    // CPython shows bytes-like objects as they are, not as the bytes they hold.
    let shown = if v.is_instance(crate::vm::types().bytes) { bytes::new(&text) } else { v.clone() };
    parse(&text).map(Some).ok_or_else(|| raise(&shown))
}
