//! `import` and `from`.

use super::cursor::{Cursor, Step, Stop};
use super::shape::Form;
use crate::tokenize::kind;

impl Cursor<'_> {
    pub fn import(&mut self) -> Step<()> {
        let start = self.at;
        self.bump();
        if self.is_newline() {
            return self.error_from(self.at, "Expected one or more names after 'import'");
        }
        let mut renamed = false;
        loop {
            self.dotted_name()?;
            if self.is("as") {
                renamed = true;
                self.import_target()?;
            }
            if !self.eat(",") {
                break;
            }
        }
        if self.is("from") && !renamed {
            let complete = self.ahead(|c| {
                c.bump();
                c.dotted_name()
            })?;
            if complete.is_some() {
                self.kind();
                return self.error_from(start, "Did you mean to use 'from ... import ...' instead?");
            }
        }
        Ok(())
    }

    fn dotted_name(&mut self) -> Step<()> {
        self.name()?;
        while self.is(".") {
            self.bump();
            self.name()?;
        }
        Ok(())
    }

    /// `as name`.
    fn import_target(&mut self) -> Step<()> {
        self.bump();
        if self.is_name() && (self.kind_at(1) == kind::NEWLINE || matches!(self.word_at(1), "," | ")" | ";")) {
            self.bump();
            return Ok(());
        }
        let here = self.at;
        // What the grammar itself has seen is a name, if there is one, and what follows.
        match self.ahead(Self::expression)? {
            Some(target) => {
                let name = if target.form == Form::Name { "name" } else { target.form.name() };
                self.error_at(target.start, target.end, format!("cannot use {name} as import target"))
            }
            None => {
                self.at = here;
                Err(Stop::Fail)
            }
        }
    }

    pub fn import_from(&mut self) -> Step<()> {
        self.bump();
        let mut relative = false;
        while self.is_any(&[".", "..."]) {
            self.bump();
            relative = true;
        }
        if !(relative && self.is("import")) {
            self.dotted_name()?;
        }
        self.expect("import")?;
        if self.is_newline() {
            return self.error_from(self.at, "Expected one or more names after 'import'");
        }
        if self.eat("*") {
            return Ok(());
        }
        let parentheses = self.eat("(");
        loop {
            self.name()?;
            if self.is("as") {
                self.import_target()?;
            }
            if !self.eat(",") {
                break;
            }
            if parentheses && self.is(")") {
                break;
            }
            if self.is_newline() {
                return self.error_here("trailing comma not allowed without surrounding parentheses");
            }
        }
        if parentheses {
            self.expect(")")
        } else if self.is_newline() || self.is(";") {
            Ok(())
        } else {
            Err(Stop::Fail)
        }
    }
}
