//! Arguments of calls and classes, and subscripts.

use super::cursor::{Cursor, Step, Stop};
use super::shape::{Form, Shape};

/// What the arguments so far have been.
#[derive(Default)]
struct Seen {
    count: usize,
    keyword: bool,
    /// The comma before a first `*` behind a `**`, and the end of the last such star's value.
    star_after_unpacking: Option<(usize, usize)>,
    unpacking: bool,
    /// There is a positional argument behind a keyword, and perhaps behind a `**`.
    misplaced: Option<bool>,
}

impl Cursor<'_> {
    /// The arguments of a call with their parentheses.
    pub fn call_arguments(&mut self) -> Step<()> {
        self.arguments(true)
    }

    /// Arguments in parentheses; a class takes no bare generator expression.
    pub fn arguments(&mut self, bare_generator: bool) -> Step<()> {
        self.bump();
        let mut seen = Seen::default();
        loop {
            if self.is(")") {
                break;
            }
            if self.attempt(|c| c.argument(&mut seen, bare_generator))?.is_none() {
                self.check_order(&seen)?;
                return Err(Stop::Fail);
            }
            seen.count += 1;
            if !self.eat(",") {
                break;
            }
        }
        self.kind();
        self.check_order(&seen)?;
        self.expect(")")
    }

    /// Refuses arguments in the wrong order, once all are read.
    fn check_order(&mut self, seen: &Seen) -> Step<()> {
        if let Some((comma, end)) = seen.star_after_unpacking {
            return self.error_at(comma, end, "iterable argument unpacking follows keyword argument unpacking");
        }
        if let Some(unpacking) = seen.misplaced {
            let unpacking = if unpacking { " unpacking" } else { "" };
            return self.error_at_last(format!("positional argument follows keyword argument{unpacking}"));
        }
        Ok(())
    }

    fn argument(&mut self, seen: &mut Seen, bare_generator: bool) -> Step<()> {
        let start = self.at;
        if self.eat("**") {
            self.expression()?;
            self.check_unpacking_target(start, "cannot assign to keyword argument unpacking")?;
            seen.unpacking = true;
            return Ok(());
        }
        if self.is("*") {
            self.starred_expression()?;
            self.check_unpacking_target(start, "cannot assign to iterable argument unpacking")?;
            if seen.unpacking {
                let comma = seen.star_after_unpacking.map_or(start - 1, |(comma, _)| comma);
                seen.star_after_unpacking = Some((comma, self.at));
            }
            if self.is_any(&["for", "async"]) {
                let star = Shape::new(Form::Starred, start, self.at);
                self.check_unpacking(&star)?;
            }
            return Ok(());
        }
        if self.is_any(&["True", "False", "None"]) && self.word_at(1) == "=" {
            return self.error_at(start, start + 2, format!("cannot assign to {}", self.source_word(start)));
        }
        if self.is_name() && self.word_at(1) == "=" {
            return self.keyword_argument(seen);
        }
        self.positional_argument(seen, bare_generator)
    }

    /// `*a=b`.
    fn check_unpacking_target(&mut self, start: usize, message: &str) -> Step<()> {
        if !self.is("=") {
            return Ok(());
        }
        let value = self.ahead(|c| {
            c.bump();
            c.expression()
        })?;
        match value {
            Some(value) => self.error_at(start, value.past, message),
            None => Err(Stop::Fail),
        }
    }

    fn source_word(&self, token: usize) -> &str {
        let token = self.tokens[token];
        &self.source.text[token.start..token.end]
    }

    fn keyword_argument(&mut self, seen: &mut Seen) -> Step<()> {
        let start = self.at;
        self.bump();
        self.bump();
        if self.is_any(&[",", ")"]) {
            return self.error_at(start, start + 2, "expected argument value expression");
        }
        self.expression()?;
        if self.is_any(&["for", "async"]) && self.ahead(Self::comprehension_clauses)?.is_some() {
            return self.error_at(start, start + 2, "invalid syntax. Maybe you meant '==' or ':=' instead of '='?");
        }
        seen.keyword = true;
        Ok(())
    }

    fn positional_argument(&mut self, seen: &mut Seen, bare_generator: bool) -> Step<()> {
        let start = self.at;
        let value = if self.is_name() && self.word_at(1) == ":=" { self.named_expression()? } else { self.expression()? };
        if self.is("=") {
            let message = "expression cannot contain assignment, perhaps you meant \"==\"?";
            return self.error_at(value.start, self.at + 1, message);
        }
        if self.is_any(&["for", "async"]) {
            if !bare_generator && seen.count == 0 {
                // Only with other arguments is this a known mistake.
                let here = self.at;
                let followed = self.ahead(|c| {
                    c.comprehension_clauses()?;
                    c.expect(",")
                })?;
                if followed.is_none() {
                    self.at = here;
                    return Err(Stop::Fail);
                }
                self.at -= 1;
            } else {
                self.comprehension_clauses()?;
            }
            if seen.count == 0 && self.is(",") {
                // What is wrong in the arguments after it comes first.
                let here = self.at;
                self.ahead(|c| {
                    let mut rest = Seen::default();
                    while c.eat(",") && !c.is(")") {
                        c.argument(&mut rest, true)?;
                        rest.count += 1;
                    }
                    Ok(())
                })?;
                self.at = here;
                return self.error_at(start, here, "Generator expression must be parenthesized");
            }
            if seen.count > 0 {
                return self.error_at(start, self.at, "Generator expression must be parenthesized");
            }
        }
        if (seen.keyword || seen.unpacking) && seen.misplaced.is_none() {
            seen.misplaced = Some(seen.unpacking);
        }
        Ok(())
    }

    /// `[…]` behind an expression.
    pub fn subscript(&mut self) -> Step<()> {
        self.bump();
        loop {
            self.slice()?;
            if !self.eat(",") || self.is("]") {
                break;
            }
        }
        self.expect("]")
    }

    fn slice(&mut self) -> Step<()> {
        if self.is("*") {
            return self.starred_expression().map(drop);
        }
        if !self.is(":") {
            let named = self.named_expression()?;
            if !self.is(":") || (named.form == Form::Named && !named.grouped) {
                return Ok(());
            }
        }
        self.bump();
        for _ in 0..2 {
            if !self.is_any(&[":", "]", ","]) {
                self.expression()?;
            }
            if !self.eat(":") {
                return Ok(());
            }
        }
        Ok(())
    }
}
