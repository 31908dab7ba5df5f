//! What happens when a frame stops running: it returns, yields, or an exception leaves an instruction.

use super::unwind::{Unwound, unwind};
use super::{dunder, gather, pop_frame, trace};
use crate::exc::{self, Raised};
use crate::frame::{Continuation, Frame, Owner};
use crate::types::generator;
use crate::value::{Res, Value, decref};
use weft_layout::tag::{self, Word};

/// Why the inner loop was left.
pub enum Left {
    /// An exception is on its way.
    Raised,
    /// As `Raised`, but the traceback has this frame already.
    Reraised,
    /// As `Reraised`; handlers are looked up for this instruction, though the frame's `ip` names the one that raised first.
    ReraisedAt(*const u16),
    /// The frame returns the value.
    Return(Word),
    /// The frame, a generator's, yields the value.
    Yield(Word),
}

/// What to do next.
pub enum Next {
    /// Go on in this frame, at its `resume` with its `sp`.
    Frame(*mut Frame),
    /// Leave the loop.
    Native(Res),
}

unsafe fn push(frame: *mut Frame, w: Word) {
    // SAFETY: the caller's stack has room for what an instruction pushes.
    unsafe {
        *(*frame).sp = w;
        (*frame).sp = (*frame).sp.add(1);
    }
}

/// Ends or suspends the running frame, and finds out where execution goes on.
///
/// # Safety
/// `frame` is the running frame; its `ip`, `sp` and, if it yields, its `resume` are right.
#[inline(never)]
pub unsafe fn leave(mut frame: *mut Frame, mut left: Left) -> Next {
    // SAFETY: each frame on the way is the running one, and what continuations say was set up for them.
    unsafe {
        loop {
            match left {
                Left::Return(w) => {
                    let (cont, word, previous) = ((*frame).cont, (*frame).cont_word, (*frame).previous);
                    if (*frame).owner == Owner::Generator {
                        generator::leave(frame);
                    } else {
                        pop_frame(frame);
                    }
                    frame = previous;
                    match cont {
                        Continuation::ToRust => return Next::Native(Ok(Value::from_word(w))),
                        Continuation::Push | Continuation::Next | Continuation::Trace => push(frame, w),
                        Continuation::Discard => decref(w),
                        Continuation::Init | Continuation::TraceInit => {
                            if w != tag::NONE {
                                let got = Value::from_word(w);
                                let Raised(()) =
                                    exc::type_error(format!("__init__() should return None, not '{}'", got.class().full_name()));
                                left = Left::Raised;
                                continue;
                            }
                        }
                        Continuation::ForGen => {
                            (*frame).resume = word as *const u16;
                            let value = Value::from_word(w);
                            if !value.is_none() && trace::generator_ended(frame, &value, false).is_err() {
                                left = Left::Raised;
                                continue;
                            }
                        }
                        Continuation::Gather => {
                            decref(w);
                            if gather::finish(frame, word).is_err() {
                                left = Left::Raised;
                                continue;
                            }
                        }
                        Continuation::SendGen => {
                            (*frame).resume = word as *const u16;
                            if trace::generator_ended(frame, Value::from_word_ref(&w), true).is_err() {
                                decref(w);
                                left = Left::Raised;
                                continue;
                            }
                            push(frame, w);
                        }
                        Continuation::PopPush
                        | Continuation::ToBool
                        | Continuation::Binary
                        | Continuation::Compare
                        | Continuation::GetAttr => {
                            if dunder::resume(frame, cont, word, Value::from_word(w)).is_err() {
                                left = Left::Raised;
                                continue;
                            }
                        }
                    }
                    return Next::Frame(frame);
                }
                Left::Yield(w) => {
                    let (cont, word, previous) = ((*frame).cont, (*frame).cont_word, (*frame).previous);
                    generator::suspend(frame);
                    if cont == Continuation::ToRust {
                        return Next::Native(Ok(Value::from_word(w)));
                    }
                    if cont == Continuation::Gather {
                        if gather::finish_natively(previous, word, &Value::from_word(w)).is_ok() {
                            return Next::Frame(previous);
                        }
                        (frame, left) = (previous, Left::Raised);
                        continue;
                    }
                    push(previous, w);
                    return Next::Frame(previous);
                }
                Left::Raised | Left::Reraised | Left::ReraisedAt(_) => {
                    let at = if let Left::ReraisedAt(at) = left { at } else { (*frame).ip };
                    return match unwind(frame, at, matches!(left, Left::Raised)) {
                        Unwound::Handler(f) | Unwound::LoopEnd(f) => Next::Frame(f),
                        Unwound::ToRust => Next::Native(Err(Raised(()))),
                    };
                }
            }
        }
    }
}
