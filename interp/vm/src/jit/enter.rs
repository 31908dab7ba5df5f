//! Entering compiled code, and rebuilding the interpreter's frames when it leaves.
//!
//! While compiled code runs, the frame it runs in is out of date, and the frames of calls it has inlined do not exist.
//! They are *materialised* from a snapshot when the code leaves by an exit, or when something looks at the frames during a
//! call ([`force_all`]). In that case they are put aside, for what was called has the top of the data stack, and get their place
//! there once the trace has left.
//!
//! The frame a trace runs in need not be the one it was entered with: traces call each other and return to each other
//! (`record/linkage.rs`). The frames below it are complete.

use super::objects;
use super::record::{self, LOCALS, Words};
use super::{hot, state};
use crate::eval::{self, breaker};
use crate::frame::{Continuation, Frame, Owner};
use crate::global::Global;
use crate::heap;
use crate::thread::{self, HandledState, check_native_stack, thread};
use crate::types::code::Code;
use crate::types::{frame_object, function, generator};
use crate::value::{Res, Value, decref, incref};
use smallvec::SmallVec;
use std::mem::MaybeUninit;
use std::ptr;
use weft_compiler::opcode::{OPCODES, op};
use weft_jit::lower::Loc;
use weft_jit::planted::{Bug, planted};
use weft_jit::{ExitId, ExitState, ExitValue, Resume, TraceId, Ty};
use weft_layout::machine_frame::MachineFrame;
use weft_layout::op::Op;
use weft_layout::tag::{self, NULL, Word};

/// Words of data stack that inlined frames may take, together.
pub const MAX_WORDS: usize = 2048;
/// Recordings that may fail at an exit before it is left alone.
const MAX_SIDE_FAILURES: u32 = 3;
/// Side traces of one root after which an exit has to be taken twice as often to get another.
const FAMILY: u32 = 40;
/// Slots of a snapshot for whose values no memory is allocated.
const FEW: usize = 24;
/// How many calls deep a trace may inline.
pub const MAX_INLINED: u32 = 16;

/// Compiled code that is running, linked from the thread.
#[repr(C)]
pub struct Activation {
    machine: MachineFrame,
    previous: *mut Activation,
    /// The innermost frame, once the frames have been materialised.
    innermost: *mut Frame,
    /// Where inlined frames are that were materialised during a call.
    aside: Option<Box<[Word]>>,
    /// The innermost handled-exception state of the frames so far.
    handled: *const HandledState,
}

/// How compiled code was left.
pub struct Left {
    /// The frame to go on with, at its `resume`, or raising at its `ip`.
    pub frame: *mut Frame,
    /// Whether an exception is on its way.
    pub raising: bool,
    /// The exit, if a side trace is to be recorded from it: in the frame's handler, if it raises.
    pub record: Option<ExitId>,
}

impl Activation {
    /// The frame that the trace runs in.
    fn root(&self) -> *mut Frame {
        self.machine.activation.python_frame as *mut Frame
    }
}

/// Runs a trace on `frame`, which is complete, with `sp` and `resume` set. `None` if that is not possible now.
///
/// # Safety
/// The frame is the innermost of the thread, and where the trace begins.
pub unsafe fn enter(frame: *mut Frame, id: TraceId) -> Option<Left> {
    let s = state()?;
    if !s.jit.is_live(id) {
        return None;
    }
    // SAFETY: passed on.
    unsafe { run(frame, |jit, machine| jit.enter(id, machine, frame as u64)) }
}

/// Goes on in compiled code in `frame`, to which a callee with [`Continuation::Trace`] or [`Continuation::TraceInit`] and this
/// word has returned. `None` if that is not possible now.
///
/// # Safety
/// The frame is the innermost of the thread, with the result on its stack, and `sp` and `resume` set.
#[inline(never)]
pub unsafe fn go_on(frame: *mut Frame, word: u64) -> Option<Left> {
    // SAFETY: passed on; code is not freed while a frame has such a word.
    unsafe { run(frame, |jit, machine| jit.go_on(word, machine, frame as u64)) }
}

/// Runs compiled code until it leaves.
#[inline(always)]
unsafe fn run(frame: *mut Frame, code: impl FnOnce(&weft_jit::Jit, &mut MachineFrame) -> weft_jit::ExitInfo) -> Option<Left> {
    let t = thread();
    let s = state()?;
    // SAFETY: the GIL is held.
    let limit = unsafe { *crate::eval::RECURSION_LIMIT.get() };
    if t.depth.get() + MAX_INLINED >= limit {
        return None;
    }
    let here = 0u8;
    if (&raw const here as usize) < t.stack_limit.get() + (64 << 10) {
        return None;
    }
    if s.options.stress.is_some() && s.next_random().is_multiple_of(16) {
        crate::eval::breaker::request(crate::eval::breaker::STRESS);
    }
    s.entries += 1;
    let mut activation = MaybeUninit::<Activation>::uninit();
    let a = activation.as_mut_ptr();
    // SAFETY: every field that is read is written first; spill cells are written by compiled code.
    unsafe {
        (*a).machine.slow_ran_python = 0;
        (&raw mut (*a).machine.activation).write(weft_layout::machine_frame::Activation {
            snapshot: 0,
            forced: 0,
            trace: 0,
            flags: 0,
            previous: ptr::null_mut(),
            python_frame: frame as u64,
        });
        (*a).previous = t.activation.get();
        (*a).innermost = frame;
        (&raw mut (*a).aside).write(None);
        (*a).handled = t.handled.get();
        t.activation.set(a);
        let jit: *const weft_jit::Jit = &s.jit;
        let info = code(&*jit, &mut (*a).machine);
        t.activation.set((*a).previous);
        Some(leave(a, info.id))
    }
}

/// Calls a Python function that has compiled code for its entry, from compiled code, with as many arguments as it has
/// parameters, which move to its frame. `None` if it has no such code: then nothing has moved.
///
/// # Safety
/// The value is a function, and the `n` words at `args` are owned.
pub unsafe fn call(func: &Value, args: *const Word, n: usize) -> Option<Res> {
    let code: *const Code = function::this(func).code();
    // SAFETY: the function keeps its code alive; its frame is complete before it is entered.
    unsafe {
        let first = (*code).units();
        if (*first & 0xff) as u8 != op::ENTER_EXECUTOR || n != (*code).exact_args as usize {
            return None;
        }
        let (trace, displaced) = hot::executor(code, *first);
        if OPCODES[(displaced & 0xff) as usize].base != op::RESUME || breaker::is_set() || eval::trace::is_due() {
            return None;
        }
        let frame = match check_native_stack("").and_then(|()| {
            let f = func.clone().into_word();
            eval::push_frame(f, code, Continuation::ToRust, 0, n)
        }) {
            Ok(frame) => frame,
            Err(e) => {
                (0..n).rev().for_each(|i| decref(*args.add(i)));
                return Some(Err(e));
            }
        };
        ptr::copy_nonoverlapping(args, Frame::locals(frame), n);
        let Some(left) = enter(frame, trace) else { return Some(eval::run(frame, false)) };
        if let Some(exit) = left.record
            && !left.raising
            && record::begin_side(left.frame, exit)
        {
            return Some(eval::run_recording(left.frame));
        }
        if left.frame != frame
            || left.raising
            || (*(*frame).resume & 0xff) as u8 != op::RETURN_VALUE
            || (*frame).frame_obj != NULL
            || (*frame).sp.sub(1) != Frame::stack_base(frame)
        {
            return Some(eval::run(left.frame, left.raising));
        }
        (*frame).sp = (*frame).sp.sub(1);
        let w = *(*frame).sp;
        eval::pop_plain_frame(frame);
        Some(Ok(Value::from_word(w)))
    }
}

/// Rebuilds the frames after compiled code has left by an exit.
unsafe fn leave(a: *mut Activation, exit: ExitId) -> Left {
    let t = thread();
    let s = state().expect("the JIT is on");
    s.exits += 1;
    let hits = s.jit.hit(exit);
    if s.jit.forcing.is_some() {
        let guards = 1 + s.next_random() % 128;
        s.jit.forcing.iter().for_each(|f| f.within(guards));
    }
    // The view lives in the JIT's tables, which may change when Python code runs: what has to be dropped comes last.
    let view = s.jit.snapshot(exit);
    let resume = match view.resume {
        Resume::After if planted(Bug::WrongResume) => Resume::At,
        other => other,
    };
    let mut drops: SmallVec<[Word; 16]> = SmallVec::new();
    // SAFETY: the activation's registers and cells are as the exit left them.
    unsafe {
        if (*a).machine.activation.forced != 0 && !planted(Bug::MissedForce) {
            finish_forced(a, view, resume, &mut drops);
        } else {
            for d in view.drops() {
                if d.ty.counts() && !planted(Bug::WrongDrop) {
                    drops.push(d.bits(&(*a).machine, (*a).root() as u64));
                }
            }
            materialise(a, view, false);
            t.frame.set((*a).innermost);
            if resume == Resume::At {
                (*(*a).innermost).resume = (*(*a).innermost).ip;
            }
        }
        let frame = (*a).innermost;
        let raising = resume == Resume::Raising || (*a).machine.activation.forced != 0 && t.exc.peek().is_some();
        let threshold = s.options.exit_threshold;
        let wanted = hits >= threshold && is_due(hits, threshold << (s.jit.family(exit) / FAMILY).min(10)) && s.recorder.is_none();
        let wanted = wanted && s.side_failures.get(&exit.number()).is_none_or(|&n| n < MAX_SIDE_FAILURES);
        let record = wanted
            && match resume {
                Resume::At => leads_on(s, exit, *(*frame).resume),
                Resume::Raising => frame == (*a).root() && (*a).machine.activation.forced == 0 && is_caught(frame),
                Resume::After => false,
            };
        let record = record.then_some(exit);
        if (*a).machine.slow_ran_python != 0 {
            heap::release::run_deferred();
        }
        for w in drops {
            decref(w);
        }
        Left { frame, raising: raising && !planted(Bug::LostException), record }
    }
}

/// Whether an exit taken so often is to be recorded from. Where that fails, or the exit leads to where no trace begins as yet, it
/// is tried again at twice the count.
#[inline(always)]
fn is_due(hits: u32, threshold: u32) -> bool {
    let threshold = threshold.max(1);
    hits.is_multiple_of(threshold) && (hits / threshold).is_power_of_two()
}

/// Whether a side trace from the exit makes sense: not where the interpreter is needed, and from where the trace ends only if
/// another begins there, at `unit`, by now, or nothing but an exception ended it.
fn leads_on(s: &super::State, exit: ExitId, unit: u16) -> bool {
    let Some(t) = s.jit.traces().live(exit.trace) else { return false };
    let e = &t.exits[exit.exit as usize];
    let op = t.ir.insts.get(e.inst as usize).and_then(|i| i.op());
    if op == Some(Op::Exit) {
        return (unit & 0xff) as u8 == op::ENTER_EXECUTOR || s.open_ends.contains(&exit.trace);
    }
    !matches!(op, None | Some(Op::GuardBreaker | Op::GuardRoom | Op::GuardNotForced | Op::Decref | Op::DecrefPtr | Op::DecrefNullable))
}

/// Whether a handler of the frame itself covers the instruction that it is at.
unsafe fn is_caught(frame: *mut Frame) -> bool {
    // SAFETY: the frame is complete.
    unsafe { record::handler(&*(*frame).code, (*frame).ip).is_some() }
}

/// The heap objects that taking an exit has made so far: boxes of floats and virtual objects, by the values they are.
type Made = SmallVec<[(weft_jit::Ref, Word); 4]>;

/// The value of a snapshot as a tagged word with a reference of its own; a float is boxed once.
#[inline(always)]
unsafe fn owned(a: *mut Activation, v: &ExitValue, moved: bool, made: &mut Made) -> Word {
    // SAFETY: passed on.
    unsafe {
        if v.loc == Loc::Object {
            return object(v.id, made);
        }
        let bits = v.bits(&(*a).machine, (*a).root() as u64);
        match v.ty {
            Ty::I => bits | 1,
            Ty::B => tag::bool_word(bits != 0),
            Ty::F => match tag::try_float_word(f64::from_bits(bits)) {
                Some(w) => w,
                None => boxed(f64::from_bits(bits), v.id, made),
            },
            _ => {
                if !moved {
                    incref(bits);
                }
                bits
            }
        }
    }
}

/// A virtual object that has been made, with a reference for the caller.
#[cold]
fn object(id: weft_jit::Ref, made: &Made) -> Word {
    let found = made.iter().find(|m| m.0 == id).expect("virtual objects are made first");
    // SAFETY: whoever made it still has a reference.
    unsafe { incref(found.1) };
    found.1
}

/// A float on the heap, the same object for the same value of the trace.
#[cold]
fn boxed(x: f64, id: weft_jit::Ref, made: &mut Made) -> Word {
    if let Some(b) = made.iter().find(|b| b.0 == id && !planted(Bug::UnboxedTwice)) {
        // SAFETY: the box is alive: it is in a slot, or about to be.
        unsafe { incref(b.1) };
        return b.1;
    }
    let w = Value::float(x).into_word();
    made.push((id, w));
    w
}

/// Gives the frames that were put aside their place on the data stack, whose top is free now.
unsafe fn settle(a: *mut Activation) {
    // SAFETY: the frames from the innermost to the trace's own are linked, and complete; nothing lies above them.
    unsafe {
        let Some(aside) = (*a).aside.take() else { return };
        let t = thread();
        let mut list: SmallVec<[*mut Frame; 8]> = SmallVec::new();
        let mut frame = (*a).innermost;
        while frame != (*a).root() {
            list.push(frame);
            frame = (*frame).previous;
        }
        for &old in list.iter().rev() {
            let mut new = old;
            if aside.as_ptr_range().contains(&old.cast_const().cast()) {
                let words = (*(*old).code).frame_words as usize;
                new = t.stack.push(words);
                ptr::copy_nonoverlapping(old.cast::<Word>(), new.cast(), words);
                (*new).sp = new.cast::<Word>().offset((*old).sp.offset_from(old.cast()));
                if (*new).frame_obj != NULL {
                    frame_object::moved(Value::from_word_ref(&(*new).frame_obj), new);
                }
            }
            (*new).previous = frame;
            frame = new;
        }
        (*a).innermost = frame;
    }
}

/// Writes the frames of a snapshot to memory: inlined ones to the top of the data stack, or aside.
unsafe fn materialise(a: *mut Activation, view: &ExitState, aside: bool) {
    let t = thread();
    // All values are read before any slot is written: some are still in slots.
    let (mut few, mut many);
    let values: &mut [Word] = if view.slots().len() <= FEW {
        few = [NULL; FEW];
        &mut few[..view.slots().len()]
    } else {
        many = vec![NULL; view.slots().len()];
        &mut many
    };
    let mut made = Made::new();
    // SAFETY: the snapshot's words and slots are what the recorder put there for these frames.
    unsafe {
        let virtuals = make_objects(a, view, &mut made);
        for (w, slot) in values.iter_mut().zip(view.slots()) {
            if let Some(v) = &slot.value {
                *w = owned(a, v, slot.moved, &mut made);
            }
        }
        drop(virtuals);
        let mut values = values.iter();
        let mut frame = (*a).root();
        let mut depth = 0;
        let mut free = ptr::null_mut();
        if aside {
            let inlined = view.frames().skip(1).map(|f| Words::read(f.words)).filter(|w| !w.cont.resumes_generator());
            let words = inlined.map(|w| (*w.code).frame_words as usize).sum();
            free = (*a).aside.insert(vec![NULL; words].into()).as_mut_ptr();
        }
        for f in view.frames() {
            let mut slots_of_frame = f.slots;
            let mut inlined = false;
            if depth > 0 {
                let words = Words::read(f.words);
                inlined = !words.cont.resumes_generator();
                if inlined {
                    let size = (*words.code).frame_words as usize;
                    let at = if aside { free.cast() } else { t.stack.push(size) };
                    free = free.wrapping_add(size);
                    frame = begin_inlined(frame, at, &words);
                } else {
                    let generator = *values.next().expect("the generator comes first");
                    slots_of_frame = &slots_of_frame[1..];
                    frame = begin_generator(a, frame, generator, &words);
                }
            }
            let base = slots(frame);
            for (slot, &w) in slots_of_frame.iter().zip(&mut values) {
                *base.add(slot.slot as usize) = w;
            }
            if inlined {
                complete_inlined(frame);
            }
            let (ip, next, sp) = Words::place(f.words);
            (*frame).ip = ip;
            (*frame).resume = next;
            (*frame).sp = Frame::locals(frame).add(sp);
            depth += 1;
        }
        (*a).innermost = frame;
        t.depth.set(t.depth.get() + depth - 1);
    }
}

/// Makes the virtual objects that a snapshot shows, and notes them in `made`. The exit's own references to them are returned.
unsafe fn make_objects(a: *mut Activation, view: &ExitState, made: &mut Made) -> SmallVec<[Value; 4]> {
    // SAFETY: the recipes are the recorder's.
    let new: SmallVec<[Value; 4]> = view.objects().iter().map(|o| unsafe { objects::allocate(&o.recipe) }).collect();
    made.extend(view.objects().iter().zip(&new).map(|(o, v)| (o.id, v.word())));
    for (o, v) in view.objects().iter().zip(&new) {
        let fields: SmallVec<[Word; 8]> =
            // SAFETY: passed on.
            o.fields.iter().map(|f| f.value.as_ref().map_or(NULL, |v| unsafe { owned(a, v, f.moved, made) })).collect();
        // SAFETY: the object was allocated above.
        unsafe { objects::fill(v, &o.recipe, &fields) };
    }
    new
}

/// Slot 0 of the JIT's numbering.
unsafe fn slots(frame: *mut Frame) -> *mut Word {
    // SAFETY: the offset lies in the header.
    unsafe { frame.cast::<u8>().add(record::SLOT_OFFSET as usize).cast() }
}

unsafe fn begin_inlined(previous: *mut Frame, at: *mut Frame, words: &Words) -> *mut Frame {
    // SAFETY: the caller has made room for the frame.
    unsafe {
        at.write(Frame {
            previous,
            func: NULL,
            code: words.code,
            globals: NULL,
            builtins: NULL,
            locals: NULL,
            ip: words.ip,
            resume: words.next,
            sp: ptr::null_mut(),
            frame_obj: NULL,
            cont_word: words.cont_word,
            cont: words.cont,
            owner: Owner::Stack,
            started: true,
            tracing: false,
        });
        let locals = Frame::locals(at);
        for i in 0..(*words.code).nlocalsplus() {
            *locals.add(i) = NULL;
        }
        at
    }
}

/// Links the frame of a generator that a FOR_ITER or CALL of `previous` has resumed. Takes over a reference to the generator.
unsafe fn begin_generator(a: *mut Activation, previous: *mut Frame, generator: Word, words: &Words) -> *mut Frame {
    let t = thread();
    // SAFETY: the generator is alive on the stack of `previous`, which is complete and at the instruction that resumed it.
    unsafe {
        let g = generator::this(Value::from_word_ref(&generator));
        let frame = g.frame();
        (*frame).previous = previous;
        (*frame).cont = words.cont;
        (*frame).cont_word = match words.cont {
            Continuation::ForGen => record::loop_end((*previous).code, (*previous).ip) as u64,
            _ => words.cont_word,
        };
        (*frame).started = true;
        for i in 0..(*(*frame).code).nlocalsplus() {
            *Frame::locals(frame).add(i) = NULL;
        }
        // What is being handled comes below what a call from here may handle.
        g.handled.previous.set((*a).handled);
        if t.handled.get() == (*a).handled {
            t.handled.set(&g.handled);
        } else {
            let mut above = t.handled.get();
            while (*above).previous.get() != (*a).handled {
                above = (*above).previous.get();
            }
            (*above).previous.set(&g.handled);
        }
        (*a).handled = &g.handled;
        decref(generator);
        frame
    }
}

/// Fills in what follows from the function, which is in its slot now.
unsafe fn complete_inlined(frame: *mut Frame) {
    // SAFETY: the slot holds a function.
    unsafe {
        let f = function::this(Value::from_word_ref(&(*frame).func));
        (*frame).globals = f.globals.word();
        (*frame).builtins = f.builtins.word();
    }
}

/// After a call during which the frames were materialised: only what the call brought is new.
unsafe fn finish_forced(a: *mut Activation, view: &ExitState, resume: Resume, drops: &mut SmallVec<[Word; 16]>) {
    let t = thread();
    // SAFETY: the frames are complete, and the innermost one is at the call.
    unsafe {
        settle(a);
        let frame = (*a).innermost;
        t.frame.set(frame);
        if resume == Resume::Raising || t.exc.peek().is_some() {
            return;
        }
        let f = view.frames().last().expect("a frame");
        let words = Words::read(f.words);
        let locals = Frame::locals(frame);
        let bottom = locals.add(words.sp - words.results);
        let mut made = Made::new();
        let mut results: SmallVec<[(u16, Word); 8]> = SmallVec::new();
        for slot in f.slots {
            if slot.slot as usize >= LOCALS + words.sp - words.results {
                results.push((slot.slot, slot.value.as_ref().map_or(NULL, |v| owned(a, v, slot.moved, &mut made))));
            }
        }
        while (*frame).sp > bottom {
            (*frame).sp = (*frame).sp.sub(1);
            drops.push(*(*frame).sp);
        }
        if let [(_, super::helpers::EXHAUSTED)] = results[..] {
            // FOR_ITER has found the end.
            (*frame).sp = bottom;
            (*frame).resume = record::loop_end(words.code, words.ip);
            return;
        }
        for (slot, w) in results {
            *slots(frame).add(slot as usize) = w;
        }
        (*frame).sp = locals.add(words.sp);
        (*frame).resume = words.next;
    }
}

/// Whether the topmost frame is executing compiled code.
pub fn is_running() -> bool {
    let t = thread();
    let a = t.activation.get();
    // SAFETY: activations are linked while they are in use.
    !a.is_null() && unsafe { (*a).root() == t.frame.get() }
}

/// Materialises the frames of all compiled code that is in a call, so that the thread's frames can be looked at.
pub fn force_all() {
    let mut a = thread().activation.get();
    while !a.is_null() {
        // SAFETY: activations are linked while they are in use.
        unsafe {
            if (*a).machine.activation.forced == 0 {
                force(a);
            }
            a = (*a).previous;
        }
    }
}

/// The same for all threads: those that do not hold the GIL have given it up in a call. So all compiled code that runs leaves
/// behind the call it is in.
pub fn force_everywhere() {
    let me = thread();
    for other in thread::all() {
        if !other.activation.get().is_null() {
            thread::switch_to(other);
            force_all();
        }
    }
    thread::switch_to(me);
}

/// Whether no thread is in compiled code.
pub fn is_idle() -> bool {
    thread::all().iter().all(|t| t.activation.get().is_null())
}

unsafe fn force(a: *mut Activation) {
    let t = thread();
    let Some(s) = state() else { return };
    // SAFETY: the trace is in a call that may run Python code, so its values are in cells, and the snapshot is named.
    unsafe {
        let exit = ExitId::from_number((*a).machine.activation.snapshot);
        let view = s.jit.snapshot(exit);
        let root = (*a).root();
        materialise(a, view, true);
        (*a).machine.activation.forced = 1;
        let innermost = (*a).innermost;
        if innermost == root {
            return;
        }
        // The frame that the call pushed, if it pushed one, comes after the innermost now.
        if t.frame.get() == root {
            t.frame.set(innermost);
            return;
        }
        let mut f = t.frame.get();
        while (*f).previous != root {
            f = (*f).previous;
        }
        (*f).previous = innermost;
    }
}

/// How often [`forget_returns`] was called.
static FORGOTTEN: Global<u64> = Global::new(0);

/// Changes when a word of [`Continuation::Trace`] that was read before is not to be gone on from any more.
#[inline(always)]
pub fn times_forgotten() -> u64 {
    // SAFETY: the GIL is held.
    unsafe { *FORGOTTEN.get() }
}

/// Makes sure that no frame returns to compiled code: before code is freed, or when every step is to be seen.
pub fn forget_returns() {
    // SAFETY: the GIL is held.
    unsafe { *FORGOTTEN.get() += 1 };
    for t in thread::all() {
        let mut frame = t.innermost_frame();
        while !frame.is_null() {
            // SAFETY: the thread's frames are linked.
            unsafe {
                (*frame).cont = (*frame).cont.interpreted();
                frame = (*frame).previous;
            }
        }
    }
}

/// The slow path of stencils for a count that has reached zero. Finalisers and weak reference callbacks, which may run Python
/// code, are put off until the trace has left.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn release_slow_path(frame: *mut MachineFrame) {
    // SAFETY: the operand is a dead object.
    unsafe {
        let put_off = heap::release::release_deferring((*frame).slow_operands[0] as *mut u8);
        (*frame).slow_ran_python = put_off as u64;
    }
}

/// The slow path of stencils for a float that does not fit the word.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn box_float_slow_path(frame: *mut MachineFrame) {
    // SAFETY: the operand is the float's bits.
    unsafe { (*frame).slow_result = Value::float(f64::from_bits((*frame).slow_operands[0])).into_word() }
}

/// The slow path of stencils for a page without free cells.
///
/// # Safety
/// Called by compiled code.
pub unsafe extern "C" fn new_cell_slow_path(frame: *mut MachineFrame) {
    // SAFETY: the operand is what a recipe names.
    unsafe { (*frame).slow_result = heap::page::allocate_at((*frame).slow_operands[0]) as u64 }
}

const _: () = assert!(std::mem::offset_of!(Activation, machine) == 0);
