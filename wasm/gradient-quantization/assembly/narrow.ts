/** Sixteen 32-bit lanes to bytes. */

/** Low bytes of sixteen i32, each at most 255. */
// @ts-ignore: decorator
@inline
export function bytesOf(c0: v128, c1: v128, c2: v128, c3: v128): v128 {
  return i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(c0, c1), i16x8.narrow_i32x4_s(c2, c3))
}

/** Sixteen bytes: the sign bit of the format where an f32 is negative. */
// @ts-ignore: decorator
@inline
export function signsOf(x0: v128, x1: v128, x2: v128, x3: v128, signBit: v128): v128 {
  const signs = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(x0, x1), i16x8.narrow_i32x4_s(x2, x3))
  return v128.and(i8x16.lt_s(signs, i8x16.splat(0)), signBit)
}
