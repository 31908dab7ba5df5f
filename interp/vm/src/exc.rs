//! Raising and inspecting exceptions from native code.
//!
//! An exception on its way is held by the current thread; Rust functions return [`Raised`], which carries nothing.
//! Whoever handles one takes it with [`take`] or drops it with [`clear`].

pub use crate::value::Raised;

use crate::class::Type;
use crate::thread::thread;
use crate::types::{exceptions, str, tuple};
use crate::value::{Res, Value};
use crate::vm::{names, types};

/// Makes `exception` (an instance) the one on its way, with the exception being handled as its context.
pub fn raise(exception: Value) -> Raised {
    exceptions::set_context_from_handled(&exception);
    restore(exception)
}

/// Makes `exception` the one on its way, as it is.
pub fn restore(exception: Value) -> Raised {
    thread().exc.set(exception);
    Raised(())
}

/// Raises an instance of `class` with a message.
pub fn new(class: &'static Type, message: impl AsRef<str>) -> Raised {
    raise_args(class, &[str::new(message.as_ref())])
}

/// Raises `class(*args)`.
pub fn raise_args(class: &'static Type, args: &[Value]) -> Raised {
    match crate::call::call(&class.value(), args, None) {
        Ok(e) => raise(e),
        Err(e) => e,
    }
}

/// Raises an instance of `class` without arguments.
pub fn bare(class: &'static Type) -> Raised {
    raise_args(class, &[])
}

macro_rules! shorthand {
    ($($name:ident)*) => {
        $(#[doc = concat!("Raises the exception `", stringify!($name), "` names, with a message.")]
        #[cold]
        pub fn $name(message: impl AsRef<str>) -> Raised {
            new(types().$name, message)
        })*
    };
}

shorthand! {
    type_error value_error attribute_error index_error runtime_error overflow_error zero_division_error system_error
    name_error unbound_local_error recursion_error assertion_error lookup_error import_error eof_error buffer_error
    reference_error not_implemented_error syntax_error
}

/// Raises MemoryError.
#[cold]
pub fn memory_error() -> Raised {
    bare(types().memory_error)
}

/// Raises KeyError for a key.
#[cold]
pub fn key_error(key: &Value) -> Raised {
    raise_args(types().key_error, std::slice::from_ref(key))
}

/// Raises StopIteration with a value, or without if it is None.
pub fn stop_iteration(value: Value) -> Raised {
    if value.is_none() { bare(types().stop_iteration) } else { raise_args(types().stop_iteration, &[value]) }
}

/// The exception that is on its way, which stays there.
pub fn current() -> Option<Value> {
    thread().exc.get()
}

/// Takes the exception that `raised` speaks of.
pub fn take(raised: Raised) -> Value {
    let Raised(()) = raised;
    thread().exc.take().expect("Raised without an exception")
}

/// Drops the exception that `raised` speaks of.
pub fn clear(raised: Raised) {
    drop(take(raised));
}

/// Whether the exception on its way is an instance of `class`.
pub fn matches(class: &Type) -> bool {
    thread().exc.peek().is_some_and(|e| e.is_instance(class))
}

/// Turns the exception into `None` if it is an instance of `class`.
pub fn catch<T>(result: Res<T>, class: &Type) -> Res<Option<T>> {
    match result {
        Ok(x) => Ok(Some(x)),
        Err(e) if matches(class) => {
            clear(e);
            Ok(None)
        }
        Err(e) => Err(e),
    }
}

/// Raises `OSError(errno, strerror[, filename])`, which picks the subclass.
pub fn os_error(errno: i32, filename: Option<&Value>) -> Raised {
    let text = os_error_text(errno);
    let mut args = vec![Value::int(errno as i64), str::new(&text)];
    if let Some(f) = filename {
        args.push(f.clone());
    }
    raise_args(types().os_error, &args)
}

/// Raises OSError for a failed Rust I/O call.
pub fn io_error(error: &std::io::Error, filename: Option<&Value>) -> Raised {
    match error.raw_os_error() {
        Some(n) => os_error(n, filename),
        None => new(types().os_error, error.to_string()),
    }
}

/// The C library's text for an errno.
pub fn os_error_text(errno: i32) -> String {
    // SAFETY: strerror returns a NUL-terminated string that stays valid until the next call.
    unsafe { std::ffi::CStr::from_ptr(libc::strerror(errno)).to_string_lossy().into_owned() }
}

/// Reports an exception that nobody can catch through `sys.unraisablehook`.
pub fn unraisable(raised: Raised, message: &str, object: Option<&Value>) {
    let exception = take(raised);
    exceptions::call_unraisable_hook(exception, message, object);
}

/// Raises TypeError for a wrong operand or argument type: `{what} must be {wanted}, not {got}`.
pub fn wrong_type(what: &str, wanted: &str, got: &Value) -> Raised {
    type_error(format!("{what} must be {wanted}, not {}", got.class().full_name()))
}

/// Sets `__cause__` of an exception.
pub fn set_cause(exception: &Value, cause: Value) {
    exceptions::set_cause(exception, cause);
}

/// The arguments of an exception.
pub fn args(exception: &Value) -> Vec<Value> {
    match crate::protocol::attr::getattr(exception, &names().args) {
        Ok(a) if a.is_instance(types().tuple) => tuple::items(&a).to_vec(),
        Ok(_) => Vec::new(),
        Err(e) => {
            clear(e);
            Vec::new()
        }
    }
}
