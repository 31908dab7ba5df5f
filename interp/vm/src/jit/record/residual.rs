//! Instructions that are a call of a helper and no more.

use super::{Cx, Recorded, Recorder};
use crate::class::flag;
use crate::jit::helpers;
use crate::types::tuple;
use crate::vm::types;
use weft_compiler::opcode::op;
use weft_jit::{HelperId, Ref};
use weft_layout::op::Op;

/// INTRINSIC_UNARY_POSITIVE.
const POSITIVE: usize = 5;

impl Recorder {
    /// Whether the instruction is one of them, and was recorded.
    pub(super) fn by_helper(&mut self, cx: &Cx, opcode: u8) -> Recorded<bool> {
        let h = helpers::ids();
        match opcode {
            op::DELETE_ATTR => {
                let (v, name) = (self.top(cx, 1)?, self.constant(cx.name(cx.arg)));
                self.residual(cx, h.delattr, &[v, name], 1)?;
            }
            op::GET_LEN => {
                let v = self.top(cx, 1)?;
                match self.length(v, cx.value(1))? {
                    Some(n) => self.push(cx, n)?,
                    None => self.pushed(cx, h.length, &[v])?,
                }
            }
            op::MATCH_MAPPING | op::MATCH_SEQUENCE => {
                let v = self.top(cx, 1)?;
                let v = self.boxed_all(&[v])?[0];
                let which = self.word(if opcode == op::MATCH_MAPPING { flag::MAPPING } else { flag::SEQUENCE } as u64);
                let r = self.b.call(h.match_kind, &[v, which])?;
                let b = self.b.guard_bool(r)?;
                self.push(cx, b)?;
            }
            op::MATCH_KEYS => {
                let args = [self.top(cx, 2)?, self.top(cx, 1)?];
                self.pushed(cx, h.match_keys, &args)?;
            }
            op::MATCH_CLASS => {
                let n = self.word(cx.arg as u64);
                let args = [self.top(cx, 3)?, self.top(cx, 2)?, n, self.top(cx, 1)?];
                self.residual(cx, h.match_class, &args, 3)?;
            }
            op::CALL_INTRINSIC_1 if cx.arg == POSITIVE => {
                let v = self.top(cx, 1)?;
                self.residual(cx, h.positive, &[v], 1)?;
            }
            op::CALL_INTRINSIC_2 => {
                let which = self.word(cx.arg as u64);
                let args = [which, self.top(cx, 2)?, self.top(cx, 1)?];
                self.residual(cx, h.intrinsic_2, &args, 2)?;
            }
            op::DICT_MERGE => {
                let callable = self.top(cx, cx.arg + 4)?;
                let args = [self.top(cx, cx.arg + 1)?, self.top(cx, 1)?, callable];
                self.residual(cx, h.dict_merge, &args, 1)?;
            }
            op::UNPACK_EX if self.unpacks_quietly(cx) => {
                let (before, after) = (cx.arg & 0xff, cx.arg >> 8);
                let args = [self.top(cx, 1)?, self.word(before as u64), self.word(after as u64)];
                self.spread(cx, h.unpack_ex, &args, before + after + 1)?;
            }
            op::IMPORT_FROM => {
                let (module, name) = (self.top(cx, 1)?, self.constant(cx.name(cx.arg)));
                self.pushed(cx, h.import_from, &[module, name])?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Pushes what a helper that may run Python code returns; all operands stay.
    fn pushed(&mut self, cx: &Cx, helper: HelperId, args: &[Ref]) -> Recorded {
        self.residual(cx, helper, args, 0).map(drop)
    }

    /// Whether the operand is of a class that is iterated over without running Python code.
    pub(super) fn unpacks_quietly(&self, cx: &Cx) -> bool {
        let t = types();
        let v = cx.value(1);
        v.is_heap() && [t.list, t.tuple, t.str, t.dict, t.set, t.frozenset, t.range].iter().any(|c| std::ptr::eq(v.class(), *c))
    }

    /// Replaces the top operand, for which [`Self::unpacks_quietly`], by the `n` items of the tuple that a helper returns.
    pub(super) fn spread(&mut self, cx: &Cx, helper: HelperId, args: &[Ref], n: usize) -> Recorded {
        self.guard_shape_of(args[0], cx.value(1))?;
        let args = self.boxed_all(args)?;
        let t = self.b.call(helper, &args)?;
        self.may_push = true;
        let p = self.b.assume_object(t, Some(types().tuple.root_shape()))?;
        let mut items = Vec::with_capacity(n);
        for i in 0..n {
            let v = self.b.load(Op::LoadValue, p, (tuple::ITEMS_OFFSET + 8 * i) as u16)?;
            self.b.incref(v)?;
            items.push(v);
        }
        self.replace(cx, 1, &items)?;
        self.b.discard(p)
    }
}
