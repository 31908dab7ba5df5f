//! Annotations: `__annotate__` functions (PEP 649, PEP 749) and annotated assignments.

use super::operators::COMPARE_GT;
use super::{ArgCounts, Compiler, Result, ScopeType, common_constant, int_constant, str_constant};
use crate::ast::*;
use crate::code::Constant;
use crate::instruction::Location;
use crate::opcode::op;
use crate::symtable::BlockKind;

/// `annotationlib.Format.VALUE_WITH_FAKE_GLOBALS`
const VALUE_WITH_FAKE_GLOBALS: u32 = 2;

impl<'a> Compiler<'a> {
    /// Opens a scope that is called with an `annotationlib.Format`, and refuses formats it does not know.
    pub(super) fn enter_annotations_scope(&mut self, loc: Location, key: ScopeKey, name: Name) -> Result {
        self.enter_scope(name, ScopeType::Annotations, key, loc.line, None, ArgCounts { posonly: 1, ..ArgCounts::default() })?;
        self.op_arg(loc, op::LOAD_FAST, 0);
        self.load_const(loc, int_constant(VALUE_WITH_FAKE_GLOBALS));
        self.op_arg(loc, op::COMPARE_OP, COMPARE_GT);
        let body = self.new_label();
        self.jump(loc, op::POP_JUMP_IF_FALSE, body);
        self.op_arg(loc, op::LOAD_COMMON_CONSTANT, common_constant::NOT_IMPLEMENTED_ERROR);
        self.op_arg(loc, op::RAISE_VARARGS, 1);
        self.use_label(body);
        Ok(())
    }

    /// Returns what is on the stack from an `__annotate__` scope and loads the function.
    pub(super) fn leave_annotations_scope(&mut self, loc: Location) -> Result {
        self.op(loc, op::RETURN_VALUE);
        let mut code = self.finish_unit(true)?;
        // Annotations may mention a variable `format`, so only the finished code calls the parameter that.
        if let Some(parameter) = code.localsplusnames.first_mut() {
            *parameter = "format".into();
        }
        self.make_closure(loc, code, 0)
    }

    /// Makes the `__annotate__` of a module or class whose variables are annotated.
    pub(super) fn deferred_annotations(&mut self, loc: Location) -> Result {
        if self.unit_ref().deferred_annotations.is_empty() {
            return Ok(());
        }
        let deferred = self.unit_ref().deferred_annotations.clone();
        let scope_type = self.unit_ref().scope_type;
        // A module's go to the start of the code, before anything can fail.
        let in_module = scope_type == ScopeType::Module;
        if in_module {
            let unit = self.unit();
            let sequence = std::mem::take(&mut unit.sequence);
            unit.stashed = Some(sequence);
        }
        let key = self.scope().key.annotations();
        let is_class = self.scope().kind == BlockKind::Class;
        self.enter_annotations_scope(loc, key, "__annotate__".into())?;
        self.op_arg(loc, op::BUILD_MAP, 0);
        for (assign, stmt_loc, index) in deferred {
            let not_set = self.new_label();
            if let Some(index) = index {
                self.load_const(stmt_loc, int_constant(index));
                let name = "__conditional_annotations__";
                if is_class {
                    let arg = self.free_index(&name.into());
                    self.op_arg(stmt_loc, op::LOAD_DEREF, arg);
                } else {
                    let arg = self.unit().names.add(&name.into()) as u32;
                    self.op_arg(stmt_loc, op::LOAD_GLOBAL, arg);
                }
                self.op_arg(stmt_loc, op::CONTAINS_OP, 0);
                self.jump(stmt_loc, op::POP_JUMP_IF_FALSE, not_set);
            }
            self.expr(&assign.annotation)?;
            self.op_arg(stmt_loc, op::COPY, 2);
            if let ExprKind::Name { id, .. } = &assign.target.kind {
                let mangled = self.mangled(id);
                self.load_const(stmt_loc, str_constant(&mangled));
            }
            self.op(loc, op::STORE_SUBSCR);
            self.use_label(not_set);
        }
        self.leave_annotations_scope(loc)?;
        let name: Name = if is_class { "__annotate_func__".into() } else { "__annotate__".into() };
        self.name_op(loc, &name, Context::Store)?;
        if in_module {
            let unit = self.unit();
            if let Some(mut sequence) = unit.stashed.take() {
                std::mem::swap(&mut unit.sequence, &mut sequence);
                unit.sequence.annotations = Some(Box::new(sequence));
            }
        }
        Ok(())
    }

    pub(super) fn ann_assign(&mut self, loc: Location, assign: &'a AnnAssign) -> Result {
        let in_namespace = matches!(self.unit_ref().scope_type, ScopeType::Module | ScopeType::Class);
        let future = self.future.annotations();
        if let Some(value) = &assign.value {
            self.expr(value)?;
            self.expr(&assign.target)?;
        }
        match &assign.target.kind {
            ExprKind::Name { id, .. } if assign.simple && in_namespace => {
                if future {
                    let text = crate::unparse::unparse(&assign.annotation);
                    self.load_const(assign.annotation.loc, Constant::Str(text.into()));
                    self.op_name(loc, op::LOAD_NAME, &"__annotations__".into());
                    let mangled = self.maybe_mangle(id);
                    self.load_const(loc, str_constant(&mangled));
                    self.op(loc, op::STORE_SUBSCR);
                } else {
                    self.defer_annotation(loc, assign);
                }
            }
            ExprKind::Attribute { value, .. } if assign.value.is_none() => {
                self.check_evaluates(value)?;
            }
            ExprKind::Subscript { value, slice, .. } if assign.value.is_none() => {
                self.check_evaluates(value)?;
                self.check_subscript(slice)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn defer_annotation(&mut self, loc: Location, assign: &'a AnnAssign) {
        let unit = self.unit();
        let in_module = unit.scope_type == ScopeType::Module;
        let index = (in_module || unit.in_conditional_block > 0).then(|| {
            unit.next_conditional_annotation += 1;
            unit.next_conditional_annotation - 1
        });
        unit.deferred_annotations.push((assign, loc, index));
        if let Some(index) = index {
            let name = "__conditional_annotations__";
            if in_module {
                let arg = self.unit().names.add(&name.into()) as u32;
                self.op_arg(loc, op::LOAD_NAME, arg);
            } else {
                let cell = self.cell_index(&name.into());
                self.op_arg(loc, op::LOAD_DEREF, cell);
            }
            self.load_const(loc, int_constant(index));
            self.op_arg(loc, op::SET_ADD, 1);
            self.op(loc, op::POP_TOP);
        }
    }

    /// Evaluates an expression for its errors.
    fn check_evaluates(&mut self, expr: &'a Expr) -> Result {
        self.expr(expr)?;
        self.op(expr.loc, op::POP_TOP);
        Ok(())
    }

    fn check_subscript(&mut self, slice: &'a Expr) -> Result {
        match &slice.kind {
            ExprKind::Slice { lower, upper, step } => {
                for part in [lower, upper, step].into_iter().flatten() {
                    self.check_evaluates(part)?;
                }
                Ok(())
            }
            ExprKind::Tuple { elts, .. } => elts.iter().try_for_each(|e| self.check_subscript(e)),
            _ => self.check_evaluates(slice),
        }
    }
}
