//! Sums and products of two floats without rounding, and what is made of them.

use super::libm;

/// A number as the unevaluated sum of two floats.
#[derive(Clone, Copy)]
pub struct Double {
    /// The sum, rounded.
    pub hi: f64,
    /// What is missing.
    pub lo: f64,
}

/// The exact sum of two floats, the first of which is the larger.
pub fn fast_sum(a: f64, b: f64) -> Double {
    let hi = a + b;
    Double { hi, lo: (a - hi) + b }
}

/// The exact sum of two floats.
pub fn exact_sum(a: f64, b: f64) -> Double {
    let hi = a + b;
    let z = hi - a;
    Double { hi, lo: (a - (hi - z)) + (b - z) }
}

/// The exact product of two floats.
pub fn exact_product(a: f64, b: f64) -> Double {
    let hi = a * b;
    Double { hi, lo: libm::fma(a, b, -hi) }
}

/// The Euclidean norm of a vector of absolute values, nearly always correctly rounded (`vector_norm` in `mathmodule.c`).
pub fn norm(vector: &mut [f64]) -> f64 {
    let has_nan = vector.iter().any(|x| x.is_nan());
    let max = vector.iter().copied().fold(0.0, f64::max);
    if max.is_infinite() {
        return max;
    }
    if has_nan {
        return f64::NAN;
    }
    if max == 0.0 || vector.len() <= 1 {
        return max;
    }
    let (_, exponent) = libm::frexp(max);
    if exponent < -1023 {
        // The scale would overflow; make subnormals normal first.
        vector.iter_mut().for_each(|x| *x /= f64::MIN_POSITIVE);
        return f64::MIN_POSITIVE * norm(vector);
    }
    let scale = libm::ldexp(1.0, -exponent);
    let (mut sum, mut low1, mut low2) = (1.0, 0.0, 0.0);
    let mut add = |product: Double| {
        let s = fast_sum(sum, product.hi);
        sum = s.hi;
        low1 += product.lo;
        low2 += s.lo;
        sum - 1.0 + (low1 + low2)
    };
    let mut total = 0.0;
    for x in vector.iter() {
        let x = x * scale;
        total = add(exact_product(x, x));
    }
    let h = total.sqrt();
    let rest = add(exact_product(-h, h));
    (h + rest / (2.0 * h)) / scale
}
