//! Source text to CPython's tokens, for the `tokenize` module and dumps. The compiler itself uses the parser's lexer.
//!
//! A hand-written lexer that reads one line at a time and behaves as CPython's does (Parser/lexer/lexer.c), with its two
//! ways of looking at the text: for the parser, or with *extra tokens*, which keep comments and blank lines, name all
//! operators OP, and are lenient about numbers and brackets.

mod interpolated;
mod kinds;
mod normal;
mod number;

pub use kinds::{Kind, kind};

use crate::error::ErrorKind;
use interpolated::StringMode;

/// CPython's MAXLEVEL: open brackets.
const MAX_BRACKETS: usize = 200;
/// CPython's MAXINDENT: levels of indentation.
const MAX_INDENTS: usize = 100;

/// One token. Lines count from 1, columns from 0 in characters; a column of -1 means that the token is nowhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its text.
    pub text: String,
    /// Line and column where it begins.
    pub start: (usize, isize),
    /// Line and column where it ends.
    pub end: (usize, isize),
    /// The physical line or lines it is on.
    pub line: String,
}

/// Why tokenizing stopped: the makings of a SyntaxError.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenError {
    /// Syntax, Indentation or Tab.
    pub kind: ErrorKind,
    /// In CPython's words.
    pub message: String,
    /// The line, from 1.
    pub line: usize,
    /// SyntaxError's `offset`, in characters from 1.
    pub offset: usize,
    /// The line's text; none for an error at the end of the text.
    pub text: Option<String>,
    /// `end_offset`, if the end is known. It is on the same line.
    pub end_offset: Option<usize>,
    /// Where reading had come to in the line, in characters.
    pub at: usize,
    /// The text has ended in brackets or after a backslash.
    pub at_end: bool,
}

/// A token as a range of the text, for readers that need no more.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// What it is.
    pub kind: Kind,
    /// The byte where it begins; where reading is, if it is nowhere.
    pub start: usize,
    /// The byte after it.
    pub end: usize,
    /// The line it begins on.
    pub line: usize,
    /// The byte up to which the text had been read for it.
    pub cursor: usize,
}

/// Why there is no token: the text is wrong, or the next line could not be had.
#[derive(Debug)]
pub enum Failure<E> {
    /// The text is wrong.
    Syntax(Box<TokenError>),
    /// What the source of lines reported.
    Lines(E),
}

impl<E> From<TokenError> for Failure<E> {
    fn from(error: TokenError) -> Failure<E> {
        Failure::Syntax(Box::new(error))
    }
}

/// Where lines come from: each with its newline, `None` at the end.
pub type ReadLine<'a, E> = dyn FnMut() -> Result<Option<String>, E> + 'a;

type Step<T, E> = Result<T, Failure<E>>;

/// An open bracket and where it is.
struct Bracket {
    open: u8,
    line: usize,
    at: usize,
}

/// A range of the text that a token covers, or no place at all.
#[derive(Clone, Copy)]
struct Found {
    kind: Kind,
    range: Option<(usize, usize)>,
}

impl Found {
    fn new(kind: Kind, start: usize, end: usize) -> Found {
        let range = Some((start, end));
        Found { kind, range }
    }

    fn nowhere(kind: Kind) -> Found {
        Found { kind, range: None }
    }
}

/// A tokenizer in the middle of its text.
pub struct Tokenizer {
    /// All lines read so far; the next character is at `pos`.
    text: Vec<u8>,
    pos: usize,
    /// Where the current line begins, and its number.
    line_start: usize,
    line: usize,
    /// The source has no more lines.
    ended: bool,
    /// The last line had no newline and was given one.
    implicit_newline: bool,
    extra_tokens: bool,
    /// Where the current token begins.
    start: usize,
    /// Where the first line of the current string begins, and its number.
    string_start: usize,
    string_line: usize,
    at_line_start: bool,
    /// A comment has stood alone on its line.
    comment_line: bool,
    /// Columns of the open blocks, with tabs to multiples of eight and with tabs of one column.
    indents: Vec<(usize, usize)>,
    /// INDENT (1) or DEDENT (-1) tokens to come.
    pending: isize,
    brackets: Vec<Bracket>,
    /// Open f-strings and t-strings, innermost last.
    strings: Vec<StringMode>,
    /// The text shown as the line of the last token, for tokens that follow on the same line.
    shown: String,
    last_line: usize,
    done: bool,
}

impl Tokenizer {
    /// A tokenizer that has read nothing.
    pub fn new(extra_tokens: bool) -> Tokenizer {
        Tokenizer {
            text: Vec::new(),
            pos: 0,
            line_start: 0,
            line: 0,
            ended: false,
            implicit_newline: false,
            extra_tokens,
            start: 0,
            string_start: 0,
            string_line: 0,
            at_line_start: true,
            comment_line: false,
            indents: vec![(0, 0)],
            pending: 0,
            brackets: Vec::new(),
            strings: Vec::new(),
            shown: String::new(),
            last_line: 0,
            done: false,
        }
    }

    /// The next token; `None` after the ENDMARKER.
    pub fn next<E>(&mut self, lines: &mut ReadLine<'_, E>) -> Step<Option<Token>, E> {
        if self.done {
            return Ok(None);
        }
        let in_string = self.strings.last().is_some_and(|s| !s.in_expression);
        let found = if in_string { self.interpolated(lines)? } else { self.normal(lines)? };
        self.done = found.kind == kind::ENDMARKER;
        Ok(Some(self.describe(found)))
    }

    /// The next token as a range.
    pub fn next_span<E>(&mut self, lines: &mut ReadLine<'_, E>) -> Step<Option<Span>, E> {
        if self.done {
            return Ok(None);
        }
        let in_string = self.strings.last().is_some_and(|s| !s.in_expression);
        let Found { kind, range } = if in_string { self.interpolated(lines)? } else { self.normal(lines)? };
        self.done = kind == kind::ENDMARKER;
        let line = if kinds::is_string(kind) { self.string_line } else { self.line };
        let (start, end) = range.unwrap_or((self.pos, self.pos));
        Ok(Some(Span { kind, start, end, line, cursor: self.pos }))
    }

    /// Where the innermost open bracket is.
    pub fn innermost_bracket(&self) -> Option<usize> {
        self.brackets.last().map(|bracket| bracket.at)
    }

    /// Whether reading is inside of an f-string or t-string.
    pub fn is_in_interpolated(&self) -> bool {
        !self.strings.is_empty()
    }

    fn describe(&mut self, found: Found) -> Token {
        let Found { mut kind, range } = found;
        let multi = kinds::is_string(kind);
        let line_start = if multi { self.string_start } else { self.line_start };
        let trailing = kind == kind::ENDMARKER || kind == kind::DEDENT && self.ended;
        let mut line = if multi { self.string_line } else { self.line };
        let mut end_line = self.line;
        let shown = if self.extra_tokens && trailing {
            String::new()
        } else {
            if self.line != self.last_line {
                let mut size = self.text.len() - line_start;
                if size >= 1 && self.implicit_newline {
                    size -= 1;
                }
                self.shown = self.string(line_start, line_start + size);
            }
            self.shown.clone()
        };
        self.last_line = line;
        let (mut col, mut end_col) = (-1, -1);
        let mut text = String::new();
        if let Some((start, end)) = range {
            if start >= line_start {
                col = self.characters(line_start, start);
            }
            if end >= self.line_start {
                end_col = self.characters(self.line_start, end);
            }
            text = self.string(start, end);
        }
        if self.extra_tokens {
            if trailing {
                end_line = line.max(end_line) + 1;
                line = end_line;
                (col, end_col) = (0, 0);
            }
            match kind {
                _ if kind > kind::DEDENT && kind < kind::OP => kind = kind::OP,
                kind::NEWLINE => {
                    if !self.implicit_newline {
                        let dos = self.text.get(self.start) == Some(&b'\r');
                        text = if dos { "\r\n" } else { "\n" }.to_owned();
                    }
                    end_col += 1;
                }
                kind::NL if self.implicit_newline => text.clear(),
                _ => {}
            }
        }
        Token { kind, text, start: (line, col), end: (end_line, end_col), line: shown }
    }

    fn string(&self, start: usize, end: usize) -> String {
        String::from_utf8_lossy(&self.text[start..end]).into_owned()
    }

    fn characters(&self, start: usize, end: usize) -> isize {
        let bytes = self.text.get(start..end).unwrap_or_default();
        let characters = bytes.iter().filter(|&&b| b & 0xc0 != 0x80).count();
        characters as isize
    }

    /// The next byte, from a new line if need be; `None` at the end of the text.
    fn advance<E>(&mut self, lines: &mut ReadLine<'_, E>) -> Step<Option<u8>, E> {
        if self.pos == self.text.len() && !self.read_line(lines)? {
            return Ok(None);
        }
        let byte = self.text[self.pos];
        self.pos += 1;
        Ok(Some(byte))
    }

    /// Takes back what [`Tokenizer::advance`] has given.
    fn back(&mut self, c: Option<u8>) {
        self.pos -= usize::from(c.is_some());
    }

    fn read_line<E>(&mut self, lines: &mut ReadLine<'_, E>) -> Step<bool, E> {
        if self.ended {
            return Ok(false);
        }
        let line = match lines().map_err(Failure::Lines)? {
            Some(line) if !line.is_empty() => line,
            _ => {
                self.ended = true;
                return Ok(false);
            }
        };
        self.line_start = self.text.len();
        self.line += 1;
        self.text.extend(line.as_bytes());
        if !line.ends_with('\n') {
            self.text.push(b'\n');
            self.implicit_newline = true;
        }
        if line.contains('\0') {
            let mut error = self.error_at(0, "source code cannot contain null bytes");
            error.text = line.split('\0').next().map(str::to_owned);
            return Err(error.into());
        }
        Ok(true)
    }

    /// A SyntaxError at the character before the current position.
    fn error(&self, message: impl Into<String>) -> TokenError {
        self.error_at(self.characters(self.line_start, self.pos) as usize, message)
    }

    fn error_at(&self, offset: usize, message: impl Into<String>) -> TokenError {
        let rest = &self.text[self.line_start..];
        let length = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
        TokenError {
            kind: ErrorKind::Syntax,
            message: message.into(),
            line: self.line,
            offset,
            text: Some(self.string(self.line_start, self.line_start + length)),
            end_offset: Some(offset),
            at: offset,
            at_end: false,
        }
    }

    /// An error about the whole line, which is given up.
    fn line_error(&mut self, kind: ErrorKind, message: &str) -> TokenError {
        let at = self.characters(self.line_start, self.pos) as usize;
        self.pos = self.text.len();
        let newline = usize::from(self.text.last() == Some(&b'\n'));
        TokenError {
            kind,
            message: message.to_owned(),
            line: self.line,
            offset: self.characters(self.line_start, self.text.len()) as usize,
            text: Some(self.string(self.line_start, self.text.len() - newline)),
            end_offset: None,
            at,
            at_end: false,
        }
    }

    /// The text ends where it must not.
    fn unexpected_end(&mut self) -> TokenError {
        TokenError {
            kind: ErrorKind::Syntax,
            message: "unexpected EOF in multi-line statement".to_owned(),
            line: self.line,
            offset: 0,
            text: None,
            end_offset: None,
            at: 0,
            at_end: true,
        }
    }
}
