//! Exceptions that are raised and caught in the trace's own frame, and `with`.
//!
//! An instruction that raises where a handler of the same frame covers it goes on in the handler: the helper [`raising::catch_here`]
//! takes the exception and adds the frame, which is in memory, to its traceback; what lay on the value stack above the
//! handler's depth is dropped, as the interpreter does. That a call raises is known only when it has: its trace leaves by the
//! call's exit, *raising*, and a side trace from there begins in the handler. Where an exception leaves inlined calls, or the
//! trace's own frame, the interpreter unwinds.

use super::{Cx, Expect, Flow, LOCALS, Recorded, Recorder, Words};
use crate::class::flag;
use crate::jit::helpers;
use crate::types::code::{Code, Handler};
use crate::vm::names;
use weft_compiler::opcode::op;
use weft_jit::Ref;
use weft_layout::op::Op;
use weft_layout::tag::NULL;

/// The handler that covers an instruction.
pub fn handler(code: &Code, ip: *const u16) -> Option<Handler> {
    code.handler_for(code.index_of(ip))
}

impl Recorder {
    /// Goes on in the handler: of the exception that the instruction at `ip` of the trace's own frame, with `depth` words in
    /// use, has raised.
    pub(super) fn enter_handler(&mut self, code: &Code, ip: *const u16, depth: usize, adds: Ref, h: Handler) -> Recorded {
        let at = self.word(ip as u64);
        let e = self.b.call(helpers::ids().catch_here, &[at, adds])?;
        let e = self.b.assume_object(e, None)?;
        let base = code.nlocalsplus() + h.depth as usize;
        let mut dropped = Vec::new();
        for i in (base..depth).rev() {
            dropped.push(self.b.take_slot(LOCALS + i)?);
        }
        let mut sp = base;
        if h.lasti {
            let unit = self.b.const_int(code.index_of(ip) as i64);
            self.b.set_slot(LOCALS + sp, unit);
            sp += 1;
        }
        self.b.set_slot(LOCALS + sp, e);
        // SAFETY: a handler is an instruction of the code.
        let target = unsafe { code.units().add(h.target as usize).cast_const() };
        let w = &mut self.frames.last_mut().expect("a frame").words;
        *w = Words { ip: target, next: target, sp: sp + 1, results: 0, ..*w };
        let w = w.write();
        self.b.set_words(&w);
        self.expect = Expect::At(target);
        self.discard_all(&dropped)
    }

    /// What a side trace from an exit that raises begins with.
    pub(super) fn begin_in_handler(&mut self) -> Recorded {
        let w = self.frames[0].words;
        // SAFETY: the pinned function keeps its code.
        let code = unsafe { &*w.code };
        let Some(h) = handler(code, w.ip) else { return super::unsupported("a handler that is not there") };
        self.b.set_origin(weft_jit::Origin { code: w.code as u64, offset: code.index_of(w.ip) as u32, depth: 0 });
        let adds = self.word(1);
        self.enter_handler(code, w.ip, w.sp, adds, h)
    }

    /// An exception, or a jump nobody foresaw, behind a call: the trace ends behind the call, and its exits, that of the
    /// exception too, lead to side traces.
    pub(super) fn end_behind_call(&mut self) -> Recorded<Flow> {
        if let Some(d) = self.drawn.take() {
            self.settle(d, d.next)?;
        }
        let w = self.frames.last().expect("a frame").words;
        let w = Words { ip: w.next, results: 0, ..w };
        self.b.set_words(&w.write());
        self.b.exit()?;
        self.open_end = true;
        Ok(Flow::End)
    }

    /// Whether what is being handled is the thread's innermost state: inlined generators have one of their own.
    fn handles_in_thread(&self) -> bool {
        !self.frames[1..].iter().any(|f| f.words.cont.resumes_generator())
    }

    pub(super) fn raise_varargs(&mut self, cx: &Cx) -> Recorded<Flow> {
        let Some(h) = handler(cx.code, cx.ip).filter(|_| self.frames.len() == 1) else { return self.stop_before(op::RAISE_VARARGS) };
        let null = self.b.const_value(NULL);
        let mut args = Vec::with_capacity(2);
        for k in (1..=cx.arg).rev() {
            args.push(self.top(cx, k)?);
        }
        args.resize(2, null);
        let args = self.boxed_all(&args)?;
        let adds = self.b.call(helpers::ids().raise, &args)?;
        self.b.after_call()?;
        self.enter_handler(cx.code, cx.ip, cx.depth, adds, h)?;
        Ok(Flow::Next)
    }

    pub(super) fn push_exc_info(&mut self, cx: &Cx) -> Recorded<Flow> {
        if !self.handles_in_thread() {
            return self.stop_before(op::PUSH_EXC_INFO);
        }
        let e = self.top(cx, 1)?;
        let before = self.b.call(helpers::ids().push_exc_info, &[e])?;
        self.b.set_slot(LOCALS + cx.depth - 1, before);
        self.b.set_slot(LOCALS + cx.depth, e);
        self.set_words(cx, cx.next, cx.depth + 1, 0);
        Ok(Flow::Next)
    }

    pub(super) fn pop_except(&mut self, cx: &Cx) -> Recorded<Flow> {
        if !self.handles_in_thread() {
            return self.stop_before(op::POP_EXCEPT);
        }
        let before = self.top(cx, 1)?;
        let before = self.boxed_all(&[before])?[0];
        self.b.take_slot(LOCALS + cx.depth - 1)?;
        self.set_words(cx, cx.next, cx.depth - 1, 0);
        let old = self.b.call(helpers::ids().pop_except, &[before])?;
        self.b.discard(old)?;
        self.b.discard(before)?;
        Ok(Flow::Next)
    }

    pub(super) fn check_exc_match(&mut self, cx: &Cx) -> Recorded {
        let args = [self.top(cx, 2)?, self.top(cx, 1)?];
        let args = self.boxed_all(&args)?;
        let r = self.b.call(helpers::ids().exc_matches, &args)?;
        self.b.emit(Op::GuardNonNull, &[r])?;
        let b = self.b.guard_bool(r)?;
        self.replace(cx, 1, &[b])
    }

    /// LOAD_SPECIAL of a plain method of the class: the method, and self above it.
    pub(super) fn load_special(&mut self, cx: &Cx) -> Recorded<Flow> {
        let (owner, v) = (self.top(cx, 1)?, cx.value(1));
        let n = names();
        let name = [&n.__enter__, &n.__exit__, &n.__aenter__, &n.__aexit__][cx.arg & 3];
        let found = v.class().lookup(name).filter(|f| f.class().has(flag::METHOD_DESCRIPTOR));
        let Some(f) = found.filter(|_| v.is_heap() && self.class_is_plain(v.class())) else {
            return self.stop_before(op::LOAD_SPECIAL);
        };
        let this = self.guard_shape_of(owner, v)?;
        let f = self.constant(&f);
        self.b.set_slot(LOCALS + cx.depth - 1, f);
        self.b.set_slot(LOCALS + cx.depth, this);
        self.set_words(cx, cx.next, cx.depth + 1, 0);
        Ok(Flow::Next)
    }
}
