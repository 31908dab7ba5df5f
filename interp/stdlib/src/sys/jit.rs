//! `sys._jit`: whether there is a JIT, and whether it is at work.

use weft_vm::class::native::{FnDef, def};
use weft_vm::jit;
use weft_vm::thread::thread;
use weft_vm::types::module::ModuleDef;
use weft_vm::value::Value;

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "sys._jit", doc: "Utilities for observing just-in-time compilation.", functions: FUNCTIONS, exec: |_| Ok(()) };

#[rustfmt::skip]
static FUNCTIONS: &[FnDef] = &[
    def("is_available", "($module, /)", |_| Ok(Value::bool(jit::is_available())), "Return True if the current Python executable supports JIT compilation, and False otherwise."),
    def("is_enabled", "($module, /)", |_| Ok(Value::bool(jit::is_on())), "Return True if JIT compilation is enabled for the current Python process (implies sys._jit.is_available()), and False otherwise."),
    def("is_active", "($module, /)", |_| Ok(Value::bool(!thread().activation.get().is_null())), "Return True if the topmost Python frame is currently executing JIT code (implies sys._jit.is_enabled()), and False otherwise."),
];
