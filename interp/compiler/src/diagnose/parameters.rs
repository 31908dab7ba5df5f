//! Parameters of functions and lambdas, and type parameters.

use super::cursor::{Cursor, Step, Stop};

/// Where parameters stand.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    Function,
    Lambda,
}

impl Of {
    /// What closes the list.
    fn close(self) -> &'static str {
        match self {
            Of::Function => ")",
            Of::Lambda => ":",
        }
    }
}

/// What the parameters so far have been.
#[derive(Default)]
struct Seen {
    any: bool,
    slash: bool,
    star: bool,
    default: bool,
}

impl Cursor<'_> {
    /// The parameters of a function, without their parentheses.
    pub fn function_parameters(&mut self) -> Step<()> {
        self.parameters(Of::Function)
    }

    pub fn lambda_parameters(&mut self) -> Step<()> {
        self.parameters(Of::Lambda)
    }

    fn parameters(&mut self, of: Of) -> Step<()> {
        let mut seen = Seen::default();
        while !self.is(of.close()) {
            if self.parameter(of, &mut seen)? || !self.eat(",") {
                break;
            }
        }
        Ok(())
    }

    /// One parameter; says whether nothing may follow.
    fn parameter(&mut self, of: Of, seen: &mut Seen) -> Step<bool> {
        match self.word() {
            "/" => self.slash(of, seen)?,
            "*" => self.star(of, seen)?,
            "**" => return self.double_star(of).map(|()| true),
            "(" => return self.parenthesized_parameters(of, seen).map(|()| false),
            _ => self.plain_parameter(of, seen)?,
        }
        seen.any = true;
        Ok(false)
    }

    fn slash(&mut self, of: Of, seen: &mut Seen) -> Step<()> {
        let at = self.at;
        if seen.star {
            return self.error_at(at, at + 1, "/ must be ahead of *");
        }
        if seen.slash {
            return self.error_at(at, at + 1, "/ may appear only once");
        }
        if !seen.any {
            if self.without_counting(1) == "," {
                return self.error_at(at, at + 1, "at least one argument must precede /");
            }
            return Err(Stop::Fail);
        }
        self.bump();
        seen.slash = true;
        if self.is("*") {
            return self.error_here("expected comma between / and *");
        }
        if self.is(",") || self.is(of.close()) { Ok(()) } else { Err(Stop::Fail) }
    }

    /// A word that only a rule looks at.
    fn without_counting(&mut self, ahead: usize) -> &str {
        let at = (self.at + ahead).min(self.tokens.len() - 1);
        let token = self.tokens[at];
        &self.source.text[token.start..token.end]
    }

    fn star(&mut self, of: Of, seen: &mut Seen) -> Step<()> {
        let star = self.at;
        if seen.star {
            let named = self.tokens[(star + 1).min(self.tokens.len() - 1)].kind == crate::tokenize::kind::NAME;
            if named {
                return self.error_at(star, star + 1, "* argument may appear only once");
            }
            return Err(Stop::Fail);
        }
        seen.star = true;
        self.bump();
        if self.is_name() {
            self.bump();
            if of == Of::Function && self.eat(":") {
                self.star_expression()?;
            }
            if self.is("=") {
                return self.error_here("var-positional argument cannot have default value");
            }
            return Ok(());
        }
        if self.is(of.close()) || self.is(",") {
            let alone = !self.is(",") || {
                let next = self.word_at(1);
                next == of.close() || next == "**"
            };
            if alone {
                return match of {
                    Of::Function => self.error_at(star, star + 1, "named arguments must follow bare *"),
                    Of::Lambda => self.error_at_last("named arguments must follow bare *"),
                };
            }
            return Ok(());
        }
        Err(Stop::Fail)
    }

    fn double_star(&mut self, of: Of) -> Step<()> {
        self.bump();
        self.name()?;
        if of == Of::Function && self.eat(":") {
            self.expression()?;
        }
        if self.is("=") {
            return self.error_here("var-keyword argument cannot have default value");
        }
        if self.eat(",") && (self.is_name() || self.is_any(&["*", "**", "/"])) {
            return self.error_here("arguments cannot follow var-keyword argument");
        }
        Ok(())
    }

    fn plain_parameter(&mut self, of: Of, seen: &mut Seen) -> Step<()> {
        let at = self.at;
        self.name()?;
        if of == Of::Function && self.eat(":") {
            self.expression()?;
        }
        if self.is("=") {
            let equal = self.at;
            self.bump();
            if self.is_any(&[",", ")"]) {
                return self.error_at(equal, equal + 1, "expected default value expression");
            }
            self.expression()?;
            seen.default = true;
        } else if seen.default && !seen.star && (self.is(",") || self.is(of.close())) {
            return self.error_at(at, at + 1, "parameter without a default follows parameter with a default");
        }
        Ok(())
    }

    /// `def f(a, (b, c))`.
    fn parenthesized_parameters(&mut self, of: Of, seen: &Seen) -> Step<()> {
        let start = self.at;
        if !seen.default && !seen.star && !seen.slash {
            let complete = self.ahead(|c| {
                c.bump();
                c.name()?;
                while c.eat(",") {
                    if c.is(")") {
                        break;
                    }
                    c.name()?;
                }
                c.expect(")")
            })?;
            if complete.is_some() {
                let end = self.at;
                let what = if of == Of::Lambda { "Lambda expression" } else { "Function" };
                return self.error_at(start, end, format!("{what} parameters cannot be parenthesized"));
            }
        }
        self.at = start;
        Err(Stop::Fail)
    }

    /// Type parameters with their brackets.
    pub fn type_parameters(&mut self) -> Step<()> {
        self.bump();
        if self.is("]") {
            return self.error_from(self.at, "Type parameter list cannot be empty");
        }
        loop {
            self.type_parameter()?;
            if !self.eat(",") || self.is("]") {
                break;
            }
        }
        self.expect("]")
    }

    fn type_parameter(&mut self) -> Step<()> {
        let kind = match self.word() {
            "*" => "TypeVarTuple",
            "**" => "ParamSpec",
            _ => "",
        };
        if !kind.is_empty() {
            self.bump();
        }
        self.name()?;
        if self.is(":") {
            let colon = self.at;
            self.bump();
            let bound = self.expression()?;
            if !kind.is_empty() {
                let what = if bound.form == super::shape::Form::Tuple { "constraints" } else { "bound" };
                return self.error_at(colon, bound.past, format!("cannot use {what} with {kind}"));
            }
        }
        if self.eat("=") {
            if kind == "TypeVarTuple" {
                self.star_expression()?
            } else {
                self.expression()?
            };
        }
        Ok(())
    }
}
