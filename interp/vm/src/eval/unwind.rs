//! What happens when an exception leaves an instruction.

use super::{pop_frame, trace};
use crate::exc;
use crate::frame::{Continuation, Frame, Owner};
use crate::thread::thread;
use crate::types::{frame_object, generator, traceback};
use crate::value::{Value, decref};
use crate::vm::types;
use weft_layout::tag::Word;

/// Where execution goes on after an exception.
pub enum Unwound {
    /// In a handler of this frame, at `resume` with `sp` set.
    Handler(*mut Frame),
    /// In a caller whose loop the exception ended: at `resume`, `sp` set.
    LoopEnd(*mut Frame),
    /// In the native caller.
    ToRust,
}

/// Ends a frame whose arguments could not be bound.
///
/// # Safety
/// The frame is the innermost and has not run.
pub unsafe fn pop_unbound(frame: *mut Frame) {
    // SAFETY: locals are NULL or owned, the stack is empty.
    unsafe { pop_frame(frame) }
}

/// Finds the handler of the thread's current exception, ending frames on the way.
///
/// # Safety
/// `frame` is the running frame, its `ip` is the raising instruction and its `sp` is right; `at` is the instruction
/// whose handler is wanted.
pub unsafe fn unwind(mut frame: *mut Frame, mut at: *const u16, mut add_traceback: bool) -> Unwound {
    let t = thread();
    // SAFETY: each frame on the way is the running one, with `ip` at the instruction that called.
    unsafe {
        loop {
            let code = &*(*frame).code;
            let unit = code.index_of((*frame).ip);
            if add_traceback && let Some(e) = exc::current() {
                let object = frame_object::of_frame(frame);
                traceback::add(object, (2 * unit) as i32, None, &e);
                drop(e);
                if t.traced.get() {
                    trace::exception(frame);
                }
            }
            if !add_traceback && t.traced.get() {
                trace::reraised(frame);
            }
            add_traceback = true;
            if let Some(h) = code.handler_for(code.index_of(at)) {
                drop_stack(frame, h.depth as usize);
                if h.lasti {
                    push(frame, Value::usize(unit).into_word());
                }
                if t.traced.get() {
                    trace::handled(frame, h.target as usize);
                }
                let e = t.exc.take().expect("an exception is on its way");
                push(frame, e.into_word());
                (*frame).resume = code.units().add(h.target as usize);
                return Unwound::Handler(frame);
            }
            // A frame object keeps the locals, but not what was being worked on.
            drop_stack(frame, 0);
            if t.traced.get() {
                trace::unwound(frame);
            }
            let (cont, word, previous) = ((*frame).cont, (*frame).cont_word, (*frame).previous);
            end_frame(frame);
            match cont {
                Continuation::ToRust => return Unwound::ToRust,
                Continuation::Next if exc::matches(types().stop_iteration) => {
                    (*previous).resume = word as *const u16;
                    if trace::loop_ended(previous, exc::Raised(())).is_ok() {
                        return Unwound::LoopEnd(previous);
                    }
                }
                Continuation::SendGen if exc::matches(types().stop_iteration) => {
                    // A plain iterator's StopIteration inside SEND is handled in the loop; a generator's never gets here.
                }
                _ => {}
            }
            frame = previous;
            at = (*frame).ip;
        }
    }
}

/// Drops what lies on the value stack above `depth` words.
unsafe fn drop_stack(frame: *mut Frame, depth: usize) {
    // SAFETY: the words below sp are owned by the frame; each leaves it before it is dropped.
    unsafe {
        let target = Frame::stack_base(frame).add(depth);
        while (*frame).sp > target {
            (*frame).sp = (*frame).sp.sub(1);
            decref(*(*frame).sp);
        }
    }
}

unsafe fn push(frame: *mut Frame, w: Word) {
    // SAFETY: the compiler's stack size counts what handlers push.
    unsafe {
        *(*frame).sp = w;
        (*frame).sp = (*frame).sp.add(1);
    }
}

/// Ends the running frame, whoever owns it.
///
/// # Safety
/// The frame is the running one and its `sp` is right.
pub unsafe fn end_frame(frame: *mut Frame) {
    // SAFETY: passed on.
    unsafe {
        match (*frame).owner {
            Owner::Generator => generator::leave(frame),
            _ => pop_frame(frame),
        }
    }
}
