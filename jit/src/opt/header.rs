//! The header: loads of entry slots and the guards on what they loaded come first, before the typed label.
//!
//! ```text
//! v0.V = load_slot +16                          v0.V = load_slot +16
//! v1.I = guard_int v0 !s0                       v1.V = load_slot +24
//! v2.I = int_add v1, I:1 !s1                    v2.I = guard_int v0 !s9
//! v3.V = load_slot +24                   →      v3.I = guard_int v1 !s9      ; s9: the start of the trace
//! v4.I = guard_int v3 !s2                       ENTRY !s9
//! …                                             v5.I = int_add v2, I:1 !s1   ; s1 now has slot 24's value too
//! ```
//!
//! The recorder loads a slot where it first needs it. Gathered at the start, the loads and guards are what another
//! trace that jumps to the label has to replay on its own values, and what a loop replays on its second iteration.
//!
//! Invariants:
//! - Only guards that look at a value and not at memory move; a shape guard stays where it is.
//! - A guard in the header leaves by the entry snapshot: the trace has done nothing yet.
//! - Snapshots from before a slot's load get the slot, for whoever comes by the label has not written it to memory.
//! - Side traces have no header: their values are the parent's.

use crate::ir::snapshot::{Resume, SlotEntry, SnapId, Snapshots};
use crate::ir::{Code, Inst, Pseudo, Ref, Trace, flag};
use weft_layout::op::Op;

fn is_load(inst: &Inst) -> bool {
    inst.op() == Some(Op::LoadSlot) && inst.flags & flag::BORROWED == 0
}

/// Whether an instruction can move to the header, given which values are there.
fn moves(trace: &Trace, inst: &Inst, in_header: &[bool]) -> bool {
    let value_only = matches!(
        inst.op(),
        Some(
            Op::GuardInt
                | Op::GuardFloat
                | Op::GuardFloatWord
                | Op::GuardBool
                | Op::GuardIsInt
                | Op::GuardNull
                | Op::GuardNonNull
                | Op::GuardIs
        )
    );
    value_only
        && trace.operands(inst).all(|r| r.is_const() || in_header[r.index()])
        && trace.operands(inst).filter(|r| r.is_inst()).count() == 1
}

/// Moves loads and guards of entry slots to the start and marks the end of the header with `ENTRY` (and a deleted
/// instruction after it, where an unpeeled loop gets its `LOOP`).
///
/// `words` are the words of the entry frame at the start of the trace; `slot_offset` is the byte offset of slot 0.
pub fn header(trace: &mut Trace, words: &[u64], slot_offset: u16) {
    let n = trace.insts.len();
    let mut in_header = vec![false; n];
    for at in 0..n {
        let inst = &trace.insts[at];
        in_header[at] = is_load(inst) || moves(trace, inst, &in_header);
    }
    let loads: Vec<usize> = (0..n).filter(|&at| is_load(&trace.insts[at])).collect();
    let guards: Vec<usize> = (0..n).filter(|&at| in_header[at] && !is_load(&trace.insts[at])).collect();
    let rest: Vec<usize> = (0..n).filter(|&at| !in_header[at] && !trace.insts[at].is_nop()).collect();

    let mut new_at = vec![Ref::NONE; n];
    let order = loads.iter().chain(&guards).copied().enumerate();
    let header_len = loads.len() + guards.len();
    for (i, at) in order.chain(rest.iter().enumerate().map(|(i, &at)| (header_len + 2 + i, at))) {
        new_at[at] = Ref::inst(i);
    }
    let map = |r: Ref| if r.is_inst() { new_at[r.index()] } else { r };
    // What the header unboxes is shown unboxed everywhere behind it.
    let mut unboxed = vec![Ref::NONE; n];
    for &at in &guards {
        let inst = &trace.insts[at];
        if matches!(inst.op(), Some(Op::GuardInt | Op::GuardFloatWord | Op::GuardBool)) {
            unboxed[trace.root(inst.a()).index()] = new_at[at];
        }
    }
    let roots: Vec<Ref> = (0..n).map(|i| trace.root(Ref::inst(i))).collect();
    let show = |r: Ref| match r.is_inst().then(|| roots[r.index()]) {
        Some(root) if root.is_inst() && !unboxed[root.index()].is_none() => unboxed[root.index()],
        _ => map(r),
    };

    let old_snaps = std::mem::take(&mut trace.snaps);
    let mut snaps = Snapshots::default();
    let entry = snaps.begin(Resume::At);
    snaps.frame(words);
    let slot_of = |at: usize| (trace.insts[at].disp - slot_offset) / 8;
    for &at in &loads {
        snaps.slot(SlotEntry { value: new_at[at], slot: slot_of(at), moved: true });
    }
    // A snapshot's copy lists, beside its own slots, those that are loaded later.
    let mut copies: Vec<Option<SnapId>> = vec![None; old_snaps.len()];
    for &at in &rest {
        let id = trace.insts[at].snap();
        if id == SnapId::NONE || copies[id.0 as usize].is_some() {
            continue;
        }
        let new = snaps.begin(old_snaps.resume(id));
        for (f, (words, slots)) in old_snaps.frames(id).enumerate() {
            snaps.frame(words);
            for e in slots {
                snaps.slot(SlotEntry { value: if e.value.is_none() { e.value } else { show(e.value) }, ..*e });
            }
            if f == 0 {
                for &load in loads.iter().filter(|&&l| l > at) {
                    snaps.slot(SlotEntry { value: show(Ref::inst(load)), slot: slot_of(load), moved: true });
                }
            }
        }
        for (recipe, slots) in old_snaps.objects(id) {
            snaps.object(recipe);
            for e in slots {
                snaps.slot(SlotEntry { value: show(e.value), ..*e });
            }
        }
        for &d in old_snaps.drops(id) {
            snaps.drop_ref(map(d));
        }
        copies[id.0 as usize] = Some(new);
    }

    let mut insts = Vec::with_capacity(n + 2);
    for &at in loads.iter().chain(&guards) {
        let mut inst = trace.insts[at];
        if inst.code.has_snapshot() {
            inst.set_snap(entry);
        }
        insts.push(inst);
    }
    insts.push(Inst::new(Pseudo::Entry, [Ref::NONE, Ref::NONE, Ref::raw(entry.0)]));
    insts.push(Inst::new(Pseudo::Nop, [Ref::NONE; 3]));
    for &at in &rest {
        let mut inst = trace.insts[at];
        let id = inst.snap();
        if id != SnapId::NONE {
            inst.set_snap(copies[id.0 as usize].expect("copied"));
        }
        insts.push(inst);
    }
    trace.insts = insts;
    trace.snaps = snaps;
    for at in 0..trace.insts.len() {
        if trace.insts[at].code != Code::Pseudo(Pseudo::Entry) {
            trace.map_operands(at, map);
        }
    }
}
