//! The declarations of `set` and `frozenset`, their slots and methods.

use super::{FrozenSet, Set, algebra, contains, downcast, items, iter, table};
use crate::class::build::{self, TypeSpec};
use crate::class::native::{Args, FnDef, bind_call, class_def, def};
use crate::class::slots::{CompareOp, Slots};
use crate::class::{PayloadOps, flag};
use crate::exc;
use crate::protocol::{self, sequence};
use crate::thread::check_native_stack;
use crate::types::repr_guard::{ReprGuard, text};
use crate::types::{generic_alias, list, str, tuple};
use crate::value::{Res, Value, new_instance, new_object};
use crate::vm::{names, types};

const CONTAINS: FnDef =
    def("__contains__", "($self, object, /)", |a| contains(a.at(0), a.at(1)).map(Value::bool), "x.__contains__(y) <==> y in x.");
const COPY: FnDef = def("copy", "($self, /)", copy, "Return a shallow copy of a set.");
const DIFFERENCE: FnDef = def(
    "difference",
    "($self, /, *others)",
    |a| result(a, algebra::difference_of_all(table(a.at(0)), a.rest(1))?),
    "Return a new set with elements in the set that are not in the others.",
);
const INTERSECTION: FnDef = def(
    "intersection",
    "($self, /, *others)",
    |a| result(a, algebra::intersection_of_all(table(a.at(0)), a.rest(1))?),
    "Return a new set with elements common to the set and all others.",
);
const ISDISJOINT: FnDef = def(
    "isdisjoint",
    "($self, other, /)",
    |a| algebra::is_disjoint(table(a.at(0)), a.at(1)).map(Value::bool),
    "Return True if two sets have a null intersection.",
);
const ISSUBSET: FnDef = def(
    "issubset",
    "($self, other, /)",
    |a| algebra::is_subset_of(table(a.at(0)), a.at(1)).map(Value::bool),
    "Report whether another set contains this set.",
);
const ISSUPERSET: FnDef = def(
    "issuperset",
    "($self, other, /)",
    |a| algebra::is_superset_of(table(a.at(0)), a.at(1)).map(Value::bool),
    "Report whether this set contains another set.",
);
const REDUCE: FnDef = def("__reduce__", "($self, /)", reduce, "Return state information for pickling.");
const SIZEOF: FnDef = def("__sizeof__", "($self, /)", sizeof, "S.__sizeof__() -> size of S in memory, in bytes.");
const SYMMETRIC_DIFFERENCE: FnDef = def(
    "symmetric_difference",
    "($self, other, /)",
    |a| result(a, algebra::symmetric_difference(table(a.at(0)), a.at(1))?),
    "Return a new set with elements in either the set or other but not both.",
);
const UNION: FnDef = def("union", "($self, /, *others)", union, "Return a new set with elements from the set and all others.");

const COMMON_SLOTS: Slots = Slots {
    repr: Some(repr),
    compare: Some(compare),
    iter: Some(|v| Ok(iter::new(v))),
    len: Some(|v| Ok(table(v).len())),
    contains: Some(contains),
    or: Some(or),
    and: Some(|a, b| operator(a, b, algebra::intersection)),
    subtract: Some(|a, b| operator(a, b, algebra::difference)),
    xor: Some(|a, b| operator(a, b, algebra::symmetric_difference)),
    ..Slots::NONE
};

/// The declaration of `set`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "set",
    doc: "set(iterable=(), /)\n--\n\nBuild an unordered collection of unique elements.",
    payload: PayloadOps::of::<Set>(),
    flags: flag::BASETYPE | flag::MATCH_SELF,
    slots: Slots {
        new: Some(|class, _, _| Ok(new_instance(build::of(class), Set::new()))),
        init: Some(init),
        inplace_or: Some(|a, b| in_place(a, b, algebra::update)),
        inplace_and: Some(|a, b| in_place(a, b, |s, v| intersection_update(s, std::slice::from_ref(v)))),
        inplace_subtract: Some(|a, b| in_place(a, b, algebra::difference_update)),
        inplace_xor: Some(|a, b| in_place(a, b, algebra::symmetric_difference_update)),
        ..COMMON_SLOTS
    },
    methods: &[
        CONTAINS,
        def(
            "add",
            "($self, object, /)",
            |a| super::add(a.at(0), a.at(1)).map(|()| Value::NONE),
            "Add an element to a set.\n\nThis has no effect if the element is already present.",
        ),
        def("clear", "($self, /)", clear, "Remove all elements from this set."),
        COPY,
        def(
            "discard",
            "($self, object, /)",
            |a| super::discard(a.at(0), a.at(1)).map(|_| Value::NONE),
            "Remove an element from a set if it is a member.\n\nUnlike set.remove(), the discard() method does not raise\nan exception when an element is missing from the set.",
        ),
        DIFFERENCE,
        def(
            "difference_update",
            "($self, /, *others)",
            |a| update_all(a, algebra::difference_update),
            "Update the set, removing elements found in others.",
        ),
        INTERSECTION,
        def(
            "intersection_update",
            "($self, /, *others)",
            |a| intersection_update(table(a.at(0)), a.rest(1)).map(|()| Value::NONE),
            "Update the set, keeping only elements found in it and all others.",
        ),
        ISDISJOINT,
        ISSUBSET,
        ISSUPERSET,
        def("pop", "($self, /)", pop, "Remove and return an arbitrary set element.\n\nRaises KeyError if the set is empty."),
        REDUCE,
        def(
            "remove",
            "($self, object, /)",
            remove,
            "Remove an element from a set; it must be a member.\n\nIf the element is not a member, raise a KeyError.",
        ),
        SIZEOF,
        SYMMETRIC_DIFFERENCE,
        def(
            "symmetric_difference_update",
            "($self, other, /)",
            |a| algebra::symmetric_difference_update(table(a.at(0)), a.at(1)).map(|()| Value::NONE),
            "Update the set, keeping only elements found in either set, but not in both.",
        ),
        UNION,
        def("update", "($self, /, *others)", |a| update_all(a, algebra::update), "Update the set, adding elements from all others."),
        class_def(
            "__class_getitem__",
            "($type, object, /)",
            |a| generic_alias::new(a.at(0), a.at(1)),
            "sets are generic over the type of their elements",
        ),
    ],
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

/// The declaration of `frozenset`.
pub static FROZEN_SPEC: TypeSpec = TypeSpec {
    name: "frozenset",
    doc: "frozenset(iterable=(), /)\n--\n\nBuild an immutable unordered collection of unique elements.",
    payload: PayloadOps::of::<FrozenSet>(),
    flags: flag::BASETYPE | flag::MATCH_SELF,
    slots: Slots { new: Some(frozen_new), hash: Some(hash), ..COMMON_SLOTS },
    methods: &[
        CONTAINS,
        COPY,
        DIFFERENCE,
        INTERSECTION,
        ISDISJOINT,
        ISSUBSET,
        ISSUPERSET,
        REDUCE,
        SIZEOF,
        SYMMETRIC_DIFFERENCE,
        UNION,
        class_def(
            "__class_getitem__",
            "($type, object, /)",
            |a| generic_alias::new(a.at(0), a.at(1)),
            "frozensets are generic over the type of their elements",
        ),
    ],
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

fn init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    let (args, kwnames) = sequence::init_args(v.class(), types().set, args, kwnames);
    bind_call("set", "(iterable=(), /)", args, kwnames, |a| {
        drop(table(v).take_contents());
        a.opt(0).map_or(Ok(()), |x| super::update(v, x))
    })
}

fn frozen_new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let class = build::of(class);
    let exact = std::ptr::eq(class, types().frozenset);
    let (args, kwnames) = sequence::new_args(class, types().frozenset, args, kwnames);
    bind_call("frozenset", "(iterable=(), /)", args, kwnames, |a| {
        if let Some(x) = a.opt(0)
            && exact
            && std::ptr::eq(x.class(), types().frozenset)
        {
            return Ok(x.clone());
        }
        let contents = Set::new();
        if let Some(x) = a.opt(0) {
            algebra::update(&contents, x)?;
        }
        Ok(new_instance(class, FrozenSet(contents)))
    })
}

/// A new set or frozenset, as the operand is: results are never of a subclass.
pub(super) fn of_base(model: &Value, contents: Set) -> Value {
    if model.is_instance(types().set) { new_object(contents) } else { new_object(FrozenSet(contents)) }
}

fn result(a: Args, contents: Set) -> Res {
    Ok(of_base(a.at(0), contents))
}

fn repr(v: &Value) -> Res {
    let name = v.class().name();
    if table(v).is_empty() {
        return Ok(str::from_string(format!("{name}()")));
    }
    let Some(_guard) = ReprGuard::enter(v) else { return Ok(str::from_string(format!("{name}(...)"))) };
    let plain = std::ptr::eq(v.class(), types().set);
    let mut out = text("");
    if !plain {
        out.push_str(&name);
        out.push_str("(");
    }
    out.push_str("{");
    for (i, x) in items(v).iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        out.push_value(&protocol::repr(x)?);
    }
    out.push_str(if plain { "}" } else { "})" });
    Ok(out.finish())
}

fn hash(v: &Value) -> Res<i64> {
    let s = table(v);
    if s.hash.get() == -1 {
        s.hash.set(algebra::frozen_hash(s));
    }
    Ok(s.hash.get())
}

fn compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    let (Some(x), Some(y)) = (downcast(a), downcast(b)) else { return Ok(Value::NOT_IMPLEMENTED) };
    check_native_stack(" in comparison")?;
    let holds = match op {
        CompareOp::Eq => algebra::equal(x, y)?,
        CompareOp::Ne => !algebra::equal(x, y)?,
        CompareOp::Le => algebra::is_subset(x, y)?,
        CompareOp::Ge => algebra::is_subset(y, x)?,
        CompareOp::Lt => x.len() < y.len() && algebra::is_subset(x, y)?,
        CompareOp::Gt => x.len() > y.len() && algebra::is_subset(y, x)?,
    };
    Ok(Value::bool(holds))
}

fn operator(a: &Value, b: &Value, f: fn(&Set, &Value) -> Res<Set>) -> Res {
    match algebra::both(a, b) {
        Some(s) => Ok(of_base(a, f(s, b)?)),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

/// An operator that makes a set of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Operator {
    /// `a & b`.
    And,
    /// `a | b`.
    Or,
    /// `a - b`.
    Subtract,
}

/// What an operator makes of two sets or frozensets.
pub fn combined(op: Operator, a: &Value, b: &Value) -> Res {
    match op {
        Operator::And => operator(a, b, algebra::intersection),
        Operator::Subtract => operator(a, b, algebra::difference),
        Operator::Or => or(a, b),
    }
}

fn or(a: &Value, b: &Value) -> Res {
    operator(a, b, |s, other| {
        let result = algebra::copy(s)?;
        algebra::update(&result, other)?;
        Ok(result)
    })
}

fn in_place(a: &Value, b: &Value, f: fn(&Set, &Value) -> Res<()>) -> Res {
    if downcast(b).is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    f(table(a), b)?;
    Ok(a.clone())
}

fn update_all(a: Args, f: fn(&Set, &Value) -> Res<()>) -> Res {
    for other in a.rest(1) {
        f(table(a.at(0)), other)?;
    }
    Ok(Value::NONE)
}

fn intersection_update(s: &Set, others: &[Value]) -> Res<()> {
    let result = algebra::intersection_of_all(s, others)?;
    s.swap(&result);
    drop(result);
    Ok(())
}

fn clear(a: Args) -> Res {
    drop(table(a.at(0)).take_contents());
    Ok(Value::NONE)
}

fn copy(a: Args) -> Res {
    let v = a.at(0);
    if std::ptr::eq(v.class(), types().frozenset) {
        return Ok(v.clone());
    }
    Ok(of_base(v, algebra::copy(table(v))?))
}

fn union(a: Args) -> Res {
    let s = table(a.at(0));
    let union = algebra::copy(s)?;
    for other in a.rest(1) {
        if !other.is(a.at(0)) {
            algebra::update(&union, other)?;
        }
    }
    result(a, union)
}

fn pop(a: Args) -> Res {
    table(a.at(0)).pop().ok_or_else(|| exc::new(types().key_error, "pop from an empty set"))
}

fn remove(a: Args) -> Res {
    if super::discard(a.at(0), a.at(1))? { Ok(Value::NONE) } else { Err(exc::key_error(a.at(1))) }
}

fn reduce(a: Args) -> Res {
    let v = a.at(0);
    let keys = list::from_vec(items(v));
    let state = crate::call::call_special(v, &names().__getstate__, &[]).unwrap_or(Ok(Value::NONE))?;
    Ok(tuple::from_array([v.class().value(), tuple::from_array([keys]), state]))
}

fn sizeof(a: Args) -> Res {
    // As CPython counts it: an object of 200 bytes, which has room for a small table, and a larger table.
    Ok(Value::usize(200 + table(a.at(0)).table_bytes()))
}
