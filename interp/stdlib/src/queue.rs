//! `_queue`: SimpleQueue, an unbounded first-in, first-out queue between threads.

use crate::LazyClass;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};
use weft_layout::tag::Word;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{Args, class_def, def};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::eval::breaker;
use weft_vm::protocol::{self, number};
use weft_vm::types::module::{self, ModuleDef};
use weft_vm::types::{float, generic_alias, int};
use weft_vm::value::{Payload, Res, Value, new_instance};
use weft_vm::vm::types;
use weft_vm::{exc, gil};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_queue",
    doc: "C implementation of the Python queue module.\nThis module is an implementation detail, please do not use it directly.",
    functions: &[],
    exec: |m| {
        module::add(m, "Empty", EMPTY.get().value());
        module::add(m, "SimpleQueue", QUEUE.get().value());
        Ok(())
    },
};

static EMPTY: LazyClass = LazyClass::new(&EMPTY_SPEC);

static EMPTY_SPEC: TypeSpec = TypeSpec {
    name: "_queue.Empty",
    doc: "Exception raised by Queue.get(block=0)/get_nowait().",
    base: Some(|| types().exception),
    flags: flag::BASETYPE,
    has_dict: true,
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

static QUEUE: LazyClass = LazyClass::new(&SPEC);

static SPEC: TypeSpec = TypeSpec {
    name: "_queue.SimpleQueue",
    doc: "SimpleQueue()\n--\n\nSimple, unbounded, reentrant FIFO queue.",
    payload: PayloadOps::of::<Queue>(),
    flags: flag::BASETYPE,
    slots: Slots { new: Some(new), ..Slots::NONE },
    methods: &[
        def(
            "empty",
            "($self, /)",
            |a| Ok(Value::bool(this(a.at(0)).items.borrow().is_empty())),
            "Return True if the queue is empty, False otherwise (not reliable!).",
        ),
        def(
            "get",
            "($self, /, block=True, timeout=None)",
            get,
            "Remove and return an item from the queue.\n\nIf optional args 'block' is true and 'timeout' is None (the\ndefault), block if necessary until an item is available.  If\n'timeout' is a non-negative number, it blocks at most 'timeout'\nseconds and raises the Empty exception if no item was available\nwithin that time.\nOtherwise ('block' is false), return an item if one is immediately\navailable, else raise the Empty exception ('timeout' is ignored\nin that case).",
        ),
        def(
            "get_nowait",
            "($self, /)",
            |a| take(a.at(0), Some(Duration::ZERO)),
            "Remove and return an item from the queue without blocking.\n\nOnly get an item if one is immediately available. Otherwise\nraise the Empty exception.",
        ),
        def(
            "put",
            "($self, /, item, block=True, timeout=None)",
            put,
            "Put the item on the queue.\n\nThe optional 'block' and 'timeout' arguments are ignored, as this\nmethod never blocks.  They are provided for compatibility with the\nQueue class.",
        ),
        def(
            "put_nowait",
            "($self, /, item)",
            put,
            "Put an item into the queue without blocking.\n\nThis is exactly equivalent to `put(item)` and is only provided\nfor compatibility with the Queue class.",
        ),
        def(
            "qsize",
            "($self, /)",
            |a| Ok(Value::usize(this(a.at(0)).items.borrow().len())),
            "Return the approximate size of the queue (not reliable!).",
        ),
        class_def(
            "__class_getitem__",
            "($type, object, /)",
            |a| generic_alias::new(a.at(0), a.at(1)),
            "SimpleQueues are generic over the type of their contents",
        ),
    ],
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

/// The payload. Items are touched under the GIL only; the count of arrivals is what waiting threads look at without it.
struct Queue {
    items: RefCell<VecDeque<Value>>,
    arrivals: Arc<(Mutex<u64>, Condvar)>,
}

// SAFETY: every instance of SimpleQueue is made with a Queue payload.
unsafe impl Payload for Queue {
    fn class() -> &'static Type {
        QUEUE.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        self.items.borrow().iter().for_each(|x| visit(x.word()));
    }

    fn clear(&self) {
        drop(self.items.take());
    }
}

fn this(v: &Value) -> &Queue {
    // SAFETY: methods get instances of the class.
    unsafe { v.payload() }
}

fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    if kwnames.is_some() || !args.is_empty() {
        let what = if kwnames.is_some() { "keyword" } else { "positional" };
        return Err(exc::type_error(format!("SimpleQueue() takes no {what} arguments")));
    }
    Ok(new_instance(build::of(class), Queue { items: RefCell::default(), arrivals: Arc::default() }))
}

fn put(a: Args) -> Res {
    let q = this(a.at(0));
    q.items.borrow_mut().push_back(a.at(1).clone());
    *q.arrivals.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    q.arrivals.1.notify_one();
    Ok(Value::NONE)
}

fn get(a: Args) -> Res {
    let block = a.opt(1).map_or(Ok(true), protocol::is_true)?;
    if !block {
        return take(a.at(0), Some(Duration::ZERO));
    }
    let timeout = match a.some(2) {
        None => None,
        Some(t) if !int::is_int(t) && !float::is_float(t) && !number::is_index(t) => {
            return Err(exc::type_error(format!("'{}' object cannot be interpreted as an integer or float", t.class().full_name())));
        }
        Some(t) => {
            let seconds = float::to_f64(t)?;
            if seconds < 0.0 {
                return Err(exc::value_error("'timeout' must be a non-negative number"));
            }
            Some(Duration::try_from_secs_f64(seconds).map_err(|_| exc::overflow_error("timeout value is too large"))?)
        }
    };
    take(a.at(0), timeout)
}

/// The oldest item, for which this waits as long as `timeout`.
fn take(v: &Value, timeout: Option<Duration>) -> Res {
    let q = this(v);
    let deadline = timeout.and_then(|t| Instant::now().checked_add(t));
    loop {
        let item = q.items.borrow_mut().pop_front();
        if let Some(x) = item {
            return Ok(x);
        }
        let arrivals = q.arrivals.clone();
        let seen = *arrivals.0.lock().unwrap_or_else(PoisonError::into_inner);
        let left = deadline.map(|d| d.saturating_duration_since(Instant::now()));
        if left.is_some_and(|l| l.is_zero()) {
            return Err(exc::bare(EMPTY.get()));
        }
        // Waits in short stretches, so that signals are noticed.
        let stretch = left.unwrap_or(Duration::MAX).min(Duration::from_millis(50));
        gil::without(move || {
            let guard = arrivals.0.lock().unwrap_or_else(PoisonError::into_inner);
            if *guard == seen {
                drop(arrivals.1.wait_timeout(guard, stretch));
            }
        });
        if breaker::is_set() {
            breaker::handle()?;
        }
    }
}
