//! The hooks of `sys`: what happens with values at the prompt and with exceptions nobody caught.

use weft_vm::class::native::{Args, FnDef, def, raw};
use weft_vm::eval::{builtins, import};
use weft_vm::types::{dict, str};
use weft_vm::value::{Res, Value};
use weft_vm::vm::{names, types};
use weft_vm::{call, exc, protocol, traceback_print};

fn displayhook(a: Args) -> Res {
    let v = a.at(0);
    if v.is_none() {
        return Ok(Value::NONE);
    }
    let namespace = builtins::dict();
    dict::set_str(&namespace, &str::intern("_"), Value::NONE);
    let Some(out) = import::sys_attribute("stdout").filter(|f| !f.is_none()) else {
        return Err(exc::runtime_error("lost sys.stdout"));
    };
    let text = protocol::repr(v)?;
    if let Err(e) = call::call_method(&out, &names().write, std::slice::from_ref(&text)) {
        if !exc::matches(types().unicode_encode_error) {
            return Err(e);
        }
        exc::clear(e);
        let encoding = protocol::attr::getattr(&out, &names().encoding)?;
        let bytes = call::call_method(&text, &names().encode, &[encoding.clone(), str::intern("backslashreplace")])?;
        let plain = call::call_method(&bytes, &names().decode, &[encoding, str::intern("strict")])?;
        call::call_method(&out, &names().write, &[plain])?;
    }
    call::call_method(&out, &names().write, &[str::intern("\n")])?;
    dict::set_str(&namespace, &str::intern("_"), v.clone());
    Ok(Value::NONE)
}

fn excepthook(a: Args) -> Res {
    traceback_print::display(a.at(1));
    Ok(Value::NONE)
}

fn unraisablehook(a: Args) -> Res {
    traceback_print::default_unraisable_hook(a.at(0));
    Ok(Value::NONE)
}

fn breakpointhook(args: &[Value], kwnames: Option<&Value>) -> Res {
    let name = std::env::var("PYTHONBREAKPOINT").unwrap_or_default();
    if name == "0" {
        return Ok(Value::NONE);
    }
    let name = if name.is_empty() { "pdb.set_trace".to_owned() } else { name };
    let (module, function) = name.rsplit_once('.').unwrap_or(("builtins", &name));
    let found = import::import_module(module).and_then(|m| protocol::attr::getattr(&m, &str::new(function)));
    match found {
        Ok(f) => call::call(&f, args, kwnames),
        Err(e) => {
            exc::clear(e);
            let message = format!("Ignoring unimportable $PYTHONBREAKPOINT: \"{name}\"");
            weft_vm::eval::warnings::warn(types().runtime_warning, &message, 1)?;
            Ok(Value::NONE)
        }
    }
}

/// This file's functions.
pub const FUNCTIONS: &[FnDef] = &[
    def("displayhook", "($module, object, /)", displayhook, "Print an object to sys.stdout and also save it in builtins._"),
    def(
        "excepthook",
        "($module, exctype, value, traceback, /)",
        excepthook,
        "Handle an exception by displaying it with a traceback on sys.stderr.",
    ),
    def("unraisablehook", "($module, unraisable, /)", unraisablehook, "Handle an unraisable exception."),
    raw("breakpointhook", "($module, /, *args, **kwargs)", breakpointhook, "This hook function is called by built-in breakpoint()."),
];
