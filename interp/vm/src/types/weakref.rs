//! `weakref.ref`: references that do not keep their object alive. (Proxies are in [`super::weakproxy`].)

use crate::cell::Field;
use crate::class::build::{TypeSpec, of};
use crate::class::native::{class_def, member};
use crate::class::slots::{CompareOp, Slots};
use crate::class::{PayloadOps, Type, flag};
use crate::heap::weak;
use crate::protocol::{self, attr};
use crate::thread::thread;
use crate::types::text::Text;
use crate::types::{generic_alias, str};
use crate::value::{Payload, Res, Value, new_instance};
use crate::vm::{names, types};
use crate::{call, exc};
use std::cell::Cell;
use weft_layout::header::Header;
use weft_layout::tag::{NULL, Word};

/// The payload of references and proxies.
///
/// The referent's word is borrowed: the table in [`weak`] empties it before the referent's memory goes.
#[repr(C)]
pub struct WeakRef {
    referent: Cell<Word>,
    callback: Field,
    /// The referent's hash, kept for when it is gone; -1 until asked for.
    hash: Cell<i64>,
    /// The word of the reference itself, as the table knows it.
    me: Cell<Word>,
}

// SAFETY: instances of weakref.ReferenceType and of the proxy types hold a WeakRef at offset 8.
unsafe impl Payload for WeakRef {
    fn class() -> &'static Type {
        types().weakref
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.callback.word());
    }

    fn clear(&self) {
        self.forget();
        drop(self.callback.take());
    }
}

impl WeakRef {
    /// The referent, unless it is gone or going.
    pub fn get(&self) -> Option<Value> {
        let w = self.referent.get();
        // SAFETY: the word is emptied before the object's memory is given back; a count of 0 means it is being destroyed.
        unsafe { (w != NULL && (*(w as *const Header)).refcount != 0).then(|| Value::clone_word(w)) }
    }

    /// Takes the reference off its referent's list.
    fn forget(&self) {
        let w = self.referent.replace(NULL);
        if w != NULL {
            weak::remove(w as usize, self.me.get());
        }
    }
}

impl Drop for WeakRef {
    fn drop(&mut self) {
        self.forget();
    }
}

/// The payload of a reference or a proxy.
pub fn payload(v: &Value) -> &WeakRef {
    // SAFETY: callers pass references and proxies, which all hold a WeakRef at offset 8.
    unsafe { &*v.ptr().add(8).cast::<WeakRef>() }
}

/// Whether `v` is a reference (an instance of `weakref.ref`).
pub fn is_ref(v: &Value) -> bool {
    v.is_instance(types().weakref)
}

/// A reference or proxy of `class` to `object`. One without a callback is shared where the class is exact.
pub fn make(class: &'static Type, object: &Value, callback: Option<Value>) -> Res {
    if !object.is_heap() || !object.class().has_weakrefs() {
        return Err(exc::type_error(format!("cannot create weak reference to '{}' object", object.class().full_name())));
    }
    let shared = callback.is_none() && !class.has(flag::HEAPTYPE);
    if shared
        && let Some(old) =
            weak::references(object).into_iter().find(|r| std::ptr::eq(r.class(), class) && payload(r).callback.peek().is_none())
    {
        return Ok(old);
    }
    let v = new_instance(
        class,
        WeakRef { referent: Cell::new(object.word()), callback: Field::from_option(callback), hash: Cell::new(-1), me: Cell::new(NULL) },
    );
    payload(&v).me.set(v.word());
    weak::add(object, v.word());
    Ok(v)
}

/// `weakref.ref(object)`.
pub fn new(object: &Value, callback: Option<Value>) -> Res {
    make(types().weakref, object, callback)
}

/// The referent of a reference or proxy, unless it is gone.
pub fn referent(v: &Value) -> Option<Value> {
    payload(v).get()
}

/// Cuts a reference off its referent, which is going away; the callback it had.
pub fn detach(v: &Value) -> Option<Value> {
    payload(v).referent.set(NULL);
    payload(v).callback.take()
}

/// Calls a callback with the reference whose referent is gone. Its exceptions are reported, not raised.
pub fn run_callback(reference: &Value, callback: &Value) {
    let pending = thread().exc.take();
    if let Err(e) = call::call1(callback, reference) {
        exc::unraisable(e, "Exception ignored while calling weakref callback ", Some(callback));
    }
    drop(thread().exc.replace(pending));
}

fn parse(args: &[Value], fname: &str) -> Res<(Value, Option<Value>)> {
    match args {
        [object] => Ok((object.clone(), None)),
        [object, callback] => Ok((object.clone(), (!callback.is_none()).then(|| callback.clone()))),
        [] => Err(exc::type_error(format!("{fname} expected at least 1 argument, got 0"))),
        _ => Err(exc::type_error(format!("{fname} expected at most 2 arguments, got {}", args.len()))),
    }
}

fn construct(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let (object, callback) = parse(crate::types::exceptions::base::positional(args, kwnames), "__new__")?;
    make(of(class), &object, callback)
}

fn init(_: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    if kwnames.is_some_and(|k| !crate::types::tuple::items(k).is_empty()) {
        return Err(exc::type_error("ref() takes no keyword arguments"));
    }
    parse(args, "__init__").map(drop)
}

fn call_ref(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    if kwnames.is_some_and(|k| !crate::types::tuple::items(k).is_empty()) {
        return Err(exc::type_error("weakref.ReferenceType.__call__() takes no keyword arguments"));
    }
    if !args.is_empty() {
        return Err(exc::type_error(format!("weakref expected 0 arguments, got {}", args.len())));
    }
    Ok(referent(v).unwrap_or(Value::NONE))
}

fn repr(v: &Value) -> Res {
    let Some(object) = referent(v) else { return Ok(str::from_string(format!("<weakref at {:#x}; dead>", v.id()))) };
    let name = attr::getattr_opt(&object, &names().__name__)?.filter(str::is_str);
    let head = format!("<weakref at {:#x}; to '{}' at {:#x}", v.id(), object.class().full_name(), object.id());
    Ok(match name {
        Some(name) => Text::new().add(&head).add(" (").value(&name).add(")>").finish(),
        None => str::from_string(head + ">"),
    })
}

fn hash(v: &Value) -> Res<i64> {
    let known = payload(v).hash.get();
    if known != -1 {
        return Ok(known);
    }
    let Some(object) = referent(v) else { return Err(exc::type_error("weak object has gone away")) };
    let h = protocol::hash(&object)?;
    payload(v).hash.set(h);
    Ok(h)
}

fn compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) || !is_ref(a) || !is_ref(b) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    match (referent(a), referent(b)) {
        (Some(x), Some(y)) => protocol::compare(&x, &y, op),
        _ => Ok(Value::bool(a.is(b) == (op == CompareOp::Eq))),
    }
}

/// `weakref.ref`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "weakref.ReferenceType",
    payload: PayloadOps::of::<WeakRef>(),
    flags: flag::BASETYPE,
    slots: Slots {
        new: Some(construct),
        init: Some(init),
        call: Some(call_ref),
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(compare),
        ..Slots::NONE
    },
    methods: &[class_def("__class_getitem__", "($type, object, /)", |a| generic_alias::new(a.at(0), a.at(1)), "See PEP 585")],
    getsets: &[member("__callback__", |v| Ok(payload(v).callback.get().unwrap_or(Value::NONE)), "")],
    ..TypeSpec::DEFAULT
};
