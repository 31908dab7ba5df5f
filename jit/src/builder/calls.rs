//! Calls between traces: what the builder does for a trace that ends by leaving all its frames in memory.
//!
//! The VM lays frames out, so its recorder emits the stores. Here is what that needs of the frames as the trace knows them
//! ([`TraceBuilder::complete_frames`]), the exits by which a callee's return goes on ([`TraceBuilder::return_address`]), and
//! the ends ([`TraceBuilder::jump`]).
//!
//! Once the frames are taken the trace owns what was in them until each value is stored. So between
//! [`TraceBuilder::complete_frames`] and the last store there must be nothing that leaves.

use super::{Built, TraceBuilder, TraceKind};
use crate::abort::Abort;
use crate::ir::snapshot::{Resume, SnapId};
use crate::ir::{Inst, Ref};
use weft_layout::op::Op;

impl TraceBuilder {
    /// Takes the values out of all frames, boxed: the number and value of each slot, for each frame, outermost first. Virtual
    /// objects are made.
    pub fn complete_frames(&mut self) -> Built<Vec<Vec<(usize, Ref)>>> {
        for frame in 0..self.frames.len() {
            for i in 0..self.frames[frame].slots.len() {
                if let Some(v) = self.frames[frame].slots[i] {
                    let v = self.real(v)?;
                    let v = self.boxed(v)?;
                    self.frames[frame].slots[i] = Some(v);
                }
            }
        }
        self.newest = None;
        let take = |f: &mut super::Frame| f.slots.drain(..).enumerate().filter_map(|(i, v)| Some((i, v?))).collect();
        Ok(self.frames.iter_mut().map(take).collect())
    }

    /// Writes a value from [`Self::complete_frames`] to a slot of the trace's own frame, if it is not there already.
    pub fn complete_slot(&mut self, i: usize, value: Ref) -> Built<()> {
        let disp = self.e.env.slot_offset + 8 * i as u16;
        // Who enters a loop by its label has in registers what its header loads.
        let in_memory = self.kind != TraceKind::Loop && value.is_inst() && {
            let inst = self.e.trace.inst(self.e.trace.root(value));
            inst.op() == Some(Op::LoadSlot) && inst.disp == disp
        };
        if in_memory {
            let root = self.e.trace.root(value);
            if self.is_immediate(root) {
                return Ok(());
            }
            // Another slot may have got the reference.
            if self.count(value) == 0 {
                self.incref(value)?;
            }
            return self.disown(value);
        }
        self.access(Op::StoreSlot, &[value], disp, None).map(drop)
    }

    /// The snapshot of a frame that is complete in memory, but for its words.
    pub fn snapshot_in_memory(&mut self, words: &[u64]) -> SnapId {
        let snaps = &mut self.e.trace.snaps;
        let id = snaps.begin(Resume::At);
        snaps.frame(words);
        id
    }

    /// What a callee's frame needs so that its return goes on in a frame that is complete in memory, with these words.
    pub fn return_address(&mut self, words: &[u64]) -> Built<Ref> {
        let snap = self.snapshot_in_memory(words);
        self.emit_with(Op::ReturnAddress, &[], snap)
    }

    /// Drops a reference to an object of which a guard has found that there are others.
    pub fn drop_shared(&mut self, v: Ref) -> Built<()> {
        if !self.ty(v).counts() || self.count(v) == 0 {
            return Ok(());
        }
        self.lose(v);
        self.e.append(Inst { origin: self.e.origin, ..Inst::new(Op::DecrefNotLast, [v, Ref::NONE, Ref::NONE]) });
        Ok(())
    }

    /// As [`Self::discard_nullable`], of what the current bytecode has done a part of already: if that runs Python code, the
    /// rest of the bytecode follows.
    pub fn discard_within(&mut self, v: Ref) -> Built<()> {
        let v = self.resolve(v);
        if let Some(object) = self.object(v) {
            if self.mentions(v) > 0 {
                return Ok(());
            }
            let o = self.objects.remove(object);
            self.newest = None;
            return o.fields.into_iter().try_for_each(|f| self.discard_within(f));
        }
        while self.count(v) > self.mentions(v) as i32 {
            self.release_with(Op::DecrefNullable, v, Resume::At)?;
        }
        Ok(())
    }

    /// The trace ends with a jump, `jump_word` or `jump_return`, that leaves nothing behind.
    pub fn jump(&mut self, op: Op, to: Ref) -> Built<()> {
        debug_assert!(matches!(op, Op::JumpWord | Op::JumpReturn), "{}", op.name());
        if let Some((r, _)) = self.owned.iter().find(|c| c.1 > 0 && !self.is_immediate(c.0)) {
            return Err(Abort::Invalid(format!("the trace still owns {r:?}")));
        }
        self.emit(op, &[to])?;
        self.ended = true;
        Ok(())
    }

    /// Whether the trace begins where a call of its parent returns.
    pub fn begins_at_return(&self) -> bool {
        self.at_return
    }
}
