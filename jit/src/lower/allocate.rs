//! Linear-scan register allocation in one pass forward, emitting as it goes.
//!
//! At each instruction the operands are brought into registers, the locations of the snapshot's values are noted for
//! the exit, values without further use give up their registers, and the result gets one. When no register is free,
//! the value whose next use in a register is furthest away is evicted (Belady); it is stored to its cell the first time
//! only, since values never change. Constants are made again instead, and values borrowed from a frame slot reloaded.
//!
//! ```text
//! v3.I = int_add v1, I:1 !s1      →      int_add r2 = r0, #2 exit 1
//! guard_int_lt v3, v2 !s2                guard_int_lt r2, r1 exit 2
//! ```
//!
//! **Loops.** What a value's place is at `LOOP` it has to be at the back edge again: its *home*. The right side of a
//! `PHI` prefers its left side's home; whatever is elsewhere at the end goes home in one parallel move. If a value from
//! before the loop is evicted inside it, the trace is allocated a second time with that value stored before the loop.
//!
//! **Calls.** A helper that may raise or run Python kills all registers, so everything that lives on, and everything
//! the snapshot shows, is in cells before its arguments move into place. Other helpers are called through a thunk that
//! saves all registers; only values in argument registers have to step aside.

use super::moves::{self, From, Move};
use super::uses::{NEVER, Uses};
use super::{LinkTarget, Loc, Lowered, Site, select};
use crate::abort::Abort;
use crate::helper::{Does, HelperId, Helpers};
use crate::ir::snapshot::SnapId;
use crate::ir::{Code, Inst, Pseudo, Ref, Trace, Ty, flag};
use std::collections::{HashMap, HashSet};
use weft_layout::machine_frame::CELLS;
use weft_layout::op::{FLOAT_REGISTERS, Form, GENERAL_REGISTERS, Imm, MachineOp, Op, Output};

/// Cells that values may use; the rest are [`moves`]'s.
const VALUE_CELLS: usize = CELLS - 2;

/// What lowering needs besides the trace.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// Where the parent's exit left each inherited value.
    pub inherited: Vec<Loc>,
    /// The target of the final `LINK`, whose operands are what the target's label wants.
    pub link: LinkTarget,
}

/// Assigns registers and makes machine ops.
pub fn lower(trace: &Trace, helpers: &Helpers, context: &Context) -> Result<Lowered, Abort> {
    let uses = Uses::of(trace);
    let first = Allocator::new(trace, helpers, context, &uses, HashSet::new()).run()?;
    if first.1.is_empty() {
        return Ok(first.0);
    }
    Ok(Allocator::new(trace, helpers, context, &uses, first.1)
        .run()?
        .0)
}

/// The places a value is in, all with the same contents.
#[derive(Clone, Copy, Default)]
struct Place {
    register: Option<u8>,
    cell: Option<u16>,
    slot: Option<u16>,
}

struct Allocator<'a> {
    trace: &'a Trace,
    helpers: &'a Helpers,
    context: &'a Context,
    uses: &'a Uses,
    places: Vec<Place>,
    /// Who is in each register: a root or a constant.
    banks: [[Option<Ref>; 8]; 2],
    locked: [u32; 2],
    cells: Vec<bool>,
    /// Cells whose value had its last use in this instruction: its exit may still show them.
    freed: Vec<u16>,
    out: Lowered,
    at: u32,
    /// Where each value that lives around the back edge is at `LOOP`.
    homes: Vec<(Ref, Loc)>,
    loop_label: usize,
    /// Preferred registers, for call arguments.
    hints: HashMap<Ref, u8>,
    /// Values to store before the loop, from the first attempt.
    spill_before: HashSet<Ref>,
    evicted: HashSet<Ref>,
}

const SIZES: [usize; 2] = [GENERAL_REGISTERS, FLOAT_REGISTERS];

impl<'a> Allocator<'a> {
    fn new(
        trace: &'a Trace,
        helpers: &'a Helpers,
        context: &'a Context,
        uses: &'a Uses,
        spill_before: HashSet<Ref>,
    ) -> Self {
        Allocator {
            trace,
            helpers,
            context,
            uses,
            places: vec![Place::default(); trace.insts.len()],
            banks: [[None; 8]; 2],
            locked: [0; 2],
            cells: vec![false; VALUE_CELLS],
            freed: Vec::new(),
            out: Lowered::default(),
            at: 0,
            homes: Vec::new(),
            loop_label: 0,
            hints: HashMap::new(),
            spill_before,
            evicted: HashSet::new(),
        }
    }

    fn run(mut self) -> Result<(Lowered, HashSet<Ref>), Abort> {
        self.call_hints();
        self.inherit();
        if self
            .trace
            .insts
            .iter()
            .any(|i| i.code == Code::Pseudo(Pseudo::Link) && i.a().is_none())
        {
            self.emit(select::machine_op(Op::Label));
        }
        for at in 0..self.trace.insts.len() {
            self.at = at as u32;
            self.inst(at)?;
            self.locked = [0; 2];
            for cell in std::mem::take(&mut self.freed) {
                self.cells[cell as usize] = false;
            }
        }
        if self.uses.loop_at != NEVER {
            self.at = self.uses.end;
            self.back_edge();
        }
        self.out.cells = self
            .out
            .cells
            .max(self.cells.iter().rposition(|&c| c).map_or(0, |c| c + 1));
        Ok((self.out, self.evicted))
    }

    fn emit(&mut self, op: MachineOp) {
        self.out.ops.push(op);
        self.out
            .from
            .push(self.at.min(self.trace.insts.len() as u32 - 1));
    }

    fn ty(&self, r: Ref) -> Ty {
        self.trace.ty(r)
    }

    fn bank(&self, r: Ref) -> usize {
        (self.ty(r) == Ty::F) as usize
    }

    // Places.

    fn register_of(&self, r: Ref) -> Option<u8> {
        if r.is_inst() {
            return self.places[r.index()].register;
        }
        let bank = self.bank(r);
        self.banks[bank]
            .iter()
            .position(|h| *h == Some(r))
            .map(|p| p as u8)
    }

    fn register_loc(&self, r: Ref, register: u8) -> Loc {
        if self.bank(r) == 1 {
            Loc::Float(register)
        } else {
            Loc::General(register)
        }
    }

    /// Where a root or constant is; `memory` prefers cells to registers.
    fn loc(&self, r: Ref, memory: bool) -> Option<Loc> {
        if let Some(c) = self.trace.constant(r) {
            let register = self.register_of(r).filter(|_| !memory);
            return Some(register.map_or(Loc::Const(c.bits), |n| self.register_loc(r, n)));
        }
        let p = self.places[r.index()];
        let register = p.register.map(|n| self.register_loc(r, n));
        let stored = p.cell.map(Loc::Cell).or(p.slot.map(Loc::Slot));
        if memory {
            stored.or(register)
        } else {
            register.or(stored)
        }
    }

    fn occupy(&mut self, r: Ref, register: u8) {
        let bank = self.bank(r);
        self.banks[bank][register as usize] = Some(r);
        if r.is_inst() {
            self.places[r.index()].register = Some(register);
        }
    }

    fn vacate(&mut self, bank: usize, register: u8) {
        if let Some(r) = self.banks[bank][register as usize].take()
            && r.is_inst()
        {
            self.places[r.index()].register = None;
        }
    }

    fn new_cells(&mut self, n: usize) -> Result<u16, Abort> {
        let free =
            (0..VALUE_CELLS + 1 - n).find(|&c| self.cells[c..c + n].iter().all(|used| !used));
        let first = free.ok_or(Abort::TooManySpills)?;
        self.cells[first..first + n].fill(true);
        self.out.cells = self.out.cells.max(first + n);
        Ok(first as u16)
    }

    /// Makes sure that the value in a register is in memory too.
    fn store(&mut self, r: Ref) -> Result<(), Abort> {
        let p = self.places[r.index()];
        if p.cell.is_none() && p.slot.is_none() {
            let cell = self.new_cells(1)?;
            let register = p.register.expect("the value is somewhere");
            self.emit(moves::spill(register, self.bank(r) == 1, cell));
            self.places[r.index()].cell = Some(cell);
        }
        Ok(())
    }

    /// Before a frame slot is written: values that are only there go to registers.
    fn leave_slot(&mut self, disp: u16) -> Result<(), Abort> {
        for i in 0..self.at as usize {
            let p = self.places[i];
            if p.slot != Some(disp) {
                continue;
            }
            let r = Ref::inst(i);
            if p.register.is_none() && p.cell.is_none() && self.uses.live_after(r, self.at) {
                self.operand(r)?;
            }
            self.places[i].slot = None;
        }
        Ok(())
    }

    fn evict(&mut self, bank: usize, register: u8) -> Result<(), Abort> {
        if let Some(r) = self.banks[bank][register as usize] {
            let in_loop = self.uses.loop_at != NEVER && self.at > self.uses.loop_at;
            let from_before = r.is_const() || r.index() < self.uses.loop_at as usize;
            if in_loop && from_before && !self.uses.phis.iter().any(|p| p.0 == r) {
                self.evicted.insert(r);
            }
            if r.is_inst() {
                self.store(r)?;
            }
            self.vacate(bank, register);
        }
        Ok(())
    }

    /// A register of a bank that nothing is in, by eviction if need be.
    fn free_register(&mut self, bank: usize, hint: Option<u8>, avoid: u32) -> Result<u8, Abort> {
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
        let free = (0..n)
            .rev()
            .filter(|&r| usable(r) && self.banks[bank][r as usize].is_none());
        let homes = &self.homes;
        let is_home = |r: u8| {
            let loc = if bank == 1 {
                Loc::Float(r)
            } else {
                Loc::General(r)
            };
            homes.iter().any(|h| h.1 == loc)
        };
        if let Some(r) = free.min_by_key(|&r| is_home(r)) {
            return Ok(r);
        }
        let distance = |r: u8| {
            let holder = self.banks[bank][r as usize].expect("taken");
            let next = self.uses.next_register(holder, self.at.saturating_sub(1)) as u64;
            let clean = holder.is_const() || {
                let p = self.places[holder.index()];
                p.cell.is_some() || p.slot.is_some()
            };
            // Without a store to make, leaving is cheaper: it counts as a use half as far again.
            (
                next.saturating_sub(self.at as u64) * if clean { 3 } else { 2 },
                clean,
            )
        };
        let victim = (0..n).filter(|&r| usable(r)).max_by_key(|&r| distance(r));
        let victim = victim.ok_or_else(|| Abort::Invalid("an op with too many operands".into()))?;
        self.evict(bank, victim)?;
        Ok(victim)
    }

    /// Brings a root or constant into a register and keeps it there for this instruction.
    fn operand(&mut self, r: Ref) -> Result<u8, Abort> {
        let bank = self.bank(r);
        let register = match self.register_of(r) {
            Some(register) => register,
            None => {
                let from = self
                    .loc(r, false)
                    .ok_or_else(|| Abort::Invalid(format!("{r:?} is nowhere")))?;
                let hint = self.hints.get(&r).copied();
                let register = self.free_register(bank, hint, 0)?;
                let (ty, mut ops) = (self.ty(r), Vec::new());
                moves::into(register, from, ty, &mut |op| ops.push(op));
                ops.into_iter().for_each(|op| self.emit(op));
                self.occupy(r, register);
                register
            }
        };
        self.locked[bank] |= 1 << register;
        Ok(register)
    }

    /// A value that has no use after this instruction gives up its places.
    fn release(&mut self, r: Ref) {
        if !r.is_inst() || self.uses.live_after(r, self.at) {
            return;
        }
        let bank = self.bank(r);
        if let Some(register) = self.places[r.index()].register {
            self.vacate(bank, register);
        }
        if let Some(cell) = self.places[r.index()].cell.take() {
            self.freed.push(cell);
        }
        self.places[r.index()].slot = None;
    }

    fn release_all(&mut self, inst: &Inst) {
        let operands: Vec<Ref> = self
            .trace
            .operands(inst)
            .map(|r| self.uses.root(r))
            .collect();
        operands.into_iter().for_each(|r| self.release(r));
        if inst.snap() != SnapId::NONE {
            let shown: Vec<Ref> = self
                .trace
                .snaps
                .values(inst.snap())
                .map(|r| self.uses.root(r))
                .collect();
            shown.into_iter().for_each(|r| self.release(r));
        }
    }

    /// Notes where the snapshot's values are; the number of the exit.
    fn site(&mut self, snap: SnapId, memory: bool) -> Result<u16, Abort> {
        let mut locs = Vec::new();
        for r in self.trace.snaps.values(snap) {
            let root = self.uses.root(r);
            let loc = match self.trace.constant(root) {
                Some(c) => Loc::Const(c.bits),
                None => self
                    .loc(root, memory)
                    .ok_or_else(|| Abort::Invalid(format!("{r:?} is nowhere")))?,
            };
            locs.push(loc);
        }
        self.out.sites.push(Site {
            snap,
            inst: self.at,
            locs,
        });
        u16::try_from(self.out.sites.len() - 1).map_err(|_| Abort::TooLong)
    }

    // Instructions.

    fn inst(&mut self, at: usize) -> Result<(), Abort> {
        let inst = self.trace.insts[at];
        match inst.code {
            Code::Op(Op::LoadSlot) if inst.flags & flag::BORROWED != 0 => {
                // It stays where it is until it is needed.
                if self.uses.any(Ref::inst(at)) {
                    self.places[at].slot = Some(inst.disp);
                }
                Ok(())
            }
            Code::Op(op) => self.op(at, &inst, op),
            Code::Pseudo(Pseudo::Call) => self.call(at, &inst),
            Code::Pseudo(Pseudo::Entry) => {
                self.entry_label();
                Ok(())
            }
            Code::Pseudo(Pseudo::Loop) => self.loop_label(),
            Code::Pseudo(Pseudo::Link) => self.link(&inst),
            Code::Pseudo(_) => Ok(()),
        }
    }

    fn op(&mut self, at: usize, inst: &Inst, mut op: Op) -> Result<(), Abort> {
        let mut machine = select::machine_op(op);
        let n = inst.code.values();
        let mut in_registers = 0..n;
        if let Some((form, number)) = select::folded(self.trace, inst) {
            machine.form = form;
            machine.imm = number;
            in_registers.end -= 1;
        } else if let Some((other, number)) = select::selected(self.trace, inst) {
            op = other;
            machine.op = op;
            machine.imm = number;
            in_registers.start = 1;
        }
        for (slot, i) in in_registers.enumerate() {
            let r = self.uses.root(inst.args[i]);
            machine.operands[slot] = self.operand(r)?;
        }
        let info = op.info();
        if !info.takes_disp(inst.disp as usize) {
            return Err(Abort::Invalid(format!(
                "{} cannot add {}",
                op.name(),
                inst.disp
            )));
        }
        machine.disp = inst.disp;
        if inst.code.has_imm() && info.imm != Imm::No {
            machine.imm = self.trace.constant(inst.imm()).map_or(0, |c| c.bits);
        }
        if op == Op::StoreSlot {
            self.leave_slot(inst.disp)?;
        }
        if info.exits {
            machine.exit = self.site(inst.snap(), false)?;
        }
        self.release_all(inst);
        self.locked = [0; 2];
        let result = Ref::inst(at);
        if let Output::New(_) = info.output {
            let bank = self.bank(result);
            let mut hint = self.hint(result);
            if hint.is_none() && !info.exits && n > 0 {
                // Two-address code is shorter; an op that exits keeps its operands for the exit.
                let first = inst.a();
                let register = machine.operands[0];
                if first.is_inst()
                    && self.bank(first) == bank
                    && self.banks[bank][register as usize].is_none()
                {
                    hint = Some(register);
                }
            }
            machine.result = if info.exits {
                let in_registers = info.operands.len() - (machine.form != Form::Reg) as usize;
                let operands = machine
                    .operands
                    .iter()
                    .zip(&info.operands[..in_registers])
                    .fold(0, |m, (&r, k)| {
                        if k.bank() as usize == bank {
                            m | 1 << r
                        } else {
                            m
                        }
                    });
                self.result_of_exiting(bank, hint, operands, machine.exit)?
            } else {
                self.free_register(bank, hint, 0)?
            };
            if self.uses.any(result) {
                self.occupy(result, machine.result);
            }
        }
        self.emit(machine);
        Ok(())
    }

    /// A register for the result of an op that may exit. At the exit the op's operands are as they were, but the result's
    /// register is not, unless it is an operand's: what the snapshot shows in it has to be elsewhere too.
    fn result_of_exiting(
        &mut self,
        bank: usize,
        hint: Option<u8>,
        operands: u32,
        exit: u16,
    ) -> Result<u8, Abort> {
        let at = |loc: &Loc| match *loc {
            Loc::General(r) if bank == 0 => 1u32 << r,
            Loc::Float(r) if bank == 1 => 1 << r,
            _ => 0,
        };
        let shown = self.out.sites[exit as usize]
            .locs
            .iter()
            .fold(0, |m, l| m | at(l))
            & !operands;
        let free = |a: &Self, r: u8| a.banks[bank][r as usize].is_none();
        let all = 0..SIZES[bank] as u8;
        if all.clone().any(|r| free(self, r) && shown & 1 << r == 0) {
            return self.free_register(bank, hint, shown);
        }
        let register = match all.clone().find(|&r| free(self, r)) {
            // A value whose last use is this exit's.
            Some(r) => {
                let cell = self.new_cells(1)?;
                self.freed.push(cell);
                self.emit(moves::spill(r, bank == 1, cell));
                self.show_elsewhere(exit, |l| at(l) == 1 << r, Loc::Cell(cell));
                r
            }
            None => {
                let holders = self.banks[bank];
                let r = self.free_register(bank, hint, 0)?;
                let holder = holders[r as usize].expect("no register was free");
                if shown & 1 << r != 0
                    && let Some(loc) = self.loc(holder, true)
                {
                    self.show_elsewhere(exit, |l| at(l) == 1 << r, loc);
                }
                r
            }
        };
        Ok(register)
    }

    fn show_elsewhere(&mut self, exit: u16, is_here: impl Fn(&Loc) -> bool, there: Loc) {
        for loc in self.out.sites[exit as usize]
            .locs
            .iter_mut()
            .filter(|l| is_here(l))
        {
            *loc = there;
        }
    }

    fn hint(&self, r: Ref) -> Option<u8> {
        for &(left, right) in &self.uses.phis {
            if right == r
                && let Some((_, Loc::General(n) | Loc::Float(n))) =
                    self.homes.iter().find(|h| h.0 == left)
            {
                return Some(*n);
            }
        }
        self.hints.get(&r).copied()
    }

    fn call_hints(&mut self) {
        for inst in self
            .trace
            .insts
            .iter()
            .rev()
            .filter(|i| i.code == Code::Pseudo(Pseudo::Call))
        {
            let mut next = [0u8; 2];
            for r in self.trace.operands(inst) {
                let bank = self.bank(r);
                if (next[bank] as usize) < SIZES[bank] {
                    self.hints.insert(self.uses.root(r), next[bank]);
                }
                next[bank] += 1;
            }
        }
    }

    fn inherit(&mut self) {
        for at in 0..self.trace.insts.len() {
            let inst = self.trace.insts[at];
            let r = Ref::inst(at);
            if inst.code != Code::Pseudo(Pseudo::Inherit) || !self.uses.any(r) {
                continue;
            }
            match self.context.inherited[inst.a().bits() as usize] {
                Loc::General(n) | Loc::Float(n) => self.occupy(r, n),
                Loc::Cell(c) => {
                    self.places[at].cell = Some(c);
                    self.cells[c as usize] = true;
                }
                Loc::Slot(disp) => self.places[at].slot = Some(disp),
                Loc::Const(_) => unreachable!("constants are inherited as such"),
            }
        }
    }

    // Calls.

    fn call(&mut self, at: usize, inst: &Inst) -> Result<(), Abort> {
        let helper = self.helpers.get(HelperId(inst.a().bits() as u16));
        let args: Vec<Ref> = self
            .trace
            .operands(inst)
            .map(|r| self.uses.root(r))
            .collect();
        let python = helper.does == Does::RunsPython;
        let clobbers = helper.raises || python;
        let (fixed, array) = args.split_at(helper.params.len());
        let array_cells = if array.is_empty() {
            None
        } else {
            Some(self.array(array)?)
        };

        let mut exit = 0;
        if clobbers {
            let shown: HashSet<Ref> = match inst.snap() {
                SnapId::NONE => HashSet::new(),
                snap => self
                    .trace
                    .snaps
                    .values(snap)
                    .map(|r| self.uses.root(r))
                    .collect(),
            };
            for r in self
                .banks
                .iter()
                .flatten()
                .flatten()
                .copied()
                .collect::<Vec<_>>()
            {
                if r.is_inst() && (self.uses.live_after(r, self.at) || shown.contains(&r)) {
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
            self.step_aside(
                &places,
                targets,
                (inst.ty != Ty::None).then_some(result_bank),
            )?;
        }
        let mut list = Vec::new();
        for &(r, register) in &places {
            let from = self
                .loc(r, false)
                .ok_or_else(|| Abort::Invalid(format!("{r:?} is nowhere")))?;
            list.push(Move {
                to: self.register_loc(r, register),
                from: From::Loc(from),
                ty: self.ty(r),
            });
        }
        if let Some(cell) = array_cells {
            list.push(Move {
                to: Loc::General(array_register),
                from: From::CellAddress(cell),
                ty: Ty::W,
            });
        }
        let busy = self.busy();
        let mut ops = Vec::new();
        moves::parallel(list, busy[0], busy[1], &mut |op| ops.push(op));
        ops.into_iter().for_each(|op| self.emit(op));
        for bank in 0..2 {
            for register in 0..SIZES[bank] as u8 {
                let holder = self.banks[bank][register as usize];
                let in_place = places
                    .iter()
                    .any(|&(r, n)| n == register && holder == Some(r) && self.bank(r) == bank);
                if clobbers || targets[bank] & 1 << register != 0 && !in_place {
                    self.vacate(bank, register);
                }
            }
        }
        self.release_all(inst);
        if inst.ty != Ty::None {
            self.vacate(result_bank, 0);
        }
        if python {
            self.emit(MachineOp {
                imm: exit as u64,
                ..select::machine_op(Op::SetSnapshot)
            });
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
        self.emit(MachineOp {
            exit,
            imm: helper.address as u64,
            ..select::machine_op(op)
        });
        if let Some(cell) = array_cells {
            self.cells[cell as usize..cell as usize + array.len()].fill(false);
        }
        if inst.ty != Ty::None && self.uses.any(Ref::inst(at)) {
            self.occupy(Ref::inst(at), 0);
        }
        Ok(())
    }

    fn busy(&self) -> [u32; 2] {
        [0, 1].map(|b| {
            (0..8)
                .filter(|&r| self.banks[b][r].is_some())
                .fold(0, |m, r| m | 1 << r)
        })
    }

    /// Builds an array of arguments in cells.
    fn array(&mut self, args: &[Ref]) -> Result<u16, Abort> {
        let first = self.new_cells(args.len())?;
        let mut list = Vec::new();
        for (i, &r) in args.iter().enumerate() {
            let from = self
                .loc(r, false)
                .ok_or_else(|| Abort::Invalid(format!("{r:?} is nowhere")))?;
            list.push(Move {
                to: Loc::Cell(first + i as u16),
                from: From::Loc(from),
                ty: self.ty(r),
            });
        }
        let busy = self.busy();
        let mut ops = Vec::new();
        moves::parallel(list, busy[0], busy[1], &mut |op| ops.push(op));
        ops.into_iter().for_each(|op| self.emit(op));
        Ok(first)
    }

    /// Before a call that saves registers: values that live on leave the registers it writes.
    fn step_aside(
        &mut self,
        args: &[(Ref, u8)],
        targets: [u32; 2],
        result: Option<usize>,
    ) -> Result<(), Abort> {
        for bank in 0..2 {
            for register in 0..SIZES[bank] as u8 {
                let Some(r) = self.banks[bank][register as usize] else {
                    continue;
                };
                if targets[bank] & 1 << register == 0
                    || !r.is_inst()
                    || !self.uses.live_after(r, self.at)
                {
                    continue;
                }
                let in_place = args.iter().any(|&(a, n)| a == r && n == register);
                if in_place && !(result == Some(bank) && register == 0) {
                    continue;
                }
                let free = (0..SIZES[bank] as u8).rev().find(|&f| {
                    self.banks[bank][f as usize].is_none() && targets[bank] & 1 << f == 0
                });
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

    // Labels and jumps.

    fn live_values(&self) -> Vec<Ref> {
        let here = |i: &usize| {
            let p = self.places[*i];
            p.register.is_some() || p.cell.is_some() || p.slot.is_some()
        };
        (0..self.at as usize).filter(here).map(Ref::inst).collect()
    }

    fn entry_label(&mut self) {
        for bank in 0..2 {
            for register in 0..SIZES[bank] as u8 {
                if self.banks[bank][register as usize].is_some_and(|r| r.is_const()) {
                    self.vacate(bank, register);
                }
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
        self.out.entry = Some((self.out.ops.len(), values));
        self.emit(select::machine_op(Op::Label));
    }

    fn loop_label(&mut self) -> Result<(), Abort> {
        let uses = self.uses;
        let is_left = |r: Ref| uses.phis.iter().any(|p| p.0 == r);
        // Dead values and constants the loop does not need leave; what it needs is stored now rather than inside.
        for bank in 0..2 {
            for register in 0..SIZES[bank] as u8 {
                let Some(r) = self.banks[bank][register as usize] else {
                    continue;
                };
                let gone = if r.is_const() {
                    uses.in_loop(r) == 0 || self.spill_before.contains(&r)
                } else {
                    !uses.live_after(r, self.at)
                };
                if gone {
                    self.vacate(bank, register);
                } else if r.is_inst() && self.spill_before.contains(&r) && !is_left(r) {
                    self.store(r)?;
                    self.vacate(bank, register);
                }
            }
        }
        for r in self.live_values() {
            if is_left(r)
                && (self.places[r.index()].slot.is_some()
                    || self.places[r.index()].register.is_some())
            {
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
        for r in self
            .banks
            .iter()
            .flatten()
            .flatten()
            .copied()
            .filter(|r| r.is_const())
        {
            let loc = self.register_loc(r, self.register_of(r).expect("in a register"));
            self.homes.push((r, loc));
        }
        self.loop_label = self.out.ops.len();
        self.emit(select::machine_op(Op::Label));
        Ok(())
    }

    /// Brings what the loop uses most into registers that are free before it.
    fn fill_registers(&mut self) -> Result<(), Abort> {
        let mut wanted: Vec<(usize, Ref)> = Vec::new();
        let values = self
            .live_values()
            .into_iter()
            .filter(|r| self.places[r.index()].register.is_none());
        let constants = (0..self.trace.consts.len())
            .map(Ref::constant)
            .filter(|&c| self.register_of(c).is_none());
        for r in values.chain(constants) {
            let n = self.uses.in_loop(r);
            if n > 0 && !self.spill_before.contains(&r) {
                wanted.push((n, r));
            }
        }
        wanted.sort_by_key(|w| std::cmp::Reverse(w.0));
        for (_, r) in wanted {
            let bank = self.bank(r);
            let free = self.banks[bank][..SIZES[bank]]
                .iter()
                .filter(|h| h.is_none())
                .count();
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

    fn back_edge(&mut self) {
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
                    if still {
                        Some(home)
                    } else {
                        self.loc(r, false)
                    }
                }
            };
            let from = from.expect("a value that lives around the back edge is somewhere");
            list.push(Move {
                to: home,
                from: From::Loc(from),
                ty,
            });
        }
        let mut ops = Vec::new();
        moves::parallel(list, u32::MAX, u32::MAX, &mut |op| ops.push(op));
        ops.into_iter().for_each(|op| self.emit(op));
        self.emit(MachineOp {
            imm: self.loop_label as u64,
            ..select::machine_op(Op::Jump)
        });
    }

    fn link(&mut self, inst: &Inst) -> Result<(), Abort> {
        let typed = inst.arg_list().is_some();
        let context = self.context;
        let own = self
            .out
            .entry
            .as_ref()
            .map(|e| e.1.iter().map(|v| v.2).collect::<Vec<_>>());
        let locs = if inst.a().is_none() {
            own.unwrap_or_default()
        } else {
            context.link.locs.clone()
        };
        if typed {
            let mut list = Vec::new();
            for (value, &to) in self.trace.operands(inst).zip(&locs) {
                let root = self.uses.root(value);
                let from = self
                    .loc(root, false)
                    .ok_or_else(|| Abort::Invalid(format!("{value:?} is nowhere")))?;
                list.push(Move {
                    to,
                    from: From::Loc(from),
                    ty: self.ty(root),
                });
            }
            let mut ops = Vec::new();
            moves::parallel(list, u32::MAX, u32::MAX, &mut |op| ops.push(op));
            ops.into_iter().for_each(|op| self.emit(op));
        }
        let jump = match (context.link.address, typed) {
            (Some(address), _) => MachineOp {
                imm: address,
                ..select::machine_op(Op::JumpCode)
            },
            (None, true) => {
                let label = self.out.entry.as_ref().map_or(0, |e| e.0);
                MachineOp {
                    imm: label as u64,
                    ..select::machine_op(Op::Jump)
                }
            }
            (None, false) => select::machine_op(Op::Jump),
        };
        self.emit(jump);
        Ok(())
    }
}
