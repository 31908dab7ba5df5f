//! Starting threads, and `_ThreadHandle`, through which others wait for them.

use super::semaphore::{Semaphore, Waited, moment};
use super::{STACK_SIZE, local};
use crate::{LazyClass, cint, syscall};
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{Args, FnDef, bind_call, def, getter};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type};
use weft_vm::protocol;
use weft_vm::thread::thread;
use weft_vm::types::structseq::{self, LazyType};
use weft_vm::types::{dict, int, str, tuple};
use weft_vm::value::{Payload, Res, Value, new_instance, new_object};
use weft_vm::vm::types;
use weft_vm::{call, exc, gil};

/// `_thread._ThreadHandle`
pub static HANDLE: LazyClass = LazyClass::new(&SPEC);

/// `_thread._ExceptHookArgs`
pub static EXCEPT_HOOK_ARGS: LazyType = LazyType::new(|| {
    structseq::new_type(
        "_thread._ExceptHookArgs",
        "ExceptHookArgs\n\nType used to pass arguments to threading.excepthook.",
        &[("exc_type", "Exception type"), ("exc_value", "Exception value"), ("exc_traceback", "Exception traceback"), ("thread", "Thread")],
        4,
        true,
    )
});

const NOT_STARTED: u8 = 0;
const STARTING: u8 = 1;
const RUNNING: u8 = 2;
const DONE: u8 = 3;

/// What a thread and those who wait for it share.
struct State {
    state: AtomicU8,
    ident: AtomicU64,
    /// Given when the thread is done; whoever takes it gives it again.
    done: Semaphore,
}

impl State {
    fn new(state: u8, ident: u64) -> Arc<State> {
        Arc::new(State { state: AtomicU8::new(state), ident: AtomicU64::new(ident), done: Semaphore::new(0) })
    }

    fn is(&self, state: u8) -> bool {
        self.state.load(Ordering::SeqCst) == state
    }

    fn set(&self, state: u8) {
        self.state.store(state, Ordering::SeqCst);
    }

    fn finish(&self) {
        if self.state.swap(DONE, Ordering::SeqCst) != DONE {
            self.done.give();
        }
    }

    /// Waits until the thread is done, for so many nanoseconds at most.
    fn join(&self, nanos: Option<u64>) -> Res<()> {
        if self.is(NOT_STARTED) || self.is(STARTING) {
            return Err(exc::runtime_error("thread not started"));
        }
        if !self.is(DONE) && self.ident.load(Ordering::SeqCst) == thread().ident.get() {
            return Err(exc::runtime_error("Cannot join current thread"));
        }
        let until = nanos.map(|n| moment(Duration::from_nanos(n)));
        while !self.is(DONE) {
            match self.done.take(until.as_ref()) {
                Waited::Taken => self.done.give(),
                Waited::TimedOut => return Ok(()),
                Waited::Interrupted => syscall::check_signals()?,
            }
        }
        Ok(())
    }
}

/// The payload.
struct Handle {
    state: Arc<State>,
}

// SAFETY: instances of the class hold a Handle.
unsafe impl Payload for Handle {
    const TRACED: bool = false;

    fn class() -> &'static Type {
        HANDLE.get()
    }
}

static SPEC: TypeSpec = TypeSpec {
    name: "_thread._ThreadHandle",
    payload: PayloadOps::of::<Handle>(),
    slots: Slots { new: Some(new), repr: Some(repr), ..Slots::NONE },
    methods: METHODS,
    getsets: &[getter("ident", |v| Ok(int::from_u64(this(v).state.ident.load(Ordering::SeqCst))), "")],
    ..TypeSpec::DEFAULT
};

#[rustfmt::skip]
static METHODS: &[FnDef] = &[
    def("join", "($self, timeout=None, /)", join, ""),
    def("_set_done", "($self, /)", set_done, ""),
    def("is_done", "($self, /)", |a| Ok(Value::bool(this(a.at(0)).state.is(DONE))), ""),
];

fn this(v: &Value) -> &Handle {
    // SAFETY: methods and slots of the class get its instances; other callers have checked the class.
    unsafe { v.payload() }
}

fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    bind_call("_ThreadHandle", "()", args, kwnames, |_| Ok(new_instance(build::of(class), Handle { state: State::new(NOT_STARTED, 0) })))
}

fn repr(v: &Value) -> Res {
    let ident = this(v).state.ident.load(Ordering::SeqCst);
    Ok(str::from_string(format!("<{} object: ident={ident}>", v.class().full_name())))
}

fn join(a: Args) -> Res {
    let nanos = match a.some(1) {
        Some(t) => Some(cint::nanoseconds(t, f64::ceil)?).filter(|&n| n >= 0).map(|n| n as u64),
        None => None,
    };
    let state = this(a.at(0)).state.clone();
    state.join(nanos)?;
    Ok(Value::NONE)
}

fn set_done(a: Args) -> Res {
    let state = &this(a.at(0)).state;
    if state.is(NOT_STARTED) || state.is(STARTING) {
        return Err(exc::runtime_error("thread not started"));
    }
    state.finish();
    Ok(Value::NONE)
}

/// `_make_thread_handle(ident)`: a handle for a thread that is running already.
pub fn make_thread_handle(a: Args) -> Res {
    if !int::is_int(a.at(0)) {
        return Err(exc::type_error("ident must be an integer"));
    }
    let ident = cint::c_ulong_masked(a.at(0))?;
    Ok(new_object(Handle { state: State::new(RUNNING, ident) }))
}

/// Threads that are running, the main one not counted.
static COUNT: AtomicUsize = AtomicUsize::new(0);
/// Threads that the end of the program waits for.
static AWAITED: Mutex<Vec<Arc<State>>> = Mutex::new(Vec::new());

/// How many threads run beside the main one.
pub fn running() -> usize {
    COUNT.load(Ordering::Relaxed)
}

fn awaited<R>(f: impl FnOnce(&mut Vec<Arc<State>>) -> R) -> R {
    f(&mut AWAITED.lock().unwrap_or_else(PoisonError::into_inner))
}

/// In a forked process only the calling thread is left; all others are done.
pub fn after_fork() {
    COUNT.store(0, Ordering::Relaxed);
    let me = thread().ident.get();
    for state in awaited(std::mem::take) {
        if state.ident.load(Ordering::SeqCst) == me {
            awaited(|all| all.push(state));
        } else {
            state.finish();
        }
    }
}

/// `_shutdown()`: waits for all threads that are not daemons.
pub fn shutdown(_: Args) -> Res {
    let me = thread().ident.get();
    loop {
        let next = awaited(|all| {
            all.retain(|s| !s.is(DONE));
            all.iter().find(|s| s.ident.load(Ordering::SeqCst) != me).cloned()
        });
        match next {
            None => return Ok(Value::NONE),
            // A signal's exception is shown, and the wait goes on.
            Some(state) => {
                if let Err(e) = state.join(None) {
                    exc::unraisable(e, "Exception ignored while joining a thread in _thread._shutdown()", None);
                }
            }
        }
    }
}

/// What a thread calls.
struct Work {
    function: Value,
    args: Value,
    kwargs: Option<Value>,
}

impl Work {
    fn run(self) {
        let mut all = tuple::items(&self.args).to_vec();
        let mut names = Vec::new();
        for (name, value) in self.kwargs.as_ref().map_or(Vec::new(), dict::entries) {
            names.push(name);
            all.push(value);
        }
        let kwnames = (!names.is_empty()).then(|| tuple::from_vec(names));
        if let Err(e) = call::call(&self.function, &all, kwnames.as_ref()) {
            if exc::matches(types().system_exit) {
                exc::clear(e);
            } else {
                exc::unraisable(e, "Exception ignored in thread started by ", Some(&self.function));
            }
        }
    }
}

/// Starts a native thread that does `work`, and waits until its ident is known.
fn start(work: Work, state: Arc<State>) -> Res<()> {
    if let Err(e) = crate::import::locks::take_noted() {
        state.set(NOT_STARTED);
        return Err(e);
    }
    const USUAL: usize = 8 << 20;
    let size = match STACK_SIZE.load(Ordering::Relaxed) {
        0 => USUAL,
        n => n.max(256 << 10),
    };
    let ready = Arc::new(Semaphore::new(0));
    let (inside, signal) = (state.clone(), ready.clone());
    COUNT.fetch_add(1, Ordering::Relaxed);
    let body = move || {
        // SAFETY: a call without pointers.
        inside.ident.store(unsafe { libc::pthread_self() } as u64, Ordering::SeqCst);
        inside.set(RUNNING);
        signal.give();
        drop(signal);
        gil::run_thread(|| {
            work.run();
            local::thread_ended();
            COUNT.fetch_sub(1, Ordering::Relaxed);
            inside.finish();
        });
    };
    if std::thread::Builder::new().stack_size(size).spawn(body).is_err() {
        COUNT.fetch_sub(1, Ordering::Relaxed);
        state.set(NOT_STARTED);
        return Err(exc::runtime_error("can't start new thread"));
    }
    while ready.take(None) == Waited::Interrupted {}
    Ok(())
}

/// `start_new_thread(function, args, kwargs={})`
pub fn start_new_thread(a: Args) -> Res {
    if !call::is_callable(a.at(0)) {
        return Err(exc::type_error("first arg must be callable"));
    }
    if !a.at(1).is_instance(types().tuple) {
        return Err(exc::type_error("2nd arg must be a tuple"));
    }
    if let Some(k) = a.opt(2)
        && !k.is_instance(types().dict)
    {
        return Err(exc::type_error("optional 3rd arg must be a dictionary"));
    }
    let state = State::new(STARTING, 0);
    start(Work { function: a.at(0).clone(), args: a.at(1).clone(), kwargs: a.opt(2).cloned() }, state.clone())?;
    Ok(int::from_u64(state.ident.load(Ordering::SeqCst)))
}

/// `start_joinable_thread(function, handle=None, daemon=True)`
pub fn start_joinable_thread(a: Args) -> Res {
    if !call::is_callable(a.at(0)) {
        return Err(exc::type_error("thread function must be callable"));
    }
    let handle = match a.some(1) {
        None => new_object(Handle { state: State::new(NOT_STARTED, 0) }),
        Some(h) if h.downcast_exact::<Handle>().is_some() => h.clone(),
        Some(_) => return Err(exc::type_error("'handle' must be a _ThreadHandle")),
    };
    let daemon = a.opt(2).map_or(Ok(true), protocol::is_true)?;
    let state = this(&handle).state.clone();
    if state.state.compare_exchange(NOT_STARTED, STARTING, Ordering::SeqCst, Ordering::SeqCst).is_err() {
        return Err(exc::runtime_error("thread already started"));
    }
    if !daemon {
        awaited(|all| {
            all.retain(|s| !s.is(DONE));
            all.push(state.clone());
        });
    }
    start(Work { function: a.at(0).clone(), args: tuple::empty(), kwargs: None }, state)?;
    Ok(handle)
}
