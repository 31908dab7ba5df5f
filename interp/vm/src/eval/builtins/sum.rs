//! `sum`: phases for ints, floats and complex numbers, then `+` as it comes. Floats are added with compensation
//! (Neumaier), as CPython does from 3.12 on, and so are real and imaginary parts.

use crate::protocol::{iter, number};
use crate::types::{complex, float, int};
use crate::value::{Res, Value};
use crate::vm::types;

/// A sum and what rounding has lost of it.
#[derive(Clone, Copy)]
struct Compensated {
    high: f64,
    low: f64,
}

impl Compensated {
    fn new(high: f64) -> Compensated {
        Compensated { high, low: 0.0 }
    }

    fn add(&mut self, x: f64) {
        let t = self.high + x;
        self.low += if self.high.abs() >= x.abs() { (self.high - t) + x } else { (x - t) + self.high };
        self.high = t;
    }

    /// The total. A compensation that is no number, or nothing, changes neither an infinite sum nor the sign of zero.
    fn total(self) -> f64 {
        if self.low != 0.0 && self.low.is_finite() { self.high + self.low } else { self.high }
    }
}

/// An int that a C long holds, as a float.
fn small(v: &Value) -> Option<f64> {
    v.is_instance(types().int).then(|| int::as_i64(v)).flatten().map(|i| i as f64)
}

/// `a + b`.
pub fn plus(a: &Value, b: &Value) -> Res {
    number::binary(number::BinaryOp::from_index(0), a, b)
}

/// `sum(iterable, start)`, without a look at the type of `start`.
pub fn sum_values(iterable: &Value, start: &Value) -> Res {
    let it = iter::iter(iterable)?;
    let mut total = start.clone();
    if let Some(mut n) = total.as_small_int() {
        loop {
            let Some(v) = iter::next(&it)? else { return Ok(Value::int(n)) };
            let int = v.as_small_int().or_else(|| v.is_instance(types().bool).then(|| i64::from(v.is(&Value::TRUE))));
            match int.and_then(|i| n.checked_add(i)) {
                Some(sum) => n = sum,
                None => {
                    total = plus(&Value::int(n), &v)?;
                    break;
                }
            }
        }
    }
    if std::ptr::eq(total.class(), types().float) {
        let mut sum = Compensated::new(float::as_f64(&total).unwrap_or(0.0));
        loop {
            let Some(v) = iter::next(&it)? else { return Ok(Value::float(sum.total())) };
            let x = if std::ptr::eq(v.class(), types().float) { float::as_f64(&v) } else { small(&v) };
            match x {
                Some(x) => sum.add(x),
                None => {
                    total = plus(&Value::float(sum.total()), &v)?;
                    break;
                }
            }
        }
    }
    if std::ptr::eq(total.class(), types().complex)
        && let Some(begin) = complex::as_parts(&total)
    {
        let (mut re, mut im) = (Compensated::new(begin.re), Compensated::new(begin.im));
        loop {
            let Some(v) = iter::next(&it)? else { return Ok(complex::new(re.total(), im.total())) };
            if std::ptr::eq(v.class(), types().complex)
                && let Some(z) = complex::as_parts(&v)
            {
                re.add(z.re);
                im.add(z.im);
            } else if let Some(x) = small(&v).or_else(|| float::as_f64(&v)) {
                re.add(x);
            } else {
                total = plus(&complex::new(re.total(), im.total()), &v)?;
                break;
            }
        }
    }
    while let Some(v) = iter::next(&it)? {
        total = plus(&total, &v)?;
    }
    Ok(total)
}
