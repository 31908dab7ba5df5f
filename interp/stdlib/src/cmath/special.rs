//! What the functions give for infinities and NaN (C99, Annex G): one table for each, by the kinds of the real and
//! the imaginary part. Cells of two finite parts are not looked at, nor are those where an error is raised.

use std::f64::consts::{FRAC_PI_2 as P12, FRAC_PI_4 as P14, PI};
use weft_vm::types::complex::Parts;

const N: f64 = f64::NAN;
const INF: f64 = f64::INFINITY;
const P34: f64 = 0.75 * PI;
/// A cell that is never looked at, or whose value an error hides.
const X: (f64, f64) = (N, N);

/// Rows and columns: -inf, negative, -0.0, 0.0, positive, inf, NaN.
pub type Table = [[(f64, f64); 7]; 7];

fn kind(x: f64) -> usize {
    if x.is_nan() {
        return 6;
    }
    let distance = if x.is_infinite() { 2 } else { (x != 0.0) as usize };
    if x.is_sign_negative() { 2 - distance } else { 3 + distance }
}

/// The table's answer, if a part is not finite.
pub fn lookup(z: Parts, table: &Table) -> Option<Parts> {
    if z.re.is_finite() && z.im.is_finite() {
        return None;
    }
    let (re, im) = table[kind(z.re)][kind(z.im)];
    Some(Parts::new(re, im))
}

pub static ACOS: Table = [
    [(P34, INF), (PI, INF), (PI, INF), (PI, -INF), (PI, -INF), (P34, -INF), (N, INF)],
    [(P12, INF), X, X, X, X, (P12, -INF), (N, N)],
    [(P12, INF), X, X, X, X, (P12, -INF), (P12, N)],
    [(P12, INF), X, X, X, X, (P12, -INF), (P12, N)],
    [(P12, INF), X, X, X, X, (P12, -INF), (N, N)],
    [(P14, INF), (0.0, INF), (0.0, INF), (0.0, -INF), (0.0, -INF), (P14, -INF), (N, INF)],
    [(N, INF), (N, N), (N, N), (N, N), (N, N), (N, -INF), (N, N)],
];

pub static ACOSH: Table = [
    [(INF, -P34), (INF, -PI), (INF, -PI), (INF, PI), (INF, PI), (INF, P34), (INF, N)],
    [(INF, -P12), X, X, X, X, (INF, P12), (N, N)],
    [(INF, -P12), X, X, X, X, (INF, P12), (N, P12)],
    [(INF, -P12), X, X, X, X, (INF, P12), (N, P12)],
    [(INF, -P12), X, X, X, X, (INF, P12), (N, N)],
    [(INF, -P14), (INF, -0.0), (INF, -0.0), (INF, 0.0), (INF, 0.0), (INF, P14), (INF, N)],
    [(INF, N), (N, N), (N, N), (N, N), (N, N), (INF, N), (N, N)],
];

pub static ASINH: Table = [
    [(-INF, -P14), (-INF, -0.0), (-INF, -0.0), (-INF, 0.0), (-INF, 0.0), (-INF, P14), (-INF, N)],
    [(-INF, -P12), X, X, X, X, (-INF, P12), (N, N)],
    [(-INF, -P12), X, X, X, X, (-INF, P12), (N, N)],
    [(INF, -P12), X, X, X, X, (INF, P12), (N, N)],
    [(INF, -P12), X, X, X, X, (INF, P12), (N, N)],
    [(INF, -P14), (INF, -0.0), (INF, -0.0), (INF, 0.0), (INF, 0.0), (INF, P14), (INF, N)],
    [(INF, N), (N, N), (N, -0.0), (N, 0.0), (N, N), (INF, N), (N, N)],
];

pub static ATANH: Table = [
    [(-0.0, -P12), (-0.0, -P12), (-0.0, -P12), (-0.0, P12), (-0.0, P12), (-0.0, P12), (-0.0, N)],
    [(-0.0, -P12), X, X, X, X, (-0.0, P12), (N, N)],
    [(-0.0, -P12), X, X, X, X, (-0.0, P12), (-0.0, N)],
    [(0.0, -P12), X, X, X, X, (0.0, P12), (0.0, N)],
    [(0.0, -P12), X, X, X, X, (0.0, P12), (N, N)],
    [(0.0, -P12), (0.0, -P12), (0.0, -P12), (0.0, P12), (0.0, P12), (0.0, P12), (0.0, N)],
    [(0.0, -P12), (N, N), (N, N), (N, N), (N, N), (0.0, P12), (N, N)],
];

pub static COSH: Table = [
    [X, (INF, INF), (INF, 0.0), (INF, -0.0), (INF, -INF), X, (INF, N)],
    [X, X, X, X, X, X, (N, N)],
    [X, X, X, X, X, X, (N, 0.0)],
    [X, X, X, X, X, X, (N, 0.0)],
    [X, X, X, X, X, X, (N, N)],
    [X, (INF, -INF), (INF, -0.0), (INF, 0.0), (INF, INF), X, (INF, N)],
    [(N, N), (N, N), (N, 0.0), (N, 0.0), (N, N), (N, N), (N, N)],
];

pub static EXP: Table = [
    [(0.0, 0.0), (0.0, -0.0), (0.0, -0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)],
    [X, X, X, X, X, X, (N, N)],
    [X, X, X, X, X, X, (N, N)],
    [X, X, X, X, X, X, (N, N)],
    [X, X, X, X, X, X, (N, N)],
    [X, (INF, -INF), (INF, -0.0), (INF, 0.0), (INF, INF), X, (INF, N)],
    [(N, N), (N, N), (N, -0.0), (N, 0.0), (N, N), (N, N), (N, N)],
];

pub static LOG: Table = [
    [(INF, -P34), (INF, -PI), (INF, -PI), (INF, PI), (INF, PI), (INF, P34), (INF, N)],
    [(INF, -P12), X, X, X, X, (INF, P12), (N, N)],
    [(INF, -P12), X, X, X, X, (INF, P12), (N, N)],
    [(INF, -P12), X, X, X, X, (INF, P12), (N, N)],
    [(INF, -P12), X, X, X, X, (INF, P12), (N, N)],
    [(INF, -P14), (INF, -0.0), (INF, -0.0), (INF, 0.0), (INF, 0.0), (INF, P14), (INF, N)],
    [(INF, N), (N, N), (N, N), (N, N), (N, N), (INF, N), (N, N)],
];

pub static SINH: Table = [
    [X, (-INF, -INF), (-INF, -0.0), (-INF, 0.0), (-INF, INF), X, (INF, N)],
    [X, X, X, X, X, X, (N, N)],
    [X, X, X, X, X, X, (0.0, N)],
    [X, X, X, X, X, X, (0.0, N)],
    [X, X, X, X, X, X, (N, N)],
    [X, (INF, -INF), (INF, -0.0), (INF, 0.0), (INF, INF), X, (INF, N)],
    [(N, N), (N, N), (N, -0.0), (N, 0.0), (N, N), (N, N), (N, N)],
];

pub static SQRT: Table = [
    [(INF, -INF), (0.0, -INF), (0.0, -INF), (0.0, INF), (0.0, INF), (INF, INF), (N, INF)],
    [(INF, -INF), X, X, X, X, (INF, INF), (N, N)],
    [(INF, -INF), X, X, X, X, (INF, INF), (N, N)],
    [(INF, -INF), X, X, X, X, (INF, INF), (N, N)],
    [(INF, -INF), X, X, X, X, (INF, INF), (N, N)],
    [(INF, -INF), (INF, -0.0), (INF, -0.0), (INF, 0.0), (INF, 0.0), (INF, INF), (INF, N)],
    [(INF, -INF), (N, N), (N, N), (N, N), (N, N), (INF, INF), (N, N)],
];

pub static TANH: Table = [
    [(-1.0, 0.0), (-1.0, -0.0), (-1.0, -0.0), (-1.0, 0.0), (-1.0, 0.0), (-1.0, 0.0), (-1.0, 0.0)],
    [X, X, X, X, X, X, (N, N)],
    [X, X, X, X, X, X, (-0.0, N)],
    [X, X, X, X, X, X, (0.0, N)],
    [X, X, X, X, X, X, (N, N)],
    [(1.0, 0.0), (1.0, -0.0), (1.0, -0.0), (1.0, 0.0), (1.0, 0.0), (1.0, 0.0), (1.0, 0.0)],
    [(N, N), (N, N), (N, -0.0), (N, 0.0), (N, N), (N, N), (N, N)],
];

pub static RECT: Table = [
    [X, (-INF, INF), (-INF, 0.0), (-INF, -0.0), (-INF, -INF), X, (INF, N)],
    [X, X, X, X, X, X, (N, N)],
    [(0.0, 0.0), X, X, X, X, (0.0, 0.0), (0.0, 0.0)],
    [(0.0, 0.0), X, X, X, X, (0.0, 0.0), (0.0, 0.0)],
    [X, X, X, X, X, X, (N, N)],
    [X, (INF, -INF), (INF, -0.0), (INF, 0.0), (INF, INF), X, (INF, N)],
    [(N, N), (N, N), (N, 0.0), (N, 0.0), (N, N), (N, N), (N, N)],
];


