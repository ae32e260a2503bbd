//! Sine and cosine of f32.

use super::TO_INTEGER;
use super::constants::{TWO_OVER_PI, c32};
use super::real::{Real, RealBits};

/// (sin x, cos x). k quarter turns come off, then sin r = r + r z S(z), cos r = 1 − z/2 + z² C(z), z = r²,
/// |r| ≤ π/4. NaN where x isn't finite.
#[inline(always)]
pub fn sincos<T: Real>(x: T) -> (T, T) {
    let (r, k) = reduce(x);
    let negative = r.to_bits().and(T::Bits::constant(0x8000_0000));
    let a = T::from_bits(r.to_bits().xor(negative));
    let z = a * a;
    let s = T::constant(c32::SIN_S0) + z * (T::constant(c32::SIN_S1) + z * T::constant(c32::SIN_S2));
    // The sign goes round the sum: it would lose that of −0.
    let sine = T::from_bits((a + a * z * s).to_bits().xor(negative));
    let c = T::constant(c32::COS_C0) + z * (T::constant(c32::COS_C1) + z * T::constant(c32::COS_C2));
    let half = T::constant(0.5) * z;
    let w = T::constant(1.0) - half;
    // What the rounding of w lost comes back.
    let cosine = w + (T::constant(1.0) - w - half + z * z * c);
    let sin = T::select_bit(k, 1, cosine, sine);
    let cos = T::select_bit(k, 1, sine, cosine);
    let two = T::Bits::constant(2);
    let sin_sign = k.and(two).shl::<30>();
    let cos_sign = k.plus(T::Bits::constant(1)).and(two).shl::<30>();
    (T::from_bits(sin.to_bits().xor(sin_sign)).canonical(), T::from_bits(cos.to_bits().xor(cos_sign)).canonical())
}

/// (r, k) with x = k π/2 + r; of k the lowest two bits count. Up to `TRIG_LIMIT` π/2 is taken off in three parts, of
/// which k times the first two are exact (Cody and Waite).
#[inline(always)]
fn reduce<T: Real>(x: T) -> (T, T::Bits) {
    let shifted = x * T::constant(c32::INVERSE_HALF_PI) + T::constant(TO_INTEGER);
    let k = shifted - T::constant(TO_INTEGER);
    let near = x - k * T::constant(c32::HALF_PI_HIGH);
    let middle = k * T::constant(c32::HALF_PI_MIDDLE);
    let high = near - middle;
    let r = high + (near - high - middle - k * T::constant(c32::HALF_PI_LOW));
    x.beyond(c32::TRIG_LIMIT, r, shifted.to_bits(), reduce_large)
}

/// As `reduce`, of any x, in integers (Payne and Hanek): x = M 2^E with an integer M, and of the product M · 2/π
/// only the 64 bits below weight 4 are kept. Where E < −15, `TRIG_LIMIT` is far away.
#[cold]
fn reduce_large(x: f32) -> (f32, u32) {
    let bits = x.to_bits() & 0x7fff_ffff;
    if bits >= 0x7f80_0000 {
        return (f32::NAN, 0);
    }
    let mantissa = u64::from(bits & 0x007f_ffff | 0x0080_0000);
    // E = exponent field − 150; 96 bits of 2/π from E + 30 on, of which the first 32 are 0.
    let first = (bits >> 23) - 120;
    let window = |i: u32| {
        let at = (first / 32 + i) as usize;
        let pair = u64::from(TWO_OVER_PI[at]) << 32 | u64::from(TWO_OVER_PI[at + 1]);
        (pair << (first % 32)) >> 32
    };
    // Turns of 2π in units of 2^−64, wrapping.
    let turns =
        ((mantissa * window(0)) << 32).wrapping_add(mantissa * window(1)).wrapping_add((mantissa * window(2)) >> 32);
    let k = (turns.wrapping_add(1 << 61) >> 62) as u32;
    let rest = turns.wrapping_sub(u64::from(k) << 62) as i64;
    // π/2 · 2^−62
    const UNIT: f64 = core::f64::consts::FRAC_PI_2 / (1u64 << 62) as f64;
    let r = (rest as f64 * UNIT) as f32;
    if x < 0.0 { (-r, k.wrapping_neg()) } else { (r, k) }
}
