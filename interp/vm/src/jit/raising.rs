//! Helpers of compiled code for exceptions that are raised and caught in the trace's own frame.
//!
//! That frame exists in memory, so a traceback can name it although its slots are out of date: whoever looks at those has the
//! frames materialised first. What is being handled is the thread's state, as in the interpreter; nothing of it is virtual.

use crate::eval::ops;
use crate::exc;
use crate::thread::thread;
use crate::types::{frame_object, traceback};
use crate::value::Value;
use weft_layout::tag::{self, NULL, Word};

/// `raise e from cause`, both NULL where they are not given. Whether the traceback gets this frame: not for a bare `raise`.
pub unsafe extern "C" fn raise(e: Word, cause: Word) -> u64 {
    // SAFETY: live values or NULL.
    let given = |w: Word| (w != NULL).then(|| unsafe { Value::clone_word(w) });
    !ops::raise_varargs(given(e), given(cause)) as u64
}

/// Takes the exception that the instruction at `ip` of the trace's own frame has raised, as a handler does. With `adds`, the
/// frame goes in front of its traceback.
pub unsafe extern "C" fn catch_here(ip: *const u16, adds: u64) -> Word {
    let t = thread();
    // SAFETY: the thread's frame is the one that compiled code was entered with, which is at that instruction.
    unsafe {
        let frame = t.frame.get();
        (*frame).ip = ip;
        if adds != 0
            && let Some(e) = exc::current()
        {
            let unit = (*(*frame).code).index_of(ip);
            traceback::add(frame_object::of_frame(frame), (2 * unit) as i32, None, &e);
        }
    }
    t.exc.take().expect("an exception is on its way").into_word()
}

/// PUSH_EXC_INFO: the exception is being handled from here on. Returns the one that was, or None.
pub unsafe extern "C" fn push_exc_info(e: Word) -> Word {
    // SAFETY: an exception whose reference is handed over.
    let e = unsafe { Value::from_word(e) };
    thread().handled_state().value.replace(Some(e)).unwrap_or(Value::NONE).into_word()
}

/// POP_EXCEPT: the exception that was being handled before is again, None for none. Returns the one that no longer is.
pub unsafe extern "C" fn pop_except(before: Word) -> Word {
    // SAFETY: a value whose reference is handed over.
    let before = unsafe { Value::from_word(before) };
    let before = (!before.is_none()).then_some(before);
    thread().handled_state().value.replace(before).unwrap_or(Value::NONE).into_word()
}

/// Whether `except class` catches the exception; NULL if that may not stand behind `except`.
pub unsafe extern "C" fn exc_matches(e: Word, class: Word) -> Word {
    // SAFETY: live values.
    match unsafe { ops::check_exc_match(Value::from_word_ref(&e), Value::from_word_ref(&class)) } {
        Ok(yes) => tag::bool_word(yes),
        Err(raised) => {
            exc::clear(raised);
            NULL
        }
    }
}
