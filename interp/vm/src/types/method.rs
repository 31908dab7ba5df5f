//! `method`: a function bound to an instance.

use crate::cell::Field;
use crate::class::PayloadOps;
use crate::class::build::TypeSpec;
use crate::class::native::{def, getter};
use crate::class::slots::{CompareOp, Slots};
use crate::protocol::{self, attr};
use crate::types::{dict, str, tuple};
use crate::value::{Payload, Res, Value, new_object};
use crate::vm::{names, types};
use crate::{call, exc};
use weft_layout::tag::Word;

/// The payload.
#[repr(C)]
pub struct Method {
    /// `__func__`.
    pub function: Field,
    /// `__self__`.
    pub this: Field,
}

/// Byte offset of the function in a method object.
pub const FUNCTION_OFFSET: usize = 8 + std::mem::offset_of!(Method, function);
/// Byte offset of self in a method object.
pub const THIS_OFFSET: usize = 8 + std::mem::offset_of!(Method, this);

// SAFETY: instances of method hold a Method.
unsafe impl Payload for Method {
    fn class() -> &'static crate::class::Type {
        types().method
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.function.word());
        visit(self.this.word());
    }
}

impl Method {
    /// `__func__`.
    pub fn function(&self) -> Value {
        self.function.value()
    }
}

/// `function` bound to `this`.
pub fn new(function: Value, this: Value) -> Value {
    new_object(Method { function: Field::new(function), this: Field::new(this) })
}

/// The payload of a method object.
#[inline(always)]
pub fn this(v: &Value) -> &Method {
    // SAFETY: callers pass methods.
    unsafe { v.payload() }
}

fn method_call(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let m = this(v);
    let (f, s) = (m.function.value(), m.this.value());
    call::call_with_self(&f, &s, args, kwnames)
}

fn getattr(v: &Value, name: &Value) -> Res {
    if let Some(d) = types().method.lookup(name) {
        return match d.class().slots().descr_get {
            Some(get) => get(&d, Some(v), Some(&types().method.value())),
            None => Ok(d),
        };
    }
    attr::getattr(&this(v).function.value(), name)
}

fn repr(v: &Value) -> Res {
    let m = this(v);
    let f = m.function.value();
    let name = match attr::getattr_opt(&f, &names().__qualname__)? {
        Some(n) if str::is_str(&n) => str::display(&n),
        _ => match attr::getattr_opt(&f, &names().__name__)? {
            Some(n) if str::is_str(&n) => str::display(&n),
            _ => "?".to_owned(),
        },
    };
    Ok(str::from_string(format!("<bound method {name} of {}>", protocol::repr_string(&m.this.value())?)))
}

fn compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    let (Some(x), Some(y)) = (a.downcast::<Method>(), b.downcast::<Method>()) else { return Ok(Value::NOT_IMPLEMENTED) };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let same = x.this.word() == y.this.word() && protocol::equal(&x.function.value(), &y.function.value())?;
    Ok(Value::bool(same == (op == CompareOp::Eq)))
}

fn hash(v: &Value) -> Res<i64> {
    let m = this(v);
    let h = crate::types::object::hash(&m.this.value())? ^ protocol::hash(&m.function.value())?;
    Ok(if h == -1 { -2 } else { h })
}

fn method_new(_: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    if kwnames.is_some_and(|k| !tuple::items(k).is_empty()) {
        return Err(exc::type_error("method() takes no keyword arguments"));
    }
    let [f, s] = args else {
        return Err(exc::type_error(format!("method expected 2 arguments, got {}", args.len())));
    };
    if !call::is_callable(f) {
        return Err(exc::type_error("first argument must be callable"));
    }
    if s.is_none() {
        return Err(exc::type_error("instance must not be None"));
    }
    Ok(new(f.clone(), s.clone()))
}

/// `method`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "method",
    doc: "method(function, instance, /)\n--\n\nCreate a bound instance method object.",
    payload: PayloadOps::of::<Method>(),
    slots: Slots {
        repr: Some(repr),
        call: Some(method_call),
        compare: Some(compare),
        hash: Some(hash),
        getattr: Some(getattr),
        descr_get: Some(|d, _, _| Ok(d.clone())),
        new: Some(method_new),
        ..Slots::NONE
    },
    methods: &[def(
        "__reduce__",
        "($self, /)",
        |a| {
            let m = this(a.at(0));
            let name = attr::getattr(&m.function.value(), &names().__name__)?;
            let getattr = dict::get_str(&crate::eval::builtins::dict(), &str::intern("getattr")).unwrap_or(Value::NONE);
            Ok(tuple::from_vec(vec![getattr, tuple::from_vec(vec![m.this.value(), name])]))
        },
        "",
    )],
    getsets: &[
        getter("__func__", |v| Ok(this(v).function.value()), "the function (or other callable) implementing a method"),
        getter("__self__", |v| Ok(this(v).this.value()), "the instance to which a method is bound"),
        getter("__doc__", |v| attr::getattr(&this(v).function.value(), &names().__doc__), ""),
    ],
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};
