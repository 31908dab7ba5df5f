//! Where values are: registers, spill cells, frame slots; taking, leaving and storing.

use super::allocate::{Allocator, SIZES, VALUE_CELLS};
use super::{Loc, Site, moves};
use crate::abort::Abort;
use crate::ir::snapshot::SnapId;
use crate::ir::{Code, Pseudo, Ref};
use crate::lower::uses::NEVER;

impl Allocator<'_> {
    pub(super) fn register_of(&self, r: Ref) -> Option<u8> {
        if r.is_inst() {
            return self.places[r.index()].register;
        }
        let bank = self.bank(r);
        self.banks[bank].iter().position(|h| *h == Some(r)).map(|p| p as u8)
    }

    pub(super) fn register_loc(&self, r: Ref, register: u8) -> Loc {
        if self.bank(r) == 1 { Loc::Float(register) } else { Loc::General(register) }
    }

    /// Where a root or constant is; `memory` prefers cells to registers.
    pub(super) fn loc(&self, r: Ref, memory: bool) -> Option<Loc> {
        if let Some(c) = self.trace.constant(r) {
            let register = self.register_of(r).filter(|_| !memory);
            return Some(register.map_or(Loc::Const(c.bits), |n| self.register_loc(r, n)));
        }
        self.place(r, memory)
    }

    /// Where a root is that is no constant.
    #[inline]
    fn place(&self, r: Ref, memory: bool) -> Option<Loc> {
        let p = self.places[r.index()];
        let register = p.register.map(|n| self.register_loc(r, n));
        let stored = p.cell.map(Loc::Cell).or(p.slot.map(Loc::Slot));
        if memory { stored.or(register) } else { register.or(stored) }
    }

    pub(super) fn occupy(&mut self, r: Ref, register: u8) {
        let bank = self.bank(r);
        self.banks[bank][register as usize] = Some(r);
        if r.is_inst() {
            self.places[r.index()].register = Some(register);
        }
    }

    pub(super) fn vacate(&mut self, bank: usize, register: u8) {
        if let Some(r) = self.banks[bank][register as usize].take()
            && r.is_inst()
        {
            self.places[r.index()].register = None;
        }
    }

    pub(super) fn new_cells(&mut self, n: usize) -> Result<u16, Abort> {
        let free = (0..VALUE_CELLS + 1 - n).find(|&c| self.cells[c..c + n].iter().all(|used| !used));
        let first = free.ok_or(Abort::TooManySpills)?;
        self.cells[first..first + n].fill(true);
        self.out.cells = self.out.cells.max(first + n);
        Ok(first as u16)
    }

    /// A cell for a value that goes around the back edge if its home there is one and free; else any, but no home if possible.
    fn cell_for(&mut self, r: Ref) -> Result<u16, Abort> {
        let home = self.uses.phis.iter().find(|p| p.1 == r).and_then(|p| self.homes.iter().find(|h| h.0 == p.0)).map(|h| h.1);
        let is_home = |cell: usize| self.homes.iter().any(|h| h.1 == Loc::Cell(cell as u16));
        let cell = match home {
            Some(Loc::Cell(c)) if !self.cells[c as usize] => c,
            _ => match (0..VALUE_CELLS).find(|&c| !self.cells[c] && !is_home(c)) {
                Some(c) => c as u16,
                None => return self.new_cells(1),
            },
        };
        self.cells[cell as usize] = true;
        self.out.cells = self.out.cells.max(cell as usize + 1);
        Ok(cell)
    }

    /// Makes sure that the value in a register is in memory too.
    pub(super) fn store(&mut self, r: Ref) -> Result<(), Abort> {
        let p = self.places[r.index()];
        if p.cell.is_none() && p.slot.is_none() {
            let cell = self.cell_for(r)?;
            let register = p.register.expect("the value is somewhere");
            self.emit(moves::spill(register, self.bank(r) == 1, cell));
            self.places[r.index()].cell = Some(cell);
        }
        Ok(())
    }

    /// Before a frame slot is written: values that are only there go to registers.
    pub(super) fn leave_slot(&mut self, disp: u16) -> Result<(), Abort> {
        for k in 0..self.from_slots.len() {
            let r = self.from_slots[k];
            let p = self.places[r.index()];
            if p.slot != Some(disp) {
                continue;
            }
            if p.register.is_none() && p.cell.is_none() && self.uses.live_after(r, self.at) {
                self.operand(r)?;
            }
            self.places[r.index()].slot = None;
        }
        Ok(())
    }

    /// Notes that a value gives up its register: one from before the loop had better not have one there.
    pub(super) fn note_eviction(&mut self, r: Ref) {
        let in_loop = self.uses.loop_at != NEVER && self.at > self.uses.loop_at;
        let from_before = r.is_const() || r.index() < self.uses.loop_at as usize;
        if in_loop && from_before && !self.uses.phis.iter().any(|p| p.0 == r) {
            self.evicted.insert(r);
        }
    }

    /// A value is where it was loaded from.
    pub(super) fn in_slot(&mut self, r: Ref, disp: u16) {
        self.places[r.index()].slot = Some(disp);
        self.from_slots.push(r);
    }

    pub(super) fn evict(&mut self, bank: usize, register: u8) -> Result<(), Abort> {
        if let Some(r) = self.banks[bank][register as usize] {
            self.note_eviction(r);
            if r.is_inst() {
                self.store(r)?;
            }
            self.vacate(bank, register);
        }
        Ok(())
    }

    /// A register of a bank that nothing is in, by eviction if need be.
    pub(super) fn free_register(&mut self, bank: usize, hint: Option<u8>, avoid: u32) -> Result<u8, Abort> {
        let blocked = self.locked[bank] | avoid;
        let usable = |r: u8| blocked & 1 << r == 0;
        if let Some(h) = hint
            && usable(h)
            && self.banks[bank][h as usize].is_none()
        {
            return Ok(h);
        }
        let n = SIZES[bank] as u8;
        // From the last register down, for the first are those of call arguments and results.
        let free = (0..n).rev().filter(|&r| usable(r) && self.banks[bank][r as usize].is_none());
        let is_home = |r: u8| self.home_registers[bank] & 1 << r != 0;
        let mut free = free.peekable();
        if let Some(&first) = free.peek() {
            return Ok(free.find(|&r| !is_home(r)).unwrap_or(first));
        }
        let distance = |r: u8| {
            let holder = self.banks[bank][r as usize].expect("taken");
            let next = self.uses.next_register(holder, self.at.saturating_sub(1)) as u64;
            let clean = holder.is_const() || {
                let p = self.places[holder.index()];
                p.cell.is_some() || p.slot.is_some()
            };
            // Without a store to make, leaving is cheaper: it counts as a use half as far again.
            (next.saturating_sub(self.at as u64) * if clean { 3 } else { 2 }, clean)
        };
        let victim = (0..n).filter(|&r| usable(r)).max_by_key(|&r| distance(r));
        let victim = victim.ok_or_else(|| Abort::Invalid("an op with too many operands".into()))?;
        self.evict(bank, victim)?;
        Ok(victim)
    }

    /// Brings a root or constant into a register and keeps it there for this instruction.
    pub(super) fn operand(&mut self, r: Ref) -> Result<u8, Abort> {
        let bank = self.bank(r);
        let register = match self.register_of(r) {
            Some(register) => register,
            None => {
                let from = self.loc(r, false).ok_or_else(|| Abort::Invalid(format!("{r:?} is nowhere")))?;
                let hint = self.hints.get(&r).copied();
                let register = self.free_register(bank, hint, 0)?;
                moves::into(register, from, self.ty(r), &mut |op| self.emit(op));
                self.occupy(r, register);
                register
            }
        };
        self.locked[bank] |= 1 << register;
        Ok(register)
    }

    /// The values that have no use after this instruction give up their places.
    pub(super) fn release_dying(&mut self) {
        let uses = self.uses;
        for &r in uses.dying(self.at) {
            let bank = self.bank(r);
            let place = std::mem::take(&mut self.places[r.index()]);
            if let Some(register) = place.register {
                self.vacate(bank, register);
            }
            self.freed.extend(place.cell);
        }
    }

    /// Notes where the snapshot's values are; the number of the exit.
    pub(super) fn site(&mut self, snap: SnapId, memory: bool) -> Result<u16, Abort> {
        // Sites that follow each other show about as many values.
        let mut locs = Vec::with_capacity(self.out.sites.last().map_or(16, |s| s.locs.len() + 2));
        let mut lost = None;
        self.trace.snaps.values(snap).for_each(|r| {
            let root = self.uses.root(r);
            let loc = match self.trace.constant(root) {
                Some(c) => Some(Loc::Const(c.bits)),
                None if self.trace.inst(root).code == Code::Pseudo(Pseudo::Virtual) => Some(Loc::Object),
                None => self.place(root, memory),
            };
            match loc {
                Some(loc) => locs.push(loc),
                None => lost = Some(r),
            }
        });
        if let Some(r) = lost {
            return Err(Abort::Invalid(format!("{r:?} is nowhere")));
        }
        self.out.sites.push(Site { snap, inst: self.at, locs });
        u16::try_from(self.out.sites.len() - 1).map_err(|_| Abort::TooLong)
    }
}
