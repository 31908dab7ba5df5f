//! Jumps, loops, and where compiled code is entered.

use super::{Flow, Loop};
use crate::eval::leave::{Left, Next, leave};
use crate::eval::{breaker, delegation, dunder, fast, ops, specialise, trace};
use crate::frame::Continuation;
use crate::jit::{self, coverage, enter, hot, record};
use crate::protocol;
use crate::types::generator;
use crate::value::decref;
use weft_compiler::opcode::op;
use weft_jit::TraceKind;
use weft_layout::tag::{self, NULL};

macro_rules! check_breaker {
    ($vm:ident) => {
        if breaker::is_set() {
            (*$vm.frame).sp = $vm.sp;
            attempt!(breaker::handle());
            if !Self::TRACES && trace::is_due() {
                (*$vm.frame).resume = if $vm.opcode == op::RESUME { (*$vm.frame).ip } else { $vm.ip };
                return Flow::Switch;
            }
        }
    };
}

macro_rules! next_item {
    ($vm:ident, $f:ident) => {
        match fast::$f(*$vm.top(1)) {
            None => $vm.general(op::FOR_ITER),
            Some(NULL) => {
                $vm.ip = $vm.ip.add($vm.arg + 2);
                Flow::Next
            }
            Some(w) => {
                $vm.ip = $vm.ip.add(1);
                $vm.push_or_store(w);
                Flow::Next
            }
        }
    };
}

impl<const RECORDING: bool, const TRACING: bool> Loop<RECORDING, TRACING> {
    #[inline(always)]
    pub(super) unsafe fn resume(&mut self) -> Flow {
        if self.arg & 3 < 2 {
            check_breaker!(self);
        }
        if Self::ENTERS && jit::is_on() && self.arg & 3 == 0 && hot::count_call(&*(*self.frame).code) {
            (*self.frame).sp = self.sp;
            (*self.frame).resume = self.ip.sub(1);
            if record::begin(self.frame, self.ip.sub(1), self.ip.sub(1).cast_mut(), TraceKind::Entry) {
                return Flow::Switch;
            }
        }
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn end_for(&mut self) -> Flow {
        let w = self.pop();
        decref(w);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn jump_forward(&mut self) -> Flow {
        self.ip = self.ip.add(self.arg);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn jump_backward(&mut self) -> Flow {
        let site = self.ip.sub(1).cast_mut();
        self.ip = self.ip.add(1).sub(self.arg);
        check_breaker!(self);
        if Self::ENTERS && jit::is_on() && hot::count_loop(site.add(1)) {
            (*self.frame).sp = self.sp;
            (*self.frame).resume = self.ip;
            if record::begin(self.frame, self.ip, site, TraceKind::Loop) {
                return Flow::Switch;
            }
        }
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn enter_executor(&mut self) -> Flow {
        let site = self.ip.sub(1);
        let (trace, displaced) = hot::executor((*self.frame).code, *site);
        if Self::ENTERS && !breaker::is_set() && hot::suits(self.frame, *site) {
            (*self.frame).sp = self.sp;
            (*self.frame).resume = if displaced as u8 == op::JUMP_BACKWARD {
                self.ip.add(1).sub(self.arg & !0xff | (displaced >> 8) as usize)
            } else {
                self.ip.sub(1)
            };
            if let Some(l) = enter::enter(self.frame, trace) {
                self.load_frame(l.frame);
                if Self::COUNTING {
                    // The trace has completed the RESUME, or another JUMP_BACKWARD is to be executed below.
                    coverage::interpreted((self.ip == site) as i64 - (displaced as u8 != op::JUMP_BACKWARD) as i64);
                }
                if l.raising {
                    if let Some(exit) = l.record {
                        // The handler is this frame's: the recording begins in it.
                        if let Next::Frame(f) = leave(self.frame, Left::Raised) {
                            self.load_frame(f);
                        }
                        return if trace::is_due() || record::begin_handler(self.frame, exit) { Flow::Switch } else { Flow::Next };
                    }
                    return Flow::Raised;
                }
                if let Some(exit) = l.record
                    && record::begin_side(self.frame, exit)
                {
                    return Flow::Switch;
                }
                if self.ip != site {
                    return Flow::Next;
                }
                // The trace has left where it begins: entering it again would get no further.
                (*self.frame).ip = self.ip;
                self.ip = self.ip.add(1);
            }
        }
        // The displaced instruction.
        self.opcode = displaced as u8;
        self.arg = self.arg & !0xff | (displaced >> 8) as usize;
        Flow::Again
    }

    #[inline(always)]
    pub(super) unsafe fn jump_backward_no_interrupt(&mut self) -> Flow {
        self.ip = self.ip.sub(self.arg);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn pop_jump_if_false(&mut self) -> Flow {
        self.ip = self.ip.add(1);
        if self.pop() == tag::FALSE {
            self.ip = self.ip.add(self.arg);
        } else {
            self.skip_not_taken();
        }
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn pop_jump_if_true(&mut self) -> Flow {
        self.ip = self.ip.add(1);
        if self.pop() == tag::TRUE {
            self.ip = self.ip.add(self.arg);
        } else {
            self.skip_not_taken();
        }
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn pop_jump_if_none(&mut self) -> Flow {
        self.ip = self.ip.add(1);
        let w = self.pop();
        if w == tag::NONE {
            self.ip = self.ip.add(self.arg);
        } else {
            self.skip_not_taken();
            decref(w);
        }
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn pop_jump_if_not_none(&mut self) -> Flow {
        self.ip = self.ip.add(1);
        let w = self.pop();
        if w != tag::NONE {
            self.ip = self.ip.add(self.arg);
            decref(w);
        } else {
            self.skip_not_taken();
        }
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn get_iter(&mut self) -> Flow {
        let r = attempt!(protocol::iter::iter(self.operand(1)));
        self.replace::<1>(r);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn for_iter(&mut self) -> Flow {
        adapt!(self, for_iter(self.operand(1)));
        if Self::RECORDS && generator::can_resume(*self.top(1)) {
            // The recorder inlines generators, also where there are other iterators.
            self.opcode = op::FOR_ITER_GEN;
            return Flow::Again;
        }
        self.ip = self.ip.add(1);
        special!(self, dunder::next(self.operand(1), self.ip.add(self.arg + 1)));
        match attempt!(ops::for_next(self.operand(1))) {
            Some(v) => self.push(v.into_word()),
            None => self.ip = self.ip.add(self.arg + 1),
        }
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn for_iter_list(&mut self) -> Flow {
        next_item!(self, next_of_list)
    }

    #[inline(always)]
    pub(super) unsafe fn for_iter_tuple(&mut self) -> Flow {
        next_item!(self, next_of_tuple)
    }

    #[inline(always)]
    pub(super) unsafe fn for_iter_range(&mut self) -> Flow {
        next_item!(self, next_of_range)
    }

    #[inline(always)]
    pub(super) unsafe fn for_iter_gen(&mut self) -> Flow {
        if !generator::can_resume(*self.top(1)) {
            return self.general(op::FOR_ITER);
        }
        let g = generator::this(self.operand(1));
        // The operand leads to END_FOR, which only a pushed return value would need.
        let end = self.ip.add(self.arg + 2);
        (*self.frame).sp = self.sp;
        let enter = if Self::PLAIN { delegation::enter } else { generator::enter };
        let f = enter(g, tag::NONE, Continuation::ForGen, end as u64);
        (*self.frame).resume = self.ip.add(1);
        self.load_frame(f);
        Flow::Next
    }
}
