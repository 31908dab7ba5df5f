//! Helpers of compiled code that call native functions, and constructors of built-in classes, without looking for what to
//! call: the trace has guarded that.

use crate::call;
use crate::class::native::call_plain;
use crate::eval::ops;
use crate::protocol;
use crate::types::{builtin_function, descriptor, dict, dict_views, list, set, str, tuple};
use crate::value::Value;
use weft_layout::tag::{NULL, Word};

use super::helpers::{EXHAUSTED, finish, slice, view};

/// A function of a native module, neither bound nor a constructor.
pub unsafe extern "C" fn call_builtin(f: Word, n: u64, args: *const Word) -> Word {
    // SAFETY: a builtin function and live arguments.
    unsafe {
        let b = builtin_function::payload(view(&f));
        let args = slice(args, n);
        finish(call_plain(b.def, &b.params, args).unwrap_or_else(|| call::call(view(&f), args, None)))
    }
}

/// A native method; the first argument is an instance of the class that it belongs to.
pub unsafe extern "C" fn call_method(f: Word, n: u64, args: *const Word) -> Word {
    // SAFETY: a method descriptor and live arguments.
    unsafe {
        let m = descriptor::method_payload(view(&f));
        let args = slice(args, n);
        finish(call_plain(m.def, &m.params, args).unwrap_or_else(|| call::call(view(&f), args, None)))
    }
}

/// `list(iterable)`.
pub unsafe extern "C" fn list_of(v: Word) -> Word {
    let l = list::new();
    // SAFETY: a live value.
    finish(unsafe { list::extend(&l, view(&v)) }.map(|()| l))
}

/// `tuple(iterable)`.
pub unsafe extern "C" fn tuple_of(v: Word) -> Word {
    // SAFETY: a live value.
    finish(unsafe { ops::to_tuple(view(&v)) })
}

/// `set(iterable)`.
pub unsafe extern "C" fn set_of(v: Word) -> Word {
    let s = set::new();
    // SAFETY: a live value.
    finish(unsafe { set::update(&s, view(&v)) }.map(|()| s))
}

/// `str(v)`.
pub unsafe extern "C" fn str_of(v: Word) -> Word {
    // SAFETY: a live value.
    finish(unsafe { protocol::str(view(&v)) })
}

/// `{}`.
pub extern "C" fn new_dict() -> Word {
    dict::new().into_word()
}

/// A new list of the items of a list.
pub unsafe extern "C" fn list_copy(l: Word) -> Word {
    // SAFETY: a live list.
    unsafe { list::from_vec(list::to_vec(view(&l))).into_word() }
}

/// A new list of the items of a tuple.
pub unsafe extern "C" fn list_of_tuple(t: Word) -> Word {
    // SAFETY: a live tuple.
    unsafe { list::from_vec(tuple::items(view(&t)).to_vec()).into_word() }
}

/// Two sets or frozensets combined by the [`set::Operator`] of that number.
pub unsafe extern "C" fn set_combined(op: u64, a: Word, b: Word) -> Word {
    let op = [set::Operator::And, set::Operator::Or, set::Operator::Subtract][op as usize];
    // SAFETY: live sets.
    finish(unsafe { set::combined(op, view(&a), view(&b)) })
}

/// The next key of a set iterator, [`EXHAUSTED`] at its end, or NULL if it has to raise; in the last two cases nothing has been done.
pub unsafe extern "C" fn set_next(it: Word) -> Word {
    // SAFETY: a live set iterator.
    unsafe { set::iter::advance(view(&it)) }.map_or(NULL, |v| v.map_or(EXHAUSTED, Value::into_word))
}

/// The next key of a dict iterator, likewise.
pub unsafe extern "C" fn dict_next_key(it: Word) -> Word {
    // SAFETY: a live dict iterator.
    unsafe { dict_views::iter::advance(view(&it), dict_views::iter::Kind::Keys) }.map_or(NULL, |v| v.map_or(EXHAUSTED, Value::into_word))
}

/// The next value of a dict iterator, likewise.
pub unsafe extern "C" fn dict_next_value(it: Word) -> Word {
    // SAFETY: a live dict iterator.
    unsafe { dict_views::iter::advance(view(&it), dict_views::iter::Kind::Values) }.map_or(NULL, |v| v.map_or(EXHAUSTED, Value::into_word))
}

/// The value of the entry whose key a dict iterator has just yielded.
pub unsafe extern "C" fn dict_value_here(it: Word) -> Word {
    // SAFETY: a live dict iterator that was not at its end.
    unsafe { dict_views::iter::value_here(view(&it)) }.map_or(NULL, Value::into_word)
}

/// The next code point of a str iterator; see [`set_next`].
pub unsafe extern "C" fn str_next(it: Word) -> Word {
    // SAFETY: a live str iterator.
    unsafe { str::iter::advance(view(&it)) }.map_or(EXHAUSTED, Value::into_word)
}
