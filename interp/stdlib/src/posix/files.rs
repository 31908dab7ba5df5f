//! Making, renaming, removing and changing files and folders.

use super::args::{PathOrFd, dir_fd, done, error2, flag, id, opt_int, path, path_or_fd};
use crate::{cint, syscall};
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::protocol::number;
use weft_vm::types::{int, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{codecs, exc, gil};

#[rustfmt::skip]
pub static FUNCTIONS: &[FnDef] = &[
    def("chdir", "($module, /, path)", chdir, "Change the current working directory to the specified path.\n\npath may always be specified as a string.  On some platforms, path may\nalso be specified as an open file descriptor.  If this functionality is\nunavailable, using it raises an exception."),
    def("fchdir", "($module, /, fd)", fchdir, "Change to the directory of the given file descriptor.\n\nfd must be opened on a directory, not a file.\nEquivalent to os.chdir(fd)."),
    def("chroot", "($module, /, path)", chroot, "Change root directory to path."),
    def("getcwd", "($module, /)", |_| Ok(codecs::fs_decode(&cwd()?)), "Return a unicode string representing the current working directory."),
    def("getcwdb", "($module, /)", |_| weft_vm::types::bytes::try_new(&cwd()?), "Return a bytes string representing the current working directory."),
    def("mkdir", "($module, /, path, mode=511, *, dir_fd=None)", mkdir, "Create a directory.\n\nIf dir_fd is not None, it should be a file descriptor open to\na directory, and path should be relative; path will then be relative to\nthat directory.\ndir_fd may not be implemented on your platform.  If it is unavailable,\nusing it will raise a NotImplementedError.\n\nThe mode argument is ignored on Windows.  Where it is used, the current\numask value is first masked out."),
    def("rmdir", "($module, /, path, *, dir_fd=None)", rmdir, "Remove a directory.\n\nIf dir_fd is not None, it should be a file descriptor open to\na directory, and path should be relative; path will then be relative\nto that directory.\ndir_fd may not be implemented on your platform.\nIf it is unavailable, using it will raise a NotImplementedError."),
    def("unlink", "($module, /, path, *, dir_fd=None)", |a| unlink(a, "unlink"), "Remove a file (same as remove()).\n\nIf dir_fd is not None, it should be a file descriptor open to\na directory, and path should be relative; path will then be relative to\nthat directory.\ndir_fd may not be implemented on your platform.\nIf it is unavailable, using it will raise a NotImplementedError."),
    def("remove", "($module, /, path, *, dir_fd=None)", |a| unlink(a, "remove"), "Remove a file (same as unlink()).\n\nIf dir_fd is not None, it should be a file descriptor open to\na directory, and path should be relative; path will then be relative\nto that directory.\ndir_fd may not be implemented on your platform.\nIf it is unavailable, using it will raise a NotImplementedError."),
    def("rename", "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)", |a| rename(a, "rename"), "Rename a file or directory.\n\nIf either src_dir_fd or dst_dir_fd is not None, it should be a file\ndescriptor open to a directory, and the respective path string (src or\ndst) should be relative; the path will then be relative to that\ndirectory.\nsrc_dir_fd and dst_dir_fd, may not be implemented on your platform.\nIf they are unavailable, using them will raise a NotImplementedError."),
    def("replace", "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)", |a| rename(a, "replace"), "Rename a file or directory, overwriting the destination.\n\nIf either src_dir_fd or dst_dir_fd is not None, it should be a file\ndescriptor open to a directory, and the respective path string (src or\ndst) should be relative; the path will then be relative to that\ndirectory.\nsrc_dir_fd and dst_dir_fd, may not be implemented on your platform.\nIf they are unavailable, using them will raise a NotImplementedError."),
    def("link", "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None,\n     follow_symlinks=(os.name != 'nt'))", link, "Create a hard link to a file.\n\nIf either src_dir_fd or dst_dir_fd is not None, it should be a file\ndescriptor open to a directory, and the respective path string (src or\ndst) should be relative; the path will then be relative to that\ndirectory.\nIf follow_symlinks is False, and the last element of src is a symbolic\nlink, link will create a link to the symbolic link itself instead of the\nfile the link points to.\nsrc_dir_fd, dst_dir_fd, and follow_symlinks may not be implemented on\nyour platform.  If they are unavailable, using them will raise\na NotImplementedError."),
    def("symlink", "($module, /, src, dst, target_is_directory=False, *, dir_fd=None)", symlink, "Create a symbolic link pointing to src named dst.\n\ntarget_is_directory is required on Windows if the target is to be\ninterpreted as a directory.  (On Windows, symlink requires Windows 6.0\nor greater, and raises a NotImplementedError otherwise.)\ntarget_is_directory is ignored on non-Windows platforms.\n\nIf dir_fd is not None, it should be a file descriptor open to\na directory, and path should be relative; path will then be relative\nto that directory.\ndir_fd may not be implemented on your platform.  If it is unavailable,\nusing it will raise a NotImplementedError."),
    def("readlink", "($module, /, path, *, dir_fd=None)", readlink, "Return a string representing the path to which the symbolic link points.\n\nIf dir_fd is not None, it should be a file descriptor open to\na directory, and path should be relative; path will then be relative to\nthat directory.\n\ndir_fd may not be implemented on your platform.  If it is unavailable,\nusing it will raise a NotImplementedError."),
    def("mkfifo", "($module, /, path, mode=438, *, dir_fd=None)", mkfifo, "Create a \"fifo\" (a POSIX named pipe).\n\nIf dir_fd is not None, it should be a file descriptor open to\na directory, and path should be relative; path will then be relative to\nthat directory.\ndir_fd may not be implemented on your platform.  If it is unavailable,\nusing it will raise a NotImplementedError."),
    def("mknod", "($module, /, path, mode=384, device=0, *, dir_fd=None)", mknod, "Create a node in the file system.\n\nCreate a node in the file system (file, device special file or named\npipe) at path.  mode specifies both the permissions to use and the\ntype of node to be created, being combined (bitwise OR) with one of\nS_IFREG, S_IFCHR, S_IFBLK, and S_IFIFO.  If S_IFCHR or S_IFBLK is set\non mode, device defines the newly created device special file (probably\nusing os.makedev()).  Otherwise device is ignored.\n\nIf dir_fd is not None, it should be a file descriptor open to\na directory, and path should be relative; path will then be relative\nto that directory.\ndir_fd may not be implemented on your platform.  If it is unavailable,\nusing it will raise a NotImplementedError."),
    def("chmod", "($module, /, path, mode, *, dir_fd=None,\n      follow_symlinks=(os.name != 'nt'))", chmod, "Change the access permissions of a file.\n\n  path\n    Path to be modified.  May always be specified as a str, bytes, or\n    a path-like object.  On some platforms, path may also be specified\n    as an open file descriptor.  If this functionality is unavailable,\n    using it raises an exception.\n  mode\n    Operating-system mode bitfield.\n    Be careful when using number literals for *mode*. The conventional\n    UNIX notation for numeric modes uses an octal base, which needs to\n    be indicated with a ``0o`` prefix in Python.\n  dir_fd\n    If not None, it should be a file descriptor open to a directory,\n    and path should be relative; path will then be relative to that\n    directory.\n  follow_symlinks\n    If False, and the last element of the path is a symbolic link,\n    chmod will modify the symbolic link itself instead of the file\n    the link points to.\n\nIt is an error to use dir_fd or follow_symlinks when specifying path as\n  an open file descriptor.\ndir_fd and follow_symlinks may not be implemented on your platform.\n  If they are unavailable, using them will raise a NotImplementedError."),
    def("fchmod", "($module, /, fd, mode)", fchmod, "Change the access permissions of the file given by file descriptor fd.\n\n  fd\n    The file descriptor of the file to be modified.\n  mode\n    Operating-system mode bitfield.\n    Be careful when using number literals for *mode*.  The conventional\n    UNIX notation for numeric modes uses an octal base, which needs to\n    be indicated with a ``0o`` prefix in Python.\n\nEquivalent to os.chmod(fd, mode)."),
    def("chown", "($module, /, path, uid, gid, *, dir_fd=None, follow_symlinks=True)", chown, "Change the owner and group id of path to the numeric uid and gid.\n\n  path\n    Path to be examined; can be string, bytes, a path-like object, or\n    open-file-descriptor int.\n  dir_fd\n    If not None, it should be a file descriptor open to a directory,\n    and path should be relative; path will then be relative to that\n    directory.\n  follow_symlinks\n    If False, and the last element of the path is a symbolic link,\n    stat will examine the symbolic link itself instead of the file\n    the link points to.\n\npath may always be specified as a string.  On some platforms, path may\nalso be specified as an open file descriptor.  If this functionality is\nunavailable, using it raises an exception.\nIf dir_fd is not None, it should be a file descriptor open to\na directory, and path should be relative; path will then be relative to\nthat directory.\nIf follow_symlinks is False, and the last element of the path is\na symbolic link, chown will modify the symbolic link itself instead of\nthe file the link points to.\nIt is an error to use dir_fd or follow_symlinks when specifying path as\nan open file descriptor.\ndir_fd and follow_symlinks may not be implemented on your platform.  If\nthey are unavailable, using them will raise a NotImplementedError."),
    def("fchown", "($module, /, fd, uid, gid)", fchown, "Change the owner and group id of the file specified by file descriptor.\n\nEquivalent to os.chown(fd, uid, gid)."),
    def("lchown", "($module, /, path, uid, gid)", lchown, "Change the owner and group id of path to the numeric uid and gid.\n\nThis function will not follow symbolic links.\nEquivalent to os.chown(path, uid, gid, follow_symlinks=False)."),
    def("truncate", "($module, /, path, length)", truncate, "Truncate a file, specified by path, to a specific length.\n\nOn some platforms, path may also be specified as an open file\ndescriptor.  If this functionality is unavailable, using it raises\nan exception."),
    def("utime", "($module, /, path, times=None, *, ns=<unrepresentable>,\n      dir_fd=None, follow_symlinks=True)", utime, "Set the access and modified time of path.\n\npath may always be specified as a string.  On some platforms, path may\nalso be specified as an open file descriptor.  If this functionality is\nunavailable, using it raises an exception.\n\nIf times is not None, it must be a tuple (atime, mtime);\natime and mtime should be expressed as float seconds since the epoch.\nIf ns is specified, it must be a tuple (atime_ns, mtime_ns);\natime_ns and mtime_ns should be expressed as integer nanoseconds\nsince the epoch.\nIf times is None and ns is unspecified, utime uses the current time.\nSpecifying tuples for both times and ns is an error.\n\nIf dir_fd is not None, it should be a file descriptor open to\na directory, and path should be relative; path will then be relative to\nthat directory.\nIf follow_symlinks is False, and the last element of the path is\na symbolic link, utime will modify the symbolic link itself instead of\nthe file the link points to.\nIt is an error to use dir_fd or follow_symlinks when specifying path as\nan open file descriptor.\ndir_fd and follow_symlinks may not be available on your platform.\nIf they are unavailable, using them will raise a NotImplementedError."),
    def("umask", "($module, mask, /)", umask, "Set the current numeric umask and return the previous umask."),
    def("sync", "($module, /)", sync, "Force write of everything to disk."),
];

/// Calls `f` without the GIL and raises what fails with the path.
macro_rules! on_path {
    ($path:expr, |$text:ident| $call:expr) => {{
        let path = &$path;
        let $text = &*path.text;
        // SAFETY: the path is NUL-terminated and lives until the call is over.
        match gil::without(|| syscall::outcome(unsafe { $call })) {
            Ok(_) => Ok(Value::NONE),
            Err(e) => Err(exc::os_error(e, Some(&path.object))),
        }
    }};
}

fn chdir(a: Args) -> Res {
    match path_or_fd(a.at(0), "chdir")? {
        // SAFETY: a call without pointers.
        PathOrFd::Fd(fd, object) => match gil::without(|| syscall::outcome(unsafe { libc::fchdir(fd) })) {
            Ok(_) => Ok(Value::NONE),
            Err(e) => Err(exc::os_error(e, Some(&object))),
        },
        PathOrFd::Path(p) => on_path!(p, |text| libc::chdir(text.as_ptr())),
    }
}

fn fchdir(a: Args) -> Res {
    let fd = cint::descriptor(a.at(0))?;
    // SAFETY: a call without pointers.
    done(syscall::blocking_or_raise(None, || unsafe { libc::fchdir(fd) }.into()))
}

fn chroot(a: Args) -> Res {
    on_path!(path(a.at(0), "chroot", "path")?, |text| libc::chroot(text.as_ptr()))
}

fn cwd() -> Res<Vec<u8>> {
    let mut size = 256;
    loop {
        let mut room = vec![0u8; size];
        let ptr = room.as_mut_ptr() as usize;
        // SAFETY: the buffer lives until the call is over and is as long as said.
        let found =
            gil::without(|| unsafe { if libc::getcwd(ptr as *mut libc::c_char, size).is_null() { Err(syscall::errno()) } else { Ok(()) } });
        match found {
            Ok(()) => {
                room.truncate(room.iter().position(|&b| b == 0).unwrap_or(size));
                return Ok(room);
            }
            Err(libc::ERANGE) if size < 1 << 20 => size *= 4,
            Err(e) => return Err(exc::os_error(e, None)),
        }
    }
}

fn mkdir(a: Args) -> Res {
    let p = path(a.at(0), "mkdir", "path")?;
    let mode = opt_int(&a, 1, 0o777)? as libc::mode_t;
    let dir = dir_fd(a.opt(2))?;
    on_path!(p, |text| libc::mkdirat(dir, text.as_ptr(), mode))
}

fn rmdir(a: Args) -> Res {
    let p = path(a.at(0), "rmdir", "path")?;
    let dir = dir_fd(a.opt(1))?;
    on_path!(p, |text| libc::unlinkat(dir, text.as_ptr(), libc::AT_REMOVEDIR))
}

fn unlink(a: Args, fname: &str) -> Res {
    let p = path(a.at(0), fname, "path")?;
    let dir = dir_fd(a.opt(1))?;
    on_path!(p, |text| libc::unlinkat(dir, text.as_ptr(), 0))
}

fn rename(a: Args, fname: &str) -> Res {
    let (src, dst) = (path(a.at(0), fname, "src")?, path(a.at(1), fname, "dst")?);
    let (from, to) = (dir_fd(a.opt(2))?, dir_fd(a.opt(3))?);
    let (s, d) = (&*src.text, &*dst.text);
    // SAFETY: the paths live until the call is over.
    match gil::without(|| syscall::outcome(unsafe { libc::renameat(from, s.as_ptr(), to, d.as_ptr()) })) {
        Ok(_) => Ok(Value::NONE),
        Err(e) => Err(error2(e, &src.object, &dst.object)),
    }
}

fn link(a: Args) -> Res {
    let (src, dst) = (path(a.at(0), "link", "src")?, path(a.at(1), "link", "dst")?);
    let (from, to) = (dir_fd(a.opt(2))?, dir_fd(a.opt(3))?);
    let flags = if a.opt(4).is_some() && flag(&a, 4, true)? { libc::AT_SYMLINK_FOLLOW } else { 0 };
    let (s, d) = (&*src.text, &*dst.text);
    // SAFETY: the paths live until the call is over.
    match gil::without(|| syscall::outcome(unsafe { libc::linkat(from, s.as_ptr(), to, d.as_ptr(), flags) })) {
        Ok(_) => Ok(Value::NONE),
        Err(e) => Err(error2(e, &src.object, &dst.object)),
    }
}

fn symlink(a: Args) -> Res {
    let (src, dst) = (path(a.at(0), "symlink", "src")?, path(a.at(1), "symlink", "dst")?);
    flag(&a, 2, false)?;
    let dir = dir_fd(a.opt(3))?;
    let (s, d) = (&*src.text, &*dst.text);
    // SAFETY: the paths live until the call is over.
    match gil::without(|| syscall::outcome(unsafe { libc::symlinkat(s.as_ptr(), dir, d.as_ptr()) })) {
        Ok(_) => Ok(Value::NONE),
        Err(e) => Err(error2(e, &src.object, &dst.object)),
    }
}

fn readlink(a: Args) -> Res {
    let p = path(a.at(0), "readlink", "path")?;
    let dir = dir_fd(a.opt(1))?;
    let mut room = vec![0u8; libc::PATH_MAX as usize + 1];
    let (ptr, len) = (room.as_mut_ptr() as usize, room.len());
    let text = &*p.text;
    // SAFETY: path and buffer live until the call is over.
    match gil::without(|| syscall::outcome(unsafe { libc::readlinkat(dir, text.as_ptr(), ptr as *mut libc::c_char, len) } as i64)) {
        Ok(n) => p.decoded(&room[..n as usize]),
        Err(e) => Err(exc::os_error(e, Some(&p.object))),
    }
}

fn mkfifo(a: Args) -> Res {
    let p = path(a.at(0), "mkfifo", "path")?;
    let mode = opt_int(&a, 1, 0o666)? as libc::mode_t;
    let dir = dir_fd(a.opt(2))?;
    on_path!(p, |text| libc::mkfifoat(dir, text.as_ptr(), mode))
}

fn mknod(a: Args) -> Res {
    let p = path(a.at(0), "mknod", "path")?;
    let mode = opt_int(&a, 1, 0o600)? as libc::mode_t;
    let device = a.opt(2).map_or(Ok(0), cint::c_ulong_masked)?;
    let dir = dir_fd(a.opt(3))?;
    on_path!(p, |text| libc::mknodat(dir, text.as_ptr(), mode, device))
}

fn chmod(a: Args) -> Res {
    let target = path_or_fd(a.at(0), "chmod")?;
    let mode = cint::c_int(a.at(1))? as libc::mode_t;
    let dir = dir_fd(a.opt(2))?;
    let follow = flag(&a, 3, true)?;
    match target {
        // SAFETY: a call without pointers.
        PathOrFd::Fd(fd, object) => {
            done(gil::without(|| syscall::outcome(unsafe { libc::fchmod(fd, mode) })).map_err(|e| exc::os_error(e, Some(&object))))
        }
        PathOrFd::Path(p) => {
            let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
            let text = &*p.text;
            // SAFETY: the path lives until the call is over.
            match gil::without(|| syscall::outcome(unsafe { libc::fchmodat(dir, text.as_ptr(), mode, flags) })) {
                Ok(_) => Ok(Value::NONE),
                Err(libc::ENOTSUP) if !follow && dir != libc::AT_FDCWD => {
                    Err(exc::value_error("chmod: cannot use dir_fd and follow_symlinks together"))
                }
                Err(libc::ENOTSUP) if !follow => {
                    Err(exc::new(types().not_implemented_error, "chmod: follow_symlinks unavailable on this platform"))
                }
                Err(e) => Err(exc::os_error(e, Some(&p.object))),
            }
        }
    }
}

fn fchmod(a: Args) -> Res {
    let (fd, mode) = (cint::c_int(a.at(0))?, cint::c_int(a.at(1))? as libc::mode_t);
    // SAFETY: a call without pointers.
    done(syscall::blocking_or_raise(None, || unsafe { libc::fchmod(fd, mode) }.into()))
}

fn chown(a: Args) -> Res {
    let target = path_or_fd(a.at(0), "chown")?;
    let (uid, gid) = (id(a.at(1), "uid")?, id(a.at(2), "gid")?);
    let dir = dir_fd(a.opt(3))?;
    let follow = flag(&a, 4, true)?;
    match target {
        PathOrFd::Fd(..) if dir != libc::AT_FDCWD => Err(exc::value_error("chown: can't specify both dir_fd and fd")),
        PathOrFd::Fd(..) if !follow => Err(exc::value_error("chown: cannot use fd and follow_symlinks together")),
        // SAFETY: a call without pointers.
        PathOrFd::Fd(fd, object) => {
            done(gil::without(|| syscall::outcome(unsafe { libc::fchown(fd, uid, gid) })).map_err(|e| exc::os_error(e, Some(&object))))
        }
        PathOrFd::Path(p) => {
            let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
            on_path!(p, |text| libc::fchownat(dir, text.as_ptr(), uid, gid, flags))
        }
    }
}

fn fchown(a: Args) -> Res {
    let (fd, uid, gid) = (cint::c_int(a.at(0))?, id(a.at(1), "uid")?, id(a.at(2), "gid")?);
    // SAFETY: a call without pointers.
    done(syscall::blocking_or_raise(None, || unsafe { libc::fchown(fd, uid, gid) }.into()))
}

fn lchown(a: Args) -> Res {
    let p = path(a.at(0), "lchown", "path")?;
    let (uid, gid) = (id(a.at(1), "uid")?, id(a.at(2), "gid")?);
    on_path!(p, |text| libc::lchown(text.as_ptr(), uid, gid))
}

fn truncate(a: Args) -> Res {
    let target = path_or_fd(a.at(0), "truncate")?;
    let length = cint::c_long(a.at(1))?;
    match target {
        // SAFETY: a call without pointers.
        PathOrFd::Fd(fd, object) => {
            done(gil::without(|| syscall::outcome(unsafe { libc::ftruncate(fd, length) })).map_err(|e| exc::os_error(e, Some(&object))))
        }
        PathOrFd::Path(p) => on_path!(p, |text| libc::truncate(text.as_ptr(), length)),
    }
}

/// A time in seconds, an int or float, with what is below a nanosecond cut off.
fn time_of(v: &Value) -> Res<libc::timespec> {
    if let Some(x) = weft_vm::types::float::as_f64(v) {
        if x.is_nan() {
            return Err(exc::value_error("Invalid value NaN (not a number)"));
        }
        let (mut seconds, mut nanos) = (x.floor(), ((x - x.floor()) * 1e9).floor());
        if nanos >= 1e9 {
            seconds += 1.0;
            nanos -= 1e9;
        }
        if !(-(2f64.powi(63))..2f64.powi(63)).contains(&seconds) {
            return Err(exc::overflow_error("timestamp out of range for platform time_t"));
        }
        return Ok(libc::timespec { tv_sec: seconds as i64, tv_nsec: nanos as i64 });
    }
    let seconds = int::as_i64(&number::index(v)?).ok_or_else(|| exc::overflow_error("timestamp out of range for platform time_t"))?;
    Ok(libc::timespec { tv_sec: seconds, tv_nsec: 0 })
}

/// A time in nanoseconds.
fn time_of_ns(v: &Value) -> Res<libc::timespec> {
    let n = int::to_bigint(&number::index(v)?);
    let billion = num_bigint::BigInt::from(1_000_000_000);
    let (seconds, nanos) = num_integer::Integer::div_mod_floor(&n, &billion);
    match (i64::try_from(&seconds), i64::try_from(&nanos)) {
        (Ok(tv_sec), Ok(tv_nsec)) => Ok(libc::timespec { tv_sec, tv_nsec }),
        _ => Err(exc::overflow_error("timestamp out of range for platform time_t")),
    }
}

fn utime(a: Args) -> Res {
    let target = path_or_fd(a.at(0), "utime")?;
    let (times, ns) = (a.some(1), a.opt(2));
    let dir = dir_fd(a.opt(3))?;
    let follow = flag(&a, 4, true)?;
    if times.is_some() && ns.is_some() {
        return Err(exc::value_error("utime: you may specify either 'times' or 'ns' but not both"));
    }
    let pair = |v: &Value, f: fn(&Value) -> Res<libc::timespec>, message: &str| match v.is_instance(types().tuple).then(|| tuple::items(v))
    {
        Some([x, y]) => Ok([f(x)?, f(y)?]),
        _ => Err(exc::type_error(message)),
    };
    let spec = match (times, ns) {
        (Some(t), _) => Some(pair(t, time_of, "utime: 'times' must be either a tuple of two ints or None")?),
        (None, Some(n)) => Some(pair(n, time_of_ns, "utime: 'ns' must be a tuple of two ints")?),
        (None, None) => None,
    };
    let spec_ptr = spec.as_ref().map_or(std::ptr::null(), |s| s.as_ptr()) as usize;
    match target {
        PathOrFd::Fd(..) if dir != libc::AT_FDCWD => Err(exc::value_error("utime: can't specify dir_fd without matching path")),
        PathOrFd::Fd(..) if !follow => Err(exc::value_error("utime: cannot use fd and follow_symlinks together")),
        // SAFETY: the times live until the call is over.
        PathOrFd::Fd(fd, object) => done(
            gil::without(|| syscall::outcome(unsafe { libc::futimens(fd, spec_ptr as *const libc::timespec) }))
                .map_err(|e| exc::os_error(e, Some(&object))),
        ),
        PathOrFd::Path(p) => {
            let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
            on_path!(p, |text| libc::utimensat(dir, text.as_ptr(), spec_ptr as *const libc::timespec, flags))
        }
    }
}

fn umask(a: Args) -> Res {
    let mask = cint::c_int(a.at(0))?;
    // SAFETY: a call without pointers.
    Ok(Value::int(unsafe { libc::umask(mask as libc::mode_t) }.into()))
}

fn sync(_: Args) -> Res {
    // SAFETY: a call without pointers.
    gil::without(|| unsafe { libc::sync() });
    Ok(Value::NONE)
}
