/**
 * Fixed-point log2 statistics. For a finite non-zero x with |x| = 2^e·(1 + t):
 *   p = ((c3·t + c2)·t + c1)·t + c0,  y = t + (t·(1 − t))·p  ≈ log2(1 + t)
 *   L = round(2048·y) + 2048·e
 * every f32 operation rounded by itself; the sums of L and L² are integers, hence the same in any
 * order.
 */
import { ABS_MASK, INF_BITS, magnitudes, MAX_BITS, maxI32, minU32, sumI32 } from '../../common/assembly/lanes'
import { padTail, STEP, TILE } from './tile'

const C0: f32 = reinterpret<f32>(0x3ee242f3)
const C1: f32 = reinterpret<f32>(0xbe88cbbd)
const C2: f32 = reinterpret<f32>(0x3e17fd28)
const C3: f32 = reinterpret<f32>(0xbd38ee36)
/** Adding 1.5·2^23 leaves round-half-even(v) in the low mantissa bits, above these. */
const MAGIC: f32 = 12582912
const MAGIC_BITS: i32 = 0x4b400000
const ONE_BITS: i32 = 0x3f800000
const MANTISSA: i32 = 0x007fffff
/** 2048·e comes out of the exponent field as (a >>> 12) & this, minus 127·2048. */
const EXPONENT_STEPS: i32 = 0x000ff800
const EXPONENT_BIAS: i32 = 127 * 2048
/** What the vector loop takes log2 of zero to be: t = 0, e = −127. Removed from the sums afterwards. */
const LOG_OF_ZERO: i64 = -127 * 2048

// Totals of a chunk, in report order: count, zeros, nonFinite, sumL, sumL2, amaxBits, aminBits.
// Zeros are counted into the sums as LOG_OF_ZERO while a chunk runs.
const TOTALS: usize = memory.data(40, 8)
const ZEROS: usize = TOTALS
const NON_FINITE: usize = TOTALS + 8
const SUM_L: usize = TOTALS + 16
const SUM_L2: usize = TOTALS + 24
const PEAK: usize = TOTALS + 32
const TROUGH: usize = TOTALS + 36

/** L of four normal magnitudes. */
// @ts-ignore: decorator
@inline
function logOf(a: v128): v128 {
  const one = f32x4.splat(1)
  const t = f32x4.sub(v128.or(v128.and(a, i32x4.splat(MANTISSA)), i32x4.splat(ONE_BITS)), one)
  const p2 = f32x4.add(f32x4.mul(f32x4.splat(C3), t), f32x4.splat(C2))
  const p1 = f32x4.add(f32x4.mul(p2, t), f32x4.splat(C1))
  const p = f32x4.add(f32x4.mul(p1, t), f32x4.splat(C0))
  const y = f32x4.add(t, f32x4.mul(f32x4.mul(t, f32x4.sub(one, t)), p))
  const rounded = f32x4.add(f32x4.mul(y, f32x4.splat(2048)), f32x4.splat(MAGIC))
  const steps = v128.and(i32x4.shr_u(a, 12), i32x4.splat(EXPONENT_STEPS))
  return i32x4.add(i32x4.sub(rounded, i32x4.splat(MAGIC_BITS + EXPONENT_BIAS)), steps)
}

/** L of one finite non-zero magnitude, subnormal or not. */
function scalarLog(a: i32): i64 {
  let scale = -127
  if (a <= MANTISSA) {
    a = reinterpret<i32>(<f32>a)
    scale -= 149
  }
  const t = reinterpret<f32>((a & MANTISSA) | ONE_BITS) - 1
  const p: f32 = ((C3 * t + C2) * t + C1) * t + C0
  const y: f32 = t + t * (<f32>1 - t) * p
  return reinterpret<i32>(y * 2048 + MAGIC) - MAGIC_BITS + 2048 * ((a >> 23) + scale)
}

/** Adds elements one by one: whatever the vector loop does not take. */
function addSlowly(x: usize, n: i32): void {
  for (const end = x + (n << 2); x < end; x += 4) {
    const a = load<i32>(x) & ABS_MASK
    if (a >= INF_BITS) {
      store<i64>(NON_FINITE, load<i64>(NON_FINITE) + 1)
      continue
    }
    if (a === 0) store<i64>(ZEROS, load<i64>(ZEROS) + 1)
    else store<u32>(TROUGH, min<u32>(load<u32>(TROUGH), a - 1))
    const l = a === 0 ? LOG_OF_ZERO : scalarLog(a)
    store<i64>(SUM_L, load<i64>(SUM_L) + l)
    store<i64>(SUM_L2, load<i64>(SUM_L2) + l * l)
    store<i32>(PEAK, max(load<i32>(PEAK), a))
  }
}

/**
 * Adds n elements, a multiple of 8 and at most `TILE`. L² goes through 16-bit dot products: with
 * L = 1024·h + l, L² = 2^20·h² + 2^11·h·l + l², and sums of 1024 such terms fit 32 bits.
 * Returns false, having added nothing, when an element is subnormal or not finite.
 */
function addTile(x: usize, n: i32): bool {
  let sum = i32x4.splat(0)
  let hh = sum
  let hl = sum
  let ll = sum
  let zeros = sum
  let peak = sum
  let trough = i32x4.splat(-1)
  for (const end = x + (n << 2); x < end; x += 32) {
    const a0 = magnitudes(v128.load(x))
    const a1 = magnitudes(v128.load(x, 16))
    peak = i32x4.max_s(peak, i32x4.max_s(a0, a1))
    // Zero wraps to the largest u32, so that it is never the smallest magnitude.
    const below0 = i32x4.sub(a0, i32x4.splat(1))
    const below1 = i32x4.sub(a1, i32x4.splat(1))
    trough = i32x4.min_u(trough, i32x4.min_u(below0, below1))
    // below >> 31 is −1 for zero only.
    zeros = i32x4.add(zeros, i32x4.add(i32x4.shr_s(below0, 31), i32x4.shr_s(below1, 31)))
    const l0 = logOf(a0)
    const l1 = logOf(a1)
    sum = i32x4.add(sum, i32x4.add(l0, l1))
    const high = i16x8.narrow_i32x4_s(i32x4.shr_s(l0, 10), i32x4.shr_s(l1, 10))
    const low = i16x8.narrow_i32x4_s(v128.and(l0, i32x4.splat(1023)), v128.and(l1, i32x4.splat(1023)))
    hh = i32x4.add(hh, i32x4.dot_i16x8_s(high, high))
    hl = i32x4.add(hl, i32x4.dot_i16x8_s(high, low))
    ll = i32x4.add(ll, i32x4.dot_i16x8_s(low, low))
  }
  const top = maxI32(peak)
  const bottom = minU32(trough)
  if (top > MAX_BITS || bottom < <u32>MANTISSA) return false
  store<i32>(PEAK, max(load<i32>(PEAK), top))
  store<u32>(TROUGH, min(load<u32>(TROUGH), bottom))
  store<i64>(ZEROS, load<i64>(ZEROS) - sumI32(zeros))
  store<i64>(SUM_L, load<i64>(SUM_L) + wideSum(sum))
  store<i64>(SUM_L2, load<i64>(SUM_L2) + (wideSum(hh) << 20) + (wideSum(hl) << 11) + wideSum(ll))
  return true
}

/** Sum of four i32 lanes in 64 bits. */
// @ts-ignore: decorator
@inline
function wideSum(v: v128): i64 {
  const pair = i64x2.add(i64x2.extend_low_i32x4_s(v), i64x2.extend_high_i32x4_s(v))
  return i64x2.extract_lane(pair, 0) + i64x2.extract_lane(pair, 1)
}

/** Counts, sums of L and L², and the extreme finite non-zero magnitudes of x[n]. */
export function stats(x: usize, n: i32, report: usize, begin: f64, end: f64): i32 {
  memory.fill(TOTALS, 0, 32)
  store<i32>(PEAK, 0)
  store<u32>(TROUGH, -1)
  for (let i = 0; i < n; i += TILE) {
    const count = min(TILE, n - i)
    const whole = count & ~(STEP - 1)
    const at = x + (i << 2)
    if (!addTile(at, whole)) addSlowly(at, whole)
    const rest = count - whole
    const tail = at + (whole << 2)
    if (rest > 0 && addTile(padTail(tail, rest), STEP)) {
      const padding = <i64>(STEP - rest)
      store<i64>(ZEROS, load<i64>(ZEROS) - padding)
      store<i64>(SUM_L, load<i64>(SUM_L) - padding * LOG_OF_ZERO)
      store<i64>(SUM_L2, load<i64>(SUM_L2) - padding * (LOG_OF_ZERO * LOG_OF_ZERO))
    } else if (rest > 0) {
      addSlowly(tail, rest)
    }
  }
  const zeros = load<i64>(ZEROS)
  const nonFinite = load<i64>(NON_FINITE)
  store<f64>(report, <f64>(n - zeros - nonFinite))
  store<f64>(report, <f64>zeros, 8)
  store<f64>(report, <f64>nonFinite, 16)
  store<i64>(report, load<i64>(SUM_L) - zeros * LOG_OF_ZERO, 24)
  store<i64>(report, load<i64>(SUM_L2) - zeros * (LOG_OF_ZERO * LOG_OF_ZERO), 32)
  store<f64>(report, <f64>load<i32>(PEAK), 40)
  const trough = load<u32>(TROUGH)
  if (trough !== <u32>-1) store<f64>(report, <f64>(trough + 1), 48)
  return 0
}
