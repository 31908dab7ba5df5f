//! Chains of generators that delegate to each other by `yield from` or `await`.
//!
//! Each of them waits in the same loop, SEND, YIELD_VALUE, RESUME, JUMP_BACKWARD_NO_INTERRUPT, and does nothing but hand
//! values down and up. So a chain is resumed at its innermost generator, and what that yields goes to whoever resumed the
//! outermost, with every frame on the way left as if it had executed its loop.
//!
//! So that neither takes longer the longer the chain is, a chain that yields is left as it is, *dormant*: only its head and its
//! innermost generator know, by their [`Link`]s. While a chain runs, all but its innermost generator are
//! [`State::Chained`]; while it is dormant, all are. Whoever asks one of them for its state ([`Generator::state`]) finds out which,
//! and a dormant chain is taken apart then: each of its generators waits at its yield, by itself.

use super::fast;
use crate::frame::{Continuation, Frame, Owner};
use crate::thread::thread;
use crate::types::generator::{self, Generator, State};
use crate::value::Value;
use crate::vm::shapes;
use std::cell::Cell;
use std::ptr;
use weft_compiler::opcode::{OPCODES, op};
use weft_layout::tag::Word;

/// A generator's place in a chain. Pointers are good while its state is [`State::Chained`], or it runs as the innermost of a
/// chain, resumed by SEND: who delegates keeps the delegate alive, and nobody frees a head without taking the chain apart.
#[derive(Debug)]
pub struct Link {
    /// The generator that was resumed from outside of the chain; null in that one itself, and where there is no chain.
    head: Cell<*const Generator>,
    /// In the head of a dormant chain, the innermost generator; otherwise null.
    tail: Cell<*const Generator>,
    /// How many generators come before it.
    level: Cell<u32>,
}

impl Default for Link {
    fn default() -> Link {
        Link { head: Cell::new(ptr::null()), tail: Cell::new(ptr::null()), level: Cell::new(0) }
    }
}

impl Link {
    /// The generator is resumed and in no chain yet.
    #[inline(always)]
    pub fn begin(&self) {
        self.head.set(ptr::null());
        self.level.set(0);
    }
}

/// The head of the chain that a generator which is [`State::Chained`] is in.
unsafe fn head_of(g: &Generator) -> &Generator {
    // SAFETY: see `Link`.
    unsafe { g.link.head.get().as_ref().unwrap_or(g) }
}

/// Whether the generator, which is [`State::Chained`], is in a dormant chain.
pub fn is_dormant(g: &Generator) -> bool {
    // SAFETY: the caller says so.
    unsafe { !head_of(g).link.tail.get().is_null() }
}

/// Whether the generator is the head of a dormant chain.
#[inline(always)]
pub fn heads_dormant(g: &Generator) -> bool {
    g.raw_state() == State::Chained && !g.link.tail.get().is_null()
}

/// The state of a generator that is [`State::Chained`]. A dormant chain is taken apart.
#[cold]
pub fn settle(g: &Generator) -> State {
    // SAFETY: the frames of a dormant chain are linked from its end to its head, each but the last behind its SEND.
    unsafe {
        let head = head_of(g);
        let tail = head.link.tail.replace(ptr::null());
        let Some(tail) = tail.as_ref() else { return State::Running };
        let mut frame = tail.frame();
        loop {
            let previous = (*frame).previous;
            let of = &*generator::payload_of(frame);
            of.set_state(State::Suspended);
            if frame != tail.frame() {
                (*frame).ip = (*frame).resume;
                (*frame).resume = (*frame).resume.add(1);
                (*frame).started = true;
            }
            (*frame).previous = ptr::null_mut();
            if frame == head.frame() {
                break;
            }
            frame = previous;
        }
    }
    g.raw_state()
}

/// A frame that was resumed has been suspended or has ended: whoever delegated to it is the innermost of the chain now.
///
/// # Safety
/// The frame is a generator's, still linked.
#[inline(always)]
pub unsafe fn left(frame: *mut Frame) {
    // SAFETY: the frame that executes SEND is valid.
    unsafe {
        if (*frame).cont == Continuation::SendGen && (*(*frame).previous).owner == Owner::Generator {
            let g = &*generator::payload_of((*frame).previous);
            if g.raw_state() == State::Chained {
                g.set_state(State::Running);
            }
        }
    }
}

/// Notes that the frame `from`, about to go on behind its SEND, has delegated to `g`, if it does so in the loop of a
/// `yield from` or `await`.
#[inline(always)]
unsafe fn link(from: *mut Frame, g: &Generator) {
    // SAFETY: an instruction follows SEND; those of a generator's frame are in its generator.
    unsafe {
        let next = (*from).resume;
        if (*from).owner != Owner::Generator || *next as u8 != op::YIELD_VALUE || !loops_at(next.add(1)) {
            return;
        }
        let p = &*generator::payload_of(from);
        let head = if (*from).cont == Continuation::SendGen {
            if p.link.head.get().is_null() {
                return;
            }
            p.link.head.get()
        } else {
            p.link.begin();
            ptr::from_ref(p)
        };
        g.link.head.set(head);
        g.link.level.set(p.link.level.get() + 1);
        p.set_state(State::Chained);
    }
}

/// Whether `resume` is the RESUME behind the yield of the loop of a `yield from` or `await`.
#[inline(always)]
unsafe fn loops_at(resume: *const u16) -> bool {
    // SAFETY: behind a yield the verifier saw an instruction, and where that jumps, another.
    unsafe {
        if *resume as u8 != op::RESUME || *resume.add(1) as u8 != op::JUMP_BACKWARD_NO_INTERRUPT {
            return false;
        }
        let target = resume.add(2).sub((*resume.add(1) >> 8) as usize);
        target == resume.sub(3) && OPCODES[(*target & 0xff) as usize].base == op::SEND
    }
}

/// The SEND of the loop in which a frame waits, if it does. Code that did not come from the compiler may have other uses for
/// these instructions.
unsafe fn waits_at(frame: *mut Frame) -> Option<*const u16> {
    // SAFETY: the frame goes on at `resume`, behind which the verifier saw an instruction, and where that jumps, another.
    unsafe {
        let resume = (*frame).resume;
        (super::suspended_in_send(frame) && loops_at(resume)).then(|| resume.sub(3))
    }
}

/// Resumes a generator, and those it delegates to. Returns the innermost one's frame, in which the eval loop goes on.
///
/// # Safety
/// As for [`generator::enter`].
pub unsafe fn enter(g: &Generator, sent: Word, cont: Continuation, cont_word: u64) -> *mut Frame {
    // SAFETY: a frame that waits has its delegate and the sent value on its stack, and the delegate is alive while it is there.
    unsafe {
        let t = thread();
        if heads_dormant(g)
            && let tail = &*g.link.tail.get()
            && cont != Continuation::SendGen
            && t.depth.get() + tail.link.level.get() < *super::RECURSION_LIMIT.get()
        {
            g.link.tail.set(ptr::null());
            let first = g.frame();
            (*first).previous = t.frame.get();
            (*first).cont = cont;
            (*first).cont_word = cont_word;
            g.handled.previous.set(t.handled.get());
            t.handled.set(&tail.handled);
            t.depth.set(t.depth.get() + tail.link.level.get() + 1);
            let frame = tail.frame();
            *(*frame).sp = sent;
            (*frame).sp = (*frame).sp.add(1);
            tail.set_state(State::Running);
            t.frame.set(frame);
            return frame;
        }
        let from = t.frame.get();
        let mut frame = generator::enter(g, sent, cont, cont_word);
        if cont == Continuation::SendGen {
            link(from, g);
        }
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
            let from = frame;
            frame = generator::enter(delegate, sent, Continuation::SendGen, end as u64);
            link(from, delegate);
        }
        frame
    }
}

/// Suspends a generator that yields, and those that only pass the value on. Returns the frame that gets the value; NULL if
/// native code does.
///
/// # Safety
/// The frame is the running one, a generator's, its `sp` and `resume` are right, and it was not resumed by native code.
pub unsafe fn suspend(mut frame: *mut Frame) -> *mut Frame {
    // SAFETY: a frame whose next instruction is YIELD_VALUE is a generator's.
    unsafe {
        let g = &*generator::payload_of(frame);
        if (*frame).cont == Continuation::SendGen
            && let Some(head) = g.link.head.get().as_ref()
            && let first = head.frame()
            && (*first).cont != Continuation::Gather
        {
            let t = thread();
            g.set_state(State::Chained);
            (*frame).started = true;
            head.link.tail.set(g);
            t.handled.set(head.handled.previous.get());
            let previous = std::mem::replace(&mut (*first).previous, ptr::null_mut());
            t.frame.set(previous);
            t.depth.set(t.depth.get() - g.link.level.get() - 1);
            return if (*first).cont == Continuation::ToRust { ptr::null_mut() } else { previous };
        }
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
