//! Ints as text, and the limit on converting long ones to and from decimal.

use super::{View, known};
use crate::exc;
use crate::global::Global;
use crate::types::str;
use crate::value::{Res, Value};

/// The limit `sys.set_int_max_str_digits` sets, unless it is changed; 0 would mean none.
pub const DEFAULT_MAX_STR_DIGITS: usize = 4300;
/// Numbers with up to this many digits always convert, and no lower limit can be set.
pub const MAX_STR_DIGITS_THRESHOLD: usize = 640;

static MAX_STR_DIGITS: Global<usize> = Global::new(DEFAULT_MAX_STR_DIGITS);

/// `sys.get_int_max_str_digits()`
pub fn max_str_digits() -> usize {
    // SAFETY: the GIL is held.
    unsafe { *MAX_STR_DIGITS.get() }
}

/// `sys.set_int_max_str_digits(n)`
pub fn set_max_str_digits(n: usize) -> Res<()> {
    if n != 0 && n < MAX_STR_DIGITS_THRESHOLD {
        return Err(exc::value_error(format!("maxdigits must be 0 or larger than {MAX_STR_DIGITS_THRESHOLD}")));
    }
    // SAFETY: the GIL is held.
    unsafe { *MAX_STR_DIGITS.get() = n };
    weft_compiler::lower::MAX_DECIMAL_DIGITS.store(n, std::sync::atomic::Ordering::Relaxed);
    Ok(())
}

/// `__repr__` and `__str__`
pub fn repr(v: &Value) -> Res {
    Ok(str::from_string(decimal(v)?))
}

/// The decimal text of an int, or ValueError if it is longer than the limit.
pub fn decimal(v: &Value) -> Res<String> {
    let view = known(v);
    let limit = max_str_digits();
    let too_long = || {
        exc::value_error(format!(
            "Exceeds the limit ({limit} digits) for integer string conversion; use sys.set_int_max_str_digits() to increase the limit"
        ))
    };
    // A number of n bits has at least n * 3/10 digits.
    let digits = view.bits() / 10 * 3;
    if limit > 0 && digits > limit as u64 && digits > MAX_STR_DIGITS_THRESHOLD as u64 {
        return Err(too_long());
    }
    let text = in_base(view, 10);
    let digits = text.len() - view.is_negative() as usize;
    if limit > 0 && digits > limit && digits > MAX_STR_DIGITS_THRESHOLD { Err(too_long()) } else { Ok(text) }
}

/// The decimal text of an int, however long. Lossy for other values, whose repr is not asked for.
pub fn to_string(v: &Value) -> String {
    super::view(v).map_or_else(|| "?".to_owned(), |v| in_base(v, 10))
}

/// The text of an int in a base from 2 to 36, with lower-case digits and without a prefix.
pub fn in_base(v: View, base: u32) -> String {
    match (v, base) {
        (View::Small(i), 10) => i.to_string(),
        (View::Small(i), 16) if i >= 0 => format!("{i:x}"),
        _ => v.big().to_str_radix(base),
    }
}
