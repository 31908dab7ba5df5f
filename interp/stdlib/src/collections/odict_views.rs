//! The views and iterators of `OrderedDict`.

use crate::LazyClass;
use std::cell::Cell;
use weft_layout::tag::Word;
use weft_vm::cell::Field;
use weft_vm::class::build::TypeSpec;
use weft_vm::class::native::{Args, def};
use weft_vm::class::slots::Slots;
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::exc;
use weft_vm::protocol::sequence;
use weft_vm::types::{dict, list, tuple};
use weft_vm::value::{Payload, Res, Value, new_object};
use weft_vm::vm::types;

/// What a view or iterator gives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Keys.
    Keys,
    /// Values.
    Values,
    /// Pairs.
    Items,
}

macro_rules! views {
    ($($CLASS:ident $SPEC:ident $Payload:ident $name:literal $base:ident $kind:ident;)*) => {
        $(static $CLASS: LazyClass = LazyClass::new(&$SPEC);

        static $SPEC: TypeSpec = TypeSpec {
            name: $name,
            base: Some(|| types().$base),
            payload: PayloadOps::of::<$Payload>(),
            flags: flag::DISALLOW_INSTANTIATION,
            slots: Slots { iter: Some(|v| Ok(iterator(&dict_of(v), Kind::$kind, false))), ..Slots::NONE },
            methods: &[def("__reversed__", "($self, /)", |a| Ok(iterator(&dict_of(a.at(0)), Kind::$kind, true)), "")],
            ..TypeSpec::DEFAULT
        };

        /// The payload: the dict, as in the base class.
        #[repr(C)]
        struct $Payload {
            dict: Field,
        }

        // SAFETY: every instance of the class is made with this payload, which is laid out as the base class's.
        unsafe impl Payload for $Payload {
            fn class() -> &'static Type {
                $CLASS.get()
            }

            fn trace(&self, visit: &mut dyn FnMut(Word)) {
                visit(self.dict.word());
            }
        })*
    };
}

views! {
    KEYS KEYS_SPEC KeysView "odict_keys" dict_keys Keys;
    VALUES VALUES_SPEC ValuesView "odict_values" dict_values Values;
    ITEMS ITEMS_SPEC ItemsView "odict_items" dict_items Items;
}

/// A view of an ordered dict.
pub fn view(d: &Value, kind: Kind) -> Value {
    let dict = Field::new(d.clone());
    match kind {
        Kind::Keys => new_object(KeysView { dict }),
        Kind::Values => new_object(ValuesView { dict }),
        Kind::Items => new_object(ItemsView { dict }),
    }
}

/// The dict that a view refers to.
fn dict_of(v: &Value) -> Value {
    // SAFETY: called with views only, whose payloads are all one field.
    unsafe { (*v.ptr().add(8).cast::<Field>()).value() }
}

static ITERATOR: LazyClass = LazyClass::new(&ITERATOR_SPEC);

static ITERATOR_SPEC: TypeSpec = TypeSpec {
    name: "odict_iterator",
    payload: PayloadOps::of::<OdictIter>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { iter: Some(|v| Ok(v.clone())), next: Some(next), ..Slots::NONE },
    methods: &[def("__reduce__", "($self, /)", reduce, "Return state information for pickling")],
    ..TypeSpec::DEFAULT
};

/// The payload of the iterator.
struct OdictIter {
    /// The dict, until the end.
    dict: Field,
    kind: Kind,
    reversed: bool,
    /// The dict's key set as it was.
    version: Cell<u32>,
    /// The next entry number; going back, the one above it.
    position: Cell<usize>,
}

// SAFETY: every instance of the class is made with this payload.
unsafe impl Payload for OdictIter {
    fn class() -> &'static Type {
        ITERATOR.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.dict.word());
    }

    fn clear(&self) {
        drop(self.dict.take());
    }
}

/// An iterator over an ordered dict.
pub fn iterator(d: &Value, kind: Kind, reversed: bool) -> Value {
    let position = if reversed { dict::table(d).filled() } else { 0 };
    let version = Cell::new(dict::keys_version(d));
    new_object(OdictIter { dict: Field::new(d.clone()), kind, reversed, version, position: Cell::new(position) })
}

fn next(v: &Value) -> Res<Option<Value>> {
    // SAFETY: the slot gets instances of the class.
    let it: &OdictIter = unsafe { v.payload() };
    let Some(d) = it.dict.get() else { return Ok(None) };
    if dict::keys_version(&d) != it.version.get() {
        drop(it.dict.take());
        return Err(exc::runtime_error("OrderedDict mutated during iteration"));
    }
    let table = dict::table(&d);
    let at = if it.reversed { table.previous_live(it.position.get()) } else { table.next_live(it.position.get()) };
    let Some((i, (key, value))) = at.and_then(|i| table.at(i).map(|entry| (i, entry))) else {
        drop(it.dict.take());
        return Ok(None);
    };
    it.position.set(if it.reversed { i } else { i + 1 });
    Ok(Some(match it.kind {
        Kind::Keys => key.clone(),
        Kind::Values => value.clone(),
        Kind::Items => tuple::from_array([key.clone(), value.clone()]),
    }))
}

fn reduce(a: Args) -> Res {
    // SAFETY: methods get instances of the class.
    let it: &OdictIter = unsafe { a.at(0).payload() };
    let rest = new_object(OdictIter {
        dict: Field::from_option(it.dict.get()),
        kind: it.kind,
        reversed: it.reversed,
        version: Cell::new(it.version.get()),
        position: Cell::new(it.position.get()),
    });
    let mut items = Vec::new();
    while let Some(x) = next(&rest)? {
        items.push(x);
    }
    Ok(tuple::from_array([sequence::builtin("iter")?, tuple::from_array([list::from_vec(items)])]))
}
