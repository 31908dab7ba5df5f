//! `tuple` and its iterator. The items follow the payload and never change, so they can be borrowed as a slice.

use crate::cell::Field;
use crate::class::build::{self, TypeSpec};
use crate::class::native::{Args, bind_call, class_def, def};
use crate::class::slots::{CompareOp, Slots};
use crate::class::{PayloadOps, Type, flag};
use crate::exc;
use crate::global::Global;
use crate::heap::{page, shape};
use crate::protocol::{self, iter, number, sequence};
use crate::thread::check_native_stack;
use crate::types::repr_guard::{ReprGuard, text};
use crate::types::{generic_alias, object, slice, str};
use crate::value::{Payload, Res, Value, new_object};
use crate::vm::{shapes, types};
use std::cell::Cell;
use weft_layout::tag::{NULL, Word};

/// The payload of a tuple: `len` items follow it.
#[repr(C)]
pub struct Tuple {
    len: usize,
    /// The hash, or -1 while it is not known.
    hash: Cell<i64>,
    items: [Word; 0],
}

/// Byte offset of the length in an exact tuple.
pub const LEN_OFFSET: usize = 8 + std::mem::offset_of!(Tuple, len);
/// Byte offset of the hash in an exact tuple.
pub const HASH_OFFSET: usize = 8 + std::mem::offset_of!(Tuple, hash);
/// The hash of a tuple whose hash nobody has asked for.
pub const NO_HASH: i64 = -1;
/// Byte offset of the first item in an exact tuple.
pub const ITEMS_OFFSET: usize = 8 + std::mem::offset_of!(Tuple, items);

// SAFETY: instances of tuple hold a Tuple at the payload offset of their shape.
unsafe impl Payload for Tuple {
    const MOVES: bool = true;

    fn class() -> &'static Type {
        types().tuple
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        for item in self.as_slice() {
            visit(item.word());
        }
    }
}

impl Tuple {
    /// The items.
    #[inline(always)]
    pub fn as_slice(&self) -> &[Value] {
        // SAFETY: `len` values follow the payload, and they stay as long as the tuple lives.
        unsafe { std::slice::from_raw_parts((&raw const self.items).cast(), self.len) }
    }
}

impl Drop for Tuple {
    fn drop(&mut self) {
        let n = std::mem::replace(&mut self.len, 0);
        let items = (&raw mut self.items).cast::<Value>();
        for i in (0..n).rev() {
            // SAFETY: `n` values follow the payload, and nobody else will drop them.
            unsafe { items.add(i).drop_in_place() };
        }
    }
}

/// The declaration of `tuple`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "tuple",
    doc: "tuple(iterable=(), /)\n--\n\nBuilt-in immutable sequence.\n\nIf no argument is given, the constructor returns an empty tuple.\nIf iterable is specified the tuple is initialized from iterable's items.\n\nIf the argument is a tuple, the return value is the same object.",
    payload: PayloadOps::of::<Tuple>(),
    flags: flag::BASETYPE | flag::SEQUENCE | flag::MATCH_SELF | flag::TUPLE_SUBCLASS,
    slots: Slots {
        new: Some(tuple_new),
        repr: Some(repr),
        hash: Some(hash),
        compare: Some(compare),
        iter: Some(make_iter),
        len: Some(|v| Ok(items(v).len())),
        contains: Some(contains),
        get_item: Some(get_item),
        concat: Some(concat),
        repeat: Some(repeat),
        ..Slots::NONE
    },
    methods: &[
        def("__getnewargs__", "($self, /)", |a| Ok(from_array([from_slice(items(a.at(0)))])), ""),
        def(
            "index",
            "($self, value, start=0, stop=sys.maxsize, /)",
            index,
            "Return first index of value.\n\nRaises ValueError if the value is not present.",
        ),
        def("count", "($self, value, /)", count, "Return number of occurrences of value."),
        class_def(
            "__class_getitem__",
            "($type, object, /)",
            |a| generic_alias::new(a.at(0), a.at(1)),
            "Tuples are generic over the types of their contents.\n\nFor example, use ``tuple[int, str]`` for a pair whose first element\nis an int and second element is a string.\n\nTuples also support the form ``tuple[T, ...]`` to indicate\nan arbitrary length tuple of elements of type T.",
        ),
    ],
    ..TypeSpec::DEFAULT
};

static EMPTY: Global<Word> = Global::new(NULL);

/// The empty tuple.
pub fn empty() -> Value {
    // SAFETY: the GIL is held; the word is NULL or the immortal empty tuple.
    unsafe {
        if *EMPTY.get() == NULL {
            let t = build(types().tuple, 0, |_| Value::NONE);
            t.make_immortal();
            *EMPTY.get() = t.into_word();
        }
        Value::clone_word(*EMPTY.get())
    }
}

/// A tuple of `len` items that `item` makes. `item` runs no Python.
fn try_build(class: &Type, len: usize, mut item: impl FnMut(usize) -> Value) -> Option<Value> {
    let id = class.root_shape();
    let size = len.checked_mul(8)?.checked_add(shape::instance_size(id))?;
    // SAFETY: the cell has room for slots, payload and items; nobody sees it before all are written.
    unsafe {
        let p = page::try_allocate(size, class.is_traced(), id)?;
        let payload = p.add(shape::payload_offset(id));
        if shape::payload_offset(id) > 8 {
            std::ptr::write_bytes(p.add(8), 0, shape::payload_offset(id) - 8);
        }
        let tuple = payload.cast::<Tuple>();
        (&raw mut (*tuple).len).write(len);
        (&raw mut (*tuple).hash).write(Cell::new(-1));
        let items = (&raw mut (*tuple).items).cast::<Value>();
        for i in 0..len {
            items.add(i).write(item(i));
        }
        Some(object::finish_instance(class, p))
    }
}

/// An exact tuple of `len` items that `item` makes. `item` runs no Python.
#[inline(always)]
fn build_exact(len: usize, mut item: impl FnMut(usize) -> Value) -> Value {
    // SAFETY: as in `try_build`; in an exact tuple the payload lies right behind the header.
    unsafe {
        let p = page::allocate(ITEMS_OFFSET + 8 * len, true, shapes().tuple);
        p.add(LEN_OFFSET).cast::<usize>().write(len);
        p.add(HASH_OFFSET).cast::<i64>().write(NO_HASH);
        let items = p.add(ITEMS_OFFSET).cast::<Value>();
        for i in 0..len {
            items.add(i).write(item(i));
        }
        Value::from_word(p as Word)
    }
}

fn build(class: &Type, len: usize, item: impl FnMut(usize) -> Value) -> Value {
    try_build(class, len, item).unwrap_or_else(|| std::alloc::handle_alloc_error(std::alloc::Layout::new::<Tuple>()))
}

/// A tuple of the values in a vector.
pub fn from_vec(values: Vec<Value>) -> Value {
    if values.is_empty() {
        return empty();
    }
    let mut source = values.into_iter();
    // The iterator is exactly as long as it says.
    build(types().tuple, source.len(), |_| source.next().unwrap_or(Value::NONE))
}

/// A new tuple of `len` Nones, whose maker puts other items there before anybody looks at it; the empty tuple if `len` is 0.
pub fn of_nones(len: usize) -> Value {
    if len == 0 { empty() } else { build_exact(len, |_| Value::NONE) }
}

/// A tuple of these values.
#[inline]
pub fn from_array<const N: usize>(values: [Value; N]) -> Value {
    if N == 0 {
        return empty();
    }
    let values = values.map(Value::into_word);
    // SAFETY: each value's reference moves to the tuple.
    build_exact(N, |i| unsafe { Value::from_word(values[i]) })
}

/// A tuple of clones of these values.
pub fn from_slice(values: &[Value]) -> Value {
    if values.is_empty() { empty() } else { build_exact(values.len(), |i| values[i].clone()) }
}

/// An instance of `class`, which is tuple or a subclass, with clones of these values. Its slots are empty.
pub fn new_of(class: &Type, values: &[Value]) -> Value {
    if std::ptr::eq(class, types().tuple) { from_slice(values) } else { build(class, values.len(), |i| values[i].clone()) }
}

/// A tuple that takes over `n` owned words.
///
/// # Safety
/// `words` points to `n` values whose references pass to the tuple.
#[inline]
pub unsafe fn from_words(words: *const Word, n: usize) -> Value {
    if n == 0 {
        return empty();
    }
    // SAFETY: the caller vouches for the words.
    build_exact(n, |i| unsafe { Value::from_word(*words.add(i)) })
}

/// Puts an item in the place of another, for who makes tuples that contain themselves.
///
/// # Safety
/// No Python code has seen the exact tuple yet, nobody holds a borrow of its items, and it has more than `i`.
pub unsafe fn put(t: &Value, i: usize, item: Value) {
    // SAFETY: the item exists, and nobody looks at it.
    unsafe { *t.ptr().add(ITEMS_OFFSET).cast::<Value>().add(i) = item }
}

/// The items of an instance of tuple.
#[inline(always)]
pub fn items(t: &Value) -> &[Value] {
    // SAFETY: callers pass instances of tuple, whose items stay as long as the tuple lives.
    unsafe { t.payload::<Tuple>() }.as_slice()
}

fn tuple_new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let class = build::of(class);
    let exact = std::ptr::eq(class, types().tuple);
    let (args, kwnames) = sequence::new_args(class, types().tuple, args, kwnames);
    bind_call("tuple", "(iterable=(), /)", args, kwnames, |a| match a.opt(0) {
        None => Ok(new_of(class, &[])),
        Some(x) if exact && x.downcast_exact::<Tuple>().is_some() => Ok(x.clone()),
        Some(x) => {
            let values = iter::collect_unasked(x)?;
            Ok(if exact { from_vec(values) } else { new_of(class, &values) })
        }
    })
}

fn repr(v: &Value) -> Res {
    let items = items(v);
    if items.is_empty() {
        return Ok(str::new("()"));
    }
    let Some(_guard) = ReprGuard::enter(v) else { return Ok(str::new("(...)")) };
    let mut out = text("(");
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        out.push_value(&protocol::repr(item)?);
    }
    out.push_str(if items.len() == 1 { ",)" } else { ")" });
    Ok(out.finish())
}

/// CPython's tuple hash, a simplified xxHash.
fn hash(v: &Value) -> Res<i64> {
    const P1: u64 = 11400714785074694791;
    const P2: u64 = 14029467366897019727;
    const P5: u64 = 2870177450012600261;
    // SAFETY: the hash slot is called with instances of tuple.
    let tuple = unsafe { v.payload::<Tuple>() };
    if tuple.hash.get() != -1 {
        return Ok(tuple.hash.get());
    }
    check_native_stack(" while hashing a tuple")?;
    let mut acc = P5;
    for item in tuple.as_slice() {
        let lane = protocol::hash(item)? as u64;
        acc = acc.wrapping_add(lane.wrapping_mul(P2)).rotate_left(31).wrapping_mul(P1);
    }
    acc = acc.wrapping_add(tuple.len as u64 ^ (P5 ^ 3527539));
    let h = if acc == u64::MAX { 1546275796 } else { acc as i64 };
    tuple.hash.set(h);
    Ok(h)
}

fn compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    if !a.is_instance(types().tuple) || !b.is_instance(types().tuple) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    check_native_stack(" in comparison")?;
    let (x, y) = (items(a), items(b));
    for (p, q) in x.iter().zip(y) {
        if !protocol::compare_bool(p, q, CompareOp::Eq)? {
            return match op {
                CompareOp::Eq => Ok(Value::FALSE),
                CompareOp::Ne => Ok(Value::TRUE),
                _ => protocol::compare(p, q, op),
            };
        }
    }
    Ok(Value::bool(op.holds(x.len().cmp(&y.len()))))
}

fn contains(v: &Value, item: &Value) -> Res<bool> {
    for x in items(v) {
        if protocol::compare_bool(x, item, CompareOp::Eq)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn get_item(v: &Value, key: &Value) -> Res {
    let items = items(v);
    if let Some(i) = key.as_small_int() {
        return at(items, i);
    }
    if let Some(s) = slice::downcast(key) {
        let r = s.indices(items.len())?;
        if r.step == 1 && r.count == items.len() && v.downcast_exact::<Tuple>().is_some() {
            return Ok(v.clone());
        }
        return Ok(from_vec(r.positions().map(|i| items[i].clone()).collect()));
    }
    if key.class().slots().index.is_some() {
        let i = number::as_isize_or(key, types().index_error)?;
        return at(items, i as i64);
    }
    Err(exc::type_error(format!("tuple indices must be integers or slices, not {}", key.class().full_name())))
}

#[inline]
fn at(items: &[Value], i: i64) -> Res {
    let n = items.len() as i64;
    let k = if i < 0 { i.saturating_add(n) } else { i };
    match usize::try_from(k).ok().and_then(|k| items.get(k)) {
        Some(x) => Ok(x.clone()),
        None => Err(exc::index_error("tuple index out of range")),
    }
}

fn concat(a: &Value, b: &Value) -> Res {
    if !b.is_instance(types().tuple) {
        return Err(exc::type_error(format!("can only concatenate tuple (not \"{}\") to tuple", b.class().full_name())));
    }
    let (x, y) = (items(a), items(b));
    if x.is_empty() && b.downcast_exact::<Tuple>().is_some() {
        return Ok(b.clone());
    }
    if y.is_empty() && a.downcast_exact::<Tuple>().is_some() {
        return Ok(a.clone());
    }
    let pick = |i: usize| if i < x.len() { x[i].clone() } else { y[i - x.len()].clone() };
    try_build(types().tuple, x.len() + y.len(), pick).ok_or_else(exc::memory_error)
}

fn repeat(v: &Value, times: &Value) -> Res {
    let n = sequence::repeat_count(times)?;
    let items = items(v);
    if (items.is_empty() || n == 1) && v.downcast_exact::<Tuple>().is_some() {
        return Ok(v.clone());
    }
    if items.is_empty() || n == 0 {
        return Ok(empty());
    }
    let len = items.len().checked_mul(n).ok_or_else(exc::memory_error)?;
    try_build(types().tuple, len, |i| items[i % items.len()].clone()).ok_or_else(exc::memory_error)
}

fn index(a: Args) -> Res {
    let items = items(a.at(0));
    let (start, stop) = sequence::search_bounds(a.opt(2), a.opt(3), items.len())?;
    for (i, x) in items.iter().enumerate().take(stop).skip(start) {
        if protocol::compare_bool(x, a.at(1), CompareOp::Eq)? {
            return Ok(Value::usize(i));
        }
    }
    Err(exc::value_error("tuple.index(x): x not in tuple"))
}

fn count(a: Args) -> Res {
    let mut n = 0;
    for x in items(a.at(0)) {
        n += protocol::compare_bool(x, a.at(1), CompareOp::Eq)? as usize;
    }
    Ok(Value::usize(n))
}

/// The payload of a tuple iterator.
#[repr(C)]
pub struct TupleIter {
    /// The tuple; empty once the iterator is exhausted.
    tuple: Field,
    /// The next item.
    index: Cell<usize>,
}

/// Byte offset of the tuple in a tuple iterator.
pub const ITER_TUPLE_OFFSET: usize = 8 + std::mem::offset_of!(TupleIter, tuple);
/// Byte offset of the index of the next item.
pub const ITER_INDEX_OFFSET: usize = 8 + std::mem::offset_of!(TupleIter, index);

/// The tuple, unless the iterator is exhausted, and the index of the next item.
pub fn iter_parts(v: &Value) -> (Option<Value>, usize) {
    let it = iter_of(v);
    (it.tuple.get(), it.index.get())
}

// SAFETY: tuple iterators hold a TupleIter at offset 8.
unsafe impl Payload for TupleIter {
    fn class() -> &'static Type {
        types().tuple_iterator
    }

    fn trace(&self, visit: &mut dyn FnMut(Word)) {
        visit(self.tuple.word());
    }

    fn clear(&self) {
        drop(self.tuple.take());
    }
}

/// The declaration of `tuple_iterator`.
pub static ITER_SPEC: TypeSpec = TypeSpec {
    name: "tuple_iterator",
    payload: PayloadOps::of::<TupleIter>(),
    flags: flag::DISALLOW_INSTANTIATION,
    slots: Slots { iter: Some(|v| Ok(v.clone())), next: Some(|v| Ok(iter_next(v))), ..Slots::NONE },
    methods: &[
        def("__length_hint__", "($self, /)", iter_length_hint, "Private method returning an estimate of len(list(it))."),
        def("__reduce__", "($self, /)", iter_reduce, "Return state information for pickling."),
        def("__setstate__", "($self, object, /)", iter_setstate, "Set state information for unpickling."),
    ],
    ..TypeSpec::DEFAULT
};

fn make_iter(v: &Value) -> Res {
    Ok(new_object(TupleIter { tuple: Field::new(v.clone()), index: Cell::new(0) }))
}

fn iter_of(v: &Value) -> &TupleIter {
    // SAFETY: called with tuple iterators only.
    unsafe { v.payload::<TupleIter>() }
}

/// The next item of a tuple iterator.
#[inline(always)]
pub fn iter_next(v: &Value) -> Option<Value> {
    iter_of(v).advance()
}

impl TupleIter {
    /// The next item.
    #[inline(always)]
    pub fn advance(&self) -> Option<Value> {
        let i = self.index.get();
        match items(self.tuple.peek()?).get(i) {
            Some(x) => {
                self.index.set(i + 1);
                Some(x.clone())
            }
            None => {
                drop(self.tuple.take());
                None
            }
        }
    }
}

fn iter_length_hint(a: Args) -> Res {
    let it = iter_of(a.at(0));
    Ok(Value::usize(it.tuple.peek().map_or(0, |t| items(t).len().saturating_sub(it.index.get()))))
}

fn iter_reduce(a: Args) -> Res {
    let it = iter_of(a.at(0));
    let iter = sequence::builtin("iter")?;
    Ok(match it.tuple.get() {
        Some(t) => from_array([iter, from_array([t]), Value::usize(it.index.get())]),
        None => from_array([iter, from_array([empty()])]),
    })
}

fn iter_setstate(a: Args) -> Res {
    let it = iter_of(a.at(0));
    let i = sequence::state_index(a.at(1))?;
    if let Some(t) = it.tuple.peek() {
        it.index.set((i.max(0) as usize).min(items(t).len()));
    }
    Ok(Value::NONE)
}
