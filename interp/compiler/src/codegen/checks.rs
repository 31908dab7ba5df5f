//! Code that is legal and yet most likely a mistake: what SyntaxWarnings are about.

use super::Compiler;
use crate::ast::*;
use crate::code::Constant;
use crate::instruction::Location;
use num_bigint::BigInt;
use num_traits::{FromPrimitive, ToPrimitive};

/// The type's name of a value whose type is plain to see.
fn infer_type(expr: &Expr) -> Option<&'static str> {
    Some(match &expr.kind {
        ExprKind::Tuple { .. } => "tuple",
        ExprKind::List { .. } => "list",
        ExprKind::Dict { .. } => "dict",
        ExprKind::Set(_) => "set",
        ExprKind::Comp(comp) => match comp.kind {
            CompKind::List => "list",
            CompKind::Set => "set",
            CompKind::Dict => "dict",
            CompKind::Generator => "generator",
        },
        ExprKind::Lambda { .. } => "function",
        ExprKind::JoinedStr(_) | ExprKind::FormattedValue { .. } => "str",
        ExprKind::TemplateStr(_) => "string.templatelib.Template",
        ExprKind::Interpolation { .. } => "string.templatelib.Interpolation",
        ExprKind::Constant { value, .. } => match value {
            Constant::None => "NoneType",
            Constant::Ellipsis => "ellipsis",
            Constant::Bool(_) => "bool",
            Constant::Int(_) => "int",
            Constant::Float(_) => "float",
            Constant::Complex(..) => "complex",
            Constant::Str(_) => "str",
            Constant::Bytes(_) => "bytes",
            Constant::Tuple(_) => "tuple",
            Constant::FrozenSet(_) => "frozenset",
            Constant::Slice(_) => "slice",
            _ => return None,
        },
        _ => return None,
    })
}

/// Whether an operand of `is` may be compared by identity.
fn is_identity_operand(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Tuple { elts, .. } => !elts.iter().all(Expr::is_constant),
        ExprKind::Constant { value, .. } => matches!(value, Constant::None | Constant::Bool(_) | Constant::Ellipsis),
        _ => true,
    }
}

impl Compiler<'_> {
    pub(super) fn check_compare(&mut self, loc: Location, left: &Expr, ops: &[CmpOp], comparators: &[Expr]) {
        let mut left = left;
        for (op, right) in ops.iter().zip(comparators) {
            let literal = if !is_identity_operand(left) {
                Some(left)
            } else if !is_identity_operand(right) {
                Some(right)
            } else {
                None
            };
            if let Some(literal) = literal {
                let typ = infer_type(literal).unwrap_or("object");
                match op {
                    CmpOp::Is => {
                        return self.warn(loc, format!("\"is\" with '{typ}' literal. Did you mean \"==\"?"));
                    }
                    CmpOp::IsNot => {
                        return self.warn(loc, format!("\"is not\" with '{typ}' literal. Did you mean \"!=\"?"));
                    }
                    _ => {}
                }
            }
            left = right;
        }
    }

    pub(super) fn check_caller(&mut self, func: &Expr) {
        if matches!(func.kind, ExprKind::Lambda { .. }) {
            return;
        }
        if let Some(typ) = infer_type(func) {
            self.warn(func.loc, format!("'{typ}' object is not callable; perhaps you missed a comma?"));
        }
    }

    pub(super) fn check_subscripter(&mut self, value: &Expr) {
        let unsubscriptable = match &value.kind {
            ExprKind::Constant { value, .. } => matches!(
                value,
                Constant::None
                    | Constant::Ellipsis
                    | Constant::Bool(_)
                    | Constant::Int(_)
                    | Constant::Float(_)
                    | Constant::Complex(..)
                    | Constant::FrozenSet(_)
            ),
            ExprKind::Set(_) | ExprKind::Lambda { .. } | ExprKind::TemplateStr(_) | ExprKind::Interpolation { .. } => true,
            ExprKind::Comp(comp) => matches!(comp.kind, CompKind::Set | CompKind::Generator),
            _ => false,
        };
        if unsubscriptable && let Some(typ) = infer_type(value) {
            self.warn(value.loc, format!("'{typ}' object is not subscriptable; perhaps you missed a comma?"));
        }
    }

    pub(super) fn check_index(&mut self, value: &Expr, index: &Expr) {
        let Some(index_type) = infer_type(index) else {
            return;
        };
        if matches!(index_type, "int" | "bool" | "slice") {
            return;
        }
        let sequence = match &value.kind {
            ExprKind::Constant { value, .. } => matches!(value, Constant::Str(_) | Constant::Bytes(_) | Constant::Tuple(_)),
            ExprKind::Tuple { .. } | ExprKind::List { .. } | ExprKind::JoinedStr(_) | ExprKind::FormattedValue { .. } => true,
            ExprKind::Comp(comp) => comp.kind == CompKind::List,
            _ => false,
        };
        if sequence && let Some(typ) = infer_type(value) {
            self.warn(value.loc, format!("{typ} indices must be integers or slices, not {index_type}; perhaps you missed a comma?"));
        }
    }
}

/// Whether two constants are the same key of a dict.
pub fn equal_keys(a: &Constant, b: &Constant) -> bool {
    let integer = |c: &Constant| match c {
        Constant::Bool(value) => Some(BigInt::from(u8::from(*value))),
        Constant::Int(value) => Some(value.clone()),
        Constant::Float(value) if value.fract() == 0.0 => BigInt::from_f64(*value),
        Constant::Complex(re, 0.0) if re.fract() == 0.0 => BigInt::from_f64(*re),
        _ => None,
    };
    let complex = |c: &Constant| match c {
        Constant::Float(value) => Some((*value, 0.0)),
        Constant::Complex(re, im) => Some((*re, *im)),
        Constant::Int(value) => value.to_f64().map(|value| (value, 0.0)),
        _ => None,
    };
    match (integer(a), integer(b)) {
        (Some(a), Some(b)) => a == b,
        (None, None) => match (complex(a), complex(b)) {
            (Some(a), Some(b)) => a == b,
            _ => a == b,
        },
        _ => false,
    }
}
