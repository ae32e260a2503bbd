/**
 * Rounding to m mantissa bits; a is the magnitude's bits, E the field of its power of two, not below
 * that of the format's smallest normal value. Two forms are used:
 *   nearest even  bits(|x| + 2^(23 − m)·2^E): the sum's low bits are round(|x| / ulp), to which the
 *                 exponent's contribution (E − E_min) << m is added
 *   word w        ((a + (w >>> (9 + m))) >>> sh) − base, and below the normal range
 *                 floor(v + (w >>> 8)·2^-24) with v = |x| / step; the larger of the two is the code,
 *                 the second clamped to 2^m, since each exceeds the other only in its own range
 * Truncation is the second with w = 0, ties away from zero with w = 2^31.
 */

/** 1.5·2^23: what is added to it lies in the low mantissa bits of the sum. */
export const MAGIC: f32 = 12582912
export const MAGIC_BITS: i32 = 0x4b400000

/** 1 − (w >>> 8)·2^-24. */
// @ts-ignore: decorator
@inline
export function complement(w: v128): v128 {
  const unit = f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(w, 8)), f32x4.splat(1.0 / 16777216.0))
  return f32x4.sub(f32x4.splat(1), unit)
}
