//! Numbers by a format specification: `int.__format__`, `float.__format__`, `complex.__format__`.

use super::float::{Flags, float_format};
use super::spec::{Spec, unknown_kind};
use crate::exc;
use crate::protocol;
use crate::types::str::{self, Builder};
use crate::types::{complex, float, int};
use crate::value::{Res, Value};

/// The parts of a number's text, as they stand one behind the other.
struct Parts<'a> {
    negative: bool,
    prefix: &'a str,
    /// The digits that are grouped.
    digits: &'a str,
    point: bool,
    fraction: &'a str,
    /// The exponent, a percent sign, or all of `inf` and `nan`.
    rest: &'a str,
}

/// The digits with separators, and zeros in front until they are at least `least` wide.
fn group(digits: &str, separator: Option<u8>, size: usize, least: usize) -> Res<String> {
    let mut out = Vec::new();
    if out.try_reserve(least.saturating_add(2 * digits.len())).is_err() {
        return Err(exc::memory_error());
    }
    let mut left = digits.bytes().rev();
    let mut n = 0;
    loop {
        let digit = left.next();
        if digit.is_none() && out.len() >= least {
            break;
        }
        if n > 0
            && n % size == 0
            && let Some(separator) = separator
        {
            out.push(separator);
        }
        out.push(digit.unwrap_or(b'0'));
        n += 1;
    }
    out.reverse();
    Ok(out.into_iter().map(char::from).collect())
}

/// The fraction's digits with a separator after every third.
fn group_fraction(fraction: &str, separator: Option<u8>) -> String {
    let Some(separator) = separator else { return fraction.to_owned() };
    let mut out = String::with_capacity(fraction.len() + fraction.len() / 3);
    for (i, c) in fraction.chars().enumerate() {
        if i > 0 && i % 3 == 0 {
            out.push(separator.into());
        }
        out.push(c);
    }
    out
}

fn lay_out(spec: &Spec, parts: &Parts) -> Res {
    let mut out = Builder::new();
    push_number(spec, parts, &mut out)?;
    out.try_finish()
}

/// Appends a number with its sign, padding and digit groups.
fn push_number(spec: &Spec, parts: &Parts, out: &mut Builder) -> Res<()> {
    let sign = match (parts.negative, spec.sign) {
        (true, _) => "-",
        (false, Some(b'+')) => "+",
        (false, Some(b' ')) => " ",
        _ => "",
    };
    let width = spec.width.unwrap_or(0);
    let fraction = group_fraction(parts.fraction, spec.fraction_grouping.separator());
    let around = sign.len() + parts.prefix.len() + usize::from(parts.point) + fraction.len() + parts.rest.len();
    let zeros = spec.fill == '0' as u32 && spec.align == b'=';
    let size = if matches!(u8::try_from(spec.kind), Ok(b'b' | b'o' | b'x' | b'X')) { 4 } else { 3 };
    let digits = match parts.digits {
        "" => String::new(),
        digits => group(digits, spec.grouping.separator(), size, if zeros { width.saturating_sub(around) } else { 0 })?,
    };
    let (left, right) = spec.padding(around + digits.len());
    let inside = spec.align == b'=';
    if !inside {
        out.push_repeated(spec.fill, left)?;
    }
    out.push_str(sign);
    out.push_str(parts.prefix);
    if inside {
        out.push_repeated(spec.fill, left)?;
    }
    out.push_str(&digits);
    if parts.point {
        out.push_str(".");
    }
    out.push_str(&fraction);
    out.push_str(parts.rest);
    out.push_repeated(spec.fill, right)
}

/// `int.__format__`.
pub fn format_int(v: &Value, spec: &Value) -> Res {
    let text = str::view(spec);
    if text.is_empty() {
        return protocol::str(v);
    }
    let spec = Spec::parse(text, v, b'd', b'>')?;
    let kind = match u8::try_from(spec.kind) {
        Ok(b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'%') => return float_with(int::to_f64(v)?, &spec),
        Ok(kind @ (b'b' | b'c' | b'd' | b'o' | b'x' | b'X' | b'n')) => kind,
        _ => return Err(unknown_kind(spec.kind, v)),
    };
    if spec.precision.is_some() {
        return Err(exc::value_error("Precision not allowed in integer format specifier"));
    }
    if spec.no_negative_zero {
        return Err(exc::value_error("Negative zero coercion (z) not allowed in integer format specifier"));
    }
    if kind == b'c' {
        return format_char(v, &spec);
    }
    let (prefix, base) = match kind {
        b'b' => ("0b", 2),
        b'o' => ("0o", 8),
        b'x' => ("0x", 16),
        b'X' => ("0X", 16),
        _ => ("", 10),
    };
    let mut digits = int_digits(v, base)?;
    if kind == b'X' {
        digits.make_ascii_uppercase();
    }
    let (negative, magnitude) = match digits.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, &*digits),
    };
    let prefix = if spec.alternate { prefix } else { "" };
    lay_out(&spec, &Parts { negative, prefix, digits: magnitude, point: false, fraction: "", rest: "" })
}

/// The digits of an int, with a minus sign if it is negative. Raises ValueError for too many decimal digits.
pub fn int_digits(v: &Value, base: u32) -> Res<String> {
    match (int::as_i64(v), base) {
        (Some(i), 10) => Ok(i.to_string()),
        (_, 10) => int::text::decimal(v),
        (_, base) => Ok(int::to_bigint(v).to_str_radix(base)),
    }
}

fn format_char(v: &Value, spec: &Spec) -> Res {
    if spec.sign.is_some() {
        return Err(exc::value_error("Sign not allowed with integer format specifier 'c'"));
    }
    if spec.alternate {
        return Err(exc::value_error("Alternate form (#) not allowed with integer format specifier 'c'"));
    }
    let c = match int::as_i64(v) {
        Some(c @ 0..=0x10ffff) => c as u32,
        Some(_) => return Err(exc::overflow_error("%c arg not in range(0x110000)")),
        None => return Err(exc::overflow_error("Python int too large to convert to C long")),
    };
    let (left, right) = spec.padding(1);
    let mut out = Builder::new();
    out.push_repeated(spec.fill, left)?;
    out.push(c);
    out.push_repeated(spec.fill, right)?;
    out.try_finish()
}

/// `float.__format__`.
pub fn format_float(v: &Value, spec: &Value) -> Res {
    let text = str::view(spec);
    if text.is_empty() {
        return protocol::str(v);
    }
    let spec = Spec::parse(text, v, 0, b'>')?;
    match u8::try_from(spec.kind) {
        Ok(0 | b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'n' | b'%') => float_with(float::to_f64(v)?, &spec),
        _ => Err(unknown_kind(spec.kind, v)),
    }
}

/// The text of a float, and what its parts are.
struct Digits {
    text: String,
}

impl Digits {
    fn of(x: f64, spec: &Spec, mut kind: u8, dot_zero: bool) -> Res<Digits> {
        if spec.precision.is_some_and(|p| p > i32::MAX as usize) {
            return Err(exc::value_error("precision too big"));
        }
        let percent = kind == b'%';
        let mut x = x;
        let mut default = 6;
        match kind {
            0 => (kind, default) = (b'r', 0),
            b'n' => kind = b'g',
            b'%' => {
                kind = b'f';
                x *= 100.0;
            }
            _ => {}
        }
        if kind == b'r' && spec.precision.is_some() {
            kind = b'g';
        }
        let mut text = float_format(x, kind, spec.precision.unwrap_or(default), Flags { alternate: spec.alternate, dot_zero });
        if spec.no_negative_zero
            && text.starts_with('-')
            && !text[1..].bytes().take_while(|b| !b.eq_ignore_ascii_case(&b'e')).any(|b| b != b'0' && b != b'.')
        {
            text.remove(0);
        }
        if percent {
            text.push('%');
        }
        Ok(Digits { text })
    }

    fn parts(&self) -> Parts<'_> {
        let (negative, text) = match self.text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, &*self.text),
        };
        let whole = text.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
        let (digits, behind) = text.split_at(whole);
        let (point, behind) = match behind.strip_prefix('.') {
            Some(rest) => (true, rest),
            None => (false, behind),
        };
        let n = if point { behind.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(behind.len()) } else { 0 };
        let (fraction, rest) = behind.split_at(n);
        Parts { negative, prefix: "", digits, point, fraction, rest }
    }
}

fn float_with(x: f64, spec: &Spec) -> Res {
    let digits = Digits::of(x, spec, spec.kind as u8, spec.kind == 0)?;
    lay_out(spec, &digits.parts())
}

/// `complex.__format__`.
pub fn format_complex(v: &Value, spec: &Value) -> Res {
    let text = str::view(spec);
    if text.is_empty() {
        return protocol::str(v);
    }
    let spec = Spec::parse(text, v, 0, b'>')?;
    let kind = match u8::try_from(spec.kind) {
        Ok(kind @ (0 | b'e' | b'E' | b'f' | b'F' | b'g' | b'G' | b'n')) => kind,
        _ => return Err(unknown_kind(spec.kind, v)),
    };
    if spec.fill == '0' as u32 {
        return Err(exc::value_error("Zero padding is not allowed in complex format specifier"));
    }
    if spec.align == b'=' {
        return Err(exc::value_error("'=' alignment flag is not allowed in complex format specifier"));
    }
    let Some(complex::Parts { re, im }) = complex::as_parts(v) else { return Err(unknown_kind(spec.kind, v)) };
    // Without a presentation type a complex number looks as `str` shows it: in brackets, without a real part of zero.
    let plain = kind == 0;
    let skip_real = plain && re == 0.0 && re.is_sign_positive();
    let (re, im) = (Digits::of(re, &spec, kind, false)?, Digits::of(im, &spec, kind, false)?);
    let inner = Spec { width: None, fill: ' ' as u32, align: b'<', ..spec.clone() };
    let mut out = Builder::new();
    if plain && !skip_real {
        out.push_str("(");
    }
    if !skip_real {
        push_number(&inner, &re.parts(), &mut out)?;
    }
    let signed = Spec { sign: if skip_real { inner.sign } else { Some(b'+') }, ..inner };
    push_number(&signed, &im.parts(), &mut out)?;
    out.push_str("j");
    if plain && !skip_real {
        out.push_str(")");
    }
    let made = out.try_finish()?;
    let (left, right) = spec.padding(str::len(&made));
    str::transform::pad(&made, left, right, spec.fill)
}
