//! Sums and products of many numbers, in more precision than a float has.

use weft_vm::class::native::Args;
use weft_vm::exc;
use weft_vm::protocol::{iter, number};
use weft_vm::types::float;
use weft_vm::types::float::exact::{exact_product, exact_sum, norm};
use weft_vm::types::int;
use weft_vm::value::{Res, Value};
use weft_vm::vm::types;

/// `math.fsum`
pub fn fsum(a: Args) -> Res {
    let mut partials: Vec<f64> = Vec::new();
    let (mut special, mut infinite) = (0.0, 0.0);
    iter::for_each(a.at(0), |v| {
        let given = float::to_f64(&v)?;
        let mut x = given;
        let mut kept = 0;
        for j in 0..partials.len() {
            let mut y = partials[j];
            if x.abs() < y.abs() {
                std::mem::swap(&mut x, &mut y);
            }
            let hi = x + y;
            let lo = y - (hi - x);
            if lo != 0.0 {
                partials[kept] = lo;
                kept += 1;
            }
            x = hi;
        }
        partials.truncate(kept);
        if x == 0.0 {
            return Ok(());
        }
        if x.is_finite() {
            partials.push(x);
        } else if given.is_finite() {
            return Err(exc::overflow_error("intermediate overflow in fsum"));
        } else {
            if given.is_infinite() {
                infinite += given;
            }
            special += given;
            partials.clear();
        }
        Ok(())
    })?;
    if special != 0.0 {
        if f64::is_nan(infinite) {
            return Err(exc::value_error("-inf + inf in fsum"));
        }
        return Ok(Value::float(special));
    }
    Ok(Value::float(round_partials(&partials)))
}

/// The sum of partial sums that do not overlap, least first, rounded half to even.
fn round_partials(partials: &[f64]) -> f64 {
    let Some((&last, mut rest)) = partials.split_last() else { return 0.0 };
    let (mut hi, mut lo) = (last, 0.0);
    while let Some((&y, before)) = rest.split_last() {
        rest = before;
        let x = hi;
        hi = x + y;
        lo = y - (hi - x);
        if lo != 0.0 {
            break;
        }
    }
    // A tie is decided by what lies below it.
    if let Some(&below) = rest.last()
        && (lo < 0.0 && below < 0.0 || lo > 0.0 && below > 0.0)
    {
        let y = lo * 2.0;
        let x = hi + y;
        if y == x - hi {
            hi = x;
        }
    }
    hi
}

/// `math.hypot`
pub fn hypot(a: Args) -> Res {
    let mut vector = a.rest(0).iter().map(|v| float::to_f64(v).map(f64::abs)).collect::<Res<Vec<f64>>>()?;
    Ok(Value::float(norm(&mut vector)))
}

/// `math.dist`
pub fn dist(a: Args) -> Res {
    let (p, q) = (iter::collect(a.at(0))?, iter::collect(a.at(1))?);
    if p.len() != q.len() {
        return Err(exc::value_error("both points must have the same number of dimensions"));
    }
    let mut vector = Vec::with_capacity(p.len());
    for (x, y) in p.iter().zip(&q) {
        vector.push((float::to_f64(x)? - float::to_f64(y)?).abs());
    }
    Ok(Value::float(norm(&mut vector)))
}

/// `math.prod`
pub fn prod(a: Args) -> Res {
    let mut product = a.opt(1).cloned().unwrap_or(Value::small_int(1));
    iter::for_each(a.at(0), |v| {
        product = number::multiply(&product, &v)?;
        Ok(())
    })?;
    Ok(product)
}

/// A number as the unevaluated sum of three floats.
#[derive(Clone, Copy, Default)]
struct Triple {
    hi: f64,
    lo: f64,
    tiny: f64,
}

impl Triple {
    /// `self + x * y` (Ogita, Rump and Oishi, "Accurate Sum and Dot Product", algorithm 5.10 for three words).
    fn add_product(self, x: f64, y: f64) -> Triple {
        let product = exact_product(x, y);
        let sum = exact_sum(self.hi, product.hi);
        let r1 = exact_sum(self.lo, product.lo);
        let r2 = exact_sum(r1.hi, sum.lo);
        Triple { hi: sum.hi, lo: r2.hi, tiny: self.tiny + r1.lo + r2.lo }
    }

    fn round(self) -> f64 {
        let last = exact_sum(self.hi, self.lo);
        self.tiny + last.lo + last.hi
    }
}

/// Both as floats, if one is a float and the other a float, an int or a bool.
fn float_pair(p: &Value, q: &Value) -> Option<(f64, f64)> {
    let integer = |v: &Value| {
        let simple = int::is_exact(v) || std::ptr::eq(v.class(), types().bool);
        if simple { int::view(v)?.to_f64() } else { None }
    };
    let floating = |v: &Value| if float::is_exact(v) { float::as_f64(v) } else { None };
    match (floating(p), floating(q)) {
        (Some(x), Some(y)) => Some((x, y)),
        (Some(x), None) => Some((x, integer(q)?)),
        (None, Some(y)) => Some((integer(p)?, y)),
        (None, None) => None,
    }
}

/// `math.sumprod`: a run of ints is summed as 64-bit ints, then a run of floats in triple precision, the rest by the operators.
pub fn sumprod(a: Args) -> Res {
    let (ps, qs) = (iter::iter(a.at(0))?, iter::iter(a.at(1))?);
    let mut total = Value::small_int(0);
    let (mut ints, mut floats) = (Some(0i64), Some(Triple::default()));
    let mut floats_used = false;
    loop {
        let pair = match (iter::next(&ps)?, iter::next(&qs)?) {
            (Some(p), Some(q)) => Some((p, q)),
            (None, None) => None,
            _ => return Err(exc::value_error("Inputs are not the same length")),
        };
        if let Some(sum) = ints {
            let exact = |v: &Value| if int::is_exact(v) { int::as_i64(v) } else { None };
            let next = pair.as_ref().and_then(|(p, q)| sum.checked_add(exact(p)?.checked_mul(exact(q)?)?));
            ints = next;
            if next.is_some() {
                continue;
            }
            total = number::add(&total, &Value::int(sum))?;
        }
        if let Some(sum) = floats {
            let next = pair.as_ref().and_then(|(p, q)| float_pair(p, q)).map(|(x, y)| sum.add_product(x, y)).filter(|t| t.hi.is_finite());
            floats = next;
            if next.is_some() {
                floats_used = true;
                continue;
            }
            if floats_used {
                total = number::add(&total, &Value::float(sum.round()))?;
            }
        }
        let Some((p, q)) = pair else { return Ok(total) };
        total = number::add(&total, &number::multiply(&p, &q)?)?;
    }
}
