//! The eval breaker: one word that compiled and interpreted code test at every back-edge and function entry.

use crate::value::Res;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// A collection is due.
pub const COLLECT: u32 = 1;
/// A signal has arrived.
pub const SIGNAL: u32 = 2;
/// Another thread waits for the GIL.
pub const GIL: u32 = 4;
/// Calls wait to be made by the main thread, or an exception to be raised in this one.
pub const PENDING: u32 = 8;

/// Nothing was asked for, but compiled code should leave: for testing.
pub const STRESS: u32 = 16;
/// The running thread has a trace or profile function. Stays set as long as that is so.
pub const TRACE: u32 = 32;

/// The word, as wide as compiled code reads it.
#[repr(C, align(8))]
struct Wide(AtomicU32, u32);

static WIDE: Wide = Wide(AtomicU32::new(0), 0);
static WORD: &AtomicU32 = &WIDE.0;

/// Whether a signal has arrived that the main thread has not dealt with yet.
static SIGNALS: AtomicBool = AtomicBool::new(false);

/// Asks the running thread to look up at its next back-edge or call. May be called from a signal handler.
pub fn request(what: u32) {
    WORD.fetch_or(what, Ordering::Release);
}

/// Says whether the running thread is traced.
pub fn set_tracing(on: bool) {
    if on {
        WORD.fetch_or(TRACE, Ordering::AcqRel);
    } else {
        WORD.fetch_and(!TRACE, Ordering::AcqRel);
    }
}

/// Says that a signal has arrived. Called from signal handlers.
pub fn signal_arrived() {
    SIGNALS.store(true, Ordering::SeqCst);
    request(SIGNAL);
}

/// Whether a signal waits for the main thread.
pub fn signals_arrived() -> bool {
    SIGNALS.load(Ordering::SeqCst)
}

/// Takes note that the main thread looks at all signals that have arrived so far.
pub fn signals_seen() {
    SIGNALS.store(false, Ordering::SeqCst);
}

/// Whether anything was asked for.
#[inline(always)]
pub fn is_set() -> bool {
    WORD.load(Ordering::Relaxed) != 0
}

/// Where the word lies, for compiled code.
pub fn address() -> *const u32 {
    WORD.as_ptr()
}

/// Hooks that other parts of the runtime give: what to do for signals, for the GIL, and for pending calls.
pub struct Hooks {
    /// Runs the Python handlers of signals that have arrived.
    pub signals: fn() -> Res<()>,
    /// Lets another thread run.
    pub yield_gil: fn(),
    /// Makes pending calls.
    pub pending: fn() -> Res<()>,
}

static HOOKS: crate::global::Global<Hooks> =
    crate::global::Global::new(Hooks { signals: || Ok(()), yield_gil: crate::gil::hand_over, pending: || Ok(()) });

/// Sets the hooks; done once at start-up.
pub fn set_hooks(hooks: Hooks) {
    // SAFETY: the GIL is held.
    unsafe { *HOOKS.get() = hooks };
}

/// Does what was asked for. May run Python code.
#[cold]
#[inline(never)]
pub fn handle() -> Res<()> {
    let asked = WORD.fetch_and(TRACE, Ordering::AcqRel);
    // SAFETY: hooks are set at start-up only.
    let hooks = unsafe { &*HOOKS.get() };
    if asked & COLLECT != 0 {
        crate::heap::collect::collect_if_needed();
    }
    if asked & GIL != 0 {
        (hooks.yield_gil)();
    }
    if asked & SIGNAL != 0
        && let Err(e) = (hooks.signals)()
    {
        request(asked & PENDING);
        return Err(e);
    }
    if asked & PENDING != 0 {
        (hooks.pending)()?;
    }
    Ok(())
}
