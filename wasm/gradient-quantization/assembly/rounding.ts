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

import { splat } from '../../common/assembly/lanes'

/** Bits of 1.5·2^23: what is added to it lies in the low mantissa bits of the sum. */
export const MAGIC_BITS: i32 = 0x4b400000

/** Constants of the loops: 1.5·2^23, 1, 2^-24, exponent field, low byte. */
const TABLE: usize = memory.data<u32>([0x4b400000, 0x3f800000, 0x33800000, 0x7f800000, 0xff], 4)

/** 1.5·2^23, as f32 or as its bits. */
// @ts-ignore: decorator
@inline
export function magic(): v128 {
  return splat(TABLE, 0)
}

/** The exponent field of bits. */
// @ts-ignore: decorator
@inline
export function exponentOf(bits: v128): v128 {
  return v128.and(bits, splat(TABLE, 3))
}

// @ts-ignore: decorator
@inline
export function lowByte(v: v128): v128 {
  return v128.and(v, splat(TABLE, 4))
}

/** (w >>> 8)·2^-24: uniform in [0, 1), exact. */
// @ts-ignore: decorator
@inline
export function unit24(w: v128): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(w, 8)), splat(TABLE, 2))
}

/** 1 − (w >>> 8)·2^-24, exact. */
// @ts-ignore: decorator
@inline
export function complement(w: v128): v128 {
  return f32x4.sub(splat(TABLE, 1), unit24(w))
}
