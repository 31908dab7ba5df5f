//! Everything but the text of f-strings: lines and blocks, names, strings, operators, brackets.

use super::kinds::{self, kind};
use super::{Bracket, Found, MAX_BRACKETS, MAX_INDENTS, ReadLine, Step, Tokenizer};
use crate::error::ErrorKind;
use rustpython_unicode::{classify, identifier};

/// Whether a byte can begin a name; what lies beyond ASCII is checked later.
fn can_begin_name(c: u8) -> bool {
    c.is_ascii_alphabetic() || c == b'_' || c >= 128
}

/// Whether a byte can stand inside a name.
pub(super) fn can_continue_name(c: u8) -> bool {
    can_begin_name(c) || c.is_ascii_digit()
}

impl Tokenizer {
    /// The next token outside of an f-string's text.
    pub(super) fn normal<E>(&mut self, lines: &mut ReadLine<'_, E>) -> Step<Found, E> {
        loop {
            let mut blank = false;
            if self.at_line_start {
                self.at_line_start = false;
                blank = self.indentation(lines)?;
            }
            self.start = self.pos;
            if self.pending < 0 {
                self.pending += 1;
                return Ok(self.block(kind::DEDENT, self.pos));
            }
            if self.pending > 0 {
                self.pending -= 1;
                return Ok(self.block(kind::INDENT, self.line_start));
            }
            if let Some(found) = self.token(blank, lines)? {
                return Ok(found);
            }
        }
    }

    fn block(&self, kind: super::Kind, start: usize) -> Found {
        if self.extra_tokens { Found::new(kind, start, self.pos) } else { Found::nowhere(kind) }
    }

    /// Measures the indentation of a line. Says whether the line is blank or has only a comment.
    fn indentation<E>(&mut self, lines: &mut ReadLine<'_, E>) -> Step<bool, E> {
        let (mut col, mut alt) = (0, 0);
        // A backslash in the indentation: the columns before the first one count.
        let mut before_backslash = 0;
        let c = loop {
            let c = self.advance(lines)?;
            match c {
                Some(b' ') => {
                    col += 1;
                    alt += 1;
                }
                Some(b'\t') => {
                    col = (col / 8 + 1) * 8;
                    alt += 1;
                }
                Some(b'\x0c') => (col, alt) = (0, 0),
                Some(b'\\') => {
                    if before_backslash == 0 {
                        before_backslash = col;
                    }
                    self.continue_line(lines)?;
                }
                c => break c,
            }
        };
        self.back(c);
        let blank = matches!(c, Some(b'#' | b'\n' | b'\r'));
        if blank || !self.brackets.is_empty() {
            return Ok(blank);
        }
        if before_backslash > 0 {
            (col, alt) = (before_backslash, before_backslash);
        }
        let (top, top_alt) = self.indents.last().copied().unwrap_or_default();
        if col == top {
            if alt != top_alt {
                return Err(self.tab_error());
            }
        } else if col > top {
            if self.indents.len() >= MAX_INDENTS {
                return Err(self.line_error(ErrorKind::Indentation, "too many levels of indentation").into());
            }
            if alt <= top_alt {
                return Err(self.tab_error());
            }
            self.pending += 1;
            self.indents.push((col, alt));
        } else {
            while self.indents.len() > 1 && self.indents.last().is_some_and(|&(c, _)| col < c) {
                self.pending -= 1;
                self.indents.pop();
            }
            let (top, top_alt) = self.indents.last().copied().unwrap_or_default();
            if col != top {
                return Err(self.line_error(ErrorKind::Indentation, "unindent does not match any outer indentation level").into());
            }
            if alt != top_alt {
                return Err(self.tab_error());
            }
        }
        Ok(false)
    }

    fn tab_error<E>(&mut self) -> super::Failure<E> {
        self.line_error(ErrorKind::Tab, "inconsistent use of tabs and spaces in indentation").into()
    }

    /// After a backslash: the line must end here, and another one must follow.
    fn continue_line<E>(&mut self, lines: &mut ReadLine<'_, E>) -> Step<(), E> {
        let mut c = self.advance(lines)?;
        if c == Some(b'\r') {
            c = self.advance(lines)?;
        }
        if c != Some(b'\n') {
            let message = "unexpected character after line continuation character";
            return Err(self.line_error(ErrorKind::Syntax, message).into());
        }
        let c = self.advance(lines)?;
        if c.is_none() {
            return Err(self.unexpected_end().into());
        }
        self.back(c);
        Ok(())
    }

    /// One token; `None` after a line that gives none.
    fn token<E>(&mut self, blank: bool, lines: &mut ReadLine<'_, E>) -> Step<Option<Found>, E> {
        let c = loop {
            let mut c = self.advance(lines)?;
            while matches!(c, Some(b' ' | b'\t' | b'\x0c')) {
                c = self.advance(lines)?;
            }
            if c != Some(b'\\') {
                break c;
            }
            self.start = self.pos - 1;
            self.continue_line(lines)?;
        };
        self.start = self.pos - usize::from(c.is_some());
        let mut c = c;
        if c == Some(b'#') {
            while !matches!(c, None | Some(b'\n' | b'\r')) {
                c = self.advance(lines)?;
            }
            if self.extra_tokens {
                self.back(c);
                self.comment_line = blank;
                return Ok(Some(Found::new(kind::COMMENT, self.start, self.pos)));
            }
        }
        let Some(mut c) = c else {
            if !self.brackets.is_empty() {
                return Err(self.unexpected_end().into());
            }
            return Ok(Some(Found::nowhere(kind::ENDMARKER)));
        };
        if can_begin_name(c) {
            return self.name(c, lines).map(Some);
        }
        if c == b'\r' {
            c = self.advance(lines)?.unwrap_or(b'\n');
        }
        match c {
            b'\n' => Ok(self.newline(blank)),
            b'.' => self.point(lines).map(Some),
            b'0'..=b'9' => self.number(c, lines).map(Some),
            b'\'' | b'"' => self.quoted(c, lines).map(Some),
            _ => self.operator(c, lines).map(Some),
        }
    }

    fn newline(&mut self, blank: bool) -> Option<Found> {
        self.at_line_start = true;
        if blank || !self.brackets.is_empty() {
            self.comment_line = false;
            return self.extra_tokens.then(|| Found::new(kind::NL, self.start, self.pos));
        }
        if self.comment_line && self.extra_tokens {
            self.comment_line = false;
            return Some(Found::new(kind::NL, self.start, self.pos));
        }
        Some(Found::new(kind::NEWLINE, self.start, self.pos - 1))
    }

    /// A name, or a string with a prefix.
    fn name<E>(&mut self, first: u8, lines: &mut ReadLine<'_, E>) -> Step<Found, E> {
        let mut c = Some(first);
        let mut prefix = String::new();
        while let Some(letter) = c.map(|c| c.to_ascii_lowercase() as char)
            && "burft".contains(letter)
            && !prefix.contains(letter)
        {
            prefix.push(letter);
            c = self.advance(lines)?;
            if let Some(quote @ (b'\'' | b'"')) = c {
                for (a, b) in ["ub", "ur", "uf", "ut", "bf", "bt", "ft"].map(|pair| pair.split_at(1)) {
                    if prefix.contains(a) && prefix.contains(b) {
                        let offset = self.characters(self.line_start, self.start) as usize + 1;
                        let message = format!("'{a}' and '{b}' prefixes are incompatible");
                        let mut error = self.error_at(offset, message);
                        error.end_offset = Some(offset + prefix.len());
                        return Err(error.into());
                    }
                }
                return if prefix.contains(['f', 't']) { self.open_interpolated(quote, lines) } else { self.quoted(quote, lines) };
            }
        }
        while c.is_some_and(can_continue_name) {
            c = self.advance(lines)?;
        }
        self.back(c);
        self.check_name()?;
        Ok(Found::new(kind::NAME, self.start, self.pos))
    }

    /// Refuses characters that cannot be in a name.
    pub(super) fn check_name<E>(&mut self) -> Step<(), E> {
        let bytes = &self.text[self.start..self.pos];
        if bytes.is_ascii() || self.extra_tokens {
            return Ok(());
        }
        let text = String::from_utf8_lossy(bytes).into_owned();
        for (i, (at, c)) in text.char_indices().enumerate() {
            let valid = if i == 0 { c == '_' || identifier::is_xid_start(c) } else { identifier::is_xid_continue(c) };
            if valid {
                continue;
            }
            self.pos = self.start + at + c.len_utf8();
            let message = if classify::is_printable(c) {
                format!("invalid character '{c}' (U+{:04X})", c as u32)
            } else {
                format!("invalid non-printable character U+{:04X}", c as u32)
            };
            return Err(self.error(message).into());
        }
        Ok(())
    }

    fn point<E>(&mut self, lines: &mut ReadLine<'_, E>) -> Step<Found, E> {
        let c = self.advance(lines)?;
        if c.is_some_and(|c| c.is_ascii_digit()) {
            return self.fraction(c, lines);
        }
        if c == Some(b'.') {
            let third = self.advance(lines)?;
            if third == Some(b'.') {
                return Ok(Found::new(kind::ELLIPSIS, self.start, self.pos));
            }
            self.back(third);
        }
        self.back(c);
        Ok(Found::new(kind::DOT, self.start, self.pos))
    }

    /// A string whose first quote has just been read.
    fn quoted<E>(&mut self, quote: u8, lines: &mut ReadLine<'_, E>) -> Step<Found, E> {
        self.string_line = self.line;
        self.string_start = self.line_start;
        let (mut size, mut ending) = (1, 0);
        let mut c = self.advance(lines)?;
        if c == Some(quote) {
            c = self.advance(lines)?;
            if c == Some(quote) {
                size = 3;
            } else {
                ending = 1;
            }
        }
        if c != Some(quote) {
            self.back(c);
        }
        let mut escaped_quote = false;
        while ending != size {
            let c = self.advance(lines)?;
            match c {
                None => return Err(self.unterminated_string(size, escaped_quote)),
                Some(b'\n') if size == 1 => {
                    return Err(self.unterminated_string(size, escaped_quote));
                }
                Some(c) if c == quote => ending += 1,
                Some(b'\\') => {
                    ending = 0;
                    let c = self.advance(lines)?;
                    escaped_quote |= c == Some(quote);
                    if c == Some(b'\r') {
                        self.advance(lines)?;
                    }
                }
                Some(_) => ending = 0,
            }
        }
        Ok(Found::new(kind::STRING, self.start, self.pos))
    }

    fn unterminated_string<E>(&mut self, size: usize, escaped_quote: bool) -> super::Failure<E> {
        let detected = self.line;
        self.pos = self.start + 1;
        self.line_start = self.string_start;
        self.line = self.string_line;
        // The quote was meant to close the f-string around it.
        if let Some(mode) = self.strings.last()
            && mode.opened_by(self.text[self.start], size)
        {
            return self.error(format!("{}-string: expecting '}}'", mode.prefix())).into();
        }
        let triple = if size == 3 { "triple-quoted " } else { "" };
        let hint = if size == 1 && escaped_quote { "; perhaps you escaped the end quote?" } else { "" };
        let message = format!("unterminated {triple}string literal (detected at line {detected}){hint}");
        self.error(message).into()
    }

    fn operator<E>(&mut self, c: u8, lines: &mut ReadLine<'_, E>) -> Step<Found, E> {
        if c == b':'
            && let Some(mode) = self.strings.last_mut()
            && mode.depth - 1 == mode.field_depth()
        {
            mode.in_expression = false;
            mode.in_format_spec = true;
            return Ok(Found::new(kind::COLON, self.start, self.pos));
        }
        let second = self.advance(lines)?;
        if let Some(found) = second.and_then(|c2| kinds::two([c, c2])) {
            let third = self.advance(lines)?;
            if let (Some(c2), Some(c3)) = (second, third)
                && let Some(longer) = kinds::three([c, c2, c3])
            {
                return Ok(Found::new(longer, self.start, self.pos));
            }
            self.back(third);
            return Ok(Found::new(found, self.start, self.pos));
        }
        self.back(second);
        match c {
            b'(' | b'[' | b'{' => self.open(c)?,
            b')' | b']' | b'}' => self.close(c)?,
            _ => {}
        }
        if c.is_ascii_control() {
            let message = format!("invalid non-printable character U+{c:04X}");
            return Err(self.error(message).into());
        }
        Ok(Found::new(kinds::one(c), self.start, self.pos))
    }

    fn open<E>(&mut self, open: u8) -> Step<(), E> {
        if self.brackets.len() >= MAX_BRACKETS {
            return Err(self.error("too many nested parentheses").into());
        }
        let (line, at) = (self.line, self.pos - 1);
        self.brackets.push(Bracket { open, line, at });
        if let Some(mode) = self.strings.last_mut() {
            mode.depth += 1;
        }
        Ok(())
    }

    fn close<E>(&mut self, close: u8) -> Step<(), E> {
        let shown = close as char;
        let prefix = self.strings.last().map(|mode| mode.prefix());
        let mode = self.strings.last().map(|mode| (mode.depth, mode.field_depth()));
        if let (Some(prefix), Some((0, _)), b'}') = (prefix, mode, close) {
            return Err(self.error(format!("{prefix}-string: single '}}' is not allowed")).into());
        }
        if !self.extra_tokens && self.brackets.is_empty() {
            return Err(self.error(format!("unmatched '{shown}'")).into());
        }
        if let Some(Bracket { open, line, .. }) = self.brackets.pop()
            && !matches!((open, close), (b'(', b')') | (b'[', b']') | (b'{', b'}'))
        {
            if let (Some(prefix), Some((depth, field))) = (prefix, mode)
                && open == b'{'
                && depth - 1 == field
            {
                let message = format!("{prefix}-string: unmatched '{shown}'");
                return Err(self.error(message).into());
            }
            if !self.extra_tokens {
                let open = open as char;
                let mut message = format!("closing parenthesis '{shown}' does not match opening parenthesis '{open}'");
                if line != self.line {
                    message.push_str(&format!(" on line {line}"));
                }
                return Err(self.error(message).into());
            }
        }
        if let Some(mode) = self.strings.last_mut() {
            mode.depth -= 1;
            if mode.depth < 0 {
                let message = format!("{}-string: unmatched '{shown}'", mode.prefix());
                return Err(self.error(message).into());
            }
            if close == b'}' && mode.depth == mode.field_depth() {
                mode.fields -= 1;
                mode.in_expression = false;
                mode.in_format_spec = false;
            }
        }
        Ok(())
    }
}
