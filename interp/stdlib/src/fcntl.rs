//! `fcntl`: control over file descriptors, and locks on files.

use crate::cint::{self, add_constants, c_constants};
use crate::syscall;
use weft_vm::buffer;
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::protocol::{self, number};
use weft_vm::types::module::ModuleDef;
use weft_vm::types::{bytes, int, str};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{codecs, exc};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "fcntl",
    doc: "This module performs file control and I/O control on file\ndescriptors.  It is an interface to the fcntl() and ioctl() Unix\nroutines.  File descriptors can be obtained with the fileno() method of\na file or socket object.",
    functions: FUNCTIONS,
    exec: |m| {
        add_constants(m, CONSTANTS);
        add_constants(m, MORE_CONSTANTS);
        Ok(())
    },
};

#[rustfmt::skip]
static FUNCTIONS: &[FnDef] = &[
    def("fcntl", "($module, fd, cmd, arg=0, /)", fcntl, "Perform the operation cmd on file descriptor fd.\n\nThe values used for cmd are operating system dependent, and are\navailable as constants in the fcntl module, using the same names as used\nin the relevant C header files.  The argument arg is optional, and\ndefaults to 0; it may be an integer, a bytes-like object or a string.\nIf arg is given as a string, it will be encoded to binary using the\nUTF-8 encoding.\n\nIf the arg given is an integer or if none is specified, the result value\nis an integer corresponding to the return value of the fcntl() call in\nthe C code.\n\nIf arg is given as a bytes-like object, the return value of fcntl() is a\nbytes object of that length, containing the resulting value put in the\narg buffer by the operating system.  The length of the arg buffer is not\nallowed to exceed 1024 bytes."),
    def("ioctl", "($module, fd, request, arg=0, mutate_flag=True, /)", ioctl, "Perform the operation request on file descriptor fd.\n\nThe values used for request are operating system dependent, and are\navailable as constants in the fcntl or termios library modules, using\nthe same names as used in the relevant C header files.\n\nThe argument arg is optional, and defaults to 0; it may be an integer, a\nbytes-like object or a string.  If arg is given as a string, it will be\nencoded to binary using the UTF-8 encoding.\n\nIf the arg given is an integer or if none is specified, the result value\nis an integer corresponding to the return value of the ioctl() call in\nthe C code.\n\nIf the argument is a mutable buffer (such as a bytearray) and the\nmutate_flag argument is true (default) then the buffer is (in effect)\npassed to the operating system and changes made by the OS will be\nreflected in the contents of the buffer after the call has returned.\nThe return value is the integer returned by the ioctl() system call.\n\nIf the argument is a mutable buffer and the mutable_flag argument is\nfalse, the behavior is as if an immutable buffer had been passed.\n\nIf the argument is an immutable buffer then a copy of the buffer is\npassed to the operating system and the return value is a bytes object of\nthe same length containing whatever the operating system put in the\nbuffer.  The length of the arg buffer in this case is not allowed to\nexceed 1024 bytes."),
    def("flock", "($module, fd, operation, /)", flock, "Perform the lock operation on file descriptor fd.\n\nSee the Unix manual page for flock(2) for details (On some systems, this\nfunction is emulated using fcntl())."),
    def("lockf", "($module, fd, cmd, len=0, start=0, whence=0, /)", lockf, "A wrapper around the fcntl() locking calls.\n\nfd is the file descriptor of the file to lock or unlock, and operation\nis one of the following values:\n\n    LOCK_UN - unlock\n    LOCK_SH - acquire a shared lock\n    LOCK_EX - acquire an exclusive lock\n\nWhen operation is LOCK_SH or LOCK_EX, it can also be bitwise ORed with\nLOCK_NB to avoid blocking on lock acquisition.  If LOCK_NB is used and\nthe lock cannot be acquired, an OSError will be raised and the exception\nwill have an errno attribute set to EACCES or EAGAIN (depending on the\noperating system -- for portability, check for either value).\n\nlen is the number of bytes to lock, with the default meaning to lock to\nEOF.  start is the byte offset, relative to whence, to that the lock\nstarts.  whence is as with fileobj.seek(), specifically:\n\n    0 - relative to the start of the file (SEEK_SET)\n    1 - relative to the current buffer position (SEEK_CUR)\n    2 - relative to the end of the file (SEEK_END)"),
];

/// Integer constants of the C library.
static CONSTANTS: &[(&str, i64)] = c_constants![
    FD_CLOEXEC FICLONE FICLONERANGE F_ADD_SEALS F_DUPFD F_DUPFD_CLOEXEC F_GETFD F_GETFL F_GETLEASE F_GETLK F_GETOWN
    F_GETPIPE_SZ F_GET_SEALS F_NOTIFY F_OFD_GETLK F_OFD_SETLK F_OFD_SETLKW F_RDLCK F_SEAL_FUTURE_WRITE F_SEAL_GROW
    F_SEAL_SEAL F_SEAL_SHRINK F_SEAL_WRITE F_SETFD F_SETFL F_SETLEASE F_SETLK F_SETLKW F_SETOWN F_SETPIPE_SZ F_UNLCK
    F_WRLCK LOCK_EX LOCK_NB LOCK_SH LOCK_UN
];

/// Those that the libc crate does not name.
static MORE_CONSTANTS: &[(&str, i64)] = &[
    ("DN_ACCESS", 1),
    ("DN_ATTRIB", 32),
    ("DN_CREATE", 4),
    ("DN_DELETE", 8),
    ("DN_MODIFY", 2),
    ("DN_MULTISHOT", 2147483648),
    ("DN_RENAME", 16),
    ("FASYNC", 8192),
    ("F_DUPFD_QUERY", 1027),
    ("F_EXLCK", 4),
    ("F_GETLK64", 5),
    ("F_GETOWN_EX", 16),
    ("F_GETSIG", 11),
    ("F_GET_FILE_RW_HINT", 1037),
    ("F_GET_RW_HINT", 1035),
    ("F_OWNER_PGRP", 2),
    ("F_OWNER_PID", 1),
    ("F_OWNER_TID", 0),
    ("F_SETLK64", 6),
    ("F_SETLKW64", 7),
    ("F_SETOWN_EX", 15),
    ("F_SETSIG", 10),
    ("F_SET_FILE_RW_HINT", 1038),
    ("F_SET_RW_HINT", 1036),
    ("F_SHLCK", 8),
    ("LOCK_MAND", 32),
    ("LOCK_READ", 64),
    ("LOCK_RW", 192),
    ("LOCK_WRITE", 128),
    ("RWH_WRITE_LIFE_EXTREME", 5),
    ("RWH_WRITE_LIFE_LONG", 4),
    ("RWH_WRITE_LIFE_MEDIUM", 3),
    ("RWH_WRITE_LIFE_NONE", 1),
    ("RWH_WRITE_LIFE_NOT_SET", 0),
    ("RWH_WRITE_LIFE_SHORT", 2),
];

/// The most bytes that are passed by value.
const MOST: usize = 1024;

/// What is passed in bytes: a copy of a buffer or a str, with room behind it.
fn bytes_of(v: &Value, fname: &str) -> Res<Option<(Vec<u8>, usize)>> {
    let data = if str::is_str(v) {
        codecs::fs_encode(v)?
    } else if buffer::is_supported(v) {
        buffer::get(v)?.as_slice().to_vec()
    } else {
        return Ok(None);
    };
    let n = data.len();
    if n > MOST {
        return Err(exc::value_error(format!("{fname} argument 3 is too long")));
    }
    let mut room = data;
    room.resize(MOST + 8, 0);
    Ok(Some((room, n)))
}

fn wrong(fname: &str, v: &Value) -> exc::Raised {
    let got = v.class().full_name();
    exc::type_error(format!("{fname}() argument 3 must be an integer, a bytes-like object, or a string, not {got}"))
}

fn fcntl(a: Args) -> Res {
    let (fd, command) = (cint::descriptor(a.at(0))?, cint::c_int(a.at(1))?);
    let arg = a.opt(2);
    if let Some(v) = arg.filter(|v| !number::is_index(v)) {
        let Some((mut room, n)) = bytes_of(v, "fcntl")? else { return Err(wrong("fcntl", v)) };
        let ptr = room.as_mut_ptr();
        // SAFETY: the memory lives until the call is over and is larger than anything the system writes there.
        syscall::blocking_or_raise(None, || unsafe { libc::fcntl(fd, command, ptr) }.into())?;
        return bytes::try_new(&room[..n]);
    }
    let n = arg.map_or(Ok(0), cint::c_ulong_masked)?;
    // SAFETY: an integer argument is not a pointer for the commands that take one.
    syscall::blocking_or_raise(None, || unsafe { libc::fcntl(fd, command, n as libc::c_int) }.into()).map(Value::int)
}

fn ioctl(a: Args) -> Res {
    let (fd, request) = (cint::descriptor(a.at(0))?, cint::c_ulong_masked(a.at(1))?);
    let arg = a.opt(2);
    let mutate = a.opt(3).map_or(Ok(true), protocol::is_true)?;
    let Some(v) = arg.filter(|v| !number::is_index(v)) else {
        let n = arg.map_or(Ok(0), cint::c_ulong_masked)?;
        // SAFETY: what the request does with an integer, the program answers for.
        return syscall::blocking_or_raise(None, || unsafe { libc::ioctl(fd, request as _, n as libc::c_int) }.into()).map(Value::int);
    };
    let writable = mutate && !str::is_str(v) && !bytes::is_bytes(v) && buffer::is_supported(v);
    if writable && let Some(b) = exc::catch(buffer::get_writable(v), types().buffer_error)? {
        // Small arguments go by way of memory with room behind it, as a wrong size must not let the system write elsewhere.
        if b.len <= MOST {
            let mut room = b.as_slice().to_vec();
            room.resize(MOST + 8, 0);
            let ptr = room.as_mut_ptr();
            // SAFETY: the memory lives until the call is over.
            let result = syscall::blocking_or_raise(None, || unsafe { libc::ioctl(fd, request as _, ptr) }.into())?;
            b.write(0, &room[..b.len]);
            return Ok(Value::int(result));
        }
        let ptr = b.ptr;
        // SAFETY: the buffer keeps the memory in place.
        return syscall::blocking_or_raise(None, || unsafe { libc::ioctl(fd, request as _, ptr) }.into()).map(Value::int);
    }
    let Some((mut room, n)) = bytes_of(v, "ioctl")? else { return Err(wrong("ioctl", v)) };
    let ptr = room.as_mut_ptr();
    // SAFETY: the memory lives until the call is over and has room behind what was passed.
    syscall::blocking_or_raise(None, || unsafe { libc::ioctl(fd, request as _, ptr) }.into())?;
    bytes::try_new(&room[..n])
}

fn flock(a: Args) -> Res {
    let (fd, operation) = (cint::descriptor(a.at(0))?, cint::c_int(a.at(1))?);
    // SAFETY: a call without pointers.
    syscall::blocking_or_raise(None, || unsafe { libc::flock(fd, operation) }.into())?;
    Ok(Value::NONE)
}

fn lockf(a: Args) -> Res {
    let (fd, operation) = (cint::descriptor(a.at(0))?, cint::c_int(a.at(1))?);
    let number = |i: usize| a.opt(i).map_or(Ok(0), |v| if int::is_int(v) { cint::c_long(v) } else { cint::c_long(&number::index(v)?) });
    let kind = match operation {
        o if o & libc::LOCK_UN != 0 => libc::F_UNLCK,
        o if o & libc::LOCK_SH != 0 => libc::F_RDLCK,
        o if o & libc::LOCK_EX != 0 => libc::F_WRLCK,
        _ => return Err(exc::value_error("unrecognized lockf argument")),
    };
    // SAFETY: the structure is plain numbers.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = kind as _;
    lock.l_len = number(2)?;
    lock.l_start = number(3)?;
    lock.l_whence = a.opt(4).map_or(Ok(0), cint::c_int)? as _;
    let command = if operation & libc::LOCK_NB != 0 { libc::F_SETLK } else { libc::F_SETLKW };
    // SAFETY: the structure lives until the call is over.
    syscall::blocking_or_raise(None, || unsafe { libc::fcntl(fd, command, &lock) }.into())?;
    Ok(Value::NONE)
}
