//! `float.hex` and `float.fromhex`.

use super::libm::ldexp;
use crate::class::native::Args;
use crate::exc;
use crate::types::float::known;
use crate::types::str;
use crate::value::{Res, Value};
use crate::vm::types;

/// `float.hex`
pub fn hex(a: Args) -> Res {
    Ok(str::from_string(text(known(a.at(0)))))
}

fn text(x: f64) -> String {
    if !x.is_finite() {
        return crate::format::float_repr(x);
    }
    let sign = if x.is_sign_negative() { "-" } else { "" };
    if x == 0.0 {
        return format!("{sign}0x0.0p+0");
    }
    let bits = x.to_bits();
    let (mantissa, biased) = (bits & ((1 << 52) - 1), (bits >> 52 & 0x7ff) as i32);
    let (lead, exponent) = if biased == 0 { (0, -1022) } else { (1, biased - 1023) };
    format!("{sign}0x{lead}.{mantissa:013x}p{exponent:+}")
}

/// `float.fromhex`
pub fn fromhex(a: Args) -> Res {
    let s = a.at(1);
    if !str::is_str(s) {
        return Err(exc::type_error("bad argument type for built-in operation"));
    }
    let text = str::as_utf8(s)?;
    let value = match parse(text.as_bytes()) {
        Ok(x) => Value::float(x),
        Err(Bad::Syntax) => return Err(exc::value_error("invalid hexadecimal floating-point string")),
        Err(Bad::TooLarge) => return Err(exc::overflow_error("hexadecimal value too large to represent as a float")),
    };
    if a.at(0).is(&types().float.value()) { Ok(value) } else { crate::call::call(a.at(0), &[value], None) }
}

enum Bad {
    Syntax,
    TooLarge,
}

fn parse(text: &[u8]) -> Result<f64, Bad> {
    let text = crate::types::int::parse::trim(text);
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let signed = |x: f64| if negative { -x } else { x };
    match text.to_ascii_lowercase().as_slice() {
        b"inf" | b"infinity" => return Ok(signed(f64::INFINITY)),
        b"nan" => return Ok(signed(f64::NAN)),
        _ => {}
    }
    let text = match text {
        [b'0', b'x' | b'X', rest @ ..] => rest,
        _ => text,
    };
    let is_hex = |c: &&u8| c.is_ascii_hexdigit();
    let whole = text.iter().take_while(is_hex).count();
    let (fraction, rest) = match &text[whole..] {
        [b'.', rest @ ..] => rest.split_at(rest.iter().take_while(is_hex).count()),
        rest => (&[][..], rest),
    };
    if whole + fraction.len() == 0 {
        return Err(Bad::Syntax);
    }
    let exponent = match rest {
        [] => 0,
        [b'p' | b'P', rest @ ..] => parse_exponent(rest)?,
        _ => return Err(Bad::Syntax),
    };
    // The first 30 significant digits and whether anything follows them say all that rounding asks.
    let (mut mantissa, mut kept, mut dropped, mut sticky) = (0u128, 0, 0i64, false);
    for &c in text[..whole].iter().chain(fraction) {
        let d = (c as char).to_digit(16).unwrap_or(0) as u128;
        if kept < 30 {
            mantissa = mantissa << 4 | d;
            kept += (mantissa != 0) as u32;
        } else {
            dropped += 1;
            sticky |= d != 0;
        }
    }
    if mantissa == 0 {
        return Ok(signed(0.0));
    }
    let scale = exponent.saturating_add(4 * dropped).saturating_sub(4 * fraction.len() as i64);
    scaled(mantissa, sticky, scale).map(signed)
}

fn parse_exponent(text: &[u8]) -> Result<i64, Bad> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Bad::Syntax);
    }
    let n = digits.iter().fold(0i64, |n, c| n.saturating_mul(10).saturating_add((c - b'0') as i64)).min(i64::MAX / 4);
    Ok(if negative { -n } else { n })
}

/// `mantissa * 2**exponent`, a little more if `sticky`, rounded half to even once.
fn scaled(mantissa: u128, sticky: bool, exponent: i64) -> Result<f64, Bad> {
    let bits = 128 - mantissa.leading_zeros() as i64;
    let top = exponent.saturating_add(bits);
    if top > 1024 {
        return Err(Bad::TooLarge);
    }
    if top < -1074 {
        return Ok(0.0);
    }
    // The last bit that the result can hold, as a power of two.
    let last = (top - 53).max(-1074);
    let excess = last - exponent;
    let (rounded, last) = if excess <= 0 {
        (mantissa, exponent)
    } else if excess > 127 {
        (0, last)
    } else {
        let (kept, rest) = (mantissa >> excess, mantissa & ((1 << excess) - 1));
        let half = 1u128 << (excess - 1);
        let up = rest > half || rest == half && (sticky || kept & 1 == 1);
        (kept + up as u128, last)
    };
    let x = ldexp(rounded as f64, last as i32);
    if x.is_infinite() { Err(Bad::TooLarge) } else { Ok(x) }
}
