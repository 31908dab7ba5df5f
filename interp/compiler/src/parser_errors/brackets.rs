//! Brackets that do not match.

use crate::error::CompileError;
use crate::instruction::Location;
use crate::source::Source;
use ruff_python_ast::token::{Token, TokenKind, Tokens};
use ruff_text_size::{Ranged, TextRange};

fn opening(kind: TokenKind) -> Option<char> {
    match kind {
        TokenKind::Lpar => Some('('),
        TokenKind::Lsqb => Some('['),
        TokenKind::Lbrace => Some('{'),
        _ => None,
    }
}

/// A closing bracket and what it closes.
fn closing(kind: TokenKind) -> Option<(char, char)> {
    match kind {
        TokenKind::Rpar => Some((')', '(')),
        TokenKind::Rsqb => Some((']', '[')),
        TokenKind::Rbrace => Some(('}', '{')),
        _ => None,
    }
}

/// A closing bracket that closes nothing or another kind, at or before the error.
pub fn mismatch(error: TextRange, source: &Source, tokens: &Tokens) -> Option<CompileError> {
    let mut open: Vec<(char, &Token)> = Vec::new();
    for token in tokens.iter().take_while(|token| token.start() <= error.start()) {
        if let Some(bracket) = opening(token.kind()) {
            open.push((bracket, token));
        } else if let Some((bracket, wanted)) = closing(token.kind()) {
            let location = source.location(TextRange::empty(token.start()));
            match open.pop() {
                None => {
                    return Some(CompileError::syntax(format!("unmatched '{bracket}'"), location));
                }
                Some((found, opener)) if found != wanted => {
                    let line = source.position(opener.start()).0;
                    let place = if line == location.line { String::new() } else { format!(" on line {line}") };
                    return Some(CompileError::syntax(
                        format!("closing parenthesis '{bracket}' does not match opening parenthesis '{found}'{place}"),
                        location,
                    ));
                }
                Some(_) => {}
            }
        }
    }
    None
}

/// The innermost bracket that is still open at the end of the source, if that explains an error behind it.
pub fn unclosed(error: TextRange, source: &Source, tokens: &Tokens) -> Option<CompileError> {
    let mut open: Vec<(char, &Token)> = Vec::new();
    for token in tokens.iter() {
        if let Some(bracket) = opening(token.kind()) {
            open.push((bracket, token));
        } else if closing(token.kind()).is_some() {
            open.pop();
        }
    }
    let (bracket, token) = open.pop()?;
    let (line, col) = source.position(token.start());
    let at_end = source.text[error.start().to_usize()..].trim().is_empty();
    if !at_end && source.position(error.start()).0 <= line {
        return None;
    }
    Some(CompileError::syntax(format!("'{bracket}' was never closed"), Location { line, end_line: line, col, end_col: -1 }))
}
