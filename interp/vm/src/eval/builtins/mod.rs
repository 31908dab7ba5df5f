//! The `builtins` module.

pub mod code;
pub mod functions;
mod numeric;
mod objects;
pub mod sum;

use crate::cell::Field;
use crate::class::native::FnDef;
use crate::global::Global;
use crate::types::{dict as dicts, module, str};
use crate::value::{Res, Value};
use crate::vm::types;
use crate::{call, exc, protocol};

pub use functions::print_to;
pub use sum::sum_values;

static MODULE: Global<Field> = Global::new(Field::empty());

/// The `builtins` module.
pub fn module() -> Value {
    // SAFETY: the GIL is held.
    unsafe { (*MODULE.get()).value() }
}

/// The namespace of the `builtins` module.
pub fn dict() -> Value {
    module::dict(&module())
}

/// A function of the `builtins` module.
pub fn function(name: &str) -> Value {
    dicts::get_str(&dict(), &str::intern(name)).unwrap_or(Value::NONE)
}

const TABLES: &[&[FnDef]] = &[functions::FUNCTIONS, objects::FUNCTIONS, numeric::FUNCTIONS, code::FUNCTIONS];

/// Makes the module. Called once, after the native classes exist.
pub fn initialise() -> Res<()> {
    let m = module::new("builtins");
    let d = module::dict(&m);
    for def in TABLES.iter().copied().flatten() {
        dicts::set_str(&d, &str::intern(def.name), crate::types::builtin_function::new(def, None, Some(m.clone())));
    }
    for (name, v) in [
        ("None", Value::NONE),
        ("Ellipsis", Value::ELLIPSIS),
        ("NotImplemented", Value::NOT_IMPLEMENTED),
        ("True", Value::TRUE),
        ("False", Value::FALSE),
        ("__debug__", Value::TRUE),
    ] {
        dicts::set_str(&d, &str::intern(name), v);
    }
    let t = types();
    for class in [
        t.object,
        t.type_,
        t.int,
        t.bool,
        t.float,
        t.complex,
        t.str,
        t.bytes,
        t.bytearray,
        t.memoryview,
        t.tuple,
        t.list,
        t.dict,
        t.set,
        t.frozenset,
        t.range,
        t.slice,
        t.enumerate,
        t.zip,
        t.map,
        t.filter,
        t.reversed,
        t.property,
        t.classmethod,
        t.staticmethod,
        t.super_,
    ] {
        dicts::set_str(&d, &str::intern(&class.name()), class.value());
    }
    for (name, class) in crate::types::exceptions::builtins() {
        dicts::set_str(&d, &str::intern(name), class.value());
    }
    dicts::set_str(
        &d,
        &str::intern("__doc__"),
        str::new(
            "Built-in functions, types, exceptions, and other objects.\n\nThis module provides direct access to all 'built-in'\nidentifiers of Python; for example, builtins.len is\nthe full name for the built-in function len().\n\nThis module is not normally accessed explicitly by most\napplications, but can be useful in modules that provide\nobjects with the same name as a builtin and need the\nbuilt-in of that name.",
        ),
    );
    // SAFETY: the GIL is held.
    unsafe { (*MODULE.get()).set(m) };
    super::native_call::note_known();
    Ok(())
}

/// What an expression statement at the prompt does: `sys.displayhook(value)`.
pub fn print_expression(v: &Value) -> Res {
    match crate::eval::import::sys_attribute("displayhook") {
        Some(hook) => call::call1(&hook, v),
        None => Err(exc::runtime_error("lost sys.displayhook")),
    }
}

/// Writes text to `sys.stderr`, or to the process's if there is none.
pub fn write_stderr(text: &str) {
    let written = match crate::eval::import::sys_attribute("stderr") {
        Some(f) if !f.is_none() => {
            let r = call::call_method(&f, &str::intern("write"), &[str::new(text)]);
            match r {
                Ok(_) => true,
                Err(e) => {
                    exc::clear(e);
                    false
                }
            }
        }
        _ => false,
    };
    if !written {
        crate::stderr::write(format_args!("{text}"));
    }
}

/// The text of an object for a message: its repr, or a stand-in if that raises.
pub fn safe_repr(v: &Value) -> String {
    protocol::repr_string(v).unwrap_or_else(|e| {
        exc::clear(e);
        format!("<{} object>", v.class().full_name())
    })
}

/// Visits what this module keeps, for [`crate::heap::audit`].
#[cfg(debug_assertions)]
pub fn visit_roots(visit: &mut dyn FnMut(weft_layout::tag::Word)) {
    // SAFETY: the GIL is held.
    visit(unsafe { (*MODULE.get()).word() });
}
