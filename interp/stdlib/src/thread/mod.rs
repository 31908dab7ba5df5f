//! `_thread`: threads and locks.
//!
//! [`semaphore`]: what native threads block on. [`lock`]: `lock` and `RLock`. [`handle`]: `_ThreadHandle` and starting
//! threads. [`local`]: `_local`.

pub(crate) mod handle;
mod local;
mod lock;
mod semaphore;

use crate::cint;
use handle::{EXCEPT_HOOK_ARGS, HANDLE};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::eval::import;
use weft_vm::protocol::{self, attr, number};
use weft_vm::thread;
use weft_vm::types::module::{ModuleDef, add};
use weft_vm::types::{str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{call, exc, traceback_print};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_thread",
    doc: "This module provides primitive operations to write multi-threaded programs.\nThe 'threading' module provides a more convenient interface.",
    functions: FUNCTIONS,
    exec,
};

#[rustfmt::skip]
static FUNCTIONS: &[FnDef] = &[
    def("start_new_thread", "($module, function, args, kwargs={}, /)", handle::start_new_thread, "Start a new thread and return its identifier.\n\nThe thread will call the function with positional arguments from the\ntuple args and keyword arguments taken from the optional dictionary\nkwargs.  The thread exits when the function returns; the return value\nis ignored.  The thread will also exit when the function raises an\nunhandled exception; a stack trace will be printed unless the exception\nis SystemExit."),
    def("start_new", "($module, function, args, kwargs={}, /)", handle::start_new_thread, "An obsolete synonym of start_new_thread()."),
    def("start_joinable_thread", "($module, /, function, handle=None, daemon=True)", handle::start_joinable_thread, "*For internal use only*: start a new thread.\n\nLike start_new_thread(), this starts a new thread calling the given function.\nUnlike start_new_thread(), this returns a handle object with methods to join\nor detach the given thread.\nThis function is not for third-party code, please use the\n`threading` module instead. During finalization the runtime will not wait for\nthe thread to exit if daemon is True. If handle is provided it must be a\nnewly created thread._ThreadHandle instance."),
    def("_make_thread_handle", "($module, ident, /)", handle::make_thread_handle, "Internal only. Make a thread handle for threads not spawned\nby the _thread or threading module."),
    def("_shutdown", "($module, /)", handle::shutdown, "Wait for all non-daemon threads (other than the calling thread) to stop."),
    def("allocate_lock", "($module, /)", |_| Ok(lock::new()), "Create a new lock object. See help(type(threading.Lock())) for\ninformation about locks."),
    def("allocate", "($module, /)", |_| Ok(lock::new()), "An obsolete synonym of allocate_lock()."),
    def("exit", "($module, /)", exit, "This is synonymous to ``raise SystemExit''.  It will cause the current\nthread to exit silently unless the exception is caught."),
    def("exit_thread", "($module, /)", exit, "An obsolete synonym of exit()."),
    def("get_ident", "($module, /)", |_| Ok(ident_value(thread::thread().ident.get())), "Return a non-zero integer that uniquely identifies the current thread\namongst other threads that exist simultaneously.\nThis may be used to identify per-thread resources.\nEven though on some platforms threads identities may appear to be\nallocated consecutive numbers starting at 1, this behavior should not\nbe relied upon, and the number should be seen purely as a magic cookie.\nA thread's identity may be reused for another thread after it exits."),
    def("get_native_id", "($module, /)", get_native_id, "Return a non-negative integer identifying the thread as reported\nby the OS (kernel). This may be used to uniquely identify a\nparticular thread within a system."),
    def("_get_main_thread_ident", "($module, /)", |_| Ok(ident_value(main_ident())), "Internal only. Return a non-zero integer that uniquely identifies the main thread\nof the main interpreter."),
    def("_is_main_interpreter", "($module, /)", |_| Ok(Value::TRUE), "Return True if the current interpreter is the main Python interpreter."),
    def("daemon_threads_allowed", "($module, /)", |_| Ok(Value::TRUE), "Return True if daemon threads are allowed in the current interpreter,\nand False otherwise.\n"),
    def("_count", "($module, /)", |_| Ok(Value::usize(handle::running())), "Return the number of currently running Python threads, excluding\nthe main thread. The returned number comprises all threads created\nthrough `start_new_thread()` as well as `threading.Thread`, and not\nyet finished.\n\nThis function is meant for internal and specialized purposes only.\nIn most applications `threading.enumerate()` should be used instead."),
    def("stack_size", "($module, size=0, /)", stack_size, "Return the thread stack size used when creating new threads.  The\noptional size argument specifies the stack size (in bytes) to be used\nfor subsequently created threads, and must be 0 (use platform or\nconfigured default) or a positive integer value of at least 32,768 (32k).\nIf changing the thread stack size is unsupported, a ThreadError\nexception is raised.  If the specified size is invalid, a ValueError\nexception is raised, and the stack size is unmodified.  32k bytes\n currently the minimum supported stack size value to guarantee\nsufficient stack space for the interpreter itself.\n\nNote that some platforms may have particular restrictions on values for\nthe stack size, such as requiring a minimum stack size larger than 32 KiB or\nrequiring allocation in multiples of the system memory page size\n- platform documentation should be referred to for more information\n(4 KiB pages are common; using multiples of 4096 for the stack size is\nthe suggested approach in the absence of more specific information)."),
    def("interrupt_main", "($module, signum=signal.SIGINT, /)", interrupt_main, "Simulate the arrival of the given signal in the main thread,\nwhere the corresponding signal handler will be executed.\nIf *signum* is omitted, SIGINT is assumed.\nA subthread can use this function to interrupt the main thread.\n\nNote: the default signal handler for SIGINT raises ``KeyboardInterrupt``."),
    def("_excepthook", "($module, args, /)", excepthook, "Handle uncaught Thread.run() exception."),
    def("set_name", "($module, /, name)", set_name, "Set the name of the current thread."),
    def("_get_name", "($module, /)", get_name, "Get the name of the current thread."),
];

/// The longest name a native thread can have.
const NAME_MAX: usize = 15;
/// The longest time, in seconds, to wait for a lock.
const TIMEOUT_MAX: f64 = 9_223_372_036.0;

static MAIN: AtomicU64 = AtomicU64::new(0);
/// The stack size of new threads, or 0 for the one that is usual.
static STACK_SIZE: AtomicUsize = AtomicUsize::new(0);

/// Takes the calling thread for the main one. Called once, at start-up.
pub fn start_up() {
    MAIN.store(thread::thread().ident.get(), Ordering::Relaxed);
}

/// The main thread's ident.
pub fn main_ident() -> u64 {
    MAIN.load(Ordering::Relaxed)
}

/// Whether the calling thread is the main one.
pub fn is_main() -> bool {
    thread::thread().ident.get() == main_ident()
}

/// Whether the main thread is the only one.
pub fn is_alone() -> bool {
    handle::running() == 0
}

/// Makes the calling thread the only one: what a forked process starts with.
pub fn after_fork() {
    start_up();
    handle::after_fork();
    local::after_fork();
}

fn ident_value(ident: u64) -> Value {
    weft_vm::types::int::from_u64(ident)
}

fn exec(m: &Value) -> Res<()> {
    add(m, "error", types().runtime_error.value());
    for (name, class) in [
        ("lock", lock::LOCK.get()),
        ("LockType", lock::LOCK.get()),
        ("RLock", lock::RLOCK.get()),
        ("_local", local::LOCAL.get()),
        ("_ThreadHandle", HANDLE.get()),
        ("_ExceptHookArgs", EXCEPT_HOOK_ARGS.get()),
    ] {
        add(m, name, class.value());
    }
    add(m, "TIMEOUT_MAX", Value::float(TIMEOUT_MAX));
    add(m, "_NAME_MAXLEN", Value::usize(NAME_MAX));
    Ok(())
}

fn exit(_: Args) -> Res {
    Err(exc::bare(types().system_exit))
}

fn get_native_id(_: Args) -> Res {
    // SAFETY: a call without pointers.
    Ok(Value::int(unsafe { libc::syscall(libc::SYS_gettid) }))
}

fn stack_size(a: Args) -> Res {
    const LEAST: isize = 53248;
    let n = a.opt(0).map_or(Ok(0), number::as_isize)?;
    if n < 0 {
        return Err(exc::value_error("size must be 0 or a positive value"));
    }
    let old = STACK_SIZE.load(Ordering::Relaxed);
    if a.opt(0).is_some() {
        if n != 0 && n < LEAST {
            return Err(exc::value_error(format!("size must be at least {LEAST} bytes")));
        }
        STACK_SIZE.store(n as usize, Ordering::Relaxed);
    }
    Ok(Value::usize(old))
}

fn interrupt_main(a: Args) -> Res {
    let signal = a.opt(0).map_or(Ok(libc::SIGINT), cint::c_int)?;
    crate::signal::simulate(signal)?;
    crate::syscall::check_signals()?;
    Ok(Value::NONE)
}

fn set_name(a: Args) -> Res {
    if !str::is_str(a.at(0)) {
        return Err(exc::type_error(format!("set_name() argument 'name' must be str, not {}", a.at(0).class().full_name())));
    }
    let mut name = str::display(a.at(0)).replace('\0', "");
    while name.len() > NAME_MAX {
        name.pop();
    }
    let name = std::ffi::CString::new(name).unwrap_or_default();
    // SAFETY: the name lives until the call is over.
    match unsafe { libc::pthread_setname_np(libc::pthread_self(), name.as_ptr()) } {
        0 => Ok(Value::NONE),
        e => Err(exc::os_error(e, None)),
    }
}

fn get_name(_: Args) -> Res {
    let mut name = [0u8; NAME_MAX + 1];
    // SAFETY: the buffer is as long as said.
    match unsafe { libc::pthread_getname_np(libc::pthread_self(), name.as_mut_ptr().cast(), name.len()) } {
        0 => Ok(weft_vm::codecs::fs_decode(name.split(|&b| b == 0).next().unwrap_or(&[]))),
        e => Err(exc::os_error(e, None)),
    }
}

/// `threading.excepthook`: shows an exception that ended a thread.
fn excepthook(a: Args) -> Res {
    if !a.at(0).is_instance(EXCEPT_HOOK_ARGS.get()) {
        return Err(exc::type_error("_thread.excepthook argument type must be ExceptHookArgs"));
    }
    let parts = tuple::items(a.at(0));
    let [class, exception, _, which] = parts else { return Ok(Value::NONE) };
    if class.is(&types().system_exit.value()) || exception.is_none() {
        return Ok(Value::NONE);
    }
    let name = match attr::getattr_opt(which, &str::intern("_name")) {
        Ok(Some(n)) if !which.is_none() => protocol::str_string(&n)?,
        Ok(_) => thread::thread().ident.get().to_string(),
        Err(e) => return Err(e),
    };
    let Some(err) = import::sys_attribute("stderr").filter(|f| !f.is_none()) else { return Ok(Value::NONE) };
    let head = format!("Exception in thread {name}:\n");
    call::call_method(&err, &weft_vm::vm::names().write, &[str::new(&head)])?;
    traceback_print::display(exception);
    call::call_method(&err, &weft_vm::vm::names().flush, &[])?;
    Ok(Value::NONE)
}
