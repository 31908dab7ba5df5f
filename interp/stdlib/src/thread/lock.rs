//! `lock` and `RLock`.

use super::TIMEOUT_MAX;
use super::semaphore::{Moment, Semaphore, Waited, moment};
use crate::{LazyClass, cint, syscall};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{Args, FnDef, bind_call, def};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::exc;
use weft_vm::protocol;
use weft_vm::thread::thread;
use weft_vm::types::{int, str, tuple};
use weft_vm::value::{Payload, Res, Value, new_instance, new_object};
use weft_vm::vm::types;

/// `_thread.lock`
pub static LOCK: LazyClass = LazyClass::new(&LOCK_SPEC);
/// `_thread.RLock`
pub static RLOCK: LazyClass = LazyClass::new(&RLOCK_SPEC);

/// What both classes are made of: a semaphore, replaced by a new one in a forked process.
struct Core {
    semaphore: RefCell<Rc<Semaphore>>,
    locked: Cell<bool>,
}

/// How long to wait.
enum Patience {
    None,
    Until(Moment),
    Forever,
}

impl Core {
    fn new() -> Core {
        Core { semaphore: RefCell::new(Rc::new(Semaphore::new(1))), locked: Cell::new(false) }
    }

    /// Takes the lock; whether that worked out in time.
    fn acquire(&self, patience: Patience) -> Res<bool> {
        // A waiting thread keeps the semaphore it waits for.
        let semaphore = self.semaphore.borrow().clone();
        if !semaphore.try_take() {
            let until = match &patience {
                Patience::None => return Ok(false),
                Patience::Until(m) => Some(m),
                Patience::Forever => None,
            };
            loop {
                match semaphore.take(until) {
                    Waited::Taken => break,
                    Waited::TimedOut => return Ok(false),
                    Waited::Interrupted => syscall::check_signals()?,
                }
            }
        }
        self.locked.set(true);
        Ok(true)
    }

    fn release(&self) {
        self.locked.set(false);
        self.semaphore.borrow().give();
    }

    fn reset(&self) {
        self.semaphore.replace(Rc::new(Semaphore::new(1)));
        self.locked.set(false);
    }
}

/// What the arguments `blocking` and `timeout` say.
fn patience(a: &Args) -> Res<Patience> {
    let blocking = a.opt(1).map_or(Ok(true), protocol::is_true)?;
    let nanos = match a.opt(2) {
        None => None,
        Some(t) => Some(cint::nanoseconds(t, f64::ceil)?).filter(|&n| n != -1_000_000_000),
    };
    match (blocking, nanos) {
        (false, Some(_)) => Err(exc::value_error("can't specify a timeout for a non-blocking call")),
        (true, Some(n)) if n < 0 => Err(exc::value_error("timeout value must be a non-negative number")),
        (true, Some(n)) if n as f64 > TIMEOUT_MAX * 1e9 => Err(exc::overflow_error("timeout value is too large")),
        (true, Some(n)) => Ok(Patience::Until(moment(Duration::from_nanos(n as u64)))),
        (true, None) => Ok(Patience::Forever),
        (false, None) => Ok(Patience::None),
    }
}

/// The payload of a lock.
struct Lock {
    core: Core,
}

// SAFETY: instances of the class hold a Lock.
unsafe impl Payload for Lock {
    const TRACED: bool = false;

    fn class() -> &'static Type {
        LOCK.get()
    }
}

static LOCK_SPEC: TypeSpec = TypeSpec {
    name: "_thread.lock",
    doc: "lock()\n--\n\nA lock object is a synchronization primitive.  To create a lock,\ncall threading.Lock().  Methods are:\n\nacquire() -- lock the lock, possibly blocking until it can be obtained\nrelease() -- unlock of the lock\nlocked() -- test whether the lock is currently locked\n\nA lock is not owned by the thread that locked it; another thread may\nunlock it.  A thread attempting to lock a lock that it has already locked\nwill block until another thread unlocks it.  Deadlocks may ensue.",
    payload: PayloadOps::of::<Lock>(),
    slots: Slots { new: Some(new_lock), repr: Some(repr), ..Slots::NONE },
    methods: METHODS,
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

#[rustfmt::skip]
static METHODS: &[FnDef] = &[
    def("acquire_lock", "($self, /, blocking=True, timeout=-1)", acquire, "An obsolete synonym of acquire()."),
    def("acquire", "($self, /, blocking=True, timeout=-1)", acquire, "Lock the lock.  Without argument, this blocks if the lock is already\nlocked (even by the same thread), waiting for another thread to release\nthe lock, and return True once the lock is acquired.\nWith an argument, this will only block if the argument is true,\nand the return value reflects whether the lock is acquired.\nThe blocking operation is interruptible."),
    def("release_lock", "($self, /)", release, "An obsolete synonym of release()."),
    def("release", "($self, /)", release, "Release the lock, allowing another thread that is blocked waiting for\nthe lock to acquire the lock.  The lock must be in the locked state,\nbut it needn't be locked by the same thread that unlocks it."),
    def("locked_lock", "($self, /)", locked, "An obsolete synonym of locked()."),
    def("locked", "($self, /)", locked, "Return whether the lock is in the locked state."),
    def("__enter__", "($self, /)", |a| this(a.at(0)).core.acquire(Patience::Forever).map(Value::bool), "Lock the lock."),
    def("__exit__", "($self, /, *exc_info)", release, "Release the lock."),
    def("_at_fork_reinit", "($self, /)", at_fork_reinit, ""),
];

fn this(v: &Value) -> &Lock {
    // SAFETY: methods and slots of the class get its instances.
    unsafe { v.payload() }
}

/// An unlocked lock.
pub fn new() -> Value {
    new_object(Lock { core: Core::new() })
}

fn new_lock(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    bind_call("lock", "()", args, kwnames, |_| Ok(new_instance(build::of(class), Lock { core: Core::new() })))
}

fn acquire(a: Args) -> Res {
    let patience = patience(&a)?;
    this(a.at(0)).core.acquire(patience).map(Value::bool)
}

fn release(a: Args) -> Res {
    let core = &this(a.at(0)).core;
    if !core.locked.get() {
        return Err(exc::runtime_error("release unlocked lock"));
    }
    core.release();
    Ok(Value::NONE)
}

fn locked(a: Args) -> Res {
    Ok(Value::bool(this(a.at(0)).core.locked.get()))
}

fn at_fork_reinit(a: Args) -> Res {
    this(a.at(0)).core.reset();
    Ok(Value::NONE)
}

fn repr(v: &Value) -> Res {
    let state = if this(v).core.locked.get() { "locked" } else { "unlocked" };
    Ok(str::from_string(format!("<{state} {} object at {:#x}>", v.class().full_name(), v.id())))
}

/// The payload of a reentrant lock.
struct RLock {
    core: Core,
    /// The thread that has the lock, or 0.
    owner: Cell<u64>,
    count: Cell<u64>,
}

// SAFETY: instances of the class hold an RLock.
unsafe impl Payload for RLock {
    const TRACED: bool = false;

    fn class() -> &'static Type {
        RLOCK.get()
    }
}

static RLOCK_SPEC: TypeSpec = TypeSpec {
    name: "_thread.RLock",
    doc: "",
    payload: PayloadOps::of::<RLock>(),
    flags: flag::BASETYPE,
    slots: Slots { new: Some(new_rlock), repr: Some(rlock_repr), ..Slots::NONE },
    methods: RLOCK_METHODS,
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

#[rustfmt::skip]
static RLOCK_METHODS: &[FnDef] = &[
    def("acquire", "($self, /, blocking=True, timeout=-1)", rlock_acquire, "Lock the lock.  `blocking` indicates whether we should wait\nfor the lock to be available or not.  If `blocking` is False\nand another thread holds the lock, the method will return False\nimmediately.  If `blocking` is True and another thread holds\nthe lock, the method will wait for the lock to be released,\ntake it and then return True.\n(note: the blocking operation is interruptible.)\n\nIn all other cases, the method will return True immediately.\nPrecisely, if the current thread already holds the lock, its\ninternal counter is simply incremented. If nobody holds the lock,\nthe lock is taken and its internal counter initialized to 1."),
    def("release", "($self, /)", rlock_release, "Release the lock, allowing another thread that is blocked waiting for\nthe lock to acquire the lock.  The lock must be in the locked state,\nand must be locked by the same thread that unlocks it; otherwise a\n`RuntimeError` is raised.\n\nDo note that if the lock was acquire()d several times in a row by the\ncurrent thread, release() needs to be called as many times for the lock\nto be available for other threads."),
    def("locked", "($self, /)", |a| Ok(Value::bool(rlock(a.at(0)).count.get() > 0)), "locked()\n\nReturn a boolean indicating whether this object is locked right now."),
    def("_is_owned", "($self, /)", |a| Ok(Value::bool(rlock(a.at(0)).owner.get() == me())), "For internal use by `threading.Condition`."),
    def("_acquire_restore", "($self, state, /)", acquire_restore, "For internal use by `threading.Condition`."),
    def("_release_save", "($self, /)", release_save, "For internal use by `threading.Condition`."),
    def("_recursion_count", "($self, /)", recursion_count, "For internal use by reentrancy checks."),
    def("__enter__", "($self, /)", |a| rlock(a.at(0)).acquire(Patience::Forever).map(Value::bool), "Lock the lock."),
    def("__exit__", "($self, /, *exc_info)", rlock_release, "Release the lock."),
    def("_at_fork_reinit", "($self, /)", rlock_at_fork_reinit, ""),
];

fn rlock(v: &Value) -> &RLock {
    // SAFETY: methods and slots of the class get its instances.
    unsafe { v.payload() }
}

fn me() -> u64 {
    thread().ident.get()
}

fn new_rlock(class: &Value, _: &[Value], _: Option<&Value>) -> Res {
    let payload = RLock { core: Core::new(), owner: Cell::new(0), count: Cell::new(0) };
    Ok(new_instance(build::of(class), payload))
}

impl RLock {
    fn acquire(&self, patience: Patience) -> Res<bool> {
        if self.owner.get() == me() {
            match self.count.get().checked_add(1) {
                Some(n) => self.count.set(n),
                None => return Err(exc::overflow_error("Internal lock count overflowed")),
            }
            return Ok(true);
        }
        if !self.core.acquire(patience)? {
            return Ok(false);
        }
        self.owner.set(me());
        self.count.set(1);
        Ok(true)
    }

    fn check_owned(&self) -> Res<()> {
        if self.owner.get() == me() && self.count.get() > 0 {
            return Ok(());
        }
        Err(exc::runtime_error("cannot release un-acquired lock"))
    }

    fn give_up(&self) {
        self.owner.set(0);
        self.count.set(0);
        self.core.release();
    }
}

fn rlock_acquire(a: Args) -> Res {
    let patience = patience(&a)?;
    rlock(a.at(0)).acquire(patience).map(Value::bool)
}

fn rlock_release(a: Args) -> Res {
    let l = rlock(a.at(0));
    l.check_owned()?;
    match l.count.get() {
        1 => l.give_up(),
        n => l.count.set(n - 1),
    }
    Ok(Value::NONE)
}

fn release_save(a: Args) -> Res {
    let l = rlock(a.at(0));
    l.check_owned()?;
    let saved = tuple::from_vec(vec![int::from_u64(l.count.get()), int::from_u64(l.owner.get())]);
    l.give_up();
    Ok(saved)
}

fn acquire_restore(a: Args) -> Res {
    let state = a.at(1);
    let parts = if state.is_instance(types().tuple) { tuple::items(state) } else { &[] };
    let [count, owner] = parts else { return Err(exc::type_error("_acquire_restore() argument 1 must be a 2-item tuple")) };
    let (count, owner) = (cint::c_ulong_masked(count)?, cint::c_ulong_masked(owner)?);
    let l = rlock(a.at(0));
    l.core.acquire(Patience::Forever)?;
    l.owner.set(owner);
    l.count.set(count);
    Ok(Value::NONE)
}

fn recursion_count(a: Args) -> Res {
    let l = rlock(a.at(0));
    Ok(int::from_u64(if l.owner.get() == me() { l.count.get() } else { 0 }))
}

fn rlock_at_fork_reinit(a: Args) -> Res {
    let l = rlock(a.at(0));
    l.core.reset();
    l.owner.set(0);
    l.count.set(0);
    Ok(Value::NONE)
}

fn rlock_repr(v: &Value) -> Res {
    let l = rlock(v);
    let state = if l.count.get() > 0 { "locked" } else { "unlocked" };
    let (class, owner, count) = (v.class().full_name(), l.owner.get(), l.count.get());
    Ok(str::from_string(format!("<{state} {class} object owner={owner} count={count} at {:#x}>", v.id())))
}
