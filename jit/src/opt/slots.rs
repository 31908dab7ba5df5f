//! Slots that a trace never changes stay in the frame.
//!
//! ```text
//! v0.V = load_slot +0                                  v0.V = load_slot +0 borrowed
//! v1.P = guard_shape v0, W:7 !s0               →       v1.P = guard_shape v0, W:7 !s0
//! …                                                    …
//! s0 = at ([] 0: v0, 1: v5)                            s0 = at ([] 1: v5)
//! ```
//!
//! Exits have less to write, side traces less to inherit, and the value may be reloaded from the frame instead of a
//! spill cell.
//!
//! Invariants:
//! - The slot holds the loaded value, or its unboxed form, in every snapshot. So its reference never leaves it and the
//!   value is borrowed from it for the whole trace.
//! - Who jumps to the label must have such slots in memory: they are not among the label's.
//! - Side traces keep theirs: they inherit values instead.

use super::applied::Rule;
use crate::ir::snapshot::{SnapId, Snapshots};
use crate::ir::{Code, Pseudo, Ref, Trace, flag};
use weft_layout::op::Op;

/// Leaves unchanged entry slots in memory. `slot_offset` is the byte offset of slot 0.
pub fn slots(trace: &mut Trace, slot_offset: u16) {
    let Some(entry) = trace.entry_at() else {
        return;
    };
    let mut used: Vec<SnapId> = trace.insts.iter().filter(|i| !i.is_nop()).map(|i| i.snap()).filter(|&s| s != SnapId::NONE).collect();
    used.sort();
    used.dedup();
    for at in 0..entry {
        let inst = trace.insts[at];
        if inst.op() != Some(Op::LoadSlot) || inst.flags & flag::BORROWED != 0 {
            continue;
        }
        let slot = (inst.disp - slot_offset) / 8;
        let value = Ref::inst(at);
        if used.iter().all(|&id| keeps(trace, id, slot, value)) && !is_phi(trace, value) {
            trace.applied.count(Rule::SlotKept);
            trace.insts[at].flags |= flag::BORROWED;
            let mut snaps = std::mem::take(&mut trace.snaps);
            for &id in &used {
                take(trace, &mut snaps, id, slot, value);
            }
            trace.snaps = snaps;
        }
    }
}

fn is_phi(trace: &Trace, value: Ref) -> bool {
    trace.insts.iter().any(|i| i.code == Code::Pseudo(Pseudo::Phi) && is(trace, i.a(), value))
}

/// Whether `r` is the object `value`, or the int or bool in it.
fn is(trace: &Trace, r: Ref, value: Ref) -> bool {
    if !r.is_inst() {
        return false;
    }
    let root = trace.root(r);
    root == value || {
        let inst = trace.inst(root);
        matches!(inst.op(), Some(Op::GuardInt | Op::GuardBool | Op::GuardFloatWord | Op::UnboxInt | Op::UnboxBool))
            && trace.root(inst.a()) == value
    }
}

/// Whether a snapshot has the slot as it was loaded.
fn keeps(trace: &Trace, id: SnapId, slot: u16, value: Ref) -> bool {
    let Some((_, slots)) = trace.snaps.frames(id).next() else {
        return false;
    };
    slots.iter().find(|e| e.slot == slot).is_some_and(|e| is(trace, e.value, value))
}

/// Takes the slot out of a snapshot. If another slot had the reference, that one copies from here on.
fn take(trace: &Trace, snaps: &mut Snapshots, id: SnapId, slot: u16, value: Ref) {
    let mut moved = false;
    snaps.for_each_slot(id, |f, e| moved |= f == 0 && e.slot == slot && e.moved);
    if !moved {
        let dropped = snaps.drops(id).iter().copied().find(|&d| trace.root(d) == value);
        if let Some(d) = dropped {
            snaps.remove_drop(id, d);
        } else {
            let mut done = false;
            snaps.for_each_slot(id, |_, e| {
                if !done && e.moved && !e.value.is_none() && trace.root(e.value) == value {
                    e.moved = false;
                    done = true;
                }
            });
        }
    }
    snaps.remove_slot(id, slot);
}
