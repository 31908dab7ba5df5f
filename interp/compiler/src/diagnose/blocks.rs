//! Files, blocks and lines of statements.

use super::cursor::{CUT_OFF, Cursor, Step, Stop};
use crate::tokenize::kind;

impl Cursor<'_> {
    pub fn file_input(&mut self) -> Step<()> {
        while self.kind() != kind::ENDMARKER {
            self.statement()?;
        }
        Ok(())
    }

    /// One statement, after which nothing may follow.
    pub fn single_input(&mut self) -> Step<()> {
        self.statement()?;
        if self.kind() == kind::ENDMARKER {
            return Ok(());
        }
        if self.last_compound != (0, 0) {
            return Err(Stop::Fail);
        }
        let newline = (0..self.at).find(|&at| self.tokens[at].kind == kind::NEWLINE).unwrap_or(0);
        self.error_at(newline, newline + 1, "multiple statements found while compiling a single statement")
    }

    pub fn eval_input(&mut self) -> Step<()> {
        self.comma_list(Self::expression)?;
        while self.is_newline() {
            self.bump();
        }
        if self.kind() == kind::ENDMARKER { Ok(()) } else { Err(Stop::Fail) }
    }

    pub fn statement(&mut self) -> Step<()> {
        let start = self.at;
        let compound = self.is_any(&["if", "while", "for", "try", "with", "def", "class", "async", "@"]);
        self.statement_here()?;
        if compound {
            let place = self.range(start, start + 1);
            self.last_compound = (place.line, place.col);
        }
        Ok(())
    }

    fn statement_here(&mut self) -> Step<()> {
        match self.word() {
            "if" => self.if_statement(),
            "while" => self.while_statement(),
            "for" => self.for_statement(),
            "try" => self.try_statement(),
            "with" => self.with_statement(),
            "def" => self.function(),
            "class" => self.class(),
            "async" => self.async_statement(),
            "@" => self.decorated(),
            "match" => {
                if self.match_statement()? {
                    return Ok(());
                }
                self.simple_statements()
            }
            _ => self.simple_statements(),
        }
    }

    /// Simple statements on one line.
    pub fn simple_statements(&mut self) -> Step<()> {
        loop {
            self.simple_statement()?;
            if !self.eat(";") || self.is_newline() {
                return self.newline();
            }
        }
    }

    /// The colon after a header that can go on in no other way.
    pub fn forced(&mut self, word: &str) -> Step<()> {
        if self.eat(word) { Ok(()) } else { self.error_here(format!("expected '{word}'")) }
    }

    /// The colon after a header that could have gone on: only where the line ends is it known to be missing.
    pub fn colon(&mut self) -> Step<()> {
        if self.is_newline() {
            return self.error_here("expected ':'");
        }
        self.expect(":")
    }

    /// The block of the statement that `header` begins; `what` names the statement.
    pub fn block(&mut self, header: usize, what: &str) -> Step<()> {
        if !self.is_newline() {
            return self.simple_statements();
        }
        self.bump();
        self.indent(header, what)?;
        self.nested(|c| {
            while !c.at_block_end() {
                c.statement()?;
            }
            Ok(())
        })?;
        self.dedent()
    }

    pub fn indent(&mut self, header: usize, what: &str) -> Step<()> {
        if self.kind() != kind::INDENT {
            let line = self.tokens[header].line;
            return self.indentation_error(format!("expected an indented block after {what} on line {line}"));
        }
        self.bump();
        Ok(())
    }

    pub fn at_block_end(&mut self) -> bool {
        matches!(self.kind(), kind::DEDENT | kind::ENDMARKER | CUT_OFF)
    }

    pub fn dedent(&mut self) -> Step<()> {
        if self.kind() != kind::DEDENT {
            return Err(Stop::Fail);
        }
        self.bump();
        Ok(())
    }
}
