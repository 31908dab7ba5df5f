//! Docstrings lose their indentation (`_PyCompile_CleanDoc`).

use crate::ast::Expr;
use crate::code::Constant;
use rustpython_wtf8::{Wtf8, Wtf8Buf};
use std::borrow::Cow;

/// The constant for a docstring expression.
pub fn clean(doc: &Expr) -> Constant {
    match doc.constant() {
        Some(Constant::Str(text)) => Constant::Str(clean_text(text).into()),
        Some(other) => other.clone(),
        None => Constant::None,
    }
}

/// What `inspect.cleandoc` does, but leading and trailing blank lines stay.
fn clean_text(text: &Wtf8) -> Wtf8Buf {
    let expanded = expand_tabs(text.as_bytes());
    let indent = |line: &[u8]| line.iter().take_while(|&&b| b == b' ').count();
    let margin = lines(&expanded).skip(1).filter(|line| indent(line) < line.len()).map(indent).min().unwrap_or(0);
    let mut result = Vec::with_capacity(expanded.len());
    let mut lines = lines(&expanded);
    let first = lines.next().unwrap_or_default();
    result.extend_from_slice(&first[indent(first)..]);
    for line in lines {
        result.push(b'\n');
        result.extend_from_slice(&line[margin.min(indent(line))..]);
    }
    Wtf8Buf::from_bytes(result).unwrap_or_else(|_| text.to_owned())
}

/// The lines of a text, without their newlines.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    memchr::memchr_iter(b'\n', text).chain([text.len()]).map(move |end| {
        let line = &text[start..end];
        start = end + 1;
        line
    })
}

/// `str.expandtabs()`
fn expand_tabs(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\t', text).is_none() {
        return text.into();
    }
    let mut result = Vec::with_capacity(text.len());
    let mut column = 0;
    for &byte in text {
        match byte {
            b'\t' => {
                let spaces = 8 - column % 8;
                result.resize(result.len() + spaces, b' ');
                column += spaces;
            }
            b'\n' | b'\r' => {
                result.push(byte);
                column = 0;
            }
            // Continuation bytes are no characters of their own.
            _ => {
                result.push(byte);
                column += usize::from(byte & 0xc0 != 0x80);
            }
        }
    }
    result.into()
}
