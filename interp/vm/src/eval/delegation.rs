//! Chains of generators that delegate to each other by `yield from` or `await`.
//!
//! Each of them waits in the same loop, SEND, YIELD_VALUE, RESUME, JUMP_BACKWARD_NO_INTERRUPT, and does nothing but hand
//! values down and up. So a chain is resumed at its innermost generator, and what that yields goes to whoever resumed the
//! outermost, with every frame on the way left as if it had executed its loop.

use super::fast;
use crate::frame::{Continuation, Frame};
use crate::thread::thread;
use crate::types::generator::{self, Generator, State};
use crate::value::Value;
use crate::vm::shapes;
use weft_compiler::opcode::{OPCODES, op};
use weft_layout::tag::Word;

/// The SEND of the loop in which a frame waits, if it does. Code that did not come from the compiler may have other uses for
/// these instructions.
unsafe fn waits_at(frame: *mut Frame) -> Option<*const u16> {
    // SAFETY: the frame goes on at `resume`, behind which the verifier saw an instruction, and where that jumps, another.
    unsafe {
        let resume = (*frame).resume;
        if !super::suspended_in_send(frame) || *resume.add(1) as u8 != op::JUMP_BACKWARD_NO_INTERRUPT {
            return None;
        }
        let send = resume.sub(3);
        let target = resume.add(2).sub((*resume.add(1) >> 8) as usize);
        (target == send && OPCODES[(*send & 0xff) as usize].base == op::SEND).then_some(send)
    }
}

/// Resumes a generator, and those it delegates to. Returns the innermost one's frame, in which the eval loop goes on.
///
/// # Safety
/// As for [`generator::enter`].
pub unsafe fn enter(g: &Generator, sent: Word, cont: Continuation, cont_word: u64) -> *mut Frame {
    // SAFETY: a frame that waits has its delegate and the sent value on its stack, and the delegate is alive while it is there.
    unsafe {
        let mut frame = generator::enter(g, sent, cont, cont_word);
        while let Some(send) = waits_at(frame) {
            let sp = (*frame).sp;
            let id = fast::shape_of(*sp.sub(2));
            if id == 0 || id != shapes().generator && id != shapes().coroutine {
                break;
            }
            let delegate = generator::this(Value::from_word_ref(&*sp.sub(2)));
            if delegate.state() != State::Suspended || thread().depth.get() >= *super::RECURSION_LIMIT.get() {
                break;
            }
            let end = send.add(2 + (*send >> 8) as usize);
            (*frame).ip = send;
            (*frame).resume = send.add(2);
            (*frame).sp = sp.sub(1);
            frame = generator::enter(delegate, sent, Continuation::SendGen, end as u64);
        }
        frame
    }
}

/// Suspends a generator that yields, and those that only pass the value on. Returns the frame that gets the value.
///
/// # Safety
/// The frame is the running one, a generator's, its `sp` and `resume` are right, and it was not resumed by native code.
pub unsafe fn suspend(mut frame: *mut Frame) -> *mut Frame {
    // SAFETY: a frame whose next instruction is YIELD_VALUE is a generator's.
    unsafe {
        loop {
            let (cont, previous) = ((*frame).cont, (*frame).previous);
            generator::suspend(frame);
            let next = (*previous).resume;
            if cont != Continuation::SendGen || *next as u8 != op::YIELD_VALUE || (*previous).cont.takes_yields() {
                return previous;
            }
            (*previous).ip = next;
            (*previous).resume = next.add(1);
            frame = previous;
        }
    }
}
