//! Operators and comparisons.

use super::{Cx, LOCALS, Recorded, Recorder};
use crate::class::slots::CompareOp;
use crate::eval::dunder;
use crate::frame::Continuation;
use crate::jit::helpers;
use crate::types::{dict, float, list, set, str, tuple};
use crate::value::Value;
use crate::vm::types;
use weft_jit::{Ref, Ty};
use weft_layout::op::Op;
use weft_layout::tag::{self, Word};

/// BINARY_OP's operand, as CPython numbers the operators; the in-place ones are 13 more.
mod nb {
    pub const ADD: usize = 0;
    pub const AND: usize = 1;
    pub const FLOOR_DIVIDE: usize = 2;
    pub const LSHIFT: usize = 3;
    pub const MULTIPLY: usize = 5;
    pub const REMAINDER: usize = 6;
    pub const OR: usize = 7;
    pub const POWER: usize = 8;
    pub const RSHIFT: usize = 9;
    pub const SUBTRACT: usize = 10;
    pub const TRUE_DIVIDE: usize = 11;
    pub const XOR: usize = 12;
    pub const INPLACE: usize = 13;
    pub const SUBSCR: usize = 26;
}

/// A number among the operands, unboxed.
#[derive(Clone, Copy)]
pub(super) enum Num {
    Int(Ref, i64),
    Float(Ref, f64),
}

impl Recorder {
    /// The operand as a number, if it is a small int, a bool or a float.
    pub(super) fn number(&mut self, r: Ref, w: Word) -> Recorded<Option<Num>> {
        Ok(Some(match self.b.ty(r) {
            Ty::I => Num::Int(r, tag::int_value(w)),
            // SAFETY: the word is live.
            Ty::F => Num::Float(r, float::as_f64(unsafe { Value::from_word_ref(&w) }).unwrap_or(0.0)),
            Ty::B => {
                let i = self.b.emit(Op::IntOfBool, &[r])?;
                Num::Int(i, (w == tag::TRUE) as i64)
            }
            _ if tag::is_int(w) => Num::Int(self.b.guard_int(r)?, tag::int_value(w)),
            _ if tag::is_float(w) => Num::Float(self.b.guard_float(r)?, tag::float_value(w)),
            _ if tag::is_bool(w) => {
                let b = self.b.guard_bool(r)?;
                let i = self.b.emit(Op::IntOfBool, &[b])?;
                Num::Int(i, (w == tag::TRUE) as i64)
            }
            _ if tag::is_ptr(w) => {
                // SAFETY: the word is live.
                let v = unsafe { Value::from_word_ref(&w) };
                if !float::is_exact(v) {
                    return Ok(None);
                }
                Num::Float(self.b.guard_any_float(r)?, float::as_f64(v).unwrap_or(0.0))
            }
            _ => return Ok(None),
        }))
    }

    /// The operand as a float, if it is a number.
    pub(super) fn float_of(&mut self, n: Num) -> Recorded<(Ref, f64)> {
        Ok(match n {
            Num::Float(r, x) => (r, x),
            Num::Int(r, i) => (self.b.emit(Op::FloatOfInt, &[r])?, i as f64),
        })
    }

    fn is_number(w: Word) -> bool {
        // SAFETY: the word is live.
        w != tag::NULL && (tag::is_int(w) || tag::is_float(w) || tag::is_bool(w) || float::is_exact(unsafe { Value::from_word_ref(&w) }))
    }

    /// `a & b`, `a | b` and `a - b` of sets and frozensets. Whether it was recorded.
    fn combine_sets(&mut self, cx: &Cx, which: usize) -> Recorded<bool> {
        let t = types();
        let (a, b) = (cx.value(2), cx.value(1));
        let exactly = |v: &Value, c: &'static crate::class::Type| v.is_heap() && std::ptr::eq(v.class(), c);
        let is_set = |v: &Value| exactly(v, t.set) || exactly(v, t.frozenset);
        let op = match which {
            nb::AND => set::Operator::And,
            nb::OR => set::Operator::Or,
            nb::SUBTRACT => set::Operator::Subtract,
            _ => return Ok(false),
        };
        // In place, a set changes.
        let fresh = cx.arg < nb::INPLACE || exactly(a, t.frozenset);
        if !is_set(a) || !is_set(b) || !fresh {
            return Ok(false);
        }
        let (ra, rb) = (self.top(cx, 2)?, self.top(cx, 1)?);
        let (pa, pb) = (self.guard_shape_of(ra, a)?, self.guard_shape_of(rb, b)?);
        let op = self.word(op as u64);
        self.residual(cx, helpers::ids().set_combined, &[op, pa, pb], 2)?;
        Ok(true)
    }

    pub(super) fn binary_op(&mut self, cx: &Cx) -> Recorded {
        let (wa, wb) = (cx.word(2), cx.word(1));
        if cx.arg == nb::SUBSCR {
            return self.subscript(cx);
        }
        let (a, b) = (self.top(cx, 2)?, self.top(cx, 1)?);
        let which = cx.arg % nb::INPLACE;
        if tag::is_bool(wa) && tag::is_bool(wb) && matches!(which, nb::AND | nb::OR | nb::XOR) {
            let (x, y) = (self.boolean(a)?, self.boolean(b)?);
            let op = match which {
                nb::AND => Op::BoolAnd,
                nb::OR => Op::BoolOr,
                _ => Op::BoolXor,
            };
            let r = self.b.emit(op, &[x, y])?;
            return self.replace(cx, 2, &[r]);
        }
        if Self::is_number(wa) && Self::is_number(wb) {
            if let (Some(x), Some(y)) = (self.number(a, wa)?, self.number(b, wb)?) {
                let r = match (x, y) {
                    (Num::Int(x, i), Num::Int(y, j)) => self.int_op(which, x, i, y, j)?,
                    _ => {
                        let (x, u) = self.float_of(x)?;
                        let (y, v) = self.float_of(y)?;
                        self.float_op(which, x, u, y, v)?
                    }
                };
                if let Some(r) = r {
                    return self.replace(cx, 2, &[r]);
                }
            }
        } else if which == nb::ADD && is_str(cx.value(2)) && is_str(cx.value(1)) {
            let a = self.guard_shape_of(a, cx.value(2))?;
            let b = self.guard_shape_of(b, cx.value(1))?;
            let r = self.b.call(helpers::ids().str_concat, &[a, b])?;
            let s = types().str.root_shape();
            let r = self.b.assume_object(r, Some(s))?;
            return self.replace(cx, 2, &[r]);
        }
        if self.combine_sets(cx, which)? {
            return Ok(());
        }
        let f = dunder::binary_method(cx.arg, cx.value(2), cx.value(1)).map(kept);
        if f.is_some() {
            // A subclass of the left operand's class would come first.
            self.guard_kind(b, cx.value(1))?;
        }
        if self.inline_operator(cx, f, (a, cx.value(2)), vec![a, b], Continuation::Binary, 2 | (cx.arg as u64) << 8)? {
            return Ok(());
        }
        let which = self.word(cx.arg as u64);
        self.residual(cx, helpers::ids().binary_op, &[which, a, b], 2)?;
        Ok(())
    }

    fn int_op(&mut self, which: usize, x: Ref, i: i64, y: Ref, j: i64) -> Recorded<Option<Ref>> {
        let fits = |r: Option<i64>| r.is_some_and(|r| (tag::INT_MIN..=tag::INT_MAX).contains(&r));
        let op = match which {
            nb::ADD if fits(i.checked_add(j)) => Op::IntAdd,
            nb::SUBTRACT if fits(i.checked_sub(j)) => Op::IntSub,
            nb::MULTIPLY if fits(i.checked_mul(j)) => Op::IntMul,
            nb::FLOOR_DIVIDE if j != 0 && fits(i.checked_div(j)) => Op::IntFloorDiv,
            nb::REMAINDER if j != 0 => Op::IntMod,
            nb::AND => Op::IntAnd,
            nb::OR => Op::IntOr,
            nb::XOR => Op::IntXor,
            nb::LSHIFT if (0..62).contains(&j) && fits(i.checked_mul(1 << j)) => Op::IntShl,
            nb::RSHIFT if j >= 0 => Op::IntShr,
            nb::TRUE_DIVIDE if j != 0 && i.unsigned_abs() < 1 << 53 && j.unsigned_abs() < 1 << 53 => Op::IntTrueDiv,
            _ => return Ok(None),
        };
        if op == Op::IntShr
            && let Some(c) = self.b.trace().constant(y)
        {
            let n = c.bits as i64 >> 1;
            if n == 0 {
                return Ok(Some(x));
            }
            if (1..=62).contains(&n) {
                let n = self.word(n as u64);
                return Ok(Some(self.b.emit(Op::IntShrConst, &[x, n])?));
            }
        }
        Ok(Some(self.b.emit(op, &[x, y])?))
    }

    fn float_op(&mut self, which: usize, x: Ref, u: f64, y: Ref, v: f64) -> Recorded<Option<Ref>> {
        let h = helpers::ids();
        Ok(Some(match which {
            nb::ADD => self.b.emit(Op::FloatAdd, &[x, y])?,
            nb::SUBTRACT => self.b.emit(Op::FloatSub, &[x, y])?,
            nb::MULTIPLY => self.b.emit(Op::FloatMul, &[x, y])?,
            nb::TRUE_DIVIDE if v != 0.0 => self.b.emit(Op::FloatDiv, &[x, y])?,
            nb::FLOOR_DIVIDE | nb::REMAINDER if v != 0.0 => {
                let zero = self.b.const_float(0.0);
                self.b.emit(Op::GuardFloatNe, &[y, zero])?;
                let f = if which == nb::REMAINDER { h.float_mod } else { h.float_floordiv };
                self.b.call(f, &[x, y])?
            }
            nb::POWER if u > 0.0 && float::power(u, v).is_ok_and(|r| float::as_f64(&r).is_some_and(f64::is_finite)) => {
                // A positive base: what remains to go wrong is an overflow.
                let (zero, infinity) = (self.b.const_float(0.0), self.b.const_float(f64::INFINITY));
                self.b.emit(Op::GuardFloatGt, &[x, zero])?;
                let r = self.b.call(h.float_pow, &[x, y])?;
                self.b.emit(Op::GuardFloatLt, &[r, infinity])?;
                r
            }
            _ => return Ok(None),
        }))
    }

    pub(super) fn unary_negative(&mut self, cx: &Cx) -> Recorded {
        let (v, w) = (self.top(cx, 1)?, cx.word(1));
        if Self::is_number(w) {
            match self.number(v, w)? {
                Some(Num::Int(r, i)) if i != tag::INT_MIN => {
                    let r = self.b.emit(Op::IntNeg, &[r])?;
                    return self.replace(cx, 1, &[r]);
                }
                Some(Num::Float(r, _)) => {
                    let r = self.b.emit(Op::FloatNeg, &[r])?;
                    return self.replace(cx, 1, &[r]);
                }
                _ => {}
            }
        }
        self.residual(cx, helpers::ids().negative, &[v], 1).map(drop)
    }

    pub(super) fn unary_invert(&mut self, cx: &Cx) -> Recorded {
        let (v, w) = (self.top(cx, 1)?, cx.word(1));
        if tag::is_int(w)
            && let Some(Num::Int(r, _)) = self.number(v, w)?
        {
            let r = self.b.emit(Op::IntInvert, &[r])?;
            return self.replace(cx, 1, &[r]);
        }
        self.residual(cx, helpers::ids().invert, &[v], 1).map(drop)
    }

    pub(super) fn compare_op(&mut self, cx: &Cx) -> Recorded {
        let (wa, wb) = (cx.word(2), cx.word(1));
        let (a, b) = (self.top(cx, 2)?, self.top(cx, 1)?);
        let which = CompareOp::from_index(cx.arg >> 5);
        if Self::is_number(wa) && Self::is_number(wb) {
            if let (Some(x), Some(y)) = (self.number(a, wa)?, self.number(b, wb)?) {
                let r = match (x, y) {
                    (Num::Int(x, _), Num::Int(y, _)) => Some(self.b.emit(int_compare(which), &[x, y])?),
                    (Num::Float(x, _), Num::Float(y, _)) => Some(self.b.emit(float_compare(which), &[x, y])?),
                    (Num::Int(x, i), Num::Float(y, _)) if self.exact(x, i)? => {
                        let x = self.b.emit(Op::FloatOfInt, &[x])?;
                        Some(self.b.emit(float_compare(which), &[x, y])?)
                    }
                    (Num::Float(x, _), Num::Int(y, j)) if self.exact(y, j)? => {
                        let y = self.b.emit(Op::FloatOfInt, &[y])?;
                        Some(self.b.emit(float_compare(which), &[x, y])?)
                    }
                    _ => None,
                };
                if let Some(r) = r {
                    return self.replace(cx, 2, &[r]);
                }
            }
        } else if matches!(which, CompareOp::Eq | CompareOp::Ne) && is_str(cx.value(2)) && is_str(cx.value(1)) {
            let a = self.guard_shape_of(a, cx.value(2))?;
            let b = self.guard_shape_of(b, cx.value(1))?;
            let mut r = self.b.call(helpers::ids().str_equal, &[a, b])?;
            if which == CompareOp::Ne {
                r = self.b.emit(Op::BoolNot, &[r])?;
            }
            return self.replace(cx, 2, &[r]);
        }
        let inner_outer = match which {
            CompareOp::Le => Some((2, 1)),
            CompareOp::Ge => Some((1, 2)),
            _ => None,
        };
        if let Some((inner, outer)) = inner_outer
            && let (inner, outer) = ((self.top(cx, inner)?, cx.value(inner)), (self.top(cx, outer)?, cx.value(outer)))
            && let Some(r) = self.quiet_subset(inner, outer)?
        {
            return self.replace(cx, 2, &[r]);
        }
        let f = dunder::compare_method(cx.arg, cx.value(2), cx.value(1)).map(kept);
        if f.is_some() {
            // A subclass of the left operand's class would come first.
            self.guard_kind(b, cx.value(1))?;
        }
        if self.inline_operator(cx, f, (a, cx.value(2)), vec![a, b], Continuation::Compare, 2 | (cx.arg as u64) << 8)? {
            return Ok(());
        }
        let which = self.word(cx.arg as u64);
        self.residual(cx, helpers::ids().compare_op, &[which, a, b], 2)?;
        Ok(())
    }

    /// Guards that the int is exact as a float. Whether it is now.
    fn exact(&mut self, r: Ref, i: i64) -> Recorded<bool> {
        const LIMIT: i64 = 1 << 53;
        if i.unsigned_abs() > LIMIT as u64 {
            return Ok(false);
        }
        if !r.is_const() {
            let (low, high) = (self.b.const_int(-LIMIT), self.b.const_int(LIMIT));
            self.b.emit(Op::GuardIntGe, &[r, low])?;
            self.b.emit(Op::GuardIntLe, &[r, high])?;
        }
        Ok(true)
    }

    pub(super) fn is_op(&mut self, cx: &Cx) -> Recorded {
        let (a, b) = (self.top(cx, 2)?, self.top(cx, 1)?);
        let (a, b) = (self.boxed_all(&[a])?[0], self.boxed_all(&[b])?[0]);
        let r = self.b.emit(if cx.arg != 0 { Op::WordNe } else { Op::WordEq }, &[a, b])?;
        // The right one goes first here, unlike in other operators.
        let operands = self.take(cx, 2)?;
        self.b.set_slot(LOCALS + cx.depth - 2, r);
        self.set_words(cx, cx.next, cx.depth - 1, 0);
        self.discard_all(&operands)
    }

    pub(super) fn contains_op(&mut self, cx: &Cx) -> Recorded {
        // Stack: item, container.
        let (item, container) = (self.top(cx, 2)?, self.top(cx, 1)?);
        let f = dunder::contains_method(cx.value(1)).map(kept);
        let word = 2 | if cx.arg != 0 { dunder::INVERT } else { 0 };
        if self.inline_operator(cx, f, (container, cx.value(1)), vec![container, item], Continuation::ToBool, word)? {
            return Ok(());
        }
        if let Some(b) = self.quiet_contains((container, cx.value(1)), (item, cx.value(2)))? {
            let b = if cx.arg != 0 { self.b.emit(Op::BoolNot, &[b])? } else { b };
            return self.replace(cx, 2, &[b]);
        }
        // The helper inverts: the trace may leave right behind it.
        let invert = self.word(cx.arg as u64);
        let r = self.residual(cx, helpers::ids().contains, &[container, item, invert], 2)?;
        self.b_of_residual(cx, r, 2).map(drop)
    }

    /// The result of a helper that gives True or False, as a `B`: it cannot be anything else.
    fn b_of_residual(&mut self, cx: &Cx, r: Ref, n: usize) -> Recorded<Ref> {
        let b = self.b.emit(Op::UnboxBool, &[r])?;
        self.b.set_slot(super::LOCALS + cx.depth - n, b);
        Ok(b)
    }

    pub(super) fn truth(&mut self, cx: &Cx) -> Recorded {
        let (v, w) = (self.top(cx, 1)?, cx.word(1));
        let r = match self.b.ty(v) {
            Ty::B => Some(v),
            _ if tag::is_bool(w) => Some(self.boolean(v)?),
            _ if w == tag::NONE => {
                let none = self.b.const_value(tag::NONE);
                self.b.guard_is(v, none)?;
                Some(self.b.const_bool(false))
            }
            _ if Self::is_number(w) => match self.number(v, w)? {
                Some(Num::Int(r, _)) => {
                    let zero = self.b.const_int(0);
                    Some(self.b.emit(Op::IntNe, &[r, zero])?)
                }
                Some(Num::Float(r, _)) => Some(self.b.emit(Op::FloatTruth, &[r])?),
                None => None,
            },
            _ => self.truth_of_object(v, cx.value(1))?,
        };
        match r {
            Some(r) => self.replace(cx, 1, &[r]),
            None => {
                let f = dunder::bool_method(cx.value(1)).map(kept);
                if self.inline_operator(cx, f, (v, cx.value(1)), vec![v], Continuation::ToBool, dunder::TO_BOOL)? {
                    return Ok(());
                }
                let r = self.residual(cx, helpers::ids().to_bool, &[v], 1)?;
                self.b_of_residual(cx, r, 1).map(drop)
            }
        }
    }

    fn truth_of_object(&mut self, r: Ref, v: &Value) -> Recorded<Option<Ref>> {
        if let Some(n) = self.length(r, v)? {
            let zero = self.b.const_int(0);
            return Ok(Some(self.b.emit(Op::IntNe, &[n, zero])?));
        }
        let class = v.class();
        let slots = class.slots();
        if v.is_heap() && slots.bool.is_none() && slots.len.is_none() && self.rely_on_class(class) {
            self.guard_shape_of(r, v)?;
            return Ok(Some(self.b.const_bool(true)));
        }
        Ok(None)
    }

    /// The length of a list, tuple, dict or str, as an `I`.
    pub(super) fn length(&mut self, r: Ref, v: &Value) -> Recorded<Option<Ref>> {
        if !v.is_heap() {
            return Ok(None);
        }
        let class = v.class();
        let t = types();
        let (op, offset) = if std::ptr::eq(class, t.list) {
            (Op::LoadWord, list::LEN_OFFSET)
        } else if std::ptr::eq(class, t.tuple) {
            (Op::LoadWord, tuple::LEN_OFFSET)
        } else if std::ptr::eq(class, t.dict) {
            (Op::LoadU32, dict::USED_OFFSET)
        } else if std::ptr::eq(class, t.str) {
            let p = self.guard_shape_of(r, v)?;
            let facts = self.b.load(Op::LoadWord, p, str::FACTS_OFFSET as u16)?;
            let shift = self.word(str::LEN_SHIFT as u64);
            let n = self.b.emit(Op::WordShr, &[facts, shift])?;
            return Ok(Some(self.b.emit(Op::IntOfWordUnchecked, &[n])?));
        } else if let Some(packed) = super::packed::items_of(v) {
            (Op::LoadWord, packed.len)
        } else {
            return Ok(None);
        };
        let p = self.guard_shape_of(r, v)?;
        let n = self.b.load(op, p, offset as u16)?;
        Ok(Some(self.b.emit(Op::IntOfWordUnchecked, &[n])?))
    }
}

/// A function that a class holds, for the trace to hold too.
pub(super) fn kept(w: Word) -> Value {
    // SAFETY: the class keeps the function alive.
    unsafe { Value::clone_word(w) }
}

pub(super) fn is_str(v: &Value) -> bool {
    v.is_heap() && std::ptr::eq(v.class(), types().str)
}

fn int_compare(op: CompareOp) -> Op {
    match op {
        CompareOp::Lt => Op::IntLt,
        CompareOp::Le => Op::IntLe,
        CompareOp::Eq => Op::IntEq,
        CompareOp::Ne => Op::IntNe,
        CompareOp::Gt => Op::IntGt,
        CompareOp::Ge => Op::IntGe,
    }
}

fn float_compare(op: CompareOp) -> Op {
    match op {
        CompareOp::Lt => Op::FloatLt,
        CompareOp::Le => Op::FloatLe,
        CompareOp::Eq => Op::FloatEq,
        CompareOp::Ne => Op::FloatNe,
        CompareOp::Gt => Op::FloatGt,
        CompareOp::Ge => Op::FloatGe,
    }
}
