//! Warnings raised by native code.

use crate::class::Type;
use crate::types::{dict, str, tuple};
use crate::value::{Res, Value};
use crate::vm::types;
use crate::{call, exc};
use weft_compiler::{Warning, WarningKind};

/// `warnings.warn(message, category, stacklevel)`.
pub fn warn(category: &'static Type, message: &str, stacklevel: i64) -> Res<()> {
    let module = crate::eval::import::import_module("warnings")?;
    call::call_method(&module, &str::intern("warn"), &[str::new(message), category.value(), Value::int(stacklevel)]).map(drop)
}

/// How often `-b` was given: whether comparing bytes with str is warned of.
pub static BYTES_WARNING: crate::global::Global<u8> = crate::global::Global::new(0);

/// Warns of something that is dubious about bytes, if `-b` asks for it.
pub fn bytes_warning(message: &str) -> Res<()> {
    // SAFETY: the GIL is held.
    if unsafe { *BYTES_WARNING.get() } == 0 { Ok(()) } else { warn(types().bytes_warning, message, 1) }
}

/// A warning of the compiler's, as `warnings.warn_explicit` reports it. A warning turned into an error is a SyntaxError.
pub fn compiler_warning(w: &Warning, filename: &Value) -> Res<()> {
    let category = match w.kind {
        WarningKind::SyntaxWarning => types().syntax_warning,
        WarningKind::DeprecationWarning => types().deprecation_warning,
    };
    let module = crate::eval::import::import_module("warnings")?;
    let args = [str::new(&w.message), category.value(), filename.clone(), Value::int(i64::from(w.location.line))];
    match call::call_method(&module, &str::intern("warn_explicit"), &args) {
        Ok(_) => Ok(()),
        Err(e) if exc::matches(category) => {
            exc::clear(e);
            // The escape is an error now, not in the future.
            let message = w.message.replace(" Such sequences will not work in the future.", "");
            let place = w.location;
            let number = |n: i32| if n < 0 { Value::NONE } else { Value::int(i64::from(n)) };
            let details = tuple::from_vec(vec![
                filename.clone(),
                number(place.line),
                number(place.col + 1),
                Value::NONE,
                number(place.end_line),
                number(place.end_col + 1),
            ]);
            Err(exc::raise_args(types().syntax_error, &[str::from_string(message), details]))
        }
        Err(e) => Err(e),
    }
}

/// Warns that a coroutine was never awaited.
pub fn never_awaited(coroutine: &Value) -> Res<()> {
    if let Some(module) = crate::eval::import::loaded_module("warnings")
        && let Some(f) = crate::protocol::attr::getattr_opt(&module, &str::intern("_warn_unawaited_coroutine"))?
    {
        return call::call1(&f, coroutine).map(drop);
    }
    let name = crate::types::coroutine::qualified_name(coroutine);
    warn(types().runtime_warning, &format!("coroutine '{name}' was never awaited"), 1)
}

/// The registry of warnings already shown, in a module's namespace.
pub fn registry(globals: &Value) -> Value {
    let key = str::intern("__warningregistry__");
    match dict::get_str(globals, &key) {
        Some(r) => r,
        None => {
            let r = dict::new();
            dict::set_str(globals, &key, r.clone());
            r
        }
    }
}
