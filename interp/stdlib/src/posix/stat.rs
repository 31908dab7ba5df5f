//! `stat` and its kin.

use super::args::{PathOrFd, dir_fd, flag, id_value, path, path_or_fd};
use super::results::{STAT_RESULT, STATVFS_RESULT};
use crate::{cint, syscall};
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::exc;
use weft_vm::gil;
use weft_vm::types::{int, structseq};
use weft_vm::value::{Res, Value};

#[rustfmt::skip]
pub static FUNCTIONS: &[FnDef] = &[
    def("stat", "($module, /, path, *, dir_fd=None, follow_symlinks=True)", stat, "Perform a stat system call on the given path.\n\n  path\n    Path to be examined; can be string, bytes, a path-like object or\n    open-file-descriptor int.\n  dir_fd\n    If not None, it should be a file descriptor open to a directory,\n    and path should be a relative string; path will then be relative to\n    that directory.\n  follow_symlinks\n    If False, and the last element of the path is a symbolic link,\n    stat will examine the symbolic link itself instead of the file\n    the link points to.\n\ndir_fd and follow_symlinks may not be implemented\n  on your platform.  If they are unavailable, using them will raise a\n  NotImplementedError.\n\nIt's an error to use dir_fd or follow_symlinks when specifying path as\n  an open file descriptor."),
    def("lstat", "($module, /, path, *, dir_fd=None)", lstat, "Perform a stat system call on the given path, without following symbolic links.\n\nLike stat(), but do not follow symbolic links.\nEquivalent to stat(path, follow_symlinks=False)."),
    def("fstat", "($module, /, fd)", fstat, "Perform a stat system call on the given file descriptor.\n\nLike stat(), but for an open file descriptor.\nEquivalent to os.stat(fd)."),
    def("statvfs", "($module, /, path)", statvfs, "Perform a statvfs system call on the given path.\n\npath may always be specified as a string.\nOn some platforms, path may also be specified as an open file\ndescriptor.  If this functionality is unavailable, using it raises\nan exception."),
    def("fstatvfs", "($module, fd, /)", fstatvfs, "Perform an fstatvfs system call on the given fd.\n\nEquivalent to statvfs(fd)."),
    def("access", "($module, /, path, mode, *, dir_fd=None, effective_ids=False,\n       follow_symlinks=True)", access, "Use the real uid/gid to test for access to a path.\n\n  path\n    Path to be tested; can be string, bytes, or a path-like object.\n  mode\n    Operating-system mode bitfield.  Can be F_OK to test existence,\n    or the inclusive-OR of R_OK, W_OK, and X_OK.\n  dir_fd\n    If not None, it should be a file descriptor open to a directory,\n    and path should be relative; path will then be relative to that\n    directory.\n  effective_ids\n    If True, access will use the effective uid/gid instead of\n    the real uid/gid.\n  follow_symlinks\n    If False, and the last element of the path is a symbolic link,\n    access will examine the symbolic link itself instead of the file\n    the link points to.\n\ndir_fd, effective_ids, and follow_symlinks may not be implemented\n  on your platform.  If they are unavailable, using them will raise a\n  NotImplementedError.\n\nNote that most operations will use the effective uid/gid, therefore this\n  routine can be used in a suid/sgid environment to test if the invoking user\n  has the specified access to the path."),
    def("major", "($module, device, /)", |a| Ok(Value::int(libc::major(cint::c_ulong_masked(a.at(0))?) as i64)), "Extracts a device major number from a raw device number."),
    def("minor", "($module, device, /)", |a| Ok(Value::int(libc::minor(cint::c_ulong_masked(a.at(0))?) as i64)), "Extracts a device minor number from a raw device number."),
    def("makedev", "($module, major, minor, /)", makedev, "Composes a raw device number from the major and minor device numbers."),
];

/// Nanoseconds since the epoch.
fn nanoseconds(seconds: i64, nanos: i64) -> i128 {
    i128::from(seconds) * 1_000_000_000 + i128::from(nanos)
}

/// A `stat_result`.
pub fn result(st: &libc::stat) -> Value {
    let times = [(st.st_atime, st.st_atime_nsec), (st.st_mtime, st.st_mtime_nsec), (st.st_ctime, st.st_ctime_nsec)];
    let mut values = vec![
        Value::int(st.st_mode.into()),
        int::from_u64(st.st_ino),
        int::from_u64(st.st_dev),
        Value::int(st.st_nlink as i64),
        id_value(st.st_uid),
        id_value(st.st_gid),
        Value::int(st.st_size),
    ];
    values.extend(times.iter().map(|t| Value::int(t.0)));
    values.extend(times.iter().map(|t| Value::float(t.0 as f64 + 1e-9 * t.1 as f64)));
    values.extend(times.iter().map(|t| int::from_i128(nanoseconds(t.0, t.1))));
    values.extend([int::from_u64(st.st_blksize as u64), Value::int(st.st_blocks), int::from_u64(st.st_rdev)]);
    structseq::new(STAT_RESULT.get(), values)
}

/// `fstatat`, or `fstat` for a descriptor.
pub fn look(target: &PathOrFd, dir: i32, follow: bool) -> Result<libc::stat, i32> {
    // SAFETY: the structure is filled, or the call fails and it is not read; the path lives until the call is over.
    unsafe {
        let mut st: libc::stat = std::mem::zeroed();
        let done = match target {
            PathOrFd::Fd(fd, _) => {
                let fd = *fd;
                gil::without(|| syscall::outcome(libc::fstat(fd, &mut st)))
            }
            PathOrFd::Path(p) => {
                let text = &*p.text;
                let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
                gil::without(|| syscall::outcome(libc::fstatat(dir, text.as_ptr(), &mut st, flags)))
            }
        };
        done.map(|_| st)
    }
}

fn do_stat(fname: &str, v: &Value, dir: Option<&Value>, follow: bool) -> Res {
    let target = if fname == "lstat" { PathOrFd::Path(path(v, fname, "path")?) } else { path_or_fd(v, fname)? };
    let dir = dir_fd(dir)?;
    if let PathOrFd::Fd(..) = target {
        if dir != libc::AT_FDCWD {
            return Err(exc::value_error(format!("{fname}: can't specify dir_fd without matching path")));
        }
        if !follow {
            return Err(exc::value_error(format!("{fname}: cannot use fd and follow_symlinks together")));
        }
    }
    match look(&target, dir, follow) {
        Ok(st) => Ok(result(&st)),
        Err(e) => Err(exc::os_error(e, Some(target.object()))),
    }
}

fn stat(a: Args) -> Res {
    do_stat("stat", a.at(0), a.opt(1), flag(&a, 2, true)?)
}

fn lstat(a: Args) -> Res {
    do_stat("lstat", a.at(0), a.opt(1), false)
}

fn fstat(a: Args) -> Res {
    let fd = cint::c_int(a.at(0))?;
    loop {
        match look(&PathOrFd::Fd(fd, a.at(0).clone()), libc::AT_FDCWD, true) {
            Ok(st) => return Ok(result(&st)),
            Err(libc::EINTR) => syscall::check_signals()?,
            Err(e) => return Err(exc::os_error(e, None)),
        }
    }
}

fn statvfs_result(st: &libc::statvfs) -> Value {
    let values = [
        st.f_bsize,
        st.f_frsize,
        st.f_blocks,
        st.f_bfree,
        st.f_bavail,
        st.f_files,
        st.f_ffree,
        st.f_favail,
        st.f_flag,
        st.f_namemax,
        st.f_fsid,
    ];
    structseq::new(STATVFS_RESULT.get(), values.into_iter().map(int::from_u64).collect())
}

fn statvfs(a: Args) -> Res {
    let target = path_or_fd(a.at(0), "statvfs")?;
    // SAFETY: as in `look`.
    let (done, st) = unsafe {
        let mut st: libc::statvfs = std::mem::zeroed();
        let done = match &target {
            PathOrFd::Fd(fd, _) => {
                let fd = *fd;
                gil::without(|| syscall::outcome(libc::fstatvfs(fd, &mut st)))
            }
            PathOrFd::Path(p) => {
                let text = &*p.text;
                gil::without(|| syscall::outcome(libc::statvfs(text.as_ptr(), &mut st)))
            }
        };
        (done, st)
    };
    match done {
        Ok(_) => Ok(statvfs_result(&st)),
        Err(e) => Err(exc::os_error(e, Some(target.object()))),
    }
}

fn fstatvfs(a: Args) -> Res {
    let fd = cint::c_int(a.at(0))?;
    // SAFETY: as in `look`.
    unsafe {
        let mut st: libc::statvfs = std::mem::zeroed();
        syscall::blocking_or_raise(None, || libc::fstatvfs(fd, &mut st).into())?;
        Ok(statvfs_result(&st))
    }
}

fn access(a: Args) -> Res {
    let p = path(a.at(0), "access", "path")?;
    let mode = cint::c_int(a.at(1))?;
    let dir = dir_fd(a.opt(2))?;
    let mut flags = 0;
    if flag(&a, 3, false)? {
        flags |= libc::AT_EACCESS;
    }
    if !flag(&a, 4, true)? {
        flags |= libc::AT_SYMLINK_NOFOLLOW;
    }
    let text = &*p.text;
    // SAFETY: the path lives until the call is over.
    Ok(Value::bool(gil::without(|| unsafe { libc::faccessat(dir, text.as_ptr(), mode, flags) }) == 0))
}

fn makedev(a: Args) -> Res {
    let part = |i: usize| Ok::<u32, exc::Raised>(cint::c_ulong_masked(a.at(i))? as u32);
    Ok(int::from_u64(libc::makedev(part(0)?, part(1)?)))
}
