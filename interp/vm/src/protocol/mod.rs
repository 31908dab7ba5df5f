//! The abstract operations: what the language does with values of any class.

pub mod attr;
pub mod iter;
pub mod number;
pub mod sequence;

use crate::class::flag;
use crate::class::slots::CompareOp;
use crate::thread::check_native_stack;
use crate::types::{dict, str, tuple};
use crate::value::{Res, Value};
use crate::vm::{names, types};
use crate::{call, exc};
use weft_layout::tag;

/// `repr(v)`.
pub fn repr(v: &Value) -> Res {
    check_native_stack(" while getting the repr of an object")?;
    match v.class().slots().repr {
        Some(f) => {
            let r = f(v)?;
            if str::is_str(&r) {
                Ok(r)
            } else {
                Err(exc::type_error(format!("__repr__ returned non-string (type {})", r.class().full_name())))
            }
        }
        None => crate::types::object::repr(v),
    }
}

/// `str(v)`.
pub fn str(v: &Value) -> Res {
    if std::ptr::eq(v.class(), types().str) {
        return Ok(v.clone());
    }
    check_native_stack(" while getting the str of an object")?;
    match v.class().slots().str {
        Some(f) => {
            let r = f(v)?;
            if str::is_str(&r) {
                Ok(r)
            } else {
                Err(exc::type_error(format!("__str__ returned non-string (type {})", r.class().full_name())))
            }
        }
        None => repr(v),
    }
}

/// `repr(v)` as Rust text; lone surrogates are replaced.
pub fn repr_string(v: &Value) -> Res<String> {
    repr(v).map(|r| str::display(&r))
}

/// `str(v)` as Rust text; lone surrogates are replaced.
pub fn str_string(v: &Value) -> Res<String> {
    str(v).map(|r| str::display(&r))
}

/// `ascii(v)`.
pub fn ascii(v: &Value) -> Res {
    repr(v).map(|r| str::to_ascii_repr(&r))
}

/// `hash(v)`.
#[inline]
pub fn hash(v: &Value) -> Res<i64> {
    if std::ptr::eq(v.class(), types().str) {
        return Ok(str::hash(v));
    }
    match v.class().slots().hash {
        Some(f) => f(v),
        None => crate::class::slotdefs::hash_not_implemented(v),
    }
}

/// The truth of a value.
#[inline]
pub fn is_true(v: &Value) -> Res<bool> {
    match v.word() {
        tag::TRUE => Ok(true),
        tag::FALSE | tag::NONE => Ok(false),
        w if tag::is_int(w) => Ok(w != tag::int_word(0)),
        w if tag::is_float(w) => Ok(w != tag::FLOAT_ZERO),
        _ => is_true_slow(v),
    }
}

fn is_true_slow(v: &Value) -> Res<bool> {
    let slots = v.class().slots();
    if let Some(f) = slots.bool {
        f(v)
    } else if let Some(f) = slots.len {
        f(v).map(|n| n != 0)
    } else {
        Ok(true)
    }
}

/// `a op b`, as the comparison operators do it.
pub fn compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    check_native_stack(" in comparison")?;
    let (ca, cb) = (a.class(), b.class());
    let mut reflected = false;
    if !std::ptr::eq(ca, cb)
        && cb.is_subtype(ca)
        && let Some(f) = cb.slots().compare
    {
        reflected = true;
        let r = f(b, a, op.swapped())?;
        if !r.is_not_implemented() {
            return Ok(r);
        }
    }
    if let Some(f) = ca.slots().compare {
        let r = f(a, b, op)?;
        if !r.is_not_implemented() {
            return Ok(r);
        }
    }
    if reflected { compare_identity(a, b, op) } else { compare_after_left(a, b, op) }
}

/// `a op b` after the left operand has said NotImplemented.
pub fn compare_after_left(a: &Value, b: &Value, op: CompareOp) -> Res {
    if let Some(f) = b.class().slots().compare {
        let r = f(b, a, op.swapped())?;
        if !r.is_not_implemented() {
            return Ok(r);
        }
    }
    compare_identity(a, b, op)
}

/// What a comparison comes to that neither operand knows.
fn compare_identity(a: &Value, b: &Value, op: CompareOp) -> Res {
    let (ca, cb) = (a.class(), b.class());
    match op {
        CompareOp::Eq => Ok(Value::bool(a.is(b))),
        CompareOp::Ne => Ok(Value::bool(!a.is(b))),
        _ => Err(exc::type_error(format!(
            "'{}' not supported between instances of '{}' and '{}'",
            op.symbol(),
            ca.full_name(),
            cb.full_name()
        ))),
    }
}

/// `a op b` as a bool; for `==` and `!=` the same object is equal to itself.
pub fn compare_bool(a: &Value, b: &Value, op: CompareOp) -> Res<bool> {
    if a.is(b) {
        match op {
            CompareOp::Eq => return Ok(true),
            CompareOp::Ne => return Ok(false),
            _ => {}
        }
    }
    if let (Some(x), Some(y)) = (a.as_small_int(), b.as_small_int()) {
        return Ok(op.holds(x.cmp(&y)));
    }
    if matches!(op, CompareOp::Eq | CompareOp::Ne) && str::is_exact(a) && str::is_exact(b) {
        return Ok(str::equal(a, b) == (op == CompareOp::Eq));
    }
    is_true(&compare(a, b, op)?)
}

/// Whether two values are the same or equal, as containers ask.
#[inline]
pub fn equal(a: &Value, b: &Value) -> Res<bool> {
    compare_bool(a, b, CompareOp::Eq)
}

/// `len(v)`.
pub fn len(v: &Value) -> Res<usize> {
    match v.class().slots().len {
        Some(f) => f(v),
        None => Err(exc::type_error(format!("object of type '{}' has no len()", v.class().full_name()))),
    }
}

/// `v[key]`.
pub fn get_item(v: &Value, key: &Value) -> Res {
    if let Some(f) = v.class().slots().get_item {
        return f(v, key);
    }
    if v.is_instance(types().type_) {
        if v.is(&types().type_.value()) {
            return crate::types::generic_alias::new(v, key);
        }
        if let Some(f) = attr::getattr_opt(v, &names().__class_getitem__)? {
            return call::call1(&f, key);
        }
        return Err(exc::type_error(format!("type '{}' is not subscriptable", crate::class::build::of(v).full_name())));
    }
    Err(exc::type_error(format!("'{}' object is not subscriptable", v.class().full_name())))
}

/// `v[key] = value`.
pub fn set_item(v: &Value, key: &Value, value: &Value) -> Res<()> {
    match v.class().slots().set_item {
        Some(f) => f(v, key, Some(value)),
        None => Err(exc::type_error(format!("'{}' object does not support item assignment", v.class().full_name()))),
    }
}

/// `del v[key]`.
pub fn del_item(v: &Value, key: &Value) -> Res<()> {
    match v.class().slots().set_item {
        Some(f) => f(v, key, None),
        None => Err(exc::type_error(format!("'{}' object does not support item deletion", v.class().full_name()))),
    }
}

/// `item in v`.
pub fn contains(v: &Value, item: &Value) -> Res<bool> {
    match v.class().slots().contains {
        Some(f) => f(v, item),
        None => iter::contains(v, item),
    }
}

/// `isinstance(v, class)`.
pub fn isinstance(v: &Value, class: &Value) -> Res<bool> {
    if class.is(&v.class().value()) {
        return Ok(true);
    }
    if std::ptr::eq(class.class(), types().type_) {
        return type_isinstance(v, class);
    }
    if class.is_instance(types().union) {
        for c in crate::types::union::args(class) {
            if isinstance(v, &c)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if class.is_instance(types().tuple) {
        check_native_stack(" in __instancecheck__")?;
        for c in tuple::items(class) {
            if isinstance(v, c)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if let Some(check) = call::lookup_special(class, &names().__instancecheck__)? {
        check_native_stack(" in __instancecheck__")?;
        return is_true(&call::call1(&check, v)?);
    }
    type_isinstance(v, class)
}

/// What `type.__instancecheck__` does.
pub fn type_isinstance(v: &Value, class: &Value) -> Res<bool> {
    if class.is_instance(types().type_) {
        let class = crate::class::build::of(class);
        if v.is_instance(class) {
            return Ok(true);
        }
        // An object may claim another class.
        if v.class().slots().getattr.is_some_and(|g| g as usize == attr::generic_getattr as *const () as usize)
            && v.class().lookup(&names().__class__).is_some_and(|d| types().object.lookup(&names().__class__).is_some_and(|o| o.is(&d)))
        {
            return Ok(false);
        }
        return match attr::getattr_opt(v, &names().__class__)? {
            Some(c) if c.is_instance(types().type_) && !c.is(&v.class().value()) => Ok(crate::class::build::of(&c).is_subtype(class)),
            _ => Ok(false),
        };
    }
    if !has_bases(class)? {
        return Err(exc::type_error("isinstance() arg 2 must be a type, a tuple of types, or a union"));
    }
    match attr::getattr_opt(v, &names().__class__)? {
        Some(c) => abstract_issubclass(&c, class),
        None => Ok(false),
    }
}

fn has_bases(class: &Value) -> Res<bool> {
    Ok(attr::getattr_opt(class, &names().__bases__)?.is_some_and(|b| b.is_instance(types().tuple)))
}

fn abstract_issubclass(derived: &Value, class: &Value) -> Res<bool> {
    if derived.is(class) {
        return Ok(true);
    }
    check_native_stack(" in __issubclass__")?;
    match attr::getattr_opt(derived, &names().__bases__)? {
        Some(bases) if bases.is_instance(types().tuple) => {
            for b in tuple::items(&bases) {
                if abstract_issubclass(b, class)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => Ok(false),
    }
}

/// `issubclass(derived, class)`.
pub fn issubclass(derived: &Value, class: &Value) -> Res<bool> {
    if std::ptr::eq(class.class(), types().type_) {
        if derived.is(class) {
            return Ok(true);
        }
        return type_issubclass(derived, class);
    }
    if class.is_instance(types().union) {
        for c in crate::types::union::args(class) {
            if issubclass(derived, &c)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if class.is_instance(types().tuple) {
        check_native_stack(" in __subclasscheck__")?;
        for c in tuple::items(class) {
            if issubclass(derived, c)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if let Some(check) = call::lookup_special(class, &names().__subclasscheck__)? {
        check_native_stack(" in __subclasscheck__")?;
        return is_true(&call::call1(&check, derived)?);
    }
    type_issubclass(derived, class)
}

/// What `type.__subclasscheck__` does.
pub fn type_issubclass(derived: &Value, class: &Value) -> Res<bool> {
    if derived.is_instance(types().type_) && class.is_instance(types().type_) {
        return Ok(crate::class::build::of(derived).is_subtype(crate::class::build::of(class)));
    }
    if !derived.is_instance(types().type_) && !has_bases(derived)? {
        return Err(exc::type_error("issubclass() arg 1 must be a class"));
    }
    if !class.is_instance(types().type_) && !has_bases(class)? {
        return Err(exc::type_error("issubclass() arg 2 must be a class, a tuple of classes, or a union"));
    }
    abstract_issubclass(derived, class)
}

/// Runs `f` unless the repr of `v` is being made already, in which case the text is `again`.
pub fn repr_guarded(v: &Value, again: &str, f: impl FnOnce() -> Res) -> Res {
    match crate::types::repr_guard::ReprGuard::enter(v) {
        Some(_guard) => f(),
        None => Ok(str::new(again)),
    }
}

/// `dir(v)`.
pub fn dir(v: &Value) -> Res {
    match call::call_special(v, &names().__dir__, &[]) {
        Some(r) => {
            let list = crate::types::list::from_vec(iter::collect(&r?)?);
            crate::types::list::sort(&list, None, false)?;
            Ok(list)
        }
        None => Err(exc::type_error("object does not provide __dir__")),
    }
}

/// Whether the class of `v` is marked as a sequence or mapping for `match`.
pub fn matches_as(v: &Value, kind: u32) -> bool {
    v.class().has(kind & (flag::SEQUENCE | flag::MAPPING))
}

/// Adds the `note` to an exception, as `add_note` does.
pub fn add_note(exception: &Value, note: &str) -> Res<()> {
    call::call_method(exception, &str::intern("add_note"), &[str::new(note)]).map(drop)
}

/// The items of a dict's keys as a list of strings, for native code that takes keyword dicts apart.
pub fn keyword_parts(kwargs: &Value) -> (Vec<Value>, Vec<Value>) {
    dict::entries(kwargs).into_iter().unzip()
}
