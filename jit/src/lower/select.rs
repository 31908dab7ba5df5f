//! Which constants go inside the code, and which op makes a constant.

use crate::ir::consts::Const;
use crate::ir::{Inst, Trace, Ty};
use weft_layout::op::{Form, MachineOp, Op};

/// An op without registers, constants or exit.
pub fn machine_op(op: Op) -> MachineOp {
    MachineOp { op, form: Form::Reg, result: 0, operands: [0; 3], disp: 0, exit: 0, imm: 0 }
}

/// The number an op's code carries for a constant operand. Ints are shifted as in registers, but for factors and counts.
fn carried(op: Op, c: Const) -> u64 {
    match op {
        Op::IntMul | Op::IntMulUnchecked | Op::IntShl => (c.bits as i64 >> 1) as u64,
        _ => c.bits,
    }
}

/// The form and number with which an instruction's last operand goes inside the code, if it is a constant that can.
pub fn folded(trace: &Trace, inst: &Inst) -> Option<(Form, u64)> {
    let op = inst.op()?;
    let n = op.info().operands.len();
    let c = trace.constant(*inst.args[..n].last()?)?;
    if c.ty == Ty::F {
        return None;
    }
    let number = carried(op, c);
    op.info().folds(number).map(|form| (form, number))
}

/// The op that an instruction becomes. Its operands stay, but for a constant minuend, which goes into the code.
pub fn selected(trace: &Trace, inst: &Inst) -> Option<(Op, u64)> {
    if inst.op() == Some(Op::IntSub)
        && let Some(c) = trace.constant(inst.a())
        && c.bits as i64 == c.bits as i32 as i64
    {
        return Some((Op::IntRsub, c.bits));
    }
    None
}

/// The op that puts a constant into a register.
pub fn constant(c: Const, result: u8) -> MachineOp {
    let bits = c.bits;
    let signed = bits as i64;
    let op = match c.ty {
        Ty::F if bits == 0 => Op::ConstFloatZero,
        Ty::F => Op::ConstFloat,
        _ if bits == 0 => Op::ConstZero,
        _ if bits == bits as u32 as u64 => Op::ConstU32,
        _ if signed == signed as i32 as i64 => Op::ConstI32,
        _ => Op::ConstWord,
    };
    let imm = if bits == 0 { 0 } else { bits };
    MachineOp { result, imm, ..machine_op(op) }
}
