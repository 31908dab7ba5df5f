//! Calls of native functions that take everything a generator yields: `list(…)`, `sum(…)`, `", ".join(…)`.
//!
//! The generator's frame runs in the loop that found the call, with [`Continuation::Gather`]. What it yields goes to what is
//! being made, which lies on the caller's stack in the place of the callable, and the generator goes on without having been
//! suspended. Where taking a value could run Python code, or anybody could tell the difference, the generator is
//! suspended and the native function does the rest.

use super::builtins::{functions, sum};
use super::{delegation, native_call};
use crate::class::slots::CompareOp;
use crate::frame::{Continuation, Frame};
use crate::types::{dict, generator, list, set, str, tuple};
use crate::value::{Res, Value, decref};
use weft_layout::tag::{self, NULL, Word};

/// What is made of the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Kind {
    /// `list(…)`.
    List,
    /// `tuple(…)`.
    Tuple,
    /// `set(…)`.
    Set,
    /// `sorted(…)`.
    Sorted,
    /// `sum(…)`.
    Sum,
    /// `separator.join(…)`.
    Join,
    /// `min(…)`: the least value so far, or NULL.
    Min,
    /// `max(…)`, likewise.
    Max,
}

const KINDS: [Kind; 8] = [Kind::List, Kind::Tuple, Kind::Set, Kind::Sorted, Kind::Sum, Kind::Join, Kind::Min, Kind::Max];

/// The comparison that says whether `min` or `max` prefers a value.
fn prefers(kind: Kind) -> CompareOp {
    if kind == Kind::Min { CompareOp::Lt } else { CompareOp::Gt }
}

/// Whether `a` compares so with `b`, if that is known without running Python code.
fn compares(a: Word, b: Word, op: CompareOp) -> Option<bool> {
    if tag::is_int(a) && tag::is_int(b) {
        return Some(op.holds(tag::int_value(a).cmp(&tag::int_value(b))));
    }
    let order = (tag::is_float(a) && tag::is_float(b)).then(|| tag::float_value(a).partial_cmp(&tag::float_value(b)))?;
    Some(order.is_some_and(|order| op.holds(order)))
}

/// The kind that a frame's `cont_word` names.
pub fn kind_of(cont_word: u64) -> Kind {
    KINDS[cont_word as usize]
}

/// What a call comes to whose operands begin at `base`, if it is one of those that this module does, with a generator that can
/// be resumed.
///
/// # Safety
/// `base` is the callable, then self or NULL, then `argc` arguments, all live.
#[inline(always)]
pub unsafe fn kind(base: *mut Word, argc: usize) -> Option<Kind> {
    // SAFETY: there is an argument.
    unsafe { if argc == 1 && generator::can_resume(*base.add(2)) { kind_of_callable(*base, *base.add(1)) } else { None } }
}

fn kind_of_callable(callable: Word, this: Word) -> Option<Kind> {
    let known = native_call::known();
    if this != NULL {
        let str = crate::vm::types().str.root_shape();
        // SAFETY: a live value.
        return (callable == known.join && unsafe { Value::from_word_ref(&this) }.shape_id() == str).then_some(Kind::Join);
    }
    let types = crate::vm::types();
    [
        (types.list.value_word(), Kind::List),
        (types.tuple.value_word(), Kind::Tuple),
        (types.set.value_word(), Kind::Set),
        (known.sorted, Kind::Sorted),
        (known.sum, Kind::Sum),
        (known.min, Kind::Min),
        (known.max, Kind::Max),
    ]
    .into_iter()
    .find(|k| k.0 == callable)
    .map(|k| k.1)
}

/// Resumes the generator of such a call. Returns its frame, in which the loop goes on.
///
/// # Safety
/// `frame` is the running one, and its `sp` is behind the call's operands, for which [`kind`] gave `kind`.
pub unsafe fn begin(frame: *mut Frame, kind: Kind) -> *mut Frame {
    // SAFETY: as just said.
    unsafe {
        let base = (*frame).sp.sub(3);
        let made = match kind {
            Kind::Set => set::new().into_word(),
            Kind::Sum => tag::int_word(0),
            Kind::Min | Kind::Max => NULL,
            _ => list::new().into_word(),
        };
        decref(std::mem::replace(&mut *base, made));
        let g = generator::this(Value::from_word_ref(&*base.add(2)));
        delegation::enter(g, tag::NONE, Continuation::Gather, kind as u64)
    }
}

/// Takes a value that `frame` yields, if that runs no Python code. Whether it did.
///
/// # Safety
/// The frame is the running one and was resumed by [`begin`]; the value is owned, and taken over if it is taken.
#[inline(always)]
pub unsafe fn take(frame: *mut Frame, w: Word) -> bool {
    // SAFETY: the caller's operands are where `begin` left them.
    unsafe {
        let made = (*(*frame).previous).sp.sub(3);
        match kind_of((*frame).cont_word) {
            Kind::Set => {
                let key = Value::from_word(w);
                let table = set::table(Value::from_word_ref(&*made));
                if !dict::quick_hash(&key).is_some_and(|hash| table.add_quietly(&key, hash)) {
                    std::mem::forget(key);
                    return false;
                }
                true
            }
            Kind::Sum => match tag::int_value(*made).checked_add(tag::int_value(w)) {
                Some(sum) if tag::is_int(*made) && tag::is_int(w) && (tag::INT_MIN..=tag::INT_MAX).contains(&sum) => {
                    *made = tag::int_word(sum);
                    true
                }
                _ => false,
            },
            kind @ (Kind::Min | Kind::Max) => {
                let better = if *made == NULL { Some(true) } else { compares(w, *made, prefers(kind)) };
                match better {
                    Some(true) => decref(std::mem::replace(&mut *made, w)),
                    Some(false) => decref(w),
                    None => return false,
                }
                true
            }
            _ => {
                list::push(Value::from_word_ref(&*made), Value::from_word(w));
                true
            }
        }
    }
}

/// Does the rest of the call, from a value that [`take`] did not take. The generator is suspended. On an error the operands
/// are still on the stack.
///
/// # Safety
/// `frame` is the caller, the running one now.
pub unsafe fn finish_natively(frame: *mut Frame, cont_word: u64, value: &Value) -> Res<()> {
    // SAFETY: the operands are where `begin` left them.
    unsafe {
        let base = (*frame).sp.sub(3);
        let rest = Value::clone_word(*base.add(2));
        let kind = kind_of(cont_word);
        if let Kind::Min | Kind::Max = kind {
            let best = (*base != NULL).then(|| Value::clone_word(*base));
            let best = functions::extreme_of_rest(best, value, &rest, prefers(kind))?;
            decref(std::mem::replace(&mut *base, best.into_word()));
            return finish(frame, cont_word);
        }
        let made = Value::clone_word(*base);
        match kind {
            Kind::Set => {
                set::add(&made, value)?;
                set::update(&made, &rest)?;
            }
            Kind::Sum => {
                let total = sum::sum_values(&rest, &sum::plus(&made, value)?)?;
                decref(std::mem::replace(&mut *base, total.into_word()));
            }
            _ => {
                list::push(&made, value.clone());
                super::ops::list_extend(&made, &rest)?;
            }
        }
        drop((made, rest));
        finish(frame, cont_word)
    }
}

/// Ends the call: everything has been taken. Puts the result in the place of the operands.
///
/// # Safety
/// As for [`finish_natively`].
pub unsafe fn finish(frame: *mut Frame, cont_word: u64) -> Res<()> {
    // SAFETY: as above.
    unsafe {
        let base = (*frame).sp.sub(3);
        let kind = kind_of(cont_word);
        if *base == NULL {
            return Err(functions::no_extreme(if kind == Kind::Min { "min" } else { "max" }));
        }
        let made = Value::from_word_ref(&*base);
        let result = match kind {
            Kind::Tuple => Some(tuple::from_vec(list::to_vec(made))),
            Kind::Join => Some(str::join(Value::from_word_ref(&*base.add(1)), &list::to_vec(made))?),
            Kind::Sorted => {
                list::sort(made, None, false)?;
                None
            }
            _ => None,
        };
        if let Some(r) = result {
            decref(std::mem::replace(&mut *base, r.into_word()));
        }
        for _ in 0..2 {
            (*frame).sp = (*frame).sp.sub(1);
            decref(*(*frame).sp);
        }
        Ok(())
    }
}
