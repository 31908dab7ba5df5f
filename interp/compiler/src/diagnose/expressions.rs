//! Expressions by precedence, from `lambda` and `if`-`else` down to what an atom is followed by.

use super::cursor::{Cursor, Step, Stop};
use super::shape::{Form, Shape};
use super::words;
use crate::tokenize::kind;

/// The operators of two operands that bind tighter than comparisons, loosest first. After some of them CPython knows that
/// a `not` wants parentheses.
const BINARY: &[(&[&str], bool)] =
    &[(&["|"], false), (&["^"], false), (&["&"], false), (&["<<", ">>"], false), (&["+", "-"], true), (&["*", "/", "//", "%", "@"], true)];

/// What an operand of the tightest binary operators is.
const TIGHTEST: usize = BINARY.len();

impl Cursor<'_> {
    /// `a`, `*a` or `a, *b`, as on the right of `=`.
    pub fn star_expressions(&mut self) -> Step<Shape> {
        self.comma_list(Self::star_expression)
    }

    /// One or more, separated by commas, of which more than one or a trailing comma is a tuple.
    pub fn comma_list(&mut self, element: fn(&mut Self) -> Step<Shape>) -> Step<Shape> {
        let start = self.at;
        let first = element(self)?;
        if !self.is(",") {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.eat(",") {
            match self.attempt(element)? {
                Some(part) => parts.push(part),
                None => break,
            }
        }
        Ok(Shape::with_parts(Form::Tuple, start, self.at, parts))
    }

    pub fn star_expression(&mut self) -> Step<Shape> {
        if self.is("*") { self.starred_operand() } else { self.expression() }
    }

    pub fn star_named_expression(&mut self) -> Step<Shape> {
        if self.is("*") { self.starred_operand() } else { self.named_expression() }
    }

    /// A star and what binds no looser than `|`.
    fn starred_operand(&mut self) -> Step<Shape> {
        let start = self.at;
        self.bump();
        let operand = self.bitwise_or()?;
        Ok(Shape::with_parts(Form::Starred, start, self.at, vec![operand]))
    }

    /// A star and any expression, where a star alone is known to be a mistake.
    pub fn starred_expression(&mut self) -> Step<Shape> {
        let start = self.at;
        self.bump();
        match self.attempt(Self::expression)? {
            Some(value) => Ok(Shape::with_parts(Form::Starred, start, self.at, vec![value])),
            None => self.error_at_last("Invalid star expression"),
        }
    }

    pub fn yield_expression(&mut self) -> Step<Shape> {
        let start = self.at;
        self.expect("yield")?;
        if self.is("from") {
            let keyword = self.at;
            self.bump();
            if self.attempt(Self::expression)?.is_none() {
                self.at = keyword;
            }
        } else {
            self.attempt(Self::star_expressions)?;
        }
        Ok(Shape::loose(Form::Yield, start, self.at))
    }

    pub fn yield_or_star_expressions(&mut self) -> Step<Shape> {
        if self.is("yield") { self.yield_expression() } else { self.star_expressions() }
    }

    /// `name := value` or an expression; anything else before `:=` is a mistake, and so is `=`.
    pub fn named_expression(&mut self) -> Step<Shape> {
        let start = self.at;
        if self.is_name() && self.word_at(1) == ":=" {
            let found = self.attempt(|c| {
                c.bump();
                c.bump();
                c.expression()
            })?;
            if found.is_some() {
                return Ok(Shape::loose(Form::Named, start, self.at));
            }
            return Err(Stop::Fail);
        }
        let value = self.expression()?;
        if self.is(":=") {
            let walrus = self.at;
            self.bump();
            let complete = self.ahead(Self::expression)?.is_some();
            self.at = walrus;
            if complete {
                let message = format!("cannot use assignment expressions with {}", value.form.name());
                return self.error_at(value.start, value.end, message);
            }
            return Err(Stop::Fail);
        }
        if self.is("=") && !self.is_quiet() {
            self.check_equal(&value)?;
        }
        Ok(value)
    }

    /// `value = other` where a comparison is more likely meant.
    pub fn check_equal(&mut self, value: &Shape) -> Step<()> {
        let name = value.form == Form::Name && !value.grouped;
        if !name
            && (!value.tight || matches!(value.form, Form::List | Form::Tuple | Form::Generator | Form::True | Form::False | Form::None))
        {
            return Ok(());
        }
        let start = self.at;
        let other = self.quietly(|c| {
            c.bump();
            let other = c.bitwise_or()?;
            if c.is_any(&["=", ":="]) { Err(Stop::Fail) } else { Ok(other) }
        })?;
        self.at = start;
        match other {
            Some(other) if name => self.error_at(value.start, other.past, "invalid syntax. Maybe you meant '==' or ':=' instead of '='?"),
            Some(_) => {
                let message = format!("cannot assign to {} here. Maybe you meant '==' instead of '='?", value.form.name());
                self.error_at(value.start, value.end, message)
            }
            None => Ok(()),
        }
    }

    /// An expression without `:=`, star or `yield`.
    pub fn expression(&mut self) -> Step<Shape> {
        self.nested(Self::expression_here)
    }

    fn expression_here(&mut self) -> Step<Shape> {
        let start = self.at;
        if self.is("lambda") {
            return self.lambda();
        }
        if self.is_any(&["pass", "break", "continue"]) {
            self.check_statement_before_if()?;
            return Err(Stop::Fail);
        }
        let value = self.disjunction()?;
        if self.is("if") {
            return self.conditional(start, value);
        }
        if !self.is_quiet() {
            self.check_missing_comma(start, &value)?;
        }
        Ok(value)
    }

    /// `pass if a else b`.
    fn check_statement_before_if(&mut self) -> Step<()> {
        if self.is_quiet() {
            return Ok(());
        }
        let start = self.at;
        let complete = self.ahead(|c| {
            c.bump();
            c.expect("if")?;
            c.disjunction()?;
            c.expect("else")?;
            if words::begins_statement(c.word()) { Ok(()) } else { c.expression().map(drop) }
        })?;
        self.at = start;
        match complete {
            Some(()) => self.error_at(start, start + 1, "expected expression before 'if', but statement is given"),
            None => Ok(()),
        }
    }

    /// `value if …`, at the `if`.
    fn conditional(&mut self, start: usize, value: Shape) -> Step<Shape> {
        let keyword = self.at;
        self.bump();
        let Some(test) = self.attempt(Self::disjunction)? else {
            self.at = keyword;
            return Ok(value);
        };
        if !self.is("else") {
            if !self.is(":") && !self.is_quiet() {
                return self.error_at(start, test.past, "expected 'else' after 'if' expression");
            }
            self.at = keyword;
            return Ok(value);
        }
        self.bump();
        if self.attempt(Self::expression)?.is_some() {
            return Ok(Shape::loose(Form::Conditional, start, self.at));
        }
        if !self.is_quiet() {
            return self.error_here("expected expression after 'else', but statement is given");
        }
        self.at = keyword;
        Ok(value)
    }

    /// What `value` is followed by, if it is an expression, wants a comma before it, a call, or to be in the string.
    fn check_missing_comma(&mut self, start: usize, value: &Shape) -> Step<()> {
        let starts = matches!(self.kind(), kind::NUMBER | kind::STRING | kind::FSTRING_START | kind::TSTRING_START)
            || words::begins_expression(self.word());
        let first = self.tokens[start];
        let word = if first.kind == kind::NAME { &self.source.text[first.start..first.end] } else { "" };
        let here = self.at;
        let name_only = here == start + 1 && value.form == Form::Name;
        let former_statement = name_only && matches!(word, "print" | "exec");
        if !starts {
            return Ok(());
        }
        if first.kind == kind::STRING && here == start + 1 {
            self.check_unescaped_quote(start)?;
        }
        let name_and_string = self.tokens[start].kind == kind::NAME && self.tokens[start + 1].kind == kind::STRING;
        let soft = words::is_soft_keyword(word);
        let other = if name_and_string || soft { None } else { self.quiet_expression()? };
        if let Some(other) = other
            && !former_statement
            && self.level(other.past - 1) > 0
        {
            return self.error_at(value.start, other.end, "invalid syntax. Perhaps you forgot a comma?");
        }
        if name_only && !self.is("(") && !self.is_far_ahead() {
            let others = if soft || name_and_string {
                self.ahead(Self::star_expressions)?
            } else {
                self.check_second_comma(here)?;
                self.quietly(Self::star_expressions)?
            };
            self.at = here;
            if let Some(others) = others
                && former_statement
            {
                let message = format!("Missing parentheses in call to '{word}'. Did you mean {word}(...)?");
                return self.error_at(start, others.past, message);
            }
        }
        Ok(())
    }

    /// What follows a name may itself lack a comma behind it, or the second half of a condition.
    fn check_second_comma(&mut self, here: usize) -> Step<()> {
        self.ahead(|c| {
            let start = c.at;
            let Some(value) = c.quietly(Self::disjunction)? else { return Ok(()) };
            c.at = value.past;
            if c.is("if") {
                c.conditional(start, value)?;
                return Ok(());
            }
            c.check_missing_comma(start, &value)
        })?;
        self.at = here;
        Ok(())
    }

    /// The expression that begins here, found without rules and remembered. Reading does not move.
    fn quiet_expression(&mut self) -> Step<Option<Shape>> {
        let here = self.at;
        if let Some(known) = self.seen.get(&here) {
            return Ok(known.clone());
        }
        let found = self.quietly(Self::expression)?;
        self.at = here;
        self.seen.insert(here, found.clone());
        Ok(found)
    }

    /// `"a "b c" d"`: a string, names and a string.
    fn check_unescaped_quote(&mut self, start: usize) -> Step<()> {
        let here = self.at;
        let last = self.ahead(|c| {
            let mut last = None;
            while c.kind() != kind::STRING {
                let Some(other) = c.quiet_expression()? else { return Err(Stop::Fail) };
                last = Some(other.past);
                c.at = other.past;
            }
            Ok(last)
        })?;
        self.at = here;
        match last.flatten() {
            Some(last) if here == start + 1 => self.error_at(here, last, "invalid syntax. Is this intended to be part of the string?"),
            _ => Ok(()),
        }
    }

    fn lambda(&mut self) -> Step<Shape> {
        let start = self.at;
        self.bump();
        self.lambda_parameters()?;
        if self.is(":") {
            self.bump();
            let literal = self.kind();
            if matches!(literal, kind::FSTRING_MIDDLE | kind::TSTRING_MIDDLE) && !self.is_quiet() {
                let prefix = if literal == kind::FSTRING_MIDDLE { 'f' } else { 't' };
                let message = format!("{prefix}-string: lambda expressions are not allowed without parentheses");
                return self.error_at(start, self.at, message);
            }
            self.expression()?;
            return Ok(Shape::loose(Form::Lambda, start, self.at));
        }
        Err(Stop::Fail)
    }

    /// `a or b`, `a and b`.
    pub fn disjunction(&mut self) -> Step<Shape> {
        let start = self.at;
        let mut value = self.inversion()?;
        while self.is_any(&["or", "and"]) {
            let operator = self.at;
            self.bump();
            match self.attempt(Self::inversion)? {
                Some(_) => value = Shape::loose(Form::Operation, start, self.at),
                None => {
                    self.at = operator;
                    break;
                }
            }
        }
        Ok(value)
    }

    fn inversion(&mut self) -> Step<Shape> {
        let start = self.at;
        while self.eat("not") {}
        let inverted = self.at > start;
        let value = self.comparison()?;
        Ok(if inverted { Shape::loose(Form::Operation, start, self.at) } else { value })
    }

    fn comparison(&mut self) -> Step<Shape> {
        let start = self.at;
        let mut value = self.bitwise_or()?;
        loop {
            let operator = self.at;
            let symbols = match self.word() {
                "==" | "!=" | "<=" | ">=" | ">" | "in" => 1,
                "<" => {
                    if self.word_at(1) == ">" && self.tokens[self.at].end == self.tokens[self.at + 1].start {
                        return self.error_at(self.at, self.at + 2, "invalid syntax.  Maybe you meant '!=' instead of '<>'?");
                    }
                    1
                }
                "is" => 1 + usize::from(self.word_at(1) == "not"),
                "not" if self.word_at(1) == "in" => 2,
                _ => return Ok(value),
            };
            for _ in 0..symbols {
                self.bump();
            }
            if self.attempt(Self::bitwise_or)?.is_none() {
                self.at = operator;
                return Ok(value);
            }
            value = Shape::loose(Form::Comparison, start, self.at);
        }
    }

    pub fn bitwise_or(&mut self) -> Step<Shape> {
        self.binary(0)
    }

    fn binary(&mut self, level: usize) -> Step<Shape> {
        if level == TIGHTEST {
            return self.factor();
        }
        let start = self.at;
        let (operators, knows_not) = BINARY[level];
        let mut value = self.binary(level + 1)?;
        while self.is_any(operators) {
            let operator = self.at;
            self.bump();
            if knows_not {
                self.check_not_operand()?;
            }
            match self.attempt(|c| c.binary(level + 1))? {
                Some(_) => value = Shape::new(Form::Operation, start, self.at),
                None => {
                    self.at = operator;
                    break;
                }
            }
        }
        Ok(value)
    }

    /// `a + not b`.
    fn check_not_operand(&mut self) -> Step<()> {
        if self.is_quiet() || !self.is("not") {
            return Ok(());
        }
        let start = self.at;
        let operand = self.quietly(Self::inversion)?;
        self.at = start;
        match operand {
            Some(operand) => self.error_at(start, operand.past, "'not' after an operator must be parenthesized"),
            None => Ok(()),
        }
    }

    /// Signs and powers. `-a ** -b` goes on in the exponent, so this is a loop.
    fn factor(&mut self) -> Step<Shape> {
        let start = self.at;
        let mut value = None;
        // Where to come back to when the exponent is no operand.
        let mut power = None;
        loop {
            while self.is_any(&["+", "-", "~"]) {
                self.bump();
                self.check_not_operand()?;
            }
            let signed = power.is_none() && self.at > start;
            let Some(operand) = self.attempt(Self::await_primary)? else {
                return match (power, value) {
                    (Some(operator), Some(value)) => {
                        self.at = operator;
                        Ok(value)
                    }
                    _ => Err(Stop::Fail),
                };
            };
            value = Some(if power.is_some() || signed { Shape::new(Form::Operation, start, self.at) } else { operand });
            if !self.is("**") {
                return value.ok_or(Stop::Fail);
            }
            power = Some(self.at);
            self.bump();
        }
    }

    fn await_primary(&mut self) -> Step<Shape> {
        if !self.is("await") {
            return self.primary();
        }
        let start = self.at;
        self.bump();
        self.primary()?;
        Ok(Shape::new(Form::Await, start, self.at))
    }

    /// An atom, and the attributes, calls and subscripts after it.
    pub fn primary(&mut self) -> Step<Shape> {
        let start = self.at;
        let mut value = self.nested(Self::atom)?;
        loop {
            let before = self.at;
            let form = match self.word() {
                "." => {
                    self.bump();
                    self.attempt(Self::name)?.map(|()| Form::Attribute)
                }
                "(" => self.attempt(Self::call_arguments)?.map(|()| Form::Call),
                "[" => self.attempt(Self::subscript)?.map(|()| Form::Subscript),
                _ => return Ok(value),
            };
            match form {
                Some(form) => value = Shape::new(form, start, self.at),
                None => {
                    self.at = before;
                    return Ok(value);
                }
            }
        }
    }
}
