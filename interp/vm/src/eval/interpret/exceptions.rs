//! Raising and handling exceptions, and `with`.

use super::{Flow, Loop};
use crate::eval::ops;
use crate::exc::{self, Raised};
use crate::thread::thread;
use crate::value::Value;
use crate::vm::types;

impl<const RECORDING: bool, const TRACING: bool> Loop<RECORDING, TRACING> {
    #[inline(always)]
    pub(super) unsafe fn load_special(&mut self) -> Flow {
        attempt!(ops::load_special(self.sp, self.arg));
        self.sp = self.sp.add(1);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn push_exc_info(&mut self) -> Flow {
        let e = *self.top(1);
        let state = thread().handled_state();
        let before = state.value.replace(Some(Value::clone_word(e)));
        *self.top(1) = before.unwrap_or(Value::NONE).into_word();
        self.push(e);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn pop_except(&mut self) -> Flow {
        let before = Value::from_word(self.pop());
        let state = thread().handled_state();
        let old = state.value.replace(if before.is_none() { None } else { Some(before) });
        drop(old);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn check_exc_match(&mut self) -> Flow {
        let r = attempt!(ops::check_exc_match(self.operand(2), self.operand(1)));
        self.replace::<1>(Value::bool(r));
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn check_eg_match(&mut self) -> Flow {
        attempt!(ops::check_eg_match(self.sp));
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn raise_varargs(&mut self) -> Flow {
        let cause = if self.arg == 2 { Some(Value::from_word(self.pop())) } else { None };
        let e = if self.arg >= 1 { Some(Value::from_word(self.pop())) } else { None };
        if ops::raise_varargs(e, cause) {
            return Flow::Reraised;
        }
        Flow::Raised
    }

    #[inline(always)]
    pub(super) unsafe fn reraise(&mut self) -> Flow {
        let e = Value::from_word(self.pop());
        // What PREP_RERAISE_STAR gives, the verifier does not know.
        if !e.is_instance(types().base_exception) {
            let Raised(()) = exc::type_error("exceptions must derive from BaseException");
            return Flow::Raised;
        }
        if self.arg > 0 {
            let unit = self.operand(self.arg).as_small_int().unwrap_or(0);
            let at = (*self.frame).ip;
            (*self.frame).ip = (*(*self.frame).code).units().add(unit as usize);
            let Raised(()) = exc::restore(e);
            return Flow::ReraisedAt(at);
        }
        let Raised(()) = exc::restore(e);
        Flow::Reraised
    }

    #[inline(always)]
    pub(super) unsafe fn with_except_start(&mut self) -> Flow {
        let v = attempt!(ops::with_except_start(self.sp));
        self.push(v.into_word());
        Flow::Next
    }
}
