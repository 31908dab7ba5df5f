//! `case` patterns.

use super::{Lowering, Result};
use crate::ast::*;
use crate::code::Constant;
use ruff_python_ast as ruff;

impl Lowering<'_> {
    /// Lowers one pattern.
    pub fn pattern(&mut self, pattern: &ruff::Pattern) -> Result<Pattern> {
        self.enter()?;
        let loc = self.loc_of(pattern);
        let kind = match pattern {
            ruff::Pattern::MatchValue(p) => PatternKind::Value(self.boxed(&p.value)?),
            ruff::Pattern::MatchSingleton(p) => PatternKind::Singleton(match p.value {
                ruff::Singleton::None => Constant::None,
                ruff::Singleton::True => Constant::Bool(true),
                ruff::Singleton::False => Constant::Bool(false),
            }),
            ruff::Pattern::MatchSequence(p) => PatternKind::Sequence(self.patterns(&p.patterns)?),
            ruff::Pattern::MatchMapping(p) => PatternKind::Mapping {
                keys: self.exprs(&p.keys)?,
                patterns: self.patterns(&p.patterns)?,
                rest: p.rest.as_ref().map(|name| self.identifier(name)),
            },
            ruff::Pattern::MatchClass(p) => PatternKind::Class {
                cls: self.boxed(&p.cls)?,
                patterns: self.patterns(&p.arguments.patterns)?,
                kwd_attrs: p.arguments.keywords.iter().map(|keyword| self.identifier(&keyword.attr)).collect(),
                kwd_patterns: p.arguments.keywords.iter().map(|keyword| self.pattern(&keyword.pattern)).collect::<Result<_>>()?,
            },
            ruff::Pattern::MatchStar(p) => PatternKind::Star(p.name.as_ref().map(|name| self.identifier(name))),
            ruff::Pattern::MatchAs(p) => PatternKind::As {
                pattern: match &p.pattern {
                    Some(pattern) => Some(Box::new(self.pattern(pattern)?)),
                    None => None,
                },
                name: p.name.as_ref().map(|name| self.identifier(name)),
            },
            ruff::Pattern::MatchOr(p) => PatternKind::Or(self.patterns(&p.patterns)?),
        };
        self.leave();
        Ok(Pattern { kind, loc })
    }

    fn patterns(&mut self, patterns: &[ruff::Pattern]) -> Result<Vec<Pattern>> {
        patterns.iter().map(|p| self.pattern(p)).collect()
    }
}
