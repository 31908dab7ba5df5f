//! Loop peeling: the recorded iteration becomes the preamble, and a second copy of it, the loop.
//!
//! ```text
//! v0.V = load_slot +0                     v0.V = load_slot +0
//! v1.V = load_slot +8                     v1.V = load_slot +8
//! v2.I = guard_int v0 !s0                 v2.I = guard_int v0 !s0
//! v3.I = guard_int v1 !s0                 v3.I = guard_int v1 !s0
//! ENTRY !s0                               ENTRY !s0
//! v6.I = int_add v2, v3 !s1        →      v6.I = int_add v2, v3 !s1
//! LINK self.entry !s2                     LOOP
//!     (s2 = at ([] 0: v6, 1: v1))         v8.I = int_add v6, v3 !s3
//!                                         PHI v6, v8
//! ```
//!
//! This is LuaJIT's `lj_opt_loop.c`: the copy goes through folding, CSE and forwarding like new instructions, with
//! every value replaced by what it is one iteration later. An instruction whose operands do not change is found in
//! the preamble and so needs no copy: invariants are hoisted without looking for them, guards too. A value of the
//! preamble that the loop uses, and that has another value on the next iteration, becomes a `PHI`.
//!
//! Invariants:
//! - The copy starts with the header: an entry slot's load is replaced by the slot's value at the end, as a tagged
//!   value. Boxing it is free, for its unboxing folds, and what nobody uses is dropped. A float is boxed only where
//!   the copy really needs the tagged value ([`Sub::Float`]), since boxing may allocate.
//! - Every fact used in simplifying the copy comes from instructions that are copied themselves. So what holds from
//!   the first to the second iteration holds from each to the next.
//! - A guard in the copy that always fails means that the second iteration has other types than the first: the loop
//!   is given up with [`Abort::TypeInstability`], and the VM records again, later.
//! - Without this pass the loop is closed at the label: only the header is replayed, at the loop's end.

use super::applied::Rule;
use super::emit::Emitter;
use super::{Pass, emit::Environment};
use crate::abort::Abort;
use crate::ir::snapshot::SnapId;
use crate::ir::{Code, Inst, Pseudo, Ref, Trace, Ty, flag};
use crate::planted::{Bug, planted};
use std::sync::Arc;
use weft_layout::op::Op;

/// What a value is one iteration later.
#[derive(Clone, Copy, Debug)]
enum Sub {
    /// Not known yet, or no value.
    None,
    /// This value.
    Ref(Ref),
    /// The box of a float that has not been boxed, with so many references to it.
    Float { value: Ref, count: i32 },
}

/// Replays instructions on other values: the loop's next iteration, or the slots of another trace.
pub struct Replay<'a> {
    e: &'a mut Emitter,
    /// The instructions that are replayed.
    source: Arc<Trace>,
    subs: Vec<Sub>,
    /// The constants of the source in the emitter's trace, unless they are the same pool.
    consts: Option<Vec<Ref>>,
    /// At an end of the trace, where all of them live: floats and their boxes, so that slots which share a float share
    /// an object.
    pub(super) boxes: Option<Vec<(Ref, Ref)>>,
}

impl<'a> Replay<'a> {
    /// A replay of the emitter's own trace.
    pub fn own(e: &'a mut Emitter) -> Replay<'a> {
        let source = Arc::new(e.trace.clone());
        let subs = vec![Sub::None; source.insts.len()];
        Replay { e, source, subs, consts: None, boxes: None }
    }

    /// A replay of another trace.
    pub fn other(e: &'a mut Emitter, source: Arc<Trace>) -> Replay<'a> {
        let consts = source.consts.iter().map(|(_, c)| e.trace.consts.add(c.ty, c.bits)).collect();
        let subs = vec![Sub::None; source.insts.len()];
        Replay { e, source, subs, consts: Some(consts), boxes: None }
    }

    /// Says that the entry slot loaded at position `at` has this value.
    pub fn set_slot(&mut self, at: usize, value: Ref) -> Result<(), Abort> {
        self.subs[at] = match self.e.trace.ty(value) {
            Ty::V | Ty::P => Sub::Ref(value),
            Ty::I => Sub::Ref(self.e.emit(Inst::new(Op::BoxInt, [value, Ref::NONE, Ref::NONE]))?),
            Ty::B => Sub::Ref(self.e.emit(Inst::new(Op::BoxBool, [value, Ref::NONE, Ref::NONE]))?),
            Ty::F => Sub::Float { value, count: 1 },
            Ty::None | Ty::W => {
                let null = self.e.trace.consts.add(Ty::V, 0);
                if !value.is_none() {
                    return Err(Abort::Mismatch("a raw word in a slot".into()));
                }
                Sub::Ref(null)
            }
        };
        Ok(())
    }

    /// A constant of the source in the emitter's trace.
    fn constant(&self, r: Ref) -> Ref {
        self.consts.as_ref().map_or(r, |c| c[r.const_index()])
    }

    /// What the object is that a value of the source is a name of.
    fn of_root(&self, r: Ref) -> Sub {
        let root = self.source.root(r);
        if root.is_const() { Sub::Ref(self.constant(root)) } else { self.subs[root.index()] }
    }

    /// What a value is; boxes it if it is a float that should be tagged.
    pub fn value(&mut self, r: Ref) -> Result<Ref, Abort> {
        if r.is_const() {
            return Ok(self.constant(r));
        }
        let root = self.source.root(r);
        if root.is_const() {
            return Ok(match self.subs[r.index()] {
                Sub::Ref(v) => v,
                _ => self.constant(root),
            });
        }
        let root = root.index();
        if let Sub::Float { value, count } = self.subs[root] {
            let boxed = self.boxed(value)?;
            self.subs[root] = Sub::Ref(boxed);
            for _ in 1..count {
                self.e.emit(Inst::new(Op::Incref, [boxed, Ref::NONE, Ref::NONE]))?;
            }
        }
        match (self.subs[r.index()], self.subs[root]) {
            (Sub::Ref(v), _) | (Sub::None, Sub::Ref(v)) => Ok(v),
            _ => Err(Abort::Invalid(format!("{r:?} has no value in the copy"))),
        }
    }

    /// The box of a float, with one reference for the caller.
    fn boxed(&mut self, float: Ref) -> Result<Ref, Abort> {
        let known = self.boxes.iter().flatten().find(|b| b.0 == float).map(|b| b.1);
        if let Some(boxed) = known {
            self.e.emit(Inst::new(Op::Incref, [boxed, Ref::NONE, Ref::NONE]))?;
            return Ok(boxed);
        }
        let boxed = self.e.emit(Inst::new(Op::BoxFloat, [float, Ref::NONE, Ref::NONE]))?;
        if let Some(boxes) = &mut self.boxes {
            boxes.push((float, boxed));
        }
        Ok(boxed)
    }

    /// What a value is where a snapshot may show it unboxed.
    pub fn shown(&self, r: Ref) -> Ref {
        if r.is_const() {
            return self.constant(r);
        }
        let of = |s: Sub| match s {
            Sub::Ref(v) => Some(unboxed(&self.e.trace, v)),
            Sub::Float { value, .. } => Some(value),
            Sub::None => None,
        };
        of(self.subs[r.index()]).or(of(self.of_root(r))).unwrap_or(Ref::NONE)
    }

    /// Replays the instruction at a position of the source; its guards leave by `snap` if that is given.
    pub fn inst(&mut self, at: usize, snap: Option<SnapId>) -> Result<(), Abort> {
        let source = self.source.clone();
        let mut inst = source.insts[at];
        match inst.code {
            Code::Pseudo(Pseudo::Nop | Pseudo::Entry | Pseudo::Loop | Pseudo::Phi | Pseudo::Link) => return Ok(()),
            Code::Op(Op::LoadSlot) if inst.flags & flag::BORROWED == 0 => {
                return match self.subs[at] {
                    Sub::None => Err(Abort::Mismatch(format!("the slot at +{} has no value at the end", inst.disp))),
                    _ => Ok(()),
                };
            }
            _ => {}
        }
        let id = inst.snap();
        let float = inst.code.values() > 0 && inst.a().is_inst() && matches!(self.of_root(inst.a()), Sub::Float { .. });
        if float {
            let leave = match (id, snap) {
                (SnapId::NONE, _) => None,
                (_, Some(s)) => Some(s),
                (id, None) => Some(self.copy_snapshot(id)),
            };
            if self.float_box(at, &inst, leave)? {
                self.e.trace.applied.count(Rule::FloatUnboxed);
                return Ok(());
            }
        }
        if inst.code == Code::Pseudo(Pseudo::Call) {
            let mut args = Vec::new();
            for &r in source.args.get(inst.b().bits()) {
                args.push(self.value(r)?);
            }
            inst.args[1] = Ref::raw(self.e.trace.args.add(&args));
        } else {
            for i in 0..inst.code.values() {
                inst.args[i] = self.value(source.insts[at].args[i])?;
            }
            if inst.code.has_imm() && inst.imm().is_const() {
                let imm = self.value(inst.imm())?;
                inst.args[inst.code.values()] = imm;
            }
        }
        if id != SnapId::NONE {
            let new = match snap {
                Some(s) => s,
                None => self.copy_snapshot(id),
            };
            inst.set_snap(new);
        }
        if self.consts.is_none() {
            self.e.origin = inst.origin;
        }
        let r = self.e.emit(inst)?;
        if r.is_inst() && self.consts.is_none() && r.index() < self.e.barrier {
            self.e.trace.applied.count(Rule::Hoisted);
        }
        if !r.is_none() {
            self.subs[at] = Sub::Ref(r);
        }
        Ok(())
    }

    /// A snapshot of the source with the values of the copy.
    fn copy_snapshot(&mut self, id: SnapId) -> SnapId {
        let mut snaps = std::mem::take(&mut self.e.trace.snaps);
        let stale = |r: Ref| planted(Bug::StaleSnapshot) && self.source.ty(r) == Ty::I;
        let new = snaps.copy_with(id, |r| if stale(r) { r } else { self.shown(r) });
        self.e.trace.snaps = snaps;
        new
    }

    /// Ops on a float's box that need no box. Returns whether it was one. `snap` is what its guards leave by.
    fn float_box(&mut self, at: usize, inst: &Inst, snap: Option<SnapId>) -> Result<bool, Abort> {
        let Some(op) = inst.op() else {
            return Ok(false);
        };
        if inst.code.values() == 0 || !inst.a().is_inst() {
            return Ok(false);
        }
        if !matches!(self.of_root(inst.a()), Sub::Float { .. }) {
            return Ok(false);
        }
        let root = self.source.root(inst.a()).index();
        if op == Op::GuardFloatWord && is_used_boxed(&self.source, Ref::inst(root)) {
            // What relies on the word owning nothing needs a box of which that is true.
            let snap = snap.ok_or_else(|| Abort::Invalid("a guard without a snapshot".into()))?;
            let boxed = self.value(inst.a())?;
            let guard = Inst::new(Op::GuardFloatWord, [boxed, Ref::NONE, Ref::raw(snap.0)]);
            let snap = self.e.trace.snaps.copy_with(snap, |r| r);
            self.e.trace.snaps.drop_ref(boxed);
            let f = self.e.emit(Inst { args: [boxed, Ref::NONE, Ref::raw(snap.0)], ..guard })?;
            self.subs[at] = Sub::Ref(f);
            return Ok(true);
        }
        let Sub::Float { value, count } = &mut self.subs[root] else {
            return Ok(false);
        };
        match op {
            Op::GuardFloat | Op::GuardFloatWord | Op::UnboxFloat => self.subs[at] = Sub::Ref(*value),
            Op::Incref | Op::IncrefNullable => *count += 1,
            Op::Decref | Op::DecrefNullable | Op::DecrefNotLast => *count -= 1,
            Op::GuardNonNull => {}
            // A float has no identity but as an object it has not become.
            Op::GuardIs
            | Op::GuardInt
            | Op::GuardIsInt
            | Op::GuardBool
            | Op::GuardNull
            | Op::GuardShape
            | Op::IncrefPtr
            | Op::DecrefPtr => {
                return Err(Abort::TypeInstability(format!("{} of a float", op.name())));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Whether an op needs the tagged form of a float, but for testing it and counting its references.
fn is_used_boxed(trace: &Trace, root: Ref) -> bool {
    trace.insts.iter().any(|inst| {
        let looks = matches!(
            inst.op(),
            Some(
                Op::GuardFloat
                    | Op::GuardFloatWord
                    | Op::UnboxFloat
                    | Op::GuardNonNull
                    | Op::Incref
                    | Op::IncrefNullable
                    | Op::Decref
                    | Op::DecrefNullable
                    | Op::DecrefNotLast
            )
        );
        !looks && trace.operands(inst).any(|r| r.is_inst() && trace.root(r) == root)
    })
}

/// The unboxed form of a value, if it is the box of an int or bool.
pub fn unboxed(trace: &Trace, r: Ref) -> Ref {
    let root = trace.root(r);
    if root.is_inst() {
        let inst = trace.inst(root);
        if matches!(inst.op(), Some(Op::BoxInt | Op::BoxBool)) {
            return inst.a();
        }
    }
    r
}

/// Closes a loop: replaces the final `LINK self.entry` by a second copy of the trace and its `PHI`s.
pub fn close(trace: Trace, env: Arc<Environment>, passes: super::Passes) -> Result<Trace, Abort> {
    let mut e = Emitter::resume(trace, env, passes);
    let link = *e.trace.insts.last().expect("a link");
    let body_end = e.trace.insts.len() - 1;
    let entry = e.trace.entry_at().ok_or_else(|| Abort::Invalid("no header".into()))?;
    let peel = passes.has(Pass::Peel);
    e.trace.applied.count(if peel { Rule::LoopPeeled } else { Rule::LoopClosed });
    let end_slots: Vec<(u16, Ref)> = {
        let (_, slots) = e.trace.snaps.frames(link.snap()).next().expect("a frame");
        slots.iter().map(|s| (s.slot, s.value)).collect()
    };
    // The copy continues what the emitter knows; the link itself is nothing it knows of.
    let last = body_end;
    e.trace.insts[last].delete();
    if peel {
        e.trace.insts[last] = Inst::new(Pseudo::Loop, [Ref::NONE; 3]);
    } else {
        e.trace.insts[entry + 1] = Inst::new(Pseudo::Loop, [Ref::NONE; 3]);
    }
    let slot_offset = e.env.slot_offset;
    e.barrier = if peel { last } else { entry + 2 };
    let mut replay = Replay::own(&mut e);
    for at in 0..entry {
        let inst = replay.source.insts[at];
        if inst.op() == Some(Op::LoadSlot) {
            let slot = (inst.disp - slot_offset) / 8;
            let Some((_, value)) = end_slots.iter().find(|s| s.0 == slot) else {
                return Err(Abort::Mismatch(format!("slot {slot} is gone at the end of the loop")));
            };
            replay.set_slot(at, *value)?;
        }
    }
    let loop_at;
    if peel {
        loop_at = last;
        for at in 0..body_end {
            replay.inst(at, None)?;
        }
    } else {
        loop_at = entry + 1;
        for at in 0..entry {
            replay.inst(at, Some(link.snap()))?;
        }
    }
    phis(&mut replay, loop_at, link.snap())?;
    Ok(e.trace)
}

/// Adds a `PHI` for every value from before the loop that the loop uses and that changes. `link_snap` shows the slots at the
/// end of the recorded iteration.
fn phis(replay: &mut Replay, loop_at: usize, link_snap: SnapId) -> Result<(), Abort> {
    let mut needed = vec![false; loop_at];
    let mut work = Vec::new();
    let mut lists = Vec::new();
    let mut seen = loop_at;
    let mut boxes = Vec::new();
    replay.boxes = Some(Vec::new());
    let peeled = replay.source.entry_at() != Some(loop_at - 1);
    loop {
        // Boxing the right side of a `PHI` adds instructions, which may use more.
        while seen < replay.e.trace.insts.len() {
            let trace = &replay.e.trace;
            let inst = &trace.insts[seen];
            let snap = inst.snap();
            let mut mark = |r: Ref| {
                if r.is_inst() && r.index() < loop_at && !needed[r.index()] {
                    needed[r.index()] = true;
                    work.push(r);
                }
            };
            trace.operands(inst).for_each(&mut mark);
            if snap != SnapId::NONE {
                trace.snaps.values(snap).for_each(&mut mark);
            }
            seen += 1;
        }
        let Some(left) = work.pop() else { break };
        if matches!(replay.subs[left.index()], Sub::None) && matches!(replay.of_root(left), Sub::None) {
            // Without a header copy, what is computed in the loop is not carried over.
            continue;
        }
        let was_float = matches!(replay.of_root(left), Sub::Float { .. });
        let right = replay.value(left)?;
        if was_float {
            boxes.push(right);
        }
        if was_float && replay.e.facts.of(&replay.e.trace, left).immediate() {
            // The loop relies on the word owning nothing.
            let snap = if peeled { replay.copy_snapshot(link_snap) } else { replay.e.trace.snaps.copy_with(link_snap, |r| r) };
            for &b in &boxes {
                let snaps = &mut replay.e.trace.snaps;
                if snaps.values(snap).all(|r| r != b) {
                    snaps.drop_ref(b);
                }
            }
            boxes.pop();
            replay.e.emit(Inst::new(Op::GuardFloatWord, [right, Ref::NONE, Ref::raw(snap.0)]))?;
        }
        if right == left || planted(Bug::MissingPhi) && replay.e.trace.ty(left) == Ty::F {
            continue;
        }
        let (l, r) = (replay.e.trace.ty(left), replay.e.trace.ty(right));
        if l != r && !(l == Ty::V && r == Ty::P) {
            return Err(Abort::TypeInstability(format!("{left:?} is {l:?}, then {r:?}")));
        }
        if right.is_inst() && right.index() < loop_at && !needed[right.index()] {
            needed[right.index()] = true;
            work.push(right);
        }
        lists.push((left, right));
    }
    lists.sort();
    for (left, right) in lists {
        replay.e.trace.applied.count(Rule::Changes);
        let mut phi = Inst::new(Pseudo::Phi, [left, right, Ref::NONE]);
        phi.origin = 0;
        replay.e.append(phi);
    }
    Ok(())
}
