//! The literal parts of f-strings and t-strings.

use super::kinds::{Kind, kind};
use super::{Failure, Found, ReadLine, Step, Tokenizer};

/// CPython's MAXFSTRINGLEVEL: f-strings in f-strings.
const MAX_STRINGS: usize = 150;
/// CPython's MAX_EXPR_NESTING: replacement fields in format specs.
const MAX_NESTING: usize = 3;

/// An f-string or t-string that is being read.
pub(super) struct StringMode {
    /// `f` or `t`.
    prefix: char,
    raw: bool,
    quote: u8,
    quote_size: usize,
    /// Where the token that opened it begins, the start of that line and its number.
    start: usize,
    line_start: usize,
    line: usize,
    /// An expression is being read, not text.
    pub in_expression: bool,
    /// Brackets open in expressions.
    pub depth: isize,
    /// How many replacement fields are open.
    pub fields: usize,
    pub in_format_spec: bool,
}

impl StringMode {
    /// The depth of brackets at which the innermost field's expression is; -1 outside of fields.
    pub fn field_depth(&self) -> isize {
        self.fields as isize - 1
    }

    /// Whether this begins with `size` of these quotes.
    pub fn opened_by(&self, quote: u8, size: usize) -> bool {
        self.quote == quote && self.quote_size == size
    }

    /// For messages.
    pub fn prefix(&self) -> char {
        self.prefix
    }
}

impl Tokenizer {
    /// The opening of a string whose first quote has just been read.
    pub(super) fn open_interpolated<E>(&mut self, quote: u8, lines: &mut ReadLine<'_, E>) -> Step<Found, E> {
        self.string_line = self.line;
        self.string_start = self.line_start;
        let mut quote_size = 1;
        let second = self.advance(lines)?;
        if second == Some(quote) {
            let third = self.advance(lines)?;
            if third == Some(quote) {
                quote_size = 3;
            } else {
                self.back(third);
                self.back(second);
            }
        } else {
            self.back(second);
        }
        if self.strings.len() + 1 >= MAX_STRINGS {
            return Err(self.error("too many nested f-strings or t-strings").into());
        }
        let prefix = self.text[self.start..self.pos].to_ascii_lowercase();
        let is_template = prefix.contains(&b't');
        self.strings.push(StringMode {
            prefix: if is_template { 't' } else { 'f' },
            raw: prefix.contains(&b'r'),
            quote,
            quote_size,
            start: self.start,
            line_start: self.line_start,
            line: self.line,
            in_expression: false,
            depth: 0,
            fields: 0,
            in_format_spec: false,
        });
        Ok(self.part(kind::FSTRING_START))
    }

    /// A part of the innermost string from the token's start up to here; `kind` as of an f-string.
    fn part(&self, kind: Kind) -> Found {
        self.part_to(kind, self.pos)
    }

    fn part_to(&self, kind: Kind, end: usize) -> Found {
        let template = self.strings.last().is_some_and(|s| s.prefix == 't');
        let offset = if template { kind::TSTRING_START - kind::FSTRING_START } else { 0 };
        Found::new(kind + offset, self.start, end)
    }

    /// The next token where the innermost string's text is being read.
    pub(super) fn interpolated<E>(&mut self, lines: &mut ReadLine<'_, E>) -> Step<Found, E> {
        self.start = self.pos;
        self.string_line = self.line;
        let first = self.advance(lines)?;
        if first == Some(b'{') {
            let second = self.advance(lines)?;
            self.back(second);
            self.back(first);
            if second != Some(b'{') {
                self.enter_field()?;
                return self.normal(lines);
            }
        } else {
            self.back(first);
        }
        let (quote, quote_size) = match self.strings.last() {
            Some(mode) => (mode.quote, mode.quote_size),
            None => return self.normal(lines),
        };
        // A string of one quote may end right here; so may one of three.
        let rest = &self.text[self.pos..];
        if rest.len() >= quote_size && rest[..quote_size].iter().all(|&b| b == quote) {
            self.pos += quote_size;
            self.string_start = self.line_start;
            let end = self.part(kind::FSTRING_END);
            self.strings.pop();
            return Ok(end);
        }
        self.middle(quote, quote_size, lines)
    }

    fn enter_field<E>(&mut self) -> Step<(), E> {
        let Some(mode) = self.strings.last_mut() else {
            return Ok(());
        };
        mode.fields += 1;
        mode.in_expression = true;
        if mode.fields > MAX_NESTING {
            let message = format!("{}-string: expressions nested too deeply", mode.prefix);
            return Err(self.error(message).into());
        }
        Ok(())
    }

    fn middle<E>(&mut self, quote: u8, quote_size: usize, lines: &mut ReadLine<'_, E>) -> Step<Found, E> {
        self.string_start = self.line_start;
        let mut end_quotes = 0;
        let mut named_escape = false;
        while end_quotes != quote_size {
            let c = self.advance(lines)?;
            let in_spec = self.mode().in_format_spec && self.mode().fields > 0;
            let c = match c {
                Some(c) if quote_size == 3 || c != b'\n' => c,
                c => {
                    if in_spec && c == Some(b'\n') {
                        let p = self.mode().prefix;
                        return Err(self
                            .error(format!("{p}-string: newlines are not allowed in format specifiers for single quoted {p}-strings"))
                            .into());
                    }
                    return Err(self.unterminated());
                }
            };
            if c == quote {
                end_quotes += 1;
                continue;
            }
            end_quotes = 0;
            match c {
                b'{' => {
                    let next = self.advance(lines)?;
                    if next == Some(b'{') && !in_spec {
                        return Ok(self.part_to(kind::FSTRING_MIDDLE, self.pos - 1));
                    }
                    self.back(next);
                    self.pos -= 1;
                    self.enter_field()?;
                    return Ok(self.part(kind::FSTRING_MIDDLE));
                }
                b'}' if named_escape => return Ok(self.part(kind::FSTRING_MIDDLE)),
                b'}' => {
                    let next = self.advance(lines)?;
                    if next == Some(b'}') && !in_spec && self.mode().depth == 0 {
                        return Ok(self.part_to(kind::FSTRING_MIDDLE, self.pos - 1));
                    }
                    self.back(next);
                    self.pos -= 1;
                    self.mode().in_expression = true;
                    return Ok(self.part(kind::FSTRING_MIDDLE));
                }
                b'\\' => {
                    let mut next = self.advance(lines)?;
                    if next == Some(b'\r') {
                        next = self.advance(lines)?;
                    }
                    match next {
                        Some(b'{' | b'}') => self.back(next),
                        Some(b'N') if !self.mode().raw => {
                            let brace = self.advance(lines)?;
                            if brace == Some(b'{') {
                                named_escape = true;
                            } else {
                                self.back(brace);
                            }
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        // The quotes belong to the token that ends the string.
        self.pos -= quote_size;
        Ok(self.part(kind::FSTRING_MIDDLE))
    }

    fn mode(&mut self) -> &mut StringMode {
        self.strings.last_mut().expect("text of an f-string is read inside of one")
    }

    /// The string has no end: the error is reported where it begins.
    fn unterminated<E>(&mut self) -> Failure<E> {
        let detected = self.line;
        let mode = self.mode();
        let (prefix, triple) = (mode.prefix, mode.quote_size == 3);
        let (start, line_start, line) = (mode.start, mode.line_start, mode.line);
        self.pos = start + 1;
        self.line_start = line_start;
        self.line = line;
        let triple = if triple { "triple-quoted " } else { "" };
        self.error(format!("unterminated {triple}{prefix}-string literal (detected at line {detected})")).into()
    }
}
