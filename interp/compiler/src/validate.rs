//! What the grammar would never give, but a tree made by a program can have (Python/ast.c).

use crate::ast::*;
use crate::code::Constant;
use crate::error::{CompileError, ErrorKind};
use crate::instruction::Location;

type Result<T = ()> = std::result::Result<T, CompileError>;

/// Deeper trees are refused, as the parser's are.
const MAX_DEPTH: u32 = 6000;

/// Checks a whole tree.
pub fn validate(module: &Module) -> Result {
    let mut v = Validator { depth: 0 };
    match module {
        Module::Module(body) | Module::Interactive(body) => v.stmts(body),
        Module::Expression(e) => v.load(e),
    }
}

fn wrong<T>(message: impl Into<String>) -> Result<T> {
    Err(CompileError::plain(ErrorKind::Value, message))
}

struct Validator {
    depth: u32,
}

fn place(loc: Location) -> Result {
    let Location { line, end_line, col, end_col } = loc;
    if line > end_line {
        return wrong(format!("AST node line range ({line}, {end_line}) is not valid"));
    }
    if (line < 0 && end_line != line) || (col < 0 && end_col != col) {
        return wrong(format!("AST node column range ({col}, {end_col}) for line range ({line}, {end_line}) is not valid"));
    }
    if line == end_line && col > end_col {
        return wrong(format!("line {line}, column {col}-{end_col} is not a valid range"));
    }
    Ok(())
}

fn not_empty<T>(all: &[T], what: &str, owner: &str) -> Result {
    if all.is_empty() {
        return wrong(format!("empty {what} on {owner}"));
    }
    Ok(())
}

fn name(name: &str) -> Result {
    if matches!(name, "None" | "True" | "False") {
        return wrong(format!("identifier field can't represent '{name}' constant"));
    }
    Ok(())
}

fn aliases(all: &[Alias]) -> Result {
    all.iter().try_for_each(|alias| {
        name(&alias.name)?;
        alias.asname.as_deref().map_or(Ok(()), name)
    })
}

impl Validator {
    fn enter(&mut self) -> Result {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(CompileError::recursion());
        }
        Ok(())
    }

    fn body(&mut self, body: &[Stmt], owner: &str) -> Result {
        not_empty(body, "body", owner)?;
        self.stmts(body)
    }

    fn stmts(&mut self, all: &[Stmt]) -> Result {
        all.iter().try_for_each(|s| self.stmt(s))
    }

    fn stmt(&mut self, s: &Stmt) -> Result {
        self.enter()?;
        place(s.loc)?;
        match &s.kind {
            StmtKind::FunctionDef(f) => {
                let owner = if f.is_async { "AsyncFunctionDef" } else { "FunctionDef" };
                name(&f.name)?;
                self.body(&f.body, owner)?;
                self.type_params(&f.type_params)?;
                self.arguments(&f.args)?;
                self.loads(&f.decorators)?;
                self.opt(f.returns.as_deref())?;
            }
            StmtKind::ClassDef(c) => {
                name(&c.name)?;
                self.body(&c.body, "ClassDef")?;
                self.type_params(&c.type_params)?;
                self.loads(&c.bases)?;
                self.keywords(&c.keywords)?;
                self.loads(&c.decorators)?;
            }
            StmtKind::Return(value) => self.opt(value.as_deref())?,
            StmtKind::Delete(targets) => {
                not_empty(targets, "targets", "Delete")?;
                targets.iter().try_for_each(|t| self.expr(t, Context::Del))?;
            }
            StmtKind::Assign { targets, value } => {
                not_empty(targets, "targets", "Assign")?;
                targets.iter().try_for_each(|t| self.expr(t, Context::Store))?;
                self.load(value)?;
            }
            StmtKind::TypeAlias(t) => {
                self.type_params(&t.type_params)?;
                self.load(&t.value)?;
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.expr(target, Context::Store)?;
                self.load(value)?;
            }
            StmtKind::AnnAssign(a) => {
                if a.simple && !matches!(a.target.kind, ExprKind::Name { .. }) {
                    return Err(CompileError::plain(ErrorKind::Value, "AnnAssign with simple non-Name target"));
                }
                self.expr(&a.target, Context::Store)?;
                self.opt(a.value.as_ref())?;
                self.load(&a.annotation)?;
            }
            StmtKind::For(f) => {
                self.expr(&f.target, Context::Store)?;
                self.load(&f.iter)?;
                self.body(&f.body, if f.is_async { "AsyncFor" } else { "For" })?;
                self.stmts(&f.orelse)?;
            }
            StmtKind::While { test, body, orelse } => {
                self.load(test)?;
                self.body(body, "While")?;
                self.stmts(orelse)?;
            }
            StmtKind::If { test, body, orelse } => {
                self.load(test)?;
                self.body(body, "If")?;
                self.stmts(orelse)?;
            }
            StmtKind::With { is_async, items, body } => {
                let owner = if *is_async { "AsyncWith" } else { "With" };
                not_empty(items, "items", owner)?;
                for item in items {
                    self.load(&item.context_expr)?;
                    if let Some(target) = &item.optional_vars {
                        self.expr(target, Context::Store)?;
                    }
                }
                self.body(body, owner)?;
            }
            StmtKind::Match { subject, cases } => {
                self.load(subject)?;
                not_empty(cases, "cases", "Match")?;
                for case in cases {
                    self.pattern(&case.pattern, false)?;
                    self.opt(case.guard.as_ref())?;
                    self.body(&case.body, "match_case")?;
                }
            }
            StmtKind::Raise { exc, cause } => {
                if exc.is_none() && cause.is_some() {
                    return wrong("Raise with cause but no exception");
                }
                self.opt(exc.as_deref())?;
                self.opt(cause.as_deref())?;
            }
            StmtKind::Try(t) => self.try_stmt(t)?,
            StmtKind::Assert { test, msg } => {
                self.load(test)?;
                self.opt(msg.as_deref())?;
            }
            StmtKind::Import(names) => {
                not_empty(names, "names", "Import")?;
                aliases(names)?;
            }
            StmtKind::ImportFrom { names, .. } => {
                not_empty(names, "names", "ImportFrom")?;
                aliases(names)?;
            }
            StmtKind::Global(names) => not_empty(names, "names", "Global")?,
            StmtKind::Nonlocal(names) => not_empty(names, "names", "Nonlocal")?,
            StmtKind::Expr(e) => self.load(e)?,
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue => {}
        }
        self.depth -= 1;
        Ok(())
    }

    fn try_stmt(&mut self, t: &Try) -> Result {
        let owner = if t.is_star { "TryStar" } else { "Try" };
        self.body(&t.body, owner)?;
        if t.handlers.is_empty() && t.finalbody.is_empty() {
            return wrong(format!("{owner} has neither except handlers nor finalbody"));
        }
        if t.handlers.is_empty() && !t.orelse.is_empty() {
            return wrong(format!("{owner} has orelse but no except handlers"));
        }
        for h in &t.handlers {
            place(h.loc)?;
            h.name.as_deref().map_or(Ok(()), name)?;
            self.opt(h.typ.as_ref())?;
            self.body(&h.body, "ExceptHandler")?;
        }
        self.stmts(&t.orelse)?;
        self.stmts(&t.finalbody)
    }

    fn opt(&mut self, e: Option<&Expr>) -> Result {
        e.map_or(Ok(()), |e| self.load(e))
    }

    fn load(&mut self, e: &Expr) -> Result {
        self.expr(e, Context::Load)
    }

    fn loads(&mut self, all: &[Expr]) -> Result {
        all.iter().try_for_each(|e| self.load(e))
    }

    fn keywords(&mut self, all: &[Keyword]) -> Result {
        all.iter().try_for_each(|k| self.load(&k.value))
    }

    fn type_params(&mut self, all: &[TypeParam]) -> Result {
        for p in all {
            place(p.loc)?;
            name(&p.name)?;
            self.opt(p.bound.as_ref())?;
            self.opt(p.default.as_ref())?;
        }
        Ok(())
    }

    fn arguments(&mut self, a: &Arguments) -> Result {
        let all = a.posonlyargs.iter().chain(&a.args).chain(a.vararg.as_deref());
        for arg in all.chain(&a.kwonlyargs).chain(a.kwarg.as_deref()) {
            place(arg.loc)?;
            self.opt(arg.annotation.as_ref())?;
        }
        if a.defaults.len() > a.posonlyargs.len() + a.args.len() {
            return wrong("more positional defaults than args on arguments");
        }
        if a.kw_defaults.len() != a.kwonlyargs.len() {
            return wrong("length of kwonlyargs is not the same as kw_defaults on arguments");
        }
        self.loads(&a.defaults)?;
        a.kw_defaults.iter().try_for_each(|d| self.opt(d.as_ref()))
    }

    fn comp(&mut self, c: &Comp) -> Result {
        if c.generators.is_empty() {
            return wrong("comprehension with no generators");
        }
        for g in &c.generators {
            self.expr(&g.target, Context::Store)?;
            self.load(&g.iter)?;
            self.loads(&g.ifs)?;
        }
        self.load(&c.elt)?;
        self.opt(c.value.as_ref())
    }

    fn expr(&mut self, e: &Expr, wanted: Context) -> Result {
        self.enter()?;
        place(e.loc)?;
        let ctx = match &e.kind {
            ExprKind::Attribute { ctx, .. }
            | ExprKind::Subscript { ctx, .. }
            | ExprKind::Starred { ctx, .. }
            | ExprKind::List { ctx, .. }
            | ExprKind::Tuple { ctx, .. } => Some(*ctx),
            ExprKind::Name { id, ctx } => {
                name(id)?;
                Some(*ctx)
            }
            _ => None,
        };
        match ctx {
            None if wanted != Context::Load => {
                return wrong(format!("expression which can't be assigned to in {wanted:?} context"));
            }
            Some(ctx) if ctx != wanted => {
                return wrong(format!("expression must have {wanted:?} context but has {ctx:?} instead"));
            }
            _ => {}
        }
        match &e.kind {
            ExprKind::BoolOp { values, .. } => {
                if values.len() < 2 {
                    return wrong("BoolOp with less than 2 values");
                }
                self.loads(values)?;
            }
            ExprKind::NamedExpr { target, value } => {
                if !matches!(target.kind, ExprKind::Name { .. }) {
                    return wrong("NamedExpr target must be a Name");
                }
                self.expr(target, Context::Store)?;
                self.load(value)?;
            }
            ExprKind::BinOp { left, right, .. } => {
                self.load(left)?;
                self.load(right)?;
            }
            ExprKind::UnaryOp { operand, .. } => self.load(operand)?,
            ExprKind::Lambda { args, body, .. } => {
                self.arguments(args)?;
                self.load(body)?;
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.load(test)?;
                self.load(body)?;
                self.load(orelse)?;
            }
            ExprKind::Dict { keys, values } => {
                if keys.len() != values.len() {
                    return wrong("Dict doesn't have the same number of keys as values");
                }
                keys.iter().try_for_each(|k| self.opt(k.as_ref()))?;
                self.loads(values)?;
            }
            ExprKind::Set(elts) => {
                not_empty(elts, "elts", "Set")?;
                self.loads(elts)?;
            }
            ExprKind::Comp(c) => self.comp(c)?,
            ExprKind::Await(value) | ExprKind::YieldFrom(value) => self.load(value)?,
            ExprKind::Yield(value) => self.opt(value.as_deref())?,
            ExprKind::Compare { left, ops, comparators } => {
                if comparators.is_empty() {
                    return wrong("Compare with no comparators");
                }
                if ops.len() != comparators.len() {
                    return wrong("Compare has a different number of comparators and operands");
                }
                self.loads(comparators)?;
                self.load(left)?;
            }
            ExprKind::Call { func, args, keywords } => {
                self.load(func)?;
                self.loads(args)?;
                self.keywords(keywords)?;
            }
            ExprKind::FormattedValue { value, format_spec, .. } | ExprKind::Interpolation { value, format_spec, .. } => {
                self.load(value)?;
                self.opt(format_spec.as_deref())?;
            }
            ExprKind::JoinedStr(values) | ExprKind::TemplateStr(values) => self.loads(values)?,
            ExprKind::Constant { .. } | ExprKind::Name { .. } => {}
            ExprKind::Attribute { value, .. } => self.load(value)?,
            ExprKind::Subscript { value, slice, .. } => {
                self.load(slice)?;
                self.load(value)?;
            }
            ExprKind::Starred { value, ctx } => self.expr(value, *ctx)?,
            ExprKind::List { elts, ctx } | ExprKind::Tuple { elts, ctx } => {
                elts.iter().try_for_each(|x| self.expr(x, *ctx))?;
            }
            ExprKind::Slice { lower, upper, step } => {
                self.opt(lower.as_deref())?;
                self.opt(upper.as_deref())?;
                self.opt(step.as_deref())?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    // --- patterns --------------------------------------------------------------------------------------------------

    fn patterns(&mut self, all: &[Pattern], star_ok: bool) -> Result {
        all.iter().try_for_each(|p| self.pattern(p, star_ok))
    }

    fn pattern(&mut self, p: &Pattern, star_ok: bool) -> Result {
        self.enter()?;
        place(p.loc)?;
        match &p.kind {
            PatternKind::Value(e) => self.pattern_value(e)?,
            PatternKind::Singleton(Constant::None | Constant::Bool(_)) => {}
            PatternKind::Singleton(_) => {
                return wrong("MatchSingleton can only contain True, False and None");
            }
            PatternKind::Sequence(all) => self.patterns(all, true)?,
            PatternKind::Mapping { keys, patterns, rest } => {
                if keys.len() != patterns.len() {
                    return wrong("MatchMapping doesn't have the same number of keys as patterns");
                }
                rest.as_deref().map_or(Ok(()), capture)?;
                for key in keys {
                    if !matches!(key.constant(), Some(Constant::None | Constant::Bool(_))) {
                        self.pattern_value(key)?;
                    }
                }
                self.patterns(patterns, false)?;
            }
            PatternKind::Class { cls, patterns, kwd_attrs, kwd_patterns } => {
                if kwd_attrs.len() != kwd_patterns.len() {
                    return wrong("MatchClass doesn't have the same number of keyword attributes as patterns");
                }
                self.load(cls)?;
                let mut inner = &**cls;
                while let ExprKind::Attribute { value, .. } = &inner.kind {
                    inner = value;
                }
                if !matches!(inner.kind, ExprKind::Name { .. }) {
                    return wrong("MatchClass cls field can only contain Name or Attribute nodes.");
                }
                kwd_attrs.iter().try_for_each(|n| name(n))?;
                self.patterns(patterns, false)?;
                self.patterns(kwd_patterns, false)?;
            }
            PatternKind::Star(target) => {
                if !star_ok {
                    return wrong("can't use MatchStar here");
                }
                target.as_deref().map_or(Ok(()), capture)?;
            }
            PatternKind::As { pattern, name } => {
                name.as_deref().map_or(Ok(()), capture)?;
                match (pattern, name) {
                    (Some(_), None) => {
                        return wrong("MatchAs must specify a target name if a pattern is given");
                    }
                    (Some(p), _) => self.pattern(p, false)?,
                    (None, _) => {}
                }
            }
            PatternKind::Or(all) => {
                if all.len() < 2 {
                    return wrong("MatchOr requires at least 2 patterns");
                }
                self.patterns(all, false)?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// A literal, a number with its sign, a complex number, or a dotted name.
    fn pattern_value(&mut self, e: &Expr) -> Result {
        self.load(e)?;
        let number = |e: &Expr| matches!(e.constant(), Some(Constant::Int(_) | Constant::Float(_) | Constant::Complex(..)));
        let signed = |e: &Expr| match &e.kind {
            ExprKind::UnaryOp { op: UnaryOp::USub, operand } => number(operand),
            _ => number(e),
        };
        let fine = match &e.kind {
            ExprKind::Constant { value, .. } => match value {
                Constant::Ellipsis | Constant::None | Constant::Bool(_) => {
                    return wrong("unexpected constant inside of a literal pattern");
                }
                Constant::Tuple(_) | Constant::FrozenSet(_) => false,
                _ => true,
            },
            ExprKind::Attribute { .. } | ExprKind::JoinedStr(_) | ExprKind::TemplateStr(_) => true,
            ExprKind::UnaryOp { .. } => signed(e),
            ExprKind::BinOp { left, op: Operator::Add | Operator::Sub, right } => {
                signed(left) && matches!(right.constant(), Some(Constant::Complex(..)))
            }
            _ => false,
        };
        if fine { Ok(()) } else { wrong("patterns may only match literals and attribute lookups") }
    }
}

fn capture(target: &str) -> Result {
    if target == "_" {
        return wrong("can't capture name '_' in patterns");
    }
    name(target)
}
