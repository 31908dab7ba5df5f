//! `%`-formatting of str and bytes.

use super::float::{Flags, float_format};
use super::number::int_digits;
use crate::protocol::{self, number};
use crate::types::bytes_like::{self, Operand};
use crate::types::str::{self, Builder, StrView};
use crate::types::{bytearray, bytes, float, int, tuple};
use crate::value::{Res, Value};
use crate::vm::{names, types};
use crate::{buffer, call, exc};

/// What is being formatted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Str,
    Bytes,
}

/// One conversion specifier.
#[derive(Default)]
struct Conversion {
    left: bool,
    plus: bool,
    blank: bool,
    alternate: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
    kind: u32,
}

/// The values still to be formatted.
struct Arguments<'a> {
    values: &'a [Value],
    next: usize,
    /// What `%(key)` is looked up in.
    mapping: Option<&'a Value>,
    /// Whether the values are those of a tuple, which must all be used.
    exhaustive: bool,
    target: Target,
}

impl Arguments<'_> {
    fn take(&mut self) -> Res {
        match self.values.get(self.next) {
            Some(v) => {
                self.next += 1;
                Ok(v.clone())
            }
            None => Err(exc::type_error("not enough arguments for format string")),
        }
    }
}

/// `text % args`, where `text` is a str.
pub fn format_str(text: &Value, args: &Value) -> Res {
    let mut out = Builder::with_capacity(str::len(text) + 16);
    run(str::view(text), args, Target::Str, &mut out)?;
    // Even an instance of a subclass comes back as it is when there is nothing to convert.
    if str::view(text).position('%' as u32).is_none() { Ok(text.clone()) } else { out.try_finish() }
}

/// `text % args`, where `text` is bytes or a bytearray.
pub fn format_bytes(text: &Value, args: &Value) -> Res {
    // The format is copied if it can change while Python code runs.
    let copy = bytes::try_new(bytes_like::this(text))?;
    let mut out = Builder::new();
    run(StrView::Latin1(bytes::as_slice(&copy)), args, Target::Bytes, &mut out)?;
    match out.view() {
        StrView::Latin1(data) => bytes_like::like(text, data),
        _ => Err(exc::system_error("%-formatting of bytes made text that is not bytes")),
    }
}

fn is_mapping(args: &Value, target: Target) -> bool {
    if args.is_instance(types().tuple) || args.class().slots().get_item.is_none() {
        return false;
    }
    match target {
        Target::Str => !str::is_str(args),
        Target::Bytes => !bytes::is_bytes(args) && !bytearray::is_bytearray(args) && !str::is_str(args),
    }
}

fn run(text: StrView, args: &Value, target: Target, out: &mut Builder) -> Res<()> {
    let is_tuple = args.is_instance(types().tuple);
    let mut arguments = Arguments {
        values: if is_tuple { tuple::items(args) } else { std::slice::from_ref(args) },
        next: 0,
        mapping: is_mapping(args, target).then_some(args),
        exhaustive: is_tuple,
        target,
    };
    let mut keyed: Option<Value> = None;
    let mut at = 0;
    loop {
        let rest = text.from(at);
        let Some(n) = rest.position('%' as u32) else {
            out.push_view(rest);
            break;
        };
        out.push_view(rest.slice(0, n));
        at += n + 1;
        if text.get(at) == Some('%' as u32) {
            out.push('%' as u32);
            at += 1;
            continue;
        }
        let mut c = Conversion::default();
        if text.get(at) == Some('(' as u32) {
            keyed = Some(key(text, &mut at, &arguments)?);
        }
        conversion(text, &mut at, &mut c, &mut arguments)?;
        let value = match keyed.take() {
            Some(v) => {
                arguments.exhaustive = false;
                arguments.next = arguments.values.len();
                v
            }
            None => arguments.take()?,
        };
        push(&value, &c, at - 1, target, out)?;
    }
    if arguments.next < arguments.values.len() && (arguments.exhaustive || arguments.mapping.is_none()) {
        return Err(exc::type_error(match target {
            Target::Str => "not all arguments converted during string formatting",
            Target::Bytes => "not all arguments converted during bytes formatting",
        }));
    }
    Ok(())
}

/// The value that `%(key)` names.
fn key(text: StrView, at: &mut usize, arguments: &Arguments) -> Res {
    let Some(mapping) = arguments.mapping else { return Err(exc::type_error("format requires a mapping")) };
    let start = *at + 1;
    let (mut depth, mut end) = (1, start);
    while depth > 0 {
        match text.get(end).map(char::from_u32) {
            None => return Err(exc::value_error("incomplete format key")),
            Some(Some('(')) => depth += 1,
            Some(Some(')')) => depth -= 1,
            _ => {}
        }
        end += 1;
    }
    *at = end;
    let name = text.slice(start, end - 1);
    let key = match (arguments.target, name) {
        (Target::Bytes, StrView::Latin1(name)) => bytes::try_new(name)?,
        _ => str::try_from_view(name)?,
    };
    protocol::get_item(mapping, &key)
}

/// A width or a precision: digits, or `*` for the next argument.
fn size(text: StrView, at: &mut usize, arguments: &mut Arguments, what: &str) -> Res<Option<isize>> {
    if text.get(*at) == Some('*' as u32) {
        *at += 1;
        let v = arguments.take()?;
        if !int::is_int(&v) {
            return Err(exc::type_error("* wants int"));
        }
        return match int::as_i64(&v) {
            Some(n) if what == "width" || i32::try_from(n).is_ok() => Ok(Some(n as isize)),
            Some(_) => Err(exc::overflow_error("Python int too large to convert to C int")),
            None => Err(exc::overflow_error(format!(
                "Python int too large to convert to C {}",
                if what == "width" { "ssize_t" } else { "int" }
            ))),
        };
    }
    let mut value = None;
    while let Some(d @ 0x30..=0x39) = text.get(*at) {
        let limit = if what == "width" { isize::MAX } else { i32::MAX as isize };
        let next = value.unwrap_or(0isize).checked_mul(10).and_then(|v| v.checked_add(d as isize - 0x30)).filter(|&v| v <= limit);
        let Some(next) = next else { return Err(exc::value_error(format!("{what} too big"))) };
        value = Some(next);
        *at += 1;
    }
    Ok(value)
}

/// Reads flags, width, precision, and the conversion type.
fn conversion(text: StrView, at: &mut usize, c: &mut Conversion, arguments: &mut Arguments) -> Res<()> {
    while let Some(flag) = text.get(*at).and_then(char::from_u32) {
        match flag {
            '-' => c.left = true,
            '+' => c.plus = true,
            ' ' => c.blank = true,
            '#' => c.alternate = true,
            '0' => c.zero = true,
            _ => break,
        }
        *at += 1;
    }
    if let Some(width) = size(text, at, arguments, "width")? {
        c.left = c.left || width < 0;
        c.width = Some(width.unsigned_abs());
    }
    if text.get(*at) == Some('.' as u32) {
        *at += 1;
        c.precision = Some(size(text, at, arguments, "precision")?.map_or(0, |n| usize::try_from(n).unwrap_or(0)));
    }
    if let Some('h' | 'l' | 'L') = text.get(*at).and_then(char::from_u32) {
        *at += 1;
    }
    match text.get(*at) {
        Some(kind) => {
            c.kind = kind;
            *at += 1;
            Ok(())
        }
        None => Err(exc::value_error("incomplete format")),
    }
}

/// Appends one formatted value. `index` is the place of the conversion type, for errors.
fn push(v: &Value, c: &Conversion, index: usize, target: Target, out: &mut Builder) -> Res<()> {
    match (char::from_u32(c.kind), target) {
        (Some('s'), Target::Str) => push_text(protocol::str(v)?, c, out),
        (Some('r'), Target::Str) => push_text(protocol::repr(v)?, c, out),
        (Some('a'), _) | (Some('r'), Target::Bytes) => push_text(protocol::ascii(v)?, c, out),
        (Some('s' | 'b'), Target::Bytes) => push_bytes(v, c, out),
        (Some('c'), _) => {
            let made = character(v, target)?;
            push_padded(StrView::Ucs4(&[made]), c, out)
        }
        (Some(kind @ ('d' | 'i' | 'u' | 'o' | 'x' | 'X')), _) => push_int(v, c, kind as u8, out),
        (Some(kind @ ('e' | 'E' | 'f' | 'F' | 'g' | 'G')), _) => push_float(v, c, kind as u8, target, out),
        _ => {
            let shown = char::from_u32(c.kind).filter(|ch| (' '..'\x7f').contains(ch) || target == Target::Bytes).unwrap_or('?');
            let what = format!("unsupported format character '{shown}' (0x{:x}) at index {index}", c.kind);
            Err(exc::value_error(what))
        }
    }
}

fn push_padded(text: StrView, c: &Conversion, out: &mut Builder) -> Res<()> {
    let n = c.width.unwrap_or(0).saturating_sub(text.len());
    if !c.left {
        out.push_repeated(' ' as u32, n)?;
    }
    out.push_view(text);
    if c.left {
        out.push_repeated(' ' as u32, n)?;
    }
    Ok(())
}

/// Appends text cut to the precision.
fn push_text(text: Value, c: &Conversion, out: &mut Builder) -> Res<()> {
    let view = str::view(&text);
    push_padded(view.slice(0, c.precision.unwrap_or(usize::MAX).min(view.len())), c, out)
}

fn push_bytes(v: &Value, c: &Conversion, out: &mut Builder) -> Res<()> {
    let made;
    let operand = if bytes::is_bytes(v) {
        Operand::of(v)?
    } else if let Some(result) = call::call_special(v, &names().__bytes__, &[]) {
        made = result?;
        if !bytes::is_bytes(&made) {
            return Err(exc::type_error(format!("__bytes__ returned non-bytes (type {})", made.class().full_name())));
        }
        Operand::of(&made)?
    } else if buffer::is_supported(v) {
        return push_data(&buffer::get_any(v)?.to_vec(), c, out);
    } else {
        return Err(exc::type_error(format!(
            "%b requires a bytes-like object, or an object that implements __bytes__, not '{}'",
            v.class().full_name()
        )));
    };
    push_data(operand.as_slice(), c, out)
}

fn push_data(data: &[u8], c: &Conversion, out: &mut Builder) -> Res<()> {
    push_padded(StrView::Latin1(&data[..c.precision.unwrap_or(usize::MAX).min(data.len())]), c, out)
}

/// The code point or byte for `%c`.
fn character(v: &Value, target: Target) -> Res<u32> {
    let class = || v.class().full_name();
    match target {
        Target::Str => {
            if let Some(s) = str::downcast(v) {
                return match s.len() {
                    1 => Ok(s.view().at(0)),
                    n => Err(exc::type_error(format!("%c requires an int or a unicode character, not a string of length {n}"))),
                };
            }
            let i = index_of(v, || exc::type_error(format!("%c requires an int or a unicode character, not {}", class())))?;
            match int::as_i64(&i) {
                Some(c @ 0..=0x10ffff) => Ok(c as u32),
                _ => Err(exc::overflow_error("%c arg not in range(0x110000)")),
            }
        }
        Target::Bytes => {
            if bytes::is_bytes(v) || bytearray::is_bytearray(v) {
                let kind = if bytes::is_bytes(v) { "bytes" } else { "bytearray" };
                return match bytes_like::this(v) {
                    [b] => Ok(u32::from(*b)),
                    other => Err(exc::type_error(format!(
                        "%c requires an integer in range(256) or a single byte, not a {kind} object of length {}",
                        other.len()
                    ))),
                };
            }
            let i = index_of(v, || exc::type_error(format!("%c requires an integer in range(256) or a single byte, not {}", class())))?;
            match int::as_i64(&i) {
                Some(c @ 0..=0xff) => Ok(c as u32),
                _ => Err(exc::overflow_error("%c arg not in range(256)")),
            }
        }
    }
}

/// An int by `__index__`; a value without one is complained of by `wrong`.
fn index_of(v: &Value, wrong: impl Fn() -> exc::Raised) -> Res {
    if int::is_int(v) {
        return Ok(v.clone());
    }
    if v.class().slots().index.is_none() {
        return Err(wrong());
    }
    match number::index(v) {
        Err(e) if exc::matches(types().type_error) => {
            exc::clear(e);
            Err(wrong())
        }
        other => other,
    }
}

/// The int that an integer conversion shows.
fn whole(v: &Value, kind: u8) -> Res {
    let wrong = || {
        let wanted = if matches!(kind, b'o' | b'x' | b'X') { "an integer" } else { "a real number" };
        exc::type_error(format!("%{} format: {wanted} is required, not {}", kind as char, v.class().full_name()))
    };
    if int::is_int(v) {
        return Ok(v.clone());
    }
    if matches!(kind, b'o' | b'x' | b'X') {
        return index_of(v, wrong);
    }
    let slots = v.class().slots();
    if slots.index.is_none() && slots.int.is_none() && slots.float.is_none() {
        return Err(wrong());
    }
    match number::to_int(v) {
        Err(e) if exc::matches(types().type_error) => {
            exc::clear(e);
            Err(wrong())
        }
        other => other,
    }
}

fn push_int(v: &Value, c: &Conversion, kind: u8, out: &mut Builder) -> Res<()> {
    let v = whole(v, kind)?;
    let (base, prefix) = match kind {
        b'o' => (8, "0o"),
        b'x' => (16, "0x"),
        b'X' => (16, "0X"),
        _ => (10, ""),
    };
    let mut digits = int_digits(&v, base)?;
    if kind == b'X' {
        digits.make_ascii_uppercase();
    }
    let (negative, digits) = match digits.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, &*digits),
    };
    let least = c.precision.unwrap_or(0).saturating_sub(digits.len());
    push_number(negative, if c.alternate { prefix } else { "" }, least, digits, c, out)
}

fn push_float(v: &Value, c: &Conversion, kind: u8, target: Target, out: &mut Builder) -> Res<()> {
    let x = match float::to_f64(v) {
        Err(e) if target == Target::Bytes && exc::matches(types().type_error) => {
            exc::clear(e);
            return Err(exc::type_error(format!("float argument required, not {}", v.class().full_name())));
        }
        x => x?,
    };
    let text = float_format(x, kind, c.precision.unwrap_or(6), Flags { alternate: c.alternate, dot_zero: false });
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, &*text),
    };
    push_number(negative, "", 0, digits, c, out)
}

/// Appends a number: sign, prefix, `zeros` zeros, digits, padded to the width.
fn push_number(negative: bool, prefix: &str, zeros: usize, digits: &str, c: &Conversion, out: &mut Builder) -> Res<()> {
    let sign = match (negative, c.plus, c.blank) {
        (true, ..) => "-",
        (_, true, _) => "+",
        (_, _, true) => " ",
        _ => "",
    };
    let len = (sign.len() + prefix.len() + digits.len()).saturating_add(zeros);
    let n = c.width.unwrap_or(0).saturating_sub(len);
    if !c.left && !c.zero {
        out.push_repeated(' ' as u32, n)?;
    }
    out.push_str(sign);
    out.push_str(prefix);
    if !c.left && c.zero {
        out.push_repeated('0' as u32, n)?;
    }
    out.push_repeated('0' as u32, zeros)?;
    out.push_str(digits);
    if c.left {
        out.push_repeated(' ' as u32, n)?;
    }
    Ok(())
}
