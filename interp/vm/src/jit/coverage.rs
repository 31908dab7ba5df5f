//! Counting bytecodes, for `--jit-stats`: those the interpreter executes, and, over all of them, those that compiled code
//! completes ([`weft_jit::coverage`]).
//!
//! While they are counted, the loop runs in an instance of its own (`eval/interpret`), which enters compiled code as the
//! ordinary one does but takes one instruction at a time. An instruction that is entered as ENTER_EXECUTOR is counted where
//! it is completed.

use super::record::Words;
use super::state;
use crate::global::Global;

/// The bytecodes executed by the interpreter.
static INTERPRETED: Global<i64> = Global::new(0);
static ON: Global<bool> = Global::new(false);

/// Whether bytecodes are counted.
#[inline(always)]
pub fn is_on() -> bool {
    // SAFETY: the GIL is held.
    unsafe { *ON.get() }
}

/// Counts from now on.
pub fn switch_on() {
    // SAFETY: the GIL is held.
    unsafe { *ON.get() = true };
}

/// Counts bytecodes of the interpreter, or takes some back.
#[inline(always)]
pub fn interpreted(n: i64) {
    // SAFETY: the GIL is held.
    unsafe { *INTERPRETED.get() += n };
}

/// Where the innermost frame of a snapshot is, from its words.
pub fn position(words: &[u64]) -> (u64, u32) {
    let w = Words::read(words);
    // SAFETY: the recorder wrote the words for a code object that the trace keeps.
    (w.code as u64, unsafe { (*w.code).index_of(w.ip) } as u32)
}

/// The bytecodes interpreted, and those completed in compiled code.
pub fn counts() -> (u64, u64) {
    // SAFETY: the GIL is held.
    let interpreted = unsafe { *INTERPRETED.get() };
    let compiled = state().and_then(|s| s.jit.coverage.as_ref()).map_or(0, |c| c.completed());
    (interpreted.max(0) as u64, compiled)
}

/// The line of the statistics.
pub fn line() -> String {
    let (interpreted, compiled) = counts();
    let all = interpreted + compiled;
    format!("coverage     {:.2}%: {compiled} of {all} bytecodes completed in compiled code\n", 100.0 * compiled as f64 / all.max(1) as f64)
}
