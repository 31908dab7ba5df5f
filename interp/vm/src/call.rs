//! Calling things from native code.

use crate::protocol::{self, attr};
use crate::thread::{check_native_stack, thread};
use crate::types::str;
use crate::value::{Res, Value};
use crate::vm::{names, types};
use crate::{eval, exc};

/// Calls `callable` with positional arguments, followed by keyword values if `kwnames` names some.
pub fn call(callable: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let class = callable.class();
    if std::ptr::eq(class, types().function) {
        return eval::call_function(callable, args, kwnames);
    }
    match class.slots().call {
        Some(f) => {
            check_native_stack("")?;
            f(callable, args, kwnames)
        }
        None => Err(exc::type_error(format!("'{}' object is not callable", class.full_name()))),
    }
}

/// Calls with no arguments.
pub fn call0(callable: &Value) -> Res {
    call(callable, &[], None)
}

/// Calls with one argument.
pub fn call1(callable: &Value, arg: &Value) -> Res {
    call(callable, std::slice::from_ref(arg), None)
}

/// Calls method `name` of `object`.
pub fn call_method(object: &Value, name: &Value, args: &[Value]) -> Res {
    let (f, bound) = crate::protocol::attr::load_method(object, name)?;
    if bound { call_with_self(&f, object, args, None) } else { call(&f, args, None) }
}

/// Calls `f(this, *args)`.
pub fn call_with_self(f: &Value, this: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let mut all = smallvec(args.len() + 1);
    all.push(this.clone());
    all.extend_from_slice(args);
    call(f, &all, kwnames)
}

fn smallvec(n: usize) -> Vec<Value> {
    Vec::with_capacity(n)
}

/// Calls what a class attribute `f` is when looked up on instance `this`: binds, then calls.
pub fn call_unbound(f: &Value, this: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    if f.class().has(crate::class::flag::METHOD_DESCRIPTOR) {
        return call_with_self(f, this, args, kwnames);
    }
    match f.class().slots().descr_get {
        Some(get) => {
            let bound = get(f, Some(this), Some(&this.class().value()))?;
            call(&bound, args, kwnames)
        }
        None => call(f, args, kwnames),
    }
}

/// Calls the special method `name`, looked up on the class as the language does; `None` if there is none.
pub fn call_special(this: &Value, name: &Value, args: &[&Value]) -> Option<Res> {
    let f = this.class().lookup(name)?;
    let args: Vec<Value> = args.iter().map(|&a| a.clone()).collect();
    Some(call_unbound(&f, this, &args, None))
}

/// As [`call_special`], but a missing method is an AttributeError.
pub fn call_special_or_raise(this: &Value, name: &Value, args: &[&Value]) -> Res {
    call_special(this, name, args).unwrap_or_else(|| {
        Err(exc::attribute_error(format!("'{}' object has no attribute '{}'", this.class().full_name(), crate::types::str::display(name))))
    })
}

/// The special method `name` bound to `this`, as the language looks special methods up.
pub fn lookup_special(this: &Value, name: &Value) -> Res<Option<Value>> {
    let Some(f) = this.class().lookup(name) else { return Ok(None) };
    match f.class().slots().descr_get {
        Some(get) => get(&f, Some(this), Some(&this.class().value())).map(Some),
        None => Ok(Some(f)),
    }
}

/// Whether `f` can be called.
pub fn is_callable(f: &Value) -> bool {
    f.class().slots().call.is_some()
}

/// A callable in messages: its qualified name, with its module unless that is `builtins`, or what it prints as.
///
/// # Errors
/// Whatever its attributes raise.
pub fn describe(f: &Value) -> Res<String> {
    let Some(qualname) = attr::getattr_opt(f, &names().__qualname__)? else {
        return Ok(str::display(&protocol::str(f)?));
    };
    let qualname = str::display(&protocol::str(&qualname)?);
    match attr::getattr_opt(f, &names().__module__)? {
        Some(module) if !module.is_none() => {
            let module = str::display(&protocol::str(&module)?);
            Ok(if module == "builtins" { format!("{qualname}()") } else { format!("{module}.{qualname}()") })
        }
        _ => Ok(format!("{qualname}()")),
    }
}

/// Checks a call's result against the thread's exception state: a debugging aid for native functions.
pub fn check_result(result: &Res) {
    debug_assert_eq!(result.is_err(), thread().exc.peek().is_some(), "an exception is set if and only if a call fails");
}
