//! The first pass: collects what the tree says of each name. Here: the table itself and the plain statements.

use super::*;
use symbol::*;

pub(super) type Result = std::result::Result<(), CompileError>;

/// Collects the scopes of a module.
pub(super) fn build(module: &Module, future: &Future) -> std::result::Result<Symtable, CompileError> {
    let mut builder = Builder {
        table: Symtable { scopes: Vec::new(), by_key: FxHashMap::default() },
        stack: Vec::new(),
        private: None,
        future: *future,
        implied: Implied::default(),
    };
    let nowhere = Location { line: 0, end_line: 0, col: 0, end_col: 0 };
    builder.enter("top".into(), BlockKind::Module, ScopeKey(0), nowhere)?;
    match module {
        Module::Module(body) => {
            builder.cur().has_docstring = docstring(body).is_some();
            builder.stmts(body)?;
        }
        Module::Interactive(body) => builder.stmts(body)?,
        Module::Expression(expr) => builder.expr(expr)?,
    }
    builder.exit();
    Ok(builder.table)
}

pub(super) struct Builder {
    pub(super) table: Symtable,
    pub(super) stack: Vec<ScopeId>,
    /// The class whose private names are mangled.
    pub(super) private: Option<Name>,
    pub(super) future: Future,
    pub(super) implied: Implied,
}

/// Names that come with almost every function, made once.
pub(super) struct Implied {
    pub(super) annotate: Name,
    pub(super) format: Name,
    pub(super) classdict: Name,
}

impl Default for Implied {
    fn default() -> Implied {
        Implied { annotate: "__annotate__".into(), format: ".format".into(), classdict: "__classdict__".into() }
    }
}

pub(super) fn error(message: impl Into<String>, loc: Location) -> Result {
    Err(CompileError::syntax(message, loc))
}

impl Builder {
    pub(super) fn cur_id(&self) -> ScopeId {
        *self.stack.last().expect("a scope is open")
    }

    pub(super) fn cur(&mut self) -> &mut Scope {
        let id = self.cur_id();
        self.table.scope_mut(id)
    }

    pub(super) fn new_scope(&mut self, name: Name, kind: BlockKind, key: ScopeKey, loc: Location) -> ScopeId {
        let parent = self.stack.last().map(|&id| self.table.scope(id));
        let nested = parent.is_some_and(|parent| parent.nested || parent.is_function_like());
        let method = kind == BlockKind::Function && parent.is_some_and(|parent| parent.kind == BlockKind::Class);
        let id = ScopeId(self.table.scopes.len() as u32);
        self.table.scopes.push(Scope {
            key,
            name,
            kind,
            symbols: IndexMap::with_capacity_and_hasher(8, FxBuildHasher),
            varnames: Vec::new(),
            children: Vec::new(),
            loc,
            nested,
            generator: false,
            coroutine: false,
            comprehension: None,
            varargs: false,
            varkeywords: false,
            annotations_used: false,
            has_docstring: false,
            method,
            needs_class_closure: false,
            needs_classdict: false,
            has_conditional_annotations: false,
            comp_inlined: false,
            can_see_class_scope: false,
            annotation_block: None,
            mangled_names: None,
            directives: Vec::new(),
            comp_iter_target: false,
            comp_iter_expr: 0,
            in_conditional_block: false,
            in_unevaluated_annotation: false,
            scope_info: None,
        });
        self.table.by_key.insert(key, id);
        id
    }

    pub(super) fn enter_existing(&mut self, id: ScopeId, add_to_children: bool) {
        let prev = self.stack.last().copied();
        self.stack.push(id);
        let kind = self.table.scope(id).kind;
        if let Some(prev) = prev {
            let prev = self.table.scope(prev);
            let comp_iter_expr = prev.comp_iter_expr;
            let mangled = prev.mangled_names.clone();
            let scope = self.table.scope_mut(id);
            scope.comp_iter_expr = comp_iter_expr;
            if mangled.is_some() && kind != BlockKind::Class {
                scope.mangled_names = mangled;
            }
        }
        // Annotations that are strings do not affect the table.
        if self.future.annotations() && kind == BlockKind::Annotation {
            return;
        }
        if add_to_children && let Some(prev) = prev {
            self.table.scope_mut(prev).children.push(id);
        }
    }

    pub(super) fn enter(&mut self, name: Name, kind: BlockKind, key: ScopeKey, loc: Location) -> Result {
        let id = self.new_scope(name, kind, key, loc);
        self.enter_existing(id, true);
        if matches!(kind, BlockKind::Annotation | BlockKind::TypeVariable | BlockKind::TypeAlias) {
            let format = self.implied.format.clone();
            self.add(&format, DEF_PARAM, loc)?;
            self.add(&format, USE, loc)?;
        }
        Ok(())
    }

    pub(super) fn exit(&mut self) {
        self.stack.pop();
    }

    pub(super) fn mangled(&self, name: &Name) -> Name {
        self.table.scope(self.cur_id()).maybe_mangle(self.private.as_ref(), name)
    }

    pub(super) fn lookup_in(&self, id: ScopeId, name: &Name) -> u32 {
        let scope = self.table.scope(id);
        scope.symbol(&scope.maybe_mangle(self.private.as_ref(), name))
    }

    pub(super) fn lookup(&self, name: &Name) -> u32 {
        self.lookup_in(self.cur_id(), name)
    }

    pub(super) fn add_to(&mut self, id: ScopeId, name: &Name, flag: u32, loc: Location) -> Result {
        let mangled = self.mangled(name);
        let scope = self.table.scope_mut(id);
        let value = scope.symbols.entry(mangled).or_insert(0);
        if flag & DEF_PARAM != 0 && *value & DEF_PARAM != 0 {
            return error(format!("duplicate argument '{name}' in function definition"), loc);
        }
        if flag & DEF_TYPE_PARAM != 0 && *value & DEF_TYPE_PARAM != 0 {
            return error(format!("duplicate type parameter '{name}'"), loc);
        }
        *value |= flag;
        if scope.comp_iter_target {
            if *value & (DEF_GLOBAL | DEF_NONLOCAL) != 0 {
                return error(format!("comprehension inner loop cannot rebind assignment expression target '{name}'"), loc);
            }
            *value |= DEF_COMP_ITER;
        }
        if flag & DEF_PARAM != 0 {
            let mangled = self.mangled(name);
            self.table.scope_mut(id).varnames.push(mangled);
        } else if flag & DEF_GLOBAL != 0 {
            let mangled = self.mangled(name);
            *self.table.scopes[0].symbols.entry(mangled).or_insert(0) |= flag;
        }
        Ok(())
    }

    pub(super) fn check_name(&self, name: &str, loc: Location, ctx: Context) -> Result {
        match ctx {
            Context::Store if name == "__debug__" => error("cannot assign to __debug__", loc),
            Context::Del if name == "__debug__" => error("cannot delete __debug__", loc),
            _ => Ok(()),
        }
    }

    pub(super) fn add_ctx(&mut self, name: &Name, flag: u32, loc: Location, ctx: Context) -> Result {
        if flag & (DEF_PARAM | DEF_LOCAL | DEF_IMPORT) != 0 {
            self.check_name(name, loc, ctx)?;
        }
        if flag & DEF_TYPE_PARAM != 0
            && let Some(names) = &self.cur().mangled_names
        {
            names.borrow_mut().insert(name.clone());
        }
        self.add_to(self.cur_id(), name, flag, loc)
    }

    pub(super) fn add(&mut self, name: &Name, flag: u32, loc: Location) -> Result {
        let ctx = if flag == USE { Context::Load } else { Context::Store };
        self.add_ctx(name, flag, loc, ctx)
    }

    pub(super) fn record_directive(&mut self, name: &Name, loc: Location) {
        let mangled = self.mangled(name);
        self.cur().directives.push((mangled, loc));
    }

    pub(super) fn stmts(&mut self, stmts: &[Stmt]) -> Result {
        stmts.iter().try_for_each(|stmt| self.stmt(stmt))
    }

    pub(super) fn conditional(&mut self, f: impl FnOnce(&mut Self) -> Result) -> Result {
        let before = std::mem::replace(&mut self.cur().in_conditional_block, true);
        f(self)?;
        self.cur().in_conditional_block = before;
        Ok(())
    }

    pub(super) fn stmt(&mut self, stmt: &Stmt) -> Result {
        let loc = stmt.loc;
        match &stmt.kind {
            StmtKind::FunctionDef(def) => self.function(def, loc),
            StmtKind::ClassDef(def) => self.class(def, loc),
            StmtKind::TypeAlias(alias) => self.type_alias(alias, loc),
            StmtKind::Return(value) => self.opt(value.as_deref()),
            StmtKind::Delete(targets) => self.exprs(targets),
            StmtKind::Assign { targets, value } => {
                self.exprs(targets)?;
                self.expr(value)
            }
            StmtKind::AnnAssign(assign) => self.ann_assign(assign, loc),
            StmtKind::AugAssign { target, value, .. } => {
                self.expr(target)?;
                self.expr(value)
            }
            StmtKind::For(s) => {
                if s.is_async {
                    self.require_coroutine("'async for' outside async function", loc)?;
                }
                self.expr(&s.target)?;
                self.expr(&s.iter)?;
                self.conditional(|b| {
                    b.stmts(&s.body)?;
                    b.stmts(&s.orelse)
                })
            }
            StmtKind::While { test, body, orelse } | StmtKind::If { test, body, orelse } => {
                self.expr(test)?;
                self.conditional(|b| {
                    b.stmts(body)?;
                    b.stmts(orelse)
                })
            }
            StmtKind::Match { subject, cases } => {
                self.expr(subject)?;
                self.conditional(|b| {
                    for case in cases {
                        b.pattern(&case.pattern)?;
                        b.opt(case.guard.as_ref())?;
                        b.stmts(&case.body)?;
                    }
                    Ok(())
                })
            }
            StmtKind::Raise { exc, cause } => {
                self.opt(exc.as_deref())?;
                self.opt(cause.as_deref())
            }
            StmtKind::Try(s) => self.conditional(|b| {
                b.stmts(&s.body)?;
                for handler in &s.handlers {
                    b.opt(handler.typ.as_ref())?;
                    if let Some(name) = &handler.name {
                        b.add(name, DEF_LOCAL, handler.loc)?;
                    }
                    b.stmts(&handler.body)?;
                }
                b.stmts(&s.orelse)?;
                b.stmts(&s.finalbody)
            }),
            StmtKind::Assert { test, msg } => {
                self.expr(test)?;
                self.opt(msg.as_deref())
            }
            StmtKind::Import(aliases) => aliases.iter().try_for_each(|alias| self.alias(alias)),
            StmtKind::ImportFrom { module, names, level } => {
                names.iter().try_for_each(|alias| self.alias(alias))?;
                let last = self.future.last;
                if *level == 0
                    && module.as_deref() == Some("__future__")
                    && (loc.line > last.line || (loc.line == last.end_line && loc.col > last.end_col))
                {
                    return error("from __future__ imports must occur at the beginning of the file", loc);
                }
                Ok(())
            }
            StmtKind::Global(names) => self.directive(names, DEF_GLOBAL, "global", loc),
            StmtKind::Nonlocal(names) => self.directive(names, DEF_NONLOCAL, "nonlocal", loc),
            StmtKind::Expr(value) => self.expr(value),
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue => Ok(()),
            StmtKind::With { is_async, items, body } => {
                if *is_async {
                    self.require_coroutine("'async with' outside async function", loc)?;
                }
                self.conditional(|b| {
                    for item in items {
                        b.expr(&item.context_expr)?;
                        b.opt(item.optional_vars.as_ref())?;
                    }
                    b.stmts(body)
                })
            }
        }
    }

    pub(super) fn directive(&mut self, names: &[Name], flag: u32, what: &str, loc: Location) -> Result {
        for name in names {
            let cur = self.lookup(name);
            if cur & (DEF_PARAM | DEF_LOCAL | USE | DEF_ANNOT) != 0 {
                let message = if cur & DEF_PARAM != 0 {
                    format!("name '{name}' is parameter and {what}")
                } else if cur & USE != 0 {
                    format!("name '{name}' is used prior to {what} declaration")
                } else if cur & DEF_ANNOT != 0 {
                    format!("annotated name '{name}' can't be {what}")
                } else {
                    format!("name '{name}' is assigned to before {what} declaration")
                };
                return error(message, loc);
            }
            self.add(name, flag, loc)?;
            self.record_directive(name, loc);
        }
        Ok(())
    }

    pub(super) fn allows_top_level_await(&mut self) -> bool {
        self.future.top_level_await() && self.cur().kind == BlockKind::Module
    }

    pub(super) fn require_coroutine(&mut self, message: &str, loc: Location) -> Result {
        if self.allows_top_level_await() {
            self.cur().coroutine = true;
        }
        if self.cur().coroutine { Ok(()) } else { error(message, loc) }
    }

    pub(super) fn alias(&mut self, alias: &Alias) -> Result {
        let name = alias.asname.as_ref().unwrap_or(&alias.name);
        if &**name == "*" {
            if self.cur().kind != BlockKind::Module {
                return error("import * only allowed at module level", alias.loc);
            }
            return Ok(());
        }
        match name.split_once('.') {
            Some((first, _)) => self.add(&first.into(), DEF_IMPORT, alias.loc),
            None => self.add(name, DEF_IMPORT, alias.loc),
        }
    }
}
