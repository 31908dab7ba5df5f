//! Union, intersection, difference and comparison of sets, in CPython's order of steps, which the order of
//! iteration of the result depends on.

use super::{Set, downcast, hash_element, table};
use crate::protocol::{self, iter};
use crate::types::dict::{self, Dict};
use crate::value::{Res, Value};

/// What an operand is.
pub(super) enum Operand<'a> {
    /// A set or frozenset, subclasses included.
    Set(&'a Set),
    /// Exactly a dict, whose keys are meant.
    Dict(&'a Value),
    /// Something to iterate over.
    Other(&'a Value),
}

/// What an operand is.
pub(super) fn operand(v: &Value) -> Operand<'_> {
    match downcast(v) {
        Some(s) => Operand::Set(s),
        None if v.downcast_exact::<Dict>().is_some() => Operand::Dict(v),
        None => Operand::Other(v),
    }
}

/// Calls `f` with each key of a set and its hash.
fn each(s: &Set, mut f: impl FnMut(Value, i64) -> Res<()>) -> Res<()> {
    let mut pos = 0;
    while let Some((key, hash)) = s.next(&mut pos) {
        f(key, hash)?;
    }
    Ok(())
}

/// Calls `f` with each element of an operand and its hash, which `hash` makes where the operand does not keep it.
fn each_of(o: &Operand, hash: fn(&Value) -> Res<i64>, mut f: impl FnMut(Value, i64) -> Res<()>) -> Res<()> {
    match o {
        Operand::Set(s) => each(s, f),
        Operand::Dict(d) => {
            let mut pos = 0;
            while let Some((key, hash, _)) = dict::next_hashed(d, &mut pos) {
                f(key, hash)?;
            }
            Ok(())
        }
        Operand::Other(v) => {
            let it = iter::iter(v)?;
            while let Some(x) = iter::next(&it)? {
                let h = hash(&x)?;
                f(x, h)?;
            }
            Ok(())
        }
    }
}

/// `s |= v`.
pub fn update(s: &Set, v: &Value) -> Res<()> {
    match operand(v) {
        Operand::Set(other) => s.merge(other),
        o => {
            if let Operand::Dict(d) = o {
                s.make_room(dict::len(d))?;
            }
            each_of(&o, hash_element, |key, hash| s.add(key, hash))
        }
    }
}

/// A copy.
pub fn copy(s: &Set) -> Res<Set> {
    let result = Set::new();
    result.merge(s)?;
    Ok(result)
}

/// `s & v`.
pub fn intersection(s: &Set, v: &Value) -> Res<Set> {
    intersection_with(s, &operand(v))
}

fn intersection_with(s: &Set, o: &Operand) -> Res<Set> {
    if let Operand::Set(other) = o
        && std::ptr::eq(*other, s)
    {
        return copy(s);
    }
    let result = Set::new();
    match o {
        Operand::Set(other) if other.len() > s.len() => {
            each(s, |key, hash| if other.contains(&key, hash)? { result.add(key, hash) } else { Ok(()) })?
        }
        _ => {
            // Of two equal elements the result has the operand's, as in CPython.
            each_of(o, protocol::hash, |key, hash| if s.contains(&key, hash)? { result.add(key, hash) } else { Ok(()) })?;
        }
    }
    Ok(result)
}

/// `s -= v`.
pub fn difference_update(s: &Set, v: &Value) -> Res<()> {
    let o = operand(v);
    if let Operand::Set(other) = o {
        if std::ptr::eq(other, s) {
            drop(s.take_contents());
            return Ok(());
        }
        if other.len() >> 3 > s.len() {
            let common = intersection_with(s, &o)?;
            each(&common, |key, hash| s.discard(&key, hash).map(drop))?;
            return s.tidy();
        }
    }
    match o {
        Operand::Set(other) => each(other, |key, hash| s.discard(&key, hash).map(drop))?,
        _ => {
            let it = iter::iter(v)?;
            while let Some(x) = iter::next(&it)? {
                let hash = hash_element(&x)?;
                drop(s.discard(&x, hash)?);
            }
        }
    }
    s.tidy()
}

/// `s - v`.
pub fn difference(s: &Set, v: &Value) -> Res<Set> {
    let o = operand(v);
    let size = match o {
        Operand::Set(other) => other.len(),
        Operand::Dict(d) => dict::len(d),
        Operand::Other(_) => usize::MAX,
    };
    if matches!(o, Operand::Other(_)) || s.len() >> 2 > size {
        let result = copy(s)?;
        difference_update(&result, v)?;
        return Ok(result);
    }
    let result = Set::new();
    each(s, |key, hash| {
        let there = match o {
            Operand::Set(other) => other.contains(&key, hash)?,
            Operand::Dict(d) => dict::table(d).find(&key, hash)?.is_some(),
            Operand::Other(_) => false,
        };
        if there { Ok(()) } else { result.add(key, hash) }
    })?;
    Ok(result)
}

/// Takes out of `s` what is in `other`, and adds what was not.
fn toggle(s: &Set, other: &Set) -> Res<()> {
    each(other, |key, hash| if s.discard(&key, hash)?.is_some() { Ok(()) } else { s.add(key, hash) })
}

/// `s ^= v`.
pub fn symmetric_difference_update(s: &Set, v: &Value) -> Res<()> {
    match operand(v) {
        Operand::Set(other) if std::ptr::eq(other, s) => {
            drop(s.take_contents());
            Ok(())
        }
        Operand::Set(other) => toggle(s, other),
        o @ Operand::Dict(_) => {
            each_of(&o, hash_element, |key, hash| if s.discard(&key, hash)?.is_some() { Ok(()) } else { s.add(key, hash) })
        }
        Operand::Other(v) => {
            let other = Set::new();
            update(&other, v)?;
            toggle(s, &other)
        }
    }
}

/// `s ^ v`.
pub fn symmetric_difference(s: &Set, v: &Value) -> Res<Set> {
    let result = Set::new();
    update(&result, v)?;
    if downcast(v).is_some_and(|other| std::ptr::eq(other, s)) {
        return Ok(Set::new());
    }
    toggle(&result, s)?;
    Ok(result)
}

/// Whether all of `s` is in `other`.
pub fn is_subset(s: &Set, other: &Set) -> Res<bool> {
    if s.len() > other.len() {
        return Ok(false);
    }
    let mut pos = 0;
    loop {
        // Most keys are found, or missed, without a comparison.
        match s.skip_shared(&mut pos, other) {
            Some(false) => return Ok(false),
            Some(true) => {}
            None => return Ok(true),
        }
        let Some((key, hash)) = s.next(&mut pos) else { return Ok(true) };
        if !other.contains(&key, hash)? {
            return Ok(false);
        }
    }
}

/// `s.issubset(v)`.
pub fn is_subset_of(s: &Set, v: &Value) -> Res<bool> {
    match operand(v) {
        Operand::Set(other) => is_subset(s, other),
        o => {
            let common = intersection_with(s, &o)?;
            Ok(common.len() == s.len())
        }
    }
}

/// `s.issuperset(v)`.
pub fn is_superset_of(s: &Set, v: &Value) -> Res<bool> {
    if let Some(other) = downcast(v) {
        return is_subset(other, s);
    }
    let it = iter::iter(v)?;
    while let Some(x) = iter::next(&it)? {
        let hash = hash_element(&x)?;
        if !s.contains(&x, hash)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether nothing is in both.
pub fn is_disjoint(s: &Set, v: &Value) -> Res<bool> {
    if let Some(other) = downcast(v) {
        if std::ptr::eq(s, other) {
            return Ok(s.is_empty());
        }
        let (few, many) = if other.len() > s.len() { (s, other) } else { (other, s) };
        let mut pos = 0;
        while let Some((key, hash)) = few.next(&mut pos) {
            if many.contains(&key, hash)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    let it = iter::iter(v)?;
    while let Some(x) = iter::next(&it)? {
        let hash = hash_element(&x)?;
        if s.contains(&x, hash)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether two sets have the same elements.
pub fn equal(a: &Set, b: &Set) -> Res<bool> {
    if a.len() != b.len() || (a.hash.get() != -1 && b.hash.get() != -1 && a.hash.get() != b.hash.get()) {
        return Ok(false);
    }
    is_subset(a, b)
}

/// The hash of a frozenset with these elements.
pub fn frozen_hash(s: &Set) -> i64 {
    fn shuffle(h: u64) -> u64 {
        ((h ^ 89869747) ^ (h << 16)).wrapping_mul(3644798167)
    }
    let (mut pos, mut hash) = (0, 0u64);
    while let Some((_, h)) = s.next(&mut pos) {
        hash ^= shuffle(h as u64);
    }
    hash ^= (s.len() as u64 + 1).wrapping_mul(1927868237);
    hash ^= (hash >> 11) ^ (hash >> 25);
    hash = hash.wrapping_mul(69069).wrapping_add(907133923);
    if hash == u64::MAX { 590923713 } else { hash as i64 }
}

/// `s &= v` for many `v`, and `s.intersection(...)`.
pub fn intersection_of_all(s: &Set, others: &[Value]) -> Res<Set> {
    let Some((first, rest)) = others.split_first() else { return copy(s) };
    let mut result = intersection(s, first)?;
    for v in rest {
        result = intersection(&result, v)?;
    }
    Ok(result)
}

/// `s.difference(...)`.
pub fn difference_of_all(s: &Set, others: &[Value]) -> Res<Set> {
    let Some((first, rest)) = others.split_first() else { return copy(s) };
    let result = difference(s, first)?;
    for v in rest {
        difference_update(&result, v)?;
    }
    Ok(result)
}

/// The table of a set, for operators both of whose operands must be sets.
pub fn both<'a>(a: &'a Value, b: &Value) -> Option<&'a Set> {
    (downcast(a).is_some() && downcast(b).is_some()).then(|| table(a))
}
