//! Numbers.

use super::kinds::kind;
use super::{Found, ReadLine, Step, Tokenizer};

type Byte = Option<u8>;

fn is_digit(c: Byte) -> bool {
    c.is_some_and(|c| c.is_ascii_digit())
}

impl Tokenizer {
    /// A number that begins with the digit `first`, which has just been read.
    pub(super) fn number<E>(&mut self, first: u8, lines: &mut ReadLine<'_, E>) -> Step<Found, E> {
        if first == b'0' {
            let c = self.advance(lines)?;
            match c {
                Some(b'x' | b'X') => return self.radix(16, "hexadecimal", lines),
                Some(b'o' | b'O') => return self.radix(8, "octal", lines),
                Some(b'b' | b'B') => return self.radix(2, "binary", lines),
                _ => return self.after_zero(c, lines),
            }
        }
        let c = self.decimal_tail(lines)?;
        self.after_integer(c, lines)
    }

    /// `0x`, `0o` or `0b` has been read.
    fn radix<E>(&mut self, radix: u32, name: &str, lines: &mut ReadLine<'_, E>) -> Step<Found, E> {
        let is_digit_here = |c: Byte| c.is_some_and(|c| (c as char).is_digit(radix));
        let mut c = self.advance(lines)?;
        loop {
            if c == Some(b'_') {
                c = self.advance(lines)?;
            }
            if !is_digit_here(c) {
                return Err(self.wrong_digit(c, name));
            }
            while is_digit_here(c) {
                c = self.advance(lines)?;
            }
            if c != Some(b'_') {
                break;
            }
        }
        if radix < 10 && is_digit(c) {
            return Err(self.wrong_digit(c, name));
        }
        self.end_number(c, name)
    }

    fn wrong_digit<E>(&mut self, c: Byte, name: &str) -> super::Failure<E> {
        if let Some(digit) = c.filter(u8::is_ascii_digit) {
            let digit = digit as char;
            return self.error(format!("invalid digit '{digit}' in {name} literal")).into();
        }
        self.back(c);
        self.error(format!("invalid {name} literal")).into()
    }

    /// Zeros, perhaps followed by other digits.
    fn after_zero<E>(&mut self, mut c: Byte, lines: &mut ReadLine<'_, E>) -> Step<Found, E> {
        loop {
            if c == Some(b'_') {
                c = self.advance(lines)?;
                if !is_digit(c) {
                    self.back(c);
                    return Err(self.error("invalid decimal literal").into());
                }
            }
            if c != Some(b'0') {
                break;
            }
            c = self.advance(lines)?;
        }
        let zeros_end = self.pos;
        let leading_zero = is_digit(c);
        if leading_zero {
            c = self.decimal_tail(lines)?;
        }
        let is_float = matches!(c, Some(b'.' | b'e' | b'E' | b'j' | b'J'));
        if leading_zero && !is_float && !self.extra_tokens {
            self.back(c);
            let offset = self.characters(self.line_start, self.start) as usize + 1;
            let message = "leading zeros in decimal integer literals are not permitted; \
                           use an 0o prefix for octal integers";
            let mut error = self.error_at(offset, message);
            error.end_offset = Some(self.characters(self.line_start, zeros_end) as usize);
            return Err(error.into());
        }
        self.after_integer(c, lines)
    }

    /// What follows the integer part; `c` is the first character after it.
    fn after_integer<E>(&mut self, c: Byte, lines: &mut ReadLine<'_, E>) -> Step<Found, E> {
        if c == Some(b'.') {
            let c = self.advance(lines)?;
            return self.fraction(c, lines);
        }
        self.exponent(c, lines)
    }

    /// What follows the point; `c` is the first character after it.
    pub(super) fn fraction<E>(&mut self, mut c: Byte, lines: &mut ReadLine<'_, E>) -> Step<Found, E> {
        if is_digit(c) {
            c = self.decimal_tail(lines)?;
        }
        self.exponent(c, lines)
    }

    fn exponent<E>(&mut self, mut c: Byte, lines: &mut ReadLine<'_, E>) -> Step<Found, E> {
        if matches!(c, Some(b'e' | b'E')) {
            let e = c;
            c = self.advance(lines)?;
            if matches!(c, Some(b'+' | b'-')) {
                c = self.advance(lines)?;
                if !is_digit(c) {
                    self.back(c);
                    return Err(self.error("invalid decimal literal").into());
                }
            } else if !is_digit(c) {
                self.back(c);
                return self.end_number(e, "decimal");
            }
            c = self.decimal_tail(lines)?;
        }
        if matches!(c, Some(b'j' | b'J')) {
            c = self.advance(lines)?;
            return self.end_number(c, "imaginary");
        }
        self.end_number(c, "decimal")
    }

    /// Reads digits with single underscores between them; gives the first character after them.
    fn decimal_tail<E>(&mut self, lines: &mut ReadLine<'_, E>) -> Step<Byte, E> {
        loop {
            let mut c = self.advance(lines)?;
            while is_digit(c) {
                c = self.advance(lines)?;
            }
            if c != Some(b'_') {
                return Ok(c);
            }
            c = self.advance(lines)?;
            if !is_digit(c) {
                self.back(c);
                return Err(self.error("invalid decimal literal").into());
            }
        }
    }

    /// Refuses a character that could not be in a name either.
    fn check_character_after_number<E>(&mut self) -> Step<(), E> {
        let number = (self.start, self.pos);
        self.start = self.pos;
        while self.text.get(self.pos).is_some_and(|c| !c.is_ascii()) {
            self.pos += 1;
        }
        self.check_name()?;
        (self.start, self.pos) = number;
        Ok(())
    }

    /// Ends the number before `c`. For the parser, nothing but a keyword may follow directly.
    fn end_number<E>(&mut self, c: Byte, name: &str) -> Step<Found, E> {
        if !self.extra_tokens
            && let Some(next) = c
            && super::normal::can_continue_name(next)
        {
            let keywords: &[&str] = match next {
                b'a' => &["nd"],
                b'e' => &["lse"],
                b'f' => &["or"],
                b'i' => &["f", "n", "s"],
                b'o' => &["r"],
                b'n' => &["ot"],
                _ => &[],
            };
            let rest = &self.text[self.pos..];
            let is_keyword = |k: &&str| {
                let after = rest.get(k.len()).copied();
                rest.starts_with(k.as_bytes()) && !after.is_some_and(super::normal::can_continue_name)
            };
            if !keywords.iter().any(is_keyword) {
                self.back(c);
                if !next.is_ascii() {
                    self.check_character_after_number()?;
                }
                // CPython points at the character after the number.
                let mut error = self.error(format!("invalid {name} literal"));
                error.offset = error.offset.max(1);
                return Err(error.into());
            }
        }
        self.back(c);
        Ok(Found::new(kind::NUMBER, self.start, self.pos))
    }
}
