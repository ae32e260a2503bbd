/**
 * The fixed order of sums. f32: element i goes to accumulator i mod 16; f64: to accumulator i mod 8; then a
 * halving tree, accumulator j taking j + half. Accumulators are four vectors in locals; the elements behind
 * the last whole step are added in memory.
 */

/** Eight f64 accumulators. */
const EIGHT: usize = memory.data(64, 16)

/** Sum of sixteen f32 accumulators. */
// @ts-ignore: decorator
@inline
export function sum16(a0: v128, a1: v128, a2: v128, a3: v128): f32 {
  const four = f32x4.add(f32x4.add(a0, a2), f32x4.add(a1, a3))
  const two = f32x4.add(four, v128.shuffle<i32>(four, four, 2, 3, 2, 3))
  return f32x4.extract_lane(two, 0) + f32x4.extract_lane(two, 1)
}

/** Sum of eight f64 accumulators. */
// @ts-ignore: decorator
@inline
export function sum8(a0: v128, a1: v128, a2: v128, a3: v128): f64 {
  const two = f64x2.add(f64x2.add(a0, a2), f64x2.add(a1, a3))
  return f64x2.extract_lane(two, 0) + f64x2.extract_lane(two, 1)
}

/** Puts eight accumulators where single elements can be added. */
// @ts-ignore: decorator
@inline
export function storeEight(a0: v128, a1: v128, a2: v128, a3: v128): void {
  v128.store(EIGHT, a0)
  v128.store(EIGHT, a1, 16)
  v128.store(EIGHT, a2, 32)
  v128.store(EIGHT, a3, 48)
}

/** Adds an element to stored accumulator `lane`. */
// @ts-ignore: decorator
@inline
export function addToEight(lane: usize, value: f64): void {
  store<f64>(EIGHT + (lane << 3), load<f64>(EIGHT + (lane << 3)) + value)
}

/** Sum of the stored accumulators. */
// @ts-ignore: decorator
@inline
export function sumEight(): f64 {
  return sum8(v128.load(EIGHT), v128.load(EIGHT, 16), v128.load(EIGHT, 32), v128.load(EIGHT, 48))
}
