//! Items and slices.

use super::{Flow, Loop, view};
use crate::eval::{calls, dunder, fast, ops, specialise};
use crate::frame::Continuation;
use crate::protocol;
use crate::value::{decref, incref};
use crate::vm::shapes;
use weft_compiler::opcode::op;
use weft_layout::tag::NULL;

/// The item in place of container and index.
macro_rules! item {
    ($vm:ident, $f:ident) => {{
        let (pa, pb) = ($vm.top(2), $vm.top(1));
        let w = fast::$f(*pa, *pb);
        if w == NULL {
            return $vm.general(op::BINARY_OP);
        }
        let container = std::mem::replace(&mut *pa, w);
        let index = *pb;
        $vm.sp = pb;
        $vm.skip_caches::<{ op::BINARY_OP }>();
        decref(index);
        decref(container);
        Flow::Next
    }};
}

impl<const RECORDING: bool, const TRACING: bool> Loop<RECORDING, TRACING> {
    #[inline(always)]
    pub(super) unsafe fn binary_op_subscr_list_int(&mut self) -> Flow {
        item!(self, list_item)
    }

    #[inline(always)]
    pub(super) unsafe fn binary_op_subscr_tuple_int(&mut self) -> Flow {
        item!(self, tuple_item)
    }

    #[inline(always)]
    pub(super) unsafe fn binary_op_subscr_str_int(&mut self) -> Flow {
        item!(self, str_item)
    }

    #[inline(always)]
    pub(super) unsafe fn binary_op_subscr_dict(&mut self) -> Flow {
        let (pa, pb) = (self.top(2), self.top(1));
        let w = fast::dict_str_item(*pa, *pb);
        let w = if w != NULL {
            w
        } else {
            if !fast::has_shape(*pa, shapes().dict) {
                return self.general(op::BINARY_OP);
            }
            attempt!(ops::dict_item(view(pa), view(pb))).into_word()
        };
        self.ip = self.ip.add(5);
        self.sp = pb;
        let container = std::mem::replace(&mut *pa, w);
        decref(*pb);
        decref(container);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn binary_op_subscr_list_slice(&mut self) -> Flow {
        let (pa, pb) = (self.top(2), self.top(1));
        if !fast::has_shape(*pa, shapes().list) || !fast::has_shape(*pb, shapes().slice) {
            return self.general(op::BINARY_OP);
        }
        self.skip_caches::<{ op::BINARY_OP }>();
        let r = attempt!(protocol::get_item(view(pa), view(pb)));
        self.replace::<2>(r);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn binary_op_subscr_getitem(&mut self) -> Flow {
        let pa = self.top(2);
        let f = match fast::shape_of(*pa) {
            0 => None,
            _ => dunder::getitem(view(pa)),
        };
        let Some(f) = f else { return self.general(op::BINARY_OP) };
        let callee = calls::enter_exact(f, calls::code_of(f), pa, 2, Continuation::Push, 0);
        let Some(callee) = callee else { return self.general(op::BINARY_OP) };
        incref(f);
        (*self.frame).sp = pa;
        self.enter_new(callee, self.ip.add(5));
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn store_subscr_list_int(&mut self) -> Flow {
        match fast::list_store(*self.top(2), *self.top(1), *self.top(3)) {
            Some(old) => {
                self.ip = self.ip.add(1);
                self.sp = self.sp.sub(3);
                let l = *self.sp.add(1);
                decref(old);
                decref(l);
            }
            None => return self.general(op::STORE_SUBSCR),
        }
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn store_subscr_dict(&mut self) -> Flow {
        if !fast::has_shape(*self.top(2), shapes().dict) {
            return self.general(op::STORE_SUBSCR);
        }
        self.ip = self.ip.add(1);
        attempt!(crate::types::dict::set(self.operand(2), self.operand(1), self.operand(3)));
        self.discard::<3>();
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn store_subscr(&mut self) -> Flow {
        adapt!(self, store_subscr(self.operand(2), self.operand(1)));
        self.ip = self.ip.add(1);
        // Stack: value, container, key.
        if let Some(callee) = dunder::store_item(self.top(3)) {
            (*self.frame).sp = self.sp.sub(3);
            self.enter_new(callee, self.ip);
            return Flow::Next;
        }
        attempt!(ops::store_subscr(self.operand(2), self.operand(1), self.operand(3)));
        self.discard::<3>();
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn delete_subscr(&mut self) -> Flow {
        attempt!(protocol::del_item(self.operand(2), self.operand(1)));
        self.discard::<2>();
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn binary_slice(&mut self) -> Flow {
        let r = attempt!(ops::binary_slice(self.operand(3), self.operand(2), self.operand(1)));
        self.replace::<3>(r);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn store_slice(&mut self) -> Flow {
        // Stack: value, container, start, stop.
        attempt!(ops::store_slice(self.operand(4), self.operand(3), self.operand(2), self.operand(1)));
        self.discard::<4>();
        Flow::Next
    }
}
