//! Expressions.

use super::{Lowering, Result};
use crate::ast::*;
use crate::code::Constant;
use crate::error::CompileError;
use num_bigint::BigInt;
use ruff_python_ast as ruff;
use ruff_text_size::{Ranged, TextRange};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Decimal literals of more digits are refused, as `int` refuses such strings: `sys.set_int_max_str_digits`. 0 is no limit.
pub static MAX_DECIMAL_DIGITS: AtomicUsize = AtomicUsize::new(4300);

/// CPython's parser recurses into what is nested to the right, and gives up earlier than the stages after it.
fn nested_to_the_right(error: CompileError) -> CompileError {
    if error.kind == crate::ErrorKind::Recursion { CompileError::too_complex() } else { error }
}

impl Lowering<'_> {
    /// Lowers one expression.
    pub fn expr(&mut self, expr: &ruff::Expr) -> Result<Expr> {
        self.enter()?;
        let result = self.expr_inner(expr);
        self.leave();
        result
    }

    /// Lowers into a box.
    pub fn boxed(&mut self, expr: &ruff::Expr) -> Result<Box<Expr>> {
        Ok(Box::new(self.expr(expr)?))
    }

    /// Lowers into a box if there is anything.
    pub fn opt_box(&mut self, expr: Option<&ruff::Expr>) -> Result<Option<Box<Expr>>> {
        expr.map(|expr| self.boxed(expr)).transpose()
    }

    /// Lowers a list.
    pub fn exprs(&mut self, exprs: &[ruff::Expr]) -> Result<Vec<Expr>> {
        let mut lowered = Vec::with_capacity(exprs.len());
        for expr in exprs {
            lowered.push(self.expr(expr)?);
        }
        Ok(lowered)
    }

    /// A `yield` without parentheses is no operand, though the parser takes one without a value for the left one.
    fn operand(&self, whole: TextRange, left: &ruff::Expr) -> Result<()> {
        match left {
            ruff::Expr::Yield(left) if left.range.start() == whole.start() => {
                Err(CompileError::syntax("invalid syntax", self.loc(TextRange::empty(left.range.end()))))
            }
            _ => Ok(()),
        }
    }

    fn expr_inner(&mut self, expr: &ruff::Expr) -> Result<Expr> {
        let loc = self.loc_of(expr);
        match expr {
            ruff::Expr::BoolOp(e) => self.operand(e.range, &e.values[0])?,
            ruff::Expr::BinOp(e) => self.operand(e.range, &e.left)?,
            ruff::Expr::Compare(e) => self.operand(e.range, &e.left)?,
            ruff::Expr::If(e) => self.operand(e.range, &e.body)?,
            _ => {}
        }
        let kind = match expr {
            ruff::Expr::BoolOp(e) => ExprKind::BoolOp { is_and: e.op == ruff::BoolOp::And, values: self.exprs(&e.values)? },
            ruff::Expr::Named(e) => ExprKind::NamedExpr { target: self.boxed(&e.target)?, value: self.boxed(&e.value)? },
            ruff::Expr::BinOp(e) => ExprKind::BinOp { left: self.boxed(&e.left)?, op: operator(e.op), right: self.boxed(&e.right)? },
            ruff::Expr::UnaryOp(e) => ExprKind::UnaryOp {
                op: match e.op {
                    ruff::UnaryOp::Invert => UnaryOp::Invert,
                    ruff::UnaryOp::Not => UnaryOp::Not,
                    ruff::UnaryOp::UAdd => UnaryOp::UAdd,
                    ruff::UnaryOp::USub => UnaryOp::USub,
                },
                operand: self.boxed(&e.operand).map_err(nested_to_the_right)?,
            },
            ruff::Expr::Lambda(e) => ExprKind::Lambda {
                key: self.key(),
                args: Box::new(match &e.parameters {
                    Some(parameters) => self.parameters(parameters)?,
                    None => Arguments::default(),
                }),
                body: self.boxed(&e.body).map_err(nested_to_the_right)?,
            },
            ruff::Expr::If(e) => ExprKind::IfExp {
                test: self.boxed(&e.test)?,
                body: self.boxed(&e.body)?,
                orelse: self.boxed(&e.orelse).map_err(nested_to_the_right)?,
            },
            ruff::Expr::Dict(e) => {
                let mut keys = Vec::with_capacity(e.items.len());
                let mut values = Vec::with_capacity(e.items.len());
                for item in &e.items {
                    keys.push(item.key.as_ref().map(|key| self.expr(key)).transpose()?);
                    values.push(self.expr(&item.value)?);
                }
                ExprKind::Dict { keys, values }
            }
            ruff::Expr::Set(e) => ExprKind::Set(self.exprs(&e.elts)?),
            ruff::Expr::ListComp(e) => self.comp(CompKind::List, &e.elt, None, &e.generators)?,
            ruff::Expr::SetComp(e) => self.comp(CompKind::Set, &e.elt, None, &e.generators)?,
            ruff::Expr::DictComp(e) => match &e.key {
                Some(key) => self.comp(CompKind::Dict, key, Some(&e.value), &e.generators)?,
                None => {
                    return Err(CompileError::syntax("dict unpacking cannot be used in dict comprehension", loc));
                }
            },
            ruff::Expr::Generator(e) => self.comp(CompKind::Generator, &e.elt, None, &e.generators)?,
            ruff::Expr::Await(e) => ExprKind::Await(self.boxed(&e.value)?),
            ruff::Expr::Yield(e) => ExprKind::Yield(self.opt_box(e.value.as_deref())?),
            ruff::Expr::YieldFrom(e) => ExprKind::YieldFrom(self.boxed(&e.value)?),
            ruff::Expr::Compare(e) => ExprKind::Compare {
                left: self.boxed(&e.left)?,
                ops: e.ops.iter().map(|op| compare_operator(*op)).collect(),
                comparators: self.exprs(&e.comparators)?,
            },
            ruff::Expr::Call(e) => {
                let func = self.boxed(&e.func)?;
                let (args, keywords) = self.arguments(&e.arguments)?;
                ExprKind::Call { func, args, keywords }
            }
            ruff::Expr::FString(e) => return self.f_string(e),
            ruff::Expr::TString(e) => return self.t_string(e),
            ruff::Expr::StringLiteral(e) => return self.string_literal(e),
            ruff::Expr::BytesLiteral(e) => return self.bytes_literal(e),
            ruff::Expr::NumberLiteral(e) => {
                return Ok(Expr::new_constant(self.number(e)?, loc));
            }
            ruff::Expr::BooleanLiteral(e) => {
                return Ok(Expr::new_constant(Constant::Bool(e.value), loc));
            }
            ruff::Expr::NoneLiteral(_) => return Ok(Expr::new_constant(Constant::None, loc)),
            ruff::Expr::EllipsisLiteral(_) => {
                return Ok(Expr::new_constant(Constant::Ellipsis, loc));
            }
            ruff::Expr::Attribute(e) => {
                ExprKind::Attribute { value: self.boxed(&e.value)?, attr: self.identifier(&e.attr), ctx: context(e.ctx) }
            }
            ruff::Expr::Subscript(e) => {
                ExprKind::Subscript { value: self.boxed(&e.value)?, slice: self.boxed(&e.slice)?, ctx: context(e.ctx) }
            }
            ruff::Expr::Starred(e) => ExprKind::Starred { value: self.boxed(&e.value)?, ctx: context(e.ctx) },
            ruff::Expr::Name(e) => {
                // Only what has been normalised can be spelled like a keyword here.
                if matches!(e.id.as_str(), "None" | "True" | "False") {
                    let message = format!("identifier field can't represent '{}' constant", e.id);
                    return Err(CompileError::plain(crate::ErrorKind::Value, message));
                }
                ExprKind::Name { id: self.name(&e.id), ctx: context(e.ctx) }
            }
            ruff::Expr::List(e) => ExprKind::List { elts: self.exprs(&e.elts)?, ctx: context(e.ctx) },
            ruff::Expr::Tuple(e) => ExprKind::Tuple { elts: self.exprs(&e.elts)?, ctx: context(e.ctx) },
            ruff::Expr::Slice(e) => ExprKind::Slice {
                lower: self.opt_box(e.lower.as_deref())?,
                upper: self.opt_box(e.upper.as_deref())?,
                step: self.opt_box(e.step.as_deref())?,
            },
            ruff::Expr::IpyEscapeCommand(_) => {
                return Err(CompileError::syntax("invalid syntax", loc));
            }
        };
        Ok(Expr { kind, loc })
    }

    fn comp(
        &mut self,
        kind: CompKind,
        elt: &ruff::Expr,
        value: Option<&ruff::Expr>,
        generators: &[ruff::Comprehension],
    ) -> Result<ExprKind> {
        let key = self.key();
        Ok(ExprKind::Comp(Box::new(Comp {
            key,
            kind,
            elt: self.expr(elt)?,
            value: value.map(|value| self.expr(value)).transpose()?,
            generators: generators
                .iter()
                .map(|generator| {
                    Ok(Comprehension {
                        target: self.expr(&generator.target)?,
                        iter: self.expr(&generator.iter)?,
                        ifs: self.exprs(&generator.ifs)?,
                        is_async: generator.is_async,
                    })
                })
                .collect::<Result<_>>()?,
        })))
    }

    /// Lowers the arguments of a call or class.
    pub fn arguments(&mut self, arguments: &ruff::Arguments) -> Result<(Vec<Expr>, Vec<Keyword>)> {
        let mut args = Vec::with_capacity(arguments.args.len());
        for arg in &arguments.args {
            let mut lowered = self.expr(arg)?;
            // A generator without parentheses of its own takes the call's.
            if let ruff::Expr::Generator(generator) = arg
                && !generator.parenthesized
            {
                lowered.loc = self.loc(arguments.range);
            }
            args.push(lowered);
        }
        let mut keywords = Vec::with_capacity(arguments.keywords.len());
        for keyword in &arguments.keywords {
            let arg = keyword.arg.as_ref().map(|name| self.identifier(name));
            keywords.push(Keyword { arg, value: self.expr(&keyword.value)?, loc: self.loc_of(keyword) });
        }
        Ok((args, keywords))
    }

    fn number(&mut self, literal: &ruff::ExprNumberLiteral) -> Result<Constant> {
        match &literal.value {
            ruff::Number::Int(int) => match int.as_u64() {
                Some(small) => Ok(Constant::Int(BigInt::from(small))),
                None => self.big_int(literal.range),
            },
            ruff::Number::Float(value) => Ok(Constant::Float(*value)),
            ruff::Number::Complex { real, imag } => Ok(Constant::Complex(*real, *imag)),
        }
    }

    fn big_int(&self, range: TextRange) -> Result<Constant> {
        let text = self.source.slice(range).replace('_', "").to_ascii_lowercase();
        let (digits, radix) = match text.get(..2) {
            Some("0x") => (&text[2..], 16),
            Some("0o") => (&text[2..], 8),
            Some("0b") => (&text[2..], 2),
            _ => (&text[..], 10),
        };
        let limit = MAX_DECIMAL_DIGITS.load(Ordering::Relaxed);
        if radix == 10 && limit > 0 && digits.len() > limit {
            return Err(CompileError::syntax(
                format!(
                    "Exceeds the limit ({limit} digits) for integer string conversion: value has {} digits; \
                     use sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer \
                     literals to avoid decimal conversion limits.",
                    digits.len()
                ),
                self.loc(range),
            ));
        }
        BigInt::parse_bytes(digits.as_bytes(), radix)
            .map(Constant::Int)
            .ok_or_else(|| CompileError::syntax("invalid decimal literal", self.loc(range)))
    }

    /// The end of an expression in the source, for text that follows it.
    pub(super) fn end_of(&self, expr: &ruff::Expr) -> usize {
        expr.end().to_usize()
    }
}

pub(super) fn operator(op: ruff::Operator) -> Operator {
    match op {
        ruff::Operator::Add => Operator::Add,
        ruff::Operator::Sub => Operator::Sub,
        ruff::Operator::Mult => Operator::Mult,
        ruff::Operator::MatMult => Operator::MatMult,
        ruff::Operator::Div => Operator::Div,
        ruff::Operator::Mod => Operator::Mod,
        ruff::Operator::Pow => Operator::Pow,
        ruff::Operator::LShift => Operator::LShift,
        ruff::Operator::RShift => Operator::RShift,
        ruff::Operator::BitOr => Operator::BitOr,
        ruff::Operator::BitXor => Operator::BitXor,
        ruff::Operator::BitAnd => Operator::BitAnd,
        ruff::Operator::FloorDiv => Operator::FloorDiv,
    }
}

fn compare_operator(op: ruff::CmpOp) -> CmpOp {
    match op {
        ruff::CmpOp::Eq => CmpOp::Eq,
        ruff::CmpOp::NotEq => CmpOp::NotEq,
        ruff::CmpOp::Lt => CmpOp::Lt,
        ruff::CmpOp::LtE => CmpOp::LtE,
        ruff::CmpOp::Gt => CmpOp::Gt,
        ruff::CmpOp::GtE => CmpOp::GtE,
        ruff::CmpOp::Is => CmpOp::Is,
        ruff::CmpOp::IsNot => CmpOp::IsNot,
        ruff::CmpOp::In => CmpOp::In,
        ruff::CmpOp::NotIn => CmpOp::NotIn,
    }
}

fn context(ctx: ruff::ExprContext) -> Context {
    match ctx {
        ruff::ExprContext::Store => Context::Store,
        ruff::ExprContext::Del => Context::Del,
        ruff::ExprContext::Load | ruff::ExprContext::Invalid => Context::Load,
    }
}
