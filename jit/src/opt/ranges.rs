//! Between which bounds ints lie: what cannot overflow is not checked for it, and comparisons that always hold go.
//!
//! ```text
//! guard_int_lt v0, v9 !s0              guard_int_lt v0, v9 !s0
//! v1.I = int_and v8, I:255        →    v1.I = int_and v8, I:255
//! v2.I = int_add v0, I:1 !s1           v2.I = int_add_unchecked v0, I:1
//! guard_int_lt v1, I:256 !s2
//! ```
//!
//! An exit less is a snapshot less, and what only that snapshot showed can go.
//!
//! Invariants:
//! - What a guard says of its operands holds from there to the end of the trace.
//! - A `PHI`'s left side is another value after `LOOP`: there it lies between the bounds of both its sides. The right
//!   side's come from a first walk in which nothing is known of what is carried around; what a loop only counts up (or
//!   down) never falls below (or rises above) where it began.
//! - `guard_ult` of two `I` is a bounds check: the second is a length.

use super::applied::Rule;
use crate::ir::{Code, Inst, Pseudo, Ref, Trace, Ty};
use weft_layout::op::Op;
use weft_layout::tag::{INT_MAX, INT_MIN};

/// More items than this no container has.
const MAX_LEN: i64 = 1 << 48;
/// So many additions lie between a counter and its next value at most.
const MAX_STEPS: usize = 8;

/// Bounds, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Range {
    low: i64,
    high: i64,
}

const ANY: Range = Range { low: INT_MIN, high: INT_MAX };

impl Range {
    fn new(low: i64, high: i64) -> Range {
        Range { low, high }
    }

    /// The bounds of a result that exits, or is known to, where it would not be an int.
    fn clipped(low: i128, high: i128) -> Range {
        let clip = |x: i128| x.clamp(INT_MIN as i128, INT_MAX as i128) as i64;
        Range::new(clip(low), clip(high))
    }

    fn union(self, other: Range) -> Range {
        Range::new(self.low.min(other.low), self.high.max(other.high))
    }

    /// What is in both. Of code that never runs nothing more is learnt.
    fn meet(self, other: Range) -> Range {
        let both = Range::new(self.low.max(other.low), self.high.min(other.high));
        if both.low <= both.high { both } else { self }
    }

    fn is_natural(self) -> bool {
        self.low >= 0
    }
}

struct Pass<'a> {
    trace: &'a Trace,
    /// By the root's position.
    known: Vec<Range>,
}

/// Takes checks away.
pub fn ranges(trace: &mut Trace) {
    let phis: Vec<(Ref, Ref)> =
        trace.insts.iter().filter(|i| i.code == Code::Pseudo(Pseudo::Phi) && trace.ty(i.a()) == Ty::I).map(|i| (i.a(), i.b())).collect();
    let mut carried = vec![ANY; phis.len()];
    if !phis.is_empty() {
        let mut p = Pass::new(trace);
        let before = p.walk(&phis, &carried, |_, _| ());
        for ((bounds, &(left, right)), before) in carried.iter_mut().zip(&phis).zip(before) {
            *bounds = before.union(p.of(right)).meet(p.counted(left, right, before));
        }
    }
    let mut changes: Vec<(usize, Option<Op>)> = Vec::new();
    Pass::new(trace).walk(&phis, &carried, |at, change| changes.push((at, change)));
    for (at, unchecked) in changes {
        trace.applied.count(if unchecked.is_some() { Rule::CheckNotNeeded } else { Rule::ComparisonDecided });
        let inst = &mut trace.insts[at];
        match unchecked {
            Some(op) => {
                inst.code = Code::Op(op);
                inst.args[2] = Ref::NONE;
            }
            None => inst.delete(),
        }
    }
}

impl<'a> Pass<'a> {
    fn new(trace: &'a Trace) -> Pass<'a> {
        Pass { trace, known: vec![ANY; trace.insts.len()] }
    }

    fn of(&self, r: Ref) -> Range {
        if let Some(c) = self.trace.constant(r) {
            let i = c.bits as i64 >> 1;
            return Range::new(i, i);
        }
        self.known[self.trace.root(r).index()]
    }

    fn learn(&mut self, r: Ref, bounds: Range) {
        if r.is_inst() {
            let known = &mut self.known[self.trace.root(r).index()];
            *known = known.meet(bounds);
        }
    }

    /// Goes through the trace, with `carried` as the bounds of the left sides of the `PHI`s in the loop. Calls `change` with the
    /// position of each instruction that can be another op, or go. Returns the bounds the left sides had before.
    fn walk(&mut self, phis: &[(Ref, Ref)], carried: &[Range], mut change: impl FnMut(usize, Option<Op>)) -> Vec<Range> {
        let mut before = Vec::new();
        for at in 0..self.trace.insts.len() {
            let inst = self.trace.insts[at];
            match inst.code {
                Code::Pseudo(Pseudo::Loop) => {
                    before = phis.iter().map(|p| self.of(p.0)).collect();
                    for (&(left, _), &bounds) in phis.iter().zip(carried) {
                        self.known[self.trace.root(left).index()] = bounds;
                    }
                }
                Code::Op(op) if self.guard(&inst, op) => change(at, None),
                Code::Op(op) if inst.ty == Ty::I => {
                    let (bounds, unchecked) = self.result(&inst, op);
                    self.known[at] = bounds;
                    if unchecked.is_some() {
                        change(at, unchecked);
                    }
                }
                _ => {}
            }
        }
        before
    }

    /// Learns what a guard says. Whether it always holds.
    fn guard(&mut self, inst: &Inst, op: Op) -> bool {
        let (low, high) = match op {
            Op::GuardIntLt | Op::GuardIntLe => (inst.a(), inst.b()),
            Op::GuardIntGt | Op::GuardIntGe => (inst.b(), inst.a()),
            Op::GuardIntEq => {
                let both = self.of(inst.a()).meet(self.of(inst.b()));
                self.learn(inst.a(), both);
                self.learn(inst.b(), both);
                return false;
            }
            Op::GuardUlt if self.trace.ty(inst.a()) == Ty::I && self.trace.ty(inst.b()) == Ty::I => {
                self.learn(inst.b(), Range::new(1, MAX_LEN));
                let len = self.of(inst.b());
                self.learn(inst.a(), Range::new(0, len.high - 1));
                return false;
            }
            _ => return false,
        };
        let apart = matches!(op, Op::GuardIntLt | Op::GuardIntGt) as i64;
        let (l, h) = (self.of(low), self.of(high));
        if l.high <= h.low - apart {
            return true;
        }
        self.learn(low, Range::new(INT_MIN, h.high - apart));
        self.learn(high, Range::new(l.low + apart, INT_MAX));
        false
    }

    /// The bounds of an op's result, and the op it can be instead.
    fn result(&self, inst: &Inst, op: Op) -> (Range, Option<Op>) {
        let values = inst.code.values();
        let operand = |i: usize| if i < values && self.trace.ty(inst.args[i]) == Ty::I { self.of(inst.args[i]) } else { ANY };
        let (a, b) = (operand(0), operand(1));
        let wide = |x: i64| x as i128;
        let (low, high, unchecked) = match op {
            Op::IntAdd | Op::IntAddUnchecked => (wide(a.low) + wide(b.low), wide(a.high) + wide(b.high), Op::IntAddUnchecked),
            Op::IntSub | Op::IntSubUnchecked => (wide(a.low) - wide(b.high), wide(a.high) - wide(b.low), Op::IntSubUnchecked),
            Op::IntNeg | Op::IntNegUnchecked => (-wide(a.high), -wide(a.low), Op::IntNegUnchecked),
            Op::IntMul | Op::IntMulUnchecked => {
                let corners = [(a.low, b.low), (a.low, b.high), (a.high, b.low), (a.high, b.high)].map(|(x, y)| wide(x) * wide(y));
                let (low, high) = corners.into_iter().fold((i128::MAX, i128::MIN), |(l, h), x| (l.min(x), h.max(x)));
                (low, high, Op::IntMulUnchecked)
            }
            _ => return (self.unchecked_result(inst, op, a, b), None),
        };
        let fits = low >= wide(INT_MIN) && high <= wide(INT_MAX);
        (Range::clipped(low, high), (fits && op != unchecked).then_some(unchecked))
    }

    fn unchecked_result(&self, inst: &Inst, op: Op, a: Range, b: Range) -> Range {
        // All bits up to the highest one.
        let filled = |x: i64| if x <= 0 { 0 } else { i64::MAX >> (x.leading_zeros() - 1) };
        match op {
            Op::IntAnd if a.is_natural() || b.is_natural() => {
                let natural = [a, b].into_iter().filter(|r| r.is_natural());
                Range::new(0, natural.map(|r| r.high).min().unwrap_or(INT_MAX))
            }
            Op::IntOr | Op::IntXor if a.is_natural() && b.is_natural() => Range::new(0, filled(a.high | b.high)),
            Op::IntInvert => Range::new(-1 - a.high, -1 - a.low),
            Op::IntAbs => Range::clipped(0, (a.low as i128).abs().max((a.high as i128).abs())),
            Op::IntShrConst => match self.trace.constant(inst.imm()) {
                Some(count) => Range::new(a.low >> (count.bits & 63), a.high >> (count.bits & 63)),
                None => ANY,
            },
            Op::IntShr => Range::new(a.low.min(0), a.high.max(-1)),
            Op::IntMod if b.low > 0 => Range::new(0, b.high - 1),
            Op::IntFloorDiv if b.low > 0 => Range::new(a.low.min(0), a.high.max(0)),
            Op::IntOfBool => Range::new(0, 1),
            Op::IntOfWord | Op::IntOfWordUnchecked if inst.a().is_inst() => self.loaded(inst.a()),
            _ => ANY,
        }
    }

    /// The bounds of a word, by how it was loaded.
    fn loaded(&self, word: Ref) -> Range {
        let root = self.trace.root(word);
        if root.is_const() {
            return ANY;
        }
        match self.trace.inst(root).op() {
            Some(Op::LoadU8 | Op::LoadU8At) => Range::new(0, u8::MAX as i64),
            Some(Op::LoadU16At) => Range::new(0, u16::MAX as i64),
            Some(Op::LoadU32 | Op::LoadU32At) => Range::new(0, u32::MAX as i64),
            Some(Op::LoadI32At) => Range::new(i32::MIN as i64, i32::MAX as i64),
            _ => ANY,
        }
    }

    /// The bounds of a value that each iteration only adds to, or only takes from.
    fn counted(&self, left: Ref, right: Ref, before: Range) -> Range {
        let left = self.trace.root(left);
        let mut at = self.trace.root(right);
        let (mut low, mut high) = (0, 0);
        for _ in 0..MAX_STEPS {
            if at == left {
                return match (low, high) {
                    (0.., _) => Range::new(before.low, INT_MAX),
                    (_, ..=0) => Range::new(INT_MIN, before.high),
                    _ => ANY,
                };
            }
            let inst = if at.is_inst() { *self.trace.inst(at) } else { return ANY };
            if !matches!(inst.op(), Some(Op::IntAdd | Op::IntAddUnchecked)) {
                return ANY;
            }
            let step = self.of(inst.b());
            (low, high) = (step.low.min(low), step.high.max(high));
            at = self.trace.root(inst.a());
        }
        ANY
    }
}
