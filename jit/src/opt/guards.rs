//! Guard elimination and strengthening: what earlier guards have established is not tested again, and makes other
//! ops cheaper.
//!
//! ```text
//! v2.I = guard_int v1 !s0                v2.I = guard_int v1 !s0
//! v3.V = guard_nonnull v1 !s1            decref_ptr v5 !s3
//! incref v1                        →
//! v5.P = guard_shape v4, W:7 !s2         (v4 was seen with shape 7)
//! decref v5 !s3
//! ```
//!
//! Invariants:
//! - A fact is learnt from an instruction of the trace only, so that the second copy of a loop body, whose values
//!   are others, contains the instruction that establishes it for them.
//! - A guard that contradicts a fact fails always; that is an error ([`Simpler::Fails`]), not an exit, because what
//!   follows was recorded under the guard.
//! - Facts about shapes end where the shape may change: at calls that may run Python code, at helpers that write
//!   [`Alias::Any`], and at stores to a shape word. Shapes that objects keep for life never end.

use super::emit::{Emitter, Simpler};
use super::facts::{self, Known};
use crate::helper::{Does, writes};
use crate::ir::{Alias, Code, Inst, Pseudo, Ref, Ty};
use crate::planted::{Bug, planted};
use weft_layout::header::SHAPE_OFFSET;
use weft_layout::op::Op;

/// What is left of a guard or a reference count, given what is known.
pub fn guards(e: &mut Emitter, inst: &Inst) -> Simpler {
    let Some(op) = inst.op() else {
        return assume(e, inst);
    };
    if op.info().operands.is_empty() || !e.trace.ty(inst.a()).counts() {
        return Simpler::No;
    }
    let a = inst.a();
    let k = e.facts.of(&e.trace, a);
    let with = |op: Op, r: Ref| {
        let mut i = Inst::new(op, [r, inst.args[1], inst.args[2]]);
        if !op.info().exits {
            i.args = [r, Ref::NONE, Ref::NONE];
        }
        Simpler::Inst(i)
    };
    let decide = |yes: bool, no: bool, then: Simpler| {
        if yes {
            then
        } else if no {
            Simpler::Fails
        } else {
            Simpler::No
        }
    };
    let small = Known::INT | Known::BOOL | Known::SINGLETON;
    match op {
        Op::GuardInt => decide(k.any(Known::INT), k.any(Known::NOT_INT | Known::NULL), with(Op::UnboxInt, a)),
        Op::GuardFloat => decide(k.any(Known::FLOAT), k.any(small | Known::NULL), with(Op::UnboxFloat, a)),
        Op::GuardFloatWord => {
            let here = k.has(Known::FLOAT | Known::SINGLETON);
            let other = Known::INT | Known::BOOL | Known::NULL;
            decide(here, k.any(other), with(Op::UnboxFloat, a))
        }
        Op::GuardBool => {
            let other = Known::INT | Known::FLOAT | Known::SINGLETON | Known::PTR;
            decide(k.any(Known::BOOL), k.any(other), with(Op::UnboxBool, a))
        }
        Op::GuardIsInt => decide(k.any(Known::INT), k.any(Known::NOT_INT), Simpler::Value(a)),
        Op::GuardNonNull => decide(k.any(Known::NOT_NULL), k.any(Known::NULL), Simpler::Value(a)),
        Op::GuardNull => decide(k.any(Known::NULL), k.any(Known::NOT_NULL), Simpler::Gone),
        Op::GuardShape | Op::GuardShapePtr => {
            let wanted = e.trace.constant(inst.imm()).map(|c| c.bits as u32);
            match e.facts.shape(&e.trace, a) {
                Some((shape, pointer)) => decide(Some(shape) == wanted, true, Simpler::Value(pointer)),
                None if k.any(small | Known::NULL) => Simpler::Fails,
                None if op == Op::GuardShape && e.trace.ty(a) == Ty::P && k.any(Known::NOT_NULL) => with(Op::GuardShapePtr, a),
                None => Simpler::No,
            }
        }
        Op::GuardIs => {
            let word = e.trace.constant(inst.b()).filter(|c| c.ty.counts()).map(|c| facts::of_word(c.bits));
            let differs = word.is_some_and(|c| {
                let other = |bit: u8| k.any(bit) && !c.any(bit);
                other(Known::INT)
                    || other(Known::BOOL)
                    || other(Known::PTR)
                    || other(Known::NULL)
                    || other(Known::NOT_NULL)
                    || other(Known::NOT_INT)
                    || other(Known::FLOAT) && !c.any(Known::PTR)
            });
            decide(false, differs, Simpler::No)
        }
        Op::Incref | Op::IncrefNullable | Op::Decref | Op::DecrefNullable | Op::IncrefPtr | Op::DecrefPtr => {
            let pointer = match e.facts.shape(&e.trace, a) {
                Some((_, p)) => Some(p),
                None => (e.trace.ty(a) == Ty::P && k.any(Known::NOT_NULL)).then_some(a),
            };
            match (op, pointer) {
                _ if k.immediate() => Simpler::Gone,
                (Op::Incref | Op::IncrefNullable, Some(p)) => with(Op::IncrefPtr, p),
                (Op::Decref | Op::DecrefNullable, Some(p)) => with(Op::DecrefPtr, p),
                (Op::IncrefNullable, _) if k.any(Known::NOT_NULL) => with(Op::Incref, a),
                (Op::DecrefNullable, _) if k.any(Known::NOT_NULL) => with(Op::Decref, a),
                _ => Simpler::No,
            }
        }
        _ => Simpler::No,
    }
}

/// An assumption that is a fact already.
fn assume(e: &Emitter, inst: &Inst) -> Simpler {
    if inst.code != Code::Pseudo(Pseudo::Assume) {
        return Simpler::No;
    }
    let k = e.facts.of(&e.trace, inst.a());
    match (e.trace.constant(inst.b()), e.facts.shape(&e.trace, inst.a())) {
        (Some(c), Some((shape, pointer))) if c.bits as u32 == shape => Simpler::Value(pointer),
        (None, Some((_, pointer))) => Simpler::Value(pointer),
        (None, None) if e.trace.ty(inst.a()) == Ty::P && k.any(Known::NOT_NULL) => Simpler::Value(inst.a()),
        _ => Simpler::No,
    }
}

/// Learns from the instruction at a position, and forgets what it may have changed.
pub fn note(e: &mut Emitter, at: usize) {
    let inst = e.trace.insts[at];
    let mut learn = |bits: u8| e.facts.learn(&e.trace, inst.a(), bits);
    let float = Known::FLOAT | Known::NOT_NULL | Known::NOT_INT;
    let bool = Known::BOOL | Known::NOT_NULL | Known::NOT_INT;
    let object = Known::PTR | Known::NOT_NULL | Known::NOT_INT;
    match inst.code {
        Code::Op(Op::GuardInt | Op::GuardIsInt | Op::UnboxInt) => learn(Known::INT | Known::NOT_NULL),
        Code::Op(Op::GuardFloat | Op::UnboxFloat) => learn(float),
        Code::Op(Op::GuardFloatWord) => learn(float | Known::SINGLETON),
        Code::Op(Op::GuardBool | Op::UnboxBool) => learn(bool),
        Code::Op(Op::GuardNull) => learn(Known::NULL | Known::NOT_INT),
        Code::Op(Op::GuardNonNull) => learn(Known::NOT_NULL),
        Code::Op(Op::GuardShape | Op::GuardShapePtr) => {
            learn(object);
            let shape = e.trace.constant(inst.imm()).map_or(0, |c| c.bits as u32);
            e.facts.learn_shape(&e.trace, inst.a(), shape, Ref::inst(at));
        }
        Code::Op(Op::GuardIs) => {
            for (x, y) in [(inst.a(), inst.b()), (inst.b(), inst.a())] {
                if let Some(c) = e.trace.constant(x)
                    && c.ty.counts()
                    && e.trace.ty(y).counts()
                {
                    e.facts.learn(&e.trace, y, facts::of_word(c.bits).0);
                }
            }
        }
        Code::Op(Op::StoreU32) if inst.disp as usize == SHAPE_OFFSET && inst.alias() == Alias::Field => {
            let old = e.facts.shape(&e.trace, inst.a()).map(|s| s.0);
            let fixed = e.env.shape_is_fixed;
            e.facts.forget_shapes(|shape| fixed(shape) || old.is_some_and(|old| old != shape));
            if let Some(c) = e.trace.constant(inst.b()) {
                e.facts.learn_shape(&e.trace, inst.a(), c.bits as u32, inst.a());
            }
        }
        Code::Pseudo(Pseudo::Assume) => {
            learn(object);
            if let Some(c) = e.trace.constant(inst.b()) {
                e.facts.learn_shape(&e.trace, inst.a(), c.bits as u32, Ref::inst(at));
            }
        }
        Code::Pseudo(Pseudo::Call) => {
            let changes = match e.does(&inst) {
                Does::RunsPython => !planted(Bug::StaleShape),
                Does::Writes(mask) | Does::WritesFirst(mask) => mask & writes(Alias::Any) != 0,
                Does::Nothing | Does::Reads => false,
            };
            if changes {
                let fixed = e.env.shape_is_fixed;
                e.facts.forget_shapes(fixed);
            }
        }
        _ => {}
    }
}
