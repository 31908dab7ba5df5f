//! [`Builder`]: makes a str piece by piece when its width is not known beforehand.

use super::payload;
use super::view::{StrView, Unit, Width, with_units};
use crate::exc;
use crate::value::{Res, Value};

/// A text that grows at its end, kept in units that widen when they have to.
pub struct Builder(Units);

enum Units {
    Latin1(Vec<u8>),
    Ucs2(Vec<u16>),
    Ucs4(Vec<u32>),
}

impl Default for Builder {
    fn default() -> Builder {
        Builder::new()
    }
}

impl Builder {
    /// An empty text.
    pub fn new() -> Builder {
        Builder(Units::Latin1(Vec::new()))
    }

    /// An empty text with room for `n` narrow code points, if memory allows.
    pub fn with_capacity(n: usize) -> Builder {
        let mut units = Vec::new();
        // Room is a hint here: what does not fit now is asked for again on the way.
        let _ = units.try_reserve(n);
        Builder(Units::Latin1(units))
    }

    /// The number of code points.
    pub fn len(&self) -> usize {
        self.view().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What there is so far.
    pub fn view(&self) -> StrView<'_> {
        match &self.0 {
            Units::Latin1(s) => StrView::Latin1(s),
            Units::Ucs2(s) => StrView::Ucs2(s),
            Units::Ucs4(s) => StrView::Ucs4(s),
        }
    }

    fn widen(&mut self, width: Width) {
        fn copy<U: Unit>(view: StrView) -> Vec<U> {
            let mut v = Vec::with_capacity(view.len() + view.len() / 4 + 16);
            with_units!(view, s => v.extend(s.iter().map(|u| U::truncate(u.code()))));
            v
        }
        match (&self.0, width) {
            (Units::Latin1(_), Width::Ucs2) => self.0 = Units::Ucs2(copy(self.view())),
            (Units::Latin1(_) | Units::Ucs2(_), Width::Ucs4) => self.0 = Units::Ucs4(copy(self.view())),
            _ => {}
        }
    }

    /// Appends a code point.
    #[inline]
    pub fn push(&mut self, c: u32) {
        match &mut self.0 {
            Units::Latin1(s) if c < 0x100 => s.push(c as u8),
            Units::Ucs2(s) if c < 0x10000 => s.push(c as u16),
            Units::Ucs4(s) => s.push(c),
            _ => {
                self.widen(Width::of_bits(c));
                self.push(c);
            }
        }
    }

    /// Appends a text.
    pub fn push_view(&mut self, text: StrView) {
        match (&mut self.0, text) {
            (Units::Latin1(s), StrView::Latin1(t)) => s.extend_from_slice(t),
            (Units::Ucs2(s), StrView::Ucs2(t)) => s.extend_from_slice(t),
            (Units::Ucs2(s), StrView::Latin1(t)) => s.extend(t.iter().map(|&u| u16::from(u))),
            (Units::Ucs4(s), t) => with_units!(t, t => s.extend(t.iter().map(|u| u.code()))),
            (_, t) => {
                self.widen(t.width());
                match (&mut self.0, t) {
                    (Units::Latin1(s), t) => with_units!(t, t => s.extend(t.iter().map(|u| u.code() as u8))),
                    (Units::Ucs2(s), t) => with_units!(t, t => s.extend(t.iter().map(|u| u.code() as u16))),
                    (Units::Ucs4(s), t) => with_units!(t, t => s.extend(t.iter().map(|u| u.code()))),
                }
            }
        }
    }

    /// Appends the text of the str `v`.
    pub fn push_value(&mut self, v: &Value) {
        self.push_view(payload::payload(v).view());
    }

    /// Appends UTF-8 text.
    pub fn push_str(&mut self, text: &str) {
        match &mut self.0 {
            Units::Latin1(s) if text.is_ascii() => s.extend_from_slice(text.as_bytes()),
            _ => self.extend(text.chars().map(u32::from)),
        }
    }

    /// Appends `n` times a code point; the program may choose `n`, so this raises MemoryError.
    pub fn push_repeated(&mut self, c: u32, n: usize) -> Res<()> {
        self.widen(Width::of_bits(c));
        let room = match &mut self.0 {
            Units::Latin1(s) => s.try_reserve(n).map(|()| s.resize(s.len() + n, c as u8)),
            Units::Ucs2(s) => s.try_reserve(n).map(|()| s.resize(s.len() + n, c as u16)),
            Units::Ucs4(s) => s.try_reserve(n).map(|()| s.resize(s.len() + n, c)),
        };
        room.map_err(|_| exc::memory_error())
    }

    /// The str. Raises MemoryError.
    pub fn try_finish(self) -> Res {
        payload::try_from_view(self.view())
    }

    /// The str.
    pub fn finish(self) -> Value {
        payload::from_view(self.view())
    }
}

impl Extend<u32> for Builder {
    fn extend<I: IntoIterator<Item = u32>>(&mut self, code_points: I) {
        code_points.into_iter().for_each(|c| self.push(c));
    }
}

impl std::fmt::Write for Builder {
    fn write_str(&mut self, s: &str) -> std::fmt::Result {
        self.push_str(s);
        Ok(())
    }
}
