//! Running Python code.
//!
//! The contract of this folder: frames hold raw words; every live slot owns its reference; a word taken off the
//! value stack is owned by whoever took it. Only `interpret` and the functions it calls directly move raw words.

pub mod bind;
pub mod breaker;
pub mod builtins;
pub mod cache;
pub mod calls;
#[cfg(debug_assertions)]
pub mod check;
pub mod delegation;
pub mod dunder;
pub mod exec_dump;
pub mod fast;
pub mod gather;
pub mod import;
pub mod import_times;
pub mod interpret;
pub mod jump;
pub mod leave;
pub mod monitor;
pub mod native_call;
pub mod ops;
pub mod specialise;
pub mod stubs;
pub mod trace;
pub mod unwind;
pub mod warnings;
pub mod watch;

use crate::exc;
use crate::frame::{Continuation, Frame, Owner};
use crate::global::Global;
use crate::thread::{check_native_stack, thread};
use crate::types::code::Code;
use crate::types::{dict, module};
use crate::types::{function, generator};
use crate::value::{Res, Value};
use crate::vm::{names, types};
use std::ptr;
use weft_compiler::opcode::{OPCODES, op};
use weft_layout::tag::{NULL, Word};

/// `sys.setrecursionlimit`.
pub static RECURSION_LIMIT: Global<u32> = Global::new(1000);

/// Runs a frame that is linked in as the innermost, until it returns to native code. With `raising`, the thread's
/// current exception is raised at the frame's instruction.
///
/// # Safety
/// The frame's continuation is `ToRust`.
pub unsafe fn run(frame: *mut Frame, raising: bool) -> Res {
    use interpret::interpret;
    // SAFETY: passed on.
    unsafe {
        let tracing = trace::is_due();
        let ended = match (tracing, crate::jit::coverage::is_on()) {
            (true, _) => interpret::<false, true>(frame, raising),
            (false, false) => interpret::<false, false>(frame, raising),
            (false, true) => interpret::<true, true>(frame, raising),
        };
        go_on(ended, false, tracing)
    }
}

/// As [`run`], while a recording is under way that began in `frame`, the innermost of frames that end with one whose continuation
/// is to return to native code.
///
/// # Safety
/// As for [`run`].
pub unsafe fn run_recording(frame: *mut Frame) -> Res {
    // SAFETY: passed on.
    unsafe { go_on(interpret::interpret::<true, false>(frame, false), true, false) }
}

/// Goes on until the frame has returned to native code, in whatever instance of the loop is wanted.
unsafe fn go_on(mut ended: interpret::Ended, mut recording: bool, mut tracing: bool) -> Res {
    use interpret::{Ended, interpret};
    // SAFETY: after a switch the innermost frame is where the loop was left.
    unsafe {
        let counting = crate::jit::coverage::is_on();
        loop {
            match ended {
                Ended::Done(r) => {
                    if recording {
                        crate::jit::record::cancel("the frame returned to native code");
                    }
                    return r;
                }
                Ended::Switch => {
                    let frame = thread().frame.get();
                    let traced = std::mem::replace(&mut tracing, trace::is_due());
                    recording = !tracing && !traced && !recording;
                    ended = if tracing {
                        crate::jit::record::cancel("a trace function was set");
                        interpret::<false, true>(frame, false)
                    } else if recording {
                        interpret::<true, false>(frame, false)
                    } else if counting {
                        interpret::<true, true>(frame, false)
                    } else {
                        interpret::<false, false>(frame, false)
                    };
                }
            }
        }
    }
}

/// A fresh frame for `func` on the data stack, linked in, with all locals NULL. Takes over the reference to `func`.
///
/// # Safety
/// `func` is a function object.
#[inline(always)]
pub unsafe fn push_frame(func: Word, code: *const Code, cont: Continuation, cont_word: u64, first_null: usize) -> Res<*mut Frame> {
    let t = thread();
    // SAFETY: passed on.
    unsafe {
        if t.depth.get() >= *RECURSION_LIMIT.get() {
            crate::value::decref(func);
            return Err(recursion_error());
        }
        let frame = place_frame(t, func, code, cont, cont_word);
        let locals = Frame::locals(frame);
        for i in first_null..(*code).nlocalsplus() {
            *locals.add(i) = NULL;
        }
        Ok(frame)
    }
}

/// As [`push_frame`], without a check for recursion and with undefined locals.
///
/// # Safety
/// As for [`push_frame`]; the caller writes all locals.
#[inline(always)]
unsafe fn place_frame(t: &crate::thread::Thread, func: Word, code: *const Code, cont: Continuation, cont_word: u64) -> *mut Frame {
    // SAFETY: the code belongs to the function; the data stack gives room for the frame.
    unsafe {
        let f = function::this(Value::from_word_ref(&func));
        let frame = t.stack.push((*code).frame_words as usize);
        let units = (*code).units();
        frame.write(Frame {
            previous: t.frame.get(),
            func,
            code,
            globals: f.globals.word(),
            builtins: f.builtins.word(),
            locals: NULL,
            ip: units,
            resume: units,
            sp: ptr::null_mut(),
            frame_obj: NULL,
            cont_word,
            cont,
            owner: Owner::Stack,
            started: false,
            tracing: false,
        });
        (*frame).sp = Frame::locals(frame).add((*code).nlocalsplus());
        t.frame.set(frame);
        t.depth.set(t.depth.get() + 1);
        frame
    }
}

#[cold]
fn recursion_error() -> exc::Raised {
    let t = thread();
    // Making the exception may call Python: lend it some depth.
    // SAFETY: the GIL is held.
    let limit = unsafe { std::mem::replace(&mut *RECURSION_LIMIT.get(), u32::MAX) };
    let e = exc::recursion_error("maximum recursion depth exceeded");
    // SAFETY: as above.
    unsafe { *RECURSION_LIMIT.get() = limit };
    let _ = t;
    e
}

/// Ends a frame on the data stack: gives up what it owns and unlinks it.
///
/// # Safety
/// The frame is the running one, owned by the data stack, and its `sp` is right.
#[inline(always)]
pub unsafe fn pop_frame(frame: *mut Frame) {
    let t = thread();
    // SAFETY: the frame is over. It is unlinked before anything is dropped, so that no finaliser makes it a frame object; its
    // memory stays taken until all is dropped.
    unsafe {
        if (*frame).frame_obj != NULL {
            crate::types::frame_object::detach(frame);
        }
        t.frame.set((*frame).previous);
        t.depth.set(t.depth.get() - 1);
        Frame::clear(frame);
        let func = (*frame).func;
        t.stack.pop(frame);
        crate::value::decref(func);
    }
}

/// As [`pop_frame`], of a frame without a frame object and without anything on its value stack.
///
/// # Safety
/// As for [`pop_frame`].
#[inline(always)]
pub unsafe fn pop_plain_frame(frame: *mut Frame) {
    let t = thread();
    // SAFETY: the frame is unlinked before anything is dropped, so nobody sees its words; its memory stays taken until all are.
    unsafe {
        t.frame.set((*frame).previous);
        t.depth.set(t.depth.get() - 1);
        let locals = Frame::locals(frame);
        let n = (*(*frame).code).nlocalsplus();
        for i in (0..n).rev() {
            crate::value::decref(*locals.add(i));
        }
        crate::value::decref((*frame).locals);
        let func = (*frame).func;
        t.stack.pop(frame);
        crate::value::decref(func);
    }
}

/// Calls a Python function from native code.
pub fn call_function(func: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    if kwnames.is_none()
        && let Some(g) = generator::of_call(func, args)
    {
        return Ok(g);
    }
    check_native_stack("")?;
    let f = function::this(func);
    let code: *const Code = f.code();
    // SAFETY: the frame is fresh and bound before it runs; a failed binding ends it.
    unsafe {
        let frame = push_frame(func.clone().into_word(), code, Continuation::ToRust, 0, 0)?;
        if kwnames.is_none() && (*code).simple && args.len() == (*code).parts.argcount as usize {
            for (i, a) in args.iter().enumerate() {
                *Frame::locals(frame).add(i) = a.clone().into_word();
            }
        } else if let Err(e) = bind::bind(frame, func, args, kwnames) {
            unwind::pop_unbound(frame);
            return Err(e);
        }
        run(frame, false)
    }
}

/// Runs a function whose locals are a mapping (a class body, a module). If it has parameters, as the code of any function that `exec` is given may, it
/// is called without arguments.
pub fn run_with_locals(func: &Value, namespace: &Value) -> Res {
    check_native_stack("")?;
    let code: *const Code = function::this(func).code();
    // SAFETY: as in `call_function`.
    unsafe {
        let frame = push_frame(func.clone().into_word(), code, Continuation::ToRust, 0, 0)?;
        if (&*code).total_args() > 0
            && let Err(e) = bind::bind(frame, func, &[], None)
        {
            unwind::pop_unbound(frame);
            return Err(e);
        }
        (*frame).locals = namespace.clone().into_word();
        run(frame, false)
    }
}

/// Runs a code object in a namespace: `exec`.
pub fn run_code(code: &Value, globals: &Value, locals: &Value, closure: Option<Value>) -> Res {
    let func = function::new(code.clone(), globals.clone(), builtins_of(globals)?);
    if let Some(c) = closure {
        function::set_attribute(&func, 8, c);
    }
    run_with_locals(&func, locals)
}

/// The builtins that code in the namespace `globals` sees: its `__builtins__`, or the VM's.
pub fn builtins_of(globals: &Value) -> Res {
    match dict::get_str(globals, &names().__builtins__) {
        Some(b) if b.is_instance(types().module) => Ok(module::dict(&b)),
        Some(b) => Ok(b),
        None => Ok(builtins::dict()),
    }
}

/// The globals of the innermost Python frame.
pub fn current_globals() -> Option<Value> {
    let frame = thread().innermost_frame();
    // SAFETY: the innermost frame is live, and its function keeps its globals.
    (!frame.is_null()).then(|| unsafe { Value::clone_word((*frame).globals) })
}

/// The unit at index `i` as the compiler made it.
pub fn original_unit(code: &Code, i: usize, unit: u16) -> u16 {
    let _ = i;
    if (unit & 0xff) as u8 == op::ENTER_EXECUTOR {
        // SAFETY: the unit is the code object's own.
        return unsafe { crate::jit::hot::executor(code, unit).1 };
    }
    let base = OPCODES[(unit & 0xff) as usize].base;
    unit & 0xff00 | u16::from(base)
}

/// Whether a suspended generator waits in a `yield from` or `await`: the unit after its YIELD_VALUE resumes such a loop.
///
/// # Safety
/// `frame` is a suspended generator's.
pub unsafe fn suspended_in_send(frame: *mut Frame) -> bool {
    // SAFETY: `resume` points to the RESUME that follows the YIELD_VALUE.
    unsafe {
        let unit = *(*frame).resume;
        (unit & 0xff) as u8 == op::RESUME && (unit >> 8) & 3 >= 2
    }
}

/// Makes a generator that was suspended in a SEND loop go on behind the loop, where END_SEND expects the delegate
/// and its result.
///
/// # Safety
/// `frame` is suspended in a SEND loop.
pub unsafe fn finish_send(frame: *mut Frame) {
    // SAFETY: the loop is SEND, YIELD_VALUE, RESUME, JUMP_BACKWARD_NO_INTERRUPT; the SEND lies one cache and one unit
    // before the YIELD_VALUE, and its operand leads to END_SEND.
    unsafe {
        let send = (*frame).ip.sub(2);
        debug_assert_eq!((*send & 0xff) as u8, op::SEND);
        let oparg = (*send >> 8) as usize;
        (*frame).resume = send.add(2 + oparg);
    }
}

/// Whether anything but leaving would happen if an exception were raised where a generator is suspended.
///
/// # Safety
/// `frame` is a suspended generator's.
pub unsafe fn has_handler_at_yield(frame: *mut Frame) -> bool {
    // SAFETY: `ip` is the YIELD_VALUE.
    unsafe {
        let code = &*(*frame).code;
        let Some(h) = code.handler_for(code.index_of((*frame).ip)) else { return false };
        // The outermost handler of every generator only turns StopIteration into RuntimeError.
        let first = *code.units().add(h.target as usize);
        let second = if h.target as usize + 1 < code.unit_count() { *code.units().add(h.target as usize + 1) } else { 0 };
        !((first & 0xff) as u8 == op::CALL_INTRINSIC_1 && first >> 8 == 3 && (second & 0xff) as u8 == op::RERAISE)
    }
}
