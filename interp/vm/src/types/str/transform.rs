//! Methods that make a changed copy: replacing, translating, stripping, padding.

use super::payload::{self, Fresh, is_str};
use super::view::{StrView, Width};
use super::{Builder, intern, search};
use crate::class::native::Args;
use crate::exc;
use crate::protocol;
use crate::types::{bounds, dict, int};
use crate::unicode;
use crate::value::{Res, Value};
use crate::vm::types;

/// The str itself as methods that change nothing return it: exact, so an instance of a subclass is copied.
pub(super) fn unchanged(v: &Value) -> Res {
    payload::substring(v, 0, payload::payload(v).len())
}

/// `v.replace(old, new, most)`, all of which are strs.
pub fn replace(v: &Value, old: &Value, new: &Value, most: usize) -> Res {
    let (s, from, to) = (payload::payload(v), payload::payload(old), payload::payload(new));
    if most == 0 || (from.len() == to.len() && from.equals(to)) || from.len() > s.len() {
        return unchanged(v);
    }
    let n = search::count(s.view(), from.view(), most);
    if n == 0 {
        return unchanged(v);
    }
    let removed = n * from.len();
    let Some(total) =
        to.len().checked_mul(n).and_then(|added| (s.len() - removed).checked_add(added)).filter(|&t| t <= isize::MAX as usize)
    else {
        return Err(exc::overflow_error("replace string is too long"));
    };
    if total == 0 {
        return Ok(intern::empty());
    }
    let mut width = s.width().max(to.width());
    if s.width() > Width::Ascii && from.width() == s.width() {
        // Taking out the widest code points can make the text narrower.
        let mut kept = to.width();
        pieces(s.view(), from.view(), most, |piece| kept = kept.max(piece.width()));
        width = kept;
    }
    let mut fresh = Fresh::new(width, total)?;
    let mut left = n;
    if from.is_empty() {
        for (i, c) in s.view().iter().enumerate() {
            if i < n {
                fresh.push_view(to.view());
                left -= 1;
            }
            fresh.push(c);
        }
        if left > 0 {
            fresh.push_view(to.view());
        }
        return Ok(fresh.finish());
    }
    pieces(s.view(), from.view(), most, |piece| {
        fresh.push_view(piece);
        if left > 0 {
            fresh.push_view(to.view());
            left -= 1;
        }
    });
    Ok(fresh.finish())
}

/// Passes on what lies before, between and behind the first `most` matches.
fn pieces<'a>(s: StrView<'a>, sep: StrView, most: usize, mut f: impl FnMut(StrView<'a>)) {
    if sep.is_empty() {
        return f(s);
    }
    let (mut start, mut n) = (0, 0);
    search::each(s, sep, |i| {
        f(s.slice(start, i));
        start = i + sep.len();
        n += 1;
        n < most
    });
    f(s.from(start));
}

pub(super) fn replace_method(a: Args) -> Res {
    for i in [1, 2] {
        if !is_str(a.at(i)) {
            return Err(exc::type_error(format!("replace() argument {i} must be str, not {}", a.at(i).class().full_name())));
        }
    }
    let most = match a.opt(3) {
        Some(n) => usize::try_from(bounds::size_arg(n)?).unwrap_or(usize::MAX),
        None => usize::MAX,
    };
    replace(a.at(0), a.at(1), a.at(2), most)
}

fn affix<'a>(a: &Args<'a>, fname: &str) -> Res<StrView<'a>> {
    match payload::downcast(a.at(1)) {
        Some(s) => Ok(s.view()),
        None => Err(exc::type_error(format!("{fname}() argument must be str, not {}", a.at(1).class().full_name()))),
    }
}

pub(super) fn removeprefix(a: Args) -> Res {
    let (v, prefix) = (a.at(0), affix(&a, "removeprefix")?);
    let s = payload::payload(v).view();
    let start = if search::matches_at(s, prefix, false) { prefix.len() } else { 0 };
    payload::substring(v, start, s.len())
}

pub(super) fn removesuffix(a: Args) -> Res {
    let (v, suffix) = (a.at(0), affix(&a, "removesuffix")?);
    let s = payload::payload(v).view();
    let end = if search::matches_at(s, suffix, true) { s.len() - suffix.len() } else { s.len() };
    payload::substring(v, 0, end)
}

fn strip_where(v: &Value, left: bool, right: bool, test: impl Fn(u32) -> bool) -> Res {
    let s = payload::payload(v).view();
    let (mut start, mut end) = (0, s.len());
    while left && start < end && test(s.at(start)) {
        start += 1;
    }
    while right && end > start && test(s.at(end - 1)) {
        end -= 1;
    }
    payload::substring(v, start, end)
}

fn strip_by(a: Args, fname: &str, left: bool, right: bool) -> Res {
    match a.some(1) {
        None => strip_where(a.at(0), left, right, unicode::is_space),
        Some(chars) => match payload::downcast(chars) {
            Some(chars) => strip_where(a.at(0), left, right, |c| chars.view().position(c).is_some()),
            None => Err(exc::type_error(format!("{fname} arg must be None or str"))),
        },
    }
}

pub(super) fn strip(a: Args) -> Res {
    strip_by(a, "strip", true, true)
}

pub(super) fn lstrip(a: Args) -> Res {
    strip_by(a, "lstrip", true, false)
}

pub(super) fn rstrip(a: Args) -> Res {
    strip_by(a, "rstrip", false, true)
}

/// The text with `left` and `right` times `fill` around it.
pub fn pad(v: &Value, left: usize, right: usize, fill: u32) -> Res {
    let s = payload::payload(v);
    if left == 0 && right == 0 {
        return unchanged(v);
    }
    let Some(total) = left.checked_add(right).and_then(|n| n.checked_add(s.len())).filter(|&n| n <= isize::MAX as usize) else {
        return Err(exc::overflow_error("padded string is too long"));
    };
    let mut fresh = Fresh::new(s.width().max(Width::of_bits(fill)), total)?;
    fresh.push_repeated(fill, left);
    fresh.push_view(s.view());
    fresh.push_repeated(fill, right);
    Ok(fresh.finish())
}

/// How much padding a text needs to be as wide as the first argument says, and with what.
fn padding(a: &Args) -> Res<(usize, u32)> {
    let width = bounds::size_arg(a.at(1))?;
    let fill = match a.opt(2) {
        None => 0x20,
        Some(f) => match payload::downcast(f) {
            None => return Err(exc::type_error(format!("The fill character must be a unicode character, not {}", f.class().full_name()))),
            Some(s) if s.len() != 1 => return Err(exc::type_error("The fill character must be exactly one character long")),
            Some(s) => s.view().at(0),
        },
    };
    let len = payload::payload(a.at(0)).len();
    Ok((usize::try_from(width).unwrap_or(0).saturating_sub(len), fill))
}

pub(super) fn ljust(a: Args) -> Res {
    let (n, fill) = padding(&a)?;
    pad(a.at(0), 0, n, fill)
}

pub(super) fn rjust(a: Args) -> Res {
    let (n, fill) = padding(&a)?;
    pad(a.at(0), n, 0, fill)
}

pub(super) fn center(a: Args) -> Res {
    let (n, fill) = padding(&a)?;
    let width = n + payload::payload(a.at(0)).len();
    let left = n / 2 + (n & width & 1);
    pad(a.at(0), left, n - left, fill)
}

pub(super) fn zfill(a: Args) -> Res {
    let v = a.at(0);
    let s = payload::payload(v);
    let width = usize::try_from(bounds::size_arg(a.at(1))?).unwrap_or(0);
    let n = width.saturating_sub(s.len());
    match s.view().get(0) {
        Some(sign @ (0x2b | 0x2d)) if n > 0 => {
            let mut fresh = Fresh::new(s.width(), width)?;
            fresh.push(sign);
            fresh.push_repeated(0x30, n);
            fresh.push_view(s.view().from(1));
            Ok(fresh.finish())
        }
        _ => pad(v, n, 0, 0x30),
    }
}

pub(super) fn expandtabs(a: Args) -> Res {
    let size = match a.opt(1) {
        Some(n) => usize::try_from(bounds::c_int_arg(n)?).unwrap_or(0),
        None => 8,
    };
    let s = payload::payload(a.at(0)).view();
    if s.position(0x09).is_none() {
        return unchanged(a.at(0));
    }
    let (mut total, mut column) = (0usize, 0usize);
    for c in s.iter() {
        let n = match c {
            0x09 if size > 0 => size - column % size,
            0x09 => 0,
            _ => 1,
        };
        column = if c == 0x0a || c == 0x0d { 0 } else { column + n };
        total += n;
        if total > isize::MAX as usize - size {
            return Err(exc::overflow_error("new string is too long"));
        }
    }
    if total == 0 {
        return Ok(intern::empty());
    }
    let mut fresh = Fresh::new(s.width(), total)?;
    column = 0;
    for c in s.iter() {
        if c == 0x09 {
            if size > 0 {
                let n = size - column % size;
                fresh.push_repeated(0x20, n);
                column += n;
            }
        } else {
            column = if c == 0x0a || c == 0x0d { 0 } else { column + 1 };
            fresh.push(c);
        }
    }
    Ok(fresh.finish())
}

/// What a translation table says of a code point.
enum Translation {
    Same,
    Delete,
    Char(u32),
    Text(Value),
}

fn look_up(table: &Value, c: u32) -> Res<Translation> {
    let found = match protocol::get_item(table, &Value::small_int(c.into())) {
        Ok(found) => found,
        Err(e) if exc::matches(types().lookup_error) => {
            exc::clear(e);
            return Ok(Translation::Same);
        }
        Err(e) => return Err(e),
    };
    if found.is_none() {
        Ok(Translation::Delete)
    } else if int::is_int(&found) {
        match int::as_i64(&found) {
            Some(i @ 0..=0x10ffff) => Ok(Translation::Char(i as u32)),
            _ => Err(exc::value_error("character mapping must be in range(0x110000)")),
        }
    } else if is_str(&found) {
        Ok(Translation::Text(found))
    } else {
        Err(exc::type_error("character mapping must return integer, None or str"))
    }
}

/// `str.translate`.
pub(super) fn translate(a: Args) -> Res {
    let (v, table) = (a.at(0), a.at(1));
    let s = payload::payload(v).view();
    let mut out = Builder::with_capacity(s.len());
    // Each ASCII code point is looked up once only: 0xfe is a deletion, 0xff not known yet.
    let mut ascii = [0xffu8; 0x80];
    for c in s.iter() {
        if let Some(&to) = ascii.get(c as usize)
            && to != 0xff
        {
            if to != 0xfe {
                out.push(to.into());
            }
            continue;
        }
        let to = look_up(table, c)?;
        if let Some(entry) = ascii.get_mut(c as usize) {
            match to {
                Translation::Same => *entry = c as u8,
                Translation::Delete => *entry = 0xfe,
                Translation::Char(to) if to < 0x80 => *entry = to as u8,
                _ => {}
            }
        }
        match to {
            Translation::Same => out.push(c),
            Translation::Delete => {}
            Translation::Char(to) => out.push(to),
            Translation::Text(to) => out.push_value(&to),
        }
    }
    out.try_finish()
}

pub(super) fn maketrans(a: Args) -> Res {
    let x = a.at(0);
    let table = dict::new();
    let Some(y) = a.opt(1) else {
        if !std::ptr::eq(x.class(), types().dict) && !x.is_instance(types().dict) {
            return Err(exc::type_error("if you give only one argument to maketrans it must be a dict"));
        }
        for (key, value) in dict::entries(x) {
            match payload::downcast(&key) {
                Some(s) if s.len() == 1 => dict::set(&table, &Value::small_int(s.view().at(0).into()), &value)?,
                Some(_) => return Err(exc::value_error("string keys in translatetable must be of length 1")),
                None if int::is_int(&key) => dict::set(&table, &key, &value)?,
                None => return Err(exc::type_error("keys in translate table must be strings or integers")),
            }
        }
        return Ok(table);
    };
    let Some(from) = payload::downcast(x) else {
        return Err(exc::type_error("first maketrans argument must be a string if there is a second argument"));
    };
    let text = |i: usize, v: &Value| match is_str(v) {
        true => Ok(()),
        false => Err(exc::type_error(format!("maketrans() argument {i} must be str, not {}", v.class().full_name()))),
    };
    text(2, y)?;
    if let Some(z) = a.opt(2) {
        text(3, z)?;
    }
    let to = payload::payload(y);
    if from.len() != to.len() {
        return Err(exc::value_error("the first two maketrans arguments must have equal length"));
    }
    for (c, d) in from.view().iter().zip(to.view().iter()) {
        dict::set(&table, &Value::small_int(c.into()), &Value::small_int(d.into()))?;
    }
    if let Some(z) = a.opt(2) {
        for c in payload::payload(z).view().iter() {
            dict::set(&table, &Value::small_int(c.into()), &Value::NONE)?;
        }
    }
    Ok(table)
}
