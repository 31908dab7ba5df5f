//! Calls of compiled code that go through native code. As in the interpreter, the arguments move to the callee's frame, which may
//! let go of them while it runs; what is not a Python function keeps them until it returns.

use super::helpers::{finish, slice, view};
use crate::call;
use crate::eval::calls::{call_owned, spread};
use crate::types::method;
use crate::value::{Res, Value, decref, incref};
use crate::vm::types;
use smallvec::SmallVec;
use weft_layout::tag::Word;

/// Calls with `n` arguments at `args`, which the callee takes over.
///
/// # Safety
/// The operands are live, and the arguments owned.
unsafe fn call_taking(callable: &Value, args: *const Word, n: usize, kwnames: Option<&Value>) -> Res {
    // SAFETY: passed on; a method keeps its function and its self.
    unsafe {
        let class = callable.class();
        if std::ptr::eq(class, types().function) {
            if kwnames.is_none()
                && let Some(r) = super::enter::call(callable, args, n)
            {
                return r;
            }
            return call_owned(callable, args, n, kwnames);
        }
        if std::ptr::eq(class, types().method) {
            let m = method::this(callable);
            let function = m.function();
            if std::ptr::eq(function.class(), types().function) {
                let mut all: SmallVec<[Word; 8]> = SmallVec::with_capacity(n + 1);
                incref(m.this.word());
                all.push(m.this.word());
                all.extend((0..n).map(|i| *args.add(i)));
                return call_taking(&function, all.as_ptr(), n + 1, kwnames);
            }
        }
        let r = call::call(callable, slice(args, n as u64), kwnames);
        for i in (0..n).rev() {
            decref(*args.add(i));
        }
        r
    }
}

pub(super) unsafe extern "C" fn positional(callable: Word, n: u64, args: *const Word) -> Word {
    // SAFETY: the operands are live, the arguments owned.
    finish(unsafe { call_taking(view(&callable), args, n as usize, None) })
}

pub(super) unsafe extern "C" fn keywords(callable: Word, n: u64, kwnames: Word, args: *const Word) -> Word {
    // SAFETY: the operands are live, the arguments owned.
    finish(unsafe { call_taking(view(&callable), args, n as usize, Some(view(&kwnames))) })
}

pub(super) unsafe extern "C" fn spread_out(callable: Word, args: Word, kwargs: Word) -> Word {
    // SAFETY: the operands are live, `args` is owned, `kwargs` may be NULL.
    unsafe {
        let parts = spread(view(&callable), view(&args), &kwargs);
        // The arguments have references of their own.
        decref(args);
        finish(parts.and_then(|(all, kwnames)| {
            let words: SmallVec<[Word; 8]> = all.into_iter().map(Value::into_word).collect();
            call_taking(view(&callable), words.as_ptr(), words.len(), kwnames.as_ref())
        }))
    }
}
