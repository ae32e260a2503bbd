import { ABS_MASK, INF_BITS, magnitudes, MAX_BITS, maxI32 } from '../../common/assembly/lanes'
import { padTail, STEP, TILE } from './tile'

// Report slots: amaxBits, firstNan, firstNonFinite.

/** Largest |bits| of n elements, n a multiple of 16. */
function peakOf(x: usize, n: i32): i32 {
  let p0 = i32x4.splat(0)
  let p1 = p0
  let p2 = p0
  let p3 = p0
  for (const end = x + (n << 2); x < end; x += 64) {
    p0 = i32x4.max_s(p0, magnitudes(v128.load(x)))
    p1 = i32x4.max_s(p1, magnitudes(v128.load(x, 16)))
    p2 = i32x4.max_s(p2, magnitudes(v128.load(x, 32)))
    p3 = i32x4.max_s(p3, magnitudes(v128.load(x, 48)))
  }
  return maxI32(i32x4.max_s(i32x4.max_s(p0, p1), i32x4.max_s(p2, p3)))
}

/** Largest |bits| of n elements, any number up to a tile. */
export function tilePeak(x: usize, n: i32): i32 {
  const whole = n & ~(STEP - 1)
  const peak = peakOf(x, whole)
  return whole === n ? peak : max(peak, peakOf(padTail(x + (whole << 2), n - whole), STEP))
}

/** Index of the first element whose |bits| exceed `limit`, or n. */
function firstAbove(x: usize, n: i32, limit: i32): i32 {
  let i = 0
  while (i < n && (load<i32>(x + (i << 2)) & ABS_MASK) <= limit) i++
  return i
}

/** Lowers the report's `min` slot to the global index of the first element above `limit`, if there is one. */
export function reportFirst(slot: usize, x: usize, n: i32, limit: i32, base: f64): void {
  const i = firstAbove(x, n, limit)
  if (i < n) store<f64>(slot, min<f64>(load<f64>(slot), base + <f64>i))
}

/** Largest finite |bits| of n elements. */
function finitePeak(x: usize, n: i32): i32 {
  let peak = 0
  for (let i = 0; i < n; i++) {
    const a = load<i32>(x + (i << 2)) & ABS_MASK
    if (a < INF_BITS) peak = max(peak, a)
  }
  return peak
}

/** Largest finite |x| (its bits) and the first NaN and the first non-finite element of x[n]. */
export function amax(x: usize, n: i32, report: usize, begin: f64, end: f64): i32 {
  let peak = 0
  for (let i = 0; i < n; i += TILE) {
    const count = min(TILE, n - i)
    const at = x + (i << 2)
    let tile = tilePeak(at, count)
    if (tile > MAX_BITS) {
      tile = finitePeak(at, count)
      reportFirst(report + 8, at, count, INF_BITS, begin + <f64>i)
      reportFirst(report + 16, at, count, MAX_BITS, begin + <f64>i)
    }
    peak = max(peak, tile)
  }
  store<f64>(report, <f64>peak)
  return 0
}
