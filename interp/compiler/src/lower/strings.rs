//! String and bytes literals, f-strings and t-strings.
//!
//! Values are decoded from the source and not taken from the parser, because a Python string may hold lone surrogates.
//! Adjacent literals are merged as CPython's `_PyPegen_concatenate_strings` does.

use super::{Lowering, Result};
use crate::ast::*;
use crate::code::Constant;
use crate::error::{CompileError, Warning};
use crate::instruction::Location;
use crate::text::Text;
use ruff_python_ast as ruff;
use ruff_python_ast::StringFlags;
use ruff_python_ast::str_prefix::{ByteStringPrefix, FStringPrefix, StringLiteralPrefix, TStringPrefix};
use ruff_python_ast::token::TokenKind;
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustpython_wtf8::{CodePoint, Wtf8Buf};

impl Lowering<'_> {
    pub(super) fn string_literal(&mut self, literal: &ruff::ExprStringLiteral) -> Result<Expr> {
        let value = match literal.as_single_part_string() {
            Some(part) => self.string_part(part)?,
            None => {
                let mut value = Wtf8Buf::new();
                for part in literal.value.iter() {
                    value.push_wtf8(&self.string_part(part)?);
                }
                value.into()
            }
        };
        let unicode_prefix = literal.value.iter().next().is_some_and(|part| part.flags.prefix() == StringLiteralPrefix::Unicode);
        Ok(Expr { kind: ExprKind::Constant { value: Constant::Str(value), unicode_prefix }, loc: self.loc(literal.range) })
    }

    fn string_part(&mut self, part: &ruff::StringLiteral) -> Result<Text> {
        let raw = matches!(part.flags.prefix(), StringLiteralPrefix::Raw { .. });
        let body = TextRange::new(part.range.start() + part.flags.opener_len(), part.range.end() - part.flags.closer_len());
        self.decode(body, raw, false)
    }

    pub(super) fn bytes_literal(&mut self, literal: &ruff::ExprBytesLiteral) -> Result<Expr> {
        let mut value = Vec::new();
        for part in literal.value.iter() {
            let raw = matches!(part.flags.prefix(), ByteStringPrefix::Raw { .. });
            let body = TextRange::new(part.range.start() + part.flags.opener_len(), part.range.end() - part.flags.closer_len());
            self.decode_bytes(body, raw, &mut value)?;
        }
        Ok(Expr::new_constant(Constant::Bytes(value), self.loc(literal.range)))
    }

    pub(super) fn f_string(&mut self, string: &ruff::ExprFString) -> Result<Expr> {
        let mut values = Vec::new();
        for part in string.value.iter() {
            match part {
                ruff::FStringPart::Literal(literal) => {
                    let value = self.string_part(literal)?;
                    let loc = self.loc(literal.range);
                    values.push(Expr {
                        kind: ExprKind::Constant {
                            value: Constant::Str(value),
                            unicode_prefix: literal.flags.prefix() == StringLiteralPrefix::Unicode,
                        },
                        loc,
                    });
                }
                ruff::FStringPart::FString(f_string) => {
                    let raw = matches!(f_string.flags.prefix(), FStringPrefix::Raw { .. });
                    self.elements(&f_string.elements, raw, false, false, &mut values)?;
                }
            }
        }
        Ok(Expr { kind: ExprKind::JoinedStr(merge_constants(values)), loc: self.loc(string.range) })
    }

    pub(super) fn t_string(&mut self, string: &ruff::ExprTString) -> Result<Expr> {
        let mut values = Vec::new();
        for part in string.value.iter() {
            let raw = matches!(part.flags.prefix(), TStringPrefix::Raw { .. });
            self.elements(&part.elements, raw, true, false, &mut values)?;
        }
        Ok(Expr { kind: ExprKind::TemplateStr(merge_constants(values)), loc: self.loc(string.range) })
    }

    /// Lowers the parts of one f- or t-string or of a format specification. Empty literals leave nothing.
    fn elements(
        &mut self,
        elements: &ruff::InterpolatedStringElements,
        raw: bool,
        template: bool,
        in_spec: bool,
        values: &mut Vec<Expr>,
    ) -> Result<()> {
        for element in elements {
            match element {
                ruff::InterpolatedStringElement::Literal(literal) => {
                    let value = self.decode(literal.range, raw, !in_spec)?;
                    if !value.is_empty() {
                        let loc = self.loc(literal.range);
                        values.push(Expr::new_constant(Constant::Str(value), loc));
                    }
                }
                ruff::InterpolatedStringElement::Interpolation(element) => {
                    self.interpolation(element, raw, template, values)?;
                }
            }
        }
        Ok(())
    }

    fn interpolation(&mut self, element: &ruff::InterpolatedElement, raw: bool, template: bool, values: &mut Vec<Expr>) -> Result<()> {
        if element.format_spec.is_some() && nesting(element) > MAX_NESTING {
            return Err(CompileError::syntax("f-string: expressions nested too deeply", self.loc(element.range)));
        }
        let value = self.boxed(&element.expression)?;
        let mut conversion = element.conversion.to_char();
        let format_spec = match &element.format_spec {
            None => None,
            Some(spec) => {
                let mut parts = Vec::new();
                self.elements(&spec.elements, raw, false, true, &mut parts)?;
                // CPython's node runs from the colon to the closing brace.
                let range = TextRange::new(spec.range.start() - TextSize::from(1), element.range.end() - TextSize::from(1));
                Some(Box::new(Expr { kind: ExprKind::JoinedStr(merge_constants(parts)), loc: self.loc(range) }))
            }
        };
        let start = element.range.start() + TextSize::from(1);
        let is_debug = element.debug_text.is_some();
        let text_range =
            if is_debug || template { TextRange::new(start, self.expression_text_end(element)) } else { TextRange::empty(start) };
        if is_debug {
            if conversion.is_none() && format_spec.is_none() {
                conversion = Some('r');
            }
            let text = self.without_comments(text_range);
            let loc = self.loc(text_range);
            values.push(Expr::new_constant(Constant::Str(text.into()), loc));
        }
        let kind = if template {
            let mut text = self.without_comments(text_range);
            if is_debug && let Some(equals) = text.rfind('=') {
                text.truncate(equals);
            }
            ExprKind::Interpolation { value, text: Constant::Str(text.into()), conversion, format_spec }
        } else {
            ExprKind::FormattedValue { value, conversion, format_spec }
        };
        values.push(Expr { kind, loc: self.loc(element.range) });
        Ok(())
    }

    /// Where the text of an interpolated expression (with its `=`, if any) ends: at the conversion, format or brace.
    fn expression_text_end(&self, element: &ruff::InterpolatedElement) -> TextSize {
        if let Some(spec) = &element.format_spec
            && element.conversion == ruff::ConversionFlag::None
        {
            return spec.range.start() - TextSize::from(1);
        }
        let end = element.range.end() - TextSize::from(1);
        if element.conversion == ruff::ConversionFlag::None {
            return end;
        }
        let from = TextSize::try_from(self.end_of(&element.expression)).unwrap_or(end);
        self.tokens
            .in_range(TextRange::new(from, end))
            .iter()
            .find(|token| token.kind() == TokenKind::Exclamation)
            .map_or(end, |token| token.start())
    }

    fn without_comments(&self, range: TextRange) -> String {
        let text = self.source.slice(range);
        if !text.contains('#') {
            return text.to_owned();
        }
        let mut result = String::new();
        let mut from = range.start();
        let tokens = self.tokens.after(range.start());
        for token in tokens.iter().take_while(|token| token.start() < range.end()) {
            if token.kind() == TokenKind::Comment {
                result.push_str(self.source.slice(TextRange::new(from, token.start())));
                from = token.end();
            }
        }
        result.push_str(self.source.slice(TextRange::new(from, range.end())));
        result
    }

    fn warn_escape(&mut self, at: usize, escape: &str, octal: bool) {
        let (line, col) = self.source.position(TextSize::try_from(at).unwrap_or_default());
        let what = if octal { "an invalid octal escape sequence" } else { "an invalid escape sequence" };
        self.warnings.push(Warning::syntax(
            format!(
                "\"\\{escape}\" is {what}. Such sequences will not work in the future. \
                 Did you mean \"\\\\{escape}\"? A raw string is also an option."
            ),
            Location { line, end_line: line, col, end_col: col + 1 + escape.len() as i32 },
        ));
    }

    fn escape_error(&self, codec: &str, message: &str, range: TextRange) -> CompileError {
        CompileError::syntax(format!("({codec} error) {message}"), self.loc(range))
    }

    /// Decodes the inside of a literal for its errors.
    pub(super) fn decode_literal(&mut self, range: TextRange, raw: bool, bytes: bool, braces: bool) -> Result<()> {
        if bytes { self.decode_bytes(range, raw, &mut Vec::new()) } else { self.decode(range, raw, braces).map(|_| ()) }
    }

    /// Decodes the inside of a string literal; `braces` are doubled in the literal parts of f-strings.
    fn decode(&mut self, range: TextRange, raw: bool, braces: bool) -> Result<Text> {
        let source = self.source;
        let text = source.slice(range);
        let special = |c: char| (c == '\\' && !raw) || (braces && (c == '{' || c == '}'));
        if !text.contains(special) {
            return Ok(Text::from(text));
        }
        let base = range.start().to_usize();
        let mut value = Wtf8Buf::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(special) {
            value.push_str(&rest[..at]);
            let start = base + text.len() - rest.len() + at;
            rest = &rest[at + 1..];
            if text.as_bytes()[start - base] != b'\\' {
                let brace = text.as_bytes()[start - base] as char;
                value.push_char(brace);
                rest = rest.strip_prefix(brace).unwrap_or(rest);
                continue;
            }
            let Some(c) = rest.chars().next() else {
                // An f-string's `\{`: the brace opens a replacement field.
                self.warn_escape(start, "{", false);
                value.push_char('\\');
                break;
            };
            rest = &rest[c.len_utf8()..];
            match c {
                '\n' => {}
                '\\' | '\'' | '"' => value.push_char(c),
                'a' => value.push_char('\x07'),
                'b' => value.push_char('\x08'),
                'f' => value.push_char('\x0c'),
                'n' => value.push_char('\n'),
                'r' => value.push_char('\r'),
                't' => value.push_char('\t'),
                'v' => value.push_char('\x0b'),
                '0'..='7' => {
                    let (code, length) = octal(c, rest);
                    if code > 0o377 {
                        let escape = format!("{c}{}", &rest[..length]);
                        self.warn_escape(start, &escape, true);
                    }
                    rest = &rest[length..];
                    value.push(CodePoint::from(char::from_u32(code).unwrap_or_default()));
                }
                'x' | 'u' | 'U' => {
                    let (digits, what) = match c {
                        'x' => (2, "truncated \\xXX escape"),
                        'u' => (4, "truncated \\uXXXX escape"),
                        _ => (8, "truncated \\UXXXXXXXX escape"),
                    };
                    let length = rest.bytes().take(digits).take_while(u8::is_ascii_hexdigit).count();
                    let offset = start - base;
                    let code = u32::from_str_radix(&rest[..length], 16).unwrap_or(u32::MAX);
                    let code_point = (length == digits).then(|| CodePoint::from_u32(code));
                    match code_point {
                        Some(Some(code_point)) => value.push(code_point),
                        other => {
                            let message = format!(
                                "'unicodeescape' codec can't decode bytes in position {offset}-{}: {}",
                                offset + 1 + length,
                                if other.is_some() { "illegal Unicode character" } else { what },
                            );
                            return Err(self.escape_error("unicode", &message, range));
                        }
                    }
                    rest = &rest[length..];
                }
                'N' => {
                    let name = rest.strip_prefix('{').and_then(|inner| inner.split_once('}')).filter(|(name, _)| !name.is_empty());
                    let offset = start - base;
                    let Some((name, after)) = name else {
                        // An open brace belongs to it, and all that may be in a name.
                        let more = if rest.starts_with('{') { rest.find('}').unwrap_or(rest.len()) } else { 0 };
                        let message = format!(
                            "'unicodeescape' codec can't decode bytes in position {offset}-{}: malformed \\N character escape",
                            offset + 1 + more
                        );
                        return Err(self.escape_error("unicode", &message, range));
                    };
                    let Some(c) = unicode_names2::character(name) else {
                        let message = format!(
                            "'unicodeescape' codec can't decode bytes in position {offset}-{}: unknown Unicode character name",
                            offset + 3 + name.len()
                        );
                        return Err(self.escape_error("unicode", &message, range));
                    };
                    value.push_char(c);
                    rest = after;
                }
                c => {
                    self.warn_escape(start, c.encode_utf8(&mut [0; 4]), false);
                    value.push_char('\\');
                    // A brace may be doubled.
                    if braces && (c == '{' || c == '}') {
                        rest = rest.strip_prefix(c).unwrap_or(rest);
                    }
                    value.push_char(c);
                }
            }
        }
        value.push_str(rest);
        Ok(value.into())
    }

    fn decode_bytes(&mut self, range: TextRange, raw: bool, value: &mut Vec<u8>) -> Result<()> {
        let source = self.source;
        let text = source.slice(range);
        if !text.is_ascii() {
            return Err(CompileError::syntax("bytes can only contain ASCII literal characters", self.loc(range)));
        }
        if raw {
            value.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        let base = range.start().to_usize();
        let mut rest = text;
        while let Some(at) = rest.find('\\') {
            value.extend_from_slice(&rest.as_bytes()[..at]);
            let start = base + text.len() - rest.len() + at;
            rest = &rest[at + 1..];
            let Some(c) = rest.chars().next() else {
                break;
            };
            rest = &rest[1..];
            match c {
                '\n' => {}
                '\\' | '\'' | '"' => value.push(c as u8),
                'a' => value.push(7),
                'b' => value.push(8),
                'f' => value.push(12),
                'n' => value.push(b'\n'),
                'r' => value.push(b'\r'),
                't' => value.push(b'\t'),
                'v' => value.push(11),
                '0'..='7' => {
                    let (code, length) = octal(c, rest);
                    if code > 0o377 {
                        let escape = format!("{c}{}", &rest[..length]);
                        self.warn_escape(start, &escape, true);
                    }
                    rest = &rest[length..];
                    value.push(code as u8);
                }
                'x' => {
                    let byte = rest.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
                    let Some(byte) = byte.filter(|_| !rest.starts_with('+')) else {
                        let message = format!("invalid \\x escape at position {}", start - base);
                        return Err(self.escape_error("value", &message, range));
                    };
                    value.push(byte);
                    rest = &rest[2..];
                }
                c => {
                    self.warn_escape(start, c.encode_utf8(&mut [0; 4]), false);
                    value.push(b'\\');
                    value.push(c as u8);
                }
            }
        }
        value.extend_from_slice(rest.as_bytes());
        Ok(())
    }
}

/// The value of an octal escape that begins with `first`, and how many digits of `rest` belong to it.
fn octal(first: char, rest: &str) -> (u32, usize) {
    let mut code = first as u32 - '0' as u32;
    let mut length = 0;
    for digit in rest.bytes().take(2).take_while(|b| (b'0'..=b'7').contains(b)) {
        code = code * 8 + u32::from(digit - b'0');
        length += 1;
    }
    (code, length)
}

/// Merges runs of literals and drops the empty ones.
fn merge_constants(values: Vec<Expr>) -> Vec<Expr> {
    let mut merged: Vec<Expr> = Vec::with_capacity(values.len());
    for expr in values {
        if let ExprKind::Constant { value: Constant::Str(text), .. } = &expr.kind
            && let Some(Expr { kind: ExprKind::Constant { value: Constant::Str(last), .. }, loc }) = merged.last_mut()
        {
            let mut joined = last.to_wtf8_buf();
            joined.push_wtf8(text);
            *last = joined.into();
            loc.end_line = expr.loc.end_line;
            loc.end_col = expr.loc.end_col;
            continue;
        }
        merged.push(expr);
    }
    merged.retain(|expr| !matches!(&expr.kind, ExprKind::Constant { value: Constant::Str(s), .. } if s.is_empty()));
    merged
}

/// CPython's MAX_EXPR_NESTING: replacement fields in format specs.
const MAX_NESTING: usize = 3;

/// How deep replacement fields are nested in format specs.
fn nesting(element: &ruff::InterpolatedElement) -> usize {
    let inner = element.format_spec.iter().flat_map(|spec| spec.elements.interpolations()).map(nesting).max();
    1 + inner.unwrap_or(0)
}
