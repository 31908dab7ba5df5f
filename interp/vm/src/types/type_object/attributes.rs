//! Attributes of classes: lookup, and the ones every class has.

use super::module_of;
use crate::call;
use crate::class::build::{self, of};
use crate::class::{flag, slotdefs};
use crate::exc;
use crate::protocol::{self, attr};
use crate::types::{dict, str, tuple};
use crate::value::{Res, Value};
use crate::vm::{names, types};

/// `type.__getattribute__`.
pub fn type_getattr(v: &Value, name: &Value) -> Res {
    find_attribute(v, name)?.ok_or_else(|| attr::no_attribute(v, name))
}

/// The attribute of a class, if there is one.
pub fn find_attribute(v: &Value, name: &Value) -> Res<Option<Value>> {
    let (class, meta) = (of(v), v.class());
    let on_meta = meta.lookup(name);
    if let Some(d) = &on_meta {
        let slots = d.class().slots();
        if let (Some(get), Some(_)) = (slots.descr_get, slots.descr_set) {
            return get(d, Some(v), Some(&meta.value())).map(Some);
        }
    }
    if let Some(x) = class.lookup(name) {
        return Ok(Some(match x.class().slots().descr_get {
            Some(get) => get(&x, None, Some(v))?,
            None => x,
        }));
    }
    Ok(match on_meta {
        Some(d) => Some(match d.class().slots().descr_get {
            Some(get) => get(&d, Some(v), Some(&meta.value()))?,
            None => d,
        }),
        None => None,
    })
}

/// `type.__setattr__` and `type.__delattr__`.
pub fn type_setattr(v: &Value, name: &Value, value: Option<&Value>) -> Res<()> {
    let ty = of(v);
    if ty.has(flag::IMMUTABLE) {
        return Err(exc::type_error(format!("cannot set '{}' attribute of immutable type '{}'", str::display(name), ty.full_name())));
    }
    if let Some(d) = v.class().lookup(name)
        && let Some(set) = d.class().slots().descr_set
    {
        let r = set(&d, v, value);
        ty.modified();
        return r;
    }
    let namespace = ty.namespace();
    let name = str::intern_value(str::exact(name));
    match value {
        Some(x) => {
            let old = dict::get_str(&namespace, &name);
            dict::set_str(&namespace, &name, x.clone());
            ty.modified();
            drop(old);
        }
        None => {
            let old = dict::get_str(&namespace, &name);
            if !dict::del_str(&namespace, &name) {
                return Err(attr::no_attribute(v, &name));
            }
            ty.modified();
            drop(old);
        }
    }
    slotdefs::name_changed(ty, &name);
    Ok(())
}

pub(super) fn check_settable(v: &Value, value: Option<&Value>, name: &str) -> Res<()> {
    if !of(v).has(flag::HEAPTYPE) {
        return Err(exc::type_error(format!("cannot set '{name}' attribute of immutable type '{}'", of(v).full_name())));
    }
    if value.is_none() {
        return Err(exc::type_error(format!("cannot delete '{name}' attribute of type '{}'", of(v).name())));
    }
    Ok(())
}

/// A class's name has a UTF-8 form without zeros in it.
pub(super) fn check_name(name: &Value) -> Res<()> {
    match str::as_utf8(name)?.contains('\0') {
        true => Err(exc::value_error("type name must not contain null characters")),
        false => Ok(()),
    }
}

pub(super) fn set_name(v: &Value, value: Option<&Value>) -> Res<()> {
    check_settable(v, value, "__name__")?;
    let Some(x) = value else { return Ok(()) };
    if !str::is_str(x) {
        return Err(exc::type_error(format!("can only assign string to {}.__name__, not '{}'", of(v).name(), x.class().full_name())));
    }
    check_name(x)?;
    of(v).name_field.set(x.clone());
    Ok(())
}

pub(super) fn set_qualname(v: &Value, value: Option<&Value>) -> Res<()> {
    check_settable(v, value, "__qualname__")?;
    let Some(x) = value else { return Ok(()) };
    if !str::is_str(x) {
        return Err(exc::type_error(format!("can only assign string to {}.__qualname__, not '{}'", of(v).name(), x.class().full_name())));
    }
    of(v).qualname.set(x.clone());
    Ok(())
}

pub(super) fn get_module(v: &Value) -> Res {
    match module_of(of(v))? {
        Some(m) => Ok(m),
        None => Err(exc::attribute_error("__module__")),
    }
}

fn set_in_namespace(v: &Value, name: &Value, value: Option<&Value>) -> Res<()> {
    check_settable(v, value, &str::display(name))?;
    if let Some(x) = value {
        dict::set_str(&of(v).namespace(), name, x.clone());
        of(v).modified();
    }
    Ok(())
}

pub(super) fn set_module(v: &Value, value: Option<&Value>) -> Res<()> {
    set_in_namespace(v, &names().__module__, value)
}

pub(super) fn get_doc(v: &Value) -> Res {
    // In the namespace of a native class there may be a descriptor for the `__doc__` of instances.
    let (_, own) = build::split_doc(of(v).doc);
    if !own.is_empty() {
        return Ok(str::new(own));
    }
    let Some(d) = dict::get_str(&of(v).namespace(), &names().__doc__) else { return Ok(Value::NONE) };
    match d.class().slots().descr_get {
        Some(get) => get(&d, None, Some(v)),
        None => Ok(d),
    }
}

pub(super) fn set_doc(v: &Value, value: Option<&Value>) -> Res<()> {
    set_in_namespace(v, &names().__doc__, value)
}

pub(super) fn abstract_methods(v: &Value) -> Res {
    let key = str::intern("__abstractmethods__");
    match dict::get_str(&of(v).namespace(), &key) {
        Some(x) if !v.is(&types().type_.value()) => Ok(x),
        _ => Err(exc::attribute_error("__abstractmethods__")),
    }
}

pub(super) fn set_abstract_methods(v: &Value, value: Option<&Value>) -> Res<()> {
    let key = str::intern("__abstractmethods__");
    let ty = of(v);
    match value {
        Some(x) => {
            let any = protocol::is_true(x)?;
            dict::set_str(&ty.namespace(), &key, x.clone());
            ty.set_flags(flag::IS_ABSTRACT, any);
        }
        None => {
            if !dict::del_str(&ty.namespace(), &key) {
                return Err(exc::attribute_error("__abstractmethods__"));
            }
            ty.set_flags(flag::IS_ABSTRACT, false);
        }
    }
    ty.modified();
    Ok(())
}

pub(super) fn get_annotate(v: &Value) -> Res {
    let ns = of(v).namespace();
    if !of(v).has(flag::HEAPTYPE) {
        return Err(exc::attribute_error(format!("type object '{}' has no attribute '__annotate__'", of(v).name())));
    }
    match dict::get_str(&ns, &names().__annotate__).or_else(|| dict::get_str(&ns, &names().__annotate_func__)) {
        Some(f) => match f.class().slots().descr_get {
            Some(get) => get(&f, None, Some(v)),
            None => Ok(f),
        },
        None => {
            dict::set_str(&ns, &names().__annotate_func__, Value::NONE);
            Ok(Value::NONE)
        }
    }
}

pub(super) fn set_annotate(v: &Value, value: Option<&Value>) -> Res<()> {
    let Some(x) = value else { return Err(exc::type_error("cannot delete __annotate__ attribute")) };
    check_settable(v, value, "__annotate__")?;
    if !x.is_none() && !call::is_callable(x) {
        return Err(exc::type_error("__annotate__ must be callable or None"));
    }
    let ns = of(v).namespace();
    let own = dict::get_str_ref(&ns, &names().__annotate__).is_some();
    dict::set_str(&ns, if own { &names().__annotate__ } else { &names().__annotate_func__ }, x.clone());
    if !x.is_none() {
        dict::del_str(&ns, &names().__annotations_cache__);
    }
    of(v).modified();
    Ok(())
}

pub(super) fn get_annotations(v: &Value) -> Res {
    let ty = of(v);
    if !ty.has(flag::HEAPTYPE) {
        return Err(exc::attribute_error(format!("type object '{}' has no attribute '__annotations__'", ty.name())));
    }
    let ns = ty.namespace();
    for key in [&names().__annotations__, &names().__annotations_cache__] {
        if let Some(a) = dict::get_str(&ns, key) {
            return match a.class().slots().descr_get {
                Some(get) => get(&a, None, Some(v)),
                None => Ok(a),
            };
        }
    }
    let annotate = get_annotate(v)?;
    let made = if call::is_callable(&annotate) {
        let d = call::call1(&annotate, &Value::small_int(1))?;
        if !d.is_instance(types().dict) {
            return Err(exc::type_error(format!("__annotate__ returned non-dict of type '{}'", d.class().full_name())));
        }
        d
    } else {
        dict::new()
    };
    dict::set_str(&ns, &names().__annotations_cache__, made.clone());
    ty.modified();
    Ok(made)
}

pub(super) fn set_annotations(v: &Value, value: Option<&Value>) -> Res<()> {
    let ty = of(v);
    if !ty.has(flag::HEAPTYPE) {
        return Err(exc::type_error(format!("cannot set '__annotations__' attribute of immutable type '{}'", ty.full_name())));
    }
    let ns = ty.namespace();
    let key =
        if dict::get_str_ref(&ns, &names().__annotations__).is_some() { &names().__annotations__ } else { &names().__annotations_cache__ };
    match value {
        Some(x) => {
            dict::set_str(&ns, key, x.clone());
            dict::del_str(&ns, &names().__annotate__);
            dict::set_str(&ns, &names().__annotate_func__, Value::NONE);
        }
        None => {
            if !dict::del_str(&ns, key) {
                return Err(exc::attribute_error("__annotations__"));
            }
            dict::del_str(&ns, &names().__annotate__);
            dict::set_str(&ns, &names().__annotate_func__, Value::NONE);
        }
    }
    ty.modified();
    Ok(())
}

pub(super) fn get_type_params(v: &Value) -> Res {
    Ok(dict::get_str(&of(v).namespace(), &names().__type_params__)
        .filter(|t| !v.is(&types().type_.value()) && t.is_instance(types().tuple))
        .unwrap_or_else(tuple::empty))
}

pub(super) fn set_type_params(v: &Value, value: Option<&Value>) -> Res<()> {
    set_in_namespace(v, &names().__type_params__, value)
}
