//! Type parameters (PEP 695, PEP 696).

use super::{Compiler, Result, function_flag, int_constant, intrinsic_1, intrinsic_2, str_constant};
use crate::ast::*;
use crate::code::Constant;
use crate::opcode::op;

impl<'a> Compiler<'a> {
    /// Makes and binds the parameters, and leaves a tuple of them on the stack.
    pub(super) fn type_params(&mut self, params: &'a [TypeParam]) -> Result {
        let mut seen_default = false;
        for param in params {
            let loc = param.loc;
            self.load_const(loc, str_constant(&param.name));
            let default_key = match param.kind {
                TypeParamKind::TypeVar => {
                    if let Some(bound) = &param.bound {
                        self.bound_or_default(bound, &param.name, param.key, false)?;
                        let intrinsic = match bound.kind {
                            ExprKind::Tuple { .. } => intrinsic_2::TYPEVAR_WITH_CONSTRAINTS,
                            _ => intrinsic_2::TYPEVAR_WITH_BOUND,
                        };
                        self.op_arg(loc, op::CALL_INTRINSIC_2, intrinsic);
                    } else {
                        self.op_arg(loc, op::CALL_INTRINSIC_1, intrinsic_1::TYPEVAR);
                    }
                    param.key.annotations()
                }
                TypeParamKind::TypeVarTuple => {
                    self.op_arg(loc, op::CALL_INTRINSIC_1, intrinsic_1::TYPEVARTUPLE);
                    param.key
                }
                TypeParamKind::ParamSpec => {
                    self.op_arg(loc, op::CALL_INTRINSIC_1, intrinsic_1::PARAMSPEC);
                    param.key
                }
            };
            if let Some(default) = &param.default {
                seen_default = true;
                let starred = param.kind == TypeParamKind::TypeVarTuple;
                self.bound_or_default(default, &param.name, default_key, starred)?;
                self.op_arg(loc, op::CALL_INTRINSIC_2, intrinsic_2::SET_TYPEPARAM_DEFAULT);
            } else if seen_default {
                return self.error(loc, format!("non-default type parameter '{}' follows default type parameter", param.name));
            }
            self.op_arg(loc, op::COPY, 1);
            self.name_op(loc, &param.name, Context::Store)?;
        }
        if let Some(first) = params.first() {
            self.op_len(first.loc, op::BUILD_TUPLE, params.len());
        }
        Ok(())
    }

    /// A function that evaluates a bound or default when it is asked for.
    fn bound_or_default(&mut self, expr: &'a Expr, name: &Name, key: ScopeKey, allow_starred: bool) -> Result {
        let loc = expr.loc;
        self.load_const(loc, Constant::Tuple(vec![int_constant(1)]));
        self.enter_annotations_scope(loc, key, name.clone())?;
        match &expr.kind {
            ExprKind::Starred { value, .. } if allow_starred => {
                self.expr(value)?;
                self.op_arg(loc, op::UNPACK_SEQUENCE, 1);
            }
            _ => self.expr(expr)?,
        }
        self.op(loc, op::RETURN_VALUE);
        let code = self.finish_unit(true)?;
        self.make_closure(loc, code, function_flag::DEFAULTS)
    }
}
