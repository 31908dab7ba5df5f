//! Epoll objects.

use super::{millis, timeout, wait};
use crate::{LazyClass, cint, syscall};
use std::cell::Cell;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{Args, FnDef, bind_call, class_def, def, getter};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type};
use weft_vm::exc;
use weft_vm::types::{list, tuple};
use weft_vm::value::{Payload, Res, Value, new_instance};
use weft_vm::vm::types;

/// `select.epoll`
pub static EPOLL: LazyClass = LazyClass::new(&SPEC);

/// The payload: the descriptor, or -1.
struct Epoll {
    fd: Cell<i32>,
}

impl Drop for Epoll {
    fn drop(&mut self) {
        let fd = self.fd.replace(-1);
        if fd >= 0 {
            // SAFETY: the descriptor is the object's own.
            unsafe { libc::close(fd) };
        }
    }
}

// SAFETY: instances of the class hold an Epoll, which `make` writes.
unsafe impl Payload for Epoll {
    const TRACED: bool = false;

    fn class() -> &'static Type {
        EPOLL.get()
    }
}

static SPEC: TypeSpec = TypeSpec {
    name: "select.epoll",
    doc: "select.epoll(sizehint=-1, flags=0)\n\nReturns an epolling object\n\nsizehint must be a positive integer or -1 for the default size. The\nsizehint is used to optimize internal data structures. It doesn't limit\nthe maximum number of monitored events.",
    payload: PayloadOps::of::<Epoll>(),
    slots: Slots { new: Some(new), ..Slots::NONE },
    methods: METHODS,
    getsets: &[getter("closed", |v| Ok(Value::bool(this(v).fd.get() < 0)), "True if the epoll handler is closed")],
    ..TypeSpec::DEFAULT
};

#[rustfmt::skip]
static METHODS: &[FnDef] = &[
    class_def("fromfd", "($type, fd, /)", fromfd, "Create an epoll object from a given control fd."),
    def("close", "($self, /)", close, "Close the epoll control file descriptor.\n\nFurther operations on the epoll object will raise an exception."),
    def("fileno", "($self, /)", |a| Ok(Value::int(open(a.at(0))?.into())), "Return the epoll control file descriptor."),
    def("modify", "($self, /, fd, eventmask)", |a| control(&a, libc::EPOLL_CTL_MOD, a.opt(2)), "Modify event mask for a registered file descriptor.\n\n  fd\n    the target file descriptor of the operation\n  eventmask\n    a bit set composed of the various EPOLL constants"),
    def("register", "($self, /, fd,\n         eventmask=select.EPOLLIN | select.EPOLLPRI | select.EPOLLOUT)", |a| control(&a, libc::EPOLL_CTL_ADD, a.opt(2)), "Registers a new fd or raises an OSError if the fd is already registered.\n\n  fd\n    the target file descriptor of the operation\n  eventmask\n    a bit set composed of the various EPOLL constants\n\nThe epoll interface supports all file descriptors that support poll."),
    def("unregister", "($self, /, fd)", |a| control(&a, libc::EPOLL_CTL_DEL, None), "Remove a registered file descriptor from the epoll object.\n\n  fd\n    the target file descriptor of the operation"),
    def("poll", "($self, /, timeout=None, maxevents=-1)", poll, "Wait for events on the epoll file descriptor.\n\n  timeout\n    the maximum time to wait in seconds (as float);\n    a timeout of None or -1 makes poll wait indefinitely\n  maxevents\n    the maximum number of events returned; -1 means no limit\n\nReturns a list containing any descriptors that have events to\nreport, as a list of (fd, events) 2-tuples."),
    def("__enter__", "($self, /)", enter, ""),
    def("__exit__", "($self, exc_type=None, exc_value=None, exc_tb=None, /)", close, ""),
];

fn this(v: &Value) -> &Epoll {
    // SAFETY: methods and slots of the class get its instances.
    unsafe { v.payload() }
}

fn open(v: &Value) -> Res<i32> {
    match this(v).fd.get() {
        -1 => Err(exc::value_error("I/O operation on closed epoll object")),
        fd => Ok(fd),
    }
}

fn make(class: &Value, fd: i32) -> Value {
    new_instance(build::of(class), Epoll { fd: Cell::new(fd) })
}

fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    bind_call("epoll", "(sizehint=-1, flags=0)", args, kwnames, |a| {
        let size = a.opt(0).map_or(Ok(-1), cint::c_int)?;
        let flags = a.opt(1).map_or(Ok(0), cint::c_int)?;
        if size != -1 && size <= 0 {
            return Err(exc::value_error("negative sizehint"));
        }
        if flags != 0 && flags != libc::EPOLL_CLOEXEC {
            return Err(exc::new(types().os_error, "invalid flags"));
        }
        // SAFETY: a call without pointers.
        let fd = syscall::quick(None, unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
        Ok(make(class, fd as i32))
    })
}

fn fromfd(a: Args) -> Res {
    Ok(make(a.at(0), cint::c_int(a.at(1))?))
}

fn close(a: Args) -> Res {
    let fd = this(a.at(0)).fd.replace(-1);
    if fd >= 0 {
        syscall::close(fd).map_err(|e| exc::os_error(e, None))?;
    }
    Ok(Value::NONE)
}

fn enter(a: Args) -> Res {
    open(a.at(0))?;
    Ok(a.at(0).clone())
}

fn control(a: &Args, operation: i32, events: Option<&Value>) -> Res {
    let epoll = open(a.at(0))?;
    let fd = cint::descriptor(a.at(1))?;
    let usual = (libc::EPOLLIN | libc::EPOLLPRI | libc::EPOLLOUT) as u32;
    let events = events.map_or(Ok(usual), |v| cint::c_ulong_masked(v).map(|n| n as u32))?;
    let mut event = libc::epoll_event { events, u64: fd as u64 };
    // SAFETY: the event lives until the call is over.
    syscall::quick(None, unsafe { libc::epoll_ctl(epoll, operation, fd, &mut event) })?;
    Ok(Value::NONE)
}

fn poll(a: Args) -> Res {
    let epoll = open(a.at(0))?;
    let limit = match a.some(1) {
        // A negative time is for ever.
        Some(t) if cint::nanoseconds(t, f64::ceil).is_ok_and(|n| n < 0) => None,
        t => timeout(t)?,
    };
    let most = match a.opt(2).map_or(Ok(-1), cint::c_int)? {
        -1 => libc::FD_SETSIZE as i32 - 1,
        n if n < 1 => return Err(exc::value_error(format!("maxevents must be greater than 0, got {n}"))),
        n => n.min(1 << 16),
    };
    let mut events = vec![libc::epoll_event { events: 0, u64: 0 }; most as usize];
    // SAFETY: the list lives until the call is over and has room for as many as said.
    let n = wait(limit, |left| unsafe { libc::epoll_wait(epoll, events.as_mut_ptr(), most, millis(left)) }.into())?;
    let pair = |e: &libc::epoll_event| {
        let (fd, bits) = (e.u64, e.events);
        tuple::from_vec(vec![Value::int((fd as i32).into()), Value::int(bits.into())])
    };
    Ok(list::from_vec(events[..n].iter().map(pair).collect()))
}
