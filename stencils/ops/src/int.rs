//! Ints of 63 bits, held shifted left by one: the CPU's overflow flag is the exact test.

use crate::{Context, Done, Undo, done, gives};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::F64;
use cranelift_codegen::ir::{InstBuilder, Value};
use weft_layout::op::Op;

pub(crate) fn define(op: Op, cx: &mut Context<'_, '_>) -> Option<Done> {
    match op {
        Op::IntAdd => {
            let (a, b) = cx.operands();
            let (sum, overflow) = cx.b.ins().sadd_overflow(a, b);
            cx.exit_on_overflow(overflow, sum, Undo::Sum);
            gives(sum)
        }
        Op::IntSub => {
            let (a, b) = cx.operands();
            let (difference, overflow) = cx.b.ins().ssub_overflow(a, b);
            cx.exit_on_overflow(overflow, difference, Undo::Difference);
            gives(difference)
        }
        Op::IntRsub => {
            let a = cx.operand(0);
            let c = cx.imm();
            let (difference, overflow) = cx.b.ins().ssub_overflow(c, a);
            cx.exit_on_overflow(overflow, difference, Undo::No);
            gives(difference)
        }
        Op::IntMul => {
            let (a, b) = factors(cx);
            let (product, overflow) = cx.multiply(a, b);
            cx.exit_on_overflow(overflow, product, Undo::No);
            gives(product)
        }
        Op::IntNeg => {
            let a = cx.operand(0);
            gives(negative(cx, a))
        }
        Op::IntAbs => {
            let a = cx.operand(0);
            // Flipping all bits and adding 1 where the sign is set; only the least int overflows.
            let sign = cx.sar(a, 63);
            let flipped = cx.b.ins().bxor(a, sign);
            let (absolute, overflow) = cx.b.ins().ssub_overflow(flipped, sign);
            cx.exit_on_overflow(overflow, absolute, Undo::No);
            gives(absolute)
        }
        Op::IntAddUnchecked => {
            let (a, b) = cx.operands();
            gives(cx.b.ins().iadd(a, b))
        }
        Op::IntSubUnchecked => {
            let (a, b) = cx.operands();
            gives(cx.b.ins().isub(a, b))
        }
        Op::IntMulUnchecked => {
            let (a, b) = factors(cx);
            gives(cx.b.ins().imul(a, b))
        }
        Op::IntNegUnchecked => {
            let a = cx.operand(0);
            gives(cx.b.ins().ineg(a))
        }

        Op::IntFloorDiv => {
            let (quotient, _, round) = divide(cx);
            // Rounding down takes 1 off where the remainder and the divisor differ in sign.
            let step = cx.bool(round);
            let floored = cx.b.ins().isub(quotient, step);
            let (shifted, overflow) = cx.b.ins().sadd_overflow(floored, floored);
            cx.exit_on_overflow(overflow, shifted, Undo::No);
            gives(shifted)
        }
        Op::IntMod => {
            let (_, remainder, round) = divide(cx);
            let divisor = cx.operand(1);
            let zero = cx.word(0);
            let step = cx.b.ins().select(round, divisor, zero);
            gives(cx.b.ins().iadd(remainder, step))
        }
        Op::IntTrueDiv => {
            let (a, b) = cx.operands();
            cx.exit_unless(b);
            let a = exact_float(cx, a);
            let b = exact_float(cx, b);
            gives(cx.b.ins().fdiv(a, b))
        }

        Op::IntAnd => {
            let (a, b) = cx.operands();
            gives(cx.b.ins().band(a, b))
        }
        Op::IntOr => {
            let (a, b) = cx.operands();
            gives(cx.b.ins().bor(a, b))
        }
        Op::IntXor => {
            let (a, b) = cx.operands();
            gives(cx.b.ins().bxor(a, b))
        }
        Op::IntInvert => {
            let a = cx.operand(0);
            let ones = cx.word(-2);
            gives(cx.b.ins().bxor(a, ones))
        }
        Op::IntShl => {
            let (a, mut count) = cx.operands();
            if !cx.folded() {
                let far = cx.compare(IntCC::UnsignedGreaterThan, count, 62 << 1);
                cx.exit_if(far);
                count = cx.sar(count, 1);
            }
            let shifted = cx.b.ins().ishl(a, count);
            let back = cx.b.ins().sshr(shifted, count);
            let lost = cx.b.ins().icmp(IntCC::NotEqual, back, a);
            cx.exit_on_overflow(lost, shifted, Undo::No);
            gives(shifted)
        }
        Op::IntShr => {
            let (a, count) = cx.operands();
            let negative = cx.compare(IntCC::SignedLessThan, count, 0);
            cx.exit_if(negative);
            // Beyond 63 all bits are the sign's.
            let most = cx.word(63 << 1);
            let count = cx.b.ins().umin(count, most);
            let count = cx.shr(count, 1);
            let shifted = cx.b.ins().sshr(a, count);
            gives(cx.and(shifted, -2))
        }
        Op::IntShrConst => {
            let a = cx.operand(0);
            let count = cx.imm();
            let shifted = cx.b.ins().sshr(a, count);
            gives(cx.and(shifted, -2))
        }

        Op::IntLt => gives(compare(cx, IntCC::SignedLessThan)),
        Op::IntLe => gives(compare(cx, IntCC::SignedLessThanOrEqual)),
        Op::IntGt => gives(compare(cx, IntCC::SignedGreaterThan)),
        Op::IntGe => gives(compare(cx, IntCC::SignedGreaterThanOrEqual)),
        Op::IntEq => gives(compare(cx, IntCC::Equal)),
        Op::IntNe => gives(compare(cx, IntCC::NotEqual)),
        Op::GuardIntLt => done(guard(cx, IntCC::SignedLessThan)),
        Op::GuardIntLe => done(guard(cx, IntCC::SignedLessThanOrEqual)),
        Op::GuardIntGt => done(guard(cx, IntCC::SignedGreaterThan)),
        Op::GuardIntGe => done(guard(cx, IntCC::SignedGreaterThanOrEqual)),
        Op::GuardIntEq => done(guard(cx, IntCC::Equal)),
        Op::GuardIntNe => done(guard(cx, IntCC::NotEqual)),

        Op::WordOfInt => {
            let a = cx.operand(0);
            gives(cx.sar(a, 1))
        }
        Op::IntOfWord => {
            let a = cx.operand(0);
            let (shifted, overflow) = cx.b.ins().sadd_overflow(a, a);
            cx.exit_on_overflow(overflow, shifted, Undo::No);
            gives(shifted)
        }
        Op::IntOfWordUnchecked | Op::IntOfBool => {
            let a = cx.operand(0);
            gives(cx.b.ins().iadd(a, a))
        }
        Op::FloatOfInt => {
            let a = cx.operand(0);
            let a = cx.sar(a, 1);
            gives(cx.b.ins().fcvt_from_sint(F64, a))
        }
        _ => None,
    }
}

/// `operand 0 cc operand 1` as a condition; both ints or both words.
pub(crate) fn condition(cx: &mut Context<'_, '_>, cc: IntCC) -> Value {
    let (a, b) = cx.operands();
    cx.b.ins().icmp(cc, a, b)
}

/// `operand 0 cc operand 1` as a `B`.
pub(crate) fn compare(cx: &mut Context<'_, '_>, cc: IntCC) -> Value {
    let c = condition(cx, cc);
    cx.bool(c)
}

/// Exits unless `operand 0 cc operand 1`.
pub(crate) fn guard(cx: &mut Context<'_, '_>, cc: IntCC) {
    let c = condition(cx, cc);
    cx.exit_unless(c);
}

/// What to multiply: one factor shifted, the other plain.
fn factors(cx: &mut Context<'_, '_>) -> (Value, Value) {
    let (a, b) = cx.operands();
    if cx.folded() { (a, b) } else { (cx.sar(a, 1), b) }
}

/// `-a`, or the exit.
fn negative(cx: &mut Context<'_, '_>, a: Value) -> Value {
    let zero = cx.word(0);
    let (negative, overflow) = cx.b.ins().ssub_overflow(zero, a);
    cx.exit_on_overflow(overflow, negative, Undo::Negative);
    negative
}

/// The quotient (plain) and remainder (shifted) that division rounding towards zero gives, and whether rounding down
/// gives others. Shifted operands are even, so the CPU's own overflow, by a divisor of -1, cannot happen.
fn divide(cx: &mut Context<'_, '_>) -> (Value, Value, Value) {
    let (a, b) = cx.operands();
    cx.exit_unless(b);
    let quotient = cx.b.ins().sdiv(a, b);
    let back = cx.b.ins().imul(quotient, b);
    let remainder = cx.b.ins().isub(a, back);
    let signs = cx.b.ins().bxor(remainder, b);
    let differ = cx.compare(IntCC::SignedLessThan, signs, 0);
    let inexact = cx.compare(IntCC::NotEqual, remainder, 0);
    let round = cx.b.ins().band(differ, inexact);
    (quotient, remainder, round)
}

/// The float equal to an int, or the exit if it has more than 53 bits.
fn exact_float(cx: &mut Context<'_, '_>, a: Value) -> Value {
    let high = cx.sar(a, 54);
    let high = cx.add(high, 1);
    let wide = cx.compare(IntCC::UnsignedGreaterThan, high, 1);
    cx.exit_if(wide);
    let a = cx.sar(a, 1);
    cx.b.ins().fcvt_from_sint(F64, a)
}
