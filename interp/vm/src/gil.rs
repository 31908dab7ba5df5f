//! The global interpreter lock: of all native threads, only the one that holds it runs Python or touches a value.
//!
//! A thread gives the lock up around calls that may block ([`without`]), and hands it over when another one has
//! waited for longer than the switch interval: the waiting thread asks through the eval breaker ([`hand_over`]).

use crate::eval::breaker;
use crate::thread::{self, Thread};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::SeqCst};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Whether a thread holds the lock. The process starts with the main thread holding it.
static HELD: AtomicBool = AtomicBool::new(true);
/// How many threads wait for the lock.
static WAITING: AtomicU32 = AtomicU32::new(0);
/// How often the lock has been taken by a thread that had to wait.
static SWITCHES: AtomicU64 = AtomicU64::new(0);
/// Microseconds after which a waiting thread asks for the lock.
static INTERVAL: AtomicU64 = AtomicU64::new(5000);
/// What threads wait with: `FREED` tells that the lock is free, `TAKEN` that a waiting thread has it.
static QUEUE: Mutex<()> = Mutex::new(());
static FREED: Condvar = Condvar::new();
static TAKEN: Condvar = Condvar::new();

fn queue() -> MutexGuard<'static, ()> {
    QUEUE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn try_take() -> bool {
    HELD.compare_exchange(false, true, SeqCst, SeqCst).is_ok()
}

fn release() {
    HELD.store(false, SeqCst);
    if WAITING.load(SeqCst) > 0 {
        // A thread that has just found the lock taken is asleep before it lets go of the queue.
        drop(queue());
        FREED.notify_one();
    }
}

fn acquire() {
    if !try_take() {
        wait();
    }
    weft_codecache::see_published();
    if breaker::signals_arrived() {
        breaker::request(breaker::SIGNAL);
    }
}

#[cold]
fn wait() {
    WAITING.fetch_add(1, SeqCst);
    let mut guard = queue();
    while !try_take() {
        let (again, timeout) =
            FREED.wait_timeout(guard, Duration::from_micros(INTERVAL.load(SeqCst))).unwrap_or_else(PoisonError::into_inner);
        guard = again;
        if timeout.timed_out() {
            breaker::request(breaker::GIL);
        }
    }
    WAITING.fetch_sub(1, SeqCst);
    SWITCHES.fetch_add(1, SeqCst);
    TAKEN.notify_all();
}

/// Runs `f`, which may block, while other threads may run Python. `f` must not touch any value.
pub fn without<R>(f: impl FnOnce() -> R) -> R {
    let me = thread::thread();
    release();
    let result = f();
    acquire();
    thread::switch_to(me);
    result
}

/// Lets a thread that waits for the lock have it, and waits for it to come back.
pub fn hand_over() {
    if WAITING.load(SeqCst) == 0 {
        return;
    }
    let me = thread::thread();
    let before = SWITCHES.load(SeqCst);
    release();
    let mut guard = queue();
    while SWITCHES.load(SeqCst) == before && WAITING.load(SeqCst) > 0 {
        guard = TAKEN.wait_timeout(guard, Duration::from_millis(1)).unwrap_or_else(PoisonError::into_inner).0;
    }
    drop(guard);
    acquire();
    thread::switch_to(me);
}

/// Runs `f` as a Python thread: what a native thread calls that has no state yet.
pub fn run_thread(f: impl FnOnce()) {
    acquire();
    let t = Thread::new();
    thread::switch_to(t);
    f();
    // SAFETY: `f` is over, so no frame and no reference to the state is left.
    unsafe { Thread::free(t) };
    release();
}

/// `fork()`, in whose child this thread is the only one left; or errno. `runs_python`: the child gets compiled code of its own.
pub fn fork(runs_python: bool) -> Result<libc::pid_t, i32> {
    let code = if runs_python { crate::jit::copy_code().map_err(|_| libc::ENOMEM)? } else { None };
    let guard = queue();
    // SAFETY: the queue is held, so the child finds it as this thread left it.
    let pid = unsafe { libc::fork() };
    let errno = std::io::Error::last_os_error().raw_os_error().unwrap_or(0);
    if pid == 0 {
        WAITING.store(0, SeqCst);
        thread::forget_others();
        if let Some(code) = code {
            crate::jit::adopt_code(code);
        }
    }
    drop(guard);
    if pid < 0 { Err(errno) } else { Ok(pid) }
}

/// `sys.getswitchinterval()`, in microseconds.
pub fn switch_interval() -> u64 {
    INTERVAL.load(SeqCst)
}

/// `sys.setswitchinterval()`, in microseconds.
pub fn set_switch_interval(micros: u64) {
    INTERVAL.store(micros.max(1), SeqCst);
}
