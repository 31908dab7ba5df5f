//! `generator` and `coroutine`: functions that can be suspended. The frame lives in the object, behind the payload.

use crate::cell::Field;
use crate::class::build::TypeSpec;
use crate::class::native::{Args, def, getset, getter};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type, flag};
use crate::eval::delegation;
use crate::frame::{Continuation, Frame, Owner};
use crate::heap::page;
use crate::protocol;
use crate::thread::{HandledState, check_native_stack, thread};
use crate::types::code::Code;
use crate::types::{exceptions, frame_object, function, str, tuple};
use crate::value::{Payload, Res, Value, decref};
use crate::vm::{names, shapes, types};
use crate::{call, eval, exc};
use std::cell::Cell;
use std::mem::offset_of;
use std::ptr;
use weft_compiler::code::co_flags;
use weft_layout::tag::{NULL, Word};

/// Where a generator is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum State {
    /// Its body has not begun.
    Created,
    /// It waits at a yield.
    Suspended,
    /// It runs, or something it called does.
    Running,
    /// It has returned or raised; its frame is empty.
    Finished,
    /// It is in a chain of delegation ([`delegation`]), not at its end, or the chain is dormant. [`Generator::state`] says what
    /// that comes to.
    Chained,
}

/// Byte offsets in a generator object, for compiled code: the state,
pub const STATE_OFFSET: usize = 8 + offset_of!(Generator, state);
const FRAME_OFFSET: usize = 8 + size_of::<Generator>();
/// where the frame goes on,
pub const RESUME_OFFSET: usize = FRAME_OFFSET + offset_of!(Frame, resume);
/// its frame object,
pub const FRAME_OBJECT_OFFSET: usize = FRAME_OFFSET + offset_of!(Frame, frame_obj);
/// its function,
pub const FUNCTION_OFFSET: usize = FRAME_OFFSET + offset_of!(Frame, func);
/// and its first local.
pub const LOCALS_OFFSET: usize = FRAME_OFFSET + size_of::<Frame>();

/// The payload of generators, coroutines and asynchronous generators. The frame follows it.
#[repr(C)]
pub struct Generator {
    state: Cell<State>,
    /// The exceptions the body is handling.
    pub handled: HandledState,
    name: Field,
    qualname: Field,
    code: Field,
    /// `cr_origin` of coroutines; the finaliser hook of asynchronous generators.
    pub extra: Field,
    /// Whether an asynchronous generator has called its first-iteration hook.
    pub hooks_done: Cell<bool>,
    /// Whether an `__anext__`, `asend` or `athrow` of an asynchronous generator is under way.
    pub async_running: Cell<bool>,
    /// Whether an asynchronous generator has been closed.
    pub closed: Cell<bool>,
    /// Its place in a chain of delegation.
    pub link: delegation::Link,
}

// SAFETY: instances of generator, coroutine and async_generator hold a Generator.
unsafe impl Payload for Generator {
    fn class() -> &'static Type {
        types().generator
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        for f in [&self.name, &self.qualname, &self.code, &self.extra, &self.handled.value] {
            visit(f.word());
        }
        let waits = match self.state.get() {
            State::Created | State::Suspended => true,
            State::Chained => delegation::is_dormant(self),
            State::Running | State::Finished => false,
        };
        if waits {
            // SAFETY: a suspended frame's stack pointer is right.
            unsafe { frame_object::trace_frame(self.frame(), visit) };
        }
    }

    fn clear(&self) {
        if self.state() != State::Running {
            self.finish();
        }
        drop(self.extra.take());
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        self.finish();
    }
}

impl Generator {
    /// The frame that follows the payload.
    #[inline(always)]
    pub fn frame(&self) -> *mut Frame {
        // SAFETY: the object was allocated with room for the frame.
        unsafe { (self as *const Generator).add(1) as *mut Frame }
    }

    /// Where it is in its life.
    #[inline(always)]
    pub fn state(&self) -> State {
        match self.state.get() {
            State::Chained => delegation::settle(self),
            s => s,
        }
    }

    /// Where it is in its life, which may be [`State::Chained`].
    #[inline(always)]
    pub fn raw_state(&self) -> State {
        self.state.get()
    }

    /// Sets where it is in its life. The frame has to agree.
    #[inline(always)]
    pub fn set_state(&self, s: State) {
        self.state.set(s);
    }

    /// Whether it can be resumed. A dormant chain stays one.
    #[inline(always)]
    pub fn can_go_on(&self) -> bool {
        match self.state.get() {
            State::Created | State::Suspended => true,
            State::Running | State::Finished => false,
            State::Chained => delegation::heads_dormant(self) || self.state() == State::Suspended,
        }
    }

    /// The code object.
    pub fn code(&self) -> Value {
        self.code.value()
    }

    /// The object itself.
    fn value(&self) -> Value {
        // SAFETY: a Generator only ever lives in an object, 8 bytes in.
        unsafe { Value::clone_word(self as *const Generator as Word - 8) }
    }

    /// Empties the frame for good.
    fn finish(&self) {
        self.state();
        if self.state.replace(State::Finished) == State::Finished {
            return;
        }
        let frame = self.frame();
        // SAFETY: the frame does not run.
        unsafe { release_frame(frame) };
    }
}

/// Empties a generator's frame that is over.
unsafe fn release_frame(frame: *mut Frame) {
    // SAFETY: the frame does not run and its stack pointer is right.
    unsafe {
        if (*frame).frame_obj != NULL {
            frame_object::detach(frame);
        }
        Frame::clear(frame);
        decref(std::mem::replace(&mut (*frame).func, NULL));
    }
}

/// The payload of a generator, coroutine or asynchronous generator.
#[inline(always)]
pub fn this(v: &Value) -> &Generator {
    // SAFETY: callers pass instances of one of the three classes, whose payload is at offset 8.
    unsafe { &*v.ptr().add(8).cast::<Generator>() }
}

/// Whether a word on the value stack is a plain generator that a frame can resume now.
///
/// # Safety
/// The word is a live value.
#[inline(always)]
pub unsafe fn can_resume(w: Word) -> bool {
    // SAFETY: the word is live; the GIL is held.
    unsafe {
        eval::fast::has_shape(w, shapes().generator)
            && this(Value::from_word_ref(&w)).can_go_on()
            && thread().depth.get() < *eval::RECURSION_LIMIT.get()
    }
}

/// Whether the value is a plain generator whose end runs no Python code: it is over, has not begun, or is suspended where
/// its body has nothing to run on the way out.
pub fn ends_silently(v: &Value) -> bool {
    std::ptr::eq(v.class(), types().generator)
        && match this(v).state() {
            State::Finished | State::Created => true,
            State::Running | State::Chained => false,
            // SAFETY: the frame is suspended.
            State::Suspended => unsafe { !eval::has_handler_at_yield(this(v).frame()) },
        }
}

/// Whether the value is a generator, coroutine or asynchronous generator.
pub fn is_generator_like(v: &Value) -> bool {
    let c = v.class();
    let t = types();
    std::ptr::eq(c, t.generator) || std::ptr::eq(c, t.coroutine) || std::ptr::eq(c, t.async_generator)
}

/// What RETURN_GENERATOR does: a generator of the right class that takes over a frame whose locals are set.
///
/// # Safety
/// `frame` is on the data stack, about to be popped. Its locals move to the generator; it keeps nothing but memory.
pub unsafe fn from_frame(frame: *mut Frame) -> Value {
    // SAFETY: the frame is valid; its contents are moved, not copied.
    unsafe {
        let code = &*(*frame).code;
        let class = if code.flags & co_flags::COROUTINE != 0 {
            types().coroutine
        } else if code.flags & co_flags::ASYNC_GENERATOR != 0 {
            types().async_generator
        } else {
            types().generator
        };
        let func = Frame::function(frame);
        let (p, to) = allocate(class, function::this(&func), code);
        let words = (Frame::stack_base(frame) as usize - frame as usize) / 8;
        ptr::copy_nonoverlapping(frame.cast::<Word>(), to.cast::<Word>(), words);
        (*to).owner = Owner::Generator;
        (*to).previous = ptr::null_mut();
        (*to).sp = Frame::stack_base(to);
        (*to).started = false;
        if (*to).frame_obj != NULL {
            let object = Value::clone_word((*to).frame_obj);
            frame_object::moved(&object, to);
        }
        let value = Value::from_word(p as Word);
        if std::ptr::eq(class, types().coroutine) {
            crate::types::coroutine::set_origin(&value);
        }
        value
    }
}

/// A generator object whose frame is not written yet, and that frame.
unsafe fn allocate(class: &Type, f: &function::Function, code: &Code) -> (*mut u8, *mut Frame) {
    let size = 8 + size_of::<Generator>() + 8 * code.frame_words as usize;
    // SAFETY: the cell has room for the payload and a frame of the code.
    unsafe {
        let p = page::allocate(size, true, class.root_shape());
        let generator = p.add(8).cast::<Generator>();
        generator.write(Generator {
            state: Cell::new(State::Created),
            handled: HandledState::new(),
            name: Field::new(f.name_value()),
            qualname: Field::new(f.qualname_value()),
            code: Field::new(f.code_value_for(code)),
            extra: Field::empty(),
            hooks_done: Cell::new(false),
            async_running: Cell::new(false),
            closed: Cell::new(false),
            link: delegation::Link::default(),
        });
        (p, (*generator).frame())
    }
}

/// The generator that calling a function gives, if that does nothing else and its parameters are just so many; made without
/// a frame on the data stack.
pub fn of_call(func: &Value, args: &[Value]) -> Option<Value> {
    let f = function::this(func);
    let code = f.code();
    let plain = code.suspends_at_once && code.exact_args as usize == args.len() && code.flags & co_flags::GENERATOR != 0;
    // SAFETY: the GIL is held.
    if !plain || thread().depth.get() >= unsafe { *eval::RECURSION_LIMIT.get() } {
        return None;
    }
    // SAFETY: the frame is written whole: what it keeps of the function lives as long as the function, which it owns.
    unsafe {
        let (p, frame) = allocate(types().generator, f, code);
        let units = code.units();
        frame.write(Frame {
            previous: ptr::null_mut(),
            func: func.clone().into_word(),
            code,
            globals: f.globals.word(),
            builtins: f.builtins.word(),
            locals: NULL,
            ip: units,
            resume: units.add(1),
            sp: Frame::locals(frame).add(code.nlocalsplus()),
            frame_obj: NULL,
            cont_word: 0,
            cont: Continuation::ToRust,
            owner: Owner::Generator,
            started: false,
            tracing: false,
        });
        let locals = Frame::locals(frame);
        for i in 0..code.nlocalsplus() {
            *locals.add(i) = args.get(i).map_or(NULL, |a| a.clone().into_word());
        }
        Some(Value::from_word(p as Word))
    }
}

/// Notes in the frame of a generator that runs in compiled code where it is about to wait, with how many words.
///
/// # Safety
/// The words are complete in memory, and both pointers are instructions of the generator's code.
pub unsafe fn waits_at(v: &Value, ip: *const u16, resume: *const u16, words: usize) {
    let frame = this(v).frame();
    // SAFETY: the frame has room for so many words.
    unsafe {
        ((*frame).ip, (*frame).resume) = (ip, resume);
        (*frame).sp = Frame::locals(frame).add(words);
        (*frame).started = true;
    }
}

/// Ends a generator that runs in compiled code, which has taken everything out of its frame.
///
/// # Safety
/// As just said; the frame has no frame object.
pub unsafe fn finish_emptied(v: &Value) {
    let g = this(v);
    let frame = g.frame();
    // SAFETY: what the words held belongs to the caller.
    unsafe {
        for i in 0..(*(*frame).code).nlocalsplus() {
            *Frame::locals(frame).add(i) = NULL;
        }
        (*frame).sp = Frame::stack_base(frame);
        (*frame).func = NULL;
    }
    g.state.set(State::Finished);
}

/// The generator a frame lives in.
///
/// # Safety
/// `frame` is a valid frame.
pub unsafe fn of_frame(frame: *mut Frame) -> Option<Value> {
    // SAFETY: a frame owned by a generator lies behind its payload.
    unsafe { ((*frame).owner == Owner::Generator).then(|| (*payload_of(frame)).value()) }
}

/// The payload in front of a generator's frame.
///
/// # Safety
/// The frame's owner is a generator.
#[inline(always)]
pub unsafe fn payload_of(frame: *mut Frame) -> *const Generator {
    // SAFETY: the frame lies right behind the payload.
    unsafe { frame.cast::<Generator>().sub(1) }
}

/// Whether the generator that owns the frame runs.
///
/// # Safety
/// The frame's owner is a generator.
pub unsafe fn is_running(frame: *mut Frame) -> bool {
    // SAFETY: passed on.
    unsafe { (*payload_of(frame)).state() == State::Running }
}

/// Whether the generator that owns the frame is suspended or not started.
///
/// # Safety
/// The frame's owner is a generator.
pub unsafe fn is_suspended(frame: *mut Frame) -> bool {
    // SAFETY: passed on.
    unsafe { (*payload_of(frame)).state() == State::Suspended }
}

/// Ends the generator that owns the frame, which does not run.
///
/// # Safety
/// The frame's owner is a generator.
pub unsafe fn finish(frame: *mut Frame) {
    // SAFETY: passed on.
    unsafe { (*payload_of(frame)).finish() }
}

/// Links a suspended generator's frame in as the running one, with `sent` on its stack. The eval loop goes on in it.
///
/// # Safety
/// The generator is not running and not finished; the caller runs the frame.
#[inline]
pub unsafe fn enter(g: &Generator, sent: Word, cont: Continuation, cont_word: u64) -> *mut Frame {
    let t = thread();
    let frame = g.frame();
    if g.state.get() == State::Chained {
        g.state();
    }
    g.link.begin();
    // SAFETY: the frame is valid; its stack has room for the sent value.
    unsafe {
        (*frame).previous = t.frame.get();
        (*frame).cont = cont;
        (*frame).cont_word = cont_word;
        *(*frame).sp = sent;
        (*frame).sp = (*frame).sp.add(1);
    }
    g.state.set(State::Running);
    g.handled.previous.set(t.handled.get());
    t.handled.set(&g.handled);
    t.frame.set(frame);
    t.depth.set(t.depth.get() + 1);
    frame
}

/// Unlinks a generator's frame that yields.
///
/// # Safety
/// The frame is the running one and its `sp` is right.
#[inline]
pub unsafe fn suspend(frame: *mut Frame) {
    let t = thread();
    // SAFETY: the frame is a running generator's.
    unsafe {
        let g = &*payload_of(frame);
        g.state.set(State::Suspended);
        (*frame).started = true;
        delegation::left(frame);
        t.handled.set(g.handled.previous.get());
        t.frame.set((*frame).previous);
        (*frame).previous = ptr::null_mut();
    }
    t.depth.set(t.depth.get() - 1);
}

/// Unlinks and empties a generator's frame that has returned or raised.
///
/// # Safety
/// The frame is the running one, and its `sp` is right.
pub unsafe fn leave(frame: *mut Frame) {
    let t = thread();
    // SAFETY: the frame is a running generator's; the extra reference keeps the memory until the end.
    unsafe {
        let g = &*payload_of(frame);
        let keep = g.value();
        delegation::left(frame);
        t.handled.set(g.handled.previous.get());
        t.frame.set((*frame).previous);
        t.depth.set(t.depth.get() - 1);
        g.state.set(State::Finished);
        release_frame(frame);
        (*frame).previous = ptr::null_mut();
        drop(g.handled.value.take());
        drop(keep);
    }
}

/// What resuming a generator came to.
pub enum Resumed {
    /// It yielded.
    Yield(Value),
    /// It returned.
    Return(Value),
}

fn kind(v: &Value) -> &'static str {
    let t = types();
    if std::ptr::eq(v.class(), t.coroutine) {
        "coroutine"
    } else if std::ptr::eq(v.class(), t.async_generator) {
        "async generator"
    } else {
        "generator"
    }
}

/// Resumes a generator with a value, from native code.
pub fn send(v: &Value, sent: &Value) -> Res<Resumed> {
    resume(v, sent.clone(), false)
}

/// Resumes a generator by raising the thread's current exception at the yield.
pub fn resume_raising(v: &Value, raised: exc::Raised) -> Res<Resumed> {
    let _ = raised;
    resume(v, Value::NONE, true)
}

fn resume(v: &Value, sent: Value, raising: bool) -> Res<Resumed> {
    let g = this(v);
    let state = if !raising && delegation::heads_dormant(g) { State::Suspended } else { g.state() };
    match state {
        State::Running => {
            let message = format!("{} already {}", kind(v), if kind(v) == "coroutine" { "being awaited" } else { "executing" });
            let message = if kind(v) == "coroutine" { "coroutine already executing".to_owned() } else { message };
            return Err(exc::value_error(message));
        }
        State::Finished => {
            if raising {
                return Err(exc::Raised(()));
            }
            if kind(v) == "coroutine" {
                return Err(exc::runtime_error("cannot reuse already awaited coroutine"));
            }
            return Ok(Resumed::Return(Value::NONE));
        }
        State::Created if !sent.is_none() && !raising => {
            let n = kind(v);
            let article = if n == "async generator" { "an" } else { "a" };
            return Err(exc::type_error(format!("can't send non-None value to {article} just-started {n}")));
        }
        _ => {}
    }
    check_native_stack("")?;
    let keep = v.clone();
    // SAFETY: the generator is suspended, and `keep` holds it.
    let result = unsafe {
        // What is thrown arrives where the outermost one waits, and a trace function sees each frame.
        let enter = if raising || eval::trace::is_due() { enter } else { delegation::enter };
        let frame = enter(this(&keep), sent.into_word(), Continuation::ToRust, 0);
        eval::run(frame, raising)
    };
    match result {
        Ok(value) if g.can_go_on() => Ok(Resumed::Yield(value)),
        Ok(value) => Ok(Resumed::Return(value)),
        Err(e) => Err(e),
    }
}

fn raise_return(v: &Value, value: Value) -> exc::Raised {
    if kind(v) == "async generator" {
        return exc::bare(types().stop_async_iteration);
    }
    stop_iteration(value)
}

/// Raises StopIteration carrying a return value, whatever its type.
pub fn stop_iteration(value: Value) -> exc::Raised {
    if value.is_none() { exc::bare(types().stop_iteration) } else { exc::raise_args(types().stop_iteration, &[value]) }
}

fn to_result(v: &Value, r: Resumed) -> Res {
    match r {
        Resumed::Yield(x) => Ok(x),
        Resumed::Return(x) => Err(raise_return(v, x)),
    }
}

/// `generator.send(value)`.
pub fn send_method(v: &Value, sent: &Value) -> Res {
    to_result(v, send(v, sent)?)
}

/// The iterator a suspended generator delegates to by `yield from` or `await`.
pub fn yield_from(v: &Value) -> Option<Value> {
    let g = this(v);
    if g.state() != State::Suspended {
        return None;
    }
    // SAFETY: the frame is suspended: `ip` is its YIELD_VALUE, and the delegate lies on top of its stack.
    unsafe {
        let frame = g.frame();
        eval::suspended_in_send(frame).then(|| Value::clone_word(*(*frame).sp.sub(1)))
    }
}

/// Makes an exception from what `throw()` was given and sets it as the thread's current one.
pub fn throw_arguments(args: &[Value]) -> Res<exc::Raised> {
    let none = Value::NONE;
    let (ty, value, tb) = (&args[0], args.get(1).unwrap_or(&none), args.get(2).unwrap_or(&none));
    if !tb.is_none() && !tb.is_instance(types().traceback) {
        return Err(exc::type_error("throw() third argument must be a traceback object"));
    }
    let exception = if exceptions::is_exception_class(ty) {
        if value.is_instance(crate::class::build::of(ty)) {
            value.clone()
        } else if value.is_none() {
            call::call0(ty)?
        } else if value.is_instance(types().tuple) {
            call::call(ty, tuple::items(value), None)?
        } else {
            call::call1(ty, value)?
        }
    } else if exceptions::is_exception_instance(ty) {
        if !value.is_none() {
            return Err(exc::type_error("instance exception may not have a separate value"));
        }
        ty.clone()
    } else {
        return Err(exc::type_error(format!(
            "exceptions must be classes or instances deriving from BaseException, not {}",
            ty.class().full_name()
        )));
    };
    if !exceptions::is_exception_instance(&exception) {
        return Err(exc::type_error(format!(
            "calling {} should have returned an instance of BaseException, not {}",
            protocol::repr_string(ty)?,
            exception.class().full_name()
        )));
    }
    if !tb.is_none() {
        exceptions::set_traceback(&exception, tb.clone());
    }
    Ok(exc::restore(exception))
}

/// `generator.throw(...)`: raises at the yield, in the innermost generator of a delegation.
pub fn throw(v: &Value, args: &[Value], close_on_exit: bool) -> Res {
    to_result(v, throw_resumed(v, args, close_on_exit)?)
}

/// As [`throw`], telling yield from return.
pub fn throw_resumed(v: &Value, args: &[Value], close_on_exit: bool) -> Res<Resumed> {
    check_native_stack("")?;
    if let Some(inner) = yield_from(v) {
        let g = this(v);
        let is_exit = exceptions::is_exception_class(&args[0]) && crate::class::build::of(&args[0]).is_subtype(types().generator_exit)
            || args[0].is_instance(types().generator_exit);
        if is_exit && close_on_exit {
            g.state.set(State::Running);
            let closed = close_iterator(&inner);
            g.state.set(State::Suspended);
            if let Err(e) = closed {
                return resume_raising(v, e);
            }
        } else {
            g.state.set(State::Running);
            let r = if is_generator_like(&inner) {
                throw(&inner, args, close_on_exit)
            } else {
                match protocol::attr::getattr_opt(&inner, &names().throw) {
                    Ok(Some(f)) => call::call(&f, args, None),
                    Ok(None) => {
                        g.state.set(State::Suspended);
                        let e = throw_arguments(args)?;
                        return resume_raising(v, e);
                    }
                    Err(e) => Err(e),
                }
            };
            g.state.set(State::Suspended);
            return match r {
                Ok(x) => Ok(Resumed::Yield(x)),
                Err(e) => {
                    // The delegate is done: its StopIteration value, or its exception, goes to the generator.
                    if exc::matches(types().stop_iteration) {
                        let value = exceptions::stop_iteration_value(&exc::take(e));
                        // SAFETY: the frame is suspended in a SEND loop.
                        unsafe { eval::finish_send(g.frame()) };
                        resume(v, value, false)
                    } else {
                        resume_raising(v, e)
                    }
                }
            };
        }
    }
    let e = throw_arguments(args)?;
    if this(v).state() == State::Created {
        // Raising in a generator that has not begun ends it, at its first line.
        return resume_raising(v, e);
    }
    resume_raising(v, e)
}

fn close_iterator(inner: &Value) -> Res<()> {
    if is_generator_like(inner) {
        return close(inner).map(drop);
    }
    if let Some(f) = protocol::attr::getattr_opt(inner, &names().close)? {
        call::call0(&f)?;
    }
    Ok(())
}

/// `generator.close()`.
pub fn close(v: &Value) -> Res {
    let g = this(v);
    match g.state() {
        State::Created => {
            g.finish();
            return Ok(Value::NONE);
        }
        State::Finished => return Ok(Value::NONE),
        _ => {}
    }
    let mut pending = None;
    if let Some(inner) = yield_from(v) {
        g.state.set(State::Running);
        let closed = close_iterator(&inner);
        g.state.set(State::Suspended);
        pending = closed.err();
    }
    let raised = match pending {
        Some(e) => e,
        None => exc::bare(types().generator_exit),
    };
    match resume_raising(v, raised) {
        Ok(Resumed::Yield(_)) => Err(exc::runtime_error(format!("{} ignored GeneratorExit", kind(v)))),
        Ok(Resumed::Return(x)) => Ok(x),
        Err(e) if exc::matches(types().generator_exit) => {
            exc::clear(e);
            Ok(Value::NONE)
        }
        Err(e) if exc::matches(types().stop_iteration) => {
            exc::clear(e);
            Ok(Value::NONE)
        }
        Err(e) => Err(e),
    }
}

/// Whether an object with such a finaliser is a generator that has ended, for which the finaliser does nothing.
///
/// # Safety
/// `object` is an object whose class has that finaliser.
#[inline(always)]
pub unsafe fn is_over(object: *mut u8, finaliser: Option<fn(&Value)>) -> bool {
    // SAFETY: only generators and the like have that finaliser, as no class inherits from theirs.
    finaliser.is_some_and(|f| f as usize == finalise as *const () as usize)
        && unsafe { (*object.add(8).cast::<Generator>()).raw_state() } == State::Finished
}

/// Closes a generator that is being destroyed while suspended, as CPython does.
pub fn finalise(v: &Value) {
    let g = this(v);
    if g.state() == State::Finished || g.state() == State::Running {
        return;
    }
    if std::ptr::eq(v.class(), types().async_generator)
        && let Some(hook) = g.extra.get()
        && !g.closed.get()
    {
        if let Err(e) = call::call1(&hook, v) {
            exc::unraisable(e, "Exception ignored while calling asynchronous generator finalizer hook ", Some(v));
        }
        return;
    }
    if std::ptr::eq(v.class(), types().coroutine) && g.state() == State::Created {
        crate::types::coroutine::warn_never_awaited(v);
        return;
    }
    if g.state() == State::Created {
        return;
    }
    // A body that has nothing to run on the way out need not be resumed, unless someone is told of it.
    // SAFETY: the frame is suspended.
    if !thread().traced.get() && unsafe { !eval::has_handler_at_yield(g.frame()) } {
        return;
    }
    if let Err(e) = close(v) {
        exc::unraisable(e, "Exception ignored while closing generator ", Some(v));
    }
}

fn next(v: &Value) -> Res<Option<Value>> {
    match send(v, &Value::NONE)? {
        Resumed::Yield(x) => Ok(Some(x)),
        Resumed::Return(x) if x.is_none() => Ok(None),
        Resumed::Return(x) => Err(stop_iteration(x)),
    }
}

fn throw_native(args: &[Value], kwnames: Option<&Value>) -> Res {
    if kwnames.is_some_and(|k| !tuple::items(k).is_empty()) {
        return Err(exc::type_error("throw() takes no keyword arguments"));
    }
    if args.len() < 2 || args.len() > 4 {
        let (n, word) = (args.len() - 1, if args.len() < 2 { "at least 1 argument" } else { "at most 3 arguments" });
        return Err(exc::type_error(format!("throw expected {word}, got {n}")));
    }
    throw(&args[0], &args[1..], true)
}

/// `name`, as `__name__` of the three classes.
pub fn get_name(v: &Value) -> Res {
    Ok(this(v).name.value())
}

/// `__qualname__` of the three classes.
pub fn get_qualname(v: &Value) -> Res {
    Ok(this(v).qualname.value())
}

/// Sets `__name__`.
pub fn set_name(v: &Value, x: Option<&Value>) -> Res<()> {
    match x {
        Some(n) if str::is_str(n) => {
            this(v).name.set(n.clone());
            Ok(())
        }
        _ => Err(exc::type_error("__name__ must be set to a string object")),
    }
}

/// Sets `__qualname__`.
pub fn set_qualname(v: &Value, x: Option<&Value>) -> Res<()> {
    match x {
        Some(n) if str::is_str(n) => {
            this(v).qualname.set(n.clone());
            Ok(())
        }
        _ => Err(exc::type_error("__qualname__ must be set to a string object")),
    }
}

/// The frame object, or None once the body is over.
pub fn get_frame(v: &Value) -> Res {
    let g = this(v);
    if g.state() == State::Finished {
        return Ok(Value::NONE);
    }
    // SAFETY: the frame is live until the generator finishes.
    Ok(unsafe { frame_object::of_frame(g.frame()) })
}

/// Whether the body runs.
pub fn get_running(v: &Value) -> Res {
    Ok(Value::bool(this(v).state() == State::Running))
}

/// Whether the body waits at a yield.
pub fn get_suspended(v: &Value) -> Res {
    Ok(Value::bool(this(v).state() == State::Suspended))
}

/// The code object.
pub fn get_code(v: &Value) -> Res {
    Ok(this(v).code())
}

/// The object delegated to, or None.
pub fn get_yield_from(v: &Value) -> Res {
    Ok(yield_from(v).unwrap_or(Value::NONE))
}

/// The default repr of the three classes.
pub fn repr(v: &Value) -> Res {
    let what = if kind(v) == "async generator" { "async_generator" } else { kind(v) };
    Ok(str::from_string(format!("<{what} object {} at {:#x}>", str::display(&this(v).qualname.value()), v.id())))
}

fn sizeof(a: Args) -> Res {
    Ok(Value::usize(8 + size_of::<Generator>() + 8 * crate::types::code::this(&this(a.at(0)).code.value()).frame_words as usize))
}

/// `generator`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "generator",
    payload: PayloadOps::of::<Generator>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { repr: Some(repr), iter: Some(|v| Ok(v.clone())), next: Some(next), finalise: Some(finalise), ..Slots::NONE },
    methods: &[
        def(
            "send",
            "($self, value, /)",
            |a| send_method(a.at(0), a.at(1)),
            "send(value) -> send 'value' into generator,\nreturn next yielded value or raise StopIteration.",
        ),
        crate::class::native::raw(
            "throw",
            "",
            throw_native,
            "throw(value)\nthrow(type[,value[,tb]])\n\nRaise exception in generator, return next yielded value or raise\nStopIteration.\nthe (type, val, tb) signature is deprecated, \nand may be removed in a future version of Python.",
        ),
        def("close", "($self, /)", |a| close(a.at(0)), "close() -> raise GeneratorExit inside generator."),
        def("__sizeof__", "($self, /)", sizeof, "gen.__sizeof__() -> size of gen in memory, in bytes"),
        crate::class::native::class_def(
            "__class_getitem__",
            "($type, object, /)",
            |a| crate::types::generic_alias::new(a.at(0), a.at(1)),
            "See PEP 585",
        ),
    ],
    getsets: &[
        getset("__name__", get_name, set_name, "name of the generator"),
        getset("__qualname__", get_qualname, set_qualname, "qualified name of the generator"),
        getter("gi_yieldfrom", get_yield_from, "object being iterated by yield from, or None"),
        getter("gi_running", get_running, ""),
        getter("gi_frame", get_frame, ""),
        getter("gi_suspended", get_suspended, ""),
        getter("gi_code", get_code, ""),
    ],
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};
