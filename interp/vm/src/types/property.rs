//! `property`, `classmethod` and `staticmethod`: the descriptors that decorators make.

use crate::cell::Field;
use crate::class::build::{TypeSpec, of};
use crate::class::native::{bind_call, class_def, def, getset, getter, member, raw};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type, flag};
use crate::protocol::attr;
use crate::types::text::Text;
use crate::types::{dict, function, generic_alias, instance, method, str};
use crate::value::{Payload, Res, Value, new_instance, new_object};
use crate::vm::{names, shapes, types};
use crate::{call, exc, protocol};
use std::cell::Cell;
use weft_layout::tag::Word;

/// The payload of `property`.
pub struct Property {
    get: Field,
    set: Field,
    delete: Field,
    doc: Field,
    /// The name `__set_name__` gave.
    name: Field,
    /// Whether the doc string is the getter's.
    getter_doc: Cell<bool>,
}

/// The getter, if the value is exactly a property with one.
pub fn getter_function(v: &Value) -> Option<Value> {
    v.downcast_exact::<Property>().and_then(|p| p.get.get())
}

// SAFETY: instances of property hold a Property.
unsafe impl Payload for Property {
    fn class() -> &'static Type {
        types().property
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        for field in [&self.get, &self.set, &self.delete, &self.doc, &self.name] {
            visit(field.word());
        }
    }

    fn clear(&self) {
        for field in [&self.get, &self.set, &self.delete, &self.doc, &self.name] {
            drop(field.take());
        }
    }
}

fn this(v: &Value) -> &Property {
    // SAFETY: slots and methods of the class get its instances.
    unsafe { v.payload() }
}

impl Property {
    /// The getter, if there is one.
    pub fn getter(&self) -> Option<Value> {
        self.get.get()
    }

    /// The name the property goes by: the one it was given, or its getter's.
    fn display_name(&self) -> Res<Option<Value>> {
        if let Some(name) = self.name.get() {
            return Ok(Some(name));
        }
        match self.get.get() {
            Some(f) => attr::getattr_opt(&f, &names().__name__),
            None => Ok(None),
        }
    }
}

/// The getter of an exact property, borrowed, if it is a Python function of one argument.
///
/// # Safety
/// The word is an exact property.
#[inline(always)]
pub unsafe fn plain_getter(w: Word) -> Option<Word> {
    // SAFETY: the payload of a property lies right behind the header; it keeps its getter alive.
    unsafe {
        let f = (*((w + 8) as *const Property)).get.peek()?;
        let plain = f.shape_id() == shapes().function && function::this(f).code().exact_args == 1;
        plain.then_some(f.word())
    }
}

fn property_new(class: &Value, _: &[Value], _: Option<&Value>) -> Res {
    Ok(new_instance(
        of(class),
        Property {
            get: Field::empty(),
            set: Field::empty(),
            delete: Field::empty(),
            doc: Field::empty(),
            name: Field::empty(),
            getter_doc: Cell::new(false),
        },
    ))
}

fn property_init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    bind_call("property", "(fget=None, fset=None, fdel=None, doc=None)", args, kwnames, |a| {
        let p = this(v);
        drop(p.get.replace(a.some(0).cloned()));
        drop(p.set.replace(a.some(1).cloned()));
        drop(p.delete.replace(a.some(2).cloned()));
        drop(p.doc.take());
        drop(p.name.take());
        p.getter_doc.set(false);
        let mut doc = a.some(3).cloned();
        if doc.is_none()
            && let Some(f) = a.some(0)
        {
            doc = attr::getattr_opt(f, &names().__doc__)?.filter(|d| !d.is_none());
            p.getter_doc.set(doc.is_some());
        }
        if std::ptr::eq(v.class(), types().property) {
            drop(p.doc.replace(doc));
            return Ok(());
        }
        // In an instance of a subclass the class's own __doc__ would hide the field.
        let set = attr::setattr(v, &names().__doc__, &doc.unwrap_or(Value::NONE));
        if p.getter_doc.get() { set } else { exc::catch(set, types().attribute_error).map(drop) }
    })
}

/// A copy of a property with one accessor replaced.
fn copy(v: &Value, get: Option<&Value>, set: Option<&Value>, delete: Option<&Value>) -> Res {
    let p = this(v);
    let pick = |new: Option<&Value>, old: &Field| new.cloned().or_else(|| old.get()).unwrap_or(Value::NONE);
    let get = pick(get.filter(|g| !g.is_none()), &p.get);
    let set = pick(set.filter(|s| !s.is_none()), &p.set);
    let delete = pick(delete.filter(|d| !d.is_none()), &p.delete);
    let doc = if p.getter_doc.get() && !get.is_none() { Value::NONE } else { p.doc.get().unwrap_or(Value::NONE) };
    let made = call::call(&v.class().value(), &[get, set, delete, doc], None)?;
    if let Some(new) = made.downcast::<Property>() {
        drop(new.name.replace(p.name.get()));
    }
    Ok(made)
}

fn missing(v: &Value, obj: &Value, what: &str) -> Res<exc::Raised> {
    let owner = obj.class().qualname_value();
    let message = match this(v).display_name()? {
        Some(name) => Text::new().add("property ").repr(&name)?.add(" of ").repr(&owner)?.add(" object has no "),
        None => Text::new().add("property of ").repr(&owner)?.add(" object has no "),
    };
    Ok(exc::raise_args(types().attribute_error, &[message.add(what).finish()]))
}

fn property_get(v: &Value, obj: Option<&Value>, _: Option<&Value>) -> Res {
    let Some(obj) = obj.filter(|o| !o.is_none()) else { return Ok(v.clone()) };
    match this(v).get.get() {
        Some(f) => call::call1(&f, obj),
        None => Err(missing(v, obj, "getter")?),
    }
}

fn property_set(v: &Value, obj: &Value, value: Option<&Value>) -> Res<()> {
    let p = this(v);
    let (f, what) = if value.is_some() { (p.set.get(), "setter") } else { (p.delete.get(), "deleter") };
    match (f, value) {
        (Some(f), Some(x)) => call::call(&f, &[obj.clone(), x.clone()], None).map(drop),
        (Some(f), None) => call::call1(&f, obj).map(drop),
        (None, _) => Err(missing(v, obj, what)?),
    }
}

fn property_name(v: &Value) -> Res {
    match this(v).display_name()? {
        Some(name) => Ok(name),
        None => Err(attr::attribute_error("'property' object has no attribute '__name__'".to_owned(), v, &names().__name__)),
    }
}

fn set_name(args: &[Value], _: Option<&Value>) -> Res {
    match args {
        [v, _, name] => {
            this(v).name.set(name.clone());
            Ok(Value::NONE)
        }
        _ => {
            let n = args.len().saturating_sub(1);
            Err(exc::type_error(format!("__set_name__() takes 2 positional arguments but {n} were given")))
        }
    }
}

fn is_abstract(v: Option<Value>) -> Res<bool> {
    match v {
        Some(f) => match attr::getattr_opt(&f, &str::intern("__isabstractmethod__"))? {
            Some(x) => protocol::is_true(&x),
            None => Ok(false),
        },
        None => Ok(false),
    }
}

fn property_is_abstract(v: &Value) -> Res {
    let p = this(v);
    for f in [p.get.get(), p.set.get(), p.delete.get()] {
        if is_abstract(f)? {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

/// `property`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "property",
    doc: "property(fget=None, fset=None, fdel=None, doc=None)\n--\n\nProperty attribute.\n\n  fget\n    function to be used for getting an attribute value\n  fset\n    function to be used for setting an attribute value\n  fdel\n    function to be used for del'ing an attribute\n  doc\n    docstring\n\nTypical use is to define a managed attribute x:\n\nclass C(object):\n    def getx(self): return self._x\n    def setx(self, value): self._x = value\n    def delx(self): del self._x\n    x = property(getx, setx, delx, \"I'm the 'x' property.\")\n\nDecorators make defining new properties or modifying existing ones easy:\n\nclass C(object):\n    @property\n    def x(self):\n        \"I am the 'x' property.\"\n        return self._x\n    @x.setter\n    def x(self, value):\n        self._x = value\n    @x.deleter\n    def x(self):\n        del self._x",
    payload: PayloadOps::of::<Property>(),
    flags: flag::BASETYPE,
    slots: Slots {
        new: Some(property_new),
        init: Some(property_init),
        descr_get: Some(property_get),
        descr_set: Some(property_set),
        ..Slots::NONE
    },
    methods: &[
        def(
            "getter",
            "($self, object, /)",
            |a| copy(a.at(0), Some(a.at(1)), None, None),
            "Descriptor to obtain a copy of the property with a different getter.",
        ),
        def(
            "setter",
            "($self, object, /)",
            |a| copy(a.at(0), None, Some(a.at(1)), None),
            "Descriptor to obtain a copy of the property with a different setter.",
        ),
        def(
            "deleter",
            "($self, object, /)",
            |a| copy(a.at(0), None, None, Some(a.at(1))),
            "Descriptor to obtain a copy of the property with a different deleter.",
        ),
        raw("__set_name__", "($self, owner, name, /)", set_name, "__set_name__(owner, name)\n\nMethod to set name of a property."),
    ],
    getsets: &[
        member("fget", |v| Ok(this(v).get.get().unwrap_or(Value::NONE)), ""),
        member("fset", |v| Ok(this(v).set.get().unwrap_or(Value::NONE)), ""),
        member("fdel", |v| Ok(this(v).delete.get().unwrap_or(Value::NONE)), ""),
        getset(
            "__doc__",
            |v| Ok(this(v).doc.get().unwrap_or(Value::NONE)),
            |v, x| {
                drop(this(v).doc.replace(x.cloned()));
                Ok(())
            },
            "",
        ),
        getset(
            "__name__",
            property_name,
            |v, x| {
                drop(this(v).name.replace(x.cloned()));
                Ok(())
            },
            "",
        ),
        getter("__isabstractmethod__", property_is_abstract, ""),
    ],
    ..TypeSpec::DEFAULT
};

/// A property with these accessors.
pub fn new(get: Option<Value>, set: Option<Value>, delete: Option<Value>) -> Value {
    new_object(Property {
        get: Field::from_option(get),
        set: Field::from_option(set),
        delete: Field::from_option(delete),
        doc: Field::empty(),
        name: Field::empty(),
        getter_doc: Cell::new(false),
    })
}

/// The payload of `classmethod`.
pub struct ClassMethod {
    callable: Field,
}

/// The payload of `staticmethod`.
pub struct StaticMethod {
    callable: Field,
}

// SAFETY: instances of classmethod hold a ClassMethod.
unsafe impl Payload for ClassMethod {
    fn class() -> &'static Type {
        types().classmethod
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.callable.word());
    }

    fn clear(&self) {
        drop(self.callable.take());
    }
}

// SAFETY: instances of staticmethod hold a StaticMethod.
unsafe impl Payload for StaticMethod {
    fn class() -> &'static Type {
        types().staticmethod
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.callable.word());
    }

    fn clear(&self) {
        drop(self.callable.take());
    }
}

/// The wrapped callable of a classmethod or a staticmethod.
fn wrapped(v: &Value) -> Option<Value> {
    match v.downcast::<ClassMethod>() {
        Some(c) => c.callable.get(),
        None => v.downcast::<StaticMethod>().and_then(|s| s.callable.get()),
    }
}

/// A classmethod around `f`.
pub fn new_classmethod(f: Value) -> Value {
    new_object(ClassMethod { callable: Field::new(f) })
}

/// A staticmethod around `f`.
pub fn new_staticmethod(f: Value) -> Value {
    new_object(StaticMethod { callable: Field::new(f) })
}

/// Sets the callable and copies what identifies it.
fn wrap(v: &Value, f: &Value) -> Res<()> {
    match v.downcast::<ClassMethod>() {
        Some(c) => c.callable.set(f.clone()),
        None => {
            if let Some(s) = v.downcast::<StaticMethod>() {
                s.callable.set(f.clone());
            }
        }
    }
    for name in [&names().__module__, &names().__name__, &names().__qualname__, &names().__doc__] {
        if let Some(x) = attr::getattr_opt(f, name)? {
            attr::setattr(v, name, &x)?;
        }
    }
    Ok(())
}

fn init_wrapper(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    let name = if v.is_instance(types().classmethod) { "classmethod" } else { "staticmethod" };
    bind_call(name, "(function, /)", args, kwnames, |a| wrap(v, a.at(0)))
}

fn class_method_get(v: &Value, obj: Option<&Value>, class: Option<&Value>) -> Res {
    let Some(f) = wrapped(v) else { return Err(exc::runtime_error("uninitialized classmethod object")) };
    let class = match (class, obj) {
        (Some(c), _) if !c.is_none() => c.clone(),
        (_, Some(o)) => o.class().value(),
        _ => return Err(exc::type_error("__get__(None, None) is invalid")),
    };
    Ok(method::new(f, class))
}

fn static_method_get(v: &Value, _: Option<&Value>, _: Option<&Value>) -> Res {
    wrapped(v).ok_or_else(|| exc::runtime_error("uninitialized staticmethod object"))
}

fn static_method_call(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let Some(f) = wrapped(v) else { return Err(exc::runtime_error("uninitialized staticmethod object")) };
    call::call(&f, args, kwnames)
}

fn repr_wrapper(v: &Value) -> Res {
    let text = Text::new().add("<").add(&v.class().name()).add("(");
    Ok(text.repr(&wrapped(v).unwrap_or(Value::NONE))?.add(")>").finish())
}

/// An attribute of the callable, read once and kept in the wrapper's own dict.
fn kept(v: &Value, name: &Value) -> Res {
    let d = instance::dict_of(v);
    if let Some(x) = dict::get_str(&d, name) {
        return Ok(x);
    }
    let x = attr::getattr(&wrapped(v).unwrap_or(Value::NONE), name)?;
    dict::set_str(&d, name, x.clone());
    Ok(x)
}

fn keep(v: &Value, name: &Value, value: Option<&Value>) -> Res<()> {
    let d = instance::dict_of(v);
    match value {
        Some(x) => {
            dict::set_str(&d, name, x.clone());
            Ok(())
        }
        None if dict::del_str(&d, name) => Ok(()),
        None => Err(attr::no_attribute(v, name)),
    }
}

macro_rules! wrapper_spec {
    ($name:literal, $payload:ident, $get:ident, $call:expr, $doc:literal) => {
        TypeSpec {
            name: $name,
            doc: $doc,
            payload: PayloadOps::of::<$payload>(),
            flags: flag::BASETYPE,
            slots: Slots {
                new: Some(|class, _, _| Ok(new_instance(of(class), $payload { callable: Field::empty() }))),
                init: Some(init_wrapper),
                repr: Some(repr_wrapper),
                descr_get: Some($get),
                call: $call,
                ..Slots::NONE
            },
            methods: &[class_def("__class_getitem__", "($type, object, /)", |a| generic_alias::new(a.at(0), a.at(1)), "See PEP 585")],
            getsets: &[
                member("__func__", |v| Ok(wrapped(v).unwrap_or(Value::NONE)), ""),
                member("__wrapped__", |v| Ok(wrapped(v).unwrap_or(Value::NONE)), ""),
                getter("__isabstractmethod__", |v| Ok(Value::bool(is_abstract(wrapped(v))?)), ""),
                getset("__annotations__", |v| kept(v, &names().__annotations__), |v, x| keep(v, &names().__annotations__, x), ""),
                getset("__annotate__", |v| kept(v, &names().__annotate__), |v, x| keep(v, &names().__annotate__, x), ""),
            ],
            has_dict: true,
            ..TypeSpec::DEFAULT
        }
    };
}

/// `classmethod`.
pub static CLASSMETHOD_SPEC: TypeSpec = wrapper_spec!(
    "classmethod",
    ClassMethod,
    class_method_get,
    None,
    "classmethod(function, /)\n--\n\nConvert a function to be a class method.\n\nA class method receives the class as implicit first argument,\njust like an instance method receives the instance.\nTo declare a class method, use this idiom:\n\n  class C:\n      @classmethod\n      def f(cls, arg1, arg2, argN):\n          ...\n\nIt can be called either on the class (e.g. C.f()) or on an instance\n(e.g. C().f()).  The instance is ignored except for its class.\nIf a class method is called for a derived class, the derived class\nobject is passed as the implied first argument.\n\nClass methods are different than C++ or Java static methods.\nIf you want those, see the staticmethod builtin."
);

/// `staticmethod`.
pub static STATICMETHOD_SPEC: TypeSpec = wrapper_spec!(
    "staticmethod",
    StaticMethod,
    static_method_get,
    Some(static_method_call),
    "staticmethod(function, /)\n--\n\nConvert a function to be a static method.\n\nA static method does not receive an implicit first argument.\nTo declare a static method, use this idiom:\n\n     class C:\n         @staticmethod\n         def f(arg1, arg2, argN):\n             ...\n\nIt can be called either on the class (e.g. C.f()) or on an instance\n(e.g. C().f()). Both the class and the instance are ignored, and\nneither is passed implicitly as the first argument to the method.\n\nStatic methods in Python are similar to those found in Java or C++.\nFor a more advanced concept, see the classmethod builtin."
);
