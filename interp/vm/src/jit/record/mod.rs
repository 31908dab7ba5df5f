//! The recorder: follows the interpreter, one bytecode at a time, and builds a trace of what it does.
//!
//! The eval loop's recording instance calls [`step`] before each instruction. The recorder looks at the operands on the
//! frame's value stack, says with guards and ops what the interpreter is about to do to them, and lets the interpreter do it.
//! So its picture of the frames, in the [`TraceBuilder`], is always that of the instruction about to run.
//!
//! * [`arith`]: operators and comparisons; [`attr`]: attributes; [`call`]: calls; [`containers`]: building, subscripts,
//!   unpacking; [`packed`]: items that are machine numbers; [`iterate`]: loops; [`generators`]: their bodies; [`names`]:
//!   globals, cells and constants; [`jumps`]: branches and back-edges; [`linkage`]: calls between traces; [`session`]: the beginning and end of recordings;
//!   this file: the frame's slots, and which handler is an instruction's.
//!
//! Slots, in the JIT's numbering, are the words of a frame from its function on: [`LOCALS`] is that of local 0.
//! A frame's words are [`Words`].

mod arith;
mod attr;
mod bind;
mod call;
mod containers;
mod draw;
mod generators;
mod iterate;
mod jumps;
mod linkage;
mod names;
mod native;
mod packed;
mod raise;
mod residual;
mod session;
mod words;

pub use raise::handler;
pub use session::{Step, begin, begin_handler, begin_side, cancel, is_recording, step};
pub use words::Words;

use super::{State, helpers, hot, watch};
use crate::class::Type;
use crate::frame::{Frame, HEADER_WORDS};
use crate::types::code::Code;
use crate::types::function;
use crate::value::Value;
use std::collections::HashMap;
use std::mem::offset_of;
use weft_compiler::opcode::{OPCODES, op};
use weft_jit::builder::TraceBuilder;
use weft_jit::{Abort, ExitId, HelperId, Origin, Ref, Ty};
use weft_layout::op::Op;
use weft_layout::tag::{NULL, Word};

/// Byte offset of slot 0 in a frame: its function.
pub const SLOT_OFFSET: u16 = offset_of!(Frame, func) as u16;
/// The slot of local 0.
pub const LOCALS: usize = HEADER_WORDS - SLOT_OFFSET as usize / 8;
/// Back-edges of one inner loop that a recording follows before it gives up.
const MAX_UNROLL: u32 = 12;
/// Recordings of a loop given up before one that leaves the loop will do.
const LOOP_TRIES: u32 = 2;
/// INTRINSIC_LIST_TO_TUPLE.
const LIST_TO_TUPLE: usize = 6;
/// A function's trace of fewer instructions costs more to enter than it saves.
const MIN_ENTRY: u32 = 50;
/// Times one code object may be inlined in itself.
const MAX_RECURSION: usize = 2;

type Recorded<T = ()> = Result<T, Abort>;

/// A frame that the recording is in.
struct Inlined {
    /// The interpreter's frame; NULL until it has been seen.
    frame: *mut Frame,
    words: Words,
    /// The words of a generator's frame as its memory has them.
    memory: Vec<Ref>,
}

/// What the next step has to find for the recording to go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Expect {
    /// The innermost frame at this instruction.
    At(*const u16),
    /// The new frame of an inlined call.
    Entry,
    /// The caller's frame, at this instruction, after a return.
    Return(*const u16),
    /// The innermost frame at one of these instructions.
    Either(*const u16, *const u16),
}

/// A FOR_ITER whose item, or the end, is on the stack.
#[derive(Clone, Copy)]
struct Drawn {
    next: *const u16,
    end: *const u16,
    /// Words between local 0 and the item.
    depth: usize,
}

/// One instruction, as the handlers see it.
struct Cx {
    ip: *const u16,
    /// The instruction after it and its caches.
    next: *const u16,
    arg: usize,
    frame: *mut Frame,
    code: &'static Code,
    /// The interpreter's stack pointer.
    sp: *mut Word,
    /// Words between local 0 and the top of the stack.
    depth: usize,
}

impl Cx {
    /// The interpreter's word `k` below the top; 1 is the top.
    fn word(&self, k: usize) -> Word {
        // SAFETY: the instruction has that many operands.
        unsafe { *self.sp.sub(k) }
    }

    /// The interpreter's value `k` below the top.
    fn value(&self, k: usize) -> &Value {
        // SAFETY: the operand is live and not NULL.
        unsafe { Value::from_word_ref(&*self.sp.sub(k)) }
    }

    fn name(&self, i: usize) -> &'static Value {
        &self.code.names[i]
    }
}

/// How a step ended.
enum Flow {
    /// The interpreter goes on with the instruction.
    Next,
    /// The trace has its end.
    End,
}

/// A recording.
pub(crate) struct Recorder {
    b: TraceBuilder,
    frames: Vec<Inlined>,
    /// The start of the loop or function; NULL for side traces.
    start: *const u16,
    /// Where the trace will be installed: JUMP_BACKWARD or RESUME; NULL for side traces.
    site: *mut u16,
    side_of: Option<ExitId>,
    /// Whether the trace has to come back to its start.
    is_loop: bool,
    /// Frames that a side trace began with.
    inherited: usize,
    pins: Vec<Value>,
    keys: Vec<u64>,
    /// Dicts of which it relies on names.
    dict_names: Vec<(Word, u64)>,
    expect: Expect,
    /// What the trace does by a call the instruction before may have pushed a frame for, and it may have raised.
    may_push: bool,
    back_edges: HashMap<*const u16, u32>,
    /// Something the recording relies on has changed.
    broken: bool,
    /// Words of inlined frames.
    inlined_words: usize,
    /// A GET_ITER whose operand the trace has as an iterator already.
    iterating: *const u16,
    /// A pair on the stack that is no tuple, for the UNPACK_SEQUENCE at this place.
    pair: Option<(*const u16, [Ref; 2])>,
    /// What the next step finds out.
    drawn: Option<Drawn>,
    /// A native function takes what the trace's own frame, a generator's, yields.
    gathers: bool,
    /// The trace ends where nothing but an exception did: its last exit leads on.
    open_end: bool,
    /// The trace begins where a call of another returns.
    at_return: bool,
    /// Instructions recorded.
    steps: u32,
}

/// The instruction at a unit: opcode without specialisation, operand, and where its caches end.
unsafe fn decode(code: *const Code, mut ip: *const u16) -> (u8, usize, *const u16) {
    let mut arg = 0;
    // SAFETY: `ip` is at an instruction of the code.
    unsafe {
        loop {
            let mut unit = *ip;
            if (unit & 0xff) as u8 == op::ENTER_EXECUTOR {
                unit = hot::executor(code, unit).1;
            }
            let opcode = OPCODES[(unit & 0xff) as usize].base;
            arg = arg << 8 | (unit >> 8) as usize;
            ip = ip.add(1);
            if opcode != op::EXTENDED_ARG {
                return (opcode, arg, ip.add(OPCODES[opcode as usize].caches as usize));
            }
        }
    }
}

/// Where a loop goes on once the FOR_ITER at `ip` has found its end.
///
/// # Safety
/// `ip` is a FOR_ITER of the code.
pub unsafe fn loop_end(code: *const Code, ip: *const u16) -> *const u16 {
    // SAFETY: the operand leads to END_FOR, behind which the loop ends.
    unsafe {
        let (_, arg, next) = decode(code, ip);
        next.add(arg + 1)
    }
}

fn unsupported<T>(what: &'static str) -> Recorded<T> {
    Err(Abort::Recorder(what.into()))
}

impl Recorder {
    fn new(b: TraceBuilder, start: *const u16, site: *mut u16) -> Recorder {
        Recorder {
            b,
            frames: Vec::new(),
            start,
            site,
            side_of: None,
            is_loop: false,
            inherited: 0,
            pins: Vec::new(),
            keys: Vec::new(),
            dict_names: Vec::new(),
            expect: Expect::Entry,
            may_push: false,
            back_edges: HashMap::new(),
            broken: false,
            inlined_words: 0,
            iterating: std::ptr::null(),
            pair: None,
            drawn: None,
            gathers: false,
            open_end: false,
            at_return: false,
            steps: 0,
        }
    }

    /// Keeps a frame's code alive. Not its function, whose closure and defaults would live as long.
    fn pin_code(&mut self, frame: *mut Frame) {
        // SAFETY: the frame owns its function.
        let (f, code) = unsafe { (Frame::function(frame), (*frame).code) };
        self.pins.push(function::this(&f).code_value_for(code));
    }

    /// Something with this key has changed while recording.
    pub fn invalidated(&mut self, key: u64) {
        self.broken |= self.keys.contains(&key);
    }

    /// Anything in the dict may have changed while recording.
    pub fn dict_replaced(&mut self, d: Word) {
        self.broken |= self.dict_names.iter().any(|n| n.0 == d);
    }

    // SAFETY contract of `step`: as for the free function.
    unsafe fn step(&mut self, s: &mut State, frame: *mut Frame, ip: *const u16) -> Recorded<Flow> {
        let depth = self.frames.len();
        let current = self.frames[depth - 1].frame;
        // SAFETY: frames of the thread are valid.
        unsafe {
            match self.expect {
                Expect::Entry => {
                    let caller = self.frames[depth - 2].frame;
                    let words = self.frames[depth - 1].words;
                    if (*frame).previous != caller || (*frame).code != words.code || ip != words.ip {
                        return unsupported("an inlined call did not happen");
                    }
                    self.frames[depth - 1].frame = frame;
                }
                Expect::At(one) | Expect::Return(one) | Expect::Either(one, _) => {
                    let other = if let Expect::Either(_, other) = self.expect { other } else { one };
                    if frame != current && self.may_push && is_below(frame, current) {
                        return Ok(Flow::Next);
                    }
                    if frame != current || ip != one && ip != other {
                        let worthwhile = self.is_loop || self.side_of.is_some() || self.steps >= MIN_ENTRY;
                        if self.may_push && worthwhile && !self.broken {
                            return self.end_behind_call();
                        }
                        return unsupported("an exception, or a return, that was not foreseen");
                    }
                }
            }
            self.may_push = false;
            if self.broken {
                return unsupported("what it relied on changed");
            }
            let code = &*(*frame).code;
            let (opcode, arg, next) = decode(code, ip);
            let sp = (*frame).sp;
            let cx = Cx { ip, next, arg, frame, code, sp, depth: sp.offset_from(Frame::locals(frame)) as usize };
            let origin =
                Origin { code: std::ptr::from_ref(code) as u64, offset: code.index_of(ip) as u32, depth: (self.frames.len() - 1) as u16 };
            if let Some(d) = self.drawn.take() {
                self.settle(d, ip)?;
            }
            self.steps += 1;
            self.b.set_origin(origin);
            self.expect = Expect::At(next);
            self.set_words(&cx, next, cx.depth, 0);
            self.instruction(s, &cx, opcode)
        }
    }

    /// Tells the builder the innermost frame's words.
    fn set_words(&mut self, cx: &Cx, next: *const u16, sp: usize, results: usize) {
        let w = &mut self.frames.last_mut().expect("a frame").words;
        (w.ip, w.next, w.sp, w.results) = (cx.ip, next, sp, results);
        let w = w.write();
        self.b.set_words(&w);
    }

    // --- slots ------------------------------------------------------------------------------------------------------

    fn local(&mut self, i: usize) -> Recorded<Ref> {
        self.b.slot(LOCALS + i)
    }

    /// The operand `k` below the top.
    fn top(&mut self, cx: &Cx, k: usize) -> Recorded<Ref> {
        self.b.slot(LOCALS + cx.depth - k)
    }

    /// Ends an instruction that replaces its top `n` operands by `results`: what was there is dropped, first the operand
    /// in whose place a result is, then the others from the top.
    fn replace(&mut self, cx: &Cx, n: usize, results: &[Ref]) -> Recorded {
        self.replace_to(cx, cx.next, n, results)
    }

    fn replace_to(&mut self, cx: &Cx, next: *const u16, n: usize, results: &[Ref]) -> Recorded {
        let mut operands = self.take(cx, n)?;
        if !results.is_empty() {
            operands.rotate_right((n > 0) as usize);
        }
        let base = LOCALS + cx.depth - n;
        for (i, &r) in results.iter().enumerate() {
            self.b.set_slot(base + i, r);
        }
        self.set_words(cx, next, cx.depth - n + results.len(), 0);
        self.discard_all(&operands)
    }

    /// Takes the top `n` operands off the stack, without dropping them.
    fn take(&mut self, cx: &Cx, n: usize) -> Recorded<Vec<Ref>> {
        (1..=n).map(|k| self.b.take_slot(LOCALS + cx.depth - k)).collect()
    }

    fn discard_all(&mut self, values: &[Ref]) -> Recorded {
        // Places that hold the same value share a reference, which goes with the last of them.
        let last = |i: usize| !values[i + 1..].contains(&values[i]);
        let order: Vec<Ref> = (0..values.len()).filter(|&i| last(i)).map(|i| values[i]).collect();
        self.b.leaving(&order);
        for v in order {
            self.b.discard_nullable(v)?;
        }
        Ok(())
    }

    fn push(&mut self, cx: &Cx, r: Ref) -> Recorded {
        self.replace(cx, 0, &[r])
    }

    /// What a slot gets when a value has just been loaded from a container: an int or float as such, anything else with a
    /// reference of its own.
    fn loaded(&mut self, v: Ref, w: Word) -> Recorded<Ref> {
        use weft_layout::tag;
        match self.b.ty(v) {
            Ty::V if tag::is_int(w) => self.b.guard_int(v),
            Ty::V if tag::is_float(w) => self.b.guard_float(v),
            Ty::V | Ty::P => {
                if w == NULL {
                    self.b.emit(Op::GuardNull, &[v])?;
                    return Ok(self.b.const_value(NULL));
                }
                self.b.emit(Op::GuardNonNull, &[v])?;
                self.b.incref(v)?;
                Ok(v)
            }
            _ => Ok(v),
        }
    }

    // --- constants --------------------------------------------------------------------------------------------------

    /// A value as a constant of the trace, unboxed if it can be.
    fn constant(&mut self, v: &Value) -> Ref {
        use weft_layout::tag;
        let w = v.word();
        if let Some(i) = v.as_small_int() {
            self.b.const_int(i)
        } else if tag::is_float(w) {
            self.b.const_float(tag::float_value(w))
        } else if tag::is_bool(w) {
            self.b.const_bool(w == tag::TRUE)
        } else if v.is_heap() {
            self.pins.push(v.clone());
            self.b.const_ptr(w)
        } else {
            self.b.const_value(w)
        }
    }

    /// Exits unless `r` is this very object.
    fn guard_same(&mut self, r: Ref, v: &Value) -> Recorded<Ref> {
        let c = self.constant(v);
        if r != c && !(r.is_const() && self.b.trace().constant(r).map(|k| k.bits) == Some(v.word())) {
            let tagged = self.b.boxed(r)?;
            let word = self.b.const_value(v.word());
            self.b.guard_is(tagged, word)?;
        }
        Ok(c)
    }

    /// Exits unless `r` has the shape of `v`, a heap object.
    fn guard_shape_of(&mut self, r: Ref, v: &Value) -> Recorded<Ref> {
        if let Some(c) = self.b.trace().constant(r)
            && c.ty == Ty::P
            && (super::shape_is_fixed(v.shape_id()))
        {
            return Ok(r);
        }
        self.keep_class(v.class());
        self.b.guard_shape(r, v.shape_id())
    }

    /// The trace keeps the class alive: its shapes' numbers are not given to others.
    fn keep_class(&mut self, class: &'static Type) {
        if class.has(crate::class::flag::HEAPTYPE) {
            self.pins.push(class.value());
        }
    }

    /// The trace relies on the class and its bases as they are. Fails if they change all the time.
    fn rely_on_class(&mut self, class: &'static Type) -> bool {
        if class.has(crate::class::flag::IMMUTABLE) {
            return true;
        }
        class.version();
        crate::eval::watch::watch_class(class);
        self.keep_class(class);
        self.rely_on(watch::class_key(class))
    }

    fn rely_on(&mut self, key: u64) -> bool {
        if !watch::is_stable(key) {
            return false;
        }
        if !self.keys.contains(&key) {
            self.keys.push(key);
        }
        true
    }

    // --- calls of helpers -------------------------------------------------------------------------------------------

    /// Does the instruction by calling a helper that may run Python code, with operands that stay on the stack meanwhile.
    /// Pops `n` operands and pushes the result, if there is one.
    fn residual(&mut self, cx: &Cx, helper: HelperId, args: &[Ref], n: usize) -> Recorded<Ref> {
        self.residual_below(cx, helper, args, n, false)
    }

    /// As [`Self::residual`], with NULL above the result if wanted: the trace may leave right behind the call.
    fn residual_below(&mut self, cx: &Cx, helper: HelperId, args: &[Ref], n: usize, null: bool) -> Recorded<Ref> {
        let args = self.boxed_all(args)?;
        let r = self.b.call(helper, &args)?;
        let mut operands = self.take(cx, n)?;
        let mut results = 0;
        if !r.is_none() {
            if helper != helpers::ids().compare_op && helper != helpers::ids().contains {
                operands.rotate_right((n > 0) as usize);
            }
            self.b.set_slot(LOCALS + cx.depth - n, r);
            results = 1;
            if null {
                let above = self.b.const_value(NULL);
                self.b.set_slot(LOCALS + cx.depth - n + 1, above);
                results = 2;
            }
        }
        self.set_words(cx, cx.next, cx.depth - n + results, results);
        self.b.after_call()?;
        self.discard_all(&operands)?;
        self.may_push = true;
        Ok(r)
    }

    /// A call by a helper that takes over the arguments, so that a callee may let go of them: of the top `n` operands, `args` among
    /// them, only the callable and those in `keep` stay on the stack meanwhile.
    fn residual_call(&mut self, cx: &Cx, helper: HelperId, args: &[Ref], n: usize, keep: &[Ref]) -> Recorded {
        let args = self.boxed_all(args)?;
        let taken = self.take(cx, n - 1)?;
        let base = cx.depth - n;
        for (i, &v) in keep.iter().enumerate() {
            self.b.set_slot(LOCALS + base + 1 + i, v);
        }
        self.set_words(cx, cx.next, base + 1 + keep.len(), 0);
        let r = self.b.call(helper, &args)?;
        let mut operands: Vec<Ref> = (0..=keep.len()).rev().map(|i| self.b.take_slot(LOCALS + base + i)).collect::<Result<_, _>>()?;
        // What the helper has not taken over: NULL where no self is, as far as the trace knows.
        operands.extend(taken);
        self.b.set_slot(LOCALS + base, r);
        self.set_words(cx, cx.next, base + 1, 1);
        self.b.after_call()?;
        self.discard_all(&operands)?;
        self.may_push = true;
        Ok(())
    }

    fn boxed_all(&mut self, args: &[Ref]) -> Recorded<Vec<Ref>> {
        let mut list = Vec::with_capacity(args.len());
        for &r in args {
            list.push(match self.b.ty(r) {
                Ty::I | Ty::F | Ty::B => self.b.boxed(r)?,
                _ => r,
            });
        }
        Ok(list)
    }

    fn word(&mut self, w: u64) -> Ref {
        self.b.const_word(w)
    }

    // --- instructions -----------------------------------------------------------------------------------------------

    fn instruction(&mut self, s: &mut State, cx: &Cx, opcode: u8) -> Recorded<Flow> {
        let h = helpers::ids();
        match opcode {
            op::NOP | op::NOT_TAKEN | op::CACHE => self.replace(cx, 0, &[])?,
            op::RESUME => {
                if cx.arg & 3 < 2 {
                    self.guard_breaker()?;
                }
                self.replace(cx, 0, &[])?;
            }
            op::LOAD_FAST | op::LOAD_FAST_BORROW | op::LOAD_FAST_CHECK => {
                // SAFETY: a local of the frame.
                if opcode == op::LOAD_FAST_CHECK && unsafe { *Frame::locals(cx.frame).add(cx.arg) } == NULL {
                    return unsupported("an unbound variable");
                }
                let v = self.local(cx.arg)?;
                if opcode == op::LOAD_FAST_CHECK && self.b.ty(v) == Ty::V {
                    self.b.emit(Op::GuardNonNull, &[v])?;
                }
                self.push(cx, v)?;
            }
            op::LOAD_FAST_BORROW_LOAD_FAST_BORROW | op::LOAD_FAST_LOAD_FAST => {
                let (a, b) = (self.local(cx.arg >> 4)?, self.local(cx.arg & 15)?);
                self.replace(cx, 0, &[a, b])?;
            }
            op::LOAD_FAST_AND_CLEAR => {
                let v = self.local(cx.arg)?;
                let null = self.b.const_value(NULL);
                self.b.set_slot(LOCALS + cx.arg, null);
                self.push(cx, v)?;
            }
            op::STORE_FAST => self.store_fast(cx, cx.arg)?,
            op::STORE_FAST_LOAD_FAST => {
                let v = self.b.take_slot(LOCALS + cx.depth - 1)?;
                let old = self.local(cx.arg >> 4)?;
                self.b.set_slot(LOCALS + (cx.arg >> 4), v);
                let w = self.local(cx.arg & 15)?;
                self.b.set_slot(LOCALS + cx.depth - 1, w);
                self.set_words(cx, cx.next, cx.depth, 0);
                self.b.discard_nullable(old)?;
            }
            op::STORE_FAST_STORE_FAST => {
                let operands = self.take(cx, 2)?;
                let olds = [self.local(cx.arg >> 4)?, self.local(cx.arg & 15)?];
                self.b.set_slot(LOCALS + (cx.arg >> 4), operands[0]);
                self.b.set_slot(LOCALS + (cx.arg & 15), operands[1]);
                self.set_words(cx, cx.next, cx.depth - 2, 0);
                self.discard_all(&olds)?;
            }
            op::DELETE_FAST => {
                let old = self.local(cx.arg)?;
                if self.b.ty(old) == Ty::V {
                    self.b.emit(Op::GuardNonNull, &[old])?;
                }
                let null = self.b.const_value(NULL);
                self.b.set_slot(LOCALS + cx.arg, null);
                self.set_words(cx, cx.next, cx.depth, 0);
                self.b.discard_nullable(old)?;
            }
            op::LOAD_CONST => {
                let c = self.constant(&cx.code.consts[cx.arg]);
                self.push(cx, c)?;
            }
            op::LOAD_SMALL_INT => {
                let c = self.b.const_int(cx.arg as i64);
                self.push(cx, c)?;
            }
            op::LOAD_COMMON_CONSTANT => {
                let c = self.constant(&crate::eval::ops::common_constant(cx.arg));
                self.push(cx, c)?;
            }
            op::POP_TOP | op::POP_ITER | op::END_FOR => self.replace(cx, 1, &[])?,
            op::PUSH_NULL => {
                let null = self.b.const_value(NULL);
                self.push(cx, null)?;
            }
            op::COPY => {
                let v = self.top(cx, cx.arg)?;
                self.push(cx, v)?;
            }
            op::SWAP => {
                let (a, b) = (self.top(cx, 1)?, self.top(cx, cx.arg)?);
                self.b.set_slot(LOCALS + cx.depth - 1, b);
                self.b.set_slot(LOCALS + cx.depth - cx.arg, a);
                self.replace(cx, 0, &[])?;
            }
            op::JUMP_FORWARD => {
                // SAFETY: the target is in the code.
                let target = unsafe { cx.next.add(cx.arg) };
                self.expect = Expect::At(target);
                self.set_words(cx, target, cx.depth, 0);
            }
            op::JUMP_BACKWARD | op::JUMP_BACKWARD_NO_INTERRUPT => return self.jump_backward(s, cx, opcode),
            op::POP_JUMP_IF_FALSE | op::POP_JUMP_IF_TRUE => self.branch(cx, opcode == op::POP_JUMP_IF_TRUE)?,
            op::POP_JUMP_IF_NONE | op::POP_JUMP_IF_NOT_NONE => self.branch_none(cx, opcode == op::POP_JUMP_IF_NONE)?,
            op::BINARY_OP => self.binary_op(cx)?,
            op::COMPARE_OP => self.compare_op(cx)?,
            op::IS_OP => self.is_op(cx)?,
            op::CONTAINS_OP => self.contains_op(cx)?,
            op::UNARY_NEGATIVE => self.unary_negative(cx)?,
            op::UNARY_INVERT => self.unary_invert(cx)?,
            op::UNARY_NOT => {
                let v = self.top(cx, 1)?;
                let b = self.boolean(v)?;
                let r = self.b.emit(Op::BoolNot, &[b])?;
                self.replace(cx, 1, &[r])?;
            }
            op::TO_BOOL => self.truth(cx)?,
            op::GET_ITER => self.get_iter(cx)?,
            op::FOR_ITER => self.for_iter(cx)?,
            op::LOAD_ATTR => self.load_attr(cx)?,
            op::STORE_ATTR => self.store_attr(cx)?,
            op::LOAD_SUPER_ATTR => self.load_super_attr(cx)?,
            op::LOAD_GLOBAL => self.load_global(cx)?,
            op::STORE_GLOBAL => self.store_global(cx)?,
            op::LOAD_NAME => self.load_name(cx)?,
            op::STORE_NAME => self.store_name(cx)?,
            op::MAKE_CELL => self.make_cell(cx)?,
            op::COPY_FREE_VARS => self.copy_free_vars(cx)?,
            op::LOAD_DEREF => self.load_deref(cx)?,
            op::STORE_DEREF => self.store_deref(cx)?,
            op::CALL => return self.call(cx),
            op::CALL_KW => return self.call_kw(cx),
            op::CALL_FUNCTION_EX => return self.call_ex(cx),
            op::RAISE_VARARGS => return self.raise_varargs(cx),
            op::PUSH_EXC_INFO => return self.push_exc_info(cx),
            op::POP_EXCEPT => return self.pop_except(cx),
            op::CHECK_EXC_MATCH => self.check_exc_match(cx)?,
            op::LOAD_SPECIAL => return self.load_special(cx),
            op::CALL_INTRINSIC_1 if cx.arg == LIST_TO_TUPLE => {
                let list = self.top(cx, 1)?;
                let p = self.guard_shape_of(list, cx.value(1))?;
                let t = self.b.call(h.list_to_tuple, &[p])?;
                let t = self.b.assume_object(t, Some(crate::vm::types().tuple.root_shape()))?;
                self.replace(cx, 1, &[t])?;
            }
            op::RETURN_VALUE => return self.return_value(cx),
            op::YIELD_VALUE => return self.yield_value(cx),
            op::UNPACK_SEQUENCE => self.unpack_sequence(cx)?,
            op::BUILD_TUPLE => self.build(cx, h.build_tuple)?,
            op::BUILD_LIST => self.build(cx, h.build_list)?,
            op::BUILD_SLICE => self.build_slice(cx)?,
            op::BUILD_MAP => self.build_borrowed(cx, h.build_map, 2 * cx.arg, cx.arg)?,
            op::BUILD_SET => self.build_borrowed(cx, h.build_set, cx.arg, cx.arg)?,
            op::BUILD_STRING => self.build_borrowed(cx, h.build_string, cx.arg, cx.arg)?,
            op::LIST_APPEND => self.list_append(cx)?,
            op::LIST_EXTEND => self.update(cx, h.list_extend, 1, cx.arg + 1)?,
            op::SET_ADD => self.update(cx, h.set_add, 1, cx.arg + 1)?,
            op::SET_UPDATE => self.update(cx, h.set_update, 1, cx.arg + 1)?,
            op::DICT_UPDATE => self.update(cx, h.dict_update, 1, cx.arg + 1)?,
            op::MAP_ADD => self.update(cx, h.map_add, 2, cx.arg + 2)?,
            op::STORE_SUBSCR => self.store_subscr(cx)?,
            op::DELETE_SUBSCR => {
                let args = [self.top(cx, 2)?, self.top(cx, 1)?];
                self.residual(cx, h.del_item, &args, 2)?;
            }
            op::BINARY_SLICE => self.binary_slice(cx)?,
            op::STORE_SLICE => {
                let args = [self.top(cx, 4)?, self.top(cx, 3)?, self.top(cx, 2)?, self.top(cx, 1)?];
                self.residual(cx, h.store_slice, &args, 4)?;
            }
            op::FORMAT_SIMPLE => {
                let v = self.top(cx, 1)?;
                self.residual(cx, h.format_simple, &[v], 1)?;
            }
            op::FORMAT_WITH_SPEC => {
                let args = [self.top(cx, 2)?, self.top(cx, 1)?];
                self.residual(cx, h.format_with_spec, &args, 2)?;
            }
            op::CONVERT_VALUE => {
                let (v, how) = (self.top(cx, 1)?, self.word(cx.arg as u64));
                self.residual(cx, h.convert_value, &[v, how], 1)?;
            }
            op::MAKE_FUNCTION => self.make_function(cx)?,
            op::SET_FUNCTION_ATTRIBUTE => self.set_function_attribute(cx)?,
            _ if self.by_helper(cx, opcode)? => {}
            _ => return self.stop_before(opcode),
        }
        Ok(Flow::Next)
    }

    /// Ends the trace before an instruction that is not recorded: a trace that has done enough leaves there, another is given up.
    fn stop_before(&mut self, opcode: u8) -> Recorded<Flow> {
        if self.side_of.is_some() && self.b.trace().insts.len() > 2 || self.steps >= MIN_ENTRY {
            self.b.exit()?;
            return Ok(Flow::End);
        }
        if matches!(opcode, op::RAISE_VARARGS | op::RERAISE | op::PUSH_EXC_INFO | op::POP_EXCEPT | op::WITH_EXCEPT_START) {
            // The program may go another way next time.
            return unsupported("an exception outside of the trace's own frame");
        }
        Err(Abort::Recorder(OPCODES[opcode as usize].name.into()))
    }

    fn store_fast(&mut self, cx: &Cx, i: usize) -> Recorded {
        let v = self.b.take_slot(LOCALS + cx.depth - 1)?;
        let old = self.local(i)?;
        self.b.set_slot(LOCALS + i, v);
        self.set_words(cx, cx.next, cx.depth - 1, 0);
        self.b.discard_nullable(old)
    }

    /// Guards that the self-or-NULL operand `k` below the top is what it is now.
    fn guard_self(&mut self, cx: &Cx, k: usize) -> Recorded {
        let v = self.top(cx, k)?;
        if self.b.ty(v) == Ty::V && !v.is_const() {
            let op = if cx.word(k) == NULL { Op::GuardNull } else { Op::GuardNonNull };
            self.b.emit(op, &[v])?;
        }
        Ok(())
    }
}

/// Whether `frame` was called, perhaps indirectly, from `from`.
unsafe fn is_below(mut frame: *mut Frame, from: *mut Frame) -> bool {
    // SAFETY: frames of the thread are linked.
    unsafe {
        while !frame.is_null() {
            if frame == from {
                return true;
            }
            frame = (*frame).previous;
        }
        false
    }
}
