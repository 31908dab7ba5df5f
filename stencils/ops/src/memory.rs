//! Constants, moves, loads and stores, helper calls, and what reads the machine frame.

use crate::{Context, Done, done, gives};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::{F64, I8, I16, I32, I64};
use cranelift_codegen::ir::{InstBuilder, Type, Value};
use weft_layout::machine_frame::{FORCED, PYTHON_FRAME, SLOW_RESULT, SNAPSHOT, SlowPath};
use weft_layout::op::Op;
use weft_layout::page::{FREE_OFFSET, NEXT_OFFSET, USED_OFFSET};

pub(crate) fn define(op: Op, cx: &mut Context<'_, '_>) -> Option<Done> {
    match op {
        Op::ConstZero => gives(cx.word(0)),
        Op::ConstU32 | Op::ConstI32 | Op::ConstWord => gives(cx.imm()),
        Op::ConstFloatZero => gives(cx.b.ins().f64const(0.0)),
        Op::ConstFloat => {
            let bits = cx.imm();
            gives(cx.float(bits))
        }
        Op::Move | Op::MoveFloat => gives(cx.operand(0)),
        Op::Spill | Op::SpillFloat => {
            let value = cx.operand(0);
            let frame = cx.machine_frame();
            done(cx.store(value, frame, cx.disp()))
        }
        Op::Reload => {
            let frame = cx.machine_frame();
            gives(cx.load(I64, frame, cx.disp()))
        }
        Op::ReloadFloat => {
            let frame = cx.machine_frame();
            gives(cx.load(F64, frame, cx.disp()))
        }
        Op::CellAddress => {
            let frame = cx.machine_frame();
            let offset = cx.disp() as i64;
            gives(cx.add(frame, offset))
        }

        Op::PythonFrame => gives(cx.python_frame()),
        Op::SetPythonFrame => {
            let (frame, machine_frame) = (cx.operand(0), cx.machine_frame());
            // Whoever materialises frames during a call looks there.
            cx.store(frame, machine_frame, PYTHON_FRAME as i32);
            done(cx.set_python_frame(frame))
        }
        Op::LoadSlot => {
            let frame = cx.python_frame();
            gives(cx.load(I64, frame, cx.disp()))
        }
        Op::StoreSlot => {
            let value = cx.operand(0);
            let frame = cx.python_frame();
            done(cx.store(value, frame, cx.disp()))
        }

        Op::LoadValue | Op::LoadWord => gives(load(cx, I64)),
        Op::LoadU32 => gives(load_unsigned(cx, I32)),
        Op::LoadU8 => gives(load_unsigned(cx, I8)),
        Op::StoreWord => {
            let (address, value) = cx.operands();
            done(cx.store(value, address, cx.disp()))
        }
        Op::StoreU32 => {
            let (address, value) = cx.operands();
            let low = cx.low(value);
            done(cx.store(low, address, cx.disp()))
        }
        Op::LoadValueAt | Op::LoadWordAt => {
            let address = element(cx, 2);
            gives(cx.load(I64, address, cx.disp()))
        }
        Op::LoadFloatAt => {
            let address = element(cx, 2);
            gives(cx.load(F64, address, cx.disp()))
        }
        Op::LoadI32At => {
            let address = element(cx, 1);
            let low = cx.load(I32, address, cx.disp());
            gives(cx.b.ins().sextend(I64, low))
        }
        Op::LoadU32At => {
            let address = element(cx, 1);
            let low = cx.load(I32, address, cx.disp());
            gives(cx.b.ins().uextend(I64, low))
        }
        Op::LoadU16At => {
            let address = element(cx, 0);
            let low = cx.load(I16, address, cx.disp());
            gives(cx.b.ins().uextend(I64, low))
        }
        Op::LoadU8At => {
            let address = byte(cx);
            let low = cx.load(I8, address, cx.disp());
            gives(cx.b.ins().uextend(I64, low))
        }
        Op::LoadValueAtWord => {
            let address = element(cx, 3);
            gives(cx.load(I64, address, cx.disp()))
        }
        Op::StoreWordAt | Op::StoreFloatAt => {
            let address = element(cx, 2);
            let value = cx.operand(2);
            done(cx.store(value, address, cx.disp()))
        }
        Op::StoreU32At => {
            let address = element(cx, 1);
            let value = cx.operand(2);
            let low = cx.low(value);
            done(cx.store(low, address, cx.disp()))
        }
        Op::StoreU8At => {
            let address = byte(cx);
            let value = cx.operand(2);
            let low = cx.b.ins().ireduce(I8, value);
            done(cx.store(low, address, cx.disp()))
        }
        Op::GuardMemU32 => {
            let found = load(cx, I32);
            let wanted = cx.imm();
            let wanted = cx.low(wanted);
            let other = cx.b.ins().icmp(IntCC::NotEqual, found, wanted);
            done(cx.exit_if(other))
        }

        Op::Call | Op::CallSaving => {
            cx.call(None);
            done(())
        }
        Op::CallWord | Op::CallWordSaving => gives(called(cx, I64)),
        Op::CallFloat | Op::CallFloatSaving => gives(called(cx, F64)),
        Op::CallValue => {
            let value = called(cx, I64);
            cx.exit_unless(value);
            gives(value)
        }
        Op::SetSnapshot => {
            let snapshot = cx.imm();
            let snapshot = cx.low(snapshot);
            let frame = cx.machine_frame();
            done(cx.store(snapshot, frame, SNAPSHOT as i32))
        }
        Op::GuardNotForced => {
            let frame = cx.machine_frame();
            let forced = cx.load(I32, frame, FORCED as i32);
            done(cx.exit_if(forced))
        }
        Op::GuardBreaker => {
            let address = cx.imm();
            let breaker = cx.load(I64, address, 0);
            done(cx.exit_if(breaker))
        }
        Op::NewCell => gives(new_cell(cx)),
        _ => None,
    }
}

/// The first free cell of a page.
fn new_cell(cx: &mut Context<'_, '_>) -> Value {
    let full = cx.cold_block();
    let room = cx.block();
    let join = cx.block();
    let result = cx.b.append_block_param(join, I64);
    let site = cx.imm();
    let page = cx.load(I64, site, 0);
    let cell = cx.load(I64, page, FREE_OFFSET as i32);
    cx.branch(cell, room, full);

    cx.at(room);
    let next = cx.load(I64, cell, NEXT_OFFSET as i32);
    cx.store(next, page, FREE_OFFSET as i32);
    let used = cx.load(I32, page, USED_OFFSET as i32);
    let one = cx.b.ins().iconst(I32, 1);
    let used = cx.b.ins().iadd(used, one);
    cx.store(used, page, USED_OFFSET as i32);
    cx.jump(join, &[cell]);

    cx.at(full);
    cx.slow_path(SlowPath::NewCell, site);
    let frame = cx.machine_frame();
    let cell = cx.load(I64, frame, SLOW_RESULT as i32);
    cx.jump(join, &[cell]);

    cx.at(join);
    result
}

/// Reads from operand 0 plus the offset.
fn load(cx: &mut Context<'_, '_>, ty: Type) -> Value {
    let address = cx.operand(0);
    cx.load(ty, address, cx.disp())
}

/// As [`load`], zero-extended.
fn load_unsigned(cx: &mut Context<'_, '_>, ty: Type) -> Value {
    let low = load(cx, ty);
    cx.b.ins().uextend(I64, low)
}

/// Operand 0 plus the index, shifted left by `scale` on top of how it comes.
fn element(cx: &mut Context<'_, '_>, scale: i64) -> Value {
    let (base, index) = cx.operands();
    let offset = if scale == 0 { index } else { cx.shl(index, scale) };
    cx.b.ins().iadd(base, offset)
}

/// Operand 0 plus an int index of bytes.
fn byte(cx: &mut Context<'_, '_>) -> Value {
    let (base, index) = cx.operands();
    let offset = cx.sar(index, 1);
    cx.b.ins().iadd(base, offset)
}

/// The result of the op's helper.
fn called(cx: &mut Context<'_, '_>, ty: Type) -> Value {
    cx.call(Some(ty)).expect("the helper returns something")
}
