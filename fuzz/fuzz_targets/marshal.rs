//! Marshal streams from anywhere: what can be read is verified, and what is a code object runs.
//!
//! Whatever the bytes are, the outcome is a value or an exception. The code sees only builtins that reach nothing outside the process.
//! Objects come from the system allocator and are poisoned when they are freed, so that AddressSanitizer sees each.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::Once;
use weft_stdlib::{startup, sys::Config};
use weft_vm::eval::{self, builtins, import};
use weft_vm::types::{bytes, dict, module, str};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{call, heap};

/// What the code finds in `__builtins__`.
const BUILTINS: &[&str] = &[
    "ArithmeticError", "AssertionError", "AttributeError", "BaseException", "Exception", "ExceptionGroup", "IndexError", "KeyError",
    "NotImplemented", "RuntimeError", "StopAsyncIteration", "StopIteration", "TypeError", "ValueError", "ZeroDivisionError", "__build_class__",
    "__debug__", "abs", "all", "any", "bool", "bytearray", "bytes", "chr", "classmethod", "complex", "dict", "divmod", "enumerate", "filter", "float",
    "frozenset", "getattr", "globals", "hasattr", "hash", "id", "int", "isinstance", "issubclass", "iter", "len", "list", "locals", "map", "max",
    "memoryview", "min", "next", "object", "ord", "pow", "property", "range", "repr", "reversed", "round", "set", "setattr", "slice", "sorted",
    "staticmethod", "str", "sum", "super", "tuple", "type", "vars", "zip",
];

static STARTED: Once = Once::new();

fn start() {
    let config = Config { program: "weft".into(), no_site: true, ignore_environment: true, int_max_str_digits: 4300, ..Config::default() };
    if startup::start(&config).is_err() {
        std::process::exit(1);
    }
    #[cfg(feature = "jit")]
    weft_vm::jit::switch_on(weft_vm::jit::Options { loop_threshold: 2, entry_threshold: 2, exit_threshold: 2, ..Default::default() }).unwrap();
}

/// Globals for one run.
fn globals() -> Value {
    let all = module::dict(&builtins::module());
    let some = dict::new();
    for name in BUILTINS {
        let name = str::intern(name);
        if let Some(value) = dict::get_str(&all, &name) {
            dict::set_str(&some, &name, value);
        }
    }
    let globals = dict::new();
    dict::set_str(&globals, &str::intern("__builtins__"), some);
    dict::set_str(&globals, &str::intern("__name__"), str::intern("fuzzed"));
    globals
}

fn load_and_run(stream: &[u8]) -> Res<()> {
    let marshal = import::import_module("marshal")?;
    let value = call::call_method(&marshal, &str::intern("loads"), &[bytes::new(stream)])?;
    if value.is_instance(types().code) {
        let globals = globals();
        // Twice, so that what the first run has specialised is used.
        for _ in 0..2 {
            drop(eval::run_code(&value, &globals, &globals, None));
        }
    }
    Ok(())
}

fuzz_target!(|stream: &[u8]| {
    STARTED.call_once(start);
    drop(load_and_run(stream));
    heap::collect::collect(true);
});
