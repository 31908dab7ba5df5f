//! Statements of one line.

use super::cursor::{Cursor, Step, Stop};
use super::shape::{Form, Shape};
use super::words;

impl Cursor<'_> {
    pub fn simple_statement(&mut self) -> Step<()> {
        match self.word() {
            "pass" | "break" | "continue" => {
                if self.word_at(1) == "if" {
                    self.expression()?;
                }
                self.bump();
                Ok(())
            }
            "return" => {
                self.bump();
                self.attempt(Self::star_expressions).map(drop)
            }
            "raise" => self.raise(),
            "global" | "nonlocal" => {
                self.bump();
                self.name()?;
                while self.eat(",") {
                    self.name()?;
                }
                Ok(())
            }
            "del" => self.delete(),
            "assert" => {
                self.bump();
                self.expression()?;
                if self.eat(",") {
                    self.expression()?;
                }
                Ok(())
            }
            "import" => self.import(),
            "from" => self.import_from(),
            "type" => {
                if self.attempt(Self::type_alias)?.is_some() {
                    return Ok(());
                }
                self.assignment_or_expression()
            }
            _ => self.assignment_or_expression(),
        }
    }

    fn raise(&mut self) -> Step<()> {
        self.bump();
        if self.attempt(Self::expression)?.is_some() && self.is("from") {
            self.bump();
            self.expression()?;
        }
        Ok(())
    }

    fn delete(&mut self) -> Step<()> {
        self.bump();
        let targets = self.star_expressions()?;
        match targets.not_deletable() {
            Some(part) => self.error_at(part.start, part.end, format!("cannot delete {}", part.form.name())),
            None => Ok(()),
        }
    }

    fn type_alias(&mut self) -> Step<()> {
        self.bump();
        self.name()?;
        if self.is("[") {
            if self.word_at(1) == "]" {
                self.kind_at(2);
            }
            self.type_parameters()?;
        }
        self.expect("=")?;
        self.expression().map(drop)
    }

    fn assignment_or_expression(&mut self) -> Step<()> {
        let mut value = self.yield_or_star_expressions()?;
        if self.is(":") {
            return self.annotated(&value);
        }
        let word = self.word();
        if words::is_augmented(word) {
            return self.augmented(&value);
        }
        let mut first = true;
        while self.is("=") {
            self.check_assignment_target(&value, first)?;
            first = false;
            self.bump();
            value = self.yield_or_star_expressions()?;
        }
        Ok(())
    }

    /// `value =`: whether that can be.
    fn check_assignment_target(&mut self, value: &Shape, first: bool) -> Step<()> {
        if value.form == Form::Yield && !value.grouped {
            return self.error_at(value.start, value.end, "assignment to yield expression not possible");
        }
        let Some(part) = value.invalid_target() else { return Ok(()) };
        let (start, end, name) = (part.start, part.end, part.form.name());
        if first {
            let bare_tuple = value.form == Form::Tuple && !value.grouped && !self.starts_with_bracket(value);
            let last = if bare_tuple { value.parts.last() } else { Some(value) };
            if let Some(last) = last
                && last.form != Form::Starred
            {
                self.check_equal(last)?;
            }
        }
        self.error_at(start, end, format!("cannot assign to {name}"))
    }

    /// Whether a tuple has its parentheses.
    fn starts_with_bracket(&self, tuple: &Shape) -> bool {
        tuple.parts.first().is_none_or(|part| part.start > tuple.start && self.level(tuple.start) > self.level(tuple.end - 1))
    }

    /// `target: type = value`.
    fn annotated(&mut self, target: &Shape) -> Step<()> {
        let valid = target.is_single_target();
        if !valid {
            let complete = self.ahead(|c| {
                c.bump();
                c.expression()
            })?;
            if complete.is_none() || (target.form == Form::Starred && !target.grouped) || target.form == Form::Yield {
                return Err(Stop::Fail);
            }
            let bare_tuple = target.form == Form::Tuple && !self.starts_with_bracket(target);
            let (start, end) = match (bare_tuple, target.parts.first()) {
                (true, Some(part)) => (part.start, part.end),
                _ => (target.start, target.end),
            };
            return match target.form {
                Form::Tuple => self.error_at(start, end, "only single target (not tuple) can be annotated"),
                Form::List => self.error_at(start, end, "only single target (not list) can be annotated"),
                _ => self.error_at(start, end, "illegal target for annotation"),
            };
        }
        self.bump();
        self.expression()?;
        if self.eat("=") {
            self.yield_or_star_expressions()?;
        }
        Ok(())
    }

    /// `target += value`.
    fn augmented(&mut self, target: &Shape) -> Step<()> {
        if target.form == Form::Yield && !target.grouped {
            return Err(Stop::Fail);
        }
        if target.is_single_target() {
            self.bump();
            return self.yield_or_star_expressions().map(drop);
        }
        let complete = self.ahead(|c| {
            c.bump();
            c.yield_or_star_expressions()
        })?;
        match complete {
            Some(_) => {
                let message = format!("'{}' is an illegal expression for augmented assignment", target.form.name());
                self.error_at(target.start, target.end, message)
            }
            None => Err(Stop::Fail),
        }
    }
}
