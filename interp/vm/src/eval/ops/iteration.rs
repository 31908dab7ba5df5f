//! Iterating, delegating and awaiting.

use crate::call;
use crate::exc;
use crate::protocol;
use crate::thread::thread;
use crate::types::code::Code;
use crate::types::{coroutine, exceptions, generator};
use crate::value::{Res, Value};
use crate::vm::{names, types};
use weft_compiler::code::co_flags;

/// The next item of an iterator, or `None` at its end.
#[inline]
pub fn for_next(it: &Value) -> Res<Option<Value>> {
    match it.class().slots().next {
        Some(f) => match f(it) {
            Err(e) if exc::matches(types().stop_iteration) => {
                // SAFETY: the thread's frame runs the loop.
                unsafe { crate::eval::trace::loop_ended(thread().frame.get(), e) }?;
                Ok(None)
            }
            other => other,
        },
        None => Err(exc::type_error(format!("'{}' object is not an iterator", it.class().full_name()))),
    }
}

/// GET_YIELD_FROM_ITER.
pub fn yield_from_iter(v: &Value, code: &Code) -> Res {
    if std::ptr::eq(v.class(), types().coroutine) {
        if code.flags & (co_flags::COROUTINE | co_flags::ITERABLE_COROUTINE) == 0 {
            return Err(exc::type_error("cannot 'yield from' a coroutine object in a non-coroutine generator"));
        }
        return Ok(v.clone());
    }
    if std::ptr::eq(v.class(), types().generator) {
        return Ok(v.clone());
    }
    protocol::iter::iter(v)
}

/// SEND to anything that is not resumed in the loop itself.
pub fn send(receiver: &Value, value: &Value) -> Res<generator::Resumed> {
    if generator::is_generator_like(receiver) && !std::ptr::eq(receiver.class(), types().async_generator) {
        let resumed = generator::send(receiver, value)?;
        if let generator::Resumed::Return(v) = &resumed {
            // SAFETY: the thread's frame runs the loop.
            unsafe { crate::eval::trace::generator_ended(thread().frame.get(), v, true) }?;
        }
        return Ok(resumed);
    }
    let next = receiver.class().slots().next;
    let r = match next {
        Some(f) if value.is_none() => match f(receiver) {
            Ok(Some(x)) => return Ok(generator::Resumed::Yield(x)),
            Ok(None) => return Ok(generator::Resumed::Return(Value::NONE)),
            Err(e) => Err(e),
        },
        _ => call::call_method(receiver, &names().send, std::slice::from_ref(value)),
    };
    match r {
        Ok(x) => Ok(generator::Resumed::Yield(x)),
        Err(e) if exc::matches(types().stop_iteration) => {
            let ended = exc::take(e);
            let value = exceptions::stop_iteration_value(&ended);
            // SAFETY: the thread's frame runs the loop.
            unsafe { crate::eval::trace::loop_ended(thread().frame.get(), exc::restore(ended)) }?;
            Ok(generator::Resumed::Return(value))
        }
        Err(e) => Err(e),
    }
}

/// GET_AWAITABLE; `arg` says what for (1: `__aenter__`, 2: `__aexit__`).
pub fn get_awaitable(v: &Value, arg: usize) -> Res {
    let it = match coroutine::awaitable_iter(v) {
        Ok(it) => it,
        Err(e) => {
            if arg > 0 && v.class().slots().await_.is_none() {
                exc::clear(e);
                return Err(exc::type_error(format!(
                    "'async with' received an object from {} that does not implement __await__: {}",
                    if arg == 1 { "__aenter__" } else { "__aexit__" },
                    v.class().full_name()
                )));
            }
            return Err(e);
        }
    };
    if std::ptr::eq(it.class(), types().coroutine) && generator::yield_from(&it).is_some() {
        return Err(exc::runtime_error("coroutine is being awaited already"));
    }
    Ok(it)
}

/// GET_AITER.
pub fn get_aiter(v: &Value) -> Res {
    let Some(f) = v.class().slots().aiter else {
        return Err(exc::type_error(format!("'async for' requires an object with __aiter__ method, got {}", v.class().full_name())));
    };
    let it = f(v)?;
    if it.class().slots().anext.is_none() {
        return Err(exc::type_error(format!(
            "'async for' received an object from __aiter__ that does not implement __anext__: {}",
            it.class().full_name()
        )));
    }
    Ok(it)
}

/// GET_ANEXT.
pub fn get_anext(it: &Value) -> Res {
    let Some(f) = it.class().slots().anext else {
        return Err(exc::type_error(format!("'async for' requires an iterator with __anext__ method, got {}", it.class().full_name())));
    };
    let next = f(it)?;
    if std::ptr::eq(it.class(), types().async_generator) {
        return Ok(next);
    }
    match coroutine::awaitable_iter(&next) {
        Ok(a) => Ok(a),
        Err(e) => {
            let cause = exc::take(e);
            let raised = exc::type_error(format!("'async for' received an invalid object from __anext__: {}", next.class().full_name()));
            let new = exc::take(raised);
            exc::set_cause(&new, cause);
            Err(exc::restore(new))
        }
    }
}
