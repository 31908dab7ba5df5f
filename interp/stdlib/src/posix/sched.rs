//! Scheduling.

use super::args::done;
use super::results::SCHED_PARAM;
use crate::{cint, syscall};
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::protocol::iter;
use weft_vm::types::{set, structseq, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::{exc, gil};

#[rustfmt::skip]
pub static FUNCTIONS: &[FnDef] = &[
    def("sched_get_priority_max", "($module, /, policy)", |a| limit(a, libc::sched_get_priority_max), "Get the maximum scheduling priority for policy."),
    def("sched_get_priority_min", "($module, /, policy)", |a| limit(a, libc::sched_get_priority_min), "Get the minimum scheduling priority for policy."),
    def("sched_getscheduler", "($module, pid, /)", |a| limit(a, libc::sched_getscheduler), "Get the scheduling policy for the process identified by pid.\n\nPassing 0 for pid returns the scheduling policy for the calling process."),
    def("sched_setscheduler", "($module, pid, policy, param, /)", setscheduler, "Set the scheduling policy for the process identified by pid.\n\nIf pid is 0, the calling process is changed.\nparam is an instance of sched_param."),
    def("sched_getparam", "($module, pid, /)", getparam, "Returns scheduling parameters for the process identified by pid.\n\nIf pid is 0, returns parameters for the calling process.\nReturn value is an instance of sched_param."),
    def("sched_setparam", "($module, pid, param, /)", setparam, "Set scheduling parameters for the process identified by pid.\n\nIf pid is 0, sets parameters for the calling process.\nparam should be an instance of sched_param."),
    def("sched_rr_get_interval", "($module, pid, /)", rr_get_interval, "Return the round-robin quantum for the process identified by pid, in seconds.\n\nValue returned is a float."),
    def("sched_yield", "($module, /)", sched_yield, "Voluntarily relinquish the CPU."),
    def("sched_getaffinity", "($module, pid, /)", getaffinity, "Return the affinity of the process identified by pid (or the current process if zero).\n\nThe affinity is returned as a set of CPU identifiers."),
    def("sched_setaffinity", "($module, pid, mask, /)", setaffinity, "Set the CPU affinity of the process identified by pid to mask.\n\nmask should be an iterable of integers identifying CPUs."),
];

/// Calls a function from a number to a number.
fn limit(a: Args, f: unsafe extern "C" fn(i32) -> i32) -> Res {
    let n = cint::c_int(a.at(0))?;
    // SAFETY: a call without pointers.
    syscall::quick(None, unsafe { f(n) }).map(Value::int)
}

/// The parameters that a `sched_param` holds.
pub fn param_of(v: &Value) -> Res<libc::sched_param> {
    if !v.is_instance(SCHED_PARAM.get()) {
        return Err(exc::type_error("must have a sched_param object"));
    }
    // SAFETY: the structure is plain numbers.
    let mut param: libc::sched_param = unsafe { std::mem::zeroed() };
    param.sched_priority = cint::c_int(&tuple::items(v)[0])?;
    Ok(param)
}

fn setscheduler(a: Args) -> Res {
    let (pid, policy, param) = (cint::c_int(a.at(0))?, cint::c_int(a.at(1))?, param_of(a.at(2))?);
    // SAFETY: the parameters live until the call is over.
    done(syscall::quick(None, unsafe { libc::sched_setscheduler(pid, policy, &param) }))
}

fn getparam(a: Args) -> Res {
    let pid = cint::c_int(a.at(0))?;
    // SAFETY: the structure is plain numbers, and filled by the call.
    unsafe {
        let mut param: libc::sched_param = std::mem::zeroed();
        syscall::quick(None, libc::sched_getparam(pid, &mut param))?;
        Ok(structseq::new(SCHED_PARAM.get(), vec![Value::int(param.sched_priority.into())]))
    }
}

fn setparam(a: Args) -> Res {
    let (pid, param) = (cint::c_int(a.at(0))?, param_of(a.at(1))?);
    // SAFETY: the parameters live until the call is over.
    done(syscall::quick(None, unsafe { libc::sched_setparam(pid, &param) }))
}

fn rr_get_interval(a: Args) -> Res {
    let pid = cint::c_int(a.at(0))?;
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the place for the time is valid.
    syscall::quick(None, unsafe { libc::sched_rr_get_interval(pid, &mut t) })?;
    Ok(Value::float(t.tv_sec as f64 + 1e-9 * t.tv_nsec as f64))
}

fn sched_yield(_: Args) -> Res {
    // SAFETY: a call without pointers.
    gil::without(|| unsafe { libc::sched_yield() });
    Ok(Value::NONE)
}

/// The CPUs of a mask, a word of bits at a time.
const WORDS: usize = 1024;

fn getaffinity(a: Args) -> Res {
    let pid = cint::c_int(a.at(0))?;
    let mut mask = [0u64; WORDS];
    // SAFETY: the mask is as long as said.
    syscall::quick(None, unsafe { libc::sched_getaffinity(pid, WORDS * 8, mask.as_mut_ptr().cast()) })?;
    let cpus = (0..WORDS * 64).filter(|i| mask[i / 64] >> (i % 64) & 1 == 1);
    set::from_items(cpus.map(Value::usize))
}

fn setaffinity(a: Args) -> Res {
    let pid = cint::c_int(a.at(0))?;
    let mut mask = [0u64; WORDS];
    iter::for_each(a.at(1), |cpu| {
        let n = cint::c_long(&cpu)?;
        if n < 0 {
            return Err(exc::value_error("negative CPU number"));
        }
        let Some(word) = mask.get_mut(n as usize / 64) else { return Err(exc::overflow_error("CPU number too large")) };
        *word |= 1 << (n % 64);
        Ok(())
    })?;
    // SAFETY: the mask is as long as said.
    done(syscall::quick(None, unsafe { libc::sched_setaffinity(pid, WORDS * 8, mask.as_ptr().cast()) }))
}
