//! `compress`, `dropwhile`, `filterfalse`, `islice`, `takewhile`: some of an iterator's items.

use super::iterator;
use std::cell::Cell;
use weft_vm::cell::Field;
use weft_vm::class::build;
use weft_vm::class::native::Signature;
use weft_vm::protocol::{self, iter, number};
use weft_vm::types::int;
use weft_vm::value::{Res, Value, new_instance};
use weft_vm::vm::types;
use weft_vm::{call, exc};

/// The payload of `compress`.
struct Compress {
    data: Field,
    selectors: Field,
}

iterator! {
    /// `itertools.compress`
    COMPRESS COMPRESS_SPEC Compress [data, selectors] "itertools.compress" "compress(data, selectors)\n--\n\nReturn data elements corresponding to true selector elements.\n\nForms a shorter iterator from selected data elements using the selectors\nto choose the data elements.";
    slots { new: Some(compress_new), next: Some(compress_next), }
    methods {}
}

fn compress_new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    static SIGNATURE: Signature = Signature::new("compress", "(data, selectors)");
    SIGNATURE.bind(args, kwnames, |a| {
        let (data, selectors) = (iter::iter(a.at(0))?, iter::iter(a.at(1))?);
        Ok(new_instance(build::of(class), Compress { data: Field::new(data), selectors: Field::new(selectors) }))
    })
}

fn compress_next(v: &Value) -> Res<Option<Value>> {
    let c = Compress::of(v);
    let (data, selectors) = (c.data.value(), c.selectors.value());
    loop {
        let Some(x) = iter::next(&data)? else { return Ok(None) };
        let Some(selector) = iter::next(&selectors)? else { return Ok(None) };
        if protocol::is_true(&selector)? {
            return Ok(Some(x));
        }
    }
}

/// The payload of `dropwhile`, `takewhile` and `filterfalse`, with its own fields and their first values.
macro_rules! predicated {
    ($Payload:ident $CLASS:ident $new:ident $signature:literal { $($field:ident: $Type:ty = $first:expr)? }) => {
        struct $Payload {
            function: Field,
            source: Field,
            $($field: $Type,)?
        }

        fn $new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
            static SIGNATURE: Signature = Signature::new(stringify!($CLASS), $signature);
            SIGNATURE.bind(args, kwnames, |a| {
                let source = Field::new(iter::iter(a.at(1))?);
                Ok(new_instance(build::of(class), $Payload { function: Field::new(a.at(0).clone()), source, $($field: $first)? }))
            })
        }
    };
}

predicated! { DropWhile dropwhile dropwhile_new "(predicate, iterable, /)" { passing: Cell<bool> = Cell::new(false) } }
predicated! { TakeWhile takewhile takewhile_new "(predicate, iterable, /)" { ended: Cell<bool> = Cell::new(false) } }
predicated! { FilterFalse filterfalse filterfalse_new "(function, iterable, /)" {} }

iterator! {
    /// `itertools.dropwhile`
    DROPWHILE DROPWHILE_SPEC DropWhile [function, source] "itertools.dropwhile" "dropwhile(predicate, iterable, /)\n--\n\nDrop items from the iterable while predicate(item) is true.\n\nAfterwards, return every element until the iterable is exhausted.";
    slots { new: Some(dropwhile_new), next: Some(dropwhile_next), }
    methods {}
}

fn dropwhile_next(v: &Value) -> Res<Option<Value>> {
    let d = DropWhile::of(v);
    let source = d.source.value();
    while let Some(x) = iter::next(&source)? {
        if d.passing.get() {
            return Ok(Some(x));
        }
        if !protocol::is_true(&call::call1(&d.function.value(), &x)?)? {
            d.passing.set(true);
            return Ok(Some(x));
        }
    }
    Ok(None)
}

iterator! {
    /// `itertools.takewhile`
    TAKEWHILE TAKEWHILE_SPEC TakeWhile [function, source] "itertools.takewhile" "takewhile(predicate, iterable, /)\n--\n\nReturn successive entries from an iterable as long as the predicate evaluates to true for each entry.";
    slots { new: Some(takewhile_new), next: Some(takewhile_next), }
    methods {}
}

fn takewhile_next(v: &Value) -> Res<Option<Value>> {
    let t = TakeWhile::of(v);
    if t.ended.get() {
        return Ok(None);
    }
    let Some(x) = iter::next(&t.source.value())? else { return Ok(None) };
    if protocol::is_true(&call::call1(&t.function.value(), &x)?)? {
        return Ok(Some(x));
    }
    t.ended.set(true);
    Ok(None)
}

iterator! {
    /// `itertools.filterfalse`
    FILTERFALSE FILTERFALSE_SPEC FilterFalse [function, source] "itertools.filterfalse" "filterfalse(function, iterable, /)\n--\n\nReturn those items of iterable for which function(item) is false.\n\nIf function is None, return the items that are false.";
    slots { new: Some(filterfalse_new), next: Some(filterfalse_next), }
    methods {}
}

fn filterfalse_next(v: &Value) -> Res<Option<Value>> {
    let f = FilterFalse::of(v);
    let (function, source) = (f.function.value(), f.source.value());
    let plain = function.is_none() || function.is(&types().bool.value());
    while let Some(x) = iter::next(&source)? {
        let good = if plain { protocol::is_true(&x)? } else { protocol::is_true(&call::call1(&function, &x)?)? };
        if !good {
            return Ok(Some(x));
        }
    }
    Ok(None)
}

/// The payload of `islice`.
struct Islice {
    /// The iterator, until the slice is over.
    source: Field,
    /// The index of the next item to give.
    next: Cell<usize>,
    /// Where the slice ends; -1 stands for nowhere.
    stop: Cell<i64>,
    step: Cell<usize>,
    /// Items taken from the iterator.
    taken: Cell<usize>,
}

iterator! {
    /// `itertools.islice`
    ISLICE ISLICE_SPEC Islice [source] "itertools.islice" "islice(iterable, stop) --> islice object\nislice(iterable, start, stop[, step]) --> islice object\n\nReturn an iterator whose next() method returns selected values from an\niterable.  If start is specified, will skip all preceding elements;\notherwise, start defaults to zero.  Step defaults to one.  If\nspecified as another value, step determines how many values are\nskipped between successive calls.  Works like a slice() on a list\nbut returns an iterator.";
    slots { new: Some(islice_new), next: Some(islice_next), }
    methods {}
}

/// A bound: `default` for None. What is not an index, is negative, or is too large is a ValueError with this message.
fn bound(v: &Value, default: i64, message: &str) -> Res<i64> {
    if v.is_none() {
        return Ok(default);
    }
    let n = match number::is_index(v).then(|| number::index(v)) {
        Some(Ok(n)) => int::as_i64(&n),
        Some(Err(e)) => {
            exc::clear(e);
            None
        }
        None => None,
    };
    n.filter(|&n| n >= 0).ok_or_else(|| exc::value_error(message))
}

fn islice_new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    static SIGNATURE: Signature = Signature::new("islice", "(iterable, start, stop=None, step=None, /)");
    SIGNATURE.bind(args, kwnames, |a| {
        let (start, stop) = match a.opt(2) {
            None => (0, bound(a.at(1), -1, "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.")?),
            Some(stop) => {
                let stop = bound(stop, -1, "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.")?;
                let start = bound(a.at(1), 0, "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.")?;
                (start, stop)
            }
        };
        let step = match a.opt(3) {
            Some(step) => bound(step, 1, "Step for islice() must be a positive integer or None.")?,
            None => 1,
        };
        if step < 1 {
            return Err(exc::value_error("Step for islice() must be a positive integer or None."));
        }
        let payload = Islice {
            source: Field::new(iter::iter(a.at(0))?),
            next: Cell::new(start as usize),
            stop: Cell::new(stop),
            step: Cell::new(step as usize),
            taken: Cell::new(0),
        };
        Ok(new_instance(build::of(class), payload))
    })
}

fn islice_next(v: &Value) -> Res<Option<Value>> {
    let s = Islice::of(v);
    let Some(source) = s.source.get() else { return Ok(None) };
    let stop = usize::try_from(s.stop.get()).unwrap_or(usize::MAX);
    let over = || {
        drop(s.source.take());
        Ok(None)
    };
    while s.taken.get() < s.next.get() {
        // The slice may end before the next item's index.
        if s.taken.get() >= stop {
            return over();
        }
        if iter::next(&source)?.is_none() {
            return over();
        }
        s.taken.set(s.taken.get() + 1);
    }
    if s.taken.get() >= stop {
        return over();
    }
    let Some(x) = iter::next(&source)? else { return over() };
    s.taken.set(s.taken.get() + 1);
    s.next.set(s.next.get().saturating_add(s.step.get()).min(stop));
    Ok(Some(x))
}
