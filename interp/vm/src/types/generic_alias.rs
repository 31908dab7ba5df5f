//! `types.GenericAlias`: `list[int]` and its like (PEP 585), and the substitution of type parameters.

use crate::cell::Field;
use crate::class::build::{TypeSpec, of};
use crate::class::native::{def, getter, member};
use crate::class::slots::{CompareOp, Slots};
use crate::class::{PayloadOps, Type, flag};
use crate::protocol::{self, attr};
use crate::types::exceptions::base::{no_keywords_for, positional};
use crate::types::text::Text;
use crate::types::{dict, list, str, tuple, union};
use crate::value::{Payload, Res, Value, new_instance, new_object};
use crate::vm::{names, types};
use crate::{call, exc};
use weft_layout::tag::Word;

/// The payload.
pub struct GenericAlias {
    origin: Field,
    /// A tuple.
    args: Field,
    /// `__parameters__`, once someone has asked for it.
    parameters: Field,
    /// Whether it is unpacked, as in `*tuple[int]`.
    starred: bool,
}

// SAFETY: instances of types.GenericAlias hold a GenericAlias.
unsafe impl Payload for GenericAlias {
    fn class() -> &'static Type {
        types().generic_alias
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        for field in [&self.origin, &self.args, &self.parameters] {
            visit(field.word());
        }
    }
}

/// The payload of the iterator behind `*list[int]`.
pub struct UnpackIterator {
    alias: Field,
}

// SAFETY: instances of generic_alias_iterator hold an UnpackIterator.
unsafe impl Payload for UnpackIterator {
    fn class() -> &'static Type {
        types().generic_alias_iterator
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.alias.word());
    }

    fn clear(&self) {
        drop(self.alias.take());
    }
}

fn this(v: &Value) -> &GenericAlias {
    // SAFETY: slots and methods of the class get its instances.
    unsafe { v.payload() }
}

fn payload(origin: &Value, args: &Value, starred: bool) -> GenericAlias {
    let args = if args.is_instance(types().tuple) { args.clone() } else { tuple::from_vec(vec![args.clone()]) };
    GenericAlias { origin: Field::new(origin.clone()), args: Field::new(args), parameters: Field::empty(), starred }
}

/// `origin[args]`, where `args` is a tuple or the one argument.
pub fn new(origin: &Value, args: &Value) -> Res {
    Ok(new_object(payload(origin, args, false)))
}

/// Whether `v` is a generic alias.
pub fn is_alias(v: &Value) -> bool {
    v.is_instance(types().generic_alias)
}

/// `__origin__`.
pub fn origin(v: &Value) -> Value {
    this(v).origin.value()
}

/// `__args__`.
pub fn args(v: &Value) -> Value {
    this(v).args.value()
}

fn construct(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    no_keywords_for("GenericAlias", kwnames)?;
    match positional(args, kwnames) {
        [origin, args] => Ok(new_instance(of(class), payload(origin, args, false))),
        few => Err(exc::type_error(format!("GenericAlias expected 2 arguments, got {}", few.len()))),
    }
}

// --- repr --------------------------------------------------------------------------------------------------------

/// The text of a type in an annotation: classes by their qualified name, everything else by its repr.
pub fn type_repr(text: Text, v: &Value) -> Res<Text> {
    if v.is(&Value::ELLIPSIS) {
        return Ok(text.add("..."));
    }
    if v.is(&types().none_type.value()) {
        return Ok(text.add("None"));
    }
    let is_alias = attr::getattr_opt(v, &names().__origin__)?.is_some() && attr::getattr_opt(v, &names().__args__)?.is_some();
    if !is_alias
        && let Some(qualname) = attr::getattr_opt(v, &names().__qualname__)?
        && let Some(module) = attr::getattr_opt(v, &names().__module__)?
        && !module.is_none()
    {
        if str::is_str(&module) && str::display(&module) == "builtins" {
            return text.str(&qualname);
        }
        return text.str(&module)?.add(".").str(&qualname);
    }
    text.repr(v)
}

fn repr_items(mut text: Text, items: &[Value]) -> Res<Text> {
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            text = text.add(", ");
        }
        text = if item.is_instance(types().list) {
            let inner = list::to_vec(item);
            repr_items(text.add("["), &inner)?.add("]")
        } else {
            type_repr(text, item)?
        };
    }
    Ok(text)
}

fn repr(v: &Value) -> Res {
    crate::thread::check_native_stack(" while getting the repr of an object")?;
    let alias = this(v);
    let text = if alias.starred { Text::new().add("*") } else { Text::new() };
    let text = type_repr(text, &alias.origin.value())?.add("[");
    let args = alias.args.value();
    let items = tuple::items(&args);
    // tuple[()] shows its empty argument list.
    let text = if items.is_empty() { text.add("()") } else { repr_items(text, items)? };
    Ok(text.add("]").finish())
}

// --- parameters --------------------------------------------------------------------------------------------------

fn add_once(all: &mut Vec<Value>, v: &Value) {
    if !all.iter().any(|x| x.is(v)) {
        all.push(v.clone());
    }
}

/// The items of a tuple or list.
fn sequence_items(v: &Value) -> Option<Vec<Value>> {
    if v.is_instance(types().tuple) {
        Some(tuple::items(v).to_vec())
    } else if v.is_instance(types().list) {
        Some(list::to_vec(v))
    } else {
        None
    }
}

/// The type parameters that occur in `args`, each once, in order.
pub fn make_parameters(args: &[Value]) -> Res<Vec<Value>> {
    crate::thread::check_native_stack("")?;
    let mut all = Vec::new();
    for t in args {
        // A bare class may have __parameters__ as a descriptor.
        if t.is_instance(types().type_) {
            continue;
        }
        if attr::getattr_opt(t, &names().__typing_subst__)?.is_some() {
            add_once(&mut all, t);
        } else if let Some(items) = sequence_items(t) {
            make_parameters(&items)?.iter().for_each(|p| add_once(&mut all, p));
        } else if let Some(inner) = attr::getattr_opt(t, &names().__parameters__)?
            && inner.is_instance(types().tuple)
        {
            tuple::items(&inner).iter().for_each(|p| add_once(&mut all, p));
        }
    }
    Ok(all)
}

fn parameters(v: &Value) -> Res {
    let alias = this(v);
    if let Some(known) = alias.parameters.get() {
        return Ok(known);
    }
    let made = tuple::from_vec(make_parameters(tuple::items(&alias.args.value()))?);
    alias.parameters.set(made.clone());
    Ok(made)
}

/// The arguments inside an unpacked tuple type.
fn unpacked_args(v: &Value) -> Res<Option<Value>> {
    if let Some(alias) = v.downcast::<GenericAlias>()
        && alias.starred
        && alias.origin.value().is(&types().tuple.value())
    {
        return Ok(Some(alias.args.value()));
    }
    Ok(attr::getattr_opt(v, &str::intern("__typing_unpacked_tuple_args__"))?.filter(|a| !a.is_none()))
}

/// The arguments of a subscription, those of unpacked tuples of fixed length in their place.
fn unpack(item: &Value) -> Res {
    let items = if item.is_instance(types().tuple) { tuple::items(item).to_vec() } else { vec![item.clone()] };
    let mut all = Vec::new();
    for item in items {
        if !item.is_instance(types().type_)
            && let Some(inner) = unpacked_args(&item)?
            && inner.is_instance(types().tuple)
            && !tuple::items(&inner).last().is_some_and(|last| last.is(&Value::ELLIPSIS))
        {
            all.extend_from_slice(tuple::items(&inner));
        } else {
            all.push(item);
        }
    }
    Ok(tuple::from_vec(all))
}

/// Puts the given arguments for the parameters of `v`, where it has some.
fn substitute_inside(v: Value, params: &[Value], given: &[Value]) -> Res {
    let Some(inner) = attr::getattr_opt(&v, &names().__parameters__)? else { return Ok(v) };
    if !inner.is_instance(types().tuple) || tuple::items(&inner).is_empty() {
        return Ok(v);
    }
    let mut replaced = Vec::new();
    for p in tuple::items(&inner) {
        match params.iter().position(|q| q.is(p)) {
            // A TypeVarTuple stands for several arguments.
            Some(i) if params[i].class().slots().iter.is_some() && given[i].is_instance(types().tuple) => {
                replaced.extend_from_slice(tuple::items(&given[i]));
            }
            Some(i) => replaced.push(given[i].clone()),
            None => replaced.push(p.clone()),
        }
    }
    protocol::get_item(&v, &tuple::from_vec(replaced))
}

fn is_unpacked_typevartuple(v: &Value) -> Res<bool> {
    if v.is_instance(types().type_) {
        return Ok(false);
    }
    match attr::getattr_opt(v, &str::intern("__typing_is_unpacked_typevartuple__"))? {
        Some(x) => protocol::is_true(&x),
        None => Ok(false),
    }
}

/// The arguments of `whole`, which has these parameters, with `item` put for the parameters.
pub fn substitute(whole: &Value, args: &[Value], params: &[Value], item: &Value) -> Res<Vec<Value>> {
    crate::thread::check_native_stack("")?;
    if params.is_empty() {
        return Err(exc::type_error(format!("{} is not a generic class", protocol::repr_string(whole)?)));
    }
    let mut item = unpack(item)?;
    for p in params {
        if let Some(prepare) = attr::getattr_opt(p, &str::intern("__typing_prepare_subst__"))?
            && !prepare.is_none()
        {
            let given = if item.is_instance(types().tuple) { item.clone() } else { tuple::from_vec(vec![item.clone()]) };
            item = call::call(&prepare, &[whole.clone(), given], None)?;
        }
    }
    let given = if item.is_instance(types().tuple) { tuple::items(&item).to_vec() } else { vec![item.clone()] };
    if given.len() != params.len() {
        let many = if given.len() > params.len() { "many" } else { "few" };
        let whole = protocol::repr_string(whole)?;
        let text = format!("Too {many} arguments for {whole}; actual {}, expected {}", given.len(), params.len());
        return Err(exc::type_error(text));
    }
    let mut new_args = Vec::new();
    for arg in args {
        if arg.is_instance(types().type_) {
            new_args.push(arg.clone());
            continue;
        }
        if let Some(inner) = sequence_items(arg) {
            let done = substitute(whole, &inner, params, &item)?;
            new_args.push(if arg.is_instance(types().tuple) { tuple::from_vec(done) } else { list::from_vec(done) });
            continue;
        }
        let unpack = is_unpacked_typevartuple(arg)?;
        let done = match attr::getattr_opt(arg, &names().__typing_subst__)? {
            Some(subst) => match params.iter().position(|p| p.is(arg)) {
                Some(i) => call::call1(&subst, &given[i])?,
                None => arg.clone(),
            },
            None => substitute_inside(arg.clone(), params, &given)?,
        };
        if !unpack {
            new_args.push(done);
        } else if done.is_instance(types().tuple) {
            new_args.extend_from_slice(tuple::items(&done));
        } else {
            let text = format!(
                "expected __typing_subst__ of {} objects to return a tuple, not {}",
                arg.class().full_name(),
                done.class().full_name()
            );
            return Err(exc::type_error(text));
        }
    }
    Ok(new_args)
}

// --- slots and methods ---------------------------------------------------------------------------------------------

fn get_item(v: &Value, item: &Value) -> Res {
    let params = parameters(v)?;
    let alias = this(v);
    let args = alias.args.value();
    let new_args = substitute(v, tuple::items(&args), tuple::items(&params), item)?;
    Ok(new_object(payload(&alias.origin.value(), &tuple::from_vec(new_args), alias.starred)))
}

fn hash(v: &Value) -> Res<i64> {
    let h = protocol::hash(&this(v).origin.value())? ^ protocol::hash(&this(v).args.value())?;
    Ok(if h == -1 { -2 } else { h })
}

fn call_alias(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let made = call::call(&this(v).origin.value(), args, kwnames)?;
    if let Err(e) = attr::setattr(&made, &str::intern("__orig_class__"), v) {
        if !exc::matches(types().attribute_error) && !exc::matches(types().type_error) {
            return Err(e);
        }
        exc::clear(e);
    }
    Ok(made)
}

/// Attributes that are the alias's own; all others are its origin's.
const OWN: [&str; 9] = [
    "__class__",
    "__origin__",
    "__args__",
    "__unpacked__",
    "__parameters__",
    "__typing_unpacked_tuple_args__",
    "__mro_entries__",
    "__reduce_ex__",
    "__reduce__",
];
/// Attributes that are neither.
const BLOCKED: [&str; 3] = ["__bases__", "__copy__", "__deepcopy__"];

fn getattr(v: &Value, name: &Value) -> Res {
    let text = str::display(name);
    if text.starts_with("__") && (OWN.contains(&text.as_str()) || BLOCKED.contains(&text.as_str())) {
        return attr::generic_getattr(v, name);
    }
    attr::getattr(&this(v).origin.value(), name)
}

fn compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    let (Some(x), Some(y)) = (a.downcast::<GenericAlias>(), b.downcast::<GenericAlias>()) else { return Ok(Value::NOT_IMPLEMENTED) };
    if !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let equal = x.starred == y.starred
        && protocol::equal(&x.origin.value(), &y.origin.value())?
        && protocol::equal(&x.args.value(), &y.args.value())?;
    Ok(Value::bool(equal == (op == CompareOp::Eq)))
}

fn builtin(name: &str) -> Value {
    dict::get_str(&crate::eval::builtins::dict(), &str::intern(name)).unwrap_or(Value::NONE)
}

fn reduce(v: &Value) -> Res {
    let alias = this(v);
    let (origin, args) = (alias.origin.value(), alias.args.value());
    if alias.starred {
        let iterator = iterate(&new(&origin, &args)?)?;
        return Ok(tuple::from_vec(vec![builtin("next"), tuple::from_vec(vec![iterator])]));
    }
    Ok(tuple::from_vec(vec![v.class().value(), tuple::from_vec(vec![origin, args])]))
}

fn dir(v: &Value) -> Res {
    let names = protocol::dir(&this(v).origin.value())?;
    for name in OWN {
        let name = str::intern(name);
        if !protocol::contains(&names, &name)? {
            list::push(&names, name);
        }
    }
    Ok(names)
}

fn iterate(v: &Value) -> Res {
    Ok(new_object(UnpackIterator { alias: Field::new(v.clone()) }))
}

fn next(v: &Value) -> Res<Option<Value>> {
    // SAFETY: the slot gets instances of its class.
    let iterator = unsafe { v.payload::<UnpackIterator>() };
    let Some(alias) = iterator.alias.take() else { return Ok(None) };
    Ok(Some(new_object(payload(&this(&alias).origin.value(), &this(&alias).args.value(), true))))
}

fn unpacked_tuple_args(v: &Value) -> Res {
    let alias = this(v);
    let is_tuple = alias.starred && alias.origin.value().is(&types().tuple.value());
    Ok(if is_tuple { alias.args.value() } else { Value::NONE })
}

/// `types.GenericAlias`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "types.GenericAlias",
    doc: "Represent a PEP 585 generic type\n\nFor example, for t = list[int], t.__origin__ is list and t.__args__\nis (int,).",
    payload: PayloadOps::of::<GenericAlias>(),
    flags: flag::BASETYPE,
    slots: Slots {
        new: Some(construct),
        repr: Some(repr),
        hash: Some(hash),
        call: Some(call_alias),
        getattr: Some(getattr),
        compare: Some(compare),
        iter: Some(iterate),
        or: Some(union::or),
        get_item: Some(get_item),
        ..Slots::NONE
    },
    methods: &[
        def("__mro_entries__", "($self, bases, /)", |a| Ok(tuple::from_vec(vec![this(a.at(0)).origin.value()])), ""),
        def(
            "__instancecheck__",
            "($self, instance, /)",
            |_| Err(exc::type_error("isinstance() argument 2 cannot be a parameterized generic")),
            "",
        ),
        def(
            "__subclasscheck__",
            "($self, subclass, /)",
            |_| Err(exc::type_error("issubclass() argument 2 cannot be a parameterized generic")),
            "",
        ),
        def("__reduce__", "($self, /)", |a| reduce(a.at(0)), ""),
        def("__dir__", "($self, /)", |a| dir(a.at(0)), ""),
    ],
    getsets: &[
        member("__origin__", |v| Ok(this(v).origin.value()), ""),
        member("__args__", |v| Ok(this(v).args.value()), ""),
        member("__unpacked__", |v| Ok(Value::bool(this(v).starred)), ""),
        getter("__parameters__", parameters, "Type variables in the GenericAlias."),
        getter("__typing_unpacked_tuple_args__", unpacked_tuple_args, ""),
    ],
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

/// The iterator that unpacks an alias.
pub static ITER_SPEC: TypeSpec = TypeSpec {
    name: "generic_alias_iterator",
    payload: PayloadOps::of::<UnpackIterator>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { iter: Some(|v| Ok(v.clone())), next: Some(next), ..Slots::NONE },
    methods: &[def(
        "__reduce__",
        "($self, /)",
        |a| {
            // SAFETY: the method gets instances of its class.
            let alias = unsafe { a.at(0).payload::<UnpackIterator>() }.alias.get();
            Ok(match alias {
                Some(alias) => tuple::from_vec(vec![builtin("iter"), tuple::from_vec(vec![alias])]),
                None => tuple::from_vec(vec![builtin("iter"), tuple::from_vec(vec![tuple::empty()])]),
            })
        },
        "",
    )],
    ..TypeSpec::DEFAULT
};
