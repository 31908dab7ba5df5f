//! `grp`: the groups that the system knows.

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
    name: "grp",
    doc: "Access to the Unix group database.\n\nGroup entries are reported as 4-tuples containing the following fields\nfrom the group database, in order:\n\n  gr_name   - name of the group\n  gr_passwd - group password (encrypted); often empty\n  gr_gid    - numeric ID of the group\n  gr_mem    - list of members\n\nThe gid is an integer, name and password are strings.  (Note that most\nusers are not explicitly listed as members of the groups they are in\naccording to the password database.  Check both databases to get\ncomplete membership information.)",
    functions: FUNCTIONS,
    exec: |m| {
        add(m, "struct_group", STRUCT_GROUP.get().value());
        Ok(())
    },
};

#[rustfmt::skip]
static FUNCTIONS: &[FnDef] = &[
    def("getgrgid", "($module, /, id)", getgrgid, "Return the group database entry for the given numeric group ID.\n\nIf id is not valid, raise KeyError."),
    def("getgrnam", "($module, /, name)", getgrnam, "Return the group database entry for the given group name.\n\nIf name is not valid, raise KeyError."),
    def("getgrall", "($module, /)", getgrall, "Return a list of all available group entries, in arbitrary order.\n\nAn entry whose name starts with '+' or '-' represents an instruction\nto use YP/NIS and may not be accessible via getgrnam or getgrgid."),
];

/// `grp.struct_group`
pub static STRUCT_GROUP: LazyType = LazyType::new(|| {
    structseq::new_type(
        "grp.struct_group",
        "grp.struct_group: Results from getgr*() routines.\n\nThis object may be accessed either as a tuple of\n  (gr_name,gr_passwd,gr_gid,gr_mem)\nor via the object attributes as named in the above tuple.\n",
        &[("gr_name", "group name"), ("gr_passwd", "password"), ("gr_gid", "group id"), ("gr_mem", "group members")],
        4,
        true,
    )
});

fn value(g: &libc::group) -> Value {
    let gid = if g.gr_gid == u32::MAX { Value::small_int(-1) } else { Value::int(g.gr_gid.into()) };
    // SAFETY: the C library filled the record; the members are ended by a null pointer.
    unsafe {
        let mut members = Vec::new();
        let mut at = g.gr_mem;
        while !at.is_null() && !(*at).is_null() {
            members.push(text(*at));
            at = at.add(1);
        }
        structseq::new(STRUCT_GROUP.get(), vec![text(g.gr_name), text(g.gr_passwd), gid, list::from_vec(members)])
    }
}

fn getgrgid(a: Args) -> Res {
    let found = match id(a.at(0), "gid")? {
        // SAFETY: record and buffer live until the call is over.
        Some(gid) => ask(|r, b, f| unsafe { libc::getgrgid_r(gid, r, b.as_mut_ptr().cast(), b.len(), f) }, |g| Ok(value(g)))?,
        None => None,
    };
    match found {
        Some(v) => Ok(v),
        None => Err(exc::key_error(&str::from_string(format!("getgrgid(): gid not found: {}", protocol::str_string(a.at(0))?)))),
    }
}

fn getgrnam(a: Args) -> Res {
    if !str::is_str(a.at(0)) {
        return Err(exc::type_error(format!("getgrnam() argument 'name' must be str, not {}", a.at(0).class().full_name())));
    }
    let name = fspath::c_path(a.at(0))?;
    // SAFETY: name, record and buffer live until the call is over.
    let found = ask(|r, b, f| unsafe { libc::getgrnam_r(name.as_ptr(), r, b.as_mut_ptr().cast(), b.len(), f) }, |g| Ok(value(g)))?;
    match found {
        Some(v) => Ok(v),
        None => Err(exc::key_error(&str::from_string(format!("getgrnam(): name not found: {}", protocol::repr_string(a.at(0))?)))),
    }
}

fn getgrall(_: Args) -> Res {
    let all = list::new();
    // SAFETY: the list is gone through with the GIL held, and each record is copied before the next call.
    unsafe {
        libc::setgrent();
        loop {
            let g = libc::getgrent();
            if g.is_null() {
                break;
            }
            list::push(&all, value(&*g));
        }
        libc::endgrent();
    }
    Ok(all)
}
