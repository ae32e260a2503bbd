//! exp and ln of f64: the bits of packages/runtime/src/special.ts, relative error below 1e-15.

use super::constants::c64;

/// 1.5 · 2^52: adding it rounds to an integer.
const TO_INTEGER: f64 = 6_755_399_441_055_744.0;

/// The NaN that every backend writes.
const NAN: f64 = f64::from_bits(0x7ff8_0000_0000_0000);

/// 2^k for −1022 ≤ k ≤ 1023.
fn power_of_two(k: i64) -> f64 {
    f64::from_bits(((k + 1023) as u64) << 52)
}

/// e^x = 2^k e^r: Taylor to r^13, even and odd powers apart, |r| ≤ ln(2) / 2.
pub fn exp64(x: f64) -> f64 {
    if x.is_nan() {
        return NAN;
    }
    if x > c64::EXP_MAX {
        return f64::INFINITY;
    }
    if x < c64::EXP_MIN {
        return 0.0;
    }
    let k = x * c64::INVERSE_LN2 + TO_INTEGER - TO_INTEGER;
    let r = x - k * c64::LN2_HIGH - k * c64::LN2_LOW;
    let s = r * r;
    let even = ((((s * c64::EXP_TAYLOR12 + c64::EXP_TAYLOR10) * s + c64::EXP_TAYLOR8) * s + c64::EXP_TAYLOR6) * s
        + c64::EXP_TAYLOR4)
        * s
        + 0.5;
    let odd = (((((s * c64::EXP_TAYLOR13 + c64::EXP_TAYLOR11) * s + c64::EXP_TAYLOR9) * s + c64::EXP_TAYLOR7) * s
        + c64::EXP_TAYLOR5)
        * s
        + c64::EXP_TAYLOR3)
        * (s * r);
    let p = 1.0 + (r + (s * even + odd));
    let k = k as i64;
    // In two steps where 2^k alone is too large or too small; both are exact, or the last one rounds.
    let near = if k > 1023 {
        1023
    } else if k < -1022 {
        k + 60
    } else {
        k
    };
    if near == k { p * power_of_two(k) } else { p * power_of_two(near) * power_of_two(k - near) }
}

/// ln x = k ln 2 + 2 artanh s, x = 2^k m, √½ ≤ m < √2, s = (m − 1) / (m + 1). −Infinity at 0, NaN below.
pub fn log64(x: f64) -> f64 {
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    if x < 0.0 || x.is_nan() {
        return NAN;
    }
    if x == f64::INFINITY {
        return x;
    }
    let tiny = x < f64::MIN_POSITIVE;
    let bits = if tiny { x * 18_014_398_509_481_984.0 } else { x }.to_bits();
    let high = (bits >> 32) as u32;
    let mantissa = high & 0x000f_ffff;
    // 2^20 − 0x95f64 are the upper mantissa bits of √2: from there on the sum carries, and m is halved.
    let up = (mantissa + 0x0009_5f64) & 0x0010_0000;
    let k = (high >> 20) as i32 - 1023 + (up >> 20) as i32 - if tiny { 54 } else { 0 };
    let m = f64::from_bits(u64::from(mantissa | (up ^ 0x3ff0_0000)) << 32 | (bits & 0xffff_ffff));
    let k = f64::from(k);
    k * c64::LN2_HIGH + (log_of_mantissa(m) + k * c64::LN2_LOW)
}

fn log_of_mantissa(m: f64) -> f64 {
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let w = s * s;
    let v = w * w;
    let even =
        ((((v * c64::LOG_ODD21 + c64::LOG_ODD17) * v + c64::LOG_ODD13) * v + c64::LOG_ODD9) * v + c64::LOG_ODD5) * v;
    let odd = ((((v * c64::LOG_ODD23 + c64::LOG_ODD19) * v + c64::LOG_ODD15) * v + c64::LOG_ODD11) * v + c64::LOG_ODD7)
        * v
        + c64::LOG_ODD3;
    2.0 * s + 2.0 * s * (even + w * odd)
}
