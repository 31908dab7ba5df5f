//! The checker: is a trace well formed, and does it treat references right?
//!
//! Debug builds run it between passes. It verifies that
//! - every operand and every value of a snapshot is defined before it is used, and has a type its user accepts;
//! - each reference the trace owns is given away exactly once on every path: at every snapshot the moved slots and
//!   drops of a value are exactly its count, at the back edge the counts are those at the loop's start, and nothing
//!   is left at the end;
//! - nothing is used after its last reference was dropped.
//!
//! Counting works on roots ([`Trace::root`]). A value that a guard has shown to be an int, a bool or NULL owns nothing
//! from there on, whatever its count was. What the checker cannot see is whether a borrowed value's owner still lives.

use super::snapshot::SnapId;
use super::{Code, Pseudo, Ref, Trace, Ty, flag};
use crate::helper::{HelperId, Helpers};
use std::collections::HashMap;
use weft_layout::op::{Effect, Kind, Op};
use weft_layout::tag;

/// What the trace owns at one point.
#[derive(Clone, Default)]
struct Owned {
    counts: HashMap<Ref, i32>,
    immediate: HashMap<Ref, ()>,
    dead: HashMap<Ref, usize>,
    /// Values that memory may own references to as well.
    escaped: HashMap<Ref, ()>,
}

impl Owned {
    fn count(&self, root: Ref) -> i32 {
        self.counts.get(&root).copied().unwrap_or(0)
    }
}

/// Checks a trace. The error names the instruction.
pub fn check(trace: &Trace, helpers: &Helpers) -> Result<(), String> {
    Checker { trace, helpers, owned: Owned::default(), at_loop: None, phis: Vec::new() }.run()
}

struct Checker<'a> {
    trace: &'a Trace,
    helpers: &'a Helpers,
    owned: Owned,
    at_loop: Option<Owned>,
    phis: Vec<(Ref, Ref)>,
}

impl Checker<'_> {
    fn run(mut self) -> Result<(), String> {
        for at in 0..self.trace.insts.len() {
            self.inst(at).map_err(|e| {
                let line = super::text::Printer::new(self.trace, self.helpers).inst(at);
                format!("{e}, at `{line}` (v{at})")
            })?;
        }
        if self.at_loop.is_some() {
            self.back_edge()?;
        }
        Ok(())
    }

    fn inst(&mut self, at: usize) -> Result<(), String> {
        let trace = self.trace;
        let inst = &trace.insts[at];
        if inst.is_nop() {
            return Ok(());
        }
        // A comparison of words, which folding may have moved behind the release of an operand, looks at no object.
        let compares = matches!(inst.op(), Some(Op::WordEq | Op::WordNe | Op::GuardIs | Op::GuardIsNot));
        for (i, r) in trace.operands(inst).enumerate() {
            if trace.is_virtual(r) && inst.code != Code::Pseudo(Pseudo::Assume) {
                return Err(format!("{r:?} is a virtual object"));
            }
            // The left side of a `PHI` is the previous iteration's value, which may have gone.
            if compares {
                self.known(r, at)?;
            } else if !(i == 0 && inst.code == Code::Pseudo(Pseudo::Phi)) {
                self.defined(r, at)?;
            }
            let ty = trace.ty(r);
            let accepts = match inst.code {
                Code::Op(op) => op.info().operands[i].accepts(ty.kind().ok_or("operand without a value")?),
                Code::Pseudo(Pseudo::Call) => {
                    let helper = self.helpers.get(HelperId(inst.a().bits() as u16));
                    let param = helper.param(i).ok_or("too many arguments")?;
                    param.ty == ty || param.ty == Ty::V && ty == Ty::P || param.ty == Ty::W && ty != Ty::F
                }
                Code::Pseudo(Pseudo::Assume | Pseudo::Own | Pseudo::Disown) => ty.counts(),
                Code::Pseudo(_) => true,
            };
            if !accepts {
                return Err(format!("operand {i} is a {ty:?}"));
            }
        }
        self.result_type(at)?;
        if inst.code.has_imm() && !inst.imm().is_none() && !inst.imm().is_const() {
            return Err("the op's constant is not one".into());
        }
        self.effects(at)
    }

    fn result_type(&self, at: usize) -> Result<(), String> {
        let inst = &self.trace.insts[at];
        let expected = match inst.code {
            Code::Op(op) => match op.info().result() {
                Some(Kind::G) if op.info().operands.is_empty() => return Ok(()),
                Some(Kind::G) => {
                    let last = self.trace.operands(inst).last().map_or(Ty::None, |r| self.trace.ty(r));
                    if last == Ty::P && inst.ty == Ty::V { Ty::V } else { last }
                }
                _ => inst.code.result().unwrap_or(Ty::None),
            },
            Code::Pseudo(Pseudo::Call) => match self.helpers.get(HelperId(inst.a().bits() as u16)).result {
                Ty::V if inst.ty == Ty::P => Ty::P,
                ty => ty,
            },
            _ => inst.code.result().unwrap_or(inst.ty),
        };
        if expected == inst.ty { Ok(()) } else { Err(format!("the result is a {expected:?}")) }
    }

    /// A value that there is, and that is alive if it is an object.
    fn defined(&self, r: Ref, at: usize) -> Result<(), String> {
        self.known(r, at)?;
        if r.is_inst()
            && let Some(when) = self.owned.dead.get(&self.trace.root(r))
        {
            return Err(format!("{r:?} is used after its last reference went at v{when}"));
        }
        Ok(())
    }

    fn known(&self, r: Ref, at: usize) -> Result<(), String> {
        if r.is_none() {
            return Err("a missing operand".into());
        }
        if r.is_const() {
            return if r.const_index() < self.trace.consts.len() { Ok(()) } else { Err(format!("no constant {r:?}")) };
        }
        if r.index() >= at {
            return Err(format!("{r:?} is used before it is defined"));
        }
        if self.trace.inst(r).ty == Ty::None {
            return Err(format!("{r:?} has no value"));
        }
        Ok(())
    }

    fn counts(&self, root: Ref) -> bool {
        !self.trace.is_immediate(root) && !self.owned.immediate.contains_key(&root)
    }

    fn gain(&mut self, r: Ref) {
        let root = self.trace.root(r);
        if self.counts(root) {
            *self.owned.counts.entry(root).or_default() += 1;
        }
    }

    fn lose(&mut self, r: Ref, what: &str) -> Result<(), String> {
        let root = self.trace.root(r);
        if self.counts(root) {
            let n = self.owned.counts.entry(root).or_default();
            if *n == 0 {
                return Err(format!("{what} {r:?}, of which the trace owns no reference"));
            }
            *n -= 1;
            if what != "drops" {
                self.owned.escaped.insert(root, ());
            }
        }
        Ok(())
    }

    /// Whether the trace had all references to a value that there were, as far as it can be seen: nothing else keeps it.
    fn had_all(&self, root: Ref) -> bool {
        if self.owned.escaped.contains_key(&root) || !root.is_inst() {
            return false;
        }
        let inst = self.trace.inst(root);
        let new = match inst.code {
            Code::Op(op) => op == Op::LoadSlot || op.info().effect == Effect::Alloc,
            Code::Pseudo(Pseudo::Call) => self.helpers.get(HelperId(inst.a().bits() as u16)).owned,
            Code::Pseudo(p) => p == Pseudo::Inherit,
        };
        new && inst.flags & flag::BORROWED == 0
    }

    fn forget(&mut self, r: Ref) {
        let root = self.trace.root(r);
        self.owned.counts.remove(&root);
        self.owned.immediate.insert(root, ());
    }

    fn effects(&mut self, at: usize) -> Result<(), String> {
        let trace = self.trace;
        let inst = &trace.insts[at];
        let snap = inst.snap();
        match inst.code {
            Code::Op(op) => {
                let releases = matches!(op, Op::Decref | Op::DecrefNullable | Op::DecrefPtr | Op::DecrefNotLast);
                if op.info().exits && !releases {
                    self.snapshot(snap, at)?;
                }
                match op {
                    Op::Incref | Op::IncrefNullable | Op::IncrefPtr => self.gain(inst.a()),
                    _ if releases => {
                        self.lose(inst.a(), "drops")?;
                        let root = trace.root(inst.a());
                        if self.counts(root) && self.owned.count(root) == 0 && self.had_all(root) {
                            if op == Op::DecrefNotLast {
                                return Err("the trace's last reference goes as if it were not".into());
                            }
                            self.owned.dead.insert(root, at);
                        }
                        if op.info().exits {
                            self.snapshot(snap, at)?;
                        }
                    }
                    Op::GuardInt | Op::GuardFloatWord | Op::GuardBool | Op::GuardIsInt | Op::UnboxInt | Op::UnboxBool | Op::GuardNull => {
                        self.forget(inst.a())
                    }
                    Op::GuardIs => {
                        for (x, y) in [(inst.a(), inst.b()), (inst.b(), inst.a())] {
                            if trace.constant(x).is_some_and(|c| c.ty.counts() && !tag::is_ptr(c.bits)) {
                                self.forget(y);
                            }
                        }
                    }
                    Op::LoadSlot if inst.flags & flag::BORROWED == 0 => self.gain(Ref::inst(at)),
                    _ if op.info().effect == Effect::Alloc => self.gain(Ref::inst(at)),
                    _ if op.info().effect == Effect::Store => {
                        let stored = trace.operands(inst).last();
                        if let Some(r) = stored
                            && trace.ty(r).counts()
                            && op.info().operands.last() == Some(&Kind::G)
                        {
                            self.lose(r, "stores")?;
                        }
                    }
                    Op::Exit | Op::JumpWord | Op::JumpReturn => self.end(snap)?,
                    _ => {}
                }
            }
            Code::Pseudo(Pseudo::Inherit) => {
                if inst.flags & flag::BORROWED == 0 && inst.ty.counts() {
                    self.gain(Ref::inst(at));
                }
            }
            Code::Pseudo(Pseudo::Own) => self.gain(inst.a()),
            Code::Pseudo(Pseudo::Disown) => self.lose(inst.a(), "disowns")?,
            Code::Pseudo(Pseudo::Call) => {
                let helper = self.helpers.get(HelperId(inst.a().bits() as u16));
                let args: Vec<Ref> = trace.operands(inst).collect();
                if args.len() < helper.params.len() || args.len() > helper.params.len() && helper.array.is_none() {
                    return Err(format!("{} arguments, not {}", helper.params.len(), args.len()));
                }
                for (i, &r) in args.iter().enumerate() {
                    if helper.param(i).is_some_and(|p| p.consumed) {
                        self.lose(r, "consumes")?;
                    }
                }
                if snap != SnapId::NONE {
                    self.snapshot(snap, at)?;
                }
                if helper.owned && inst.ty.counts() {
                    self.gain(Ref::inst(at));
                }
            }
            Code::Pseudo(Pseudo::Entry) => self.snapshot(snap, at)?,
            Code::Pseudo(Pseudo::Loop) => self.at_loop = Some(self.owned.clone()),
            Code::Pseudo(Pseudo::Phi) => {
                let (left, right) = (self.trace.ty(inst.a()), self.trace.ty(inst.b()));
                if left != right && !(left == Ty::V && right == Ty::P) {
                    return Err("the two sides differ in type".into());
                }
                self.phis.push((inst.a(), inst.b()));
            }
            Code::Pseudo(Pseudo::Link) => {
                self.snapshot(snap, at)?;
                self.end(snap)?;
            }
            Code::Pseudo(_) => {}
        }
        Ok(())
    }

    /// At a snapshot, exactly what is owned is handed over.
    fn snapshot(&mut self, id: SnapId, at: usize) -> Result<(), String> {
        if id == SnapId::NONE {
            return Err("no snapshot".into());
        }
        let snaps = &self.trace.snaps;
        let mut given: HashMap<Ref, i32> = HashMap::new();
        for r in snaps.values(id) {
            self.defined(r, at).map_err(|e| format!("s{}: {e}", id.0))?;
        }
        let moved = snaps.all_slots(id).filter(|e| e.moved && !e.value.is_none()).map(|e| e.value);
        for r in moved.chain(snaps.drops(id).iter().copied()) {
            let root = self.trace.root(r);
            if self.counts(root) {
                *given.entry(root).or_default() += 1;
            }
        }
        for (&root, &n) in &self.owned.counts {
            let g = given.remove(&root).unwrap_or(0);
            if g != n {
                return Err(format!("s{} hands over {g} references to {root:?}, the trace owns {n}", id.0));
            }
        }
        match given.into_iter().next() {
            Some((root, g)) => Err(format!("s{} hands over {g} references to {root:?}, the trace owns none", id.0)),
            None => Ok(()),
        }
    }

    /// After an op that always leaves, nothing is left to own.
    fn end(&mut self, _: SnapId) -> Result<(), String> {
        self.owned = Owned::default();
        Ok(())
    }

    /// At the back edge, what is owned is what was owned at the loop's start.
    fn back_edge(&mut self) -> Result<(), String> {
        let start = self.at_loop.take().expect("a loop");
        let mut expected: HashMap<Ref, i32> = HashMap::new();
        for (&root, &n) in &start.counts {
            let mut carried = false;
            for &(l, r) in &self.phis {
                if self.trace.root(l) == root && !carried {
                    carried = true;
                    let right = self.trace.root(r);
                    if self.counts(right) {
                        *expected.entry(right).or_default() += n;
                    }
                }
            }
            if !carried && self.counts(root) {
                *expected.entry(root).or_default() += n;
            }
        }
        for &(l, r) in &self.phis {
            let left = self.trace.root(l);
            let left_immediate = self.trace.is_immediate(left) || start.immediate.contains_key(&left);
            if left.is_inst() && left_immediate && self.trace.ty(r).counts() && self.counts(self.trace.root(r)) {
                return Err(format!("PHI {l:?}, {r:?}: the left side is known to own nothing, the right is not"));
            }
        }
        for (&root, &n) in &self.owned.counts {
            let e = expected.remove(&root).unwrap_or(0);
            if e != n && self.counts(root) {
                return Err(format!("at the back edge the trace owns {n} references to {root:?}, not {e}"));
            }
        }
        match expected.into_iter().find(|e| e.1 != 0) {
            Some((root, e)) => Err(format!("at the back edge the trace owns no reference to {root:?}, not {e}")),
            None => Ok(()),
        }
    }
}
