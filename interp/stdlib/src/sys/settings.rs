//! The functions of `sys` that say how the interpreter is set up, or set it up.

use super::Config;
use weft_vm::cell::Field;
use weft_vm::class::native::{Args, FnDef, def, raw};
use weft_vm::class::{build, flag};
use weft_vm::global::Global;
use weft_vm::thread::thread;
use weft_vm::types::{bounds, dict, float, list, str};
use weft_vm::value::{Res, Value};
use weft_vm::vm::{names, types};
use weft_vm::{call, exc, gil, protocol};

/// `-X cpu_count` or `PYTHON_CPU_COUNT`; -1 where neither is given.
static CPU_COUNT: Global<i64> = Global::new(-1);
/// What `dlopen` would be called with: RTLD_NOW.
static DLOPEN_FLAGS: Global<i32> = Global::new(libc::RTLD_NOW);
/// The audit hooks, a list.
static AUDIT_HOOKS: Global<Field> = Global::new(Field::empty());

/// Takes what the command line and the environment say.
pub fn initialise(config: &Config) -> Res<()> {
    // SAFETY: the GIL is held.
    unsafe { *CPU_COUNT.get() = config.cpu_count.unwrap_or(-1) };
    weft_vm::types::code_attrs::NO_DEBUG_RANGES.store(config.no_debug_ranges, std::sync::atomic::Ordering::Relaxed);
    weft_vm::types::int::text::set_max_str_digits(config.int_max_str_digits as usize)
}

fn cpu_count(_: Args) -> Res {
    // SAFETY: the GIL is held.
    Ok(Value::int(unsafe { *CPU_COUNT.get() }))
}

fn getdlopenflags(_: Args) -> Res {
    // SAFETY: the GIL is held.
    Ok(Value::int(i64::from(unsafe { *DLOPEN_FLAGS.get() })))
}

fn setdlopenflags(a: Args) -> Res {
    let flags = bounds::c_int_arg(a.at(0))?;
    // SAFETY: the GIL is held.
    unsafe { *DLOPEN_FLAGS.get() = flags };
    Ok(Value::NONE)
}

fn setswitchinterval(a: Args) -> Res {
    let seconds = float::to_f64(a.at(0))?;
    if seconds <= 0.0 {
        return Err(exc::value_error("switch interval must be strictly positive"));
    }
    gil::set_switch_interval((seconds * 1e6) as u64);
    Ok(Value::NONE)
}

fn getswitchinterval(_: Args) -> Res {
    Ok(Value::float(gil::switch_interval() as f64 / 1e6))
}

fn addaudithook(a: Args) -> Res {
    // SAFETY: the GIL is held.
    let hooks = unsafe { (*AUDIT_HOOKS.get()).get() };
    match hooks {
        Some(hooks) => {
            // A hook may refuse the new one with an exception of class RuntimeError.
            if let Err(e) = run_hooks(&hooks, &str::intern("sys.addaudithook"), &weft_vm::types::tuple::empty()) {
                if !exc::matches(types().runtime_error) {
                    return Err(e);
                }
                exc::clear(e);
                return Ok(Value::NONE);
            }
            list::push(&hooks, a.at(0).clone());
        }
        // SAFETY: the GIL is held.
        None => unsafe { (*AUDIT_HOOKS.get()).set(list::from_vec(vec![a.at(0).clone()])) },
    }
    Ok(Value::NONE)
}

fn run_hooks(hooks: &Value, event: &Value, args: &Value) -> Res<()> {
    let mut i = 0;
    while let Some(hook) = list::get(hooks, i) {
        call::call(&hook, &[event.clone(), args.clone()], None)?;
        i += 1;
    }
    Ok(())
}

fn audit(args: &[Value], kwnames: Option<&Value>) -> Res {
    let Some((event, rest)) = args.split_first() else {
        return Err(exc::type_error("audit expected at least 1 argument, got 0"));
    };
    if kwnames.is_some() {
        return Err(exc::type_error("sys.audit() takes no keyword arguments"));
    }
    if !str::is_str(event) {
        return Err(exc::type_error(format!("expected str for argument 'event', not {}", event.class().full_name())));
    }
    // SAFETY: the GIL is held.
    if let Some(hooks) = unsafe { (*AUDIT_HOOKS.get()).get() } {
        run_hooks(&hooks, event, &weft_vm::types::tuple::from_slice(rest))?;
    }
    Ok(Value::NONE)
}

fn current_exceptions(_: Args) -> Res {
    let d = dict::new();
    let exception = thread().handled_exception().unwrap_or(Value::NONE);
    dict::set(&d, &Value::int(thread().ident.get() as i64), &exception)?;
    Ok(d)
}

fn is_immortal(a: Args) -> Res {
    let v = a.at(0);
    Ok(Value::bool(!v.is_heap() || v.refcount() >= 1 << 31))
}

/// Takes a class's `__dict__` and `__weakref__` descriptors away; what `dataclass(slots=True)` does to the class it replaces.
fn clear_type_descriptors(a: Args) -> Res {
    let v = a.at(0);
    if !v.is_instance(types().type_) {
        return Err(exc::type_error(format!("argument must be a type, not {}", v.class().full_name())));
    }
    let ty = build::of(v);
    if !ty.has(flag::HEAPTYPE) {
        return Err(exc::type_error("argument is immutable"));
    }
    let namespace = ty.namespace();
    dict::del_str(&namespace, &names().__dict__);
    dict::del_str(&namespace, &names().__weakref__);
    ty.modified();
    Ok(Value::NONE)
}

fn no_trampoline(_: Args) -> Res {
    Err(exc::value_error("perf trampoline not available"))
}

fn no_remote(_: Args) -> Res {
    Err(exc::runtime_error("Remote debugging is not enabled"))
}

fn set_digits(a: Args) -> Res {
    weft_vm::types::int::text::set_max_str_digits(protocol::number::as_isize(a.at(0))? as usize).map(|()| Value::NONE)
}

fn nothing(_: Args) -> Res {
    Ok(Value::NONE)
}

/// This file's functions.
pub const FUNCTIONS: &[FnDef] = &[
    def(
        "getdefaultencoding",
        "($module, /)",
        |_| Ok(str::intern("utf-8")),
        "Return the current default encoding used by the Unicode implementation.",
    ),
    def(
        "getfilesystemencoding",
        "($module, /)",
        |_| Ok(str::intern("utf-8")),
        "Return the encoding used to convert Unicode filenames to OS filenames.",
    ),
    def(
        "getfilesystemencodeerrors",
        "($module, /)",
        |_| Ok(str::intern("surrogateescape")),
        "Return the error mode used for Unicode to OS filename conversion.",
    ),
    def("getswitchinterval", "($module, /)", getswitchinterval, "Return the current thread switch interval; see sys.setswitchinterval()."),
    def(
        "setswitchinterval",
        "($module, interval, /)",
        setswitchinterval,
        "Set the ideal thread switching delay inside the Python interpreter.\n\nThe actual frequency of switching threads can be lower if the\ninterpreter executes long sequences of uninterruptible code\n(this is implementation-specific and workload-dependent).\n\nThe parameter must represent the desired switching delay in seconds\nA typical value is 0.005 (5 milliseconds).",
    ),
    def("is_stack_trampoline_active", "($module, /)", |_| Ok(Value::FALSE), "Return *True* if a stack profiler trampoline is active."),
    def("activate_stack_trampoline", "($module, backend, /)", no_trampoline, "Activate stack profiler trampoline *backend*."),
    def(
        "deactivate_stack_trampoline",
        "($module, /)",
        nothing,
        "Deactivate the current stack profiler trampoline backend.\n\nIf no stack profiler is activated, this function has no effect.",
    ),
    def("is_remote_debug_enabled", "($module, /)", |_| Ok(Value::FALSE), "Return True if remote debugging is enabled, False otherwise."),
    def("remote_exec", "($module, /, pid, script)", no_remote, "Executes a file containing Python code in a given remote Python process."),
    raw("audit", "($module, event, /, *args)", audit, "Passes the event to any hooks that are attached."),
    def("addaudithook", "($module, /, hook)", addaudithook, "Adds a new audit hook callback."),
    def("_clear_type_cache", "($module, /)", nothing, "Clear the internal type lookup cache."),
    def("_clear_internal_caches", "($module, /)", nothing, "Clear all internal performance-related caches."),
    def(
        "_clear_type_descriptors",
        "($module, type, /)",
        clear_type_descriptors,
        "Private function for clearing certain descriptors from a type's dictionary.\n\nSee gh-135228 for context.",
    ),
    def(
        "_debugmallocstats",
        "($module, /)",
        nothing,
        "Print summary info to stderr about the state of pymalloc's structures.\n\nIn Py_DEBUG mode, also perform some expensive internal consistency\nchecks.",
    ),
    def(
        "getallocatedblocks",
        "($module, /)",
        |_| Ok(Value::usize(weft_vm::heap::page::usage().1)),
        "Return the number of memory blocks currently allocated.",
    ),
    def(
        "getunicodeinternedsize",
        "($module, /, *, _only_immortal=False)",
        |_| Ok(Value::small_int(0)),
        "Return the number of elements of the unicode interned dictionary",
    ),
    def(
        "get_int_max_str_digits",
        "($module, /)",
        |_| Ok(Value::usize(weft_vm::types::int::text::max_str_digits())),
        "Return the maximum string digits limit for non-binary int<->str conversions.",
    ),
    def(
        "set_int_max_str_digits",
        "($module, /, maxdigits)",
        set_digits,
        "Set the maximum string digits limit for non-binary int<->str conversions.",
    ),
    def("_get_cpu_count_config", "($module, /)", cpu_count, "Private function for getting PyConfig.cpu_count"),
    def("_baserepl", "($module, /)", |_| crate::repl::basic().map(|()| Value::NONE), "Private function for getting the base REPL"),
    def(
        "getdlopenflags",
        "($module, /)",
        getdlopenflags,
        "Return the current value of the flags that are used for dlopen calls.\n\nThe flag constants are defined in the os module.",
    ),
    def(
        "setdlopenflags",
        "($module, flags, /)",
        setdlopenflags,
        "Set the flags used by the interpreter for dlopen calls.\n\nThis is used, for example, when the interpreter loads extension\nmodules. Among other things, this will enable a lazy resolving of\nsymbols when importing a module, if called as sys.setdlopenflags(0).\nTo share symbols across extension modules, call as\nsys.setdlopenflags(os.RTLD_GLOBAL).  Symbolic names for the flag\nmodules can be found in the os module (RTLD_xxx constants, e.g.\nos.RTLD_LAZY).",
    ),
    def(
        "_current_exceptions",
        "($module, /)",
        current_exceptions,
        "Return a dict mapping each thread's identifier to its current raised exception.\n\nThis function should be used for specialized purposes only.",
    ),
    def(
        "_is_immortal",
        "($module, op, /)",
        is_immortal,
        "Return True if the given object is \"immortal\" per PEP 683.\n\nThis function should be used for specialized purposes only.",
    ),
];

/// Visits what this module keeps, for [`weft_vm::heap::audit`].
#[cfg(debug_assertions)]
pub fn visit_roots(visit: &mut dyn FnMut(weft_layout::tag::Word)) {
    // SAFETY: the GIL is held.
    visit(unsafe { (*AUDIT_HOOKS.get()).word() });
}
