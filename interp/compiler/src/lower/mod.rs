//! Lowering: the parser's tree (ruff) to CPython's ([`crate::ast`]).
//!
//! What differs between the two is settled here and nowhere else: byte ranges become lines and columns, the ranges of
//! decorated definitions, generator arguments and `elif` become CPython's, and literals are decoded from the source.

mod expr;
mod patterns;
mod stmt;
mod strings;

pub use expr::MAX_DECIMAL_DIGITS;

use crate::ast::*;
use crate::error::{CompileError, Warning};
use crate::instruction::Location;
use crate::source::Source;
use crate::text::Interner;
use ruff_python_ast as ruff;
use ruff_python_ast::StringFlags;
use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_text_size::{Ranged, TextRange};
use std::cell::RefCell;

/// Deeper nesting than this is refused. Every stage after the parser recurses once or a few times for each level.
pub(crate) const MAX_DEPTH: u32 = 6000;

type Result<T> = std::result::Result<T, CompileError>;

/// The state of one lowering.
pub struct Lowering<'a> {
    source: &'a Source,
    tokens: &'a Tokens,
    /// What decoding literals had to complain about.
    pub warnings: Vec<Warning>,
    next_key: u32,
    depth: u32,
    names: RefCell<Interner>,
}

impl<'a> Lowering<'a> {
    /// Starts a lowering of what was parsed from `source`.
    pub fn new(source: &'a Source, tokens: &'a Tokens) -> Lowering<'a> {
        Lowering { source, tokens, warnings: Vec::new(), next_key: ScopeKey::SPAN, depth: 0, names: RefCell::default() }
    }

    fn key(&mut self) -> ScopeKey {
        let key = ScopeKey(self.next_key);
        self.next_key += ScopeKey::SPAN;
        key
    }

    fn name(&self, name: &ruff::name::Name) -> Name {
        self.names.borrow_mut().intern(name.as_str())
    }

    fn identifier(&self, identifier: &ruff::Identifier) -> Name {
        self.name(&identifier.id)
    }

    fn loc(&self, range: TextRange) -> Location {
        self.source.location(range)
    }

    fn loc_of(&self, node: &impl Ranged) -> Location {
        self.source.location(node.range())
    }

    fn enter(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(CompileError::recursion());
        }
        Ok(())
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }
}

/// What is wrong with the literal at `range`, which the parser could not decode.
pub(crate) fn literal_error(range: TextRange, source: &Source, tokens: &Tokens) -> Option<CompileError> {
    let token = tokens.iter().find(|token| {
        matches!(token.kind(), TokenKind::String | TokenKind::FStringMiddle | TokenKind::TStringMiddle)
            && token.range().contains_range(range)
    })?;
    let flags = token.string_flags()?;
    let is_string = token.kind() == TokenKind::String;
    let body = if is_string { TextRange::new(token.start() + flags.opener_len(), token.end() - flags.closer_len()) } else { token.range() };
    let mut lowering = Lowering::new(source, tokens);
    let mut error = lowering.decode_literal(body, flags.is_raw_string(), flags.is_byte_string(), !is_string).err()?;
    // CPython points at the whole token.
    error.location = source.location(token.range());
    Some(error)
}

/// What string literals up to a line have to be warned of, though nothing comes of the source.
pub(crate) fn literal_warnings(source: &Source, tokens: &Tokens, line: i32) -> Vec<Warning> {
    let mut lowering = Lowering::new(source, tokens);
    for token in tokens.iter().filter(|token| token.kind() == TokenKind::String) {
        if source.position(token.start()).0 > line {
            break;
        }
        let Some(flags) = token.string_flags() else { continue };
        if flags.opener_len() + flags.closer_len() > token.range().len() {
            continue;
        }
        let body = TextRange::new(token.start() + flags.opener_len(), token.end() - flags.closer_len());
        // What cannot be decoded is not the error here.
        let _ = lowering.decode_literal(body, flags.is_raw_string(), flags.is_byte_string(), false);
    }
    lowering.warnings
}
