//! `_posixsubprocess`: `fork_exec`, which `subprocess` starts programs with.
//!
//! Between fork and exec only calls that are safe in a signal handler are made, unless there is a `preexec_fn`:
//! everything the new process needs is prepared before.

use crate::posix::{after_fork_in_child, after_fork_in_parent, before_fork};
use crate::{cint, fspath, signal, syscall};
use std::ffi::CString;
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::protocol::{self, iter};
use weft_vm::types::module::ModuleDef;
use weft_vm::types::{int, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{call, exc, gil};

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_posixsubprocess", doc: "A POSIX helper for the subprocess module.", functions: FUNCTIONS, exec: |_| Ok(()) };

#[rustfmt::skip]
static FUNCTIONS: &[FnDef] = &[
    def("fork_exec", "($module, args, executable_list, close_fds, pass_fds, cwd,\n          env, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite,\n          errpipe_read, errpipe_write, restore_signals, call_setsid,\n          pgid_to_set, gid, extra_groups, uid, child_umask, preexec_fn,\n          /)", fork_exec, "Spawn a fresh new child process.\n\nFork a child process, close parent file descriptors as appropriate in\nthe child and duplicate the few that are needed before calling exec() in\nthe child process.\n\nIf close_fds is True, close file descriptors 3 and higher, except those\nlisted in the sorted tuple pass_fds.\n\nThe preexec_fn, if supplied, will be called immediately before closing\nfile descriptors and exec.\n\nWARNING: preexec_fn is NOT SAFE if your application uses threads.\n         It may trigger infrequent, difficult to debug deadlocks.\n\nIf an error occurs in the child process before the exec, it is\nserialized and written to the errpipe_write fd per subprocess.py.\n\nReturns: the child process's PID.\n\nRaises: Only on an error in the parent process."),
];

/// What the new process is to do.
struct Plan {
    programs: Vec<CString>,
    argv: Vec<CString>,
    env: Option<Vec<CString>>,
    close_fds: bool,
    keep: Vec<i32>,
    cwd: Option<CString>,
    /// Descriptors for standard input, output and errors, each with the parent's end; -1 for none.
    stdin: (i32, i32),
    stdout: (i32, i32),
    stderr: (i32, i32),
    /// Where errors are told: the parent's end, the child's end.
    errors: (i32, i32),
    restore_signals: bool,
    setsid: bool,
    group: i32,
    gid: Option<u32>,
    groups: Option<Vec<u32>>,
    uid: Option<u32>,
    umask: i32,
    preexec: Option<Value>,
}

fn texts(v: &Value) -> Res<Vec<CString>> {
    iter::collect(v)?.iter().map(fspath::c_path).collect()
}

fn id(v: &Value, what: &str) -> Res<Option<u32>> {
    if v.is_none() {
        return Ok(None);
    }
    if !int::is_int(v) {
        return Err(exc::type_error(format!("{what} should be integer, not {}", v.class().full_name())));
    }
    match int::as_i64(v).and_then(|n| u32::try_from(n).ok()) {
        Some(n) => Ok(Some(n)),
        None => Err(exc::value_error(format!("invalid {what}"))),
    }
}

fn plan(a: &Args) -> Res<Plan> {
    let number = |i: usize| cint::c_int(a.at(i));
    let truth = |i: usize| protocol::is_true(a.at(i));
    let pair = |i: usize| Ok::<_, exc::Raised>((number(i)?, number(i + 1)?));
    if !a.at(3).is_instance(types().tuple) {
        return Err(exc::type_error(format!("fork_exec() argument 4 must be tuple, not {}", a.at(3).class().full_name())));
    }
    let mut keep = Vec::new();
    for fd in tuple::items(a.at(3)) {
        match int::as_i64(fd) {
            Some(n) if int::is_int(fd) && (0..=i64::from(i32::MAX)).contains(&n) && keep.last().is_none_or(|&last| last < n as i32) => {
                keep.push(n as i32);
            }
            _ => return Err(exc::value_error("bad value(s) in fds_to_keep")),
        }
    }
    let close_fds = truth(2)?;
    let errors = pair(12)?;
    if close_fds && errors.1 < 3 {
        return Err(exc::value_error("errpipe_write must be >= 3"));
    }
    let (p2cread, p2cwrite) = pair(6)?;
    let (c2pread, c2pwrite) = pair(8)?;
    let (errread, errwrite) = pair(10)?;
    let groups = match a.at(18) {
        g if g.is_none() => None,
        g => {
            let mut all = Vec::new();
            for g in iter::collect_as(g, "extra_groups must be a sequence")? {
                match id(&g, "group id")? {
                    Some(n) => all.push(n),
                    None => return Err(exc::value_error("invalid group id")),
                }
            }
            Some(all)
        }
    };
    Ok(Plan {
        argv: if a.at(0).is_none() { Vec::new() } else { texts(a.at(0))? },
        programs: texts(a.at(1))?,
        close_fds,
        keep,
        cwd: if a.at(4).is_none() { None } else { Some(fspath::c_path(a.at(4))?) },
        env: if a.at(5).is_none() { None } else { Some(texts(a.at(5))?) },
        stdin: (p2cread, p2cwrite),
        stdout: (c2pwrite, c2pread),
        stderr: (errwrite, errread),
        errors,
        restore_signals: truth(14)?,
        setsid: truth(15)?,
        group: number(16)?,
        gid: id(a.at(17), "gid")?,
        groups,
        uid: id(a.at(19), "uid")?,
        umask: number(20)?,
        preexec: Some(a.at(21).clone()).filter(|f| !f.is_none()),
    })
}

/// Pointers to strings, ended by a null pointer.
fn pointers(all: &[CString]) -> Vec<*const libc::c_char> {
    all.iter().map(|s| s.as_ptr()).chain([std::ptr::null()]).collect()
}

fn fork_exec(a: Args) -> Res {
    let plan = plan(&a)?;
    let (argv, env) = (pointers(&plan.argv), plan.env.as_ref().map(|e| pointers(e)));
    if plan.preexec.is_some() {
        before_fork();
    }
    // No handler of ours runs in the child before the program does.
    // SAFETY: the sets are initialised or filled by the calls.
    let old = unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        let mut old: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_BLOCK, &all, &mut old);
        old
    };
    let pid = gil::fork(plan.preexec.is_some());
    if pid == Ok(0) {
        child(&plan, &argv, env.as_deref(), &old);
    }
    // SAFETY: the set is the one from before.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &old, std::ptr::null_mut()) };
    if plan.preexec.is_some() {
        after_fork_in_parent();
    }
    pid.map(|pid| Value::int(pid.into())).map_err(|e| exc::os_error(e, None))
}

/// What went wrong in the child: errno, and whether it was in an exec.
struct Failure {
    errno: i32,
    in_exec: bool,
}

fn try_call(result: impl Into<i64>) -> Result<i32, Failure> {
    syscall::outcome(result).map(|n| n as i32).map_err(|errno| Failure { errno, in_exec: false })
}

/// Runs in the new process, and ends it or becomes the program.
fn child(plan: &Plan, argv: &[*const libc::c_char], env: Option<&[*const libc::c_char]>, mask: &libc::sigset_t) -> ! {
    let message: Vec<u8> = match prepare(plan, mask) {
        Err(f) => failure_text(&f),
        Ok(()) => match run_preexec(plan) {
            Err(text) => text,
            Ok(()) => failure_text(&exec(plan, argv, env)),
        },
    };
    // SAFETY: the pipe's end is this process's own; the process ends here.
    unsafe {
        libc::write(plan.errors.1, message.as_ptr().cast(), message.len());
        libc::_exit(255)
    }
}

/// What the parent reads: the exception's name, errno in hex, and a note where it was not the exec that failed.
fn failure_text(f: &Failure) -> Vec<u8> {
    let note = if f.in_exec { "" } else { "noexec" };
    format!("OSError:{:x}:{note}", f.errno).into_bytes()
}

/// Runs `preexec_fn`.
fn run_preexec(plan: &Plan) -> Result<(), Vec<u8>> {
    let Some(f) = &plan.preexec else { return Ok(()) };
    after_fork_in_child();
    match call::call0(f) {
        Ok(_) => close_others(plan).map_err(|f| failure_text(&f)),
        Err(e) => {
            exc::clear(e);
            Err(b"SubprocessError:0:Exception occurred in preexec_fn.".to_vec())
        }
    }
}

/// A copy of a descriptor of the standard ones, which would be overwritten.
fn out_of_the_way(fd: i32, wanted: i32) -> Result<i32, Failure> {
    // SAFETY: a call without pointers.
    if fd >= 0 && fd < wanted { try_call(unsafe { libc::dup(fd) }) } else { Ok(fd) }
}

/// Makes `fd` the standard descriptor `wanted`, inherited by the program.
fn put(fd: i32, wanted: i32) -> Result<(), Failure> {
    // SAFETY: calls without pointers.
    unsafe {
        match fd {
            -1 => {}
            fd if fd == wanted => {
                try_call(libc::fcntl(fd, libc::F_SETFD, 0))?;
            }
            fd => {
                try_call(libc::dup2(fd, wanted))?;
            }
        }
    }
    Ok(())
}

fn prepare(plan: &Plan, mask: &libc::sigset_t) -> Result<(), Failure> {
    // SAFETY: calls without pointers, or with ones that the plan keeps.
    unsafe {
        for &fd in &plan.keep {
            if fd != plan.errors.1 {
                try_call(libc::fcntl(fd, libc::F_SETFD, 0))?;
            }
        }
        for fd in [plan.stdin.1, plan.stdout.1, plan.stderr.1, plan.errors.0] {
            if fd >= 0 {
                libc::close(fd);
            }
        }
        let output = out_of_the_way(plan.stdout.0, 1)?;
        let mut errors = plan.stderr.0;
        while (0..2).contains(&errors) {
            errors = try_call(libc::dup(errors))?;
        }
        put(plan.stdin.0, 0)?;
        put(output, 1)?;
        put(errors, 2)?;
        if let Some(cwd) = &plan.cwd {
            try_call(libc::chdir(cwd.as_ptr()))?;
        }
        if plan.umask >= 0 {
            libc::umask(plan.umask as libc::mode_t);
        }
        if plan.restore_signals {
            signal::restore_ignored();
        }
        // Handlers that are set would be reset by the exec; what was blocked before is blocked again.
        libc::pthread_sigmask(libc::SIG_SETMASK, mask, std::ptr::null_mut());
        if plan.setsid {
            try_call(libc::setsid())?;
        }
        if plan.group >= 0 {
            try_call(libc::setpgid(0, plan.group))?;
        }
        if let Some(groups) = &plan.groups {
            try_call(libc::setgroups(groups.len(), groups.as_ptr()))?;
        }
        if let Some(gid) = plan.gid {
            try_call(libc::setregid(gid, gid))?;
        }
        if let Some(uid) = plan.uid {
            try_call(libc::setreuid(uid, uid))?;
        }
    }
    if plan.preexec.is_some() { Ok(()) } else { close_others(plan) }
}

/// Closes all descriptors but the standard ones and those to keep.
fn close_others(plan: &Plan) -> Result<(), Failure> {
    if !plan.close_fds {
        return Ok(());
    }
    let mut from = 3;
    for &fd in plan.keep.iter().chain([&i32::MAX]) {
        if fd < from {
            continue;
        }
        // SAFETY: calls without pointers.
        unsafe {
            if fd > from && libc::syscall(libc::SYS_close_range, from, fd - 1, 0) != 0 {
                let most = libc::sysconf(libc::_SC_OPEN_MAX).clamp(256, 1 << 16) as i32;
                (from..fd.min(most)).for_each(|fd| {
                    libc::close(fd);
                });
            }
        }
        from = fd.saturating_add(1);
    }
    Ok(())
}

/// Tries the programs one after the other; comes back only if none can be run.
fn exec(plan: &Plan, argv: &[*const libc::c_char], env: Option<&[*const libc::c_char]>) -> Failure {
    let mut errno = 0;
    for program in &plan.programs {
        // SAFETY: program, arguments and environment live, and the arrays are ended by null pointers.
        unsafe {
            match env {
                Some(env) => libc::execve(program.as_ptr(), argv.as_ptr(), env.as_ptr()),
                None => libc::execv(program.as_ptr(), argv.as_ptr()),
            };
        }
        let e = syscall::errno();
        // A real reason counts for more than that the program is not in this place.
        if e != libc::ENOENT && e != libc::ENOTDIR && errno == 0 {
            errno = e;
        }
    }
    Failure { errno: if errno == 0 { syscall::errno() } else { errno }, in_exec: true }
}
