//! Locals, constants, and moving words about on the value stack.

use super::{Flow, Loop};
use crate::eval::{fast, ops};
use crate::value::{decref, incref};
use weft_compiler::opcode::op;
use weft_layout::tag::{self, NULL, is_int};

impl<const RECORDING: bool, const TRACING: bool> Loop<RECORDING, TRACING> {
    #[inline(always)]
    pub(super) unsafe fn load_fast(&mut self) -> Flow {
        let w = *self.local(self.arg);
        // Attributes of a local, `self` above all, need no reference of their own to their owner.
        let unit = *self.ip;
        if Self::PLAIN && unit as u8 == op::LOAD_ATTR_INSTANCE_VALUE {
            let found = fast::instance_value(self.ip.add(1), w);
            if found != NULL {
                (*self.frame).ip = self.ip;
                self.ip = self.ip.add(10);
                self.push(found);
                if unit & 0x100 != 0 {
                    self.push(NULL);
                }
                return Flow::Next;
            }
        }
        if Self::PLAIN
            && unit as u8 == op::STORE_ATTR_INSTANCE_VALUE
            && let Some(old) = fast::store_value(self.ip.add(1), w, *self.top(1))
        {
            (*self.frame).ip = self.ip;
            self.ip = self.ip.add(5);
            self.sp = self.sp.sub(1);
            decref(old);
            return Flow::Next;
        }
        incref(w);
        self.push(w);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn load_fast_load_fast(&mut self) -> Flow {
        let (a, b) = (*self.local(self.arg >> 4), *self.local(self.arg & 15));
        if Self::PLAIN && *self.ip as u8 == op::BINARY_OP_SUBSCR_LIST_INT {
            let item = fast::list_item(a, b);
            if item != NULL {
                (*self.frame).ip = self.ip;
                self.ip = self.ip.add(6);
                self.push_or_store(item);
                return Flow::Next;
            }
        }
        incref(a);
        incref(b);
        *self.sp = a;
        *self.sp.add(1) = b;
        self.sp = self.sp.add(2);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn load_fast_check(&mut self) -> Flow {
        let w = *self.local(self.arg);
        if w == NULL {
            ops::unbound_local(&*(*self.frame).code, self.arg);
            return Flow::Raised;
        }
        incref(w);
        self.push(w);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn load_fast_and_clear(&mut self) -> Flow {
        let w = std::mem::replace(&mut *self.local(self.arg), NULL);
        self.push(w);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn store_fast(&mut self) -> Flow {
        let w = self.pop();
        let old = std::mem::replace(&mut *self.local(self.arg), w);
        decref(old);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn store_fast_load_fast(&mut self) -> Flow {
        let old = std::mem::replace(&mut *self.local(self.arg >> 4), *self.top(1));
        let w = *self.local(self.arg & 15);
        incref(w);
        *self.top(1) = w;
        decref(old);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn store_fast_store_fast(&mut self) -> Flow {
        self.sp = self.sp.sub(2);
        let old = std::mem::replace(&mut *self.local(self.arg >> 4), *self.sp.add(1));
        decref(old);
        let old = std::mem::replace(&mut *self.local(self.arg & 15), *self.sp);
        decref(old);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn delete_fast(&mut self) -> Flow {
        let old = std::mem::replace(&mut *self.local(self.arg), NULL);
        if old == NULL {
            ops::unbound_local(&*(*self.frame).code, self.arg);
            return Flow::Raised;
        }
        decref(old);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn load_const(&mut self) -> Flow {
        let w = *self.consts.add(self.arg);
        incref(w);
        self.push(w);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn load_small_int(&mut self) -> Flow {
        let w = tag::int_word(self.arg as i64);
        let next = *self.ip as u8;
        if Self::PLAIN && (next == op::BINARY_OP_ADD_INT || next == op::BINARY_OP_SUBTRACT_INT) && is_int(*self.top(1)) {
            let a = *self.top(1);
            let r = if next == op::BINARY_OP_ADD_INT { ops::int_add(a, w) } else { ops::int_subtract(a, w) };
            if let Some(r) = r {
                (*self.frame).ip = self.ip;
                self.ip = self.ip.add(6);
                self.sp = self.sp.sub(1);
                self.push_or_store(r);
                return Flow::Next;
            }
        }
        self.push(w);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn load_common_constant(&mut self) -> Flow {
        self.push(ops::common_constant(self.arg).into_word());
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn pop_top(&mut self) -> Flow {
        let w = self.pop();
        decref(w);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn push_null(&mut self) -> Flow {
        self.push(NULL);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn copy(&mut self) -> Flow {
        let w = *self.top(self.arg);
        incref(w);
        self.push(w);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn swap(&mut self) -> Flow {
        std::ptr::swap(self.top(1), self.top(self.arg));
        Flow::Next
    }
}
