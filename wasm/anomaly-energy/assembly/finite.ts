/** Where data stop being finite. */

/** Bits of an infinity without its sign; magnitudes from here on are not finite. */
const INF32: i32 = 0x7f800000
const INF64: i64 = 0x7ff0000000000000

/** Index of the first NaN or ±Inf of n f32, n when there is none. */
export function firstNonFinite32(x: usize, n: i32): i32 {
  let i = 0
  const mask = i32x4.splat(0x7fffffff)
  const limit = i32x4.splat(INF32 - 1)
  for (; i + 16 <= n; i += 16) {
    const at = x + (<usize>i << 2)
    const a = i32x4.max_s(v128.and(v128.load(at), mask), v128.and(v128.load(at, 16), mask))
    const b = i32x4.max_s(v128.and(v128.load(at, 32), mask), v128.and(v128.load(at, 48), mask))
    if (v128.any_true(i32x4.gt_s(i32x4.max_s(a, b), limit))) break
  }
  while (i < n && (load<i32>(x + (<usize>i << 2)) & 0x7fffffff) < INF32) i++
  return i
}

/** Index of the first NaN or ±Inf of n f64, n when there is none. */
export function firstNonFinite64(x: usize, n: i32): i32 {
  let i = 0
  const mask = i64x2.splat(0x7fffffffffffffff)
  const limit = i64x2.splat(INF64 - 1)
  for (; i + 4 <= n; i += 4) {
    const at = x + (<usize>i << 3)
    const a = i64x2.gt_s(v128.and(v128.load(at), mask), limit)
    if (v128.any_true(v128.or(a, i64x2.gt_s(v128.and(v128.load(at, 16), mask), limit)))) break
  }
  while (i < n && (load<i64>(x + (<usize>i << 3)) & 0x7fffffffffffffff) < INF64) i++
  return i
}

/** Lowers the report's slot to a global index. */
export function reportFirst(slot: usize, index: f64): void {
  if (index < load<f64>(slot)) store<f64>(slot, index)
}

/** First NaN or ±Inf; see the table. */
export function finite(x: usize, n: i32, report: usize, begin: f64, end: f64): i32 {
  const i = firstNonFinite32(x, n)
  if (i < n) reportFirst(report, begin + <f64>i)
  return 0
}

/** First NaN or ±Inf; see the table. */
export function finite64(x: usize, n: i32, report: usize, begin: f64, end: f64): i32 {
  const i = firstNonFinite64(x, n)
  if (i < n) reportFirst(report, begin + <f64>i)
  return 0
}
