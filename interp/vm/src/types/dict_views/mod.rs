//! `dict_keys`, `dict_values`, `dict_items`: live views of a dict, two of them set-like.

pub mod iter;

pub use iter::{
    DictIter, ITEM_ITER_SPEC, KEY_ITER_SPEC, Kind, REVERSE_ITEM_ITER_SPEC, REVERSE_KEY_ITER_SPEC, REVERSE_VALUE_ITER_SPEC, VALUE_ITER_SPEC,
    iter_next, new_key_iter, new_reverse_key_iter,
};

use crate::cell::Field;
use crate::class::build::TypeSpec;
use crate::class::native::{Args, FnDef, GetSetDef, def, getter};
use crate::class::slots::{CompareOp, Slots};
use crate::class::{PayloadOps, Type, flag};
use crate::protocol::{self, iter as iteration};
use crate::thread::check_native_stack;
use crate::types::repr_guard::{ReprGuard, text};
use crate::types::{dict, list, mappingproxy, set, str, tuple};
use crate::value::{Payload, Res, Value, new_object};
use crate::vm::types;
use weft_layout::tag::Word;

macro_rules! views {
    ($($(#[$doc:meta])* $payload:ident $class:ident;)*) => {
        $($(#[$doc])*
        #[repr(C)]
        pub struct $payload {
            dict: Field,
        }

        // SAFETY: instances of the class hold this payload at offset 8.
        unsafe impl Payload for $payload {
            fn class() -> &'static Type {
                types().$class
            }

            fn trace(&self, visit: &mut dyn FnMut(Word)) {
                visit(self.dict.word());
            }
        })*
    };
}

views! {
    /// The payload of `dict_keys`.
    Keys dict_keys;
    /// The payload of `dict_values`.
    Values dict_values;
    /// The payload of `dict_items`.
    Items dict_items;
}

const MAPPING: GetSetDef = getter("mapping", |v| Ok(mappingproxy::new(dict_of(v))), "dictionary that this view refers to");
const ISDISJOINT: FnDef =
    def("isdisjoint", "($self, object, /)", isdisjoint, "Return True if the view and the given iterable have a null intersection.");

const SET_SLOTS: Slots = Slots {
    repr: Some(repr),
    len: Some(len),
    compare: Some(compare),
    or: Some(or),
    and: Some(and),
    subtract: Some(subtract),
    xor: Some(xor),
    ..Slots::NONE
};

/// The declaration of `dict_keys`.
pub static KEYS_SPEC: TypeSpec = TypeSpec {
    name: "dict_keys",
    payload: PayloadOps::of::<Keys>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots {
        iter: Some(|v| Ok(iter::new(&dict_of(v), Kind::Keys))),
        contains: Some(|v, x| dict::contains(&dict_of(v), x)),
        ..SET_SLOTS
    },
    methods: &[
        ISDISJOINT,
        def(
            "__reversed__",
            "($self, /)",
            |a| Ok(iter::new_reverse(&dict_of(a.at(0)), Kind::Keys)),
            "Return a reverse iterator over the dict keys.",
        ),
    ],
    getsets: &[MAPPING],
    ..TypeSpec::DEFAULT
};

/// The declaration of `dict_values`.
pub static VALUES_SPEC: TypeSpec = TypeSpec {
    name: "dict_values",
    payload: PayloadOps::of::<Values>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { repr: Some(repr), len: Some(len), iter: Some(|v| Ok(iter::new(&dict_of(v), Kind::Values))), ..Slots::NONE },
    methods: &[def(
        "__reversed__",
        "($self, /)",
        |a| Ok(iter::new_reverse(&dict_of(a.at(0)), Kind::Values)),
        "Return a reverse iterator over the dict values.",
    )],
    getsets: &[MAPPING],
    ..TypeSpec::DEFAULT
};

/// The declaration of `dict_items`.
pub static ITEMS_SPEC: TypeSpec = TypeSpec {
    name: "dict_items",
    payload: PayloadOps::of::<Items>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { iter: Some(|v| Ok(iter::new(&dict_of(v), Kind::Items))), contains: Some(items_contain), ..SET_SLOTS },
    methods: &[
        ISDISJOINT,
        def(
            "__reversed__",
            "($self, /)",
            |a| Ok(iter::new_reverse(&dict_of(a.at(0)), Kind::Items)),
            "Return a reverse iterator over the dict items.",
        ),
    ],
    getsets: &[MAPPING],
    ..TypeSpec::DEFAULT
};

/// `dict.keys()`.
pub fn new_keys(dict: &Value) -> Value {
    new_object(Keys { dict: Field::new(dict.clone()) })
}

/// `dict.values()`.
pub fn new_values(dict: &Value) -> Value {
    new_object(Values { dict: Field::new(dict.clone()) })
}

/// `dict.items()`.
pub fn new_items(dict: &Value) -> Value {
    new_object(Items { dict: Field::new(dict.clone()) })
}

/// Whether the value is a view that acts as a set.
fn is_set_like(v: &Value) -> bool {
    v.is_instance(types().dict_keys) || v.is_instance(types().dict_items)
}

/// The dict that a view refers to.
fn dict_of(v: &Value) -> Value {
    // SAFETY: called with views only, whose payloads are all one field.
    unsafe { (*v.ptr().add(8).cast::<Field>()).value() }
}

fn len(v: &Value) -> Res<usize> {
    Ok(dict::len(&dict_of(v)))
}

fn repr(v: &Value) -> Res {
    let Some(_guard) = ReprGuard::enter(v) else { return Ok(str::new("...")) };
    let mut out = text(&v.class().name());
    out.push_str("(");
    out.push_value(&protocol::repr(&list::from_vec(iteration::collect(v)?))?);
    out.push_str(")");
    Ok(out.finish())
}

fn items_contain(v: &Value, pair: &Value) -> Res<bool> {
    if !pair.is_instance(types().tuple) {
        return Ok(false);
    }
    let [key, value] = tuple::items(pair) else { return Ok(false) };
    match dict::get(&dict_of(v), key)? {
        Some(found) => protocol::compare_bool(&found, value, CompareOp::Eq),
        None => Ok(false),
    }
}

/// Whether all items of one are in the other.
fn all_contained(a: &Value, b: &Value) -> Res<bool> {
    let it = iteration::iter(a)?;
    while let Some(x) = iteration::next(&it)? {
        if !protocol::contains(b, &x)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    if !set::is_any_set(b) && !is_set_like(b) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    check_native_stack(" in comparison")?;
    let (x, y) = (len(a)?, protocol::len(b)?);
    let holds = match op {
        CompareOp::Eq => x == y && all_contained(a, b)?,
        CompareOp::Ne => !(x == y && all_contained(a, b)?),
        CompareOp::Lt => x < y && all_contained(a, b)?,
        CompareOp::Le => x <= y && all_contained(a, b)?,
        CompareOp::Gt => x > y && all_contained(b, a)?,
        CompareOp::Ge => x >= y && all_contained(b, a)?,
    };
    Ok(Value::bool(holds))
}

/// The set to begin an operation with.
fn set_of(v: &Value) -> Res {
    let s = set::new();
    if v.is_instance(types().dict_keys) {
        set::update(&s, &keys_source(v))?;
    } else {
        set::update(&s, v)?;
    }
    Ok(s)
}

/// The dict behind a keys view, if iterating over it is iterating over the view.
fn keys_source(v: &Value) -> Value {
    let d = dict_of(v);
    if d.downcast_exact::<dict::Dict>().is_some() { d } else { v.clone() }
}

fn or(a: &Value, b: &Value) -> Res {
    let s = set_of(a)?;
    set::update(&s, b)?;
    Ok(s)
}

fn subtract(a: &Value, b: &Value) -> Res {
    let s = set_of(a)?;
    set::difference_update(&s, b)?;
    Ok(s)
}

fn and(a: &Value, b: &Value) -> Res {
    // Either operand may be the view.
    let (mut a, mut b) = if is_set_like(a) { (a, b) } else { (b, a) };
    if std::ptr::eq(b.class(), types().set) && len(a)? <= set::len(b) {
        return set::intersection(b, a);
    }
    if is_set_like(b) && len(b)? > len(a)? {
        std::mem::swap(&mut a, &mut b);
    }
    let result = set::new();
    let it = iteration::iter(b)?;
    while let Some(x) = iteration::next(&it)? {
        if protocol::contains(a, &x)? {
            set::add(&result, &x)?;
        }
    }
    Ok(result)
}

fn xor(a: &Value, b: &Value) -> Res {
    if a.is_instance(types().dict_items) && b.is_instance(types().dict_items) {
        return items_xor(a, b);
    }
    let s = set_of(a)?;
    set::symmetric_difference_update(&s, b)?;
    Ok(s)
}

/// `items ^ items`, which hashes only the pairs that are in the result.
fn items_xor(a: &Value, b: &Value) -> Res {
    let (x, y) = (dict_of(a), dict_of(b));
    let result = set::new();
    let rest = dict::try_copy(&x)?;
    let mut pos = 0;
    while let Some((key, hash, value)) = dict::next_hashed(&y, &mut pos) {
        let other = dict::get_hashed(&rest, &key, hash)?;
        let same = match &other {
            Some(o) => protocol::compare_bool(o, &value, CompareOp::Eq)?,
            None => false,
        };
        if same {
            drop(dict::pop_hashed(&rest, &key, hash)?);
        } else {
            set::add(&result, &tuple::from_array([key, value]))?;
        }
    }
    for (key, value) in dict::entries(&rest) {
        set::add(&result, &tuple::from_array([key, value]))?;
    }
    Ok(result)
}

fn isdisjoint(a: Args) -> Res {
    let (mut v, mut other) = (a.at(0), a.at(1));
    if v.is(other) {
        return Ok(Value::bool(len(v)? == 0));
    }
    if (set::is_exact_set(other) || is_set_like(other)) && protocol::len(other)? > len(v)? {
        std::mem::swap(&mut v, &mut other);
    }
    let it = iteration::iter(other)?;
    while let Some(x) = iteration::next(&it)? {
        if protocol::contains(v, &x)? {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}
