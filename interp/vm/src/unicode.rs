//! What the Unicode database says of a code point, as `str` methods ask it. Surrogates have no properties.
//!
//! CPython 3.14 knows Unicode 16; the crates know a later version, so code points that were assigned since are
//! taken out by [`is_newer`].

use rustpython_unicode::{case, classify, data, identifier};

/// The code points that Unicode 17 added to Unicode 16.
const NEWER: &[(u32, u32)] = &[];

#[inline]
fn is_newer(c: u32) -> bool {
    NEWER.binary_search_by(|&(first, last)| if last < c { std::cmp::Ordering::Less } else if first > c { std::cmp::Ordering::Greater } else { std::cmp::Ordering::Equal }).is_ok()
}

/// Whether a property holds for a code point that is a scalar value CPython knows.
#[inline]
fn known(c: u32, test: impl FnOnce(char) -> bool) -> bool {
    char::from_u32(c).is_some_and(|ch| test(ch) && !is_newer(c))
}

/// Whether the code point is white space.
#[inline]
pub fn is_space(c: u32) -> bool {
    match c {
        0..0x80 => matches!(c, 0x09..=0x0d | 0x1c..=0x20),
        _ => matches!(c, 0x85 | 0xa0 | 0x1680 | 0x2000..=0x200a | 0x2028 | 0x2029 | 0x202f | 0x205f | 0x3000),
    }
}

/// `str.isalpha`.
pub fn is_alpha(c: u32) -> bool {
    if c < 0x80 { (c as u8).is_ascii_alphabetic() } else { known(c, classify::is_alpha) }
}

/// `str.isdecimal`.
pub fn is_decimal(c: u32) -> bool {
    if c < 0x80 { (c as u8).is_ascii_digit() } else { known(c, classify::is_decimal) }
}

/// `str.isdigit`.
pub fn is_digit(c: u32) -> bool {
    if c < 0x80 { (c as u8).is_ascii_digit() } else { known(c, classify::is_digit) }
}

/// `str.isnumeric`.
pub fn is_numeric(c: u32) -> bool {
    if c < 0x80 { (c as u8).is_ascii_digit() } else { known(c, classify::is_numeric) }
}

/// `str.isalnum`: a letter, or anything with a numeric value.
pub fn is_alnum(c: u32) -> bool {
    if c < 0x80 { (c as u8).is_ascii_alphanumeric() } else { is_alpha(c) || is_decimal(c) || is_digit(c) || is_numeric(c) }
}

/// `str.isprintable`, and whether `repr` shows the code point as it is.
pub fn is_printable(c: u32) -> bool {
    if c < 0x80 { (0x20..0x7f).contains(&c) } else { known(c, classify::is_printable) }
}

/// Has the property Lowercase.
pub fn is_lower(c: u32) -> bool {
    if c < 0x80 { (c as u8).is_ascii_lowercase() } else { known(c, case::is_lowercase) }
}

/// Has the property Uppercase.
pub fn is_upper(c: u32) -> bool {
    if c < 0x80 { (c as u8).is_ascii_uppercase() } else { known(c, case::is_uppercase) }
}

/// Is a title case letter.
pub fn is_title(c: u32) -> bool {
    c >= 0x1c5 && known(c, case::is_titlecase)
}

/// Has the property Cased.
pub fn is_cased(c: u32) -> bool {
    if c < 0x80 { (c as u8).is_ascii_alphabetic() } else { known(c, case::is_cased) }
}

/// Has the property Case_Ignorable.
pub fn is_case_ignorable(c: u32) -> bool {
    known(c, case::is_case_ignorable)
}

/// May begin an identifier.
pub fn is_identifier_start(c: u32) -> bool {
    if c < 0x80 { c == 0x5f || (c as u8).is_ascii_alphabetic() } else { known(c, identifier::is_xid_start) }
}

/// May continue an identifier.
pub fn is_identifier_continue(c: u32) -> bool {
    if c < 0x80 { c == 0x5f || (c as u8).is_ascii_alphanumeric() } else { known(c, identifier::is_xid_continue) }
}

/// The value of a decimal digit.
pub fn decimal_value(c: u32) -> Option<u32> {
    if c < 0x80 {
        return (c as u8).is_ascii_digit().then(|| c - 0x30);
    }
    if !is_decimal(c) {
        return None;
    }
    // Decimal digits come in runs of ten that begin at a zero.
    data::Ucd::new(true).decimal(rustpython_wtf8::CodePoint::from_u32(c)?).map(|d| d as u32)
}

/// Passes the full lower case mapping of `c` to `push` (without the rule for a final sigma).
pub fn lower(c: u32, mut push: impl FnMut(u32)) {
    match char::from_u32(c) {
        Some(ch) if !is_newer(c) => ch.to_lowercase().for_each(|ch| push(ch.into())),
        _ => push(c),
    }
}

/// Passes the full upper case mapping of `c` to `push`.
pub fn upper(c: u32, mut push: impl FnMut(u32)) {
    match char::from_u32(c) {
        Some(ch) if !is_newer(c) => ch.to_uppercase().for_each(|ch| push(ch.into())),
        _ => push(c),
    }
}

/// Passes the full title case mapping of `c` to `push`.
pub fn title(c: u32, mut push: impl FnMut(u32)) {
    match char::from_u32(c) {
        Some(ch) if ch.is_ascii() => push(ch.to_ascii_uppercase().into()),
        Some(ch) if !is_newer(c) => case::title_str(ch.encode_utf8(&mut [0; 4])).chars().for_each(|ch| push(ch.into())),
        _ => push(c),
    }
}

/// Passes the full case folding of `c` to `push`.
pub fn fold(c: u32, mut push: impl FnMut(u32)) {
    match char::from_u32(c) {
        Some(ch) if ch.is_ascii() => push(ch.to_ascii_lowercase().into()),
        Some(ch) if !is_newer(c) => case::casefold_str(ch.encode_utf8(&mut [0; 4])).chars().for_each(|ch| push(ch.into())),
        _ => push(c),
    }
}

/// The code point with this name, as `\N{…}` has it.
pub fn lookup_name(name: &str) -> Option<u32> {
    data::lookup_character(name).map(u32::from).filter(|&c| !is_newer(c))
}

/// The name of a code point.
pub fn name(c: u32) -> Option<String> {
    char::from_u32(c).filter(|_| !is_newer(c)).and_then(data::character_name)
}
