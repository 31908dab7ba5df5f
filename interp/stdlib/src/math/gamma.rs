//! The gamma function and its logarithm, by Lanczos' approximation as in CPython's `mathmodule.c`.

use super::elementary::range_error;
use std::f64::consts::PI;
use weft_vm::class::native::Args;
use weft_vm::types::float::{self, libm};
use weft_vm::value::{Res, Value};
use weft_vm::{exc, format};

const LOG_PI: f64 = 1.144_729_885_849_400_2;
const G: f64 = 6.024_680_040_776_73;
const G_MINUS_HALF: f64 = 5.524_680_040_776_73;

#[allow(clippy::excessive_precision)]
const NUMERATOR: [f64; 13] = [
    23531376880.410759688572007674451636754734846804940,
    42919803642.649098768957899047001988850926355848959,
    35711959237.355668049440185451547166705960488635843,
    17921034426.037209699919755754458931112671403265390,
    6039542586.3520280050642916443072979210699388420708,
    1439720407.3117216736632230727949123939715485786772,
    248874557.86205415651146038641322942321632125127801,
    31426415.585400194380614231628318205362874684987640,
    2876370.6289353724412254090516208496135991145378768,
    186056.26539522349504029498971604569928220784236328,
    8071.6720023658162106380029022722506138218516325024,
    210.82427775157934587250973392071336271166969580291,
    2.5066282746310002701649081771338373386264310793408,
];

/// The coefficients of `x * (x + 1) * … * (x + 11)`.
const DENOMINATOR: [f64; 13] = [
    0.0, 39916800.0, 120543840.0, 150917976.0, 105258076.0, 45995730.0, 13339535.0, 2637558.0, 357423.0, 32670.0, 1925.0, 66.0, 1.0,
];

fn lanczos_sum(x: f64) -> f64 {
    let (mut n, mut d) = (0.0, 0.0);
    // The direction keeps the terms from overflowing.
    if x < 5.0 {
        for i in (0..13).rev() {
            n = n * x + NUMERATOR[i];
            d = d * x + DENOMINATOR[i];
        }
    } else {
        for i in 0..13 {
            n = n / x + NUMERATOR[i];
            d = d / x + DENOMINATOR[i];
        }
    }
    n / d
}

/// `sin(pi * x)`, exact at integers.
fn sin_pi(x: f64) -> f64 {
    let y = libm::fmod(x.abs(), 2.0);
    let r = match (2.0 * y).round() as i32 {
        0 => libm::sin(PI * y),
        1 => libm::cos(PI * (y - 0.5)),
        2 => libm::sin(PI * (1.0 - y)),
        3 => -libm::cos(PI * (y - 1.5)),
        _ => libm::sin(PI * (y - 2.0)),
    };
    1f64.copysign(x) * r
}

fn pole(x: f64) -> exc::Raised {
    exc::value_error(format!("expected a noninteger or positive integer, got {}", format::float_repr(x)))
}

/// `math.gamma`
pub fn gamma(a: Args) -> Res {
    let x = float::to_f64(a.at(0))?;
    let r = gamma_of(x)?;
    if r.is_infinite() && x.is_finite() { Err(range_error()) } else { Ok(Value::float(r)) }
}

fn gamma_of(x: f64) -> Res<f64> {
    if x.is_nan() || x == f64::INFINITY {
        return Ok(x);
    }
    if x == f64::NEG_INFINITY || x == 0.0 || x == x.floor() && x < 0.0 {
        return Err(pole(x));
    }
    if x == x.floor() && x <= 23.0 {
        // 22! has 53 significant bits.
        return Ok((1..x as u64).map(|n| n as f64).product());
    }
    let size = x.abs();
    if size < 1e-20 {
        return Ok(1.0 / x);
    }
    if size > 200.0 {
        return Ok(if x < 0.0 { 0.0 / sin_pi(x) } else { f64::INFINITY });
    }
    let y = size + G_MINUS_HALF;
    // The rounding error of that sum.
    let z = if size > G_MINUS_HALF { (y - size) - G_MINUS_HALF } else { (y - G_MINUS_HALF) - size };
    let z = z * G / y;
    // The power is taken in two halves where it would overflow.
    let powers = if size < 140.0 { [libm::pow(y, size - 0.5), 1.0] } else { [libm::pow(y, size / 2.0 - 0.25); 2] };
    Ok(if x < 0.0 {
        let r = -PI / sin_pi(size) / size * libm::exp(y) / lanczos_sum(size);
        (r - z * r) / powers[0] / powers[1]
    } else {
        let r = lanczos_sum(size) / libm::exp(y);
        (r + z * r) * powers[0] * powers[1]
    })
}

/// `math.lgamma`
pub fn lgamma(a: Args) -> Res {
    let x = float::to_f64(a.at(0))?;
    if x.is_nan() {
        return Ok(Value::float(x));
    }
    if x.is_infinite() {
        return Ok(Value::float(f64::INFINITY));
    }
    if x == x.floor() && x <= 2.0 {
        return if x <= 0.0 { Err(pole(x)) } else { Ok(Value::float(0.0)) };
    }
    let size = x.abs();
    if size < 1e-20 {
        return Ok(Value::float(-libm::log(size)));
    }
    let mut r = libm::log(lanczos_sum(size)) - G;
    r += (size - 0.5) * (libm::log(size + G - 0.5) - 1.0);
    if x < 0.0 {
        r = LOG_PI - libm::log(sin_pi(size).abs()) - libm::log(size) - r;
    }
    if r.is_infinite() { Err(range_error()) } else { Ok(Value::float(r)) }
}
