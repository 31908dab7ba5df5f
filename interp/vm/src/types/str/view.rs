//! [`StrView`]: the code points of a str, borrowed, in the unit they are stored in.

/// How wide the code points of a text are. Every str is stored in the narrowest class that holds all of it, so
/// that equal texts have equal bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Width {
    /// All below U+0080, in bytes.
    Ascii = 0,
    /// All below U+0100, in bytes.
    Latin1 = 1,
    /// All below U+10000, in 16-bit units.
    Ucs2 = 2,
    /// Anything, in 32-bit units.
    Ucs4 = 3,
}

impl Width {
    /// The class of a text in which the bitwise or of all code points is `bits`.
    #[inline]
    pub fn of_bits(bits: u32) -> Width {
        match bits {
            0..0x80 => Width::Ascii,
            0x80..0x100 => Width::Latin1,
            0x100..0x10000 => Width::Ucs2,
            _ => Width::Ucs4,
        }
    }

    /// Bytes of one unit.
    #[inline]
    pub fn unit_size(self) -> usize {
        match self {
            Width::Ascii | Width::Latin1 => 1,
            Width::Ucs2 => 2,
            Width::Ucs4 => 4,
        }
    }
}

/// A storage unit: `u8`, `u16` or `u32`, each holding one code point.
pub trait Unit: Copy + Ord + Into<u32> + 'static {
    /// The narrowest unit that is this wide; texts of it are at most this class.
    const WIDEST: Width;

    /// The unit for a code point that is known to fit.
    fn truncate(c: u32) -> Self;

    /// The unit for a code point, if it fits.
    fn fit(c: u32) -> Option<Self>;

    /// The class of a text in these units.
    fn width(units: &[Self]) -> Width;

    /// The code point.
    #[inline(always)]
    fn code(self) -> u32 {
        self.into()
    }

    /// A view of units.
    fn view(units: &[Self]) -> StrView<'_>;
}

impl Unit for u8 {
    const WIDEST: Width = Width::Latin1;

    #[inline(always)]
    fn truncate(c: u32) -> u8 {
        c as u8
    }

    fn fit(c: u32) -> Option<u8> {
        u8::try_from(c).ok()
    }

    fn width(units: &[u8]) -> Width {
        if units.is_ascii() { Width::Ascii } else { Width::Latin1 }
    }

    fn view(units: &[u8]) -> StrView<'_> {
        StrView::Latin1(units)
    }
}

impl Unit for u16 {
    const WIDEST: Width = Width::Ucs2;

    #[inline(always)]
    fn truncate(c: u32) -> u16 {
        c as u16
    }

    fn fit(c: u32) -> Option<u16> {
        u16::try_from(c).ok()
    }

    fn width(units: &[u16]) -> Width {
        Width::of_bits(units.iter().fold(0, |bits, &u| bits | u).into())
    }

    fn view(units: &[u16]) -> StrView<'_> {
        StrView::Ucs2(units)
    }
}

impl Unit for u32 {
    const WIDEST: Width = Width::Ucs4;

    #[inline(always)]
    fn truncate(c: u32) -> u32 {
        c
    }

    fn fit(c: u32) -> Option<u32> {
        Some(c)
    }

    fn width(units: &[u32]) -> Width {
        Width::of_bits(units.iter().fold(0, |bits, &u| bits | u))
    }

    fn view(units: &[u32]) -> StrView<'_> {
        StrView::Ucs4(units)
    }
}

/// The units as bytes in memory order.
pub fn unit_bytes<U: Unit>(units: &[U]) -> &[u8] {
    // SAFETY: units are plain integers without padding.
    unsafe { std::slice::from_raw_parts(units.as_ptr().cast(), std::mem::size_of_val(units)) }
}

/// The code points of a text, borrowed.
#[derive(Clone, Copy, Debug)]
pub enum StrView<'a> {
    /// Code points below U+0100.
    Latin1(&'a [u8]),
    /// Code points below U+10000, surrogates included.
    Ucs2(&'a [u16]),
    /// Any code points.
    Ucs4(&'a [u32]),
}

/// Runs the same code on the units of a view, whichever they are.
macro_rules! with_units {
    ($view:expr, $units:ident => $body:expr) => {
        match $view {
            $crate::types::str::StrView::Latin1($units) => $body,
            $crate::types::str::StrView::Ucs2($units) => $body,
            $crate::types::str::StrView::Ucs4($units) => $body,
        }
    };
}
pub(crate) use with_units;

impl<'a> StrView<'a> {
    /// The empty text.
    pub const EMPTY: StrView<'static> = StrView::Latin1(&[]);

    /// The number of code points.
    #[inline]
    pub fn len(self) -> usize {
        with_units!(self, s => s.len())
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Code point `i`, which must exist.
    #[inline]
    pub fn at(self, i: usize) -> u32 {
        with_units!(self, s => s[i].code())
    }

    /// Code point `i`.
    #[inline]
    pub fn get(self, i: usize) -> Option<u32> {
        with_units!(self, s => s.get(i).map(|u| u.code()))
    }

    /// Code points `start..end`; the bounds must be in range.
    #[inline]
    pub fn slice(self, start: usize, end: usize) -> StrView<'a> {
        match self {
            StrView::Latin1(s) => StrView::Latin1(&s[start..end]),
            StrView::Ucs2(s) => StrView::Ucs2(&s[start..end]),
            StrView::Ucs4(s) => StrView::Ucs4(&s[start..end]),
        }
    }

    /// Code points from `start` on.
    #[inline]
    pub fn from(self, start: usize) -> StrView<'a> {
        self.slice(start, self.len())
    }

    /// The code points.
    #[inline]
    pub fn iter(self) -> CodePoints<'a> {
        CodePoints { view: self, at: 0, end: self.len() }
    }

    /// The class of exactly these code points (a slice can be narrower than what it was taken from).
    pub fn width(self) -> Width {
        with_units!(self, s => Unit::width(s))
    }

    /// Whether all code points are below U+0080.
    pub fn is_ascii(self) -> bool {
        self.width() == Width::Ascii
    }

    /// The text, if it is ASCII.
    pub fn as_ascii(self) -> Option<&'a str> {
        match self {
            StrView::Latin1(s) if s.is_ascii() => std::str::from_utf8(s).ok(),
            _ => None,
        }
    }

    /// Whether the texts are equal.
    pub fn equals(self, other: StrView) -> bool {
        match (self, other) {
            (StrView::Latin1(a), StrView::Latin1(b)) => a == b,
            (StrView::Ucs2(a), StrView::Ucs2(b)) => a == b,
            (StrView::Ucs4(a), StrView::Ucs4(b)) => a == b,
            _ => self.len() == other.len() && self.iter().eq(other.iter()),
        }
    }

    /// Whether the text is this ASCII text.
    pub fn is(self, text: &str) -> bool {
        self.equals(StrView::Latin1(text.as_bytes()))
    }

    /// The order of the texts by code points.
    pub fn compare(self, other: StrView) -> std::cmp::Ordering {
        match (self, other) {
            (StrView::Latin1(a), StrView::Latin1(b)) => a.cmp(b),
            (StrView::Ucs2(a), StrView::Ucs2(b)) => a.cmp(b),
            (StrView::Ucs4(a), StrView::Ucs4(b)) => a.cmp(b),
            _ => self.iter().cmp(other.iter()),
        }
    }

    /// The position of code point `c`.
    pub fn position(self, c: u32) -> Option<usize> {
        match self {
            StrView::Latin1(s) => memchr::memchr(u8::fit(c)?, s),
            StrView::Ucs2(s) => {
                let c = u16::fit(c)?;
                s.iter().position(|&u| u == c)
            }
            StrView::Ucs4(s) => s.iter().position(|&u| u == c),
        }
    }

    /// The text with each code point that has no UTF-8 form replaced.
    pub fn to_lossy(self) -> String {
        if let StrView::Latin1(s) = self
            && s.is_ascii()
        {
            return String::from_utf8_lossy(s).into_owned();
        }
        self.iter().map(|c| char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    }
}

/// Goes through the code points of a view, from either end.
#[derive(Clone)]
pub struct CodePoints<'a> {
    view: StrView<'a>,
    at: usize,
    end: usize,
}

impl Iterator for CodePoints<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        if self.at == self.end {
            return None;
        }
        self.at += 1;
        Some(self.view.at(self.at - 1))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.end - self.at, Some(self.end - self.at))
    }
}

impl DoubleEndedIterator for CodePoints<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<u32> {
        if self.at == self.end {
            return None;
        }
        self.end -= 1;
        Some(self.view.at(self.end))
    }
}

impl ExactSizeIterator for CodePoints<'_> {}
