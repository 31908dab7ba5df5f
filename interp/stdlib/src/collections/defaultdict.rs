//! `defaultdict`: a dict that makes the values of missing keys.

use crate::LazyClass;
use weft_layout::tag::Word;
use weft_vm::cell::Field;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{Args, class_def, def, getset};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::protocol::{self, attr, iter};
use weft_vm::types::dict::{self, Dict};
use weft_vm::types::repr_guard::ReprGuard;
use weft_vm::types::text::Text;
use weft_vm::types::{generic_alias, tuple};
use weft_vm::value::{Payload, Res, Value, new_instance};
use weft_vm::vm::{names, types};
use weft_vm::{call, exc};

/// `collections.defaultdict`
pub static DEFAULTDICT: LazyClass = LazyClass::new(&SPEC);

static SPEC: TypeSpec = TypeSpec {
    name: "collections.defaultdict",
    doc: "defaultdict(default_factory=None, /, [...]) --> dict with default factory\n\nThe default factory is called without arguments to produce\na new value when a key is not present, in __getitem__ only.\nA defaultdict compares equal to a dict with the same items.\nAll remaining arguments are treated the same as if they were\npassed to the dict constructor, including keyword arguments.\n",
    base: Some(|| types().dict),
    payload: PayloadOps::of::<DefaultDict>(),
    flags: flag::BASETYPE,
    slots: Slots { new: Some(new), init: Some(init), repr: Some(repr), get_item: Some(get_item), or: Some(or), ..Slots::NONE },
    methods: &[
        def(
            "__missing__",
            "($self, object, /)",
            |a| missing(a.at(0), a.at(1)),
            "__missing__(key) # Called by __getitem__ for missing key; pseudo-code:\n  if self.default_factory is None: raise KeyError((key,))\n  self[key] = value = self.default_factory()\n  return value\n",
        ),
        def("copy", "($self, /)", |a| copy(a.at(0), a.at(0)), "D.copy() -> a shallow copy of D."),
        def("__copy__", "($self, /)", |a| copy(a.at(0), a.at(0)), "D.copy() -> a shallow copy of D."),
        def("__reduce__", "($self, /)", reduce, "Return state information for pickling."),
        class_def(
            "__class_getitem__",
            "($type, object, /)",
            |a| generic_alias::new(a.at(0), a.at(1)),
            "defaultdicts are generic over two types, signifying (respectively) the types of the dictionary's keys and values",
        ),
    ],
    getsets: &[getset(
        "default_factory",
        |v| Ok(this(v).factory.get().unwrap_or(Value::NONE)),
        |v, factory| {
            drop(this(v).factory.replace(factory.cloned()));
            Ok(())
        },
        "Factory for default value called by __missing__().",
    )],
    ..TypeSpec::DEFAULT
};

/// The payload: that of a dict, then the factory.
#[repr(C)]
struct DefaultDict {
    dict: Dict,
    factory: Field,
}

// SAFETY: every instance of defaultdict is made with a DefaultDict payload, which begins with a dict's.
unsafe impl Payload for DefaultDict {
    fn class() -> &'static Type {
        DEFAULTDICT.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        self.dict.trace(visit);
        visit(self.factory.word());
    }

    fn clear(&self) {
        self.dict.clear();
        drop(self.factory.take());
    }
}

fn this(v: &Value) -> &DefaultDict {
    // SAFETY: methods and slots get instances of the class.
    unsafe { v.payload() }
}

fn new(class: &Value, _: &[Value], _: Option<&Value>) -> Res {
    Ok(new_instance(build::of(class), DefaultDict { dict: Dict::new(), factory: Field::empty() }))
}

fn init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    let positional = args.len() - kwnames.map_or(0, |k| tuple::items(k).len());
    let (factory, rest) = if positional > 0 { (Some(&args[0]), &args[1..]) } else { (None, args) };
    if let Some(f) = factory
        && !f.is_none()
        && !call::is_callable(f)
    {
        return Err(exc::type_error("first argument must be callable or None"));
    }
    drop(this(v).factory.replace(factory.filter(|f| !f.is_none()).cloned()));
    match types().dict.slots().init {
        Some(f) => f(v, rest, kwnames),
        None => Ok(()),
    }
}

fn get_item(v: &Value, key: &Value) -> Res {
    match dict::get(v, key)? {
        Some(found) => Ok(found),
        None if std::ptr::eq(v.class(), DEFAULTDICT.get()) => missing(v, key),
        None => dict::missing_or_raise(v, key),
    }
}

fn missing(v: &Value, key: &Value) -> Res {
    let Some(factory) = this(v).factory.get() else { return Err(exc::key_error(key)) };
    if factory.is_none() {
        return Err(exc::key_error(key));
    }
    let value = call::call0(&factory)?;
    dict::set_default(v, key, &value)
}

fn copy(v: &Value, contents: &Value) -> Res {
    let factory = this(v).factory.get().unwrap_or(Value::NONE);
    call::call(&v.class().value(), &[factory, contents.clone()], None)
}

fn reduce(a: Args) -> Res {
    let v = a.at(0);
    let args = match this(v).factory.get().filter(|f| !f.is_none()) {
        Some(f) => tuple::from_array([f]),
        None => tuple::empty(),
    };
    let items = attr::call_attr(v, &names().items, &[], None)?;
    Ok(tuple::from_array([v.class().value(), args, Value::NONE, Value::NONE, iter::iter(&items)?]))
}

fn repr(v: &Value) -> Res {
    let base = match types().dict.slots().repr {
        Some(f) => f(v)?,
        None => protocol::repr(v)?,
    };
    let text = Text::new().add(&v.class().name()).add("(");
    let text = match this(v).factory.get() {
        None => text.add("None"),
        Some(f) => match ReprGuard::enter(&f) {
            Some(_guard) => text.repr(&f)?,
            None => text.add("..."),
        },
    };
    Ok(text.add(", ").value(&base).add(")").finish())
}

fn or(a: &Value, b: &Value) -> Res {
    let (own, other) = if a.is_instance(DEFAULTDICT.get()) { (a, b) } else { (b, a) };
    if !other.is_instance(types().dict) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let result = copy(own, a)?;
    if !result.is_instance(types().dict) {
        return Err(exc::type_error(format!("'{}' object is not a dict", result.class().full_name())));
    }
    dict::update(&result, b)?;
    Ok(result)
}
