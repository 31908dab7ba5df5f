//! Searching: `find` and its kin, `count`, `startswith`, `endswith`, `in`.
//!
//! Texts of one width are searched as bytes by the memchr crate; a match that does not begin at a unit is passed
//! over. A needle is first brought to the width of what is searched.

use super::payload::{self, is_str};
use super::view::{StrView, Unit, unit_bytes};
use crate::class::native::Args;
use crate::exc;
use crate::types::bounds::Bounds;
use crate::types::tuple;
use crate::value::{Res, Value};
use crate::vm::types;
use memchr::memmem;
use std::borrow::Cow;

/// The needle in units of `U`, or `None` if it holds a code point that such a text cannot.
fn in_units<U: Unit>(needle: StrView<'_>) -> Option<Vec<U>> {
    needle.iter().map(U::fit).collect()
}

/// A needle ready to be searched for in a text of units `U`.
pub struct Needle<'a, U: Unit> {
    units: Cow<'a, [U]>,
}

impl<'a, U: Unit> Needle<'a, U> {
    /// Of units of the same width.
    pub fn of_units(units: &'a [U]) -> Needle<'a, U> {
        Needle { units: Cow::Borrowed(units) }
    }

    /// Of any text; `None` if it cannot occur in a text of such units.
    pub fn of_view(needle: StrView<'_>) -> Option<Needle<'static, U>> {
        in_units(needle).map(|units| Needle { units: Cow::Owned(units) })
    }

    /// The number of units.
    pub fn width(&self) -> usize {
        self.units.len()
    }

    /// Calls `f` with the start of each match that does not overlap the one before, until `f` says to stop.
    /// An empty needle matches nowhere.
    pub fn each(&self, hay: &[U], mut f: impl FnMut(usize) -> bool) {
        let n = self.units.len();
        if n == 0 || n > hay.len() {
            return;
        }
        if size_of::<U>() > 1 && n == 1 {
            for (i, _) in hay.iter().enumerate().filter(|(_, u)| **u == self.units[0]) {
                if !f(i) {
                    return;
                }
            }
            return;
        }
        let bytes = unit_bytes(hay);
        if size_of::<U>() == 1 && n == 1 {
            for i in memchr::memchr_iter(unit_bytes(&self.units)[0], bytes) {
                if !f(i) {
                    return;
                }
            }
            return;
        }
        let finder = memmem::Finder::new(unit_bytes(&self.units));
        let mut at = 0;
        while let Some(i) = finder.find(&bytes[at..]) {
            let found = at + i;
            if found % size_of::<U>() == 0 {
                if !f(found / size_of::<U>()) {
                    return;
                }
                at = found + n * size_of::<U>();
            } else {
                at = found + 1;
            }
        }
    }

    /// The first match.
    pub fn find(&self, hay: &[U]) -> Option<usize> {
        let mut first = None;
        self.each(hay, |i| {
            first = Some(i);
            false
        });
        first
    }

    /// The last match.
    pub fn rfind(&self, hay: &[U]) -> Option<usize> {
        let n = self.units.len();
        if n > hay.len() {
            return None;
        }
        if n == 1 {
            return match size_of::<U>() {
                1 => memchr::memrchr(unit_bytes(&self.units)[0], unit_bytes(hay)),
                _ => hay.iter().rposition(|u| *u == self.units[0]),
            };
        }
        let bytes = unit_bytes(hay);
        let finder = memmem::FinderRev::new(unit_bytes(&self.units));
        let mut end = bytes.len();
        while let Some(found) = finder.rfind(&bytes[..end]) {
            if found % size_of::<U>() == 0 {
                return Some(found / size_of::<U>());
            }
            end = found + n * size_of::<U>() - 1;
        }
        None
    }
}

/// The first place of `needle` in `hay`.
pub fn find(hay: StrView, needle: StrView) -> Option<usize> {
    if needle.is_empty() {
        return Some(0);
    }
    if needle.len() > hay.len() {
        return None;
    }
    if needle.len() == 1 {
        return hay.position(needle.at(0));
    }
    match (hay, needle) {
        (StrView::Latin1(h), StrView::Latin1(n)) => memmem::find(h, n),
        (StrView::Latin1(h), n) => Needle::of_view(n)?.find(h),
        (StrView::Ucs2(h), StrView::Ucs2(n)) => Needle::of_units(n).find(h),
        (StrView::Ucs2(h), n) => Needle::of_view(n)?.find(h),
        (StrView::Ucs4(h), StrView::Ucs4(n)) => Needle::of_units(n).find(h),
        (StrView::Ucs4(h), n) => Needle::of_view(n)?.find(h),
    }
}

/// The last place of `needle` in `hay`.
pub fn rfind(hay: StrView, needle: StrView) -> Option<usize> {
    if needle.is_empty() {
        return Some(hay.len());
    }
    match hay {
        StrView::Latin1(h) => Needle::of_view(needle)?.rfind(h),
        StrView::Ucs2(h) => Needle::of_view(needle)?.rfind(h),
        StrView::Ucs4(h) => Needle::of_view(needle)?.rfind(h),
    }
}

/// Calls `f` with each place of `needle`, which is not empty, in `hay`, matches not overlapping, until it says to stop.
pub fn each(hay: StrView, needle: StrView, f: impl FnMut(usize) -> bool) {
    match (hay, needle) {
        (StrView::Latin1(h), StrView::Latin1(n)) => Needle::of_units(n).each(h, f),
        (StrView::Latin1(h), n) => drop(Needle::of_view(n).map(|n| n.each(h, f))),
        (StrView::Ucs2(h), StrView::Ucs2(n)) => Needle::of_units(n).each(h, f),
        (StrView::Ucs2(h), n) => drop(Needle::of_view(n).map(|n| n.each(h, f))),
        (StrView::Ucs4(h), StrView::Ucs4(n)) => Needle::of_units(n).each(h, f),
        (StrView::Ucs4(h), n) => drop(Needle::of_view(n).map(|n| n.each(h, f))),
    }
}

/// How often `needle` occurs in `hay`, matches not overlapping, up to `most` times.
pub fn count(hay: StrView, needle: StrView, most: usize) -> usize {
    if needle.is_empty() {
        return (hay.len() + 1).min(most);
    }
    if most == 0 {
        return 0;
    }
    let mut n = 0;
    each(hay, needle, |_| {
        n += 1;
        n < most
    });
    n
}

/// The arguments of `find` and its kin: the text searched for, and the part of `self` to search with its offset.
fn search_args<'a>(a: &Args<'a>, fname: &str) -> Res<(StrView<'a>, Option<(StrView<'a>, usize)>)> {
    let sub = a.at(1);
    if !is_str(sub) {
        return Err(exc::type_error(format!("{fname}() argument 1 must be str, not {}", sub.class().full_name())));
    }
    let bounds = Bounds::of(a.opt(2), a.opt(3))?;
    let hay = payload::payload(a.at(0)).view();
    let part = bounds.within(hay.len()).map(|(start, end)| (hay.slice(start, end), start));
    Ok((payload::payload(sub).view(), part))
}

type Search = fn(StrView, StrView) -> Option<usize>;

fn search(a: &Args, fname: &str, how: Search) -> Res<Option<usize>> {
    let (needle, part) = search_args(a, fname)?;
    Ok(part.and_then(|(hay, offset)| how(hay, needle).map(|i| i + offset)))
}

fn or_minus_one(i: Option<usize>) -> Res {
    Ok(i.map_or(Value::small_int(-1), Value::usize))
}

fn or_error(i: Option<usize>) -> Res {
    i.map(Value::usize).ok_or_else(|| exc::value_error("substring not found"))
}

pub(super) fn find_method(a: Args) -> Res {
    or_minus_one(search(&a, "find", find)?)
}

pub(super) fn rfind_method(a: Args) -> Res {
    or_minus_one(search(&a, "rfind", rfind)?)
}

pub(super) fn index_method(a: Args) -> Res {
    or_error(search(&a, "index", find)?)
}

pub(super) fn rindex_method(a: Args) -> Res {
    or_error(search(&a, "rindex", rfind)?)
}

pub(super) fn count_method(a: Args) -> Res {
    let (needle, part) = search_args(&a, "count")?;
    Ok(Value::usize(part.map_or(0, |(hay, _)| count(hay, needle, usize::MAX))))
}

pub(super) fn contains(v: &Value, item: &Value) -> Res<bool> {
    match payload::downcast(item) {
        Some(needle) => Ok(find(payload::payload(v).view(), needle.view()).is_some()),
        None => Err(exc::type_error(format!("'in <string>' requires string as left operand, not {}", item.class().full_name()))),
    }
}

/// Whether `hay` has `part` at its start (or, with `at_end`, at its end).
pub fn matches_at(hay: StrView, part: StrView, at_end: bool) -> bool {
    let (n, len) = (part.len(), hay.len());
    n <= len && if at_end { hay.slice(len - n, len) } else { hay.slice(0, n) }.equals(part)
}

fn affix(a: Args, fname: &str, at_end: bool) -> Res {
    let bounds = Bounds::of(a.opt(2), a.opt(3))?;
    let hay = payload::payload(a.at(0)).view();
    let part = bounds.within(hay.len()).map(|(start, end)| hay.slice(start, end));
    let test = |v: &Value| part.is_some_and(|hay| matches_at(hay, payload::payload(v).view(), at_end));
    let what = a.at(1);
    if is_str(what) {
        return Ok(Value::bool(test(what)));
    }
    if !what.is_instance(types().tuple) {
        return Err(exc::type_error(format!("{fname} first arg must be str or a tuple of str, not {}", what.class().full_name())));
    }
    for item in tuple::items(what) {
        if !is_str(item) {
            return Err(exc::type_error(format!("tuple for {fname} must only contain str, not {}", item.class().full_name())));
        }
        if test(item) {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

pub(super) fn startswith(a: Args) -> Res {
    affix(a, "startswith", false)
}

pub(super) fn endswith(a: Args) -> Res {
    affix(a, "endswith", true)
}
