//! Spreading a sequence over the value stack.

use super::{Flow, Loop};
use crate::eval::{fast, ops, specialise};
use crate::value::{Value, decref};
use crate::vm::shapes;
use weft_compiler::opcode::op;

impl<const RECORDING: bool, const TRACING: bool> Loop<RECORDING, TRACING> {
    #[inline(always)]
    pub(super) unsafe fn unpack_sequence_two_tuple(&mut self) -> Flow {
        let t = *self.top(1);
        if !fast::has_shape(t, shapes().tuple) || fast::exact_tuple(t).len() != 2 {
            return self.general(op::UNPACK_SEQUENCE);
        }
        self.ip = self.ip.add(1);
        let items = fast::exact_tuple(t);
        *self.top(1) = fast::owned(items[1].word());
        *self.sp = fast::owned(items[0].word());
        self.sp = self.sp.add(1);
        decref(t);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn unpack_sequence_items(&mut self) -> Flow {
        let v = *self.top(1);
        let Some(items) = fast::items(v).filter(|items| items.len() == self.arg) else { return self.general(op::UNPACK_SEQUENCE) };
        self.ip = self.ip.add(1);
        let mut to = self.top(1);
        for item in items.iter().rev() {
            *to = fast::owned(item.word());
            to = to.add(1);
        }
        self.sp = to;
        decref(v);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn unpack_sequence(&mut self) -> Flow {
        adapt!(self, unpack_sequence(self.operand(1), self.arg));
        self.ip = self.ip.add(1);
        let seq = Value::clone_word(*self.top(1));
        let top = attempt!(ops::unpack_sequence(&seq, self.arg, self.top(1)));
        self.sp = top;
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn unpack_ex(&mut self) -> Flow {
        let seq = Value::clone_word(*self.top(1));
        let top = attempt!(ops::unpack_ex(&seq, self.arg & 0xff, self.arg >> 8, self.top(1)));
        self.sp = top;
        Flow::Next
    }
}
