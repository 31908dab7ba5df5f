//! Poll objects.

use super::{millis, wait};
use crate::{LazyClass, cint};
use std::cell::{Cell, RefCell};
use std::time::Duration;
use weft_vm::class::build::TypeSpec;
use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::exc;
use weft_vm::protocol::number;
use weft_vm::types::{float, int, list, tuple};
use weft_vm::value::{Payload, Res, Value, new_object};

static POLL: LazyClass = LazyClass::new(&SPEC);

/// The payload: descriptors and what they are watched for, in the order in which they were registered.
struct Poll {
    watched: RefCell<Vec<(i32, u16)>>,
    running: Cell<bool>,
}

// SAFETY: instances of the class hold a Poll.
unsafe impl Payload for Poll {
    const TRACED: bool = false;

    fn class() -> &'static Type {
        POLL.get()
    }
}

static SPEC: TypeSpec = TypeSpec {
    name: "select.poll",
    payload: PayloadOps::of::<Poll>(),
    flags: flag::DISALLOW_INSTANTIATION,
    methods: METHODS,
    ..TypeSpec::DEFAULT
};

#[rustfmt::skip]
static METHODS: &[FnDef] = &[
    def("register", "($self, fd, eventmask=select.POLLIN | select.POLLPRI | select.POLLOUT, /)", register, "Register a file descriptor with the polling object.\n\n  fd\n    either an integer, or an object with a fileno() method returning an int\n  eventmask\n    an optional bitmask describing the type of events to check for"),
    def("modify", "($self, fd, eventmask, /)", modify, "Modify an already registered file descriptor.\n\n  fd\n    either an integer, or an object with a fileno() method returning\n    an int\n  eventmask\n    a bitmask describing the type of events to check for"),
    def("unregister", "($self, fd, /)", unregister, "Remove a file descriptor being tracked by the polling object."),
    def("poll", "($self, timeout=None, /)", poll, "Polls the set of registered file descriptors.\n\n  timeout\n    The maximum time to wait in milliseconds, or else None (or a negative\n    value) to wait indefinitely.\n\nReturns a list containing any descriptors that have events or errors to\nreport, as a list of (fd, event) 2-tuples."),
];

fn this(v: &Value) -> &Poll {
    // SAFETY: methods of the class get its instances.
    unsafe { v.payload() }
}

/// A poll object that watches nothing.
pub fn new() -> Value {
    new_object(Poll { watched: RefCell::new(Vec::new()), running: Cell::new(false) })
}

fn mask(v: &Value) -> Res<u16> {
    let n = number::index(v)?;
    match int::as_i64(&n) {
        Some(n) if n < 0 => Err(exc::value_error("value must be positive")),
        Some(n) if n <= i64::from(u16::MAX) => Ok(n as u16),
        _ => Err(exc::overflow_error("Python int too large for C unsigned short")),
    }
}

fn register(a: Args) -> Res {
    let fd = cint::descriptor(a.at(1))?;
    let events = a.opt(2).map_or(Ok((libc::POLLIN | libc::POLLPRI | libc::POLLOUT) as u16), mask)?;
    let mut all = this(a.at(0)).watched.borrow_mut();
    match all.iter_mut().find(|w| w.0 == fd) {
        Some(w) => w.1 = events,
        None => all.push((fd, events)),
    }
    Ok(Value::NONE)
}

fn modify(a: Args) -> Res {
    let fd = cint::descriptor(a.at(1))?;
    let events = mask(a.at(2))?;
    match this(a.at(0)).watched.borrow_mut().iter_mut().find(|w| w.0 == fd) {
        Some(w) => {
            w.1 = events;
            Ok(Value::NONE)
        }
        None => Err(exc::os_error(libc::ENOENT, None)),
    }
}

fn unregister(a: Args) -> Res {
    let fd = cint::descriptor(a.at(1))?;
    let mut all = this(a.at(0)).watched.borrow_mut();
    match all.iter().position(|w| w.0 == fd) {
        Some(i) => {
            all.remove(i);
            Ok(Value::NONE)
        }
        None => Err(exc::key_error(&Value::int(fd.into()))),
    }
}

/// A time in milliseconds; `None` for ever.
fn timeout(v: Option<&Value>) -> Res<Option<Duration>> {
    let Some(v) = v else { return Ok(None) };
    let ms = if let Some(x) = float::as_f64(v) {
        x.ceil()
    } else if number::is_index(v) {
        int::to_f64(&number::index(v)?)?
    } else {
        return Err(exc::type_error("timeout must be an integer or None"));
    };
    if ms > f64::from(i32::MAX) {
        return Err(exc::overflow_error("timeout is too large"));
    }
    Ok((ms >= 0.0).then(|| Duration::from_millis(ms as u64)))
}

/// Marks a poll object as being polled.
struct Running<'a>(&'a Poll);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.set(false);
    }
}

fn poll(a: Args) -> Res {
    let p = this(a.at(0));
    let limit = timeout(a.some(1))?;
    if p.running.replace(true) {
        return Err(exc::runtime_error("concurrent poll() invocation"));
    }
    let _running = Running(p);
    let mut fds: Vec<libc::pollfd> =
        p.watched.borrow().iter().map(|&(fd, events)| libc::pollfd { fd, events: events as i16, revents: 0 }).collect();
    // SAFETY: the list lives until the call is over.
    wait(limit, |left| unsafe { libc::poll(fds.as_mut_ptr(), fds.len() as libc::nfds_t, millis(left)) }.into())?;
    let ready = fds.iter().filter(|f| f.revents != 0);
    let pair = |f: &libc::pollfd| tuple::from_vec(vec![Value::int(f.fd.into()), Value::int((f.revents as u16).into())]);
    Ok(list::from_vec(ready.map(pair).collect()))
}
