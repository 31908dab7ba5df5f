//! Common subexpressions: an op without side effects that was computed before is not computed again.
//!
//! ```text
//! v3.I = int_add v1, v2 !s0              v3.I = int_add v1, v2 !s0
//! v4.I = int_add v1, v2 !s1      →       v5.I = int_mul v3, v3 !s1
//! v5.I = int_mul v3, v4 !s1
//! ```
//!
//! Invariants:
//! - Instructions of one op are linked, newest first, so a search sees only those, and stops at the newest operand:
//!   nothing older can use it.
//! - A guard equals an older one whatever its snapshot: if the older one passed, so does this one.
//! - Ops that read memory are not found here but in [`super::forward`].
//! - A value from before the loop may stand for one inside it. That hoists invariants, and where the value changes
//!   from one iteration to the next, [`super::peel`] makes it a `PHI`.

use super::emit::{Emitter, Simpler};
use crate::helper::Does;
use crate::ir::{Code, Inst, Pseudo, Ref, Trace};
use weft_layout::op::{Effect, Op};

const END: u32 = u32::MAX;

/// For each op the position of its newest instruction; for each instruction the one before of the same op.
pub struct Chains {
    newest: [u32; Code::COUNT],
    previous: Vec<u32>,
}

impl Default for Chains {
    fn default() -> Self {
        Chains { newest: [END; Code::COUNT], previous: Vec::new() }
    }
}

impl Chains {
    /// The positions of an op's instructions, newest first.
    pub fn of(&self, code: Code) -> impl Iterator<Item = usize> {
        let mut at = self.newest[code.number()];
        std::iter::from_fn(move || {
            (at != END).then(|| {
                let here = at as usize;
                at = self.previous[here];
                here
            })
        })
    }
}

/// Links the instruction at a position into its op's chain.
pub fn note(e: &mut Emitter, at: usize) {
    let newest = &mut e.cse.newest[e.trace.insts[at].code.number()];
    e.cse.previous.resize(at, END);
    e.cse.previous.push(*newest);
    *newest = at as u32;
}

/// Whether equal instructions have equal results wherever they are.
fn mergeable(e: &Emitter, inst: &Inst) -> bool {
    match inst.code {
        Code::Op(Op::GuardShape | Op::GuardShapePtr) => false,
        Code::Op(op) => matches!(op.info().effect, Effect::Pure | Effect::Guard),
        Code::Pseudo(Pseudo::Call) => e.does(inst) == Does::Nothing,
        Code::Pseudo(p) => p == Pseudo::Assume,
    }
}

fn same(trace: &Trace, x: &Inst, y: &Inst) -> bool {
    if x.ty != y.ty || x.disp != y.disp {
        return false;
    }
    if x.code == Code::Pseudo(Pseudo::Call) {
        return x.a() == y.a() && trace.args.get(x.b().bits()) == trace.args.get(y.b().bits());
    }
    let n = x.code.values() + x.code.has_imm() as usize;
    x.args[..n] == y.args[..n]
}

/// Finds an older instruction that computes the same.
pub fn find(e: &mut Emitter, inst: &Inst) -> Simpler {
    if !mergeable(e, inst) {
        return Simpler::No;
    }
    let newest_operand = e.trace.operands(inst).filter(|r| r.is_inst()).map(|r| r.index() + 1).max().unwrap_or(0);
    for at in e.cse.of(inst.code) {
        if at + 1 < newest_operand {
            break;
        }
        let old = &e.trace.insts[at];
        if same(&e.trace, old, inst) {
            return match old.ty {
                crate::ir::Ty::None => Simpler::Gone,
                _ => Simpler::Value(Ref::inst(at)),
            };
        }
    }
    Simpler::No
}
