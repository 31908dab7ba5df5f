//! Pattern matching.

use super::{Flow, Loop};
use crate::eval::ops;
use crate::protocol;
use crate::value::Value;
use weft_layout::tag;

impl<const RECORDING: bool, const TRACING: bool> Loop<RECORDING, TRACING> {
    #[inline(always)]
    pub(super) unsafe fn get_len(&mut self) -> Flow {
        let n = attempt!(protocol::len(self.operand(1)));
        self.push(Value::usize(n).into_word());
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn match_mapping(&mut self) -> Flow {
        self.push(tag::bool_word(protocol::matches_as(self.operand(1), crate::class::flag::MAPPING)));
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn match_sequence(&mut self) -> Flow {
        self.push(tag::bool_word(protocol::matches_as(self.operand(1), crate::class::flag::SEQUENCE)));
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn match_keys(&mut self) -> Flow {
        let v = attempt!(ops::match_keys(self.operand(2), self.operand(1)));
        self.push(v.into_word());
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn match_class(&mut self) -> Flow {
        let v = attempt!(ops::match_class(self.operand(3), self.operand(2), self.arg, self.operand(1)));
        self.replace::<3>(v);
        Flow::Next
    }
}
