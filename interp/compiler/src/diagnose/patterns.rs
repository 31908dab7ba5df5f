//! `match` and patterns.

use super::cursor::{Cursor, Step, Stop};
use super::words;
use crate::tokenize::kind;

impl Cursor<'_> {
    /// A match statement, if this is one: `match` can be a name too.
    pub fn match_statement(&mut self) -> Step<bool> {
        let header = self.at;
        let subject = self.without_rules(|c| {
            c.bump();
            c.comma_list(Self::star_named_expression)?;
            if c.is(":") || c.is_newline() { Ok(()) } else { Err(Stop::Fail) }
        })?;
        if subject.is_none() {
            return Ok(false);
        }
        if self.is_newline() {
            // `match (x)` may be a call, but what `match x` is is clear.
            self.at = header + 1;
            let call = self.is_any(&["(", "[", "-", "+", "*"]) || !words::begins_expression(self.word()) && self.kind() == kind::NAME;
            self.at = header;
            if call {
                self.latent_colon = true;
                return Ok(false);
            }
            self.without_rules(|c| {
                c.bump();
                c.comma_list(Self::star_named_expression)
            })?;
            return self.error_here("expected ':'");
        }
        self.bump();
        if !self.is_newline() {
            self.at = header;
            return Ok(false);
        }
        self.bump();
        self.indent(header, "'match' statement")?;
        if !self.is("case") {
            return Err(Stop::Fail);
        }
        while self.is("case") {
            self.case()?;
        }
        self.dedent()?;
        Ok(true)
    }

    fn case(&mut self) -> Step<()> {
        let header = self.at;
        self.bump();
        self.comma_patterns()?;
        if self.eat("if") {
            self.named_expression()?;
        }
        self.colon()?;
        self.block(header, "'case' statement")
    }

    /// The patterns of a case: one, or a sequence without brackets.
    fn comma_patterns(&mut self) -> Step<()> {
        let starred = self.is("*");
        self.maybe_star_pattern()?;
        if !self.is(",") {
            return if starred { Err(Stop::Fail) } else { Ok(()) };
        }
        while self.eat(",") {
            if self.is(":") || self.is("if") {
                break;
            }
            self.maybe_star_pattern()?;
        }
        Ok(())
    }

    fn maybe_star_pattern(&mut self) -> Step<()> {
        if !self.eat("*") {
            return self.pattern();
        }
        self.name()?;
        if self.is_any(&[".", "(", "="]) {
            self.at -= 1;
            return Err(Stop::Fail);
        }
        Ok(())
    }

    /// Alternatives, and the name they are bound to.
    fn pattern(&mut self) -> Step<()> {
        self.nested(|c| {
            c.closed_pattern()?;
            while c.eat("|") {
                c.closed_pattern()?;
            }
            if c.is("as") { c.pattern_target() } else { Ok(()) }
        })
    }

    fn pattern_target(&mut self) -> Step<()> {
        self.bump();
        if self.is("_") && !matches!(self.word_at(1), "." | "(" | "=") {
            return self.error_here("cannot use '_' as a target");
        }
        if self.is_name() && !matches!(self.word_at(1), "." | "(" | "=") {
            self.bump();
            return Ok(());
        }
        match self.ahead(Self::expression)? {
            Some(target) => self.error_at(target.start, target.end, format!("cannot use {} as pattern target", target.form.name())),
            None => Err(Stop::Fail),
        }
    }

    fn closed_pattern(&mut self) -> Step<()> {
        match self.kind() {
            kind::NUMBER => return self.number_pattern(),
            kind::STRING | kind::FSTRING_START | kind::TSTRING_START => return self.atom().map(drop),
            _ => {}
        }
        match self.word() {
            "-" => {
                self.bump();
                if self.kind() == kind::NUMBER { self.number_pattern() } else { Err(Stop::Fail) }
            }
            "None" | "True" | "False" => {
                self.bump();
                Ok(())
            }
            "(" => self.bracketed_patterns(")"),
            "[" => self.bracketed_patterns("]"),
            "{" => self.mapping_pattern(),
            _ => {
                self.name()?;
                while self.eat(".") {
                    self.name()?;
                }
                if self.is("(") { self.class_pattern() } else { Ok(()) }
            }
        }
    }

    /// A number, or a real and an imaginary one.
    fn number_pattern(&mut self) -> Step<()> {
        let real = self.at;
        self.bump();
        if !self.is_any(&["+", "-"]) {
            return Ok(());
        }
        if self.is_imaginary(real) {
            return self.error_at(real, real + 1, "real number required in complex literal");
        }
        self.bump();
        if self.kind() != kind::NUMBER {
            return Err(Stop::Fail);
        }
        if !self.is_imaginary(self.at) {
            return self.error_here("imaginary number required in complex literal");
        }
        self.bump();
        Ok(())
    }

    fn is_imaginary(&self, token: usize) -> bool {
        let token = self.tokens[token];
        self.source.text[token.start..token.end].ends_with(['j', 'J'])
    }

    fn bracketed_patterns(&mut self, close: &str) -> Step<()> {
        self.bump();
        while !self.is(close) {
            self.maybe_star_pattern()?;
            if !self.eat(",") {
                break;
            }
        }
        self.expect(close)
    }

    fn mapping_pattern(&mut self) -> Step<()> {
        self.bump();
        while !self.is("}") {
            if self.eat("**") {
                if self.is("_") {
                    return Err(Stop::Fail);
                }
                self.name()?;
                self.eat(",");
                break;
            }
            self.mapping_key()?;
            self.expect(":")?;
            self.pattern()?;
            if !self.eat(",") {
                break;
            }
        }
        self.expect("}")
    }

    fn mapping_key(&mut self) -> Step<()> {
        if self.is_name() {
            self.name()?;
            self.expect(".")?;
            self.name()?;
            while self.eat(".") {
                self.name()?;
            }
            return Ok(());
        }
        if self.is_any(&["(", "[", "{"]) {
            return Err(Stop::Fail);
        }
        self.closed_pattern()
    }

    fn class_pattern(&mut self) -> Step<()> {
        self.bump();
        let mut keyword = false;
        // The positional patterns behind a keyword one.
        let mut misplaced: Option<usize> = None;
        while !self.is(")") {
            let start = self.at;
            if self.is_name() && self.word_at(1) == "=" {
                if let Some(first) = misplaced {
                    return self.error_at(first, start - 1, "positional patterns follow keyword patterns");
                }
                self.bump();
                self.bump();
                self.pattern()?;
                keyword = true;
            } else {
                self.pattern()?;
                if keyword && misplaced.is_none() {
                    misplaced = Some(start);
                }
            }
            if !self.is(",") {
                break;
            }
            self.bump();
        }
        if let Some(first) = misplaced {
            let end = if self.tokens[self.at - 1].kind == 12 { self.at - 1 } else { self.at };
            return self.error_at(first, end, "positional patterns follow keyword patterns");
        }
        self.expect(")")
    }
}
