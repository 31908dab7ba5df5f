//! Linking: what has to happen before one trace goes on in another.
//!
//! ```text
//! s1 = at ([7] 0: v3, 1: v5, 2: v6)           v7.V = box_int v6
//! LINK t2.entry !s1                           store_slot v7 +16
//!                                      →      LINK t2.entry(v3, v9) !s2
//! (t2: v0.V = load_slot +0
//!      v1.V = load_slot +8
//!      v2.F = guard_float v1 !s0
//!      ENTRY, which wants v0 and v2)          (v9 is v5 unboxed, or guarded)
//! ```
//!
//! The target's header is replayed on this trace's slots: its loads become the slots' values, its guards are emitted
//! again, and mostly fold. What the label wants is then the `LINK`'s operands; the register allocator moves them to
//! where the label has them. Slots the label does not take are written to memory. The generic entry takes none.
//!
//! Invariants:
//! - Every slot has its own reference (the builder has seen to it). A store gives it to memory; what the label takes
//!   goes with the jump.
//! - Guards of the replayed header leave by the `LINK`'s snapshot, before anything is written.
//! - If a replayed guard would always fail, the generic entry is taken.

use super::Passes;
use super::applied::Rule;
use super::emit::{Emitter, Environment};
use super::peel::Replay;
use crate::abort::Abort;
use crate::ir::snapshot::{SlotEntry, SnapId};
use crate::ir::{Code, Inst, LINK_VALUES, Pseudo, Ref, Trace, Ty, flag};
use std::sync::Arc;
use weft_layout::op::Op;

/// A typed label: the header that leads to it, and the header's values it wants, in order.
#[derive(Clone, Debug)]
pub struct Label {
    /// The instructions before the `ENTRY`.
    pub header: Arc<Trace>,
    /// The values.
    pub values: Vec<Ref>,
}

/// Prepares the final `LINK`. Returns the trace and whether it goes to the typed label.
pub fn resolve(trace: Trace, env: Arc<Environment>, passes: Passes, label: Option<&Label>) -> Result<(Trace, bool), Abort> {
    if let Some(label) = label {
        match Linker::new(trace.clone(), env.clone(), passes)?.typed(label) {
            Ok(mut linked) => {
                linked.applied.count(Rule::LinkTyped);
                return Ok((linked, true));
            }
            Err(Abort::TypeInstability(_)) => {}
            Err(other) => return Err(other),
        }
    }
    let mut linked = Linker::new(trace, env, passes)?.generic()?;
    linked.applied.count(Rule::LinkGeneric);
    Ok((linked, false))
}

struct Linker {
    e: Emitter,
    link: Inst,
    snap: SnapId,
    /// The slots of the trace's frame that are not in memory, or may differ there.
    slots: Vec<(u16, Ref)>,
    /// Floats and their boxes: slots that share a float share an object.
    boxes: Vec<(Ref, Ref)>,
}

impl Linker {
    fn new(mut trace: Trace, env: Arc<Environment>, passes: Passes) -> Result<Linker, Abort> {
        let link = trace.insts.pop().filter(|i| i.code == Code::Pseudo(Pseudo::Link));
        let link = link.ok_or_else(|| Abort::Invalid("no link".into()))?;
        let snap = link.snap();
        if trace.snaps.frames(snap).len() != 1 {
            return Err(Abort::Mismatch("inside of an inlined call".into()));
        }
        let slots = trace.snaps.all_slots(snap).map(|s| (s.slot, s.value)).collect();
        let mut e = Emitter::resume(trace, env, passes);
        e.origin = link.origin;
        Ok(Linker { e, link, snap, slots, boxes: Vec::new() })
    }

    fn disp(&self, slot: u16) -> u16 {
        self.e.env.slot_offset + 8 * slot
    }

    /// A slot that this trace has not touched is loaded.
    fn load(&mut self, disp: u16, flags: u8) -> Ref {
        let inst = Inst { disp, flags, origin: self.link.origin, ..Inst::new(Op::LoadSlot, [Ref::NONE; 3]) };
        self.e.append(inst)
    }

    fn typed(mut self, label: &Label) -> Result<Trace, Abort> {
        let header = label.header.clone();
        let loads: Vec<(usize, Inst)> = header.insts.iter().copied().enumerate().filter(|i| i.1.op() == Some(Op::LoadSlot)).collect();
        // What the label takes, and what its header only looks at.
        let mut taken = Vec::new();
        let mut values = Vec::new();
        let mut loaded = Vec::new();
        for (at, load) in loads {
            let slot = (load.disp - self.e.env.slot_offset) / 8;
            let borrowed = load.flags & flag::BORROWED != 0;
            let known = self.slots.iter().find(|s| s.0 == slot).map(|s| s.1);
            let value = match known {
                Some(v) if borrowed => self.boxed(v)?,
                Some(v) => v,
                None => {
                    let r = self.load(load.disp, load.flags & flag::BORROWED);
                    if !borrowed {
                        loaded.push(SlotEntry { value: r, slot, moved: true });
                    }
                    r
                }
            };
            if borrowed {
                // It goes to memory, in the form that is looked at.
                if let Some(s) = self.slots.iter_mut().find(|s| s.0 == slot) {
                    s.1 = value;
                }
            } else {
                taken.push((slot, at));
            }
            values.push((at, value));
        }
        self.snap = self.frame_now(&loaded);
        let mut replay = Replay::other(&mut self.e, header.clone());
        replay.boxes = Some(std::mem::take(&mut self.boxes));
        for (at, value) in values {
            replay.set_slot(at, value)?;
        }
        for at in 0..header.insts.len() {
            if header.insts[at].flags & flag::BORROWED == 0 || header.insts[at].op() != Some(Op::LoadSlot) {
                replay.inst(at, Some(self.snap))?;
            }
        }
        let mut wanted = Vec::new();
        for &r in &label.values {
            let v = replay.value(r)?;
            wanted.push(v);
        }
        let mut kept = Vec::new();
        for &(slot, at) in &taken {
            let v = replay.shown(Ref::inst(at));
            kept.push((slot, v));
        }
        self.boxes = replay.boxes.take().unwrap_or_default();
        let slots = std::mem::take(&mut self.slots);
        self.store(slots.into_iter().filter(|s| !taken.iter().any(|t| t.0 == s.0)).collect())?;
        self.finish(kept, Some(wanted))
    }

    /// The snapshot with slots boxed and loaded since.
    fn frame_now(&mut self, loaded: &[SlotEntry]) -> SnapId {
        let snaps = &mut self.e.trace.snaps;
        let words = snaps.frames(self.snap).next().map_or(Vec::new(), |f| f.0.to_vec());
        let id = snaps.begin(snaps.resume(self.snap));
        snaps.frame(&words);
        for &(slot, value) in &self.slots {
            snaps.slot(SlotEntry { value, slot, moved: true });
        }
        loaded.iter().for_each(|&s| snaps.slot(s));
        id
    }

    fn generic(mut self) -> Result<Trace, Abort> {
        let slots = std::mem::take(&mut self.slots);
        self.store(slots)?;
        self.finish(Vec::new(), None)
    }

    fn boxed(&mut self, v: Ref) -> Result<Ref, Abort> {
        if let Some((_, boxed)) = self.boxes.iter().find(|b| b.0 == v).copied() {
            self.e.emit(Inst::new(Op::Incref, [boxed, Ref::NONE, Ref::NONE]))?;
            return Ok(boxed);
        }
        let op = match self.e.trace.ty(v) {
            Ty::I => Op::BoxInt,
            Ty::B => Op::BoxBool,
            Ty::F => Op::BoxFloat,
            _ => return Ok(v),
        };
        let boxed = self.e.emit(Inst::new(op, [v, Ref::NONE, Ref::NONE]))?;
        if op == Op::BoxFloat {
            self.boxes.push((v, boxed));
        }
        Ok(boxed)
    }

    /// Writes slots to memory, references and all.
    fn store(&mut self, slots: Vec<(u16, Ref)>) -> Result<(), Abort> {
        for (slot, value) in slots {
            let disp = self.disp(slot);
            let value = if value.is_none() { self.e.trace.consts.add(Ty::V, 0) } else { self.boxed(value)? };
            // In a trace with a label, the slot's value may have come in a register.
            let in_memory = self.e.trace.entry_at().is_none() && value.is_inst() && {
                let inst = self.e.trace.inst(self.e.trace.root(value));
                inst.op() == Some(Op::LoadSlot) && inst.disp == disp
            };
            if in_memory {
                self.e.emit(Inst::new(Pseudo::Disown, [value, Ref::NONE, Ref::NONE]))?;
                continue;
            }
            self.e.append(Inst { disp, origin: self.link.origin, ..Inst::new(Op::StoreSlot, [value, Ref::NONE, Ref::NONE]) });
        }
        Ok(())
    }

    /// Ends the trace; the snapshot hands the label's references over.
    fn finish(mut self, kept: Vec<(u16, Ref)>, values: Option<Vec<Ref>>) -> Result<Trace, Abort> {
        let trace = &mut self.e.trace;
        let words = trace.snaps.frames(self.snap).next().map_or(Vec::new(), |f| f.0.to_vec());
        let resume = trace.snaps.resume(self.snap);
        let id = trace.snaps.begin(resume);
        trace.snaps.frame(&words);
        for (slot, value) in kept {
            // Others own nothing, and may have been optimised away.
            if trace.ty(value).counts() && !trace.is_immediate(value) {
                trace.snaps.slot(SlotEntry { value, slot, moved: true });
            }
        }
        let mut link = self.link;
        link.args[1] = match values {
            Some(v) => Ref::raw(LINK_VALUES + trace.args.add(&v)),
            None => Ref::raw(0),
        };
        link.set_snap(id);
        trace.push(link);
        Ok(self.e.trace)
    }
}
