//! Load and store forwarding: a load takes the value that an earlier store or load of the same place had.
//!
//! ```text
//! store_word v1, v2 +16                  store_word v1, v2 +16
//! v3.V = load_value v1 +16         →     v4.W = load_word v5 +16
//! v4.W = load_word v5 +16                guard_mem_u32 v6, W:3 +4 !s0
//! v7.W = load_word v5 +16
//! guard_mem_u32 v6, W:3 +4 !s0
//! guard_mem_u32 v6, W:3 +4 !s1
//! ```
//!
//! Invariants:
//! - The search goes back over loads, stores and calls and ends at the first that may have changed the place. Two
//!   accesses are of different places if their [`Alias`] classes differ, or their offsets from one base or index, or
//!   their offsets in two heap objects, or if the objects have different shapes, or one is new and the other's address older.
//! - A decref changes nothing a trace knows: when releasing the object ran Python code, the trace has left.
//! - A forwarded value is borrowed like the loaded one; it lives as long as the container keeps it.
//! - A load or store of the first iteration may stand for one of the second; see [`super::peel`].

use super::applied::Rule;
use super::emit::{Emitter, Simpler};
use crate::helper::{Does, writes};
use crate::ir::{Alias, Code, Inst, Pseudo, Ref, Trace, Ty};
use crate::planted::{Bug, planted};
use weft_layout::op::{Disp, Effect, Imm, Kind, Op};

/// How far back a search goes, in memory ops.
const LIMIT: usize = 128;

/// The positions of the memory ops so far.
#[derive(Default)]
pub struct Memory {
    ops: Vec<u32>,
}

/// A place in memory.
struct Place {
    base: Ref,
    is_object: bool,
    disp: i64,
    size: i64,
    /// The index without its constant part, if there is an index.
    index: Option<Ref>,
    /// The constant part of the index, in elements.
    offset: i64,
    class: Alias,
}

/// A value as another value plus a constant, for indexes: sums of sums are looked through.
fn split(trace: &Trace, mut r: Ref) -> (Ref, i64) {
    let mut sum = 0;
    for _ in 0..4 {
        let (inner, c) = split_once(trace, r);
        sum += c;
        if inner == r || inner.is_none() {
            return (inner, sum);
        }
        r = inner;
    }
    (r, sum)
}

fn split_once(trace: &Trace, r: Ref) -> (Ref, i64) {
    let plain = |r: Ref| match trace.constant(r) {
        Some(c) if c.ty == Ty::I => Some(c.bits as i64 >> 1),
        Some(c) if c.ty == Ty::W => Some(c.bits as i64),
        _ => None,
    };
    if let Some(c) = plain(r) {
        return (Ref::NONE, c);
    }
    if r.is_inst() {
        let inst = trace.inst(r);
        let c = || plain(inst.b()).filter(|c| c.unsigned_abs() < 1 << 40);
        match inst.op() {
            Some(Op::IntAdd | Op::IntAddUnchecked | Op::WordAdd) => {
                if let Some(c) = c() {
                    return (inst.a(), c);
                }
            }
            Some(Op::IntSub | Op::IntSubUnchecked | Op::WordSub) => {
                if let Some(c) = c() {
                    return (inst.a(), -c);
                }
            }
            _ => {}
        }
    }
    (r, 0)
}

fn place(trace: &Trace, inst: &Inst) -> Option<Place> {
    let info = inst.op()?.info();
    let Disp::Bytes(size) = info.disp else {
        return None;
    };
    let indexed = info.operands.len() >= 2 && matches!(info.operands[1], Kind::I | Kind::W);
    let (index, offset) = if indexed { split(trace, inst.b()) } else { (Ref::NONE, 0) };
    Some(Place {
        base: trace.root(inst.a()),
        is_object: trace.ty(inst.a()) == Ty::P,
        disp: inst.disp as i64,
        size: size as i64,
        index: indexed.then_some(index),
        offset,
        class: inst.alias(),
    })
}

#[derive(PartialEq, Eq, Debug)]
enum Overlap {
    Never,
    Maybe,
    Same,
}

fn overlap(e: &Emitter, x: &Place, y: &Place) -> Overlap {
    let apart = |a: i64, an: i64, b: i64, bn: i64| a + an <= b || b + bn <= a;
    if x.class != y.class && x.class != Alias::Any && y.class != Alias::Any {
        return Overlap::Never;
    }
    let same_index = x.index == y.index;
    if x.base == y.base && same_index {
        let at = |p: &Place| p.disp + p.offset * p.size;
        if at(x) == at(y) && x.size == y.size {
            return Overlap::Same;
        }
        return if apart(at(x), x.size, at(y), y.size) { Overlap::Never } else { Overlap::Maybe };
    }
    if is_new(&e.trace, x.base, y.base) || is_new(&e.trace, y.base, x.base) {
        return Overlap::Never;
    }
    let plain = x.index.is_none() && y.index.is_none();
    if plain && x.is_object && y.is_object && apart(x.disp, x.size, y.disp, y.size) {
        return Overlap::Never;
    }
    if x.is_object && y.is_object && x.base != y.base {
        let shape = |p: &Place| e.facts.shape(&e.trace, p.base).map(|s| s.0);
        if let (Some(s), Some(t)) = (shape(x), shape(y))
            && s != t
        {
            return Overlap::Never;
        }
        if x.base.is_const() && y.base.is_const() {
            return Overlap::Never;
        }
    }
    Overlap::Maybe
}

/// Whether an object is made after the other value was: that cannot lead to it.
fn is_new(trace: &Trace, object: Ref, other: Ref) -> bool {
    object.is_inst() && trace.inst(object).op() == Some(Op::NewCell) && (other.is_const() || other.index() < object.index())
}

/// The value that a load of the place gets from a store to it.
fn stored(trace: &Trace, load: &Inst, store: &Inst) -> Option<Ref> {
    let value = trace.operands(store).last()?;
    let ty = trace.ty(value);
    let full = matches!(store.op(), Some(Op::StoreWord | Op::StoreWordAt));
    let fits = match load.op()? {
        Op::LoadValue | Op::LoadValueAt | Op::LoadValueAtWord => full && ty.counts(),
        Op::LoadWord | Op::LoadWordAt => full && ty == Ty::W,
        Op::LoadFloatAt => ty == Ty::F,
        _ => false,
    };
    fits.then_some(value)
}

fn may_write(mask: u8, place: &Place) -> bool {
    place.class == Alias::Any || mask & (writes(Alias::Any) | writes(place.class)) != 0
}

/// Whether a place is a field of another object than a call's first argument.
fn is_other_field(e: &Emitter, call: &Inst, place: &Place) -> bool {
    let Some(first) = e.trace.operands(call).next().filter(|_| place.class == Alias::Field && place.is_object) else { return false };
    let first = e.trace.root(first);
    let shape = |r: Ref| e.facts.shape(&e.trace, r).map(|s| s.0);
    first != place.base
        && (first.is_const() && place.base.is_const() || matches!((shape(first), shape(place.base)), (Some(s), Some(t)) if s != t))
}

/// Finds the value of a load among earlier stores and loads.
pub fn find(e: &mut Emitter, inst: &Inst) -> Simpler {
    let Some(op) = inst.op() else {
        return Simpler::No;
    };
    if op.info().effect != Effect::Load {
        return Simpler::No;
    }
    let Some(wanted) = place(&e.trace, inst) else {
        return Simpler::No;
    };
    let guard = op.info().imm == Imm::U32;
    for &at in e.memory.ops.iter().rev().take(LIMIT) {
        let old = &e.trace.insts[at as usize];
        if old.code == Code::Pseudo(Pseudo::Call) {
            let changes = match e.does(old) {
                Does::RunsPython => !planted(Bug::StaleAcrossCall),
                Does::Writes(mask) => may_write(mask, &wanted),
                Does::WritesFirst(mask) => may_write(mask, &wanted) && !is_other_field(e, old, &wanted),
                Does::Nothing | Does::Reads => false,
            };
            if changes {
                return Simpler::No;
            }
            continue;
        }
        let Some(there) = place(&e.trace, old) else {
            continue;
        };
        let is_store = old.op().is_some_and(|o| o.info().effect == Effect::Store);
        match overlap(e, &wanted, &there) {
            Overlap::Never => {}
            Overlap::Same if is_store && guard => {
                let stored = e.trace.operands(old).last().and_then(|r| e.trace.constant(r)).map(|c| c.bits as u32);
                let want = e.trace.constant(inst.imm()).map(|c| c.bits as u32);
                let known = stored.is_some() && stored == want;
                return if known { found(e, Rule::GuardedMemory, Simpler::Gone) } else { Simpler::No };
            }
            Overlap::Same if is_store => {
                let value = stored(&e.trace, inst, old);
                return value.map_or(Simpler::No, |v| found(e, Rule::StoredValue, Simpler::Value(v)));
            }
            Overlap::Same if old.code == inst.code && (!guard || old.imm() == inst.imm()) => {
                return match guard {
                    true => found(e, Rule::GuardedMemory, Simpler::Gone),
                    false => found(e, Rule::LoadedValue, Simpler::Value(Ref::inst(at as usize))),
                };
            }
            Overlap::Maybe if is_store && !planted(Bug::StaleLoad) => return Simpler::No,
            _ => {}
        }
    }
    Simpler::No
}

fn found(e: &mut Emitter, rule: Rule, what: Simpler) -> Simpler {
    e.trace.applied.count(rule);
    what
}

/// Remembers a memory op.
pub fn note(e: &mut Emitter, at: usize) {
    let inst = &e.trace.insts[at];
    let memory = match inst.code {
        Code::Op(op) => matches!(op.info().effect, Effect::Load | Effect::Store) && matches!(op.info().disp, Disp::Bytes(_)),
        Code::Pseudo(p) => p == Pseudo::Call,
    };
    if memory {
        e.memory.ops.push(at as u32);
    }
}
