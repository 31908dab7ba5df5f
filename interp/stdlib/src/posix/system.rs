//! Facts about the machine and the system, and random bytes.

use super::args::{PathOrFd, opt_int, path_or_fd};
use super::config_names::{CONFSTR, PATHCONF, SYSCONF};
use super::results::{TERMINAL_SIZE, TIMES_RESULT, UNAME_RESULT};
use crate::{cint, syscall};
use std::ffi::CStr;
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::protocol::number;
use weft_vm::types::{bytes, int, str, structseq, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::{codecs, exc, gil};

#[rustfmt::skip]
pub static FUNCTIONS: &[FnDef] = &[
    def("uname", "($module, /)", uname, "Return an object identifying the current operating system.\n\nThe object behaves like a named tuple with the following fields:\n  (sysname, nodename, release, version, machine)"),
    def("times", "($module, /)", times, "Return a collection containing process timing information.\n\nThe object returned behaves like a named tuple with these fields:\n  (utime, stime, cutime, cstime, elapsed_time)\nAll fields are floating-point numbers."),
    def("cpu_count", "($module, /)", cpu_count, "Return the number of logical CPUs in the system.\n\nReturn None if indeterminable."),
    def("getloadavg", "($module, /)", getloadavg, "Return average recent system load information.\n\nReturn the number of processes in the system run queue averaged over\nthe last 1, 5, and 15 minutes as a tuple of three floats.\nRaises OSError if the load average was unobtainable."),
    def("strerror", "($module, code, /)", strerror, "Translate an error code to a message string."),
    def("urandom", "($module, size, /)", urandom, "Return a bytes object containing random bytes suitable for cryptographic use."),
    def("getrandom", "($module, /, size, flags=0)", getrandom, "Obtain a series of random bytes."),
    def("get_terminal_size", "($module, fd=1, /)", get_terminal_size, "Return the size of the terminal window as (columns, lines).\n\nThe optional argument fd (default standard output) specifies\nwhich file descriptor should be queried.\n\nIf the file descriptor is not connected to a terminal, an OSError\nis thrown.\n\nThis function will only be defined if an implementation is\navailable for this system.\n\nshutil.get_terminal_size is the high-level function which should\nnormally be used, os.get_terminal_size is the low-level implementation."),
    def("ctermid", "($module, /)", |_| Ok(str::intern("/dev/tty")), "Return the name of the controlling terminal for this process."),
    def("sysconf", "($module, name, /)", sysconf, "Return an integer-valued system configuration variable."),
    def("pathconf", "($module, /, path, name)", pathconf, "Return the configuration limit name for the file or directory path.\n\nIf there is no limit, return -1.\nOn some platforms, path may also be specified as an open file\ndescriptor.  If this functionality is unavailable, using it raises\nan exception."),
    def("fpathconf", "($module, fd, name, /)", fpathconf, "Return the configuration limit name for the file descriptor fd.\n\nIf there is no limit, return -1."),
    def("confstr", "($module, name, /)", confstr, "Return a string-valued system configuration variable."),
    def("_inputhook", "($module, /)", |_| Ok(Value::small_int(0)), "Calls PyOS_CallInputHook droppong the GIL first"),
    def("_is_inputhook_installed", "($module, /)", |_| Ok(Value::FALSE), "Checks if PyOS_CallInputHook is set"),
];

fn text(field: &[libc::c_char]) -> Value {
    // SAFETY: the system ends the field with a NUL.
    codecs::fs_decode(unsafe { CStr::from_ptr(field.as_ptr()) }.to_bytes())
}

fn uname(_: Args) -> Res {
    // SAFETY: the structure is plain bytes, and filled by the call.
    unsafe {
        let mut u: libc::utsname = std::mem::zeroed();
        syscall::quick(None, libc::uname(&mut u))?;
        let values = vec![text(&u.sysname), text(&u.nodename), text(&u.release), text(&u.version), text(&u.machine)];
        Ok(structseq::new(UNAME_RESULT.get(), values))
    }
}

fn times(_: Args) -> Res {
    // SAFETY: the structure is plain numbers, and filled by the call.
    let (t, elapsed, per_second) = unsafe {
        let mut t: libc::tms = std::mem::zeroed();
        let elapsed = libc::times(&mut t);
        (t, elapsed, libc::sysconf(libc::_SC_CLK_TCK) as f64)
    };
    if elapsed == -1 {
        return Err(exc::os_error(syscall::errno(), None));
    }
    let values = [t.tms_utime, t.tms_stime, t.tms_cutime, t.tms_cstime, elapsed];
    Ok(structseq::new(TIMES_RESULT.get(), values.iter().map(|&n| Value::float(n as f64 / per_second)).collect()))
}

fn cpu_count(_: Args) -> Res {
    // SAFETY: a call without pointers.
    let n = unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) };
    Ok(if n >= 1 { Value::int(n) } else { Value::NONE })
}

fn getloadavg(_: Args) -> Res {
    let mut all = [0.0; 3];
    // SAFETY: there is room for three.
    if unsafe { libc::getloadavg(all.as_mut_ptr(), 3) } != 3 {
        return Err(exc::new(weft_vm::vm::types().os_error, "Load averages are unobtainable"));
    }
    Ok(tuple::from_vec(all.iter().map(|&x| Value::float(x)).collect()))
}

fn strerror(a: Args) -> Res {
    Ok(str::from_string(exc::os_error_text(cint::c_int(a.at(0))?)))
}

/// Fills memory with random bytes of the system.
fn fill(into: &mut [u8], flags: u32) -> Result<usize, i32> {
    let (ptr, len) = (into.as_mut_ptr(), into.len());
    // SAFETY: the memory lives until the call is over.
    gil::without(|| syscall::outcome(unsafe { libc::getrandom(ptr.cast(), len, flags) } as i64)).map(|n| n as usize)
}

fn room(n: isize) -> Res<Vec<u8>> {
    let mut room = Vec::new();
    room.try_reserve_exact(n as usize).map_err(|_| exc::memory_error())?;
    room.resize(n as usize, 0);
    Ok(room)
}

fn urandom(a: Args) -> Res {
    let n = number::as_isize(a.at(0))?;
    if n < 0 {
        return Err(exc::value_error("negative argument not allowed"));
    }
    let mut all = room(n)?;
    let mut used = 0;
    while used < all.len() {
        match fill(&mut all[used..], 0) {
            Ok(k) => used += k,
            Err(libc::EINTR) => syscall::check_signals()?,
            Err(e) => return Err(exc::os_error(e, None)),
        }
    }
    bytes::try_new(&all)
}

fn getrandom(a: Args) -> Res {
    let n = number::as_isize(a.at(0))?;
    let flags = opt_int(&a, 1, 0)?;
    if n < 0 {
        return Err(exc::os_error(libc::EINVAL, None));
    }
    let mut all = room(n)?;
    loop {
        match fill(&mut all, flags as u32) {
            Ok(k) => return bytes::try_new(&all[..k]),
            Err(libc::EINTR) => syscall::check_signals()?,
            Err(e) => return Err(exc::os_error(e, None)),
        }
    }
}

fn get_terminal_size(a: Args) -> Res {
    let fd = opt_int(&a, 0, 1)?;
    // SAFETY: the structure is plain numbers, and filled by the call.
    let size = unsafe {
        let mut size: libc::winsize = std::mem::zeroed();
        syscall::quick(None, libc::ioctl(fd, libc::TIOCGWINSZ, &mut size))?;
        size
    };
    Ok(structseq::new(TERMINAL_SIZE.get(), vec![Value::int(size.ws_col.into()), Value::int(size.ws_row.into())]))
}

/// The number of a setting that is given by number or by name.
fn setting(v: &Value, table: &[(&str, i64)]) -> Res<i32> {
    if int::is_int(v) {
        return cint::c_int(v);
    }
    if !str::is_str(v) {
        return Err(exc::type_error("configuration names must be strings or integers"));
    }
    let name = str::display(v);
    match table.iter().find(|(n, _)| *n == name) {
        Some((_, number)) => Ok(*number as i32),
        None => Err(exc::value_error("unrecognized configuration name")),
    }
}

/// Runs a call for which -1 is a failure only if it sets errno.
fn limit(f: impl FnOnce() -> libc::c_long) -> Result<i64, i32> {
    // SAFETY: the place for errno is the thread's own.
    unsafe { *libc::__errno_location() = 0 };
    match f() {
        -1 if syscall::errno() != 0 => Err(syscall::errno()),
        n => Ok(n),
    }
}

fn sysconf(a: Args) -> Res {
    let name = setting(a.at(0), SYSCONF)?;
    // SAFETY: a call without pointers.
    limit(|| unsafe { libc::sysconf(name) }).map(Value::int).map_err(|e| exc::os_error(e, None))
}

fn pathconf(a: Args) -> Res {
    let target = path_or_fd(a.at(0), "pathconf")?;
    let name = setting(a.at(1), PATHCONF)?;
    // SAFETY: the path lives until the call is over.
    let found = limit(|| unsafe {
        match &target {
            PathOrFd::Path(p) => libc::pathconf(p.ptr(), name),
            PathOrFd::Fd(fd, _) => libc::fpathconf(*fd, name),
        }
    });
    found.map(Value::int).map_err(|e| if e == libc::EINVAL { exc::os_error(e, None) } else { exc::os_error(e, Some(target.object())) })
}

fn fpathconf(a: Args) -> Res {
    let fd = cint::descriptor(a.at(0))?;
    let name = setting(a.at(1), PATHCONF)?;
    // SAFETY: a call without pointers.
    limit(|| unsafe { libc::fpathconf(fd, name) }).map(Value::int).map_err(|e| exc::os_error(e, None))
}

fn confstr(a: Args) -> Res {
    let name = setting(a.at(0), CONFSTR)?;
    let mut room = vec![0u8; 4096];
    // SAFETY: the buffer is as long as said.
    let n = unsafe {
        *libc::__errno_location() = 0;
        libc::confstr(name, room.as_mut_ptr().cast(), room.len())
    };
    match n {
        0 if syscall::errno() != 0 => Err(exc::os_error(syscall::errno(), None)),
        0 => Ok(Value::NONE),
        n => Ok(codecs::fs_decode(&room[..(n - 1).min(room.len() - 1)])),
    }
}
