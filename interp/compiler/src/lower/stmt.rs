//! Statements, parameters and type parameters.

use super::{Lowering, Result};
use crate::ast::*;
use crate::error::{CompileError, ErrorKind};
use ruff_python_ast as ruff;
use ruff_python_ast::token::{Token, TokenKind};
use ruff_text_size::{Ranged, TextRange, TextSize};

impl Lowering<'_> {
    /// Lowers a body, of which each statement is dropped as soon as it has been: of a large source there are never two whole trees.
    pub fn body(&mut self, body: &mut ruff::Suite) -> Result<Vec<Stmt>> {
        let mut lowered = Vec::with_capacity(body.len());
        let mut rest = std::mem::take(body).into_iter();
        while let Some(mut stmt) = rest.next() {
            match self.stmt(&mut stmt) {
                Ok(stmt) => lowered.push(stmt),
                Err(error) => {
                    if matches!(error.kind, ErrorKind::Recursion | ErrorKind::Memory) {
                        // Too deep a tree to be dropped, which recurses without limit.
                        std::mem::forget((stmt, rest));
                    }
                    return Err(error);
                }
            }
        }
        Ok(lowered)
    }

    fn stmt(&mut self, stmt: &mut ruff::Stmt) -> Result<Stmt> {
        self.enter()?;
        let result = self.stmt_inner(stmt);
        self.leave();
        result
    }

    fn stmt_inner(&mut self, stmt: &mut ruff::Stmt) -> Result<Stmt> {
        let mut loc = self.loc(self.with_semicolon(stmt));
        let kind = match stmt {
            ruff::Stmt::FunctionDef(def) => {
                loc = self.definition_loc(def.range, &def.decorator_list);
                let key = self.key();
                StmtKind::FunctionDef(Box::new(FunctionDef {
                    key,
                    is_async: def.is_async,
                    name: self.identifier(&def.name),
                    decorators: self.decorators(&def.decorator_list)?,
                    type_params: self.type_params(def.type_params.as_deref())?,
                    args: self.parameters(&def.parameters)?,
                    returns: self.opt_box(def.returns.as_deref())?,
                    body: self.body(&mut def.body)?,
                }))
            }
            ruff::Stmt::ClassDef(def) => {
                loc = self.definition_loc(def.range, &def.decorator_list);
                let key = self.key();
                let (bases, keywords) = match &def.arguments {
                    Some(arguments) => self.arguments(arguments)?,
                    None => Default::default(),
                };
                StmtKind::ClassDef(Box::new(ClassDef {
                    key,
                    name: self.identifier(&def.name),
                    bases,
                    keywords,
                    decorators: self.decorators(&def.decorator_list)?,
                    type_params: self.type_params(def.type_params.as_deref())?,
                    body: self.body(&mut def.body)?,
                }))
            }
            ruff::Stmt::Return(s) => StmtKind::Return(self.opt_box(s.value.as_deref())?),
            ruff::Stmt::Delete(s) => StmtKind::Delete(self.exprs(&s.targets)?),
            ruff::Stmt::TypeAlias(s) => {
                let key = self.key();
                let ruff::Expr::Name(target) = &*s.name else {
                    return Err(CompileError::syntax("invalid syntax", self.loc_of(&*s.name)));
                };
                StmtKind::TypeAlias(Box::new(TypeAlias {
                    key,
                    name: self.name(&target.id),
                    name_loc: self.loc_of(target),
                    type_params: self.type_params(s.type_params.as_deref())?,
                    value: self.expr(&s.value)?,
                }))
            }
            ruff::Stmt::Assign(s) => StmtKind::Assign { targets: self.exprs(&s.targets)?, value: self.boxed(&s.value)? },
            ruff::Stmt::AugAssign(s) => {
                StmtKind::AugAssign { target: self.boxed(&s.target)?, op: super::expr::operator(s.op), value: self.boxed(&s.value)? }
            }
            ruff::Stmt::AnnAssign(s) => StmtKind::AnnAssign(Box::new(AnnAssign {
                target: self.expr(&s.target)?,
                annotation: self.expr(&s.annotation)?,
                value: s.value.as_deref().map(|v| self.expr(v)).transpose()?,
                simple: s.simple,
            })),
            ruff::Stmt::For(s) => StmtKind::For(Box::new(For {
                is_async: s.is_async,
                target: self.expr(&s.target)?,
                iter: self.expr(&s.iter)?,
                body: self.body(&mut s.body)?,
                orelse: self.body(&mut s.orelse)?,
            })),
            ruff::Stmt::While(s) => {
                StmtKind::While { test: self.boxed(&s.test)?, body: self.body(&mut s.body)?, orelse: self.body(&mut s.orelse)? }
            }
            ruff::Stmt::If(s) => StmtKind::If {
                test: self.boxed(&s.test)?,
                body: self.body(&mut s.body)?,
                orelse: self.elif_else(&mut s.elif_else_clauses, s.range.end())?,
            },
            ruff::Stmt::With(s) => StmtKind::With {
                is_async: s.is_async,
                items: s
                    .items
                    .iter()
                    .map(|item| {
                        Ok(WithItem {
                            context_expr: self.expr(&item.context_expr)?,
                            optional_vars: item.optional_vars.as_deref().map(|v| self.expr(v)).transpose()?,
                        })
                    })
                    .collect::<Result<_>>()?,
                body: self.body(&mut s.body)?,
            },
            ruff::Stmt::Match(s) => StmtKind::Match {
                subject: self.boxed(&s.subject)?,
                cases: s
                    .cases
                    .iter_mut()
                    .map(|case| {
                        Ok(MatchCase {
                            pattern: self.pattern(&case.pattern)?,
                            guard: case.guard.as_deref().map(|g| self.expr(g)).transpose()?,
                            body: self.body(&mut case.body)?,
                        })
                    })
                    .collect::<Result<_>>()?,
            },
            ruff::Stmt::Raise(s) => StmtKind::Raise { exc: self.opt_box(s.exc.as_deref())?, cause: self.opt_box(s.cause.as_deref())? },
            ruff::Stmt::Try(s) => StmtKind::Try(Box::new(Try {
                is_star: s.is_star,
                body: self.body(&mut s.body)?,
                handlers: s
                    .handlers
                    .iter_mut()
                    .map(|handler| {
                        let ruff::ExceptHandler::ExceptHandler(handler) = handler;
                        Ok(ExceptHandler {
                            typ: handler.type_.as_deref().map(|t| self.expr(t)).transpose()?,
                            name: handler.name.as_ref().map(|name| self.identifier(name)),
                            body: self.body(&mut handler.body)?,
                            loc: self.loc(self.extend_to_semicolon(handler.range)),
                        })
                    })
                    .collect::<Result<_>>()?,
                orelse: self.body(&mut s.orelse)?,
                finalbody: self.body(&mut s.finalbody)?,
            })),
            ruff::Stmt::Assert(s) => StmtKind::Assert { test: self.boxed(&s.test)?, msg: self.opt_box(s.msg.as_deref())? },
            ruff::Stmt::Import(s) => StmtKind::Import(self.aliases(&s.names)),
            ruff::Stmt::ImportFrom(s) => StmtKind::ImportFrom {
                module: s.module.as_ref().map(|name| self.identifier(name)),
                names: self.aliases(&s.names),
                level: s.level,
            },
            ruff::Stmt::Global(s) => StmtKind::Global(s.names.iter().map(|name| self.identifier(name)).collect()),
            ruff::Stmt::Nonlocal(s) => StmtKind::Nonlocal(s.names.iter().map(|name| self.identifier(name)).collect()),
            ruff::Stmt::Expr(s) => StmtKind::Expr(self.boxed(&s.value)?),
            ruff::Stmt::Pass(_) => StmtKind::Pass,
            ruff::Stmt::Break(_) => StmtKind::Break,
            ruff::Stmt::Continue(_) => StmtKind::Continue,
            ruff::Stmt::IpyEscapeCommand(_) => {
                return Err(CompileError::syntax("invalid syntax", loc));
            }
        };
        Ok(Stmt { kind, loc })
    }

    /// CPython's compound statements end with the last token of their line, which may be a semicolon.
    fn with_semicolon(&self, stmt: &ruff::Stmt) -> TextRange {
        let compound = matches!(
            stmt,
            ruff::Stmt::FunctionDef(_)
                | ruff::Stmt::ClassDef(_)
                | ruff::Stmt::For(_)
                | ruff::Stmt::While(_)
                | ruff::Stmt::If(_)
                | ruff::Stmt::With(_)
                | ruff::Stmt::Match(_)
                | ruff::Stmt::Try(_)
        );
        if compound { self.extend_to_semicolon(stmt.range()) } else { stmt.range() }
    }

    fn extend_to_semicolon(&self, range: TextRange) -> TextRange {
        match self.tokens.after(range.end()).first() {
            Some(token) if token.kind() == TokenKind::Semi => TextRange::new(range.start(), token.end()),
            _ => range,
        }
    }

    /// CPython's definitions start at their keyword, the parser's at the first decorator.
    fn definition_loc(&self, range: TextRange, decorators: &[ruff::Decorator]) -> crate::instruction::Location {
        let start = self.definition_start(range, decorators);
        self.loc(self.extend_to_semicolon(TextRange::new(start, range.end())))
    }

    /// Where the keyword of a definition is.
    pub(crate) fn definition_start(&self, range: TextRange, decorators: &[ruff::Decorator]) -> TextSize {
        let keyword = |token: &&Token| matches!(token.kind(), TokenKind::Def | TokenKind::Class | TokenKind::Async);
        let found = decorators.last().and_then(|last| self.tokens.after(last.end()).iter().find(keyword));
        found.map_or(range.start(), |token| token.start())
    }

    fn decorators(&mut self, decorators: &[ruff::Decorator]) -> Result<Vec<Expr>> {
        decorators.iter().map(|d| self.expr(&d.expression)).collect()
    }

    /// An `elif` is an `If` of its own that extends to the end of the whole statement.
    fn elif_else(&mut self, clauses: &mut [ruff::ElifElseClause], end: TextSize) -> Result<Vec<Stmt>> {
        let Some((clause, rest)) = clauses.split_first_mut() else {
            return Ok(Vec::new());
        };
        let Some(test) = &clause.test else {
            return self.body(&mut clause.body);
        };
        self.enter()?;
        let stmt = Stmt {
            loc: self.loc(self.extend_to_semicolon(TextRange::new(clause.range.start(), end))),
            kind: StmtKind::If { test: self.boxed(test)?, body: self.body(&mut clause.body)?, orelse: self.elif_else(rest, end)? },
        };
        self.leave();
        Ok(vec![stmt])
    }

    fn aliases(&self, aliases: &[ruff::Alias]) -> Vec<Alias> {
        aliases
            .iter()
            .map(|alias| Alias {
                name: self.identifier(&alias.name),
                asname: alias.asname.as_ref().map(|name| self.identifier(name)),
                loc: self.loc_of(alias),
            })
            .collect()
    }

    /// Lowers parameters.
    pub fn parameters(&mut self, parameters: &ruff::Parameters) -> Result<Arguments> {
        let mut result = Arguments::default();
        for parameter in &parameters.posonlyargs {
            result.posonlyargs.push(self.parameter(&parameter.parameter)?);
            if let Some(default) = &parameter.default {
                result.defaults.push(self.expr(default)?);
            }
        }
        for parameter in &parameters.args {
            result.args.push(self.parameter(&parameter.parameter)?);
            if let Some(default) = &parameter.default {
                result.defaults.push(self.expr(default)?);
            }
        }
        if let Some(vararg) = &parameters.vararg {
            result.vararg = Some(Box::new(self.parameter(vararg)?));
        }
        for parameter in &parameters.kwonlyargs {
            result.kwonlyargs.push(self.parameter(&parameter.parameter)?);
            let default = parameter.default.as_deref();
            result.kw_defaults.push(default.map(|d| self.expr(d)).transpose()?);
        }
        if let Some(kwarg) = &parameters.kwarg {
            result.kwarg = Some(Box::new(self.parameter(kwarg)?));
        }
        Ok(result)
    }

    fn parameter(&mut self, parameter: &ruff::Parameter) -> Result<Arg> {
        Ok(Arg {
            arg: self.identifier(&parameter.name),
            annotation: parameter.annotation.as_deref().map(|a| self.expr(a)).transpose()?,
            // The stars of `*args` and `**kwargs` are no part of CPython's node.
            loc: self.loc(TextRange::new(parameter.name.range.start(), parameter.range.end())),
        })
    }

    fn type_params(&mut self, params: Option<&ruff::TypeParams>) -> Result<Vec<TypeParam>> {
        let Some(params) = params else {
            return Ok(Vec::new());
        };
        params
            .type_params
            .iter()
            .map(|param| {
                let key = self.key();
                let loc = self.loc_of(param);
                let (kind, name, bound, default) = match param {
                    ruff::TypeParam::TypeVar(p) => (TypeParamKind::TypeVar, &p.name, p.bound.as_deref(), p.default.as_deref()),
                    ruff::TypeParam::TypeVarTuple(p) => (TypeParamKind::TypeVarTuple, &p.name, None, p.default.as_deref()),
                    ruff::TypeParam::ParamSpec(p) => (TypeParamKind::ParamSpec, &p.name, None, p.default.as_deref()),
                };
                Ok(TypeParam {
                    key,
                    kind,
                    name: self.identifier(name),
                    bound: bound.map(|e| self.expr(e)).transpose()?,
                    default: default.map(|e| self.expr(e)).transpose()?,
                    loc,
                })
            })
            .collect()
    }
}
