//! The built-in exceptions: CPython 3.14's hierarchy as one table, and what native code does with exceptions.
//!
//! * [`base`]: `BaseException`, and making instances.
//! * [`fields`], [`os_error`], [`syntax_error`], [`unicode_error`], [`group`]: exceptions with fields of their own.
//! * [`raising`]: the semantics of `raise` and `except`, contexts, and exceptions nobody can catch.

pub mod base;
pub mod fields;
pub mod group;
pub mod os_error;
pub mod raising;
pub mod suggest;
pub mod syntax_error;
pub mod unicode_error;

pub use fields::{exit_code, stop_iteration_value};
pub use group::{group_match, prep_reraise_star};
pub use raising::{
    call_unraisable_hook, check_except_star_type, check_except_type, matches, prepare_raise, set_attribute_details,
    set_context_from_handled, set_name_detail,
};
pub use suggest::suggest;

use crate::class::build::{self, TypeSpec};
use crate::class::slots::InitFn;
use crate::class::{Type, flag};
use crate::global::Global;
use crate::types::{instance, tuple};
use crate::value::Value;
use crate::vm::types;
use base::Kind;
use std::mem::MaybeUninit;

macro_rules! hierarchy {
    ($($field:ident $name:literal: $base:ident, $kind:expr, $doc:literal;)*) => {
        /// The built-in exception classes.
        #[derive(Clone, Copy)]
        pub struct Exceptions {
            /// `BaseException`.
            pub base_exception: &'static Type,
            $(#[doc = concat!("`", $name, "`.")] pub $field: &'static Type,)*
        }

        #[allow(non_upper_case_globals)]
        mod spec {
            use super::*;

            pub static base_exception: TypeSpec = TypeSpec {
                flags: base::FLAGS,
                has_dict: true,
                ..declaration("BaseException", "Common base class for all exceptions", None, Kind::BASE)
            };
            // SAFETY: a base class comes before its subclasses in the table, so it has been made.
            $(pub static $field: TypeSpec = declaration($name, $doc, Some(|| unsafe { (&raw const (*made()).$base).read() }), $kind);)*
        }

        /// Makes the type objects.
        pub fn start(type_: &'static Type, object: &'static Type) -> Exceptions {
            // SAFETY: written field by field, each base class before its subclasses, and read when complete.
            unsafe {
                let t = made();
                (&raw mut (*t).base_exception).write(build::start(&spec::base_exception, type_, Some(object)));
                $((&raw mut (*t).$field).write(build::start(&spec::$field, type_, Some(object)));)*
                *t
            }
        }

        /// Fills the namespaces.
        pub fn complete() {
            let t = types();
            // The one built-in class with two bases.
            build::set_mro(t.exception_group, vec![t.exception_group, t.base_exception_group, t.exception, t.base_exception, t.object]);
            build::complete(t.base_exception, &spec::base_exception);
            $(build::complete(t.$field, &spec::$field);)*
            build::set_bases(t.exception_group, t.base_exception_group, &[t.base_exception_group, t.exception]);
        }

        /// The names and classes that the builtins module has.
        pub fn builtins() -> Vec<(&'static str, &'static Type)> {
            let t = types();
            let mut all = vec![("BaseException", t.base_exception), $(($name, t.$field),)*];
            all.extend([("EnvironmentError", t.os_error), ("IOError", t.os_error)]);
            all
        }
    };
}

const fn declaration(name: &'static str, doc: &'static str, base: Option<fn() -> &'static Type>, kind: Kind) -> TypeSpec {
    TypeSpec {
        name,
        doc,
        base,
        payload: kind.payload,
        flags: flag::BASETYPE,
        slots: kind.slots,
        methods: kind.methods,
        getsets: kind.getsets,
        ..TypeSpec::DEFAULT
    }
}

static MADE: Global<MaybeUninit<Exceptions>> = Global::new(MaybeUninit::uninit());

/// The table while it is being filled.
fn made() -> *mut Exceptions {
    // SAFETY: the pointer is not dereferenced here.
    unsafe { (*MADE.get()).as_mut_ptr() }
}

hierarchy! {
    exception "Exception": base_exception, Kind::SIMPLE, "Common base class for all non-exit exceptions.";
    base_exception_group "BaseExceptionGroup": base_exception, group::GROUP, "A combination of multiple unrelated exceptions.";
    exception_group "ExceptionGroup": base_exception_group, Kind::PLAIN, "";
    generator_exit "GeneratorExit": base_exception, Kind::SIMPLE, "Request that a generator exit.";
    keyboard_interrupt "KeyboardInterrupt": base_exception, Kind::SIMPLE, "Program interrupted by user.";
    system_exit "SystemExit": base_exception, fields::SYSTEM_EXIT, "Request to exit from the interpreter.";
    arithmetic_error "ArithmeticError": exception, Kind::SIMPLE, "Base class for arithmetic errors.";
    assertion_error "AssertionError": exception, Kind::SIMPLE, "Assertion failed.";
    attribute_error "AttributeError": exception, fields::ATTRIBUTE_ERROR, "Attribute not found.";
    buffer_error "BufferError": exception, Kind::SIMPLE, "Buffer error.";
    eof_error "EOFError": exception, Kind::SIMPLE, "Read beyond end of file.";
    import_error "ImportError": exception, fields::IMPORT_ERROR, "Import can't find module, or can't find name in module.";
    lookup_error "LookupError": exception, Kind::SIMPLE, "Base class for lookup errors.";
    memory_error "MemoryError": exception, Kind::SIMPLE, "Out of memory.";
    name_error "NameError": exception, fields::NAME_ERROR, "Name not found globally.";
    os_error "OSError": exception, os_error::OS_ERROR, "Base class for I/O related errors.";
    reference_error "ReferenceError": exception, Kind::SIMPLE, "Weak ref proxy used after referent went away.";
    runtime_error "RuntimeError": exception, Kind::SIMPLE, "Unspecified run-time error.";
    stop_async_iteration "StopAsyncIteration": exception, Kind::SIMPLE, "Signal the end from iterator.__anext__().";
    stop_iteration "StopIteration": exception, fields::STOP_ITERATION, "Signal the end from iterator.__next__().";
    syntax_error "SyntaxError": exception, syntax_error::SYNTAX_ERROR, "Invalid syntax.";
    system_error "SystemError": exception, Kind::SIMPLE, "Internal error in the Python interpreter.\n\nPlease report this to the Python maintainer, along with the traceback,\nthe Python version, and the hardware/OS platform and version.";
    type_error "TypeError": exception, Kind::SIMPLE, "Inappropriate argument type.";
    value_error "ValueError": exception, Kind::SIMPLE, "Inappropriate argument value (of correct type).";
    warning "Warning": exception, Kind::SIMPLE, "Base class for warning categories.";
    floating_point_error "FloatingPointError": arithmetic_error, Kind::SIMPLE, "Floating-point operation failed.";
    overflow_error "OverflowError": arithmetic_error, Kind::SIMPLE, "Result too large to be represented.";
    zero_division_error "ZeroDivisionError": arithmetic_error, Kind::SIMPLE, "Second argument to a division or modulo operation was zero.";
    bytes_warning "BytesWarning": warning, Kind::SIMPLE, "Base class for warnings about bytes and buffer related problems, mostly\nrelated to conversion from str or comparing to str.";
    deprecation_warning "DeprecationWarning": warning, Kind::SIMPLE, "Base class for warnings about deprecated features.";
    encoding_warning "EncodingWarning": warning, Kind::SIMPLE, "Base class for warnings about encodings.";
    future_warning "FutureWarning": warning, Kind::SIMPLE, "Base class for warnings about constructs that will change semantically\nin the future.";
    import_warning "ImportWarning": warning, Kind::SIMPLE, "Base class for warnings about probable mistakes in module imports";
    pending_deprecation_warning "PendingDeprecationWarning": warning, Kind::SIMPLE, "Base class for warnings about features which will be deprecated\nin the future.";
    resource_warning "ResourceWarning": warning, Kind::SIMPLE, "Base class for warnings about resource usage.";
    runtime_warning "RuntimeWarning": warning, Kind::SIMPLE, "Base class for warnings about dubious runtime behavior.";
    syntax_warning "SyntaxWarning": warning, Kind::SIMPLE, "Base class for warnings about dubious syntax.";
    unicode_warning "UnicodeWarning": warning, Kind::SIMPLE, "Base class for warnings about Unicode related problems, mostly\nrelated to conversion problems.";
    user_warning "UserWarning": warning, Kind::SIMPLE, "Base class for warnings generated by user code.";
    blocking_io_error "BlockingIOError": os_error, Kind::PLAIN, "I/O operation would block.";
    child_process_error "ChildProcessError": os_error, Kind::PLAIN, "Child process error.";
    connection_error "ConnectionError": os_error, Kind::PLAIN, "Connection error.";
    file_exists_error "FileExistsError": os_error, Kind::PLAIN, "File already exists.";
    file_not_found_error "FileNotFoundError": os_error, Kind::PLAIN, "File not found.";
    interrupted_error "InterruptedError": os_error, Kind::PLAIN, "Interrupted by signal.";
    is_a_directory_error "IsADirectoryError": os_error, Kind::PLAIN, "Operation doesn't work on directories.";
    not_a_directory_error "NotADirectoryError": os_error, Kind::PLAIN, "Operation only works on directories.";
    permission_error "PermissionError": os_error, Kind::PLAIN, "Not enough permissions.";
    process_lookup_error "ProcessLookupError": os_error, Kind::PLAIN, "Process not found.";
    timeout_error "TimeoutError": os_error, Kind::PLAIN, "Timeout expired.";
    indentation_error "IndentationError": syntax_error, Kind::PLAIN, "Improper indentation.";
    incomplete_input_error "_IncompleteInputError": syntax_error, Kind::PLAIN, "incomplete input.";
    index_error "IndexError": lookup_error, Kind::SIMPLE, "Sequence index out of range.";
    key_error "KeyError": lookup_error, Kind::KEY_ERROR, "Mapping key not found.";
    module_not_found_error "ModuleNotFoundError": import_error, Kind::PLAIN, "Module not found.";
    not_implemented_error "NotImplementedError": runtime_error, Kind::SIMPLE, "Method or function hasn't been implemented yet.";
    python_finalization_error "PythonFinalizationError": runtime_error, Kind::SIMPLE, "Operation blocked during Python finalization.";
    recursion_error "RecursionError": runtime_error, Kind::SIMPLE, "Recursion limit exceeded.";
    unbound_local_error "UnboundLocalError": name_error, Kind::PLAIN, "Local name referenced but not bound to a value.";
    unicode_error "UnicodeError": value_error, unicode_error::UNICODE_ERROR, "Unicode related error.";
    broken_pipe_error "BrokenPipeError": connection_error, Kind::PLAIN, "Broken pipe.";
    connection_aborted_error "ConnectionAbortedError": connection_error, Kind::PLAIN, "Connection aborted.";
    connection_refused_error "ConnectionRefusedError": connection_error, Kind::PLAIN, "Connection refused.";
    connection_reset_error "ConnectionResetError": connection_error, Kind::PLAIN, "Connection reset.";
    tab_error "TabError": indentation_error, Kind::PLAIN, "Improper mixture of spaces and tabs.";
    unicode_decode_error "UnicodeDecodeError": unicode_error, unicode_error::DECODE_ERROR, "Unicode decoding error.";
    unicode_encode_error "UnicodeEncodeError": unicode_error, unicode_error::ENCODE_ERROR, "Unicode encoding error.";
    unicode_translate_error "UnicodeTranslateError": unicode_error, unicode_error::TRANSLATE_ERROR, "Unicode translation error.";
}

/// Whether `v` is an exception class.
#[inline]
pub fn is_exception_class(v: &Value) -> bool {
    v.is_instance(types().type_) && build::of(v).has(flag::BASE_EXC_SUBCLASS)
}

/// Whether `v` is an exception.
#[inline]
pub fn is_exception_instance(v: &Value) -> bool {
    v.class().has(flag::BASE_EXC_SUBCLASS)
}

/// `class(*args)` for a native exception class, without a call through Python. Should the constructor refuse the
/// arguments, the result is the exception that says so.
pub fn new_native(class: &'static Type, args: Vec<Value>) -> Value {
    let slots = class.slots();
    if slots.init.is_some_and(|f| f as usize == base::init as InitFn as usize) {
        let v = base::allocate(class);
        base::payload(&v).args.set(tuple::from_vec(args));
        return v;
    }
    let make = slots.new.unwrap_or(base::new);
    let made = make(&class.value(), &args, None).and_then(|v| match slots.init {
        Some(init) => init(&v, &args, None).map(|()| v),
        None => Ok(v),
    });
    made.unwrap_or_else(crate::exc::take)
}

/// `__traceback__`, if there is one. `exc` is an exception, here and below.
#[inline]
pub fn traceback_of(exc: &Value) -> Option<Value> {
    base::payload(exc).traceback.get()
}

/// Sets `__traceback__`; None removes it.
#[inline]
pub fn set_traceback(exc: &Value, tb: Value) {
    drop(base::payload(exc).traceback.replace((!tb.is_none()).then_some(tb)));
}

/// `__cause__`, if there is one.
pub fn cause_of(exc: &Value) -> Option<Value> {
    base::payload(exc).cause.get()
}

/// Sets `__cause__` (None removes it), and with it `__suppress_context__`.
pub fn set_cause(exc: &Value, cause: Value) {
    base::payload(exc).suppress_context.set(true);
    drop(base::payload(exc).cause.replace((!cause.is_none()).then_some(cause)));
}

/// `__context__`, if there is one.
pub fn context_of(exc: &Value) -> Option<Value> {
    base::payload(exc).context.get()
}

/// Sets `__context__`; None removes it.
pub fn set_context(exc: &Value, context: Value) {
    drop(base::payload(exc).context.replace((!context.is_none()).then_some(context)));
}

/// `__suppress_context__`.
pub fn suppresses_context(exc: &Value) -> bool {
    base::payload(exc).suppress_context.get()
}

/// The `args` tuple.
pub fn args_of(exc: &Value) -> Value {
    base::args(exc)
}

/// `__notes__` as it is stored in the instance.
pub fn notes_of(exc: &Value) -> Option<Value> {
    instance::get(exc, &super::str::intern("__notes__"))
}
