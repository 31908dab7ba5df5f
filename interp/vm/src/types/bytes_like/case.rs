//! Case and classification, for ASCII letters.

use super::split::is_space;
use super::{like_with_len, this};
use crate::class::native::Args;
use crate::value::{Res, Value};

fn map(a: Args, mut f: impl FnMut(u8) -> u8) -> Res {
    let v = a.at(0);
    let len = this(v).len();
    like_with_len(v, len, |to| to.iter_mut().zip(this(v)).for_each(|(to, &b)| *to = f(b)))
}

pub(crate) fn lower(a: Args) -> Res {
    map(a, |b| b.to_ascii_lowercase())
}

pub(crate) fn upper(a: Args) -> Res {
    map(a, |b| b.to_ascii_uppercase())
}

pub(crate) fn swapcase(a: Args) -> Res {
    map(a, |b| if b.is_ascii_alphabetic() { b ^ 0x20 } else { b })
}

pub(crate) fn capitalize(a: Args) -> Res {
    let mut first = true;
    map(a, |b| if std::mem::take(&mut first) { b.to_ascii_uppercase() } else { b.to_ascii_lowercase() })
}

pub(crate) fn title(a: Args) -> Res {
    let mut inside = false;
    map(a, |b| {
        let was = std::mem::replace(&mut inside, b.is_ascii_alphabetic());
        if was { b.to_ascii_lowercase() } else { b.to_ascii_uppercase() }
    })
}

fn all(a: Args, test: impl Fn(&u8) -> bool) -> Res {
    let s = this(a.at(0));
    Ok(Value::bool(!s.is_empty() && s.iter().all(test)))
}

pub(crate) fn isalnum(a: Args) -> Res {
    all(a, u8::is_ascii_alphanumeric)
}

pub(crate) fn isalpha(a: Args) -> Res {
    all(a, u8::is_ascii_alphabetic)
}

pub(crate) fn isascii(a: Args) -> Res {
    Ok(Value::bool(this(a.at(0)).is_ascii()))
}

pub(crate) fn isdigit(a: Args) -> Res {
    all(a, u8::is_ascii_digit)
}

pub(crate) fn isspace(a: Args) -> Res {
    all(a, |&b| is_space(b))
}

pub(crate) fn islower(a: Args) -> Res {
    let s = this(a.at(0));
    Ok(Value::bool(s.iter().any(u8::is_ascii_lowercase) && !s.iter().any(u8::is_ascii_uppercase)))
}

pub(crate) fn isupper(a: Args) -> Res {
    let s = this(a.at(0));
    Ok(Value::bool(s.iter().any(u8::is_ascii_uppercase) && !s.iter().any(u8::is_ascii_lowercase)))
}

pub(crate) fn istitle(a: Args) -> Res {
    let (mut cased, mut inside) = (false, false);
    for b in this(a.at(0)) {
        if b.is_ascii_alphabetic() {
            if b.is_ascii_uppercase() == inside {
                return Ok(Value::FALSE);
            }
            (cased, inside) = (true, true);
        } else {
            inside = false;
        }
    }
    Ok(Value::bool(cased))
}
