//! Splitting and joining.

use super::{Operand, like, like_with_len, same, this};
use crate::class::native::Args;
use crate::types::str::split::join_items;
use crate::types::{bounds, bytes, list, tuple};
use crate::value::{Res, Value};
use crate::{buffer, exc, protocol};
use memchr::memmem;

type Ranges = Vec<(usize, usize)>;

fn to_list(v: &Value, ranges: Ranges) -> Res {
    let data = this(v);
    if let [(0, end)] = ranges[..]
        && end == data.len()
    {
        return Ok(list::from_vec(vec![same(v)?]));
    }
    let parts: Res<Vec<Value>> = ranges.into_iter().map(|(start, end)| like(v, &data[start..end])).collect();
    Ok(list::from_vec(parts?))
}

/// White space as C has it.
pub fn is_space(b: u8) -> bool {
    matches!(b, b' ' | 9..=13)
}

fn words(s: &[u8], most: usize) -> Ranges {
    let (mut ranges, mut at) = (Ranges::new(), 0);
    loop {
        while at < s.len() && is_space(s[at]) {
            at += 1;
        }
        if at == s.len() {
            return ranges;
        }
        let start = at;
        if ranges.len() == most {
            ranges.push((start, s.len()));
            return ranges;
        }
        while at < s.len() && !is_space(s[at]) {
            at += 1;
        }
        ranges.push((start, at));
    }
}

fn words_from_end(s: &[u8], most: usize) -> Ranges {
    let (mut ranges, mut at) = (Ranges::new(), s.len());
    loop {
        while at > 0 && is_space(s[at - 1]) {
            at -= 1;
        }
        if at == 0 {
            break;
        }
        let end = at;
        if ranges.len() == most {
            ranges.push((0, end));
            break;
        }
        while at > 0 && !is_space(s[at - 1]) {
            at -= 1;
        }
        ranges.push((at, end));
    }
    ranges.reverse();
    ranges
}

fn fields(s: &[u8], sep: &[u8], most: usize) -> Ranges {
    let (mut ranges, mut start) = (Ranges::new(), 0);
    for i in memmem::find_iter(s, sep).take(most) {
        ranges.push((start, i));
        start = i + sep.len();
    }
    ranges.push((start, s.len()));
    ranges
}

fn fields_from_end(s: &[u8], sep: &[u8], most: usize) -> Ranges {
    let (mut ranges, mut end) = (Ranges::new(), s.len());
    for i in memmem::rfind_iter(s, sep).take(most) {
        ranges.push((i + sep.len(), end));
        end = i;
    }
    ranges.push((0, end));
    ranges.reverse();
    ranges
}

fn split_by(a: Args, by_words: fn(&[u8], usize) -> Ranges, by_sep: fn(&[u8], &[u8], usize) -> Ranges) -> Res {
    let most = match a.opt(2) {
        Some(n) => usize::try_from(bounds::size_arg(n)?).unwrap_or(usize::MAX),
        None => usize::MAX,
    };
    let v = a.at(0);
    let Some(sep) = a.some(1) else {
        return to_list(v, by_words(this(v), most));
    };
    let sep = Operand::of(sep)?;
    if sep.as_slice().is_empty() {
        return Err(exc::value_error("empty separator"));
    }
    to_list(v, by_sep(this(v), sep.as_slice(), most))
}

pub(crate) fn split(a: Args) -> Res {
    split_by(a, words, fields)
}

pub(crate) fn rsplit(a: Args) -> Res {
    split_by(a, words_from_end, fields_from_end)
}

pub(crate) fn splitlines(a: Args) -> Res {
    let keep = a.opt(1).map_or(Ok(false), protocol::is_true)?;
    let v = a.at(0);
    let s = this(v);
    let (mut ranges, mut at) = (Ranges::new(), 0);
    while at < s.len() {
        let start = at;
        let end = memchr::memchr2(b'\n', b'\r', &s[at..]).map_or(s.len(), |i| at + i);
        at = match s[end..] {
            [b'\r', b'\n', ..] => end + 2,
            [] => end,
            _ => end + 1,
        };
        ranges.push((start, if keep { at } else { end }));
    }
    to_list(v, ranges)
}

/// The parts around a separator found by `find`.
fn parted(a: Args, find: fn(&[u8], &[u8]) -> Option<usize>, whole_first: bool) -> Res {
    let (v, sep) = (a.at(0), Operand::of(a.at(1))?);
    let sep = sep.as_slice();
    if sep.is_empty() {
        return Err(exc::value_error("empty separator"));
    }
    let s = this(v);
    let parts = match find(s, sep) {
        Some(i) => {
            let middle = if bytes::is_bytes(v) { a.at(1).clone() } else { like(v, sep)? };
            vec![like(v, &s[..i])?, middle, like(v, &s[i + sep.len()..])?]
        }
        None if whole_first => vec![same(v)?, like(v, &[])?, like(v, &[])?],
        None => vec![like(v, &[])?, like(v, &[])?, same(v)?],
    };
    Ok(tuple::from_vec(parts))
}

pub(crate) fn partition(a: Args) -> Res {
    parted(a, memmem::find, true)
}

pub(crate) fn rpartition(a: Args) -> Res {
    parted(a, memmem::rfind, false)
}

/// `sep.join(items)`; the result is of the kind of `sep`.
pub fn join_values(sep: &Value, items: &[Value]) -> Res {
    if let [only] = items
        && bytes::is_exact(only)
        && bytes::is_bytes(sep)
    {
        return Ok(only.clone());
    }
    let mut parts = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        if !buffer::is_supported(item) {
            return Err(exc::type_error(format!("sequence item {i}: expected a bytes-like object, {} found", item.class().full_name())));
        }
        parts.push(Operand::of(item)?);
    }
    let separator = Operand::of(sep)?;
    let separator = separator.as_slice();
    let between = separator.len().checked_mul(parts.len().saturating_sub(1));
    let total = parts.iter().try_fold(between.unwrap_or(usize::MAX), |n, p| n.checked_add(p.as_slice().len()));
    let Some(total) = total.filter(|&t| t <= isize::MAX as usize) else {
        return Err(exc::overflow_error("join() result is too long"));
    };
    like_with_len(sep, total, |to| {
        let mut at = 0;
        let mut put = |piece: &[u8]| {
            to[at..at + piece.len()].copy_from_slice(piece);
            at += piece.len();
        };
        for (i, part) in parts.iter().enumerate() {
            if i > 0 {
                put(separator);
            }
            put(part.as_slice());
        }
    })
}

pub(crate) fn join(a: Args) -> Res {
    let items = join_items(a.at(1))?;
    join_values(a.at(0), &items)
}
