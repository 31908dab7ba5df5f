//! The `is…` methods.

use super::payload;
use super::view::{Unit, with_units};
use crate::class::native::Args;
use crate::unicode;
use crate::value::{Res, Value};

fn all(a: Args, test: impl Fn(u32) -> bool) -> Res {
    let s = payload::payload(a.at(0)).view();
    Ok(Value::bool(!s.is_empty() && with_units!(s, units => units.iter().all(|u| test(u.code())))))
}

pub(super) fn isascii(a: Args) -> Res {
    Ok(Value::bool(payload::payload(a.at(0)).is_ascii()))
}

pub(super) fn isalpha(a: Args) -> Res {
    all(a, unicode::is_alpha)
}

pub(super) fn isalnum(a: Args) -> Res {
    all(a, unicode::is_alnum)
}

pub(super) fn isdecimal(a: Args) -> Res {
    all(a, unicode::is_decimal)
}

pub(super) fn isdigit(a: Args) -> Res {
    all(a, unicode::is_digit)
}

pub(super) fn isnumeric(a: Args) -> Res {
    all(a, unicode::is_numeric)
}

pub(super) fn isspace(a: Args) -> Res {
    all(a, unicode::is_space)
}

pub(super) fn isprintable(a: Args) -> Res {
    Ok(Value::bool(payload::payload(a.at(0)).view().iter().all(unicode::is_printable)))
}

/// Whether there is a cased code point, and none of the other case.
fn only_case(a: Args, wanted: fn(u32) -> bool, other: fn(u32) -> bool) -> Res {
    let mut cased = false;
    for c in payload::payload(a.at(0)).view().iter() {
        if other(c) || unicode::is_title(c) {
            return Ok(Value::FALSE);
        }
        cased = cased || wanted(c);
    }
    Ok(Value::bool(cased))
}

pub(super) fn islower(a: Args) -> Res {
    only_case(a, unicode::is_lower, unicode::is_upper)
}

pub(super) fn isupper(a: Args) -> Res {
    only_case(a, unicode::is_upper, unicode::is_lower)
}

pub(super) fn istitle(a: Args) -> Res {
    let (mut cased, mut inside) = (false, false);
    for c in payload::payload(a.at(0)).view().iter() {
        if unicode::is_upper(c) || unicode::is_title(c) {
            if inside {
                return Ok(Value::FALSE);
            }
            (cased, inside) = (true, true);
        } else if unicode::is_lower(c) {
            if !inside {
                return Ok(Value::FALSE);
            }
            cased = true;
        } else {
            inside = false;
        }
    }
    Ok(Value::bool(cased))
}

/// Whether a text is a Python identifier (keywords included).
pub fn is_identifier(s: super::StrView) -> bool {
    s.get(0).is_some_and(unicode::is_identifier_start) && s.iter().skip(1).all(unicode::is_identifier_continue)
}

pub(super) fn isidentifier(a: Args) -> Res {
    Ok(Value::bool(is_identifier(payload::payload(a.at(0)).view())))
}
