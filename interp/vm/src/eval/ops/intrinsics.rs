//! Intrinsics and common constants.

use crate::eval;
use crate::exc;
use crate::frame::Frame;
use crate::protocol;
use crate::types::{exceptions, function, list, tuple};
use crate::value::{Res, Value};
use crate::vm::types;
use weft_compiler::code::co_flags;

/// LOAD_COMMON_CONSTANT.
pub fn common_constant(i: usize) -> Value {
    let t = types();
    match i {
        0 => t.assertion_error.value(),
        1 => t.not_implemented_error.value(),
        2 => t.tuple.value(),
        3 => eval::builtins::function("all"),
        _ => eval::builtins::function("any"),
    }
}

/// CALL_INTRINSIC_1.
///
/// # Safety
/// `frame` is the running frame.
pub unsafe fn intrinsic_1(which: usize, v: &Value, frame: *mut Frame) -> Res {
    match which {
        1 => eval::builtins::print_expression(v),
        // SAFETY: passed on.
        2 => unsafe { eval::import::import_star(frame, v) },
        3 => stop_iteration_error(v, frame),
        4 => crate::types::async_generator::wrap(v),
        5 => protocol::number::positive(v),
        6 => Ok(tuple::from_vec(list::to_vec(v))),
        7 => crate::types::typevar::new_typevar(v, None, None),
        8 => crate::types::typevar::new_paramspec(v),
        9 => crate::types::typevar::new_typevartuple(v),
        10 => crate::types::typevar::subscript_generic(v),
        11 => crate::types::typevar::new_type_alias(v),
        _ => Err(exc::system_error("bad intrinsic")),
    }
}

/// A StopIteration that leaves a generator becomes a RuntimeError.
fn stop_iteration_error(e: &Value, frame: *mut Frame) -> Res {
    // SAFETY: the running frame is valid.
    let flags = unsafe { (*(*frame).code).parts.flags };
    let message = if e.is_instance(types().stop_iteration) {
        if flags & co_flags::ASYNC_GENERATOR != 0 {
            "async generator raised StopIteration"
        } else if flags & co_flags::COROUTINE != 0 {
            "coroutine raised StopIteration"
        } else {
            "generator raised StopIteration"
        }
    } else if flags & co_flags::ASYNC_GENERATOR != 0 && e.is_instance(types().stop_async_iteration) {
        "async generator raised StopAsyncIteration"
    } else {
        return Ok(e.clone());
    };
    let raised = exc::runtime_error(message);
    let new = exc::take(raised);
    exc::set_cause(&new, e.clone());
    exceptions::set_context(&new, e.clone());
    Ok(new)
}

/// CALL_INTRINSIC_2.
pub fn intrinsic_2(which: usize, a: &Value, b: &Value) -> Res {
    match which {
        1 => exceptions::prep_reraise_star(a, b),
        2 => crate::types::typevar::new_typevar(a, Some(b), None),
        3 => crate::types::typevar::new_typevar(a, None, Some(b)),
        4 => {
            function::set_type_params(a, b.clone());
            Ok(a.clone())
        }
        5 => crate::types::typevar::set_default(a, b),
        _ => Err(exc::system_error("bad intrinsic")),
    }
}
