//! Concatenation, repetition and subscripts of str, bytes and tuple constants.

use super::{MAX_COLLECTION_SIZE, MAX_STR_SIZE, MAX_TOTAL_ITEMS, as_int};
use crate::code::Constant;
use num_traits::{Signed, ToPrimitive};
use rustpython_wtf8::Wtf8Buf;

/// `left + right`.
pub fn concatenate(left: &Constant, right: &Constant) -> Option<Constant> {
    Some(match (left, right) {
        (Constant::Str(a), Constant::Str(b)) => {
            let mut joined = a.to_wtf8_buf();
            joined.push_wtf8(b);
            Constant::Str(joined.into())
        }
        (Constant::Bytes(a), Constant::Bytes(b)) => Constant::Bytes([&a[..], b].concat()),
        (Constant::Tuple(a), Constant::Tuple(b)) => Constant::Tuple([&a[..], b].concat()),
        _ => return None,
    })
}

/// `sequence * count`, if the result is small.
pub fn repeat(sequence: &Constant, count: &Constant) -> Option<Constant> {
    let count = as_int(count)?;
    let (size, limit) = match sequence {
        Constant::Str(s) => (s.code_points().count(), MAX_STR_SIZE),
        Constant::Bytes(b) => (b.len(), MAX_STR_SIZE),
        Constant::Tuple(items) => (items.len(), MAX_COLLECTION_SIZE),
        _ => return None,
    };
    if size == 0 {
        // Python raises OverflowError for a count that is no index.
        return count.to_i64().map(|_| sequence.clone());
    }
    let count = count.to_usize().filter(|&count| count <= limit / size)?;
    if count != 0
        && let Constant::Tuple(_) = sequence
    {
        check_complexity(sequence, MAX_TOTAL_ITEMS / count)?;
    }
    Some(match sequence {
        Constant::Str(s) => {
            let mut repeated = Wtf8Buf::new();
            for _ in 0..count {
                repeated.push_wtf8(s);
            }
            Constant::Str(repeated.into())
        }
        Constant::Bytes(b) => Constant::Bytes(b.repeat(count)),
        Constant::Tuple(items) => Constant::Tuple((0..count).flat_map(|_| items.iter().cloned()).collect()),
        _ => return None,
    })
}

/// What is left of `limit` after counting the elements of nested tuples; none if it does not suffice.
fn check_complexity(value: &Constant, limit: usize) -> Option<usize> {
    let Constant::Tuple(items) = value else {
        return Some(limit);
    };
    let mut limit = limit.checked_sub(items.len())?;
    for item in items {
        limit = check_complexity(item, limit)?;
    }
    Some(limit)
}

/// `sequence[index]`.
pub fn subscript(sequence: &Constant, index: &Constant) -> Option<Constant> {
    if let Constant::Slice(bounds) = index {
        return slice(sequence, bounds);
    }
    let at = |len: usize| -> Option<usize> {
        let index = as_int(index)?.to_i64()?;
        let index = if index < 0 { index + len as i64 } else { index };
        usize::try_from(index).ok().filter(|&index| index < len)
    };
    Some(match sequence {
        Constant::Str(s) => {
            let points: Vec<_> = s.code_points().collect();
            Constant::Str([points[at(points.len())?]].into_iter().collect::<Wtf8Buf>().into())
        }
        Constant::Bytes(b) => Constant::Int(b[at(b.len())?].into()),
        Constant::Tuple(items) => items[at(items.len())?].clone(),
        _ => return None,
    })
}

fn slice(sequence: &Constant, bounds: &[Constant; 3]) -> Option<Constant> {
    Some(match sequence {
        Constant::Str(s) => {
            let points: Vec<_> = s.code_points().collect();
            Constant::Str(indices(bounds, points.len())?.into_iter().map(|i| points[i]).collect::<Wtf8Buf>().into())
        }
        Constant::Bytes(b) => Constant::Bytes(indices(bounds, b.len())?.into_iter().map(|i| b[i]).collect()),
        Constant::Tuple(items) => Constant::Tuple(indices(bounds, items.len())?.into_iter().map(|i| items[i].clone()).collect()),
        _ => return None,
    })
}

/// The indices a slice selects, as `range(*slice.indices(len))`.
fn indices(bounds: &[Constant; 3], len: usize) -> Option<Vec<usize>> {
    let number = |value: &Constant| -> Option<Option<i64>> {
        match value {
            Constant::None => Some(None),
            _ => {
                let i = as_int(value)?;
                let end = if i.is_negative() { -i64::MAX } else { i64::MAX };
                Some(Some(i.to_i64().unwrap_or(end).max(-i64::MAX)))
            }
        }
    };
    let len = len as i64;
    let step = number(&bounds[2])?.unwrap_or(1);
    if step == 0 {
        return None;
    }
    let (low, high) = if step > 0 { (0, len) } else { (-1, len - 1) };
    let bound = |value: Option<i64>, default: i64| match value {
        None => default,
        Some(i) if i < 0 => i.saturating_add(len).max(low),
        Some(i) => i.min(high),
    };
    let (first, last) = if step > 0 { (low, high) } else { (high, low) };
    let mut at = bound(number(&bounds[0])?, first);
    let stop = bound(number(&bounds[1])?, last);
    let mut out = Vec::new();
    while (step > 0 && at < stop) || (step < 0 && at > stop) {
        out.push(at as usize);
        at = at.saturating_add(step);
    }
    Some(out)
}
