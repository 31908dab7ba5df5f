//! Special methods written in Python get a frame in the loop instead of a native call.
//!
//! Each function looks whether an operation on these operands comes down to calling one Python function of fitting
//! arity first. If so it pushes the function's frame, with a continuation that says what to do with the result, and
//! returns it; the loop goes on there. `None` means that the operation runs natively, as [`crate::protocol`] has it.

use super::calls::{code_of, enter_exact};
use super::interpret::view;
use crate::class::slotdefs;
use crate::class::slots::CompareOp;
use crate::exc;
use crate::frame::{Continuation, Frame};
use crate::protocol::number::BinaryOp;
use crate::protocol::{self, number};
use crate::types::function;
use crate::value::{Res, Value, decref, incref};
use crate::vm::{names, shapes};
use weft_layout::tag::{self, Word};

/// Bit of a ToBool continuation's word: the answer is the opposite.
pub const INVERT: u64 = 0x100;
/// Bit of a ToBool continuation's word: the method has to return a bool.
const STRICT: u64 = 0x200;
/// The word of TO_BOOL's continuation.
pub const TO_BOOL: u64 = 1 | STRICT;

/// The Python function of exactly `nargs` arguments that is `name` in the class of `v`, borrowed.
#[inline]
fn plain_function(v: &Value, name: &Value, nargs: u32) -> Option<Word> {
    let w = v.class().lookup_ref(name)?;
    // SAFETY: the class keeps what it holds alive.
    let f = unsafe { Value::from_word_ref(&w) };
    (f.shape_id() == shapes().function && function::this(f).code().exact_args == nargs).then_some(w)
}

/// The `__getitem__` that subscripting `v` calls.
#[inline]
pub fn getitem(v: &Value) -> Option<Word> {
    let slot = v.class().slots().get_item? as *const () as usize;
    if slot == slotdefs::g_get_item as *const () as usize { plain_function(v, &names().__getitem__, 2) } else { None }
}

/// The Python function `__call__` that calling `v` comes down to, borrowed.
#[inline]
pub fn call(v: &Value) -> Option<Word> {
    let class = v.class();
    if !std::ptr::eq(class.slots().call? as *const (), slotdefs::g_call as *const ()) {
        return None;
    }
    let w = class.lookup_ref(&names().__call__)?;
    // SAFETY: the class keeps what it holds alive.
    (unsafe { Value::from_word_ref(&w) }.shape_id() == shapes().function).then_some(w)
}

/// Pushes a frame for `f` with new references to the arguments.
unsafe fn enter<const N: usize>(f: Word, args: [Word; N], cont: Continuation, cont_word: u64) -> Option<*mut Frame> {
    // SAFETY: the caller passes a function that takes N arguments, which are live.
    unsafe {
        let frame = enter_exact(f, code_of(f), args.as_ptr(), N, cont, cont_word)?;
        incref(f);
        for w in args {
            incref(w);
        }
        Some(frame)
    }
}

/// BINARY_OP, other than subscripting, with the operands at `at`.
///
/// # Safety
/// The operands are on the running frame's stack, which keeps them.
#[inline]
pub unsafe fn binary(arg: usize, at: *mut Word) -> Option<*mut Frame> {
    // SAFETY: passed on.
    let (a, b) = unsafe { (view(at), view(at.add(1))) };
    let f = binary_method(arg, a, b)?;
    // SAFETY: the function takes two arguments.
    unsafe { enter(f, [a.word(), b.word()], Continuation::Binary, 2 | (arg as u64) << 8) }
}

/// The Python function that BINARY_OP calls first, borrowed.
#[inline]
pub fn binary_method(arg: usize, a: &Value, b: &Value) -> Option<Word> {
    const BINARY_OPS: usize = number::BINARY_OPS as usize;
    if arg >= 2 * BINARY_OPS {
        return None;
    }
    if !a.is_heap() {
        return None;
    }
    let (left, right) = (a.class(), b.class());
    let op = BinaryOp::from_index((arg % BINARY_OPS) as u32);
    let generic = slotdefs::generic_binary(op)? as usize;
    if arg >= BINARY_OPS && op.inplace_slot(left.slots()).is_some() {
        // A native in-place slot has no Python function under its name.
        plain_function(a, slotdefs::inplace_name(op), 2)
    } else {
        if op.slot(left.slots())? as usize != generic {
            return None;
        }
        // The right operand comes first if its class is a subclass.
        if !std::ptr::eq(left, right) && op.slot(right.slots()).is_some() && right.is_subtype(left) {
            return None;
        }
        plain_function(a, slotdefs::left_name(op), 2)
    }
}

/// COMPARE_OP with the operands at `at`.
///
/// # Safety
/// As for [`binary`].
#[inline]
pub unsafe fn compare(arg: usize, at: *mut Word) -> Option<*mut Frame> {
    // SAFETY: passed on.
    let (a, b) = unsafe { (view(at), view(at.add(1))) };
    let f = compare_method(arg, a, b)?;
    // SAFETY: the function takes two arguments.
    unsafe { enter(f, [a.word(), b.word()], Continuation::Compare, 2 | (arg as u64) << 8) }
}

/// The Python function that COMPARE_OP calls first, borrowed.
#[inline]
pub fn compare_method(arg: usize, a: &Value, b: &Value) -> Option<Word> {
    if !a.is_heap() {
        return None;
    }
    let (left, right) = (a.class(), b.class());
    if !slotdefs::is_generic_compare(left) || !std::ptr::eq(left, right) && right.is_subtype(left) {
        return None;
    }
    plain_function(a, slotdefs::compare_name(CompareOp::from_index(arg >> 5)), 2)
}

/// CONTAINS_OP with item and container at `at`.
///
/// # Safety
/// As for [`binary`].
#[inline]
pub unsafe fn contains(arg: usize, at: *mut Word) -> Option<*mut Frame> {
    // SAFETY: passed on.
    let (item, container) = unsafe { (view(at), view(at.add(1))) };
    let f = contains_method(container)?;
    let word = 2 | if arg != 0 { INVERT } else { 0 };
    // SAFETY: the function takes two arguments.
    unsafe { enter(f, [container.word(), item.word()], Continuation::ToBool, word) }
}

/// The Python function `__contains__` of a container, borrowed.
#[inline]
pub fn contains_method(container: &Value) -> Option<Word> {
    if !container.is_heap() || !std::ptr::eq(container.class().slots().contains? as *const (), slotdefs::g_contains as *const ()) {
        return None;
    }
    plain_function(container, &names().__contains__, 2)
}

/// TO_BOOL with the operand at `at`.
///
/// # Safety
/// As for [`binary`].
#[inline]
pub unsafe fn to_bool(at: *mut Word) -> Option<*mut Frame> {
    // SAFETY: passed on.
    let v = unsafe { view(at) };
    let f = bool_method(v)?;
    // SAFETY: the function takes one argument.
    unsafe { enter(f, [v.word()], Continuation::ToBool, TO_BOOL) }
}

/// The Python function `__bool__` of a value, borrowed.
#[inline]
pub fn bool_method(v: &Value) -> Option<Word> {
    if !v.is_heap() || !std::ptr::eq(v.class().slots().bool? as *const (), slotdefs::g_bool as *const ()) {
        return None;
    }
    plain_function(v, &names().__bool__, 1)
}

/// FOR_ITER over an iterator whose `__next__` is a Python function; the loop ends at `end`.
///
/// # Safety
/// `it` is on the running frame's stack, which keeps it.
#[inline]
pub unsafe fn next(it: &Value, end: *const u16) -> Option<*mut Frame> {
    let f = next_method(it)?;
    // SAFETY: the function takes one argument.
    unsafe { enter(f, [it.word()], Continuation::Next, end as u64) }
}

/// The Python function `__next__` of an iterator, borrowed.
#[inline]
pub fn next_method(it: &Value) -> Option<Word> {
    if !it.is_heap() || !std::ptr::eq(it.class().slots().next? as *const (), slotdefs::g_next as *const ()) {
        return None;
    }
    plain_function(it, &names().__next__, 1)
}

/// STORE_SUBSCR; value, container and key are at `at`. They move to the new frame.
///
/// # Safety
/// The operands are on top of the running frame's stack.
#[inline]
pub unsafe fn store_item(at: *mut Word) -> Option<*mut Frame> {
    // SAFETY: passed on.
    unsafe {
        let f = setitem(view(at.add(1)))?;
        let args = [*at.add(1), *at.add(2), *at];
        let frame = enter_exact(f, code_of(f), args.as_ptr(), 3, Continuation::Discard, 0)?;
        incref(f);
        Some(frame)
    }
}

/// The Python function `__setitem__` of a container, borrowed.
#[inline]
pub fn setitem(container: &Value) -> Option<Word> {
    if !container.is_heap() || !std::ptr::eq(container.class().slots().set_item? as *const (), slotdefs::g_set_item as *const ()) {
        return None;
    }
    plain_function(container, &names().__setitem__, 3)
}

/// What to put in place of the operands of an operation whose method has returned.
fn outcome(cont: Continuation, word: u64, a: &Value, b: impl Fn() -> Value, result: Value) -> Res {
    let arg = (word >> 8) as usize;
    match cont {
        Continuation::ToBool => {
            if word & STRICT != 0 && !tag::is_bool(result.word()) {
                return Err(exc::type_error(format!("__bool__ should return bool, returned {}", result.class().full_name())));
            }
            Ok(Value::bool(protocol::is_true(&result)? != (word & INVERT != 0)))
        }
        Continuation::Binary if result.is_not_implemented() => {
            let inplace = arg >= number::BINARY_OPS as usize;
            let op = BinaryOp::from_index((arg % number::BINARY_OPS as usize) as u32);
            number::after_left(op, inplace, a, &b())
        }
        Continuation::Compare => {
            let r =
                if result.is_not_implemented() { protocol::compare_after_left(a, &b(), CompareOp::from_index(arg >> 5))? } else { result };
            if arg & 16 != 0 && !tag::is_bool(r.word()) { protocol::is_true(&r).map(Value::bool) } else { Ok(r) }
        }
        _ => Ok(result),
    }
}

/// Whether the instruction drops its operands from the top; others drop the one in whose place the outcome is first.
pub fn drops_from_top(cont: Continuation) -> bool {
    matches!(cont, Continuation::Compare | Continuation::ToBool)
}

/// Goes on with an operation whose method has returned: the operands, as many as the word says, give way to the outcome.
///
/// # Safety
/// `frame` is the frame the operands are on; its `sp` is right.
pub unsafe fn resume(frame: *mut Frame, cont: Continuation, word: u64, result: Value) -> Res<()> {
    // SAFETY: the operands are on the frame's stack.
    unsafe {
        let n = (word & 0xff) as usize;
        let base = (*frame).sp.sub(n);
        let b = || Value::clone_word(*base.add(n - 1));
        let value = outcome(cont, word, view(base), b, result)?;
        let value = value.into_word();
        let last = if drops_from_top(cont) {
            Some(std::mem::replace(&mut *base, value))
        } else {
            decref(std::mem::replace(&mut *base, value));
            None
        };
        while (*frame).sp > base.add(1) {
            (*frame).sp = (*frame).sp.sub(1);
            decref(*(*frame).sp);
        }
        if let Some(w) = last {
            decref(w);
        }
        Ok(())
    }
}
