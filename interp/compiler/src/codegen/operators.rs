//! Operands of BINARY_OP and COMPARE_OP.

use crate::ast::{CmpOp, Operator};

/// `a[b]`
pub const SUBSCR: u32 = 26;
const INPLACE: u32 = 13;

/// The operand of BINARY_OP.
pub fn binary(op: Operator, inplace: bool) -> u32 {
    let number = match op {
        Operator::Add => 0,
        Operator::BitAnd => 1,
        Operator::FloorDiv => 2,
        Operator::LShift => 3,
        Operator::MatMult => 4,
        Operator::Mult => 5,
        Operator::Mod => 6,
        Operator::BitOr => 7,
        Operator::Pow => 8,
        Operator::RShift => 9,
        Operator::Sub => 10,
        Operator::Div => 11,
        Operator::BitXor => 12,
    };
    if inplace { number + INPLACE } else { number }
}

const LESS_THAN: u32 = 2;
const GREATER_THAN: u32 = 4;
const EQUALS: u32 = 8;
const NOT_EQUALS: u32 = 7;

/// COMPARE_OP's operand for `>`.
pub const COMPARE_GT: u32 = 4 << 5 | GREATER_THAN;
/// COMPARE_OP's operand for `==`.
pub const COMPARE_EQ: u32 = 2 << 5 | EQUALS;
/// COMPARE_OP's operand for `>=`.
pub const COMPARE_GE: u32 = 5 << 5 | GREATER_THAN | EQUALS;

/// The operand of COMPARE_OP: the comparison in the top bits, and which outcomes are true; None for `is` and `in`.
pub fn compare(op: CmpOp) -> Option<u32> {
    Some(match op {
        CmpOp::Lt => LESS_THAN,
        CmpOp::LtE => 1 << 5 | LESS_THAN | EQUALS,
        CmpOp::Eq => COMPARE_EQ,
        CmpOp::NotEq => 3 << 5 | NOT_EQUALS,
        CmpOp::Gt => COMPARE_GT,
        CmpOp::GtE => COMPARE_GE,
        CmpOp::Is | CmpOp::IsNot | CmpOp::In | CmpOp::NotIn => return None,
    })
}
