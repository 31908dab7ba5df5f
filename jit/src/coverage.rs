//! How many bytecodes compiled code has completed, those of inlined calls included.
//!
//! A trace counts how often it is gone through: before its last jump it adds 1 to a word of its own. All else is known
//! afterwards: how many bytecodes it recorded, how many of them an exit has completed, how often the exit was taken (the
//! VM counts those that leave, and what a side trace was started is what it ended and left). So there is nothing to count at
//! guards, and without counting there is nothing at all in a trace.
//!
//! ```text
//! bytecodes = passes × recorded + for each exit: taken × (completed + recorded, if a peeled iteration came before)
//! taken     = left by it + started(side trace);   started(side trace) = its passes + all its exits' taken
//! ```
//!
//! A trace that calls another is gone through there; what follows the return is another trace's, so that the exit at which it
//! begins has completed nothing, and does not end the first.

use crate::builder::TraceKind;
use crate::ir::snapshot::Resume;
use crate::ir::{Code, Inst, Pseudo, Trace};
use crate::lower::{Lowered, select};
use crate::store::{ExitId, TraceId};
use std::sync::atomic::{AtomicU64, Ordering};
use weft_layout::op::{MachineOp, Op};

/// Where in the code the innermost frame of a snapshot is, from its words: code and offset, as in an origin.
pub type Position = fn(&[u64]) -> (u64, u32);

/// The counts of all traces.
pub struct Coverage {
    position: Position,
    traces: Vec<Counted>,
}

struct Counted {
    /// How often it was gone through. Its code writes it, so it does not move.
    passes: Box<AtomicU64>,
    /// The bytecodes it recorded.
    length: u64,
    /// Whether the end leads back into the trace.
    loops: bool,
    side_of: Option<ExitId>,
    exits: Vec<CountedExit>,
}

struct CountedExit {
    /// Bytecodes completed since the trace's beginning.
    completed: u64,
    hits: u64,
    /// It is where a call returns: the trace was gone through before.
    returns: bool,
}

impl Coverage {
    /// Nothing counted.
    pub fn new(position: Position) -> Coverage {
        Coverage { position, traces: Vec::new() }
    }

    /// Makes the next trace count. Its ops change.
    pub(crate) fn add(&mut self, id: TraceId, kind: TraceKind, trace: &Trace, lowered: &mut Lowered) {
        let length = trace.origins.len() as u64 - 1;
        let loop_at = trace.loop_at().unwrap_or(usize::MAX);
        // The header has no bytecodes: its guards are those of later ones, moved up.
        let entry = trace.entry_at().unwrap_or(0);
        let peeled = loop_at < trace.insts.len() && trace.insts[entry..loop_at].iter().any(|i| i.origin > 0 && !i.is_nop() && !is_mark(i));
        let exits = lowered.sites.iter().map(|site| {
            let origin = trace.insts[site.inst as usize].origin;
            let words = trace.snaps.frames(site.snap).last().map(|f| (self.position)(f.0));
            let here = trace.origins.get(origin as usize).map(|o| (o.code, o.offset));
            // An exit to another bytecode, the one a branch leads to, has completed its own.
            let again = trace.snaps.resume(site.snap) == Resume::At && words == here;
            let in_header = (site.inst as usize) < entry;
            let returns = trace.insts[site.inst as usize].op() == Some(Op::ReturnAddress);
            let completed = if in_header || returns { 0 } else { (origin as u64).saturating_sub(again as u64) };
            let before = if site.inst as usize > loop_at && peeled { length } else { 0 };
            CountedExit { completed: completed + before, hits: 0, returns }
        });
        let side_of = match kind {
            TraceKind::Side { parent, exit } => Some(ExitId { trace: parent, exit }),
            _ => None,
        };
        let exits = exits.collect();
        let loops = lowered.ops.last().is_some_and(|op| op.op == Op::Jump);
        let passes = Box::new(AtomicU64::new(0));
        insert_count(lowered, passes.as_ptr() as u64);
        // A compilation may have been given up after this.
        self.traces.truncate(id.0 as usize);
        while self.traces.len() < id.0 as usize {
            self.traces.push(Counted { passes: Box::default(), length: 0, loops: true, side_of: None, exits: Vec::new() });
        }
        self.traces.push(Counted { passes, length, loops, side_of, exits });
    }

    pub(crate) fn hit(&mut self, id: ExitId) {
        let exit = self.traces.get_mut(id.trace.0 as usize).and_then(|t| t.exits.get_mut(id.exit as usize));
        exit.expect("every trace is counted").hits += 1;
    }

    /// The bytecodes completed in compiled code so far.
    pub fn completed(&self) -> u64 {
        let mut taken: Vec<Vec<u64>> = self.traces.iter().map(|t| t.exits.iter().map(|e| e.hits).collect()).collect();
        let mut sum = 0;
        // Side traces come after their parents.
        for (i, t) in self.traces.iter().enumerate().rev() {
            let passes = t.passes.load(Ordering::Relaxed);
            let left: u64 = t.exits.iter().zip(&taken[i]).filter(|e| !e.0.returns).map(|e| e.1).sum();
            if let Some(exit) = t.side_of {
                taken[exit.trace.0 as usize][exit.exit as usize] += left + if t.loops { 0 } else { passes };
            }
            sum += passes * t.length + t.exits.iter().zip(&taken[i]).map(|(e, n)| e.completed * n).sum::<u64>();
        }
        sum
    }
}

/// Whether it only marks a place.
fn is_mark(inst: &Inst) -> bool {
    matches!(inst.code, Code::Pseudo(Pseudo::Entry | Pseudo::Loop | Pseudo::Phi))
}

/// Adds 1 to the word at `address` before the last jump. All registers may be in use there: two of them are put aside, in
/// the cells that only moves use.
fn insert_count(lowered: &mut Lowered, address: u64) {
    let Some(last) = lowered.ops.last().filter(|op| matches!(op.op, Op::Jump | Op::JumpCode | Op::JumpWord | Op::JumpReturn)).copied()
    else {
        return;
    };
    let op = select::machine_op;
    let aside = crate::lower::allocate::MOVES_CELLS;
    let count = [
        MachineOp { operands: [0; 3], disp: aside, ..op(Op::Spill) },
        MachineOp { operands: [1, 0, 0], disp: aside + 1, ..op(Op::Spill) },
        MachineOp { result: 0, imm: address, ..op(Op::ConstWord) },
        MachineOp { result: 1, operands: [0; 3], ..op(Op::LoadWord) },
        MachineOp { result: 1, operands: [1, 0, 0], form: weft_layout::op::Form::Imm32, imm: 1, ..op(Op::WordAdd) },
        MachineOp { operands: [0, 1, 0], ..op(Op::StoreWord) },
        MachineOp { result: 0, disp: aside, ..op(Op::Reload) },
        MachineOp { result: 1, disp: aside + 1, ..op(Op::Reload) },
        last,
    ];
    let from = *lowered.from.last().expect("one for each op");
    lowered.ops.pop();
    lowered.ops.extend(count);
    lowered.from.resize(lowered.ops.len(), from);
}
