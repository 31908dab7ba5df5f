//! The declaration of `dict`, its slots and methods.

use super::{Dict, Merge, contains, get, hash_key, merge, new, set, set_hashed, table, try_copy, update_from};
use crate::class::build::{self, TypeSpec};
use crate::class::native::{Args, class_def, def, raw};
use crate::class::slots::{CompareOp, Slots};
use crate::class::{PayloadOps, flag};
use crate::exc;
use crate::protocol::{self, iter};
use crate::thread::check_native_stack;
use crate::types::repr_guard::{ReprGuard, text};
use crate::types::{dict_views, generic_alias, set as sets, str, tuple};
use crate::value::{Res, Value, new_instance};
use crate::vm::{names, types};

/// The declaration of `dict`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "dict",
    doc: "dict() -> new empty dictionary\ndict(mapping) -> new dictionary initialized from a mapping object's\n    (key, value) pairs\ndict(iterable) -> new dictionary initialized as if via:\n    d = {}\n    for k, v in iterable:\n        d[k] = v\ndict(**kwargs) -> new dictionary initialized with the name=value pairs\n    in the keyword argument list.  For example:  dict(one=1, two=2)",
    payload: PayloadOps::of::<Dict>(),
    flags: flag::BASETYPE | flag::MAPPING | flag::MATCH_SELF | flag::DICT_SUBCLASS,
    slots: Slots {
        new: Some(|class, _, _| Ok(new_instance(build::of(class), Dict::new()))),
        init: Some(|d, args, kwnames| update_call(d, args, kwnames, "dict")),
        repr: Some(repr),
        compare: Some(compare),
        iter: Some(dict_iter),
        len: Some(|d| Ok(table(d).len())),
        contains: Some(contains),
        get_item: Some(get_item),
        set_item: Some(set_item),
        or: Some(or),
        inplace_or: Some(inplace_or),
        ..Slots::NONE
    },
    methods: &[
        def(
            "__contains__",
            "($self, key, /)",
            |a| contains(a.at(0), a.at(1)).map(Value::bool),
            "True if the dictionary has the specified key, else False.",
        ),
        def("__getitem__", "($self, key, /)", |a| get_item(a.at(0), a.at(1)), "Return self[key]."),
        def("__sizeof__", "($self, /)", sizeof, "Return the size of the dict in memory, in bytes."),
        def("get", "($self, key, default=None, /)", get_method, "Return the value for key if key is in the dictionary, else default."),
        def(
            "setdefault",
            "($self, key, default=None, /)",
            setdefault,
            "Insert key with a value of default if key is not in the dictionary.\n\nReturn the value for key if key is in the dictionary, else default.",
        ),
        def(
            "pop",
            "($self, key, default=<unrepresentable>, /)",
            pop,
            "D.pop(k[,d]) -> v, remove specified key and return the corresponding value.\n\nIf the key is not found, return the default if given; otherwise,\nraise a KeyError.",
        ),
        def(
            "popitem",
            "($self, /)",
            popitem,
            "Remove and return a (key, value) pair as a 2-tuple.\n\nPairs are returned in LIFO (last-in, first-out) order.\nRaises KeyError if the dict is empty.",
        ),
        def("keys", "($self, /)", |a| Ok(dict_views::new_keys(a.at(0))), "Return a set-like object providing a view on the dict's keys."),
        def(
            "items",
            "($self, /)",
            |a| Ok(dict_views::new_items(a.at(0))),
            "Return a set-like object providing a view on the dict's items.",
        ),
        def("values", "($self, /)", |a| Ok(dict_views::new_values(a.at(0))), "Return an object providing a view on the dict's values."),
        raw(
            "update",
            "",
            update_method,
            "D.update([E, ]**F) -> None.  Update D from mapping/iterable E and F.\nIf E is present and has a .keys() method, then does:  for k in E.keys(): D[k] = E[k]\nIf E is present and lacks a .keys() method, then does:  for k, v in E: D[k] = v\nIn either case, this is followed by: for k in F:  D[k] = F[k]",
        ),
        class_def(
            "fromkeys",
            "($type, iterable, value=None, /)",
            fromkeys,
            "Create a new dictionary with keys from iterable and values set to value.",
        ),
        def("clear", "($self, /)", clear, "Remove all items from the dict."),
        def("copy", "($self, /)", |a| try_copy(a.at(0)), "Return a shallow copy of the dict."),
        def(
            "__reversed__",
            "($self, /)",
            |a| Ok(dict_views::new_reverse_key_iter(a.at(0))),
            "Return a reverse iterator over the dict keys.",
        ),
        class_def(
            "__class_getitem__",
            "($type, object, /)",
            |a| generic_alias::new(a.at(0), a.at(1)),
            "dicts are generic over two types, signifying (respectively) the types of their keys and values",
        ),
    ],
    ..TypeSpec::DEFAULT
};

/// `iter(dict)`: the slot by which a subclass that iterates as dict does is known.
pub fn dict_iter(d: &Value) -> Res {
    Ok(dict_views::new_key_iter(d))
}

/// The arguments of `dict()` and `update()`: at most one positional, then keywords.
fn update_call(d: &Value, args: &[Value], kwnames: Option<&Value>, what: &str) -> Res<()> {
    let keywords: &[Value] = kwnames.map_or(&[], tuple::items);
    let (positional, values) = args.split_at(args.len() - keywords.len());
    match positional {
        [] => {}
        [arg] => update_from(d, arg)?,
        more => return Err(exc::type_error(format!("{what} expected at most 1 argument, got {}", more.len()))),
    }
    for (name, value) in keywords.iter().zip(values) {
        set(d, name, value)?;
    }
    Ok(())
}

fn update_method(args: &[Value], kwnames: Option<&Value>) -> Res {
    let Some((d, rest)) = args.split_first() else { return Err(exc::type_error("unbound method dict.update() needs an argument")) };
    update_call(d, rest, kwnames, "update")?;
    Ok(Value::NONE)
}

fn repr(d: &Value) -> Res {
    if table(d).is_empty() {
        return Ok(str::new("{}"));
    }
    let Some(_guard) = ReprGuard::enter(d) else { return Ok(str::new("{...}")) };
    let mut out = text("{");
    let (mut pos, mut first) = (0, true);
    while let Some((key, value)) = super::next(d, &mut pos) {
        if !first {
            out.push_str(", ");
        }
        first = false;
        out.push_value(&protocol::repr(&key)?);
        out.push_str(": ");
        out.push_value(&protocol::repr(&value)?);
    }
    out.push_str("}");
    Ok(out.finish())
}

fn compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    if a.downcast::<Dict>().is_none() || b.downcast::<Dict>().is_none() || !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    check_native_stack(" in comparison")?;
    Ok(Value::bool(equal(a, b)? == (op == CompareOp::Eq)))
}

fn equal(a: &Value, b: &Value) -> Res<bool> {
    let (x, y) = (table(a), table(b));
    if x.len() != y.len() {
        return Ok(false);
    }
    let mut pos = 0;
    while let Some((key, hash, value)) = super::next_hashed(a, &mut pos) {
        let Some(other) = y.find(&key, hash)?.and_then(|i| y.at(i)).map(|(_, v)| v.clone()) else { return Ok(false) };
        if !protocol::compare_bool(&value, &other, CompareOp::Eq)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn get_item(d: &Value, key: &Value) -> Res {
    match get(d, key)? {
        Some(v) => Ok(v),
        None => missing_or_raise(d, key),
    }
}

/// What a subscript of a key that is not there gives: `__missing__` of a subclass, or KeyError.
#[cold]
pub fn missing_or_raise(d: &Value, key: &Value) -> Res {
    if !std::ptr::eq(d.class(), types().dict)
        && let Some(r) = crate::call::call_special(d, &names().__missing__, &[key])
    {
        return r;
    }
    Err(exc::key_error(key))
}

fn set_item(d: &Value, key: &Value, value: Option<&Value>) -> Res<()> {
    match value {
        Some(v) => set(d, key, v),
        None => {
            let hash = hash_key(key)?;
            match super::pop_hashed(d, key, hash)? {
                Some(old) => {
                    drop(old);
                    Ok(())
                }
                None => Err(exc::key_error(key)),
            }
        }
    }
}

fn or(a: &Value, b: &Value) -> Res {
    if a.downcast::<Dict>().is_none() || b.downcast::<Dict>().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let result = try_copy(a)?;
    merge(&result, b, Merge::Replace)?;
    Ok(result)
}

fn inplace_or(d: &Value, other: &Value) -> Res {
    update_from(d, other)?;
    Ok(d.clone())
}

fn sizeof(a: Args) -> Res {
    // As CPython counts it: an object of 48 bytes and the table.
    Ok(Value::usize(48 + table(a.at(0)).table_bytes()))
}

fn get_method(a: Args) -> Res {
    Ok(get(a.at(0), a.at(1))?.unwrap_or_else(|| a.opt(2).cloned().unwrap_or(Value::NONE)))
}

fn setdefault(a: Args) -> Res {
    super::set_default(a.at(0), a.at(1), a.opt(2).unwrap_or(&Value::NONE))
}

fn pop(a: Args) -> Res {
    match super::pop(a.at(0), a.at(1))? {
        Some(v) => Ok(v),
        None => a.opt(2).cloned().ok_or_else(|| exc::key_error(a.at(1))),
    }
}

fn popitem(a: Args) -> Res {
    match table(a.at(0)).pop_last() {
        Some((key, value)) => Ok(tuple::from_array([key, value])),
        None => Err(exc::new(types().key_error, "popitem(): dictionary is empty")),
    }
}

fn clear(a: Args) -> Res {
    super::clear(a.at(0));
    Ok(Value::NONE)
}

fn fromkeys(a: Args) -> Res {
    let (class, iterable, none) = (a.at(0), a.at(1), Value::NONE);
    let value = a.opt(2).unwrap_or(&none);
    let d = crate::call::call(class, &[], None)?;
    if d.downcast_exact::<Dict>().is_some() {
        if table(&d).is_empty() && iterable.downcast_exact::<Dict>().is_some() {
            let mut pos = 0;
            while let Some((key, hash, _)) = super::next_hashed(iterable, &mut pos) {
                set_hashed(&d, &key, hash, value.clone())?;
            }
            return Ok(d);
        }
        if sets::is_exact_set(iterable) {
            for (key, hash) in sets::hashed_items(iterable) {
                set_hashed(&d, &key, hash, value.clone())?;
            }
            return Ok(d);
        }
    }
    let exact = d.downcast_exact::<Dict>().is_some();
    iter::for_each(iterable, |key| if exact { set(&d, &key, value) } else { protocol::set_item(&d, &key, value) })?;
    Ok(d)
}

/// A new dict out of keyword arguments: values, and the tuple of their names.
pub fn from_keywords(names: &Value, values: &[Value]) -> Value {
    let d = new();
    for (name, value) in tuple::items(names).iter().zip(values) {
        super::set_str(&d, name, value.clone());
    }
    d
}
