//! `typing.TypeAliasType`: what the `type` statement makes.

use super::{evaluator, no_default, params};
use crate::cell::Field;
use crate::class::build::TypeSpec;
use crate::class::native::{bind_call, def, getter, member};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type};
use crate::protocol::{self, attr};
use crate::types::{generic_alias, str, tuple, union};
use crate::value::{Payload, Res, Value, new_object};
use crate::vm::{names, types};
use crate::{call, exc};
use weft_layout::tag::Word;

/// The payload.
pub struct TypeAlias {
    name: Field,
    /// A tuple, or empty if there are none.
    type_params: Field,
    /// The function that computes the value.
    evaluate: Field,
    value: Field,
    /// The module, where no function says which.
    module: Field,
}

// SAFETY: instances of typing.TypeAliasType hold a TypeAlias.
unsafe impl Payload for TypeAlias {
    fn class() -> &'static Type {
        types().type_alias_type
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        for field in [&self.name, &self.type_params, &self.evaluate, &self.value, &self.module] {
            visit(field.word());
        }
    }

    fn clear(&self) {
        for field in [&self.type_params, &self.evaluate, &self.value, &self.module] {
            drop(field.take());
        }
    }
}

fn this(v: &Value) -> &TypeAlias {
    // SAFETY: slots and methods of the class get its instances.
    unsafe { v.payload() }
}

/// The alias of a `type` statement: its name, its type parameters (a tuple or None), the function that computes it.
pub fn new(name: Value, type_params: Value, evaluate: Value) -> Value {
    let some = type_params.is_instance(types().tuple) && !tuple::items(&type_params).is_empty();
    new_object(TypeAlias {
        name: Field::new(name),
        type_params: Field::from_option(some.then_some(type_params)),
        evaluate: Field::new(evaluate),
        value: Field::empty(),
        module: Field::empty(),
    })
}

/// Defaults must not come before parameters without one.
fn check_type_params(type_params: &[Value]) -> Res<()> {
    let mut seen = false;
    for p in type_params {
        if !params::is_type_param(p) {
            return Err(exc::type_error(format!("Expected a type param, got {}", protocol::repr_string(p)?)));
        }
        if !params::default(p)?.is(&no_default::value()) {
            seen = true;
        } else if seen {
            let p = protocol::repr_string(p)?;
            return Err(exc::type_error(format!("non-default type parameter '{p}' follows default type parameter")));
        }
    }
    Ok(())
}

fn construct(_: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    bind_call("typealias", "(name, value, *, type_params=())", args, kwnames, |a| {
        if !str::is_str(a.at(0)) {
            return Err(exc::type_error(format!("typealias() argument 'name' must be str, not {}", a.at(0).class().full_name())));
        }
        let type_params = match a.opt(2) {
            Some(p) if !p.is_instance(types().tuple) => return Err(exc::type_error("type_params must be a tuple")),
            Some(p) => tuple::items(p),
            None => &[],
        };
        check_type_params(type_params)?;
        Ok(new_object(TypeAlias {
            name: Field::new(a.at(0).clone()),
            type_params: Field::from_option((!type_params.is_empty()).then(|| tuple::from_slice(type_params))),
            evaluate: Field::empty(),
            value: Field::new(a.at(1).clone()),
            module: Field::new(params::calling_module()),
        }))
    })
}

fn value(v: &Value) -> Res {
    let alias = this(v);
    if let Some(known) = alias.value.get() {
        return Ok(known);
    }
    let Some(f) = alias.evaluate.get() else { return Ok(Value::NONE) };
    let made = call::call1(&f, &Value::small_int(1))?;
    alias.value.set(made.clone());
    Ok(made)
}

fn evaluate_value(v: &Value) -> Res {
    Ok(match this(v).evaluate.get() {
        Some(f) => f,
        None => evaluator::new(this(v).value.get().unwrap_or(Value::NONE)),
    })
}

fn type_params(v: &Value) -> Value {
    this(v).type_params.get().unwrap_or_else(tuple::empty)
}

fn module(v: &Value) -> Res {
    let alias = this(v);
    if let Some(m) = alias.module.get() {
        return Ok(m);
    }
    match alias.evaluate.get() {
        Some(f) => Ok(attr::getattr_opt(&f, &names().__module__)?.unwrap_or(Value::NONE)),
        None => Ok(Value::NONE),
    }
}

fn subscript(v: &Value, item: &Value) -> Res {
    if this(v).type_params.peek().is_none() {
        return Err(exc::type_error("Only generic type aliases are subscriptable"));
    }
    generic_alias::new(v, item)
}

/// `typing.TypeAliasType`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "typing.TypeAliasType",
    doc: "Type alias.\n\nType aliases are created through the type statement::\n\n    type Alias = int\n\nIn this example, Alias and int will be treated equivalently by static\ntype checkers.\n\nAt runtime, Alias is an instance of TypeAliasType. The __name__\nattribute holds the name of the type alias. The value of the type alias\nis stored in the __value__ attribute. It is evaluated lazily, so the\nvalue is computed only if the attribute is accessed.\n\nType aliases can also be generic::\n\n    type ListOrSet[T] = list[T] | set[T]\n\nIn this case, the type parameters of the alias are stored in the\n__type_params__ attribute.\n\nSee PEP 695 for more information.\n",
    payload: PayloadOps::of::<TypeAlias>(),
    slots: Slots {
        new: Some(construct),
        repr: Some(|v| Ok(this(v).name.value())),
        or: Some(union::or),
        get_item: Some(subscript),
        iter: Some(|v| protocol::iter::iter(&tuple::from_vec(vec![super::unpacked(v)?]))),
        ..Slots::NONE
    },
    methods: &[def("__reduce__", "($self, /)", |a| Ok(this(a.at(0)).name.value()), "")],
    getsets: &[
        member("__name__", |v| Ok(this(v).name.value()), ""),
        getter("__parameters__", |v| super::unpack_type_var_tuples(&type_params(v)), ""),
        getter("__type_params__", |v| Ok(type_params(v)), ""),
        getter("__value__", value, ""),
        getter("evaluate_value", evaluate_value, ""),
        getter("__module__", module, ""),
    ],
    ..TypeSpec::DEFAULT
};
