//! `resource`: limits on what processes use, and what they have used.

use crate::cint::{self, add_constants, c_constants};
use crate::syscall;
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::exc;
use weft_vm::protocol::{iter, number};
use weft_vm::types::module::{ModuleDef, add};
use weft_vm::types::structseq::{self, LazyType};
use weft_vm::types::{int, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;

/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "resource", doc: "", functions: FUNCTIONS, exec };

#[rustfmt::skip]
static FUNCTIONS: &[FnDef] = &[
    def("getrusage", "($module, who, /)", getrusage, ""),
    def("getrlimit", "($module, resource, /)", getrlimit, ""),
    def("setrlimit", "($module, resource, limits, /)", setrlimit, ""),
    def("prlimit", "($module, pid, resource, limits=None, /)", prlimit, ""),
    def("getpagesize", "($module, /)", getpagesize, ""),
];

/// Integer constants of the C library.
static CONSTANTS: &[(&str, i64)] = c_constants![
    RLIMIT_AS RLIMIT_CORE RLIMIT_CPU RLIMIT_DATA RLIMIT_FSIZE RLIMIT_MEMLOCK RLIMIT_MSGQUEUE RLIMIT_NICE RLIMIT_NOFILE
    RLIMIT_NPROC RLIMIT_RSS RLIMIT_RTPRIO RLIMIT_RTTIME RLIMIT_SIGPENDING RLIMIT_STACK RLIM_INFINITY RUSAGE_CHILDREN
    RUSAGE_SELF RUSAGE_THREAD
];

/// Those that the libc crate does not name.
static MORE_CONSTANTS: &[(&str, i64)] = &[("RLIMIT_OFILE", 7)];

/// `resource.struct_rusage`
pub static STRUCT_RUSAGE: LazyType = LazyType::new(|| {
    structseq::new_type(
        "resource.struct_rusage",
        "struct_rusage: Result from getrusage.\n\nThis object may be accessed either as a tuple of\n    (utime,stime,maxrss,ixrss,idrss,isrss,minflt,majflt,\n    nswap,inblock,oublock,msgsnd,msgrcv,nsignals,nvcsw,nivcsw)\nor via the attributes ru_utime, ru_stime, ru_maxrss, and so on.",
        &[
            ("ru_utime", "user time used"),
            ("ru_stime", "system time used"),
            ("ru_maxrss", "max. resident set size"),
            ("ru_ixrss", "shared memory size"),
            ("ru_idrss", "unshared data size"),
            ("ru_isrss", "unshared stack size"),
            ("ru_minflt", "page faults not requiring I/O"),
            ("ru_majflt", "page faults requiring I/O"),
            ("ru_nswap", "number of swap outs"),
            ("ru_inblock", "block input operations"),
            ("ru_oublock", "block output operations"),
            ("ru_msgsnd", "IPC messages sent"),
            ("ru_msgrcv", "IPC messages received"),
            ("ru_nsignals", "signals received"),
            ("ru_nvcsw", "voluntary context switches"),
            ("ru_nivcsw", "involuntary context switches"),
        ],
        16,
        true,
    )
});

fn exec(m: &Value) -> Res<()> {
    add_constants(m, CONSTANTS);
    add_constants(m, MORE_CONSTANTS);
    add(m, "error", types().os_error.value());
    add(m, "struct_rusage", STRUCT_RUSAGE.get().value());
    Ok(())
}

/// A `struct_rusage`.
pub fn usage(u: &libc::rusage) -> Value {
    let seconds = |t: libc::timeval| Value::float(t.tv_sec as f64 + t.tv_usec as f64 * 1e-6);
    let counts = [
        u.ru_maxrss,
        u.ru_ixrss,
        u.ru_idrss,
        u.ru_isrss,
        u.ru_minflt,
        u.ru_majflt,
        u.ru_nswap,
        u.ru_inblock,
        u.ru_oublock,
        u.ru_msgsnd,
        u.ru_msgrcv,
        u.ru_nsignals,
        u.ru_nvcsw,
        u.ru_nivcsw,
    ];
    let mut values = vec![seconds(u.ru_utime), seconds(u.ru_stime)];
    values.extend(counts.into_iter().map(Value::int));
    structseq::new(STRUCT_RUSAGE.get(), values)
}

fn getrusage(a: Args) -> Res {
    let who = cint::c_int(a.at(0))?;
    // SAFETY: the structure is plain numbers, filled by the call.
    let (done, u) = unsafe {
        let mut u: libc::rusage = std::mem::zeroed();
        (syscall::outcome(libc::getrusage(who, &mut u)), u)
    };
    match done {
        Ok(_) => Ok(usage(&u)),
        Err(libc::EINVAL) => Err(exc::value_error("invalid who parameter")),
        Err(e) => Err(exc::os_error(e, None)),
    }
}

/// The number of a resource.
fn resource(v: &Value) -> Res<u32> {
    match u32::try_from(cint::c_int(v)?) {
        Ok(n) if n < 16 => Ok(n),
        _ => Err(exc::value_error("invalid resource specified")),
    }
}

fn limit_value(n: libc::rlim_t) -> Value {
    // No limit is all ones, which Python shows as -1.
    if n == libc::RLIM_INFINITY { Value::small_int(-1) } else { int::from_u64(n) }
}

fn limits_value(l: &libc::rlimit) -> Value {
    tuple::from_vec(vec![limit_value(l.rlim_cur), limit_value(l.rlim_max)])
}

fn limit(v: &Value) -> Res<libc::rlim_t> {
    let n = number::index(v)?;
    let found = match int::as_i64(&n) {
        Some(-1) => Some(libc::RLIM_INFINITY),
        Some(n) => u64::try_from(n).ok(),
        None => int::as_u64(&n),
    };
    found.ok_or_else(|| exc::overflow_error("Python int too large to convert to C rlim_t"))
}

fn limits(v: &Value) -> Res<libc::rlimit> {
    match iter::collect(v)?.as_slice() {
        [soft, hard] => Ok(libc::rlimit { rlim_cur: limit(soft)?, rlim_max: limit(hard)? }),
        _ => Err(exc::value_error("expected a tuple of 2 integers")),
    }
}

fn getrlimit(a: Args) -> Res {
    let which = resource(a.at(0))?;
    let mut l = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the structure lives until the call is over.
    syscall::quick(None, unsafe { libc::getrlimit(which as _, &mut l) })?;
    Ok(limits_value(&l))
}

fn refused(e: i32) -> exc::Raised {
    match e {
        libc::EINVAL => exc::value_error("current limit exceeds maximum limit"),
        libc::EPERM => exc::value_error("not allowed to raise maximum limit"),
        e => exc::os_error(e, None),
    }
}

fn setrlimit(a: Args) -> Res {
    let which = resource(a.at(0))?;
    let l = limits(a.at(1))?;
    // SAFETY: the structure lives until the call is over.
    syscall::outcome(unsafe { libc::setrlimit(which as _, &l) }).map_err(refused)?;
    Ok(Value::NONE)
}

fn prlimit(a: Args) -> Res {
    let (pid, which) = (cint::c_int(a.at(0))?, resource(a.at(1))?);
    let new = a.some(2).map(limits).transpose()?;
    let mut old = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    let ptr = new.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: the structures live until the call is over.
    match syscall::outcome(unsafe { libc::prlimit(pid, which as _, ptr, &mut old) }) {
        Ok(_) => Ok(limits_value(&old)),
        Err(libc::EINVAL) => Err(exc::value_error("current limit exceeds maximum limit")),
        Err(e) => Err(exc::os_error(e, None)),
    }
}

fn getpagesize(_: Args) -> Res {
    // SAFETY: a call without pointers.
    Ok(Value::int(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }))
}
