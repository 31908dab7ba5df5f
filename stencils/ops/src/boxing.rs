//! Guards on tagged values, boxing and unboxing.
//!
//! The word of an inline float is `r + (r >> 63)`, where `r` is the float's bits rotated left by three: its low two
//! bits come out as the tag just if the exponent is one of the common ones. One word is taken by 0.0.

use crate::{Context, Done, done, gives};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{F64, I32, I64};
use cranelift_codegen::ir::{Block, InstBuilder, Value};
use weft_layout::header::{FLOAT_VALUE_OFFSET, SHAPE_FLOAT, SHAPE_OFFSET};
use weft_layout::machine_frame::{SLOW_RESULT, SlowPath};
use weft_layout::op::Op;
use weft_layout::tag::{BOOL_STEP, FALSE, FLOAT_ZERO};

pub(crate) fn define(op: Op, cx: &mut Context<'_, '_>) -> Option<Done> {
    match op {
        Op::GuardInt => {
            let v = int_or_exit(cx, true);
            gives(cx.add(v, -1))
        }
        Op::GuardIsInt => {
            int_or_exit(cx, true);
            done(())
        }
        Op::GuardFloat => gives(unbox_float(cx, Unbox::Guard)),
        Op::GuardFloatWord => gives(unbox_float(cx, Unbox::GuardWord)),
        Op::GuardBool => {
            let v = cx.operand(0);
            let step = cx.add(v, -(FALSE as i64));
            let other = cx.and(step, !(BOOL_STEP as i64));
            cx.exit_if(other);
            gives(cx.shr(step, BOOL_STEP.trailing_zeros() as i64))
        }
        Op::GuardShape => {
            let v = cx.operand(0);
            let tag = cx.and(v, 7);
            cx.exit_if(tag);
            done(shape(cx, IntCC::NotEqual))
        }
        Op::GuardShapePtr => done(shape(cx, IntCC::NotEqual)),
        Op::GuardNull | Op::GuardFalse => {
            let v = cx.operand(0);
            done(cx.exit_if(v))
        }
        Op::GuardNonNull | Op::GuardTrue => {
            let v = cx.operand(0);
            done(cx.exit_unless(v))
        }
        Op::GuardIs => {
            let (a, b) = cx.operands();
            let other = cx.b.ins().icmp(IntCC::NotEqual, a, b);
            done(cx.exit_if(other))
        }
        Op::GuardIsNot => {
            let (a, b) = cx.operands();
            let same = cx.b.ins().icmp(IntCC::Equal, a, b);
            done(cx.exit_if(same))
        }

        Op::BoxInt => {
            let i = cx.operand(0);
            gives(cx.add(i, 1))
        }
        Op::UnboxInt => {
            let v = cx.operand(0);
            gives(cx.add(v, -1))
        }
        Op::BoxBool => {
            let b = cx.operand(0);
            let step = cx.shl(b, BOOL_STEP.trailing_zeros() as i64);
            gives(cx.add(step, FALSE as i64))
        }
        Op::UnboxBool => {
            let v = cx.operand(0);
            let step = cx.add(v, -(FALSE as i64));
            gives(cx.shr(step, BOOL_STEP.trailing_zeros() as i64))
        }
        Op::BoxFloat => gives(box_float(cx)),
        Op::UnboxFloat => gives(unbox_float(cx, Unbox::Known)),
        _ => None,
    }
}

/// Operand 0, after an exit unless its being a small int is as `wanted`.
fn int_or_exit(cx: &mut Context<'_, '_>, wanted: bool) -> Value {
    let v = cx.operand(0);
    let tag = cx.and(v, 1);
    if wanted {
        cx.exit_unless(tag);
    } else {
        cx.exit_if(tag);
    }
    v
}

/// Not 0 unless the word is a heap pointer: the bits that [`weft_layout::tag::PTR_MASK`] selects, at the low end.
fn not_ptr(cx: &mut Context<'_, '_>, v: Value) -> Value {
    let below = cx.add(v, -8);
    let three = cx.word(3);
    let rotated = cx.b.ins().rotr(below, three);
    cx.shr(rotated, 45)
}

/// Exits if operand 0's shape compares so with the op's constant.
fn shape(cx: &mut Context<'_, '_>, cc: IntCC) {
    let v = cx.operand(0);
    let found = cx.load(I32, v, SHAPE_OFFSET as i32);
    let wanted = cx.imm();
    let wanted = cx.low(wanted);
    let c = cx.b.ins().icmp(cc, found, wanted);
    cx.exit_if(c);
}

/// Continues if `word`, a float's word minus its tag, is that of an inline float other than 0.0, else goes to `rare`.
fn inline_or(cx: &mut Context<'_, '_>, word: Value, rare: Block) {
    let tag = cx.and(word, 3);
    let inline = cx.block();
    cx.branch(tag, rare, inline);
    cx.at(inline);
    // The word of 0.0 minus its tag is the least integer: the only one that subtracting 1 overflows from.
    let one = cx.word(1);
    let (_, zero) = cx.b.ins().ssub_overflow(word, one);
    let plain = cx.block();
    cx.branch(zero, rare, plain);
    cx.at(plain);
}

/// What is known of the operand of an unboxing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unbox {
    /// It is a float.
    Known,
    /// Nothing.
    Guard,
    /// Nothing, and it has to be a float held in the word itself.
    GuardWord,
}

/// The float of operand 0.
fn unbox_float(cx: &mut Context<'_, '_>, how: Unbox) -> Value {
    let v = cx.operand(0);
    let rare = cx.cold_block();
    let join = cx.block();
    let result = cx.b.append_block_param(join, F64);

    let word = cx.add(v, -2);
    inline_or(cx, word, rare);
    let high = cx.shr(v, 63);
    let rotated = cx.b.ins().isub(v, high);
    let three = cx.word(3);
    let bits = cx.b.ins().rotr(rotated, three);
    let float = cx.float(bits);
    cx.jump(join, &[float]);

    cx.at(rare);
    let one = cx.word(1);
    let rotated = cx.b.ins().rotl(word, one);
    let is_zero = cx.compare(IntCC::Equal, rotated, 1);
    if how == Unbox::GuardWord {
        cx.exit_unless(is_zero);
        let float = cx.b.ins().f64const(0.0);
        cx.jump(join, &[float]);
        cx.at(join);
        return result;
    }
    let heap = cx.cold_block();
    let zero = cx.cold_block();
    cx.branch(is_zero, zero, heap);
    cx.at(zero);
    let float = cx.b.ins().f64const(0.0);
    cx.jump(join, &[float]);
    cx.at(heap);
    if how == Unbox::Guard {
        let other = not_ptr(cx, v);
        cx.exit_if(other);
        let found = cx.load(I32, v, SHAPE_OFFSET as i32);
        let other = cx.compare(IntCC::NotEqual, found, SHAPE_FLOAT as i64);
        cx.exit_if(other);
    }
    let float = cx.load(F64, v, FLOAT_VALUE_OFFSET as i32);
    cx.jump(join, &[float]);

    cx.at(join);
    result
}

/// The tagged value of operand 0.
fn box_float(cx: &mut Context<'_, '_>) -> Value {
    let float = cx.operand(0);
    let rare = cx.cold_block();
    let join = cx.block();
    let result = cx.b.append_block_param(join, I64);

    let bits = cx.bits(float);
    let three = cx.word(3);
    let rotated = cx.b.ins().rotl(bits, three);
    let high = cx.shr(rotated, 63);
    let tagged = cx.b.ins().iadd(rotated, high);
    let word = cx.add(tagged, -2);
    inline_or(cx, word, rare);
    cx.jump(join, &[tagged]);

    cx.at(rare);
    let heap = cx.cold_block();
    let zero = cx.cold_block();
    cx.branch(bits, heap, zero);
    cx.at(zero);
    let boxed = cx.word(FLOAT_ZERO as i64);
    cx.jump(join, &[boxed]);
    cx.at(heap);
    cx.slow_path(SlowPath::BoxFloat, bits);
    let frame = cx.machine_frame();
    let boxed = cx.load(I64, frame, SLOW_RESULT as i32);
    cx.jump(join, &[boxed]);

    cx.at(join);
    result
}
