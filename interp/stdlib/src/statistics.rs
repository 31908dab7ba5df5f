//! `_statistics`: the inverse of the normal distribution function.

use weft_vm::class::native::{Args, FnDef, def};
use weft_vm::exc;
use weft_vm::types::float::{self, libm};
use weft_vm::types::module::ModuleDef;
use weft_vm::value::{Res, Value};

/// The module.
pub static MODULE: ModuleDef =
    ModuleDef { name: "_statistics", doc: "Accelerators for the statistics module.\n", functions: FUNCTIONS, exec: |_| Ok(()) };

static FUNCTIONS: &[FnDef] = &[def("_normal_dist_inv_cdf", "($module, p, mu, sigma, /)", normal_dist_inv_cdf, "")];

/// A quotient of polynomials of degree seven, coefficients from the highest down.
struct Rational {
    numerator: [f64; 8],
    denominator: [f64; 8],
}

impl Rational {
    fn at(&self, r: f64) -> (f64, f64) {
        let horner = |c: &[f64; 8]| c[1..].iter().fold(c[0], |sum, c| sum * r + c);
        (horner(&self.numerator), horner(&self.denominator))
    }
}

// The coefficients of algorithm AS 241 (M. J. Wichura, "The Percentage Points of the Normal Distribution", 1988).
#[allow(clippy::excessive_precision)]
static CENTRAL: Rational = Rational {
    numerator: [
        2.5090809287301226727e+3,
        3.3430575583588128105e+4,
        6.7265770927008700853e+4,
        4.5921953931549871457e+4,
        1.3731693765509461125e+4,
        1.9715909503065514427e+3,
        1.3314166789178437745e+2,
        3.3871328727963666080e+0,
    ],
    denominator: [
        5.2264952788528545610e+3,
        2.8729085735721942674e+4,
        3.9307895800092710610e+4,
        2.1213794301586595867e+4,
        5.3941960214247511077e+3,
        6.8718700749205790830e+2,
        4.2313330701600911252e+1,
        1.0,
    ],
};

#[allow(clippy::excessive_precision)]
static MIDDLE: Rational = Rational {
    numerator: [
        7.74545014278341407640e-4,
        2.27238449892691845833e-2,
        2.41780725177450611770e-1,
        1.27045825245236838258e+0,
        3.64784832476320460504e+0,
        5.76949722146069140550e+0,
        4.63033784615654529590e+0,
        1.42343711074968357734e+0,
    ],
    denominator: [
        1.05075007164441684324e-9,
        5.47593808499534494600e-4,
        1.51986665636164571966e-2,
        1.48103976427480074590e-1,
        6.89767334985100004550e-1,
        1.67638483018380384940e+0,
        2.05319162663775882187e+0,
        1.0,
    ],
};

#[allow(clippy::excessive_precision)]
static TAIL: Rational = Rational {
    numerator: [
        2.01033439929228813265e-7,
        2.71155556874348757815e-5,
        1.24266094738807843860e-3,
        2.65321895265761230930e-2,
        2.96560571828504891230e-1,
        1.78482653991729133580e+0,
        5.46378491116411436990e+0,
        6.65790464350110377720e+0,
    ],
    denominator: [
        2.04426310338993978564e-15,
        1.42151175831644588870e-7,
        1.84631831751005468180e-5,
        7.86869131145613259100e-4,
        1.48753612908506148525e-2,
        1.36929880922735805310e-1,
        5.99832206555887937690e-1,
        1.0,
    ],
};

fn normal_dist_inv_cdf(a: Args) -> Res {
    let (p, mu, sigma) = (float::to_f64(a.at(0))?, float::to_f64(a.at(1))?, float::to_f64(a.at(2))?);
    let undefined = || exc::value_error("inv_cdf undefined for these parameters");
    if p <= 0.0 || p >= 1.0 {
        return Err(undefined());
    }
    let q = p - 0.5;
    let x = if q.abs() <= 0.425 {
        let (n, d) = CENTRAL.at(0.180625 - q * q);
        n * q / d
    } else {
        let tail = if q <= 0.0 { p } else { 1.0 - p };
        if tail <= 0.0 || tail >= 1.0 {
            return Err(undefined());
        }
        let r = (-libm::log(tail)).sqrt();
        let (n, d) = if r <= 5.0 { MIDDLE.at(r - 1.6) } else { TAIL.at(r - 5.0) };
        if q < 0.0 { -(n / d) } else { n / d }
    };
    Ok(Value::float(mu + x * sigma))
}
