//! Calls of native functions from the loop: no vector of arguments, no native recursion guard beyond what natives do.

use crate::class::native::{Binding, NativeFn, call_plain};
use crate::types::{builtin_function, descriptor};
use crate::value::{Res, Value};
use weft_compiler::opcode::op;
use weft_layout::tag::{NULL, Word};

/// The words that the loop recognises.
#[derive(Clone, Copy)]
pub struct Known {
    /// `len`.
    pub len: Word,
    /// `isinstance`.
    pub isinstance: Word,
    /// `sorted`.
    pub sorted: Word,
    /// `sum`.
    pub sum: Word,
    /// `min`.
    pub min: Word,
    /// `max`.
    pub max: Word,
    /// `list.append`, as the class holds it.
    pub list_append: Word,
    /// `str.join`, likewise.
    pub join: Word,
}

const NOTHING: Known = Known { len: NULL, isinstance: NULL, sorted: NULL, sum: NULL, min: NULL, max: NULL, list_append: NULL, join: NULL };

static KNOWN: crate::global::Global<Known> = crate::global::Global::new(NOTHING);

/// The native functions that have instructions of their own.
#[inline(always)]
pub fn known() -> Known {
    // SAFETY: written at start-up only.
    unsafe { *KNOWN.get() }
}

/// Notes the native functions. Called when the builtins are complete; classes and builtins functions noted here live for good.
pub fn note_known() {
    let keep = |v: Option<Value>| v.map_or(NULL, Value::into_word);
    let function = |name: &str| keep(Some(super::builtins::function(name)));
    let types = crate::vm::types();
    let known = Known {
        len: function("len"),
        isinstance: function("isinstance"),
        sorted: function("sorted"),
        sum: function("sum"),
        min: function("min"),
        max: function("max"),
        list_append: keep(types.list.lookup(&crate::vm::names().append)),
        join: keep(types.str.lookup(&crate::types::str::intern("join"))),
    };
    // SAFETY: start-up is single-threaded.
    unsafe { *KNOWN.get() = known };
}

/// Which form a call of a native function gets.
pub fn builtin_form(callable: &Value, argc: usize, has_self: bool) -> Option<u8> {
    let k = known();
    if callable.word() == k.len && argc == 1 && !has_self {
        return Some(op::CALL_LEN);
    }
    if callable.word() == k.isinstance && argc == 2 && !has_self {
        return Some(op::CALL_ISINSTANCE);
    }
    if builtin_function::is_constructor(callable) || has_self {
        return None;
    }
    Some(match (builtin_function::payload(callable).def.func, argc) {
        (NativeFn::Raw(_), _) => op::CALL_BUILTIN_FAST_WITH_KEYWORDS,
        (NativeFn::Bound(_), 1) => op::CALL_BUILTIN_O,
        (NativeFn::Bound(_), _) => op::CALL_BUILTIN_FAST,
    })
}

/// Which form a call of a native method gets; `argc` does not count self.
pub fn method_form(callable: &Value, argc: usize) -> Option<u8> {
    if callable.word() == known().list_append && argc == 1 {
        return Some(op::CALL_LIST_APPEND);
    }
    let m = descriptor::method_payload(callable);
    if m.def.binding != Binding::Instance {
        return None;
    }
    Some(match (m.def.func, argc) {
        (NativeFn::Raw(_), _) => op::CALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS,
        (NativeFn::Bound(_), 0) => op::CALL_METHOD_DESCRIPTOR_NOARGS,
        (NativeFn::Bound(_), 1) => op::CALL_METHOD_DESCRIPTOR_O,
        (NativeFn::Bound(_), _) => op::CALL_METHOD_DESCRIPTOR_FAST,
    })
}

/// Calls a native function of a module, or a bound native method whose operands begin at `base`, with `argc` arguments.
/// `None` if it is to be called in general.
///
/// # Safety
/// `base` is a builtin_function, then NULL, then the arguments, all on the running frame's stack.
#[inline(always)]
pub unsafe fn builtin(base: *mut Word, argc: usize) -> Option<Res> {
    // SAFETY: the operands own what they refer to during the call.
    unsafe {
        let callable = Value::from_word_ref(&*base);
        let b = builtin_function::payload(callable);
        if let Some(this) = b.bound_self() {
            if builtin_function::is_constructor(callable) {
                return None;
            }
            // A bound method: self goes into the empty place, which then owns it.
            *base.add(1) = this.into_word();
            let r = call_plain(b.def, &b.params, std::slice::from_raw_parts(base.add(1).cast(), argc + 1));
            if r.is_none() {
                drop(Value::from_word(std::mem::replace(&mut *base.add(1), NULL)));
            }
            return r;
        }
        call_plain(b.def, &b.params, std::slice::from_raw_parts(base.add(2).cast(), argc))
    }
}

/// Calls a native method with self and `argc` arguments behind it. `None` if it is to be called in general.
///
/// # Safety
/// `base` is a method_descriptor, then self and the arguments, all on the running frame's stack.
#[inline(always)]
pub unsafe fn method(base: *mut Word, argc: usize) -> Option<Res> {
    // SAFETY: the operands own what they refer to during the call.
    unsafe {
        let m = descriptor::method_payload(Value::from_word_ref(&*base));
        if !Value::from_word_ref(&*base.add(1)).is_instance(m.owner()) {
            return None;
        }
        call_plain(m.def, &m.params, std::slice::from_raw_parts(base.add(1).cast(), argc + 1))
    }
}

/// Visits what this module keeps, for [`crate::heap::audit`].
#[cfg(debug_assertions)]
pub fn visit_roots(visit: &mut dyn FnMut(Word)) {
    let k = known();
    [k.len, k.isinstance, k.sorted, k.sum, k.min, k.max, k.list_append, k.join].into_iter().for_each(visit);
}
