//! A semaphore of the operating system: what threads block on, since a signal interrupts it.

use std::cell::UnsafeCell;
use std::time::Duration;
use weft_vm::gil;

/// A semaphore. It does not move while it is in use.
pub struct Semaphore(Box<UnsafeCell<libc::sem_t>>);

// SAFETY: semaphores are made for being used by several threads.
unsafe impl Send for Semaphore {}
// SAFETY: as above.
unsafe impl Sync for Semaphore {}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// The semaphore was taken.
    Taken,
    /// The time was over.
    TimedOut,
    /// A signal came.
    Interrupted,
}

/// A moment of the monotonic clock.
pub type Moment = libc::timespec;

/// The moment `after` from now.
pub fn moment(after: Duration) -> Moment {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the place for the time is valid.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
    let nanos = now.tv_nsec + i64::from(after.subsec_nanos());
    let seconds = i64::try_from(after.as_secs()).unwrap_or(i64::MAX / 2);
    libc::timespec { tv_sec: now.tv_sec.saturating_add(seconds).saturating_add(nanos / 1_000_000_000), tv_nsec: nanos % 1_000_000_000 }
}

unsafe extern "C" {
    fn sem_clockwait(sem: *mut libc::sem_t, clock: libc::clockid_t, until: *const libc::timespec) -> libc::c_int;
}

impl Semaphore {
    /// A semaphore that can be taken `n` times.
    pub fn new(n: u32) -> Semaphore {
        // SAFETY: an all-zero semaphore is initialised before use.
        let s = Semaphore(Box::new(UnsafeCell::new(unsafe { std::mem::zeroed() })));
        // SAFETY: the semaphore stays where it is, in its box.
        unsafe { libc::sem_init(s.0.get(), 0, n) };
        s
    }

    /// Takes it if that is possible at once.
    pub fn try_take(&self) -> bool {
        // SAFETY: the semaphore is initialised.
        unsafe { libc::sem_trywait(self.0.get()) == 0 }
    }

    /// Takes it, waiting without the GIL until a moment at most.
    pub fn take(&self, until: Option<&Moment>) -> Waited {
        let sem = self.0.get();
        // SAFETY: the semaphore is initialised; the caller's borrow keeps it.
        let done = gil::without(|| unsafe {
            let r = match until {
                None => libc::sem_wait(sem),
                Some(t) => sem_clockwait(sem, libc::CLOCK_MONOTONIC, t),
            };
            if r == 0 { 0 } else { crate::syscall::errno() }
        });
        match done {
            0 => Waited::Taken,
            libc::ETIMEDOUT => Waited::TimedOut,
            _ => Waited::Interrupted,
        }
    }

    /// Gives it back.
    pub fn give(&self) {
        // SAFETY: the semaphore is initialised.
        unsafe { libc::sem_post(self.0.get()) };
    }
}

impl Drop for Semaphore {
    fn drop(&mut self) {
        // SAFETY: nobody waits, as waiting threads keep the owner alive.
        unsafe { libc::sem_destroy(self.0.get()) };
    }
}
