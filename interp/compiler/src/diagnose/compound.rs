//! Statements that have blocks, but for `match`.

use super::cursor::{Cursor, Step, Stop};
use super::shape::{Form, Shape};

impl Cursor<'_> {
    pub fn if_statement(&mut self) -> Step<()> {
        let mut header = self.at;
        let mut what = "'if' statement";
        loop {
            self.bump();
            self.named_expression()?;
            self.colon()?;
            self.block(header, what)?;
            if !self.is("elif") {
                break;
            }
            header = self.at;
            what = "'elif' statement";
        }
        self.else_block()?;
        Ok(())
    }

    fn else_block(&mut self) -> Step<()> {
        if !self.is("else") {
            return Ok(());
        }
        let header = self.at;
        self.bump();
        self.forced(":")?;
        self.block(header, "'else' statement")?;
        if self.is("elif") {
            return self.error_here("'elif' block follows an 'else' block");
        }
        Ok(())
    }

    pub fn while_statement(&mut self) -> Step<()> {
        let header = self.at;
        self.bump();
        self.named_expression()?;
        self.colon()?;
        self.block(header, "'while' statement")?;
        self.else_block()
    }

    pub fn for_statement(&mut self) -> Step<()> {
        let header = self.at;
        self.bump();
        self.for_statement_target()?;
        self.expect("in")?;
        self.star_expressions()?;
        self.colon()?;
        self.block(header, "'for' statement")?;
        self.else_block()
    }

    fn for_statement_target(&mut self) -> Step<()> {
        let start = self.at;
        let target = self.attempt(Self::for_target)?;
        if let Some(target) = &target
            && target.invalid_target().is_none()
            && self.is("in")
        {
            return Ok(());
        }
        // As an expression the target may reach further.
        self.check_wide_target(start)?;
        match target {
            Some(target) if self.is("in") => self.check_target(&target),
            _ => Err(Stop::Fail),
        }
    }

    pub fn async_statement(&mut self) -> Step<()> {
        self.bump();
        match self.word() {
            "def" => self.function(),
            "for" => self.for_statement(),
            "with" => self.with_statement(),
            _ => Err(Stop::Fail),
        }
    }

    pub fn decorated(&mut self) -> Step<()> {
        while self.eat("@") {
            self.named_expression()?;
            self.newline()?;
        }
        match self.word() {
            "def" => self.function(),
            "class" => self.class(),
            "async" if self.word_at(1) == "def" => self.async_statement(),
            _ => Err(Stop::Fail),
        }
    }

    pub fn function(&mut self) -> Step<()> {
        let header = self.at;
        self.bump();
        self.name()?;
        if self.is("[") {
            self.attempt(Self::type_parameters)?;
        }
        self.forced("(")?;
        self.function_parameters()?;
        self.expect(")")?;
        if self.is("->") {
            let arrow = self.at;
            self.bump();
            if self.attempt(Self::expression)?.is_none() {
                self.at = arrow;
            }
        }
        self.forced(":")?;
        self.block(header, "function definition")
    }

    pub fn class(&mut self) -> Step<()> {
        let header = self.at;
        self.bump();
        self.name()?;
        if self.is("[") {
            self.type_parameters()?;
        }
        if self.is("(") {
            self.arguments(false)?;
        }
        self.colon()?;
        self.block(header, "class definition")
    }

    pub fn with_statement(&mut self) -> Step<()> {
        let header = self.at;
        self.bump();
        let parenthesized = self.is("(")
            && self
                .attempt(|c| {
                    c.bump();
                    c.with_item()?;
                    while c.eat(",") {
                        if c.is(")") {
                            break;
                        }
                        c.with_item()?;
                    }
                    c.expect(")")?;
                    if c.is(":") || c.is_newline() { Ok(()) } else { Err(Stop::Fail) }
                })?
                .is_some();
        if !parenthesized {
            self.with_item()?;
            while self.eat(",") {
                self.with_item()?;
            }
        }
        self.colon()?;
        self.block(header, "'with' statement")
    }

    fn with_item(&mut self) -> Step<()> {
        self.expression()?;
        if !self.is("as") {
            return Ok(());
        }
        self.bump();
        let target = if self.is("*") { self.star_expression()? } else { self.with_target()? };
        if self.is_any(&[",", ")", ":"]) {
            return self.check_target(&target);
        }
        if target.invalid_target().is_some() { Err(Stop::Fail) } else { Ok(()) }
    }

    /// What is assigned to is no looser than a primary, but any expression may stand there by mistake.
    fn with_target(&mut self) -> Step<Shape> {
        self.expression()
    }

    pub fn try_statement(&mut self) -> Step<()> {
        let header = self.at;
        self.bump();
        self.forced(":")?;
        self.block(header, "'try' statement")?;
        if self.is("finally") {
            return self.finally_block();
        }
        if !self.is("except") {
            return self.error_at_last("expected 'except' or 'finally' block");
        }
        let starred = self.word_at(1) == "*";
        while self.is("except") {
            self.except_clause(starred)?;
        }
        self.else_block()?;
        if self.is("finally") { self.finally_block() } else { Ok(()) }
    }

    fn finally_block(&mut self) -> Step<()> {
        let header = self.at;
        self.bump();
        self.forced(":")?;
        self.block(header, "'finally' statement")
    }

    /// One handler; `starred` says of which kind the first one was.
    fn except_clause(&mut self, starred: bool) -> Step<()> {
        let header = self.at;
        self.bump();
        let star = self.eat("*");
        if star && !starred && self.byte_at(self.at) == Some(b':') {
            return Err(Stop::Fail);
        }
        if star != starred {
            if !self.is(":") && !self.is_newline() {
                let here = self.at;
                let types = self.ahead(Self::expression)?;
                self.at = here;
                if types.is_none() {
                    return Err(Stop::Fail);
                }
            }
            return self.error_at(header, self.at, "cannot have both 'except' and 'except*' on the same 'try'");
        }
        let what = if star { "except*" } else { "except" };
        if self.is(":") || self.is_newline() {
            if star {
                return self.error_here("expected one or more exception types");
            }
        } else {
            self.exception_types(what)?;
        }
        self.colon()?;
        self.block(header, &format!("'{what}' statement"))
    }

    fn exception_types(&mut self, what: &str) -> Step<()> {
        let start = self.at;
        self.expression()?;
        let mut several = false;
        while self.eat(",") {
            several = true;
            self.expression()?;
        }
        if !self.is("as") {
            return Ok(());
        }
        if several {
            let complete = self.ahead(|c| {
                c.bump();
                c.name()?;
                c.expect(":")
            })?;
            return match complete {
                Some(()) => self.error_from(start, "multiple exception types must be parenthesized when using 'as'"),
                None => Err(Stop::Fail),
            };
        }
        self.bump();
        if self.is_name() && (self.word_at(1) == ":" || self.kind_at(1) == crate::tokenize::kind::NEWLINE) {
            self.bump();
            return Ok(());
        }
        // Any other target is named only where the rest of the clause is in order.
        let target = self.ahead(|c| {
            let target = c.expression()?;
            c.expect(":")?;
            c.block(start, "")?;
            Ok(target)
        })?;
        match target {
            Some(target) if target.form != Form::Name || target.grouped => {
                self.error_at(target.start, target.end, format!("cannot use {what} statement with {}", target.form.name()))
            }
            _ => Err(Stop::Fail),
        }
    }
}
