//! Parallel moves: several values change places at once.
//!
//! Sources are read as they were before any move. Registers that form a cycle are swapped; where a cell takes part
//! that no free register can carry, a register is lent and put back.

use super::Loc;
use super::select;
use crate::ir::Ty;
use crate::ir::consts::Const;
use crate::planted::{Bug, planted};
use weft_layout::op::{FLOAT_REGISTERS, Form, GENERAL_REGISTERS, MachineOp, Op};

/// Where a moved value comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum From {
    /// A place.
    Loc(Loc),
    /// The address of a spill cell.
    CellAddress(u16),
}

/// One move.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Move {
    /// Where the value goes: a register or a cell.
    pub to: Loc,
    /// Where it comes from.
    pub from: From,
    /// Its type tells the bank.
    pub ty: Ty,
}

/// The cell that a lent register's value waits in.
pub const SCRATCH_CELL: u16 = weft_layout::machine_frame::CELLS as u16 - 1;

/// Emits moves that together have the effect of all at once. `busy_general` and `busy_float` are bit sets of registers
/// whose values must survive, besides the moves' sources and targets.
pub fn parallel(mut moves: Vec<Move>, busy_general: u32, busy_float: u32, emit: &mut impl FnMut(MachineOp)) {
    moves.retain(|m| m.from != From::Loc(m.to));
    while !moves.is_empty() {
        let ready = moves.iter().position(|m| moves.iter().all(|o| o.from != From::Loc(m.to) || o == m));
        match ready {
            Some(i) => {
                let m = moves.swap_remove(i);
                let busy = in_use(&moves, m.ty, if m.ty == Ty::F { busy_float } else { busy_general });
                one(m, busy, emit);
            }
            None => break_cycle(&mut moves, emit),
        }
    }
}

/// The registers of the bank of `ty` that the remaining moves read or have been told of.
fn in_use(moves: &[Move], ty: Ty, mut busy: u32) -> u32 {
    let mut add = |l: Loc| match l {
        Loc::General(r) if ty != Ty::F => busy |= 1 << r,
        Loc::Float(r) if ty == Ty::F => busy |= 1 << r,
        _ => {}
    };
    for m in moves {
        if let From::Loc(l) = m.from {
            add(l);
        }
    }
    busy
}

/// Every target is some other move's source.
fn break_cycle(moves: &mut Vec<Move>, emit: &mut impl FnMut(MachineOp)) {
    let in_registers =
        |m: &Move| matches!((m.to, m.from), (Loc::General(_), From::Loc(Loc::General(_))) | (Loc::Float(_), From::Loc(Loc::Float(_))));
    if let Some(i) = moves.iter().position(in_registers) {
        let m = moves.swap_remove(i);
        let (a, b) = (m.to, m.from);
        let (x, y, op) = match (a, b) {
            (Loc::General(x), From::Loc(Loc::General(y))) => (x, y, Op::Swap),
            (Loc::Float(x), From::Loc(Loc::Float(y))) => (x, y, Op::SwapFloat),
            _ => unreachable!("both are registers"),
        };
        emit(MachineOp { operands: [x, y, 0], ..select::machine_op(op) });
        // Where every target is a source, each is so once: nothing else reads `b`.
        for o in moves.iter_mut().filter(|o| o.from == From::Loc(a) && !planted(Bug::WrongMove)) {
            o.from = b;
        }
        moves.retain(|m| m.from != From::Loc(m.to));
    } else {
        // A cycle of cells and registers: one source waits in the scratch cell, of which there is one, and the
        // cycle it was in is resolved before the next.
        let m = &mut moves[0];
        let From::Loc(from) = m.from else { unreachable!("addresses are in no cycle") };
        let wait = Move { to: Loc::Cell(SCRATCH_CELL), from: From::Loc(from), ty: m.ty };
        m.from = From::Loc(Loc::Cell(SCRATCH_CELL));
        match from {
            Loc::Cell(_) => {
                let busy = in_use(moves, wait.ty, u32::MAX);
                one(wait, busy, emit);
            }
            _ => one(wait, 0, emit),
        }
    }
}

fn one(m: Move, busy: u32, emit: &mut impl FnMut(MachineOp)) {
    let float = m.ty == Ty::F;
    let reg = |l: Loc| match l {
        Loc::General(r) | Loc::Float(r) => Some(r),
        _ => None,
    };
    match (m.to, m.from) {
        (to, From::CellAddress(cell)) => {
            let result = reg(to).expect("an address goes into a register");
            emit(MachineOp { result, disp: cell, ..select::machine_op(Op::CellAddress) });
        }
        (Loc::Cell(cell), From::Loc(from)) => match (reg(from), from) {
            (Some(r), _) => emit(spill(r, float, cell)),
            (None, Loc::Const(bits)) if bits as i64 == bits as i32 as i64 => {
                emit(MachineOp { form: Form::Imm32, disp: cell, imm: bits, ..select::machine_op(Op::Spill) });
            }
            _ => {
                // Bits are bits: a float may pass through a general register, and back.
                let n = if float { FLOAT_REGISTERS } else { GENERAL_REGISTERS };
                let free = (0..n as u8).find(|r| busy & 1 << r == 0);
                let r = free.unwrap_or(0);
                let lent = super::moves::LENT_CELL;
                if free.is_none() {
                    emit(spill(r, float, lent));
                }
                into(r, from, m.ty, emit);
                emit(spill(r, float, cell));
                if free.is_none() {
                    emit(reload(r, float, lent));
                }
            }
        },
        (to, From::Loc(from)) => into(reg(to).expect("a register or a cell"), from, m.ty, emit),
    }
}

/// The cell that the value of a lent register waits in.
pub const LENT_CELL: u16 = SCRATCH_CELL - 1;

/// Puts a value into a register of its bank.
pub fn into(r: u8, from: Loc, ty: Ty, emit: &mut impl FnMut(MachineOp)) {
    let float = ty == Ty::F;
    match from {
        Loc::General(s) => emit(MachineOp { result: r, operands: [s, 0, 0], ..select::machine_op(Op::Move) }),
        Loc::Float(s) => emit(MachineOp { result: r, operands: [s, 0, 0], ..select::machine_op(Op::MoveFloat) }),
        Loc::Cell(c) => emit(reload(r, float, c)),
        Loc::Slot(disp) => emit(MachineOp { result: r, disp, ..select::machine_op(Op::LoadSlot) }),
        Loc::Const(bits) => emit(select::constant(Const { ty, bits }, r)),
        Loc::Object => unreachable!("nothing needs a virtual object in a register"),
    }
}

/// Register to cell.
pub fn spill(r: u8, float: bool, cell: u16) -> MachineOp {
    let op = if float { Op::SpillFloat } else { Op::Spill };
    MachineOp { operands: [r, 0, 0], disp: cell, ..select::machine_op(op) }
}

/// Cell to register.
pub fn reload(r: u8, float: bool, cell: u16) -> MachineOp {
    let op = if float { Op::ReloadFloat } else { Op::Reload };
    MachineOp { result: r, disp: cell, ..select::machine_op(op) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    /// Runs move ops on a map from places to numbers.
    fn run(ops: &[MachineOp], state: &mut HashMap<Loc, u64>) {
        for op in ops {
            let [a, b, _] = op.operands;
            let g = Loc::General;
            let f = Loc::Float;
            let cell = Loc::Cell(op.disp);
            let get = |s: &HashMap<Loc, u64>, l| s.get(&l).copied().unwrap_or(u64::MAX);
            let (to, v) = match op.op {
                Op::Move => (g(op.result), get(state, g(a))),
                Op::MoveFloat => (f(op.result), get(state, f(a))),
                Op::Swap => {
                    let (x, y) = (get(state, g(a)), get(state, g(b)));
                    state.insert(g(b), x);
                    (g(a), y)
                }
                Op::SwapFloat => {
                    let (x, y) = (get(state, f(a)), get(state, f(b)));
                    state.insert(f(b), x);
                    (f(a), y)
                }
                Op::Spill if op.form == Form::Imm32 => (cell, op.imm),
                Op::Spill => (cell, get(state, g(a))),
                Op::SpillFloat => (cell, get(state, f(a))),
                Op::Reload => (g(op.result), get(state, cell)),
                Op::ReloadFloat => (f(op.result), get(state, cell)),
                _ => (if op.op == Op::ConstFloat { f(op.result) } else { g(op.result) }, op.imm),
            };
            state.insert(to, v);
        }
    }

    #[test]
    fn random_permutations() {
        let mut seed = 1u64;
        let mut next = |n: u64| {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (seed >> 33) % n
        };
        for _ in 0..5000 {
            let places: Vec<(Loc, Ty)> = (0..6)
                .map(|r| (Loc::General(r), Ty::W))
                .chain((0..8).map(|r| (Loc::Float(r), Ty::F)))
                .chain((0..4).map(|c| (Loc::Cell(c), Ty::W)))
                .chain((4..8).map(|c| (Loc::Cell(c), Ty::F)))
                .collect();
            let mut state: HashMap<Loc, u64> = places.iter().enumerate().map(|(i, p)| (p.0, 1000 + i as u64)).collect();
            let mut moves = Vec::new();
            let mut targets = Vec::new();
            for _ in 0..next(12) {
                let (to, ty) = places[next(places.len() as u64) as usize];
                let same: Vec<_> = places.iter().filter(|p| p.1 == ty).collect();
                let from = match next(6) {
                    0 => Loc::Const(next(1 << 40)),
                    _ => same[next(same.len() as u64) as usize].0,
                };
                if !targets.contains(&to) {
                    targets.push(to);
                    moves.push(Move { to, from: From::Loc(from), ty });
                }
            }
            let mut expected = state.clone();
            for m in &moves {
                let From::Loc(from) = m.from else { unreachable!() };
                let v = match from {
                    Loc::Const(c) => c,
                    l => state[&l],
                };
                expected.insert(m.to, v);
            }
            let mut ops = Vec::new();
            parallel(moves.clone(), u32::MAX, u32::MAX, &mut |op| ops.push(op));
            run(&ops, &mut state);
            for (l, v) in expected {
                assert_eq!(state[&l], v, "{l:?} after {moves:?}: {ops:?}");
            }
        }
    }
}
