//! The parser's own errors, as far as they are looked at: the rest is for the walk in [`crate::diagnose`].

use crate::error::CompileError;
use crate::source::Source;
use ruff_python_ast::token::Tokens;
use ruff_python_parser::{InterpolatedStringErrorType, LexicalErrorType, ParseError, ParseErrorType};
use ruff_text_size::TextRange;

/// What is wrong with a literal that the parser could not decode, if that is the error.
pub fn literal(error: &ParseError, source: &Source, tokens: &Tokens) -> Option<CompileError> {
    crate::lower::literal_error(error.location, source, tokens)
}

/// The exception for an error of which the walk knows nothing: the place is that of the token the parser stopped at.
pub fn translate(error: &ParseError, source: &Source, tokens: &Tokens) -> CompileError {
    let start = error.location.start();
    let token = tokens.iter().map(ruff_text_size::Ranged::range).find(|range| range.start() == start && !range.is_empty());
    CompileError::syntax("invalid syntax", source.location(token.unwrap_or(TextRange::empty(start))))
}

/// Whether the error is at the end of the input, where more lines might help.
pub fn is_incomplete(error: &ParseError, source: &Source) -> bool {
    let end = source.text.len();
    let range = error.location;
    match &error.error {
        ParseErrorType::Lexical(LexicalErrorType::LineContinuationError) => false,
        ParseErrorType::Lexical(LexicalErrorType::Eof) => true,
        ParseErrorType::Lexical(LexicalErrorType::UnclosedStringError | LexicalErrorType::StringError) => {
            let text = source.slice(range).trim_start_matches(|c: char| c.is_ascii_alphabetic());
            text.starts_with("\"\"\"")
                || text.starts_with("'''")
                || (!source.text.ends_with('\n') && range.end().to_usize() >= end)
                || source.text.ends_with("\\\n")
        }
        ParseErrorType::Lexical(LexicalErrorType::UnrecognizedToken { .. }) => false,
        ParseErrorType::FStringError(InterpolatedStringErrorType::UnterminatedTripleQuotedString)
        | ParseErrorType::TStringError(InterpolatedStringErrorType::UnterminatedTripleQuotedString) => true,
        ParseErrorType::OtherError(message) if message.starts_with("Expected an indented block") => {
            source.text[range.start().to_usize()..].trim().is_empty()
        }
        ParseErrorType::InvalidDeleteTarget | ParseErrorType::InvalidAssignmentTarget => {
            !source.text[range.start().to_usize()..].contains('\n')
        }
        _ if source.text.ends_with('\n') => range.start().to_usize() >= end,
        _ if source.slice(range).starts_with([')', ']', '}']) => false,
        _ => range.end().to_usize() >= end,
    }
}
