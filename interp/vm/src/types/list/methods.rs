//! The declaration of `list`, its slots and methods.

use super::{List, new, new_iter, new_reverse_iter, release, storage};
use crate::class::PayloadOps;
use crate::class::build::{self, TypeSpec};
use crate::class::flag;
use crate::class::native::{Args, bind_call, class_def, def};
use crate::class::slots::{CompareOp, Slots};
use crate::exc;
use crate::protocol::{self, iter, number, sequence};
use crate::thread::check_native_stack;
use crate::types::repr_guard::{ReprGuard, text};
use crate::types::{generic_alias, slice, str, tuple};
use crate::value::{Res, Value, new_instance};
use crate::vm::types;

/// The declaration of `list`.
pub static SPEC: TypeSpec = TypeSpec {
    name: "list",
    doc: "list(iterable=(), /)\n--\n\nBuilt-in mutable sequence.\n\nIf no argument is given, the constructor creates a new empty list.\nThe argument must be an iterable if specified.",
    payload: PayloadOps::of::<List>(),
    flags: flag::BASETYPE | flag::SEQUENCE | flag::MATCH_SELF | flag::LIST_SUBCLASS,
    slots: Slots {
        new: Some(|class, _, _| Ok(new_instance(build::of(class), List::new()))),
        init: Some(init),
        repr: Some(repr),
        compare: Some(compare),
        iter: Some(|v| Ok(new_iter(v))),
        len: Some(|v| Ok(storage(v).len())),
        contains: Some(contains),
        get_item: Some(get_item),
        set_item: Some(set_item),
        concat: Some(concat),
        repeat: Some(repeat),
        inplace_concat: Some(inplace_concat),
        inplace_repeat: Some(inplace_repeat),
        ..Slots::NONE
    },
    methods: &[
        def("__getitem__", "($self, index, /)", |a| get_item(a.at(0), a.at(1)), "Return self[index]."),
        def("__reversed__", "($self, /)", |a| Ok(new_reverse_iter(a.at(0))), "Return a reverse iterator over the list."),
        def("__sizeof__", "($self, /)", sizeof, "Return the size of the list in memory, in bytes."),
        def("clear", "($self, /)", clear, "Remove all items from list."),
        def("copy", "($self, /)", |a| Ok(super::from_vec(storage(a.at(0)).to_vec())), "Return a shallow copy of the list."),
        def("append", "($self, object, /)", append, "Append object to the end of the list."),
        def("insert", "($self, index, object, /)", insert, "Insert object before index."),
        def(
            "extend",
            "($self, iterable, /)",
            |a| extend(a.at(0), a.at(1)).map(|()| Value::NONE),
            "Extend list by appending elements from the iterable.",
        ),
        def(
            "pop",
            "($self, index=-1, /)",
            pop,
            "Remove and return item at index (default last).\n\nRaises IndexError if list is empty or index is out of range.",
        ),
        def("remove", "($self, value, /)", remove, "Remove first occurrence of value.\n\nRaises ValueError if the value is not present."),
        def(
            "index",
            "($self, value, start=0, stop=sys.maxsize, /)",
            index,
            "Return first index of value.\n\nRaises ValueError if the value is not present.",
        ),
        def("count", "($self, value, /)", count, "Return number of occurrences of value."),
        def("reverse", "($self, /)", reverse, "Reverse *IN PLACE*."),
        def(
            "sort",
            "($self, /, *, key=None, reverse=False)",
            sort,
            "Sort the list in ascending order and return None.\n\nThe sort is in-place (i.e. the list itself is modified) and stable\n(i.e. the order of two equal elements is maintained).\n\nIf a key function is given, apply it once to each list item and sort\nthem, ascending or descending, according to their function values.\n\nThe reverse flag can be set to sort in descending order.",
        ),
        class_def(
            "__class_getitem__",
            "($type, object, /)",
            |a| generic_alias::new(a.at(0), a.at(1)),
            "lists are generic over the type of their contents",
        ),
    ],
    ..TypeSpec::DEFAULT
};

fn init(v: &Value, args: &[Value], kwnames: Option<&Value>) -> Res<()> {
    let (args, kwnames) = sequence::init_args(v.class(), types().list, args, kwnames);
    bind_call("list", "(iterable=(), /)", args, kwnames, |a| {
        release(storage(v).take());
        a.opt(0).map_or(Ok(()), |x| extend(v, x))
    })
}

/// Appends the items of an iterable. Those an exception cuts off are not there, those before it are.
pub fn extend(v: &Value, iterable: &Value) -> Res<()> {
    let list = storage(v);
    if let Some(other) = iterable.downcast_exact::<List>() {
        return list.extend(other.to_vec());
    }
    if iterable.downcast_exact::<tuple::Tuple>().is_some() {
        return list.extend(tuple::items(iterable).to_vec());
    }
    let it = iter::iter(iterable)?;
    let hint = iter::length_hint(iterable, 8)?;
    // More than a list can ever hold is no hint at all.
    if list.len().checked_add(hint).is_some_and(|n| isize::try_from(n).is_ok()) {
        list.reserve(hint)?;
    }
    while let Some(x) = iter::next(&it)? {
        list.append(x)?;
    }
    list.shrink();
    Ok(())
}

fn repr(v: &Value) -> Res {
    let list = storage(v);
    if list.is_empty() {
        return Ok(str::new("[]"));
    }
    let Some(_guard) = ReprGuard::enter(v) else { return Ok(str::new("[...]")) };
    let mut out = text("[");
    let mut i = 0;
    while let Some(item) = list.get(i) {
        if i > 0 {
            out.push_str(", ");
        }
        out.push_value(&protocol::repr(&item)?);
        i += 1;
    }
    out.push_str("]");
    Ok(out.finish())
}

fn compare(a: &Value, b: &Value, op: CompareOp) -> Res {
    let (Some(x), Some(y)) = (a.downcast::<List>(), b.downcast::<List>()) else { return Ok(Value::NOT_IMPLEMENTED) };
    if x.len() != y.len() && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(Value::bool(op == CompareOp::Ne));
    }
    check_native_stack(" in comparison")?;
    let mut i = 0;
    while let (Some(p), Some(q)) = (x.get(i), y.get(i)) {
        if !protocol::compare_bool(&p, &q, CompareOp::Eq)? {
            return match op {
                CompareOp::Eq => Ok(Value::FALSE),
                CompareOp::Ne => Ok(Value::TRUE),
                _ => protocol::compare(&p, &q, op),
            };
        }
        i += 1;
    }
    Ok(Value::bool(op.holds(x.len().cmp(&y.len()))))
}

/// The place of the first item equal to `value` in `from..to`.
fn find(list: &List, value: &Value, from: usize, to: usize) -> Res<Option<usize>> {
    let mut i = from;
    while i < to
        && let Some(x) = list.get(i)
    {
        if protocol::compare_bool(&x, value, CompareOp::Eq)? {
            return Ok(Some(i));
        }
        i += 1;
    }
    Ok(None)
}

fn contains(v: &Value, item: &Value) -> Res<bool> {
    Ok(find(storage(v), item, 0, usize::MAX)?.is_some())
}

fn wrong_index(key: &Value) -> exc::Raised {
    exc::type_error(format!("list indices must be integers or slices, not {}", key.class().full_name()))
}

/// What a subscript is: a position, or a slice.
enum Key<'a> {
    At(i64),
    Slice(&'a slice::Slice),
}

fn key_of(key: &Value) -> Res<Key<'_>> {
    if let Some(i) = key.as_small_int() {
        return Ok(Key::At(i));
    }
    if let Some(s) = slice::downcast(key) {
        return Ok(Key::Slice(s));
    }
    if key.class().slots().index.is_some() {
        return Ok(Key::At(number::as_isize_or(key, types().index_error)? as i64));
    }
    Err(wrong_index(key))
}

#[inline]
fn get_item(v: &Value, key: &Value) -> Res {
    let list = storage(v);
    match key_of(key)? {
        Key::At(i) => sequence::place(i, list.len()).and_then(|i| list.get(i)).ok_or_else(|| exc::index_error("list index out of range")),
        Key::Slice(s) => {
            let unpacked = s.unpack()?;
            let r = unpacked.adjust(list.len());
            Ok(list.selection(&r))
        }
    }
}

fn set_item(v: &Value, key: &Value, value: Option<&Value>) -> Res<()> {
    let list = storage(v);
    match key_of(key)? {
        Key::At(i) => {
            let place = sequence::place(i, list.len());
            let done = match value {
                Some(x) => place.and_then(|i| list.replace(i, x.clone()).ok()),
                None => place.and_then(|i| list.remove(i)),
            };
            done.map(drop).ok_or_else(|| exc::index_error("list assignment index out of range"))
        }
        Key::Slice(s) => {
            let unpacked = s.unpack()?;
            match value {
                Some(x) => set_slice(v, list, &unpacked, x),
                None => {
                    let removed = delete_slice(list, &unpacked.adjust(list.len()))?;
                    // Items that lie apart go in their order.
                    if unpacked.step == 1 {
                        release(removed)
                    } else {
                        drop(removed)
                    }
                    Ok(())
                }
            }
        }
    }
}

fn set_slice(v: &Value, list: &List, unpacked: &slice::Unpacked, value: &Value) -> Res<()> {
    let mut values = if value.is(v) { list.to_vec() } else { iter::collect_as(value, "must assign iterable to extended slice")? };
    // Collecting may have changed the list, so the bounds are worked out only now.
    let r = unpacked.adjust(list.len());
    if unpacked.step == 1 {
        if values.len() == r.count {
            list.exchange(r.start as usize, &mut values);
            release(values);
            return Ok(());
        }
        release(list.splice(r.start as usize, r.start as usize + r.count, values)?);
        return Ok(());
    }
    if values.len() != r.count {
        return Err(exc::value_error(format!("attempt to assign sequence of size {} to extended slice of size {}", values.len(), r.count)));
    }
    let mut old = Vec::with_capacity(values.len());
    for (i, x) in r.positions().zip(values) {
        old.push(list.replace(i, x));
    }
    drop(old);
    Ok(())
}

/// Takes the items of a slice out.
fn delete_slice(list: &List, r: &slice::Indices) -> Res<Vec<Value>> {
    if r.count == 0 {
        return Ok(Vec::new());
    }
    if r.step == 1 {
        let removed = list.splice(r.start as usize, r.start as usize + r.count, Vec::new());
        list.shrink();
        return removed;
    }
    let (mut at, step) = if r.step > 0 { (r.start, r.step) } else { (r.start + r.step * (r.count as i64 - 1), -r.step) };
    let (mut n, mut i) = (0, -1i64);
    let removed = list.with_vec(|values| {
        let mut removed = Vec::with_capacity(r.count);
        let all = std::mem::take(values);
        let mut kept = Vec::with_capacity(all.len() - r.count.min(all.len()));
        for x in all {
            i += 1;
            if i == at && n < r.count {
                n += 1;
                at = at.saturating_add(step);
                removed.push(x);
            } else {
                kept.push(x);
            }
        }
        *values = kept;
        removed
    });
    Ok(removed)
}

fn concat(a: &Value, b: &Value) -> Res {
    let Some(other) = b.downcast::<List>() else {
        return Err(exc::type_error(format!("can only concatenate list (not \"{}\") to list", b.class().full_name())));
    };
    let list = storage(a);
    let result = new();
    let r = storage(&result);
    r.reserve(list.len().saturating_add(other.len()))?;
    r.with_vec(|v| {
        v.extend(list.to_vec());
        v.extend(other.to_vec());
    });
    Ok(result)
}

/// `times` copies of some values, one after the other.
fn repeated(values: &[Value], times: usize) -> Res<Vec<Value>> {
    let n = values.len().checked_mul(times).filter(|&n| n <= isize::MAX as usize / 8).ok_or_else(exc::memory_error)?;
    let mut out = Vec::new();
    out.try_reserve_exact(n).map_err(|_| exc::memory_error())?;
    if let [only] = values {
        out.resize(n, only.clone());
        return Ok(out);
    }
    for _ in 0..times {
        out.extend_from_slice(values);
    }
    Ok(out)
}

fn repeat(v: &Value, times: &Value) -> Res {
    let times = sequence::repeat_count(times)?;
    Ok(super::from_vec(repeated(&storage(v).to_vec(), times)?))
}

fn inplace_concat(v: &Value, other: &Value) -> Res {
    extend(v, other)?;
    Ok(v.clone())
}

fn inplace_repeat(v: &Value, times: &Value) -> Res {
    let times = sequence::repeat_count(times)?;
    let list = storage(v);
    match times {
        0 => release(list.take()),
        1 => {}
        n => {
            let values = repeated(&list.to_vec(), n - 1)?;
            list.extend(values)?;
        }
    }
    Ok(v.clone())
}

fn this<'a>(a: &Args<'a>) -> &'a List {
    storage(a.at(0))
}

fn sizeof(a: Args) -> Res {
    // As CPython counts it: an object of 40 bytes and the room for items.
    Ok(Value::usize(40 + 8 * this(&a).capacity()))
}

fn clear(a: Args) -> Res {
    release(this(&a).take());
    Ok(Value::NONE)
}

fn append(a: Args) -> Res {
    this(&a).append(a.at(1).clone())?;
    Ok(Value::NONE)
}

fn insert(a: Args) -> Res {
    let i = number::as_isize(a.at(1))?;
    let list = this(&a);
    list.insert(sequence::clip(i as i64, list.len()), a.at(2).clone());
    Ok(Value::NONE)
}

fn pop(a: Args) -> Res {
    let i = a.opt(1).map_or(Ok(-1), number::as_isize)?;
    let list = this(&a);
    if list.is_empty() {
        return Err(exc::index_error("pop from empty list"));
    }
    let Some(i) = sequence::place(i as i64, list.len()) else { return Err(exc::index_error("pop index out of range")) };
    let x = if i + 1 == list.len() { list.pop() } else { list.remove(i) };
    list.shrink();
    x.ok_or_else(|| exc::index_error("pop index out of range"))
}

fn remove(a: Args) -> Res {
    let list = this(&a);
    match find(list, a.at(1), 0, usize::MAX)? {
        Some(i) => {
            drop(list.remove(i));
            Ok(Value::NONE)
        }
        None => Err(exc::value_error("list.remove(x): x not in list")),
    }
}

fn index(a: Args) -> Res {
    let list = this(&a);
    let (start, stop) = sequence::search_bounds(a.opt(2), a.opt(3), list.len())?;
    match find(list, a.at(1), start, stop)? {
        Some(i) => Ok(Value::usize(i)),
        None => Err(exc::value_error("list.index(x): x not in list")),
    }
}

fn count(a: Args) -> Res {
    let (list, mut n, mut i) = (this(&a), 0, 0);
    while let Some(x) = list.get(i) {
        n += protocol::compare_bool(&x, a.at(1), CompareOp::Eq)? as usize;
        i += 1;
    }
    Ok(Value::usize(n))
}

fn reverse(a: Args) -> Res {
    this(&a).with_vec(|v| v.reverse());
    Ok(Value::NONE)
}

fn sort(a: Args) -> Res {
    let reverse = a.opt(2).map_or(Ok(false), protocol::is_true)?;
    super::sort(a.at(0), a.some(1), reverse)?;
    Ok(Value::NONE)
}
