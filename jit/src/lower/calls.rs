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
        let (fixed, array) = args.split_at(helper.params.len());
        let array_cells = if array.is_empty() { None } else { Some(self.array(array)?) };

        let (trace, uses) = (self.trace, self.uses);
        let shows = |r: Ref| inst.snap() != SnapId::NONE && trace.snaps.values(inst.snap()).any(|s| uses.root(s) == r);
        for r in self.banks.into_iter().flatten().flatten() {
            if uses.live_after(r, self.at) {
                self.note_eviction(r);
            }
            if r.is_inst() && (uses.live_after(r, self.at) || shows(r)) {
                self.store(r)?;
            }
        }
        let exit = if inst.snap() == SnapId::NONE { 0 } else { self.site(inst.snap(), true)? };

        let mut next = [0u8; 2];
        let mut places = Vec::new();
        for &r in fixed {
            let bank = self.bank(r);
            places.push((r, next[bank]));
            next[bank] += 1;
        }
        let array_register = next[0];
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
        for (bank, &size) in SIZES.iter().enumerate() {
            (0..size as u8).for_each(|register| self.vacate(bank, register));
        }
        self.release_dying();
        if python {
            self.emit(MachineOp { imm: exit as u64, ..select::machine_op(Op::SetSnapshot) });
        }
        let op = match inst.ty {
            _ if helper.raises => Op::CallValue,
            Ty::None => Op::Call,
            Ty::F => Op::CallFloat,
            _ => Op::CallWord,
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
}
