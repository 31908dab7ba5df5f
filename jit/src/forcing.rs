//! Guards that fail for no reason: what `--jit-stress` does at random to find snapshots that are wrong.
//!
//! Before each guard a trace counts, in a word that all traces share, and leaves by the guard's exit whenever the count is a multiple of
//! [`PERIOD`]; the VM sets the count at random each time code is left. The guard has not happened then, and its exit
//! must bring back exactly the state before its bytecode.
//!
//! ```text
//!                                  count += 1
//! guard_int r2 → r3 !4      →      exit 4 if count % PERIOD = 0
//!                                  guard_int r2 → r3 !4
//! ```
//!
//! Left alone are guards whose exit says that they failed: those of branches, which lead to the other branch; and guards behind an
//! effect of their own bytecode, which look at what a helper returned that has had its effect only if they pass.

use crate::coverage::Position;
use crate::helper::{Does, HelperId, Helpers};
use crate::ir::snapshot::Resume;
use crate::ir::{Code, Pseudo, Trace, Ty};
use crate::lower::{Lowered, Site, allocate::MOVES_CELLS, select::machine_op};
use std::sync::atomic::{AtomicU64, Ordering};
use weft_layout::op::{Effect, Form, Imm, MachineOp, Op};

/// Guards from one that is forced to fail to the next, if the count is not set anew.
const PERIOD: u64 = 128;

/// What forces guards to fail.
pub struct Forcing {
    position: Position,
    /// What all traces share: the count, and whether to leave now. Code refers to the words, so they do not move.
    words: Box<[AtomicU64; 2]>,
}

impl Forcing {
    /// Nothing counted. `position` tells exits that do not go back to their own bytecode.
    pub fn new(position: Position) -> Forcing {
        Forcing { position, words: Box::default() }
    }

    /// Has a guard fail before `guards` more have been passed.
    pub fn within(&self, guards: u64) {
        self.words[0].store(PERIOD.wrapping_sub(guards.clamp(1, PERIOD)), Ordering::Relaxed);
        self.words[1].store(0, Ordering::Relaxed);
    }

    /// Puts the test before the guards of a trace.
    pub(crate) fn add(&self, trace: &Trace, helpers: &Helpers, lowered: &mut Lowered) {
        let clean = before_effects(trace, helpers);
        let (count, flag) = (self.words[0].as_ptr() as u64, self.words[1].as_ptr() as u64);
        let old = std::mem::take(&mut lowered.ops);
        let from = std::mem::take(&mut lowered.from);
        let mut moved = Vec::with_capacity(old.len());
        for (op, inst) in old.into_iter().zip(from) {
            let guard = op.op.info().exits && matches!(op.op.info().effect, Effect::Guard | Effect::Load);
            if guard && clean[inst as usize] && self.goes_back(trace, &lowered.sites[op.exit as usize]) {
                lowered.ops.extend(test(count, flag, op.exit));
            }
            moved.push(lowered.ops.len());
            lowered.ops.push(op);
            lowered.from.resize(lowered.ops.len(), inst);
        }
        for op in lowered.ops.iter_mut().filter(|op| op.op.info().imm == Imm::Label) {
            op.imm = moved[op.imm as usize] as u64;
        }
        if let Some(entry) = &mut lowered.entry {
            entry.at = moved[entry.at];
        }
    }
}

impl Forcing {
    /// Whether an exit leaves as if its bytecode had not begun, whether or not the guard has failed.
    fn goes_back(&self, trace: &Trace, site: &Site) -> bool {
        if trace.snaps.resume(site.snap) != Resume::At {
            return false;
        }
        if trace.entry_at().is_some_and(|entry| (site.inst as usize) < entry) {
            return true;
        }
        let origin = trace.origins.get(trace.insts[site.inst as usize].origin as usize).map(|o| (o.code, o.offset));
        let at = trace.snaps.frames(site.snap).last().map(|f| (self.position)(f.0));
        // A condition that folding has guarded is shown as the bool that it is not.
        let condition = trace.snaps.values(site.snap).any(|r| trace.constant(r).is_some_and(|c| c.ty == Ty::B));
        origin.is_some() && origin == at && !condition
    }
}

/// For each instruction, whether its bytecode has had no effect yet.
fn before_effects(trace: &Trace, helpers: &Helpers) -> Vec<bool> {
    let (mut origin, mut clean) = (0, true);
    let each = trace.insts.iter().map(|inst| {
        if inst.origin != origin || inst.code == Code::Pseudo(Pseudo::Loop) {
            (origin, clean) = (inst.origin, true);
        }
        let before = clean;
        clean &= match inst.code {
            Code::Op(op) => !matches!(op.info().effect, Effect::Store) && !matches!(op, Op::Decref | Op::DecrefPtr | Op::DecrefNullable),
            Code::Pseudo(Pseudo::Call) => matches!(helpers.get(HelperId(inst.a().bits() as u16)).does, Does::Nothing | Does::Reads),
            Code::Pseudo(_) => true,
        };
        before
    });
    each.collect()
}

/// Counts, and leaves by the exit if it is time to. All registers may be in use: two are put aside, in the cells that only moves
/// use.
fn test(count: u64, flag: u64, exit: u16) -> [MachineOp; 13] {
    let op = machine_op;
    let folded = |o: Op, imm: u64| MachineOp { result: 1, operands: [1, 0, 0], form: Form::Imm32, imm, ..op(o) };
    [
        MachineOp { operands: [0; 3], disp: MOVES_CELLS, ..op(Op::Spill) },
        MachineOp { operands: [1, 0, 0], disp: MOVES_CELLS + 1, ..op(Op::Spill) },
        MachineOp { result: 0, imm: count, ..op(Op::ConstWord) },
        MachineOp { result: 1, operands: [0; 3], ..op(Op::LoadWord) },
        folded(Op::WordAdd, 1),
        MachineOp { operands: [0, 1, 0], ..op(Op::StoreWord) },
        folded(Op::WordAnd, PERIOD - 1),
        folded(Op::WordEq, 0),
        MachineOp { result: 0, imm: flag, ..op(Op::ConstWord) },
        MachineOp { operands: [0, 1, 0], ..op(Op::StoreWord) },
        MachineOp { result: 0, disp: MOVES_CELLS, ..op(Op::Reload) },
        MachineOp { result: 1, disp: MOVES_CELLS + 1, ..op(Op::Reload) },
        MachineOp { imm: flag, exit, ..op(Op::GuardBreaker) },
    ]
}
