//! Reference count elision: an incref whose reference a decref gives back goes, and the decref too.
//!
//! ```text
//! v1.V = load_value_at v0, v9            v1.V = load_value_at v0, v9
//! incref v1                       →      v2.F = guard_float v1 !s1    ; s1 = at ([] 1: &v1)
//! v2.F = guard_float v1 !s0              v3.F = float_add v2, v2
//! v3.F = float_add v2, v2
//! decref v1 !s2                          (s0 = at ([] 1: v1))
//! ```
//!
//! Invariants:
//! - An incref pairs with the next decref of the same object. Between them the object must live without the pair:
//!   because the trace owns another reference throughout, or because it is a constant, or because nothing in between
//!   can release its owner (no decref, no call that may run Python code).
//! - A reference that a store or a call takes over is the incref's that came last; that one stays.
//! - A decref that might be the last is never moved, and the one of a pair never is the last.
//! - The snapshots in between hand over one reference less: a drop goes, or a moved slot becomes a copy.
//! - Pairs do not reach across `LOOP`.
//!
//! A decref while the trace owns another reference becomes `decref_not_last`, which needs no exit.

use super::applied::Rule;
use crate::helper::{Does, HelperId, Helpers};
use crate::ir::snapshot::SnapId;
use crate::ir::{Code, Inst, Pseudo, Ref, Trace, flag};
use crate::planted::{Bug, planted};
use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use weft_layout::op::{Effect, Kind, Op};

#[derive(Default)]
struct Object {
    /// References the trace owns.
    count: i32,
    /// Increfs that no decref has given back, newest last, and whether each may still go.
    pending: Vec<(usize, bool)>,
}

struct Pass<'a> {
    trace: &'a mut Trace,
    helpers: &'a Helpers,
    objects: HashMap<Ref, Object>,
    /// Snapshots by the position that uses them first, in order, for the range between a pair.
    edited: HashSet<(usize, SnapId)>,
}

/// Removes pairs and weakens what is left.
pub fn refcount(trace: &mut Trace, helpers: &Helpers) {
    let mut p = Pass { trace, helpers, objects: HashMap::new(), edited: HashSet::new() };
    for at in 0..p.trace.insts.len() {
        p.inst(at);
    }
}

impl Pass<'_> {
    fn object(&mut self, r: Ref) -> Option<&mut Object> {
        let root = self.trace.root(r);
        if self.trace.is_immediate(root) {
            return None;
        }
        Some(self.objects.entry(root).or_default())
    }

    fn gain(&mut self, r: Ref) {
        if let Some(o) = self.object(r) {
            o.count += 1;
        }
    }

    /// A reference goes into memory or to a helper: the newest incref was for it.
    fn give(&mut self, r: Ref) {
        if let Some(o) = self.object(r) {
            o.count -= 1;
            o.pending.pop();
        }
    }

    /// Something may have released the owners of borrowed values.
    fn release(&mut self, but: Option<Ref>) {
        for (root, o) in &mut self.objects {
            // Without a reference besides the pending ones, the object lives by an owner nobody here knows.
            let own = o.count - o.pending.len() as i32;
            if own <= 0 && Some(*root) != but && root.is_inst() {
                o.pending.iter_mut().for_each(|p| p.1 = false);
            }
        }
    }

    fn inst(&mut self, at: usize) {
        let inst = self.trace.insts[at];
        match inst.code {
            Code::Op(Op::Incref | Op::IncrefNullable | Op::IncrefPtr) => {
                if let Some(o) = self.object(inst.a()) {
                    o.count += 1;
                    o.pending.push((at, true));
                }
            }
            Code::Op(Op::Decref | Op::DecrefNullable | Op::DecrefPtr | Op::DecrefNotLast) => self.decref(at, inst),
            Code::Op(Op::LoadSlot) if inst.flags & flag::BORROWED == 0 => self.gain(Ref::inst(at)),
            Code::Op(op) if op.info().effect == Effect::Alloc => self.gain(Ref::inst(at)),
            Code::Op(op) if op.info().effect == Effect::Store && op.info().operands.last() == Some(&Kind::G) => {
                let stored = self.trace.operands(&inst).last().expect("an operand");
                if self.trace.ty(stored).counts() {
                    self.give(stored);
                }
            }
            Code::Pseudo(Pseudo::Inherit) if inst.flags & flag::BORROWED == 0 && inst.ty.counts() => {
                self.gain(Ref::inst(at));
            }
            Code::Pseudo(Pseudo::Own) => self.gain(inst.a()),
            Code::Pseudo(Pseudo::Disown) => self.give(inst.a()),
            Code::Pseudo(Pseudo::Call) => {
                let helpers = self.helpers;
                let helper = helpers.get(HelperId(inst.a().bits() as u16));
                let args: Vec<Ref> = self.trace.operands(&inst).collect();
                for (i, r) in args.into_iter().enumerate() {
                    if helper.param(i).is_some_and(|p| p.consumed) {
                        self.give(r);
                    }
                }
                if helper.does == Does::RunsPython {
                    self.release(None);
                }
                if helper.owned && inst.ty.counts() {
                    self.gain(Ref::inst(at));
                }
            }
            Code::Pseudo(Pseudo::Loop) => self.objects.values_mut().for_each(|o| o.pending.clear()),
            _ => {}
        }
    }

    fn decref(&mut self, at: usize, inst: Inst) {
        let root = self.trace.root(inst.a());
        let Some(o) = self.object(root) else { return };
        o.count -= 1;
        match o.pending.pop() {
            Some((incref, true)) => {
                self.trace.applied.count(Rule::PairElided);
                if !planted(Bug::ExtraIncref) {
                    self.trace.insts[incref].delete();
                }
                if !planted(Bug::LostIncref) {
                    self.trace.insts[at].delete();
                }
                self.hand_over_less(root, incref, at);
            }
            _ => {
                let others = o.count > 0;
                let strict = !matches!(inst.op(), Some(Op::DecrefNullable));
                if others && strict {
                    self.trace.applied.count(Rule::NotLast);
                    let mut weak = Inst::new(Op::DecrefNotLast, [inst.a(), Ref::NONE, Ref::NONE]);
                    weak.origin = inst.origin;
                    self.trace.insts[at] = weak;
                    if planted(Bug::LostDecref) {
                        self.trace.insts[at].delete();
                    }
                } else {
                    self.release(Some(root));
                }
            }
        }
    }

    /// Takes one reference to `root` from every snapshot between two positions.
    fn hand_over_less(&mut self, root: Ref, from: usize, to: usize) {
        for at in from..to {
            let id = self.trace.insts[at].snap();
            if id == SnapId::NONE || !self.edited.insert((from, id)) {
                continue;
            }
            let same: Vec<Ref> = self.trace.snaps.drops(id).iter().copied().filter(|&d| self.trace.root(d) == root).collect();
            if let Some(&d) = same.first() {
                self.trace.snaps.remove_drop(id, d);
                continue;
            }
            let mut snaps = std::mem::take(&mut self.trace.snaps);
            let mut done = false;
            snaps.for_each_slot(id, |_, e| {
                if !done && e.moved && !e.value.is_none() && self.trace.root(e.value) == root {
                    e.moved = false;
                    done = true;
                }
            });
            self.trace.snaps = snaps;
        }
    }
}
