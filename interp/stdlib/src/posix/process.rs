//! Processes: `fork`, `exec`, waiting, signals to others, ends.

use super::args::{PathOrFd, path_or_fd};
use super::environment;
use super::results::WAITID_RESULT;
use crate::{cint, fspath, syscall};
use std::ffi::CString;
use weft_vm::cell::Field;
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::global::Global;
use weft_vm::protocol::iter;
use weft_vm::types::{list, structseq, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{call, exc, gil};

#[rustfmt::skip]
pub static FUNCTIONS: &[FnDef] = &[
    def("fork", "($module, /)", fork, "Fork a child process.\n\nReturn 0 to child process and PID of child to parent process."),
    def("forkpty", "($module, /)", forkpty, "Fork a new process with a new pseudo-terminal as controlling tty.\n\nReturns a tuple of (pid, master_fd).\nLike fork(), return pid of 0 to the child process,\nand pid of child to the parent process.\nTo both, return fd of newly opened pseudo-terminal."),
    def("execv", "($module, path, argv, /)", execv, "Execute an executable path with arguments, replacing current process.\n\n  path\n    Path of executable file.\n  argv\n    Tuple or list of strings."),
    def("execve", "($module, /, path, argv, env)", execve, "Execute an executable path with arguments, replacing current process.\n\n  path\n    Path of executable file.\n  argv\n    Tuple or list of strings.\n  env\n    Dictionary of strings mapping to strings."),
    def("_exit", "($module, /, status)", _exit, "Exit to the system with specified status, without normal exit processing."),
    def("abort", "($module, /)", abort, "Abort the interpreter immediately.\n\nThis function 'dumps core' or otherwise fails in the hardest way\npossible on the hosting operating system.  This function never returns."),
    def("kill", "($module, pid, signal, /)", kill, "Kill a process with a signal."),
    def("killpg", "($module, pgid, signal, /)", killpg, "Kill a process group with a signal."),
    def("wait", "($module, /)", |_| wait_for(-1, 0), "Wait for completion of a child process.\n\nReturns a tuple of information about the child process:\n    (pid, status)"),
    def("waitpid", "($module, pid, options, /)", |a| wait_for(cint::c_int(a.at(0))?, cint::c_int(a.at(1))?), "Wait for completion of a given child process.\n\nReturns a tuple of information regarding the child process:\n    (pid, status)\n\nThe options argument is ignored on Windows."),
    def("wait3", "($module, /, options)", |a| wait4(-1, cint::c_int(a.at(0))?), "Wait for completion of a child process.\n\nReturns a tuple of information about the child process:\n  (pid, status, rusage)"),
    def("wait4", "($module, /, pid, options)", |a| wait4(cint::c_int(a.at(0))?, cint::c_int(a.at(1))?), "Wait for completion of a specific child process.\n\nReturns a tuple of information about the child process:\n  (pid, status, rusage)"),
    def("waitid", "($module, idtype, id, options, /)", waitid, "Returns the result of waiting for a process or processes.\n\n  idtype\n    Must be one of be P_PID, P_PGID or P_ALL.\n  id\n    The id to wait on.\n  options\n    Constructed from the ORing of one or more of WEXITED, WSTOPPED\n    or WCONTINUED and additionally may be ORed with WNOHANG or WNOWAIT.\n\nReturns either waitid_result or None if WNOHANG is specified and there\nare no children in a waitable state."),
    def("waitstatus_to_exitcode", "($module, /, status)", waitstatus_to_exitcode, "Convert a wait status to an exit code.\n\nOn Unix:\n\n* If WIFEXITED(status) is true, return WEXITSTATUS(status).\n* If WIFSIGNALED(status) is true, return -WTERMSIG(status).\n* Otherwise, raise a ValueError.\n\nOn Windows, return status shifted right by 8 bits.\n\nOn Unix, if the process is being traced or if waitpid() was called with\nWUNTRACED option, the caller must first check if WIFSTOPPED(status) is\ntrue.  This function must not be called if WIFSTOPPED(status) is true."),
    def("WCOREDUMP", "($module, status, /)", |a| Ok(Value::bool(libc::WCOREDUMP(status(&a)?))), "Return True if the process returning status was dumped to a core file."),
    def("WIFCONTINUED", "($module, /, status)", |a| Ok(Value::bool(libc::WIFCONTINUED(status(&a)?))), "Return True if a particular process was continued from a job control stop.\n\nReturn True if the process returning status was continued from a\njob control stop."),
    def("WIFSTOPPED", "($module, /, status)", |a| Ok(Value::bool(libc::WIFSTOPPED(status(&a)?))), "Return True if the process returning status was stopped."),
    def("WIFSIGNALED", "($module, /, status)", |a| Ok(Value::bool(libc::WIFSIGNALED(status(&a)?))), "Return True if the process returning status was terminated by a signal."),
    def("WIFEXITED", "($module, /, status)", |a| Ok(Value::bool(libc::WIFEXITED(status(&a)?))), "Return True if the process returning status exited via the exit() system call."),
    def("WEXITSTATUS", "($module, /, status)", |a| Ok(Value::int(libc::WEXITSTATUS(status(&a)?).into())), "Return the process return code from status."),
    def("WTERMSIG", "($module, /, status)", |a| Ok(Value::int(libc::WTERMSIG(status(&a)?).into())), "Return the signal that terminated the process that provided the status value."),
    def("WSTOPSIG", "($module, /, status)", |a| Ok(Value::int(libc::WSTOPSIG(status(&a)?).into())), "Return the signal that stopped the process that provided the status value."),
    def("system", "($module, /, command)", system, "Execute the command in a subshell."),
    def("nice", "($module, increment, /)", nice, "Add increment to the priority of process and return the new priority."),
    def("register_at_fork", "($module, /, *, before=<unrepresentable>,\n                 after_in_child=<unrepresentable>,\n                 after_in_parent=<unrepresentable>)", register_at_fork, "Register callables to be called when forking a new process.\n\n  before\n    A callable to be called in the parent before the fork() syscall.\n  after_in_child\n    A callable to be called in the child after fork().\n  after_in_parent\n    A callable to be called in the parent after fork().\n\n'before' callbacks are called in reverse order.\n'after_in_child' and 'after_in_parent' callbacks are called in order."),
];

fn status(a: &Args) -> Res<i32> {
    cint::c_int(a.at(0))
}

/// What to call around a fork.
struct AtFork {
    before: Field,
    in_parent: Field,
    in_child: Field,
}

static AT_FORK: Global<AtFork> = Global::new(AtFork { before: Field::empty(), in_parent: Field::empty(), in_child: Field::empty() });

fn hooks() -> &'static AtFork {
    // SAFETY: the GIL is held; fields are changed through shared references only.
    unsafe { &*AT_FORK.get() }
}

fn add_hook(field: &Field, f: &Value) {
    match field.peek() {
        Some(all) => list::push(all, f.clone()),
        None => field.set(list::from_vec(vec![f.clone()])),
    }
}

fn register_at_fork(a: Args) -> Res {
    let given: Vec<Option<&Value>> = (0..3).map(|i| a.opt(i)).collect();
    if given.iter().all(Option::is_none) {
        return Err(exc::type_error("At least one argument is required."));
    }
    for (f, name) in given.iter().zip(["before", "after_in_child", "after_in_parent"]) {
        if let Some(f) = f
            && !call::is_callable(f)
        {
            return Err(exc::type_error(format!("'{name}' must be callable, not {}", f.class().full_name())));
        }
    }
    let h = hooks();
    for (f, field) in given.into_iter().zip([&h.before, &h.in_child, &h.in_parent]) {
        if let Some(f) = f {
            add_hook(field, f);
        }
    }
    Ok(Value::NONE)
}

fn run_hooks(field: &Field, backwards: bool) {
    let mut all = field.get().map_or(Vec::new(), |l| list::to_vec(&l));
    if backwards {
        all.reverse();
    }
    for f in all {
        if let Err(e) = call::call0(&f) {
            exc::unraisable(e, "Exception ignored while calling fork hook ", Some(&f));
        }
    }
}

/// Runs the functions registered to run before a fork.
pub(crate) fn before_fork() {
    run_hooks(&hooks().before, true);
}

/// Runs the functions registered to run in the parent.
pub(crate) fn after_fork_in_parent() {
    run_hooks(&hooks().in_parent, false);
}

/// Makes the interpreter fit for being a new process with one thread, and runs the registered functions.
pub(crate) fn after_fork_in_child() {
    crate::thread::after_fork();
    crate::signal::after_fork();
    run_hooks(&hooks().in_child, false);
}

fn fork(_: Args) -> Res {
    before_fork();
    let pid = gil::fork(true);
    if pid == Ok(0) {
        after_fork_in_child();
    } else {
        after_fork_in_parent();
    }
    pid.map(|pid| Value::int(pid.into())).map_err(|e| exc::os_error(e, None))
}

fn forkpty(_: Args) -> Res {
    let (mut master, mut slave) = (0, 0);
    let null = std::ptr::null_mut();
    // SAFETY: the places for the descriptors are valid; nothing else is asked for.
    syscall::quick(None, unsafe { libc::openpty(&mut master, &mut slave, null, null.cast_const().cast(), null.cast_const().cast()) })?;
    before_fork();
    let pid = gil::fork(true);
    if pid == Ok(0) {
        // SAFETY: calls without pointers on descriptors of this process.
        unsafe {
            libc::close(master);
            libc::login_tty(slave);
        }
        after_fork_in_child();
    } else {
        // SAFETY: as above.
        unsafe { libc::close(slave) };
        after_fork_in_parent();
    }
    let pid = pid.map_err(|e| exc::os_error(e, None))?;
    Ok(tuple::from_vec(vec![Value::int(pid.into()), Value::int(master.into())]))
}

/// The arguments of a program.
pub fn arguments(fname: &str, v: &Value) -> Res<Vec<CString>> {
    if !v.is_instance(types().list) && !v.is_instance(types().tuple) {
        return Err(exc::type_error(format!("{fname}() arg 2 must be a tuple or list")));
    }
    let all = iter::collect(v)?.iter().map(fspath::c_path).collect::<Res<Vec<_>>>()?;
    match all.first() {
        None => Err(exc::value_error(format!("{fname}() arg 2 must not be empty"))),
        Some(first) if first.is_empty() => Err(exc::value_error(format!("{fname}() arg 2 first element cannot be empty"))),
        Some(_) => Ok(all),
    }
}

/// Pointers to strings, ended by a null pointer.
pub fn pointers(all: &[CString]) -> Vec<*const libc::c_char> {
    all.iter().map(|s| s.as_ptr()).chain([std::ptr::null()]).collect()
}

fn execv(a: Args) -> Res {
    let p = super::args::path(a.at(0), "execv", "path")?;
    let arguments = arguments("execv", a.at(1))?;
    let argv = pointers(&arguments);
    // SAFETY: path and arguments live; on success the call does not return.
    unsafe { libc::execv(p.ptr(), argv.as_ptr()) };
    Err(exc::os_error(syscall::errno(), Some(&p.object)))
}

fn execve(a: Args) -> Res {
    let target = path_or_fd(a.at(0), "execve")?;
    let arguments = arguments("execve", a.at(1))?;
    let environment = environment::block("execve", a.at(2))?;
    let (argv, envp) = (pointers(&arguments), pointers(&environment));
    // SAFETY: path, arguments and environment live; on success the call does not return.
    unsafe {
        match &target {
            PathOrFd::Path(p) => libc::execve(p.ptr(), argv.as_ptr(), envp.as_ptr()),
            PathOrFd::Fd(fd, _) => libc::fexecve(*fd, argv.as_ptr(), envp.as_ptr()),
        }
    };
    Err(exc::os_error(syscall::errno(), Some(target.object())))
}

fn _exit(a: Args) -> Res {
    let status = cint::c_int(a.at(0))?;
    // SAFETY: the process ends here.
    unsafe { libc::_exit(status) }
}

fn abort(_: Args) -> Res {
    std::process::abort()
}

fn kill(a: Args) -> Res {
    let (pid, signal) = (cint::c_int(a.at(0))?, cint::c_int(a.at(1))?);
    // SAFETY: a call without pointers.
    syscall::quick(None, unsafe { libc::kill(pid, signal) })?;
    // A signal to oneself has arrived by now.
    syscall::check_signals()?;
    Ok(Value::NONE)
}

fn killpg(a: Args) -> Res {
    let (group, signal) = (cint::c_int(a.at(0))?, cint::c_int(a.at(1))?);
    // SAFETY: a call without pointers.
    syscall::quick(None, unsafe { libc::killpg(group, signal) })?;
    syscall::check_signals()?;
    Ok(Value::NONE)
}

fn wait_for(pid: i32, options: i32) -> Res {
    let mut status = 0;
    // SAFETY: the place for the status lives until the call is over.
    let pid = syscall::blocking_or_raise(None, || unsafe { libc::waitpid(pid, &mut status, options) }.into())?;
    Ok(tuple::from_vec(vec![Value::int(pid), Value::int(status.into())]))
}

fn wait4(pid: i32, options: i32) -> Res {
    let mut status = 0;
    // SAFETY: the structure is plain numbers; the places live until the call is over.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    let pid = syscall::blocking_or_raise(None, || unsafe { libc::wait4(pid, &mut status, options, &mut usage) }.into())?;
    Ok(tuple::from_vec(vec![Value::int(pid), Value::int(status.into()), crate::resource::usage(&usage)]))
}

fn waitid(a: Args) -> Res {
    let kind = cint::c_int(a.at(0))? as libc::idtype_t;
    let (id, options) = (cint::c_int(a.at(1))? as libc::id_t, cint::c_int(a.at(2))?);
    // SAFETY: the structure is plain numbers; it lives until the call is over, which fills the fields read below.
    unsafe {
        let mut info: libc::siginfo_t = std::mem::zeroed();
        syscall::blocking_or_raise(None, || libc::waitid(kind, id, &mut info, options).into())?;
        if info.si_pid() == 0 {
            return Ok(Value::NONE);
        }
        let values = [info.si_pid().into(), i64::from(info.si_uid()), info.si_signo.into(), info.si_status().into(), info.si_code.into()];
        Ok(structseq::new(WAITID_RESULT.get(), values.into_iter().map(Value::int).collect()))
    }
}

fn waitstatus_to_exitcode(a: Args) -> Res {
    let status = status(&a)?;
    if libc::WIFEXITED(status) {
        return Ok(Value::int(libc::WEXITSTATUS(status).into()));
    }
    if libc::WIFSIGNALED(status) {
        return Ok(Value::int((-libc::WTERMSIG(status)).into()));
    }
    if libc::WIFSTOPPED(status) {
        return Err(exc::value_error(format!("process stopped by delivery of signal {}", libc::WSTOPSIG(status))));
    }
    Err(exc::value_error(format!("invalid wait status: {status}")))
}

fn system(a: Args) -> Res {
    let command = fspath::c_path(a.at(0))?;
    // SAFETY: the command lives until the call is over.
    Ok(Value::int(gil::without(|| unsafe { libc::system(command.as_ptr()) }).into()))
}

fn nice(a: Args) -> Res {
    let by = cint::c_int(a.at(0))?;
    // SAFETY: errno tells a failure from a niceness of -1.
    let (n, e) = unsafe {
        *libc::__errno_location() = 0;
        (libc::nice(by), syscall::errno())
    };
    if n == -1 && e != 0 { Err(exc::os_error(e, None)) } else { Ok(Value::int(n.into())) }
}

/// Visits what this module keeps, for [`weft_vm::heap::audit`].
#[cfg(debug_assertions)]
pub fn visit_roots(visit: &mut dyn FnMut(weft_layout::tag::Word)) {
    let h = hooks();
    [&h.before, &h.in_parent, &h.in_child].into_iter().for_each(|f| visit(f.word()));
}
