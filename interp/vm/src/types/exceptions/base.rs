//! `BaseException`: what every exception holds, and how exceptions are made.
//!
//! Every exception's payload begins with a [`BaseException`] and is made of places for which all zeroes is the empty
//! state. So one `__new__` makes instances of all of them (CPython's exceptions.c does the same with `tp_alloc`).

use crate::cell::Field;
use crate::class::native::{FnDef, GetSetDef, def, getset};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type, build, flag};
use crate::heap::shape;
use crate::protocol::attr;
use crate::types::text::Text;
use crate::types::{dict, instance, list, object, str, tuple};
use crate::value::{Payload, Res, Value};
use crate::vm::types;
use crate::{exc, protocol};
use std::cell::Cell;
use weft_layout::tag::Word;

/// What every exception holds.
#[repr(C)]
pub struct BaseException {
    /// `args`, a tuple.
    pub args: Field,
    /// `__traceback__`, or empty.
    pub traceback: Field,
    /// `__context__`, or empty.
    pub context: Field,
    /// `__cause__`, or empty.
    pub cause: Field,
    /// `__suppress_context__`.
    pub suppress_context: Cell<bool>,
}

// SAFETY: `allocate` makes every instance with this payload, or one that begins with it, at offset 8.
unsafe impl Payload for BaseException {
    fn class() -> &'static Type {
        types().base_exception
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        for field in [&self.args, &self.traceback, &self.context, &self.cause] {
            visit(field.word());
        }
    }

    fn clear(&self) {
        for field in [&self.traceback, &self.context, &self.cause] {
            drop(field.take());
        }
        drop(self.args.replace(Some(tuple::empty())));
    }
}

/// What a family of exceptions with the same fields has in common; one class of it adds a name, a base and a doc string.
pub struct Kind {
    /// What instances hold; that of the base where it is [`PayloadOps::EMPTY`].
    pub payload: PayloadOps,
    /// Slots.
    pub slots: Slots,
    /// Methods.
    pub methods: &'static [FnDef],
    /// Computed attributes.
    pub getsets: &'static [GetSetDef],
}

impl Kind {
    /// Exceptions that add nothing to their base.
    pub const PLAIN: Kind = Kind { payload: PayloadOps::EMPTY, slots: Slots::NONE, methods: &[], getsets: &[] };

    /// As [`Kind::PLAIN`], with a `__new__` in the namespace.
    pub const SIMPLE: Kind = Kind { slots: Slots { new: Some(new), ..Slots::NONE }, ..Kind::PLAIN };

    /// `BaseException` itself.
    pub const BASE: Kind = Kind {
        payload: PayloadOps::of::<BaseException>(),
        slots: Slots { new: Some(new), init: Some(init), repr: Some(repr), str: Some(str_), ..Slots::NONE },
        methods: &[
            def("__reduce__", "($self, /)", |a| reduce(a.at(0)), ""),
            def("__setstate__", "($self, state, /)", |a| set_state(a.at(0), a.at(1)), ""),
            def("with_traceback", "($self, tb, /)", |a| with_traceback(a.at(0), a.at(1)), "Set self.__traceback__ to tb and return self."),
            def("add_note", "($self, note, /)", |a| add_note(a.at(0), a.at(1)), "Add a note to the exception"),
        ],
        getsets: &[
            getset("__suppress_context__", |v| Ok(Value::bool(payload(v).suppress_context.get())), set_suppress_context, ""),
            getset("args", |v| Ok(payload(v).args.get().unwrap_or_else(tuple::empty)), set_args, ""),
            getset("__traceback__", |v| Ok(payload(v).traceback.get().unwrap_or(Value::NONE)), set_traceback, ""),
            getset("__context__", |v| Ok(payload(v).context.get().unwrap_or(Value::NONE)), set_context, ""),
            getset("__cause__", |v| Ok(payload(v).cause.get().unwrap_or(Value::NONE)), set_cause, ""),
        ],
    };

    /// `KeyError`.
    pub const KEY_ERROR: Kind = Kind { slots: Slots { str: Some(key_error_str), ..Slots::NONE }, ..Kind::PLAIN };
}

/// The declaration of `BaseException`'s flags: what tells exceptions from other objects.
pub const FLAGS: u32 = flag::BASETYPE | flag::BASE_EXC_SUBCLASS;

/// The part that all exceptions have. `v` is an exception.
#[inline]
pub fn payload(v: &Value) -> &BaseException {
    // SAFETY: callers pass exceptions.
    unsafe { v.payload() }
}

/// A new instance of an exception class, all fields empty: all zeroes is a valid payload of every exception.
pub fn allocate(class: &'static Type) -> Value {
    object::new_bare(class)
}

/// The positional ones of a call's arguments.
pub fn positional<'a>(args: &'a [Value], kwnames: Option<&Value>) -> &'a [Value] {
    &args[..args.len() - kwnames.map_or(0, |k| tuple::items(k).len())]
}

/// An error if keyword arguments were passed to the constructor of a class.
pub fn no_keywords(class: &Type, kwnames: Option<&Value>) -> Res<()> {
    match kwnames {
        Some(_) => no_keywords_for(&class.full_name(), kwnames),
        None => Ok(()),
    }
}

/// An error if keyword arguments were passed to the function of this name.
pub fn no_keywords_for(fname: &str, kwnames: Option<&Value>) -> Res<()> {
    match kwnames {
        Some(k) if !tuple::items(k).is_empty() => Err(exc::type_error(format!("{fname}() takes no keyword arguments"))),
        _ => Ok(()),
    }
}

/// `__new__` of every exception that has no own one.
pub fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let v = allocate(build::of(class));
    payload(&v).args.set(tuple::from_slice(positional(args, kwnames)));
    Ok(v)
}

/// `BaseException.__init__`.
pub fn init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    no_keywords(v.class(), kwnames)?;
    set_positional(v, args);
    Ok(())
}

/// Sets `args`, unless `__new__` has been given the same already.
pub fn set_positional(v: &Value, args: &[Value]) {
    let same = payload(v).args.peek().is_some_and(|old| {
        let old = tuple::items(old);
        old.len() == args.len() && old.iter().zip(args).all(|(a, b)| a.is(b))
    });
    if !same {
        payload(v).args.set(tuple::from_slice(args));
    }
}

/// The `args` tuple.
pub fn args(v: &Value) -> Value {
    payload(v).args.get().unwrap_or_else(tuple::empty)
}

/// `BaseException.__str__`.
pub fn str_(v: &Value) -> Res {
    let args = args(v);
    match tuple::items(&args) {
        [] => Ok(str::new("")),
        [one] => protocol::str(one),
        _ => protocol::str(&args),
    }
}

fn key_error_str(v: &Value) -> Res {
    match tuple::items(&args(v)) {
        [one] => protocol::repr(one),
        _ => str_(v),
    }
}

fn repr(v: &Value) -> Res {
    let args = args(v);
    let text = Text::new().add(&v.class().name());
    Ok(match tuple::items(&args) {
        [one] => text.add("(").repr(one)?.add(")").finish(),
        _ => text.repr(&args)?.finish(),
    })
}

/// The items of an iterable as a tuple; an exact tuple as it is.
pub fn to_tuple(v: &Value) -> Res {
    if std::ptr::eq(v.class(), types().tuple) {
        return Ok(v.clone());
    }
    Ok(tuple::from_vec(protocol::iter::collect_unasked(v)?))
}

/// The instance's `__dict__`, if it has ever had an attribute or been asked for it.
pub fn existing_dict(v: &Value) -> Option<Value> {
    let id = v.shape_id();
    let has = shape::flags(id) & shape::flag::DICT_MODE != 0 || shape::attr_count(id) > 0;
    has.then(|| instance::dict_of(v))
}

/// What `__reduce__` returns for these constructor arguments and this state.
pub fn reduced(v: &Value, args: Value, state: Option<Value>) -> Res {
    let mut parts = vec![v.class().value(), args];
    parts.extend(state);
    Ok(tuple::from_vec(parts))
}

fn reduce(v: &Value) -> Res {
    reduced(v, args(v), existing_dict(v))
}

fn set_state(v: &Value, state: &Value) -> Res {
    if !state.is_none() {
        if !state.is_instance(types().dict) {
            return Err(exc::type_error("state is not a dictionary"));
        }
        for (name, value) in dict::entries(state) {
            if !str::is_str(&name) {
                return Err(exc::type_error(format!("attribute name must be string, not '{}'", name.class().full_name())));
            }
            attr::setattr(v, &name, &value)?;
        }
    }
    Ok(Value::NONE)
}

fn with_traceback(v: &Value, tb: &Value) -> Res {
    set_traceback(v, Some(tb))?;
    Ok(v.clone())
}

fn add_note(v: &Value, note: &Value) -> Res {
    if !str::is_str(note) {
        return Err(exc::type_error(format!("add_note() argument must be str, not {}", note.class().full_name())));
    }
    let name = str::intern("__notes__");
    let notes = match attr::getattr_opt(v, &name)? {
        Some(notes) if notes.is_instance(types().list) => notes,
        Some(_) => return Err(exc::type_error("Cannot add note: __notes__ is not a list")),
        None => {
            let notes = list::from_vec(Vec::new());
            attr::setattr(v, &name, &notes)?;
            notes
        }
    };
    list::push(&notes, note.clone());
    Ok(Value::NONE)
}

fn set_args(v: &Value, value: Option<&Value>) -> Res<()> {
    let Some(value) = value else { return Err(exc::type_error("args may not be deleted")) };
    let args = to_tuple(value)?;
    payload(v).args.set(args);
    Ok(())
}

fn set_suppress_context(v: &Value, value: Option<&Value>) -> Res<()> {
    match value {
        None => Err(exc::type_error("can't delete numeric/char attribute")),
        Some(x) if x.is(&Value::TRUE) || x.is(&Value::FALSE) => {
            payload(v).suppress_context.set(x.is(&Value::TRUE));
            Ok(())
        }
        Some(_) => Err(exc::type_error("attribute value type must be bool")),
    }
}

fn set_traceback(v: &Value, value: Option<&Value>) -> Res<()> {
    let new = match value {
        None => return Err(exc::type_error("__traceback__ may not be deleted")),
        Some(tb) if tb.is_none() => None,
        Some(tb) if tb.is_instance(types().traceback) => Some(tb.clone()),
        Some(_) => return Err(exc::type_error("__traceback__ must be a traceback or None")),
    };
    drop(payload(v).traceback.replace(new));
    Ok(())
}

/// An exception or None, as an attribute called `what` is set to it.
fn checked(value: Option<&Value>, what: &str) -> Res<Option<Value>> {
    match value {
        None => Err(exc::type_error(format!("__{what}__ may not be deleted"))),
        Some(e) if e.is_none() => Ok(None),
        Some(e) if e.is_instance(types().base_exception) => Ok(Some(e.clone())),
        Some(_) => Err(exc::type_error(format!("exception {what} must be None or derive from BaseException"))),
    }
}

fn set_context(v: &Value, value: Option<&Value>) -> Res<()> {
    drop(payload(v).context.replace(checked(value, "context")?));
    Ok(())
}

fn set_cause(v: &Value, value: Option<&Value>) -> Res<()> {
    let cause = checked(value, "cause")?;
    payload(v).suppress_context.set(true);
    drop(payload(v).cause.replace(cause));
    Ok(())
}
