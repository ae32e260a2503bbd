/**
 * Squared Euclidean distances in the fixed order of reductions: element i goes to lane i mod 16, then a
 * halving tree (lane j takes lane j + 8, + 4, + 2, + 1).
 */

/** The first n of four elements, zeros behind them. */
// @ts-ignore: decorator
@inline
export function loadPartial(at: usize, n: i32): v128 {
  if (n >= 4) return v128.load(at)
  if (n <= 0) return f32x4.splat(0)
  if (n === 1) return v128.load32_zero(at)
  const pair = v128.load64_zero(at)
  return n === 2 ? pair : v128.load32_lane(at + 8, pair, 2)
}

/** Lanes 0 … 15 of four accumulators, summed by halves. */
// @ts-ignore: decorator
@inline
export function sum16(a0: v128, a1: v128, a2: v128, a3: v128): f32 {
  const four = f32x4.add(f32x4.add(a0, a2), f32x4.add(a1, a3))
  const two = f32x4.add(four, v128.shuffle<i32>(four, four, 2, 3, 2, 3))
  return f32x4.extract_lane(two, 0) + f32x4.extract_lane(two, 1)
}

// @ts-ignore: decorator
@inline
function square(d: v128): v128 {
  return f32x4.mul(d, d)
}

/** ‖a − b‖² of two vectors of d elements. */
export function squaredDistance(a: usize, b: usize, d: i32): f32 {
  let s0 = f32x4.splat(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  for (const end = a + (<usize>(d & ~15) << 2); a < end; a += 64) {
    s0 = f32x4.add(s0, square(f32x4.sub(v128.load(a), v128.load(b))))
    s1 = f32x4.add(s1, square(f32x4.sub(v128.load(a, 16), v128.load(b, 16))))
    s2 = f32x4.add(s2, square(f32x4.sub(v128.load(a, 32), v128.load(b, 32))))
    s3 = f32x4.add(s3, square(f32x4.sub(v128.load(a, 48), v128.load(b, 48))))
    b += 64
  }
  // Lanes without an element gain +0, which changes no sum of squares.
  const left = d & 15
  if (left > 0) {
    s0 = f32x4.add(s0, square(f32x4.sub(loadPartial(a, left), loadPartial(b, left))))
    s1 = f32x4.add(s1, square(f32x4.sub(loadPartial(a + 16, left - 4), loadPartial(b + 16, left - 4))))
    s2 = f32x4.add(s2, square(f32x4.sub(loadPartial(a + 32, left - 8), loadPartial(b + 32, left - 8))))
    s3 = f32x4.add(s3, square(f32x4.sub(loadPartial(a + 48, left - 12), loadPartial(b + 48, left - 12))))
  }
  return sum16(s0, s1, s2, s3)
}
