//! Signal sets: masks, and waiting for signals.

use super::NSIG;
use crate::{cint, syscall};
use std::time::{Duration, Instant};
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::protocol::{iter, number};
use weft_vm::types::structseq::{self, LazyType};
use weft_vm::types::{int, set};
use weft_vm::value::{Res, Value};
use weft_vm::{exc, gil};

#[rustfmt::skip]
pub static FUNCTIONS: &[FnDef] = &[
    def("pthread_sigmask", "($module, how, mask, /)", pthread_sigmask, "Fetch and/or change the signal mask of the calling thread."),
    def("sigpending", "($module, /)", sigpending, "Examine pending signals.\n\nReturns a set of signal numbers that are pending for delivery to\nthe calling thread."),
    def("sigwait", "($module, sigset, /)", sigwait, "Wait for a signal.\n\nSuspend execution of the calling thread until the delivery of one of the\nsignals specified in the signal set sigset.  The function accepts the\nsignal and returns the signal number."),
    def("sigwaitinfo", "($module, sigset, /)", |a| wait_info(&set_of(a.at(0))?, None), "Wait synchronously until one of the signals in *sigset* is delivered.\n\nReturns a struct_siginfo containing information about the signal."),
    def("sigtimedwait", "($module, sigset, timeout, /)", sigtimedwait, "Like sigwaitinfo(), but with a timeout.\n\nThe timeout is specified in seconds, with floating-point numbers allowed."),
    def("valid_signals", "($module, /)", valid_signals, "Return a set of valid signal numbers on this platform.\n\nThe signal numbers returned by this function can be safely passed to\nfunctions like `pthread_sigmask`."),
];

/// `signal.struct_siginfo`
pub static STRUCT_SIGINFO: LazyType = LazyType::new(|| {
    structseq::new_type(
        "signal.struct_siginfo",
        "struct_siginfo: Result from sigwaitinfo or sigtimedwait.\n\nThis object may be accessed either as a tuple of\n(si_signo, si_code, si_errno, si_pid, si_uid, si_status, si_band),\nor via the attributes si_signo, si_code, and so on.",
        &[
            ("si_signo", "signal number"),
            ("si_code", "signal code"),
            ("si_errno", "errno associated with this signal"),
            ("si_pid", "sending process ID"),
            ("si_uid", "real user ID of sending process"),
            ("si_status", "exit value or signal"),
            ("si_band", "band event for SIGPOLL"),
        ],
        7,
        true,
    )
});

/// The signals of an iterable.
pub fn set_of(v: &Value) -> Res<libc::sigset_t> {
    // SAFETY: the set is initialised before use.
    let mut all = unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut all);
        all
    };
    iter::for_each(v, |signal| {
        let n = int::as_i64(&number::index(&signal)?).unwrap_or(-1);
        if !(1..i64::from(NSIG)).contains(&n) {
            return Err(exc::value_error(format!("signal number {n} out of range [1; {}]", NSIG - 1)));
        }
        // SAFETY: the set is initialised. The C library keeps two numbers for itself and refuses them.
        unsafe { libc::sigaddset(&mut all, n as i32) };
        Ok(())
    })?;
    Ok(all)
}

fn value_of(all: &libc::sigset_t) -> Res {
    // SAFETY: the set is initialised.
    set::from_items((1..NSIG).filter(|&n| unsafe { libc::sigismember(all, n) } == 1).map(|n| Value::int(n.into())))
}

fn pthread_sigmask(a: Args) -> Res {
    let how = cint::c_int(a.at(0))?;
    let mask = set_of(a.at(1))?;
    // SAFETY: the sets are initialised or filled by the call.
    let old = unsafe {
        let mut old: libc::sigset_t = std::mem::zeroed();
        match libc::pthread_sigmask(how, &mask, &mut old) {
            0 => old,
            e => return Err(exc::os_error(e, None)),
        }
    };
    // Signals that were blocked may have come.
    syscall::check_signals()?;
    value_of(&old)
}

fn sigpending(_: Args) -> Res {
    // SAFETY: the set is filled by the call.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        syscall::quick(None, libc::sigpending(&mut all))?;
        value_of(&all)
    }
}

fn sigwait(a: Args) -> Res {
    let mask = set_of(a.at(0))?;
    let mut signal = 0;
    // SAFETY: set and place live until the call is over.
    match gil::without(|| unsafe { libc::sigwait(&mask, &mut signal) }) {
        0 => Ok(Value::int(signal.into())),
        e => Err(exc::os_error(e, None)),
    }
}

/// A `struct_siginfo`.
fn info_value(info: &libc::siginfo_t) -> Value {
    // SAFETY: the fields lie in memory that is initialised, whatever they mean for the signal.
    let (pid, uid, status) = unsafe { (info.si_pid(), info.si_uid(), info.si_status()) };
    let values = [info.si_signo.into(), info.si_code.into(), info.si_errno.into(), pid.into(), i64::from(uid), status.into(), 0];
    structseq::new(STRUCT_SIGINFO.get(), values.into_iter().map(Value::int).collect())
}

fn wait_info(mask: &libc::sigset_t, limit: Option<Duration>) -> Res {
    let end = limit.map(|l| Instant::now() + l);
    loop {
        let left = end.map(|e| e.saturating_duration_since(Instant::now()));
        // SAFETY: the structures live until the call is over.
        let (done, info) = gil::without(|| unsafe {
            let mut info: libc::siginfo_t = std::mem::zeroed();
            let r = match left {
                None => libc::sigwaitinfo(mask, &mut info),
                Some(l) => {
                    let t = libc::timespec { tv_sec: l.as_secs() as i64, tv_nsec: l.subsec_nanos().into() };
                    libc::sigtimedwait(mask, &mut info, &t)
                }
            };
            (syscall::outcome(r), info)
        });
        match done {
            Ok(_) => return Ok(info_value(&info)),
            Err(libc::EAGAIN) if limit.is_some() => return Ok(Value::NONE),
            Err(libc::EINTR) => syscall::check_signals()?,
            Err(e) => return Err(exc::os_error(e, None)),
        }
    }
}

fn sigtimedwait(a: Args) -> Res {
    let nanos = cint::nanoseconds(a.at(1), f64::ceil)?;
    let mask = set_of(a.at(0))?;
    if nanos < 0 {
        return Err(exc::value_error("timeout must be non-negative"));
    }
    wait_info(&mask, Some(Duration::from_nanos(nanos as u64)))
}

fn valid_signals(_: Args) -> Res {
    // SAFETY: the set is filled by the call.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&mut all);
        value_of(&all)
    }
}
