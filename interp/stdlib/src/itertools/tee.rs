//! `tee`: several iterators over one, which share a chain of links that hold what was read.

use super::iterator;
use std::cell::{Cell, RefCell};
use weft_layout::tag::Word;
use weft_vm::cell::Field;
use weft_vm::class::native::{Args, Signature, def};
use weft_vm::protocol::{attr, iter};
use weft_vm::types::{str, tuple};
use weft_vm::value::{Payload, Res, Value, new_instance, new_object};
use weft_vm::{call, exc};

/// Items in a link.
const LINK_ITEMS: usize = 57;

/// The payload of `_tee_dataobject`: a stretch of what the iterator gave.
struct Link {
    source: Field,
    items: RefCell<Vec<Value>>,
    next: Field,
    /// Whether an item is being read.
    running: Cell<bool>,
}

// SAFETY: every instance of the class is made with a Link payload.
unsafe impl Payload for Link {
    fn class() -> &'static weft_vm::class::Type {
        LINK.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.source.word());
        visit(self.next.word());
        if let Ok(items) = self.items.try_borrow() {
            items.iter().for_each(|x| visit(x.word()));
        }
    }

    fn clear(&self) {
        let items = std::mem::take(&mut *self.items.borrow_mut());
        drop(items);
        drop_chain(self.next.take());
    }
}

/// `itertools._tee_dataobject`
pub static LINK: crate::LazyClass = crate::LazyClass::new(&LINK_SPEC);

static LINK_SPEC: weft_vm::class::build::TypeSpec = weft_vm::class::build::TypeSpec {
    name: "itertools._tee_dataobject",
    doc: "teedataobject(iterable, values, next, /)\n--\n\nData container common to multiple tee objects.",
    payload: weft_vm::class::PayloadOps::of::<Link>(),
    slots: weft_vm::class::slots::Slots { new: Some(link_new), ..weft_vm::class::slots::Slots::NONE },
    ..weft_vm::class::build::TypeSpec::DEFAULT
};

fn link_of(v: &Value) -> &Link {
    // SAFETY: called with links only.
    unsafe { v.payload() }
}

impl Drop for Link {
    fn drop(&mut self) {
        drop_chain(self.next.take());
    }
}

/// Drops a chain of links one by one: it can be long, and each would drop the next from within its own destruction.
fn drop_chain(mut link: Option<Value>) {
    while let Some(v) = link.filter(|v| v.refcount() == 1) {
        link = link_of(&v).next.take();
        drop(v);
    }
}

fn link(source: Value) -> Value {
    new_object(Link { source: Field::new(source), items: RefCell::new(Vec::new()), next: Field::empty(), running: Cell::new(false) })
}

fn link_new(_: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    static SIGNATURE: Signature = Signature::new("teedataobject", "(iterable, values, next, /)");
    SIGNATURE.bind(args, kwnames, |a| {
        let values = a.at(1);
        if !values.is_instance(weft_vm::vm::types().list) {
            return Err(exc::type_error(format!("teedataobject() argument 2 must be list, not {}", values.class().full_name())));
        }
        let items = weft_vm::types::list::to_vec(values);
        if items.len() > LINK_ITEMS {
            return Err(exc::value_error("Invalid arguments"));
        }
        let next = a.some(2).cloned();
        if next.as_ref().is_some_and(|n| items.len() != LINK_ITEMS || n.downcast::<Link>().is_none()) {
            return Err(exc::value_error("Invalid arguments"));
        }
        let v = link(a.at(0).clone());
        *link_of(&v).items.borrow_mut() = items;
        drop(link_of(&v).next.replace(next));
        Ok(v)
    })
}

impl Link {
    /// Item `i`, which may have to be read first; `None` at the end.
    fn item(&self, i: usize) -> Res<Option<Value>> {
        if let Some(x) = self.items.borrow().get(i) {
            return Ok(Some(x.clone()));
        }
        if self.running.get() {
            return Err(exc::runtime_error("cannot re-enter the tee iterator"));
        }
        self.running.set(true);
        let x = iter::next(&self.source.value());
        self.running.set(false);
        let Some(x) = x? else { return Ok(None) };
        self.items.borrow_mut().push(x.clone());
        Ok(Some(x))
    }

    /// The link that follows.
    fn follow(&self) -> Value {
        match self.next.get() {
            Some(next) => next,
            None => {
                let next = link(self.source.value());
                drop(self.next.replace(Some(next.clone())));
                next
            }
        }
    }
}

/// The payload of `_tee`: a place in the chain.
struct Tee {
    link: Field,
    index: Cell<usize>,
}

iterator! {
    /// `itertools._tee`
    TEE TEE_SPEC Tee [link] "itertools._tee" "_tee(iterable, /)\n--\n\nIterator wrapped to make it copyable.";
    flags: 0;
    slots { new: Some(tee_new), next: Some(tee_next), }
    methods { def("__copy__", "($self, /)", |a| Ok(copy(a.at(0))), "Returns an independent iterator.") }
}

fn tee_new(_: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    static SIGNATURE: Signature = Signature::new("_tee", "(iterable, /)");
    SIGNATURE.bind(args, kwnames, |a| from_iterable(a.at(0)))
}

/// A tee over an iterable. One over a tee shares its chain.
fn from_iterable(iterable: &Value) -> Res {
    let it = iter::iter(iterable)?;
    if it.downcast_exact::<Tee>().is_some() {
        return Ok(copy(&it));
    }
    Ok(new_instance(TEE.get(), Tee { link: Field::new(link(it)), index: Cell::new(0) }))
}

fn copy(v: &Value) -> Value {
    let t = Tee::of(v);
    new_object(Tee { link: Field::new(t.link.value()), index: Cell::new(t.index.get()) })
}

fn tee_next(v: &Value) -> Res<Option<Value>> {
    let t = Tee::of(v);
    if t.index.get() >= LINK_ITEMS {
        let next = link_of(&t.link.value()).follow();
        t.index.set(0);
        t.link.set(next);
    }
    let link = t.link.value();
    let i = t.index.get();
    let x = link_of(&link).item(i)?;
    if x.is_some() {
        t.index.set(i + 1);
    }
    Ok(x)
}

/// `itertools.tee`
pub fn tee(a: Args) -> Res {
    let n = match a.opt(1) {
        Some(n) => super::size(n, "n must be >= 0")?,
        None => 2,
    };
    if n == 0 {
        return Ok(tuple::empty());
    }
    let it = iter::iter(a.at(0))?;
    let copy_name = str::intern("__copy__");
    let mut all = Vec::new();
    all.try_reserve(n).map_err(|_| exc::memory_error())?;
    let copier = match attr::getattr_opt(&it, &copy_name)? {
        Some(copier) => copier,
        None => {
            let first = from_iterable(&it)?;
            let copier = attr::getattr(&first, &copy_name)?;
            all.push(first);
            copier
        }
    };
    for _ in all.len()..n {
        all.push(call::call0(&copier)?);
    }
    Ok(tuple::from_vec(all))
}
