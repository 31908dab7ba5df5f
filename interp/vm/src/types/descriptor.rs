//! The descriptors that native classes hold: methods, class methods, slot wrappers, computed attributes, members.

use crate::cell::Field;
use crate::class::build::{TypeSpec, of};
use crate::class::native::{Binding, FnDef, GetSetDef, LazyParams, call as call_native, getter};
use crate::class::slotdefs::{SlotDef, Wrap};
use crate::class::slots::*;
use crate::class::{PayloadOps, Type, flag};
use crate::types::{builtin_function, dict, str, tuple};
use crate::value::{Payload, Res, Value, new_object};
use crate::vm::types;
use crate::{exc, protocol};
use std::cell::Cell;
use weft_layout::tag::{NULL, Word};

fn no_get_sig(_: &Value) -> Res {
    Ok(Value::NONE)
}

/// `method_descriptor`: a native method, unbound.
pub struct MethodDescriptor {
    owner: &'static Type,
    /// The declaration.
    pub def: &'static FnDef,
    /// Its parameters, parsed when first called.
    pub params: LazyParams,
}

// SAFETY: instances of method_descriptor and classmethod_descriptor hold a MethodDescriptor.
unsafe impl Payload for MethodDescriptor {
    fn class() -> &'static Type {
        types().method_descriptor
    }
}

impl MethodDescriptor {
    /// `type.name`, as in error messages.
    pub fn qualified_name(&self) -> String {
        format!("{}.{}", self.owner.name(), self.def.name)
    }
}

/// The descriptor of a native method in the namespace of `owner`.
pub fn new_method(owner: &'static Type, def: &'static FnDef) -> Value {
    match def.binding {
        Binding::Instance => new_object(MethodDescriptor { owner, def, params: LazyParams::new() }),
        Binding::Class => new_object(ClassMethodDescriptor { owner, def }),
        Binding::Static => crate::types::property::new_staticmethod(builtin_function::new(def, None, None)),
    }
}

/// The class that a native method belongs to, and its name.
pub fn method_origin(v: &Value) -> Option<(&'static Type, &'static str)> {
    v.downcast_exact::<MethodDescriptor>().map(|m| (m.owner, m.def.name))
}

impl MethodDescriptor {
    /// The class that holds the method.
    #[inline(always)]
    pub fn owner(&self) -> &'static Type {
        self.owner
    }
}

/// The payload of a method descriptor.
#[inline(always)]
pub fn method_payload(v: &Value) -> &MethodDescriptor {
    method_this(v)
}

#[inline(always)]
fn method_this(v: &Value) -> &MethodDescriptor {
    // SAFETY: slots and methods of the class get its instances.
    unsafe { v.payload() }
}

fn wrong_self(owner: &Type, name: &str, got: &Value) -> exc::Raised {
    exc::type_error(format!(
        "descriptor '{name}' for '{}' objects doesn't apply to a '{}' object",
        owner.full_name(),
        got.class().full_name()
    ))
}

/// Calls a method descriptor with self as the first argument.
pub fn call_method(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let m = method_this(v);
    let npos = args.len() - kwnames.map_or(0, |k| tuple::items(k).len());
    if npos == 0 {
        return Err(exc::type_error(format!("unbound method {}() needs an argument", m.qualified_name())));
    }
    if !args[0].is_instance(m.owner) {
        return Err(wrong_self(m.owner, m.def.name, &args[0]));
    }
    call_native(m.def, &m.params, args, kwnames, &|| m.qualified_name())
}

fn method_get(d: &Value, obj: Option<&Value>, _class: Option<&Value>) -> Res {
    let m = method_this(d);
    match obj {
        None => Ok(d.clone()),
        Some(o) if o.is_instance(m.owner) => Ok(builtin_function::new(m.def, Some(o.clone()), None)),
        Some(o) => Err(wrong_self(m.owner, m.def.name, o)),
    }
}

fn method_repr(v: &Value) -> Res {
    let m = method_this(v);
    Ok(str::from_string(format!("<method '{}' of '{}' objects>", m.def.name, m.owner.full_name())))
}

fn signature(sig: &'static str) -> Value {
    if sig.is_empty() { Value::NONE } else { str::new(sig) }
}

fn doc(text: &'static str) -> Value {
    if text.is_empty() { Value::NONE } else { str::new(text) }
}

fn qualname(owner: &Type, name: &str) -> Res {
    Ok(str::from_string(format!("{}.{name}", str::display(&owner.qualname_value()))))
}

fn reduce(owner: &Type, name: &str) -> Res {
    let getattr = dict::get_str(&crate::eval::builtins::dict(), &str::intern("getattr")).unwrap_or(Value::NONE);
    Ok(tuple::from_vec(vec![getattr, tuple::from_vec(vec![owner.value(), str::new(name)])]))
}

/// `method_descriptor`.
pub static METHOD_SPEC: TypeSpec = TypeSpec {
    name: "method_descriptor",
    payload: PayloadOps::of::<MethodDescriptor>(),
    flags: flag::METHOD_DESCRIPTOR | flag::DISALLOW_INSTANTIATION,
    slots: Slots { repr: Some(method_repr), call: Some(call_method), descr_get: Some(method_get), ..Slots::NONE },
    methods: &[crate::class::native::def(
        "__reduce__",
        "($self, /)",
        |a| reduce(method_this(a.at(0)).owner, method_this(a.at(0)).def.name),
        "",
    )],
    getsets: &[
        getter("__doc__", |v| Ok(doc(method_this(v).def.doc)), ""),
        getter("__name__", |v| Ok(str::intern(method_this(v).def.name)), ""),
        getter("__qualname__", |v| qualname(method_this(v).owner, method_this(v).def.name), ""),
        getter("__objclass__", |v| Ok(method_this(v).owner.value()), ""),
        getter("__text_signature__", |v| Ok(signature(method_this(v).def.sig)), ""),
    ],
    ..TypeSpec::DEFAULT
};

/// `classmethod_descriptor`: a native class method, unbound.
pub struct ClassMethodDescriptor {
    owner: &'static Type,
    def: &'static FnDef,
}

// SAFETY: instances of classmethod_descriptor hold a ClassMethodDescriptor.
unsafe impl Payload for ClassMethodDescriptor {
    fn class() -> &'static Type {
        types().classmethod_descriptor
    }
}

fn class_this(v: &Value) -> &ClassMethodDescriptor {
    // SAFETY: slots and methods of the class get its instances.
    unsafe { v.payload() }
}

fn class_get(d: &Value, obj: Option<&Value>, class: Option<&Value>) -> Res {
    let m = class_this(d);
    let class = match (class, obj) {
        (Some(c), _) if !c.is_none() => c.clone(),
        (_, Some(o)) => o.class().value(),
        _ => {
            return Err(exc::type_error(format!(
                "descriptor '{}' for type '{}' needs either an object or a type",
                m.def.name,
                m.owner.full_name()
            )));
        }
    };
    if !class.is_instance(types().type_) {
        return Err(exc::type_error(format!(
            "descriptor '{}' for type '{}' needs a type, not a '{}' as arg 2",
            m.def.name,
            m.owner.full_name(),
            class.class().full_name()
        )));
    }
    if !of(&class).is_subtype(m.owner) {
        return Err(exc::type_error(format!(
            "descriptor '{}' requires a subtype of '{}' but received '{}'",
            m.def.name,
            m.owner.full_name(),
            of(&class).full_name()
        )));
    }
    Ok(builtin_function::new(m.def, Some(class), None))
}

fn class_call(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let Some(class) = args.first() else {
        return Err(exc::type_error(format!(
            "descriptor '{}' of '{}' object needs an argument",
            class_this(v).def.name,
            class_this(v).owner.full_name()
        )));
    };
    let bound = class_get(v, None, Some(class))?;
    crate::call::call(&bound, &args[1..], kwnames)
}

/// `classmethod_descriptor`.
pub static CLASSMETHOD_SPEC: TypeSpec = TypeSpec {
    name: "classmethod_descriptor",
    payload: PayloadOps::of::<ClassMethodDescriptor>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots {
        repr: Some(|v| {
            Ok(str::from_string(format!("<method '{}' of '{}' objects>", class_this(v).def.name, class_this(v).owner.full_name())))
        }),
        call: Some(class_call),
        descr_get: Some(class_get),
        ..Slots::NONE
    },
    getsets: &[
        getter("__doc__", |v| Ok(doc(class_this(v).def.doc)), ""),
        getter("__name__", |v| Ok(str::intern(class_this(v).def.name)), ""),
        getter("__qualname__", |v| qualname(class_this(v).owner, class_this(v).def.name), ""),
        getter("__objclass__", |v| Ok(class_this(v).owner.value()), ""),
        getter("__text_signature__", |v| Ok(signature(class_this(v).def.sig)), ""),
    ],
    ..TypeSpec::DEFAULT
};

/// `wrapper_descriptor`: a type slot under its dunder name.
pub struct Wrapper {
    owner: &'static Type,
    /// The dunder name and how to call the slot.
    pub def: &'static SlotDef,
    /// The slot function.
    pub function: usize,
}

// SAFETY: instances of wrapper_descriptor hold a Wrapper.
unsafe impl Payload for Wrapper {
    fn class() -> &'static Type {
        types().wrapper_descriptor
    }
}

fn wrapper_this(v: &Value) -> &Wrapper {
    // SAFETY: slots and methods of the class get its instances.
    unsafe { v.payload() }
}

/// The wrapper of a slot function of `owner`.
pub fn new_wrapper(owner: &'static Type, def: &'static SlotDef, function: usize) -> Value {
    new_object(Wrapper { owner, def, function })
}

/// If `v` wraps a slot: which, and the function.
pub fn slot_of_wrapper(v: &Value) -> Option<(&'static SlotDef, usize)> {
    v.downcast_exact::<Wrapper>().map(|w| (w.def, w.function))
}

/// Whether `v` wraps the given slot function.
pub fn wraps_slot(v: &Value, function: usize) -> bool {
    v.downcast_exact::<Wrapper>().is_some_and(|w| w.function == function)
}

macro_rules! slot_fn {
    ($w:expr, $ty:ty) => {
        // SAFETY: the wrapper's slot has this function type.
        unsafe { std::mem::transmute::<usize, $ty>($w.function) }
    };
}

fn expect_args(args: &[Value], n: usize) -> Res<()> {
    if args.len() == n {
        Ok(())
    } else {
        Err(exc::type_error(format!("expected {n} argument{}, got {}", if n == 1 { "" } else { "s" }, args.len())))
    }
}

fn apply(w: &Wrapper, this: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    if let Some(k) = kwnames
        && !tuple::items(k).is_empty()
        && !matches!(w.def.wrap, Wrap::Call | Wrap::Init)
    {
        return Err(exc::type_error(format!("wrapper {}() takes no keyword arguments", w.def.name)));
    }
    let none = Value::NONE;
    match w.def.wrap {
        Wrap::Unary => {
            expect_args(args, 0)?;
            slot_fn!(w, UnaryFn)(this)
        }
        Wrap::BinaryLeft | Wrap::GetItem => {
            expect_args(args, 1)?;
            slot_fn!(w, BinaryFn)(this, &args[0])
        }
        Wrap::BinaryRight => {
            expect_args(args, 1)?;
            if w.def.slot == SlotId::repeat { slot_fn!(w, BinaryFn)(this, &args[0]) } else { slot_fn!(w, BinaryFn)(&args[0], this) }
        }
        Wrap::TernaryLeft | Wrap::TernaryRight => {
            if args.is_empty() || args.len() > 2 {
                return Err(exc::type_error(format!("expected 1 or 2 arguments, got {}", args.len())));
            }
            let m = args.get(1).unwrap_or(&none);
            if w.def.wrap == Wrap::TernaryLeft {
                slot_fn!(w, TernaryFn)(this, &args[0], m)
            } else {
                slot_fn!(w, TernaryFn)(&args[0], this, m)
            }
        }
        Wrap::Compare(op) => {
            expect_args(args, 1)?;
            slot_fn!(w, CompareFn)(this, &args[0], op)
        }
        Wrap::Hash => {
            expect_args(args, 0)?;
            slot_fn!(w, HashFn)(this).map(Value::int)
        }
        Wrap::Call => slot_fn!(w, CallFn)(this, args, kwnames),
        Wrap::Init => slot_fn!(w, InitFn)(this, args, kwnames).map(|()| Value::NONE),
        Wrap::GetAttr => {
            expect_args(args, 1)?;
            check_name(&args[0])?;
            slot_fn!(w, GetAttrFn)(this, &args[0])
        }
        Wrap::SetAttr => {
            expect_args(args, 2)?;
            check_name(&args[0])?;
            check_setattr_allowed(w, this)?;
            slot_fn!(w, SetAttrFn)(this, &args[0], Some(&args[1])).map(|()| Value::NONE)
        }
        Wrap::DelAttr => {
            expect_args(args, 1)?;
            check_name(&args[0])?;
            check_setattr_allowed(w, this)?;
            slot_fn!(w, SetAttrFn)(this, &args[0], None).map(|()| Value::NONE)
        }
        Wrap::Next => {
            expect_args(args, 0)?;
            match slot_fn!(w, NextFn)(this)? {
                Some(x) => Ok(x),
                None => Err(exc::bare(types().stop_iteration)),
            }
        }
        Wrap::DescrGet => {
            if args.is_empty() || args.len() > 2 {
                return Err(exc::type_error(format!("expected 1 or 2 arguments, got {}", args.len())));
            }
            let obj = Some(&args[0]).filter(|v| !v.is_none());
            let class = args.get(1).filter(|v| !v.is_none());
            if obj.is_none() && class.is_none() {
                return Err(exc::type_error("__get__(None, None) is invalid"));
            }
            slot_fn!(w, DescrGetFn)(this, obj, class)
        }
        Wrap::DescrSet => {
            expect_args(args, 2)?;
            slot_fn!(w, DescrSetFn)(this, &args[0], Some(&args[1])).map(|()| Value::NONE)
        }
        Wrap::DescrDel => {
            expect_args(args, 1)?;
            slot_fn!(w, DescrSetFn)(this, &args[0], None).map(|()| Value::NONE)
        }
        Wrap::Finalise => {
            expect_args(args, 0)?;
            slot_fn!(w, FinaliseFn)(this);
            Ok(Value::NONE)
        }
        Wrap::Bool => {
            expect_args(args, 0)?;
            slot_fn!(w, BoolFn)(this).map(Value::bool)
        }
        Wrap::Len => {
            expect_args(args, 0)?;
            slot_fn!(w, LenFn)(this).map(Value::usize)
        }
        Wrap::Contains => {
            expect_args(args, 1)?;
            slot_fn!(w, ContainsFn)(this, &args[0]).map(Value::bool)
        }
        Wrap::SetItem => {
            expect_args(args, 2)?;
            slot_fn!(w, SetItemFn)(this, &args[0], Some(&args[1])).map(|()| Value::NONE)
        }
        Wrap::DelItem => {
            expect_args(args, 1)?;
            slot_fn!(w, SetItemFn)(this, &args[0], None).map(|()| Value::NONE)
        }
        Wrap::Buffer => {
            expect_args(args, 1)?;
            crate::types::memoryview::from_object(this)
        }
    }
}

fn check_name(name: &Value) -> Res<()> {
    if str::is_str(name) {
        Ok(())
    } else {
        Err(exc::type_error(format!("attribute name must be string, not '{}'", name.class().full_name())))
    }
}

/// `object.__setattr__(SomeType, …)` must not get around the checks of `type.__setattr__` (Carlo Verre's hack).
fn check_setattr_allowed(w: &Wrapper, this: &Value) -> Res<()> {
    let own = this.class().slots().setattr.map(|f| f as usize);
    if this.is_instance(types().type_) && !w.owner.is_subtype(types().type_) && own != Some(w.function) {
        return Err(exc::type_error(format!("can't apply this {} to {} object", w.def.name, this.class().full_name())));
    }
    Ok(())
}

fn wrapper_call(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let w = wrapper_this(v);
    let npos = args.len() - kwnames.map_or(0, |k| tuple::items(k).len());
    if npos == 0 {
        return Err(exc::type_error(format!("descriptor '{}' of '{}' object needs an argument", w.def.name, w.owner.full_name())));
    }
    if !args[0].is_instance(w.owner) {
        return Err(exc::type_error(format!(
            "descriptor '{}' requires a '{}' object but received a '{}'",
            w.def.name,
            w.owner.full_name(),
            args[0].class().full_name()
        )));
    }
    apply(w, &args[0], &args[1..], kwnames)
}

fn wrapper_get(d: &Value, obj: Option<&Value>, _class: Option<&Value>) -> Res {
    let w = wrapper_this(d);
    match obj {
        None => Ok(d.clone()),
        Some(o) if o.is_instance(w.owner) => Ok(new_object(MethodWrapper { wrapper: Field::new(d.clone()), this: Field::new(o.clone()) })),
        Some(o) => Err(wrong_self(w.owner, w.def.name, o)),
    }
}

/// `wrapper_descriptor`.
pub static WRAPPER_SPEC: TypeSpec = TypeSpec {
    name: "wrapper_descriptor",
    payload: PayloadOps::of::<Wrapper>(),
    flags: flag::METHOD_DESCRIPTOR | flag::DISALLOW_INSTANTIATION,
    slots: Slots {
        repr: Some(|v| {
            Ok(str::from_string(format!(
                "<slot wrapper '{}' of '{}' objects>",
                wrapper_this(v).def.name,
                wrapper_this(v).owner.full_name()
            )))
        }),
        call: Some(wrapper_call),
        descr_get: Some(wrapper_get),
        ..Slots::NONE
    },
    methods: &[crate::class::native::def(
        "__reduce__",
        "($self, /)",
        |a| reduce(wrapper_this(a.at(0)).owner, wrapper_this(a.at(0)).def.name),
        "",
    )],
    getsets: &[
        getter("__doc__", |v| Ok(doc(wrapper_this(v).def.doc)), ""),
        getter("__name__", |v| Ok(str::intern(wrapper_this(v).def.name)), ""),
        getter("__qualname__", |v| qualname(wrapper_this(v).owner, wrapper_this(v).def.name), ""),
        getter("__objclass__", |v| Ok(wrapper_this(v).owner.value()), ""),
        getter("__text_signature__", |v| Ok(signature(wrapper_this(v).def.sig)), ""),
    ],
    ..TypeSpec::DEFAULT
};

/// `method-wrapper`: a slot wrapper bound to an object.
pub struct MethodWrapper {
    wrapper: Field,
    this: Field,
}

// SAFETY: instances of method-wrapper hold a MethodWrapper.
unsafe impl Payload for MethodWrapper {
    fn class() -> &'static Type {
        types().method_wrapper
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.wrapper.word());
        visit(self.this.word());
    }
}

fn bound_this(v: &Value) -> (Value, Value) {
    // SAFETY: slots and methods of the class get its instances.
    let m: &MethodWrapper = unsafe { v.payload() };
    (m.wrapper.value(), m.this.value())
}

fn bound_def(v: &Value) -> &'static SlotDef {
    wrapper_this(&bound_this(v).0).def
}

/// `method-wrapper`.
pub static METHOD_WRAPPER_SPEC: TypeSpec = TypeSpec {
    name: "method-wrapper",
    payload: PayloadOps::of::<MethodWrapper>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots {
        repr: Some(|v| {
            let (w, this) = bound_this(v);
            Ok(str::from_string(format!(
                "<method-wrapper '{}' of {} object at {:#x}>",
                wrapper_this(&w).def.name,
                this.class().full_name(),
                this.id()
            )))
        }),
        call: Some(|v, args, kwnames| {
            let (w, this) = bound_this(v);
            apply(wrapper_this(&w), &this, args, kwnames)
        }),
        compare: Some(|a, b, op| {
            let (Some(x), Some(y)) = (a.downcast::<MethodWrapper>(), b.downcast::<MethodWrapper>()) else {
                return Ok(Value::NOT_IMPLEMENTED);
            };
            let same = x.wrapper.word() == y.wrapper.word() && x.this.word() == y.this.word();
            match op {
                CompareOp::Eq => Ok(Value::bool(same)),
                CompareOp::Ne => Ok(Value::bool(!same)),
                _ => Ok(Value::NOT_IMPLEMENTED),
            }
        }),
        hash: Some(|v| {
            let (w, this) = bound_this(v);
            Ok(((w.word() ^ this.word().rotate_left(7)) >> 4) as i64)
        }),
        ..Slots::NONE
    },
    getsets: &[
        getter("__doc__", |v| Ok(doc(bound_def(v).doc)), ""),
        getter("__name__", |v| Ok(str::intern(bound_def(v).name)), ""),
        getter("__qualname__", |v| qualname(wrapper_this(&bound_this(v).0).owner, bound_def(v).name), ""),
        getter("__objclass__", |v| Ok(wrapper_this(&bound_this(v).0).owner.value()), ""),
        getter("__self__", |v| Ok(bound_this(v).1), ""),
        getter("__text_signature__", |v| Ok(signature(bound_def(v).sig)), ""),
    ],
    ..TypeSpec::DEFAULT
};

/// `getset_descriptor`: an attribute that native code computes.
pub struct GetSet {
    owner: &'static Type,
    def: &'static GetSetDef,
}

// SAFETY: instances of getset_descriptor hold a GetSet.
unsafe impl Payload for GetSet {
    fn class() -> &'static Type {
        types().getset_descriptor
    }
}

fn getset_this(v: &Value) -> &GetSet {
    // SAFETY: slots and methods of the class get its instances.
    unsafe { v.payload() }
}

/// The descriptor of a computed attribute in the namespace of `owner`.
pub fn new_getset(owner: &'static Type, def: &'static GetSetDef) -> Value {
    new_object(GetSet { owner, def })
}

/// The class a getset descriptor belongs to and its name.
pub fn getset_owner(v: &Value) -> Option<(&'static Type, &'static str)> {
    v.downcast_exact::<GetSet>().map(|g| (g.owner, g.def.name))
}

fn getset_get(d: &Value, obj: Option<&Value>, _class: Option<&Value>) -> Res {
    let g = getset_this(d);
    match obj {
        None => Ok(d.clone()),
        Some(o) if o.is_instance(g.owner) => (g.def.get)(o),
        Some(o) => Err(wrong_self(g.owner, g.def.name, o)),
    }
}

fn getset_set(d: &Value, obj: &Value, value: Option<&Value>) -> Res<()> {
    let g = getset_this(d);
    if !obj.is_instance(g.owner) {
        return Err(exc::type_error(format!(
            "descriptor '{}' for '{}' objects doesn't apply to a '{}' object",
            g.def.name,
            g.owner.full_name(),
            obj.class().full_name()
        )));
    }
    match g.def.set {
        Some(f) => f(obj, value),
        None => Err(exc::attribute_error(format!("attribute '{}' of '{}' objects is not writable", g.def.name, g.owner.full_name()))),
    }
}

/// `getset_descriptor`.
pub static GETSET_SPEC: TypeSpec = TypeSpec {
    name: "getset_descriptor",
    payload: PayloadOps::of::<GetSet>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots {
        repr: Some(|v| {
            Ok(str::from_string(format!("<attribute '{}' of '{}' objects>", getset_this(v).def.name, getset_this(v).owner.full_name())))
        }),
        descr_get: Some(getset_get),
        descr_set: Some(getset_set),
        ..Slots::NONE
    },
    getsets: &[
        getter("__doc__", |v| Ok(doc(getset_this(v).def.doc)), ""),
        getter("__name__", |v| Ok(str::intern(getset_this(v).def.name)), ""),
        getter("__qualname__", |v| qualname(getset_this(v).owner, getset_this(v).def.name), ""),
        getter("__objclass__", |v| Ok(getset_this(v).owner.value()), ""),
        getter("__text_signature__", no_get_sig, ""),
    ],
    ..TypeSpec::DEFAULT
};

/// `member_descriptor`: a word of the instance, as `__slots__` makes them.
pub struct Member {
    owner: Cell<Option<&'static Type>>,
    name: Field,
    /// Byte offset of the word in instances.
    pub offset: usize,
}

// SAFETY: instances of member_descriptor hold a Member.
unsafe impl Payload for Member {
    fn class() -> &'static Type {
        types().member_descriptor
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        if let Some(t) = self.owner.get() {
            visit(t.value_word());
        }
    }

    fn clear(&self) {
        drop(self.owner.take().map(|t| {
            // SAFETY: the descriptor owns a reference to its class.
            unsafe { Value::from_word(t.value_word()) }
        }));
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.clear();
    }
}

fn member_this(v: &Value) -> &Member {
    // SAFETY: slots and methods of the class get its instances.
    unsafe { v.payload() }
}

fn member_owner(m: &Member) -> Res<&'static Type> {
    m.owner.get().ok_or_else(|| exc::type_error("the class of this descriptor is gone"))
}

/// The byte offset of a member descriptor's word in instances of `class`, if they have it.
pub fn member_offset(d: &Value, class: &Type) -> Option<usize> {
    let m = d.downcast_exact::<Member>()?;
    m.owner.get().filter(|owner| class.is_subtype(owner)).map(|_| m.offset)
}

/// The member slots that a class adds to its base's: their offsets and names.
pub fn own_members(class: &'static Type) -> Vec<(usize, String)> {
    let entries = crate::types::dict::entries(&class.namespace());
    let members = entries.iter().filter_map(|(_, d)| d.downcast_exact::<Member>());
    let own = members.filter(|m| m.owner.get().is_some_and(|owner| std::ptr::eq(owner, class)));
    let mut list: Vec<(usize, String)> = own.map(|m| (m.offset, str::display(&m.name.value()))).collect();
    list.sort();
    list
}

/// A descriptor for the member slot at `offset`.
pub fn new_member(owner: &'static Type, name: &Value, offset: usize) -> Value {
    std::mem::forget(owner.value());
    new_object(Member { owner: Cell::new(Some(owner)), name: Field::new(name.clone()), offset })
}

fn member_place(m: &Member, obj: &Value) -> Res<*mut Word> {
    let owner = member_owner(m)?;
    if !obj.is_instance(owner) {
        return Err(wrong_self(owner, &str::display(&m.name.value()), obj));
    }
    // SAFETY: instances of the owner have the slot at this offset.
    Ok(unsafe { obj.ptr().add(m.offset).cast() })
}

fn member_get(d: &Value, obj: Option<&Value>, _class: Option<&Value>) -> Res {
    let m = member_this(d);
    let Some(o) = obj else { return Ok(d.clone()) };
    let place = member_place(m, o)?;
    // SAFETY: the place is a word of a live object.
    match unsafe { *place } {
        NULL => Err(protocol::attr::no_attribute(o, &m.name.value())),
        // SAFETY: the slot owns its value.
        w => Ok(unsafe { Value::clone_word(w) }),
    }
}

fn member_set(d: &Value, obj: &Value, value: Option<&Value>) -> Res<()> {
    let m = member_this(d);
    let place = member_place(m, obj)?;
    // SAFETY: the place is a word of a live object and owns its value, which is dropped when the new one is in place.
    let old = unsafe { std::mem::replace(&mut *place, value.map_or(NULL, |v| v.clone().into_word())) };
    if old == NULL {
        return if value.is_none() { Err(protocol::attr::no_attribute(obj, &m.name.value())) } else { Ok(()) };
    }
    // SAFETY: the slot owned the old value.
    drop(unsafe { Value::from_word(old) });
    Ok(())
}

/// `member_descriptor`.
pub static MEMBER_SPEC: TypeSpec = TypeSpec {
    name: "member_descriptor",
    payload: PayloadOps::of::<Member>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots {
        repr: Some(|v| {
            let m = member_this(v);
            Ok(str::from_string(format!("<member '{}' of '{}' objects>", str::display(&m.name.value()), member_owner(m)?.full_name())))
        }),
        descr_get: Some(member_get),
        descr_set: Some(member_set),
        ..Slots::NONE
    },
    methods: &[crate::class::native::def(
        "__reduce__",
        "($self, /)",
        |a| reduce(member_owner(member_this(a.at(0)))?, &str::display(&member_this(a.at(0)).name.value())),
        "",
    )],
    getsets: &[
        getter("__doc__", |_| Ok(Value::NONE), ""),
        getter("__name__", |v| Ok(member_this(v).name.value()), ""),
        getter("__qualname__", |v| qualname(member_owner(member_this(v))?, &str::display(&member_this(v).name.value())), ""),
        getter("__objclass__", |v| Ok(member_owner(member_this(v))?.value()), ""),
    ],
    ..TypeSpec::DEFAULT
};

/// `__new__` of a native class: a static built-in whose `__self__` is the class.
pub fn new_constructor(owner: &'static Type) -> Value {
    builtin_function::new_constructor(owner)
}

/// The native class whose `__new__` this is.
pub fn constructed_class(v: &Value) -> Option<&'static Type> {
    builtin_function::constructed_class(v)
}
