//! `math`: functions on floats and ints.
//!
//! [`elementary`]: functions of the C library and their errors. [`gamma`]: gamma and log-gamma. [`integer`]: roots,
//! divisors, combinatorics. [`sums`]: exact sums, products and distances. [`bits`]: functions on a float's representation.

pub mod bits;
pub mod elementary;
pub mod gamma;
pub mod integer;
pub mod sums;

use weft_vm::class::native::{FnDef, def, raw};
use weft_vm::types::module::{ModuleDef, add};
use weft_vm::value::{Res, Value};

/// The module.
pub static MODULE: ModuleDef = ModuleDef {
    name: "math",
    doc: "This module provides access to the mathematical functions\ndefined by the C standard.",
    functions: FUNCTIONS,
    exec,
};

static FUNCTIONS: &[FnDef] = &[
    def("acos", "($module, x, /)", elementary::acos, "Return the arc cosine (measured in radians) of x.\n\nThe result is between 0 and pi."),
    def("acosh", "($module, x, /)", elementary::acosh, "Return the inverse hyperbolic cosine of x."),
    def("asin", "($module, x, /)", elementary::asin, "Return the arc sine (measured in radians) of x.\n\nThe result is between -pi/2 and pi/2."),
    def("asinh", "($module, x, /)", elementary::asinh, "Return the inverse hyperbolic sine of x."),
    def("atan", "($module, x, /)", elementary::atan, "Return the arc tangent (measured in radians) of x.\n\nThe result is between -pi/2 and pi/2."),
    def("atan2", "($module, y, x, /)", elementary::atan2, "Return the arc tangent (measured in radians) of y/x.\n\nUnlike atan(y/x), the signs of both x and y are considered."),
    def("atanh", "($module, x, /)", elementary::atanh, "Return the inverse hyperbolic tangent of x."),
    def("cbrt", "($module, x, /)", elementary::cbrt, "Return the cube root of x."),
    def("ceil", "($module, x, /)", elementary::ceil, "Return the ceiling of x as an Integral.\n\nThis is the smallest integer >= x."),
    def("comb", "($module, n, k, /)", integer::comb, "Number of ways to choose k items from n items without repetition and without order.\n\nEvaluates to n! / (k! * (n - k)!) when k <= n and evaluates\nto zero when k > n.\n\nAlso called the binomial coefficient because it is equivalent\nto the coefficient of k-th term in polynomial expansion of the\nexpression (1 + x)**n.\n\nRaises TypeError if either of the arguments are not integers.\nRaises ValueError if either of the arguments are negative."),
    def("copysign", "($module, x, y, /)", elementary::copysign, "Return a float with the magnitude (absolute value) of x but the sign of y.\n\nOn platforms that support signed zeros, copysign(1.0, -0.0)\nreturns -1.0.\n"),
    def("cos", "($module, x, /)", elementary::cos, "Return the cosine of x (measured in radians)."),
    def("cosh", "($module, x, /)", elementary::cosh, "Return the hyperbolic cosine of x."),
    def("degrees", "($module, x, /)", elementary::degrees, "Convert angle x from radians to degrees."),
    def("dist", "($module, p, q, /)", sums::dist, "Return the Euclidean distance between two points p and q.\n\nThe points should be specified as sequences (or iterables) of\ncoordinates.  Both inputs must have the same dimension.\n\nRoughly equivalent to:\n    sqrt(sum((px - qx) ** 2.0 for px, qx in zip(p, q)))"),
    def("erf", "($module, x, /)", elementary::erf, "Error function at x."),
    def("erfc", "($module, x, /)", elementary::erfc, "Complementary error function at x."),
    def("exp", "($module, x, /)", elementary::exp, "Return e raised to the power of x."),
    def("exp2", "($module, x, /)", elementary::exp2, "Return 2 raised to the power of x."),
    def("expm1", "($module, x, /)", elementary::expm1, "Return exp(x)-1.\n\nThis function avoids the loss of precision involved in the direct evaluation of exp(x)-1 for small x."),
    def("fabs", "($module, x, /)", elementary::fabs, "Return the absolute value of the float x."),
    def("factorial", "($module, n, /)", integer::factorial, "Find n!."),
    def("floor", "($module, x, /)", elementary::floor, "Return the floor of x as an Integral.\n\nThis is the largest integer <= x."),
    def("fma", "($module, x, y, z, /)", elementary::fma, "Fused multiply-add operation.\n\nCompute (x * y) + z with a single round."),
    def("fmod", "($module, x, y, /)", elementary::fmod, "Return fmod(x, y), according to platform C.\n\nx % y may differ."),
    def("frexp", "($module, x, /)", bits::frexp, "Return the mantissa and exponent of x, as pair (m, e).\n\nIf x is a finite nonzero number, then m is a float with\n0.5 <= abs(m) < 1.0 and an integer e is such that\nx == m * 2**e exactly.  Else, return (x, 0)."),
    def("fsum", "($module, seq, /)", sums::fsum, "Return an accurate floating-point sum of values in the iterable seq.\n\nAssumes IEEE-754 floating-point arithmetic."),
    def("gamma", "($module, x, /)", gamma::gamma, "Gamma function at x."),
    def("gcd", "($module, /, *integers)", integer::gcd, "Greatest Common Divisor."),
    def("hypot", "($module, /, *coordinates)", sums::hypot, "Multidimensional Euclidean distance from the origin to a point.\n\nRoughly equivalent to:\n    sqrt(sum(x**2 for x in coordinates))\n\nFor a two dimensional point (x, y), gives the hypotenuse\nusing the Pythagorean theorem:  sqrt(x*x + y*y).\n\nFor example, the hypotenuse of a 3/4/5 right triangle is:\n\n    >>> hypot(3.0, 4.0)\n    5.0"),
    def("isclose", "($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)", bits::isclose, "Determine whether two floating-point numbers are close in value.\n\n  rel_tol\n    maximum difference for being considered \"close\", relative to the\n    magnitude of the input values\n  abs_tol\n    maximum difference for being considered \"close\", regardless of the\n    magnitude of the input values\n\nReturn True if a is close in value to b, and False otherwise.\n\nFor the values to be considered close, the difference between them\nmust be smaller than at least one of the tolerances.\n\n-inf, inf and NaN behave similarly to the IEEE 754 Standard.  That\nis, NaN is not close to anything, even itself.  inf and -inf are\nonly close to themselves."),
    def("isfinite", "($module, x, /)", bits::isfinite, "Return True if x is neither an infinity nor a NaN, and False otherwise."),
    def("isinf", "($module, x, /)", bits::isinf, "Return True if x is a positive or negative infinity, and False otherwise."),
    def("isnan", "($module, x, /)", bits::isnan, "Return True if x is a NaN (not a number), and False otherwise."),
    def("isqrt", "($module, n, /)", integer::isqrt, "Return the integer part of the square root of the input."),
    def("lcm", "($module, /, *integers)", integer::lcm, "Least Common Multiple."),
    def("ldexp", "($module, x, i, /)", bits::ldexp, "Return x * (2**i).\n\nThis is essentially the inverse of frexp()."),
    def("lgamma", "($module, x, /)", gamma::lgamma, "Natural logarithm of absolute value of Gamma function at x."),
    raw("log", "", elementary::log, "log(x, [base=math.e])\nReturn the logarithm of x to the given base.\n\nIf the base is not specified, returns the natural logarithm (base e) of x."),
    def("log10", "($module, x, /)", elementary::log10, "Return the base 10 logarithm of x."),
    def("log1p", "($module, x, /)", elementary::log1p, "Return the natural logarithm of 1+x (base e).\n\nThe result is computed in a way which is accurate for x near zero."),
    def("log2", "($module, x, /)", elementary::log2, "Return the base 2 logarithm of x."),
    def("modf", "($module, x, /)", bits::modf, "Return the fractional and integer parts of x.\n\nBoth results carry the sign of x and are floats."),
    def("nextafter", "($module, x, y, /, *, steps=None)", bits::nextafter, "Return the floating-point value the given number of steps after x towards y.\n\nIf steps is not specified or is None, it defaults to 1.\n\nRaises a TypeError, if x or y is not a double, or if steps is not\nan integer.  Raises ValueError if steps is negative."),
    def("perm", "($module, n, k=None, /)", integer::perm, "Number of ways to choose k items from n items without repetition and with order.\n\nEvaluates to n! / (n - k)! when k <= n and evaluates\nto zero when k > n.\n\nIf k is not specified or is None, then k defaults to n\nand the function returns n!.\n\nRaises TypeError if either of the arguments are not integers.\nRaises ValueError if either of the arguments are negative."),
    def("pow", "($module, x, y, /)", elementary::pow, "Return x**y (x to the power of y)."),
    def("prod", "($module, iterable, /, *, start=1)", sums::prod, "Calculate the product of all the elements in the input iterable.\n\nThe default start value for the product is 1.\n\nWhen the iterable is empty, return the start value.  This function is\nintended specifically for use with numeric values and may reject\nnon-numeric types."),
    def("radians", "($module, x, /)", elementary::radians, "Convert angle x from degrees to radians."),
    def("remainder", "($module, x, y, /)", elementary::remainder, "Difference between x and the closest integer multiple of y.\n\nReturn x - n*y where n*y is the closest integer multiple of y.\nIn the case where x is exactly halfway between two multiples of\ny, the nearest even value of n is used. The result is always exact."),
    def("sin", "($module, x, /)", elementary::sin, "Return the sine of x (measured in radians)."),
    def("sinh", "($module, x, /)", elementary::sinh, "Return the hyperbolic sine of x."),
    def("sqrt", "($module, x, /)", elementary::sqrt, "Return the square root of x."),
    def("sumprod", "($module, p, q, /)", sums::sumprod, "Return the sum of products of values from two iterables p and q.\n\nRoughly equivalent to:\n\n    sum(map(operator.mul, p, q, strict=True))\n\nFor float and mixed int/float inputs, the intermediate products\nand sums are computed with extended precision."),
    def("tan", "($module, x, /)", elementary::tan, "Return the tangent of x (measured in radians)."),
    def("tanh", "($module, x, /)", elementary::tanh, "Return the hyperbolic tangent of x."),
    def("trunc", "($module, x, /)", elementary::trunc, "Truncates the Real x to the nearest Integral toward 0.\n\nUses the __trunc__ magic method."),
    def("ulp", "($module, x, /)", bits::ulp, "Return the value of the least significant bit of the float x."),
];

fn exec(module: &Value) -> Res<()> {
    add(module, "pi", Value::float(std::f64::consts::PI));
    add(module, "e", Value::float(std::f64::consts::E));
    add(module, "tau", Value::float(std::f64::consts::TAU));
    add(module, "inf", Value::float(f64::INFINITY));
    add(module, "nan", Value::float(f64::NAN));
    Ok(())
}
