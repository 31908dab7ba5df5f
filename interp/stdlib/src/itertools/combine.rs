//! `accumulate`, `batched`, `chain`, `pairwise`, `starmap`, `zip_longest`: new items out of old ones.

use super::iterator;
use std::cell::Cell;
use weft_vm::cell::Field;
use weft_vm::class::build;
use weft_vm::class::native::{Args, Signature, class_def};
use weft_vm::protocol::{self, iter, number};
use weft_vm::types::{generic_alias, list, str, tuple};
use weft_vm::value::{Res, Value, new_instance};
use weft_vm::{call, exc};

/// The payload of `accumulate`.
struct Accumulate {
    source: Field,
    /// Nothing stands for addition.
    function: Field,
    total: Field,
    /// What to begin with, until it has been given.
    initial: Field,
}

iterator! {
    /// `itertools.accumulate`
    ACCUMULATE ACCUMULATE_SPEC Accumulate [source, function, total, initial] "itertools.accumulate" "accumulate(iterable, func=None, *, initial=None)\n--\n\nReturn series of accumulated sums (or other binary function results).";
    slots { new: Some(accumulate_new), next: Some(accumulate_next), }
    methods {}
}

fn accumulate_new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    static SIGNATURE: Signature = Signature::new("accumulate", "(iterable, func=None, *, initial=None)");
    SIGNATURE.bind(args, kwnames, |a| {
        let payload = Accumulate {
            source: Field::new(iter::iter(a.at(0))?),
            function: Field::from_option(a.some(1).cloned()),
            total: Field::empty(),
            initial: Field::from_option(a.some(2).cloned()),
        };
        Ok(new_instance(build::of(class), payload))
    })
}

fn accumulate_next(v: &Value) -> Res<Option<Value>> {
    let a = Accumulate::of(v);
    if let Some(initial) = a.initial.take() {
        a.total.set(initial.clone());
        return Ok(Some(initial));
    }
    let Some(x) = iter::next(&a.source.value())? else { return Ok(None) };
    let total = match (a.total.get(), a.function.get()) {
        (None, _) => x,
        (Some(total), None) => number::add(&total, &x)?,
        (Some(total), Some(function)) => call::call(&function, &[total, x], None)?,
    };
    a.total.set(total.clone());
    Ok(Some(total))
}

/// The payload of `batched`.
struct Batched {
    /// The iterator, until it has ended.
    source: Field,
    size: Cell<usize>,
    strict: Cell<bool>,
}

iterator! {
    /// `itertools.batched`
    BATCHED BATCHED_SPEC Batched [source] "itertools.batched" "batched(iterable, n, *, strict=False)\n--\n\nBatch data into tuples of length n. The last batch may be shorter than n.\n\nLoops over the input iterable and accumulates data into tuples\nup to size n.  The input is consumed lazily, just enough to\nfill a batch.  The result is yielded as soon as a batch is full\nor when the input iterable is exhausted.\n\n    >>> for batch in batched('ABCDEFG', 3):\n    ...     print(batch)\n    ...\n    ('A', 'B', 'C')\n    ('D', 'E', 'F')\n    ('G',)\n\nIf \"strict\" is True, raises a ValueError if the final batch is shorter\nthan n.";
    slots { new: Some(batched_new), next: Some(batched_next), }
    methods {}
}

fn batched_new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    static SIGNATURE: Signature = Signature::new("batched", "(iterable, n, *, strict=False)");
    SIGNATURE.bind(args, kwnames, |a| {
        let size = number::as_isize(a.at(1))?;
        let strict = a.opt(2).map_or(Ok(false), protocol::is_true)?;
        if size < 1 {
            return Err(exc::value_error("n must be at least one"));
        }
        let payload = Batched { source: Field::new(iter::iter(a.at(0))?), size: Cell::new(size as usize), strict: Cell::new(strict) };
        Ok(new_instance(build::of(class), payload))
    })
}

fn batched_next(v: &Value) -> Res<Option<Value>> {
    let b = Batched::of(v);
    let Some(source) = b.source.get() else { return Ok(None) };
    let mut items = Vec::with_capacity(b.size.get().min(1 << 10));
    while items.len() < b.size.get() {
        match iter::next(&source) {
            Ok(Some(x)) => items.push(x),
            Ok(None) => break,
            Err(e) => {
                drop(b.source.take());
                return Err(e);
            }
        }
    }
    if items.len() < b.size.get() {
        if items.is_empty() {
            drop(b.source.take());
            return Ok(None);
        }
        if b.strict.get() {
            drop(b.source.take());
            return Err(exc::value_error("batched(): incomplete batch"));
        }
    }
    Ok(Some(tuple::from_vec(items)))
}

/// The payload of `chain`.
struct Chain {
    /// The iterator over the iterables, until it has ended.
    sources: Field,
    /// The iterator whose items are being given.
    active: Field,
}

iterator! {
    /// `itertools.chain`
    CHAIN CHAIN_SPEC Chain [sources, active] "itertools.chain" "chain(*iterables)\n--\n\nReturn a chain object whose .__next__() method returns elements from the\nfirst iterable until it is exhausted, then elements from the next\niterable, until all of the iterables are exhausted.";
    slots { new: Some(chain_new), next: Some(chain_next), }
    methods {
        class_def("from_iterable", "($type, iterable, /)", from_iterable, "Alternative chain() constructor taking a single iterable argument that evaluates lazily."),
        class_def("__class_getitem__", "($type, object, /)", |a| generic_alias::new(a.at(0), a.at(1)), "chain is generic over the type of its contents.\nThis is the union of the types of the input iterable contents."),
    }
}

fn chain(class: &Value, sources: Value) -> Value {
    new_instance(build::of(class), Chain { sources: Field::new(sources), active: Field::empty() })
}

fn chain_new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    if kwnames.is_some_and(|k| !tuple::items(k).is_empty()) && std::ptr::eq(build::of(class), CHAIN.get()) {
        return Err(exc::type_error("chain() takes no keyword arguments"));
    }
    let positional = &args[..args.len() - kwnames.map_or(0, |k| tuple::items(k).len())];
    Ok(chain(class, iter::iter(&tuple::from_slice(positional))?))
}

fn from_iterable(a: Args) -> Res {
    Ok(chain(a.at(0), iter::iter(a.at(1))?))
}

fn chain_next(v: &Value) -> Res<Option<Value>> {
    let c = Chain::of(v);
    loop {
        if let Some(active) = c.active.get() {
            if let Some(x) = iter::next(&active)? {
                return Ok(Some(x));
            }
            drop(c.active.take());
        }
        let Some(sources) = c.sources.get() else { return Ok(None) };
        let next = match iter::next(&sources) {
            Ok(Some(iterable)) => iter::iter(&iterable),
            Ok(None) => {
                drop(c.sources.take());
                return Ok(None);
            }
            Err(e) => Err(e),
        };
        match next {
            Ok(it) => c.active.set(it),
            Err(e) => {
                drop(c.sources.take());
                return Err(e);
            }
        }
    }
}

/// The payload of `pairwise`.
struct Pairwise {
    /// The iterator, until it has ended.
    source: Field,
    old: Field,
}

iterator! {
    /// `itertools.pairwise`
    PAIRWISE PAIRWISE_SPEC Pairwise [source, old] "itertools.pairwise" "pairwise(iterable, /)\n--\n\nReturn an iterator of overlapping pairs taken from the input iterator.\n\n    s -> (s0,s1), (s1,s2), (s2, s3), ...";
    slots { new: Some(pairwise_new), next: Some(pairwise_next), }
    methods {}
}

fn pairwise_new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    static SIGNATURE: Signature = Signature::new("pairwise", "(iterable, /)");
    SIGNATURE.bind(args, kwnames, |a| {
        let source = Field::new(iter::iter(a.at(0))?);
        Ok(new_instance(build::of(class), Pairwise { source, old: Field::empty() }))
    })
}

fn pairwise_next(v: &Value) -> Res<Option<Value>> {
    let p = Pairwise::of(v);
    let over = || {
        let old = (p.source.take(), p.old.take());
        drop(old);
    };
    let Some(source) = p.source.get() else { return Ok(None) };
    let old = match p.old.get() {
        Some(old) => old,
        None => {
            let first = match iter::next(&source) {
                Ok(Some(x)) => x,
                end => {
                    over();
                    return end;
                }
            };
            p.old.set(first.clone());
            // Reading it may have ended the iterator, by a call of its own.
            if p.source.peek().is_none() {
                drop(p.old.take());
                return Ok(None);
            }
            first
        }
    };
    match iter::next(&source) {
        Ok(Some(new)) => {
            p.old.set(new.clone());
            Ok(Some(tuple::from_array([old, new])))
        }
        end => {
            over();
            end
        }
    }
}

/// The payload of `starmap`.
struct StarMap {
    function: Field,
    source: Field,
}

iterator! {
    /// `itertools.starmap`
    STARMAP STARMAP_SPEC StarMap [function, source] "itertools.starmap" "starmap(function, iterable, /)\n--\n\nReturn an iterator whose values are returned from the function evaluated with an argument tuple taken from the given sequence.";
    slots { new: Some(starmap_new), next: Some(starmap_next), }
    methods {}
}

fn starmap_new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    static SIGNATURE: Signature = Signature::new("starmap", "(function, iterable, /)");
    SIGNATURE.bind(args, kwnames, |a| {
        let source = Field::new(iter::iter(a.at(1))?);
        Ok(new_instance(build::of(class), StarMap { function: Field::new(a.at(0).clone()), source }))
    })
}

fn starmap_next(v: &Value) -> Res<Option<Value>> {
    let s = StarMap::of(v);
    let Some(args) = iter::next(&s.source.value())? else { return Ok(None) };
    let function = s.function.value();
    if args.downcast_exact::<tuple::Tuple>().is_some() {
        return call::call(&function, tuple::items(&args), None).map(Some);
    }
    call::call(&function, &iter::collect(&args)?, None).map(Some)
}

/// The payload of `zip_longest`.
struct ZipLongest {
    /// A list of iterators; those that have ended are replaced by None.
    sources: Field,
    fill: Field,
    /// How many have not ended.
    active: Cell<usize>,
}

iterator! {
    /// `itertools.zip_longest`
    ZIP_LONGEST ZIP_LONGEST_SPEC ZipLongest [sources, fill] "itertools.zip_longest" "zip_longest(*iterables, fillvalue=None)\n--\n\nReturn a zip_longest object whose .__next__() method returns a tuple where\nthe i-th element comes from the i-th iterable argument.  The .__next__()\nmethod continues until the longest iterable in the argument sequence\nis exhausted and then it raises StopIteration.  When the shorter iterables\nare exhausted, the fillvalue is substituted in their place.  The fillvalue\ndefaults to None or can be specified by a keyword argument.\n";
    slots { new: Some(zip_longest_new), next: Some(zip_longest_next), }
    methods {}
}

fn zip_longest_new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let names: &[Value] = kwnames.map_or(&[], tuple::items);
    let (positional, keywords) = args.split_at(args.len() - names.len());
    let fill = match names {
        [] => Value::NONE,
        [name] if str::display(name) == "fillvalue" => keywords[0].clone(),
        _ => return Err(exc::type_error("zip_longest() got an unexpected keyword argument")),
    };
    let sources: Vec<Value> = positional.iter().map(iter::iter).collect::<Res<_>>()?;
    let active = Cell::new(sources.len());
    Ok(new_instance(build::of(class), ZipLongest { sources: Field::new(list::from_vec(sources)), fill: Field::new(fill), active }))
}

fn zip_longest_next(v: &Value) -> Res<Option<Value>> {
    let z = ZipLongest::of(v);
    if z.active.get() == 0 {
        return Ok(None);
    }
    let (sources, fill) = (z.sources.value(), z.fill.value());
    let mut items = Vec::with_capacity(list::len(&sources));
    for i in 0..list::len(&sources) {
        let Some(source) = list::get(&sources, i) else { return Ok(None) };
        if source.is_none() {
            items.push(fill.clone());
            continue;
        }
        match iter::next(&source) {
            Ok(Some(x)) => items.push(x),
            Ok(None) => {
                z.active.set(z.active.get().saturating_sub(1));
                if z.active.get() == 0 {
                    return Ok(None);
                }
                items.push(fill.clone());
                list::set(&sources, i, Value::NONE);
            }
            Err(e) => {
                z.active.set(0);
                return Err(e);
            }
        }
    }
    Ok(Some(tuple::from_vec(items)))
}
