//! Raising, matching what was raised, and `with`.

use crate::call;
use crate::eval::interpret::view;
use crate::exc::{self, Raised};
use crate::thread::thread;
use crate::types::{dict, exceptions, tuple};
use crate::value::{Res, Value, decref};
use crate::vm::{names, types};
use weft_layout::tag::{NULL, Word};

fn check_catchable(class: &Value) -> Res<()> {
    let ok = |c: &Value| exceptions::is_exception_class(c);
    let fine = if class.is_instance(types().tuple) { tuple::items(class).iter().all(ok) } else { ok(class) };
    if fine { Ok(()) } else { Err(exc::type_error("catching classes that do not inherit from BaseException is not allowed")) }
}

/// Whether an exception is caught by `except class`.
pub fn check_exc_match(e: &Value, class: &Value) -> Res<bool> {
    check_catchable(class)?;
    Ok(if class.is_instance(types().tuple) {
        tuple::items(class).iter().any(|c| e.is_instance(crate::class::build::of(c)))
    } else {
        e.is_instance(crate::class::build::of(class))
    })
}

/// CHECK_EG_MATCH: exception and class below `sp` become the rest and the match.
///
/// # Safety
/// The two operands are below `sp`.
pub unsafe fn check_eg_match(sp: *mut Word) -> Res<()> {
    // SAFETY: passed on.
    unsafe {
        let (e, class) = (view(sp.sub(2)), view(sp.sub(1)));
        check_catchable(class)?;
        if !e.is_none() && !e.is_instance(types().base_exception) {
            return Err(exc::type_error("exceptions must derive from BaseException"));
        }
        let (rest, matched) = exceptions::group_match(e, class)?;
        if !matched.is_none() {
            thread().handled_state().value.set(matched.clone());
        }
        let old = [*sp.sub(2), *sp.sub(1)];
        *sp.sub(2) = rest.into_word();
        *sp.sub(1) = matched.into_word();
        for w in old {
            decref(w);
        }
        Ok(())
    }
}

/// RAISE_VARARGS. Returns whether it was a bare `raise`, which keeps the traceback as it is.
pub fn raise_varargs(e: Option<Value>, cause: Option<Value>) -> bool {
    match e {
        None => match thread().handled_exception() {
            Some(e) => {
                let Raised(()) = exc::restore(e);
                true
            }
            None => {
                let Raised(()) = exc::runtime_error("No active exception to reraise");
                false
            }
        },
        Some(e) => {
            let (Ok(Raised(())) | Err(Raised(()))) = exceptions::prepare_raise(e, cause);
            false
        }
    }
}

/// LOAD_SPECIAL: replaces the owner on top by the method and self or NULL, one word more.
///
/// # Safety
/// The operand is below `sp`.
pub unsafe fn load_special(sp: *mut Word, which: usize) -> Res<()> {
    // SAFETY: passed on; the stack has room for one more.
    unsafe {
        let owner = view(sp.sub(1));
        let n = names();
        let name = [&n.__enter__, &n.__exit__, &n.__aenter__, &n.__aexit__][which & 3];
        let Some(f) = owner.class().lookup(name) else { return Err(no_special(owner, which)) };
        let this = *sp.sub(1);
        if f.class().has(crate::class::flag::METHOD_DESCRIPTOR) {
            *sp.sub(1) = f.into_word();
            *sp = this;
            return Ok(());
        }
        let bound = match f.class().slots().descr_get {
            Some(get) => get(&f, Some(owner), Some(&owner.class().value()))?,
            None => f,
        };
        *sp.sub(1) = bound.into_word();
        *sp = NULL;
        decref(this);
        Ok(())
    }
}

#[cold]
fn no_special(owner: &Value, which: usize) -> Raised {
    let class = owner.class();
    let n = names();
    let name = dict::class_name(owner);
    let is_async = which >= 2;
    let other = if is_async { (&n.__enter__, &n.__exit__) } else { (&n.__aenter__, &n.__aexit__) };
    let hint = if class.lookup(other.0).is_some() && class.lookup(other.1).is_some() {
        if is_async {
            " but it supports the context manager protocol. Did you mean to use 'with'?"
        } else {
            " but it supports the asynchronous context manager protocol. Did you mean to use 'async with'?"
        }
    } else {
        ""
    };
    let kind = if is_async { "asynchronous context manager" } else { "context manager" };
    let missed = ["__enter__", "__exit__", "__aenter__", "__aexit__"][which & 3];
    exc::type_error(format!("'{name}' object does not support the {kind} protocol (missed {missed} method){hint}"))
}

/// WITH_EXCEPT_START: calls `__exit__` with the exception on top of the stack.
///
/// # Safety
/// The stack holds exit function, self or NULL, lasti, previous exception, exception.
pub unsafe fn with_except_start(sp: *mut Word) -> Res {
    // SAFETY: passed on.
    unsafe {
        let e = view(sp.sub(1));
        let tb = exceptions::traceback_of(e).unwrap_or(Value::NONE);
        let f = view(sp.sub(5));
        let mut args = Vec::with_capacity(4);
        if *sp.sub(4) != NULL {
            args.push(Value::clone_word(*sp.sub(4)));
        }
        args.extend([e.class().value(), e.clone(), tb]);
        call::call(f, &args, None)
    }
}
