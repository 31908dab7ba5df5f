//! Arithmetic on complex numbers, as CPython's `complexobject.c` does it: a real operand takes part as a real
//! number, and infinities that come out as NaN are recovered as in C11's Annex G.

use super::{Parts, as_parts, new};
use crate::exc;
use crate::types::float::{self, libm};
use crate::types::int;
use crate::value::{Res, Value};

enum Operand {
    Complex(Parts),
    Real(f64),
}

fn operand(v: &Value) -> Res<Option<Operand>> {
    if let Some(c) = as_parts(v) {
        return Ok(Some(Operand::Complex(c)));
    }
    if let Some(f) = float::as_f64(v) {
        return Ok(Some(Operand::Real(f)));
    }
    if int::is_int(v) { int::to_f64(v).map(|f| Some(Operand::Real(f))) } else { Ok(None) }
}

macro_rules! slots {
    ($($slot:ident $f:expr, $doc:literal;)*) => {
        $(#[doc = $doc]
        pub fn $slot(a: &Value, b: &Value) -> Res {
            let Some(x) = operand(a)? else { return Ok(Value::NOT_IMPLEMENTED) };
            let Some(y) = operand(b)? else { return Ok(Value::NOT_IMPLEMENTED) };
            let f: fn(Operand, Operand) -> Res<Parts> = $f;
            let r = f(x, y)?;
            Ok(new(r.re, r.im))
        })*
    };
}

use Operand::{Complex as C, Real as R};

slots! {
    slot_add |x, y| Ok(match (x, y) {
        (C(a), C(b)) => Parts::new(a.re + b.re, a.im + b.im),
        (C(a), R(b)) | (R(b), C(a)) => Parts::new(a.re + b, a.im),
        (R(a), R(b)) => Parts::new(a + b, 0.0),
    }), "`__add__`";
    slot_subtract |x, y| Ok(match (x, y) {
        (C(a), C(b)) => Parts::new(a.re - b.re, a.im - b.im),
        (C(a), R(b)) => Parts::new(a.re - b, a.im),
        (R(a), C(b)) => Parts::new(a - b.re, -b.im),
        (R(a), R(b)) => Parts::new(a - b, 0.0),
    }), "`__sub__`";
    slot_multiply |x, y| Ok(match (x, y) {
        (C(a), C(b)) => product(a, b),
        (C(a), R(b)) | (R(b), C(a)) => Parts::new(a.re * b, a.im * b),
        (R(a), R(b)) => Parts::new(a * b, 0.0),
    }), "`__mul__`";
    slot_true_divide |x, y| match (x, y) {
        (C(a), C(b)) => quotient(a, b),
        (_, R(0.0)) => None,
        (C(a), R(b)) => Some(Parts::new(a.re / b, a.im / b)),
        (R(a), C(b)) => real_quotient(a, b),
        (R(a), R(b)) => Some(Parts::new(a / b, 0.0)),
    }.ok_or_else(|| exc::zero_division_error("division by zero")), "`__truediv__`";
}

fn boxed(x: f64) -> f64 {
    (if x.is_infinite() { 1.0f64 } else { 0.0 }).copysign(x)
}

fn no_nan(x: f64) -> f64 {
    if x.is_nan() { 0f64.copysign(x) } else { x }
}

/// `z * w`
pub fn product(mut z: Parts, mut w: Parts) -> Parts {
    let (ac, bd, ad, bc) = (z.re * w.re, z.im * w.im, z.re * w.im, z.im * w.re);
    let r = Parts::new(ac - bd, ad + bc);
    if !(r.re.is_nan() && r.im.is_nan()) {
        return r;
    }
    let mut again = false;
    if z.re.is_infinite() || z.im.is_infinite() {
        z = Parts::new(boxed(z.re), boxed(z.im));
        w = Parts::new(no_nan(w.re), no_nan(w.im));
        again = true;
    }
    if w.re.is_infinite() || w.im.is_infinite() {
        w = Parts::new(boxed(w.re), boxed(w.im));
        z = Parts::new(no_nan(z.re), no_nan(z.im));
        again = true;
    }
    if !again && [ac, bd, ad, bc].iter().any(|x| x.is_infinite()) {
        z = Parts::new(no_nan(z.re), no_nan(z.im));
        w = Parts::new(no_nan(w.re), no_nan(w.im));
        again = true;
    }
    if !again {
        return r;
    }
    Parts::new(f64::INFINITY * (z.re * w.re - z.im * w.im), f64::INFINITY * (z.re * w.im + z.im * w.re))
}

/// `a / b`; `None` if `b` is zero.
pub fn quotient(a: Parts, b: Parts) -> Option<Parts> {
    let (re, im) = (b.re.abs(), b.im.abs());
    let r = if re >= im {
        if re == 0.0 {
            return None;
        }
        let ratio = b.im / b.re;
        let denominator = b.re + b.im * ratio;
        Parts::new((a.re + a.im * ratio) / denominator, (a.im - a.re * ratio) / denominator)
    } else if im >= re {
        let ratio = b.re / b.im;
        let denominator = b.re * ratio + b.im;
        Parts::new((a.re * ratio + a.im) / denominator, (a.im * ratio - a.re) / denominator)
    } else {
        Parts::new(f64::NAN, f64::NAN)
    };
    if !(r.re.is_nan() && r.im.is_nan()) {
        return Some(r);
    }
    if (a.re.is_infinite() || a.im.is_infinite()) && b.re.is_finite() && b.im.is_finite() {
        let (x, y) = (boxed(a.re), boxed(a.im));
        return Some(Parts::new(f64::INFINITY * (x * b.re + y * b.im), f64::INFINITY * (y * b.re - x * b.im)));
    }
    if (re.is_infinite() || im.is_infinite()) && a.re.is_finite() && a.im.is_finite() {
        let (x, y) = (boxed(b.re), boxed(b.im));
        return Some(Parts::new(0.0 * (a.re * x + a.im * y), 0.0 * (a.im * x - a.re * y)));
    }
    Some(r)
}

/// `a / b` with a real dividend; `None` if `b` is zero.
fn real_quotient(a: f64, b: Parts) -> Option<Parts> {
    let (re, im) = (b.re.abs(), b.im.abs());
    let r = if re >= im {
        if re == 0.0 {
            return None;
        }
        let ratio = b.im / b.re;
        let denominator = b.re + b.im * ratio;
        Parts::new(a / denominator, (-a * ratio) / denominator)
    } else if im >= re {
        let ratio = b.re / b.im;
        let denominator = b.re * ratio + b.im;
        Parts::new((a * ratio) / denominator, -a / denominator)
    } else {
        Parts::new(f64::NAN, f64::NAN)
    };
    if r.re.is_nan() && r.im.is_nan() && a.is_finite() && (re.is_infinite() || im.is_infinite()) {
        let (x, y) = (boxed(b.re), boxed(b.im));
        return Some(Parts::new(0.0 * (a * x), 0.0 * (-a * y)));
    }
    Some(r)
}

/// `__pow__`
pub fn slot_power(a: &Value, b: &Value, m: &Value) -> Res {
    let (Some(x), Some(y)) = (operand(a)?, operand(b)?) else { return Ok(Value::NOT_IMPLEMENTED) };
    if !m.is_none() {
        return Err(exc::value_error("complex modulo"));
    }
    let parts = |o| match o {
        C(c) => c,
        R(r) => Parts::new(r, 0.0),
    };
    power(parts(x), parts(y))
}

/// `a ** b`
pub fn power(a: Parts, b: Parts) -> Res {
    let zero = || exc::zero_division_error("zero to a negative or complex power");
    // Small whole exponents multiply, which is faster and more exact.
    let r = if b.im == 0.0 && b.re == b.re.floor() && b.re.abs() <= 100.0 {
        whole_power(a, b.re as i32).ok_or_else(zero)?
    } else {
        general_power(a, b).ok_or_else(zero)?
    };
    if r.re.is_infinite() || r.im.is_infinite() {
        return Err(exc::overflow_error("complex exponentiation"));
    }
    Ok(new(r.re, r.im))
}

fn whole_power(a: Parts, n: i32) -> Option<Parts> {
    let unsigned = |n: u32| {
        let (mut mask, mut r, mut p) = (1, Parts::new(1.0, 0.0), a);
        while n >= mask {
            if n & mask != 0 {
                r = product(r, p);
            }
            mask <<= 1;
            p = product(p, p);
        }
        r
    };
    if n > 0 { Some(unsigned(n as u32)) } else { quotient(Parts::new(1.0, 0.0), unsigned(n.unsigned_abs())) }
}

fn general_power(a: Parts, b: Parts) -> Option<Parts> {
    if b == Parts::new(0.0, 0.0) {
        return Some(Parts::new(1.0, 0.0));
    }
    if a == Parts::new(0.0, 0.0) {
        return if b.im != 0.0 || b.re < 0.0 { None } else { Some(Parts::new(0.0, 0.0)) };
    }
    let size = libm::hypot(a.re, a.im);
    let angle = libm::atan2(a.im, a.re);
    let mut length = libm::pow(size, b.re);
    let mut phase = angle * b.re;
    if b.im != 0.0 {
        length *= libm::exp(-angle * b.im);
        phase += b.im * libm::log(size);
    }
    Some(Parts::new(length * libm::cos(phase), length * libm::sin(phase)))
}
