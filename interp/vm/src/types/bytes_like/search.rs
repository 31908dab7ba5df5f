//! Searching: `find` and its kin, `count`, `startswith`, `endswith`, `in`.

use super::{Operand, this};
use crate::buffer;
use crate::class::native::Args;
use crate::exc;
use crate::types::bounds::{self, Bounds};
use crate::types::tuple;
use crate::value::{Res, Value};
use crate::vm::types;
use memchr::memmem;

/// What is searched for: bytes, or one byte given as an int.
pub enum Needle {
    /// One byte.
    Byte([u8; 1]),
    /// Bytes.
    Bytes(Operand),
}

impl Needle {
    /// Reads the argument of a search.
    pub fn of(v: &Value) -> Res<Needle> {
        if v.as_small_int().is_some() {
            return Ok(Needle::Byte([bounds::byte(v, "byte must be in range(0, 256)")?]));
        }
        if buffer::is_supported(v) {
            return Ok(Needle::Bytes(Operand::of(v)?));
        }
        if v.class().slots().index.is_some() {
            return Ok(Needle::Byte([bounds::byte(v, "byte must be in range(0, 256)")?]));
        }
        Err(exc::type_error(format!("argument should be integer or bytes-like object, not '{}'", v.class().full_name())))
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Needle::Byte(b) => b,
            Needle::Bytes(o) => o.as_slice(),
        }
    }
}

type Search = fn(&[u8], &[u8]) -> Option<usize>;

fn first(hay: &[u8], needle: &[u8]) -> Option<usize> {
    match needle {
        [b] => memchr::memchr(*b, hay),
        _ => memmem::find(hay, needle),
    }
}

fn last(hay: &[u8], needle: &[u8]) -> Option<usize> {
    match needle {
        [b] => memchr::memrchr(*b, hay),
        _ => memmem::rfind(hay, needle),
    }
}

/// How often `needle` occurs in `hay`, matches not overlapping, up to `most` times.
pub fn occurrences(hay: &[u8], needle: &[u8], most: usize) -> usize {
    match needle {
        [] => (hay.len() + 1).min(most),
        [b] => memchr::memchr_iter(*b, hay).take(most).count(),
        _ => memmem::find_iter(hay, needle).take(most).count(),
    }
}

fn search(a: Args, how: Search) -> Res<Option<usize>> {
    let needle = Needle::of(a.at(1))?;
    let bounds = Bounds::of(a.opt(2), a.opt(3))?;
    let hay = this(a.at(0));
    Ok(bounds.within(hay.len()).and_then(|(start, end)| how(&hay[start..end], needle.as_slice()).map(|i| i + start)))
}

fn or_minus_one(i: Option<usize>) -> Res {
    Ok(i.map_or(Value::small_int(-1), Value::usize))
}

fn or_error(i: Option<usize>) -> Res {
    i.map(Value::usize).ok_or_else(|| exc::value_error("subsection not found"))
}

pub(crate) fn find(a: Args) -> Res {
    or_minus_one(search(a, first)?)
}

pub(crate) fn rfind(a: Args) -> Res {
    or_minus_one(search(a, last)?)
}

pub(crate) fn index(a: Args) -> Res {
    or_error(search(a, first)?)
}

pub(crate) fn rindex(a: Args) -> Res {
    or_error(search(a, last)?)
}

pub(crate) fn count(a: Args) -> Res {
    let needle = Needle::of(a.at(1))?;
    let bounds = Bounds::of(a.opt(2), a.opt(3))?;
    let hay = this(a.at(0));
    Ok(Value::usize(bounds.within(hay.len()).map_or(0, |(start, end)| occurrences(&hay[start..end], needle.as_slice(), usize::MAX))))
}

pub(crate) fn contains(v: &Value, item: &Value) -> Res<bool> {
    if item.as_small_int().is_some() || (item.class().slots().index.is_some() && !buffer::is_supported(item)) {
        let byte = bounds::byte(item, "byte must be in range(0, 256)")?;
        return Ok(memchr::memchr(byte, this(v)).is_some());
    }
    let needle = Operand::of(item)?;
    Ok(first(this(v), needle.as_slice()).is_some())
}

fn affix(a: Args, fname: &str, test: fn(&[u8], &[u8]) -> bool) -> Res {
    let bounds = Bounds::of(a.opt(2), a.opt(3))?;
    let matches = |part: &Value| -> Res<bool> {
        let part = Operand::of(part)?;
        let hay = this(a.at(0));
        Ok(bounds.within(hay.len()).is_some_and(|(start, end)| test(&hay[start..end], part.as_slice())))
    };
    let what = a.at(1);
    if what.is_instance(types().tuple) {
        for item in tuple::items(what) {
            if matches(item)? {
                return Ok(Value::TRUE);
            }
        }
        return Ok(Value::FALSE);
    }
    if !buffer::is_supported(what) {
        return Err(exc::type_error(format!("{fname} first arg must be bytes or a tuple of bytes, not {}", what.class().full_name())));
    }
    Ok(Value::bool(matches(what)?))
}

pub(crate) fn startswith(a: Args) -> Res {
    affix(a, "startswith", |hay, part| hay.starts_with(part))
}

pub(crate) fn endswith(a: Args) -> Res {
    affix(a, "endswith", |hay, part| hay.ends_with(part))
}
