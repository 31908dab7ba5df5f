//! `product`, `permutations`, `combinations`, `combinations_with_replacement`.
//!
//! All four keep a tuple (or several) of items to choose from and the indices of the choice to give next; stepping
//! from one choice to the next runs no Python.

use super::{iterator, size};
use std::cell::{Cell, RefCell};
use weft_vm::cell::Field;
use weft_vm::class::build;
use weft_vm::class::native::{Args, Signature, def};
use weft_vm::exc;
use weft_vm::protocol::{iter, number};
use weft_vm::types::{int, str, tuple};
use weft_vm::value::{Res, Value, new_instance};

/// A vector made from an iterator of `n` numbers, or MemoryError.
fn indices(n: usize, of: impl Iterator<Item = usize>) -> Res<Vec<usize>> {
    let mut all = Vec::new();
    all.try_reserve_exact(n).map_err(|_| exc::memory_error())?;
    all.extend(of.take(n));
    Ok(all)
}

/// The items of `pool` at the indices.
fn choose(pool: &Value, indices: &[usize]) -> Value {
    let items = tuple::items(pool);
    tuple::from_vec(indices.iter().map(|&i| items[i].clone()).collect())
}

/// What `__sizeof__` says: the object and its indices.
fn sizeof(v: &Value, words: usize) -> Res {
    Ok(Value::usize(weft_vm::types::object::size_of_object(v) + words * size_of::<usize>()))
}

/// The payload of `product`.
struct Product {
    /// A tuple of tuples.
    pools: Field,
    indices: RefCell<Vec<usize>>,
    over: Cell<bool>,
}

iterator! {
    /// `itertools.product`
    PRODUCT PRODUCT_SPEC Product [pools] "itertools.product" "product(*iterables, repeat=1)\n--\n\nCartesian product of input iterables.  Equivalent to nested for-loops.\n\nFor example, product(A, B) returns the same as:  ((x,y) for x in A for y in B).\nThe leftmost iterators are in the outermost for-loop, so the output tuples\ncycle in a manner similar to an odometer (with the rightmost element changing\non every iteration).\n\nTo compute the product of an iterable with itself, specify the number\nof repetitions with the optional repeat keyword argument. For example,\nproduct(A, repeat=4) means the same as product(A, A, A, A).\n\nproduct('ab', range(3)) --> ('a',0) ('a',1) ('a',2) ('b',0) ('b',1) ('b',2)\nproduct((0,1), (0,1), (0,1)) --> (0,0,0) (0,0,1) (0,1,0) (0,1,1) (1,0,0) ...";
    slots { new: Some(product_new), next: Some(product_next), }
    methods { def("__sizeof__", "($self, /)", |a: Args| sizeof(a.at(0), Product::of(a.at(0)).indices.borrow().len()), "Returns size in memory, in bytes.") }
}

fn product_new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    let names: &[Value] = kwnames.map_or(&[], tuple::items);
    let (positional, keywords) = args.split_at(args.len() - names.len());
    let mut repeat = 1;
    for (name, value) in names.iter().zip(keywords) {
        if str::display(name) != "repeat" {
            return Err(exc::type_error(format!("product() got an unexpected keyword argument '{}'", str::display(name))));
        }
        repeat = size(value, "repeat argument cannot be negative")?;
    }
    let n = match positional.len().checked_mul(repeat) {
        Some(n) if n <= isize::MAX as usize / 8 => n,
        _ => return Err(exc::overflow_error("repeat argument too large")),
    };
    let once: Vec<Value> =
        if repeat == 0 { Vec::new() } else { positional.iter().map(|p| iter::collect(p).map(tuple::from_vec)).collect::<Res<_>>()? };
    let mut pools = Vec::new();
    pools.try_reserve_exact(n).map_err(|_| exc::memory_error())?;
    for _ in 0..repeat {
        pools.extend_from_slice(&once);
    }
    let over = pools.iter().any(|p| tuple::items(p).is_empty());
    let indices = RefCell::new(indices(n, std::iter::repeat(0))?);
    Ok(new_instance(build::of(class), Product { pools: Field::new(tuple::from_vec(pools)), indices, over: Cell::new(over) }))
}

fn product_next(v: &Value) -> Res<Option<Value>> {
    let p = Product::of(v);
    if p.over.get() {
        return Ok(None);
    }
    let pools = p.pools.value();
    let pools = tuple::items(&pools);
    let mut indices = p.indices.borrow_mut();
    let result = tuple::from_vec(pools.iter().zip(indices.iter()).map(|(pool, &i)| tuple::items(pool)[i].clone()).collect());
    p.over.set(true);
    for (i, pool) in indices.iter_mut().zip(pools).rev() {
        *i += 1;
        if *i < tuple::items(pool).len() {
            p.over.set(false);
            break;
        }
        *i = 0;
    }
    Ok(Some(result))
}

/// The payload of `permutations`.
struct Permutations {
    pool: Field,
    indices: RefCell<Vec<usize>>,
    cycles: RefCell<Vec<usize>>,
    over: Cell<bool>,
}

iterator! {
    /// `itertools.permutations`
    PERMUTATIONS PERMUTATIONS_SPEC Permutations [pool] "itertools.permutations" "permutations(iterable, r=None)\n--\n\nReturn successive r-length permutations of elements in the iterable.\n\npermutations(range(3), 2) --> (0,1), (0,2), (1,0), (1,2), (2,0), (2,1)";
    slots { new: Some(permutations_new), next: Some(permutations_next), }
    methods {
        def("__sizeof__", "($self, /)", |a: Args| {
            let p = Permutations::of(a.at(0));
            sizeof(a.at(0), p.indices.borrow().len() + p.cycles.borrow().len())
        }, "Returns size in memory, in bytes.")
    }
}

fn permutations_new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
    static SIGNATURE: Signature = Signature::new("permutations", "(iterable, r=None)");
    SIGNATURE.bind(args, kwnames, |a| {
        let pool = tuple::from_vec(iter::collect_unasked(a.at(0))?);
        let n = tuple::items(&pool).len();
        let r = match a.some(1) {
            None => n,
            Some(r) if !int::is_int(r) => return Err(exc::type_error("Expected int as r")),
            Some(r) => size(r, "r must be non-negative")?,
        };
        let over = Cell::new(r > n);
        let r = r.min(n);
        let payload = Permutations {
            pool: Field::new(pool),
            indices: RefCell::new(indices(n, 0..)?),
            cycles: RefCell::new(indices(r, (0..=n).rev())?),
            over,
        };
        Ok(new_instance(build::of(class), payload))
    })
}

fn permutations_next(v: &Value) -> Res<Option<Value>> {
    let p = Permutations::of(v);
    if p.over.get() {
        return Ok(None);
    }
    let pool = p.pool.value();
    let (mut indices, mut cycles) = (p.indices.borrow_mut(), p.cycles.borrow_mut());
    let (n, r) = (indices.len(), cycles.len());
    let result = choose(&pool, &indices[..r]);
    p.over.set(true);
    for i in (0..r).rev() {
        cycles[i] -= 1;
        if cycles[i] == 0 {
            // The item that moved furthest goes back to its place.
            indices[i..].rotate_left(1);
            cycles[i] = n - i;
        } else {
            let j = n - cycles[i];
            indices.swap(i, j);
            p.over.set(false);
            break;
        }
    }
    Ok(Some(result))
}

/// The payload of `combinations` and of `combinations_with_replacement`.
macro_rules! combinations {
    ($Payload:ident $new:ident $name:literal $first:expr, $over:expr) => {
        struct $Payload {
            pool: Field,
            indices: RefCell<Vec<usize>>,
            over: Cell<bool>,
        }

        fn $new(class: &Value, args: &[Value], kwnames: Option<&Value>) -> Res {
            static SIGNATURE: Signature = Signature::new($name, "(iterable, r)");
            SIGNATURE.bind(args, kwnames, |a| {
                let r = number::as_isize(a.at(1))?;
                let pool = tuple::from_vec(iter::collect_unasked(a.at(0))?);
                let Ok(r) = usize::try_from(r) else { return Err(exc::value_error("r must be non-negative")) };
                let (over, first): (fn(usize, usize) -> bool, fn(usize) -> usize) = ($over, $first);
                let over = over(tuple::items(&pool).len(), r);
                let indices = if over { Vec::new() } else { indices(r, (0..).map(first))? };
                Ok(new_instance(
                    build::of(class),
                    $Payload { pool: Field::new(pool), indices: RefCell::new(indices), over: Cell::new(over) },
                ))
            })
        }
    };
}

combinations! { Combinations combinations_new "combinations" |i| i, |n, r| r > n }
combinations! { Replacement replacement_new "combinations_with_replacement" |_| 0, |n, r| n == 0 && r > 0 }

iterator! {
    /// `itertools.combinations`
    COMBINATIONS COMBINATIONS_SPEC Combinations [pool] "itertools.combinations" "combinations(iterable, r)\n--\n\nReturn successive r-length combinations of elements in the iterable.\n\ncombinations(range(4), 3) --> (0,1,2), (0,1,3), (0,2,3), (1,2,3)";
    slots { new: Some(combinations_new), next: Some(combinations_next), }
    methods { def("__sizeof__", "($self, /)", |a: Args| sizeof(a.at(0), Combinations::of(a.at(0)).indices.borrow().len()), "Returns size in memory, in bytes.") }
}

fn combinations_next(v: &Value) -> Res<Option<Value>> {
    let c = Combinations::of(v);
    if c.over.get() {
        return Ok(None);
    }
    let pool = c.pool.value();
    let n = tuple::items(&pool).len();
    let mut indices = c.indices.borrow_mut();
    let r = indices.len();
    let result = choose(&pool, &indices);
    // The last index that has room to grow does; those behind it follow it closely.
    match (0..r).rev().find(|&i| indices[i] != i + n - r) {
        Some(i) => {
            indices[i] += 1;
            for j in i + 1..r {
                indices[j] = indices[j - 1] + 1;
            }
        }
        None => c.over.set(true),
    }
    Ok(Some(result))
}

iterator! {
    /// `itertools.combinations_with_replacement`
    REPLACEMENT REPLACEMENT_SPEC Replacement [pool] "itertools.combinations_with_replacement" "combinations_with_replacement(iterable, r)\n--\n\nReturn successive r-length combinations of elements in the iterable allowing individual elements to have successive repeats.\n\ncombinations_with_replacement('ABC', 2) --> ('A','A'), ('A','B'), ('A','C'), ('B','B'), ('B','C'), ('C','C')";
    slots { new: Some(replacement_new), next: Some(replacement_next), }
    methods { def("__sizeof__", "($self, /)", |a: Args| sizeof(a.at(0), Replacement::of(a.at(0)).indices.borrow().len()), "Returns size in memory, in bytes.") }
}

fn replacement_next(v: &Value) -> Res<Option<Value>> {
    let c = Replacement::of(v);
    if c.over.get() {
        return Ok(None);
    }
    let pool = c.pool.value();
    let n = tuple::items(&pool).len();
    let mut indices = c.indices.borrow_mut();
    let result = choose(&pool, &indices);
    match indices.iter().rposition(|&i| i + 1 != n) {
        Some(i) => {
            let next = indices[i] + 1;
            indices[i..].fill(next);
        }
        None => c.over.set(true),
    }
    Ok(Some(result))
}
