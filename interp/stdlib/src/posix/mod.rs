//! `posix`: the operating system's calls, which `os` shows to programs.
//!
//! * [`stat`], [`files`], [`scandir`], [`descriptors`], [`xattr`]: files. [`args`]: path arguments.
//! * [`process`], [`spawn`], [`ids`], [`sched`]: processes. [`environment`]: the environment.
//! * [`system`]: facts about the machine. [`paths`]: text of paths.
//! * [`results`]: the struct sequences. [`constants`], [`config_names`]: tables.

mod args;
mod config_names;
mod constants;
mod descriptors;
mod environment;
mod files;
mod ids;
mod paths;
pub(crate) mod process;
mod results;
mod scandir;
mod sched;
mod spawn;
mod stat;
mod system;
mod xattr;

pub(crate) use process::{after_fork_in_child, after_fork_in_parent, before_fork};

use crate::cint::add_constants;
use weft_vm::types::module::{ModuleDef, add};
use weft_vm::types::{builtin_function, dict, list, str};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "posix",
    doc: "This module provides access to operating system functionality that is\nstandardized by the C Standard and the POSIX standard (a thinly\ndisguised Unix interface).  Refer to the library manual and\ncorresponding Unix manual entries for more information on calls.",
    functions: stat::FUNCTIONS,
    exec,
};

/// What `os` works out `supports_dir_fd` and the like from.
const HAVE: &[&str] = &[
    "HAVE_EVENTFD",
    "HAVE_FACCESSAT",
    "HAVE_FCHDIR",
    "HAVE_FCHMOD",
    "HAVE_FCHMODAT",
    "HAVE_FCHOWN",
    "HAVE_FCHOWNAT",
    "HAVE_FEXECVE",
    "HAVE_FDOPENDIR",
    "HAVE_FPATHCONF",
    "HAVE_FSTATAT",
    "HAVE_FSTATVFS",
    "HAVE_FTRUNCATE",
    "HAVE_FUTIMENS",
    "HAVE_FUTIMES",
    "HAVE_FUTIMESAT",
    "HAVE_LINKAT",
    "HAVE_LCHOWN",
    "HAVE_LSTAT",
    "HAVE_LUTIMES",
    "HAVE_MEMFD_CREATE",
    "HAVE_MKDIRAT",
    "HAVE_MKFIFOAT",
    "HAVE_MKNODAT",
    "HAVE_OPENAT",
    "HAVE_READLINKAT",
    "HAVE_RENAMEAT",
    "HAVE_SYMLINKAT",
    "HAVE_UNLINKAT",
    "HAVE_UTIMENSAT",
    "HAVE_PTSNAME_R",
];

fn exec(m: &Value) -> Res<()> {
    for table in [
        files::FUNCTIONS,
        scandir::FUNCTIONS,
        descriptors::FUNCTIONS,
        xattr::FUNCTIONS,
        process::FUNCTIONS,
        spawn::FUNCTIONS,
        ids::FUNCTIONS,
        sched::FUNCTIONS,
        environment::FUNCTIONS,
        system::FUNCTIONS,
        paths::FUNCTIONS,
    ] {
        builtin_function::add_functions(m, table);
    }
    add_constants(m, constants::CONSTANTS);
    add_constants(m, constants::MORE_CONSTANTS);
    for (name, table) in
        [("sysconf_names", config_names::SYSCONF), ("pathconf_names", config_names::PATHCONF), ("confstr_names", config_names::CONFSTR)]
    {
        let d = dict::new();
        table.iter().for_each(|(n, v)| dict::set_str(&d, &str::intern(n), Value::int(*v)));
        add(m, name, d);
    }
    add(m, "_have_functions", list::from_vec(HAVE.iter().map(|n| str::intern(n)).collect()));
    add(m, "error", types().os_error.value());
    add(m, "environ", environment::current()?);
    add(m, "DirEntry", scandir::DIR_ENTRY.get().value());
    for class in results::ALL {
        let class = class.get();
        add(m, &class.name(), class.value());
    }
    Ok(())
}
