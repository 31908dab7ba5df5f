//! `from __future__ import barry_as_FLUFL` (PEP 401): `<>` is the operator, and `!=` an error.
//!
//! The parser knows only `!=`, so the operators are exchanged in the source, which leaves all positions as they are.

use crate::code::co_flags;
use crate::error::CompileError;
use crate::source::Source;
use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_text_size::Ranged;

const FEATURE: &str = "barry_as_FLUFL";

/// The source with `!=` for `<>`, if the feature is on.
pub fn exchange(source: &Source, tokens: &Tokens, flags: u32) -> Result<Option<Source>, CompileError> {
    let from = if flags & co_flags::FUTURE_BARRY_AS_BDFL != 0 {
        0
    } else {
        let import = tokens.windows(4).position(|window| {
            window[0].kind() == TokenKind::From
                && source.slice(window[1].range()) == "__future__"
                && window[2].kind() == TokenKind::Import
                && source.slice(window[3].range()) == FEATURE
        });
        match import {
            Some(at) => at + 4,
            None => return Ok(None),
        }
    };
    let mut text = source.text.clone();
    for pair in tokens[from..].windows(2) {
        if pair[0].kind() == TokenKind::NotEqual {
            return Err(CompileError::syntax("with Barry as BDFL, use '<>' instead of '!='", source.location(pair[0].range())));
        }
        if pair[0].kind() == TokenKind::Less && pair[1].kind() == TokenKind::Greater && pair[0].end() == pair[1].start() {
            let start = pair[0].start().to_usize();
            text.replace_range(start..start + 2, "!=");
        }
    }
    Ok(Some(Source::new(text)))
}

/// Whether the feature may be on: a cheap test before the source is looked at closely.
pub fn possible(source: &Source, flags: u32) -> bool {
    flags & co_flags::FUTURE_BARRY_AS_BDFL != 0 || source.text.contains(FEATURE)
}
