//! Standard normals: the bits of `normalPair` in packages/runtime/src/random.ts.
//!
//! Polynomials of fdlibm's e_log.c, k_sin.c and k_cos.c: Copyright (C) 1993 by Sun Microsystems, Inc. All rights
//! reserved. Developed at SunPro, a Sun Microsystems, Inc. business. Permission to use, copy, modify, and distribute
//! this software is freely granted, provided that this notice is preserved.

use super::constants::c64;
use crate::lanes::{Floats, Lanes, Vector, Words, Words64};
use core::ops::{Add, Div, Mul, Sub};

/// An f64 or lanes of them.
trait Number: Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> {
    fn constant(value: f64) -> Self;
}
impl Number for f64 {
    #[inline(always)]
    fn constant(value: f64) -> f64 {
        value
    }
}
impl<F: Floats<Item = f64>> Number for F {
    #[inline(always)]
    fn constant(value: f64) -> F {
        F::splat(value)
    }
}

/// k ln 2 + ln m for √½ < m ≤ √2: with f = m − 1, s = f / (2 + f), ln m = f − f²/2 + s (f²/2 + R(s²)).
#[inline(always)]
fn ln<T: Number>(m: T, k: T) -> T {
    let c = T::constant;
    let f = m - c(1.0);
    let s = f / (c(2.0) + f);
    let z = s * s;
    let z2 = z * z;
    let even = z2 * (c(c64::NORMAL_L2) + z2 * (c(c64::NORMAL_L4) + z2 * c(c64::NORMAL_L6)));
    let odd = z * (c(c64::NORMAL_L1) + z2 * (c(c64::NORMAL_L3) + z2 * (c(c64::NORMAL_L5) + z2 * c(c64::NORMAL_L7))));
    let half = c(0.5) * f * f;
    k * c(c64::LN2_HIGH) - (half - (s * (half + (even + odd)) + k * c(c64::LN2_LOW)) - f)
}

/// (sin x, cos x) for |x| ≤ π/4.
#[inline(always)]
fn sincos<T: Number>(x: T) -> (T, T) {
    let c = T::constant;
    let z = x * x;
    let s = c(c64::NORMAL_S5) + z * c(c64::NORMAL_S6);
    let s = c(c64::NORMAL_S2) + z * (c(c64::NORMAL_S3) + z * (c(c64::NORMAL_S4) + z * s));
    let r = c(c64::NORMAL_C4) + z * (c(c64::NORMAL_C5) + z * c(c64::NORMAL_C6));
    let r = z * (c(c64::NORMAL_C1) + z * (c(c64::NORMAL_C2) + z * (c(c64::NORMAL_C3) + z * r)));
    let half = c(0.5) * z;
    let w = c(1.0) - half;
    (x + z * x * (c(c64::NORMAL_S1) + z * s), w + (c(1.0) - w - half + z * r))
}

/// Two independent standard normals from two words (Box and Muller 1958): r cos(2π open32(v)), r sin(2π open32(v)),
/// r = √(−2 ln open32(w)), open32(w) = (w + ½) 2^−32.
///
/// The angle is (2v + 1) 2π / 2^33. The nearest quarter turns, each 2^31 of these units, come off exactly.
pub fn normal_pair(w: u32, v: u32) -> (f64, f64) {
    let odd = (2.0 * f64::from(w) + 1.0).to_bits();
    let exponent = (odd >> 52) as i32 - 1023;
    let m = f64::from_bits(odd & MANTISSA | ONE);
    let (m, k) = if m > c64::NORMAL_SQRT2 { (0.5 * m, exponent - 32) } else { (m, exponent - 33) };
    let r = (-2.0 * ln(m, f64::from(k))).sqrt();
    let quarters = (u64::from(v) + (1 << 29)) >> 30;
    let x = (2.0 * f64::from(v) + 1.0 - quarters as f64 * HALF_WORDS) * c64::NORMAL_ANGLE;
    let (s, c) = sincos(x);
    // Turning by a quarter takes (c, s) to (−s, c).
    let (c, s) = (r * c, r * s);
    let (c, s) = if quarters & 1 == 1 { (-s, c) } else { (c, s) };
    if quarters & 2 == 2 { (-c, -s) } else { (c, s) }
}

const MANTISSA: u64 = (1 << 52) - 1;
/// The bits of 1.
const ONE: u64 = 0x3ff0_0000_0000_0000;
/// A quarter turn, in units of 2π / 2^33.
const HALF_WORDS: f64 = 2_147_483_648.0;

/// [`normal_pair`] of w and v in the low and high halves of each lane: (cosines, sines).
#[inline(always)]
fn pairs<S: Lanes>(words: S::U64) -> (S::F64, S::F64) {
    let u = S::U64::splat;
    let c = S::F64::splat;
    let odd = (words.shl::<32>().shr::<31>() | u(1)).to_float().to_bits();
    let m = S::F64::from_bits((odd & u(MANTISSA)) | u(ONE));
    let exponent = odd.shr::<52>().to_float();
    let large = c(c64::NORMAL_SQRT2).less(m);
    let m = S::F64::select(large, c(0.5) * m, m);
    let k = exponent - S::F64::select(large, c(1055.0), c(1056.0));
    let r = (c(-2.0) * ln(m, k)).sqrt();
    let v = words.shr::<32>();
    let quarters = (v + u(1 << 29)).shr::<30>();
    let units = (v.shl::<1>() | u(1)).to_float() - quarters.to_float() * c(HALF_WORDS);
    let (s, cosine) = sincos(units * c(c64::NORMAL_ANGLE));
    let (cosine, s) = (r * cosine, r * s);
    let straight = (quarters & u(1)).equal(u(0));
    let opposite = (quarters & u(2)).shl::<62>();
    // The cosine of an odd quarter is −s, so its sign bit is that of quarters 1 and 2.
    let turned = ((quarters + u(1)) & u(2)).shl::<62>();
    (
        S::F64::from_bits(S::F64::select(straight, cosine, s).to_bits() ^ turned),
        S::F64::from_bits(S::F64::select(straight, s, cosine).to_bits() ^ opposite),
    )
}

/// f32 normals from random words: out[2j], out[2j + 1] are the pair of words 2j, 2j + 1, rounded once. So the words of
/// Philox blocks b, b + 1, … give elements 4b, 4b + 1, …: both values of the pairs (w0, w1), (w2, w3) of each block.
///
/// As many as `out` takes; `words` has at least as many, rounded up to an even number.
#[inline(always)]
pub fn normals<S: Lanes>(words: &[u32], out: &mut [f32]) {
    let (whole, rest) = out.split_at_mut(out.len() / S::LANES * S::LANES);
    let (vectors, last) = words.split_at(whole.len());
    for (to, from) in whole.chunks_exact_mut(S::LANES).zip(vectors.chunks_exact(S::LANES)) {
        // SAFETY: LANES words are LANES64 pairs of them.
        let (cosine, sine) = pairs::<S>(unsafe { S::U64::load_at(from.as_ptr().cast()) });
        let mut both = [0.0; crate::lanes::MAX_LANES];
        S::narrow(cosine, sine).store(&mut both);
        for (j, pair) in to.chunks_exact_mut(2).enumerate() {
            (pair[0], pair[1]) = (both[j], both[S::LANES64 + j]);
        }
    }
    for (to, from) in rest.chunks_mut(2).zip(last.chunks_exact(2)) {
        let (cosine, sine) = normal_pair(from[0], from[1]);
        to[0] = cosine as f32;
        if let Some(second) = to.get_mut(1) {
            *second = sine as f32;
        }
    }
}
