//! Labels, the back edge, and jumps to other traces: where every value has a place it must be in.
//!
//! ```text
//! LOOP                      L9:                       (homes: v4 in r2, v7 in r0)
//! …                           …
//! PHI v4, v12          →      move r2 = r5
//!                             jump L9
//! ```

use super::allocate::{Allocator, SIZES};
use super::moves::{self, From, Move};
use super::{EntryLabel, Loc, select};
use crate::abort::Abort;
use crate::ir::{Inst, Ref};
use weft_layout::op::{MachineOp, Op};

/// All registers, as bank and number.
fn registers() -> impl Iterator<Item = (usize, u8)> {
    SIZES.iter().enumerate().flat_map(|(bank, &n)| (0..n as u8).map(move |r| (bank, r)))
}

impl Allocator<'_> {
    pub(super) fn live_values(&self) -> Vec<Ref> {
        let here = |i: &usize| {
            let p = self.places[*i];
            p.register.is_some() || p.cell.is_some() || p.slot.is_some()
        };
        (0..self.at as usize).filter(here).map(Ref::inst).collect()
    }

    pub(super) fn entry_label(&mut self) {
        for (bank, register) in registers() {
            if self.banks[bank][register as usize].is_some_and(|r| r.is_const()) {
                self.vacate(bank, register);
            }
        }
        let mut values = Vec::new();
        for r in self.live_values() {
            let p = self.places[r.index()];
            let ty = self.ty(r);
            if let Some(n) = p.register {
                values.push((r, ty, self.register_loc(r, n)));
            }
            if let Some(c) = p.cell {
                values.push((r, ty, Loc::Cell(c)));
            }
        }
        self.out.entry = Some(EntryLabel { at: self.out.ops.len(), values });
        self.emit(select::machine_op(Op::Label));
    }

    pub(super) fn loop_label(&mut self) -> Result<(), Abort> {
        let uses = self.uses;
        let is_left = |r: Ref| uses.phis.iter().any(|p| p.0 == r);
        // Dead values and constants the loop does not need leave; what it needs is stored now rather than inside.
        for (bank, register) in registers() {
            let Some(r) = self.banks[bank][register as usize] else {
                continue;
            };
            let gone = if r.is_const() { uses.in_loop(r) == 0 || self.spill_before.contains(&r) } else { !uses.live_after(r, self.at) };
            if gone {
                self.vacate(bank, register);
            } else if r.is_inst() && self.spill_before.contains(&r) && !is_left(r) {
                self.store(r)?;
                self.vacate(bank, register);
            }
        }
        for r in self.live_values() {
            if is_left(r) && (self.places[r.index()].slot.is_some() || self.places[r.index()].register.is_some()) {
                // One home only, since the value there changes.
                self.operand(r)?;
                self.places[r.index()].slot = None;
                if let Some(cell) = self.places[r.index()].cell.take() {
                    self.cells[cell as usize] = false;
                }
            }
        }
        self.locked = [0; 2];
        self.fill_registers()?;
        for r in self.live_values() {
            if let Some(loc) = self.loc(r, false) {
                self.homes.push((r, loc));
            }
        }
        for r in self.banks.iter().flatten().flatten().copied().filter(|r| r.is_const()) {
            let loc = self.register_loc(r, self.register_of(r).expect("in a register"));
            self.homes.push((r, loc));
        }
        for &(_, loc) in &self.homes {
            match loc {
                Loc::General(r) => self.home_registers[0] |= 1 << r,
                Loc::Float(r) => self.home_registers[1] |= 1 << r,
                _ => {}
            }
        }
        self.loop_label = self.out.ops.len();
        self.emit(select::machine_op(Op::Label));
        Ok(())
    }

    /// Brings what the loop uses most into registers that are free before it.
    pub(super) fn fill_registers(&mut self) -> Result<(), Abort> {
        let mut wanted: Vec<(usize, Ref)> = Vec::new();
        let values = self.live_values().into_iter().filter(|r| self.places[r.index()].register.is_none());
        let constants = (0..self.trace.consts.len()).map(Ref::constant).filter(|&c| self.register_of(c).is_none());
        for r in values.chain(constants) {
            let n = self.uses.in_loop(r);
            if n > 0 && !self.spill_before.contains(&r) {
                wanted.push((n, r));
            }
        }
        wanted.sort_by_key(|w| std::cmp::Reverse(w.0));
        for (_, r) in wanted {
            let bank = self.bank(r);
            let free = self.banks[bank][..SIZES[bank]].iter().filter(|h| h.is_none()).count();
            // The loop needs some for what it computes.
            if free > 2 {
                self.operand(r)?;
                if r.is_inst()
                    && self.uses.phis.iter().any(|p| p.0 == r)
                    && let Some(cell) = self.places[r.index()].cell.take()
                {
                    self.cells[cell as usize] = false;
                }
            }
        }
        self.locked = [0; 2];
        Ok(())
    }

    pub(super) fn back_edge(&mut self) {
        let mut list = Vec::new();
        for &(r, home) in &self.homes {
            let ty = self.ty(r);
            let from = match self.uses.phis.iter().find(|p| p.0 == r) {
                Some(&(_, right)) => self.loc(right, false),
                None if r.is_inst() && !self.uses.live_after(r, self.at - 1) => continue,
                None => {
                    let p = r.is_inst().then(|| self.places[r.index()]);
                    let still = p.is_some_and(|p| match home {
                        Loc::Cell(c) => p.cell == Some(c),
                        Loc::Slot(s) => p.slot == Some(s),
                        _ => false,
                    });
                    if still { Some(home) } else { self.loc(r, false) }
                }
            };
            let from = from.expect("a value that lives around the back edge is somewhere");
            list.push(Move { to: home, from: From::Loc(from), ty });
        }
        let mut ops = Vec::new();
        moves::parallel(list, [0; 2], &mut |op| ops.push(op));
        ops.into_iter().for_each(|op| self.emit(op));
        self.emit(MachineOp { imm: self.loop_label as u64, ..select::machine_op(Op::Jump) });
    }

    pub(super) fn link(&mut self, inst: &Inst) -> Result<(), Abort> {
        let typed = inst.arg_list().is_some();
        let context = self.context;
        let own = self.out.entry.as_ref().map(|e| e.values.iter().map(|v| v.2).collect::<Vec<_>>());
        let locs = if inst.a().is_none() { own.unwrap_or_default() } else { context.link.locs.clone() };
        if typed {
            let mut list = Vec::new();
            for (value, &to) in self.trace.operands(inst).zip(&locs) {
                let root = self.uses.root(value);
                let from = self.loc(root, false).ok_or_else(|| Abort::Invalid(format!("{value:?} is nowhere")))?;
                list.push(Move { to, from: From::Loc(from), ty: self.ty(root) });
            }
            let mut ops = Vec::new();
            moves::parallel(list, [0; 2], &mut |op| ops.push(op));
            ops.into_iter().for_each(|op| self.emit(op));
        }
        let jump = match (context.link.address, typed) {
            (Some(address), _) => MachineOp { imm: address, ..select::machine_op(Op::JumpCode) },
            (None, true) => {
                let label = self.out.entry.as_ref().map_or(0, |e| e.at);
                MachineOp { imm: label as u64, ..select::machine_op(Op::Jump) }
            }
            (None, false) => select::machine_op(Op::Jump),
        };
        self.emit(jump);
        Ok(())
    }
}
