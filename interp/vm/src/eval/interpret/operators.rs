//! Arithmetic.

use super::{Flow, Loop};
use crate::eval::{dunder, fast, ops, specialise};
use crate::protocol;
use crate::value::Value;
use crate::vm::shapes;
use weft_compiler::opcode::op;
use weft_layout::tag::{self, Word, is_float, is_int};

macro_rules! int_op {
    ($vm:ident, $f:ident) => {{
        let (pa, pb) = ($vm.top(2), $vm.top(1));
        let (a, b) = (*pa, *pb);
        if a & b & 1 == 0 {
            return $vm.general(op::BINARY_OP);
        }
        match ops::$f(a, b) {
            Some(w) => {
                $vm.sp = pa;
                $vm.skip_caches::<{ op::BINARY_OP }>();
                $vm.push_or_store(w);
                Flow::Next
            }
            None => $vm.general(op::BINARY_OP),
        }
    }};
}

macro_rules! float_op {
    ($vm:ident, $op:tt) => {{
        let (pa, pb) = ($vm.top(2), $vm.top(1));
        let (a, b) = (*pa, *pb);
        if !is_float(a) || !is_float(b) {
            return $vm.general(op::BINARY_OP);
        }
        let w = Value::float(tag::float_value(a) $op tag::float_value(b)).into_word();
        $vm.sp = pa;
        $vm.skip_caches::<{ op::BINARY_OP }>();
        $vm.push_or_store(w);
        Flow::Next
    }};
}

impl<const RECORDING: bool, const TRACING: bool> Loop<RECORDING, TRACING> {
    #[inline(always)]
    pub(super) unsafe fn binary_op(&mut self) -> Flow {
        adapt!(self, binary_op(self.arg, self.top(2), *self.ip.add(5)));
        self.skip_caches::<{ op::BINARY_OP }>();
        let pa = self.top(2);
        special!(self, dunder::binary(self.arg, pa));
        let r = attempt!(ops::binary(self.arg, pa, self.frame));
        self.replace::<2>(r);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn binary_op_add_int(&mut self) -> Flow {
        int_op!(self, int_add)
    }

    #[inline(always)]
    pub(super) unsafe fn binary_op_subtract_int(&mut self) -> Flow {
        int_op!(self, int_subtract)
    }

    #[inline(always)]
    pub(super) unsafe fn binary_op_multiply_int(&mut self) -> Flow {
        int_op!(self, int_multiply)
    }

    #[inline(always)]
    pub(super) unsafe fn binary_op_add_float(&mut self) -> Flow {
        float_op!(self, +)
    }

    #[inline(always)]
    pub(super) unsafe fn binary_op_subtract_float(&mut self) -> Flow {
        float_op!(self, -)
    }

    #[inline(always)]
    pub(super) unsafe fn binary_op_multiply_float(&mut self) -> Flow {
        float_op!(self, *)
    }

    #[inline(always)]
    pub(super) unsafe fn binary_op_extend(&mut self) -> Flow {
        let (pa, pb) = (self.top(2), self.top(1));
        match ops::number_binary(self.arg, *pa, *pb) {
            Some(w) => {
                self.sp = pa;
                self.ip = self.ip.add(5);
                self.push_or_store(w);
            }
            None => return self.general(op::BINARY_OP),
        }
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn binary_op_add_unicode(&mut self) -> Flow {
        let (pa, pb) = (self.top(2), self.top(1));
        if !fast::has_shape(*pa, shapes().str) || !fast::has_shape(*pb, shapes().str) {
            return self.general(op::BINARY_OP);
        }
        self.skip_caches::<{ op::BINARY_OP }>();
        let r = attempt!(ops::concatenate(pa, self.frame));
        self.replace::<2>(r);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn unary_negative(&mut self) -> Flow {
        let w = *self.top(1);
        if is_int(w)
            && let Some(n) = (2i64).checked_sub(w as i64)
        {
            *self.top(1) = n as Word;
            return Flow::Next;
        }
        let r = attempt!(protocol::number::negative(self.operand(1)));
        self.replace::<1>(r);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn unary_invert(&mut self) -> Flow {
        let r = attempt!(protocol::number::invert(self.operand(1)));
        self.replace::<1>(r);
        Flow::Next
    }
}
