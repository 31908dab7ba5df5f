//! Dead code: an instruction without effect whose value nothing uses goes.
//!
//! ```text
//! v1.B = int_lt v0, I:9                guard_int_lt v0, I:9 !s0
//! v2.V = box_int v0              →
//! guard_int_lt v0, I:9 !s0
//! ```
//!
//! Invariants:
//! - Guards are effects, but for the overflow test of an int op: nobody can see that a number nobody uses was large.
//! - A value is used by operands, by the snapshots of live instructions, and through a live `PHI`. A `PHI` is live if
//!   its left side is used inside the loop.
//! - The snapshots of `ENTRY` and `LINK` describe labels for the checker; they use nothing.

use super::applied::Rule;
use crate::helper::{Does, HelperId, Helpers};
use crate::ir::snapshot::SnapId;
use crate::ir::{Code, Inst, Pseudo, Ref, Trace, flag};
use weft_layout::op::{Effect, Op};

/// Whether an instruction may go if its value is not used.
fn removable(inst: &Inst, helpers: &Helpers) -> bool {
    match inst.code {
        Code::Op(Op::IntAdd | Op::IntSub | Op::IntMul | Op::IntNeg | Op::IntAbs | Op::IntOfWord) => true,
        Code::Op(Op::LoadSlot) => inst.flags & flag::BORROWED != 0,
        Code::Op(op) => match op.info().effect {
            Effect::Pure => true,
            Effect::Load => !op.info().exits,
            _ => false,
        },
        Code::Pseudo(Pseudo::Assume) => true,
        Code::Pseudo(Pseudo::Inherit) => !inst.ty.counts() || inst.flags & flag::BORROWED != 0,
        Code::Pseudo(Pseudo::Call) => {
            let helper = helpers.get(HelperId(inst.a().bits() as u16));
            matches!(helper.does, Does::Nothing | Does::Reads) && !helper.raises && !(helper.owned && inst.ty.counts())
        }
        Code::Pseudo(_) => false,
    }
}

/// Deletes what is not used.
pub fn dce(trace: &mut Trace, helpers: &Helpers) {
    let n = trace.insts.len();
    let loop_at = trace.loop_at().unwrap_or(n);
    let mut live = vec![false; n];
    let mut in_loop = vec![false; n];
    let mut work: Vec<usize> = Vec::new();
    let phis: Vec<(usize, Ref, Ref)> =
        trace.insts.iter().enumerate().filter(|(_, i)| i.code == Code::Pseudo(Pseudo::Phi)).map(|(at, i)| (at, i.a(), i.b())).collect();
    for (at, inst) in trace.insts.iter().enumerate() {
        if !inst.is_nop() && inst.code != Code::Pseudo(Pseudo::Phi) && !removable(inst, helpers) {
            live[at] = true;
            work.push(at);
        }
    }
    loop {
        while let Some(at) = work.pop() {
            let inst = &trace.insts[at];
            let mut used = |r: Ref| {
                if r.is_inst() {
                    in_loop[r.index()] |= at > loop_at;
                    if !live[r.index()] {
                        live[r.index()] = true;
                        work.push(r.index());
                    }
                }
            };
            trace.operands(inst).for_each(&mut used);
            if inst.snap() != SnapId::NONE && !matches!(inst.code, Code::Pseudo(Pseudo::Entry | Pseudo::Link)) {
                trace.snaps.values(inst.snap()).for_each(&mut used);
            }
        }
        // An alias that is used in the loop is its root used there.
        for at in (0..n).rev() {
            if in_loop[at] && trace.insts[at].code.is_alias() && trace.insts[at].a().is_inst() {
                in_loop[trace.insts[at].a().index()] = true;
            }
        }
        for &(at, left, _) in &phis {
            let used = left.is_inst() && in_loop[left.index()];
            if !live[at] && used {
                live[at] = true;
                work.push(at);
            }
        }
        if work.is_empty() {
            break;
        }
    }
    for (inst, live) in trace.insts.iter_mut().zip(live) {
        if !live {
            if !inst.is_nop() {
                trace.applied.count(Rule::Unused);
            }
            inst.delete();
        }
    }
}
