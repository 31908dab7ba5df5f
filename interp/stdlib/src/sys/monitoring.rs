//! `sys.monitoring` (PEP 669): who watches the program, and with what.
//!
//! Tools and their callbacks are kept as CPython keeps them. The interpreter reports no events yet, so asking for one is
//! an error.

use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::global::Global;
use weft_vm::types::module::{self, ModuleDef};
use weft_vm::types::{dict, int, simple_namespace, str};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{exc, protocol};

/// How many tools there can be.
const TOOLS: usize = 6;

/// The events, in the order of their bits.
const EVENTS: [&str; 19] = [
    "PY_START",
    "PY_RESUME",
    "PY_RETURN",
    "PY_YIELD",
    "CALL",
    "LINE",
    "INSTRUCTION",
    "JUMP",
    "BRANCH_LEFT",
    "BRANCH_RIGHT",
    "STOP_ITERATION",
    "RAISE",
    "EXCEPTION_HANDLED",
    "PY_UNWIND",
    "PY_THROW",
    "RERAISE",
    "C_RETURN",
    "C_RAISE",
    "BRANCH",
];

/// `C_RETURN` and `C_RAISE`, which come with `CALL`.
const OF_CALLS: i64 = 3 << 16;
const CALL: i64 = 1 << 4;

/// A tool that is in use.
struct Tool {
    name: Value,
}

static TABLE: Global<[Option<Tool>; TOOLS]> = Global::new([const { None }; TOOLS]);
static CALLBACKS: Global<[[Option<Value>; EVENTS.len()]; TOOLS]> = Global::new([const { [const { None }; EVENTS.len()] }; TOOLS]);

/// The module.
pub static MODULE: ModuleDef = ModuleDef { name: "sys.monitoring", doc: "", functions: FUNCTIONS, exec };

#[rustfmt::skip]
static FUNCTIONS: &[FnDef] = &[
    def("use_tool_id", "($module, tool_id, name, /)", use_tool_id, ""),
    def("clear_tool_id", "($module, tool_id, /)", clear_tool_id, ""),
    def("free_tool_id", "($module, tool_id, /)", free_tool_id, ""),
    def("get_tool", "($module, tool_id, /)", get_tool, ""),
    def("register_callback", "($module, tool_id, event, func, /)", register_callback, ""),
    def("get_events", "($module, tool_id, /)", get_events, ""),
    def("set_events", "($module, tool_id, event_set, /)", set_events, ""),
    def("get_local_events", "($module, tool_id, code, /)", get_local_events, ""),
    def("set_local_events", "($module, tool_id, code, event_set, /)", set_local_events, ""),
    def("restart_events", "($module, /)", |_| Ok(Value::NONE), ""),
    def("_all_events", "($module, /)", |_| Ok(dict::new()), ""),
];

fn exec(m: &Value) -> Res<()> {
    module::add(m, "__doc__", Value::NONE);
    let events = simple_namespace::new(&[]);
    for (bit, name) in EVENTS.iter().enumerate() {
        protocol::attr::setattr(&events, &str::intern(name), &Value::small_int(1 << bit))?;
    }
    protocol::attr::setattr(&events, &str::intern("NO_EVENTS"), &Value::small_int(0))?;
    module::add(m, "events", events);
    for (name, id) in [("DEBUGGER_ID", 0), ("COVERAGE_ID", 1), ("PROFILER_ID", 2), ("OPTIMIZER_ID", 5)] {
        module::add(m, name, Value::small_int(id));
    }
    for name in ["DISABLE", "MISSING"] {
        module::add(m, name, weft_vm::call::call0(&types().object.value())?);
    }
    Ok(())
}

fn number(v: &Value) -> Res<i64> {
    let n = protocol::number::index(v)?;
    int::as_i64(&n).filter(|n| i32::try_from(*n).is_ok()).ok_or_else(|| exc::overflow_error("Python int too large to convert to C int"))
}

fn tool(v: &Value) -> Res<usize> {
    let id = number(v)?;
    usize::try_from(id)
        .ok()
        .filter(|&id| id < TOOLS)
        .ok_or_else(|| exc::value_error(format!("invalid tool {id} (must be between 0 and {})", TOOLS - 1)))
}

fn table() -> &'static mut [Option<Tool>; TOOLS] {
    // SAFETY: the GIL is held, and nobody keeps the reference across a call into Python.
    unsafe { &mut *TABLE.get() }
}

fn used_tool(v: &Value) -> Res<usize> {
    let id = tool(v)?;
    if table()[id].is_none() {
        return Err(exc::value_error(format!("tool {id} is not in use")));
    }
    Ok(id)
}

fn use_tool_id(a: Args) -> Res {
    let (id, name) = (tool(a.at(0))?, a.at(1));
    if !str::is_str(name) {
        return Err(exc::value_error("tool name must be a str"));
    }
    if table()[id].is_some() {
        return Err(exc::value_error(format!("tool {id} is already in use")));
    }
    table()[id] = Some(Tool { name: name.clone() });
    Ok(Value::NONE)
}

fn clear_tool_id(a: Args) -> Res {
    let id = tool(a.at(0))?;
    // SAFETY: the GIL is held; the old callbacks are dropped after they were taken out.
    let old = unsafe { std::mem::replace(&mut (*CALLBACKS.get())[id], [const { None }; EVENTS.len()]) };
    drop(old);
    Ok(Value::NONE)
}

fn free_tool_id(a: Args) -> Res {
    clear_tool_id(a)?;
    drop(table()[tool(a.at(0))?].take());
    Ok(Value::NONE)
}

fn get_tool(a: Args) -> Res {
    Ok(table()[tool(a.at(0))?].as_ref().map_or(Value::NONE, |t| t.name.clone()))
}

fn register_callback(a: Args) -> Res {
    let (id, event, function) = (tool(a.at(0))?, number(a.at(1))?, a.at(2));
    if event <= 0 || event.count_ones() != 1 {
        return Err(exc::value_error("The callback can only be set for one event at a time"));
    }
    let bit = event.trailing_zeros() as usize;
    if bit >= EVENTS.len() {
        return Err(exc::value_error(format!("invalid event {event}")));
    }
    let new = if function.is_none() { None } else { Some(function.clone()) };
    // SAFETY: the GIL is held; the old callback is handed to the caller.
    let old = unsafe { std::mem::replace(&mut (*CALLBACKS.get())[id][bit], new) };
    Ok(old.unwrap_or(Value::NONE))
}

fn get_events(a: Args) -> Res {
    tool(a.at(0)).map(|_| Value::small_int(0))
}

/// Checks a set of events. None can be reported.
fn check_events(v: &Value) -> Res<()> {
    let events = number(v)?;
    if !(0..1 << EVENTS.len()).contains(&events) {
        return Err(exc::value_error(format!("invalid event set 0x{:x}", events as u32)));
    }
    if events & OF_CALLS != 0 && events & CALL == 0 {
        return Err(exc::value_error("cannot set C_RETURN or C_RAISE events independently"));
    }
    if events != 0 {
        return Err(exc::not_implemented_error("Weft reports no monitoring events; sys.settrace does"));
    }
    Ok(())
}

fn set_events(a: Args) -> Res {
    used_tool(a.at(0))?;
    check_events(a.at(1)).map(|()| Value::NONE)
}

fn check_code(v: &Value) -> Res<()> {
    if v.is_instance(types().code) { Ok(()) } else { Err(exc::type_error("code must be a code object")) }
}

fn get_local_events(a: Args) -> Res {
    tool(a.at(0))?;
    check_code(a.at(1)).map(|()| Value::small_int(0))
}

fn set_local_events(a: Args) -> Res {
    used_tool(a.at(0))?;
    check_code(a.at(1))?;
    check_events(a.at(2)).map(|()| Value::NONE)
}
