//! Going on at another line: what setting `f_lineno` in a trace function does.
//!
//! The frame may go where the value stack is, but for what is on top, as it is now: then that is dropped. It may not get
//! into a loop or a handler, whose iterator or exception it would not have.

use super::warnings;
use crate::exc;
use crate::frame::Frame;
use crate::thread::thread;
use crate::types::code::Code;
use crate::types::code_attrs::{line_ranges, to_compiled};
use crate::types::int;
use crate::value::{Res, Value, decref};
use crate::vm::types;
use weft_compiler::verify::{Slot, stacks};
use weft_layout::tag::{self, NULL};

/// Makes the frame, which stands before an instruction, go on at a line.
///
/// # Safety
/// `frame` is live, and its trace function runs.
pub unsafe fn jump(frame: *mut Frame, line: &Value) -> Res<()> {
    // SAFETY: passed on.
    unsafe {
        if !int::is_exact(line) {
            return Err(exc::value_error("lineno must be an integer"));
        }
        match thread().trace_event.get() {
            "line" | super::trace::RESUMED => {}
            "call" => return Err(exc::value_error("can't jump from the 'call' trace event of a new frame")),
            _ => return Err(exc::value_error("can only jump from a 'line' trace event")),
        }
        let code = &*(*frame).code;
        let Some(wanted) = int::as_i64(line).and_then(|l| i32::try_from(l).ok()) else {
            return Err(exc::value_error("lineno out of range"));
        };
        if wanted < code.firstlineno {
            return Err(exc::value_error(format!("line {wanted} comes before the current code block")));
        }
        let starts = line_starts(code);
        let Some(line) = starts.iter().map(|s| s.1).filter(|&l| l >= wanted).min() else {
            return Err(exc::value_error(format!("line {wanted} comes after the current code block")));
        };
        let Some(stacks) = to_compiled(code).and_then(|c| stacks(&c).ok()) else {
            return Err(exc::value_error("stack to deep to analyze"));
        };
        let Some(from) = &stacks[code.index_of((*frame).resume)] else {
            return Err(exc::value_error("can't jump from unreachable code"));
        };
        let mut best: Option<(usize, &[Slot])> = None;
        let mut reason = None;
        for &(unit, _) in starts.iter().filter(|s| s.1 == line) {
            match &stacks[unit] {
                Some(to) if may_go(from, to) => {
                    if best.is_none_or(|(_, b)| b.len() < to.len()) {
                        best = Some((unit, to));
                    }
                }
                to => reason = reason.or(Some(why_not(to.as_deref()))),
            }
        }
        let Some((unit, to)) = best else {
            return Err(exc::value_error(reason.unwrap_or("cannot find bytecode for specified line")));
        };
        bind_locals(frame, code)?;
        for slot in from[to.len()..].iter().rev() {
            let w = *(*frame).sp.sub(1);
            if *slot == Slot::Exception {
                let state = thread().handled_state();
                let handled = Value::clone_word(w);
                drop(state.value.replace(if handled.is_none() { None } else { Some(handled) }));
            }
            (*frame).sp = (*frame).sp.sub(1);
            decref(w);
        }
        (*frame).resume = code.units().add(unit);
        (*frame).ip = (*frame).resume;
        Ok(())
    }
}

/// The units where lines begin, with the lines.
fn line_starts(code: &Code) -> Vec<(usize, i32)> {
    line_ranges(code).into_iter().filter(|r| r.2 >= 0).map(|(start, _, line)| (start / 2, line)).collect()
}

/// Whether what is on the stack is, but for its top, what is expected.
fn may_go(from: &[Slot], to: &[Slot]) -> bool {
    to.len() <= from.len()
        && from.iter().zip(to).all(|(from, to)| match to {
            Slot::Value => !matches!(from, Slot::Null | Slot::MaybeNull),
            Slot::Null | Slot::MaybeNull => true,
            _ => from == to,
        })
}

fn why_not(to: Option<&[Slot]>) -> &'static str {
    match to.map(<[Slot]>::last) {
        None => "can't jump into an unreachable block",
        Some(Some(Slot::Exception)) => "can't jump into an 'except' block as there's no exception",
        Some(Some(Slot::Lasti)) => "can't jump into a re-raising block as there's no location",
        Some(Some(Slot::Iterator)) => "can't jump into the body of a for loop",
        _ => "incompatible stacks",
    }
}

/// The compiler has proved locals to be bound where the frame goes; but this way it does not come there.
unsafe fn bind_locals(frame: *mut Frame, code: &Code) -> Res<()> {
    // SAFETY: the slots are the frame's.
    unsafe {
        let local = |i: usize| Frame::locals(frame).add(i);
        let unbound = (0..code.nlocalsplus()).filter(|&i| *local(i) == NULL).count();
        if unbound == 0 {
            return Ok(());
        }
        let plural = if unbound == 1 { "" } else { "s" };
        warnings::warn(types().runtime_warning, &format!("assigning None to {unbound} unbound local{plural}"), 1)?;
        for i in (0..code.nlocalsplus()).filter(|&i| *local(i) == NULL) {
            *local(i) = tag::NONE;
        }
        Ok(())
    }
}
