//! Making containers and strings.

use super::{Flow, Loop};
use crate::eval::ops;
use crate::types::{list, tuple};
use crate::value::Value;
use crate::vm::types;

impl<const RECORDING: bool, const TRACING: bool> Loop<RECORDING, TRACING> {
    #[inline(always)]
    pub(super) unsafe fn build_tuple(&mut self) -> Flow {
        self.sp = self.sp.sub(self.arg);
        let v = tuple::from_words(self.sp, self.arg);
        self.push(v.into_word());
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn build_list(&mut self) -> Flow {
        self.sp = self.sp.sub(self.arg);
        let v = list::from_words(self.sp, self.arg);
        self.push(v.into_word());
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn build_set(&mut self) -> Flow {
        let v = attempt!(ops::build_set(self.sp, self.arg));
        self.sp = ops::drop_words(self.sp, self.arg);
        self.push(v.into_word());
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn build_map(&mut self) -> Flow {
        let v = attempt!(ops::build_map(self.sp, self.arg));
        self.sp = ops::drop_words(self.sp, 2 * self.arg);
        self.push(v.into_word());
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn build_string(&mut self) -> Flow {
        let v = attempt!(ops::build_string(self.sp, self.arg));
        self.sp = ops::drop_words(self.sp, self.arg);
        self.push(v.into_word());
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn build_slice(&mut self) -> Flow {
        let step = if self.arg == 3 { Value::from_word(self.pop()) } else { Value::NONE };
        let stop = Value::from_word(self.pop());
        let begin = Value::from_word(self.pop());
        self.push(crate::types::slice::new(begin, stop, step).into_word());
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn build_interpolation(&mut self) -> Flow {
        let n = if self.arg & 1 != 0 { 3 } else { 2 };
        let v = attempt!(ops::build_interpolation(self.sp, self.arg));
        self.sp = ops::drop_words(self.sp, n);
        self.push(v.into_word());
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn build_template(&mut self) -> Flow {
        let v = attempt!(ops::build_template(self.operand(2), self.operand(1)));
        self.replace::<2>(v);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn list_append(&mut self) -> Flow {
        let v = Value::from_word(self.pop());
        list::push(self.operand(self.arg), v);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn list_extend(&mut self) -> Flow {
        attempt!(ops::list_extend(self.operand(self.arg + 1), self.operand(1)));
        self.discard::<1>();
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn set_add(&mut self) -> Flow {
        attempt!(crate::types::set::add_to(self.operand(self.arg + 1), self.operand(1)));
        self.discard::<1>();
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn set_update(&mut self) -> Flow {
        attempt!(crate::types::set::update(self.operand(self.arg + 1), self.operand(1)));
        self.discard::<1>();
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn map_add(&mut self) -> Flow {
        attempt!(crate::types::dict::set(self.operand(self.arg + 2), self.operand(2), self.operand(1)));
        self.discard::<2>();
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn dict_update(&mut self) -> Flow {
        attempt!(ops::dict_update(self.operand(self.arg + 1), self.operand(1)));
        self.discard::<1>();
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn dict_merge(&mut self) -> Flow {
        attempt!(ops::dict_merge(self.operand(self.arg + 1), self.operand(1), self.top(self.arg + 4)));
        self.discard::<1>();
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn format_simple(&mut self) -> Flow {
        if !std::ptr::eq(self.operand(1).class(), types().str) {
            let v = attempt!(ops::format_simple(self.operand(1)));
            self.replace::<1>(v);
        }
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn format_with_spec(&mut self) -> Flow {
        let v = attempt!(crate::format::format_value(self.operand(2), self.operand(1)));
        self.replace::<2>(v);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn convert_value(&mut self) -> Flow {
        let v = attempt!(ops::convert_value(self.operand(1), self.arg));
        self.replace::<1>(v);
        Flow::Next
    }
}
