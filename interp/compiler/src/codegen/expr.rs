//! Expressions: the dispatch, operators, conditions, attributes and subscripts.

use super::names::AttributeLoad;
use super::{Compiler, Result, ScopeType, intrinsic_1, operators, resume};
use crate::ast::*;
use crate::code::Constant;
use crate::instruction::{Label, Location};
use crate::opcode::{op, pseudo};
use crate::symtable::SymbolScope;

const NOWHERE: Location = Location::NONE;

impl<'a> Compiler<'a> {
    pub(super) fn exprs(&mut self, exprs: &'a [Expr]) -> Result {
        exprs.iter().try_for_each(|expr| self.expr(expr))
    }

    pub(super) fn expr(&mut self, expr: &'a Expr) -> Result {
        let loc = expr.loc;
        match &expr.kind {
            ExprKind::NamedExpr { target, value } => {
                self.expr(value)?;
                self.op_arg(loc, op::COPY, 1);
                self.expr(target)
            }
            ExprKind::BoolOp { is_and, values } => self.bool_op(loc, *is_and, values),
            ExprKind::BinOp { left, op, right } => {
                self.expr(left)?;
                self.expr(right)?;
                self.op_arg(loc, op::BINARY_OP, operators::binary(*op, false));
                Ok(())
            }
            ExprKind::UnaryOp { op, operand } => {
                self.expr(operand)?;
                match op {
                    UnaryOp::UAdd => {
                        self.op_arg(loc, op::CALL_INTRINSIC_1, intrinsic_1::UNARY_POSITIVE);
                    }
                    UnaryOp::Not => {
                        self.op(loc, op::TO_BOOL);
                        self.op(loc, op::UNARY_NOT);
                    }
                    UnaryOp::Invert => self.op(loc, op::UNARY_INVERT),
                    UnaryOp::USub => self.op(loc, op::UNARY_NEGATIVE),
                }
                Ok(())
            }
            ExprKind::Lambda { key, args, body } => self.lambda(loc, *key, args, body),
            ExprKind::IfExp { test, body, orelse } => {
                let end = self.new_label();
                let next = self.new_label();
                self.jump_if(test, next, false)?;
                self.expr(body)?;
                self.jump(NOWHERE, pseudo::JUMP_NO_INTERRUPT, end);
                self.use_label(next);
                self.expr(orelse)?;
                self.use_label(end);
                Ok(())
            }
            ExprKind::Dict { keys, values } => self.dict(loc, keys, values),
            ExprKind::Set(elts) => self.set(loc, elts),
            ExprKind::Comp(comp) => self.comprehension(loc, comp),
            ExprKind::Yield(value) => {
                if !self.scope().is_function_like() {
                    return self.error(loc, "'yield' outside function");
                }
                match value {
                    Some(value) => self.expr(value)?,
                    None => self.load_none(loc),
                }
                self.yield_value(loc);
                Ok(())
            }
            ExprKind::YieldFrom(value) => {
                if !self.scope().is_function_like() {
                    return self.error(loc, "'yield from' outside function");
                }
                if self.unit_ref().scope_type == ScopeType::AsyncFunction {
                    return self.error(loc, "'yield from' inside async function");
                }
                self.expr(value)?;
                self.op(loc, op::GET_YIELD_FROM_ITER);
                self.load_none(loc);
                self.yield_from(loc, false);
                Ok(())
            }
            ExprKind::Await(value) => {
                self.expr(value)?;
                self.op_arg(loc, op::GET_AWAITABLE, 0);
                self.load_none(loc);
                self.yield_from(loc, true);
                Ok(())
            }
            ExprKind::Compare { left, ops, comparators } => self.compare(loc, left, ops, comparators),
            ExprKind::Call { func, args, keywords } => self.call(loc, func, args, keywords),
            ExprKind::Constant { value, .. } => {
                self.load_const(loc, value.clone());
                Ok(())
            }
            ExprKind::JoinedStr(values) => self.joined_str(loc, values),
            ExprKind::TemplateStr(values) => self.template_str(loc, values),
            ExprKind::FormattedValue { value, conversion, format_spec } => {
                self.formatted_value(loc, value, *conversion, format_spec.as_deref())
            }
            ExprKind::Interpolation { value, text, conversion, format_spec } => {
                self.interpolation(loc, value, text, *conversion, format_spec.as_deref())
            }
            ExprKind::Attribute { value, attr, ctx } => self.attribute(loc, value, attr, *ctx),
            ExprKind::Subscript { value, slice, ctx } => self.subscript(loc, value, slice, *ctx),
            ExprKind::Starred { ctx, .. } => self.error(
                loc,
                match ctx {
                    Context::Store => "starred assignment target must be in a list or tuple",
                    _ => "can't use starred expression here",
                },
            ),
            ExprKind::Slice { lower, upper, step } => self.slice(loc, lower.as_deref(), upper.as_deref(), step.as_deref()),
            ExprKind::Name { id, ctx } => self.name_op(loc, id, *ctx),
            ExprKind::List { elts, ctx } => match ctx {
                Context::Store => self.unpack_targets(loc, elts),
                Context::Load => self.list(loc, elts),
                Context::Del => self.exprs(elts),
            },
            ExprKind::Tuple { elts, ctx } => match ctx {
                Context::Store => self.unpack_targets(loc, elts),
                Context::Load => self.tuple(loc, elts),
                Context::Del => self.exprs(elts),
            },
        }
    }

    pub(super) fn yield_value(&mut self, loc: Location) {
        let scope = self.scope();
        if scope.generator && scope.coroutine {
            self.op_arg(loc, op::CALL_INTRINSIC_1, intrinsic_1::ASYNC_GEN_WRAP);
        }
        self.op_arg(loc, op::YIELD_VALUE, 0);
        self.op_arg(loc, op::RESUME, resume::AFTER_YIELD);
    }

    /// Yields all that the iterator on the stack yields, and leaves its result.
    pub(super) fn yield_from(&mut self, loc: Location, is_await: bool) {
        let send = self.new_label();
        let fail = self.new_label();
        let exit = self.new_label();
        self.use_label(send);
        self.jump(loc, op::SEND, exit);
        // For a StopIteration that close() or throw() raises at the yield.
        self.jump(loc, pseudo::SETUP_FINALLY, fail);
        self.op_arg(loc, op::YIELD_VALUE, 1);
        self.op(NOWHERE, pseudo::POP_BLOCK);
        let kind = if is_await { resume::AFTER_AWAIT } else { resume::AFTER_YIELD_FROM };
        self.op_arg(loc, op::RESUME, kind);
        self.jump(loc, pseudo::JUMP_NO_INTERRUPT, send);
        self.use_label(fail);
        self.op(loc, op::CLEANUP_THROW);
        self.use_label(exit);
        self.op(loc, op::END_SEND);
    }

    fn bool_op(&mut self, loc: Location, is_and: bool, values: &'a [Expr]) -> Result {
        let jump = if is_and { pseudo::JUMP_IF_FALSE } else { pseudo::JUMP_IF_TRUE };
        let end = self.new_label();
        if let Some((last, rest)) = values.split_last() {
            for value in rest {
                self.expr(value)?;
                self.jump(loc, jump, end);
                self.op(loc, op::POP_TOP);
            }
            self.expr(last)?;
        }
        self.use_label(end);
        Ok(())
    }

    pub(super) fn compare_op(&mut self, loc: Location, cmp: CmpOp) {
        match operators::compare(cmp) {
            Some(arg) => self.op_arg(loc, op::COMPARE_OP, arg),
            None => {
                let (opcode, arg) = match cmp {
                    CmpOp::Is => (op::IS_OP, 0),
                    CmpOp::IsNot => (op::IS_OP, 1),
                    CmpOp::NotIn => (op::CONTAINS_OP, 1),
                    _ => (op::CONTAINS_OP, 0),
                };
                self.op_arg(loc, opcode, arg);
            }
        }
    }

    fn compare(&mut self, loc: Location, left: &'a Expr, ops: &'a [CmpOp], comparators: &'a [Expr]) -> Result {
        self.check_compare(loc, left, ops, comparators);
        self.expr(left)?;
        let last = ops.len() - 1;
        if last == 0 {
            self.expr(&comparators[0])?;
            self.compare_op(loc, ops[0]);
            return Ok(());
        }
        let cleanup = self.new_label();
        for (cmp, comparator) in ops.iter().zip(comparators).take(last) {
            self.expr(comparator)?;
            self.op_arg(loc, op::SWAP, 2);
            self.op_arg(loc, op::COPY, 2);
            self.compare_op(loc, *cmp);
            self.op_arg(loc, op::COPY, 1);
            self.op(loc, op::TO_BOOL);
            self.jump(loc, op::POP_JUMP_IF_FALSE, cleanup);
            self.op(loc, op::POP_TOP);
        }
        self.expr(&comparators[last])?;
        self.compare_op(loc, ops[last]);
        let end = self.new_label();
        self.jump(NOWHERE, pseudo::JUMP_NO_INTERRUPT, end);
        self.use_label(cleanup);
        self.op_arg(loc, op::SWAP, 2);
        self.op(loc, op::POP_TOP);
        self.use_label(end);
        Ok(())
    }

    /// Evaluates a condition and jumps to `next` if it is `cond`.
    pub(super) fn jump_if(&mut self, expr: &'a Expr, next: Label, cond: bool) -> Result {
        let jump = if cond { op::POP_JUMP_IF_TRUE } else { op::POP_JUMP_IF_FALSE };
        match &expr.kind {
            ExprKind::UnaryOp { op: UnaryOp::Not, operand } => return self.jump_if(operand, next, !cond),
            ExprKind::BoolOp { is_and, values } => {
                let cond2 = !is_and;
                let next2 = if cond2 == cond { next } else { self.new_label() };
                if let Some((last, rest)) = values.split_last() {
                    for value in rest {
                        self.jump_if(value, next2, cond2)?;
                    }
                    self.jump_if(last, next, cond)?;
                }
                if next2 != next {
                    self.use_label(next2);
                }
                return Ok(());
            }
            ExprKind::IfExp { test, body, orelse } => {
                let end = self.new_label();
                let next2 = self.new_label();
                self.jump_if(test, next2, false)?;
                self.jump_if(body, next, cond)?;
                self.jump(NOWHERE, pseudo::JUMP_NO_INTERRUPT, end);
                self.use_label(next2);
                self.jump_if(orelse, next, cond)?;
                self.use_label(end);
                return Ok(());
            }
            ExprKind::Compare { left, ops, comparators } if ops.len() > 1 => {
                let loc = expr.loc;
                self.check_compare(loc, left, ops, comparators);
                let cleanup = self.new_label();
                self.expr(left)?;
                let last = ops.len() - 1;
                for (cmp, comparator) in ops.iter().zip(comparators).take(last) {
                    self.expr(comparator)?;
                    self.op_arg(loc, op::SWAP, 2);
                    self.op_arg(loc, op::COPY, 2);
                    self.compare_op(loc, *cmp);
                    self.op(loc, op::TO_BOOL);
                    self.jump(loc, op::POP_JUMP_IF_FALSE, cleanup);
                }
                self.expr(&comparators[last])?;
                self.compare_op(loc, ops[last]);
                self.op(loc, op::TO_BOOL);
                self.jump(loc, jump, next);
                let end = self.new_label();
                self.jump(NOWHERE, pseudo::JUMP_NO_INTERRUPT, end);
                self.use_label(cleanup);
                self.op(loc, op::POP_TOP);
                if !cond {
                    self.jump(NOWHERE, pseudo::JUMP_NO_INTERRUPT, next);
                }
                self.use_label(end);
                return Ok(());
            }
            _ => {}
        }
        self.expr(expr)?;
        self.op(expr.loc, op::TO_BOOL);
        self.jump(expr.loc, jump, next);
        Ok(())
    }

    fn attribute(&mut self, loc: Location, value: &'a Expr, attr: &Name, ctx: Context) -> Result {
        if ctx == Context::Load
            && let Some(call) = self.super_call(value, attr)
        {
            self.super_arguments(value.loc, call)?;
            let load = if call.1.is_empty() { AttributeLoad::ZeroSuperAttribute } else { AttributeLoad::SuperAttribute };
            self.load_attribute(loc, attr, load);
            self.op(at_attribute(loc, attr, loc), op::NOP);
            return Ok(());
        }
        if ctx == Context::Store {
            self.note_static_attribute(value, attr);
        }
        self.expr(value)?;
        let loc = at_attribute(loc, attr, loc);
        match ctx {
            Context::Load => self.load_attribute(loc, attr, AttributeLoad::Attribute),
            Context::Store => self.op_name(loc, op::STORE_ATTR, attr),
            Context::Del => self.op_name(loc, op::DELETE_ATTR, attr),
        }
        Ok(())
    }

    /// The function and arguments of `value` if it is a call of the builtin `super` that LOAD_SUPER_ATTR can do.
    pub(super) fn super_call(&self, value: &'a Expr, attr: &str) -> Option<(&'a Expr, &'a [Expr])> {
        let ExprKind::Call { func, args, keywords } = &value.kind else {
            return None;
        };
        let ExprKind::Name { id, .. } = &func.kind else {
            return None;
        };
        if &**id != "super" || attr == "__class__" || !keywords.is_empty() {
            return None;
        }
        if self.scope().scope_of(id) != SymbolScope::GlobalImplicit || self.symtable.top().scope_of(id) != SymbolScope::Unknown {
            return None;
        }
        let unit = self.unit_ref();
        let possible = match args.len() {
            2 => !args.iter().any(Expr::is_starred),
            0 => {
                (unit.counts.args > 0 || unit.counts.posonly > 0)
                    && unit.scope_type != ScopeType::Class
                    && self.scope().scope_of("__class__") == SymbolScope::Free
            }
            _ => false,
        };
        possible.then_some((func, args))
    }

    /// Loads what LOAD_SUPER_ATTR takes.
    pub(super) fn super_arguments(&mut self, loc: Location, (func, args): (&'a Expr, &'a [Expr])) -> Result {
        self.name_op(func.loc, &"super".into(), Context::Load)?;
        if !args.is_empty() {
            return self.exprs(args);
        }
        self.name_op(loc, &"__class__".into(), Context::Load)?;
        let first = self.unit_ref().varnames.names().first();
        let first: Name = first.map_or_else(|| "".into(), Name::clone);
        self.name_op(loc, &first, Context::Load)
    }

    pub(super) fn aug_assign(&mut self, stmt_loc: Location, target: &'a Expr, operator: Operator, value: &'a Expr) -> Result {
        let loc = target.loc;
        match &target.kind {
            ExprKind::Attribute { value, attr, .. } => {
                self.expr(value)?;
                self.op_arg(loc, op::COPY, 1);
                let loc = at_attribute(loc, attr, loc);
                self.load_attribute(loc, attr, AttributeLoad::Attribute);
            }
            ExprKind::Subscript { value, slice, .. } => {
                self.expr(value)?;
                if let Some((lower, upper)) = two_part_slice(slice) {
                    self.slice_parts(slice.loc, lower, upper)?;
                    for _ in 0..3 {
                        self.op_arg(loc, op::COPY, 3);
                    }
                    self.op(loc, op::BINARY_SLICE);
                } else {
                    self.expr(slice)?;
                    self.op_arg(loc, op::COPY, 2);
                    self.op_arg(loc, op::COPY, 2);
                    self.op_arg(loc, op::BINARY_OP, operators::SUBSCR);
                }
            }
            ExprKind::Name { id, .. } => self.name_op(loc, id, Context::Load)?,
            _ => return self.error(loc, "illegal expression for augmented assignment"),
        }
        self.expr(value)?;
        self.op_arg(stmt_loc, op::BINARY_OP, operators::binary(operator, true));
        match &target.kind {
            ExprKind::Attribute { attr, .. } => {
                let loc = at_attribute(loc, attr, loc);
                self.op_arg(loc, op::SWAP, 2);
                self.op_name(loc, op::STORE_ATTR, attr);
            }
            ExprKind::Subscript { slice, .. } => {
                if two_part_slice(slice).is_some() {
                    self.op_arg(loc, op::SWAP, 4);
                    self.op_arg(loc, op::SWAP, 3);
                    self.op_arg(loc, op::SWAP, 2);
                    self.op(loc, op::STORE_SLICE);
                } else {
                    self.op_arg(loc, op::SWAP, 3);
                    self.op_arg(loc, op::SWAP, 2);
                    self.op(loc, op::STORE_SUBSCR);
                }
            }
            ExprKind::Name { id, .. } => self.name_op(loc, id, Context::Store)?,
            _ => {}
        }
        Ok(())
    }

    fn subscript(&mut self, loc: Location, value: &'a Expr, slice: &'a Expr, ctx: Context) -> Result {
        if ctx == Context::Load {
            self.check_subscripter(value);
            self.check_index(value, slice);
        }
        self.expr(value)?;
        if ctx != Context::Del
            && let Some((lower, upper)) = two_part_slice(slice)
        {
            self.slice_parts(slice.loc, lower, upper)?;
            match ctx {
                Context::Load => self.op(loc, op::BINARY_SLICE),
                _ => self.op(loc, op::STORE_SLICE),
            }
            return Ok(());
        }
        self.expr(slice)?;
        match ctx {
            Context::Load => self.op_arg(loc, op::BINARY_OP, operators::SUBSCR),
            Context::Store => self.op(loc, op::STORE_SUBSCR),
            Context::Del => self.op(loc, op::DELETE_SUBSCR),
        }
        Ok(())
    }

    fn slice_parts(&mut self, loc: Location, lower: Option<&'a Expr>, upper: Option<&'a Expr>) -> Result {
        for part in [lower, upper] {
            match part {
                Some(part) => self.expr(part)?,
                None => self.load_none(loc),
            }
        }
        Ok(())
    }

    fn slice(&mut self, loc: Location, lower: Option<&'a Expr>, upper: Option<&'a Expr>, step: Option<&'a Expr>) -> Result {
        if let Some(slice) = constant_slice(lower, upper, step) {
            self.load_const(loc, slice);
            return Ok(());
        }
        self.slice_parts(loc, lower, upper)?;
        let mut count = 2;
        if let Some(step) = step {
            self.expr(step)?;
            count = 3;
        }
        self.op_arg(loc, op::BUILD_SLICE, count);
        Ok(())
    }
}

fn constant_slice(lower: Option<&Expr>, upper: Option<&Expr>, step: Option<&Expr>) -> Option<Constant> {
    let part = |part: Option<&Expr>| match part {
        None => Some(Constant::None),
        Some(part) => part.constant().cloned(),
    };
    Some(Constant::Slice(Box::new([part(lower)?, part(upper)?, part(step)?])))
}

/// The parts of `[a:b]`, which has instructions of its own unless it is constant.
fn two_part_slice(slice: &Expr) -> Option<(Option<&Expr>, Option<&Expr>)> {
    match &slice.kind {
        ExprKind::Slice { lower, upper, step: None } if constant_slice(lower.as_deref(), upper.as_deref(), None).is_none() => {
            Some((lower.as_deref(), upper.as_deref()))
        }
        _ => None,
    }
}

/// `loc`, which starts with the whole expression `attribute`, moved to the attribute's name if that is on another line
/// (`update_start_location_to_match_attr`).
pub(super) fn at_attribute(mut loc: Location, attr: &str, attribute: Location) -> Location {
    if loc.line != attribute.end_line {
        loc.line = attribute.end_line;
        let length = attr.chars().count() as i32;
        if length <= attribute.end_col {
            loc.col = attribute.end_col - length;
        } else {
            loc.col = -1;
            loc.end_col = -1;
        }
        loc.end_line = loc.end_line.max(loc.line);
        if loc.line == loc.end_line {
            loc.end_col = loc.end_col.max(loc.col);
        }
    }
    loc
}
