//! Extended attributes of files.

use super::args::{PathOrFd, flag, opt_int, path_or_fd, path_or_here};
use crate::{fspath, syscall};
use std::ffi::CString;
use weft_vm::buffer;
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::types::{bytes, list};
use weft_vm::value::{Res, Value};
use weft_vm::{codecs, exc, gil};

#[rustfmt::skip]
pub static FUNCTIONS: &[FnDef] = &[
    def("getxattr", "($module, /, path, attribute, *, follow_symlinks=True)", getxattr, "Return the value of extended attribute attribute on path.\n\npath may be either a string, a path-like object, or an open file\ndescriptor.\nIf follow_symlinks is False, and the last element of the path is\na symbolic link, getxattr will examine the symbolic link itself\ninstead of the file the link points to."),
    def("setxattr", "($module, /, path, attribute, value, flags=0, *,\n         follow_symlinks=True)", setxattr, "Set extended attribute attribute on path to value.\n\npath may be either a string, a path-like object,  or an open file\ndescriptor.\nIf follow_symlinks is False, and the last element of the path is\na symbolic link, setxattr will modify the symbolic link itself instead\nof the file the link points to."),
    def("removexattr", "($module, /, path, attribute, *, follow_symlinks=True)", removexattr, "Remove extended attribute attribute on path.\n\npath may be either a string, a path-like object, or an open file\ndescriptor.\nIf follow_symlinks is False, and the last element of the path is\na symbolic link, removexattr will modify the symbolic link itself\ninstead of the file the link points to."),
    def("listxattr", "($module, /, path=None, *, follow_symlinks=True)", listxattr, "Return a list of extended attributes on path.\n\npath may be either None, a string, a path-like object, or an open file\ndescriptor.  If path is None, listxattr will examine the current\ndirectory.\nIf follow_symlinks is False, and the last element of the path is\na symbolic link, listxattr will examine the symbolic link itself instead\nof the file the link points to."),
];

fn target(v: &Value, fname: &str, follow: bool) -> Res<PathOrFd> {
    let t = path_or_fd(v, fname)?;
    check(&t, fname, follow)?;
    Ok(t)
}

fn check(t: &PathOrFd, fname: &str, follow: bool) -> Res<()> {
    if matches!(t, PathOrFd::Fd(..)) && !follow {
        return Err(exc::value_error(format!("{fname}: cannot use fd and follow_symlinks together")));
    }
    Ok(())
}

fn error(e: i32, t: &PathOrFd) -> exc::Raised {
    exc::os_error(e, Some(t.object()).filter(|v| !v.is_none()))
}

/// Calls `f` with ever larger buffers until what it has to say fits.
fn grown(t: &PathOrFd, mut f: impl FnMut(*mut u8, usize) -> isize) -> Res<Vec<u8>> {
    for size in [256usize, 4096, 65536] {
        let mut room = vec![0u8; size];
        let (ptr, len) = (room.as_mut_ptr(), room.len());
        match gil::without(|| syscall::outcome(f(ptr, len) as i64)) {
            Ok(n) => {
                room.truncate(n as usize);
                return Ok(room);
            }
            Err(libc::ERANGE) => {}
            Err(e) => return Err(error(e, t)),
        }
    }
    Err(error(libc::ERANGE, t))
}

fn getxattr(a: Args) -> Res {
    let follow = flag(&a, 2, true)?;
    let t = target(a.at(0), "getxattr", follow)?;
    let name: CString = fspath::c_path(a.at(1))?;
    // SAFETY: path, name and buffer live until the call is over.
    let value = grown(&t, |ptr, len| unsafe {
        match &t {
            PathOrFd::Fd(fd, _) => libc::fgetxattr(*fd, name.as_ptr(), ptr.cast(), len),
            PathOrFd::Path(p) if follow => libc::getxattr(p.ptr(), name.as_ptr(), ptr.cast(), len),
            PathOrFd::Path(p) => libc::lgetxattr(p.ptr(), name.as_ptr(), ptr.cast(), len),
        }
    })?;
    bytes::try_new(&value)
}

fn setxattr(a: Args) -> Res {
    let follow = flag(&a, 4, true)?;
    let flags = opt_int(&a, 3, 0)?;
    let t = target(a.at(0), "setxattr", follow)?;
    let name = fspath::c_path(a.at(1))?;
    let value = buffer::get(a.at(2))?;
    let (ptr, len) = (value.ptr, value.len);
    // SAFETY: path, name and value live until the call is over.
    let done = gil::without(|| unsafe {
        syscall::outcome(match &t {
            PathOrFd::Fd(fd, _) => libc::fsetxattr(*fd, name.as_ptr(), ptr.cast(), len, flags),
            PathOrFd::Path(p) if follow => libc::setxattr(p.ptr(), name.as_ptr(), ptr.cast(), len, flags),
            PathOrFd::Path(p) => libc::lsetxattr(p.ptr(), name.as_ptr(), ptr.cast(), len, flags),
        })
    });
    done.map(|_| Value::NONE).map_err(|e| error(e, &t))
}

fn removexattr(a: Args) -> Res {
    let follow = flag(&a, 2, true)?;
    let t = target(a.at(0), "removexattr", follow)?;
    let name = fspath::c_path(a.at(1))?;
    // SAFETY: path and name live until the call is over.
    let done = gil::without(|| unsafe {
        syscall::outcome(match &t {
            PathOrFd::Fd(fd, _) => libc::fremovexattr(*fd, name.as_ptr()),
            PathOrFd::Path(p) if follow => libc::removexattr(p.ptr(), name.as_ptr()),
            PathOrFd::Path(p) => libc::lremovexattr(p.ptr(), name.as_ptr()),
        })
    });
    done.map(|_| Value::NONE).map_err(|e| error(e, &t))
}

fn listxattr(a: Args) -> Res {
    let follow = flag(&a, 1, true)?;
    let t = path_or_here(&a, 0, "listxattr")?;
    check(&t, "listxattr", follow)?;
    // SAFETY: path and buffer live until the call is over.
    let all = grown(&t, |ptr, len| unsafe {
        match &t {
            PathOrFd::Fd(fd, _) => libc::flistxattr(*fd, ptr.cast(), len),
            PathOrFd::Path(p) if follow => libc::listxattr(p.ptr(), ptr.cast(), len),
            PathOrFd::Path(p) => libc::llistxattr(p.ptr(), ptr.cast(), len),
        }
    })?;
    let names = all.split(|&b| b == 0).filter(|n| !n.is_empty());
    Ok(list::from_vec(names.map(codecs::fs_decode).collect()))
}
