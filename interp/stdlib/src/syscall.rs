//! Calling the operating system: without the GIL where a call may block, again after a signal (PEP 475), and with
//! failures as errno values.

use weft_vm::eval::breaker;
use weft_vm::exc;
use weft_vm::gil;
use weft_vm::value::{Res, Value};

/// The calling thread's errno.
pub fn errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// What a call returned, or errno if that was -1.
pub fn outcome(result: impl Into<i64>) -> Result<i64, i32> {
    match result.into() {
        -1 => Err(errno()),
        n => Ok(n),
    }
}

/// Runs the handlers of signals that have arrived, and whatever else waits.
pub fn check_signals() -> Res<()> {
    if breaker::is_set() { breaker::handle() } else { Ok(()) }
}

/// Makes a call that may block, where -1 tells of a failure. Interrupted by a signal it is made again, unless the
/// signal's Python handler raises.
pub fn blocking(mut f: impl FnMut() -> i64) -> Res<Result<i64, i32>> {
    loop {
        match gil::without(|| outcome(f())) {
            Err(libc::EINTR) => check_signals()?,
            other => return Ok(other),
        }
    }
}

/// As [`blocking`], with a failure raised as OSError.
pub fn blocking_or_raise(filename: Option<&Value>, f: impl FnMut() -> i64) -> Res<i64> {
    blocking(f)?.map_err(|e| exc::os_error(e, filename))
}

/// Makes a call that does not block; a failure is raised as OSError.
pub fn quick(filename: Option<&Value>, result: impl Into<i64>) -> Res<i64> {
    outcome(result).map_err(|e| exc::os_error(e, filename))
}

/// The most bytes that one `read` or `write` is asked for.
pub const MOST: usize = isize::MAX as usize;

/// Reads into memory that nobody else uses while the GIL is given up.
pub fn read(fd: i32, into: &mut [u8]) -> Res<Result<usize, i32>> {
    let (ptr, len) = (into.as_mut_ptr() as usize, into.len().min(MOST));
    // SAFETY: the memory is borrowed for the whole call.
    Ok(blocking(|| unsafe { libc::read(fd, ptr as *mut libc::c_void, len) } as i64)?.map(|n| n as usize))
}

/// Writes from memory that stays as it is while the GIL is given up.
pub fn write(fd: i32, from: &[u8]) -> Res<Result<usize, i32>> {
    let (ptr, len) = (from.as_ptr() as usize, from.len().min(MOST));
    // SAFETY: the memory is borrowed for the whole call.
    Ok(blocking(|| unsafe { libc::write(fd, ptr as *const libc::c_void, len) } as i64)?.map(|n| n as usize))
}

/// Closes a file descriptor. Interrupted or not, it is closed afterwards.
pub fn close(fd: i32) -> Result<(), i32> {
    // SAFETY: closing any number is defined; whose descriptor it is, the caller answers for.
    match gil::without(|| outcome(unsafe { libc::close(fd) })) {
        Ok(_) | Err(libc::EINTR) => Ok(()),
        Err(e) => Err(e),
    }
}
