//! What `pwd` and `grp` share: asking the C library with ever larger buffers.

use crate::syscall;
use std::ffi::CStr;
use weft_vm::protocol::number;
use weft_vm::types::int;
use weft_vm::value::{Res, Value};
use weft_vm::{codecs, exc, gil};

/// Calls `f` with a buffer, again with a larger one as long as it says ERANGE; a record or nothing comes out.
pub fn ask<T, R>(mut f: impl FnMut(&mut T, &mut [u8], &mut *mut T) -> i32, take: impl FnOnce(&T) -> Res<R>) -> Res<Option<R>> {
    let mut room = vec![0u8; 4096];
    loop {
        // SAFETY: the records are plain data, filled by the call before they are read.
        let mut record: T = unsafe { std::mem::zeroed() };
        let mut found = std::ptr::null_mut();
        let e = gil::without(|| f(&mut record, &mut room, &mut found));
        match e {
            0 if found.is_null() => return Ok(None),
            0 => return take(&record).map(Some),
            libc::ERANGE if room.len() < 1 << 24 => room = vec![0u8; room.len() * 4],
            libc::EINTR => syscall::check_signals()?,
            // These are ways of saying that there is no such entry.
            libc::ENOENT | libc::ESRCH | libc::EBADF | libc::EPERM => return Ok(None),
            e => return Err(exc::os_error(e, None)),
        }
    }
}

/// A text of a record, which may be missing.
///
/// # Safety
/// `text` is null or a C string.
pub unsafe fn text(text: *const libc::c_char) -> Value {
    if text.is_null() {
        return Value::NONE;
    }
    // SAFETY: the caller vouches for it.
    codecs::fs_decode(unsafe { CStr::from_ptr(text) }.to_bytes())
}

/// The id that an argument is, or `None` for one that nobody can have.
pub fn id(v: &Value, what: &str) -> Res<Option<u32>> {
    if !number::is_index(v) {
        return Err(exc::type_error(format!("{what} should be integer, not {}", v.class().full_name())));
    }
    Ok(int::as_i64(&number::index(v)?).and_then(|n| u32::try_from(n).ok()))
}
