//! The first pass over functions, classes, type parameters and annotations: the statements that open scopes.

use super::build::{Builder, Result, error};
use super::symbol::*;
use super::*;

impl Builder {
    pub(super) fn enter_type_params(
        &mut self,
        name: &Name,
        key: ScopeKey,
        is_class: bool,
        defaults: Option<&Arguments>,
        loc: Location,
    ) -> Result {
        let in_class = self.cur().kind == BlockKind::Class;
        self.enter(name.clone(), BlockKind::TypeParameters, key.type_params(), loc)?;
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

    pub(super) fn function(&mut self, def: &FunctionDef, loc: Location) -> Result {
        self.add(&def.name, DEF_LOCAL, loc)?;
        self.exprs(&def.args.defaults)?;
        def.args.kw_defaults.iter().try_for_each(|default| self.opt(default.as_ref()))?;
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

    pub(super) fn parameters(&mut self, args: &Arguments) -> Result {
        let named = args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs);
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

    pub(super) fn signature_annotations(&mut self, def: &FunctionDef, loc: Location) -> Result {
        let in_class = self.cur().can_see_class_scope || self.cur().kind == BlockKind::Class;
        self.enter(self.implied.annotate.clone(), BlockKind::Annotation, def.key.parameters(), loc)?;
        if in_class {
            self.cur().can_see_class_scope = true;
            self.add(&self.implied.classdict.clone(), USE, loc)?;
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

    pub(super) fn class(&mut self, def: &ClassDef, loc: Location) -> Result {
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

    pub(super) fn type_alias(&mut self, alias: &TypeAlias, loc: Location) -> Result {
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

    pub(super) fn type_params(&mut self, params: &[TypeParam]) -> Result {
        for param in params {
            self.add(&param.name, DEF_TYPE_PARAM | DEF_LOCAL, param.loc)?;
            if &*param.name == "__classdict__" {
                return error(format!("reserved name '{}' cannot be used for type parameter", param.name), param.loc);
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

    pub(super) fn type_variable(&mut self, expr: &Expr, param: &TypeParam, key: ScopeKey, info: &'static str) -> Result {
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

    pub(super) fn ann_assign(&mut self, assign: &AnnAssign, loc: Location) -> Result {
        self.cur().annotations_used = true;
        if let ExprKind::Name { id, .. } = &assign.target.kind {
            let cur = self.lookup(id);
            if cur & (DEF_GLOBAL | DEF_NONLOCAL) != 0 && self.cur_id() != ScopeId(0) && assign.simple {
                let what = if cur & DEF_GLOBAL != 0 { "global" } else { "nonlocal" };
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

    pub(super) fn annotation(&mut self, annotation: &Expr) -> Result {
        let parent = self.cur_id();
        let kind = self.cur().kind;
        // Annotations of local variables are never evaluated.
        let unevaluated = kind == BlockKind::Function;
        // A module may be run in part, so all its annotations are conditional.
        let scope = self.cur();
        let conditional = (kind == BlockKind::Class && scope.in_conditional_block) || kind == BlockKind::Module;
        if conditional && !scope.has_conditional_annotations {
            scope.has_conditional_annotations = true;
            self.add(&"__conditional_annotations__".into(), USE, annotation.loc)?;
        }
        match self.cur().annotation_block {
            Some(block) => self.enter_existing(block, false),
            None => {
                let key = self.cur().key.annotations();
                self.enter("__annotate__".into(), BlockKind::Annotation, key, annotation.loc)?;
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
}
