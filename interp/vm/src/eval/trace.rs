//! What the functions of `sys.settrace` and `sys.setprofile` and the tools of `sys.monitoring` are told: calls, lines,
//! returns, exceptions, instructions, and calls of native functions, at CPython's moments.
//!
//! While a thread has such a function, or there are such tools, its frames run in the loop's tracing instance, which calls [`step`] before each
//! instruction; the ordinary instance knows nothing of all this. It looks whether it has to give way ([`is_due`])
//! where the eval breaker, which has [`breaker::TRACE`] set meanwhile, makes it look up, when a frame is left through
//! [`super::leave`], and after a native call. Compiled code is neither entered nor recorded. While a trace function
//! itself runs, nothing is traced.

use super::monitor::{self, Event};
use super::{breaker, exec_dump};
use crate::call;
use crate::exc::{self, Raised};
use crate::frame::Frame;
use crate::thread::{Thread, thread};
use crate::types::code::Code;
use crate::types::{frame_object, function, method, str, tuple};
use crate::value::{Res, Value};
use crate::vm::types;
use weft_compiler::opcode::{OPCODES, op};
use weft_layout::tag::{NULL, Word};

/// What the loop does after [`step`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The instruction.
    Go,
    /// The one at the frame's `resume`, to which a trace function has jumped, and with its `sp`; that its line begins is not told.
    Jumped,
    /// Nothing is traced any more: leave for the ordinary instance.
    Switch,
    /// A trace function has raised.
    Raised,
}

/// Where lines begin in a code object, by code unit.
pub struct Lines {
    /// The line of each instruction, -1 where it has none.
    line: Box<[i32]>,
    /// Whether a line event is due before the instruction, if the line differs from that of the one before.
    starts: Box<[bool]>,
}

/// Whether this thread's frames are to run in the tracing instance.
#[inline(always)]
pub fn is_due() -> bool {
    breaker::is_set() && thread().traced.get()
}

fn update(t: &Thread) {
    let wanted = exec_dump::is_on() || monitor::is_on() || t.trace_func.peek().is_some() || t.profile_func.peek().is_some();
    t.traced.set(wanted && t.in_trace.get() == 0);
    breaker::set_tracing(wanted);
    if wanted {
        // The return of a frame is to be seen too.
        crate::jit::enter::forget_returns();
    }
}

/// Tells the eval breaker whether the thread, which has just got the GIL, is traced.
pub fn thread_switched(t: &Thread) {
    update(t);
}

/// The tools of `sys.monitoring`, or what they want to know, have changed.
pub fn watchers_changed() {
    changed();
}

/// `sys.settrace`.
pub fn set_trace(f: Option<Value>) {
    let old = thread().trace_func.replace(f);
    changed();
    drop(old);
}

/// `sys.setprofile`.
pub fn set_profile(f: Option<Value>) {
    let old = thread().profile_func.replace(f);
    thread().native_calls.borrow_mut().clear();
    changed();
    drop(old);
}

fn changed() {
    let t = thread();
    let before = t.traced.get();
    update(t);
    if t.traced.get() && !before {
        // A frame that has a frame object is left the long way, where it is seen that its caller is traced.
        let mut frame = t.innermost_frame();
        while !frame.is_null() {
            // SAFETY: the thread's frames are live.
            unsafe {
                drop(frame_object::of_frame(frame));
                frame = (*frame).previous;
            }
        }
    }
}

/// Runs `f` with tracing on, even from inside a trace function: `sys.call_tracing`.
pub fn with_tracing<R>(f: impl FnOnce() -> R) -> R {
    let t = thread();
    let depth = t.in_trace.replace(0);
    update(t);
    let result = f();
    t.in_trace.set(depth);
    update(t);
    result
}

/// Runs `f`, the call of a trace function, with nothing traced meanwhile.
pub fn quietly<R>(f: impl FnOnce() -> R) -> R {
    let t = thread();
    t.in_trace.set(t.in_trace.get() + 1);
    update(t);
    let result = f();
    t.in_trace.set(t.in_trace.get().saturating_sub(1));
    update(t);
    result
}

fn call_hook(hook: &Value, frame: &Value, event: &str, arg: Value) -> Res {
    quietly(|| call::call(hook, &[frame.clone(), str::intern(event), arg], None))
}

/// Tells the tools of `sys.monitoring`.
///
/// # Safety
/// `frame` is a live frame.
unsafe fn tell(event: Event, frame: *mut Frame, unit: usize, args: &[Value]) -> Res<()> {
    if !monitor::wants(event) || !thread().traced.get() {
        return Ok(());
    }
    // SAFETY: passed on; the owner keeps the code.
    unsafe {
        let code = (*frame).code;
        let owner = function::this(&Frame::function(frame)).code_value_for(code);
        monitor::fire(event, crate::types::code::this(&owner), &owner, unit, args)
    }
}

/// A "call" event that is a generator's being resumed.
pub const RESUMED: &str = "resume";

/// Calls the frame's trace function, or for a call the thread's.
///
/// # Safety
/// `frame` is a live frame.
unsafe fn traced(frame: *mut Frame, event: &'static str, arg: &Value) -> Res<()> {
    let t = thread();
    let Some(of_thread) = t.trace_func.get() else { return Ok(()) };
    if !t.traced.get() {
        return Ok(());
    }
    // SAFETY: passed on.
    let object = unsafe {
        if event != "call" && event != RESUMED && (*frame).frame_obj == NULL {
            return Ok(());
        }
        frame_object::of_frame(frame)
    };
    let place = &frame_object::this(&object).trace;
    let is_call = event == "call" || event == RESUMED;
    let hook = if is_call { Some(of_thread) } else { place.get() };
    let Some(hook) = hook else { return Ok(()) };
    let outer = t.trace_event.replace(event);
    let result = call_hook(&hook, &object, if is_call { "call" } else { event }, arg.clone());
    t.trace_event.set(outer);
    match result {
        Ok(next) => {
            if !next.is_none() {
                drop(place.replace(Some(next)));
            }
            Ok(())
        }
        Err(e) => {
            let error = exc::take(e);
            set_trace(None);
            drop(place.take());
            Err(exc::restore(error))
        }
    }
}

/// Calls the profile function.
///
/// # Safety
/// `frame` is a live frame.
unsafe fn profiled(frame: *mut Frame, event: &str, arg: &Value) -> Res<()> {
    let t = thread();
    let Some(hook) = t.profile_func.get().filter(|_| t.traced.get()) else { return Ok(()) };
    // SAFETY: passed on.
    let object = unsafe { frame_object::of_frame(frame) };
    match call_hook(&hook, &object, event, arg.clone()) {
        Ok(_) => Ok(()),
        Err(e) => {
            let error = exc::take(e);
            set_profile(None);
            Err(exc::restore(error))
        }
    }
}

/// Tells of what the instruction at `ip`, which is about to be executed, begins or ends.
///
/// # Safety
/// `frame` is the running frame, its `ip` the instruction before, its `resume` is `ip`, its `sp` right.
pub unsafe fn step(frame: *mut Frame, ip: *const u16) -> Step {
    if !thread().traced.get() {
        return Step::Switch;
    }
    // SAFETY: passed on.
    unsafe {
        if exec_dump::is_on() {
            exec_dump::step(frame, ip);
        }
        let before = (*frame).ip;
        (*frame).ip = ip;
        match events(frame, before, ip) {
            Ok(()) if (*frame).resume != ip => Step::Jumped,
            Ok(()) => Step::Go,
            Err(_) => Step::Raised,
        }
    }
}

unsafe fn events(frame: *mut Frame, before: *const u16, ip: *const u16) -> Res<()> {
    let t = thread();
    // SAFETY: passed on; operands are on the frame's stack.
    unsafe {
        native_call_ended(frame, true)?;
        let code = &*(*frame).code;
        let (unit, (opcode, arg)) = (code.index_of(ip), instruction(code, ip));
        if monitor::is_on() {
            jumped(frame, code, before, ip)?;
        }
        let of_frame = (*frame).frame_obj != NULL && t.trace_func.peek().is_some();
        if of_frame || monitor::wants(Event::Line) {
            let due = line_is_due(code, before, ip);
            if of_frame && due != LineDue::No {
                let object = frame_object::of_frame(frame);
                if frame_object::this(&object).trace_lines.get() {
                    traced(frame, "line", &Value::NONE)?;
                    if (*frame).resume != ip {
                        return Ok(());
                    }
                }
            }
            if due == LineDue::Yes {
                tell(Event::Line, frame, unit, &[code.line_at(ip).map_or(Value::NONE, |l| Value::int(l.into()))])?;
            }
        }
        if opcode != op::RESUME {
            if of_frame && code.shows_opcodes.get() {
                let object = frame_object::of_frame(frame);
                if frame_object::this(&object).trace_opcodes.get() {
                    traced(frame, "opcode", &Value::NONE)?;
                }
            }
            tell(Event::Instruction, frame, unit, &[])?;
        }
        let top = |k: usize| (*frame).sp.sub(k);
        match opcode {
            op::RESUME => {
                traced(frame, if arg & 3 == 0 { "call" } else { RESUMED }, &Value::NONE)?;
                if (*frame).resume != ip {
                    return Ok(());
                }
                profiled(frame, "call", &Value::NONE)?;
                tell(if arg & 3 == 0 { Event::PyStart } else { Event::PyResume }, frame, unit, &[])
            }
            op::RETURN_VALUE | op::YIELD_VALUE => {
                let value = Value::clone_word(*top(1));
                traced(frame, "return", &value)?;
                profiled(frame, "return", &value)?;
                tell(if opcode == op::RETURN_VALUE { Event::PyReturn } else { Event::PyYield }, frame, unit, &[value])
            }
            op::CALL => call_begins(frame, *top(arg + 2), *top(arg + 1), if arg > 0 { *top(arg) } else { NULL }),
            op::CALL_KW => call_begins(frame, *top(arg + 3), *top(arg + 2), if arg > 0 { *top(arg + 1) } else { NULL }),
            op::CALL_FUNCTION_EX => {
                let args = Value::clone_word(*top(2));
                let first = if args.is_instance(types().tuple) { tuple::items(&args).first().map_or(NULL, Value::word) } else { NULL };
                call_begins(frame, *top(4), NULL, first)
            }
            _ => Ok(()),
        }
    }
}

/// Tells of the jump or branch that led from the instruction at `before` to `ip`.
unsafe fn jumped(frame: *mut Frame, code: &Code, before: *const u16, ip: *const u16) -> Res<()> {
    // SAFETY: both point into the code.
    let (opcode, arg) = unsafe { instruction(code, before) };
    let (from, to) = (code.index_of(before), code.index_of(ip));
    let next = from + 1 + OPCODES[opcode as usize].caches as usize;
    let event = match opcode {
        op::JUMP_FORWARD | op::JUMP_BACKWARD => Event::Jump,
        op::POP_JUMP_IF_FALSE | op::POP_JUMP_IF_TRUE | op::POP_JUMP_IF_NONE | op::POP_JUMP_IF_NOT_NONE | op::FOR_ITER => {
            if to == next {
                Event::BranchLeft
            } else if (next + arg..=next + arg + 1).contains(&to) {
                Event::BranchRight
            } else {
                return Ok(());
            }
        }
        _ => return Ok(()),
    };
    // SAFETY: passed on.
    unsafe { tell(event, frame, from, &[Value::usize(2 * to)]) }
}

/// The instruction that begins at `ip`, as the compiler made it.
unsafe fn instruction(code: &Code, mut ip: *const u16) -> (u8, usize) {
    let mut arg = 0;
    loop {
        // SAFETY: EXTENDED_ARG is followed by the instruction it belongs to.
        let unit = super::original_unit(code, code.index_of(ip), unsafe { *ip });
        arg = arg << 8 | (unit >> 8) as usize;
        if unit as u8 != op::EXTENDED_ARG {
            return (unit as u8, arg);
        }
        // SAFETY: as above.
        ip = unsafe { ip.add(1) };
    }
}

/// A call that is under way and whose end is told, because it is not one of a Python function.
pub struct NativeCall {
    frame: *mut Frame,
    unit: usize,
    /// What the profile function was shown.
    shown: Option<Value>,
    callee: Value,
    first: Value,
}

/// Tells of a call: the profile function if it is one of a native function, tools of any.
unsafe fn call_begins(frame: *mut Frame, callee: Word, this: Word, first: Word) -> Res<()> {
    let t = thread();
    let wants = monitor::wants(Event::Call);
    if t.profile_func.peek().is_none() && !wants {
        return Ok(());
    }
    // SAFETY: the operands stay on the stack while this looks at them; they are cloned before Python runs.
    unsafe {
        let unit = (*(*frame).code).index_of((*frame).ip);
        let mut callee = Value::clone_word(callee);
        let first = if this != NULL { this } else { first };
        let mut first = (first != NULL).then(|| Value::clone_word(first));
        if let Some(m) = callee.downcast_exact::<method::Method>() {
            let (function, this) = (m.function.value(), m.this.value());
            (callee, first) = (function, Some(this));
        }
        let class = callee.class();
        let shown = match &first {
            _ if t.profile_func.peek().is_none() => None,
            _ if std::ptr::eq(class, types().builtin_function) => Some(callee.clone()),
            Some(this) if std::ptr::eq(class, types().method_descriptor) => match class.slots().descr_get {
                Some(get) => Some(get(&callee, Some(this), Some(&this.class().value()))?),
                None => None,
            },
            _ => None,
        };
        if let Some(f) = &shown {
            profiled(frame, "c_call", f)?;
        }
        let first = first.unwrap_or_else(monitor::missing);
        tell(Event::Call, frame, unit, &[callee.clone(), first.clone()])?;
        let shown = shown.filter(|_| t.profile_func.peek().is_some());
        if shown.is_some() || wants && !std::ptr::eq(class, types().function) {
            t.native_calls.borrow_mut().push(NativeCall { frame, unit, shown, callee, first });
        }
        Ok(())
    }
}

/// Tells of the end of the call that the frame's last instruction was, if its beginning was told.
unsafe fn native_call_ended(frame: *mut Frame, well: bool) -> Res<()> {
    let last = {
        let mut calls = thread().native_calls.borrow_mut();
        if calls.last().is_some_and(|c| c.frame == frame) { calls.pop() } else { None }
    };
    let Some(c) = last else { return Ok(()) };
    // SAFETY: passed on.
    unsafe {
        if let Some(f) = &c.shown {
            profiled(frame, if well { "c_return" } else { "c_exception" }, f)?;
        }
        tell(if well { Event::CReturn } else { Event::CRaise }, frame, c.unit, &[c.callee, c.first])
    }
}

/// Runs `f` while no exception is on its way; what was is put back, unless `f` raises another.
fn aside(f: impl FnOnce(&Value) -> Res<()>) {
    let t = thread();
    let Some(error) = t.exc.take() else { return };
    if f(&error).is_ok() {
        let Raised(()) = exc::restore(error);
    }
}

/// An exception has reached an instruction of the frame, and is in the traceback.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn exception(frame: *mut Frame) {
    // SAFETY: passed on.
    aside(|e| unsafe {
        native_call_ended(frame, false)?;
        exception_event(frame, e)?;
        tell(Event::Raise, frame, unit_of(frame), std::slice::from_ref(e))
    });
}

unsafe fn unit_of(frame: *mut Frame) -> usize {
    // SAFETY: the caller passes a live frame.
    unsafe { (*(*frame).code).index_of((*frame).ip) }
}

unsafe fn exception_event(frame: *mut Frame, e: &Value) -> Res<()> {
    // SAFETY: passed on.
    unsafe {
        if (*frame).frame_obj == NULL || thread().trace_func.peek().is_none() {
            return Ok(());
        }
        let traceback = crate::types::exceptions::traceback_of(e).unwrap_or(Value::NONE);
        traced(frame, "exception", &tuple::from_array([e.class().value(), e.clone(), traceback]))
    }
}

/// An exception goes on from a handler of the frame that did not want it.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn reraised(frame: *mut Frame) {
    // SAFETY: passed on.
    aside(|e| unsafe { tell(Event::Reraise, frame, unit_of(frame), std::slice::from_ref(e)) });
}

/// A handler of the frame, at `unit`, is about to get the exception.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn handled(frame: *mut Frame, unit: usize) {
    // SAFETY: passed on.
    aside(|e| unsafe { tell(Event::ExceptionHandled, frame, unit, std::slice::from_ref(e)) });
}

/// A StopIteration has ended a loop of the frame, and goes no further.
///
/// # Errors
/// What the trace function raises.
///
/// # Safety
/// `frame` is a live frame of the thread.
pub unsafe fn loop_ended(frame: *mut Frame, ended: Raised) -> Res<()> {
    if !thread().traced.get() {
        exc::clear(ended);
        return Ok(());
    }
    let Raised(()) = ended;
    // SAFETY: passed on.
    unsafe { exception(frame) };
    if exc::matches(types().stop_iteration) {
        exc::clear(Raised(()));
        return Ok(());
    }
    Err(Raised(()))
}

/// A generator that a loop of the frame takes values from, or to which `yield from` or `await` has `sent` one, has returned one.
///
/// # Errors
/// What the trace function raises.
///
/// # Safety
/// As for [`loop_ended`].
pub unsafe fn generator_ended(frame: *mut Frame, value: &Value, sent: bool) -> Res<()> {
    if !thread().traced.get() {
        return Ok(());
    }
    let raised = crate::types::generator::stop_iteration(value.clone());
    if !sent {
        // SAFETY: passed on.
        return unsafe { loop_ended(frame, raised) };
    }
    let e = exc::take(raised);
    // SAFETY: passed on.
    unsafe {
        exception_event(frame, &e)?;
        tell(Event::StopIteration, frame, unit_of(frame), &[e])
    }
}

/// An exception leaves the frame.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn unwound(frame: *mut Frame) {
    // SAFETY: passed on.
    aside(|e| unsafe {
        traced(frame, "return", &Value::NONE)?;
        profiled(frame, "return", &Value::NONE)?;
        tell(Event::PyUnwind, frame, unit_of(frame), std::slice::from_ref(e))
    });
}

/// An exception is thrown into a generator's frame.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn thrown(frame: *mut Frame) {
    // SAFETY: passed on.
    aside(|e| unsafe {
        traced(frame, "call", &Value::NONE)?;
        profiled(frame, "call", &Value::NONE)?;
        tell(Event::PyThrow, frame, unit_of(frame), std::slice::from_ref(e))
    });
}

// --- lines ----------------------------------------------------------------------------------------------------------

/// Whether a line event is due.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LineDue {
    No,
    /// Only for trace functions: a jump back within the line.
    Again,
    Yes,
}

unsafe fn line_is_due(code: &Code, before: *const u16, ip: *const u16) -> LineDue {
    let lines = code.trace_lines.get_or_init(|| Box::new(find_lines(code)));
    let (i, previous) = (code.index_of(ip), code.index_of(before));
    let same = lines.line[i] == lines.line[previous];
    // SAFETY: both point into the code.
    let opcode = unsafe { instruction(code, before).0 };
    if opcode == op::JUMP_BACKWARD && same && lines.line[i] >= 0 {
        return LineDue::Again;
    }
    if lines.starts[i] && (!same || opcode == op::RESUME) { LineDue::Yes } else { LineDue::No }
}

/// CPython's `initialize_lines`: a line begins where the line number changes, at the targets of jumps and at handlers.
fn find_lines(code: &Code) -> Lines {
    let units = code.original_units();
    let n = units.len();
    let mut line = vec![-1; n].into_boxed_slice();
    for (start, end, p) in code.locations() {
        line[start.min(n)..end.min(n)].fill(p.line);
    }
    let mut starts = vec![false; n].into_boxed_slice();
    let opcode_at = |i: usize| units[i] as u8;
    let first = (0..n).find(|&i| opcode_at(i) == op::RESUME).unwrap_or(n);
    let caches = |i: usize| OPCODES[opcode_at(i) as usize].caches as usize;
    // The instruction at `i` without its EXTENDED_ARGs: where it ends, its opcode and its operand.
    let decode = |mut i: usize| {
        let mut arg = 0usize;
        while opcode_at(i) == op::EXTENDED_ARG && i + 1 < n {
            arg = arg << 8 | (units[i] >> 8) as usize;
            i += 1;
        }
        (i + 1 + caches(i), opcode_at(i), arg << 8 | (units[i] >> 8) as usize)
    };
    let mut current = -1;
    let mut i = first;
    while i < n {
        let (next, opcode, _) = decode(i);
        if !matches!(opcode, op::END_ASYNC_FOR | op::END_FOR | op::END_SEND | op::RESUME | op::POP_ITER) {
            starts[i] = line[i] != current && line[i] >= 0;
            current = line[i];
        }
        i = next;
    }
    i = first;
    while i < n {
        let (next, opcode, arg) = decode(i);
        let target = match opcode {
            op::POP_JUMP_IF_FALSE | op::POP_JUMP_IF_TRUE | op::POP_JUMP_IF_NONE | op::POP_JUMP_IF_NOT_NONE | op::JUMP_FORWARD => next + arg,
            op::FOR_ITER | op::SEND => next + arg + 1,
            op::JUMP_BACKWARD | op::JUMP_BACKWARD_NO_INTERRUPT => next.saturating_sub(arg),
            _ => n,
        };
        if target < n && line[target] >= 0 && opcode_at(target) != op::POP_ITER {
            starts[target] = true;
        }
        i = next;
    }
    for h in code.handlers() {
        let target = h.target as usize;
        if target < n && line[target] >= 0 && opcode_at(target) != op::END_ASYNC_FOR {
            starts[target] = true;
        }
    }
    Lines { line, starts }
}
