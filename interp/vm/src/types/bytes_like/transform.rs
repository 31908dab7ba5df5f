//! Methods that make a changed copy: replacing, translating, stripping, padding.

use super::search::occurrences;
use super::split::is_space;
use super::{Operand, like, like_with_len, same, this};
use crate::class::native::Args;
use crate::exc;
use crate::types::{bounds, bytearray, bytes};
use crate::value::{Res, Value};
use memchr::memmem;

pub(crate) fn replace(a: Args) -> Res {
    let (old, new) = (Operand::of(a.at(1))?, Operand::of(a.at(2))?);
    let most = match a.opt(3) {
        Some(n) => usize::try_from(bounds::size_arg(n)?).unwrap_or(usize::MAX),
        None => usize::MAX,
    };
    let v = a.at(0);
    let (s, old, new) = (this(v), old.as_slice(), new.as_slice());
    let n = if old == new || old.len() > s.len() { 0 } else { occurrences(s, old, most) };
    if n == 0 {
        return same(v);
    }
    let added = new.len().checked_mul(n);
    let Some(total) = added.and_then(|added| (s.len() - n * old.len()).checked_add(added)).filter(|&t| t <= isize::MAX as usize) else {
        return Err(exc::overflow_error("replace bytes are too long"));
    };
    like_with_len(v, total, |to| {
        let mut at = 0;
        let mut put = |piece: &[u8]| {
            to[at..at + piece.len()].copy_from_slice(piece);
            at += piece.len();
        };
        let mut start = 0;
        // An empty `old` is found before each byte and at the end.
        for i in memmem::find_iter(s, old).take(n) {
            put(&s[start..i]);
            put(new);
            start = i + old.len();
        }
        put(&s[start..]);
    })
}

pub(crate) fn removeprefix(a: Args) -> Res {
    let prefix = Operand::of(a.at(1))?;
    match this(a.at(0)).strip_prefix(prefix.as_slice()) {
        Some(rest) if !prefix.as_slice().is_empty() => like(a.at(0), rest),
        _ => same(a.at(0)),
    }
}

pub(crate) fn removesuffix(a: Args) -> Res {
    let suffix = Operand::of(a.at(1))?;
    match this(a.at(0)).strip_suffix(suffix.as_slice()) {
        Some(rest) if !suffix.as_slice().is_empty() => like(a.at(0), rest),
        _ => same(a.at(0)),
    }
}

fn strip_by(a: Args, left: bool, right: bool) -> Res {
    let chars = a.some(1).map(Operand::of).transpose()?;
    let gone = |b: u8| match &chars {
        None => is_space(b),
        Some(chars) => chars.as_slice().contains(&b),
    };
    let s = this(a.at(0));
    let (mut start, mut end) = (0, s.len());
    while left && start < end && gone(s[start]) {
        start += 1;
    }
    while right && end > start && gone(s[end - 1]) {
        end -= 1;
    }
    if (start, end) == (0, s.len()) { same(a.at(0)) } else { like(a.at(0), &s[start..end]) }
}

pub(crate) fn strip(a: Args) -> Res {
    strip_by(a, true, true)
}

pub(crate) fn lstrip(a: Args) -> Res {
    strip_by(a, true, false)
}

pub(crate) fn rstrip(a: Args) -> Res {
    strip_by(a, false, true)
}

fn padding(a: &Args, fname: &str) -> Res<(usize, u8)> {
    let width = bounds::size_arg(a.at(1))?;
    let fill = match a.opt(2) {
        None => b' ',
        Some(f) => {
            let bytes = match f {
                f if bytes::is_bytes(f) => bytes::as_slice(f),
                f if bytearray::is_bytearray(f) => bytearray::as_slice(f),
                f => {
                    return Err(exc::type_error(format!(
                        "{fname}() argument 2 must be a byte string of length 1, not {}",
                        f.class().full_name()
                    )));
                }
            };
            match bytes {
                [b] => *b,
                _ => {
                    let kind = if bytes::is_bytes(f) { "bytes" } else { "bytearray" };
                    return Err(exc::type_error(format!(
                        "{fname}(): argument 2 must be a byte string of length 1, not a {kind} object of length {}",
                        bytes.len()
                    )));
                }
            }
        }
    };
    Ok((usize::try_from(width).unwrap_or(0).saturating_sub(this(a.at(0)).len()), fill))
}

fn pad(v: &Value, left: usize, right: usize, fill: u8) -> Res {
    if left == 0 && right == 0 {
        return same(v);
    }
    let s = this(v);
    let Some(total) = left.checked_add(right).and_then(|n| n.checked_add(s.len())).filter(|&n| n <= isize::MAX as usize) else {
        return Err(exc::memory_error());
    };
    like_with_len(v, total, |to| {
        to.fill(fill);
        to[left..left + s.len()].copy_from_slice(s);
    })
}

pub(crate) fn ljust(a: Args) -> Res {
    let (n, fill) = padding(&a, "ljust")?;
    pad(a.at(0), 0, n, fill)
}

pub(crate) fn rjust(a: Args) -> Res {
    let (n, fill) = padding(&a, "rjust")?;
    pad(a.at(0), n, 0, fill)
}

pub(crate) fn center(a: Args) -> Res {
    let (n, fill) = padding(&a, "center")?;
    let width = n + this(a.at(0)).len();
    let left = n / 2 + (n & width & 1);
    pad(a.at(0), left, n - left, fill)
}

pub(crate) fn zfill(a: Args) -> Res {
    let width = usize::try_from(bounds::size_arg(a.at(1))?).unwrap_or(0);
    let v = a.at(0);
    let s = this(v);
    let n = width.saturating_sub(s.len());
    match s.first() {
        Some(&sign @ (b'+' | b'-')) if n > 0 => like_with_len(v, width, |to| {
            to.fill(b'0');
            to[0] = sign;
            to[n + 1..].copy_from_slice(&s[1..]);
        }),
        _ => pad(v, n, 0, b'0'),
    }
}

pub(crate) fn expandtabs(a: Args) -> Res {
    let size = match a.opt(1) {
        Some(n) => usize::try_from(bounds::c_int_arg(n)?).unwrap_or(0),
        None => 8,
    };
    let v = a.at(0);
    let s = this(v);
    let step = |b: u8, column: usize| match b {
        b'\t' if size > 0 => size - column % size,
        b'\t' => 0,
        _ => 1,
    };
    let (mut total, mut column) = (0usize, 0usize);
    for &b in s {
        let n = step(b, column);
        column = if b == b'\n' || b == b'\r' { 0 } else { column + n };
        total += n;
        if total > isize::MAX as usize - size {
            return Err(exc::overflow_error("result too long"));
        }
    }
    like_with_len(v, total, |to| {
        to.fill(b' ');
        let (mut at, mut column) = (0, 0);
        for &b in s {
            let n = step(b, column);
            if b != b'\t' {
                to[at] = b;
            }
            column = if b == b'\n' || b == b'\r' { 0 } else { column + n };
            at += n;
        }
    })
}

pub(crate) fn translate(a: Args) -> Res {
    let table = a.some(1).map(Operand::of).transpose()?;
    if table.as_ref().is_some_and(|t| t.as_slice().len() != 256) {
        return Err(exc::value_error("translation table must be 256 characters long"));
    }
    let delete = a.opt(2).map(Operand::of).transpose()?;
    let v = a.at(0);
    let mut gone = [false; 256];
    if let Some(delete) = &delete {
        delete.as_slice().iter().for_each(|&b| gone[b as usize] = true);
    }
    let s = this(v);
    let map = |b: u8| table.as_ref().map_or(b, |t| t.as_slice()[b as usize]);
    let total = s.iter().filter(|&&b| !gone[b as usize]).count();
    if total == s.len() && s.iter().all(|&b| map(b) == b) {
        return same(v);
    }
    like_with_len(v, total, |to| {
        let kept = s.iter().filter(|&&b| !gone[b as usize]);
        to.iter_mut().zip(kept).for_each(|(to, &b)| *to = map(b));
    })
}

pub(crate) fn maketrans(a: Args) -> Res {
    let (from, to) = (Operand::of(a.at(0))?, Operand::of(a.at(1))?);
    let (from, to) = (from.as_slice(), to.as_slice());
    if from.len() != to.len() {
        return Err(exc::value_error("maketrans arguments must have same length"));
    }
    bytes::with_len(256, |table| {
        for (i, b) in table.iter_mut().enumerate() {
            *b = i as u8;
        }
        for (&f, &t) in from.iter().zip(to) {
            table[f as usize] = t;
        }
    })
}
