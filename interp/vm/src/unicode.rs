//! What the Unicode database says of a code point, as `str` methods ask it. Surrogates have no properties.
//!
//! CPython 3.14 knows Unicode 16; the crates know a later version, so code points that were assigned since are
//! taken out by [`is_newer`].

use rustpython_unicode::{case, classify, data, identifier};

/// The code points that the crates know and Unicode 16 does not (where some property tells).
#[rustfmt::skip]
const NEWER: &[(u32, u32)] = &[
    (0x558, 0x558), (0x58b, 0x58c), (0x5c8, 0x5c9), (0x88f, 0x88f), (0xb53, 0xb54), (0xc5c, 0xc5c), (0xcdc,
    0xcdc), (0x1acf, 0x1af0), (0x208f, 0x208f), (0x209d, 0x209f), (0x20c1, 0x20c4), (0x2b96, 0x2b96), (0x2e60, 0x2e63),
    (0xa7ce, 0xa7cf), (0xa7d2, 0xa7d2), (0xa7d4, 0xa7d4), (0xa7dd, 0xa7dd), (0xa7e2, 0xa7e2), (0xa7f1, 0xa7f1), (0xab6c,
    0xab6d), (0xfbc3, 0xfbd2), (0xfd90, 0xfd91), (0xfdc8, 0xfdce), (0x107bb, 0x107bf), (0x10940, 0x10959), (0x10ec5,
    0x10ec7), (0x10ec9, 0x10eee), (0x10ef0, 0x10efb), (0x11b0a, 0x11b0a), (0x11b60, 0x11b67), (0x11db0, 0x11ddb),
    (0x11de0, 0x11de9), (0x11df0, 0x11df1), (0x1246f, 0x1246f), (0x12475, 0x1247f), (0x12550, 0x12686), (0x16ea0,
    0x16eb8), (0x16ebb, 0x16ed3), (0x16ff2, 0x16ff6), (0x187f8, 0x187ff), (0x18cd6, 0x18cda), (0x18d09, 0x18d20),
    (0x18d80, 0x18df2), (0x18e00, 0x19191), (0x191a0, 0x191d2), (0x1b123, 0x1b128), (0x1b168, 0x1b168), (0x1ccfa,
    0x1ccfc), (0x1ceba, 0x1ced0), (0x1ced2, 0x1ced4), (0x1cedd, 0x1cefd), (0x1d127, 0x1d128), (0x1d1eb, 0x1d1ff),
    (0x1d250, 0x1d281), (0x1d6a6, 0x1d6a6), (0x1db00, 0x1db1c), (0x1df1f, 0x1df24), (0x1df2b, 0x1df81), (0x1df90,
    0x1df96), (0x1dfcd, 0x1dfff), (0x1e6c0, 0x1e6de), (0x1e6e0, 0x1e6f5), (0x1e6fe, 0x1e6ff), (0x1f1ae, 0x1f1ae),
    (0x1f6d8, 0x1f6d9), (0x1f777, 0x1f77a), (0x1f7da, 0x1f7db), (0x1f7f1, 0x1f7ff), (0x1f8d0, 0x1f8d8), (0x1fa54,
    0x1fa57), (0x1fa8a, 0x1fa8e), (0x1fac8, 0x1fac8), (0x1facc, 0x1facd), (0x1fadd, 0x1fadd), (0x1faea, 0x1faeb),
    (0x1faef, 0x1faef), (0x1faf9, 0x1fafa), (0x1fbfa, 0x1fbfa), (0x2b73a, 0x2b73f), (0x2b81e, 0x2b81e), (0x2cea2,
    0x2cead), (0x323b0, 0x33479), (0x3d000, 0x3fc3f),
];

/// Cuneiform signs that have a numeric value since Unicode 17.
const NEWLY_NUMERIC: [u32; 8] = [0x12038, 0x12039, 0x12079, 0x12226, 0x1222b, 0x1230b, 0x1230d, 0x12399];

/// LATIN LETTER PHARYNGEAL VOICED FRICATIVE, a lower case letter until Unicode 17.
const ONCE_LOWER: u32 = 0x295;

/// Whether the code point was assigned after Unicode 16.
#[inline]
pub fn is_newer(c: u32) -> bool {
    c >= NEWER[0].0
        && NEWER
            .binary_search_by(|&(first, last)| {
                if last < c {
                    std::cmp::Ordering::Less
                } else if first > c {
                    std::cmp::Ordering::Greater
                } else {
                    std::cmp::Ordering::Equal
                }
            })
            .is_ok()
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
    if c < 0x80 { (c as u8).is_ascii_digit() } else { known(c, classify::is_numeric) && !NEWLY_NUMERIC.contains(&c) }
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
    if c < 0x80 { (c as u8).is_ascii_lowercase() } else { known(c, case::is_lowercase) || c == ONCE_LOWER }
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
    if c < 0x80 { (c as u8).is_ascii_alphabetic() } else { known(c, case::is_cased) || c == ONCE_LOWER }
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

/// Passes a mapping on, unless it has something to do with code points that are too new.
fn push_mapped(c: u32, mapped: impl Iterator<Item = char> + Clone, mut push: impl FnMut(u32)) {
    if is_newer(c) || mapped.clone().any(|ch| is_newer(ch.into())) {
        return push(c);
    }
    mapped.for_each(|ch| push(ch.into()));
}

/// Passes the full lower case mapping of `c` to `push` (without the rule for a final sigma).
pub fn lower(c: u32, mut push: impl FnMut(u32)) {
    match char::from_u32(c) {
        Some(ch) => push_mapped(c, ch.to_lowercase(), push),
        None => push(c),
    }
}

/// Passes the full upper case mapping of `c` to `push`.
pub fn upper(c: u32, mut push: impl FnMut(u32)) {
    match char::from_u32(c) {
        Some(ch) => push_mapped(c, ch.to_uppercase(), push),
        None => push(c),
    }
}

/// Passes the full title case mapping of `c` to `push`.
pub fn title(c: u32, mut push: impl FnMut(u32)) {
    match char::from_u32(c) {
        Some(ch) if ch.is_ascii() => push(ch.to_ascii_uppercase().into()),
        Some(ch) => push_mapped(c, case::title_str(ch.encode_utf8(&mut [0; 4])).chars(), push),
        None => push(c),
    }
}

/// Passes the full case folding of `c` to `push`.
pub fn fold(c: u32, mut push: impl FnMut(u32)) {
    match char::from_u32(c) {
        Some(ch) if ch.is_ascii() => push(ch.to_ascii_lowercase().into()),
        Some(ch) => push_mapped(c, case::casefold_str(ch.encode_utf8(&mut [0; 4])).chars(), push),
        None => push(c),
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
