//! Functions, lambdas, and what they are made with: decorators, defaults and annotations.

use super::frame_blocks::BlockType;
use super::{ArgCounts, Compiler, Result, ScopeType, docstring as doc, function_flag, intrinsic_1, intrinsic_2, str_constant};
use crate::ast::*;
use crate::code::Constant;
use crate::instruction::Location;
use crate::opcode::{op, pseudo};

impl<'a> Compiler<'a> {
    pub(super) fn decorators(&mut self, decorators: &'a [Expr]) -> Result {
        self.exprs(decorators)
    }

    pub(super) fn apply_decorators(&mut self, decorators: &'a [Expr]) {
        for decorator in decorators.iter().rev() {
            self.op_arg(decorator.loc, op::CALL, 0);
        }
    }

    /// Pushes a tuple and a dict of defaults where there are any, and returns the flags that say so.
    fn default_arguments(&mut self, loc: Location, args: &'a Arguments) -> Result<u32> {
        let mut flags = 0;
        if !args.defaults.is_empty() {
            self.exprs(&args.defaults)?;
            self.op_len(loc, op::BUILD_TUPLE, args.defaults.len());
            flags |= function_flag::DEFAULTS;
        }
        let mut count = 0;
        for (arg, default) in args.kwonlyargs.iter().zip(&args.kw_defaults) {
            if let Some(default) = default {
                let mangled = self.maybe_mangle(&arg.arg);
                self.load_const(loc, str_constant(&mangled));
                self.expr(default)?;
                count += 1;
            }
        }
        if count > 0 {
            self.op_arg(loc, op::BUILD_MAP, count);
            flags |= function_flag::KWDEFAULTS;
        }
        Ok(flags)
    }

    pub(super) fn function(&mut self, def: &'a FunctionDef, loc: Location) -> Result {
        self.decorators(&def.decorators)?;
        let firstlineno = def.decorators.first().map_or(loc.line, |decorator| decorator.loc.line);
        let mut flags = self.default_arguments(loc, &def.args)?;
        let generic = !def.type_params.is_empty();
        let mut defaults_passed = 0;
        if generic {
            // The defaults are evaluated outside and passed into the scope of the type parameters.
            defaults_passed = (flags & (function_flag::DEFAULTS | function_flag::KWDEFAULTS)).count_ones();
            if defaults_passed == 2 {
                self.op_arg(loc, op::SWAP, 2);
            }
            self.enter_scope(
                format!("<generic parameters of {}>", def.name).into(),
                ScopeType::Annotations,
                def.key.type_params(),
                firstlineno,
                None,
                ArgCounts { args: defaults_passed as usize, ..ArgCounts::default() },
            )?;
            self.type_params(&def.type_params)?;
            for i in 0..defaults_passed {
                self.op_arg(loc, op::LOAD_FAST, i);
            }
        }
        flags |= self.function_annotations(loc, def)?;
        self.function_body(def, loc, flags, firstlineno)?;
        if generic {
            self.op_arg(loc, op::SWAP, 2);
            self.op_arg(loc, op::CALL_INTRINSIC_2, intrinsic_2::SET_FUNCTION_TYPE_PARAMS);
            let code = self.finish_unit(false)?;
            self.make_closure(loc, code, 0)?;
            if defaults_passed > 0 {
                self.op_arg(loc, op::SWAP, defaults_passed + 1);
                self.op_arg(loc, op::CALL, defaults_passed - 1);
            } else {
                self.op(loc, op::PUSH_NULL);
                self.op_arg(loc, op::CALL, 0);
            }
        }
        self.apply_decorators(&def.decorators);
        self.name_op(loc, &def.name, Context::Store)
    }

    fn function_body(&mut self, def: &'a FunctionDef, loc: Location, flags: u32, firstlineno: i32) -> Result {
        let scope_type = if def.is_async { ScopeType::AsyncFunction } else { ScopeType::Function };
        self.enter_scope(def.name.clone(), scope_type, def.key, firstlineno, None, ArgCounts::of(&def.args))?;
        let mut first = 0;
        if self.scope().has_docstring
            && let Some(text) = docstring(&def.body)
        {
            first = 1;
            self.unit().consts.add(doc::clean(text));
        }
        let start = self.new_label();
        self.use_label(start);
        let scope = self.scope();
        let stopiteration_handler = scope.coroutine || scope.generator;
        if stopiteration_handler {
            self.push_block(Location::NONE, BlockType::StopIteration, Some(start), None)?;
        }
        self.stmts(&def.body[first..])?;
        if stopiteration_handler {
            self.wrap_in_stopiteration_handler();
            self.pop_block();
        }
        let code = self.finish_unit(true)?;
        self.make_closure(loc, code, flags)
    }

    /// StopIteration that leaves a generator becomes RuntimeError (PEP 479).
    pub(super) fn wrap_in_stopiteration_handler(&mut self) {
        let handler = self.new_label();
        self.insert_first(Location::NONE, pseudo::SETUP_CLEANUP, handler.0);
        self.load_none(Location::NONE);
        self.op(Location::NONE, op::RETURN_VALUE);
        self.use_label(handler);
        self.op_arg(Location::NONE, op::CALL_INTRINSIC_1, intrinsic_1::STOPITERATION_ERROR);
        self.op_arg(Location::NONE, op::RERAISE, 1);
    }

    pub(super) fn lambda(&mut self, loc: Location, key: ScopeKey, args: &'a Arguments, body: &'a Expr) -> Result {
        let flags = self.default_arguments(loc, args)?;
        self.enter_scope("<lambda>".into(), ScopeType::Lambda, key, loc.line, None, ArgCounts::of(args))?;
        self.expr(body)?;
        let code = if self.scope().generator {
            self.finish_unit(false)?
        } else {
            self.op(body.loc, op::RETURN_VALUE);
            self.finish_unit(true)?
        };
        self.make_closure(loc, code, flags)
    }

    /// Makes the function's `__annotate__`, if it has annotations.
    fn function_annotations(&mut self, loc: Location, def: &'a FunctionDef) -> Result<u32> {
        let key = def.key.parameters();
        let used = self.symtable.lookup(key).is_some_and(|id| self.symtable.scope(id).annotations_used);
        if !used {
            return Ok(0);
        }
        self.enter_annotations_scope(loc, key, "__annotate__".into())?;
        let args = &def.args;
        // CPython has the plain parameters before the positional-only ones.
        let every = args
            .args
            .iter()
            .chain(&args.posonlyargs)
            .chain(args.vararg.as_deref())
            .chain(&args.kwonlyargs)
            .chain(args.kwarg.as_deref())
            .filter_map(|arg| Some((arg.arg.clone(), arg.annotation.as_ref()?)))
            .chain(def.returns.as_deref().map(|returns| ("return".into(), returns)));
        let mut count = 0;
        for (name, annotation) in every {
            let mangled = self.maybe_mangle(&name);
            self.load_const(loc, str_constant(&mangled));
            self.argument_annotation(annotation)?;
            count += 1;
        }
        self.op_arg(loc, op::BUILD_MAP, count);
        self.leave_annotations_scope(loc)?;
        Ok(function_flag::ANNOTATE)
    }

    fn argument_annotation(&mut self, annotation: &'a Expr) -> Result {
        if self.future.annotations() {
            let text = crate::unparse::unparse(annotation);
            self.load_const(annotation.loc, Constant::Str(text.into()));
            return Ok(());
        }
        match &annotation.kind {
            // `*args: *Ts` is `[annotation] = [*Ts]`; it has no location of its own.
            ExprKind::Starred { value, .. } => {
                self.expr(value)?;
                self.op_arg(self.annotation_loc(), op::UNPACK_SEQUENCE, 1);
                Ok(())
            }
            _ => self.expr(annotation),
        }
    }

    /// The location of the function whose annotations are being generated.
    fn annotation_loc(&self) -> Location {
        self.scope().loc
    }
}
