//! `pwd`: the users that the system knows.

use crate::accounts::{ask, id, text};
use crate::fspath;
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::types::module::{ModuleDef, add};
use weft_vm::types::structseq::{self, LazyType};
use weft_vm::types::{list, str};
use weft_vm::value::{Res, Value};
use weft_vm::{exc, protocol};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "pwd",
    doc: "This module provides access to the Unix password database.\nIt is available on all Unix versions.\n\nPassword database entries are reported as 7-tuples containing the following\nitems from the password database (see `<pwd.h>'), in order:\npw_name, pw_passwd, pw_uid, pw_gid, pw_gecos, pw_dir, pw_shell.\nThe uid and gid items are integers, all others are strings. An\nexception is raised if the entry asked for cannot be found.",
    functions: FUNCTIONS,
    exec: |m| {
        add(m, "struct_passwd", STRUCT_PASSWD.get().value());
        Ok(())
    },
};

#[rustfmt::skip]
static FUNCTIONS: &[FnDef] = &[
    def("getpwuid", "($module, uidobj, /)", getpwuid, "Return the password database entry for the given numeric user ID.\n\nSee `help(pwd)` for more on password database entries."),
    def("getpwnam", "($module, name, /)", getpwnam, "Return the password database entry for the given user name.\n\nSee `help(pwd)` for more on password database entries."),
    def("getpwall", "($module, /)", getpwall, "Return a list of all available password database entries, in arbitrary order.\n\nSee help(pwd) for more on password database entries."),
];

/// `pwd.struct_passwd`
pub static STRUCT_PASSWD: LazyType = LazyType::new(|| {
    structseq::new_type(
        "pwd.struct_passwd",
        "pwd.struct_passwd: Results from getpw*() routines.\n\nThis object may be accessed either as a tuple of\n  (pw_name,pw_passwd,pw_uid,pw_gid,pw_gecos,pw_dir,pw_shell)\nor via the object attributes as named in the above tuple.",
        &[
            ("pw_name", "user name"),
            ("pw_passwd", "password"),
            ("pw_uid", "user id"),
            ("pw_gid", "group id"),
            ("pw_gecos", "real name"),
            ("pw_dir", "home directory"),
            ("pw_shell", "shell program"),
        ],
        7,
        true,
    )
});

fn value(p: &libc::passwd) -> Value {
    let number = |n: u32| if n == u32::MAX { Value::small_int(-1) } else { Value::int(n.into()) };
    // SAFETY: the C library filled the record.
    let values = unsafe {
        vec![text(p.pw_name), text(p.pw_passwd), number(p.pw_uid), number(p.pw_gid), text(p.pw_gecos), text(p.pw_dir), text(p.pw_shell)]
    };
    structseq::new(STRUCT_PASSWD.get(), values)
}

fn getpwuid(a: Args) -> Res {
    let found = match id(a.at(0), "uid")? {
        // SAFETY: record and buffer live until the call is over.
        Some(uid) => ask(|r, b, f| unsafe { libc::getpwuid_r(uid, r, b.as_mut_ptr().cast(), b.len(), f) }, |p| Ok(value(p)))?,
        None => None,
    };
    match found {
        Some(v) => Ok(v),
        None => Err(exc::key_error(&str::from_string(format!("getpwuid(): uid not found: {}", protocol::str_string(a.at(0))?)))),
    }
}

fn getpwnam(a: Args) -> Res {
    if !str::is_str(a.at(0)) {
        return Err(exc::type_error(format!("getpwnam() argument must be str, not {}", a.at(0).class().full_name())));
    }
    let name = fspath::c_path(a.at(0))?;
    // SAFETY: name, record and buffer live until the call is over.
    let found = ask(|r, b, f| unsafe { libc::getpwnam_r(name.as_ptr(), r, b.as_mut_ptr().cast(), b.len(), f) }, |p| Ok(value(p)))?;
    match found {
        Some(v) => Ok(v),
        None => Err(exc::key_error(&str::from_string(format!("getpwnam(): name not found: {}", protocol::repr_string(a.at(0))?)))),
    }
}

fn getpwall(_: Args) -> Res {
    let all = list::new();
    // SAFETY: the list is gone through with the GIL held, and each record is copied before the next call.
    unsafe {
        libc::setpwent();
        loop {
            let p = libc::getpwent();
            if p.is_null() {
                break;
            }
            list::push(&all, value(&*p));
        }
        libc::endpwent();
    }
    Ok(all)
}
