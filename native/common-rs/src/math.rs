//! Elementary functions of exact code: the same bits on every instruction set, in C++ (native/common/math32.h) and in
//! WebAssembly (wasm/common/assembly/math.ts). Nothing but + − × ÷ √ and bit operations, each rounded once.
//!
//! Every f32 function is written once for numbers and for vectors: [`exp`] of an f32 or of an `S::F32`. Errors, over
//! all 2^32 inputs: exp 1.0 ulp, log 0.85, tanh 1.35, sigmoid 2.45, sin and cos 1.6. NaN gives 0x7fc00000.

mod constants;
mod double;
mod normal;
mod real;
mod trig;

use constants::c32;

pub use double::{exp64, log64};
pub use normal::{normal_pair, normals};
pub use real::{Real, RealBits};
pub use trig::sincos;

/// 1.5 · 2^23: adding it rounds to an integer, which then lies in the low bits.
const TO_INTEGER: f32 = 12_582_912.0;

/// e^x = 2^k (1 + r + r² q(r)), k the integer nearest to x / ln 2, r = x − k ln 2.
///
/// 2^k is applied as a product of two powers, so that results below 2^−126 are rounded once, to subnormals.
#[inline(always)]
pub fn exp<T: Real>(x: T) -> T {
    let y = x.max2(T::constant(c32::EXP_MIN)).min2(T::constant(c32::EXP_MAX));
    let shifted = y * T::constant(c32::INVERSE_LN2) + T::constant(TO_INTEGER);
    let k = shifted - T::constant(TO_INTEGER);
    let r = y - k * T::constant(c32::LN2_HIGH) - k * T::constant(c32::LN2_LOW);
    let mut q = T::constant(c32::EXP_Q4);
    q = q * r + T::constant(c32::EXP_Q3);
    q = q * r + T::constant(c32::EXP_Q2);
    q = q * r + T::constant(c32::EXP_Q1);
    q = q * r + T::constant(c32::EXP_Q0);
    let p = T::constant(1.0) + (r + r * r * q);
    // k + 254, halved, rounded down and up: the biased exponents of two powers whose product is 2^k.
    let n = shifted.to_bits().minus(T::Bits::constant(TO_INTEGER.to_bits() - 254));
    let low = n.shr::<1>();
    let scaled = p * T::from_bits(low.shl::<23>()) * T::from_bits(n.minus(low).shl::<23>());
    scaled.canonical()
}

/// ln x = k ln 2 + ln(1 + f), x = 2^k (1 + f), √½ ≤ 1 + f < √2; with s = f / (2 + f), z = s²,
/// ln(1 + f) = f − (f²/2 − s (f²/2 + z R(z))). −Infinity at ±0, NaN below.
#[inline(always)]
pub fn log<T: Real>(x: T) -> T {
    let tiny = x.less(T::constant(f32::MIN_POSITIVE));
    let normal = T::select(tiny, x * T::constant(8_388_608.0), x);
    // The bits of √½: from it to √2 the exponent field of the difference is 0.
    const SQRT_HALF: u32 = 0x3f35_04f3;
    let bits = normal.to_bits().plus(T::Bits::constant(0x3f80_0000 - SQRT_HALF));
    let k = bits.shr::<23>().to_float() - T::select(tiny, T::constant(150.0), T::constant(127.0));
    let m = bits.and(T::Bits::constant(0x007f_ffff)).plus(T::Bits::constant(SQRT_HALF));
    let f = T::from_bits(m) - T::constant(1.0);
    let s = f / (T::constant(2.0) + f);
    let z = s * s;
    let r = z * (T::constant(c32::LOG_R0) + z * (T::constant(c32::LOG_R1) + z * T::constant(c32::LOG_R2)));
    let half = T::constant(0.5) * f * f;
    let low = s * (half + r) + k * T::constant(c32::LN2_LOW);
    let finite = k * T::constant(c32::LN2_HIGH) - (half - low - f);
    let zero = T::constant(0.0);
    let outside = T::select(x.less(zero), T::constant(f32::NAN), T::constant(f32::NEG_INFINITY));
    let result = T::select(x.less_equal(zero), outside, finite);
    T::select(x.less(T::constant(f32::INFINITY)), result, x).canonical()
}

/// tanh x = x + x z P(z), z = x², up to |x| = 0.625; beyond, 1 − 2 / (e^(2|x|) + 1) with the sign of x.
#[inline(always)]
pub fn tanh<T: Real>(x: T) -> T {
    let sign = x.to_bits().and(T::Bits::constant(0x8000_0000));
    let a = T::from_bits(x.to_bits().xor(sign));
    let z = a * a;
    let mut p = T::constant(c32::TANH_P4);
    p = p * z + T::constant(c32::TANH_P3);
    p = p * z + T::constant(c32::TANH_P2);
    p = p * z + T::constant(c32::TANH_P1);
    p = p * z + T::constant(c32::TANH_P0);
    let near = a + a * z * p;
    let bounded = a.min2(T::constant(c32::TANH_LARGE));
    let e = exp(bounded + bounded);
    let far = T::constant(1.0) - T::constant(2.0) / (e + T::constant(1.0));
    let magnitude = T::select(a.less(T::constant(c32::TANH_SMALL)), near, far);
    T::from_bits(magnitude.to_bits().xor(sign)).canonical()
}

/// 1 / (1 + e^−x), the derivative of softplus and the gate of SiLU; with e = e^−|x|: 1 / (1 + e), or e / (1 + e)
/// where x < 0, which keeps its relative accuracy down to the subnormals.
#[inline(always)]
pub fn sigmoid<T: Real>(x: T) -> T {
    let e = exp(T::from_bits(x.to_bits().or(T::Bits::constant(0x8000_0000))));
    let above = T::select(x.less(T::constant(0.0)), e, T::constant(1.0));
    (above / (T::constant(1.0) + e)).canonical()
}

/// sin x, see [`sincos`].
#[inline(always)]
pub fn sin<T: Real>(x: T) -> T {
    sincos(x).0
}

/// cos x, see [`sincos`].
#[inline(always)]
pub fn cos<T: Real>(x: T) -> T {
    sincos(x).1
}
