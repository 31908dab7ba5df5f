//! `partial`, and the `Placeholder` for arguments still to come.

use crate::LazyClass;
use std::cell::Cell;
use weft_layout::tag::Word;
use weft_vm::cell::Field;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{Args, class_def, def, getset};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::global::Global;
use weft_vm::protocol::{attr, sequence};
use weft_vm::types::repr_guard::ReprGuard;
use weft_vm::types::text::Text;
use weft_vm::types::{dict, generic_alias, instance, method, object, str, tuple};
use weft_vm::value::{Payload, Res, Value, new_instance};
use weft_vm::vm::{names, types};
use weft_vm::{call, exc};

/// `functools._PlaceholderType`
pub static PLACEHOLDER_TYPE: LazyClass = LazyClass::new(&PLACEHOLDER_SPEC);

static PLACEHOLDER_SPEC: TypeSpec = TypeSpec {
    name: "functools._PlaceholderType",
    doc: "The type of the Placeholder singleton.\n\nUsed as a placeholder for partial arguments.",
    slots: Slots { new: Some(placeholder_new), repr: Some(|_| Ok(str::new("Placeholder"))), ..Slots::NONE },
    methods: &[def("__reduce__", "($self, /)", |_| Ok(str::new("Placeholder")), "")],
    ..TypeSpec::DEFAULT
};

/// `functools.Placeholder`
pub fn placeholder() -> Value {
    static PLACEHOLDER: Global<Option<Value>> = Global::new(None);
    // SAFETY: the GIL is held, and making the object runs no Python.
    let made = unsafe { (*PLACEHOLDER.get()).get_or_insert_with(|| object::new_bare(PLACEHOLDER_TYPE.get())) };
    made.make_immortal();
    made.clone()
}

fn placeholder_new(_: &Value, args: &[Value], _: Option<&Value>) -> Res {
    if args.is_empty() { Ok(placeholder()) } else { Err(exc::type_error("PlaceholderType takes no arguments")) }
}

/// `functools.partial`
pub static PARTIAL: LazyClass = LazyClass::new(&SPEC);

static SPEC: TypeSpec = TypeSpec {
    name: "functools.partial",
    doc: "partial(func, /, *args, **keywords)\n--\n\nCreate a new function with partial application of the given arguments\nand keywords.",
    payload: PayloadOps::of::<Partial>(),
    flags: flag::BASETYPE,
    slots: Slots { new: Some(new), call: Some(call_it), repr: Some(repr), descr_get: Some(get), ..Slots::NONE },
    methods: &[
        def("__reduce__", "($self, /)", reduce, ""),
        def("__setstate__", "($self, object, /)", setstate, ""),
        class_def(
            "__class_getitem__",
            "($type, object, /)",
            |a| generic_alias::new(a.at(0), a.at(1)),
            "partial is generic over the wrapped function's return type",
        ),
    ],
    getsets: &[
        getset("func", |v| Ok(this(v).function.value()), sequence::read_only, "function object to use in future partial calls"),
        getset("args", |v| Ok(this(v).args.value()), sequence::read_only, "tuple of arguments to future partial calls"),
        getset(
            "keywords",
            |v| Ok(this(v).keywords.value()),
            sequence::read_only,
            "dictionary of keyword arguments to future partial calls",
        ),
    ],
    has_dict: true,
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

/// The payload.
struct Partial {
    function: Field,
    /// A tuple.
    args: Field,
    /// A dict.
    keywords: Field,
    /// How many of the arguments are placeholders.
    placeholders: Cell<usize>,
}

// SAFETY: every instance of partial is made with a Partial payload.
unsafe impl Payload for Partial {
    fn class() -> &'static Type {
        PARTIAL.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        for field in [&self.function, &self.args, &self.keywords] {
            visit(field.word());
        }
    }
}

fn this(v: &Value) -> &Partial {
    // SAFETY: methods and slots get instances of the class.
    unsafe { v.payload() }
}

fn count_placeholders(args: &[Value]) -> usize {
    let p = placeholder();
    args.iter().filter(|x| x.is(&p)).count()
}

fn trailing_placeholder() -> exc::Raised {
    exc::type_error("trailing Placeholders are not allowed")
}

/// `bound` with its placeholders replaced by `given`, in order, and what is left of `given` behind.
fn merged(bound: &[Value], given: &[Value]) -> Vec<Value> {
    let p = placeholder();
    let mut given = given.iter();
    let mut all: Vec<Value> = bound.iter().map(|x| if x.is(&p) { given.next().unwrap_or(x).clone() } else { x.clone() }).collect();
    all.extend(given.cloned());
    all
}

fn new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let names: &[Value] = kwnames.map_or(&[], tuple::items);
    let (positional, values) = args.split_at(args.len() - names.len());
    let [function, given @ ..] = positional else {
        return Err(exc::type_error("type 'partial' takes at least one argument"));
    };
    if !call::is_callable(function) {
        return Err(exc::type_error("the first argument must be callable"));
    }
    let p = placeholder();
    if given.last().is_some_and(|x| x.is(&p)) {
        return Err(trailing_placeholder());
    }
    if values.iter().any(|x| x.is(&p)) {
        return Err(exc::type_error("Placeholder cannot be passed as a keyword argument"));
    }
    // A partial of a partial calls the function directly, unless the inner one carries attributes.
    let inner = function.downcast::<Partial>().filter(|_| dict::len(&instance::dict_of(function)) == 0);
    let (function, args, keywords) = match inner {
        Some(i) => {
            let bound = i.args.value();
            let bound = tuple::items(&bound);
            let args = if i.placeholders.get() > 0 { merged(bound, given) } else { [bound, given].concat() };
            (i.function.value(), tuple::from_vec(args), dict::try_copy(&i.keywords.value())?)
        }
        None => (function.clone(), tuple::from_slice(given), dict::new()),
    };
    for (name, value) in names.iter().zip(values) {
        dict::set(&keywords, name, value)?;
    }
    let placeholders = Cell::new(count_placeholders(tuple::items(&args)));
    let payload = Partial { function: Field::new(function), args: Field::new(args), keywords: Field::new(keywords), placeholders };
    Ok(new_instance(build::of(class), payload))
}

fn call_it(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let p = this(v);
    let names: &[Value] = kwnames.map_or(&[], tuple::items);
    let (positional, values) = args.split_at(args.len() - names.len());
    let expected = p.placeholders.get();
    if positional.len() < expected {
        let given = positional.len();
        return Err(exc::type_error(format!("missing positional arguments in 'partial' call; expected at least {expected}, got {given}")));
    }
    let (function, bound, keywords) = (p.function.value(), p.args.value(), p.keywords.value());
    let bound = tuple::items(&bound);
    let mut all = if expected > 0 { merged(bound, positional) } else { [bound, positional].concat() };
    if dict::len(&keywords) == 0 {
        all.extend_from_slice(values);
        return call::call(&function, &all, kwnames);
    }
    if names.is_empty() {
        let (own_names, own_values): (Vec<Value>, Vec<Value>) = dict::entries(&keywords).into_iter().unzip();
        all.extend(own_values);
        return call::call(&function, &all, Some(&tuple::from_vec(own_names)));
    }
    let merged = dict::try_copy(&keywords)?;
    for (name, value) in names.iter().zip(values) {
        dict::set(&merged, name, value)?;
    }
    let (names, values): (Vec<Value>, Vec<Value>) = dict::entries(&merged).into_iter().unzip();
    all.extend(values);
    call::call(&function, &all, Some(&tuple::from_vec(names)))
}

fn get(v: &Value, object: Option<&Value>, _: Option<&Value>) -> Res {
    Ok(match object.filter(|o| !o.is_none()) {
        Some(o) => method::new(v.clone(), o.clone()),
        None => v.clone(),
    })
}

fn repr(v: &Value) -> Res {
    let Some(_guard) = ReprGuard::enter(v) else { return Ok(str::new("...")) };
    let (p, class) = (this(v), v.class().value());
    let (args, keywords) = (p.args.value(), p.keywords.value());
    let mut text = Text::new()
        .str(&attr::getattr(&class, &names().__module__)?)?
        .add(".")
        .str(&attr::getattr(&class, &names().__qualname__)?)?
        .add("(")
        .repr(&p.function.value())?;
    for x in tuple::items(&args) {
        text = text.add(", ").repr(x)?;
    }
    for (name, x) in dict::entries(&keywords) {
        text = text.add(", ").str(&name)?.add("=").repr(&x)?;
    }
    Ok(text.add(")").finish())
}

fn reduce(a: Args) -> Res {
    let v = a.at(0);
    let p = this(v);
    let attributes = Some(instance::dict_of(v)).filter(|d| dict::len(d) > 0).unwrap_or(Value::NONE);
    let state = tuple::from_array([p.function.value(), p.args.value(), p.keywords.value(), attributes]);
    Ok(tuple::from_array([v.class().value(), tuple::from_array([p.function.value()]), state]))
}

fn setstate(a: Args) -> Res {
    let (v, state) = (a.at(0), a.at(1));
    let invalid = || exc::type_error("invalid partial state");
    if !state.is_instance(types().tuple) {
        return Err(invalid());
    }
    let [function, args, keywords, attributes] = tuple::items(state) else { return Err(invalid()) };
    if !call::is_callable(function) || !args.is_instance(types().tuple) || !(keywords.is_none() || keywords.is_instance(types().dict)) {
        return Err(invalid());
    }
    if tuple::items(args).last().is_some_and(|x| x.is(&placeholder())) {
        return Err(trailing_placeholder());
    }
    let args = if args.downcast_exact::<tuple::Tuple>().is_some() { args.clone() } else { tuple::from_slice(tuple::items(args)) };
    let keywords = match keywords {
        k if k.is_none() => dict::new(),
        k if k.downcast_exact::<dict::Dict>().is_some() => k.clone(),
        k => dict::try_copy(k)?,
    };
    if !attributes.is_none() && !attributes.is_instance(types().dict) {
        return Err(invalid());
    }
    let p = this(v);
    p.placeholders.set(count_placeholders(tuple::items(&args)));
    let old = (p.function.replace(Some(function.clone())), p.args.replace(Some(args)), p.keywords.replace(Some(keywords)));
    drop(old);
    if !attributes.is_none() {
        instance::replace_dict(v, attributes.clone());
    }
    Ok(Value::NONE)
}
