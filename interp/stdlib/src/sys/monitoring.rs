//! `sys.monitoring`: see [`weft_vm::eval::monitor`].

use weft_vm::class::native::{FnDef, def};
use weft_vm::eval::monitor;
use weft_vm::protocol::attr;
use weft_vm::types::{builtin_function, module, simple_namespace, str};
use weft_vm::value::{Res, Value};

const FUNCTIONS: &[FnDef] = &[
    def("use_tool_id", "($module, tool_id, name, /)", |a| monitor::use_tool(a.at(0), a.at(1)), ""),
    def("clear_tool_id", "($module, tool_id, /)", |a| monitor::clear_tool(a.at(0), false), ""),
    def("free_tool_id", "($module, tool_id, /)", |a| monitor::clear_tool(a.at(0), true), ""),
    def("get_tool", "($module, tool_id, /)", |a| monitor::tool_name(a.at(0)), ""),
    def("register_callback", "($module, tool_id, event, func, /)", |a| monitor::register(a.at(0), a.at(1), a.at(2)), ""),
    def("get_events", "($module, tool_id, /)", |a| monitor::events(a.at(0)), ""),
    def("set_events", "($module, tool_id, event_set, /)", |a| monitor::set_events(a.at(0), a.at(1)), ""),
    def("get_local_events", "($module, tool_id, code, /)", |a| monitor::local_events(a.at(0), a.at(1)), ""),
    def("set_local_events", "($module, tool_id, code, event_set, /)", |a| monitor::set_local_events(a.at(0), a.at(1), a.at(2)), ""),
    def("restart_events", "($module, /)", |_| monitor::restart(), ""),
    def("_all_events", "($module, /)", |_| monitor::all_events(), ""),
];

/// Makes the module.
pub fn new() -> Res {
    let m = module::new("sys.monitoring");
    builtin_function::add_functions(&m, FUNCTIONS);
    module::add(&m, "DISABLE", monitor::disable());
    module::add(&m, "MISSING", monitor::missing());
    for (name, id) in [("DEBUGGER_ID", 0), ("COVERAGE_ID", 1), ("PROFILER_ID", 2), ("OPTIMIZER_ID", 5)] {
        module::add(&m, name, Value::int(id));
    }
    let events = simple_namespace::new(&[]);
    for (i, name) in monitor::EVENTS.iter().enumerate() {
        attr::setattr(&events, &str::intern(name), &Value::int(1 << i))?;
    }
    attr::setattr(&events, &str::intern("NO_EVENTS"), &Value::int(0))?;
    module::add(&m, "events", events);
    Ok(m)
}
