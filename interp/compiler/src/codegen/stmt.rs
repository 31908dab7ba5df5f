//! Statements other than definitions, `try`, `with` and `match`.

use super::frame_blocks::BlockType;
use super::{Compiler, Result, common_constant, function_flag, int_constant, intrinsic_1, str_constant};
use crate::ast::*;
use crate::code::Constant;
use crate::instruction::Location;
use crate::opcode::{op, pseudo};
use crate::symtable::mangle;

impl<'a> Compiler<'a> {
    pub(super) fn stmts(&mut self, stmts: &'a [Stmt]) -> Result {
        stmts.iter().try_for_each(|stmt| self.stmt(stmt))
    }

    /// Runs `f` for a statement whose body may not be reached.
    fn conditional(&mut self, f: impl FnOnce(&mut Self) -> Result) -> Result {
        self.unit().in_conditional_block += 1;
        f(self)?;
        self.unit().in_conditional_block -= 1;
        Ok(())
    }

    fn stmt(&mut self, stmt: &'a Stmt) -> Result {
        let loc = stmt.loc;
        match &stmt.kind {
            StmtKind::FunctionDef(def) => self.function(def, loc),
            StmtKind::ClassDef(def) => self.class(def, loc),
            StmtKind::TypeAlias(alias) => self.type_alias(alias, loc),
            StmtKind::Return(value) => self.return_stmt(loc, value.as_deref()),
            StmtKind::Delete(targets) => self.exprs(targets),
            StmtKind::Assign { targets, value } => {
                self.expr(value)?;
                for (i, target) in targets.iter().enumerate() {
                    if i + 1 < targets.len() {
                        self.op_arg(loc, op::COPY, 1);
                    }
                    self.expr(target)?;
                }
                Ok(())
            }
            StmtKind::AugAssign { target, op, value } => self.aug_assign(loc, target, *op, value),
            StmtKind::AnnAssign(assign) => self.ann_assign(loc, assign),
            StmtKind::For(s) if s.is_async => self.conditional(|c| c.async_for(loc, s)),
            StmtKind::For(s) => self.conditional(|c| c.for_stmt(loc, s)),
            StmtKind::While { test, body, orelse } => self.conditional(|c| c.while_stmt(loc, test, body, orelse)),
            StmtKind::If { test, body, orelse } => self.conditional(|c| c.if_stmt(test, body, orelse)),
            StmtKind::Match { subject, cases } => self.conditional(|c| c.match_stmt(subject, cases)),
            StmtKind::Raise { exc, cause } => {
                let mut count = 0;
                if let Some(exc) = exc {
                    self.expr(exc)?;
                    count += 1;
                    if let Some(cause) = cause {
                        self.expr(cause)?;
                        count += 1;
                    }
                }
                self.op_arg(loc, op::RAISE_VARARGS, count);
                Ok(())
            }
            StmtKind::Try(s) => self.conditional(|c| c.try_stmt(loc, s)),
            StmtKind::Assert { test, msg } => self.assert_stmt(loc, test, msg.as_deref()),
            StmtKind::Import(aliases) => self.import(loc, aliases),
            StmtKind::ImportFrom { module, names, level } => self.import_from(loc, module.as_ref(), names, *level),
            StmtKind::Global(_) | StmtKind::Nonlocal(_) => Ok(()),
            StmtKind::Expr(value) => self.expr_stmt(loc, value),
            StmtKind::Pass => {
                self.op(loc, op::NOP);
                Ok(())
            }
            StmtKind::Break => self.break_stmt(loc),
            StmtKind::Continue => self.continue_stmt(loc),
            StmtKind::With { is_async, items, body } => self.conditional(|c| c.with_stmt(items, body, *is_async)),
        }
    }

    fn expr_stmt(&mut self, loc: Location, value: &'a Expr) -> Result {
        if self.interactive && self.units.len() == 1 {
            self.expr(value)?;
            self.op_arg(loc, op::CALL_INTRINSIC_1, intrinsic_1::PRINT);
            self.op(Location::NONE, op::POP_TOP);
            return Ok(());
        }
        if value.is_constant() {
            self.op(loc, op::NOP);
            return Ok(());
        }
        self.expr(value)?;
        self.op(Location::NONE, op::POP_TOP);
        Ok(())
    }

    fn if_stmt(&mut self, test: &'a Expr, body: &'a [Stmt], orelse: &'a [Stmt]) -> Result {
        let end = self.new_label();
        let next = if orelse.is_empty() { end } else { self.new_label() };
        self.jump_if(test, next, false)?;
        self.stmts(body)?;
        if !orelse.is_empty() {
            self.jump(Location::NONE, pseudo::JUMP_NO_INTERRUPT, end);
            self.use_label(next);
            self.stmts(orelse)?;
        }
        self.use_label(end);
        Ok(())
    }

    fn for_stmt(&mut self, loc: Location, s: &'a For) -> Result {
        let start = self.new_label();
        let body = self.new_label();
        let cleanup = self.new_label();
        let end = self.new_label();
        self.push_block(loc, BlockType::ForLoop, Some(start), Some(end))?;
        self.expr(&s.iter)?;
        self.op(s.iter.loc, op::GET_ITER);
        self.use_label(start);
        self.jump(s.iter.loc, op::FOR_ITER, cleanup);
        // So that tracing sees the line of the target.
        self.op(s.target.loc, op::NOP);
        self.use_label(body);
        self.expr(&s.target)?;
        self.stmts(&s.body)?;
        self.jump(Location::NONE, pseudo::JUMP, start);
        self.use_label(cleanup);
        self.op(Location::NONE, op::END_FOR);
        self.op(Location::NONE, op::POP_ITER);
        self.pop_block();
        self.stmts(&s.orelse)?;
        self.use_label(end);
        Ok(())
    }

    fn async_for(&mut self, loc: Location, s: &'a For) -> Result {
        let start = self.new_label();
        let send = self.new_label();
        let except = self.new_label();
        let end = self.new_label();
        self.expr(&s.iter)?;
        self.op(s.iter.loc, op::GET_AITER);
        self.use_label(start);
        self.push_block(loc, BlockType::ForLoop, Some(start), Some(end))?;
        self.jump(loc, pseudo::SETUP_FINALLY, except);
        self.op(loc, op::GET_ANEXT);
        self.load_none(loc);
        self.use_label(send);
        self.yield_from(loc, true);
        self.op(loc, pseudo::POP_BLOCK);
        self.op(loc, op::NOT_TAKEN);
        self.expr(&s.target)?;
        self.stmts(&s.body)?;
        self.jump(Location::NONE, pseudo::JUMP, start);
        self.pop_block();
        self.use_label(except);
        self.jump(s.iter.loc, op::END_ASYNC_FOR, send);
        self.stmts(&s.orelse)?;
        self.use_label(end);
        Ok(())
    }

    fn while_stmt(&mut self, loc: Location, test: &'a Expr, body: &'a [Stmt], orelse: &'a [Stmt]) -> Result {
        let start = self.new_label();
        let end = self.new_label();
        let anchor = self.new_label();
        self.use_label(start);
        self.push_block(loc, BlockType::WhileLoop, Some(start), Some(end))?;
        self.jump_if(test, anchor, false)?;
        self.stmts(body)?;
        self.jump(Location::NONE, pseudo::JUMP, start);
        self.pop_block();
        self.use_label(anchor);
        self.stmts(orelse)?;
        self.use_label(end);
        Ok(())
    }

    fn return_stmt(&mut self, loc: Location, value: Option<&'a Expr>) -> Result {
        let stmt_loc = loc;
        let mut loc = loc;
        let scope = self.scope();
        if !scope.is_function_like() {
            return self.error(loc, "'return' outside function");
        }
        if value.is_some() && scope.coroutine && scope.generator {
            return self.error(loc, "'return' with value in async generator");
        }
        let constant = value.and_then(Expr::constant);
        let preserve_tos = value.is_some() && constant.is_none();
        if let Some(value) = value {
            if preserve_tos {
                self.expr(value)?;
            } else {
                // An instruction on the line of the value.
                loc = value.loc;
                self.op(loc, op::NOP);
            }
        }
        if value.is_none_or(|value| value.loc.line != stmt_loc.line) {
            loc = stmt_loc;
            self.op(loc, op::NOP);
        }
        self.unwind_blocks(&mut loc, preserve_tos, false)?;
        if value.is_none() {
            self.load_none(loc);
        } else if let Some(constant) = constant {
            self.load_const(loc, constant.clone());
        }
        self.op(loc, op::RETURN_VALUE);
        Ok(())
    }

    fn break_stmt(&mut self, loc: Location) -> Result {
        let origin = loc;
        let mut loc = loc;
        self.op(loc, op::NOP);
        let Some(block) = self.unwind_blocks(&mut loc, false, true)? else {
            return self.error(origin, "'break' outside loop");
        };
        self.unwind_block(&mut loc, &block, false)?;
        if let Some(exit) = block.exit {
            self.jump(loc, pseudo::JUMP, exit);
        }
        Ok(())
    }

    fn continue_stmt(&mut self, loc: Location) -> Result {
        let origin = loc;
        let mut loc = loc;
        self.op(loc, op::NOP);
        let Some(block) = self.unwind_blocks(&mut loc, false, true)? else {
            return self.error(origin, "'continue' not properly in loop");
        };
        if let Some(start) = block.block {
            self.jump(loc, pseudo::JUMP, start);
        }
        Ok(())
    }

    fn assert_stmt(&mut self, loc: Location, test: &'a Expr, msg: Option<&'a Expr>) -> Result {
        if matches!(&test.kind, ExprKind::Tuple { elts, .. } if !elts.is_empty()) {
            self.warn(loc, "assertion is always true, perhaps remove parentheses?".to_owned());
        }
        if self.optimize > 0 {
            return Ok(());
        }
        let end = self.new_label();
        self.jump_if(test, end, true)?;
        self.op_arg(loc, op::LOAD_COMMON_CONSTANT, common_constant::ASSERTION_ERROR);
        if let Some(msg) = msg {
            self.expr(msg)?;
            self.op_arg(loc, op::CALL, 0);
        }
        self.op_arg(test.loc, op::RAISE_VARARGS, 1);
        self.use_label(end);
        Ok(())
    }

    fn import(&mut self, loc: Location, aliases: &'a [Alias]) -> Result {
        for alias in aliases {
            self.load_const(loc, int_constant(0));
            self.load_none(loc);
            self.op_name(loc, op::IMPORT_NAME, &alias.name);
            let mut parts = alias.name.split('.');
            let first: Name = parts.next().unwrap_or_default().into();
            let Some(asname) = &alias.asname else {
                self.name_op(loc, &first, Context::Store)?;
                continue;
            };
            // IMPORT_NAME leaves the outermost package.
            let mut dotted = false;
            for part in parts {
                if dotted {
                    self.op_arg(loc, op::SWAP, 2);
                    self.op(loc, op::POP_TOP);
                }
                let arg = self.unit().names.add(&part.into()) as u32;
                self.op_arg(loc, op::IMPORT_FROM, arg);
                dotted = true;
            }
            self.name_op(loc, asname, Context::Store)?;
            if dotted {
                self.op(loc, op::POP_TOP);
            }
        }
        Ok(())
    }

    fn import_from(&mut self, loc: Location, module: Option<&'a Name>, names: &'a [Alias], level: u32) -> Result {
        self.load_const(loc, int_constant(level));
        let list = names.iter().map(|alias| str_constant(&alias.name));
        self.load_const(loc, Constant::Tuple(list.collect()));
        match module {
            Some(module) => self.op_name(loc, op::IMPORT_NAME, module),
            None => self.op_name(loc, op::IMPORT_NAME, &"".into()),
        }
        for (i, alias) in names.iter().enumerate() {
            if i == 0 && &*alias.name == "*" {
                self.op_arg(loc, op::CALL_INTRINSIC_1, intrinsic_1::IMPORT_STAR);
                self.op(Location::NONE, op::POP_TOP);
                return Ok(());
            }
            self.op_name(loc, op::IMPORT_FROM, &alias.name);
            let target = alias.asname.as_ref().unwrap_or(&alias.name);
            self.name_op(loc, target, Context::Store)?;
        }
        self.op(loc, op::POP_TOP);
        Ok(())
    }

    fn type_alias(&mut self, alias: &'a TypeAlias, loc: Location) -> Result {
        let generic = !alias.type_params.is_empty();
        if generic {
            self.enter_scope(
                format!("<generic parameters of {}>", alias.name).into(),
                super::ScopeType::Annotations,
                alias.key.type_params(),
                loc.line,
                None,
                Default::default(),
            )?;
            self.load_const(loc, str_constant(&alias.name));
            self.type_params(&alias.type_params)?;
        } else {
            self.load_const(loc, str_constant(&alias.name));
            self.load_none(loc);
        }
        self.load_const(loc, Constant::Tuple(vec![int_constant(1)]));
        self.enter_annotations_scope(loc, alias.key, alias.name.clone())?;
        self.expr(&alias.value)?;
        self.op(loc, op::RETURN_VALUE);
        let code = self.finish_unit(false)?;
        self.make_closure(loc, code, function_flag::DEFAULTS)?;
        self.op_arg(loc, op::BUILD_TUPLE, 3);
        self.op_arg(loc, op::CALL_INTRINSIC_1, intrinsic_1::TYPEALIAS);
        if generic {
            let code = self.finish_unit(false)?;
            self.make_closure(loc, code, 0)?;
            self.op(loc, op::PUSH_NULL);
            self.op_arg(loc, op::CALL, 0);
        }
        self.name_op(loc, &alias.name, Context::Store)
    }

    /// The name as `_Py_Mangle` has it, without regard to type parameters.
    pub(super) fn mangled(&self, name: &Name) -> Name {
        mangle(self.unit_ref().private.as_ref(), name)
    }
}
