//! `for` clauses of comprehensions, and the targets of `for`.

use super::cursor::{Cursor, Step, Stop};
use super::shape::{Form, Shape};

impl Cursor<'_> {
    /// One or more `for … in … if …`.
    pub fn comprehension_clauses(&mut self) -> Step<()> {
        self.comprehension_clause()?;
        while self.is_any(&["for", "async"]) && self.attempt(Self::comprehension_clause)?.is_some() {}
        Ok(())
    }

    fn comprehension_clause(&mut self) -> Step<()> {
        self.eat("async");
        self.expect("for")?;
        let start = self.at;
        let Some(target) = self.attempt(Self::for_target)? else { return self.check_wide_target(start).and(Err(Stop::Fail)) };
        if !self.is("in") {
            return self.error_at_last("'in' expected after for-loop variables");
        }
        if target.invalid_target().is_some() {
            self.check_wide_target(start)?;
        }
        self.check_target(&target)?;
        self.bump();
        self.disjunction()?;
        while self.is("if") {
            let condition = self.at;
            self.bump();
            if self.attempt(Self::disjunction)?.is_none() {
                self.at = condition;
                break;
            }
        }
        Ok(())
    }

    /// Looks for what is wrong with a target as an expression; that there are none is no success.
    pub fn check_wide_target(&mut self, start: usize) -> Step<()> {
        if self.is_quiet() {
            return Err(Stop::Fail);
        }
        let here = self.at;
        self.at = start;
        let wide = self.ahead(Self::star_expressions)?;
        self.at = here;
        match wide {
            Some(wide) if wide.form != Form::Comparison => {
                self.check_target(&wide)?;
                Err(Stop::Fail)
            }
            Some(_) => Ok(()),
            None => Err(Stop::Fail),
        }
    }

    /// What stands between `for` and `in`.
    pub fn for_target(&mut self) -> Step<Shape> {
        self.comma_list(|c| {
            if c.is("*") {
                let start = c.at;
                c.bump();
                let operand = c.bitwise_or()?;
                return Ok(Shape::with_parts(Form::Starred, start, c.at, vec![operand]));
            }
            c.bitwise_or()
        })
    }

    /// Refuses a target that cannot be assigned to.
    pub fn check_target(&self, target: &Shape) -> Step<()> {
        match target.invalid_target() {
            Some(part) => self.error_at(part.start, part.end, format!("cannot assign to {}", part.form.name())),
            None => Ok(()),
        }
    }

    /// `[*a for a in b]`.
    pub fn check_unpacking(&mut self, element: &Shape) -> Step<()> {
        if element.form != Form::Starred {
            return Ok(());
        }
        let here = self.at;
        let clauses = self.ahead(Self::comprehension_clauses)?;
        self.at = here;
        match clauses {
            Some(()) => self.error_at(element.start, element.end, "iterable unpacking cannot be used in comprehension"),
            None => Err(Stop::Fail),
        }
    }
}
