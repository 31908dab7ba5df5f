//! Splitting and joining.

use super::payload::{self, Fresh, is_str};
use super::view::{StrView, Unit, Width, with_units};
use super::{intern, search};
use crate::class::native::Args;
use crate::exc;
use crate::types::{bounds, list, tuple};
use crate::unicode;
use crate::value::{Res, Value};
use crate::vm::types;

/// The pieces that a split has found, as ranges.
type Ranges = Vec<(usize, usize)>;

fn to_list(v: &Value, ranges: Ranges) -> Res {
    let parts: Res<Vec<Value>> = ranges.into_iter().map(|(start, end)| piece(v, start, end)).collect();
    Ok(list::from_vec(parts?))
}

/// Part of a str: a base str even where it is all of an instance of a subclass.
fn piece(v: &Value, start: usize, end: usize) -> Res {
    payload::substring(v, start, end)
}

/// Whether code point `c` separates words.
#[inline]
fn is_space(c: u32) -> bool {
    unicode::is_space(c)
}

fn words(s: StrView, most: usize) -> Ranges {
    with_units!(s, units => words_in(units, most))
}

fn words_in<U: Unit>(s: &[U], most: usize) -> Ranges {
    let (mut ranges, mut at, len) = (Ranges::new(), 0, s.len());
    loop {
        while at < len && is_space(s[at].code()) {
            at += 1;
        }
        if at == len {
            return ranges;
        }
        let start = at;
        if ranges.len() == most {
            let end = s.iter().rposition(|u| !is_space(u.code())).map_or(start, |i| i + 1);
            ranges.push((start, end));
            return ranges;
        }
        while at < len && !is_space(s[at].code()) {
            at += 1;
        }
        ranges.push((start, at));
    }
}

fn words_from_end(s: StrView, most: usize) -> Ranges {
    let (mut ranges, mut at) = (Ranges::new(), s.len());
    loop {
        while at > 0 && is_space(s.at(at - 1)) {
            at -= 1;
        }
        if at == 0 {
            break;
        }
        let end = at;
        if ranges.len() == most {
            let mut start = 0;
            while is_space(s.at(start)) {
                start += 1;
            }
            ranges.push((start, end));
            break;
        }
        while at > 0 && !is_space(s.at(at - 1)) {
            at -= 1;
        }
        ranges.push((at, end));
    }
    ranges.reverse();
    ranges
}

fn fields(s: StrView, sep: StrView, most: usize) -> Ranges {
    let (mut ranges, mut start) = (Ranges::new(), 0);
    if most > 0 {
        search::each(s, sep, |i| {
            ranges.push((start, i));
            start = i + sep.len();
            ranges.len() < most
        });
    }
    ranges.push((start, s.len()));
    ranges
}

fn fields_from_end(s: StrView, sep: StrView, most: usize) -> Ranges {
    let (mut ranges, mut end) = (Ranges::new(), s.len());
    while ranges.len() < most
        && let Some(i) = search::rfind(s.slice(0, end), sep)
    {
        ranges.push((i + sep.len(), end));
        end = i;
    }
    ranges.push((0, end));
    ranges.reverse();
    ranges
}

fn split_by(a: Args, by_words: fn(StrView, usize) -> Ranges, by_sep: fn(StrView, StrView, usize) -> Ranges) -> Res {
    let most = match a.opt(2) {
        Some(n) => usize::try_from(bounds::size_arg(n)?).unwrap_or(usize::MAX),
        None => usize::MAX,
    };
    let v = a.at(0);
    let s = payload::payload(v).view();
    let Some(sep) = a.some(1) else { return to_list(v, by_words(s, most)) };
    let Some(sep) = payload::downcast(sep) else {
        return Err(exc::type_error(format!("must be str or None, not {}", sep.class().full_name())));
    };
    if sep.is_empty() {
        return Err(exc::value_error("empty separator"));
    }
    to_list(v, by_sep(s, sep.view(), most))
}

pub(super) fn split(a: Args) -> Res {
    split_by(a, words, fields)
}

pub(super) fn rsplit(a: Args) -> Res {
    split_by(a, words_from_end, fields_from_end)
}

/// Whether code point `c` ends a line.
fn is_line_break(c: u32) -> bool {
    matches!(c, 0x0a..=0x0d | 0x1c..=0x1e | 0x85 | 0x2028 | 0x2029)
}

pub(super) fn splitlines(a: Args) -> Res {
    let keep = match a.opt(1) {
        Some(k) => crate::protocol::is_true(k)?,
        None => false,
    };
    let v = a.at(0);
    let s = payload::payload(v).view();
    let (mut ranges, mut at) = (Ranges::new(), 0);
    while at < s.len() {
        let start = at;
        while at < s.len() && !is_line_break(s.at(at)) {
            at += 1;
        }
        let end = at;
        if at < s.len() {
            at += if s.at(at) == 0x0d && s.get(at + 1) == Some(0x0a) { 2 } else { 1 };
        }
        ranges.push((start, if keep { at } else { end }));
    }
    to_list(v, ranges)
}

fn separator<'a>(v: &'a Value) -> Res<StrView<'a>> {
    match payload::downcast(v) {
        None => Err(exc::type_error(format!("must be str, not {}", v.class().full_name()))),
        Some(s) if s.is_empty() => Err(exc::value_error("empty separator")),
        Some(s) => Ok(s.view()),
    }
}

pub(super) fn partition(a: Args) -> Res {
    let (v, sep) = (a.at(0), separator(a.at(1))?);
    let s = payload::payload(v).view();
    Ok(tuple::from_vec(match search::find(s, sep) {
        Some(i) => vec![piece(v, 0, i)?, a.at(1).clone(), piece(v, i + sep.len(), s.len())?],
        None => vec![piece(v, 0, s.len())?, intern::empty(), intern::empty()],
    }))
}

pub(super) fn rpartition(a: Args) -> Res {
    let (v, sep) = (a.at(0), separator(a.at(1))?);
    let s = payload::payload(v).view();
    Ok(tuple::from_vec(match search::rfind(s, sep) {
        Some(i) => vec![piece(v, 0, i)?, a.at(1).clone(), piece(v, i + sep.len(), s.len())?],
        None => vec![intern::empty(), intern::empty(), piece(v, 0, s.len())?],
    }))
}

/// `separator.join(items)`, all of which the caller owns. Raises TypeError if one is not a str.
pub fn join(sep: &Value, items: &[Value]) -> Res {
    if let [only] = items
        && payload::is_exact(only)
    {
        return Ok(only.clone());
    }
    let separator = payload::payload(sep);
    let (mut total, mut width) = (0usize, Width::Ascii);
    for (i, item) in items.iter().enumerate() {
        let Some(s) = payload::downcast(item) else {
            return Err(exc::type_error(format!("sequence item {i}: expected str instance, {} found", item.class().full_name())));
        };
        total = total.saturating_add(s.len());
        width = width.max(s.width());
    }
    if items.len() > 1 {
        total = total.saturating_add(separator.len().saturating_mul(items.len() - 1));
        if !separator.is_empty() {
            width = width.max(separator.width());
        }
    }
    if total == 0 {
        return Ok(intern::empty());
    }
    if total > payload::MAX_LEN {
        return Err(exc::overflow_error("join() result is too long for a Python string"));
    }
    let mut fresh = Fresh::new(width, total)?;
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            fresh.push_view(separator.view());
        }
        fresh.push_view(payload::payload(item).view());
    }
    Ok(fresh.finish())
}

/// The items of what `join` was given.
pub(crate) fn join_items(iterable: &Value) -> Res<std::borrow::Cow<'_, [Value]>> {
    use std::borrow::Cow;
    if std::ptr::eq(iterable.class(), types().tuple) {
        return Ok(Cow::Borrowed(tuple::items(iterable)));
    }
    if !iterable.is_instance(types().list) {
        let iterator = match crate::protocol::iter::iter(iterable) {
            Ok(i) => i,
            Err(e) if exc::matches(types().type_error) => {
                exc::clear(e);
                return Err(exc::type_error("can only join an iterable"));
            }
            Err(e) => return Err(e),
        };
        return Ok(Cow::Owned(crate::protocol::iter::collect(&iterator)?));
    }
    Ok(Cow::Owned(list::to_vec(iterable)))
}

pub(super) fn join_method(a: Args) -> Res {
    debug_assert!(is_str(a.at(0)));
    let items = join_items(a.at(1))?;
    join(a.at(0), &items)
}

/// All the strs one behind the other (what an f-string makes of its parts).
pub fn concat_all(items: &[Value]) -> Res {
    join(&intern::empty(), items)
}
