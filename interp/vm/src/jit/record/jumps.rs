//! Jumps: branches, and what a back-edge leads to.

use super::{Cx, Expect, Flow, MAX_UNROLL, Recorded, Recorder, Words, unsupported};
use crate::eval::breaker;
use crate::jit::{State, hot};
use weft_compiler::opcode::{OPCODES, op};
use weft_jit::ir::snapshot::SnapId;
use weft_jit::{Ref, Resume, TraceId, Ty};
use weft_layout::op::Op;
use weft_layout::tag::NONE;

impl Recorder {
    pub(super) fn guard_breaker(&mut self) -> Recorded {
        let at = self.b.const_word(breaker::address() as u64);
        self.b.emit(Op::GuardBreaker, &[at]).map(drop)
    }

    pub(super) fn jump_backward(&mut self, s: &mut State, cx: &Cx, opcode: u8) -> Recorded<Flow> {
        // A loop around a call is not unrolled call by call: the interpreter counts it.
        if opcode == op::JUMP_BACKWARD && self.at_return && self.frames.len() == 1 && self.compiled_at(s, cx).is_none() {
            self.b.exit()?;
            return Ok(Flow::End);
        }
        if opcode == op::JUMP_BACKWARD {
            self.guard_breaker()?;
        }
        // SAFETY: the target is in the code.
        let target = unsafe { cx.next.sub(cx.arg) };
        self.expect = Expect::At(target);
        // The snapshot of what follows is of the loop's header, about to be executed.
        self.frames.last_mut().expect("a frame").words.ip = target;
        let w = Words { ip: target, next: target, sp: cx.depth, results: 0, ..self.frames.last().expect("a frame").words };
        self.b.set_words(&w.write());
        if opcode != op::JUMP_BACKWARD {
            return Ok(Flow::Next);
        }
        let outermost = self.frames.len() == 1;
        if outermost && target == self.start {
            self.b.close_loop()?;
            return Ok(Flow::End);
        }
        let compiled = self.compiled_at(s, cx);
        if outermost && let Some(trace) = compiled {
            self.b.link(trace)?;
            return Ok(Flow::End);
        }
        // A generator's loop has code for whoever resumes it natively; here each iteration is a part of the loop that takes its values.
        let resumed = self.frames.last().is_some_and(|f| f.words.cont.resumes_generator());
        // A call that the parent of a side trace has inlined cannot be undone: its loop is followed on.
        let inherited = self.frames.len() <= self.inherited;
        if compiled.is_some() && !resumed && !inherited {
            // The loop has code of its own: calls of this function are better left as calls.
            cx.code.no_inlining.set(true);
            return unsupported("a compiled loop in an inlined call");
        }
        let n = self.back_edges.entry(target).or_default();
        *n += 1;
        if *n > MAX_UNROLL {
            if !outermost {
                cx.code.no_inlining.set(true);
            }
            return unsupported("an inner loop");
        }
        Ok(Flow::Next)
    }

    /// The live trace of the loop that the JUMP_BACKWARD closes.
    fn compiled_at(&self, s: &State, cx: &Cx) -> Option<TraceId> {
        // SAFETY: the executor's unit is the last before the caches.
        unsafe {
            let unit = *cx.next.sub(1 + OPCODES[op::JUMP_BACKWARD as usize].caches as usize);
            if (unit & 0xff) as u8 != op::ENTER_EXECUTOR {
                return None;
            }
            let id = hot::executor(cx.code, unit).0;
            s.jit.is_live(id).then_some(id)
        }
    }

    /// A value known to be True or False, as a `B`.
    pub(super) fn boolean(&mut self, v: Ref) -> Recorded<Ref> {
        if self.b.ty(v) == Ty::B { Ok(v) } else { self.b.guard_bool(v) }
    }

    pub(super) fn branch(&mut self, cx: &Cx, jump_if: bool) -> Recorded {
        let truth = cx.word(1) == weft_layout::tag::TRUE;
        let v = self.top(cx, 1)?;
        let b = self.boolean(v)?;
        // SAFETY: both ways lead into the code.
        let (yes, no) = unsafe { (cx.next.add(cx.arg), cx.next) };
        let (taken, other) = if truth == jump_if { (yes, no) } else { (no, yes) };
        self.expect = Expect::At(taken);
        self.take(cx, 1)?;
        let snap = self.snapshot_at(cx, other, cx.depth - 1);
        self.b.guard_condition(b, truth, Some(snap))?;
        self.set_words(cx, taken, cx.depth - 1, 0);
        Ok(())
    }

    /// A snapshot in which the innermost frame is about to execute `at`.
    pub(super) fn snapshot_at(&mut self, _: &Cx, at: *const u16, sp: usize) -> SnapId {
        let w = Words { ip: at, next: at, sp, results: 0, ..self.frames.last().expect("a frame").words };
        self.b.set_words(&w.write());
        self.b.snapshot(Resume::At)
    }

    pub(super) fn branch_none(&mut self, cx: &Cx, jump_if: bool) -> Recorded {
        let is_none = cx.word(1) == NONE;
        let v = self.top(cx, 1)?;
        // SAFETY: both ways lead into the code.
        let (yes, no) = unsafe { (cx.next.add(cx.arg), cx.next) };
        let taken = if is_none == jump_if { yes } else { no };
        match self.b.ty(v) {
            Ty::V => {
                let none = self.b.const_value(NONE);
                let op = if is_none { Op::GuardIs } else { Op::GuardIsNot };
                self.b.emit(op, &[v, none])?;
            }
            _ if is_none => return unsupported("None where something else was"),
            _ => {}
        }
        self.expect = Expect::At(taken);
        self.replace_to(cx, taken, 1, &[])
    }
}
