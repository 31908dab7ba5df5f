//! Path arguments as the functions of this module take them.

use crate::{cint, fspath};
use std::ffi::CString;
use weft_vm::class::native::Args;
use weft_vm::protocol::number;
use weft_vm::types::{bytes, int, str};
use weft_vm::value::{Res, Value};
use weft_vm::vm::{names, types};
use weft_vm::{call, codecs, exc};

/// A path.
pub struct Path {
    /// As the operating system takes it.
    pub text: CString,
    /// As errors show it.
    pub object: Value,
    /// Whether it was given as bytes, so that names that come back are bytes too.
    pub is_bytes: bool,
}

impl Path {
    /// The path for a call.
    pub fn ptr(&self) -> *const libc::c_char {
        self.text.as_ptr()
    }

    /// A name that came from the operating system, in the form of the argument.
    pub fn decoded(&self, name: &[u8]) -> Res {
        fspath::decoded(name, self.is_bytes)
    }
}

/// A path, or a file descriptor in place of one.
pub enum PathOrFd {
    /// A path.
    Path(Path),
    /// A descriptor, and the object it was given as.
    Fd(i32, Value),
}

impl PathOrFd {
    /// What errors show as the file name.
    pub fn object(&self) -> &Value {
        match self {
            PathOrFd::Path(p) => &p.object,
            PathOrFd::Fd(_, v) => v,
        }
    }
}

fn wrong(v: &Value, fname: &str, arg: &str, wanted: &str) -> exc::Raised {
    exc::type_error(format!("{fname}: {arg} should be {wanted}, not {}", v.class().full_name()))
}

fn from_text(v: &Value, fname: &str, arg: &str) -> Res<Path> {
    let is_bytes = bytes::is_bytes(v);
    let text = if is_bytes { bytes::as_slice(v).to_vec() } else { codecs::fs_encode(v)? };
    let text = CString::new(text).map_err(|_| exc::value_error(format!("{fname}: embedded null character in {arg}")))?;
    Ok(Path { text, object: v.clone(), is_bytes })
}

fn convert(v: &Value, fname: &str, arg: &str, wanted: &str) -> Res<Path> {
    if str::is_str(v) || bytes::is_bytes(v) {
        return from_text(v, fname, arg);
    }
    if call::lookup_special(v, &names().__fspath__)?.is_none() {
        return Err(wrong(v, fname, arg, wanted));
    }
    from_text(&fspath::fspath(v)?, fname, arg)
}

/// A path argument.
pub fn path(v: &Value, fname: &str, arg: &str) -> Res<Path> {
    convert(v, fname, arg, "string, bytes or os.PathLike")
}

fn as_fd(v: &Value) -> Res<i32> {
    let n = number::index(v)?;
    match int::as_i64(&n) {
        Some(n) if n > i64::from(i32::MAX) => Err(exc::overflow_error("fd is greater than maximum")),
        Some(n) if n < i64::from(i32::MIN) => Err(exc::overflow_error("fd is less than minimum")),
        Some(n) => Ok(n as i32),
        None if int::is_negative(&n) => Err(exc::overflow_error("fd is less than minimum")),
        None => Err(exc::overflow_error("fd is greater than maximum")),
    }
}

/// A path argument that may be a file descriptor.
pub fn path_or_fd(v: &Value, fname: &str) -> Res<PathOrFd> {
    path_fd(v, fname, "string, bytes, os.PathLike or integer")
}

fn path_fd(v: &Value, fname: &str, wanted: &str) -> Res<PathOrFd> {
    if number::is_index(v) {
        if std::ptr::eq(v.class(), types().bool) {
            weft_vm::eval::warnings::warn(types().runtime_warning, "bool is used as a file descriptor", 1)?;
        }
        return Ok(PathOrFd::Fd(as_fd(v)?, v.clone()));
    }
    convert(v, fname, "path", wanted).map(PathOrFd::Path)
}

/// A path argument that may be a file descriptor, or None or missing for the current folder.
pub fn path_or_here(a: &Args, i: usize, fname: &str) -> Res<PathOrFd> {
    match a.some(i) {
        Some(v) => path_fd(v, fname, "string, bytes, os.PathLike, integer or None"),
        None => Ok(PathOrFd::Path(Path { text: c".".to_owned(), object: Value::NONE, is_bytes: false })),
    }
}

/// A `dir_fd` argument.
pub fn dir_fd(v: Option<&Value>) -> Res<i32> {
    match v {
        None => Ok(libc::AT_FDCWD),
        Some(v) if v.is_none() => Ok(libc::AT_FDCWD),
        Some(v) if number::is_index(v) => as_fd(v),
        Some(v) => Err(exc::type_error(format!("argument should be integer or None, not {}", v.class().full_name()))),
    }
}

/// A truth value argument.
pub fn flag(a: &Args, i: usize, default: bool) -> Res<bool> {
    a.opt(i).map_or(Ok(default), weft_vm::protocol::is_true)
}

/// A C int argument.
pub fn opt_int(a: &Args, i: usize, default: i32) -> Res<i32> {
    a.opt(i).map_or(Ok(default), cint::c_int)
}

/// A user or group id; -1 stands for "leave it".
pub fn id(v: &Value, what: &str) -> Res<u32> {
    if !number::is_index(v) {
        return Err(exc::type_error(format!("{what} should be integer, not {}", v.class().full_name())));
    }
    let n = number::index(v)?;
    match int::as_i64(&n) {
        Some(-1) => Ok(u32::MAX),
        Some(n) if (0..i64::from(u32::MAX)).contains(&n) => Ok(n as u32),
        Some(n) if n < 0 => Err(exc::overflow_error(format!("{what} is less than minimum"))),
        None if int::is_negative(&n) => Err(exc::overflow_error(format!("{what} is less than minimum"))),
        _ => Err(exc::overflow_error(format!("{what} is greater than maximum"))),
    }
}

/// A user or group id as Python shows it.
pub fn id_value(id: u32) -> Value {
    if id == u32::MAX { Value::small_int(-1) } else { Value::int(id.into()) }
}

/// Raises OSError with two file names.
pub fn error2(errno: i32, first: &Value, second: &Value) -> exc::Raised {
    let text = str::new(&exc::os_error_text(errno));
    exc::raise_args(types().os_error, &[Value::int(errno.into()), text, first.clone(), Value::NONE, second.clone()])
}

/// None, or the error raised.
pub fn done(result: Res<i64>) -> Res {
    result.map(|_| Value::NONE)
}
