//! Generators resumed by a loop, or by a call that takes all they yield: their bodies are inlined.
//!
//! A suspended generator's frame is memory, of which a trace owns nothing. A FOR_ITER that resumes it loads the frame's
//! slots and takes over their references; a yield puts back what has changed. In between the generator is marked as
//! running, so nobody reads the frame, and exits write all of it ([`crate::jit::enter`]).
//!
//! The frame's slot 0, where other frames have their function, holds the generator.

use super::arith::Num;
use super::{Cx, Expect, Flow, Inlined, LOCALS, MAX_RECURSION, MIN_ENTRY, Recorded, Recorder, Words, unsupported};
use crate::eval;
use crate::eval::gather::{self, Kind};
use crate::frame::{Continuation, Frame};
use crate::jit::enter::MAX_INLINED;
use crate::jit::helpers;
use crate::types::code::Code;
use crate::types::generator::{self, State};
use crate::value::Value;
use crate::vm::types;
use weft_compiler::opcode::op;
use weft_jit::{Ref, Ty};
use weft_layout::op::Op;
use weft_layout::tag::{self, NULL};

/// The slot that holds the generator.
pub const GENERATOR: usize = 0;

/// Where a generator waits, as its frame in memory says: the instruction at which it goes on, by its index, and how many
/// words its frame has. [`NOT_STARTED`] if its body has not begun.
fn waiting(code: &Code, resume: *const u16, words: usize) -> u64 {
    (code.index_of(resume) as u64) << 32 | words as u64
}

const NOT_STARTED: u64 = u64::MAX;

/// A generator that a trace is about to resume.
struct Waiting {
    p: Ref,
    code: &'static Code,
    resume: *const u16,
    /// As [`waiting`] says it.
    at: u64,
    /// What its frame in memory holds.
    values: Vec<Ref>,
}

/// Byte offset of a frame's word in its generator.
fn word_offset(i: usize) -> u16 {
    (generator::LOCALS_OFFSET + 8 * i) as u16
}

impl Recorder {
    /// A FOR_ITER of a generator that is suspended. Whether its body is inlined.
    pub(super) fn resume_generator(&mut self, r: Ref, it: &Value) -> Recorded<bool> {
        let Some(w) = self.waiting_generator(r, it)? else { return Ok(false) };
        self.enter_generator(w, Continuation::ForGen, 0)?;
        Ok(true)
    }

    /// Guards that the generator is one like `it` and waits where that does. `None` if its body cannot be inlined.
    fn waiting_generator(&mut self, r: Ref, it: &Value) -> Recorded<Option<Waiting>> {
        let g = generator::this(it);
        let state = g.state();
        let frame = g.frame();
        if !matches!(state, State::Created | State::Suspended) || g.handled.value.peek().is_some() {
            return Ok(None);
        }
        // SAFETY: the generator is suspended, so its frame is complete, and its code is alive.
        let (code, resume, depth) = unsafe {
            // A chain of generators that delegate is resumed faster by the interpreter.
            if state == State::Suspended && eval::suspended_in_send(frame) {
                return Ok(None);
            }
            (&*(*frame).code, (*frame).resume, (*frame).sp.offset_from(Frame::locals(frame)) as usize)
        };
        let recursion = self.frames.iter().filter(|f| std::ptr::eq(f.words.code, code)).count();
        let fits = self.frames.len() < MAX_INLINED as usize && recursion < MAX_RECURSION && code.frame_words < 4000;
        if !fits || code.no_inlining.get() {
            return Ok(None);
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
        let at = if state == State::Suspended { waiting(code, resume, depth) } else { NOT_STARTED };
        Ok(Some(Waiting { p, code, resume, at, values }))
    }

    /// Goes on in the body of a generator, whose frame the trace takes over from memory.
    fn enter_generator(&mut self, w: Waiting, cont: Continuation, kind: u64) -> Recorded {
        let Waiting { p, code, resume, at, values } = w;
        for &v in &values {
            self.b.own(v)?;
        }
        let depth = values.len();
        let cont_word = if cont == Continuation::ForGen { at } else { kind };
        let words = Words { code, ip: resume, next: resume, sp: depth + 1, cont, cont_word, results: 0 };
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
        Ok(())
    }

    /// A call that takes everything a generator yields, as [`gather`] does. Whether the body is inlined.
    pub(super) fn gather(&mut self, cx: &Cx, kind: Kind) -> Recorded<bool> {
        if !matches!(kind, Kind::List | Kind::Tuple | Kind::Set | Kind::Sum) {
            return Ok(false);
        }
        let (f, r) = (self.top(cx, 3)?, self.top(cx, 1)?);
        let Some(w) = self.waiting_generator(r, cx.value(1))? else { return Ok(false) };
        self.guard_same(f, cx.value(3))?;
        let h = helpers::ids();
        let made = match kind {
            Kind::Sum => self.b.const_int(0),
            Kind::Set => {
                let set = self.b.call(h.new_set, &[])?;
                self.b.assume_object(set, Some(types().set.root_shape()))?
            }
            _ => {
                let none = self.word(0);
                let list = self.b.call(h.build_list, &[none])?;
                self.b.assume_object(list, Some(types().list.root_shape()))?
            }
        };
        let callable = self.b.take_slot(LOCALS + cx.depth - 3)?;
        self.b.set_slot(LOCALS + cx.depth - 3, made);
        self.set_words(cx, cx.next, cx.depth, 0);
        self.enter_generator(w, Continuation::Gather, kind as u64)?;
        self.b.discard_nullable(callable)?;
        Ok(true)
    }

    /// A yield to what takes all values: the generator goes on at once.
    fn gather_value(&mut self, cx: &Cx, kind: Kind) -> Recorded<Flow> {
        let h = helpers::ids();
        let outer = self.frames.len() - 2;
        let at = LOCALS + self.frames[outer].words.sp - 3;
        let made = self.b.outer_slot(outer, at)?;
        let made = match kind {
            Kind::Sum if self.b.ty(made) != Ty::I => self.b.guard_int(made)?,
            Kind::Sum => made,
            Kind::Set => self.b.assume_object(made, Some(types().set.root_shape()))?,
            _ => self.b.assume_object(made, Some(types().list.root_shape()))?,
        };
        let v = self.top(cx, 1)?;
        if kind == Kind::Sum {
            let Some(Num::Int(i, _)) = (if tag::is_int(cx.word(1)) { self.number(v, cx.word(1))? } else { None }) else {
                return self.stop_before(op::YIELD_VALUE);
            };
            let sum = self.b.emit(Op::IntAdd, &[made, i])?;
            self.b.set_outer_slot(outer, at, sum);
        } else if kind == Kind::Set {
            let v = self.b.boxed(v)?;
            let done = self.b.call(h.set_add_quietly, &[made, v])?;
            self.guard_done(done)?;
        } else {
            let v = self.b.boxed(v)?;
            // The slot's own reference goes into the list.
            self.b.take_slot(LOCALS + cx.depth - 1)?;
            let none = self.b.const_value(tag::NONE);
            self.b.set_slot(LOCALS + cx.depth - 1, none);
            self.set_words(cx, cx.next, cx.depth, 0);
            self.b.call(h.list_append, &[made, v])?;
            self.b.discard(v)?;
            return Ok(Flow::Next);
        }
        self.gathered(cx)
    }

    /// As [`Self::gather_value`], where the trace began in the generator's body and does not know who takes the values.
    fn gather_value_outside(&mut self, cx: &Cx) -> Recorded<Flow> {
        self.gathers = true;
        let v = self.top(cx, 1)?;
        let v = self.b.boxed(v)?;
        let done = self.b.call(helpers::ids().gather_take, &[v])?;
        self.guard_done(done)?;
        self.gathered(cx)
    }

    fn guard_done(&mut self, done: Ref) -> Recorded {
        let zero = self.word(0);
        let yes = self.b.emit(Op::WordNe, &[done, zero])?;
        self.b.guard_condition(yes, true, None)
    }

    /// The value has been taken: None is sent.
    fn gathered(&mut self, cx: &Cx) -> Recorded<Flow> {
        let v = self.b.take_slot(LOCALS + cx.depth - 1)?;
        let none = self.b.const_value(tag::NONE);
        self.b.set_slot(LOCALS + cx.depth - 1, none);
        self.set_words(cx, cx.next, cx.depth, 0);
        self.b.discard_nullable(v)?;
        Ok(Flow::Next)
    }

    fn set_state(&mut self, p: Ref, state: State) -> Recorded {
        let number = self.word(state as u64);
        self.b.store(Op::StoreU32, p, number, generator::STATE_OFFSET as u16)
    }

    pub(super) fn yield_value(&mut self, cx: &Cx) -> Recorded<Flow> {
        let words = self.frames.last().expect("a frame").words;
        // SAFETY: the frame is the running one.
        if self.frames.len() == 1 && unsafe { (*cx.frame).cont } == Continuation::Gather {
            return self.gather_value_outside(cx);
        }
        if self.frames.len() > 1 && words.cont == Continuation::Gather {
            return self.gather_value(cx, gather::kind_of(words.cont_word));
        }
        if words.cont != Continuation::ForGen || self.frames.len() == 1 {
            if self.is_loop && self.steps < MIN_ENTRY {
                return unsupported("a loop that yields");
            }
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
        if let Words { cont: Continuation::Gather, cont_word, .. } = self.frames.last().expect("a frame").words {
            self.finish_gathering(gather::kind_of(cont_word))?;
        } else {
            self.leave_generator(None);
        }
        self.discard_all(&dropped)?;
        self.b.discard(p)?;
        Ok(Flow::Next)
    }

    /// The end of a generator whose values a call took: the call's result replaces its operands.
    fn finish_gathering(&mut self, kind: Kind) -> Recorded {
        self.b.pop_frame();
        self.frames.pop();
        let sp = self.frames.last().expect("the caller's frame").words.sp;
        let base = LOCALS + sp - 3;
        let mut operands = Vec::with_capacity(3);
        let mut made = self.b.slot(base)?;
        if kind == Kind::Tuple {
            let list = made;
            let tuple = self.b.call(helpers::ids().list_to_tuple, &[list])?;
            made = self.b.assume_object(tuple, Some(types().tuple.root_shape()))?;
            operands.push(list);
            self.b.set_slot(base, made);
        }
        operands.push(self.b.take_slot(base + 2)?);
        operands.push(self.b.take_slot(base + 1)?);
        let w = &mut self.frames.last_mut().expect("the caller's frame").words;
        w.sp = sp - 2;
        let w = *w;
        self.b.set_words(&w.write());
        self.expect = Expect::Return(w.next);
        self.discard_all(&operands)
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
