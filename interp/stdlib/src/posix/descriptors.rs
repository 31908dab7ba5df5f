//! File descriptors: opening, reading, writing, copying.

use super::args::{dir_fd, done, flag, opt_int, path};
use crate::{cint, syscall};
use weft_vm::buffer::{self, Buffer};
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::protocol::{iter, number};
use weft_vm::types::{bytes, int, str, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{codecs, exc, gil};

#[rustfmt::skip]
pub static FUNCTIONS: &[FnDef] = &[
    def("open", "($module, /, path, flags, mode=511, *, dir_fd=None)", open, "Open a file for low level IO.  Returns a file descriptor (integer).\n\nIf dir_fd is not None, it should be a file descriptor open to\na directory, and path should be relative; path will then be relative to\nthat directory.\ndir_fd may not be implemented on your platform.  If it is unavailable,\nusing it will raise a NotImplementedError."),
    def("close", "($module, /, fd)", close, "Close a file descriptor."),
    def("closerange", "($module, fd_low, fd_high, /)", closerange, "Closes all file descriptors in [fd_low, fd_high), ignoring errors."),
    def("read", "($module, fd, length, /)", read, "Read from a file descriptor.  Returns a bytes object."),
    def("readinto", "($module, fd, buffer, /)", readinto, "Read into a buffer object from a file descriptor.\n\nThe buffer should be mutable and bytes-like.  On success, returns the\nnumber of bytes read.  Less bytes may be read than the size of the\nbuffer.  The underlying system call will be retried when interrupted by\na signal, unless the signal handler raises an exception.  Other errors\nwill not be retried and an error will be raised.\n\nReturns 0 if *fd* is at end of file or if the provided *buffer* has\nlength 0 (which can be used to check for errors without reading data).\nNever returns negative."),
    def("write", "($module, fd, data, /)", write, "Write a bytes object to a file descriptor."),
    def("readv", "($module, fd, buffers, /)", readv, "Read from a file descriptor fd into an iterable of buffers.\n\nThe buffers should be mutable buffers accepting bytes.\nreadv will transfer data into each buffer until it is full\nand then move on to the next buffer in the sequence to hold\nthe rest of the data.\n\nreadv returns the total number of bytes read,\nwhich may be less than the total capacity of all the buffers."),
    def("writev", "($module, fd, buffers, /)", writev, "Iterate over buffers, and write the contents of each to a file descriptor.\n\nReturns the total number of bytes written.\nbuffers must be a sequence of bytes-like objects."),
    def("pread", "($module, fd, length, offset, /)", pread, "Read a number of bytes from a file descriptor starting at a particular offset.\n\nRead length bytes from file descriptor fd, starting at offset bytes from\nthe beginning of the file.  The file offset remains unchanged."),
    def("pwrite", "($module, fd, buffer, offset, /)", pwrite, "Write bytes to a file descriptor starting at a particular offset.\n\nWrite buffer to fd, starting at offset bytes from the beginning of\nthe file.  Returns the number of bytes written.  Does not change the\ncurrent file offset."),
    def("lseek", "($module, fd, position, whence, /)", lseek, "Set the position of a file descriptor.  Return the new position.\n\n  fd\n    An open file descriptor, as returned by os.open().\n  position\n    Position, interpreted relative to 'whence'.\n  whence\n    The relative position to seek from. Valid values are:\n    - SEEK_SET: seek from the start of the file.\n    - SEEK_CUR: seek from the current file position.\n    - SEEK_END: seek from the end of the file.\n\nThe return value is the number of bytes relative to the beginning of\nthe file."),
    def("dup", "($module, fd, /)", dup, "Return a duplicate of a file descriptor."),
    def("dup2", "($module, /, fd, fd2, inheritable=True)", dup2, "Duplicate file descriptor."),
    def("pipe", "($module, /)", |_| pipe(libc::O_CLOEXEC), "Create a pipe.\n\nReturns a tuple of two file descriptors:\n  (read_fd, write_fd)"),
    def("pipe2", "($module, flags, /)", |a| pipe(cint::c_int(a.at(0))?), "Create a pipe with flags set atomically.\n\nReturns a tuple of two file descriptors:\n  (read_fd, write_fd)\n\nflags can be constructed by ORing together one or more of these values:\nO_NONBLOCK, O_CLOEXEC."),
    def("isatty", "($module, fd, /)", isatty, "Return True if the fd is connected to a terminal.\n\nReturn True if the file descriptor is an open file descriptor\nconnected to the slave end of a terminal."),
    def("ttyname", "($module, fd, /)", ttyname, "Return the name of the terminal device connected to 'fd'.\n\n  fd\n    Integer file descriptor handle."),
    def("openpty", "($module, /)", openpty, "Open a pseudo-terminal.\n\nReturn a tuple of (master_fd, slave_fd) containing open file descriptors\nfor both the master and slave ends."),
    def("fsync", "($module, /, fd)", fsync, "Force write of fd to disk."),
    def("fdatasync", "($module, /, fd)", fdatasync, "Force write of fd to disk without forcing update of metadata."),
    def("ftruncate", "($module, fd, length, /)", ftruncate, "Truncate a file, specified by file descriptor, to a specific length."),
    def("get_inheritable", "($module, fd, /)", get_inheritable, "Get the close-on-exe flag of the specified file descriptor."),
    def("set_inheritable", "($module, fd, inheritable, /)", set_inheritable, "Set the inheritable flag of the specified file descriptor."),
    def("get_blocking", "($module, fd, /)", get_blocking, "Get the blocking mode of the file descriptor.\n\nReturn False if the O_NONBLOCK flag is set, True if the flag is cleared."),
    def("set_blocking", "($module, fd, blocking, /)", set_blocking, "Set the blocking mode of the specified file descriptor.\n\nSet the O_NONBLOCK flag if blocking is False,\nclear the O_NONBLOCK flag otherwise."),
    def("lockf", "($module, fd, command, length, /)", lockf, "Apply, test or remove a POSIX lock on an open file descriptor.\n\n  fd\n    An open file descriptor.\n  command\n    One of F_LOCK, F_TLOCK, F_ULOCK or F_TEST.\n  length\n    The number of bytes to lock, starting at the current position."),
    def("sendfile", "($module, /, out_fd, in_fd, offset, count)", sendfile, "Copy count bytes from file descriptor in_fd to file descriptor out_fd."),
    def("copy_file_range", "($module, /, src, dst, count, offset_src=None,\n                offset_dst=None)", copy_file_range, "Copy count bytes from one file descriptor to another.\n\n  src\n    Source file descriptor.\n  dst\n    Destination file descriptor.\n  count\n    Number of bytes to copy.\n  offset_src\n    Starting offset in src.\n  offset_dst\n    Starting offset in dst.\n\nIf offset_src is None, then src is read from the current position;\nrespectively for offset_dst."),
    def("posix_fallocate", "($module, fd, offset, length, /)", fallocate, "Ensure a file has allocated at least a particular number of bytes on disk.\n\nEnsure that the file specified by fd encompasses a range of bytes\nstarting at offset bytes from the beginning and continuing for length\nbytes."),
    def("posix_fadvise", "($module, fd, offset, length, advice, /)", fadvise, "Announce an intention to access data in a specific pattern.\n\nAnnounce an intention to access data in a specific pattern, thus\nallowing the kernel to make optimizations.\nThe advice applies to the region of the file specified by fd starting at\noffset and continuing for length bytes.\nadvice is one of POSIX_FADV_NORMAL, POSIX_FADV_SEQUENTIAL,\nPOSIX_FADV_RANDOM, POSIX_FADV_NOREUSE, POSIX_FADV_WILLNEED, or\nPOSIX_FADV_DONTNEED."),
    def("memfd_create", "($module, /, name, flags=MFD_CLOEXEC)", memfd_create, ""),
    def("eventfd", "($module, /, initval, flags=EFD_CLOEXEC)", eventfd, "Creates and returns an event notification file descriptor."),
    def("eventfd_read", "($module, /, fd)", eventfd_read, "Read eventfd value"),
    def("eventfd_write", "($module, /, fd, value)", eventfd_write, "Write eventfd value."),
    def("pidfd_open", "($module, /, pid, flags=0)", pidfd_open, "Return a file descriptor referring to the process *pid*.\n\nThe descriptor can be used to perform process management without races\nand signals."),
    def("device_encoding", "($module, /, fd)", device_encoding, "Return a string describing the encoding of a terminal's file descriptor.\n\nThe file descriptor must be attached to a terminal.\nIf the device is not a terminal, return None."),
];

fn fd(a: &Args, i: usize) -> Res<i32> {
    cint::c_int(a.at(i))
}

fn open(a: Args) -> Res {
    let p = path(a.at(0), "open", "path")?;
    let flags = cint::c_int(a.at(1))? | libc::O_CLOEXEC;
    let mode = opt_int(&a, 2, 0o777)?;
    let dir = dir_fd(a.opt(3))?;
    let text = &*p.text;
    // SAFETY: the path lives until the call is over.
    syscall::blocking_or_raise(Some(&p.object), || unsafe { libc::openat(dir, text.as_ptr(), flags, mode) }.into()).map(Value::int)
}

fn close(a: Args) -> Res {
    syscall::close(fd(&a, 0)?).map_err(|e| exc::os_error(e, None))?;
    Ok(Value::NONE)
}

fn closerange(a: Args) -> Res {
    let (low, high) = (fd(&a, 0)?.max(0), fd(&a, 1)?);
    if low < high {
        // SAFETY: a call without pointers; whose the descriptors are, the program answers for.
        gil::without(|| unsafe {
            if libc::syscall(libc::SYS_close_range, low, high - 1, 0) != 0 {
                (low..high).for_each(|fd| {
                    libc::close(fd);
                });
            }
        });
    }
    Ok(Value::NONE)
}

/// Room for a read of a size the program chooses.
fn room(n: isize) -> Res<Vec<u8>> {
    if n < 0 {
        return Err(exc::os_error(libc::EINVAL, None));
    }
    let mut room = Vec::new();
    room.try_reserve_exact(n as usize).map_err(|_| exc::memory_error())?;
    room.resize(n as usize, 0);
    Ok(room)
}

fn read(a: Args) -> Res {
    let fd = fd(&a, 0)?;
    let mut into = room(number::as_isize(a.at(1))?)?;
    match syscall::read(fd, &mut into)? {
        Ok(n) => bytes::try_new(&into[..n]),
        Err(e) => Err(exc::os_error(e, None)),
    }
}

fn readinto(a: Args) -> Res {
    let fd = fd(&a, 0)?;
    let into = writable(a.at(1), "readinto() argument 2")?;
    let (ptr, len) = (into.ptr, into.len.min(syscall::MOST));
    // SAFETY: the buffer keeps the memory in place.
    syscall::blocking_or_raise(None, || unsafe { libc::read(fd, ptr.cast(), len) } as i64).map(Value::int)
}

fn writable(v: &Value, what: &str) -> Res<Buffer> {
    match buffer::get_writable(v) {
        Ok(b) => Ok(b),
        Err(e) if exc::matches(types().type_error) || exc::matches(types().buffer_error) => {
            exc::clear(e);
            Err(exc::type_error(format!("{what} must be read-write bytes-like object, not {}", v.class().full_name())))
        }
        Err(e) => Err(e),
    }
}

fn write(a: Args) -> Res {
    let fd = fd(&a, 0)?;
    let data = buffer::get(a.at(1))?;
    let (ptr, len) = (data.ptr, data.len.min(syscall::MOST));
    // SAFETY: the buffer keeps the memory in place.
    syscall::blocking_or_raise(None, || unsafe { libc::write(fd, ptr.cast(), len) } as i64).map(Value::int)
}

/// The buffers of a sequence, and their places as the system call takes them.
fn vectors(v: &Value, fname: &str, get: fn(&Value) -> Res<Buffer>) -> Res<(Vec<Buffer>, Vec<libc::iovec>)> {
    if !iter::is_sequence(v) {
        return Err(exc::type_error(format!("{fname}() arg 2 must be a sequence")));
    }
    let buffers = iter::collect(v)?.iter().map(get).collect::<Res<Vec<_>>>()?;
    let places = buffers.iter().map(|b| libc::iovec { iov_base: b.ptr.cast(), iov_len: b.len }).collect();
    Ok((buffers, places))
}

fn readv(a: Args) -> Res {
    let fd = fd(&a, 0)?;
    let (_keep, places) = vectors(a.at(1), "readv", buffer::get_writable)?;
    // SAFETY: the buffers keep their memory in place.
    syscall::blocking_or_raise(None, || unsafe { libc::readv(fd, places.as_ptr(), places.len() as i32) } as i64).map(Value::int)
}

fn writev(a: Args) -> Res {
    let fd = fd(&a, 0)?;
    let (_keep, places) = vectors(a.at(1), "writev", buffer::get)?;
    // SAFETY: the buffers keep their memory in place.
    syscall::blocking_or_raise(None, || unsafe { libc::writev(fd, places.as_ptr(), places.len() as i32) } as i64).map(Value::int)
}

fn pread(a: Args) -> Res {
    let fd = fd(&a, 0)?;
    let mut into = room(cint::c_int(a.at(1))? as isize)?;
    let offset = cint::c_long(a.at(2))?;
    let (ptr, len) = (into.as_mut_ptr(), into.len());
    // SAFETY: the memory lives until the call is over.
    let n = syscall::blocking_or_raise(None, || unsafe { libc::pread(fd, ptr.cast(), len, offset) } as i64)?;
    bytes::try_new(&into[..n as usize])
}

fn pwrite(a: Args) -> Res {
    let fd = fd(&a, 0)?;
    let data = buffer::get(a.at(1))?;
    let offset = cint::c_long(a.at(2))?;
    let (ptr, len) = (data.ptr, data.len.min(syscall::MOST));
    // SAFETY: the buffer keeps the memory in place.
    syscall::blocking_or_raise(None, || unsafe { libc::pwrite(fd, ptr.cast(), len, offset) } as i64).map(Value::int)
}

fn lseek(a: Args) -> Res {
    let fd = fd(&a, 0)?;
    let (to, whence) = (cint::c_long(a.at(1))?, cint::c_int(a.at(2))?);
    // SAFETY: a call without pointers.
    gil::without(|| syscall::outcome(unsafe { libc::lseek(fd, to, whence) })).map(Value::int).map_err(|e| exc::os_error(e, None))
}

fn dup(a: Args) -> Res {
    let fd = fd(&a, 0)?;
    // SAFETY: a call without pointers.
    syscall::quick(None, unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) }).map(Value::int)
}

fn dup2(a: Args) -> Res {
    let (fd, fd2) = (fd(&a, 0)?, fd(&a, 1)?);
    let inheritable = flag(&a, 2, true)?;
    let flags = if inheritable || fd == fd2 { 0 } else { libc::O_CLOEXEC };
    // SAFETY: a call without pointers. `dup3` refuses equal descriptors, which `dup2` takes.
    syscall::blocking_or_raise(None, || unsafe { if fd == fd2 { libc::dup2(fd, fd2) } else { libc::dup3(fd, fd2, flags) } }.into())
        .map(Value::int)
}

fn pipe(flags: i32) -> Res {
    let mut ends = [0; 2];
    // SAFETY: the array has room for both ends.
    syscall::quick(None, unsafe { libc::pipe2(ends.as_mut_ptr(), flags) })?;
    Ok(tuple::from_vec(ends.iter().map(|&fd| Value::int(fd.into())).collect()))
}

fn isatty(a: Args) -> Res {
    let fd = fd(&a, 0)?;
    // SAFETY: a call without pointers.
    Ok(Value::bool(gil::without(|| unsafe { libc::isatty(fd) }) == 1))
}

fn ttyname(a: Args) -> Res {
    let fd = fd(&a, 0)?;
    let mut name = [0u8; 256];
    // SAFETY: the buffer is as long as said.
    match unsafe { libc::ttyname_r(fd, name.as_mut_ptr().cast(), name.len()) } {
        0 => Ok(codecs::fs_decode(name.split(|&b| b == 0).next().unwrap_or(&[]))),
        e => Err(exc::os_error(e, None)),
    }
}

fn openpty(_: Args) -> Res {
    let (mut master, mut slave) = (0, 0);
    let null = std::ptr::null_mut();
    // SAFETY: the places for the descriptors are valid; nothing else is asked for.
    syscall::quick(None, unsafe { libc::openpty(&mut master, &mut slave, null, null.cast_const().cast(), null.cast_const().cast()) })?;
    for fd in [master, slave] {
        // SAFETY: a call without pointers.
        syscall::quick(None, unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) })?;
    }
    Ok(tuple::from_vec(vec![Value::int(master.into()), Value::int(slave.into())]))
}

fn fsync(a: Args) -> Res {
    let fd = cint::descriptor(a.at(0))?;
    // SAFETY: a call without pointers.
    done(syscall::blocking_or_raise(None, || unsafe { libc::fsync(fd) }.into()))
}

fn fdatasync(a: Args) -> Res {
    let fd = cint::descriptor(a.at(0))?;
    // SAFETY: a call without pointers.
    done(syscall::blocking_or_raise(None, || unsafe { libc::fdatasync(fd) }.into()))
}

fn ftruncate(a: Args) -> Res {
    let (fd, length) = (fd(&a, 0)?, cint::c_long(a.at(1))?);
    // SAFETY: a call without pointers.
    done(syscall::blocking_or_raise(None, || unsafe { libc::ftruncate(fd, length) }.into()))
}

/// Whether programs that are started inherit a descriptor.
pub fn inheritable(fd: i32) -> Result<bool, i32> {
    // SAFETY: a call without pointers.
    syscall::outcome(unsafe { libc::fcntl(fd, libc::F_GETFD) }).map(|f| f as i32 & libc::FD_CLOEXEC == 0)
}

/// Sets whether programs that are started inherit a descriptor.
pub fn make_inheritable(fd: i32, on: bool) -> Result<(), i32> {
    // SAFETY: calls without pointers.
    unsafe {
        let flags = syscall::outcome(libc::fcntl(fd, libc::F_GETFD))? as i32;
        let wanted = if on { flags & !libc::FD_CLOEXEC } else { flags | libc::FD_CLOEXEC };
        if wanted != flags {
            syscall::outcome(libc::fcntl(fd, libc::F_SETFD, wanted))?;
        }
    }
    Ok(())
}

fn get_inheritable(a: Args) -> Res {
    inheritable(fd(&a, 0)?).map(Value::bool).map_err(|e| exc::os_error(e, None))
}

fn set_inheritable(a: Args) -> Res {
    let on = cint::c_int(a.at(1))? != 0;
    make_inheritable(fd(&a, 0)?, on).map_err(|e| exc::os_error(e, None))?;
    Ok(Value::NONE)
}

fn get_blocking(a: Args) -> Res {
    let fd = fd(&a, 0)?;
    // SAFETY: a call without pointers.
    let flags = syscall::quick(None, unsafe { libc::fcntl(fd, libc::F_GETFL) })?;
    Ok(Value::bool(flags as i32 & libc::O_NONBLOCK == 0))
}

fn set_blocking(a: Args) -> Res {
    let fd = fd(&a, 0)?;
    let on = flag(&a, 1, true)?;
    // SAFETY: calls without pointers.
    unsafe {
        let flags = syscall::quick(None, libc::fcntl(fd, libc::F_GETFL))? as i32;
        let wanted = if on { flags & !libc::O_NONBLOCK } else { flags | libc::O_NONBLOCK };
        syscall::quick(None, libc::fcntl(fd, libc::F_SETFL, wanted))?;
    }
    Ok(Value::NONE)
}

fn lockf(a: Args) -> Res {
    let (fd, command, length) = (fd(&a, 0)?, cint::c_int(a.at(1))?, cint::c_long(a.at(2))?);
    // SAFETY: a call without pointers.
    done(syscall::blocking_or_raise(None, || unsafe { libc::lockf(fd, command, length) }.into()))
}

fn sendfile(a: Args) -> Res {
    let (to, from) = (fd(&a, 0)?, fd(&a, 1)?);
    let offset = a.some(2).map(cint::c_long).transpose()?;
    let count = number::as_isize(a.at(3))?.max(0) as usize;
    let mut at = offset.unwrap_or(0);
    let place = if offset.is_some() { &raw mut at } else { std::ptr::null_mut() };
    // SAFETY: the offset lives until the call is over.
    syscall::blocking_or_raise(None, || unsafe { libc::sendfile(to, from, place, count) } as i64).map(Value::int)
}

fn copy_file_range(a: Args) -> Res {
    let (from, to) = (fd(&a, 0)?, fd(&a, 1)?);
    let count = number::as_isize(a.at(2))?;
    if count < 0 {
        return Err(exc::value_error("negative value for 'count' not allowed"));
    }
    let (from_at, to_at) = (a.some(3).map(cint::c_long).transpose()?, a.some(4).map(cint::c_long).transpose()?);
    let (mut x, mut y) = (from_at.unwrap_or(0), to_at.unwrap_or(0));
    let px = if from_at.is_some() { &raw mut x } else { std::ptr::null_mut() };
    let py = if to_at.is_some() { &raw mut y } else { std::ptr::null_mut() };
    // SAFETY: the offsets live until the call is over.
    syscall::blocking_or_raise(None, || unsafe { libc::copy_file_range(from, px, to, py, count as usize, 0) } as i64).map(Value::int)
}

fn fallocate(a: Args) -> Res {
    let (fd, offset, length) = (fd(&a, 0)?, cint::c_long(a.at(1))?, cint::c_long(a.at(2))?);
    loop {
        // SAFETY: a call without pointers.
        match gil::without(|| unsafe { libc::posix_fallocate(fd, offset, length) }) {
            0 => return Ok(Value::NONE),
            libc::EINTR => syscall::check_signals()?,
            e => return Err(exc::os_error(e, None)),
        }
    }
}

fn fadvise(a: Args) -> Res {
    let (fd, offset, length, advice) = (fd(&a, 0)?, cint::c_long(a.at(1))?, cint::c_long(a.at(2))?, cint::c_int(a.at(3))?);
    loop {
        // SAFETY: a call without pointers.
        match gil::without(|| unsafe { libc::posix_fadvise(fd, offset, length, advice) }) {
            0 => return Ok(Value::NONE),
            libc::EINTR => syscall::check_signals()?,
            e => return Err(exc::os_error(e, None)),
        }
    }
}

fn memfd_create(a: Args) -> Res {
    let name = crate::fspath::c_path(a.at(0))?;
    let flags = opt_int(&a, 1, libc::MFD_CLOEXEC as i32)?;
    // SAFETY: the name lives until the call is over.
    syscall::quick(None, unsafe { libc::memfd_create(name.as_ptr(), flags as u32) }).map(Value::int)
}

fn eventfd(a: Args) -> Res {
    let value = cint::c_ulong_masked(a.at(0))?;
    let flags = opt_int(&a, 1, libc::EFD_CLOEXEC)?;
    // SAFETY: a call without pointers.
    syscall::quick(None, unsafe { libc::eventfd(value as u32, flags) }).map(Value::int)
}

fn eventfd_read(a: Args) -> Res {
    let fd = fd(&a, 0)?;
    let mut value = 0;
    // SAFETY: the place for the value lives until the call is over.
    syscall::blocking_or_raise(None, || unsafe { libc::eventfd_read(fd, &mut value) }.into())?;
    Ok(int::from_u64(value))
}

fn eventfd_write(a: Args) -> Res {
    let (fd, value) = (fd(&a, 0)?, cint::c_ulong_masked(a.at(1))?);
    // SAFETY: a call without pointers.
    done(syscall::blocking_or_raise(None, || unsafe { libc::eventfd_write(fd, value) }.into()))
}

fn pidfd_open(a: Args) -> Res {
    let (pid, flags) = (cint::c_int(a.at(0))?, opt_int(&a, 1, 0)?);
    // SAFETY: a call without pointers.
    syscall::quick(None, unsafe { libc::syscall(libc::SYS_pidfd_open, pid, flags) }).map(Value::int)
}

fn device_encoding(a: Args) -> Res {
    let fd = fd(&a, 0)?;
    // SAFETY: a call without pointers.
    if gil::without(|| unsafe { libc::isatty(fd) }) != 1 {
        return Ok(Value::NONE);
    }
    Ok(str::new(&crate::io::locale_encoding()))
}
