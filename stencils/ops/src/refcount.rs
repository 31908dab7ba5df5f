//! Reference counts. The sign bit of a count makes an object immortal.

use crate::{Context, Done, done};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{I32, I64};
use cranelift_codegen::ir::{Block, InstBuilder, Value};
use weft_layout::header::REFCOUNT_OFFSET;
use weft_layout::machine_frame::{SLOW_RAN_PYTHON, SlowPath};
use weft_layout::op::Op;

pub(crate) fn define(op: Op, cx: &mut Context<'_, '_>) -> Option<Done> {
    let tagged = matches!(op, Op::Incref | Op::IncrefNullable | Op::Decref | Op::DecrefNullable | Op::DecrefNotLast);
    let nullable = matches!(op, Op::IncrefNullable | Op::DecrefNullable);
    match op {
        Op::Incref | Op::IncrefNullable | Op::IncrefPtr => done(count(cx, tagged, nullable, 1, false)),
        Op::DecrefNotLast => done(count(cx, tagged, nullable, -1, false)),
        Op::Decref | Op::DecrefNullable | Op::DecrefPtr => done(count(cx, tagged, nullable, -1, true)),
        _ => None,
    }
}

/// Adds `step` to the count of operand 0 if that is a heap object and not immortal; the `last` owner releases it.
fn count(cx: &mut Context<'_, '_>, tagged: bool, nullable: bool, step: i64, last: bool) {
    let object = cx.operand(0);
    let join = cx.block();
    if tagged {
        let tag = cx.and(object, 7);
        skip_if(cx, tag, join);
    }
    if nullable {
        let null = cx.compare(IntCC::Equal, object, 0);
        skip_if(cx, null, join);
    }
    let count = cx.load(I32, object, REFCOUNT_OFFSET as i32);
    let immortal = cx.compare(IntCC::SignedLessThan, count, 0);
    skip_if(cx, immortal, join);
    let step = cx.b.ins().iconst(I32, step);
    let count = cx.b.ins().iadd(count, step);
    cx.store(count, object, REFCOUNT_OFFSET as i32);
    if last {
        release_unless(cx, count, object, join);
    } else {
        cx.jump(join, &[]);
    }
    cx.at(join);
}

/// Goes to `join` if the condition holds.
fn skip_if(cx: &mut Context<'_, '_>, condition: Value, join: Block) {
    let on = cx.block();
    cx.branch(condition, join, on);
    cx.at(on);
}

/// Releases the object if its count is 0, then goes to `join`, or to the exit if that ran Python code.
fn release_unless(cx: &mut Context<'_, '_>, count: Value, object: Value, join: Block) {
    let release = cx.cold_block();
    cx.branch(count, join, release);
    cx.at(release);
    cx.slow_path(SlowPath::Release, object);
    let frame = cx.machine_frame();
    let ran = cx.load(I64, frame, SLOW_RAN_PYTHON as i32);
    cx.exit_if(ran);
    cx.jump(join, &[]);
}
