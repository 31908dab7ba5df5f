//! `raise` and `except`: what may be raised and caught, implicit contexts, details for suggestions, and exceptions
//! that nobody can catch.

use super::{fields, is_exception_class, is_exception_instance};
use crate::exc::{self, Raised};
use crate::thread::thread;
use crate::types::text::Text;
use crate::types::{str, tuple};
use crate::value::{Res, Value};
use crate::vm::types;
use crate::{call, protocol};

/// Makes the exception being handled the context of `exception`, breaking a cycle that this would close.
pub fn set_context_from_handled(exception: &Value) {
    let Some(handled) = thread().handled_exception() else { return };
    if handled.is(exception) {
        return;
    }
    // A second walk at half the speed finds cycles that were there before (Floyd).
    let (mut at, mut slow, mut step) = (handled.clone(), handled.clone(), false);
    while let Some(context) = super::context_of(&at) {
        if context.is(exception) {
            super::set_context(&at, Value::NONE);
            break;
        }
        at = context;
        if at.is(&slow) {
            break;
        }
        if step && let Some(next) = super::context_of(&slow) {
            slow = next;
        }
        step = !step;
    }
    super::set_context(exception, handled);
}

/// Sets `name` and `obj` of the AttributeError on its way, if that is what is on its way and it has neither.
pub fn set_attribute_details(obj: &Value, name: &Value) {
    if let Some(e) = exc::current() {
        fields::set_attribute(&e, obj, name);
    }
}

/// Sets `name` of the NameError on its way.
pub fn set_name_detail(name: &Value) {
    if let Some(e) = exc::current() {
        fields::set_name(&e, name);
    }
}

/// An exception from what stands in a `raise` statement: an instance, or a class to call.
fn instantiate(v: &Value, otherwise: &str) -> Res {
    if is_exception_instance(v) {
        return Ok(v.clone());
    }
    if !is_exception_class(v) {
        return Err(exc::type_error(otherwise));
    }
    let made = call::call0(v)?;
    if is_exception_instance(&made) {
        return Ok(made);
    }
    let text = format!(
        "calling {} should have returned an instance of BaseException, not {}",
        protocol::repr_string(v)?,
        protocol::repr_string(&made.class().value())?
    );
    Err(exc::type_error(text))
}

/// Raises as the statement `raise exc from cause` does; an error is what is wrong with raising it.
pub fn prepare_raise(exc: Value, cause: Option<Value>) -> Res<Raised> {
    let made = instantiate(&exc, "exceptions must derive from BaseException").and_then(|e| {
        match cause {
            None => {}
            Some(c) if c.is_none() => super::set_cause(&e, c),
            Some(c) => super::set_cause(&e, instantiate(&c, "exception causes must derive from BaseException")?),
        }
        Ok(e)
    });
    made.map(exc::raise)
}

/// Raises as a bare `raise` does: the exception being handled, once more.
pub fn reraise() -> Raised {
    match thread().handled_exception() {
        Some(e) => exc::restore(e),
        None => exc::runtime_error("No active exception to reraise"),
    }
}

/// Whether `except class` (a class or a tuple) catches the exception. Goes by the classes alone.
pub fn matches(exception: &Value, class: &Value) -> bool {
    if class.is_instance(types().tuple) {
        return tuple::items(class).iter().any(|c| matches(exception, c));
    }
    let own = if is_exception_class(exception) { crate::class::build::of(exception) } else { exception.class() };
    if is_exception_class(class) { own.is_subtype(crate::class::build::of(class)) } else { exception.is(class) }
}

fn each_class(class: &Value) -> &[Value] {
    if class.is_instance(types().tuple) { tuple::items(class) } else { std::slice::from_ref(class) }
}

/// An error unless `except class` may stand in a program.
pub fn check_except_type(class: &Value) -> Res<()> {
    if each_class(class).iter().all(is_exception_class) {
        return Ok(());
    }
    Err(exc::type_error("catching classes that do not inherit from BaseException is not allowed"))
}

/// An error unless `except* class` may stand in a program.
pub fn check_except_star_type(class: &Value) -> Res<()> {
    check_except_type(class)?;
    let group = types().base_exception_group.value();
    for c in each_class(class) {
        if protocol::issubclass(c, &group)? {
            return Err(exc::type_error("catching ExceptionGroup with except* is not allowed. Use except instead."));
        }
    }
    Ok(())
}

/// Reports an exception that nobody can catch to `sys.unraisablehook`. A message that ends in a space goes on with the
/// repr of `object`; else the hook gets the object and prints it itself.
pub fn call_unraisable_hook(exception: Value, message: &str, object: Option<&Value>) {
    let (message, object) = match object {
        Some(o) if message.ends_with(' ') => {
            let text = Text::new().add(message).repr(o).unwrap_or_else(|e| {
                exc::clear(e);
                Text::new().add(message.trim_end())
            });
            (text.finish(), None)
        }
        _ => (if message.is_empty() { Value::NONE } else { str::new(message) }, object),
    };
    crate::traceback_print::report_unraisable(&exception, &message, object);
}
