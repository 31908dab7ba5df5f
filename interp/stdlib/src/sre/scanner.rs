//! Scanners, which find one match after another.

use super::matching;
use super::pattern::Pattern;
use super::subject::Walk;
use crate::LazyClass;
use std::cell::{Cell, RefCell};
use weft_layout::tag::Word;
use weft_vm::class::build::TypeSpec;
use weft_vm::class::native::{def, getset};
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::exc;
use weft_vm::protocol::sequence;
use weft_vm::value::{Payload, Res, Value, new_object};

static SCANNER: LazyClass = LazyClass::new(&SPEC);

static SPEC: TypeSpec = TypeSpec {
    name: "_sre.SRE_Scanner",
    payload: PayloadOps::of::<Scanner>(),
    flags: flag::DISALLOW_INSTANTIATION,
    methods: &[
        def("match", "($self, /)", |a| Ok(step(a.at(0), false)?.unwrap_or(Value::NONE)), ""),
        def("search", "($self, /)", |a| Ok(step(a.at(0), true)?.unwrap_or(Value::NONE)), ""),
    ],
    getsets: &[getset("pattern", |v| Ok(this(v).pattern.clone()), sequence::read_only, "")],
    ..TypeSpec::DEFAULT
};

/// The payload.
struct Scanner {
    pattern: Value,
    /// The walk, until it has ended.
    walk: RefCell<Option<Walk>>,
    string: Value,
    running: Cell<bool>,
}

// SAFETY: every instance of SRE_Scanner is made with a Scanner payload.
unsafe impl Payload for Scanner {
    fn class() -> &'static Type {
        SCANNER.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.pattern.word());
        visit(self.string.word());
    }
}

fn this(v: &Value) -> &Scanner {
    // SAFETY: methods and attributes get instances of the class.
    unsafe { v.payload() }
}

/// A scanner of a pattern over the subject of a walk.
pub fn new(pattern: &Value, walk: Walk) -> Value {
    let string = walk.subject.value.clone();
    new_object(Scanner { pattern: pattern.clone(), walk: RefCell::new(Some(walk)), string, running: Cell::new(false) })
}

/// The next match, or `None` at the end.
fn step(v: &Value, search: bool) -> Res<Option<Value>> {
    let s = this(v);
    if s.running.get() {
        return Err(exc::value_error("regular expression scanner already executing"));
    }
    // The handler of a signal could come back here while the walk is taken out.
    let Some(mut walk) = s.walk.take() else { return Ok(None) };
    s.running.set(true);
    let pattern = Pattern::of(&s.pattern);
    let found = if search { walk.search(pattern) } else { walk.match_here(pattern, false) };
    s.running.set(false);
    let m = match found? {
        Some(f) => matching::new(&s.pattern, &walk, f),
        None => return Ok(None),
    };
    *s.walk.borrow_mut() = Some(walk);
    Ok(Some(m))
}

static ITERATOR: LazyClass = LazyClass::new(&ITERATOR_SPEC);

static ITERATOR_SPEC: TypeSpec = TypeSpec {
    name: "callable_iterator",
    payload: PayloadOps::of::<Matches>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: weft_vm::class::slots::Slots {
        iter: Some(|v| Ok(v.clone())),
        next: Some(|v| {
            // SAFETY: the slot gets instances of the class.
            let matches: &Matches = unsafe { v.payload() };
            step(&matches.0, true)
        }),
        ..weft_vm::class::slots::Slots::NONE
    },
    ..TypeSpec::DEFAULT
};

/// The payload of what `finditer` returns: a scanner.
struct Matches(Value);

// SAFETY: every instance of the class is made with this payload.
unsafe impl Payload for Matches {
    fn class() -> &'static Type {
        ITERATOR.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.0.word());
    }
}

/// An iterator over the matches that a scanner finds.
pub fn iterator(scanner: Value) -> Value {
    new_object(Matches(scanner))
}
