//! Sets of characters, as `[...]` and `\w` describe them, and case folding for patterns.

use rustpython_unicode::case;
use std::sync::OnceLock;
use weft_vm::unicode;

/// A kind of character, numbered as `re._constants.CHCODES` numbers them; odd ones are the complements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Category(pub u32);

/// Categories there are.
pub const CATEGORIES: u32 = 18;

impl Category {
    /// Whether the character is of the kind.
    #[inline]
    pub fn has(self, c: u32) -> bool {
        let is = match self.0 & !1 {
            0 => c < 128 && (c as u8).is_ascii_digit(),
            2 => matches!(c, 0x09..=0x0d | 0x20),
            4 => is_ascii_word(c),
            6 => c == 0x0a,
            8 => c < 256 && is_locale_word(c as u8),
            10 => unicode::is_decimal(c),
            12 => unicode::is_space(c),
            14 => is_unicode_word(c),
            _ => is_unicode_linebreak(c),
        };
        is != (self.0 & 1 != 0)
    }
}

/// `\w` of ASCII patterns.
#[inline]
pub fn is_ascii_word(c: u32) -> bool {
    c < 128 && ((c as u8).is_ascii_alphanumeric() || c == 0x5f)
}

/// `\w` of patterns for the locale.
pub fn is_locale_word(c: u8) -> bool {
    // SAFETY: isalnum takes any unsigned char.
    c == b'_' || unsafe { libc::isalnum(c.into()) } != 0
}

/// `\w` of Unicode patterns.
#[inline]
pub fn is_unicode_word(c: u32) -> bool {
    if c < 128 { is_ascii_word(c) } else { unicode::is_alnum(c) }
}

fn is_unicode_linebreak(c: u32) -> bool {
    matches!(c, 0x0a..=0x0d | 0x1c..=0x1e | 0x85 | 0x2028 | 0x2029)
}

/// How case is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// It is not.
    None,
    /// For ASCII letters.
    Ascii,
    /// As the locale has it, for bytes.
    Locale,
    /// For all letters, one to one.
    Unicode,
}

/// Lower case of ASCII letters.
#[inline]
pub fn ascii_lower(c: u32) -> u32 {
    if c < 128 { (c as u8).to_ascii_lowercase().into() } else { c }
}

/// Lower case of one character.
#[inline]
pub fn unicode_lower(c: u32) -> u32 {
    if c < 128 {
        return ascii_lower(c);
    }
    char::from_u32(c).map_or(c, |ch| case::simple_lowercase(ch).into())
}

/// Upper case of one character.
pub fn unicode_upper(c: u32) -> u32 {
    if c < 128 {
        return (c as u8).to_ascii_uppercase().into();
    }
    char::from_u32(c).map_or(c, |ch| case::simple_uppercase(ch).into())
}

fn locale_lower(c: u32) -> u32 {
    // SAFETY: tolower takes any unsigned char.
    if c < 256 { unsafe { libc::tolower(c as i32) as u32 } } else { c }
}

fn locale_upper(c: u32) -> u32 {
    // SAFETY: toupper takes any unsigned char.
    if c < 256 { unsafe { libc::toupper(c as i32) as u32 } } else { c }
}

impl Fold {
    /// The character by which `c` is compared.
    #[inline]
    pub fn lower(self, c: u32) -> u32 {
        match self {
            Fold::None => c,
            Fold::Ascii => ascii_lower(c),
            Fold::Locale => locale_lower(c),
            Fold::Unicode => unicode_lower(c),
        }
    }

    /// Whether `c` is the pattern's character `p`, which is in lower case unless the locale decides.
    #[inline]
    pub fn same(self, p: u32, c: u32) -> bool {
        p == c || self.lower(c) == p || self == Fold::Locale && locale_upper(c) == p
    }
}

/// An element of a set.
#[derive(Clone, Debug)]
pub enum Item {
    /// One character.
    Literal(u32),
    /// A kind of characters.
    Category(Category),
    /// From the first to the second.
    Range(u32, u32),
    /// As `Range`, for the character or its upper case.
    RangeIgnore(u32, u32),
    /// A bit for each of the first 256 characters.
    Bits([u32; 8]),
    /// Blocks of 256 characters: for each of the first 256 blocks the number of its bits.
    BigBits { index: Vec<u8>, blocks: Vec<[u32; 8]> },
    /// What follows is what the set is not.
    Negate,
}

/// A set: elements, and their verdict on the first 256 characters.
#[derive(Debug)]
pub struct Set {
    low: Low,
    items: Vec<Item>,
}

/// A bit for each of the first 256 characters.
type Low = [u64; 4];

/// The bits of those that `has` says yes to.
fn low_where(has: impl Fn(u32) -> bool) -> Low {
    std::array::from_fn(|word| (0..64).fold(0, |bits, bit| bits | u64::from(has(64 * word as u32 + bit)) << bit))
}

impl Category {
    /// The characters of the kind.
    fn low(self) -> Low {
        static KNOWN: [OnceLock<Low>; CATEGORIES as usize] = [const { OnceLock::new() }; CATEGORIES as usize];
        match KNOWN.get(self.0 as usize) {
            // What the locale decides may change.
            Some(known) if self.0 & !1 != 8 => *known.get_or_init(|| low_where(|c| self.has(c))),
            _ => low_where(|c| self.has(c)),
        }
    }
}

impl Item {
    /// The characters of the element.
    fn low(&self) -> Low {
        let of_block = |bits: &[u32; 8]| std::array::from_fn(|i| u64::from(bits[2 * i]) | u64::from(bits[2 * i + 1]) << 32);
        match self {
            Item::Literal(_) | Item::Range(..) => {
                let (first, last) = match *self {
                    Item::Range(first, last) => (first, last.min(255)),
                    Item::Literal(c) if c < 256 => (c, c),
                    _ => return [0; 4],
                };
                let mut low = [0; 4];
                (first..=last).for_each(|c| low[c as usize >> 6] |= 1 << (c & 63));
                low
            }
            Item::Category(kind) => kind.low(),
            Item::RangeIgnore(..) => low_where(|c| self.has(c)),
            Item::Bits(bits) => of_block(bits),
            Item::BigBits { index, blocks } => index.first().and_then(|&i| blocks.get(i as usize)).map_or([0; 4], of_block),
            Item::Negate => [0; 4],
        }
    }

    /// Whether the character is of the element.
    fn has(&self, c: u32) -> bool {
        let bit = |bits: &[u32; 8], c: u32| bits[(c as usize & 255) >> 5] >> (c & 31) & 1 != 0;
        match self {
            Item::Literal(x) => *x == c,
            Item::Category(kind) => kind.has(c),
            Item::Range(a, b) => (*a..=*b).contains(&c),
            Item::RangeIgnore(a, b) => (*a..=*b).contains(&c) || (*a..=*b).contains(&unicode_upper(c)),
            Item::Bits(bits) => c < 256 && bit(bits, c),
            Item::BigBits { index, blocks } => match index.get(c as usize >> 8) {
                Some(&i) => blocks.get(i as usize).is_some_and(|bits| bit(bits, c)),
                None => false,
            },
            Item::Negate => false,
        }
    }
}

impl Set {
    /// A set of these elements. Verdicts are not cached for sets that depend on the locale.
    pub fn new(items: Vec<Item>) -> Set {
        // The first element that has a character decides, so it is put over those behind it.
        let negations = items.iter().filter(|item| matches!(item, Item::Negate)).count();
        let mut ok = negations & 1 == 0;
        let mut low = [if ok { 0 } else { u64::MAX }; 4];
        for item in items.iter().rev() {
            if matches!(item, Item::Negate) {
                ok = !ok;
                continue;
            }
            for (word, has) in low.iter_mut().zip(item.low()) {
                *word = if ok { *word | has } else { *word & !has };
            }
        }
        Set { low, items }
    }

    /// Whether the character is in the set.
    #[inline(always)]
    pub fn has(&self, c: u32) -> bool {
        if c < 256 { self.low[c as usize >> 6] >> (c & 63) & 1 != 0 } else { self.decide(c) }
    }

    /// Goes through the elements.
    fn decide(&self, c: u32) -> bool {
        let mut ok = true;
        for item in &self.items {
            if matches!(item, Item::Negate) {
                ok = !ok;
            } else if item.has(c) {
                return ok;
            }
        }
        !ok
    }

    /// As [`Set::has`], ignoring case.
    #[inline]
    pub fn has_folded(&self, c: u32, fold: Fold) -> bool {
        match fold {
            Fold::Locale => {
                let (lower, upper) = (locale_lower(c), locale_upper(c));
                self.has(lower) || upper != lower && self.has(upper)
            }
            fold => self.has(fold.lower(c)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Category, Item, Set};

    #[test]
    fn the_first_256_are_decided_as_the_elements_say() {
        let bits = || Item::Bits([0x8000_0001, 0, 7, 0, 0, 1, 0, 1 << 31]);
        let big = || Item::BigBits { index: vec![1, 0], blocks: vec![[0; 8], [3, 0, 0, 0, 0, 0, 0, 9]] };
        let sets = [
            vec![],
            vec![Item::Negate],
            vec![Item::Literal(97), Item::Literal(300)],
            vec![Item::Negate, Item::Range(200, 400), Item::Category(Category(12))],
            vec![Item::Range(0, 255), Item::Negate, Item::Literal(3)],
            vec![Item::Range(40, 50), Item::Negate, Item::Range(45, 99), Item::Negate, Item::Category(Category(15))],
            vec![Item::RangeIgnore(65, 70), bits()],
            vec![Item::Negate, big(), bits()],
        ];
        for items in sets {
            let set = Set::new(items);
            for c in 0..256 {
                assert_eq!(set.has(c), set.decide(c), "{c} in {:?}", set.items);
            }
        }
    }
}
