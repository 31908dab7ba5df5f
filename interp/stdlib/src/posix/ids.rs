//! Who a process is: users, groups, sessions.

use super::args::{done, id, id_value};
use crate::{cint, fspath, syscall};
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::protocol::iter;
use weft_vm::types::{list, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::{codecs, exc};

#[rustfmt::skip]
pub static FUNCTIONS: &[FnDef] = &[
    def("getpid", "($module, /)", |_| plain(unsafe { libc::getpid() }.into()), "Return the current process id."),
    def("getppid", "($module, /)", |_| plain(unsafe { libc::getppid() }.into()), "Return the parent's process id.\n\nIf the parent process has already exited, Windows machines will still\nreturn its id; others systems will return the id of the 'init' proces\n(1)."),
    def("getuid", "($module, /)", |_| Ok(id_value(unsafe { libc::getuid() })), "Return the current process's user id."),
    def("geteuid", "($module, /)", |_| Ok(id_value(unsafe { libc::geteuid() })), "Return the current process's effective user id."),
    def("getgid", "($module, /)", |_| Ok(id_value(unsafe { libc::getgid() })), "Return the current process's group id."),
    def("getegid", "($module, /)", |_| Ok(id_value(unsafe { libc::getegid() })), "Return the current process's effective group id."),
    def("getpgrp", "($module, /)", |_| plain(unsafe { libc::getpgrp() }.into()), "Return the current process group id."),
    def("getpgid", "($module, /, pid)", getpgid, "Call the system call getpgid(), and return the result."),
    def("getsid", "($module, pid, /)", getsid, "Call the system call getsid(pid) and return the result."),
    def("setsid", "($module, /)", setsid, "Call the system call setsid()."),
    def("setpgid", "($module, pid, pgrp, /)", setpgid, "Call the system call setpgid(pid, pgrp)."),
    def("setpgrp", "($module, /)", setpgrp, "Make the current process the leader of its process group."),
    def("setuid", "($module, uid, /)", setuid, "Set the current process's user id."),
    def("seteuid", "($module, euid, /)", seteuid, "Set the current process's effective user id."),
    def("setgid", "($module, gid, /)", setgid, "Set the current process's group id."),
    def("setegid", "($module, egid, /)", setegid, "Set the current process's effective group id."),
    def("setreuid", "($module, ruid, euid, /)", setreuid, "Set the current process's real and effective user ids."),
    def("setregid", "($module, rgid, egid, /)", setregid, "Set the current process's real and effective group ids."),
    def("setresuid", "($module, ruid, euid, suid, /)", setresuid, "Set the current process's real, effective, and saved user ids."),
    def("setresgid", "($module, rgid, egid, sgid, /)", setresgid, "Set the current process's real, effective, and saved group ids."),
    def("getresuid", "($module, /)", getresuid, "Return a tuple of the current process's real, effective, and saved user ids."),
    def("getresgid", "($module, /)", getresgid, "Return a tuple of the current process's real, effective, and saved group ids."),
    def("getgroups", "($module, /)", getgroups, "Return list of supplemental group IDs for the process."),
    def("setgroups", "($module, groups, /)", setgroups, "Set the groups of the current process to list."),
    def("getgrouplist", "($module, user, group, /)", getgrouplist, "Returns a list of groups to which a user belongs.\n\n  user\n    username to lookup\n  group\n    base group id of the user"),
    def("initgroups", "($module, username, gid, /)", initgroups, "Initialize the group access list.\n\nCall the system initgroups() to initialize the group access list with\nall of the groups of which the specified username is a member, plus the\nspecified group id."),
    def("getlogin", "($module, /)", getlogin, "Return the actual login name."),
    def("tcgetpgrp", "($module, fd, /)", tcgetpgrp, "Return the process group associated with the terminal specified by fd."),
    def("tcsetpgrp", "($module, fd, pgid, /)", tcsetpgrp, "Set the process group associated with the terminal specified by fd."),
    def("getpriority", "($module, /, which, who)", getpriority, "Return program scheduling priority."),
    def("setpriority", "($module, /, which, who, priority)", setpriority, "Set program scheduling priority."),
];

fn plain(n: i64) -> Res {
    Ok(Value::int(n))
}

fn getpgid(a: Args) -> Res {
    let pid = cint::c_int(a.at(0))?;
    // SAFETY: a call without pointers.
    syscall::quick(None, unsafe { libc::getpgid(pid) }).map(Value::int)
}

fn getsid(a: Args) -> Res {
    let pid = cint::c_int(a.at(0))?;
    // SAFETY: a call without pointers.
    syscall::quick(None, unsafe { libc::getsid(pid) }).map(Value::int)
}

fn setsid(_: Args) -> Res {
    // SAFETY: a call without pointers.
    done(syscall::quick(None, unsafe { libc::setsid() }))
}

fn setpgid(a: Args) -> Res {
    let (pid, group) = (cint::c_int(a.at(0))?, cint::c_int(a.at(1))?);
    // SAFETY: a call without pointers.
    done(syscall::quick(None, unsafe { libc::setpgid(pid, group) }))
}

fn setpgrp(_: Args) -> Res {
    // SAFETY: a call without pointers.
    done(syscall::quick(None, unsafe { libc::setpgid(0, 0) }))
}

fn setuid(a: Args) -> Res {
    let uid = id(a.at(0), "uid")?;
    // SAFETY: a call without pointers.
    done(syscall::quick(None, unsafe { libc::setuid(uid) }))
}

fn seteuid(a: Args) -> Res {
    let uid = id(a.at(0), "uid")?;
    // SAFETY: a call without pointers.
    done(syscall::quick(None, unsafe { libc::seteuid(uid) }))
}

fn setgid(a: Args) -> Res {
    let gid = id(a.at(0), "gid")?;
    // SAFETY: a call without pointers.
    done(syscall::quick(None, unsafe { libc::setgid(gid) }))
}

fn setegid(a: Args) -> Res {
    let gid = id(a.at(0), "gid")?;
    // SAFETY: a call without pointers.
    done(syscall::quick(None, unsafe { libc::setegid(gid) }))
}

fn setreuid(a: Args) -> Res {
    let (r, e) = (id(a.at(0), "uid")?, id(a.at(1), "uid")?);
    // SAFETY: a call without pointers.
    done(syscall::quick(None, unsafe { libc::setreuid(r, e) }))
}

fn setregid(a: Args) -> Res {
    let (r, e) = (id(a.at(0), "gid")?, id(a.at(1), "gid")?);
    // SAFETY: a call without pointers.
    done(syscall::quick(None, unsafe { libc::setregid(r, e) }))
}

fn setresuid(a: Args) -> Res {
    let (r, e, s) = (id(a.at(0), "uid")?, id(a.at(1), "uid")?, id(a.at(2), "uid")?);
    // SAFETY: a call without pointers.
    done(syscall::quick(None, unsafe { libc::setresuid(r, e, s) }))
}

fn setresgid(a: Args) -> Res {
    let (r, e, s) = (id(a.at(0), "gid")?, id(a.at(1), "gid")?, id(a.at(2), "gid")?);
    // SAFETY: a call without pointers.
    done(syscall::quick(None, unsafe { libc::setresgid(r, e, s) }))
}

fn three(ids: [u32; 3]) -> Value {
    tuple::from_vec(ids.into_iter().map(id_value).collect())
}

fn getresuid(_: Args) -> Res {
    let [mut r, mut e, mut s] = [0; 3];
    // SAFETY: the places for the ids are valid.
    syscall::quick(None, unsafe { libc::getresuid(&mut r, &mut e, &mut s) })?;
    Ok(three([r, e, s]))
}

fn getresgid(_: Args) -> Res {
    let [mut r, mut e, mut s] = [0; 3];
    // SAFETY: the places for the ids are valid.
    syscall::quick(None, unsafe { libc::getresgid(&mut r, &mut e, &mut s) })?;
    Ok(three([r, e, s]))
}

fn getgroups(_: Args) -> Res {
    // SAFETY: without room the call says how many there are.
    let n = syscall::quick(None, unsafe { libc::getgroups(0, std::ptr::null_mut()) })?;
    let mut all = vec![0; n as usize];
    // SAFETY: there is room for as many.
    let n = syscall::quick(None, unsafe { libc::getgroups(n as i32, all.as_mut_ptr()) })?;
    all.truncate(n as usize);
    Ok(list::from_vec(all.into_iter().map(id_value).collect()))
}

fn setgroups(a: Args) -> Res {
    if !iter::is_sequence(a.at(0)) {
        return Err(exc::type_error("setgroups argument must be a sequence"));
    }
    let mut all = Vec::new();
    for g in iter::collect(a.at(0))? {
        all.push(id(&g, "gid")?);
    }
    // SAFETY: the ids live until the call is over.
    done(syscall::quick(None, unsafe { libc::setgroups(all.len(), all.as_ptr()) }))
}

fn getgrouplist(a: Args) -> Res {
    let user = fspath::c_path(a.at(0))?;
    let gid = id(a.at(1), "gid")?;
    let mut n = 64;
    loop {
        let mut all = vec![0; n as usize];
        // SAFETY: there is room for as many as said.
        if unsafe { libc::getgrouplist(user.as_ptr(), gid, all.as_mut_ptr(), &mut n) } != -1 {
            all.truncate(n as usize);
            return Ok(list::from_vec(all.into_iter().map(id_value).collect()));
        }
        if n as usize <= all.len() {
            return Err(exc::os_error(syscall::errno(), None));
        }
    }
}

fn initgroups(a: Args) -> Res {
    let user = fspath::c_path(a.at(0))?;
    let gid = id(a.at(1), "gid")?;
    // SAFETY: the name lives until the call is over.
    done(syscall::quick(None, unsafe { libc::initgroups(user.as_ptr(), gid) }))
}

unsafe extern "C" {
    fn getlogin_r(name: *mut libc::c_char, size: usize) -> libc::c_int;
}

fn getlogin(_: Args) -> Res {
    let mut name = [0u8; 256];
    // SAFETY: the buffer is as long as said.
    match unsafe { getlogin_r(name.as_mut_ptr().cast(), name.len()) } {
        0 => Ok(codecs::fs_decode(name.split(|&b| b == 0).next().unwrap_or(&[]))),
        e => Err(exc::os_error(e, None)),
    }
}

fn tcgetpgrp(a: Args) -> Res {
    let fd = cint::c_int(a.at(0))?;
    // SAFETY: a call without pointers.
    syscall::quick(None, unsafe { libc::tcgetpgrp(fd) }).map(Value::int)
}

fn tcsetpgrp(a: Args) -> Res {
    let (fd, group) = (cint::c_int(a.at(0))?, cint::c_int(a.at(1))?);
    // SAFETY: a call without pointers.
    done(syscall::quick(None, unsafe { libc::tcsetpgrp(fd, group) }))
}

fn getpriority(a: Args) -> Res {
    let (which, who) = (cint::c_int(a.at(0))?, cint::c_int(a.at(1))?);
    // SAFETY: errno tells a failure from a priority of -1.
    let (n, e) = unsafe {
        *libc::__errno_location() = 0;
        (libc::getpriority(which as _, who as _), syscall::errno())
    };
    if n == -1 && e != 0 { Err(exc::os_error(e, None)) } else { Ok(Value::int(n.into())) }
}

fn setpriority(a: Args) -> Res {
    let (which, who, priority) = (cint::c_int(a.at(0))?, cint::c_int(a.at(1))?, cint::c_int(a.at(2))?);
    // SAFETY: a call without pointers.
    done(syscall::quick(None, unsafe { libc::setpriority(which as _, who as _, priority) }))
}
