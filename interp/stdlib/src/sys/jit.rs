//! `sys._jit`: what can be seen of the JIT.

use weft_vm::class::native::{FnDef, def};
use weft_vm::jit;
use weft_vm::types::{builtin_function, module, str};
use weft_vm::value::{Res, Value};

const FUNCTIONS: &[FnDef] = &[
    def(
        "is_available",
        "($module, /)",
        |_| Ok(Value::bool(jit::is_available())),
        "Return True if the current Python executable supports JIT compilation, and False otherwise.",
    ),
    def(
        "is_enabled",
        "($module, /)",
        |_| Ok(Value::bool(jit::is_on())),
        "Return True if JIT compilation is enabled for the current Python process (implies sys._jit.is_available()), and False otherwise.",
    ),
    def(
        "is_active",
        "($module, /)",
        |_| Ok(Value::bool(jit::enter::is_running())),
        "Return True if the topmost Python frame is currently executing JIT code (implies sys._jit.is_enabled()), and False otherwise.",
    ),
];

/// Makes the module.
pub fn new() -> Res {
    let m = module::new("sys._jit");
    module::add(&m, "__doc__", str::new("Utilities for observing just-in-time compilation."));
    builtin_function::add_functions(&m, FUNCTIONS);
    Ok(m)
}
