//! f-strings and t-strings.

use super::names::AttributeLoad;
use super::{Compiler, Result, STACK_USE_GUIDELINE, operators, str_constant};
use crate::ast::*;
use crate::code::Constant;
use crate::instruction::Location;
use crate::opcode::op;

/// The number of a conversion: `!s`, `!r` or `!a`.
fn conversion_number(conversion: char) -> u32 {
    match conversion {
        's' => 1,
        'r' => 2,
        _ => 3,
    }
}

impl<'a> Compiler<'a> {
    pub(super) fn joined_str(&mut self, loc: Location, values: &'a [Expr]) -> Result {
        if values.len() > STACK_USE_GUIDELINE {
            self.load_const(loc, str_constant(""));
            self.load_attribute(loc, &"join".into(), AttributeLoad::Method);
            self.op_arg(loc, op::BUILD_LIST, 0);
            for value in values {
                self.expr(value)?;
                self.op_arg(loc, op::LIST_APPEND, 1);
            }
            self.op_arg(loc, op::CALL, 1);
            return Ok(());
        }
        self.exprs(values)?;
        match values.len() {
            0 => self.load_const(loc, str_constant("")),
            1 => {}
            count => self.op_len(loc, op::BUILD_STRING, count),
        }
        Ok(())
    }

    pub(super) fn formatted_value(
        &mut self,
        loc: Location,
        value: &'a Expr,
        conversion: Option<char>,
        format_spec: Option<&'a Expr>,
    ) -> Result {
        self.expr(value)?;
        if let Some(conversion) = conversion {
            self.op_arg(loc, op::CONVERT_VALUE, conversion_number(conversion));
        }
        match format_spec {
            Some(spec) => {
                self.expr(spec)?;
                self.op(loc, op::FORMAT_WITH_SPEC);
            }
            None => self.op(loc, op::FORMAT_SIMPLE),
        }
        Ok(())
    }

    /// A template is made of a tuple of its strings, which is one longer than that of its interpolations.
    pub(super) fn template_str(&mut self, loc: Location, values: &'a [Expr]) -> Result {
        let is_interpolation = |value: &Expr| matches!(value.kind, ExprKind::Interpolation { .. });
        let mut strings = 0;
        let mut last_was_interpolation = true;
        let mut rest = values;
        while let Some((value, after)) = rest.split_first() {
            rest = after;
            if is_interpolation(value) {
                if last_was_interpolation {
                    self.load_const(loc, str_constant(""));
                    strings += 1;
                }
                last_was_interpolation = true;
                continue;
            }
            self.expr(value)?;
            while let Some((value, after)) = rest.split_first()
                && !is_interpolation(value)
            {
                rest = after;
                self.expr(value)?;
                self.op_arg(loc, op::BINARY_OP, operators::binary(Operator::Add, true));
            }
            strings += 1;
            last_was_interpolation = false;
        }
        if last_was_interpolation {
            self.load_const(loc, str_constant(""));
            strings += 1;
        }
        self.op_arg(loc, op::BUILD_TUPLE, strings);
        let mut interpolations = 0;
        for value in values.iter().filter(|value| is_interpolation(value)) {
            self.expr(value)?;
            interpolations += 1;
        }
        self.op_arg(loc, op::BUILD_TUPLE, interpolations);
        self.op(loc, op::BUILD_TEMPLATE);
        Ok(())
    }

    pub(super) fn interpolation(
        &mut self,
        loc: Location,
        value: &'a Expr,
        text: &Constant,
        conversion: Option<char>,
        format_spec: Option<&'a Expr>,
    ) -> Result {
        self.expr(value)?;
        self.load_const(loc, text.clone());
        let mut arg = 2;
        if let Some(spec) = format_spec {
            arg += 1;
            self.expr(spec)?;
        }
        if let Some(conversion) = conversion {
            arg |= conversion_number(conversion) << 2;
        }
        self.op_arg(loc, op::BUILD_INTERPOLATION, arg);
        Ok(())
    }
}
