//! Floats.

use crate::{Context, Done, done, gives};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F64, I64};
use cranelift_codegen::ir::{InstBuilder, Value};
use weft_layout::op::Op;

pub(crate) fn define(op: Op, cx: &mut Context<'_, '_>) -> Option<Done> {
    match op {
        Op::FloatAdd => {
            let (a, b) = cx.operands();
            gives(cx.b.ins().fadd(a, b))
        }
        Op::FloatSub => {
            let (a, b) = cx.operands();
            gives(cx.b.ins().fsub(a, b))
        }
        Op::FloatMul => {
            let (a, b) = cx.operands();
            gives(cx.b.ins().fmul(a, b))
        }
        Op::FloatDiv => {
            let (a, b) = cx.operands();
            let digits = without_sign(cx, b);
            cx.exit_unless(digits);
            gives(cx.b.ins().fdiv(a, b))
        }
        Op::FloatDivUnchecked => {
            let (a, b) = cx.operands();
            gives(cx.b.ins().fdiv(a, b))
        }
        Op::FloatNeg => {
            let a = cx.operand(0);
            gives(cx.b.ins().fneg(a))
        }
        Op::FloatAbs => {
            let a = cx.operand(0);
            gives(cx.b.ins().fabs(a))
        }
        Op::FloatSqrt => {
            let a = cx.operand(0);
            let zero = cx.b.ins().f64const(0.0);
            let negative = cx.b.ins().fcmp(FloatCC::LessThan, a, zero);
            cx.exit_if(negative);
            gives(cx.b.ins().sqrt(a))
        }
        Op::FloatMin => {
            let (a, b) = cx.operands();
            let less = cx.b.ins().fcmp(FloatCC::LessThan, b, a);
            gives(cx.b.ins().select(less, b, a))
        }
        Op::FloatMax => {
            let (a, b) = cx.operands();
            let greater = cx.b.ins().fcmp(FloatCC::GreaterThan, b, a);
            gives(cx.b.ins().select(greater, b, a))
        }
        Op::FloatTrunc => {
            let a = cx.operand(0);
            let word = truncate(cx, a);
            gives(cx.b.ins().iadd(word, word))
        }
        Op::FloatFloor => gives(round(cx, FloatCC::GreaterThan, -1)),
        Op::FloatCeil => gives(round(cx, FloatCC::LessThan, 1)),

        Op::FloatLt => gives(compare(cx, FloatCC::LessThan)),
        Op::FloatLe => gives(compare(cx, FloatCC::LessThanOrEqual)),
        Op::FloatGt => gives(compare(cx, FloatCC::GreaterThan)),
        Op::FloatGe => gives(compare(cx, FloatCC::GreaterThanOrEqual)),
        Op::FloatEq => gives(compare(cx, FloatCC::Equal)),
        Op::FloatNe => gives(compare(cx, FloatCC::NotEqual)),
        Op::FloatTruth => {
            let a = cx.operand(0);
            let digits = without_sign(cx, a);
            let truth = cx.compare(IntCC::NotEqual, digits, 0);
            gives(cx.bool(truth))
        }
        Op::GuardFloatLt => done(guard(cx, FloatCC::LessThan, true)),
        Op::GuardFloatLe => done(guard(cx, FloatCC::LessThanOrEqual, true)),
        Op::GuardFloatGt => done(guard(cx, FloatCC::GreaterThan, true)),
        Op::GuardFloatGe => done(guard(cx, FloatCC::GreaterThanOrEqual, true)),
        Op::GuardFloatEq => done(guard(cx, FloatCC::Equal, true)),
        Op::GuardFloatNe => done(guard(cx, FloatCC::NotEqual, true)),
        Op::GuardFloatNotLt => done(guard(cx, FloatCC::LessThan, false)),
        Op::GuardFloatNotLe => done(guard(cx, FloatCC::LessThanOrEqual, false)),
        Op::GuardFloatNotGt => done(guard(cx, FloatCC::GreaterThan, false)),
        Op::GuardFloatNotGe => done(guard(cx, FloatCC::GreaterThanOrEqual, false)),
        _ => None,
    }
}

/// `operand 0 cc operand 1` as a `B`.
fn compare(cx: &mut Context<'_, '_>, cc: FloatCC) -> Value {
    let (a, b) = cx.operands();
    cx.float_bool(cc, a, b)
}

/// Exits unless `operand 0 cc operand 1` is as `wanted`.
fn guard(cx: &mut Context<'_, '_>, cc: FloatCC, wanted: bool) {
    let (a, b) = cx.operands();
    let c = cx.b.ins().fcmp(cc, a, b);
    if wanted {
        cx.exit_unless(c);
    } else {
        cx.exit_if(c);
    }
}

/// A float's bits without the sign, shifted: 0 for both zeros only.
fn without_sign(cx: &mut Context<'_, '_>, a: Value) -> Value {
    let bits = cx.bits(a);
    cx.b.ins().iadd(bits, bits)
}

/// The float rounded towards zero, as a word, or the exit unless its absolute value is below 2^62.
fn truncate(cx: &mut Context<'_, '_>, a: Value) -> Value {
    let digits = without_sign(cx, a);
    let exponent = cx.shr(digits, 53);
    let wide = cx.compare(IntCC::UnsignedGreaterThanOrEqual, exponent, 1023 + 62);
    cx.exit_if(wide);
    cx.b.ins().fcvt_to_sint_sat(I64, a)
}

/// The float truncated, and moved by `step` where that is `beyond` the float.
fn round(cx: &mut Context<'_, '_>, beyond: FloatCC, step: i64) -> Value {
    let a = cx.operand(0);
    let word = truncate(cx, a);
    let back = cx.b.ins().fcvt_from_sint(F64, word);
    let off = cx.b.ins().fcmp(beyond, back, a);
    let off = cx.bool(off);
    let rounded = if step < 0 { cx.b.ins().isub(word, off) } else { cx.b.ins().iadd(word, off) };
    cx.b.ins().iadd(rounded, rounded)
}
