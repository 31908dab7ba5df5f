//! Docstrings lose their indentation (`_PyCompile_CleanDoc`).

use crate::ast::Expr;
use crate::code::Constant;
use rustpython_wtf8::{Wtf8, Wtf8Buf};

/// The constant for a docstring expression.
pub fn clean(doc: &Expr) -> Constant {
    match doc.constant() {
        Some(Constant::Str(text)) => Constant::Str(clean_text(text)),
        Some(other) => other.clone(),
        None => Constant::None,
    }
}

/// What `inspect.cleandoc` does, but leading and trailing blank lines stay.
fn clean_text(text: &Wtf8) -> Wtf8Buf {
    let expanded = expand_tabs(text.as_bytes());
    let indent = |line: &[u8]| line.iter().take_while(|&&b| b == b' ').count();
    let mut lines = expanded.split(|&b| b == b'\n');
    let first = lines.next().unwrap_or_default();
    let margin = lines.clone().filter(|line| indent(line) < line.len()).map(indent).min().unwrap_or(0);
    let mut result = Vec::with_capacity(expanded.len());
    result.extend_from_slice(&first[indent(first)..]);
    for line in lines {
        result.push(b'\n');
        result.extend_from_slice(&line[margin.min(indent(line))..]);
    }
    Wtf8Buf::from_bytes(result).unwrap_or_else(|_| text.to_owned())
}

/// `str.expandtabs()`
fn expand_tabs(text: &[u8]) -> Vec<u8> {
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
    result
}
