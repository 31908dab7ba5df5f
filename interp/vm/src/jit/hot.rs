//! What is hot, and where traces begin.
//!
//! A loop is counted in the cache unit of its JUMP_BACKWARD, which counts down from a threshold; a function in its code
//! object. Where a trace begins, ENTER_EXECUTOR replaces the JUMP_BACKWARD or the RESUME; its operand is an index into
//! the code object's executors, which keep the displaced unit.

use super::state;
use crate::frame::{Continuation, Frame};
use crate::types::code::{Code, Executor};
use std::collections::HashMap;
use weft_compiler::opcode::op;
use weft_jit::{Abort, TraceId};

/// The cache unit of a loop that is not counted any more.
pub const NEVER: u16 = u16::MAX;

/// What is known of the places where a trace was begun or tried.
#[derive(Default)]
pub struct Sites {
    /// By the address of the JUMP_BACKWARD, or of a function's first unit: how often recording there was given up.
    failures: HashMap<usize, u32>,
    /// Where each root trace was installed.
    installed: HashMap<TraceId, (*const Code, u32)>,
}

/// Counts an iteration of the loop that the JUMP_BACKWARD with this cache unit closes. Whether to record it.
///
/// # Safety
/// `cache` is the cache unit of a JUMP_BACKWARD.
#[inline(always)]
pub unsafe fn count_loop(cache: *mut u16) -> bool {
    // SAFETY: the caller's.
    unsafe {
        match *cache {
            NEVER => false,
            1 => {
                *cache = NEVER;
                true
            }
            0 => start_counting(cache),
            n => {
                *cache = n - 1;
                false
            }
        }
    }
}

#[cold]
unsafe fn start_counting(cache: *mut u16) -> bool {
    let n = state().map_or(NEVER as u32, |s| s.options.loop_threshold).clamp(1, NEVER as u32 - 1);
    // SAFETY: the caller's.
    unsafe { *cache = n as u16 };
    n == 1
}

/// Counts a call of a function. Whether to record it.
#[inline(always)]
pub fn count_call(code: &Code) -> bool {
    if code.generator {
        return false;
    }
    let n = code.calls.get();
    code.calls.set(n.saturating_add(1));
    n != 0 && n & 63 == 0 && call_is_hot(code, n)
}

#[cold]
fn call_is_hot(code: &Code, n: u32) -> bool {
    state().is_some_and(|s| {
        let failures = s.sites.failures.get(&(code.units() as usize)).copied().unwrap_or(0);
        failures < MAX_FAILURES && n >= s.options.entry_threshold << (2 * failures)
    })
}

/// A trace calls functions with this code: whether their entry is hot is settled.
pub fn called(code: &Code) {
    let Some(s) = state() else { return };
    if code.called_by_traces.replace(true) || code.entry_code.get() != 0 {
        return;
    }
    // What was too short to be entered by the interpreter is not too short to be called.
    s.sites.failures.remove(&(code.units() as usize));
    code.calls.set(code.calls.get().max(s.options.entry_threshold.next_multiple_of(64)).next_multiple_of(64));
}

/// Recordings given up at one place before it is left alone.
const MAX_FAILURES: u32 = 6;

/// How often a recording was given up at the place.
pub fn failures(site: *const u16) -> u32 {
    state().and_then(|s| s.sites.failures.get(&(site as usize)).copied()).unwrap_or(0)
}

/// A recording that began at `site` was given up: try again later, or never.
///
/// # Safety
/// `site` is the JUMP_BACKWARD or RESUME it was for, in `code`.
pub unsafe fn failed(site: *mut u16, code: &Code, why: &Abort) {
    let Some(s) = state() else { return };
    // SAFETY: the caller's.
    let is_loop = unsafe { (*site & 0xff) as u8 == op::JUMP_BACKWARD };
    let key = if is_loop { site as usize } else { code.units() as usize };
    let n = s.sites.failures.entry(key).or_default();
    // What cannot be recorded now cannot be later; the rest may depend on which way the program went.
    let lasting = matches!(why, Abort::Invalid(_)) || why.name().chars().all(|c| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit());
    *n += if lasting { MAX_FAILURES } else { 1 };
    let n = *n;
    // SAFETY: the caller's.
    unsafe {
        if is_loop {
            let wait = (s.options.loop_threshold.max(16) as u64) << (2 * n);
            *site.add(1) = if n >= MAX_FAILURES { NEVER } else { wait.min(NEVER as u64 - 1) as u16 };
        } else if n < MAX_FAILURES {
            code.calls.set(0);
        }
    }
}

/// Puts ENTER_EXECUTOR at `site`. Does nothing if the code object has too many already.
///
/// # Safety
/// `site` is a JUMP_BACKWARD or RESUME of `code` itself.
pub unsafe fn install(site: *mut u16, code: *const Code, trace: TraceId, gathers: bool) {
    let Some(s) = state() else { return };
    // SAFETY: the GIL is held, and nobody else looks at the list.
    unsafe {
        let list = &mut *(*code).executors.get();
        let unit = *site;
        debug_assert!((unit & 0xff) as u8 != op::ENTER_EXECUTOR);
        let at = (*code).index_of(site) as u32;
        let executor = Executor { unit, trace: trace.0, at, gathers };
        let i = match list.iter().position(|e| e.trace == NO_TRACE || e.at == at) {
            Some(i) => {
                list[i] = executor;
                i
            }
            None if list.len() < 256 => {
                list.push(executor);
                list.len() - 1
            }
            None => return,
        };
        *site = op::ENTER_EXECUTOR as u16 | (i as u16) << 8;
        if at == 0 && (unit & 0xff) as u8 != op::JUMP_BACKWARD {
            (*code).entry_code.set(s.jit.entry(trace).unwrap_or(0));
        }
        s.sites.installed.insert(trace, (code, i as u32));
    }
}

/// The trace of an executor that is not in use.
pub const NO_TRACE: u32 = u32::MAX;

/// Takes dead traces out of the code objects they were installed in.
pub fn uninstall(dead: &[TraceId]) {
    let Some(s) = state() else { return };
    for id in dead {
        let Some((code, i)) = s.sites.installed.remove(id) else { continue };
        // SAFETY: a live trace pins the code object; the GIL is held.
        unsafe {
            let e = &mut (&mut (*(*code).executors.get()))[i as usize];
            let site = (*code).units().add(e.at as usize);
            if (*site & 0xff) as u8 == op::ENTER_EXECUTOR && (*site >> 8) as u32 == i {
                *site = e.unit;
                if (e.unit & 0xff) as u8 == op::JUMP_BACKWARD {
                    // Count again from the start.
                    *site.add(1) = 0;
                } else {
                    (*code).calls.set(0);
                }
            }
            e.trace = NO_TRACE;
            if e.at == 0 {
                (*code).entry_code.set(0);
            }
        }
    }
}

/// Whether the trace that begins where this unit is can do something in `frame`.
///
/// # Safety
/// `unit` is an ENTER_EXECUTOR of the code of `frame`.
#[inline(always)]
pub unsafe fn suits(frame: *mut Frame, unit: u16) -> bool {
    // SAFETY: the caller's.
    unsafe {
        let e = (&(*(*(*frame).code).executors.get()))[(unit >> 8) as usize];
        !e.gathers || (*frame).cont == Continuation::Gather
    }
}

/// The trace that begins where this unit is, and the unit it displaced.
///
/// # Safety
/// `unit` is an ENTER_EXECUTOR of `code`.
pub unsafe fn executor(code: *const Code, unit: u16) -> (TraceId, u16) {
    // SAFETY: the caller's.
    unsafe {
        let e = (&(*(*code).executors.get()))[(unit >> 8) as usize];
        (TraceId(e.trace), e.unit)
    }
}
