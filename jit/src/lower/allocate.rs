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
//! **Calls.** A helper kills all registers, so everything that lives on, and everything the snapshot shows, is in cells before its
//! arguments move into place. What is used afterwards is loaded again.

use super::moves;
use super::uses::{NEVER, Uses};
use super::{LinkTarget, Loc, Lowered, select};
use crate::abort::Abort;
use crate::helper::Helpers;
use crate::ir::{Code, Inst, Pseudo, Ref, Trace, Ty, flag};
use hashbrown::{HashMap, HashSet};
use weft_layout::machine_frame::CELLS;
use weft_layout::op::{FLOAT_REGISTERS, Form, GENERAL_REGISTERS, Imm, MachineOp, Op, Output};

/// Cells that values may use; the rest are [`moves`]'s.
pub(super) const VALUE_CELLS: usize = CELLS - 2;
/// The first of those.
pub(crate) const MOVES_CELLS: u16 = VALUE_CELLS as u16;

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
    Ok(Allocator::new(trace, helpers, context, &uses, first.1).run()?.0)
}

/// The places a value is in, all with the same contents.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    pub(super) register: Option<u8>,
    pub(super) cell: Option<u16>,
    pub(super) slot: Option<u16>,
}

pub(super) struct Allocator<'a> {
    pub(super) trace: &'a Trace,
    pub(super) helpers: &'a Helpers,
    pub(super) context: &'a Context,
    pub(super) uses: &'a Uses,
    pub(super) places: Vec<Place>,
    /// Who is in each register: a root or a constant.
    pub(super) banks: [[Option<Ref>; 8]; 2],
    pub(super) locked: [u32; 2],
    pub(super) cells: Vec<bool>,
    /// Cells whose value had its last use in this instruction: its exit may still show them.
    pub(super) freed: Vec<u16>,
    pub(super) out: Lowered,
    pub(super) at: u32,
    /// Where each value that lives around the back edge is at `LOOP`.
    pub(super) homes: Vec<(Ref, Loc)>,
    /// The registers among those places, a bit each.
    pub(super) home_registers: [u32; 2],
    /// The values that are, or were, only in a frame slot.
    pub(super) from_slots: Vec<Ref>,
    pub(super) loop_label: usize,
    /// Preferred registers, for call arguments.
    pub(super) hints: HashMap<Ref, u8>,
    /// Values to store before the loop, from the first attempt.
    pub(super) spill_before: HashSet<Ref>,
    pub(super) evicted: HashSet<Ref>,
}

pub(super) const SIZES: [usize; 2] = [GENERAL_REGISTERS, FLOAT_REGISTERS];

impl<'a> Allocator<'a> {
    fn new(trace: &'a Trace, helpers: &'a Helpers, context: &'a Context, uses: &'a Uses, spill_before: HashSet<Ref>) -> Self {
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
            home_registers: [0; 2],
            from_slots: Vec::new(),
            loop_label: 0,
            hints: HashMap::new(),
            spill_before,
            evicted: HashSet::new(),
        }
    }

    fn run(mut self) -> Result<(Lowered, HashSet<Ref>), Abort> {
        self.call_hints();
        self.inherit();
        if self.trace.insts.iter().any(|i| i.code == Code::Pseudo(Pseudo::Link) && i.a().is_none()) {
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
        self.out.cells = self.out.cells.max(self.cells.iter().rposition(|&c| c).map_or(0, |c| c + 1));
        Ok((self.out, self.evicted))
    }

    pub(super) fn emit(&mut self, op: MachineOp) {
        self.out.ops.push(op);
        self.out.from.push(self.at.min(self.trace.insts.len() as u32 - 1));
    }

    pub(super) fn ty(&self, r: Ref) -> Ty {
        self.trace.ty(r)
    }

    pub(super) fn bank(&self, r: Ref) -> usize {
        (self.ty(r) == Ty::F) as usize
    }

    fn inst(&mut self, at: usize) -> Result<(), Abort> {
        let inst = self.trace.insts[at];
        match inst.code {
            Code::Op(Op::LoadSlot) if inst.flags & flag::BORROWED != 0 => {
                // It stays where it is until it is needed.
                if self.uses.any(Ref::inst(at)) {
                    self.in_slot(Ref::inst(at), inst.disp);
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
            return Err(Abort::Invalid(format!("{} cannot add {}", op.name(), inst.disp)));
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
        self.release_dying();
        self.locked = [0; 2];
        let result = Ref::inst(at);
        if let Output::New(_) = info.output {
            let bank = self.bank(result);
            let mut hint = self.hint(result);
            if hint.is_none() && !info.exits && n > 0 {
                // Two-address code is shorter; an op that exits keeps its operands for the exit.
                let first = inst.a();
                let register = machine.operands[0];
                if first.is_inst() && self.bank(first) == bank && self.banks[bank][register as usize].is_none() {
                    hint = Some(register);
                }
            }
            machine.result = if info.exits {
                let in_registers = info.operands.len() - (machine.form != Form::Reg) as usize;
                let operands = machine
                    .operands
                    .iter()
                    .zip(&info.operands[..in_registers])
                    .fold(0, |m, (&r, k)| if k.bank() as usize == bank { m | 1 << r } else { m });
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
    fn result_of_exiting(&mut self, bank: usize, hint: Option<u8>, operands: u32, exit: u16) -> Result<u8, Abort> {
        let at = |loc: &Loc| match *loc {
            Loc::General(r) if bank == 0 => 1u32 << r,
            Loc::Float(r) if bank == 1 => 1 << r,
            _ => 0,
        };
        let shown = self.out.sites[exit as usize].locs.iter().fold(0, |m, l| m | at(l)) & !operands;
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
        for loc in self.out.sites[exit as usize].locs.iter_mut().filter(|l| is_here(l)) {
            *loc = there;
        }
    }

    fn hint(&self, r: Ref) -> Option<u8> {
        for &(left, right) in &self.uses.phis {
            if right == r
                && let Some((_, Loc::General(n) | Loc::Float(n))) = self.homes.iter().find(|h| h.0 == left)
            {
                return Some(*n);
            }
        }
        self.hints.get(&r).copied()
    }

    fn call_hints(&mut self) {
        for inst in self.trace.insts.iter().rev().filter(|i| i.code == Code::Pseudo(Pseudo::Call)) {
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
                Loc::Slot(disp) => self.in_slot(r, disp),
                Loc::Const(_) | Loc::Object => unreachable!("constants and virtual objects are inherited as such"),
            }
        }
    }
}
