//! `_tracemalloc`: allocations are not traced; the functions say so.

use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::exc;
use weft_vm::global::Global;
use weft_vm::types::module::ModuleDef;
use weft_vm::types::{bounds, list, tuple};
use weft_vm::value::{Res, Value};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_tracemalloc",
    doc: "Debug module to trace memory blocks allocated by Python.",
    functions: FUNCTIONS,
    exec: |_| Ok(()),
};

static FUNCTIONS: &[FnDef] = &[
    def(
        "is_tracing",
        "($module, /)",
        |_| Ok(Value::bool(frames() > 0)),
        "Return True if the tracemalloc module is tracing Python memory allocations.",
    ),
    def("clear_traces", "($module, /)", |_| Ok(Value::NONE), "Clear traces of memory blocks allocated by Python."),
    def(
        "_get_traces",
        "($module, /)",
        |_| Ok(list::new()),
        "Get traces of all memory blocks allocated by Python.\n\nReturn a list of (size: int, traceback: tuple) tuples.\ntraceback is a tuple of (filename: str, lineno: int) tuples.\n\nReturn an empty list if the tracemalloc module is disabled.",
    ),
    def(
        "_get_object_traceback",
        "($module, obj, /)",
        |_| Ok(Value::NONE),
        "Get the traceback where the Python object obj was allocated.\n\nReturn a tuple of (filename: str, lineno: int) tuples.\nReturn None if the tracemalloc module is disabled or did not\ntrace the allocation of the object.",
    ),
    def(
        "start",
        "($module, nframe=1, /)",
        start,
        "Start tracing Python memory allocations.\n\nAlso set the maximum number of frames stored in the traceback of a\ntrace to nframe.",
    ),
    def(
        "stop",
        "($module, /)",
        |_| set_frames(0),
        "Stop tracing Python memory allocations.\n\nAlso clear traces of memory blocks allocated by Python.",
    ),
    def(
        "get_traceback_limit",
        "($module, /)",
        |_| Ok(Value::small_int(frames().max(1))),
        "Get the maximum number of frames stored in the traceback of a trace.\n\nBy default, a trace of an allocated memory block only stores\nthe most recent frame: the limit is 1.",
    ),
    def(
        "get_tracemalloc_memory",
        "($module, /)",
        |_| Ok(Value::small_int(0)),
        "Get the memory usage in bytes of the tracemalloc module.\n\nThis memory is used internally to trace memory allocations.",
    ),
    def(
        "get_traced_memory",
        "($module, /)",
        |_| Ok(tuple::from_array([Value::small_int(0), Value::small_int(0)])),
        "Get the current size and peak size of memory blocks traced by tracemalloc.\n\nReturns a tuple: (current: int, peak: int).",
    ),
    def(
        "reset_peak",
        "($module, /)",
        |_| Ok(Value::NONE),
        "Set the peak size of memory blocks traced by tracemalloc to the current size.\n\nDo nothing if the tracemalloc module is not tracing memory allocations.",
    ),
];

/// Frames that `start` was asked to keep; 0 when stopped.
static FRAMES: Global<i64> = Global::new(0);

fn frames() -> i64 {
    // SAFETY: the GIL is held.
    unsafe { *FRAMES.get() }
}

fn set_frames(n: i64) -> Res {
    // SAFETY: the GIL is held.
    unsafe { *FRAMES.get() = n };
    Ok(Value::NONE)
}

fn start(a: Args) -> Res {
    match a.opt(0).map_or(Ok(1), bounds::c_int_arg)? {
        n @ 1..=65535 => set_frames(n.into()),
        _ => Err(exc::value_error("the number of frames must be in range [1; 65535]")),
    }
}
