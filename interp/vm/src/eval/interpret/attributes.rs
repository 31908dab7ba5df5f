//! Attributes.

use super::{Flow, Loop};
use crate::eval::{calls, fast, ops, specialise, stubs};
use crate::frame::Continuation;
use crate::protocol;
use crate::types::property;
use crate::value::{decref, incref};
use weft_compiler::opcode::op;
use weft_layout::tag::{NULL, Word};

impl<const RECORDING: bool, const TRACING: bool> Loop<RECORDING, TRACING> {
    #[inline(always)]
    pub(super) unsafe fn load_attr(&mut self) -> Flow {
        adapt!(self, load_attr(self.arg, self.operand(1), self.name(self.arg >> 1)));
        let name = self.name(self.arg >> 1);
        let (w, kind) = stubs::load(*self.top(1), name.word());
        if kind == stubs::Kind::Value {
            return self.attribute(w);
        }
        if kind == stubs::Kind::Method && self.arg & 1 != 0 {
            return self.method(w);
        }
        self.skip_caches::<{ op::LOAD_ATTR }>();
        if self.arg & 1 == 0 {
            let r = attempt!(protocol::attr::getattr(self.operand(1), name));
            self.replace::<1>(r);
        } else {
            let (f, bound) = attempt!(protocol::attr::load_method(self.operand(1), name));
            if bound {
                let this = std::mem::replace(&mut *self.top(1), f.into_word());
                self.push(this);
            } else {
                self.replace::<1>(f);
                self.push(NULL);
            }
        }
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn load_attr_instance_value(&mut self) -> Flow {
        self.attribute(fast::instance_value(self.ip, *self.top(1)))
    }

    #[inline(always)]
    pub(super) unsafe fn load_attr_with_hint(&mut self) -> Flow {
        self.attribute(fast::hinted_value(self.ip, *self.top(1), self.name(self.arg >> 1).word()))
    }

    #[inline(always)]
    pub(super) unsafe fn load_attr_slot(&mut self) -> Flow {
        self.attribute(fast::member_value(self.ip, *self.top(1)))
    }

    #[inline(always)]
    pub(super) unsafe fn load_attr_module(&mut self) -> Flow {
        self.attribute(fast::module_value(self.ip, *self.top(1)))
    }

    #[inline(always)]
    pub(super) unsafe fn load_attr_class(&mut self) -> Flow {
        self.attribute(fast::class_value(self.ip, *self.top(1)))
    }

    #[inline(always)]
    pub(super) unsafe fn load_attr_nondescriptor_with_values(&mut self) -> Flow {
        self.attribute(fast::owned(fast::class_held(self.ip, *self.top(1))))
    }

    #[inline(always)]
    pub(super) unsafe fn load_attr_method_with_values(&mut self) -> Flow {
        self.method(fast::class_held(self.ip, *self.top(1)))
    }

    #[inline(always)]
    pub(super) unsafe fn load_attr_method_no_dict(&mut self) -> Flow {
        self.method(fast::immutable_held(self.ip, *self.top(1)))
    }

    #[inline(always)]
    pub(super) unsafe fn load_attr_property(&mut self) -> Flow {
        let held = fast::class_held(self.ip, *self.top(1));
        let getter = if held == NULL { None } else { property::plain_getter(held) };
        let Some(f) = getter else { return self.general(op::LOAD_ATTR) };
        let callee = calls::enter_exact(f, calls::code_of(f), self.top(1), 1, Continuation::Push, 0);
        let Some(callee) = callee else { return self.general(op::LOAD_ATTR) };
        incref(f);
        (*self.frame).sp = self.sp.sub(1);
        self.enter_new(callee, self.ip.add(9));
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn store_attr_instance_value(&mut self) -> Flow {
        self.stored(fast::store_value(self.ip, *self.top(1), *self.top(2)))
    }

    #[inline(always)]
    pub(super) unsafe fn store_attr_slot(&mut self) -> Flow {
        self.stored(fast::store_member(self.ip, (*self.frame).code, *self.top(1), *self.top(2)))
    }

    #[inline(always)]
    pub(super) unsafe fn store_attr_with_hint(&mut self) -> Flow {
        let name = self.name(self.arg).word();
        self.stored(fast::store_hinted(self.ip, (*self.frame).code, *self.top(1), name, *self.top(2)))
    }

    #[inline(always)]
    pub(super) unsafe fn store_attr(&mut self) -> Flow {
        adapt!(self, store_attr((*self.frame).code, self.operand(1), self.name(self.arg)));
        if let Some(old) = stubs::store(*self.top(1), self.name(self.arg).word(), *self.top(2)) {
            return self.stored(Some(old));
        }
        self.skip_caches::<{ op::STORE_ATTR }>();
        // Stack: value, owner.
        attempt!(protocol::attr::setattr(self.operand(1), self.name(self.arg), self.operand(2)));
        self.discard::<2>();
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn delete_attr(&mut self) -> Flow {
        attempt!(protocol::attr::delattr(self.operand(1), self.name(self.arg)));
        self.discard::<1>();
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn load_super_attr(&mut self) -> Flow {
        self.ip = self.ip.add(1);
        attempt!(ops::load_super_attr(self.sp, self.arg, &*(*self.frame).code));
        self.sp = if self.arg & 1 != 0 { self.top(1) } else { self.top(2) };
        Flow::Next
    }

    /// Ends STORE_ATTR after the value has moved; the old value is still to be dropped. `None`: the inline cache did not hold.
    #[inline(always)]
    unsafe fn stored(&mut self, old: Option<Word>) -> Flow {
        match old {
            Some(old) => {
                self.skip_caches::<{ op::STORE_ATTR }>();
                self.sp = self.sp.sub(2);
                let owner = *self.sp.add(1);
                decref(old);
                decref(owner);
                Flow::Next
            }
            None => self.general(op::STORE_ATTR),
        }
    }
}
