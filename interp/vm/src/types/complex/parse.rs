//! Text to complex.

use super::Parts;
use crate::types::float::parse::{parse_plain, without_underscores};
use crate::types::int::parse::{is_c_space, trim};

/// Reads a complex literal: a float, an imaginary number, or both, perhaps in parentheses.
pub fn parse(text: &[u8]) -> Option<Parts> {
    let owned;
    let text = if text.contains(&b'_') {
        owned = without_underscores(text)?;
        &owned[..]
    } else {
        text
    };
    let text = trim(text);
    let text = match text {
        [b'(', inner @ .., b')'] => trim(inner),
        _ => text,
    };
    let (first, rest) = leading_float(text);
    match (first, rest) {
        (Some(re), []) => Some(Parts::new(re, 0.0)),
        (Some(im), [b'j' | b'J']) => Some(Parts::new(0.0, im)),
        (Some(re), [b'+' | b'-', ..]) => Some(Parts::new(re, imaginary(rest)?)),
        (None, _) => Some(Parts::new(0.0, imaginary(rest)?)),
        _ => None,
    }
}

/// Reads `<float>j`, `<sign>j` or `j`.
fn imaginary(text: &[u8]) -> Option<f64> {
    match leading_float(text) {
        (Some(x), [b'j' | b'J']) => Some(x),
        (None, [b'j' | b'J'] | [b'+', b'j' | b'J']) => Some(1.0),
        (None, [b'-', b'j' | b'J']) => Some(-1.0),
        _ => None,
    }
}

/// The longest float at the start, and what follows it.
fn leading_float(text: &[u8]) -> (Option<f64>, &[u8]) {
    debug_assert!(!text.first().is_some_and(is_c_space));
    let sign = matches!(text.first(), Some(b'+' | b'-')) as usize;
    let body = &text[sign..];
    let word = [&b"infinity"[..], b"inf", b"nan"].into_iter().find(|w| body.len() >= w.len() && body[..w.len()].eq_ignore_ascii_case(w));
    let length = match word {
        Some(w) => w.len(),
        None => {
            let digits = |from: usize| body[from..].iter().take_while(|c| c.is_ascii_digit()).count();
            let whole = digits(0);
            let mut end = whole;
            let mut fraction = 0;
            if body.get(end) == Some(&b'.') {
                fraction = digits(end + 1);
                end += 1 + fraction;
            }
            if whole + fraction == 0 {
                return (None, text);
            }
            if matches!(body.get(end), Some(b'e' | b'E')) {
                let sign = matches!(body.get(end + 1), Some(b'+' | b'-')) as usize;
                if matches!(body.get(end + 1 + sign), Some(b'0'..=b'9')) {
                    end += 1 + sign + digits(end + 1 + sign);
                }
            }
            end
        }
    };
    let (number, rest) = text.split_at(sign + length);
    (parse_plain(number), rest)
}
