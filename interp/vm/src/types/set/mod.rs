//! `set`, `frozenset` and their iterator: the payload is [`Set`] (see [`table`]); the functions here are what native code uses.

mod algebra;
pub mod iter;
mod methods;
mod table;

pub use iter::ITER_SPEC;
pub use methods::{FROZEN_SPEC, Operator, SPEC, combined};
pub use table::Set;

use crate::class::Type;
use crate::exc;
use crate::protocol;
use crate::types::dict;
use crate::value::{Payload, Res, Value, new_object};
use crate::vm::types;
use weft_layout::tag::Word;

// SAFETY: instances of set and its subclasses hold a Set at offset 8.
unsafe impl Payload for Set {
    fn class() -> &'static Type {
        types().set
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        self.trace_keys(visit);
    }

    fn clear(&self) {
        drop(self.take_contents());
    }
}

/// The payload of a frozenset: a [`Set`] under another class.
#[repr(transparent)]
pub struct FrozenSet(pub Set);

// SAFETY: instances of frozenset and its subclasses hold a FrozenSet at offset 8.
unsafe impl Payload for FrozenSet {
    fn class() -> &'static Type {
        types().frozenset
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        self.0.trace_keys(visit);
    }

    // A frozenset is not cleared: cycles through it are broken elsewhere, as with tuples.
}

/// The table of a set or frozenset.
#[inline(always)]
pub fn table(v: &Value) -> &Set {
    debug_assert!(is_any_set(v));
    // SAFETY: callers pass instances of set or frozenset, whose payloads are laid out alike.
    unsafe { &*v.ptr().add(8).cast::<Set>() }
}

/// The table of a set or frozenset, subclasses included, if the value is one.
#[inline(always)]
pub fn downcast(v: &Value) -> Option<&Set> {
    is_any_set(v).then(|| table(v))
}

/// Whether the value is a set or frozenset, subclasses included.
#[inline(always)]
pub fn is_any_set(v: &Value) -> bool {
    v.is_heap() && (v.class().is_subtype(types().set) || v.class().is_subtype(types().frozenset))
}

/// Whether the value is exactly a set or exactly a frozenset.
#[inline(always)]
pub fn is_exact_set(v: &Value) -> bool {
    std::ptr::eq(v.class(), types().set) || std::ptr::eq(v.class(), types().frozenset)
}

/// A new empty set.
pub fn new() -> Value {
    new_object(Set::new())
}

/// A new frozenset.
pub fn new_frozen(items: impl IntoIterator<Item = Value>) -> Res {
    let v = new_object(FrozenSet(Set::new()));
    for x in items {
        add(&v, &x)?;
    }
    Ok(v)
}

/// The frozenset of an iterable's items; itself, if it is exactly a frozenset.
pub fn frozen_from(iterable: &Value) -> Res {
    if std::ptr::eq(iterable.class(), types().frozenset) {
        return Ok(iterable.clone());
    }
    let contents = Set::new();
    algebra::update(&contents, iterable)?;
    Ok(new_object(FrozenSet(contents)))
}

/// The frozenset of constants of a code object, which are hashable.
pub fn frozen_from_constants(items: Vec<Value>) -> Value {
    let v = new_object(FrozenSet(Set::new()));
    for x in items {
        if let Err(e) = add(&v, &x) {
            exc::clear(e);
        }
    }
    v
}

/// A new set.
pub fn from_items(items: impl IntoIterator<Item = Value>) -> Res {
    let v = new();
    for x in items {
        add(&v, &x)?;
    }
    Ok(v)
}

/// The hash of a set element. The error says that it is about a set element.
#[inline(always)]
pub fn hash_element(x: &Value) -> Res<i64> {
    match dict::quick_hash(x) {
        Some(h) => Ok(h),
        None => protocol::hash(x).map_err(|e| dict::unhashable(e, x, "set element")),
    }
}

/// The number of elements.
pub fn len(v: &Value) -> usize {
    table(v).len()
}

/// Adds an element. Also for a frozenset that nobody has seen yet.
pub fn add(v: &Value, x: &Value) -> Res<()> {
    let hash = hash_element(x)?;
    table(v).add(x.clone(), hash)
}

/// SET_ADD: as [`add`], for what may not be a set. The one that tells a module's conditional annotations lies in a name, which a
/// program can bind anew.
pub fn add_to(v: &Value, x: &Value) -> Res<()> {
    if !v.is_instance(types().set) {
        return Err(exc::type_error(format!("'{}' object is not a set", v.class().full_name())));
    }
    add(v, x)
}

/// Whether an element is there. A set stands for the frozenset of its elements.
pub fn contains(v: &Value, x: &Value) -> Res<bool> {
    let hash = hash_of_key(x)?;
    table(v).contains(x, hash)
}

/// Takes an element out. Says whether it was there.
pub fn discard(v: &Value, x: &Value) -> Res<bool> {
    let hash = hash_of_key(x)?;
    Ok(table(v).discard(x, hash)?.is_some())
}

/// The hash to search for: an unhashable set is searched for by the hash that its frozenset has.
fn hash_of_key(x: &Value) -> Res<i64> {
    match hash_element(x) {
        Err(e) if exc::matches(types().type_error) && x.is_instance(types().set) => {
            exc::clear(e);
            Ok(algebra::frozen_hash(table(x)))
        }
        other => other,
    }
}

/// Adds all elements of an iterable.
pub fn update(v: &Value, iterable: &Value) -> Res<()> {
    algebra::update(table(v), iterable)
}

/// All elements.
pub fn items(v: &Value) -> Vec<Value> {
    hashed_items(v).into_iter().map(|(x, _)| x).collect()
}

/// All elements with their hashes.
pub fn hashed_items(v: &Value) -> Vec<(Value, i64)> {
    let t = table(v);
    let mut pos = 0;
    std::iter::from_fn(|| t.next(&mut pos)).collect()
}

/// `s - v` in place.
pub fn difference_update(s: &Value, v: &Value) -> Res<()> {
    algebra::difference_update(table(s), v)
}

/// `s ^ v` in place.
pub fn symmetric_difference_update(s: &Value, v: &Value) -> Res<()> {
    algebra::symmetric_difference_update(table(s), v)
}

/// `s.intersection(v)`: a set or frozenset, as `s` is.
pub fn intersection(s: &Value, v: &Value) -> Res {
    Ok(methods::of_base(s, algebra::intersection(table(s), v)?))
}
