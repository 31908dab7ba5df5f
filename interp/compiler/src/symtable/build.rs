//! The first pass: collects what the tree says of each name.

use super::*;
use symbol::*;

type Result = std::result::Result<(), CompileError>;

/// Collects the scopes of a module.
pub fn build(module: &Module, future: &Future) -> std::result::Result<Symtable, CompileError> {
    let mut builder = Builder {
        table: Symtable {
            scopes: Vec::new(),
            by_key: HashMap::new(),
        },
        stack: Vec::new(),
        private: None,
        future: *future,
    };
    let nowhere = Location {
        line: 0,
        end_line: 0,
        col: 0,
        end_col: 0,
    };
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

struct Builder {
    table: Symtable,
    stack: Vec<ScopeId>,
    /// The class whose private names are mangled.
    private: Option<Name>,
    future: Future,
}

fn error(message: impl Into<String>, loc: Location) -> Result {
    Err(CompileError::syntax(message, loc))
}

impl Builder {
    fn cur_id(&self) -> ScopeId {
        *self.stack.last().expect("a scope is open")
    }

    fn cur(&mut self) -> &mut Scope {
        let id = self.cur_id();
        self.table.scope_mut(id)
    }

    fn new_scope(&mut self, name: Name, kind: BlockKind, key: ScopeKey, loc: Location) -> ScopeId {
        let parent = self.stack.last().map(|&id| self.table.scope(id));
        let nested = parent.is_some_and(|parent| parent.nested || parent.is_function_like());
        let method = kind == BlockKind::Function
            && parent.is_some_and(|parent| parent.kind == BlockKind::Class);
        let id = ScopeId(self.table.scopes.len() as u32);
        self.table.scopes.push(Scope {
            key,
            name,
            kind,
            symbols: IndexMap::new(),
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

    fn enter_existing(&mut self, id: ScopeId, add_to_children: bool) {
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

    fn enter(&mut self, name: Name, kind: BlockKind, key: ScopeKey, loc: Location) -> Result {
        let id = self.new_scope(name, kind, key, loc);
        self.enter_existing(id, true);
        if matches!(
            kind,
            BlockKind::Annotation | BlockKind::TypeVariable | BlockKind::TypeAlias
        ) {
            self.add(&".format".into(), DEF_PARAM, loc)?;
            self.add(&".format".into(), USE, loc)?;
        }
        Ok(())
    }

    fn exit(&mut self) {
        self.stack.pop();
    }

    fn mangled(&self, name: &Name) -> Name {
        self.table
            .scope(self.cur_id())
            .maybe_mangle(self.private.as_ref(), name)
    }

    fn lookup_in(&self, id: ScopeId, name: &Name) -> u32 {
        let scope = self.table.scope(id);
        scope.symbol(&scope.maybe_mangle(self.private.as_ref(), name))
    }

    fn lookup(&self, name: &Name) -> u32 {
        self.lookup_in(self.cur_id(), name)
    }

    fn add_to(&mut self, id: ScopeId, name: &Name, flag: u32, loc: Location) -> Result {
        let mangled = self.mangled(name);
        let scope = self.table.scope_mut(id);
        let mut value = scope.symbol(&mangled);
        if flag & DEF_PARAM != 0 && value & DEF_PARAM != 0 {
            return error(
                format!("duplicate argument '{name}' in function definition"),
                loc,
            );
        }
        if flag & DEF_TYPE_PARAM != 0 && value & DEF_TYPE_PARAM != 0 {
            return error(format!("duplicate type parameter '{name}'"), loc);
        }
        value |= flag;
        if scope.comp_iter_target {
            if value & (DEF_GLOBAL | DEF_NONLOCAL) != 0 {
                return error(
                    format!(
                        "comprehension inner loop cannot rebind assignment expression target '{name}'"
                    ),
                    loc,
                );
            }
            value |= DEF_COMP_ITER;
        }
        scope.symbols.insert(mangled.clone(), value);
        if flag & DEF_PARAM != 0 {
            scope.varnames.push(mangled);
        } else if flag & DEF_GLOBAL != 0 {
            *self.table.scopes[0].symbols.entry(mangled).or_insert(0) |= flag;
        }
        Ok(())
    }

    fn check_name(&self, name: &str, loc: Location, ctx: Context) -> Result {
        match ctx {
            Context::Store if name == "__debug__" => error("cannot assign to __debug__", loc),
            Context::Del if name == "__debug__" => error("cannot delete __debug__", loc),
            _ => Ok(()),
        }
    }

    fn add_ctx(&mut self, name: &Name, flag: u32, loc: Location, ctx: Context) -> Result {
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

    fn add(&mut self, name: &Name, flag: u32, loc: Location) -> Result {
        let ctx = if flag == USE {
            Context::Load
        } else {
            Context::Store
        };
        self.add_ctx(name, flag, loc, ctx)
    }

    fn record_directive(&mut self, name: &Name, loc: Location) {
        let mangled = self.mangled(name);
        self.cur().directives.push((mangled, loc));
    }

    fn stmts(&mut self, stmts: &[Stmt]) -> Result {
        stmts.iter().try_for_each(|stmt| self.stmt(stmt))
    }

    fn conditional(&mut self, f: impl FnOnce(&mut Self) -> Result) -> Result {
        let before = std::mem::replace(&mut self.cur().in_conditional_block, true);
        f(self)?;
        self.cur().in_conditional_block = before;
        Ok(())
    }

    fn stmt(&mut self, stmt: &Stmt) -> Result {
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
            StmtKind::ImportFrom {
                module,
                names,
                level,
            } => {
                names.iter().try_for_each(|alias| self.alias(alias))?;
                let last = self.future.last;
                if *level == 0
                    && module.as_deref() == Some("__future__")
                    && (loc.line > last.line
                        || (loc.line == last.end_line && loc.col > last.end_col))
                {
                    return error(
                        "from __future__ imports must occur at the beginning of the file",
                        loc,
                    );
                }
                Ok(())
            }
            StmtKind::Global(names) => self.directive(names, DEF_GLOBAL, "global", loc),
            StmtKind::Nonlocal(names) => self.directive(names, DEF_NONLOCAL, "nonlocal", loc),
            StmtKind::Expr(value) => self.expr(value),
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue => Ok(()),
            StmtKind::With {
                is_async,
                items,
                body,
            } => {
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

    fn directive(&mut self, names: &[Name], flag: u32, what: &str, loc: Location) -> Result {
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

    fn allows_top_level_await(&mut self) -> bool {
        self.future.top_level_await() && self.cur().kind == BlockKind::Module
    }

    fn require_coroutine(&mut self, message: &str, loc: Location) -> Result {
        if self.allows_top_level_await() {
            self.cur().coroutine = true;
        }
        if self.cur().coroutine {
            Ok(())
        } else {
            error(message, loc)
        }
    }

    fn enter_type_params(
        &mut self,
        name: &Name,
        key: ScopeKey,
        is_class: bool,
        defaults: Option<&Arguments>,
        loc: Location,
    ) -> Result {
        let in_class = self.cur().kind == BlockKind::Class;
        self.enter(
            name.clone(),
            BlockKind::TypeParameters,
            key.type_params(),
            loc,
        )?;
        if in_class {
            self.cur().can_see_class_scope = true;
            self.add(&"__classdict__".into(), USE, loc)?;
        }
        if is_class {
            for name in [".type_params", ".generic_base"] {
                self.add(&name.into(), DEF_LOCAL, loc)?;
                self.add(&name.into(), USE, loc)?;
            }
        }
        if let Some(args) = defaults {
            // CPython's parser always makes the sequence of defaults, if an empty one.
            self.add(&".defaults".into(), DEF_PARAM, loc)?;
            if args.kw_defaults.iter().any(Option::is_some) {
                self.add(&".kwdefaults".into(), DEF_PARAM, loc)?;
            }
        }
        Ok(())
    }

    fn function(&mut self, def: &FunctionDef, loc: Location) -> Result {
        self.add(&def.name, DEF_LOCAL, loc)?;
        self.exprs(&def.args.defaults)?;
        def.args
            .kw_defaults
            .iter()
            .try_for_each(|default| self.opt(default.as_ref()))?;
        self.exprs(&def.decorators)?;
        let generic = !def.type_params.is_empty();
        if generic {
            self.enter_type_params(&def.name, def.key, false, Some(&def.args), loc)?;
            self.type_params(&def.type_params)?;
        }
        let scope = self.new_scope(def.name.clone(), BlockKind::Function, def.key, loc);
        self.table.scope_mut(scope).has_docstring = docstring(&def.body).is_some();
        self.signature_annotations(def, loc)?;
        self.enter_existing(scope, true);
        self.cur().coroutine = def.is_async;
        self.parameters(&def.args)?;
        self.stmts(&def.body)?;
        self.exit();
        if generic {
            self.exit();
        }
        Ok(())
    }

    fn parameters(&mut self, args: &Arguments) -> Result {
        let named = args
            .posonlyargs
            .iter()
            .chain(&args.args)
            .chain(&args.kwonlyargs);
        for arg in named {
            self.add(&arg.arg, DEF_PARAM, arg.loc)?;
        }
        if let Some(arg) = &args.vararg {
            self.add(&arg.arg, DEF_PARAM, arg.loc)?;
            self.cur().varargs = true;
        }
        if let Some(arg) = &args.kwarg {
            self.add(&arg.arg, DEF_PARAM, arg.loc)?;
            self.cur().varkeywords = true;
        }
        Ok(())
    }

    fn signature_annotations(&mut self, def: &FunctionDef, loc: Location) -> Result {
        let in_class = self.cur().can_see_class_scope || self.cur().kind == BlockKind::Class;
        self.enter(
            "__annotate__".into(),
            BlockKind::Annotation,
            def.key.parameters(),
            loc,
        )?;
        if in_class {
            self.cur().can_see_class_scope = true;
            self.add(&"__classdict__".into(), USE, loc)?;
        }
        let args = &def.args;
        let every = args
            .posonlyargs
            .iter()
            .chain(&args.args)
            .chain(args.vararg.as_deref())
            .chain(args.kwarg.as_deref())
            .chain(&args.kwonlyargs)
            .filter_map(|arg| arg.annotation.as_ref())
            .chain(def.returns.as_deref());
        for annotation in every {
            self.cur().annotations_used = true;
            self.expr(annotation)?;
        }
        self.exit();
        Ok(())
    }

    fn class(&mut self, def: &ClassDef, loc: Location) -> Result {
        self.add(&def.name, DEF_LOCAL, loc)?;
        self.exprs(&def.decorators)?;
        let outer = self.private.clone();
        let generic = !def.type_params.is_empty();
        if generic {
            self.enter_type_params(&def.name, def.key, true, None, loc)?;
            self.private = Some(def.name.clone());
            self.cur().mangled_names = Some(Default::default());
            self.type_params(&def.type_params)?;
        }
        self.exprs(&def.bases)?;
        self.keywords(&def.keywords)?;
        self.enter(def.name.clone(), BlockKind::Class, def.key, loc)?;
        self.private = Some(def.name.clone());
        if generic {
            self.add(&"__type_params__".into(), DEF_LOCAL, loc)?;
            self.add(&".type_params".into(), USE, loc)?;
        }
        self.cur().has_docstring = docstring(&def.body).is_some();
        self.stmts(&def.body)?;
        self.exit();
        if generic {
            self.exit();
        }
        self.private = outer;
        Ok(())
    }

    fn type_alias(&mut self, alias: &TypeAlias, loc: Location) -> Result {
        self.add(&alias.name, DEF_LOCAL, alias.name_loc)?;
        let in_class = self.cur().kind == BlockKind::Class;
        let generic = !alias.type_params.is_empty();
        if generic {
            self.enter_type_params(&alias.name, alias.key, false, None, loc)?;
            self.type_params(&alias.type_params)?;
        }
        self.enter(alias.name.clone(), BlockKind::TypeAlias, alias.key, loc)?;
        self.cur().can_see_class_scope = in_class;
        if in_class {
            self.add(&"__classdict__".into(), USE, alias.value.loc)?;
        }
        self.expr(&alias.value)?;
        self.exit();
        if generic {
            self.exit();
        }
        Ok(())
    }

    fn type_params(&mut self, params: &[TypeParam]) -> Result {
        for param in params {
            self.add(&param.name, DEF_TYPE_PARAM | DEF_LOCAL, param.loc)?;
            if &*param.name == "__classdict__" {
                return error(
                    format!(
                        "reserved name '{}' cannot be used for type parameter",
                        param.name
                    ),
                    param.loc,
                );
            }
            match param.kind {
                TypeParamKind::TypeVar => {
                    if let Some(bound) = &param.bound {
                        let info = match bound.kind {
                            ExprKind::Tuple { .. } => "a TypeVar constraint",
                            _ => "a TypeVar bound",
                        };
                        self.type_variable(bound, param, param.key, info)?;
                    }
                    if let Some(default) = &param.default {
                        let key = param.key.annotations();
                        self.type_variable(default, param, key, "a TypeVar default")?;
                    }
                }
                TypeParamKind::TypeVarTuple | TypeParamKind::ParamSpec => {
                    if let Some(default) = &param.default {
                        let info = match param.kind {
                            TypeParamKind::ParamSpec => "a ParamSpec default",
                            _ => "a TypeVarTuple default",
                        };
                        self.type_variable(default, param, param.key, info)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn type_variable(
        &mut self,
        expr: &Expr,
        param: &TypeParam,
        key: ScopeKey,
        info: &'static str,
    ) -> Result {
        let in_class = self.cur().can_see_class_scope;
        self.enter(param.name.clone(), BlockKind::TypeVariable, key, expr.loc)?;
        self.cur().can_see_class_scope = in_class;
        if in_class {
            self.add(&"__classdict__".into(), USE, expr.loc)?;
        }
        self.cur().scope_info = Some(info);
        self.expr(expr)?;
        self.exit();
        Ok(())
    }

    fn ann_assign(&mut self, assign: &AnnAssign, loc: Location) -> Result {
        self.cur().annotations_used = true;
        if let ExprKind::Name { id, .. } = &assign.target.kind {
            let cur = self.lookup(id);
            if cur & (DEF_GLOBAL | DEF_NONLOCAL) != 0
                && self.cur_id() != ScopeId(0)
                && assign.simple
            {
                let what = if cur & DEF_GLOBAL != 0 {
                    "global"
                } else {
                    "nonlocal"
                };
                return error(format!("annotated name '{id}' can't be {what}"), loc);
            }
            if assign.simple {
                self.add(id, DEF_ANNOT | DEF_LOCAL, assign.target.loc)?;
            } else if assign.value.is_some() {
                self.add(id, DEF_LOCAL, assign.target.loc)?;
            }
        } else {
            self.expr(&assign.target)?;
        }
        self.annotation(&assign.annotation)?;
        self.opt(assign.value.as_ref())
    }

    fn annotation(&mut self, annotation: &Expr) -> Result {
        let parent = self.cur_id();
        let kind = self.cur().kind;
        // Annotations of local variables are never evaluated.
        let unevaluated = kind == BlockKind::Function;
        // A module may be run in part, so all its annotations are conditional.
        let scope = self.cur();
        let conditional =
            (kind == BlockKind::Class && scope.in_conditional_block) || kind == BlockKind::Module;
        if conditional && !scope.has_conditional_annotations {
            scope.has_conditional_annotations = true;
            self.add(&"__conditional_annotations__".into(), USE, annotation.loc)?;
        }
        match self.cur().annotation_block {
            Some(block) => self.enter_existing(block, false),
            None => {
                let key = self.cur().key.annotations();
                self.enter(
                    "__annotate__".into(),
                    BlockKind::Annotation,
                    key,
                    annotation.loc,
                )?;
                let block = self.cur_id();
                self.table.scope_mut(parent).annotation_block = Some(block);
                if kind == BlockKind::Class && !self.future.annotations() {
                    self.cur().can_see_class_scope = true;
                    self.table.scope_mut(parent).needs_classdict = true;
                    self.add(&"__classdict__".into(), USE, annotation.loc)?;
                }
            }
        }
        self.cur().in_unevaluated_annotation |= unevaluated;
        self.expr(annotation)?;
        if unevaluated {
            self.cur().in_unevaluated_annotation = false;
        }
        self.exit();
        Ok(())
    }

    fn alias(&mut self, alias: &Alias) -> Result {
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

    fn pattern(&mut self, pattern: &Pattern) -> Result {
        let loc = pattern.loc;
        match &pattern.kind {
            PatternKind::Value(value) => self.expr(value),
            PatternKind::Singleton(_) => Ok(()),
            PatternKind::Sequence(patterns) | PatternKind::Or(patterns) => {
                patterns.iter().try_for_each(|p| self.pattern(p))
            }
            PatternKind::Star(name) => match name {
                Some(name) => self.add(name, DEF_LOCAL, loc),
                None => Ok(()),
            },
            PatternKind::Mapping {
                keys,
                patterns,
                rest,
            } => {
                self.exprs(keys)?;
                patterns.iter().try_for_each(|p| self.pattern(p))?;
                match rest {
                    Some(rest) => self.add(rest, DEF_LOCAL, loc),
                    None => Ok(()),
                }
            }
            PatternKind::Class {
                cls,
                patterns,
                kwd_attrs,
                kwd_patterns,
            } => {
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

    fn keywords(&mut self, keywords: &[Keyword]) -> Result {
        for keyword in keywords {
            if let Some(arg) = &keyword.arg {
                self.check_name(arg, keyword.loc, Context::Store)?;
            }
        }
        keywords
            .iter()
            .try_for_each(|keyword| self.expr(&keyword.value))
    }

    fn exprs(&mut self, exprs: &[Expr]) -> Result {
        exprs.iter().try_for_each(|expr| self.expr(expr))
    }

    fn opt(&mut self, expr: Option<&Expr>) -> Result {
        match expr {
            Some(expr) => self.expr(expr),
            None => Ok(()),
        }
    }

    fn expr(&mut self, expr: &Expr) -> Result {
        let loc = expr.loc;
        match &expr.kind {
            ExprKind::NamedExpr { target, value } => {
                self.not_in_annotation("named expression", loc)?;
                if self.cur().comp_iter_expr > 0 {
                    return error(
                        "assignment expression cannot be used in a comprehension iterable expression",
                        loc,
                    );
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
                args.kw_defaults
                    .iter()
                    .try_for_each(|default| self.opt(default.as_ref()))?;
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
            ExprKind::Compare {
                left, comparators, ..
            } => {
                self.expr(left)?;
                self.exprs(comparators)
            }
            ExprKind::Call {
                func,
                args,
                keywords,
            } => {
                self.expr(func)?;
                self.exprs(args)?;
                self.keywords(keywords)
            }
            ExprKind::FormattedValue {
                value, format_spec, ..
            }
            | ExprKind::Interpolation {
                value, format_spec, ..
            } => {
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
                let flag = if *ctx == Context::Load {
                    USE
                } else {
                    DEF_LOCAL
                };
                self.add_ctx(id, flag, loc, *ctx)?;
                // A mention of `super` uses `__class__`.
                if *ctx == Context::Load && self.cur().is_function_like() && &**id == "super" {
                    self.add(&"__class__".into(), USE, loc)?;
                }
                Ok(())
            }
        }
    }

    fn yields(&mut self, loc: Location) -> Result {
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

    fn not_in_annotation(&mut self, what: &str, loc: Location) -> Result {
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
    fn extend_named_expr_scope(&mut self, target: &Expr) -> Result {
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
                    return error(
                        format!(
                            "assignment expression cannot rebind comprehension iteration variable '{id}'"
                        ),
                        loc,
                    );
                }
                continue;
            }
            let place = match scope.kind {
                BlockKind::Function => {
                    let flag = if self.lookup_in(outer, id) & DEF_GLOBAL != 0 {
                        DEF_GLOBAL
                    } else {
                        DEF_NONLOCAL
                    };
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
            return error(
                format!("assignment expression within a comprehension cannot be used {place}"),
                loc,
            );
        }
        Ok(())
    }

    fn comprehension(&mut self, comp: &Comp, loc: Location) -> Result {
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
                return error(
                    "asynchronous comprehension outside of an asynchronous function",
                    loc,
                );
            }
            self.cur().coroutine = true;
        }
        Ok(())
    }
}
