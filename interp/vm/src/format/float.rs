//! The digits of floats, as CPython's `PyOS_double_to_string` lays them out.

use std::fmt::Write;

/// What [`float_format`] does beside the presentation type.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flags {
    /// `#`: keep the decimal point and trailing zeros.
    pub alternate: bool,
    /// Add `.0` to what would look like an int.
    pub dot_zero: bool,
}

/// More digits than any double has before they are all zeros.
const MOST_DIGITS: usize = 1100;

/// `repr(x)`.
pub fn float_repr(x: f64) -> String {
    float_format(x, b'r', 0, Flags { alternate: false, dot_zero: true })
}

/// The text of a float. `kind` is one of `eEfFgGr`; `r` is the shortest text that reads back as the same float and
/// takes no precision.
pub fn float_format(x: f64, kind: u8, precision: usize, flags: Flags) -> String {
    let upper = kind.is_ascii_uppercase();
    if !x.is_finite() {
        let text = match (x.is_nan(), upper) {
            (true, false) => "nan",
            (true, true) => "NAN",
            (false, false) => "inf",
            (false, true) => "INF",
        };
        return if x < 0.0 { format!("-{text}") } else { text.to_owned() };
    }
    let sign = if x.is_sign_negative() { "-" } else { "" };
    let magnitude = x.abs();
    let mut out = String::from(sign);
    match kind.to_ascii_lowercase() {
        b'f' => {
            let shown = precision.min(MOST_DIGITS);
            out.push_str(&format!("{magnitude:.shown$}"));
            push_zeros(&mut out, precision - shown);
            if precision == 0 && flags.alternate {
                out.push('.');
            }
        }
        b'e' => {
            let (digits, exponent) = significant(magnitude, precision);
            push_exponential(
                &mut out,
                &digits,
                precision - digits.len().saturating_sub(1).min(precision),
                exponent,
                flags.alternate,
                upper,
            );
        }
        b'g' => {
            let precision = precision.max(1);
            let (mut digits, exponent) = significant(magnitude, precision - 1);
            let mut zeros = precision - digits.len();
            if !flags.alternate {
                digits.truncate(digits.trim_end_matches('0').len().max(1));
                zeros = 0;
            }
            let limit = precision as i64 - i64::from(flags.dot_zero);
            push_general(&mut out, &digits, zeros, exponent, i64::from(exponent) >= limit, flags, upper);
        }
        _ => {
            let mut shortest = Shortest { text: [0; 32], len: 0 };
            // 17 digits, a point and an exponent always fit.
            let _ = write!(shortest, "{magnitude:e}");
            let (digits, exponent) = shortest.parts();
            let even = (digits.len() >= 16).then(|| half_to_even(magnitude, digits, exponent)).flatten();
            push_general(&mut out, even.as_deref().unwrap_or(digits), 0, exponent, exponent >= 16, flags, upper);
        }
    }
    out
}

/// The text of a float such as `1.25e-7`, written on the stack.
struct Shortest {
    text: [u8; 32],
    len: usize,
}

impl Write for Shortest {
    fn write_str(&mut self, s: &str) -> std::fmt::Result {
        let room = self.text.get_mut(self.len..self.len + s.len()).ok_or(std::fmt::Error)?;
        room.copy_from_slice(s.as_bytes());
        self.len += s.len();
        Ok(())
    }
}

impl Shortest {
    /// The digits, the point taken out, and the exponent.
    fn parts(&mut self) -> (&str, i32) {
        let text = &mut self.text[..self.len];
        let e = text.iter().position(|&b| b == b'e').unwrap_or(text.len());
        let exponent = std::str::from_utf8(text.get(e + 1..).unwrap_or(&[])).ok().and_then(|s| s.parse().ok()).unwrap_or(0);
        let mut digits = e;
        if e > 1 {
            text.copy_within(2..e, 1);
            digits -= 1;
        }
        (std::str::from_utf8(&text[..digits]).unwrap_or("0"), exponent)
    }
}

/// The digits that end in an even one, where the float lies in the middle between those and `digits`. Both read back as the
/// float, which takes at least 16 digits.
fn half_to_even(x: f64, digits: &str, exponent: i32) -> Option<String> {
    let (even, e) = significant(x, digits.len() - 1);
    (e == exponent && even != digits && format!("{}e{}", even, e - even.len() as i32 + 1).parse() == Ok(x)).then_some(even)
}

fn push_zeros(out: &mut String, n: usize) {
    out.extend(std::iter::repeat_n('0', n));
}

/// The digits and the exponent of text such as `1.25e-7`.
fn split_exponential(text: &str) -> (String, i32) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    (mantissa.chars().filter(|&c| c != '.').collect(), exponent.parse().unwrap_or(0))
}

/// The first `1 + precision` digits, correctly rounded, fewer if the rest are zeros; and the decimal exponent.
fn significant(x: f64, precision: usize) -> (String, i32) {
    let shown = precision.min(MOST_DIGITS);
    split_exponential(&format!("{x:.shown$e}"))
}

fn push_exponential(out: &mut String, digits: &str, zeros: usize, exponent: i32, alternate: bool, upper: bool) {
    let (first, rest) = digits.split_at(1);
    out.push_str(first);
    if !rest.is_empty() || zeros > 0 || alternate {
        out.push('.');
    }
    out.push_str(rest);
    push_zeros(out, zeros);
    out.push(if upper { 'E' } else { 'e' });
    out.push(if exponent < 0 { '-' } else { '+' });
    out.push_str(&format!("{:02}", exponent.unsigned_abs()));
}

/// Lays digits out with an exponent if it is small or `large`, else without. `zeros` more zeros follow the digits.
fn push_general(out: &mut String, digits: &str, zeros: usize, exponent: i32, large: bool, flags: Flags, upper: bool) {
    if exponent < -4 || large {
        return push_exponential(out, digits, zeros, exponent, flags.alternate, upper);
    }
    if exponent < 0 {
        out.push_str("0.");
        push_zeros(out, (-exponent - 1) as usize);
        out.push_str(digits);
        return push_zeros(out, zeros);
    }
    let whole = exponent as usize + 1;
    if digits.len() > whole {
        let (before, behind) = digits.split_at(whole);
        out.push_str(before);
        out.push('.');
        out.push_str(behind);
        return push_zeros(out, zeros);
    }
    out.push_str(digits);
    let missing = whole - digits.len();
    push_zeros(out, missing.min(zeros));
    if zeros > missing {
        out.push('.');
        return push_zeros(out, zeros - missing);
    }
    push_zeros(out, missing - zeros.min(missing));
    if flags.dot_zero {
        out.push_str(".0");
    } else if flags.alternate {
        out.push('.');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reprs() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e16, "1e+16"),
            (123456789012345680.0, "1.2345678901234568e+17"),
            (9999999999999998.0, "9999999999999998.0"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
        ];
        for (x, text) in cases {
            assert_eq!(float_repr(x), text);
        }
    }

    #[test]
    fn precisions() {
        let f = |x, kind, precision| float_format(x, kind, precision, Flags::default());
        assert_eq!(f(2.5, b'f', 0), "2");
        assert_eq!(f(2.675, b'f', 2), "2.67");
        assert_eq!(f(12345.678, b'e', 3), "1.235e+04");
        assert_eq!(f(0.0001, b'g', 6), "0.0001");
        assert_eq!(f(1e-5, b'G', 6), "1E-05");
        assert_eq!(f(100000.0, b'g', 6), "100000");
        assert_eq!(f(1000000.0, b'g', 6), "1e+06");
        assert_eq!(float_format(1.0, b'g', 4, Flags { alternate: true, dot_zero: false }), "1.000");
    }
}
