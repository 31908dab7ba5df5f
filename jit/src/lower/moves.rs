//! Parallel moves: several values change places at once.
//!
//! Sources are read as they were before any move. Registers that form a cycle are swapped; where a cell takes part
//! that no free register can carry, a register is lent and put back.

use super::Loc;
use super::allocate::SIZES;
use super::select;
use crate::ir::Ty;
use crate::ir::consts::Const;
use crate::planted::{Bug, planted};
use weft_layout::op::{Form, MachineOp, Op};

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

/// Emits moves that together have the effect of all at once. `busy` are bit sets of general and float registers whose values must
/// survive, besides the moves' sources and targets.
pub fn parallel(mut moves: Vec<Move>, mut busy: [u32; 2], emit: &mut impl FnMut(MachineOp)) {
    settle(&mut moves, &mut busy);
    while !moves.is_empty() {
        let ready = |m: &Move| moves.iter().all(|o| o.from != From::Loc(m.to) || o == m);
        // What a register has to carry from cell to cell goes first, while targets are still free to do it.
        let between_cells = |m: &Move| matches!((m.to, m.from), (Loc::Cell(_), From::Loc(Loc::Cell(_))));
        let next = moves.iter().position(|m| between_cells(m) && ready(m)).or_else(|| moves.iter().position(ready));
        match next {
            Some(i) => {
                let m = moves.swap_remove(i);
                one(m, with_sources(&moves, busy), emit);
                mark(&mut busy, m.to);
            }
            None => break_cycle(&mut moves, &mut busy, emit),
        }
    }
}

/// Drops the moves whose value is there already.
fn settle(moves: &mut Vec<Move>, busy: &mut [u32; 2]) {
    moves.iter().filter(|m| m.from == From::Loc(m.to)).for_each(|m| mark(busy, m.to));
    moves.retain(|m| m.from != From::Loc(m.to));
}

/// Adds a place to the registers in use, if it is one.
fn mark(busy: &mut [u32; 2], place: Loc) {
    match place {
        Loc::General(r) => busy[0] |= 1 << r,
        Loc::Float(r) => busy[1] |= 1 << r,
        _ => {}
    }
}

/// The registers in use, with those that the remaining moves read.
fn with_sources(moves: &[Move], mut busy: [u32; 2]) -> [u32; 2] {
    for m in moves {
        if let From::Loc(from) = m.from {
            mark(&mut busy, from);
        }
    }
    busy
}

/// Every target is some other move's source.
fn break_cycle(moves: &mut Vec<Move>, busy: &mut [u32; 2], emit: &mut impl FnMut(MachineOp)) {
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
        for o in moves.iter_mut() {
            if o.from == From::Loc(a) {
                o.from = b;
            } else if o.from == b && !planted(Bug::WrongMove) {
                o.from = From::Loc(a);
            }
        }
        mark(busy, a);
        settle(moves, busy);
    } else {
        // A cycle of cells and registers: one source waits in the scratch cell, of which there is one, and the
        // cycle it was in is resolved before the next.
        let m = &mut moves[0];
        let From::Loc(from) = m.from else { unreachable!("addresses are in no cycle") };
        let wait = Move { to: Loc::Cell(SCRATCH_CELL), from: From::Loc(from), ty: m.ty };
        m.from = From::Loc(Loc::Cell(SCRATCH_CELL));
        one(wait, with_sources(moves, *busy), emit);
    }
}

fn one(m: Move, busy: [u32; 2], emit: &mut impl FnMut(MachineOp)) {
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
            (Some(r), _) => emit(spill(r, m.ty == Ty::F, cell)),
            (None, Loc::Const(bits)) if bits as i64 == bits as i32 as i64 => {
                emit(MachineOp { form: Form::Imm32, disp: cell, imm: bits, ..select::machine_op(Op::Spill) });
            }
            _ => carry(from, cell, m.ty, busy, emit),
        },
        (to, From::Loc(from)) => into(reg(to).expect("a register or a cell"), from, m.ty, emit),
    }
}

/// A value that is in no register to a cell, through a register that is free, or lent.
fn carry(from: Loc, cell: u16, ty: Ty, busy: [u32; 2], emit: &mut impl FnMut(MachineOp)) {
    let free = |bank: usize| (0..SIZES[bank] as u8).find(|r| busy[bank] & 1 << r == 0);
    let own = (ty == Ty::F) as usize;
    // Bits are bits: what comes from a cell may go through a register of either bank.
    let other = matches!(from, Loc::Cell(_)).then(|| free(1 - own)).flatten().map(|r| (1 - own, r));
    let carrier = free(own).map(|r| (own, r)).or(other);
    let (bank, r) = carrier.unwrap_or((own, 0));
    let float = bank == 1;
    if carrier.is_none() {
        emit(spill(r, float, LENT_CELL));
    }
    let ty = if bank == own {
        ty
    } else if float {
        Ty::F
    } else {
        Ty::W
    };
    into(r, from, ty, emit);
    emit(spill(r, float, cell));
    if carrier.is_none() {
        emit(reload(r, float, LENT_CELL));
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
            // Of the registers that no move writes, some are somebody's.
            let mut busy = [next(64) as u32, next(256) as u32];
            let mut ops = Vec::new();
            parallel(moves.clone(), busy, &mut |op| ops.push(op));
            run(&ops, &mut state);
            targets.iter().for_each(|&t| mark(&mut busy, t));
            let survives = |l: &Loc| match *l {
                Loc::General(r) => busy[0] & 1 << r != 0,
                Loc::Float(r) => busy[1] & 1 << r != 0,
                _ => true,
            };
            for (l, v) in expected.into_iter().filter(|e| survives(&e.0)) {
                assert_eq!(state[&l], v, "{l:?} after {moves:?}: {ops:?}");
            }
        }
    }
}
