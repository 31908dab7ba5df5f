//! Float and complex arithmetic with CPython's rounding, signs of zero and recovery of infinities (Objects/floatobject.c, complexobject.c).

use super::{as_int, nb};
use crate::code::Constant;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{FromPrimitive, Signed, ToPrimitive, Zero};

#[derive(Clone, Copy)]
enum Number {
    Real(f64),
    Complex(f64, f64),
}

impl Number {
    /// None if it is no number, or an int too large for a float.
    fn of(value: &Constant) -> Option<Number> {
        match value {
            Constant::Float(f) => Some(Number::Real(*f)),
            Constant::Complex(re, im) => Some(Number::Complex(*re, *im)),
            _ => {
                let f = as_int(value)?.to_f64()?;
                f.is_finite().then_some(Number::Real(f))
            }
        }
    }

    fn as_complex(self) -> (f64, f64) {
        match self {
            Number::Real(re) => (re, 0.0),
            Number::Complex(re, im) => (re, im),
        }
    }
}

/// A binary operator on numbers of which at least one is not an int, or on ints whose power is not an int.
pub fn binary(operator: u32, left: &Constant, right: &Constant) -> Option<Constant> {
    match (Number::of(left)?, Number::of(right)?) {
        (Number::Real(a), Number::Real(b)) => real(operator, a, b),
        (a, b) => complex(operator, a, b).map(|(re, im)| Constant::Complex(re, im)),
    }
}

fn real(operator: u32, a: f64, b: f64) -> Option<Constant> {
    let float = |f| Some(Constant::Float(f));
    match operator {
        nb::ADD => float(a + b),
        nb::SUBTRACT => float(a - b),
        nb::MULTIPLY => float(a * b),
        nb::TRUE_DIVIDE if b != 0.0 => float(a / b),
        nb::FLOOR_DIVIDE if b != 0.0 => float(floor_divide(a, b).0),
        nb::REMAINDER if b != 0.0 => float(floor_divide(a, b).1),
        nb::POWER => power(a, b),
        _ => None,
    }
}

/// Quotient and remainder as `divmod` computes them.
fn floor_divide(a: f64, b: f64) -> (f64, f64) {
    let mut remainder = a % b;
    let mut quotient = (a - remainder) / b;
    if remainder != 0.0 {
        if (b < 0.0) != (remainder < 0.0) {
            remainder += b;
            quotient -= 1.0;
        }
    } else {
        remainder = 0.0f64.copysign(b);
    }
    let floor = if quotient != 0.0 {
        let floor = quotient.floor();
        if quotient - floor > 0.5 { floor + 1.0 } else { floor }
    } else {
        0.0f64.copysign(a / b)
    };
    (floor, remainder)
}

fn power(a: f64, b: f64) -> Option<Constant> {
    if a == 0.0 && b < 0.0 {
        return None;
    }
    if a < 0.0 && a.is_finite() && b.is_finite() && b != b.floor() {
        let (re, im) = complex_power((a, 0.0), (b, 0.0))?;
        return Some(Constant::Complex(re, im));
    }
    let result = a.powf(b);
    if result.is_infinite() && a.is_finite() && b.is_finite() {
        return None;
    }
    Some(Constant::Float(result))
}

fn complex(operator: u32, a: Number, b: Number) -> Option<(f64, f64)> {
    use Number::{Complex, Real};
    Some(match (operator, a, b) {
        (nb::ADD, Complex(re, im), Real(x)) | (nb::ADD, Real(x), Complex(re, im)) => (re + x, im),
        (nb::SUBTRACT, Complex(re, im), Real(x)) => (re - x, im),
        (nb::SUBTRACT, Real(x), Complex(re, im)) => (x - re, -im),
        (nb::MULTIPLY, Complex(re, im), Real(x)) | (nb::MULTIPLY, Real(x), Complex(re, im)) => (re * x, im * x),
        (nb::TRUE_DIVIDE, Complex(re, im), Real(x)) => {
            if x == 0.0 {
                return None;
            }
            (re / x, im / x)
        }
        (nb::TRUE_DIVIDE, Real(x), Complex(re, im)) => real_quotient(x, (re, im))?,
        (nb::ADD, Complex(a, b), Complex(c, d)) => (a + c, b + d),
        (nb::SUBTRACT, Complex(a, b), Complex(c, d)) => (a - c, b - d),
        (nb::MULTIPLY, Complex(a, b), Complex(c, d)) => product((a, b), (c, d)),
        (nb::TRUE_DIVIDE, a, b) => quotient(a.as_complex(), b.as_complex())?,
        (nb::POWER, a, b) => complex_power(a.as_complex(), b.as_complex())?,
        _ => return None,
    })
}

/// 1 or 0 with the sign of `x`, by whether it is infinite.
fn boxed(x: f64) -> f64 {
    if x.is_infinite() { 1.0f64 } else { 0.0 }.copysign(x)
}

fn product((a, b): (f64, f64), (c, d): (f64, f64)) -> (f64, f64) {
    let (re, im) = (a * c - b * d, a * d + b * c);
    if !(re.is_nan() && im.is_nan()) {
        return (re, im);
    }
    // C99 Annex G: an infinity times something that is not zero is an infinity.
    let zero_nan = |x: f64| if x.is_nan() { 0.0f64.copysign(x) } else { x };
    let (mut a2, mut b2, mut c2, mut d2) = (a, b, c, d);
    let mut recover = false;
    if a.is_infinite() || b.is_infinite() {
        (a2, b2) = (boxed(a), boxed(b));
        (c2, d2) = (zero_nan(c2), zero_nan(d2));
        recover = true;
    }
    if c.is_infinite() || d.is_infinite() {
        (c2, d2) = (boxed(c), boxed(d));
        (a2, b2) = (zero_nan(a2), zero_nan(b2));
        recover = true;
    }
    if !recover && [a * c, b * d, a * d, b * c].iter().any(|x| x.is_infinite()) {
        (a2, b2, c2, d2) = (zero_nan(a), zero_nan(b), zero_nan(c), zero_nan(d));
        recover = true;
    }
    if recover { (f64::INFINITY * (a2 * c2 - b2 * d2), f64::INFINITY * (a2 * d2 + b2 * c2)) } else { (re, im) }
}

fn quotient((a, b): (f64, f64), (c, d): (f64, f64)) -> Option<(f64, f64)> {
    let (re, im) = if c.abs() >= d.abs() {
        if c == 0.0 {
            return None;
        }
        let ratio = d / c;
        let scale = c + d * ratio;
        ((a + b * ratio) / scale, (b - a * ratio) / scale)
    } else if d.abs() >= c.abs() {
        let ratio = c / d;
        let scale = c * ratio + d;
        ((a * ratio + b) / scale, (b * ratio - a) / scale)
    } else {
        (f64::NAN, f64::NAN)
    };
    if !(re.is_nan() && im.is_nan()) {
        return Some((re, im));
    }
    if (a.is_infinite() || b.is_infinite()) && c.is_finite() && d.is_finite() {
        let (x, y) = (boxed(a), boxed(b));
        return Some((f64::INFINITY * (x * c + y * d), f64::INFINITY * (y * c - x * d)));
    }
    if (c.is_infinite() || d.is_infinite()) && a.is_finite() && b.is_finite() {
        let (x, y) = (boxed(c), boxed(d));
        return Some((0.0 * (a * x + b * y), 0.0 * (b * x - a * y)));
    }
    Some((re, im))
}

/// [`quotient`] of a real number; the signs of zeros differ.
fn real_quotient(a: f64, (c, d): (f64, f64)) -> Option<(f64, f64)> {
    let (re, im) = if c.abs() >= d.abs() {
        if c == 0.0 {
            return None;
        }
        let ratio = d / c;
        let scale = c + d * ratio;
        (a / scale, (-a * ratio) / scale)
    } else if d.abs() >= c.abs() {
        let ratio = c / d;
        let scale = c * ratio + d;
        ((a * ratio) / scale, -a / scale)
    } else {
        (f64::NAN, f64::NAN)
    };
    if re.is_nan() && im.is_nan() && a.is_finite() && (c.is_infinite() || d.is_infinite()) {
        return Some((0.0 * (a * boxed(c)), 0.0 * (-a * boxed(d))));
    }
    Some((re, im))
}

fn complex_power(base: (f64, f64), exponent: (f64, f64)) -> Option<(f64, f64)> {
    let (re, im) = exponent;
    let result = if im == 0.0 && re == re.floor() && re.abs() <= 100.0 {
        let positive = small_power(base, re.abs() as u32);
        if re > 0.0 { positive } else { quotient((1.0, 0.0), positive)? }
    } else {
        general_power(base, exponent)?
    };
    // An infinite result is Python's OverflowError.
    (!result.0.is_infinite() && !result.1.is_infinite()).then_some(result)
}

fn small_power(base: (f64, f64), exponent: u32) -> (f64, f64) {
    let mut result = (1.0, 0.0);
    let mut square = base;
    let mut rest = exponent;
    while rest > 0 {
        if rest & 1 != 0 {
            result = product(result, square);
        }
        rest >>= 1;
        square = product(square, square);
    }
    result
}

fn general_power((a, b): (f64, f64), (c, d): (f64, f64)) -> Option<(f64, f64)> {
    if c == 0.0 && d == 0.0 {
        return Some((1.0, 0.0));
    }
    if a == 0.0 && b == 0.0 {
        let undefined = d != 0.0 || c < 0.0;
        return (!undefined).then_some((0.0, 0.0));
    }
    let modulus = a.hypot(b);
    let angle = b.atan2(a);
    let mut length = modulus.powf(c);
    let mut phase = angle * c;
    if d != 0.0 {
        length *= (-angle * d).exp();
        phase += d * modulus.ln();
    }
    // The cosine of an infinity is a domain error.
    (!phase.is_infinite()).then(|| (length * phase.cos(), length * phase.sin()))
}

/// `a / b` correctly rounded; none on overflow. `b` is not zero.
pub fn divide_ints(a: &BigInt, b: &BigInt) -> Option<f64> {
    let negative = a.is_negative() != b.is_negative();
    let (a, b) = (a.abs(), b.abs());
    if a.is_zero() {
        return Some(if negative { -0.0 } else { 0.0 });
    }
    // The quotient with at least two bits more than a float holds, or as many as a subnormal result of this size does.
    let bits = a.bits() as i64 - b.bits() as i64;
    if bits > 1100 {
        return None;
    }
    let shift = (55 - bits).min(1074 + 2);
    let (scaled, divisor) = if shift >= 0 { (a << shift, b) } else { (a, b << -shift) };
    let (quotient, remainder) = scaled.div_rem(&divisor);
    // Rounding to odd keeps the final rounding honest.
    let sticky = quotient | BigInt::from(u8::from(!remainder.is_zero()));
    let mut result = sticky.to_f64()?;
    let mut exponent = -shift;
    // Scale in steps that are exact until the last one.
    while exponent < -1000 {
        result *= 2f64.powi(-76);
        exponent += 76;
    }
    result *= 2f64.powi(exponent.clamp(-1074, 1023) as i32);
    if exponent > 1023 {
        result *= 2f64.powi((exponent - 1023) as i32);
    }
    if result.is_infinite() {
        return None;
    }
    Some(if negative { -result } else { result })
}

/// Python's `==` of two numbers: exact, whatever their types.
pub fn equal(a: &Constant, b: &Constant) -> bool {
    match (a, b) {
        (Constant::Complex(a, b), Constant::Complex(c, d)) => a == c && b == d,
        (Constant::Complex(re, im), other) | (other, Constant::Complex(re, im)) => *im == 0.0 && equal(&Constant::Float(*re), other),
        (Constant::Float(a), Constant::Float(b)) => a == b,
        (Constant::Float(f), other) | (other, Constant::Float(f)) => {
            f.is_finite() && *f == f.floor() && BigInt::from_f64(*f) == as_int(other)
        }
        _ => as_int(a) == as_int(b),
    }
}
