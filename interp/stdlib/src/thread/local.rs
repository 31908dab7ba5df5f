//! `_local`: an object with other attributes in each thread.

use crate::LazyClass;
use std::cell::UnsafeCell;
use weft_layout::tag::Word;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::exc;
use weft_vm::global::Global;
use weft_vm::protocol::attr;
use weft_vm::thread::thread;
use weft_vm::types::{dict, object, str, tuple};
use weft_vm::value::{Payload, Res, Value, new_instance};
use weft_vm::vm::names;

/// `_thread._local`
pub static LOCAL: LazyClass = LazyClass::new(&SPEC);

/// The payload.
struct Local {
    /// The attributes, by the ident of the thread that they belong to.
    dicts: UnsafeCell<Vec<(u64, Value)>>,
    /// What `__init__` is called with in each thread that first uses the object.
    args: Vec<Value>,
    kwnames: Option<Value>,
}

// SAFETY: instances of the class hold a Local, which `new` writes.
unsafe impl Payload for Local {
    fn class() -> &'static Type {
        LOCAL.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        self.with(|dicts| dicts.iter().for_each(|(_, d)| visit(d.word())));
        self.args.iter().chain(&self.kwnames).for_each(|a| visit(a.word()));
    }

    fn clear(&self) {
        drop(self.with(std::mem::take));
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        let me = std::ptr::from_ref(self) as usize;
        live(|all| all.retain(|&p| p != me));
    }
}

impl Local {
    /// Works on the list of dicts; `f` must not run Python, so nothing is dropped in it.
    fn with<R>(&self, f: impl FnOnce(&mut Vec<(u64, Value)>) -> R) -> R {
        // SAFETY: the GIL is held, and `f` runs no Python.
        f(unsafe { &mut *self.dicts.get() })
    }

    fn take_of(&self, ident: u64) -> Option<Value> {
        self.with(|dicts| dicts.iter().position(|(t, _)| *t == ident).map(|i| dicts.swap_remove(i).1))
    }
}

static LIVE: Global<Vec<usize>> = Global::new(Vec::new());

/// Works on the list of all objects of the class.
fn live<R>(f: impl FnOnce(&mut Vec<usize>) -> R) -> R {
    // SAFETY: the GIL is held, and `f` runs no Python.
    f(unsafe { &mut *LIVE.get() })
}

/// Drops what the calling thread had in all of them.
pub fn thread_ended() {
    let me = thread().ident.get();
    // SAFETY: objects are taken off the list when they die. Dropping is done when all have been gone through.
    let dropped: Vec<Value> = live(|all| all.iter().filter_map(|&p| unsafe { (*(p as *const Local)).take_of(me) }).collect());
    drop(dropped);
}

/// Drops what other threads had: a forked process does not have them.
pub fn after_fork() {
    let me = thread().ident.get();
    // SAFETY: as in `thread_ended`.
    let dropped: Vec<(u64, Value)> = live(|all| {
        all.iter()
            .flat_map(|&p| unsafe { (*(p as *const Local)).with(|dicts| dicts.extract_if(.., |d| d.0 != me).collect::<Vec<_>>()) })
            .collect()
    });
    drop(dropped);
}

static SPEC: TypeSpec = TypeSpec {
    name: "_thread._local",
    doc: "_local()\n--\n\nThread-local data",
    payload: PayloadOps::of::<Local>(),
    flags: flag::BASETYPE,
    slots: Slots { new: Some(new), getattr: Some(getattr), setattr: Some(setattr), ..Slots::NONE },
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

fn this(v: &Value) -> &Local {
    // SAFETY: slots of the class get its instances.
    unsafe { v.payload() }
}

fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let class = build::of(class);
    let plain_init = class.slots().init.is_none_or(|f| f as usize == object::init as *const () as usize);
    if plain_init && (!args.is_empty() || kwnames.is_some_and(|k| !tuple::items(k).is_empty())) {
        return Err(exc::type_error("Initialization arguments are not supported"));
    }
    let first = (thread().ident.get(), dict::new());
    let payload = Local { dicts: UnsafeCell::new(vec![first]), args: args.to_vec(), kwnames: kwnames.cloned() };
    let v = new_instance(class, payload);
    live(|all| all.push(std::ptr::from_ref(this(&v)) as usize));
    Ok(v)
}

/// The attributes that the calling thread sees. In a thread that has not used the object yet they are made, and
/// `__init__` is called.
fn attributes(v: &Value) -> Res {
    let l = this(v);
    let me = thread().ident.get();
    if let Some(d) = l.with(|dicts| dicts.iter().find(|(t, _)| *t == me).map(|(_, d)| d.clone())) {
        return Ok(d);
    }
    let d = dict::new();
    l.with(|dicts| dicts.push((me, d.clone())));
    if let Some(init) = v.class().slots().init
        && init as usize != object::init as *const () as usize
        && let Err(e) = init(v, &l.args, l.kwnames.as_ref())
    {
        // The next use tries again.
        let gone = l.take_of(me);
        drop(gone);
        return Err(e);
    }
    Ok(d)
}

fn is_dict(name: &Value) -> bool {
    str::equal(name, &names().__dict__)
}

fn getattr(v: &Value, name: &Value) -> Res {
    let d = attributes(v)?;
    if is_dict(name) {
        return Ok(d);
    }
    let class = v.class();
    let found = class.lookup(name);
    let get = found.as_ref().and_then(|f| f.class().slots().descr_get);
    if let (Some(f), Some(get)) = (&found, get)
        && f.class().slots().descr_set.is_some()
    {
        return get(f, Some(v), Some(&class.value()));
    }
    if let Some(x) = dict::get_str(&d, name) {
        return Ok(x);
    }
    match (found, get) {
        (Some(f), Some(get)) => get(&f, Some(v), Some(&class.value())),
        (Some(f), None) => Ok(f),
        (None, _) => Err(attr::no_attribute(v, name)),
    }
}

fn setattr(v: &Value, name: &Value, value: Option<&Value>) -> Res<()> {
    let d = attributes(v)?;
    if is_dict(name) {
        let class = v.class().full_name();
        return Err(exc::attribute_error(format!("'{class}' object attribute '__dict__' is read-only")));
    }
    if let Some(f) = v.class().lookup(name)
        && let Some(set) = f.class().slots().descr_set
    {
        return set(&f, v, value);
    }
    match value {
        Some(x) => dict::set_str(&d, &str::intern_value(str::exact(name)), x.clone()),
        None => {
            if !dict::del_str(&d, name) {
                return Err(attr::no_attribute(v, name));
            }
        }
    }
    Ok(())
}
