//! Half and single precision (IEEE 754 binary16 and binary32), as `struct` packs them: of a NaN the sign, what fits of its payload, and
//! whether it is a signalling one are kept, which the CPU's conversions do not do.

/// The bits of the nearest half-precision float, ties to even; `None` if it is too large.
pub fn half_from_f64(x: f64) -> Option<u16> {
    let sign = (x.is_sign_negative() as u16) << 15;
    if x.is_nan() {
        let payload = (x.to_bits() >> 42) as u16 & 0x3ff;
        return Some(sign | 0x7c00 | if payload == 0 { 0x200 } else { payload });
    }
    if x.is_infinite() {
        return Some(sign | 0x7c00);
    }
    let x = x.abs();
    // Scaled so that the last bit of the result is the unit; below the normal range it is the least subnormal.
    let exponent = if x < 6.103_515_625e-5 { -14 } else { (x.to_bits() >> 52) as i32 - 1023 };
    let units = (x * f64::powi(2.0, 10 - exponent)).round_ties_even();
    // A carry into the exponent comes out right, as the bits of floats count up.
    let bits = if exponent > 15 { u64::MAX } else { units as u64 + (((exponent + 14) as u64) << 10) };
    if bits >= 0x7c00 { None } else { Some(sign | bits as u16) }
}

/// The value of a half-precision float's bits.
pub fn half_to_f64(bits: u16) -> f64 {
    let (sign, exponent, mantissa) = (u64::from(bits >> 15) << 63, i32::from(bits >> 10 & 0x1f), u64::from(bits & 0x3ff));
    let magnitude = match exponent {
        0 => mantissa as f64 * f64::powi(2.0, -24),
        31 => f64::from_bits(0x7ff << 52 | mantissa << 42),
        e => (1024 + mantissa) as f64 * f64::powi(2.0, e - 25),
    };
    f64::from_bits(magnitude.to_bits() | sign)
}

/// The bits of the nearest single-precision float; `None` if it is too large.
pub fn single_from_f64(x: f64) -> Option<u32> {
    let y = x as f32;
    if y.is_infinite() && x.is_finite() {
        return None;
    }
    let payload = (x.to_bits() >> 29) as u32 & 0x7f_ffff;
    if x.is_nan() && payload != 0 {
        return Some((x.is_sign_negative() as u32) << 31 | 0x7f80_0000 | payload);
    }
    Some(y.to_bits())
}

/// The value of a single-precision float's bits.
pub fn single_to_f64(bits: u32) -> f64 {
    let y = f32::from_bits(bits);
    if y.is_nan() {
        return f64::from_bits(u64::from(bits >> 31) << 63 | 0x7ff << 52 | u64::from(bits & 0x7f_ffff) << 29);
    }
    y.into()
}
