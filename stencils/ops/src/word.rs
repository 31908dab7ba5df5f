//! Raw 64-bit words, bools, and selection.

use crate::int::{compare, guard};
use crate::{Context, Done, done, gives};
use cranelift_codegen::ir::InstBuilder;
use cranelift_codegen::ir::condcodes::IntCC;
use weft_layout::op::Op;

pub(crate) fn define(op: Op, cx: &mut Context<'_, '_>) -> Option<Done> {
    match op {
        Op::WordAdd => {
            let (a, b) = cx.operands();
            gives(cx.b.ins().iadd(a, b))
        }
        Op::WordSub => {
            let (a, b) = cx.operands();
            gives(cx.b.ins().isub(a, b))
        }
        Op::WordAnd | Op::BoolAnd => {
            let (a, b) = cx.operands();
            gives(cx.b.ins().band(a, b))
        }
        Op::BoolOr => {
            let (a, b) = cx.operands();
            gives(cx.b.ins().bor(a, b))
        }
        Op::BoolXor => {
            let (a, b) = cx.operands();
            gives(cx.b.ins().bxor(a, b))
        }
        Op::WordShl => {
            let a = cx.operand(0);
            let count = cx.imm();
            gives(cx.b.ins().ishl(a, count))
        }
        Op::WordShr => {
            let a = cx.operand(0);
            let count = cx.imm();
            gives(cx.b.ins().ushr(a, count))
        }
        Op::WordSar => {
            let a = cx.operand(0);
            let count = cx.imm();
            gives(cx.b.ins().sshr(a, count))
        }
        Op::WordEq => gives(compare(cx, IntCC::Equal)),
        Op::WordNe => gives(compare(cx, IntCC::NotEqual)),
        Op::WordUlt => gives(compare(cx, IntCC::UnsignedLessThan)),
        Op::GuardUlt => done(guard(cx, IntCC::UnsignedLessThan)),
        Op::GuardUge | Op::GuardRoom => done(guard(cx, IntCC::UnsignedGreaterThanOrEqual)),
        Op::BoolNot => {
            let a = cx.operand(0);
            let one = cx.word(1);
            gives(cx.b.ins().bxor(a, one))
        }
        Op::Select => {
            let condition = cx.operand(0);
            let then = cx.operand(1);
            let otherwise = cx.operand(2);
            gives(cx.b.ins().select(condition, then, otherwise))
        }
        _ => None,
    }
}
