//! `list.sort`: keys, what to compare them with, and leaving the list as Python expects it.
//!
//! The items are taken out of the list while they are sorted, so nothing a key function or a comparison does can
//! reach them. Keys of one class whose order runs no Python and is total go to the standard library's stable
//! sort; a stable sort's result does not depend on the algorithm. All others go to [`timsort`], whose result for
//! inconsistent comparisons (NaN, say) is the same as CPython's.

use super::{storage, timsort};
use crate::class::slots::CompareOp;
use crate::exc;
use crate::protocol;
use crate::types::dict::is_exact_str;
use crate::types::str;
use crate::value::{Res, Value};
use std::cmp::Ordering;
use std::mem::ManuallyDrop;
use weft_layout::tag::{self, Word};

/// A sort key and the item it belongs to: borrowed words whose owners outlive the sort.
#[derive(Clone, Copy)]
struct Keyed {
    key: Word,
    item: Word,
}

/// What is sorted: something that has a key.
pub trait Sortable: Copy {
    /// The word to compare.
    fn key(&self) -> Word;
}

impl Sortable for Word {
    #[inline(always)]
    fn key(&self) -> Word {
        *self
    }
}

impl Sortable for Keyed {
    #[inline(always)]
    fn key(&self) -> Word {
        self.key
    }
}

/// Sorts a list in place. Raises what a key function or a comparison raises, after putting back what there was.
pub fn sort(list: &Value, key: Option<&Value>, reverse: bool) -> Res<()> {
    let store = storage(list);
    let mut items = store.take();
    let result = match key {
        None => sort_values(&mut items, reverse),
        Some(f) => sort_by_key(&mut items, f, reverse),
    };
    let meanwhile = store.take();
    store.put(items);
    let modified = meanwhile.capacity() != 0;
    drop(meanwhile);
    result?;
    if modified { Err(exc::value_error("list modified during sort")) } else { Ok(()) }
}

/// Sorts values that nobody else can reach.
pub fn sort_values(items: &mut Vec<Value>, reverse: bool) -> Res<()> {
    if items.len() < 2 {
        return Ok(());
    }
    // SAFETY: Value is a transparent word; sorting permutes the words, so each is owned once again afterwards.
    let words = unsafe { std::slice::from_raw_parts_mut(items.as_mut_ptr().cast::<Word>(), items.len()) };
    sort_stable(words, reverse)
}

fn sort_by_key(items: &mut Vec<Value>, f: &Value, reverse: bool) -> Res<()> {
    let mut keys: Vec<Value> = Vec::new();
    keys.try_reserve_exact(items.len()).map_err(|_| exc::memory_error())?;
    for x in items.iter() {
        keys.push(crate::call::call(f, std::slice::from_ref(x), None)?);
    }
    let mut pairs: Vec<Keyed> = keys.iter().zip(items.iter()).map(|(k, x)| Keyed { key: k.word(), item: x.word() }).collect();
    let result = sort_stable(&mut pairs, reverse);
    let mut old = ManuallyDrop::new(std::mem::take(items));
    // SAFETY: the pairs hold each item's word once, so ownership passes from the old vector, whose memory alone is freed.
    unsafe {
        *items = pairs.iter().map(|p| Value::from_word(p.item)).collect();
        old.set_len(0);
    }
    drop(ManuallyDrop::into_inner(old));
    drop(keys);
    result
}

/// Sorts; with `reverse` the order is descending, equal ones still staying in their order.
fn sort_stable<T: Sortable>(items: &mut [T], reverse: bool) -> Res<()> {
    if reverse {
        items.reverse();
    }
    let result = sort_ascending(items);
    if reverse {
        items.reverse();
    }
    result
}

fn sort_ascending<T: Sortable>(items: &mut [T]) -> Res<()> {
    let first = items.first().map_or(tag::NULL, Sortable::key);
    if tag::is_int(first) && items.iter().all(|x| tag::is_int(x.key())) {
        // The tag bit is the same in all, so the words compare as the ints do.
        items.sort_by_key(|x| x.key() as i64);
        return Ok(());
    }
    if tag::is_float(first) && items.iter().all(|x| tag::is_float(x.key())) {
        // NaN is never held in a word, so these floats have a total order.
        items.sort_by(|a, b| tag::float_value(a.key()).partial_cmp(&tag::float_value(b.key())).unwrap_or(Ordering::Equal));
        return Ok(());
    }
    if items.iter().all(|x| is_exact_str(value(&x.key()))) {
        items.sort_by(|a, b| compare_str(value(&a.key()), value(&b.key())));
        return Ok(());
    }
    timsort::sort(items, &mut |a: &T, b: &T| less(a.key(), b.key()))
}

/// A borrowed view of a word that its owner keeps alive throughout the sort.
fn value(word: &Word) -> &Value {
    // SAFETY: sort keys are live values, and their owners outlive the sort.
    unsafe { Value::from_word_ref(word) }
}

/// `a < b`.
fn less(a: Word, b: Word) -> Res<bool> {
    if tag::is_int(a) && tag::is_int(b) {
        return Ok((a as i64) < (b as i64));
    }
    let (a, b) = (value(&a), value(&b));
    if is_exact_str(a) && is_exact_str(b) {
        return Ok(compare_str(a, b).is_lt());
    }
    let r = protocol::compare(a, b, CompareOp::Lt)?;
    match r.word() {
        tag::TRUE => Ok(true),
        tag::FALSE => Ok(false),
        _ => protocol::is_true(&r),
    }
}

/// The order of two exact strings, by code points.
pub fn compare_str(a: &Value, b: &Value) -> Ordering {
    str::view(a).compare(str::view(b))
}
