//! What is wrong with source that the parser has rejected, in CPython's words and at CPython's place.
//!
//! The parser (ruff's) words its errors in its own way, and knows nothing of the suggestions CPython makes. So a rejected
//! source is read a second time, by a walk over its tokens that builds no tree: it goes through statements and expressions
//! from left to right as Python's grammar reads them, remembers only what kind of thing each expression is (`shape`), and
//! stops at the first thing that is wrong. Each mistake with a message of its own is recognised where it can occur, by one
//! rule in the file of the construct it belongs to; where no rule applies, the token that the grammar had no way on from is
//! "invalid syntax".
//!
//! Three things decide what is reported (`verdict`): most errors of the tokenizer come before any of the parser, wherever
//! they are; a rule's message comes before "invalid syntax"; and a bracket that is never closed comes before both if the text
//! ends in it.
//!
//! A construct that fails in its middle gives back what it could read: `a + )` is `a`, and then a `+` too much. Looking
//! ahead (is this an expression? then a comma is missing before it) is *quiet*: no rule applies in it, and its result is
//! kept, so that the work stays linear but for nested brackets, whose depth the tokenizer limits.

mod arguments;
mod atoms;
mod blocks;
mod collections;
mod compound;
mod comprehensions;
mod cursor;
mod expressions;
mod imports;
mod interpolated;
mod parameters;
mod patterns;
mod shape;
mod simple;
mod verdict;
mod words;

use crate::Mode;
use crate::error::{CompileError, Context};
use crate::source::Source;
use cursor::Cursor;

/// The error CPython reports for `source`; none if this walk finds nothing wrong with it.
pub fn diagnose(source: &Source, mode: Mode) -> Option<CompileError> {
    let mut cursor = Cursor::new(source, mode);
    let result = match mode {
        Mode::Eval => cursor.eval_input(),
        Mode::Exec => cursor.file_input(),
        Mode::Single => cursor.single_input(),
    };
    match result {
        Ok(()) => None,
        Err(stop) => {
            let mut error = cursor.verdict(stop);
            let newline = if cursor.ends_in_newline && !source.text.ends_with('\n') { "\n" } else { "" };
            let context = Context { statement: cursor.last_compound, source: format!("{}{newline}", source.text) };
            error.context = Some(Box::new(context));
            Some(error)
        }
    }
}
