//! Names, literals, and what stands in parentheses.

use super::cursor::{Cursor, Step, Stop};
use super::shape::{Form, Shape};
use crate::tokenize::kind;

impl Cursor<'_> {
    pub fn atom(&mut self) -> Step<Shape> {
        let start = self.at;
        let form = match self.kind() {
            kind::NUMBER => Form::Literal,
            kind::STRING | kind::FSTRING_START | kind::TSTRING_START => return self.strings(),
            _ => match self.word() {
                "None" => Form::None,
                "True" => Form::True,
                "False" => Form::False,
                "..." => Form::Ellipsis,
                "(" => return self.parenthesized(),
                "[" => return self.list(),
                "{" => return self.braces(),
                _ if self.is_name() => Form::Name,
                _ => return Err(Stop::Fail),
            },
        };
        self.bump();
        Ok(Shape::new(form, start, start + 1))
    }

    /// Adjacent string literals, which must be of kinds that go together.
    fn strings(&mut self) -> Step<Shape> {
        let start = self.at;
        let (mut bytes, mut text, mut formatted, mut templates) = (false, false, false, false);
        loop {
            match self.kind() {
                kind::STRING => {
                    let token = self.tokens[self.at];
                    let literal = &self.source.text[token.start..token.end];
                    let prefix = &literal[..literal.find(['"', '\'']).unwrap_or(0)];
                    if prefix.contains(['b', 'B']) {
                        bytes = true;
                        if !literal.is_ascii() {
                            return self.error_at(self.at, self.at + 1, "bytes can only contain ASCII literal characters");
                        }
                    } else {
                        text = true;
                    }
                    self.bump();
                }
                kind::FSTRING_START => {
                    formatted = true;
                    self.interpolated_string('f')?;
                }
                kind::TSTRING_START => {
                    templates = true;
                    self.interpolated_string('t')?;
                }
                _ => break,
            }
        }
        if templates && (text || bytes || formatted) {
            return self.error_at(start, self.at, "cannot mix t-string literals with string or bytes literals");
        }
        if bytes && (text || formatted) {
            return self.error_at_last("cannot mix bytes and nonbytes literals");
        }
        let form = if templates {
            Form::TString
        } else if formatted {
            Form::FString
        } else {
            Form::Literal
        };
        Ok(Shape::new(form, start, self.at))
    }

    /// A tuple, a generator expression, or an expression in parentheses.
    fn parenthesized(&mut self) -> Step<Shape> {
        let start = self.at;
        self.bump();
        if self.eat(")") {
            return Ok(Shape::new(Form::Tuple, start, self.at));
        }
        if self.is("yield") {
            let inner = self.yield_expression()?;
            return self.close_group(inner);
        }
        if self.is("**") {
            self.check_double_star()?;
            return Err(Stop::Fail);
        }
        let first = self.first_element()?;
        if self.is_any(&["for", "async"]) {
            self.check_unpacking(&first)?;
            self.comprehension_clauses()?;
            self.expect(")")?;
            return Ok(Shape::new(Form::Generator, start, self.at));
        }
        if !self.is(",") {
            if first.form == Form::Starred && !first.grouped {
                if self.is(")") {
                    return self.error_at(first.start, first.end, "cannot use starred expression here");
                }
                return Err(Stop::Fail);
            }
            return self.close_group(first);
        }
        let mut parts = vec![first];
        while self.eat(",") {
            if self.is(")") {
                break;
            }
            parts.push(self.star_named_expression()?);
        }
        self.expect(")")?;
        Ok(Shape::with_parts(Form::Tuple, start, self.at, parts))
    }

    fn close_group(&mut self, inner: Shape) -> Step<Shape> {
        self.expect(")")?;
        Ok(Shape { grouped: true, tight: true, past: self.at, ..inner })
    }

    /// `(**a)`.
    fn check_double_star(&mut self) -> Step<()> {
        let star = self.at;
        let complete = self.ahead(|c| {
            c.bump();
            c.expression()?;
            c.expect(")")
        })?;
        self.at = star;
        match complete {
            Some(()) => self.error_at(star, star + 1, "cannot use double starred expression here"),
            None => Ok(()),
        }
    }

    /// The first element in brackets: a lone star there is known to be a mistake.
    pub fn first_element(&mut self) -> Step<Shape> {
        if !self.is("*") {
            return self.named_expression();
        }
        if self.is_quiet() { self.star_named_expression() } else { self.starred_expression() }
    }
}
