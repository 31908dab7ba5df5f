//! Generators resumed by a loop: their bodies are inlined.
//!
//! A suspended generator's frame is memory, of which a trace owns nothing. A FOR_ITER that resumes it loads the frame's
//! slots and takes over their references; a yield puts back what has changed. In between the generator is marked as
//! running, so nobody reads the frame, and exits write all of it ([`crate::jit::enter`]).
//!
//! The frame's slot 0, where other frames have their function, holds the generator.

use super::{Cx, Expect, Flow, Inlined, LOCALS, MAX_RECURSION, Recorded, Recorder, Words, unsupported};
use crate::eval;
use crate::frame::{Continuation, Frame};
use crate::jit::enter::MAX_INLINED;
use crate::jit::helpers;
use crate::types::generator::{self, State};
use crate::value::Value;
use weft_compiler::opcode::op;
use weft_jit::Ref;
use weft_layout::op::Op;
use weft_layout::tag::{self, NULL};

/// The slot that holds the generator.
pub const GENERATOR: usize = 0;

/// Where a generator waits, as its frame in memory says: the instruction at which it goes on, by its index, and how many
/// words its frame has. [`NOT_STARTED`] if its body has not begun.
fn waiting(code: &crate::types::code::Code, resume: *const u16, words: usize) -> u64 {
    (code.index_of(resume) as u64) << 32 | words as u64
}

const NOT_STARTED: u64 = u64::MAX;

/// Byte offset of a frame's word in its generator.
fn word_offset(i: usize) -> u16 {
    (generator::LOCALS_OFFSET + 8 * i) as u16
}

impl Recorder {
    /// A FOR_ITER of a generator that is suspended. Whether its body is inlined.
    pub(super) fn resume_generator(&mut self, r: Ref, it: &Value) -> Recorded<bool> {
        let g = generator::this(it);
        let state = g.state();
        let frame = g.frame();
        if !matches!(state, State::Created | State::Suspended) || g.handled.value.peek().is_some() {
            return Ok(false);
        }
        // SAFETY: the generator is suspended, so its frame is complete, and its code is alive.
        let (code, resume, depth) = unsafe {
            // A chain of generators that delegate is resumed faster by the interpreter.
            if state == State::Suspended && eval::suspended_in_send(frame) {
                return Ok(false);
            }
            (&*(*frame).code, (*frame).resume, (*frame).sp.offset_from(Frame::locals(frame)) as usize)
        };
        let recursion = self.frames.iter().filter(|f| std::ptr::eq(f.words.code, code)).count();
        let fits = self.frames.len() < MAX_INLINED as usize && recursion < MAX_RECURSION && code.frame_words < 4000;
        if !fits || code.no_inlining.get() {
            return Ok(false);
        }
        let p = self.guard_shape_of(r, it)?;
        let number = self.word(state as u64);
        self.b.access(Op::GuardMemU32, &[p, number], generator::STATE_OFFSET as u16, None)?;
        // The address stands for the code, too, which is pinned.
        let at = self.b.load(Op::LoadWord, p, generator::RESUME_OFFSET as u16)?;
        let expected = self.word(resume as u64);
        self.b.guard_is(at, expected)?;
        self.pins.push(g.code());
        let mut values = Vec::with_capacity(depth);
        for i in 0..depth {
            // SAFETY: the frame has that many words.
            let w = unsafe { *Frame::locals(frame).add(i) };
            let v = self.b.load(Op::LoadValue, p, word_offset(i))?;
            values.push(if w == NULL {
                self.b.emit(Op::GuardNull, &[v])?;
                self.b.const_value(NULL)
            } else if tag::is_int(w) {
                self.b.guard_int(v)?
            } else if tag::is_float(w) {
                self.b.guard_float(v)?
            } else {
                self.b.emit(Op::GuardNonNull, &[v])?;
                v
            });
        }
        for &v in &values {
            self.b.own(v)?;
        }
        let started = state == State::Suspended;
        let words = Words {
            code,
            ip: resume,
            next: resume,
            sp: depth + 1,
            cont: Continuation::ForGen,
            cont_word: if started { waiting(code, resume, depth) } else { NOT_STARTED },
            results: 0,
        };
        self.b.push_frame(&words.write());
        self.b.set_slot(GENERATOR, p);
        for (i, &v) in values.iter().enumerate() {
            self.b.set_slot(LOCALS + i, v);
        }
        let sent = self.b.const_value(tag::NONE);
        self.b.set_slot(LOCALS + depth, sent);
        self.frames.push(Inlined { frame: std::ptr::null_mut(), words, memory: values });
        self.set_state(p, State::Running)?;
        self.expect = Expect::Entry;
        Ok(true)
    }

    fn set_state(&mut self, p: Ref, state: State) -> Recorded {
        let number = self.word(state as u64);
        self.b.store(Op::StoreU32, p, number, generator::STATE_OFFSET as u16)
    }

    pub(super) fn yield_value(&mut self, cx: &Cx) -> Recorded<Flow> {
        let words = self.frames.last().expect("a frame").words;
        if words.cont != Continuation::ForGen || self.frames.len() == 1 {
            return self.stop_before(op::YIELD_VALUE);
        }
        let p = self.b.slot(GENERATOR)?;
        let v = self.b.take_slot(LOCALS + cx.depth - 1)?;
        let depth = cx.depth - 1;
        for i in 0..depth {
            let x = self.b.slot(LOCALS + i)?;
            if self.frames.last().expect("a frame").memory.get(i) == Some(&x) {
                self.b.take_slot(LOCALS + i)?;
                self.b.disown(x)?;
                continue;
            }
            let boxed = self.b.boxed(x)?;
            self.b.take_slot(LOCALS + i)?;
            self.b.store(Op::StoreWord, p, boxed, word_offset(i))?;
        }
        if words.cont_word != waiting(cx.code, cx.next, depth) {
            let (ip, words) = (self.word(cx.ip as u64), self.word(depth as u64));
            let resume = self.word(cx.next as u64);
            self.b.call(helpers::ids().suspend_generator, &[p, ip, resume, words])?;
        }
        self.set_state(p, State::Suspended)?;
        self.leave_generator(Some(v));
        // A side trace has its own reference to a generator that its parent had borrowed.
        self.b.discard(p)?;
        Ok(Flow::Next)
    }

    /// The end of a generator that a loop has resumed.
    pub(super) fn generator_return(&mut self, cx: &Cx) -> Recorded<Flow> {
        let n = cx.code.nlocalsplus();
        if cx.depth != n + 1 {
            return unsupported("a return with operands left");
        }
        let p = self.b.slot(GENERATOR)?;
        // A frame object would take the contents over.
        let object = self.b.load(Op::LoadValue, p, generator::FRAME_OBJECT_OFFSET as u16)?;
        self.b.emit(Op::GuardNull, &[object])?;
        let function = self.b.load(Op::LoadValue, p, generator::FUNCTION_OFFSET as u16)?;
        self.b.own(function)?;
        let mut dropped = Vec::with_capacity(n + 2);
        let result = self.b.take_slot(LOCALS + n)?;
        for i in (0..n).rev() {
            dropped.push(self.b.take_slot(LOCALS + i)?);
        }
        dropped.push(function);
        dropped.push(result);
        self.b.call(helpers::ids().finish_generator, &[p])?;
        self.leave_generator(None);
        self.discard_all(&dropped)?;
        self.b.discard(p)?;
        Ok(Flow::Next)
    }

    /// Goes on in the loop: with a value, or at its end.
    fn leave_generator(&mut self, value: Option<Ref>) {
        self.b.pop_frame();
        self.frames.pop();
        let w = &mut self.frames.last_mut().expect("the loop's frame").words;
        match value {
            Some(v) => {
                self.b.set_slot(LOCALS + w.sp, v);
                w.sp += 1;
            }
            // SAFETY: the frame is at its FOR_ITER.
            None => w.next = unsafe { super::loop_end(w.code, w.ip) },
        }
        let w = *w;
        self.b.set_words(&w.write());
        self.expect = Expect::Return(w.next);
    }
}
