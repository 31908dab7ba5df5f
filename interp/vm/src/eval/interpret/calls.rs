//! Calls, and making functions.

use super::{Flow, Loop, view};
use crate::eval::calls::Called;
use crate::eval::{calls, fast, gather, native_call, ops, specialise, trace};
use crate::frame::Continuation;
use crate::protocol;
use crate::types::{list, method};
use crate::value::{Res, Value, decref, incref};
use crate::vm::{shapes, types};
use weft_compiler::opcode::op;
use weft_layout::tag::{self, NULL, Word};

/// A call instruction in general.
macro_rules! call {
    ($vm:ident, $e:expr) => {{
        (*$vm.frame).resume = $vm.ip;
        (*$vm.frame).sp = $vm.sp;
        match $e {
            Called::Frame(f) => $vm.load_frame(f),
            Called::Done => $vm.sp = (*$vm.frame).sp,
            Called::Switch => {
                if !Self::TRACES {
                    return Flow::Switch;
                }
                $vm.sp = (*$vm.frame).sp;
            }
            Called::Raised => {
                $vm.sp = (*$vm.frame).sp;
                return Flow::Raised;
            }
        }
    }};
}

impl<const RECORDING: bool, const TRACING: bool> Loop<RECORDING, TRACING> {
    #[inline(always)]
    pub(super) unsafe fn call(&mut self) -> Flow {
        adapt!(self, call(self.arg, self.top(self.arg + 2)));
        self.skip_caches::<{ op::CALL }>();
        call!(self, calls::call(self.frame, self.arg));
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn call_py_exact_args(&mut self) -> Flow {
        let base = self.top(self.arg + 2);
        let f = *base;
        if !fast::has_shape(f, shapes().function) {
            return self.general(op::CALL);
        }
        let has_self = (*base.add(1) != NULL) as usize;
        let code = calls::code_of(f);
        if (*code).exact_args as usize != self.arg + has_self {
            return self.general(op::CALL);
        }
        match calls::enter_exact(f, code, base.add(2 - has_self), self.arg + has_self, Continuation::Push, 0) {
            Some(callee) => {
                (*self.frame).sp = base;
                self.enter_new(callee, self.ip.add(3));
            }
            None => return self.general(op::CALL),
        }
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn call_bound_method_exact_args(&mut self) -> Flow {
        let base = self.top(self.arg + 2);
        let m = *base;
        if !fast::has_shape(m, shapes().method) || *base.add(1) != NULL {
            return self.general(op::CALL);
        }
        let bound = method::this(view(base));
        let (f, this) = (bound.function.word(), bound.this.word());
        if !fast::has_shape(f, shapes().function) || (*calls::code_of(f)).exact_args as usize != self.arg + 1 {
            return self.general(op::CALL);
        }
        *base.add(1) = this;
        match calls::enter_exact(f, calls::code_of(f), base.add(1), self.arg + 1, Continuation::Push, 0) {
            Some(callee) => {
                incref(this);
                incref(f);
                (*self.frame).sp = base;
                (*self.frame).resume = self.ip.add(3);
                self.load_frame(callee);
                decref(m);
            }
            None => {
                *base.add(1) = NULL;
                return self.general(op::CALL);
            }
        }
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn call_alloc_and_enter_init(&mut self) -> Flow {
        match calls::enter_init(self.frame, self.top(self.arg + 2), self.arg) {
            Some(callee) => self.enter_new(callee, self.ip.add(3)),
            None => return self.general(op::CALL),
        }
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn call_general(&mut self) -> Flow {
        self.skip_caches::<{ op::CALL }>();
        if RECORDING
            && !TRACING
            && let Some(kind) = gather::kind(self.top(self.arg + 2), self.arg)
        {
            // The recorder inlines generators, whatever the call is specialised for.
            return self.gather(kind);
        }
        call!(self, calls::call(self.frame, self.arg));
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn call_builtin_class(&mut self) -> Flow {
        let base = self.top(self.arg + 2);
        if !fast::has_shape(*base, shapes().type_) || *base.add(1) != NULL {
            return self.general(op::CALL);
        }
        self.skip_caches::<{ op::CALL }>();
        if !TRACING && let Some(kind) = gather::kind(base, self.arg) {
            return self.gather(kind);
        }
        let r = calls::native_class(base, self.arg);
        self.returned(base, r)
    }

    /// Runs the generator of a call that takes everything it yields.
    #[inline(always)]
    unsafe fn gather(&mut self, kind: gather::Kind) -> Flow {
        (*self.frame).resume = self.ip;
        (*self.frame).sp = self.sp;
        let callee = gather::begin(self.frame, kind);
        self.load_frame(callee);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn call_type_1(&mut self) -> Flow {
        let base = self.top(3);
        if *base != types().type_.value_word() || *base.add(1) != NULL {
            return self.general(op::CALL);
        }
        self.skip_caches::<{ op::CALL }>();
        let v = self.pop();
        self.sp = self.sp.sub(1);
        *base = Value::from_word_ref(&v).class().value().into_word();
        decref(v);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn call_str_1(&mut self) -> Flow {
        let base = self.top(3);
        if *base != types().str.value_word() || *base.add(1) != NULL {
            return self.general(op::CALL);
        }
        self.skip_caches::<{ op::CALL }>();
        let r = protocol::str(view(base.add(2)));
        self.returned(base, r)
    }

    #[inline(always)]
    pub(super) unsafe fn call_tuple_1(&mut self) -> Flow {
        let base = self.top(3);
        if *base != types().tuple.value_word() || *base.add(1) != NULL {
            return self.general(op::CALL);
        }
        self.skip_caches::<{ op::CALL }>();
        if !TRACING && let Some(kind) = gather::kind(base, 1) {
            return self.gather(kind);
        }
        let r = ops::to_tuple(view(base.add(2)));
        self.returned(base, r)
    }

    #[inline(always)]
    pub(super) unsafe fn call_len(&mut self) -> Flow {
        let base = self.top(3);
        if *base != native_call::known().len || *base.add(1) != NULL {
            return self.general(op::CALL);
        }
        let v = *self.top(1);
        let n = match fast::len(v) {
            Some(n) => n,
            None => attempt!(protocol::len(self.operand(1))),
        };
        self.skip_caches::<{ op::CALL }>();
        decref(*base);
        *base = tag::int_word(n as i64);
        self.sp = base.add(1);
        decref(v);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn call_isinstance(&mut self) -> Flow {
        let base = self.top(4);
        if *base != native_call::known().isinstance || *base.add(1) != NULL {
            return self.general(op::CALL);
        }
        let r = match fast::is_instance(*self.top(2), *self.top(1)) {
            Some(r) => r,
            None => attempt!(protocol::isinstance(self.operand(2), self.operand(1))),
        };
        self.skip_caches::<{ op::CALL }>();
        let (f, v, class) = (*base, *base.add(2), *base.add(3));
        *base = tag::bool_word(r);
        self.sp = base.add(1);
        fast::drop3(f, v, class);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn call_list_append(&mut self) -> Flow {
        let base = self.top(3);
        let l = *base.add(1);
        if *base != native_call::known().list_append || !fast::has_shape(l, shapes().list) {
            return self.general(op::CALL);
        }
        self.skip_caches::<{ op::CALL }>();
        let v = self.pop();
        list::push(Value::from_word_ref(&l), Value::from_word(v));
        decref(*base);
        *base = tag::NONE;
        self.sp = base.add(1);
        decref(l);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn call_builtin(&mut self) -> Flow {
        let base = self.top(self.arg + 2);
        if !fast::has_shape(*base, shapes().builtin_function) || *base.add(1) != NULL {
            return self.general(op::CALL);
        }
        if !TRACING && let Some(kind) = gather::kind(base, self.arg) {
            self.skip_caches::<{ op::CALL }>();
            return self.gather(kind);
        }
        let Some(r) = native_call::builtin(base, self.arg) else { return self.general(op::CALL) };
        self.skip_caches::<{ op::CALL }>();
        self.returned(base, r)
    }

    #[inline(always)]
    pub(super) unsafe fn call_method_descriptor(&mut self) -> Flow {
        let base = self.top(self.arg + 2);
        if !fast::has_shape(*base, shapes().method_descriptor) || *base.add(1) == NULL {
            return self.general(op::CALL);
        }
        if !TRACING && let Some(kind) = gather::kind(base, self.arg) {
            self.skip_caches::<{ op::CALL }>();
            return self.gather(kind);
        }
        let Some(r) = native_call::method(base, self.arg) else { return self.general(op::CALL) };
        self.skip_caches::<{ op::CALL }>();
        self.returned(base, r)
    }

    #[inline(always)]
    pub(super) unsafe fn call_kw(&mut self) -> Flow {
        self.skip_caches::<{ op::CALL_KW }>();
        call!(self, calls::call_kw(self.frame, self.arg));
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn call_function_ex(&mut self) -> Flow {
        call!(self, calls::call_ex(self.frame));
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn call_intrinsic_1(&mut self) -> Flow {
        let r = attempt!(ops::intrinsic_1(self.arg, self.operand(1), self.frame));
        self.replace::<1>(r);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn call_intrinsic_2(&mut self) -> Flow {
        let r = attempt!(ops::intrinsic_2(self.arg, self.operand(2), self.operand(1)));
        self.replace::<2>(r);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn make_function(&mut self) -> Flow {
        let f = ops::make_function(self.operand(1), self.frame);
        self.replace::<1>(f);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn set_function_attribute(&mut self) -> Flow {
        let f = self.pop();
        let attribute = std::mem::replace(&mut *self.top(1), f);
        crate::types::function::set_attribute(self.operand(1), self.arg as u32, Value::from_word(attribute));
        Flow::Next
    }

    /// The result of a native call replaces the operands from `base` on.
    #[inline(always)]
    unsafe fn returned(&mut self, base: *mut Word, r: Res) -> Flow {
        let w = attempt!(r).into_word();
        decref(std::mem::replace(&mut *base, w));
        while {
            self.sp = self.sp.sub(1);
            self.sp != base
        } {
            decref(*self.sp);
        }
        self.sp = base.add(1);
        // The function may have switched tracing on, for this frame too.
        if !Self::TRACES && trace::is_due() {
            (*self.frame).resume = self.ip;
            (*self.frame).sp = self.sp;
            return Flow::Switch;
        }
        Flow::Next
    }
}
