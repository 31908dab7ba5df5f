//! `alarm` and interval timers.

use crate::exception_class::LazyException;
use crate::{cint, syscall};
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::exc;
use weft_vm::types::{str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;

#[rustfmt::skip]
pub static FUNCTIONS: &[FnDef] = &[
    def("alarm", "($module, seconds, /)", alarm, "Arrange for SIGALRM to arrive after the given number of seconds."),
    def("setitimer", "($module, which, seconds, interval=0.0, /)", setitimer, "Sets given itimer (one of ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF).\n\nThe timer will fire after value seconds and after that every interval\nseconds.  The itimer can be cleared by setting seconds to zero.\n\nReturns old values as a tuple: (delay, interval)."),
    def("getitimer", "($module, which, /)", getitimer, "Returns current value of given itimer."),
];

/// `signal.ItimerError`
pub static ERROR: LazyException = LazyException::new("signal", "ItimerError", || vec![types().os_error]);

fn error() -> exc::Raised {
    let e = syscall::errno();
    ERROR.raise(&[Value::int(e.into()), str::new(&exc::os_error_text(e))])
}

fn alarm(a: Args) -> Res {
    let seconds = cint::c_int(a.at(0))?;
    // SAFETY: a call without pointers.
    Ok(Value::int(unsafe { libc::alarm(seconds as u32) }.into()))
}

fn seconds(t: libc::timeval) -> Value {
    Value::float(t.tv_sec as f64 + t.tv_usec as f64 / 1e6)
}

fn pair(t: &libc::itimerval) -> Value {
    tuple::from_vec(vec![seconds(t.it_value), seconds(t.it_interval)])
}

/// A time as the system takes it, rounded up to microseconds.
fn timeval(v: Option<&Value>) -> Res<libc::timeval> {
    let Some(v) = v else { return Ok(libc::timeval { tv_sec: 0, tv_usec: 0 }) };
    let nanos = cint::nanoseconds(v, f64::ceil)?;
    let micros = nanos.div_euclid(1000) + i64::from(nanos.rem_euclid(1000) > 0);
    Ok(libc::timeval { tv_sec: micros.div_euclid(1_000_000), tv_usec: micros.rem_euclid(1_000_000) as _ })
}

fn setitimer(a: Args) -> Res {
    let which = cint::c_int(a.at(0))?;
    let new = libc::itimerval { it_value: timeval(a.opt(1))?, it_interval: timeval(a.opt(2))? };
    // SAFETY: the structures live until the call is over.
    unsafe {
        let mut old: libc::itimerval = std::mem::zeroed();
        if libc::setitimer(which as _, &new, &mut old) != 0 {
            return Err(error());
        }
        Ok(pair(&old))
    }
}

fn getitimer(a: Args) -> Res {
    let which = cint::c_int(a.at(0))?;
    // SAFETY: the structure is filled by the call.
    unsafe {
        let mut now: libc::itimerval = std::mem::zeroed();
        if libc::getitimer(which as _, &mut now) != 0 {
            return Err(error());
        }
        Ok(pair(&now))
    }
}
