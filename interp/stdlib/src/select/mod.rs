//! `select`: waiting for several file descriptors at once.
//!
//! [`poll`]: poll objects. [`epoll`]: epoll objects.

mod constants;
mod epoll;
mod poll;

use crate::cint::{self, add_constants};
use crate::syscall;
use std::time::{Duration, Instant};
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::protocol::{iter, number};
use weft_vm::types::module::{ModuleDef, add};
use weft_vm::types::{float, list, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{exc, gil};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "select",
    doc: "This module supports asynchronous I/O on multiple file descriptors.\n\n*** IMPORTANT NOTICE ***\nOn Windows, only sockets are supported; on Unix, all file descriptors.",
    functions: FUNCTIONS,
    exec,
};

#[rustfmt::skip]
static FUNCTIONS: &[FnDef] = &[
    def("select", "($module, rlist, wlist, xlist, timeout=None, /)", select, "Wait until one or more file descriptors are ready for some kind of I/O.\n\nThe first three arguments are iterables of file descriptors to be waited\nfor:\nrlist -- wait until ready for reading\nwlist -- wait until ready for writing\nxlist -- wait for an \"exceptional condition\"\nIf only one kind of condition is required, pass [] for the other lists.\n\nA file descriptor is either a socket or file object, or a small integer\ngotten from a fileno() method call on one of those.\n\nThe optional 4th argument specifies a timeout in seconds; it may be\na floating-point number to specify fractions of seconds.  If it is absent\nor None, the call will never time out.\n\nThe return value is a tuple of three lists corresponding to the first\nthree arguments; each contains the subset of the corresponding file\ndescriptors that are ready.\n\n*** IMPORTANT NOTICE ***\nOn Windows, only sockets are supported; on Unix, all file\ndescriptors can be used."),
    def("poll", "($module, /)", |_| Ok(poll::new()), "Returns a polling object.\n\nThis object supports registering and unregistering file descriptors, and\nthen polling them for I/O events."),
];

fn exec(m: &Value) -> Res<()> {
    add_constants(m, constants::CONSTANTS);
    add(m, "error", types().os_error.value());
    add(m, "epoll", epoll::EPOLL.get().value());
    Ok(())
}

/// How long to wait: seconds as an int or float, or None for ever.
fn timeout(v: Option<&Value>) -> Res<Option<Duration>> {
    let Some(v) = v.filter(|v| !v.is_none()) else { return Ok(None) };
    if !float::is_float(v) && !number::is_index(v) {
        return Err(exc::type_error("timeout must be a float or None"));
    }
    let nanos = cint::nanoseconds(v, f64::ceil)?;
    if nanos < 0 {
        return Err(exc::value_error("timeout must be non-negative"));
    }
    Ok(Some(Duration::from_nanos(nanos as u64)))
}

/// Waits with `f`, which gets the time left, until there is an answer; signals do not make the wait longer.
fn wait(limit: Option<Duration>, mut f: impl FnMut(Option<Duration>) -> i64) -> Res<usize> {
    let end = limit.and_then(|l| Instant::now().checked_add(l));
    loop {
        let left = end.map(|e| e.saturating_duration_since(Instant::now()));
        match gil::without(|| syscall::outcome(f(left))) {
            Ok(n) => return Ok(n as usize),
            Err(libc::EINTR) => syscall::check_signals()?,
            Err(e) => return Err(exc::os_error(e, None)),
        }
    }
}

/// Milliseconds as `poll` takes them, rounded up.
fn millis(left: Option<Duration>) -> i32 {
    left.map_or(-1, |l| i32::try_from(l.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX))
}

/// The objects of one of `select`'s sequences with their descriptors, which also go into a set.
fn collect(v: &Value, set: &mut libc::fd_set, highest: &mut i32) -> Res<Vec<(Value, i32)>> {
    let all = iter::collect_as(v, "arguments 1-3 must be sequences")?;
    let mut out = Vec::with_capacity(all.len());
    for object in all {
        let fd = cint::descriptor(&object)?;
        if fd as usize >= libc::FD_SETSIZE {
            return Err(exc::value_error("filedescriptor out of range in select()"));
        }
        // SAFETY: the set is initialised and has a place for the descriptor.
        unsafe { libc::FD_SET(fd, set) };
        *highest = (*highest).max(fd);
        out.push((object, fd));
    }
    Ok(out)
}

fn select(a: Args) -> Res {
    let limit = timeout(a.opt(3))?;
    // SAFETY: all-zero sets are empty.
    let mut sets: [libc::fd_set; 3] = unsafe { std::mem::zeroed() };
    let mut highest = -1;
    let mut all = Vec::new();
    for (i, set) in sets.iter_mut().enumerate() {
        all.push(collect(a.at(i), set, &mut highest)?);
    }
    let wanted = sets;
    wait(limit, |left| {
        sets = wanted;
        let mut t = left.map(|l| libc::timeval { tv_sec: l.as_secs() as i64, tv_usec: l.subsec_nanos().div_ceil(1000) as _ });
        let t = t.as_mut().map_or(std::ptr::null_mut(), std::ptr::from_mut);
        let [r, w, x] = &mut sets;
        // SAFETY: sets and time live until the call is over.
        unsafe { libc::select(highest + 1, r, w, x, t) }.into()
    })?;
    let ready = all.iter().zip(&sets).map(|(objects, set)| {
        // SAFETY: the set is initialised and has places for these descriptors.
        let found = objects.iter().filter(|(_, fd)| unsafe { libc::FD_ISSET(*fd, set) });
        list::from_vec(found.map(|(object, _)| object.clone()).collect())
    });
    Ok(tuple::from_vec(ready.collect()))
}
