//! Exceptions with a few fields of their own: StopIteration, SystemExit, ImportError, NameError, AttributeError.

use super::base::{self, BaseException, Kind};
use crate::cell::Field;
use crate::class::native::{bind_call, def, getset};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type};
use crate::types::{dict, str, tuple};
use crate::value::{Payload, Res, Value};
use crate::vm::types;
use weft_layout::tag::Word;

/// Declares an exception payload: a [`BaseException`] followed by fields, then by cells that hold no references.
macro_rules! payload {
    ($(#[$doc:meta])* $T:ident ($class:ident) { $($field:ident,)* } $({ $($cell:ident: $cell_type:ty,)* })?) => {
        $(#[$doc])*
        #[repr(C)]
        pub struct $T {
            base: BaseException,
            $(pub(super) $field: Field,)*
            $($(pub(super) $cell: $cell_type,)*)?
        }

        // SAFETY: `base::allocate` makes every instance with this payload at offset 8; it begins with its base's payload.
        unsafe impl Payload for $T {
            fn class() -> &'static Type {
                types().$class
            }

            fn trace(&self, visit: &mut dyn FnMut(Word)) {
                self.base.trace(visit);
                $(visit(self.$field.word());)*
            }

            fn clear(&self) {
                $(drop(self.$field.take());)*
                self.base.clear();
            }
        }

        impl $T {
            /// The payload of `v`, which is an instance of the class.
            #[inline]
            pub fn of(v: &Value) -> &$T {
                // SAFETY: callers pass instances of the class.
                unsafe { v.payload() }
            }
        }
    };
}

/// An attribute that reads and writes a field; None when empty, deleting empties it.
macro_rules! member {
    ($T:ident, $name:literal, $field:ident, $doc:literal) => {
        getset(
            $name,
            |v| Ok($T::of(v).$field.get().unwrap_or(Value::NONE)),
            |v, x| {
                drop($T::of(v).$field.replace(x.cloned()));
                Ok(())
            },
            $doc,
        )
    };
}

pub(super) use {member, payload};

payload! {
    /// StopIteration.
    StopIteration(stop_iteration) { value, }
}

payload! {
    /// SystemExit.
    SystemExit(system_exit) { code, }
}

payload! {
    /// ImportError.
    ImportError(import_error) { msg, name, path, name_from, }
}

payload! {
    /// NameError.
    NameError(name_error) { name, }
}

payload! {
    /// AttributeError.
    AttributeError(attribute_error) { obj, name, }
}

const fn with_init(init: crate::class::slots::InitFn) -> Slots {
    Slots { init: Some(init), ..Slots::NONE }
}

/// `StopIteration`.
pub const STOP_ITERATION: Kind = Kind {
    payload: PayloadOps::of::<StopIteration>(),
    slots: with_init(|v, args, kw| {
        base::init(v, args, kw)?;
        StopIteration::of(v).value.set(args.first().cloned().unwrap_or(Value::NONE));
        Ok(())
    }),
    methods: &[],
    getsets: &[member!(StopIteration, "value", value, "generator return value")],
};

/// `SystemExit`.
pub const SYSTEM_EXIT: Kind = Kind {
    payload: PayloadOps::of::<SystemExit>(),
    slots: with_init(|v, args, kw| {
        base::init(v, args, kw)?;
        match args {
            [] => {}
            [code] => SystemExit::of(v).code.set(code.clone()),
            _ => SystemExit::of(v).code.set(base::args(v)),
        }
        Ok(())
    }),
    methods: &[],
    getsets: &[member!(SystemExit, "code", code, "exception code")],
};

/// `ImportError`.
pub const IMPORT_ERROR: Kind = Kind {
    payload: PayloadOps::of::<ImportError>(),
    slots: Slots { init: Some(import_error_init), str: Some(import_error_str), ..Slots::NONE },
    methods: &[def("__reduce__", "($self, /)", |a| import_error_reduce(a.at(0)), "")],
    getsets: &[
        member!(ImportError, "msg", msg, "exception message"),
        member!(ImportError, "name", name, "module name"),
        member!(ImportError, "path", path, "module path"),
        member!(ImportError, "name_from", name_from, "name imported from module"),
    ],
};

/// `NameError`.
pub const NAME_ERROR: Kind = Kind {
    payload: PayloadOps::of::<NameError>(),
    slots: with_init(name_error_init),
    methods: &[],
    getsets: &[member!(NameError, "name", name, "name")],
};

/// `AttributeError`.
pub const ATTRIBUTE_ERROR: Kind = Kind {
    payload: PayloadOps::of::<AttributeError>(),
    slots: with_init(attribute_error_init),
    methods: &[
        def("__getstate__", "($self, /)", |a| Ok(attribute_error_state(a.at(0))), ""),
        def("__reduce__", "($self, /)", |a| base::reduced(a.at(0), base::args(a.at(0)), Some(attribute_error_state(a.at(0)))), ""),
    ],
    getsets: &[member!(AttributeError, "name", name, "attribute name"), member!(AttributeError, "obj", obj, "object")],
};

/// Sets `args` to the positional arguments and binds the keyword ones by `sig`; passes those to `f`.
fn init_with_keywords<const N: usize>(
    v: &Value,
    fname: &str,
    sig: &'static str,
    args: &[Value],
    kwnames: Option<&Value>,
    set: impl FnOnce([Option<Value>; N]),
) -> Res<()> {
    let positional = base::positional(args, kwnames);
    base::set_positional(v, positional);
    let keywords = &args[positional.len()..];
    let bound = if keywords.is_empty() {
        [const { None }; N]
    } else {
        bind_call(fname, sig, keywords, kwnames, |a| Ok(std::array::from_fn(|i| a.opt(i).cloned())))?
    };
    set(bound);
    Ok(())
}

fn import_error_init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    init_with_keywords(v, "ImportError", "(*, name=None, path=None, name_from=None)", args, kwnames, |[name, path, name_from]| {
        let this = ImportError::of(v);
        drop(this.name.replace(name));
        drop(this.path.replace(path));
        drop(this.name_from.replace(name_from));
        let msg = match base::positional(args, kwnames) {
            [msg] => Some(msg.clone()),
            _ => None,
        };
        drop(this.msg.replace(msg));
    })
}

fn import_error_str(v: &Value) -> Res {
    match ImportError::of(v).msg.get() {
        Some(msg) if std::ptr::eq(msg.class(), types().str) => Ok(msg),
        _ => base::str_(v),
    }
}

fn import_error_reduce(v: &Value) -> Res {
    let this = ImportError::of(v);
    let fields = [("name", this.name.get()), ("path", this.path.get()), ("name_from", this.name_from.get())];
    let state = with_fields(base::existing_dict(v), &fields);
    base::reduced(v, base::args(v), state)
}

/// A copy of `dict` to which the fields that are there have been added; `dict` itself if none are.
fn with_fields(dict: Option<Value>, fields: &[(&str, Option<Value>)]) -> Option<Value> {
    if fields.iter().all(|(_, value)| value.is_none()) {
        return dict;
    }
    let state = dict.map_or_else(dict::new, |d| dict::copy(&d));
    for (name, value) in fields {
        if let Some(value) = value {
            dict::set_str(&state, &str::intern(name), value.clone());
        }
    }
    Some(state)
}

fn name_error_init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    init_with_keywords(v, "NameError", "(*, name=None)", args, kwnames, |[name]| drop(NameError::of(v).name.replace(name)))
}

fn attribute_error_init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    init_with_keywords(v, "AttributeError", "(*, name=None, obj=None)", args, kwnames, |[name, obj]| {
        drop(AttributeError::of(v).name.replace(name));
        drop(AttributeError::of(v).obj.replace(obj));
    })
}

/// The object itself is left out: it can seldom be pickled.
fn attribute_error_state(v: &Value) -> Value {
    let fields = [("name", AttributeError::of(v).name.get()), ("args", Some(base::args(v)))];
    with_fields(base::existing_dict(v), &fields).unwrap_or(Value::NONE)
}

/// The value a StopIteration carries.
pub fn stop_iteration_value(v: &Value) -> Value {
    StopIteration::of(v).value.get().unwrap_or(Value::NONE)
}

/// The exit code a SystemExit carries, None if it has none.
pub fn exit_code(v: &Value) -> Value {
    SystemExit::of(v).code.get().unwrap_or(Value::NONE)
}

/// Sets `name` of a NameError that has none yet.
pub fn set_name(v: &Value, name: &Value) {
    if let Some(this) = v.downcast::<NameError>()
        && this.name.peek().is_none()
    {
        this.name.set(name.clone());
    }
}

/// Sets `name` and `obj` of an AttributeError that has neither yet.
pub fn set_attribute(v: &Value, obj: &Value, name: &Value) {
    if let Some(this) = v.downcast::<AttributeError>()
        && this.name.peek().is_none()
        && this.obj.peek().is_none()
    {
        this.name.set(name.clone());
        this.obj.set(obj.clone());
    }
}

/// An ImportError (or `class`, a subclass of it) with its fields set.
pub fn import_error(class: &'static Type, message: Value, name: Option<Value>, path: Option<Value>, name_from: Option<Value>) -> Value {
    let v = base::allocate(class);
    base::payload(&v).args.set(tuple::from_slice(std::slice::from_ref(&message)));
    let this = ImportError::of(&v);
    this.msg.set(message);
    drop(this.name.replace(name));
    drop(this.path.replace(path));
    drop(this.name_from.replace(name_from));
    v
}
