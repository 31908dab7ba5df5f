//! `_bisect`: binary search in sorted sequences.

use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::class::slots::CompareOp;
use weft_vm::protocol::number;
use weft_vm::types::module::ModuleDef;
use weft_vm::types::{list, str};
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;
use weft_vm::{call, exc, protocol};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_bisect",
    doc: "Bisection algorithms.\n\nThis module provides support for maintaining a list in sorted order without\nhaving to sort the list after each insertion. For long lists of items with\nexpensive comparison operations, this can be an improvement over the more\ncommon approach.\n",
    functions: FUNCTIONS,
    exec: |_| Ok(()),
};

static FUNCTIONS: &[FnDef] = &[
    def("bisect_left", "($module, /, a, x, lo=0, hi=None, *, key=None)", bisect_left, "Return the index where to insert item x in list a, assuming a is sorted.\n\nThe return value i is such that all e in a[:i] have e < x, and all e in\na[i:] have e >= x.  So if x already appears in the list, a.insert(i, x)\nwill insert just before the leftmost x already there.\n\nOptional args lo (default 0) and hi (default len(a)) bound the\nslice of a to be searched.\n\nA custom key function can be supplied to customize the sort order."),
    def("bisect_right", "($module, /, a, x, lo=0, hi=None, *, key=None)", bisect_right, "Return the index where to insert item x in list a, assuming a is sorted.\n\nThe return value i is such that all e in a[:i] have e <= x, and all e in\na[i:] have e > x.  So if x already appears in the list, a.insert(i, x)\nwill insert just after the rightmost x already there.\n\nOptional args lo (default 0) and hi (default len(a)) bound the\nslice of a to be searched.\n\nA custom key function can be supplied to customize the sort order."),
    def("insort_left", "($module, /, a, x, lo=0, hi=None, *, key=None)", insort_left, "Insert item x in list a, and keep it sorted assuming a is sorted.\n\nIf x is already in a, insert it to the left of the leftmost x.\n\nOptional args lo (default 0) and hi (default len(a)) bound the\nslice of a to be searched.\n\nA custom key function can be supplied to customize the sort order."),
    def("insort_right", "($module, /, a, x, lo=0, hi=None, *, key=None)", insort_right, "Insert item x in list a, and keep it sorted assuming a is sorted.\n\nIf x is already in a, insert it to the right of the rightmost x.\n\nOptional args lo (default 0) and hi (default len(a)) bound the\nslice of a to be searched.\n\nA custom key function can be supplied to customize the sort order."),
];

/// On which side of equal items the place is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

fn search(a: Args, x: &Value, side: Side) -> Res<usize> {
    let (sequence, key) = (a.at(0), a.some(4));
    let lo = a.opt(2).map_or(Ok(0), number::as_isize)?;
    if lo < 0 {
        return Err(exc::value_error("lo must be non-negative"));
    }
    let hi = match a.some(3) {
        Some(hi) => number::as_isize(hi)?,
        None => -1,
    };
    let mut lo = lo as usize;
    // As in CPython, -1 stands for the end.
    let mut hi = if hi == -1 { protocol::len(sequence)? } else { hi.max(0) as usize };
    while lo < hi {
        let middle = lo + (hi - lo) / 2;
        let mut item = protocol::get_item(sequence, &Value::usize(middle))?;
        if let Some(key) = key {
            item = call::call1(key, &item)?;
        }
        let go_right = match side {
            Side::Left => protocol::compare_bool(&item, x, CompareOp::Lt)?,
            Side::Right => !protocol::compare_bool(x, &item, CompareOp::Lt)?,
        };
        if go_right {
            lo = middle + 1;
        } else {
            hi = middle;
        }
    }
    Ok(lo)
}

fn insert(a: Args, side: Side) -> Res {
    let (sequence, x) = (a.at(0), a.at(1));
    let at = match a.some(4) {
        Some(key) => search(a, &call::call1(key, x)?, side)?,
        None => search(a, x, side)?,
    };
    if std::ptr::eq(sequence.class(), types().list) {
        list::insert(sequence, at.min(list::len(sequence)), x.clone());
    } else {
        call::call_method(sequence, &str::intern("insert"), &[Value::usize(at), x.clone()])?;
    }
    Ok(Value::NONE)
}

fn bisect_left(a: Args) -> Res {
    search(a, a.at(1), Side::Left).map(Value::usize)
}

fn bisect_right(a: Args) -> Res {
    search(a, a.at(1), Side::Right).map(Value::usize)
}

fn insort_left(a: Args) -> Res {
    insert(a, Side::Left)
}

fn insort_right(a: Args) -> Res {
    insert(a, Side::Right)
}
