//! The compiler's tree as Python objects.

use super::classes::{Classes, classes};
use super::schema::Node;
use weft_compiler::TypeComments;
use weft_compiler::ast::*;
use weft_compiler::instruction::Location;
use weft_vm::thread::check_native_stack;
use weft_vm::types::{code, instance, list, str};
use weft_vm::value::{Res, Value};

/// The objects for a whole source.
pub fn module(m: &Module, comments: &TypeComments) -> Res {
    let c = Converter(classes()?, comments);
    Ok(match m {
        Module::Module(body) => {
            let ignore = |(line, tag): &(i32, String)| Ok(c.bare(Node::TypeIgnore, [Value::int(i64::from(*line)), str::new(tag)]));
            c.bare(Node::Module, [c.stmts(body)?, many(&comments.ignores, ignore)?])
        }
        Module::Interactive(body) => c.bare(Node::Interactive, [c.stmts(body)?]),
        Module::Expression(body) => c.bare(Node::Expression, [c.expr(body)?]),
    })
}

/// The object for the type of a function.
pub fn function_type(arguments: &[&Expr], returns: &Expr) -> Res {
    let comments = TypeComments::default();
    let c = Converter(classes()?, &comments);
    Ok(c.bare(Node::FunctionType, [many(arguments, |e| c.expr(e))?, c.expr(returns)?]))
}

struct Converter<'a>(&'static Classes, &'a TypeComments);

fn name(n: &Name) -> Value {
    str::intern(n)
}

fn opt_name(n: &Option<Name>) -> Value {
    n.as_ref().map_or(Value::NONE, name)
}

fn conversion(c: &Option<char>) -> Value {
    Value::int(c.map_or(-1, |c| i64::from(u32::from(c))))
}

fn many<T>(all: &[T], mut f: impl FnMut(&T) -> Res) -> Res {
    Ok(list::from_vec(all.iter().map(&mut f).collect::<Res<Vec<Value>>>()?))
}

impl Converter<'_> {
    /// The type comment of what is at a place.
    fn comment(&self, loc: Location) -> Value {
        self.1.of(loc.line, loc.col).map_or(Value::NONE, str::new)
    }

    /// A node without a place.
    fn bare<const N: usize>(&self, node: Node, values: [Value; N]) -> Value {
        self.0.of(node).instance(values)
    }

    fn node<const N: usize>(&self, node: Node, loc: Location, values: [Value; N]) -> Value {
        let made = self.bare(node, values);
        for (name, n) in self.0.place.iter().zip([loc.line, loc.col, loc.end_line, loc.end_col]) {
            instance::set(&made, name, Value::int(i64::from(n)));
        }
        made
    }

    fn singleton(&self, node: Node) -> Value {
        self.0.of(node).singleton.clone().unwrap_or(Value::NONE)
    }

    fn stmts(&self, all: &[Stmt]) -> Res {
        many(all, |s| self.stmt(s))
    }

    fn exprs(&self, all: &[Expr]) -> Res {
        many(all, |e| self.expr(e))
    }

    fn opt(&self, e: Option<&Expr>) -> Res {
        e.map_or(Ok(Value::NONE), |e| self.expr(e))
    }

    fn stmt(&self, s: &Stmt) -> Res {
        check_native_stack(" during ast construction")?;
        let loc = s.loc;
        Ok(match &s.kind {
            StmtKind::FunctionDef(f) => {
                let node = if f.is_async { Node::AsyncFunctionDef } else { Node::FunctionDef };
                let args = self.arguments(&f.args)?;
                let body = self.stmts(&f.body)?;
                let decorators = self.exprs(&f.decorators)?;
                let returns = self.opt(f.returns.as_deref())?;
                self.node(node, loc, [name(&f.name), args, body, decorators, returns, self.comment(loc), self.type_params(&f.type_params)?])
            }
            StmtKind::ClassDef(c) => {
                let values = [
                    name(&c.name),
                    self.exprs(&c.bases)?,
                    many(&c.keywords, |k| self.keyword(k))?,
                    self.stmts(&c.body)?,
                    self.exprs(&c.decorators)?,
                    self.type_params(&c.type_params)?,
                ];
                self.node(Node::ClassDef, loc, values)
            }
            StmtKind::Return(value) => self.node(Node::Return, loc, [self.opt(value.as_deref())?]),
            StmtKind::Delete(targets) => self.node(Node::Delete, loc, [self.exprs(targets)?]),
            StmtKind::Assign { targets, value } => {
                self.node(Node::Assign, loc, [self.exprs(targets)?, self.expr(value)?, self.comment(loc)])
            }
            StmtKind::TypeAlias(t) => {
                let target = self.node(Node::Name, t.name_loc, [name(&t.name), self.singleton(Node::Store)]);
                self.node(Node::TypeAlias, loc, [target, self.type_params(&t.type_params)?, self.expr(&t.value)?])
            }
            StmtKind::AugAssign { target, op, value } => {
                self.node(Node::AugAssign, loc, [self.expr(target)?, self.singleton(operator(*op)), self.expr(value)?])
            }
            StmtKind::AnnAssign(a) => {
                let values =
                    [self.expr(&a.target)?, self.expr(&a.annotation)?, self.opt(a.value.as_ref())?, Value::int(i64::from(a.simple))];
                self.node(Node::AnnAssign, loc, values)
            }
            StmtKind::For(f) => {
                let node = if f.is_async { Node::AsyncFor } else { Node::For };
                let values = [self.expr(&f.target)?, self.expr(&f.iter)?, self.stmts(&f.body)?, self.stmts(&f.orelse)?, self.comment(loc)];
                self.node(node, loc, values)
            }
            StmtKind::While { test, body, orelse } => {
                self.node(Node::While, loc, [self.expr(test)?, self.stmts(body)?, self.stmts(orelse)?])
            }
            StmtKind::If { test, body, orelse } => self.node(Node::If, loc, [self.expr(test)?, self.stmts(body)?, self.stmts(orelse)?]),
            StmtKind::With { is_async, items, body } => {
                let node = if *is_async { Node::AsyncWith } else { Node::With };
                let items =
                    many(items, |i| Ok(self.bare(Node::withitem, [self.expr(&i.context_expr)?, self.opt(i.optional_vars.as_ref())?])))?;
                self.node(node, loc, [items, self.stmts(body)?, self.comment(loc)])
            }
            StmtKind::Match { subject, cases } => {
                let subject = self.expr(subject)?;
                let cases = many(cases, |c| {
                    Ok(self.bare(Node::match_case, [self.pattern(&c.pattern)?, self.opt(c.guard.as_ref())?, self.stmts(&c.body)?]))
                })?;
                self.node(Node::Match, loc, [subject, cases])
            }
            StmtKind::Raise { exc, cause } => self.node(Node::Raise, loc, [self.opt(exc.as_deref())?, self.opt(cause.as_deref())?]),
            StmtKind::Try(t) => {
                let node = if t.is_star { Node::TryStar } else { Node::Try };
                let body = self.stmts(&t.body)?;
                let handlers = many(&t.handlers, |h| {
                    Ok(self.node(Node::ExceptHandler, h.loc, [self.opt(h.typ.as_ref())?, opt_name(&h.name), self.stmts(&h.body)?]))
                })?;
                self.node(node, loc, [body, handlers, self.stmts(&t.orelse)?, self.stmts(&t.finalbody)?])
            }
            StmtKind::Assert { test, msg } => self.node(Node::Assert, loc, [self.expr(test)?, self.opt(msg.as_deref())?]),
            StmtKind::Import(names) => self.node(Node::Import, loc, [self.aliases(names)?]),
            StmtKind::ImportFrom { module, names, level } => {
                self.node(Node::ImportFrom, loc, [opt_name(module), self.aliases(names)?, Value::int(i64::from(*level))])
            }
            StmtKind::Global(names) => self.node(Node::Global, loc, [many(names, |n| Ok(name(n)))?]),
            StmtKind::Nonlocal(names) => self.node(Node::Nonlocal, loc, [many(names, |n| Ok(name(n)))?]),
            StmtKind::Expr(e) => self.node(Node::Expr, loc, [self.expr(e)?]),
            StmtKind::Pass => self.node(Node::Pass, loc, []),
            StmtKind::Break => self.node(Node::Break, loc, []),
            StmtKind::Continue => self.node(Node::Continue, loc, []),
        })
    }

    fn expr(&self, e: &Expr) -> Res {
        check_native_stack(" during ast construction")?;
        let loc = e.loc;
        Ok(match &e.kind {
            ExprKind::BoolOp { is_and, values } => {
                let op = self.singleton(if *is_and { Node::And } else { Node::Or });
                self.node(Node::BoolOp, loc, [op, self.exprs(values)?])
            }
            ExprKind::NamedExpr { target, value } => self.node(Node::NamedExpr, loc, [self.expr(target)?, self.expr(value)?]),
            ExprKind::BinOp { left, op, right } => {
                self.node(Node::BinOp, loc, [self.expr(left)?, self.singleton(operator(*op)), self.expr(right)?])
            }
            ExprKind::UnaryOp { op, operand } => self.node(Node::UnaryOp, loc, [self.singleton(unary(*op)), self.expr(operand)?]),
            ExprKind::Lambda { args, body, .. } => self.node(Node::Lambda, loc, [self.arguments(args)?, self.expr(body)?]),
            ExprKind::IfExp { test, body, orelse } => self.node(Node::IfExp, loc, [self.expr(test)?, self.expr(body)?, self.expr(orelse)?]),
            ExprKind::Dict { keys, values } => {
                let keys = many(keys, |k| self.opt(k.as_ref()))?;
                self.node(Node::Dict, loc, [keys, self.exprs(values)?])
            }
            ExprKind::Set(elts) => self.node(Node::Set, loc, [self.exprs(elts)?]),
            ExprKind::Comp(c) => self.comp(c, loc)?,
            ExprKind::Await(value) => self.node(Node::Await, loc, [self.expr(value)?]),
            ExprKind::Yield(value) => self.node(Node::Yield, loc, [self.opt(value.as_deref())?]),
            ExprKind::YieldFrom(value) => self.node(Node::YieldFrom, loc, [self.expr(value)?]),
            ExprKind::Compare { left, ops, comparators } => {
                let ops = many(ops, |op| Ok(self.singleton(comparison(*op))))?;
                self.node(Node::Compare, loc, [self.expr(left)?, ops, self.exprs(comparators)?])
            }
            ExprKind::Call { func, args, keywords } => {
                let values = [self.expr(func)?, self.exprs(args)?, many(keywords, |k| self.keyword(k))?];
                self.node(Node::Call, loc, values)
            }
            ExprKind::FormattedValue { value, conversion: c, format_spec } => {
                self.node(Node::FormattedValue, loc, [self.expr(value)?, conversion(c), self.opt(format_spec.as_deref())?])
            }
            ExprKind::Interpolation { value, text, conversion: c, format_spec } => {
                let values = [self.expr(value)?, code::constant(text), conversion(c), self.opt(format_spec.as_deref())?];
                self.node(Node::Interpolation, loc, values)
            }
            ExprKind::JoinedStr(values) => self.node(Node::JoinedStr, loc, [self.exprs(values)?]),
            ExprKind::TemplateStr(values) => self.node(Node::TemplateStr, loc, [self.exprs(values)?]),
            ExprKind::Constant { value, unicode_prefix } => {
                let kind = if *unicode_prefix { str::intern("u") } else { Value::NONE };
                self.node(Node::Constant, loc, [code::constant(value), kind])
            }
            ExprKind::Attribute { value, attr, ctx } => {
                self.node(Node::Attribute, loc, [self.expr(value)?, name(attr), self.context(*ctx)])
            }
            ExprKind::Subscript { value, slice, ctx } => {
                self.node(Node::Subscript, loc, [self.expr(value)?, self.expr(slice)?, self.context(*ctx)])
            }
            ExprKind::Starred { value, ctx } => self.node(Node::Starred, loc, [self.expr(value)?, self.context(*ctx)]),
            ExprKind::Name { id, ctx } => self.node(Node::Name, loc, [name(id), self.context(*ctx)]),
            ExprKind::List { elts, ctx } => self.node(Node::List, loc, [self.exprs(elts)?, self.context(*ctx)]),
            ExprKind::Tuple { elts, ctx } => self.node(Node::Tuple, loc, [self.exprs(elts)?, self.context(*ctx)]),
            ExprKind::Slice { lower, upper, step } => {
                let values = [self.opt(lower.as_deref())?, self.opt(upper.as_deref())?, self.opt(step.as_deref())?];
                self.node(Node::Slice, loc, values)
            }
        })
    }

    fn comp(&self, c: &Comp, loc: Location) -> Res {
        let generators = |c: &Comp| {
            many(&c.generators, |g| {
                let values = [self.expr(&g.target)?, self.expr(&g.iter)?, self.exprs(&g.ifs)?, Value::int(i64::from(g.is_async))];
                Ok(self.bare(Node::comprehension, values))
            })
        };
        let elt = self.expr(&c.elt)?;
        let node = match c.kind {
            CompKind::Dict => return Ok(self.node(Node::DictComp, loc, [elt, self.opt(c.value.as_ref())?, generators(c)?])),
            CompKind::Generator => Node::GeneratorExp,
            CompKind::List => Node::ListComp,
            CompKind::Set => Node::SetComp,
        };
        Ok(self.node(node, loc, [elt, generators(c)?]))
    }

    fn context(&self, ctx: Context) -> Value {
        self.singleton(match ctx {
            Context::Load => Node::Load,
            Context::Store => Node::Store,
            Context::Del => Node::Del,
        })
    }

    fn arguments(&self, a: &Arguments) -> Res {
        let one = |a: &Option<Box<Arg>>| a.as_ref().map_or(Ok(Value::NONE), |a| self.arg(a));
        let all = |a: &[Arg]| many(a, |a| self.arg(a));
        let kw_defaults = many(&a.kw_defaults, |d| self.opt(d.as_ref()))?;
        let values = [
            all(&a.posonlyargs)?,
            all(&a.args)?,
            one(&a.vararg)?,
            all(&a.kwonlyargs)?,
            kw_defaults,
            one(&a.kwarg)?,
            self.exprs(&a.defaults)?,
        ];
        Ok(self.bare(Node::arguments, values))
    }

    fn arg(&self, a: &Arg) -> Res {
        Ok(self.node(Node::arg, a.loc, [name(&a.arg), self.opt(a.annotation.as_ref())?, self.comment(a.loc)]))
    }

    fn keyword(&self, k: &Keyword) -> Res {
        Ok(self.node(Node::keyword, k.loc, [opt_name(&k.arg), self.expr(&k.value)?]))
    }

    fn aliases(&self, all: &[Alias]) -> Res {
        many(all, |a| Ok(self.node(Node::alias, a.loc, [name(&a.name), opt_name(&a.asname)])))
    }

    fn type_params(&self, all: &[TypeParam]) -> Res {
        many(all, |p| {
            let default = self.opt(p.default.as_ref())?;
            Ok(match p.kind {
                TypeParamKind::TypeVar => self.node(Node::TypeVar, p.loc, [name(&p.name), self.opt(p.bound.as_ref())?, default]),
                TypeParamKind::ParamSpec => self.node(Node::ParamSpec, p.loc, [name(&p.name), default]),
                TypeParamKind::TypeVarTuple => self.node(Node::TypeVarTuple, p.loc, [name(&p.name), default]),
            })
        })
    }

    fn patterns(&self, all: &[Pattern]) -> Res {
        many(all, |p| self.pattern(p))
    }

    fn pattern(&self, p: &Pattern) -> Res {
        check_native_stack(" during ast construction")?;
        let loc = p.loc;
        Ok(match &p.kind {
            PatternKind::Value(e) => self.node(Node::MatchValue, loc, [self.expr(e)?]),
            PatternKind::Singleton(c) => self.node(Node::MatchSingleton, loc, [code::constant(c)]),
            PatternKind::Sequence(all) => self.node(Node::MatchSequence, loc, [self.patterns(all)?]),
            PatternKind::Mapping { keys, patterns, rest } => {
                self.node(Node::MatchMapping, loc, [self.exprs(keys)?, self.patterns(patterns)?, opt_name(rest)])
            }
            PatternKind::Class { cls, patterns, kwd_attrs, kwd_patterns } => {
                let attrs = many(kwd_attrs, |n| Ok(name(n)))?;
                let values = [self.expr(cls)?, self.patterns(patterns)?, attrs, self.patterns(kwd_patterns)?];
                self.node(Node::MatchClass, loc, values)
            }
            PatternKind::Star(n) => self.node(Node::MatchStar, loc, [opt_name(n)]),
            PatternKind::As { pattern, name: n } => {
                let inner = pattern.as_ref().map_or(Ok(Value::NONE), |p| self.pattern(p))?;
                self.node(Node::MatchAs, loc, [inner, opt_name(n)])
            }
            PatternKind::Or(all) => self.node(Node::MatchOr, loc, [self.patterns(all)?]),
        })
    }
}

fn operator(op: Operator) -> Node {
    match op {
        Operator::Add => Node::Add,
        Operator::Sub => Node::Sub,
        Operator::Mult => Node::Mult,
        Operator::MatMult => Node::MatMult,
        Operator::Div => Node::Div,
        Operator::Mod => Node::Mod,
        Operator::Pow => Node::Pow,
        Operator::LShift => Node::LShift,
        Operator::RShift => Node::RShift,
        Operator::BitOr => Node::BitOr,
        Operator::BitXor => Node::BitXor,
        Operator::BitAnd => Node::BitAnd,
        Operator::FloorDiv => Node::FloorDiv,
    }
}

fn unary(op: UnaryOp) -> Node {
    match op {
        UnaryOp::Invert => Node::Invert,
        UnaryOp::Not => Node::Not,
        UnaryOp::UAdd => Node::UAdd,
        UnaryOp::USub => Node::USub,
    }
}

fn comparison(op: CmpOp) -> Node {
    match op {
        CmpOp::Eq => Node::Eq,
        CmpOp::NotEq => Node::NotEq,
        CmpOp::Lt => Node::Lt,
        CmpOp::LtE => Node::LtE,
        CmpOp::Gt => Node::Gt,
        CmpOp::GtE => Node::GtE,
        CmpOp::Is => Node::Is,
        CmpOp::IsNot => Node::IsNot,
        CmpOp::In => Node::In,
        CmpOp::NotIn => Node::NotIn,
    }
}
