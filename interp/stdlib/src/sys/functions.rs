//! The functions of `sys` that look into the interpreter.

use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::eval::trace;
use weft_vm::frame::Frame;
use weft_vm::thread::thread;
use weft_vm::types::{exceptions, frame_object, int, object, str, structseq, tuple};
use weft_vm::value::{Res, Value};
use weft_vm::vm::{names, types};
use weft_vm::{call, eval, exc, protocol};

fn exit(a: Args) -> Res {
    let status = a.opt(0).cloned().unwrap_or(Value::NONE);
    let args = if status.is_instance(types().tuple) {
        tuple::items(&status).to_vec()
    } else if status.is_none() {
        Vec::new()
    } else {
        vec![status]
    };
    Err(exc::raise_args(types().system_exit, &args))
}

fn exc_info(_: Args) -> Res {
    Ok(match thread().handled_exception() {
        Some(e) => {
            let tb = exceptions::traceback_of(&e).unwrap_or(Value::NONE);
            tuple::from_vec(vec![e.class().value(), e, tb])
        }
        None => tuple::from_vec(vec![Value::NONE, Value::NONE, Value::NONE]),
    })
}

fn exception(_: Args) -> Res {
    Ok(thread().handled_exception().unwrap_or(Value::NONE))
}

fn getrecursionlimit(_: Args) -> Res {
    // SAFETY: the GIL is held.
    Ok(Value::int(i64::from(unsafe { *eval::RECURSION_LIMIT.get() })))
}

fn setrecursionlimit(a: Args) -> Res {
    let n = protocol::number::as_isize(a.at(0))? as i64;
    if n < 1 {
        return Err(exc::value_error("recursion limit must be greater or equal than 1"));
    }
    if i64::from(thread().depth.get()) >= n {
        return Err(exc::recursion_error(format!(
            "cannot set the recursion limit to {n} at the recursion depth {}: the limit is too low",
            thread().depth.get()
        )));
    }
    // SAFETY: the GIL is held.
    unsafe { *eval::RECURSION_LIMIT.get() = n.min(i64::from(i32::MAX)) as u32 };
    Ok(Value::NONE)
}

fn nth_frame(depth: i64) -> Res<*mut Frame> {
    let mut frame = thread().innermost_frame();
    // SAFETY: the chain links live frames.
    unsafe {
        for _ in 0..depth.max(0) {
            if frame.is_null() {
                break;
            }
            frame = (*frame).previous;
        }
    }
    if frame.is_null() { Err(exc::value_error("call stack is not deep enough")) } else { Ok(frame) }
}

fn getframe(a: Args) -> Res {
    let depth = a.opt(0).map_or(Ok(0), |v| protocol::number::as_isize(v).map(|n| n as i64))?;
    // SAFETY: the frame is live.
    Ok(unsafe { frame_object::of_frame(nth_frame(depth)?) })
}

fn getframemodulename(a: Args) -> Res {
    let depth = a.opt(0).map_or(Ok(0), |v| protocol::number::as_isize(v).map(|n| n as i64))?;
    match nth_frame(depth) {
        // SAFETY: the frame is live.
        Ok(f) => protocol::attr::getattr(&unsafe { Frame::function(f) }, &names().__module__),
        Err(e) => {
            exc::clear(e);
            Ok(Value::NONE)
        }
    }
}

fn current_frames(_: Args) -> Res {
    let d = weft_vm::types::dict::new();
    let frame = thread().innermost_frame();
    if !frame.is_null() {
        // SAFETY: the frame is live.
        weft_vm::types::dict::set(&d, &Value::int(thread().ident.get() as i64), &unsafe { frame_object::of_frame(frame) })?;
    }
    Ok(d)
}

fn getrefcount(a: Args) -> Res {
    let v = a.at(0);
    Ok(if v.is_heap() { Value::int(i64::from(v.refcount())) } else { Value::int(1 << 31) })
}

fn getsizeof(a: Args) -> Res {
    let v = a.at(0);
    match call::call_special(v, &str::intern("__sizeof__"), &[]) {
        Some(Ok(n)) if int::is_int(&n) => {
            if int::is_negative(&n) {
                return Err(exc::value_error("__sizeof__() should return >= 0"));
            }
            Ok(n)
        }
        Some(Ok(n)) => Err(exc::type_error(format!("'{}' object cannot be interpreted as an integer", n.class().full_name()))),
        Some(Err(e)) => match a.opt(1) {
            Some(d) if exc::matches(types().type_error) => {
                exc::clear(e);
                Ok(d.clone())
            }
            _ => Err(e),
        },
        None => Ok(Value::usize(object::size_of_object(v))),
    }
}

fn intern(a: Args) -> Res {
    let v = a.at(0);
    if !std::ptr::eq(v.class(), types().str) {
        return Err(if str::is_str(v) {
            exc::type_error(format!("can't intern {}", v.class().full_name()))
        } else {
            exc::type_error(format!("intern() argument must be str, not {}", v.class().full_name()))
        });
    }
    Ok(str::intern_value(v.clone()))
}

fn is_interned(a: Args) -> Res {
    Ok(Value::bool(str::is_str(a.at(0)) && str::is_interned(a.at(0))))
}

fn set_trace_function(a: Args) -> Res {
    trace::set_trace(a.some(0).cloned());
    Ok(Value::NONE)
}

fn set_profile_function(a: Args) -> Res {
    trace::set_profile(a.some(0).cloned());
    Ok(Value::NONE)
}

fn set_asyncgen_hooks(a: Args) -> Res {
    let t = thread();
    for (i, field, what) in [(0, &t.asyncgen_firstiter, "firstiter"), (1, &t.asyncgen_finalizer, "finalizer")] {
        if let Some(f) = a.opt(i) {
            if !f.is_none() && !call::is_callable(f) {
                return Err(exc::type_error(format!("callable {what} expected, got {}", f.class().full_name())));
            }
            drop(field.replace(Some(f.clone()).filter(|f| !f.is_none())));
        }
    }
    Ok(Value::NONE)
}

fn get_asyncgen_hooks(_: Args) -> Res {
    static FIELDS: &[(&str, &str)] = &[
        ("firstiter", "Hook for when a generator is first iterated"),
        ("finalizer", "Hook for when a generator is about to be finalized"),
    ];
    let t = thread();
    let ty = structseq::new_type("sys.asyncgen_hooks", "", FIELDS, 2, true);
    Ok(structseq::new(ty, vec![t.asyncgen_firstiter.get().unwrap_or(Value::NONE), t.asyncgen_finalizer.get().unwrap_or(Value::NONE)]))
}

fn set_origin_depth(a: Args) -> Res {
    let n = protocol::number::as_isize(a.at(0))?;
    if (n as i64) < 0 {
        return Err(exc::value_error("depth must be >= 0"));
    }
    // SAFETY: the GIL is held.
    unsafe { *weft_vm::types::coroutine::ORIGIN_DEPTH.get() = n as usize };
    Ok(Value::NONE)
}

fn get_origin_depth(_: Args) -> Res {
    // SAFETY: the GIL is held.
    Ok(Value::usize(unsafe { *weft_vm::types::coroutine::ORIGIN_DEPTH.get() }))
}

fn call_tracing(a: Args) -> Res {
    trace::with_tracing(|| call::call(a.at(0), tuple::items(a.at(1)), None))
}

/// This file's functions.
pub const FUNCTIONS: &[FnDef] = &[
    def(
        "exit",
        "($module, status=None, /)",
        exit,
        "Exit the interpreter by raising SystemExit(status).\n\nIf the status is omitted or None, it defaults to zero (i.e., success).\nIf the status is an integer, it will be used as the system exit status.\nIf it is another kind of object, it will be printed and the system\nexit status will be one (i.e., failure).",
    ),
    def(
        "exc_info",
        "($module, /)",
        exc_info,
        "Return current exception information: (type, value, traceback).\n\nReturn information about the most recent exception caught by an except\nclause in the current stack frame or in an older stack frame.",
    ),
    def(
        "exception",
        "($module, /)",
        exception,
        "Return the current exception.\n\nReturn the most recent exception caught by an except clause\nin the current stack frame or in an older stack frame, or None\nif no such clause exists.",
    ),
    def(
        "getrecursionlimit",
        "($module, /)",
        getrecursionlimit,
        "Return the current value of the recursion limit.\n\nThe recursion limit is the maximum depth of the Python interpreter\nstack.  This limit prevents infinite recursion from causing an overflow\nof the C stack and crashing Python.",
    ),
    def(
        "setrecursionlimit",
        "($module, limit, /)",
        setrecursionlimit,
        "Set the maximum depth of the Python interpreter stack to n.\n\nThis limit prevents infinite recursion from causing an overflow of the C\nstack and crashing Python.  The highest possible limit is platform-\ndependent.",
    ),
    def(
        "_getframe",
        "($module, depth=0, /)",
        getframe,
        "Return a frame object from the call stack.\n\nIf optional integer depth is given, return the frame object that many\ncalls below the top of the stack.  If that is deeper than the call\nstack, ValueError is raised.  The default for depth is zero, returning\nthe frame at the top of the call stack.\n\nThis function should be used for internal and specialized purposes\nonly.",
    ),
    def("_getframemodulename", "($module, /, depth=0)", getframemodulename, "Return the name of the module for a calling frame."),
    def("_current_frames", "($module, /)", current_frames, "Return a dict mapping each thread's thread id to its current stack frame."),
    def(
        "getrefcount",
        "($module, object, /)",
        getrefcount,
        "Return the reference count of object.\n\nThe count returned is generally one higher than you might expect,\nbecause it includes the (temporary) reference as an argument to\ngetrefcount().",
    ),
    def(
        "getsizeof",
        "($module, object, default=<unrepresentable>, /)",
        getsizeof,
        "getsizeof(object [, default]) -> int\n\nReturn the size of object in bytes.",
    ),
    def(
        "intern",
        "($module, string, /)",
        intern,
        "``Intern'' the given string.\n\nThis enters the string in the (global) table of interned strings whose\npurpose is to speed up dictionary lookups. Return the string itself or\nthe previously interned string object with the same value.",
    ),
    def("_is_interned", "($module, string, /)", is_interned, "Return True if the given string is \"interned\"."),
    def("_is_gil_enabled", "($module, /)", |_| Ok(Value::TRUE), "Return True if the GIL is currently enabled and False if it is disabled."),
    def("settrace", "($module, function, /)", set_trace_function, "Set the global debug tracing function."),
    def(
        "gettrace",
        "($module, /)",
        |_| Ok(thread().trace_func.get().unwrap_or(Value::NONE)),
        "Return the global debug tracing function set with sys.settrace.",
    ),
    def("setprofile", "($module, function, /)", set_profile_function, "Set the profiling function."),
    def(
        "getprofile",
        "($module, /)",
        |_| Ok(thread().profile_func.get().unwrap_or(Value::NONE)),
        "Return the profiling function set with sys.setprofile.",
    ),
    def(
        "set_asyncgen_hooks",
        "($module, firstiter=None, finalizer=None)",
        set_asyncgen_hooks,
        "set_asyncgen_hooks([firstiter] [, finalizer])\n\nSet a finalizer for async generators objects.",
    ),
    def("get_asyncgen_hooks", "($module, /)", get_asyncgen_hooks, "Return the installed asynchronous generators hooks."),
    def(
        "set_coroutine_origin_tracking_depth",
        "($module, /, depth)",
        set_origin_depth,
        "Enable or disable origin tracking for coroutine objects in this thread.",
    ),
    def(
        "get_coroutine_origin_tracking_depth",
        "($module, /)",
        get_origin_depth,
        "Check status of origin tracking for coroutine objects in this thread.",
    ),
    def("call_tracing", "($module, func, args, /)", call_tracing, "Call func(*args), while tracing is enabled."),
    def("is_finalizing", "($module, /)", |_| Ok(Value::FALSE), "Return True if Python is exiting."),
];
