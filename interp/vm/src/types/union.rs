//! `typing.Union`: what `int | str` makes (PEP 604). Follows CPython 3.14's unionobject.c.

use crate::cell::Field;
use crate::class::build::TypeSpec;
use crate::class::native::{class_def, def, getter, member};
use crate::class::slots::{CompareOp, Slots};
use crate::class::{PayloadOps, Type};
use crate::protocol;
use crate::types::generic_alias::{make_parameters, substitute, type_repr};
use crate::types::text::Text;
use crate::types::{set, str, tuple};
use crate::value::{Payload, Res, Value, new_object};
use crate::vm::types;
use crate::{call, exc};
use weft_layout::tag::Word;

/// The payload.
pub struct Union {
    /// All members, a tuple.
    args: Field,
    /// The members that can be hashed, a frozenset.
    hashable: Field,
    /// The others, a tuple, or empty.
    unhashable: Field,
    /// `__parameters__`, once someone has asked for it.
    parameters: Field,
}

// SAFETY: instances of typing.Union hold a Union.
unsafe impl Payload for Union {
    fn class() -> &'static Type {
        types().union
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        for field in [&self.args, &self.hashable, &self.unhashable, &self.parameters] {
            visit(field.word());
        }
    }
}

fn this(v: &Value) -> &Union {
    // SAFETY: slots and methods of the class get its instances.
    unsafe { v.payload() }
}

/// The members. `v` is a union.
pub fn args(v: &Value) -> Vec<Value> {
    tuple::items(&this(v).args.value()).to_vec()
}

/// Whether `v` may be an operand of `|` without asking the typing module.
fn is_unionable(v: &Value) -> bool {
    v.is_none()
        || v.is_instance(types().type_)
        || v.is_instance(types().generic_alias)
        || v.is_instance(types().type_alias_type)
        || v.is_instance(types().union)
}

/// Collects the members of a union, without duplicates.
#[derive(Default)]
struct Builder {
    all: Vec<Value>,
    hashable: Option<Value>,
    unhashable: Vec<Value>,
}

impl Builder {
    /// Adds a member; `checked` ones must be types.
    fn add(&mut self, v: &Value, checked: bool) -> Res<()> {
        if v.is_none() {
            return self.add_one(types().none_type.value());
        }
        if v.is_instance(types().union) {
            return args(v).into_iter().try_for_each(|m| self.add_one(m));
        }
        if checked && !is_unionable(v) {
            let v = type_check(v, "Union[arg, ...]: each arg must be a type.")?;
            return self.add_one(v);
        }
        self.add_one(v.clone())
    }

    fn add_one(&mut self, v: Value) -> Res<()> {
        match protocol::hash(&v) {
            Ok(_) => {
                let seen = self.hashable.get_or_insert_with(set::new);
                if set::contains(seen, &v)? {
                    return Ok(());
                }
                set::add(seen, &v)?;
            }
            Err(e) => {
                exc::clear(e);
                for old in self.unhashable.clone() {
                    if protocol::equal(&old, &v)? {
                        return Ok(());
                    }
                }
                self.unhashable.push(v.clone());
            }
        }
        self.all.push(v);
        Ok(())
    }

    fn finish(mut self) -> Res {
        if self.all.len() == 1 {
            return Ok(self.all.swap_remove(0));
        }
        if self.all.is_empty() {
            return Err(exc::type_error("Cannot take a Union of no types."));
        }
        let hashable = match self.hashable {
            Some(s) => Some(set::new_frozen(set::items(&s))?),
            None => None,
        };
        let unhashable = (!self.unhashable.is_empty()).then(|| tuple::from_vec(self.unhashable));
        Ok(new_object(Union {
            args: Field::new(tuple::from_vec(self.all)),
            hashable: Field::from_option(hashable),
            unhashable: Field::from_option(unhashable),
            parameters: Field::empty(),
        }))
    }
}

/// What `typing._type_check` makes of a type in an annotation.
pub fn type_check(v: &Value, message: &str) -> Res {
    if v.is_none() {
        return Ok(types().none_type.value());
    }
    call_typing("_type_check", &[v.clone(), str::new(message)])
}

/// Calls a function of the typing module.
pub fn call_typing(name: &str, args: &[Value]) -> Res {
    let typing = crate::eval::import::import_module("typing")?;
    let f = protocol::attr::getattr(&typing, &str::intern(name))?;
    call::call(&f, args, None)
}

/// `a | b` of types; NotImplemented if either is none.
pub fn or(a: &Value, b: &Value) -> Res {
    if !is_unionable(a) || !is_unionable(b) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let mut builder = Builder::default();
    builder.add(a, false)?;
    builder.add(b, false)?;
    builder.finish()
}

/// `typing.Union[args]`, where `args` is a tuple or the one member.
pub fn from_args(args: &Value) -> Res {
    let mut builder = Builder::default();
    if std::ptr::eq(args.class(), types().tuple) {
        for v in tuple::items(args) {
            builder.add(v, true)?;
        }
    } else {
        builder.add(args, true)?;
    }
    builder.finish()
}

fn hash(v: &Value) -> Res<i64> {
    let u = this(v);
    if let Some(unhashable) = u.unhashable.get() {
        let items = tuple::items(&unhashable);
        for item in items {
            protocol::hash(item)?;
        }
        return Err(exc::type_error(format!("union contains {} unhashable elements", items.len())));
    }
    protocol::hash(&u.hashable.value())
}

fn equal(a: &Union, b: &Union) -> Res<bool> {
    match (a.hashable.get(), b.hashable.get()) {
        (Some(x), Some(y)) if !protocol::equal(&x, &y)? => return Ok(false),
        (Some(_), None) | (None, Some(_)) => return Ok(false),
        _ => {}
    }
    match (a.unhashable.get(), b.unhashable.get()) {
        (None, None) => Ok(true),
        (Some(x), Some(y)) => {
            if tuple::items(&x).len() != tuple::items(&y).len() {
                return Ok(false);
            }
            for item in tuple::items(&x) {
                if !protocol::contains(&y, item)? {
                    return Ok(false);
                }
            }
            for item in tuple::items(&y) {
                if !protocol::contains(&x, item)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        _ => Ok(false),
    }
}

fn compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    let (Some(x), Some(y)) = (a.downcast::<Union>(), b.downcast::<Union>()) else { return Ok(Value::NOT_IMPLEMENTED) };
    match op {
        CompareOp::Eq => Ok(Value::bool(equal(x, y)?)),
        CompareOp::Ne => Ok(Value::bool(!equal(x, y)?)),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn repr(v: &Value) -> Res {
    crate::thread::check_native_stack(" while getting the repr of an object")?;
    let mut text = Text::new();
    for (i, member) in args(v).iter().enumerate() {
        if i > 0 {
            text = text.add(" | ");
        }
        text = type_repr(text, member)?;
    }
    Ok(text.finish())
}

fn parameters(v: &Value) -> Res {
    let u = this(v);
    if let Some(known) = u.parameters.get() {
        return Ok(known);
    }
    let made = tuple::from_vec(make_parameters(&args(v))?);
    u.parameters.set(made.clone());
    Ok(made)
}

fn get_item(v: &Value, item: &Value) -> Res {
    let params = parameters(v)?;
    let new_args = substitute(v, &args(v), tuple::items(&params), item)?;
    // Substitution may have made new unions.
    let Some((first, rest)) = new_args.split_first() else { return Err(exc::type_error("Cannot take a Union of no types.")) };
    let mut result = first.clone();
    for next in rest {
        result = protocol::number::binary(protocol::number::BinaryOp::Or, &result, next)?;
    }
    Ok(result)
}

/// `typing.Union`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "typing.Union",
    doc: "Represent a union type\n\nE.g. for int | str",
    payload: PayloadOps::of::<Union>(),
    slots: Slots {
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(compare),
        or: Some(or),
        get_item: Some(get_item),
        getattr: Some(protocol::attr::generic_getattr),
        ..Slots::NONE
    },
    methods: &[
        def(
            "__mro_entries__",
            "($self, bases, /)",
            |a| Err(exc::type_error(format!("Cannot subclass {}", protocol::repr_string(a.at(0))?))),
            "",
        ),
        class_def("__class_getitem__", "($type, object, /)", |a| from_args(a.at(1)), "See PEP 585"),
    ],
    getsets: &[
        member("__args__", |v| Ok(this(v).args.value()), ""),
        getter("__name__", |_| Ok(str::intern("Union")), "Name of the type"),
        getter("__qualname__", |_| Ok(str::intern("Union")), "Qualified name of the type"),
        getter("__origin__", |_| Ok(types().union.value()), "Always returns the type"),
        getter("__parameters__", parameters, "Type variables in the types.UnionType."),
    ],
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};
