//! The first pass over expressions and patterns.

use super::build::{Builder, Result, error};
use super::symbol::*;
use super::*;

impl Builder {
    pub(super) fn pattern(&mut self, pattern: &Pattern) -> Result {
        let loc = pattern.loc;
        match &pattern.kind {
            PatternKind::Value(value) => self.expr(value),
            PatternKind::Singleton(_) => Ok(()),
            PatternKind::Sequence(patterns) | PatternKind::Or(patterns) => patterns.iter().try_for_each(|p| self.pattern(p)),
            PatternKind::Star(name) => match name {
                Some(name) => self.add(name, DEF_LOCAL, loc),
                None => Ok(()),
            },
            PatternKind::Mapping { keys, patterns, rest } => {
                self.exprs(keys)?;
                patterns.iter().try_for_each(|p| self.pattern(p))?;
                match rest {
                    Some(rest) => self.add(rest, DEF_LOCAL, loc),
                    None => Ok(()),
                }
            }
            PatternKind::Class { cls, patterns, kwd_attrs, kwd_patterns } => {
                self.expr(cls)?;
                patterns.iter().try_for_each(|p| self.pattern(p))?;
                for (attr, pattern) in kwd_attrs.iter().zip(kwd_patterns) {
                    self.check_name(attr, pattern.loc, Context::Store)?;
                }
                kwd_patterns.iter().try_for_each(|p| self.pattern(p))
            }
            PatternKind::As { pattern, name } => {
                if let Some(pattern) = pattern {
                    self.pattern(pattern)?;
                }
                match name {
                    Some(name) => self.add(name, DEF_LOCAL, loc),
                    None => Ok(()),
                }
            }
        }
    }

    pub(super) fn keywords(&mut self, keywords: &[Keyword]) -> Result {
        for keyword in keywords {
            if let Some(arg) = &keyword.arg {
                self.check_name(arg, keyword.loc, Context::Store)?;
            }
        }
        keywords.iter().try_for_each(|keyword| self.expr(&keyword.value))
    }

    pub(super) fn exprs(&mut self, exprs: &[Expr]) -> Result {
        exprs.iter().try_for_each(|expr| self.expr(expr))
    }

    pub(super) fn opt(&mut self, expr: Option<&Expr>) -> Result {
        match expr {
            Some(expr) => self.expr(expr),
            None => Ok(()),
        }
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> Result {
        let loc = expr.loc;
        match &expr.kind {
            ExprKind::NamedExpr { target, value } => {
                self.not_in_annotation("named expression", loc)?;
                if self.cur().comp_iter_expr > 0 {
                    return error("assignment expression cannot be used in a comprehension iterable expression", loc);
                }
                if self.cur().comprehension.is_some() {
                    self.extend_named_expr_scope(target)?;
                }
                self.expr(value)?;
                self.expr(target)
            }
            ExprKind::BoolOp { values, .. }
            | ExprKind::JoinedStr(values)
            | ExprKind::TemplateStr(values)
            | ExprKind::Set(values)
            | ExprKind::List { elts: values, .. }
            | ExprKind::Tuple { elts: values, .. } => self.exprs(values),
            ExprKind::BinOp { left, right, .. } => {
                self.expr(left)?;
                self.expr(right)
            }
            ExprKind::UnaryOp { operand, .. } => self.expr(operand),
            ExprKind::Lambda { key, args, body } => {
                self.exprs(&args.defaults)?;
                args.kw_defaults.iter().try_for_each(|default| self.opt(default.as_ref()))?;
                self.enter("<lambda>".into(), BlockKind::Function, *key, loc)?;
                self.parameters(args)?;
                self.expr(body)?;
                self.exit();
                Ok(())
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.expr(test)?;
                self.expr(body)?;
                self.expr(orelse)
            }
            ExprKind::Dict { keys, values } => {
                keys.iter().try_for_each(|key| self.opt(key.as_ref()))?;
                self.exprs(values)
            }
            ExprKind::Comp(comp) => self.comprehension(comp, loc),
            ExprKind::Yield(value) => {
                self.not_in_annotation("yield expression", loc)?;
                self.opt(value.as_deref())?;
                self.yields(loc)
            }
            ExprKind::YieldFrom(value) => {
                self.not_in_annotation("yield expression", loc)?;
                self.expr(value)?;
                self.yields(loc)
            }
            ExprKind::Await(value) => {
                self.not_in_annotation("await expression", loc)?;
                if !self.allows_top_level_await() {
                    let scope = self.cur();
                    if !scope.is_function_like() {
                        return error("'await' outside function", loc);
                    }
                    let is_async = scope.kind == BlockKind::Function && scope.coroutine;
                    if !is_async && scope.comprehension.is_none() {
                        return error("'await' outside async function", loc);
                    }
                }
                self.expr(value)?;
                self.cur().coroutine = true;
                Ok(())
            }
            ExprKind::Compare { left, comparators, .. } => {
                self.expr(left)?;
                self.exprs(comparators)
            }
            ExprKind::Call { func, args, keywords } => {
                self.expr(func)?;
                self.exprs(args)?;
                self.keywords(keywords)
            }
            ExprKind::FormattedValue { value, format_spec, .. } | ExprKind::Interpolation { value, format_spec, .. } => {
                self.expr(value)?;
                self.opt(format_spec.as_deref())
            }
            ExprKind::Constant { .. } => Ok(()),
            ExprKind::Attribute { value, attr, ctx } => {
                self.check_name(attr, loc, *ctx)?;
                self.expr(value)
            }
            ExprKind::Subscript { value, slice, .. } => {
                self.expr(value)?;
                self.expr(slice)
            }
            ExprKind::Starred { value, .. } => self.expr(value),
            ExprKind::Slice { lower, upper, step } => {
                self.opt(lower.as_deref())?;
                self.opt(upper.as_deref())?;
                self.opt(step.as_deref())
            }
            ExprKind::Name { id, ctx } => {
                if self.cur().in_unevaluated_annotation {
                    return Ok(());
                }
                let flag = if *ctx == Context::Load { USE } else { DEF_LOCAL };
                self.add_ctx(id, flag, loc, *ctx)?;
                // A mention of `super` uses `__class__`.
                if *ctx == Context::Load && self.cur().is_function_like() && &**id == "super" {
                    self.add(&"__class__".into(), USE, loc)?;
                }
                Ok(())
            }
        }
    }

    pub(super) fn yields(&mut self, loc: Location) -> Result {
        self.cur().generator = true;
        let message = match self.cur().comprehension {
            None => return Ok(()),
            Some(CompKind::List) => "'yield' inside list comprehension",
            Some(CompKind::Set) => "'yield' inside set comprehension",
            Some(CompKind::Dict) => "'yield' inside dict comprehension",
            Some(CompKind::Generator) => "'yield' inside generator expression",
        };
        error(message, loc)
    }

    pub(super) fn not_in_annotation(&mut self, what: &str, loc: Location) -> Result {
        let scope = self.cur();
        let place = match scope.kind {
            BlockKind::Annotation => "an annotation",
            BlockKind::TypeVariable => scope.scope_info.unwrap_or("a TypeVar bound"),
            BlockKind::TypeAlias => "a type alias",
            BlockKind::TypeParameters => "the definition of a generic",
            _ => return Ok(()),
        };
        error(format!("{what} cannot be used within {place}"), loc)
    }

    /// Binds the target of a `:=` within a comprehension in the nearest function or module.
    pub(super) fn extend_named_expr_scope(&mut self, target: &Expr) -> Result {
        let ExprKind::Name { id, .. } = &target.kind else {
            return Ok(());
        };
        let loc = target.loc;
        for at in (0..self.stack.len()).rev() {
            let outer = self.stack[at];
            let scope = self.table.scope(outer);
            if scope.comprehension.is_some() {
                let flags = self.lookup_in(outer, id);
                if flags & DEF_COMP_ITER != 0 && flags & DEF_LOCAL != 0 {
                    return error(format!("assignment expression cannot rebind comprehension iteration variable '{id}'"), loc);
                }
                continue;
            }
            let place = match scope.kind {
                BlockKind::Function => {
                    let flag = if self.lookup_in(outer, id) & DEF_GLOBAL != 0 { DEF_GLOBAL } else { DEF_NONLOCAL };
                    self.add(id, flag, loc)?;
                    self.record_directive(id, loc);
                    return self.add_to(outer, id, DEF_LOCAL, loc);
                }
                BlockKind::Module => {
                    self.add(id, DEF_GLOBAL, loc)?;
                    self.record_directive(id, loc);
                    return self.add_to(outer, id, DEF_GLOBAL, loc);
                }
                BlockKind::Class => "in a class body",
                BlockKind::TypeParameters => "within the definition of a generic",
                BlockKind::TypeAlias => "in a type alias",
                BlockKind::TypeVariable => "in a TypeVar bound",
                BlockKind::Annotation => continue,
            };
            return error(format!("assignment expression within a comprehension cannot be used {place}"), loc);
        }
        Ok(())
    }

    pub(super) fn comprehension(&mut self, comp: &Comp, loc: Location) -> Result {
        let is_generator = comp.kind == CompKind::Generator;
        let Some((outermost, rest)) = comp.generators.split_first() else {
            return Ok(());
        };
        // The outermost iterable is evaluated in the enclosing scope.
        self.cur().comp_iter_expr += 1;
        self.expr(&outermost.iter)?;
        self.cur().comp_iter_expr -= 1;
        let name = match comp.kind {
            CompKind::Generator => "<genexpr>",
            CompKind::List => "<listcomp>",
            CompKind::Set => "<setcomp>",
            CompKind::Dict => "<dictcomp>",
        };
        self.enter(name.into(), BlockKind::Function, comp.key, loc)?;
        self.cur().comprehension = Some(comp.kind);
        self.cur().coroutine |= outermost.is_async;
        self.add(&".0".into(), DEF_PARAM, loc)?;
        self.cur().comp_iter_target = true;
        self.expr(&outermost.target)?;
        self.cur().comp_iter_target = false;
        self.exprs(&outermost.ifs)?;
        for generator in rest {
            self.cur().comp_iter_target = true;
            self.expr(&generator.target)?;
            self.cur().comp_iter_target = false;
            self.cur().comp_iter_expr += 1;
            self.expr(&generator.iter)?;
            self.cur().comp_iter_expr -= 1;
            self.exprs(&generator.ifs)?;
            self.cur().coroutine |= generator.is_async;
        }
        self.opt(comp.value.as_ref())?;
        self.expr(&comp.elt)?;
        self.cur().generator = is_generator;
        let is_async = self.cur().coroutine && !is_generator;
        self.exit();
        if is_async {
            let allowed = self.allows_top_level_await();
            let scope = self.cur();
            let in_async = scope.kind == BlockKind::Function && scope.coroutine;
            if !in_async && scope.comprehension.is_none() && !allowed {
                return error("asynchronous comprehension outside of an asynchronous function", loc);
            }
            self.cur().coroutine = true;
        }
        Ok(())
    }
}
