//! Lists, sets and dictionaries.

use super::cursor::{Cursor, Step, Stop};
use super::shape::{Form, Shape};

impl Cursor<'_> {
    pub fn list(&mut self) -> Step<Shape> {
        let start = self.at;
        self.bump();
        if self.eat("]") {
            return Ok(Shape::new(Form::List, start, self.at));
        }
        let first = self.first_element()?;
        if self.is_any(&["for", "async"]) {
            self.check_unpacking(&first)?;
            self.comprehension_clauses()?;
            self.expect("]")?;
            return Ok(Shape::new(Form::ListComprehension, start, self.at));
        }
        let parts = self.more_elements(first, "]")?;
        self.expect("]")?;
        Ok(Shape::with_parts(Form::List, start, self.at, parts))
    }

    /// The elements after the first one, up to the closing bracket.
    fn more_elements(&mut self, first: Shape, close: &str) -> Step<Vec<Shape>> {
        let start = first.start;
        let mut end = first.past;
        let mut parts = vec![first];
        while self.eat(",") {
            if self.is_any(&["for", "async"]) {
                let end = if parts.len() == 1 { self.at } else { end };
                self.check_bare_tuple(start, end)?;
            }
            if self.is(close) {
                break;
            }
            let part = self.star_named_expression()?;
            end = part.past;
            parts.push(part);
        }
        if parts.len() > 1 && self.is_any(&["for", "async"]) {
            self.check_bare_tuple(start, end)?;
        }
        Ok(parts)
    }

    /// `[a, b for a in c]`.
    fn check_bare_tuple(&mut self, start: usize, end: usize) -> Step<()> {
        if self.is_quiet() {
            return Ok(());
        }
        let here = self.at;
        let clauses = self.ahead(Self::comprehension_clauses)?;
        self.at = here;
        match clauses {
            Some(()) => self.error_at(start, end, "did you forget parentheses around the comprehension target?"),
            None => Ok(()),
        }
    }

    /// A dictionary or a set.
    pub fn braces(&mut self) -> Step<Shape> {
        let start = self.at;
        self.bump();
        if self.eat("}") {
            return Ok(Shape::new(Form::Dict, start, self.at));
        }
        if self.is("**") {
            let star = self.at;
            self.bump();
            self.bitwise_or()?;
            if self.is("for") {
                self.check_unpacking_in_dict(star)?;
            }
            return self.more_pairs(start);
        }
        let first = self.first_element()?;
        if self.is(":") && first.form != Form::Starred && (first.form != Form::Named || first.grouped) {
            self.value_of_pair()?;
            if self.is_any(&["for", "async"]) {
                self.comprehension_clauses()?;
                self.expect("}")?;
                return Ok(Shape::new(Form::DictComprehension, start, self.at));
            }
            return self.more_pairs(start);
        }
        if self.is_any(&["for", "async"]) {
            self.check_unpacking(&first)?;
            self.comprehension_clauses()?;
            self.expect("}")?;
            return Ok(Shape::new(Form::SetComprehension, start, self.at));
        }
        self.more_elements(first, "}")?;
        self.expect("}")?;
        Ok(Shape::new(Form::Set, start, self.at))
    }

    /// `{**a for a in b}`.
    fn check_unpacking_in_dict(&mut self, star: usize) -> Step<()> {
        let here = self.at;
        let clauses = self.ahead(Self::comprehension_clauses)?;
        self.at = here;
        match clauses {
            Some(()) => self.error_at(star, star + 1, "dict unpacking cannot be used in dict comprehension"),
            None => Ok(()),
        }
    }

    /// The pairs after the first one.
    fn more_pairs(&mut self, start: usize) -> Step<Shape> {
        while self.eat(",") {
            if self.is("}") {
                break;
            }
            if self.eat("**") {
                self.bitwise_or()?;
                continue;
            }
            // CPython reads these keys without rules.
            let Some(key) = self.without_rules(Self::expression)? else { return Err(Stop::Fail) };
            if !self.is(":") {
                return self.error_behind(key.start, key.end, "':' expected after dictionary key");
            }
            self.value_of_pair()?;
        }
        self.expect("}")?;
        Ok(Shape::new(Form::Dict, start, self.at))
    }

    /// A colon and the value after it.
    fn value_of_pair(&mut self) -> Step<()> {
        let colon = self.at;
        self.bump();
        if self.is("*") {
            let star = self.at;
            let complete = self.ahead(|c| {
                c.bump();
                let value = c.bitwise_or()?;
                c.kind();
                Ok(value)
            })?;
            self.at = star;
            return match complete {
                Some(_) => self.error_from(star, "cannot use a starred expression in a dictionary value"),
                None => Err(Stop::Fail),
            };
        }
        if self.is_any(&["}", ","]) {
            return self.error_at(colon, colon + 1, "expression expected after dictionary key and ':'");
        }
        self.expression().map(drop)
    }
}
