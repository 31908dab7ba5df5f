//! `posix_spawn` and `posix_spawnp`.

use super::{environment, process};
use crate::{cint, fspath};
use std::ffi::CString;
use std::mem::MaybeUninit;
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::protocol::{self, iter};
use weft_vm::types::tuple;
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{exc, gil};

#[rustfmt::skip]
pub static FUNCTIONS: &[FnDef] = &[
    def("posix_spawn", "($module, path, argv, env, /, *, file_actions=(),\n            setpgroup=None, resetids=False, setsid=False,\n            setsigmask=(), setsigdef=(), scheduler=None)", |a| spawn(a, false), "Execute the program specified by path in a new process.\n\n  path\n    Path of executable file.\n  argv\n    Tuple or list of strings.\n  env\n    Dictionary of strings mapping to strings.\n  file_actions\n    A sequence of file action tuples.\n  setpgroup\n    The pgroup to use with the POSIX_SPAWN_SETPGROUP flag.\n  resetids\n    If the value is `true` the POSIX_SPAWN_RESETIDS will be activated.\n  setsid\n    If the value is `true` the POSIX_SPAWN_SETSID or POSIX_SPAWN_SETSID_NP\n    will be activated.\n  setsigmask\n    The sigmask to use with the POSIX_SPAWN_SETSIGMASK flag.\n  setsigdef\n    The sigmask to use with the POSIX_SPAWN_SETSIGDEF flag.\n  scheduler\n    A tuple with the scheduler policy (optional) and parameters."),
    def("posix_spawnp", "($module, path, argv, env, /, *, file_actions=(),\n             setpgroup=None, resetids=False, setsid=False,\n             setsigmask=(), setsigdef=(), scheduler=None)", |a| spawn(a, true), "Execute the program specified by path in a new process.\n\n  path\n    Path of executable file.\n  argv\n    Tuple or list of strings.\n  env\n    Dictionary of strings mapping to strings.\n  file_actions\n    A sequence of file action tuples.\n  setpgroup\n    The pgroup to use with the POSIX_SPAWN_SETPGROUP flag.\n  resetids\n    If the value is `True` the POSIX_SPAWN_RESETIDS will be activated.\n  setsid\n    If the value is `True` the POSIX_SPAWN_SETSID or POSIX_SPAWN_SETSID_NP\n    will be activated.\n  setsigmask\n    The sigmask to use with the POSIX_SPAWN_SETSIGMASK flag.\n  setsigdef\n    The sigmask to use with the POSIX_SPAWN_SETSIGDEF flag.\n  scheduler\n    A tuple with the scheduler policy (optional) and parameters."),
];

/// What the new process does with descriptors before it runs the program.
struct Actions {
    actions: MaybeUninit<libc::posix_spawn_file_actions_t>,
    /// Paths that the actions refer to.
    paths: Vec<CString>,
}

impl Actions {
    fn new() -> Actions {
        let mut a = Actions { actions: MaybeUninit::uninit(), paths: Vec::new() };
        // SAFETY: the structure is initialised here and destroyed when it is dropped.
        unsafe { libc::posix_spawn_file_actions_init(a.actions.as_mut_ptr()) };
        a
    }

    fn add(&mut self, action: &Value) -> Res<()> {
        let wrong = || exc::type_error("Each file_actions element must be a non-empty tuple");
        let parts = if action.is_instance(types().tuple) { tuple::items(action) } else { &[] };
        let Some((kind, rest)) = parts.split_first() else { return Err(wrong()) };
        let numbers = |n: usize, what: &str| {
            if rest.len() == n { Ok(()) } else { Err(exc::type_error(format!("A {what} file_action tuple must have {} elements", n + 1))) }
        };
        let at = self.actions.as_mut_ptr();
        // SAFETY: the structure is initialised; paths are kept as long as it lives.
        let e = unsafe {
            match cint::c_int(kind)? {
                0 => {
                    numbers(4, "open")?;
                    let path = fspath::c_path(&rest[1])?;
                    let (fd, flags, mode) = (cint::c_int(&rest[0])?, cint::c_int(&rest[2])?, cint::c_int(&rest[3])?);
                    let e = libc::posix_spawn_file_actions_addopen(at, fd, path.as_ptr(), flags, mode as libc::mode_t);
                    self.paths.push(path);
                    e
                }
                1 => {
                    numbers(1, "close")?;
                    libc::posix_spawn_file_actions_addclose(at, cint::c_int(&rest[0])?)
                }
                2 => {
                    numbers(2, "dup2")?;
                    libc::posix_spawn_file_actions_adddup2(at, cint::c_int(&rest[0])?, cint::c_int(&rest[1])?)
                }
                3 => {
                    numbers(1, "closefrom")?;
                    posix_spawn_file_actions_addclosefrom_np(at, cint::c_int(&rest[0])?)
                }
                _ => return Err(exc::type_error("Unknown file_actions identifier")),
            }
        };
        if e == 0 { Ok(()) } else { Err(exc::os_error(e, None)) }
    }
}

unsafe extern "C" {
    fn posix_spawn_file_actions_addclosefrom_np(actions: *mut libc::posix_spawn_file_actions_t, from: libc::c_int) -> libc::c_int;
}

impl Drop for Actions {
    fn drop(&mut self) {
        // SAFETY: the structure was initialised.
        unsafe { libc::posix_spawn_file_actions_destroy(self.actions.as_mut_ptr()) };
    }
}

/// The attributes of the new process.
struct Attributes(MaybeUninit<libc::posix_spawnattr_t>);

impl Drop for Attributes {
    fn drop(&mut self) {
        // SAFETY: the structure was initialised.
        unsafe { libc::posix_spawnattr_destroy(self.0.as_mut_ptr()) };
    }
}

/// `POSIX_SPAWN_SETSID` of glibc and musl.
const SETSID: i32 = 0x80;

fn attributes(a: &Args, fname: &str) -> Res<Attributes> {
    let mut attributes = Attributes(MaybeUninit::uninit());
    let at = attributes.0.as_mut_ptr();
    let mut flags = 0;
    // SAFETY: the structure is initialised first; the signal sets and parameters are copied by the calls.
    unsafe {
        libc::posix_spawnattr_init(at);
        if let Some(group) = a.some(4) {
            libc::posix_spawnattr_setpgroup(at, cint::c_int(group)?);
            flags |= libc::POSIX_SPAWN_SETPGROUP;
        }
        if a.opt(5).map_or(Ok(false), protocol::is_true)? {
            flags |= libc::POSIX_SPAWN_RESETIDS;
        }
        if a.opt(6).map_or(Ok(false), protocol::is_true)? {
            flags |= SETSID;
        }
        if let Some(mask) = a.opt(7).filter(|v| !is_empty(v)) {
            libc::posix_spawnattr_setsigmask(at, &crate::signal::set_of(mask)?);
            flags |= libc::POSIX_SPAWN_SETSIGMASK;
        }
        if let Some(set) = a.opt(8).filter(|v| !is_empty(v)) {
            libc::posix_spawnattr_setsigdefault(at, &crate::signal::set_of(set)?);
            flags |= libc::POSIX_SPAWN_SETSIGDEF;
        }
        if let Some(scheduler) = a.some(9) {
            let Some([policy, param]) = scheduler.is_instance(types().tuple).then(|| tuple::items(scheduler)) else {
                return Err(exc::type_error(format!("{fname}: A scheduler tuple must have two elements")));
            };
            if !policy.is_none() {
                libc::posix_spawnattr_setschedpolicy(at, cint::c_int(policy)?);
                flags |= libc::POSIX_SPAWN_SETSCHEDULER;
            }
            let param = super::sched::param_of(param)?;
            libc::posix_spawnattr_setschedparam(at, &param);
            flags |= libc::POSIX_SPAWN_SETSCHEDPARAM;
        }
        libc::posix_spawnattr_setflags(at, flags as libc::c_short);
    }
    Ok(attributes)
}

fn is_empty(v: &Value) -> bool {
    v.is_none() || v.is_instance(types().tuple) && tuple::items(v).is_empty()
}

fn spawn(a: Args, search: bool) -> Res {
    let fname = if search { "posix_spawnp" } else { "posix_spawn" };
    let path = super::args::path(a.at(0), fname, "path")?;
    let arguments = process::arguments(fname, a.at(1))?;
    let environment = if a.at(2).is_none() { None } else { Some(environment::block(fname, a.at(2))?) };
    let mut actions = Actions::new();
    if let Some(all) = a.some(3) {
        for action in iter::collect_as(all, "file_actions must be a sequence or None")? {
            actions.add(&action)?;
        }
    }
    let attributes = attributes(&a, fname)?;
    let argv = process::pointers(&arguments);
    let envp = environment.as_ref().map(|e| process::pointers(e));
    unsafe extern "C" {
        static environ: *const *mut libc::c_char;
    }
    let mut pid = 0;
    // SAFETY: everything that is pointed to lives until the call is over.
    let e = gil::without(|| unsafe {
        let env = envp.as_ref().map_or(environ, |e| e.as_ptr().cast());
        let f = if search { libc::posix_spawnp } else { libc::posix_spawn };
        f(&mut pid, path.ptr(), actions.actions.as_ptr(), attributes.0.as_ptr(), argv.as_ptr().cast(), env)
    });
    if e == 0 { Ok(Value::int(pid.into())) } else { Err(exc::os_error(e, Some(&path.object))) }
}
