//! Returning, generators and coroutines.

use super::{Flow, Loop};
use crate::eval::pop_plain_frame;
use crate::eval::{breaker, delegation, fast, gather, ops, specialise};
use crate::exc::{self, Raised};
use crate::frame::{Continuation, Frame, Owner};
use crate::jit::{enter, record};
use crate::thread::thread;
use crate::types::generator;
use crate::value::{Value, decref};
use crate::vm::{shapes, types};
use weft_compiler::opcode::op;
use weft_layout::tag::{self, NULL};

impl<const RECORDING: bool, const TRACING: bool> Loop<RECORDING, TRACING> {
    #[inline(always)]
    pub(super) unsafe fn end_send(&mut self) -> Flow {
        let value = self.pop();
        let receiver = std::mem::replace(&mut *self.top(1), value);
        decref(receiver);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn get_yield_from_iter(&mut self) -> Flow {
        let r = attempt!(ops::yield_from_iter(self.operand(1), &*(*self.frame).code));
        self.replace::<1>(r);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn send(&mut self) -> Flow {
        adapt!(self, send(self.operand(2)));
        self.ip = self.ip.add(1);
        match attempt!(ops::send(self.operand(2), self.operand(1))) {
            generator::Resumed::Yield(v) => self.replace::<1>(v),
            generator::Resumed::Return(v) => {
                self.replace::<1>(v);
                self.ip = self.ip.add(self.arg);
            }
        }
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn send_gen(&mut self) -> Flow {
        let id = fast::shape_of(*self.top(2));
        if id == 0 || id != shapes().generator && id != shapes().coroutine {
            return self.general(op::SEND);
        }
        let g = generator::this(self.operand(2));
        let ready = match g.state() {
            generator::State::Suspended => true,
            generator::State::Created => *self.top(1) == tag::NONE,
            _ => false,
        };
        if !ready || thread().depth.get() >= *crate::eval::RECURSION_LIMIT.get() {
            return self.general(op::SEND);
        }
        let v = self.pop();
        (*self.frame).sp = self.sp;
        (*self.frame).resume = self.ip.add(1);
        let enter = if Self::PLAIN { delegation::enter } else { generator::enter };
        let f = enter(g, v, Continuation::SendGen, self.ip.add(1 + self.arg) as u64);
        self.load_frame(f);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn yield_value(&mut self) -> Flow {
        let w = self.pop();
        if !TRACING && (*self.frame).cont == Continuation::Gather && gather::take(self.frame, w) {
            // As if it had been suspended and resumed.
            (*self.frame).started = true;
            self.push(tag::NONE);
            return Flow::Next;
        }
        if !(*self.frame).cont.takes_yields() {
            (*self.frame).sp = self.sp;
            (*self.frame).resume = self.ip;
            let receiver = if Self::PLAIN {
                let receiver = delegation::suspend(self.frame);
                if receiver.is_null() {
                    return Flow::Done(w);
                }
                receiver
            } else {
                let previous = (*self.frame).previous;
                generator::suspend(self.frame);
                previous
            };
            self.load_frame(receiver);
            self.push(w);
            return Flow::Next;
        }
        Flow::Yield(w)
    }

    #[inline(always)]
    pub(super) unsafe fn return_generator(&mut self) -> Flow {
        (*self.frame).resume = self.ip;
        (*self.frame).sp = self.sp;
        let g = generator::from_frame(self.frame);
        let (cont, previous) = ((*self.frame).cont, (*self.frame).previous);
        let t = thread();
        t.frame.set(previous);
        t.depth.set(t.depth.get() - 1);
        t.stack.pop(self.frame);
        if cont == Continuation::ToRust {
            return Flow::Done(g.into_word());
        }
        self.load_frame(previous);
        self.push(g.into_word());
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn return_value(&mut self) -> Flow {
        let w = self.pop();
        let cont = (*self.frame).cont;
        let returns_plainly =
            cont == Continuation::Push || cont == Continuation::Trace || cont.interpreted() == Continuation::Init && w == tag::NONE;
        if !returns_plainly
            || (*self.frame).owner != Owner::Stack
            || (*self.frame).frame_obj != NULL
            || self.sp != Frame::stack_base(self.frame)
        {
            return Flow::Return(w);
        }
        let pushes = cont.interpreted() == Continuation::Push;
        let word = (*self.frame).cont_word;
        let previous = (*self.frame).previous;
        let (to_code, forgotten) = (cont != cont.interpreted(), enter::times_forgotten());
        pop_plain_frame(self.frame);
        self.load_frame(previous);
        if pushes {
            self.push(w);
        }
        // What the locals' finalisers did may have freed the code.
        if to_code && forgotten == enter::times_forgotten() { self.return_to_code(word) } else { Flow::Next }
    }

    /// Goes on in compiled code, to whose call a frame has returned.
    #[inline(always)]
    unsafe fn return_to_code(&mut self, word: u64) -> Flow {
        if !Self::ENTERS || breaker::is_set() {
            return Flow::Next;
        }
        (*self.frame).sp = self.sp;
        (*self.frame).resume = self.ip;
        let Some(l) = enter::go_on(self.frame, word) else { return Flow::Next };
        self.load_frame(l.frame);
        if l.raising {
            return Flow::Raised;
        }
        match l.record {
            Some(exit) if record::begin_side(self.frame, exit) => Flow::Switch,
            _ => Flow::Next,
        }
    }

    #[inline(always)]
    pub(super) unsafe fn get_awaitable(&mut self) -> Flow {
        let r = attempt!(ops::get_awaitable(self.operand(1), self.arg));
        self.replace::<1>(r);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn get_aiter(&mut self) -> Flow {
        let r = attempt!(ops::get_aiter(self.operand(1)));
        self.replace::<1>(r);
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn get_anext(&mut self) -> Flow {
        let r = attempt!(ops::get_anext(self.operand(1)));
        self.push(r.into_word());
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn end_async_for(&mut self) -> Flow {
        // Stack: iterator, exception.
        if self.operand(1).is_instance(types().stop_async_iteration) {
            self.discard::<2>();
        } else {
            let e = Value::from_word(self.pop());
            let Raised(()) = exc::restore(e);
            return Flow::Reraised;
        }
        Flow::Next
    }

    #[inline(always)]
    pub(super) unsafe fn cleanup_throw(&mut self) -> Flow {
        // Stack: delegate, last sent value, exception.
        if self.operand(1).is_instance(types().stop_iteration) {
            let value = crate::types::exceptions::stop_iteration_value(self.operand(1));
            self.discard::<3>();
            self.push(tag::NONE);
            self.push(value.into_word());
        } else {
            let e = Value::from_word(self.pop());
            let Raised(()) = exc::restore(e);
            return Flow::Reraised;
        }
        Flow::Next
    }
}
