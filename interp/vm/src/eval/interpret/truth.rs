//! Comparisons, membership and truth: what yields a bool, or jumps on it right away.

use super::{Flow, Loop};
use crate::eval::{dunder, fast, ops, specialise};
use crate::protocol;
use crate::types::{list, str};
use crate::value::{Value, decref};
use crate::vm::shapes;
use weft_compiler::opcode::op;
use weft_layout::tag::{self, is_int};

macro_rules! truth {
    ($vm:ident, $guard:expr, $value:expr) => {{
        if !$guard {
            return $vm.general(op::TO_BOOL);
        }
        let truth = $value;
        let w = $vm.pop();
        $vm.skip_caches::<{ op::TO_BOOL }>();
        decref(w);
        $vm.push_or_jump(truth);
        Flow::Next
    }};
}

impl<const RECORDING: bool, const TRACING: bool> Loop<RECORDING, TRACING> {
    #[inline(always)]
    pub(super) unsafe fn compare_op(&mut self) -> Flow {
        adapt!(self, compare_op(self.arg, self.top(2)));
        self.skip_caches::<{ op::COMPARE_OP }>();
        special!(self, dunder::compare(self.arg, self.top(2)));
        let r = attempt!(ops::compare(self.arg, self.operand(2), self.operand(1)));
        self.discard::<2>();
        self.push(r.into_word());
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn compare_op_int(&mut self) -> Flow {
        let (pa, pb) = (self.top(2), self.top(1));
        let (a, b) = (*pa, *pb);
        if a & b & 1 == 0 {
            return self.general(op::COMPARE_OP);
        }
        // Bits 0 to 3 of the operand: unordered, less, greater, equal.
        let (x, y) = (a as i64, b as i64);
        let bits = (((x == y) as usize) << 3) | (((x > y) as usize) << 2) | (((x < y) as usize) << 1);
        self.sp = pa;
        self.ip = self.ip.add(1);
        self.push_or_jump(self.arg & bits != 0);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn compare_op_float(&mut self) -> Flow {
        let (pa, pb) = (self.top(2), self.top(1));
        let (Some(x), Some(y)) = (fast::number(*pa), fast::number(*pb)) else { return self.general(op::COMPARE_OP) };
        let bits = (((x == y) as usize) << 3) | (((x > y) as usize) << 2) | (((x < y) as usize) << 1);
        self.sp = pa;
        self.ip = self.ip.add(1);
        self.push_or_jump(self.arg & bits != 0);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn compare_op_str(&mut self) -> Flow {
        let (pa, pb) = (self.top(2), self.top(1));
        let (a, b) = (*pa, *pb);
        if !fast::has_shape(a, shapes().str) || !fast::has_shape(b, shapes().str) {
            return self.general(op::COMPARE_OP);
        }
        let equal = a == b || str::exact_payload(a).equals(str::exact_payload(b));
        self.sp = pa;
        self.ip = self.ip.add(1);
        decref(a);
        decref(b);
        self.push_or_jump(self.arg & if equal { 8 } else { 7 } != 0);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn is_op(&mut self) -> Flow {
        let same = (*self.top(1) == *self.top(2)) != (self.arg != 0);
        self.discard::<2>();
        self.push_or_jump(same);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn contains_op(&mut self) -> Flow {
        adapt!(self, contains_op(self.operand(1)));
        self.skip_caches::<{ op::CONTAINS_OP }>();
        special!(self, dunder::contains(self.arg, self.top(2)));
        let r = attempt!(protocol::contains(self.operand(1), self.operand(2)));
        self.discard::<2>();
        self.push_or_jump(r != (self.arg != 0));
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn contains_op_dict(&mut self) -> Flow {
        if !fast::has_shape(*self.top(1), shapes().dict) {
            return self.general(op::CONTAINS_OP);
        }
        self.ip = self.ip.add(1);
        let r = attempt!(crate::types::dict::contains(self.operand(1), self.operand(2)));
        self.discard::<2>();
        self.push_or_jump(r != (self.arg != 0));
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn contains_op_set(&mut self) -> Flow {
        let id = fast::shape_of(*self.top(1));
        if id == 0 || id != shapes().set && id != shapes().frozenset {
            return self.general(op::CONTAINS_OP);
        }
        self.ip = self.ip.add(1);
        let r = attempt!(protocol::contains(self.operand(1), self.operand(2)));
        self.discard::<2>();
        self.push_or_jump(r != (self.arg != 0));
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn unary_not(&mut self) -> Flow {
        let w = *self.top(1);
        *self.top(1) = if w == tag::TRUE { tag::FALSE } else { tag::TRUE };
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn to_bool(&mut self) -> Flow {
        adapt!(self, to_bool(self.operand(1)));
        self.skip_caches::<{ op::TO_BOOL }>();
        special!(self, dunder::to_bool(self.top(1)));
        let r = attempt!(protocol::is_true(self.operand(1)));
        self.replace::<1>(Value::bool(r));
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn to_bool_bool(&mut self) -> Flow {
        if !tag::is_bool(*self.top(1)) {
            return self.general(op::TO_BOOL);
        }
        self.ip = self.ip.add(3);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn to_bool_int(&mut self) -> Flow {
        let w = *self.top(1);
        if !is_int(w) {
            return self.general(op::TO_BOOL);
        }
        self.sp = self.sp.sub(1);
        self.ip = self.ip.add(3);
        self.push_or_jump(w != tag::int_word(0));
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn to_bool_none(&mut self) -> Flow {
        if *self.top(1) != tag::NONE {
            return self.general(op::TO_BOOL);
        }
        self.sp = self.sp.sub(1);
        self.ip = self.ip.add(3);
        self.push_or_jump(false);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn to_bool_list(&mut self) -> Flow {
        truth!(self, fast::has_shape(*self.top(1), shapes().list), list::len(self.operand(1)) != 0);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn to_bool_str(&mut self) -> Flow {
        truth!(self, fast::has_shape(*self.top(1), shapes().str), !str::exact_payload(*self.top(1)).is_empty());
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn to_bool_always_true(&mut self) -> Flow {
        truth!(self, fast::is_always_true(self.ip, *self.top(1)), true);
        Flow::Next
    }
}
