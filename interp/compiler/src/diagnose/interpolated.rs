//! The replacement fields of f-strings and t-strings.

use super::cursor::{Cursor, Step, Stop};
use crate::tokenize::kind;

impl Cursor<'_> {
    /// An f-string or t-string from its first token to its last; `prefix` is its letter.
    pub fn interpolated_string(&mut self, prefix: char) -> Step<()> {
        self.bump();
        loop {
            match self.kind() {
                kind::FSTRING_MIDDLE | kind::TSTRING_MIDDLE => self.bump(),
                kind::FSTRING_END | kind::TSTRING_END => {
                    self.bump();
                    return Ok(());
                }
                _ if self.is("{") => self.replacement_field(prefix)?,
                _ => return Err(Stop::Fail),
            }
        }
    }

    fn replacement_field(&mut self, prefix: char) -> Step<()> {
        self.bump();
        if self.is_any(&["=", "!", ":", "}"]) {
            let word = self.word();
            return self.error_here(format!("{prefix}-string: valid expression required before '{word}'"));
        }
        if self.attempt(Self::yield_or_star_expressions)?.is_none() {
            return self.error_here(format!("{prefix}-string: expecting a valid expression after '{{'"));
        }
        let equal = self.eat("=");
        if !self.is_any(&["!", ":", "}"]) {
            let expected = if equal { "'!', or ':', or '}'" } else { "'=', or '!', or ':', or '}'" };
            return self.error_here(format!("{prefix}-string: expecting {expected}"));
        }
        if self.is("!") {
            self.conversion(prefix)?;
            if !self.is_any(&[":", "}"]) {
                return self.error_here(format!("{prefix}-string: expecting ':' or '}}'"));
            }
        }
        if self.eat(":") {
            loop {
                match self.kind() {
                    kind::FSTRING_MIDDLE | kind::TSTRING_MIDDLE => self.bump(),
                    _ if self.is("{") => self.replacement_field(prefix)?,
                    _ => break,
                }
            }
            if !self.is("}") {
                return self.error_here(format!("{prefix}-string: expecting '}}', or format specs"));
            }
        }
        self.expect("}")
    }

    /// `!r`.
    fn conversion(&mut self, prefix: char) -> Step<()> {
        let mark = self.at;
        self.bump();
        if self.is_any(&[":", "}"]) {
            return self.error_here(format!("{prefix}-string: missing conversion character"));
        }
        if self.kind() != kind::NAME {
            return self.error_here(format!("{prefix}-string: invalid conversion character"));
        }
        if self.tokens[mark].end != self.tokens[mark + 1].start {
            let message = format!("{prefix}-string: conversion type must come right after the exclamation mark");
            return self.error_at(mark, mark + 2, message);
        }
        let word = self.word();
        if !matches!(word, "s" | "r" | "a") {
            let message = format!("{prefix}-string: invalid conversion character '{word}': expected 's', 'r', or 'a'");
            return self.error_here(message);
        }
        self.bump();
        Ok(())
    }
}
