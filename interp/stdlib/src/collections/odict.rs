//! `OrderedDict`. Follows CPython's `Objects/odictobject.c`; the order is the dict's own, so the class adds to `dict`
//! only what reorders or looks at the order.

use super::odict_views::{self, Kind};
use crate::LazyClass;
use std::cell::Cell;
use weft_layout::tag::Word;
use weft_vm::class::build::{self, TypeSpec};
use weft_vm::class::native::{Args, class_def, def, raw};
use weft_vm::class::slots::{CompareOp, Slots};
use weft_vm::class::{PayloadOps, Type, flag};
use weft_vm::protocol::{self, attr, iter};
use weft_vm::types::dict::{self, Dict};
use weft_vm::types::repr_guard::ReprGuard;
use weft_vm::types::text::Text;
use weft_vm::types::{object, str, tuple};
use weft_vm::value::{Payload, Res, Value, new_instance};
use weft_vm::vm::{names, types};
use weft_vm::{call, exc};

/// `collections.OrderedDict`
pub static ORDERED_DICT: LazyClass = LazyClass::new(&SPEC);

static SPEC: TypeSpec = TypeSpec {
    name: "collections.OrderedDict",
    doc: "Dictionary that remembers insertion order",
    base: Some(|| types().dict),
    payload: PayloadOps::of::<OrderedDict>(),
    flags: flag::BASETYPE,
    slots: Slots {
        new: Some(|class, _, _| Ok(new_instance(build::of(class), OrderedDict::new()))),
        init: Some(|v, args, kwnames| update(v, args, kwnames, "")),
        repr: Some(repr),
        compare: Some(compare),
        iter: Some(|v| Ok(odict_views::iterator(v, Kind::Keys, false))),
        or: Some(or),
        inplace_or: Some(|v, other| update_from(v, other).map(|()| v.clone())),
        ..Slots::NONE
    },
    methods: &[
        class_def(
            "fromkeys",
            "($type, /, iterable, value=None)",
            fromkeys,
            "Create a new ordered dictionary with keys from iterable and values set to value.",
        ),
        def("__sizeof__", "($self, /)", sizeof, ""),
        def("__reduce__", "($self, /)", reduce, "Return state information for pickling"),
        def(
            "setdefault",
            "($self, /, key, default=None)",
            setdefault,
            "Insert key with a value of default if key is not in the dictionary.\n\nReturn the value for key if key is in the dictionary, else default.",
        ),
        def(
            "pop",
            "($self, /, key, default=<unrepresentable>)",
            pop,
            "od.pop(key[,default]) -> v, remove specified key and return the corresponding value.\n\nIf the key is not found, return the default if given; otherwise,\nraise a KeyError.",
        ),
        def(
            "popitem",
            "($self, /, last=True)",
            popitem,
            "Remove and return a (key, value) pair from the dictionary.\n\nPairs are returned in LIFO order if last is true or FIFO order if\nfalse.",
        ),
        def("keys", "($self, /)", |a| Ok(odict_views::view(a.at(0), Kind::Keys)), ""),
        def("values", "($self, /)", |a| Ok(odict_views::view(a.at(0), Kind::Values)), ""),
        def("items", "($self, /)", |a| Ok(odict_views::view(a.at(0), Kind::Items)), ""),
        raw("update", "", update_method, ""),
        def("clear", "($self, /)", clear, "Remove all items from ordered dict."),
        def("copy", "($self, /)", |a| copy(a.at(0)), "A shallow copy of ordered dict."),
        def("__reversed__", "($self, /)", |a| Ok(odict_views::iterator(a.at(0), Kind::Keys, true)), "od.__reversed__() <==> reversed(od)"),
        def(
            "move_to_end",
            "($self, /, key, last=True)",
            move_to_end,
            "Move an existing element to the end (or beginning if last is false).\n\nRaise KeyError if the element does not exist.",
        ),
    ],
    has_dict: true,
    has_weakrefs: true,
    ..TypeSpec::DEFAULT
};

/// The payload: that of a dict, and where its first entry was when last looked for.
#[repr(C)]
struct OrderedDict {
    dict: Dict,
    /// Entries below this number are deleted, as long as `moves` is the table's.
    front: Cell<u32>,
    moves: Cell<u16>,
}

// SAFETY: every instance of OrderedDict is made with this payload, which begins with a dict's.
unsafe impl Payload for OrderedDict {
    fn class() -> &'static Type {
        ORDERED_DICT.get()
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        self.dict.trace(visit);
    }

    fn clear(&self) {
        self.dict.clear();
    }
}

impl OrderedDict {
    fn new() -> OrderedDict {
        OrderedDict { dict: Dict::new(), front: Cell::new(0), moves: Cell::new(0) }
    }

    /// The number of the first entry. The search begins where the last one ended, so that emptying from the front is fast.
    fn first(&self) -> Option<usize> {
        let moves = self.dict.moves();
        let from = if self.moves.get() == moves { self.front.get() as usize } else { 0 };
        let i = self.dict.next_live(from)?;
        self.front.set(i as u32);
        self.moves.set(moves);
        Some(i)
    }

    fn last(&self) -> Option<usize> {
        self.dict.previous_live(self.dict.filled())
    }
}

fn this(v: &Value) -> &OrderedDict {
    // SAFETY: methods and slots get instances of the class.
    unsafe { v.payload() }
}

/// Whether the value is an OrderedDict.
fn is_ordered(v: &Value) -> bool {
    v.is_instance(ORDERED_DICT.get())
}

fn is_exact(v: &Value) -> bool {
    std::ptr::eq(v.class(), ORDERED_DICT.get())
}

/// Sets one item, as the class of the dict does it.
fn set(v: &Value, key: &Value, value: &Value) -> Res<()> {
    if is_exact(v) { dict::set(v, key, value) } else { protocol::set_item(v, key, value) }
}

/// Adds pairs, with the messages of `MutableMapping.update` in C.
fn add_pairs(v: &Value, pairs: &Value) -> Res<()> {
    iter::for_each(pairs, |pair| {
        let it = iter::iter(&pair)?;
        let key = iter::next(&it)?.ok_or_else(|| exc::value_error("need more than 0 values to unpack"))?;
        let value = iter::next(&it)?.ok_or_else(|| exc::value_error("need more than 1 value to unpack"))?;
        if iter::next(&it)?.is_some() {
            return Err(exc::value_error("too many values to unpack (expected 2)"));
        }
        set(v, &key, &value)
    })
}

fn update_from(v: &Value, other: &Value) -> Res<()> {
    if other.downcast_exact::<Dict>().is_some() {
        for (key, value) in dict::entries(other) {
            set(v, &key, &value)?;
        }
        return Ok(());
    }
    if let Some(keys) = attr::getattr_opt(other, &names().keys)? {
        return iter::for_each(&call::call0(&keys)?, |key| {
            let value = protocol::get_item(other, &key)?;
            set(v, &key, &value)
        });
    }
    match attr::getattr_opt(other, &names().items)? {
        Some(items) => add_pairs(v, &call::call0(&items)?),
        None => add_pairs(v, other),
    }
}

/// The arguments of `OrderedDict()` and `update()`.
fn update(v: &Value, args: &[Value], kwnames: Option<&Value>, method: &str) -> Res<()> {
    let names: &[Value] = kwnames.map_or(&[], tuple::items);
    let (positional, values) = args.split_at(args.len() - names.len());
    match positional {
        [] => {}
        [other] => update_from(v, other)?,
        more if method.is_empty() => return Err(exc::type_error(format!("expected at most 1 argument, got {}", more.len()))),
        more => return Err(exc::type_error(format!("{method}() takes at most 1 positional argument ({} given)", more.len()))),
    }
    for (name, value) in names.iter().zip(values) {
        set(v, name, value)?;
    }
    Ok(())
}

fn update_method(args: &[Value], kwnames: Option<&Value>) -> Res {
    let Some((v, rest)) = args.split_first() else {
        return Err(exc::type_error("unbound method OrderedDict.update() needs an argument"));
    };
    update(v, rest, kwnames, "update")?;
    Ok(Value::NONE)
}

fn fromkeys(a: Args) -> Res {
    let new = call::call0(a.at(0))?;
    let value = a.opt(2).cloned().unwrap_or(Value::NONE);
    iter::for_each(a.at(1), |key| protocol::set_item(&new, &key, &value))?;
    Ok(new)
}

fn sizeof(a: Args) -> Res {
    let v = a.at(0);
    Ok(Value::usize(object::size_of_object(v) + this(v).dict.table_bytes()))
}

fn reduce(a: Args) -> Res {
    let v = a.at(0);
    let state = object::getstate(v)?;
    let items = attr::call_attr(v, &names().items, &[], None)?;
    Ok(tuple::from_array([v.class().value(), tuple::empty(), state, Value::NONE, iter::iter(&items)?]))
}

fn setdefault(a: Args) -> Res {
    let (v, key) = (a.at(0), a.at(1));
    let default = a.opt(2).cloned().unwrap_or(Value::NONE);
    if is_exact(v) {
        return dict::set_default(v, key, &default);
    }
    if protocol::contains(v, key)? {
        return protocol::get_item(v, key);
    }
    protocol::set_item(v, key, &default)?;
    Ok(default)
}

fn pop(a: Args) -> Res {
    match dict::pop(a.at(0), a.at(1))? {
        Some(value) => Ok(value),
        None => a.opt(2).cloned().ok_or_else(|| exc::key_error(a.at(1))),
    }
}

fn popitem(a: Args) -> Res {
    let last = a.opt(1).map_or(Ok(true), protocol::is_true)?;
    let d = this(a.at(0));
    let taken = if last { d.dict.pop_last() } else { d.first().map(|i| d.dict.remove_at(i)) };
    match taken {
        Some((key, value)) => Ok(tuple::from_array([key, value])),
        None => Err(exc::new(types().key_error, "dictionary is empty")),
    }
}

fn clear(a: Args) -> Res {
    dict::clear(a.at(0));
    Ok(Value::NONE)
}

fn copy(v: &Value) -> Res {
    let new = if is_exact(v) { new_instance(ORDERED_DICT.get(), OrderedDict::new()) } else { call::call0(&v.class().value())? };
    if is_exact(v) {
        this(&new).dict.adopt(this(v).dict.duplicate()?);
        return Ok(new);
    }
    for key in dict::keys(v) {
        let value = protocol::get_item(v, &key)?;
        protocol::set_item(&new, &key, &value)?;
    }
    Ok(new)
}

fn move_to_end(a: Args) -> Res {
    let (v, key) = (a.at(0), a.at(1));
    let last = a.opt(2).map_or(Ok(true), protocol::is_true)?;
    let hash = dict::hash_key(key)?;
    let d = this(v);
    let Some(i) = d.dict.find(key, hash)? else { return Err(exc::key_error(key)) };
    let there = if last { d.last() } else { d.first() };
    if there == Some(i) {
        return Ok(Value::NONE);
    }
    if last {
        let (key, value) = d.dict.remove_at(i);
        d.dict.append(key, hash, value)?;
    } else {
        let reordered = Dict::new();
        reordered.reserve(d.dict.len())?;
        for j in std::iter::once(i).chain((0..d.dict.filled()).filter(|&j| j != i)) {
            if let Some((key, value)) = d.dict.at(j) {
                reordered.append(key.clone(), d.dict.hash_at(j), value.clone())?;
            }
        }
        let old = d.dict.take_contents();
        d.dict.adopt(reordered);
        drop(old);
    }
    Ok(Value::NONE)
}

fn repr(v: &Value) -> Res {
    let name = v.class().name();
    if dict::len(v) == 0 {
        return Ok(str::from_string(format!("{name}()")));
    }
    let Some(_guard) = ReprGuard::enter(v) else { return Ok(str::new("...")) };
    let plain = call::call1(&types().dict.value(), v)?;
    Ok(Text::new().add(&name).add("(").repr(&plain)?.add(")").finish())
}

fn compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    if !b.is_instance(types().dict) || !a.is_instance(types().dict) || !matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let plain = match types().dict.slots().compare {
        Some(f) => f(a, b, CompareOp::Eq)?.is(&Value::TRUE),
        None => return Ok(Value::NOT_IMPLEMENTED),
    };
    let same = plain && (!is_ordered(a) || !is_ordered(b) || keys_equal(a, b)?);
    Ok(Value::bool(same == (op == CompareOp::Eq)))
}

/// Whether two ordered dicts have equal keys in the same order.
fn keys_equal(a: &Value, b: &Value) -> Res<bool> {
    let versions = (dict::keys_version(a), dict::keys_version(b));
    let (mut i, mut j) = (0, 0);
    loop {
        match (dict::next(a, &mut i), dict::next(b, &mut j)) {
            (Some((p, _)), Some((q, _))) => {
                let same = protocol::equal(&p, &q)?;
                if (dict::keys_version(a), dict::keys_version(b)) != versions {
                    return Err(exc::runtime_error("OrderedDict mutated during iteration"));
                }
                if !same {
                    return Ok(false);
                }
            }
            (p, q) => return Ok(p.is_none() && q.is_none()),
        }
    }
}

fn or(a: &Value, b: &Value) -> Res {
    let (own, other) = if is_ordered(a) { (a, b) } else { (b, a) };
    if !other.is_instance(types().dict) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let new = call::call1(&own.class().value(), a)?;
    update_from(&new, b)?;
    Ok(new)
}
