//! The tagged 64-bit word that every Python value is.
//!
//! | low bits | meaning |
//! | --- | --- |
//! | `…1` | small int, 63-bit two's complement |
//! | `…10` | float with a common exponent, rotated left by three |
//! | `…000`, non-zero | pointer to a heap object (below 2^48) |
//! | `…100` | a singleton: None, False, True, NotImplemented, Ellipsis |
//! | 0 | no value: an unbound variable, an empty slot |
//!
//! The float encoding is CRuby's flonum: exponents around zero have bits 60 to 62 equal to 011 or 100, so
//! that after rotation two of them can be dropped. 0.0 has an encoding of its own; -0.0, NaN, infinities and
//! the very large and small live on the heap.

/// A tagged value as a raw word, without ownership.
pub type Word = u64;

/// No value.
pub const NULL: Word = 0;
/// `None`.
pub const NONE: Word = 0x04;
/// `False`. `True` is [`BOOL_STEP`] above.
pub const FALSE: Word = 0x0c;
/// `True`.
pub const TRUE: Word = 0x14;
/// `NotImplemented`.
pub const NOT_IMPLEMENTED: Word = 0x1c;
/// `Ellipsis`.
pub const ELLIPSIS: Word = 0x24;
/// The distance from `False` to `True`.
pub const BOOL_STEP: u64 = TRUE - FALSE;
/// The word for 0.0.
pub const FLOAT_ZERO: Word = 0x8000_0000_0000_0002;

/// The bits of the one float (about 1.7e-77) whose rotation would be [`FLOAT_ZERO`]; it lives on the heap.
pub const ZERO_TWIN: u64 = 0x3000_0000_0000_0000;

/// A word is a heap pointer if `(word - 8) & PTR_MASK == 0`.
pub const PTR_MASK: u64 = 0xFFFF_0000_0000_0007;

/// The greatest small int.
pub const INT_MAX: i64 = i64::MAX >> 1;
/// The least small int.
pub const INT_MIN: i64 = i64::MIN >> 1;

/// Whether the word points to a heap object.
#[inline(always)]
pub const fn is_ptr(w: Word) -> bool {
    w.wrapping_sub(8) & PTR_MASK == 0
}

/// Whether the word is a small int.
#[inline(always)]
pub const fn is_int(w: Word) -> bool {
    w & 1 == 1
}

/// Whether the word is a float held in the word itself.
#[inline(always)]
pub const fn is_float(w: Word) -> bool {
    w & 3 == 2
}

/// Whether the word is `True` or `False`.
#[inline(always)]
pub const fn is_bool(w: Word) -> bool {
    w == TRUE || w == FALSE
}

/// The small int's value.
#[inline(always)]
pub const fn int_value(w: Word) -> i64 {
    w as i64 >> 1
}

/// The word of an int that fits 63 bits.
#[inline(always)]
pub const fn int_word(i: i64) -> Word {
    ((i << 1) as u64) | 1
}

/// The word of an int, or `None` if it needs the heap.
#[inline(always)]
pub const fn try_int_word(i: i64) -> Option<Word> {
    match i.checked_mul(2) {
        Some(d) => Some(d as u64 | 1),
        None => None,
    }
}

/// The word of a bool.
#[inline(always)]
pub const fn bool_word(b: bool) -> Word {
    if b { TRUE } else { FALSE }
}

/// The value of a float held in the word itself.
#[inline(always)]
pub const fn float_value(w: Word) -> f64 {
    if w == FLOAT_ZERO {
        return 0.0;
    }
    let high = w >> 63;
    f64::from_bits(((2 - high) | (w & !3)).rotate_right(3))
}

/// The word of a float, or `None` if it needs the heap.
#[inline(always)]
pub const fn try_float_word(x: f64) -> Option<Word> {
    let bits = x.to_bits();
    if ((bits >> 60) & 7).wrapping_sub(3) & !1 == 0 && bits != ZERO_TWIN {
        Some(bits.rotate_left(3) & !3 | 2)
    } else if bits == 0 {
        Some(FLOAT_ZERO)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_round_trip_or_need_the_heap() {
        for x in [0.0, 1.0, -1.0, 1.5, 0.1, 1e77, -1e-76, 3.0e5, f64::MIN_POSITIVE, f64::MAX, -0.0, f64::INFINITY, f64::NAN] {
            match try_float_word(x) {
                Some(w) => {
                    assert!(is_float(w) && !is_int(w) && !is_ptr(w), "{x}");
                    assert_eq!(float_value(w).to_bits(), x.to_bits());
                }
                None => assert!(x.abs() > 1e75 || x.abs() < 1e-75 || x.is_nan()),
            }
        }
    }

    #[test]
    fn ints_are_63_bits() {
        assert_eq!(int_value(int_word(INT_MIN)), INT_MIN);
        assert_eq!(int_value(int_word(-1)), -1);
        assert_eq!(try_int_word(INT_MAX + 1), None);
        assert_eq!(try_int_word(INT_MIN), Some(int_word(INT_MIN)));
    }

    #[test]
    fn kinds_are_disjoint() {
        for w in [NULL, NONE, FALSE, TRUE, NOT_IMPLEMENTED, ELLIPSIS] {
            assert!(!is_ptr(w) && !is_int(w) && !is_float(w));
        }
        assert!(is_ptr(8) && is_ptr(0x7fff_ffff_fff8) && !is_ptr(0x7fff_ffff_fffc));
    }
}
