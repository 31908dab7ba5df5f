//! The state of a Python thread: its frames, the exceptions it is raising and handling, its stack limits.

use crate::cell::Field;
use crate::frame::{DataStack, Frame};
use crate::global::Global;
use std::cell::Cell;
use std::collections::HashSet;
use std::mem::offset_of;
use std::ptr;

/// A link in the chain of exceptions being handled: one for the thread, one for each running generator.
#[repr(C)]
pub struct HandledState {
    /// The exception being handled, or empty.
    pub value: Field,
    /// What was current before this generator was resumed.
    pub previous: Cell<*const HandledState>,
}

impl HandledState {
    /// Nothing is being handled.
    pub const fn new() -> HandledState {
        HandledState { value: Field::empty(), previous: Cell::new(ptr::null()) }
    }
}

/// A Python thread.
pub struct Thread {
    /// The innermost frame.
    pub frame: Cell<*mut Frame>,
    /// The exception on its way.
    pub exc: Field,
    /// The innermost handled-exception state.
    pub handled: Cell<*const HandledState>,
    base_handled: HandledState,
    /// Python frames active.
    pub depth: Cell<u32>,
    /// Native code must not go below this stack address.
    pub stack_limit: Cell<usize>,
    /// Where frames live.
    pub stack: DataStack,
    /// Objects whose deallocation is put off until the outermost one is done.
    pub trash: crate::heap::release::Trash,
    /// `threading.get_ident()`.
    pub ident: Cell<u64>,
    /// The current `contextvars.Context`.
    pub context: Field,
    /// `sys.settrace` and `sys.setprofile` functions.
    pub trace_func: Field,
    /// See [`Thread::trace_func`].
    pub profile_func: Field,
    /// Whether those two are to be called: one of them is set, and none runs.
    pub traced: Cell<bool>,
    /// How many trace functions run.
    pub in_trace: Cell<u32>,
    /// The event that the innermost of them was called for.
    pub trace_event: Cell<&'static str>,
    /// Calls of native functions that the profile function was told of.
    pub native_calls: std::cell::RefCell<Vec<crate::eval::trace::NativeCall>>,
    /// An exception another thread wants raised here.
    pub async_exc: Field,
    /// `sys.set_asyncgen_hooks`.
    pub asyncgen_firstiter: Field,
    /// See [`Thread::asyncgen_firstiter`].
    pub asyncgen_finalizer: Field,
    /// Compiled code that runs, youngest first.
    pub activation: Cell<*mut crate::jit::enter::Activation>,
    /// Objects whose repr is being made, for recursive containers.
    pub reprs: std::cell::RefCell<HashSet<u64>>,
}

static CURRENT: Global<*const Thread> = Global::new(ptr::null());

/// All threads that there are.
static ALL: Global<Vec<&'static Thread>> = Global::new(Vec::new());

/// All threads that there are; the caller holds the GIL.
pub fn all() -> Vec<&'static Thread> {
    // SAFETY: the GIL is held, and the list is not changed meanwhile.
    unsafe { (*ALL.get()).clone() }
}

/// In a forked process: this thread is the only one left. The states of the others stay where they are.
pub fn forget_others() {
    let me: *const Thread = thread();
    // SAFETY: the GIL is held, and nobody else has the list.
    unsafe { (*ALL.get()).retain(|t| std::ptr::eq(*t, me)) };
}

/// The thread that holds the GIL.
#[inline(always)]
pub fn thread() -> &'static Thread {
    // SAFETY: set before any Python runs; a thread's state lives as long as the thread.
    unsafe { &**CURRENT.get() }
}

/// Makes `t` the current thread; the caller holds the GIL.
pub fn switch_to(t: &'static Thread) {
    // SAFETY: the GIL is held.
    unsafe { *CURRENT.get() = t };
    crate::eval::trace::thread_switched(t);
}

/// Where the address of the thread that holds the GIL lies.
pub fn current_address() -> u64 {
    CURRENT.get() as u64
}

impl Thread {
    /// Where the top of the data stack is kept.
    pub const STACK_TOP: usize = offset_of!(Thread, stack) + DataStack::TOP;
    /// Where the end of the data stack's chunk is kept.
    pub const STACK_LIMIT: usize = offset_of!(Thread, stack) + DataStack::LIMIT;

    /// The state of the calling native thread, which lives until [`Thread::free`]. The caller holds the GIL.
    pub fn new() -> &'static Thread {
        Thread::with_stack_limit(native_stack_limit())
    }

    /// As [`Thread::new`], where the thread runs on a stack that the system does not know as its: one that begins at the address.
    pub fn on_stack(lowest: usize) -> &'static Thread {
        Thread::with_stack_limit(lowest + RESERVE)
    }

    fn with_stack_limit(limit: usize) -> &'static Thread {
        let t = Box::leak(Box::new(Thread {
            frame: Cell::new(ptr::null_mut()),
            exc: Field::empty(),
            handled: Cell::new(ptr::null()),
            base_handled: HandledState::new(),
            depth: Cell::new(0),
            stack_limit: Cell::new(limit),
            stack: DataStack::new(),
            trash: crate::heap::release::Trash::new(),
            // SAFETY: no preconditions.
            ident: Cell::new(unsafe { libc::pthread_self() } as u64),
            context: Field::empty(),
            trace_func: Field::empty(),
            profile_func: Field::empty(),
            traced: Cell::new(false),
            in_trace: Cell::new(0),
            trace_event: Cell::new(""),
            native_calls: Default::default(),
            async_exc: Field::empty(),
            asyncgen_firstiter: Field::empty(),
            asyncgen_finalizer: Field::empty(),
            activation: Cell::new(ptr::null_mut()),
            reprs: Default::default(),
        }));
        t.handled.set(&t.base_handled);
        let t: &'static Thread = t;
        // SAFETY: the GIL is held, and nobody else has the list.
        unsafe { (*ALL.get()).push(t) };
        t
    }

    /// Gives a thread's state back.
    ///
    /// # Safety
    /// `t` was made by [`Thread::new`], the thread runs no Python any more, and nobody keeps a reference to `t`. The
    /// caller holds the GIL.
    pub unsafe fn free(t: &'static Thread) {
        // What the fields hold is dropped while the state is still the current one.
        for field in t.fields() {
            drop(field.take());
        }
        // SAFETY: the GIL is held, and nobody else has the list; the state came from a box.
        unsafe {
            (*ALL.get()).retain(|other| !std::ptr::eq(*other, t));
            drop(Box::from_raw(std::ptr::from_ref(t).cast_mut()))
        };
    }

    /// The places that own values; the exception being handled is apart.
    fn fields(&self) -> [&Field; 7] {
        [
            &self.exc,
            &self.context,
            &self.trace_func,
            &self.profile_func,
            &self.async_exc,
            &self.asyncgen_firstiter,
            &self.asyncgen_finalizer,
        ]
    }

    /// Visits what the thread keeps while it runs no Python, for [`crate::heap::audit`].
    #[cfg(debug_assertions)]
    pub fn visit_roots(&self, visit: &mut dyn FnMut(weft_layout::tag::Word)) {
        self.fields().into_iter().chain([&self.base_handled.value]).for_each(|f| visit(f.word()));
    }

    /// The exception being handled, the innermost one that is not empty.
    pub fn handled_exception(&self) -> Option<crate::value::Value> {
        let mut state = self.handled.get();
        // SAFETY: the chain links states of running generators and the thread's own.
        unsafe {
            while !state.is_null() {
                if let Some(v) = (*state).value.get()
                    && !v.is_none()
                {
                    return Some(v);
                }
                state = (*state).previous.get();
            }
        }
        None
    }

    /// The innermost frame, for looking at: all frames are complete in memory then.
    pub fn innermost_frame(&self) -> *mut Frame {
        if !self.activation.get().is_null() {
            crate::jit::enter::force_all();
        }
        self.frame.get()
    }

    /// The innermost handled-exception state.
    #[inline(always)]
    pub fn handled_state(&self) -> &HandledState {
        // SAFETY: the chain is never empty and its top belongs to a running generator or to the thread.
        unsafe { &*self.handled.get() }
    }
}

/// What native code may use of the stack behind the point from which on it raises RecursionError.
const RESERVE: usize = 256 << 10;

/// The address below which this native thread must not use its stack: a reserve above its guard page.
fn native_stack_limit() -> usize {
    // SAFETY: the attribute object is initialised by pthread_getattr_np before it is read.
    unsafe {
        let mut attr: libc::pthread_attr_t = std::mem::zeroed();
        let (mut low, mut size) = (ptr::null_mut(), 0);
        if libc::pthread_getattr_np(libc::pthread_self(), &mut attr) == 0 {
            libc::pthread_attr_getstack(&attr, &mut low, &mut size);
            libc::pthread_attr_destroy(&mut attr);
        }
        let here = &raw const attr as usize;
        let low = (low as usize).max(here.saturating_sub(size.min(1 << 30)));
        low + RESERVE.min(size / 4)
    }
}

/// Raises RecursionError if the native stack is nearly used up.
#[inline(always)]
pub fn check_native_stack(what: &str) -> crate::value::Res<()> {
    let here = 0u8;
    if (&raw const here as usize) < thread().stack_limit.get() { Err(native_overflow(what)) } else { Ok(()) }
}

#[cold]
fn native_overflow(what: &str) -> crate::value::Raised {
    let t = thread();
    // Making the exception needs some stack itself: lend it the reserve.
    let limit = t.stack_limit.replace(0);
    let e = crate::exc::recursion_error(format!("maximum recursion depth exceeded{what}"));
    t.stack_limit.set(limit);
    e
}
