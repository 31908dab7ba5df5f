//! What CPython does to the tree before it looks at scopes (Python/ast_preprocess.c).
//!
//! `__debug__` becomes a constant, `"..." % (a, b)` becomes an f-string where that is the same, numbers in patterns are
//! folded, docstrings go under -OO, and `return`, `break` and `continue` that leave a `finally` are warned of (PEP 765).
//! All other folding is the flow graph's.

use crate::ast::*;
use crate::code::Constant;
use crate::error::Warning;
use crate::instruction::Location;
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use rustpython_wtf8::{CodePoint, Wtf8, Wtf8Buf};

/// Preprocesses a module and returns the warnings.
pub fn preprocess(module: &mut Module, optimize: u8, future_annotations: bool) -> Vec<Warning> {
    let mut pass = Preprocess { optimize, future_annotations, contexts: Vec::new(), warnings: Vec::new() };
    match module {
        Module::Module(body) => pass.body(body),
        Module::Interactive(body) => pass.stmts(body),
        Module::Expression(expr) => pass.expr(expr),
    }
    pass.warnings
}

/// What a `return`, `break` or `continue` would leave.
#[derive(Clone, Copy, PartialEq)]
enum Context {
    Finally,
    Function,
    Loop,
}

struct Preprocess {
    optimize: u8,
    future_annotations: bool,
    contexts: Vec<Context>,
    warnings: Vec<Warning>,
}

impl Preprocess {
    /// A body that may open with a docstring.
    fn body(&mut self, body: &mut Vec<Stmt>) {
        let mut has_docstring = docstring(body).is_some();
        if has_docstring && self.optimize >= 2 {
            if body.len() == 1 {
                let loc = body[0].loc;
                body[0] = Stmt { kind: StmtKind::Pass, loc: Location { end_line: loc.line, end_col: loc.col + 4, ..loc } };
            } else {
                body.remove(0);
            }
            has_docstring = false;
        }
        self.stmts(body);
        // A string that has become the first statement is no docstring.
        if !has_docstring
            && docstring(body).is_some()
            && let Stmt { kind: StmtKind::Expr(value), loc } = &mut body[0]
        {
            let joined = Expr { kind: ExprKind::JoinedStr(Vec::new()), loc: *loc };
            let text = std::mem::replace(&mut **value, joined);
            value.kind = ExprKind::JoinedStr(vec![text]);
        }
    }

    fn stmts(&mut self, stmts: &mut [Stmt]) {
        for stmt in stmts {
            self.stmt(stmt);
        }
    }

    fn within(&mut self, context: Context, stmts: &mut [Stmt]) {
        self.contexts.push(context);
        self.stmts(stmts);
        self.contexts.pop();
    }

    fn leaving(&mut self, keyword: &str, loc: Location) {
        if self.contexts.last() == Some(&Context::Finally) {
            self.warnings.push(Warning::syntax(format!("'{keyword}' in a 'finally' block"), loc));
        }
    }

    fn stmt(&mut self, stmt: &mut Stmt) {
        let loc = stmt.loc;
        match &mut stmt.kind {
            StmtKind::FunctionDef(def) => {
                self.type_params(&mut def.type_params);
                self.arguments(&mut def.args);
                self.contexts.push(Context::Function);
                self.body(&mut def.body);
                self.contexts.pop();
                self.exprs(&mut def.decorators);
                if !self.future_annotations {
                    self.opt(&mut def.returns);
                }
            }
            StmtKind::ClassDef(def) => {
                self.type_params(&mut def.type_params);
                self.exprs(&mut def.bases);
                self.keywords(&mut def.keywords);
                self.body(&mut def.body);
                self.exprs(&mut def.decorators);
            }
            StmtKind::Return(value) => {
                self.leaving("return", loc);
                self.opt(value);
            }
            StmtKind::Delete(targets) => self.exprs(targets),
            StmtKind::Assign { targets, value } => {
                self.exprs(targets);
                self.expr(value);
            }
            StmtKind::TypeAlias(alias) => {
                self.type_params(&mut alias.type_params);
                self.expr(&mut alias.value);
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.expr(target);
                self.expr(value);
            }
            StmtKind::AnnAssign(assign) => {
                self.expr(&mut assign.target);
                if !self.future_annotations {
                    self.expr(&mut assign.annotation);
                }
                if let Some(value) = &mut assign.value {
                    self.expr(value);
                }
            }
            StmtKind::For(s) => {
                self.expr(&mut s.target);
                self.expr(&mut s.iter);
                self.within(Context::Loop, &mut s.body);
                self.stmts(&mut s.orelse);
            }
            StmtKind::While { test, body, orelse } => {
                self.expr(test);
                self.within(Context::Loop, body);
                self.stmts(orelse);
            }
            StmtKind::If { test, body, orelse } => {
                self.expr(test);
                self.stmts(body);
                self.stmts(orelse);
            }
            StmtKind::With { items, body, .. } => {
                for item in items {
                    self.expr(&mut item.context_expr);
                    if let Some(vars) = &mut item.optional_vars {
                        self.expr(vars);
                    }
                }
                self.stmts(body);
            }
            StmtKind::Match { subject, cases } => {
                self.expr(subject);
                for case in cases {
                    self.pattern(&mut case.pattern);
                    if let Some(guard) = &mut case.guard {
                        self.expr(guard);
                    }
                    self.stmts(&mut case.body);
                }
            }
            StmtKind::Raise { exc, cause } => {
                self.opt(exc);
                self.opt(cause);
            }
            StmtKind::Try(s) => {
                self.stmts(&mut s.body);
                for handler in &mut s.handlers {
                    if let Some(typ) = &mut handler.typ {
                        self.expr(typ);
                    }
                    self.stmts(&mut handler.body);
                }
                self.stmts(&mut s.orelse);
                self.within(Context::Finally, &mut s.finalbody);
            }
            StmtKind::Assert { test, msg } => {
                self.expr(test);
                self.opt(msg);
            }
            StmtKind::Expr(value) => self.expr(value),
            StmtKind::Break => self.leaving("break", loc),
            StmtKind::Continue => self.leaving("continue", loc),
            StmtKind::Import(_) | StmtKind::ImportFrom { .. } | StmtKind::Global(_) | StmtKind::Nonlocal(_) | StmtKind::Pass => {}
        }
    }

    fn arguments(&mut self, args: &mut Arguments) {
        let every = args
            .posonlyargs
            .iter_mut()
            .chain(&mut args.args)
            .chain(args.vararg.as_deref_mut())
            .chain(&mut args.kwonlyargs)
            .chain(args.kwarg.as_deref_mut());
        for arg in every {
            if !self.future_annotations
                && let Some(annotation) = &mut arg.annotation
            {
                self.expr(annotation);
            }
        }
        for default in args.kw_defaults.iter_mut().flatten() {
            self.expr(default);
        }
        self.exprs(&mut args.defaults);
    }

    fn type_params(&mut self, params: &mut [TypeParam]) {
        for param in params {
            for expr in param.bound.iter_mut().chain(&mut param.default) {
                self.expr(expr);
            }
        }
    }

    fn keywords(&mut self, keywords: &mut [Keyword]) {
        for keyword in keywords {
            self.expr(&mut keyword.value);
        }
    }

    fn exprs(&mut self, exprs: &mut [Expr]) {
        for expr in exprs {
            self.expr(expr);
        }
    }

    fn opt(&mut self, expr: &mut Option<Box<Expr>>) {
        if let Some(expr) = expr {
            self.expr(expr);
        }
    }

    fn expr(&mut self, expr: &mut Expr) {
        match &mut expr.kind {
            ExprKind::BoolOp { values, .. } => self.exprs(values),
            ExprKind::NamedExpr { value, .. } => self.expr(value),
            ExprKind::BinOp { left, op, right } => {
                self.expr(left);
                self.expr(right);
                if *op == Operator::Mod
                    && let Some(Constant::Str(format)) = left.constant()
                    && let ExprKind::Tuple { elts, .. } = &mut right.kind
                    && !elts.iter().any(Expr::is_starred)
                    && let Some(parts) = parse_format(format, elts.len())
                {
                    let elts = std::mem::take(elts);
                    expr.kind = ExprKind::JoinedStr(join_format(parts, elts));
                }
            }
            ExprKind::UnaryOp { operand, .. } => self.expr(operand),
            ExprKind::Lambda { args, body, .. } => {
                self.arguments(args);
                self.expr(body);
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.expr(test);
                self.expr(body);
                self.expr(orelse);
            }
            ExprKind::Dict { keys, values } => {
                for key in keys.iter_mut().flatten() {
                    self.expr(key);
                }
                self.exprs(values);
            }
            ExprKind::Set(elts) | ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. } => {
                self.exprs(elts);
            }
            ExprKind::Comp(comp) => {
                self.expr(&mut comp.elt);
                if let Some(value) = &mut comp.value {
                    self.expr(value);
                }
                for generator in &mut comp.generators {
                    self.expr(&mut generator.target);
                    self.expr(&mut generator.iter);
                    self.exprs(&mut generator.ifs);
                }
            }
            ExprKind::Await(value) | ExprKind::YieldFrom(value) => self.expr(value),
            ExprKind::Yield(value) => self.opt(value),
            ExprKind::Compare { left, comparators, .. } => {
                self.expr(left);
                self.exprs(comparators);
            }
            ExprKind::Call { func, args, keywords } => {
                self.expr(func);
                self.exprs(args);
                self.keywords(keywords);
            }
            ExprKind::FormattedValue { value, format_spec, .. } | ExprKind::Interpolation { value, format_spec, .. } => {
                self.expr(value);
                self.opt(format_spec);
            }
            ExprKind::JoinedStr(values) | ExprKind::TemplateStr(values) => self.exprs(values),
            ExprKind::Attribute { value, .. } | ExprKind::Starred { value, .. } => self.expr(value),
            ExprKind::Subscript { value, slice, .. } => {
                self.expr(value);
                self.expr(slice);
            }
            ExprKind::Slice { lower, upper, step } => {
                self.opt(lower);
                self.opt(upper);
                self.opt(step);
            }
            ExprKind::Name { id, ctx } => {
                if *ctx == crate::ast::Context::Load && &**id == "__debug__" {
                    *expr = Expr::new_constant(Constant::Bool(self.optimize == 0), expr.loc);
                }
            }
            ExprKind::Constant { .. } => {}
        }
    }

    fn pattern(&mut self, pattern: &mut Pattern) {
        match &mut pattern.kind {
            PatternKind::Value(value) => fold_pattern_number(value),
            PatternKind::Sequence(patterns) | PatternKind::Or(patterns) => {
                for pattern in patterns {
                    self.pattern(pattern);
                }
            }
            PatternKind::Mapping { keys, patterns, .. } => {
                keys.iter_mut().for_each(fold_pattern_number);
                for pattern in patterns {
                    self.pattern(pattern);
                }
            }
            PatternKind::Class { cls, patterns, kwd_patterns, .. } => {
                self.expr(cls);
                for pattern in patterns.iter_mut().chain(kwd_patterns) {
                    self.pattern(pattern);
                }
            }
            PatternKind::As { pattern: Some(pattern), .. } => self.pattern(pattern),
            PatternKind::As { .. } | PatternKind::Singleton(_) | PatternKind::Star(_) => {}
        }
    }
}

/// `-1` and `1 + 2j` in patterns are constants.
fn fold_pattern_number(expr: &mut Expr) {
    let folded = match &mut expr.kind {
        ExprKind::UnaryOp { op: UnaryOp::USub, operand } => match operand.constant() {
            Some(Constant::Int(value)) => Some(Constant::Int(-value)),
            Some(Constant::Float(value)) => Some(Constant::Float(-value)),
            Some(Constant::Complex(re, im)) => Some(Constant::Complex(-re, -im)),
            _ => None,
        },
        ExprKind::BinOp { left, op: op @ (Operator::Add | Operator::Sub), right } if right.is_constant() => {
            fold_pattern_number(left);
            let real = match left.constant() {
                Some(Constant::Int(value)) => value.to_f64(),
                Some(Constant::Float(value)) => Some(*value),
                _ => None,
            };
            match (real, right.constant()) {
                (Some(real), Some(Constant::Complex(re, im))) => Some(match op {
                    Operator::Add => Constant::Complex(real + re, *im),
                    _ => Constant::Complex(real - re, -im),
                }),
                _ => fold_real(left.constant(), *op, right.constant()),
            }
        }
        _ => None,
    };
    if let Some(value) = folded {
        *expr = Expr::new_constant(value, expr.loc);
    }
}

fn fold_real(left: Option<&Constant>, op: Operator, right: Option<&Constant>) -> Option<Constant> {
    let (Constant::Int(left), Constant::Int(right)) = (left?, right?) else {
        return None;
    };
    let value: BigInt = match op {
        Operator::Add => left + right,
        _ => left - right,
    };
    Some(Constant::Int(value))
}

/// A piece of a `%` format that an f-string can express.
enum FormatPart {
    Literal(Wtf8Buf),
    /// The conversion and the format specification.
    Value(char, Option<String>),
}

/// Splits a `%` format into pieces; None if it is not as simple as that or does not take `count` values.
fn parse_format(format: &Wtf8, count: usize) -> Option<Vec<FormatPart>> {
    let chars: Vec<CodePoint> = format.code_points().collect();
    let is = |at: usize, c: char| chars.get(at).is_some_and(|&p| p == CodePoint::from(c));
    let mut parts = Vec::new();
    let mut values = 0;
    let mut at = 0;
    loop {
        let mut literal = Wtf8Buf::new();
        while at < chars.len() {
            if !is(at, '%') {
                literal.push(chars[at]);
                at += 1;
            } else if is(at + 1, '%') {
                literal.push_char('%');
                at += 2;
            } else {
                break;
            }
        }
        if !literal.is_empty() {
            parts.push(FormatPart::Literal(literal));
        }
        if at >= chars.len() {
            break;
        }
        if values == count {
            return None;
        }
        at += 1;
        parts.push(parse_conversion(&chars, &mut at)?);
        values += 1;
    }
    (values == count).then_some(parts)
}

/// One conversion after its `%`.
fn parse_conversion(chars: &[CodePoint], at: &mut usize) -> Option<FormatPart> {
    const MAX_DIGITS: usize = 3;
    let mut next = || {
        let c = chars.get(*at)?.to_char()?;
        *at += 1;
        Some(c)
    };
    let mut left_aligned = false;
    let mut c = loop {
        match next()? {
            '-' => left_aligned = true,
            '+' | ' ' | '#' | '0' => {}
            c => break c,
        }
    };
    let number = |c: &mut char, next: &mut dyn FnMut() -> Option<char>| {
        let mut value = 0;
        let mut digits = 0;
        while let Some(digit) = c.to_digit(10) {
            value = value * 10 + digit;
            *c = next()?;
            digits += 1;
            if digits >= MAX_DIGITS {
                return None;
            }
        }
        Some(value)
    };
    let mut width = None;
    if c.is_ascii_digit() {
        width = Some(number(&mut c, &mut next)?);
    }
    let mut precision = None;
    if c == '.' {
        c = next()?;
        precision = Some(number(&mut c, &mut next)?);
    }
    if !matches!(c, 's' | 'r' | 'a') {
        return None;
    }
    let mut spec = String::new();
    if let Some(width) = width {
        if !left_aligned && width > 0 {
            spec.push('>');
        }
        spec.push_str(&width.to_string());
    }
    if let Some(precision) = precision {
        spec.push_str(&format!(".{precision}"));
    }
    Some(FormatPart::Value(c, (!spec.is_empty()).then_some(spec)))
}

fn join_format(parts: Vec<FormatPart>, elts: Vec<Expr>) -> Vec<Expr> {
    let mut elts = elts.into_iter();
    let literal = |text: Wtf8Buf| Expr::new_constant(Constant::Str(text.into()), Location::NONE);
    parts
        .into_iter()
        .filter_map(|part| match part {
            FormatPart::Literal(text) => Some(literal(text)),
            FormatPart::Value(conversion, spec) => elts.next().map(|value| Expr {
                loc: value.loc,
                kind: ExprKind::FormattedValue {
                    value: Box::new(value),
                    conversion: Some(conversion),
                    format_spec: spec.map(|spec| Box::new(literal(spec.into()))),
                },
            }),
        })
        .collect()
}
