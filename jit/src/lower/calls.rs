//! Calls of helpers: arguments move into place, and values that live on get out of the way.
//!
//! ```text
//! v5.V = CALL lookup(v3, W:7) !s2     →      spill r4, c0                (v4 lives on)
//!                                            move r0 = r3; const_u32 r1 = #7
//!                                            set_snapshot #12
//!                                            call_value r0 = lookup !12
//! ```

use super::allocate::{Allocator, SIZES};
use super::moves::{self, From, Move};
use super::{Loc, select};
use crate::abort::Abort;
use crate::helper::{Does, HelperId};
use crate::ir::snapshot::SnapId;
use crate::ir::{Inst, Ref, Ty};
use weft_layout::op::{MachineOp, Op};

impl Allocator<'_> {
    pub(super) fn call(&mut self, at: usize, inst: &Inst) -> Result<(), Abort> {
        let helper = self.helpers.get(HelperId(inst.a().bits() as u16));
        let args: Vec<Ref> = self.trace.operands(inst).map(|r| self.uses.root(r)).collect();
        let python = helper.does == Does::RunsPython;
        let clobbers = helper.raises || python;
        let (fixed, array) = args.split_at(helper.params.len());
        let array_cells = if array.is_empty() { None } else { Some(self.array(array)?) };

        let mut exit = 0;
        if clobbers {
            let (trace, uses) = (self.trace, self.uses);
            let shows = |r: Ref| inst.snap() != SnapId::NONE && trace.snaps.values(inst.snap()).any(|s| uses.root(s) == r);
            for r in self.banks.into_iter().flatten().flatten() {
                if r.is_inst() && (uses.live_after(r, self.at) || shows(r)) {
                    self.store(r)?;
                }
            }
            if inst.snap() != SnapId::NONE {
                exit = self.site(inst.snap(), true)?;
            }
        }

        let mut targets = [0u32; 2];
        let mut next = [0u8; 2];
        let mut places = Vec::new();
        for &r in fixed {
            let bank = self.bank(r);
            places.push((r, next[bank]));
            targets[bank] |= 1 << next[bank];
            next[bank] += 1;
        }
        let array_register = next[0];
        if array_cells.is_some() {
            targets[0] |= 1 << array_register;
        }
        let result_bank = (inst.ty == Ty::F) as usize;
        if inst.ty != Ty::None {
            targets[result_bank] |= 1;
        }
        if !clobbers {
            self.step_aside(&places, targets, (inst.ty != Ty::None).then_some(result_bank))?;
        }
        let mut list = Vec::new();
        for &(r, register) in &places {
            let from = self.loc(r, false).ok_or_else(|| Abort::Invalid(format!("{r:?} is nowhere")))?;
            list.push(Move { to: self.register_loc(r, register), from: From::Loc(from), ty: self.ty(r) });
        }
        if let Some(cell) = array_cells {
            list.push(Move { to: Loc::General(array_register), from: From::CellAddress(cell), ty: Ty::W });
        }
        let busy = self.busy();
        let mut ops = Vec::new();
        moves::parallel(list, busy, &mut |op| ops.push(op));
        ops.into_iter().for_each(|op| self.emit(op));
        for bank in 0..2 {
            for register in 0..SIZES[bank] as u8 {
                let holder = self.banks[bank][register as usize];
                let in_place = places.iter().any(|&(r, n)| n == register && holder == Some(r) && self.bank(r) == bank);
                if clobbers || targets[bank] & 1 << register != 0 && !in_place {
                    self.vacate(bank, register);
                }
            }
        }
        self.release_dying();
        if inst.ty != Ty::None {
            self.vacate(result_bank, 0);
        }
        if python {
            self.emit(MachineOp { imm: exit as u64, ..select::machine_op(Op::SetSnapshot) });
        }
        let op = match (inst.ty, helper.raises, clobbers) {
            (_, true, _) => Op::CallValue,
            (Ty::None, _, true) => Op::Call,
            (Ty::None, _, false) => Op::CallSaving,
            (Ty::F, _, true) => Op::CallFloat,
            (Ty::F, _, false) => Op::CallFloatSaving,
            (_, _, true) => Op::CallWord,
            (_, _, false) => Op::CallWordSaving,
        };
        self.emit(MachineOp { exit, imm: helper.address as u64, ..select::machine_op(op) });
        if let Some(cell) = array_cells {
            self.cells[cell as usize..cell as usize + array.len()].fill(false);
        }
        if inst.ty != Ty::None && self.uses.any(Ref::inst(at)) {
            self.occupy(Ref::inst(at), 0);
        }
        Ok(())
    }

    pub(super) fn busy(&self) -> [u32; 2] {
        [0, 1].map(|b| (0..8).filter(|&r| self.banks[b][r].is_some()).fold(0, |m, r| m | 1 << r))
    }

    /// Builds an array of arguments in cells.
    pub(super) fn array(&mut self, args: &[Ref]) -> Result<u16, Abort> {
        let first = self.new_cells(args.len())?;
        let mut list = Vec::new();
        for (i, &r) in args.iter().enumerate() {
            let from = self.loc(r, false).ok_or_else(|| Abort::Invalid(format!("{r:?} is nowhere")))?;
            list.push(Move { to: Loc::Cell(first + i as u16), from: From::Loc(from), ty: self.ty(r) });
        }
        let busy = self.busy();
        let mut ops = Vec::new();
        moves::parallel(list, busy, &mut |op| ops.push(op));
        ops.into_iter().for_each(|op| self.emit(op));
        Ok(first)
    }

    /// Before a call that saves registers: values that live on leave the registers it writes.
    pub(super) fn step_aside(&mut self, args: &[(Ref, u8)], targets: [u32; 2], result: Option<usize>) -> Result<(), Abort> {
        for bank in 0..2 {
            for register in 0..SIZES[bank] as u8 {
                let Some(r) = self.banks[bank][register as usize] else {
                    continue;
                };
                if targets[bank] & 1 << register == 0 || !r.is_inst() || !self.uses.live_after(r, self.at) {
                    continue;
                }
                let in_place = args.iter().any(|&(a, n)| a == r && n == register);
                if in_place && !(result == Some(bank) && register == 0) {
                    continue;
                }
                let free = (0..SIZES[bank] as u8).rev().find(|&f| self.banks[bank][f as usize].is_none() && targets[bank] & 1 << f == 0);
                match free {
                    Some(f) => {
                        let (from, ty) = (self.register_loc(r, register), self.ty(r));
                        let mut ops = Vec::new();
                        moves::into(f, from, ty, &mut |op| ops.push(op));
                        ops.into_iter().for_each(|op| self.emit(op));
                        self.vacate(bank, register);
                        self.occupy(r, f);
                    }
                    // The argument's own register may be the one that goes: it is read from the cell then.
                    None => self.evict(bank, register)?,
                }
            }
        }
        Ok(())
    }
}
