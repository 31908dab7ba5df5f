//! Iterators over dicts: keys, values and items, forwards and backwards. All six share one payload.

use crate::cell::Field;
use crate::class::build::TypeSpec;
use crate::class::native::{Args, FnDef, def};
use crate::class::slots::Slots;
use crate::class::{PayloadOps, Type, flag};
use crate::exc;
use crate::protocol::sequence;
use crate::types::dict::{self, Dict};
use crate::types::{list, tuple};
use crate::value::{Payload, Res, Value, new_instance};
use crate::vm::types;
use std::cell::Cell;
use weft_layout::tag::Word;

/// What an iterator yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Kind {
    Keys,
    Values,
    Items,
}

/// The payload of a dict iterator.
#[repr(C)]
pub struct DictIter {
    /// The dict; empty once the iterator is exhausted.
    dict: Field,
    /// The number of entries there were at the start.
    size: Cell<usize>,
    /// Forwards: the entry to look at next. Backwards: one more than that.
    position: Cell<usize>,
    /// Entries left.
    left: Cell<usize>,
}

// SAFETY: instances of the six classes hold a DictIter at offset 8. They are not related to each other: `class` names
// one of them, and the payload is taken by the functions here only, which know that theirs is one of the six.
unsafe impl Payload for DictIter {
    fn class() -> &'static Type {
        types().dict_key_iterator
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.dict.word());
    }

    fn clear(&self) {
        drop(self.dict.take());
    }
}

const LENGTH_HINT: FnDef = def("__length_hint__", "($self, /)", length_hint, "Private method returning an estimate of len(list(it)).");

macro_rules! iterators {
    ($($(#[$doc:meta])* $spec:ident $name:literal $step:expr, $reduce:expr;)*) => {
        $($(#[$doc])*
        pub static $spec: TypeSpec = TypeSpec {
            name: $name,
            payload: PayloadOps::of::<DictIter>(),
            flags: flag::DISALLOW_INSTANTIATION,
            slots: Slots { iter: Some(|v| Ok(v.clone())), next: Some($step), ..Slots::NONE },
            methods: &[LENGTH_HINT, def("__reduce__", "($self, /)", $reduce, "Return state information for pickling.")],
            ..TypeSpec::DEFAULT
        };)*
    };
}

iterators! {
    /// The declaration of `dict_keyiterator`.
    KEY_ITER_SPEC "dict_keyiterator" |v| iter_next(v, Kind::Keys), |a| reduce(a, Kind::Keys, false);
    /// The declaration of `dict_valueiterator`.
    VALUE_ITER_SPEC "dict_valueiterator" |v| iter_next(v, Kind::Values), |a| reduce(a, Kind::Values, false);
    /// The declaration of `dict_itemiterator`.
    ITEM_ITER_SPEC "dict_itemiterator" |v| iter_next(v, Kind::Items), |a| reduce(a, Kind::Items, false);
    /// The declaration of `dict_reversekeyiterator`.
    REVERSE_KEY_ITER_SPEC "dict_reversekeyiterator" |v| reverse_next(v, Kind::Keys), |a| reduce(a, Kind::Keys, true);
    /// The declaration of `dict_reversevalueiterator`.
    REVERSE_VALUE_ITER_SPEC "dict_reversevalueiterator" |v| reverse_next(v, Kind::Values), |a| reduce(a, Kind::Values, true);
    /// The declaration of `dict_reverseitemiterator`.
    REVERSE_ITEM_ITER_SPEC "dict_reverseitemiterator" |v| reverse_next(v, Kind::Items), |a| reduce(a, Kind::Items, true);
}

fn make(class: &Type, dict: &Value, position: usize) -> Value {
    let n = dict::len(dict);
    let payload = DictIter { dict: Field::new(dict.clone()), size: Cell::new(n), position: Cell::new(position), left: Cell::new(n) };
    new_instance(class, payload)
}

/// An iterator over a dict.
pub fn new(dict: &Value, kind: Kind) -> Value {
    let class = match kind {
        Kind::Keys => types().dict_key_iterator,
        Kind::Values => types().dict_value_iterator,
        Kind::Items => types().dict_item_iterator,
    };
    make(class, dict, 0)
}

/// A reverse iterator over a dict.
pub fn new_reverse(dict: &Value, kind: Kind) -> Value {
    let class = match kind {
        Kind::Keys => types().dict_reverse_key_iterator,
        Kind::Values => types().dict_reverse_value_iterator,
        Kind::Items => types().dict_reverse_item_iterator,
    };
    make(class, dict, dict::table(dict).filled())
}

/// `iter(dict)`.
pub fn new_key_iter(dict: &Value) -> Value {
    new(dict, Kind::Keys)
}

/// `reversed(dict)`.
pub fn new_reverse_key_iter(dict: &Value) -> Value {
    new_reverse(dict, Kind::Keys)
}

fn this(v: &Value) -> &DictIter {
    // SAFETY: called with dict iterators only.
    unsafe { &*v.ptr().add(8).cast::<DictIter>() }
}

fn pick(d: &Dict, i: usize, kind: Kind) -> Option<Value> {
    let (key, value) = d.at(i)?;
    Some(match kind {
        Kind::Keys => key.clone(),
        Kind::Values => value.clone(),
        Kind::Items => tuple::from_array([key.clone(), value.clone()]),
    })
}

impl DictIter {
    /// Raises RuntimeError if the dict has grown or shrunk, now and ever after.
    fn check_size(&self, d: &Dict) -> Res<()> {
        if self.size.get() != d.len() {
            self.size.set(usize::MAX);
            return Err(exc::runtime_error("dictionary changed size during iteration"));
        }
        Ok(())
    }

    fn finish(&self) -> Res<Option<Value>> {
        drop(self.dict.take());
        Ok(None)
    }
}

/// The next item of a forward dict iterator that yields `kind`.
#[inline]
pub fn iter_next(v: &Value, kind: Kind) -> Res<Option<Value>> {
    let it = this(v);
    let Some(dict) = it.dict.get() else { return Ok(None) };
    let d = dict::table(&dict);
    it.check_size(d)?;
    let Some(i) = d.next_live(it.position.get()) else { return it.finish() };
    if it.left.get() == 0 {
        // As many entries as at the start have come, and there is another: some were replaced.
        drop(it.dict.take());
        return Err(exc::runtime_error("dictionary keys changed during iteration"));
    }
    it.position.set(i + 1);
    it.left.set(it.left.get() - 1);
    Ok(pick(d, i, kind))
}

/// As [`iter_next`] of keys or values, for compiled code: `Some(None)` at the end, `None` where that raises, and nothing has
/// been done then.
#[inline]
pub fn advance(v: &Value, kind: Kind) -> Option<Option<Value>> {
    let it = this(v);
    let Some(dict) = it.dict.peek() else { return Some(None) };
    let d = dict::table(dict);
    if it.size.get() != d.len() {
        return None;
    }
    let Some(i) = d.next_live(it.position.get()) else { return Some(None) };
    if it.left.get() == 0 {
        return None;
    }
    it.position.set(i + 1);
    it.left.set(it.left.get() - 1);
    Some(pick(d, i, kind))
}

/// The value of the entry that was yielded last.
#[inline]
pub fn value_here(v: &Value) -> Option<Value> {
    let it = this(v);
    let (_, value) = dict::table(it.dict.peek()?).at(it.position.get().checked_sub(1)?)?;
    Some(value.clone())
}

/// Whether compiled code can draw another item.
pub fn has_next(v: &Value) -> bool {
    let it = this(v);
    it.dict.peek().is_some_and(|d| {
        let d = dict::table(d);
        it.size.get() == d.len() && it.left.get() > 0 && d.next_live(it.position.get()).is_some()
    })
}

fn reverse_next(v: &Value, kind: Kind) -> Res<Option<Value>> {
    let it = this(v);
    let Some(dict) = it.dict.get() else { return Ok(None) };
    let d = dict::table(&dict);
    it.check_size(d)?;
    let Some(i) = d.previous_live(it.position.get()) else { return it.finish() };
    it.position.set(i);
    it.left.set(it.left.get().saturating_sub(1));
    Ok(pick(d, i, kind))
}

fn length_hint(a: Args) -> Res {
    let it = this(a.at(0));
    let n = it.dict.peek().map_or(0, |d| if it.size.get() == dict::len(d) { it.left.get() } else { 0 });
    Ok(Value::usize(n))
}

fn reduce(a: Args, kind: Kind, reverse: bool) -> Res {
    let it = this(a.at(0));
    let rest = list::new();
    if let Some(dict) = it.dict.get() {
        let d = dict::table(&dict);
        if it.size.get() != d.len() {
            return Err(exc::runtime_error("dictionary changed size during iteration"));
        }
        let mut position = it.position.get();
        loop {
            let i = if reverse { d.previous_live(position) } else { d.next_live(position) };
            let Some(i) = i else { break };
            position = if reverse { i } else { i + 1 };
            if let Some(x) = pick(d, i, kind) {
                list::push(&rest, x);
            }
        }
    }
    Ok(tuple::from_array([sequence::builtin("iter")?, tuple::from_array([rest])]))
}
