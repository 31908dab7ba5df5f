//! The way into a trace: every instruction goes through the passes that need to see what came before only.
//!
//! [`Emitter::emit`] returns the value that stands for the instruction, which may be an older instruction or a
//! constant, or [`Ref::NONE`] for an instruction without a value that was not needed at all.

use super::applied::Rule;
use super::facts::Facts;
use super::{Pass, Passes, cse, fold, forward, guards};
use crate::abort::Abort;
use crate::helper::{Does, HelperId, Helpers};
use crate::ir::snapshot::SnapId;
use crate::ir::{Code, Inst, Pseudo, Ref, Trace, Ty};
use crate::planted::{Bug, planted};
use std::sync::Arc;
use weft_layout::op::{Effect, Op};

/// What the optimiser has to be told by the VM.
#[derive(Clone)]
pub struct Environment {
    /// The helpers that calls name.
    pub helpers: Helpers,
    /// Whether objects of a shape keep it for life, as lists and strings do.
    pub shape_is_fixed: fn(u32) -> bool,
    /// The byte offset of slot 0 from the pinned register.
    pub slot_offset: u16,
}

impl Default for Environment {
    fn default() -> Self {
        Environment { helpers: Helpers::default(), shape_is_fixed: |_| false, slot_offset: 0 }
    }
}

/// The result of trying to simplify one instruction.
pub enum Simpler {
    /// It stays as it is.
    No,
    /// It is this value.
    Value(Ref),
    /// It is this instruction, which may be simplified further.
    Inst(Inst),
    /// It defines no value and is not needed.
    Gone,
    /// It is a guard that always fails.
    Fails,
}

/// A pass on the way in.
type Step = fn(&mut Emitter, &Inst) -> Simpler;

/// A trace under construction, with what the passes know at its end.
pub struct Emitter {
    /// The trace.
    pub trace: Trace,
    /// What the VM told.
    pub env: Arc<Environment>,
    /// The passes that are on.
    pub passes: Passes,
    /// What guards have established.
    pub facts: Facts,
    /// The origin given to new instructions.
    pub origin: u16,
    /// Values before this position may change around the back edge: arithmetic does not look through them.
    pub barrier: usize,
    pub(super) cse: cse::Chains,
    pub(super) memory: forward::Memory,
}

impl Emitter {
    /// An emitter at the end of an empty trace.
    pub fn new(env: Arc<Environment>, passes: Passes) -> Emitter {
        Emitter {
            trace: Trace::new(),
            env,
            passes,
            facts: Facts::default(),
            origin: 0,
            barrier: 0,
            cse: cse::Chains::default(),
            memory: forward::Memory::default(),
        }
    }

    /// An emitter at the end of an existing trace.
    pub fn resume(trace: Trace, env: Arc<Environment>, passes: Passes) -> Emitter {
        let mut e = Emitter::new(env, passes);
        e.trace = trace;
        for at in 0..e.trace.insts.len() {
            e.note(at);
        }
        e
    }

    /// Adds an instruction, or finds what stands for it.
    pub fn emit(&mut self, mut inst: Inst) -> Result<Ref, Abort> {
        inst.origin = self.origin;
        if inst.op() == Some(Op::GuardIntEq) && planted(Bug::DroppedGuard) {
            return Ok(Ref::NONE);
        }
        // Rules make instructions simpler each time; the bound only guards against two that undo each other.
        for _ in 0..32 {
            let simpler = self.simplify(&inst);
            match simpler {
                Simpler::No => break,
                Simpler::Value(r) => return Ok(r),
                Simpler::Gone => return Ok(Ref::NONE),
                Simpler::Inst(i) => inst = Inst { origin: self.origin, ..i },
                Simpler::Fails => {
                    let at = self.trace.insts.len();
                    self.trace.push(inst);
                    let text = crate::ir::text::Printer::new(&self.trace, &self.env.helpers).inst(at);
                    self.trace.insts.pop();
                    return Err(Abort::TypeInstability(text));
                }
            }
        }
        Ok(self.append(inst))
    }

    fn simplify(&mut self, inst: &Inst) -> Simpler {
        let steps: [(Pass, Step); 4] =
            [(Pass::Fold, fold::fold), (Pass::Guards, guards::guards), (Pass::Cse, cse::find), (Pass::Forward, forward::find)];
        for (pass, step) in steps {
            if self.passes.has(pass) {
                match step(self, inst) {
                    Simpler::No => {}
                    found => {
                        self.count(pass, inst, &found);
                        return found;
                    }
                }
            }
        }
        Simpler::No
    }

    /// Counts what a pass has done with an instruction. Folding and forwarding count themselves.
    fn count(&mut self, pass: Pass, inst: &Inst, found: &Simpler) {
        let counts = inst.code.effect() == Effect::Refcount;
        let rule = match (pass, found) {
            (Pass::Guards, _) if inst.pseudo().is_some() => Rule::AssumptionKnown,
            // The trace is given up, which is counted as an abort.
            (_, Simpler::Fails) => return,
            (Pass::Guards, Simpler::Inst(_)) if counts => Rule::CountCheaper,
            (Pass::Guards, Simpler::Inst(_)) => Rule::GuardCheaper,
            (Pass::Guards, _) if counts => Rule::CountNotNeeded,
            (Pass::Guards, _) => Rule::GuardKnown,
            (Pass::Cse, _) if inst.code == Code::Pseudo(Pseudo::Call) => Rule::CommonCall,
            (Pass::Cse, _) if inst.code.has_snapshot() => Rule::CommonGuard,
            (Pass::Cse, _) => Rule::CommonOp,
            _ => return,
        };
        self.trace.applied.count(rule);
    }

    /// Adds an instruction as it is.
    pub fn append(&mut self, inst: Inst) -> Ref {
        let r = self.trace.push(inst);
        self.note(r.index());
        if inst.ty == Ty::None { Ref::NONE } else { r }
    }

    /// Learns from the instruction at a position, which is the last.
    fn note(&mut self, at: usize) {
        cse::note(self, at);
        guards::note(self, at);
        forward::note(self, at);
    }

    /// What the helper of a `CALL` may do.
    pub fn does(&self, call: &Inst) -> Does {
        debug_assert!(call.code == Code::Pseudo(Pseudo::Call));
        self.env.helpers.get(HelperId(call.a().bits() as u16)).does
    }

    /// A snapshot that differs from another in one value.
    pub fn snapshot_with(&mut self, id: SnapId, old: Ref, new: Ref) -> SnapId {
        if id == SnapId::NONE || self.trace.snaps.values(id).all(|r| r != old) {
            return id;
        }
        self.trace.snaps.copy_with(id, |r| if r == old { new } else { r })
    }
}
