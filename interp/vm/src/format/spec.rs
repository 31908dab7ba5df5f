//! The format specification mini-language: `[[fill]align][sign][z][#][0][width][grouping][.precision[grouping]][type]`.

use crate::exc::{self, Raised};
use crate::types::str::StrView;
use crate::unicode;
use crate::value::{Res, Value};

/// A digit separator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// None.
    None,
    /// A comma after every third digit.
    Comma,
    /// An underscore after every third digit, or every fourth where the base is a power of two.
    Underscore,
}

impl Grouping {
    /// The separator.
    pub fn separator(self) -> Option<u8> {
        match self {
            Grouping::None => None,
            Grouping::Comma => Some(b','),
            Grouping::Underscore => Some(b'_'),
        }
    }
}

/// A format specification.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The fill character.
    pub fill: u32,
    /// `<`, `>`, `^` or `=`.
    pub align: u8,
    /// `+`, `-` or a space.
    pub sign: Option<u8>,
    /// `z`: a negative zero is shown as a positive one.
    pub no_negative_zero: bool,
    /// `#`.
    pub alternate: bool,
    /// The least width.
    pub width: Option<usize>,
    /// Separators before the decimal point.
    pub grouping: Grouping,
    /// Digits behind the decimal point, or the greatest width.
    pub precision: Option<usize>,
    /// Separators behind the decimal point.
    pub fraction_grouping: Grouping,
    /// The presentation type; the default one if the specification has none.
    pub kind: u32,
}

fn is_align(c: Option<u32>) -> Option<u8> {
    c.and_then(|c| u8::try_from(c).ok()).filter(|b| b"<>=^".contains(b))
}

/// A run of decimal digits, in any script. Raises ValueError if it does not fit.
pub fn digits(text: StrView, at: &mut usize) -> Res<Option<usize>> {
    let mut value = None;
    while let Some(d) = text.get(*at).and_then(unicode::decimal_value) {
        let next = value.unwrap_or(0usize).checked_mul(10).and_then(|v| v.checked_add(d as usize)).filter(|&v| v <= isize::MAX as usize);
        let Some(next) = next else { return Err(exc::value_error("Too many decimal digits in format string")) };
        value = Some(next);
        *at += 1;
    }
    Ok(value)
}

/// The complaint about a presentation type that the value does not have.
pub fn unknown_kind(kind: u32, v: &Value) -> Raised {
    let class = v.class().full_name();
    match char::from_u32(kind) {
        Some(c) if kind > 32 && kind < 128 => exc::value_error(format!("Unknown format code '{c}' for object of type '{class}'")),
        _ => exc::value_error(format!("Unknown format code '\\x{kind:x}' for object of type '{class}'")),
    }
}

fn bad_grouping(grouping: Grouping, kind: u32) -> Raised {
    let separator = grouping.separator().unwrap_or(b',') as char;
    match char::from_u32(kind) {
        Some(c) if kind > 32 && kind < 128 => exc::value_error(format!("Cannot specify '{separator}' with '{c}'.")),
        _ => exc::value_error(format!("Cannot specify '{separator}' with '\\x{kind:x}'.")),
    }
}

impl Spec {
    /// Reads a specification for `v`, whose presentation type and alignment are as given if it says nothing of them.
    pub fn parse(text: StrView, v: &Value, kind: u8, align: u8) -> Res<Spec> {
        let mut spec = Spec {
            fill: ' ' as u32,
            align,
            sign: None,
            no_negative_zero: false,
            alternate: false,
            width: None,
            grouping: Grouping::None,
            precision: None,
            fraction_grouping: Grouping::None,
            kind: kind.into(),
        };
        let mut at = 0;
        let (mut fill_given, mut align_given) = (false, false);
        if let Some(a) = is_align(text.get(1)) {
            (spec.align, spec.fill, fill_given, align_given) = (a, text.at(0), true, true);
            at = 2;
        } else if let Some(a) = is_align(text.get(0)) {
            (spec.align, align_given) = (a, true);
            at = 1;
        }
        let ascii = |at: usize| text.get(at).and_then(|c| u8::try_from(c).ok());
        let take = |at: &mut usize, wanted: u8| {
            let there = ascii(*at) == Some(wanted);
            *at += usize::from(there);
            there
        };
        if let Some(sign @ (b' ' | b'+' | b'-')) = ascii(at) {
            spec.sign = Some(sign);
            at += 1;
        }
        spec.no_negative_zero = take(&mut at, b'z');
        spec.alternate = take(&mut at, b'#');
        if !fill_given && take(&mut at, b'0') {
            spec.fill = '0' as u32;
            if !align_given && align == b'>' {
                spec.align = b'=';
            }
        }
        spec.width = digits(text, &mut at)?;
        spec.grouping = Self::grouping(text, &mut at)?;
        if take(&mut at, b'.') {
            spec.precision = digits(text, &mut at)?;
            spec.fraction_grouping = Self::grouping(text, &mut at)?;
            if spec.precision.is_none() && spec.fraction_grouping == Grouping::None {
                return Err(exc::value_error("Format specifier missing precision"));
            }
        }
        if text.len() > at + 1 {
            let shown = text.to_lossy();
            return Err(exc::value_error(format!("Invalid format specifier '{shown}' for object of type '{}'", v.class().full_name())));
        }
        if let Some(kind) = text.get(at) {
            spec.kind = kind;
        }
        let kind = u8::try_from(spec.kind).unwrap_or(0xff);
        match (spec.grouping, kind) {
            (Grouping::None, _) | (_, b'd' | b'e' | b'f' | b'g' | b'E' | b'G' | b'%' | b'F' | 0) => {}
            (Grouping::Underscore, b'b' | b'o' | b'x' | b'X') => {}
            _ => return Err(bad_grouping(spec.grouping, spec.kind)),
        }
        match (spec.fraction_grouping, kind) {
            (Grouping::None, _) | (_, b'e' | b'f' | b'g' | b'E' | b'G' | b'%' | b'F' | 0) => {}
            _ => return Err(bad_grouping(spec.fraction_grouping, spec.kind)),
        }
        Ok(spec)
    }

    fn grouping(text: StrView, at: &mut usize) -> Res<Grouping> {
        let (comma, underscore) = (Some(',' as u32), Some('_' as u32));
        let mut found = Grouping::None;
        if text.get(*at) == comma {
            found = Grouping::Comma;
            *at += 1;
        }
        if text.get(*at) == underscore {
            if found == Grouping::Comma {
                return Err(exc::value_error("Cannot specify both ',' and '_'."));
            }
            found = Grouping::Underscore;
            *at += 1;
        }
        if found == Grouping::Underscore && text.get(*at) == comma {
            return Err(exc::value_error("Cannot specify both ',' and '_'."));
        }
        Ok(found)
    }

    /// How much to pad a text of this length, before and behind (`=` counts as before).
    pub fn padding(&self, len: usize) -> (usize, usize) {
        let n = self.width.unwrap_or(0).saturating_sub(len);
        match self.align {
            b'<' => (0, n),
            b'^' => (n / 2, n - n / 2),
            _ => (n, 0),
        }
    }
}
