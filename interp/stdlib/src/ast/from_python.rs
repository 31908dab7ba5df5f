//! Python objects as the compiler's tree.

use super::classes::{Classes, classes};
use super::node::AST;
use super::schema::Node;
use std::cell::Cell;
use weft_compiler::ast::*;
use weft_compiler::code::Constant;
use weft_compiler::instruction::Location;
use weft_vm::protocol::attr;
use weft_vm::thread::check_native_stack;
use weft_vm::types::text::Text;
use weft_vm::types::{bytes, complex, float, int, list, set, str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{exc, protocol};

/// Refuses a node that is not the root of a tree of the wanted kind.
pub fn check_root(v: &Value, wanted: Node) -> Res<()> {
    Reader { classes: classes()?, next_key: Cell::new(0), depth: Cell::new(0), deepest: Cell::new(0) }.root(v, wanted)
}

/// The tree of a `Module`, `Interactive` or `Expression` object, and how deep it is.
pub fn module(v: &Value, wanted: Node) -> Res<(Module, u32)> {
    let r = Reader { classes: classes()?, next_key: Cell::new(ScopeKey::SPAN), depth: Cell::new(0), deepest: Cell::new(0) };
    r.root(v, wanted)?;
    let module = match wanted {
        Node::Expression => Module::Expression(Box::new(r.expr_in(v, wanted, 0)?)),
        Node::Interactive => Module::Interactive(r.stmts(v, wanted, 0)?),
        _ => Module::Module(r.stmts(v, wanted, 0)?),
    };
    Ok((module, r.deepest.get()))
}

struct Reader {
    classes: &'static Classes,
    next_key: Cell<u32>,
    depth: Cell<u32>,
    deepest: Cell<u32>,
}

fn boxed<T>(r: Res<T>) -> Res<Box<T>> {
    r.map(Box::new)
}

impl Reader {
    fn key(&self) -> ScopeKey {
        let key = self.next_key.get();
        self.next_key.set(key + ScopeKey::SPAN);
        ScopeKey(key)
    }

    fn root(&self, v: &Value, wanted: Node) -> Res<()> {
        if self.kind(v, wanted)? != wanted {
            let wanted = self.classes.of(wanted).name;
            return Err(exc::type_error(format!("expected {wanted} node, got {}", v.class().name())));
        }
        Ok(())
    }

    /// Which concrete class a node is of. Classes derived from one count as it, in the order of the schema.
    fn kind(&self, v: &Value, group_of: Node) -> Res<Node> {
        let mut class = Some(v.class());
        while let Some(c) = class {
            if let Some(node) = self.classes.node_of(c) {
                return Ok(node);
            }
            class = c.base();
        }
        self.unexpected(v, self.classes.of(group_of).group)
    }

    fn unexpected<T>(&self, v: &Value, group: &str) -> Res<T> {
        let text = Text::new().add(&format!("expected some sort of {group}, but got ")).repr(v)?;
        Err(exc::raise_args(types().type_error, &[text.finish()]))
    }

    // --- fields ----------------------------------------------------------------------------------------------------

    fn opt_field(&self, v: &Value, node: Node, i: usize) -> Res<Option<Value>> {
        let field = &self.classes.of(node).fields[i].0;
        Ok(attr::getattr_opt(v, field)?.filter(|x| !x.is_none()))
    }

    /// A field that must be there, though it may be None.
    fn raw_field(&self, v: &Value, node: Node, i: usize) -> Res {
        let class = self.classes.of(node);
        let (name, spec) = &class.fields[i];
        match attr::getattr_opt(v, name)? {
            Some(x) => Ok(x),
            None => Err(exc::type_error(format!("required field \"{}\" missing from {}", spec.name, class.name))),
        }
    }

    fn field(&self, v: &Value, node: Node, i: usize) -> Res {
        let x = self.raw_field(v, node, i)?;
        if x.is_none() {
            let class = self.classes.of(node);
            return Err(exc::value_error(format!("field '{}' is required for {}", class.fields[i].1.name, class.name)));
        }
        Ok(x)
    }

    /// The items of a list field; a missing one is empty.
    fn items(&self, v: &Value, node: Node, i: usize) -> Res<Vec<Value>> {
        let class = self.classes.of(node);
        let (name, spec) = &class.fields[i];
        let Some(all) = attr::getattr_opt(v, name)? else { return Ok(Vec::new()) };
        if !all.is_instance(types().list) {
            return Err(exc::type_error(format!(
                "{} field \"{}\" must be a list, not a {}",
                class.name,
                spec.name,
                all.class().full_name()
            )));
        }
        Ok(list::to_vec(&all))
    }

    fn many<T>(&self, v: &Value, node: Node, i: usize, mut read: impl FnMut(&Value) -> Res<T>) -> Res<Vec<T>> {
        self.items(v, node, i)?.iter().map(&mut read).collect()
    }

    fn stmts(&self, v: &Value, node: Node, i: usize) -> Res<Vec<Stmt>> {
        self.many(v, node, i, |s| {
            if s.is_none() {
                return Err(exc::value_error("None disallowed in statement list"));
            }
            self.stmt(s)
        })
    }

    fn exprs(&self, v: &Value, node: Node, i: usize) -> Res<Vec<Expr>> {
        self.many(v, node, i, |e| {
            if e.is_none() {
                return Err(exc::value_error("None disallowed in expression list"));
            }
            self.expr(e)
        })
    }

    fn opt_exprs(&self, v: &Value, node: Node, i: usize) -> Res<Vec<Option<Expr>>> {
        self.many(v, node, i, |e| if e.is_none() { Ok(None) } else { self.expr(e).map(Some) })
    }

    fn expr_in(&self, v: &Value, node: Node, i: usize) -> Res<Expr> {
        self.expr(&self.field(v, node, i)?)
    }

    fn opt_expr(&self, v: &Value, node: Node, i: usize) -> Res<Option<Expr>> {
        self.opt_field(v, node, i)?.map(|e| self.expr(&e)).transpose()
    }

    fn opt_boxed(&self, v: &Value, node: Node, i: usize) -> Res<Option<Box<Expr>>> {
        Ok(self.opt_expr(v, node, i)?.map(Box::new))
    }

    fn name(&self, v: &Value) -> Res<Name> {
        if !str::is_exact(v) {
            return Err(exc::type_error("AST identifier must be of type str"));
        }
        Ok(Name::from(&*str::as_utf8(v)?))
    }

    fn name_in(&self, v: &Value, node: Node, i: usize) -> Res<Name> {
        self.name(&self.field(v, node, i)?)
    }

    fn opt_name(&self, v: &Value, node: Node, i: usize) -> Res<Option<Name>> {
        self.opt_field(v, node, i)?.map(|n| self.name(&n)).transpose()
    }

    fn int(&self, v: &Value) -> Res<i32> {
        if !int::is_int(v) {
            let text = Text::new().add("invalid integer value: ").repr(v)?;
            return Err(exc::raise_args(types().value_error, &[text.finish()]));
        }
        weft_vm::types::bounds::c_int_arg(v)
    }

    fn int_in(&self, v: &Value, node: Node, i: usize) -> Res<i32> {
        self.int(&self.raw_field(v, node, i)?)
    }

    /// Where a node is. Missing ends are the beginnings.
    fn loc(&self, v: &Value, node: Node) -> Res<Location> {
        let [line, col, end_line, end_col] = &self.classes.place;
        let required = |name: &Value| match attr::getattr_opt(v, name)? {
            Some(n) => self.int(&n),
            None => Err(exc::type_error(format!("required field \"{}\" missing from {}", str::display(name), self.classes.of(node).name))),
        };
        let optional = |name: &Value, otherwise: i32| match attr::getattr_opt(v, name)? {
            Some(n) if !n.is_none() => self.int(&n),
            _ => Ok(otherwise),
        };
        let (line, col) = (required(line)?, required(col)?);
        Ok(Location { line, col, end_line: optional(end_line, line)?, end_col: optional(end_col, col)? })
    }

    fn enter(&self) -> Res<()> {
        check_native_stack(" during ast construction")?;
        self.depth.set(self.depth.get() + 1);
        self.deepest.set(self.deepest.get().max(self.depth.get()));
        Ok(())
    }

    fn leave(&self) {
        self.depth.set(self.depth.get() - 1);
    }

    // --- statements ------------------------------------------------------------------------------------------------

    fn stmt(&self, v: &Value) -> Res<Stmt> {
        self.enter()?;
        let n = self.kind(v, Node::Pass)?;
        let loc = if self.classes.of(n).group == "stmt" { self.loc(v, n)? } else { return self.unexpected(v, "stmt") };
        let kind = self.stmt_kind(v, n)?;
        self.leave();
        Ok(Stmt { kind, loc })
    }

    fn stmt_kind(&self, v: &Value, n: Node) -> Res<StmtKind> {
        Ok(match n {
            Node::FunctionDef | Node::AsyncFunctionDef => StmtKind::FunctionDef(Box::new(FunctionDef {
                key: self.key(),
                is_async: n == Node::AsyncFunctionDef,
                name: self.name_in(v, n, 0)?,
                args: self.arguments(&self.field(v, n, 1)?)?,
                body: self.stmts(v, n, 2)?,
                decorators: self.exprs(v, n, 3)?,
                returns: self.opt_boxed(v, n, 4)?,
                type_params: self.type_params(v, n, 6)?,
            })),
            Node::ClassDef => StmtKind::ClassDef(Box::new(ClassDef {
                key: self.key(),
                name: self.name_in(v, n, 0)?,
                bases: self.exprs(v, n, 1)?,
                keywords: self.many(v, n, 2, |k| self.keyword(k))?,
                body: self.stmts(v, n, 3)?,
                decorators: self.exprs(v, n, 4)?,
                type_params: self.type_params(v, n, 5)?,
            })),
            Node::Return => StmtKind::Return(self.opt_boxed(v, n, 0)?),
            Node::Delete => StmtKind::Delete(self.exprs(v, n, 0)?),
            Node::Assign => StmtKind::Assign { targets: self.exprs(v, n, 0)?, value: boxed(self.expr_in(v, n, 1))? },
            Node::TypeAlias => {
                let Expr { kind: ExprKind::Name { id, .. }, loc } = self.expr_in(v, n, 0)? else {
                    return Err(exc::type_error("TypeAlias with non-Name name"));
                };
                let (type_params, value) = (self.type_params(v, n, 1)?, self.expr_in(v, n, 2)?);
                StmtKind::TypeAlias(Box::new(TypeAlias { key: self.key(), name: id, name_loc: loc, type_params, value }))
            }
            Node::AugAssign => {
                let op = operator(self.kind(&self.field(v, n, 1)?, Node::Add)?);
                let Some(op) = op else { return self.unexpected(&self.field(v, n, 1)?, "operator") };
                StmtKind::AugAssign { target: boxed(self.expr_in(v, n, 0))?, op, value: boxed(self.expr_in(v, n, 2))? }
            }
            Node::AnnAssign => StmtKind::AnnAssign(Box::new(AnnAssign {
                target: self.expr_in(v, n, 0)?,
                annotation: self.expr_in(v, n, 1)?,
                value: self.opt_expr(v, n, 2)?,
                simple: self.int_in(v, n, 3)? != 0,
            })),
            Node::For | Node::AsyncFor => StmtKind::For(Box::new(For {
                is_async: n == Node::AsyncFor,
                target: self.expr_in(v, n, 0)?,
                iter: self.expr_in(v, n, 1)?,
                body: self.stmts(v, n, 2)?,
                orelse: self.stmts(v, n, 3)?,
            })),
            Node::While => {
                StmtKind::While { test: boxed(self.expr_in(v, n, 0))?, body: self.stmts(v, n, 1)?, orelse: self.stmts(v, n, 2)? }
            }
            Node::If => StmtKind::If { test: boxed(self.expr_in(v, n, 0))?, body: self.stmts(v, n, 1)?, orelse: self.stmts(v, n, 2)? },
            Node::With | Node::AsyncWith => {
                let items = self.many(v, n, 0, |i| {
                    self.product(i, Node::withitem)?;
                    Ok(WithItem { context_expr: self.expr_in(i, Node::withitem, 0)?, optional_vars: self.opt_expr(i, Node::withitem, 1)? })
                })?;
                StmtKind::With { is_async: n == Node::AsyncWith, items, body: self.stmts(v, n, 1)? }
            }
            Node::Match => {
                let subject = boxed(self.expr_in(v, n, 0))?;
                let case = Node::match_case;
                let cases = self.many(v, n, 1, |c| {
                    self.product(c, case)?;
                    Ok(MatchCase {
                        pattern: self.pattern(&self.field(c, case, 0)?)?,
                        guard: self.opt_expr(c, case, 1)?,
                        body: self.stmts(c, case, 2)?,
                    })
                })?;
                StmtKind::Match { subject, cases }
            }
            Node::Raise => StmtKind::Raise { exc: self.opt_boxed(v, n, 0)?, cause: self.opt_boxed(v, n, 1)? },
            Node::Try | Node::TryStar => {
                let handler = Node::ExceptHandler;
                let body = self.stmts(v, n, 0)?;
                let handlers = self.many(v, n, 1, |h| {
                    if self.kind(h, handler)? != handler {
                        return self.unexpected(h, "excepthandler");
                    }
                    let (typ, name) = (self.opt_expr(h, handler, 0)?, self.opt_name(h, handler, 1)?);
                    Ok(ExceptHandler { typ, name, body: self.stmts(h, handler, 2)?, loc: self.loc(h, handler)? })
                })?;
                let (orelse, finalbody) = (self.stmts(v, n, 2)?, self.stmts(v, n, 3)?);
                StmtKind::Try(Box::new(Try { is_star: n == Node::TryStar, body, handlers, orelse, finalbody }))
            }
            Node::Assert => StmtKind::Assert { test: boxed(self.expr_in(v, n, 0))?, msg: self.opt_boxed(v, n, 1)? },
            Node::Import => StmtKind::Import(self.aliases(v, n, 0)?),
            Node::ImportFrom => {
                let level = self.opt_field(v, n, 2)?.map_or(Ok(0), |l| self.int(&l))?;
                let Ok(level) = u32::try_from(level) else { return Err(exc::value_error("Negative ImportFrom level")) };
                StmtKind::ImportFrom { module: self.opt_name(v, n, 0)?, names: self.aliases(v, n, 1)?, level }
            }
            Node::Global => StmtKind::Global(self.many(v, n, 0, |x| self.name(x))?),
            Node::Nonlocal => StmtKind::Nonlocal(self.many(v, n, 0, |x| self.name(x))?),
            Node::Expr => StmtKind::Expr(boxed(self.expr_in(v, n, 0))?),
            Node::Pass => StmtKind::Pass,
            Node::Break => StmtKind::Break,
            Node::Continue => StmtKind::Continue,
            _ => return self.unexpected(v, "stmt"),
        })
    }

    /// Refuses what is not of a class that is alone in its group.
    fn product(&self, v: &Value, node: Node) -> Res<()> {
        if self.kind(v, node)? == node { Ok(()) } else { self.unexpected(v, self.classes.of(node).group) }
    }

    fn aliases(&self, v: &Value, node: Node, i: usize) -> Res<Vec<Alias>> {
        self.many(v, node, i, |a| {
            self.product(a, Node::alias)?;
            Ok(Alias { name: self.name_in(a, Node::alias, 0)?, asname: self.opt_name(a, Node::alias, 1)?, loc: self.loc(a, Node::alias)? })
        })
    }

    fn keyword(&self, v: &Value) -> Res<Keyword> {
        self.product(v, Node::keyword)?;
        Ok(Keyword {
            arg: self.opt_name(v, Node::keyword, 0)?,
            value: self.expr_in(v, Node::keyword, 1)?,
            loc: self.loc(v, Node::keyword)?,
        })
    }

    fn arg(&self, v: &Value) -> Res<Arg> {
        self.product(v, Node::arg)?;
        Ok(Arg { arg: self.name_in(v, Node::arg, 0)?, annotation: self.opt_expr(v, Node::arg, 1)?, loc: self.loc(v, Node::arg)? })
    }

    fn arguments(&self, v: &Value) -> Res<Arguments> {
        let n = Node::arguments;
        self.product(v, n)?;
        let one = |i| Ok(self.opt_field(v, n, i)?.map(|a| self.arg(&a)).transpose()?.map(Box::new));
        let all = |i| self.many(v, n, i, |a| self.arg(a));
        Ok(Arguments {
            posonlyargs: all(0)?,
            args: all(1)?,
            vararg: one(2)?,
            kwonlyargs: all(3)?,
            kw_defaults: self.opt_exprs(v, n, 4)?,
            kwarg: one(5)?,
            defaults: self.exprs(v, n, 6)?,
        })
    }

    fn type_params(&self, v: &Value, node: Node, i: usize) -> Res<Vec<TypeParam>> {
        self.many(v, node, i, |p| {
            let n = self.kind(p, Node::TypeVar)?;
            let (kind, bound, default) = match n {
                Node::TypeVar => (TypeParamKind::TypeVar, self.opt_expr(p, n, 1)?, 2),
                Node::ParamSpec => (TypeParamKind::ParamSpec, None, 1),
                Node::TypeVarTuple => (TypeParamKind::TypeVarTuple, None, 1),
                _ => return self.unexpected(p, "type_param"),
            };
            let (name, default) = (self.name_in(p, n, 0)?, self.opt_expr(p, n, default)?);
            Ok(TypeParam { key: self.key(), kind, name, bound, default, loc: self.loc(p, n)? })
        })
    }

    // --- expressions -----------------------------------------------------------------------------------------------

    fn expr(&self, v: &Value) -> Res<Expr> {
        self.enter()?;
        let n = self.kind(v, Node::Name)?;
        let loc = if self.classes.of(n).group == "expr" { self.loc(v, n)? } else { return self.unexpected(v, "expr") };
        let kind = self.expr_kind(v, n)?;
        self.leave();
        Ok(Expr { kind, loc })
    }

    fn expr_kind(&self, v: &Value, n: Node) -> Res<ExprKind> {
        Ok(match n {
            Node::BoolOp => {
                let op = self.field(v, n, 0)?;
                let is_and = match self.kind(&op, Node::And)? {
                    Node::And => true,
                    Node::Or => false,
                    _ => return self.unexpected(&op, "boolop"),
                };
                ExprKind::BoolOp { is_and, values: self.exprs(v, n, 1)? }
            }
            Node::NamedExpr => ExprKind::NamedExpr { target: boxed(self.expr_in(v, n, 0))?, value: boxed(self.expr_in(v, n, 1))? },
            Node::BinOp => {
                let op = self.field(v, n, 1)?;
                let Some(known) = operator(self.kind(&op, Node::Add)?) else { return self.unexpected(&op, "operator") };
                ExprKind::BinOp { left: boxed(self.expr_in(v, n, 0))?, op: known, right: boxed(self.expr_in(v, n, 2))? }
            }
            Node::UnaryOp => {
                let op = self.field(v, n, 0)?;
                let known = match self.kind(&op, Node::Not)? {
                    Node::Invert => UnaryOp::Invert,
                    Node::Not => UnaryOp::Not,
                    Node::UAdd => UnaryOp::UAdd,
                    Node::USub => UnaryOp::USub,
                    _ => return self.unexpected(&op, "unaryop"),
                };
                ExprKind::UnaryOp { op: known, operand: boxed(self.expr_in(v, n, 1))? }
            }
            Node::Lambda => {
                let key = self.key();
                ExprKind::Lambda { key, args: boxed(self.arguments(&self.field(v, n, 0)?))?, body: boxed(self.expr_in(v, n, 1))? }
            }
            Node::IfExp => ExprKind::IfExp {
                test: boxed(self.expr_in(v, n, 0))?,
                body: boxed(self.expr_in(v, n, 1))?,
                orelse: boxed(self.expr_in(v, n, 2))?,
            },
            Node::Dict => ExprKind::Dict { keys: self.opt_exprs(v, n, 0)?, values: self.exprs(v, n, 1)? },
            Node::Set => ExprKind::Set(self.exprs(v, n, 0)?),
            Node::ListComp => self.comp(v, n, CompKind::List)?,
            Node::SetComp => self.comp(v, n, CompKind::Set)?,
            Node::DictComp => self.comp(v, n, CompKind::Dict)?,
            Node::GeneratorExp => self.comp(v, n, CompKind::Generator)?,
            Node::Await => ExprKind::Await(boxed(self.expr_in(v, n, 0))?),
            Node::Yield => ExprKind::Yield(self.opt_boxed(v, n, 0)?),
            Node::YieldFrom => ExprKind::YieldFrom(boxed(self.expr_in(v, n, 0))?),
            Node::Compare => {
                let ops = self.many(v, n, 1, |op| match comparison(self.kind(op, Node::Eq)?) {
                    Some(known) => Ok(known),
                    None => self.unexpected(op, "cmpop"),
                })?;
                ExprKind::Compare { left: boxed(self.expr_in(v, n, 0))?, ops, comparators: self.exprs(v, n, 2)? }
            }
            Node::Call => ExprKind::Call {
                func: boxed(self.expr_in(v, n, 0))?,
                args: self.exprs(v, n, 1)?,
                keywords: self.many(v, n, 2, |k| self.keyword(k))?,
            },
            Node::FormattedValue => ExprKind::FormattedValue {
                value: boxed(self.expr_in(v, n, 0))?,
                conversion: self.conversion(v, n, 1)?,
                format_spec: self.opt_boxed(v, n, 2)?,
            },
            Node::Interpolation => ExprKind::Interpolation {
                value: boxed(self.expr_in(v, n, 0))?,
                text: self.constant(&self.raw_field(v, n, 1)?)?,
                conversion: self.conversion(v, n, 2)?,
                format_spec: self.opt_boxed(v, n, 3)?,
            },
            Node::JoinedStr => ExprKind::JoinedStr(self.exprs(v, n, 0)?),
            Node::TemplateStr => ExprKind::TemplateStr(self.exprs(v, n, 0)?),
            Node::Constant => {
                let unicode_prefix = match self.opt_field(v, n, 1)? {
                    Some(kind) if !str::is_str(&kind) => return Err(exc::type_error("AST string must be of type str")),
                    kind => kind.is_some_and(|k| str::display(&k) == "u"),
                };
                ExprKind::Constant { value: self.constant(&self.raw_field(v, n, 0)?)?, unicode_prefix }
            }
            Node::Attribute => {
                ExprKind::Attribute { value: boxed(self.expr_in(v, n, 0))?, attr: self.name_in(v, n, 1)?, ctx: self.context(v, n, 2)? }
            }
            Node::Subscript => ExprKind::Subscript {
                value: boxed(self.expr_in(v, n, 0))?,
                slice: boxed(self.expr_in(v, n, 1))?,
                ctx: self.context(v, n, 2)?,
            },
            Node::Starred => ExprKind::Starred { value: boxed(self.expr_in(v, n, 0))?, ctx: self.context(v, n, 1)? },
            Node::Name => ExprKind::Name { id: self.name_in(v, n, 0)?, ctx: self.context(v, n, 1)? },
            Node::List => ExprKind::List { elts: self.exprs(v, n, 0)?, ctx: self.context(v, n, 1)? },
            Node::Tuple => ExprKind::Tuple { elts: self.exprs(v, n, 0)?, ctx: self.context(v, n, 1)? },
            Node::Slice => {
                ExprKind::Slice { lower: self.opt_boxed(v, n, 0)?, upper: self.opt_boxed(v, n, 1)?, step: self.opt_boxed(v, n, 2)? }
            }
            _ => return self.unexpected(v, "expr"),
        })
    }

    fn comp(&self, v: &Value, n: Node, kind: CompKind) -> Res<ExprKind> {
        let key = self.key();
        let elt = self.expr_in(v, n, 0)?;
        let is_dict = kind == CompKind::Dict;
        let value = if is_dict { Some(self.expr_in(v, n, 1)?) } else { None };
        let g = Node::comprehension;
        let generators = self.many(v, n, if is_dict { 2 } else { 1 }, |c| {
            self.product(c, g)?;
            let (target, iter) = (self.expr_in(c, g, 0)?, self.expr_in(c, g, 1)?);
            Ok(Comprehension { target, iter, ifs: self.exprs(c, g, 2)?, is_async: self.int_in(c, g, 3)? != 0 })
        })?;
        Ok(ExprKind::Comp(Box::new(Comp { key, kind, elt, value, generators })))
    }

    fn context(&self, v: &Value, n: Node, i: usize) -> Res<Context> {
        // The grammar's default.
        let Some(ctx) = attr::getattr_opt(v, &self.classes.of(n).fields[i].0)? else { return Ok(Context::Load) };
        match self.kind(&ctx, Node::Load)? {
            Node::Load => Ok(Context::Load),
            Node::Store => Ok(Context::Store),
            Node::Del => Ok(Context::Del),
            _ => self.unexpected(&ctx, "expr_context"),
        }
    }

    fn conversion(&self, v: &Value, n: Node, i: usize) -> Res<Option<char>> {
        match self.int_in(v, n, i)? {
            -1 => Ok(None),
            c @ (0x61 | 0x72 | 0x73) => Ok(char::from_u32(c as u32)),
            c => Err(exc::system_error(format!("Unrecognized conversion character {c}"))),
        }
    }

    fn constant(&self, v: &Value) -> Res<Constant> {
        check_native_stack(" during compilation")?;
        let t = types();
        let class = v.class();
        let is = |c| std::ptr::eq(class, c);
        Ok(if v.is_none() {
            Constant::None
        } else if v.is(&Value::ELLIPSIS) {
            Constant::Ellipsis
        } else if is(t.bool) {
            Constant::Bool(v.is(&Value::TRUE))
        } else if is(t.int) {
            Constant::Int(int::to_bigint(v))
        } else if let Some(x) = float::as_f64(v).filter(|_| is(t.float)) {
            Constant::Float(x)
        } else if let Some(parts) = complex::as_parts(v).filter(|_| is(t.complex)) {
            Constant::Complex(parts.re, parts.im)
        } else if is(t.str) {
            Constant::Str(str::to_wtf8(v).into())
        } else if is(t.bytes) {
            Constant::Bytes(bytes::as_slice(v).to_vec())
        } else if is(t.tuple) {
            Constant::Tuple(tuple::items(v).iter().map(|x| self.constant(x)).collect::<Res<_>>()?)
        } else if is(t.frozenset) {
            Constant::FrozenSet(set::items(v).iter().map(|x| self.constant(x)).collect::<Res<_>>()?)
        } else {
            return Err(exc::type_error(format!("got an invalid type in Constant: {}", class.full_name())));
        })
    }

    // --- patterns --------------------------------------------------------------------------------------------------

    fn patterns(&self, v: &Value, n: Node, i: usize) -> Res<Vec<Pattern>> {
        self.many(v, n, i, |p| self.pattern(p))
    }

    fn pattern(&self, v: &Value) -> Res<Pattern> {
        self.enter()?;
        let n = self.kind(v, Node::MatchAs)?;
        if self.classes.of(n).group != "pattern" {
            return self.unexpected(v, "pattern");
        }
        let loc = self.loc(v, n)?;
        let kind = match n {
            Node::MatchValue => PatternKind::Value(boxed(self.expr_in(v, n, 0))?),
            Node::MatchSingleton => PatternKind::Singleton(self.constant(&self.raw_field(v, n, 0)?)?),
            Node::MatchSequence => PatternKind::Sequence(self.patterns(v, n, 0)?),
            Node::MatchMapping => {
                PatternKind::Mapping { keys: self.exprs(v, n, 0)?, patterns: self.patterns(v, n, 1)?, rest: self.opt_name(v, n, 2)? }
            }
            Node::MatchClass => PatternKind::Class {
                cls: boxed(self.expr_in(v, n, 0))?,
                patterns: self.patterns(v, n, 1)?,
                kwd_attrs: self.many(v, n, 2, |x| self.name(x))?,
                kwd_patterns: self.patterns(v, n, 3)?,
            },
            Node::MatchStar => PatternKind::Star(self.opt_name(v, n, 0)?),
            Node::MatchAs => {
                let pattern = self.opt_field(v, n, 0)?.map(|p| boxed(self.pattern(&p))).transpose()?;
                PatternKind::As { pattern, name: self.opt_name(v, n, 1)? }
            }
            Node::MatchOr => PatternKind::Or(self.patterns(v, n, 0)?),
            _ => return self.unexpected(v, "pattern"),
        };
        self.leave();
        Ok(Pattern { kind, loc })
    }
}

fn operator(n: Node) -> Option<Operator> {
    Some(match n {
        Node::Add => Operator::Add,
        Node::Sub => Operator::Sub,
        Node::Mult => Operator::Mult,
        Node::MatMult => Operator::MatMult,
        Node::Div => Operator::Div,
        Node::Mod => Operator::Mod,
        Node::Pow => Operator::Pow,
        Node::LShift => Operator::LShift,
        Node::RShift => Operator::RShift,
        Node::BitOr => Operator::BitOr,
        Node::BitXor => Operator::BitXor,
        Node::BitAnd => Operator::BitAnd,
        Node::FloorDiv => Operator::FloorDiv,
        _ => return None,
    })
}

fn comparison(n: Node) -> Option<CmpOp> {
    Some(match n {
        Node::Eq => CmpOp::Eq,
        Node::NotEq => CmpOp::NotEq,
        Node::Lt => CmpOp::Lt,
        Node::LtE => CmpOp::LtE,
        Node::Gt => CmpOp::Gt,
        Node::GtE => CmpOp::GtE,
        Node::Is => CmpOp::Is,
        Node::IsNot => CmpOp::IsNot,
        Node::In => CmpOp::In,
        Node::NotIn => CmpOp::NotIn,
        _ => return None,
    })
}

/// Whether the value is a node.
pub fn is_node(v: &Value) -> Res<bool> {
    if v.is_instance(AST.get()) { Ok(true) } else { protocol::isinstance(v, &AST.get().value()) }
}
