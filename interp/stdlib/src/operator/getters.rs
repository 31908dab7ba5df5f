//! `itemgetter` and `attrgetter`.

use crate::LazyClass;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{Args, def};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type};
use weft_vm::cell::Field;
use weft_vm::protocol::{self, attr};
use weft_vm::types::{str, tuple};
use weft_vm::value::{Payload, Res, Value, new_instance};
use weft_vm::exc;
use weft_layout::tag::Word;

/// `operator.itemgetter`
pub static ITEMGETTER: LazyClass = LazyClass::new(&ITEM_SPEC);
/// `operator.attrgetter`
pub static ATTRGETTER: LazyClass = LazyClass::new(&ATTR_SPEC);

static ITEM_SPEC: TypeSpec = TypeSpec {
    name: "operator.itemgetter",
    doc: "itemgetter(item, /, *items)\n--\n\nReturn a callable object that fetches the given item(s) from its operand.\nAfter f = itemgetter(2), the call f(r) returns r[2].\nAfter g = itemgetter(2, 5, 3), the call g(r) returns (r[2], r[5], r[3])",
    payload: PayloadOps::of::<ItemGetter>(),
    slots: Slots { new: Some(item_new), call: Some(item_call), repr: Some(item_repr), ..Slots::NONE },
    methods: &[def("__reduce__", "($self, /)", item_reduce, "Return state information for pickling")],
    ..TypeSpec::DEFAULT
};

static ATTR_SPEC: TypeSpec = TypeSpec {
    name: "operator.attrgetter",
    doc: "attrgetter(attr, /, *attrs)\n--\n\nReturn a callable object that fetches the given attribute(s) from its operand.\nAfter f = attrgetter('name'), the call f(r) returns r.name.\nAfter g = attrgetter('name', 'date'), the call g(r) returns (r.name, r.date).\nAfter h = attrgetter('name.first', 'name.last'), the call h(r) returns\n(r.name.first, r.name.last).",
    payload: PayloadOps::of::<AttrGetter>(),
    slots: Slots { new: Some(attr_new), call: Some(attr_call), repr: Some(attr_repr), ..Slots::NONE },
    methods: &[def("__reduce__", "($self, /)", attr_reduce, "Return state information for pickling")],
    ..TypeSpec::DEFAULT
};

/// The payload: a tuple of keys.
struct ItemGetter(Field);

// SAFETY: every instance of itemgetter is made with an ItemGetter payload.
unsafe impl Payload for ItemGetter {
    fn class() -> &'static Type {
        ITEMGETTER.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.0.word());
    }
}

/// The payload: a tuple of names as given, and each split at its dots.
struct AttrGetter {
    names: Field,
    paths: Vec<Vec<Value>>,
}

// SAFETY: every instance of attrgetter is made with an AttrGetter payload.
unsafe impl Payload for AttrGetter {
    fn class() -> &'static Type {
        ATTRGETTER.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.names.word());
    }
}

/// The positional arguments of a constructor that wants at least one and no others.
fn given<'a>(name: &str, args: &'a [Value], kwnames: Option<&Value>) -> Res<&'a [Value]> {
    if kwnames.is_some_and(|k| !tuple::items(k).is_empty()) {
        return Err(exc::type_error(format!("{name}() takes no keyword arguments")));
    }
    if args.is_empty() {
        return Err(exc::type_error(format!("{name} expected 1 argument, got 0")));
    }
    Ok(args)
}

/// The one argument of a call.
pub(super) fn operand<'a>(name: &str, args: &'a [Value], kwnames: Option<&Value>) -> Res<&'a Value> {
    if kwnames.is_some_and(|k| !tuple::items(k).is_empty()) {
        return Err(exc::type_error(format!("{name}() takes no keyword arguments")));
    }
    match args {
        [x] => Ok(x),
        _ => Err(exc::type_error(format!("{name} expected 1 argument, got {}", args.len()))),
    }
}

/// `prefix(item)` or `prefix(item, item)`.
fn show(prefix: &str, items: &[Value]) -> Res {
    let shown = items.iter().map(protocol::repr_string).collect::<Res<Vec<String>>>()?;
    Ok(str::from_string(format!("{prefix}({})", shown.join(", "))))
}

fn item_getter(v: &Value) -> &ItemGetter {
    // SAFETY: methods and slots get instances of the class.
    unsafe { v.payload() }
}

fn item_new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let items = given("itemgetter", args, kwnames)?;
    Ok(new_instance(build::of(class), ItemGetter(Field::new(tuple::from_slice(items)))))
}

fn item_call(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let x = operand("itemgetter", args, kwnames)?;
    let keys = item_getter(v).0.value();
    match tuple::items(&keys) {
        [key] => protocol::get_item(x, key),
        keys => Ok(tuple::from_vec(keys.iter().map(|key| protocol::get_item(x, key)).collect::<Res<Vec<Value>>>()?)),
    }
}

fn item_repr(v: &Value) -> Res {
    protocol::repr_guarded(v, "operator.itemgetter(...)", || show("operator.itemgetter", tuple::items(&item_getter(v).0.value())))
}

fn item_reduce(a: Args) -> Res {
    let v = a.at(0);
    Ok(tuple::from_vec(vec![v.class().value(), item_getter(v).0.value()]))
}

fn attr_getter(v: &Value) -> &AttrGetter {
    // SAFETY: methods and slots get instances of the class.
    unsafe { v.payload() }
}

fn attr_new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let names = given("attrgetter", args, kwnames)?;
    let mut paths = Vec::with_capacity(names.len());
    for name in names {
        if !str::is_str(name) {
            return Err(exc::type_error("attribute name must be a string"));
        }
        let text = str::to_wtf8(name);
        let whole = text.as_bytes();
        if whole.contains(&b'.') {
            let text = str::as_utf8(name)?;
            paths.push(text.split('.').map(str::intern).collect());
        } else {
            paths.push(vec![name.clone()]);
        }
    }
    Ok(new_instance(build::of(class), AttrGetter { names: Field::new(tuple::from_slice(names)), paths }))
}

fn attr_call(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let x = operand("attrgetter", args, kwnames)?;
    let get = |path: &Vec<Value>| path.iter().try_fold(x.clone(), |object, name| attr::getattr(&object, name));
    match attr_getter(v).paths.as_slice() {
        [path] => get(path),
        paths => Ok(tuple::from_vec(paths.iter().map(get).collect::<Res<Vec<Value>>>()?)),
    }
}

fn attr_repr(v: &Value) -> Res {
    show("operator.attrgetter", tuple::items(&attr_getter(v).names.value()))
}

fn attr_reduce(a: Args) -> Res {
    let v = a.at(0);
    Ok(tuple::from_vec(vec![v.class().value(), attr_getter(v).names.value()]))
}
