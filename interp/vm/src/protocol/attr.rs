//! Attribute access: `getattr`, `setattr`, and the generic algorithms of `object`.

use crate::call::call_with_self;
use crate::class::flag;
use crate::class::slots::{GetAttrFn, SetAttrFn};
use crate::heap::shape;
use crate::types::{exceptions, instance, module, str, type_object};
use crate::value::{Res, Value};
use crate::vm::types;
use crate::{class, exc};

/// `v.name`. `name` is a str.
pub fn getattr(v: &Value, name: &Value) -> Res {
    match v.class().slots().getattr {
        Some(f) => f(v, name),
        None => generic_getattr(v, name),
    }
}

/// `v.name`, or `None` if that is an AttributeError.
pub fn getattr_opt(v: &Value, name: &Value) -> Res<Option<Value>> {
    // Programs ask modules and classes for what they may not have all the time, so no error is made only to be dropped.
    let find: fn(&Value, &Value) -> Res<Option<Value>> = match v.class().slots().getattr.map(|f| f as usize) {
        None => generic_lookup,
        Some(f) if f == generic_getattr as GetAttrFn as usize => generic_lookup,
        Some(f) if f == module::getattr as GetAttrFn as usize => module::find_attribute,
        Some(f) if f == type_object::type_getattr as GetAttrFn as usize => type_object::find_attribute,
        Some(_) => return exc::catch(getattr(v, name), types().attribute_error),
    };
    Ok(exc::catch(find(v, name), types().attribute_error)?.flatten())
}

/// `v.name = value`. `name` is a str.
pub fn setattr(v: &Value, name: &Value, value: &Value) -> Res<()> {
    match v.class().slots().setattr {
        Some(f) => f(v, name, Some(value)),
        None => generic_setattr(v, name, Some(value)),
    }
}

/// `del v.name`. `name` is a str.
pub fn delattr(v: &Value, name: &Value) -> Res<()> {
    match v.class().slots().setattr {
        Some(f) => f(v, name, None),
        None => generic_setattr(v, name, None),
    }
}

/// Whether attribute reads on the class go by the generic algorithm.
#[inline]
pub fn is_generic(v: &Value) -> bool {
    v.class().slots().getattr.is_none_or(|f| f as usize == generic_getattr as GetAttrFn as usize)
}

/// Whether an attribute that the generic algorithm finds on an instance of the class is what reading it gives: there may be
/// a `__getattr__`, but no `__getattribute__`.
pub fn finds_generically(class: &class::Type) -> bool {
    match class.slots().getattr {
        Some(f) if f as usize == class::slotdefs::g_getattr as *const () as usize => class
            .lookup(&crate::vm::names().__getattribute__)
            .is_some_and(|f| crate::types::descriptor::wraps_slot(&f, generic_getattr as GetAttrFn as usize)),
        Some(f) => f as usize == generic_getattr as GetAttrFn as usize,
        None => true,
    }
}

/// Whether attribute reads and writes on instances of the class go by the generic algorithms.
pub fn has_generic_access(class: &class::Type) -> bool {
    let slots = class.slots();
    slots.getattr.is_none_or(|f| f as usize == generic_getattr as GetAttrFn as usize)
        && slots.setattr.is_none_or(|f| f as usize == generic_setattr as SetAttrFn as usize)
}

/// Whether attribute writes on the class go by the generic algorithm.
#[inline]
pub fn is_generic_set(v: &Value) -> bool {
    v.class().slots().setattr.is_none_or(|f| f as usize == generic_setattr as SetAttrFn as usize)
}

/// The error for an attribute that is not there, with `name` and `obj` set for suggestions.
#[cold]
pub fn no_attribute(v: &Value, name: &Value) -> exc::Raised {
    let message = if v.is_instance(types().type_) {
        format!("type object '{}' has no attribute '{}'", class::build::of(v).name(), str::display(name))
    } else {
        format!("'{}' object has no attribute '{}'", v.class().full_name(), str::display(name))
    };
    attribute_error(message, v, name)
}

/// An AttributeError with `name` and `obj` set.
pub fn attribute_error(message: String, v: &Value, name: &Value) -> exc::Raised {
    let raised = exc::attribute_error(message);
    exceptions::set_attribute_details(v, name);
    raised
}

/// What `object.__getattribute__` does.
pub fn generic_getattr(v: &Value, name: &Value) -> Res {
    match generic_lookup(v, name)? {
        Some(x) => Ok(x),
        None => Err(no_attribute(v, name)),
    }
}

/// The generic algorithm, with `None` for an attribute that is not there: data descriptor, instance, class. The errors of
/// descriptors pass, AttributeError too.
pub fn generic_lookup(v: &Value, name: &Value) -> Res<Option<Value>> {
    let class = v.class();
    let found = class.lookup(name);
    let mut get = None;
    if let Some(d) = &found {
        let slots = d.class().slots();
        get = slots.descr_get;
        if let Some(g) = get
            && slots.descr_set.is_some()
        {
            return g(d, Some(v), Some(&class.value())).map(Some);
        }
    }
    if let Some(x) = instance_attribute(v, name)? {
        return Ok(Some(x));
    }
    match (found, get) {
        (Some(d), Some(g)) => g(&d, Some(v), Some(&class.value())).map(Some),
        (found, _) => Ok(found),
    }
}

/// An attribute stored in the instance itself.
#[inline]
pub fn instance_attribute(v: &Value, name: &Value) -> Res<Option<Value>> {
    let id = v.shape_id();
    if id == 0 || shape::flags(id) & shape::flag::HAS_ATTRS == 0 {
        return Ok(None);
    }
    Ok(instance::get(v, name))
}

/// What `object.__setattr__` and `object.__delattr__` do.
pub fn generic_setattr(v: &Value, name: &Value, value: Option<&Value>) -> Res<()> {
    let class = v.class();
    let found = class.lookup(name);
    if let Some(d) = &found
        && let Some(set) = d.class().slots().descr_set
    {
        return set(d, v, value);
    }
    let id = v.shape_id();
    if id == 0 || shape::flags(id) & shape::flag::HAS_ATTRS == 0 {
        let message = match found {
            Some(_) => format!("'{}' object attribute '{}' is read-only", class.full_name(), str::display(name)),
            None if class.has_dict() => format!("'{}' object has no attribute '{}'", class.full_name(), str::display(name)),
            None => {
                let text = format!(
                    "'{}' object has no attribute '{}' and no __dict__ for setting new attributes",
                    class.full_name(),
                    str::display(name)
                );
                if value.is_some() { text } else { format!("'{}' object has no attribute '{}'", class.full_name(), str::display(name)) }
            }
        };
        return Err(attribute_error(message, v, name));
    }
    match value {
        Some(x) => {
            instance::set(v, name, x.clone());
            Ok(())
        }
        None if instance::delete(v, name) => Ok(()),
        None => Err(no_attribute(v, name)),
    }
}

/// The method `name` of `v` for an immediate call: the function and whether `v` is to be passed as its first argument.
pub fn load_method(v: &Value, name: &Value) -> Res<(Value, bool)> {
    if !is_generic(v) {
        return getattr(v, name).map(|f| (f, false));
    }
    let class = v.class();
    let found = class.lookup(name);
    let mut get = None;
    if let Some(d) = &found {
        if d.class().has(flag::METHOD_DESCRIPTOR) {
            return match instance_attribute(v, name)? {
                Some(x) => Ok((x, false)),
                None => Ok((d.clone(), true)),
            };
        }
        let slots = d.class().slots();
        get = slots.descr_get;
        if let Some(g) = get
            && slots.descr_set.is_some()
        {
            return g(d, Some(v), Some(&class.value())).map(|f| (f, false));
        }
    }
    if let Some(x) = instance_attribute(v, name)? {
        return Ok((x, false));
    }
    match (found, get) {
        (Some(d), Some(g)) => g(&d, Some(v), Some(&class.value())).map(|f| (f, false)),
        (Some(d), None) => Ok((d, false)),
        (None, _) => Err(no_attribute(v, name)),
    }
}

/// Calls attribute `name` of `v` with `args`, passing `v` where it is a plain method.
pub fn call_attr(v: &Value, name: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let (f, bound) = load_method(v, name)?;
    if bound { call_with_self(&f, v, args, kwnames) } else { crate::call::call(&f, args, kwnames) }
}
