//! `_signal`: signals and timers.
//!
//! The system's handler only takes note that a signal has come ([`arrived`]) and asks the main thread to look up, where
//! [`run_handlers`] calls what the program has set. [`sets`]: signal sets and waiting for signals. [`timers`]: `alarm`
//! and `setitimer`.

mod constants;
mod sets;
mod timers;

pub use sets::set_of;

use crate::cint::{self, add_constants};
use crate::{syscall, thread as threads};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use weft_vm::cell::Field;
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::eval::breaker;
use weft_vm::global::Global;
use weft_vm::thread::thread;
use weft_vm::types::module::{ModuleDef, add};
use weft_vm::types::{builtin_function, frame_object, int, str};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{call, exc, gil, protocol};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_signal",
    doc: "This module provides mechanisms to use signal handlers in Python.\n\nFunctions:\n\nalarm() -- cause SIGALRM after a specified time [Unix only]\nsetitimer() -- cause a signal (described below) after a specified\n               float time and the timer may restart then [Unix only]\ngetitimer() -- get current value of timer [Unix only]\nsignal() -- set the action for a given signal\ngetsignal() -- get the signal action for a given signal\npause() -- wait until a signal arrives [Unix only]\ndefault_int_handler() -- default SIGINT handler\n\nsignal constants:\nSIG_DFL -- used to refer to the system default handler\nSIG_IGN -- used to ignore the signal\nNSIG -- number of defined signals\nSIGINT, SIGTERM, etc. -- signal numbers\n\nitimer constants:\nITIMER_REAL -- decrements in real time, and delivers SIGALRM upon\n               expiration\nITIMER_VIRTUAL -- decrements only when the process is executing,\n               and delivers SIGVTALRM upon expiration\nITIMER_PROF -- decrements both when the process is executing and\n               when the system is executing on behalf of the process.\n               Coupled with ITIMER_VIRTUAL, this timer is usually\n               used to profile the time spent by the application\n               in user and kernel space. SIGPROF is delivered upon\n               expiration.\n\n\n*** IMPORTANT NOTICE ***\nA signal handler function is called with two arguments:\nthe first is the signal number, the second is the interrupted stack frame.",
    functions: FUNCTIONS,
    exec,
};

#[rustfmt::skip]
static FUNCTIONS: &[FnDef] = &[
    def("default_int_handler", "($module, signalnum, frame, /)", default_int_handler, "The default handler for SIGINT installed by Python.\n\nIt raises KeyboardInterrupt."),
    def("signal", "($module, signalnum, handler, /)", signal, "Set the action for the given signal.\n\nThe action can be SIG_DFL, SIG_IGN, or a callable Python object.\nThe previous action is returned.  See getsignal() for possible return\nvalues.\n\n*** IMPORTANT NOTICE ***\nA signal handler function is called with two arguments: the first is\nthe signal number, the second is the interrupted stack frame."),
    def("getsignal", "($module, signalnum, /)", getsignal, "Return the current action for the given signal.\n\nThe return value can be:\n  SIG_IGN -- if the signal is being ignored\n  SIG_DFL -- if the default action for the signal is in effect\n  None    -- if an unknown handler is in effect\n  anything else -- the callable Python object used as a handler"),
    def("raise_signal", "($module, signalnum, /)", raise_signal, "Send a signal to the executing process."),
    def("set_wakeup_fd", "($module, fd, /, *, warn_on_full_buffer=True)", set_wakeup_fd, "Sets the fd to be written to (with the signal number) when a signal comes in.\n\nA library can use this to wakeup select or poll.\nThe previous fd or -1 is returned.\n\nThe fd must be non-blocking."),
    def("siginterrupt", "($module, signalnum, flag, /)", siginterrupt, "Change system call restart behaviour.\n\nIf flag is False, system calls will be restarted when interrupted by\nsignal sig, else system calls will be interrupted."),
    def("strsignal", "($module, signalnum, /)", strsignal, "Return the system description of the given signal.\n\nReturns the description of signal *signalnum*, such as \"Interrupt\"\nfor :const:`SIGINT`. Returns :const:`None` if *signalnum* has no\ndescription. Raises :exc:`ValueError` if *signalnum* is invalid."),
    def("pause", "($module, /)", pause, "Wait until a signal arrives."),
    def("pthread_kill", "($module, thread_id, signalnum, /)", pthread_kill, "Send a signal to a thread."),
    def("pidfd_send_signal", "($module, pidfd, signalnum, siginfo=None, flags=0, /)", pidfd_send_signal, "Send a signal to a process referred to by a pid file descriptor."),
];

/// One more than the greatest signal number.
pub const NSIG: i32 = 65;

/// What is called for each signal: a callable, `SIG_DFL`, `SIG_IGN`, or nothing if it was set by somebody else.
static HANDLERS: Global<[Field; NSIG as usize]> = Global::new([const { Field::empty() }; NSIG as usize]);
/// Signals that have come and have not been dealt with.
static ARRIVED: [AtomicBool; NSIG as usize] = [const { AtomicBool::new(false) }; NSIG as usize];
/// Where to write the numbers of signals that come, or -1.
static WAKEUP: AtomicI32 = AtomicI32::new(-1);
static WAKEUP_WARNS: AtomicBool = AtomicBool::new(true);
/// Why writing there has failed, or 0.
static WAKEUP_ERROR: AtomicI32 = AtomicI32::new(0);

fn handler_of(signal: i32) -> &'static Field {
    // SAFETY: the GIL is held, and fields are changed through shared references only; callers check the number.
    unsafe { &(&*HANDLERS.get())[signal as usize] }
}

/// What the operating system calls: takes note of the signal.
extern "C" fn arrived(signal: i32) {
    // SAFETY: errno is the interrupted thread's own.
    let errno = unsafe { *libc::__errno_location() };
    if let Some(place) = ARRIVED.get(signal as usize) {
        place.store(true, Ordering::SeqCst);
    }
    breaker::signal_arrived();
    let fd = WAKEUP.load(Ordering::SeqCst);
    if fd >= 0 {
        let byte = signal as u8;
        // SAFETY: write may be called in a signal handler.
        let written = unsafe { libc::write(fd, (&raw const byte).cast(), 1) };
        let e = if written < 0 { syscall::errno() } else { 0 };
        if e != 0 && (WAKEUP_WARNS.load(Ordering::SeqCst) || (e != libc::EAGAIN && e != libc::EWOULDBLOCK)) {
            WAKEUP_ERROR.store(e, Ordering::SeqCst);
        }
    }
    // SAFETY: as above.
    unsafe { *libc::__errno_location() = errno };
}

/// Calls the handlers of signals that have come. Only the main thread does.
fn run_handlers() -> Res<()> {
    if !threads::is_main() {
        return Ok(());
    }
    breaker::signals_seen();
    match WAKEUP_ERROR.swap(0, Ordering::SeqCst) {
        0 => {}
        e => {
            let raised = exc::os_error(e, None);
            exc::unraisable(raised, "Exception ignored while trying to write to the signal wakeup fd", None);
        }
    }
    for signal in 1..NSIG {
        if !ARRIVED[signal as usize].swap(false, Ordering::SeqCst) {
            continue;
        }
        let Some(handler) = handler_of(signal).get().filter(|h| !int::is_int(h) && !h.is_none()) else { continue };
        let frame = thread().innermost_frame();
        // SAFETY: the innermost frame is live.
        let frame = if frame.is_null() { Value::NONE } else { unsafe { frame_object::of_frame(frame) } };
        if let Err(e) = call::call(&handler, &[Value::int(signal.into()), frame], None) {
            // Others that have come are looked at next.
            breaker::signal_arrived();
            return Err(e);
        }
    }
    Ok(())
}

/// Sets what the operating system does for a signal.
fn install(signal: i32, action: libc::sighandler_t) -> Result<(), i32> {
    // SAFETY: the structure is plain data; `arrived` is safe as a handler.
    unsafe {
        let mut sa: libc::sigaction = std::mem::zeroed();
        sa.sa_sigaction = action;
        // The alternate stack, where there is one, is where the thread's own has been used up.
        sa.sa_flags = if action == libc::SIG_DFL || action == libc::SIG_IGN { 0 } else { libc::SA_ONSTACK };
        syscall::outcome(libc::sigaction(signal, &sa, std::ptr::null_mut())).map(drop)
    }
}

fn our_handler() -> libc::sighandler_t {
    arrived as extern "C" fn(i32) as usize
}

/// Finds out what is set for each signal, and has SIGINT raise KeyboardInterrupt. Called once, by the main thread.
pub fn start_up() {
    breaker::set_hooks(breaker::Hooks { signals: run_handlers, yield_gil: gil::hand_over, pending: || Ok(()) });
    for signal in 1..NSIG {
        // SAFETY: the structure is plain data, filled by the call.
        let action = unsafe {
            let mut sa: libc::sigaction = std::mem::zeroed();
            match libc::sigaction(signal, std::ptr::null(), &mut sa) {
                0 => sa.sa_sigaction,
                _ => libc::SIG_DFL,
            }
        };
        handler_of(signal).set(match action {
            libc::SIG_DFL => Value::small_int(0),
            libc::SIG_IGN => Value::small_int(1),
            _ => Value::NONE,
        });
    }
    for signal in [libc::SIGPIPE, libc::SIGXFSZ] {
        if install(signal, libc::SIG_IGN).is_ok() {
            handler_of(signal).set(Value::small_int(1));
        }
    }
    let default = handler_of(libc::SIGINT).peek().and_then(Value::as_small_int) == Some(0);
    if default && install(libc::SIGINT, our_handler()).is_ok() {
        handler_of(libc::SIGINT).set(int_handler());
    }
}

/// Forgets signals that came to the process this one was forked from.
pub fn after_fork() {
    for place in &ARRIVED {
        place.store(false, Ordering::SeqCst);
    }
    breaker::signals_seen();
}

/// Puts signals back that Weft ignores for itself: for programs that are started.
pub fn restore_ignored() {
    for signal in [libc::SIGPIPE, libc::SIGXFSZ] {
        let _ = install(signal, libc::SIG_DFL);
    }
}

/// Does as if a signal had come.
pub fn simulate(signal: i32) -> Res<()> {
    check(signal)?;
    match handler_of(signal).get() {
        Some(h) if !int::is_int(&h) && !h.is_none() => arrived(signal),
        _ => {}
    }
    Ok(())
}

fn check(signal: i32) -> Res<()> {
    if (1..NSIG).contains(&signal) { Ok(()) } else { Err(exc::value_error("signal number out of range")) }
}

fn int_handler_place() -> &'static Field {
    static MADE: Global<Field> = Global::new(Field::empty());
    // SAFETY: the GIL is held.
    unsafe { &*MADE.get() }
}

/// The function object of `default_int_handler`, which is one and the same everywhere.
fn int_handler() -> Value {
    let place = int_handler_place();
    match place.get() {
        Some(f) => f,
        None => {
            let f = builtin_function::new(&FUNCTIONS[0], None, None);
            place.set(f.clone());
            f
        }
    }
}

fn exec(m: &Value) -> Res<()> {
    add_constants(m, constants::CONSTANTS);
    add_constants(m, constants::MORE_CONSTANTS);
    add(m, "SIGRTMIN", Value::int(libc::SIGRTMIN().into()));
    add(m, "SIGRTMAX", Value::int(libc::SIGRTMAX().into()));
    add(m, "default_int_handler", int_handler());
    builtin_function::add_functions(m, sets::FUNCTIONS);
    builtin_function::add_functions(m, timers::FUNCTIONS);
    add(m, "struct_siginfo", sets::STRUCT_SIGINFO.get().value());
    add(m, "ItimerError", timers::ERROR.get()?.value());
    Ok(())
}

fn default_int_handler(_: Args) -> Res {
    Err(exc::bare(types().keyboard_interrupt))
}

fn signal(a: Args) -> Res {
    let (signal, handler) = (cint::c_int(a.at(0))?, a.at(1));
    if !threads::is_main() {
        return Err(exc::value_error("signal only works in main thread of the main interpreter"));
    }
    check(signal)?;
    let action = if call::is_callable(handler) {
        our_handler()
    } else {
        match protocol::number::is_index(handler).then(|| cint::c_int(handler)) {
            Some(Ok(0)) => libc::SIG_DFL,
            Some(Ok(1)) => libc::SIG_IGN,
            Some(Err(e)) => return Err(e),
            _ => return Err(exc::type_error("signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object")),
        }
    };
    syscall::check_signals()?;
    install(signal, action).map_err(|e| exc::os_error(e, None))?;
    let old = handler_of(signal).replace(Some(handler.clone()));
    Ok(old.unwrap_or(Value::NONE))
}

fn getsignal(a: Args) -> Res {
    let signal = cint::c_int(a.at(0))?;
    check(signal)?;
    Ok(handler_of(signal).get().unwrap_or(Value::NONE))
}

fn raise_signal(a: Args) -> Res {
    let signal = cint::c_int(a.at(0))?;
    // SAFETY: a call without pointers.
    let done = gil::without(|| syscall::outcome(unsafe { libc::raise(signal) }));
    done.map_err(|e| exc::os_error(e, None))?;
    syscall::check_signals()?;
    Ok(Value::NONE)
}

fn set_wakeup_fd(a: Args) -> Res {
    let fd = cint::c_int(a.at(0))?;
    let warns = a.opt(1).map_or(Ok(true), protocol::is_true)?;
    if !threads::is_main() {
        return Err(exc::value_error("set_wakeup_fd only works in main thread of the main interpreter"));
    }
    if fd != -1 {
        // SAFETY: calls without pointers, but for the structure that fstat fills.
        unsafe {
            let mut st: libc::stat = std::mem::zeroed();
            syscall::quick(None, libc::fstat(fd, &mut st))?;
            let flags = syscall::quick(None, libc::fcntl(fd, libc::F_GETFL))?;
            if flags as i32 & libc::O_NONBLOCK == 0 {
                return Err(exc::value_error(format!("the fd {fd} must be in non-blocking mode")));
            }
        }
    }
    WAKEUP_WARNS.store(warns, Ordering::SeqCst);
    Ok(Value::int(WAKEUP.swap(fd, Ordering::SeqCst).into()))
}

fn siginterrupt(a: Args) -> Res {
    let (signal, on) = (cint::c_int(a.at(0))?, protocol::is_true(a.at(1))?);
    check(signal)?;
    // SAFETY: the structure is plain data, read and written back.
    unsafe {
        let mut sa: libc::sigaction = std::mem::zeroed();
        syscall::quick(None, libc::sigaction(signal, std::ptr::null(), &mut sa))?;
        if on {
            sa.sa_flags &= !libc::SA_RESTART;
        } else {
            sa.sa_flags |= libc::SA_RESTART;
        }
        syscall::quick(None, libc::sigaction(signal, &sa, std::ptr::null_mut()))?;
    }
    Ok(Value::NONE)
}

fn strsignal(a: Args) -> Res {
    let signal = cint::c_int(a.at(0))?;
    check(signal)?;
    // SAFETY: the result is a C string that stays until the next call, or null.
    let text = unsafe {
        let text = libc::strsignal(signal);
        (!text.is_null()).then(|| std::ffi::CStr::from_ptr(text).to_string_lossy().into_owned())
    };
    Ok(text.filter(|t| !t.starts_with("Unknown signal")).map_or(Value::NONE, |t| str::new(&t)))
}

fn pause(_: Args) -> Res {
    // SAFETY: a call without pointers.
    gil::without(|| unsafe { libc::pause() });
    syscall::check_signals()?;
    Ok(Value::NONE)
}

fn pthread_kill(a: Args) -> Res {
    let (ident, signal) = (cint::c_ulong_masked(a.at(0))?, cint::c_int(a.at(1))?);
    // SAFETY: the program vouches for the ident, as in CPython.
    match unsafe { libc::pthread_kill(ident as libc::pthread_t, signal) } {
        0 => {}
        e => return Err(exc::os_error(e, None)),
    }
    syscall::check_signals()?;
    Ok(Value::NONE)
}

fn pidfd_send_signal(a: Args) -> Res {
    let (fd, signal) = (cint::c_int(a.at(0))?, cint::c_int(a.at(1))?);
    if a.some(2).is_some() {
        return Err(exc::type_error("siginfo must be None"));
    }
    let flags = a.opt(3).map_or(Ok(0), cint::c_int)?;
    // SAFETY: no signal information is passed.
    syscall::quick(None, unsafe { libc::syscall(libc::SYS_pidfd_send_signal, fd, signal, std::ptr::null::<u8>(), flags) })?;
    Ok(Value::NONE)
}

/// Visits what this module keeps, for [`weft_vm::heap::audit`].
#[cfg(debug_assertions)]
pub fn visit_roots(visit: &mut dyn FnMut(weft_layout::tag::Word)) {
    // SAFETY: the GIL is held.
    unsafe { (*HANDLERS.get()).iter().for_each(|f| visit(f.word())) };
    visit(int_handler_place().word());
}
