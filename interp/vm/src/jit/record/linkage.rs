//! Calls between traces: how a trace calls a function that is not inlined, and how a function's trace returns.
//!
//! Compiled code never recurses natively. A call completes the trace's frames in memory as the interpreter would have them,
//! pushes the callee's, and jumps to the code of its entry. That ends the trace. What the callee's frame has as its
//! continuation, [`Continuation::Trace`] or [`Continuation::TraceInit`], says that its `cont_word` is where compiled code goes
//! on when it returns: an exit of the calling trace at the instruction behind the call. Like any exit it is taken by the
//! interpreter at first and gets a side trace once it is hot, which begins with its frame in memory.
//!
//! ```text
//! v9.W = return_address !s4         (s4: the caller's frame, behind the call)
//! store_word v7, v9 +80             (v7: the callee's frame)
//! set_python_frame v7
//! v10.W = load_word code            (where the callee's trace begins; 0 if it has none)
//! guard_room v10, 1 !s5             (s5: the callee's frame, at its beginning)
//! jump_word v10
//! ```
//!
//! A return drops what the frame holds, takes the frame off the data stack, puts the result on the caller's value stack, and jumps
//! to the word. All frames are complete whenever no trace runs in them, so whichever side leaves compiled code, the
//! interpreter goes on: it treats these continuations as `Push` and `Init`, and enters compiled code by the word if it gets
//! to such a return itself.

use super::{Cx, Flow, LOCALS, Recorded, Recorder, SLOT_OFFSET, Words};
use crate::eval;
use crate::frame::{Continuation, Frame, HEADER_WORDS, Owner};
use crate::jit::enter::MAX_INLINED;
use crate::thread::{self, Thread};
use crate::types::code::Code;
use crate::types::function;
use crate::value::Value;
use std::mem::offset_of;
use weft_compiler::code::co_flags;
use weft_compiler::opcode::op;
use weft_jit::{Abort, Alias, Ref};
use weft_layout::op::Op;
use weft_layout::tag::{self, NULL};

/// The last word of a frame's header: its continuation, of a new frame on the data stack.
const fn last_word(cont: Continuation) -> u64 {
    const START: usize = offset_of!(Frame, cont);
    assert!(START.is_multiple_of(8) && START + 8 == size_of::<Frame>());
    (cont as u64) | (Owner::Stack as u64) << (8 * (offset_of!(Frame, owner) - START))
}

/// A frame of the trace, on its way to memory.
struct Completed {
    words: Words,
    /// Its address.
    at: Ref,
    slots: Vec<(usize, Ref)>,
}

impl Recorder {
    /// Whether the function can be called from here by its own trace.
    pub(super) fn can_call(&self, f: &Value, n: usize) -> bool {
        let func = function::this(f);
        let code = func.code();
        let defaults = func.defaults.peek().map_or(0, |d| crate::types::tuple::items(d).len());
        let argcount = code.argcount as usize;
        // SAFETY: code has a unit.
        let (first, _, _) = unsafe { super::decode(code, code.units()) };
        let frames = self.frames.iter().skip(1).all(|f| matches!(f.words.cont, Continuation::Push | Continuation::Init));
        // SAFETY: frames' functions are pinned, or their frames own them.
        let in_generator = unsafe { (*self.frames[0].words.code).generator };
        first == op::RESUME
            && frames
            && !in_generator
            && !code.generator
            && code.kwonlyargcount == 0
            && code.flags & (co_flags::VARARGS | co_flags::VARKEYWORDS) == 0
            && n <= argcount
            && n + defaults >= argcount
            && super::watch::is_stable(super::call::function_key(f))
    }

    fn load_from(&mut self, base: Ref, offset: usize) -> Recorded<Ref> {
        self.b.access(Op::LoadWord, &[base], offset as u16, Some(Alias::Any))
    }

    fn store_to(&mut self, base: Ref, value: Ref, offset: usize) -> Recorded {
        self.b.access(Op::StoreWord, &[base, value], offset as u16, Some(Alias::Any)).map(drop)
    }

    /// The thread that runs the trace.
    fn thread(&mut self) -> Recorded<Ref> {
        let at = self.word(thread::current_address());
        self.load_from(at, 0)
    }

    /// The word at `base` plus a constant.
    fn plus(&mut self, base: Ref, bytes: usize) -> Recorded<Ref> {
        let bytes = self.word(bytes as u64);
        self.b.emit(Op::WordAdd, &[base, bytes])
    }

    /// Leaves before the call if the data stack, or the recursion limit, has no room for a frame for `code` and those that
    /// the trace has inlined.
    pub(super) fn guard_frames(&mut self, code: &Code) -> Recorded {
        let thread = self.thread()?;
        let top = self.load_from(thread, Thread::STACK_TOP)?;
        let limit = self.load_from(thread, Thread::STACK_LIMIT)?;
        let end = self.plus(top, 8 * (self.inlined_words + code.frame_words as usize))?;
        self.b.emit(Op::GuardRoom, &[limit, end])?;
        let depth = self.b.access(Op::LoadU32, &[thread], offset_of!(Thread, depth) as u16, Some(Alias::Any))?;
        let limit = self.word(eval::RECURSION_LIMIT.get() as u64);
        let limit = self.b.access(Op::LoadU32, &[limit], 0, Some(Alias::Any))?;
        let depth = self.plus(depth, self.frames.len() + MAX_INLINED as usize)?;
        self.b.emit(Op::GuardRoom, &[limit, depth])?;
        Ok(())
    }

    /// Ends the trace with the call of the function whose frame is the innermost, as if it were inlined.
    pub(super) fn call_trace(&mut self) -> Recorded<Flow> {
        let callee = self.frames.last().expect("a frame").words;
        // SAFETY: the pinned function keeps its code.
        super::hot::called(unsafe { &*callee.code });
        let thread = self.thread()?;
        let top = self.load_from(thread, Thread::STACK_TOP)?;
        let root = self.b.emit(Op::PythonFrame, &[])?;
        let mut frames = Vec::new();
        let mut end = top;
        for (i, slots) in self.b.complete_frames()?.into_iter().enumerate() {
            let words = self.frames[i].words;
            let at = if i == 0 { root } else { end };
            if i > 0 {
                // SAFETY: the pinned function keeps its code.
                end = self.plus(at, 8 * unsafe { (*words.code).frame_words as usize })?;
            }
            frames.push(Completed { words, at, slots });
        }
        let functions: Vec<Option<Ref>> = frames.iter().map(|f| f.slots.iter().find(|s| s.0 == 0).map(|s| s.1)).collect();
        for i in 0..frames.len() {
            let Completed { words, at, ref slots } = frames[i];
            if i > 0 {
                let f = functions[i].ok_or_else(|| Abort::Recorder("a frame without a function".into()))?;
                self.complete_header(&frames[i], f, &frames[i - 1])?;
            }
            for &(slot, value) in slots {
                if i == 0 {
                    self.b.complete_slot(slot, value)?;
                } else {
                    self.store_to(at, value, SLOT_OFFSET as usize + 8 * slot)?;
                }
            }
            let (ip, next) = (self.word(words.ip as u64), self.word(words.next as u64));
            let sp = self.plus(at, 8 * (HEADER_WORDS + words.sp))?;
            for (value, offset) in [(ip, offset_of!(Frame, ip)), (next, offset_of!(Frame, resume)), (sp, offset_of!(Frame, sp))] {
                self.store_to(at, value, offset)?;
            }
        }
        // Where the callees return comes last: the frames are complete there.
        for pair in frames.windows(2) {
            let (caller, callee) = (pair[0].words, &pair[1]);
            // The result is on the caller's stack when it goes on.
            let pushed = (callee.words.cont != Continuation::Init) as usize;
            let back = Words { ip: caller.next, sp: caller.sp + pushed, results: 0, ..caller };
            let address = self.b.return_address(&back.write())?;
            self.store_to(callee.at, address, offset_of!(Frame, cont_word))?;
        }
        let new = frames.last().expect("a frame").at;
        self.store_to(thread, end, Thread::STACK_TOP)?;
        self.store_to(thread, new, offset_of!(Thread, frame))?;
        let depth = self.b.access(Op::LoadU32, &[thread], offset_of!(Thread, depth) as u16, Some(Alias::Any))?;
        let depth = self.plus(depth, frames.len() - 1)?;
        self.b.access(Op::StoreU32, &[thread, depth], offset_of!(Thread, depth) as u16, Some(Alias::Any))?;
        self.b.emit(Op::SetPythonFrame, &[new])?;
        // SAFETY: the pinned function keeps its code.
        let at = self.word(unsafe { &raw const (*callee.code).entry_code } as u64);
        let to = self.load_from(at, 0)?;
        let begin = Words { next: callee.ip, cont: Continuation::Push, ..callee };
        let begin = self.b.snapshot_in_memory(&begin.write());
        let one = self.word(1);
        self.b.emit_with(Op::GuardRoom, &[to, one], begin)?;
        self.b.jump(Op::JumpWord, to)?;
        Ok(Flow::End)
    }

    /// Writes the header of a new frame, `f` being its function, but for what [`Self::call_trace`] writes of all frames.
    fn complete_header(&mut self, frame: &Completed, f: Ref, caller: &Completed) -> Recorded {
        let (words, at) = (frame.words, frame.at);
        let cont = if words.cont == Continuation::Init { Continuation::TraceInit } else { Continuation::Trace };
        let (globals, builtins) = match self.b.trace().constant(f) {
            Some(k) => {
                // SAFETY: a constant of the trace in the function's slot is a function, which the trace pins.
                let func = function::this(unsafe { Value::from_word_ref(&k.bits) });
                (self.word(func.globals.word()), self.word(func.builtins.word()))
            }
            None => {
                let f = self.b.assume_object(f, None)?;
                (self.load_from(f, function::GLOBALS_OFFSET)?, self.load_from(f, function::BUILTINS_OFFSET)?)
            }
        };
        let (code, null, last) = (self.word(words.code as u64), self.word(NULL), self.word(last_word(cont)));
        let fields = [
            (caller.at, offset_of!(Frame, previous)),
            (code, offset_of!(Frame, code)),
            (globals, offset_of!(Frame, globals)),
            (builtins, offset_of!(Frame, builtins)),
            (null, offset_of!(Frame, locals)),
            (null, offset_of!(Frame, frame_obj)),
            (last, offset_of!(Frame, cont)),
        ];
        for (value, offset) in fields {
            self.store_to(at, value, offset)?;
        }
        Ok(())
    }

    /// Ends the trace with the return of its own frame to the trace that called it, if one has. `None` if the frame is none that
    /// traces call.
    pub(super) fn return_to_trace(&mut self, cx: &Cx) -> Recorded<Option<Flow>> {
        let code = cx.code;
        let locals = code.nlocalsplus();
        if code.generator || code.flags & co_flags::OPTIMIZED == 0 || cx.depth != locals + 1 {
            return Ok(None);
        }
        let v = self.top(cx, 1)?;
        let v = self.b.real(v)?;
        let v = self.b.boxed(v)?;
        let frame = self.b.emit(Op::PythonFrame, &[])?;
        let cont = self.b.access(Op::LoadU8, &[frame], offset_of!(Frame, cont) as u16, Some(Alias::Any))?;
        let is_none = self.b.trace().constant(v).is_some_and(|k| k.bits == tag::NONE);
        let least = self.word(if is_none { Continuation::TraceInit } else { Continuation::Trace } as u64);
        self.b.emit(Op::GuardRoom, &[cont, least])?;
        // Nothing ever writes the function's slot.
        if let Some(func) = self.b.known_slot(0) {
            self.b.take_slot(0)?;
            if self.b.count(func) > 0 {
                self.b.disown(func)?;
            }
        }
        let func = self.b.access(Op::LoadValue, &[frame], SLOT_OFFSET, Some(Alias::Any))?;
        let func = self.b.assume_object(func, None)?;
        let references = self.b.access(Op::LoadU32, &[func], 0, Some(Alias::Any))?;
        let two = self.word(2);
        self.b.emit(Op::GuardRoom, &[references, two])?;

        let null = self.b.const_value(NULL);
        for i in (0..locals).rev() {
            let old = self.local(i)?;
            self.b.set_slot(LOCALS + i, null);
            self.b.discard_within(old)?;
        }
        self.b.take_slot(LOCALS + cx.depth - 1)?;
        for i in 0..locals {
            self.b.take_slot(LOCALS + i)?;
        }
        let previous = self.load_from(frame, offset_of!(Frame, previous))?;
        let back = self.load_from(frame, offset_of!(Frame, cont_word))?;
        let sp = self.load_from(previous, offset_of!(Frame, sp))?;
        self.store_to(sp, v, 0)?;
        self.b.own(func)?;
        self.b.drop_shared(func)?;
        let thread = self.thread()?;
        self.store_to(thread, frame, Thread::STACK_TOP)?;
        self.store_to(thread, previous, offset_of!(Thread, frame))?;
        let depth = self.b.access(Op::LoadU32, &[thread], offset_of!(Thread, depth) as u16, Some(Alias::Any))?;
        let depth = self.plus(depth, usize::MAX)?;
        self.b.access(Op::StoreU32, &[thread, depth], offset_of!(Thread, depth) as u16, Some(Alias::Any))?;
        self.b.emit(Op::SetPythonFrame, &[previous])?;
        self.b.jump(Op::JumpReturn, back)?;
        Ok(Some(Flow::End))
    }
}
