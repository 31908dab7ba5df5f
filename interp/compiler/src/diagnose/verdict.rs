//! From a place and a message to the exception: which error wins, and how CPython counts its columns.

use super::cursor::{Cursor, Cut, Stop};
use crate::error::{CompileError, ErrorKind};
use crate::instruction::Location;
use crate::source::Source;
use crate::tokenize::{Span, TokenError, kind};
use ruff_text_size::TextSize;

/// `end_offset` where there is none.
const NO_END: i32 = -2;

/// The tokenizer's error as an exception.
pub fn of_tokenizer(error: &TokenError, source: &Source) -> CompileError {
    let line = error.line as i32;
    let mut found = CompileError::new(error.kind, error.message.clone(), Location { line, end_line: line, col: 0, end_col: 0 });
    found.column = error.offset as i32;
    found.end_column = match (error.end_offset, error.kind) {
        (Some(end), _) => end as i32,
        (None, ErrorKind::Indentation) => -1,
        (None, _) => 0,
    };
    // CPython points at the backslash's successor, and at the first column of a line whose tabs are wrong.
    if error.kind == ErrorKind::Tab {
        found.column = 1;
    } else if error.end_offset.is_none() && error.kind == ErrorKind::Syntax {
        found.column = error.at as i32;
    }
    found.text = source.line(line).map(|text| match error.end_offset {
        None => format!("{}\n", text.trim_end_matches('\n')),
        Some(_) => text.trim_end_matches('\n').to_owned(),
    });
    found
}

/// The text ends in a backslash, and CPython supplies no newline after it.
pub fn backslash_at_end(error: &TokenError, source: &Source) -> CompileError {
    let mut found = unexpected_end(error, source);
    found.message = "unexpected character after line continuation character".to_owned();
    found.column -= 1;
    found.end_column = 0;
    found
}

/// The text ends after a backslash.
pub fn unexpected_end(error: &TokenError, source: &Source) -> CompileError {
    let line = (error.line as i32).max(1);
    let text = source.line(line).unwrap_or_default();
    let mut found = CompileError::syntax("unexpected EOF while parsing", Location { line, end_line: line, col: 0, end_col: 0 });
    found.column = text.trim_end_matches('\n').chars().count() as i32 + 1;
    found.end_column = -1;
    found.text = Some(format!("{}\n", text.trim_end_matches('\n')));
    found
}

impl Cursor<'_> {
    /// The error that the walk has found, or the one that comes before it.
    pub fn verdict(&mut self, stop: Stop) -> CompileError {
        let last = self.tokens[self.fetched].line as i32;
        let mut found = match (&self.cut, stop) {
            (Some(cut), _) if self.fetched + 1 >= self.tokens.len() => self.of_cut(cut),
            (_, Stop::Error(error)) if !self.latent_colon => *error,
            (_, Stop::TooDeep) => return CompileError::too_complex(),
            _ if self.latent_colon => self.last_token_error(ErrorKind::Syntax, "expected ':'".to_owned()),
            _ => self.generic(),
        };
        let unexpected = found.kind == ErrorKind::Indentation && found.message.starts_with("unexpected");
        match &self.cut {
            Some(cut) if self.hard && !unexpected => found = self.of_cut(cut),
            Some(cut @ Cut::Unclosed(open)) if !unexpected && last > self.source.position(TextSize::new(*open as u32)).0 => {
                found = self.of_cut(cut);
            }
            _ => {}
        }
        if found.text.is_some() {
            return found;
        }
        // The line the tokenizer is in has its newline, even where the text has none.
        let line = found.location.line;
        let end = found.location.end_col;
        let mut found = self.source.complete(found, true);
        // CPython counts the characters of a column on the first line, wherever the end is.
        if found.location.end_line != line && end >= 0 {
            let first = self.source.line(line).unwrap_or_default().trim_end_matches('\n').as_bytes();
            let counted = String::from_utf8_lossy(&first[..first.len().min(end as usize)]).chars().count();
            found.end_column = counted as i32 + 1;
        }
        found.text = found.text.map(|text| {
            let text = text.trim_end_matches('\n');
            if line == last { format!("{text}\n") } else { text.to_owned() }
        });
        found
    }

    fn of_cut(&self, cut: &Cut) -> CompileError {
        match cut {
            Cut::Unclosed(open) => self.never_closed(*open),
            Cut::Error(error) => (**error).clone(),
        }
    }

    fn never_closed(&self, open: usize) -> CompileError {
        let (line, col) = self.source.position(TextSize::new(open as u32));
        let bracket = self.source.text.as_bytes()[open] as char;
        CompileError::syntax(format!("'{bracket}' was never closed"), Location { line, end_line: line, col, end_col: -1 })
    }

    fn generic(&self) -> CompileError {
        let token = self.tokens[self.furthest];
        match token.kind {
            kind::INDENT => return self.at_token(ErrorKind::Indentation, "unexpected indent", token),
            kind::DEDENT => return self.at_token(ErrorKind::Indentation, "unexpected unindent", token),
            _ => {}
        }
        let location = match token.kind {
            _ if self.is_nowhere(token) => Location { line: token.line as i32, end_line: token.line as i32, col: -1, end_col: -1 },
            _ => self.range(self.furthest, self.furthest + 1),
        };
        CompileError::syntax("invalid syntax", location)
    }

    /// An error at the last token looked at.
    pub fn last_token_error(&self, kind: ErrorKind, message: String) -> CompileError {
        self.at_token(kind, &message, self.tokens[self.fetched])
    }

    fn at_token(&self, error: ErrorKind, message: &str, token: Span) -> CompileError {
        let location = if self.is_nowhere(token) {
            let line = token.line as i32;
            Location { line, end_line: line, col: self.column_of_reading(token) - 1, end_col: NO_END }
        } else {
            self.span_location(token)
        };
        CompileError::new(error, message, location)
    }

    /// Blocks and the end have no columns, nor has the end of a line that has no newline.
    fn is_nowhere(&self, token: Span) -> bool {
        matches!(token.kind, kind::INDENT | kind::DEDENT | kind::ENDMARKER)
            || token.kind == kind::NEWLINE && !self.ends_in_newline && token.start >= self.source.text.len()
    }

    /// How far in its line the tokenizer had read when it gave a token. A last line without a newline counts as one with.
    fn column_of_reading(&self, token: Span) -> i32 {
        let start = self.source.line_start(token.line as i32);
        let missing = token.kind == kind::ENDMARKER || token.cursor >= self.source.text.len();
        let implied = missing && self.ends_in_newline && !self.source.text.ends_with('\n') && !self.source.text.is_empty();
        (token.cursor.min(self.source.text.len()).saturating_sub(start)) as i32 + i32::from(implied)
    }

    fn span_location(&self, token: Span) -> Location {
        let (line, col) = self.source.position(TextSize::new(token.start as u32));
        let end = if token.kind == kind::NEWLINE { token.start } else { token.end };
        let (end_line, mut end_col) = self.source.position(TextSize::new(end as u32));
        end_col += i32::from(token.kind == kind::NEWLINE);
        Location { line, end_line, col, end_col }
    }

    /// The place of the tokens from `start` to before `end`.
    pub fn range(&self, start: usize, end: usize) -> Location {
        let first = self.span_location(self.tokens[start]);
        let last = self.span_location(self.tokens[end.max(start + 1) - 1]);
        Location { end_line: last.end_line, end_col: last.end_col, ..first }
    }

    /// Stops with a message about the tokens from `start` to before `end`. Without rules, just stops.
    pub fn error_at<T>(&self, start: usize, end: usize, message: impl Into<String>) -> Result<T, Stop> {
        self.stop_with(CompileError::syntax(message, self.range(start, end)))
    }

    /// Stops with a message about the next token.
    pub fn error_here<T>(&mut self, message: impl Into<String>) -> Result<T, Stop> {
        self.kind();
        self.error_at(self.at, self.at + 1, message)
    }

    /// Stops with a message about the last token looked at.
    pub fn error_at_last<T>(&self, message: impl Into<String>) -> Result<T, Stop> {
        self.stop_with(self.last_token_error(ErrorKind::Syntax, message.into()))
    }

    /// Stops with a message about everything from the token `start` to where reading is; the end's column counts from 0.
    pub fn error_from<T>(&self, start: usize, message: impl Into<String>) -> Result<T, Stop> {
        let mut location = self.range(start, self.fetched + 1);
        location.end_col -= 1;
        self.stop_with(CompileError::syntax(message, location))
    }

    /// Stops with a message about the end of the token before `end`, from there to nowhere.
    pub fn error_behind<T>(&self, start: usize, end: usize, message: &str) -> Result<T, Stop> {
        let place = self.range(start, end);
        let location = Location { line: place.line, end_line: place.end_line, col: place.end_col - 1, end_col: -1 };
        self.stop_with(CompileError::syntax(message, location))
    }

    /// Stops with an IndentationError at the last token looked at.
    pub fn indentation_error<T>(&self, message: String) -> Result<T, Stop> {
        self.stop_with(self.last_token_error(ErrorKind::Indentation, message))
    }

    fn stop_with<T>(&self, error: CompileError) -> Result<T, Stop> {
        Err(if self.is_quiet() { Stop::Fail } else { Stop::Error(Box::new(error)) })
    }
}
