//! `_sysconfig`: how the interpreter was built.

use weft_vm::class::native::{FnDef, def};
use weft_vm::types::module::ModuleDef;
use weft_vm::types::{dict, str};
use weft_vm::value::Value;

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_sysconfig", doc: "A helper for the sysconfig module.", functions: FUNCTIONS, exec: |_| Ok(()) };

static FUNCTIONS: &[FnDef] = &[def(
    "config_vars",
    "($module, /)",
    |_| {
        let d = dict::new();
        for name in ["Py_GIL_DISABLED", "Py_DEBUG"] {
            dict::set_str(&d, &str::intern(name), Value::small_int(0));
        }
        Ok(d)
    },
    "Returns a dictionary containing build variables intended to be exposed by sysconfig.",
)];
