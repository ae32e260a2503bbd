/**
 * Fixed-point log2 statistics. For a finite non-zero x with |x| = 2^e·(1 + t):
 *   p = ((c3·t + c2)·t + c1)·t + c0,  y = t + (t·(1 − t))·p  ≈ log2(1 + t)
 *   L = round(2048·y) + 2048·e
 * every f32 operation rounded by itself; the sums of L and L² are integers, hence the same in any
 * order.
 */
import { ABS_MASK, INF_BITS, magnitudes, MAX_BITS, maxI32, minU32, splat, sumI32 } from '../../common/assembly/lanes'
import { padTail, STEP, TILE } from './tile'

/** Adding 1.5·2^23 leaves round-half-even(v) in the low mantissa bits, above these. */
const MAGIC: f32 = 12582912
const MAGIC_BITS: i32 = 0x4b400000
const ONE_BITS: i32 = 0x3f800000
const MANTISSA: i32 = 0x007fffff
/** What the vector loop takes log2 of zero to be: t = 0, e = −127. Removed from the sums afterwards. */
const LOG_OF_ZERO: i64 = -127 * 2048

/**
 * Constants of the vector loop: c0 to c3, and what the names below say. 2048·e comes out of the
 * exponent field as (a >>> 12) & 0xff800, less 127·2048, which goes with the magic bits as `OFFSET`.
 */
const TABLE: usize = memory.data<u32>(
  [
    0x3ee242f3, 0xbe88cbbd, 0x3e17fd28, 0xbd38ee36, 0x3f800000, 0x007fffff,
    0x45000000, 0x4b400000, 0x000ff800, 0x4b43f800, 1, 1023,
  ],
  16,
)
const ONE = 4
const MANTISSA_MASK = 5
const STEPS = 6
const ROUNDER = 7
const EXPONENT_MASK = 8
const OFFSET = 9
const INTEGER_ONE = 10
const LOW_MASK = 11

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
  const one = splat(TABLE, ONE)
  const t = f32x4.sub(v128.or(v128.and(a, splat(TABLE, MANTISSA_MASK)), one), one)
  const p2 = f32x4.add(f32x4.mul(splat(TABLE, 3), t), splat(TABLE, 2))
  const p1 = f32x4.add(f32x4.mul(p2, t), splat(TABLE, 1))
  const p = f32x4.add(f32x4.mul(p1, t), splat(TABLE, 0))
  const y = f32x4.add(t, f32x4.mul(f32x4.mul(t, f32x4.sub(one, t)), p))
  const rounded = f32x4.add(f32x4.mul(y, splat(TABLE, STEPS)), splat(TABLE, ROUNDER))
  const steps = v128.and(i32x4.shr_u(a, 12), splat(TABLE, EXPONENT_MASK))
  return i32x4.add(i32x4.sub(rounded, splat(TABLE, OFFSET)), steps)
}

/** Entry of the table as f32. */
// @ts-ignore: decorator
@inline
function f(index: i32): f32 {
  return load<f32>(TABLE + (index << 2))
}

/** L of one finite non-zero magnitude, subnormal or not. */
function scalarLog(a: i32): i64 {
  let scale = -127
  if (a <= MANTISSA) {
    a = reinterpret<i32>(<f32>a)
    scale -= 149
  }
  const t = reinterpret<f32>((a & MANTISSA) | ONE_BITS) - 1
  const p: f32 = ((f(3) * t + f(2)) * t + f(1)) * t + f(0)
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
 * Adds n elements, a multiple of 16 and at most `TILE`. L² goes through 16-bit dot products: with
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
  for (const end = x + (n << 2); x < end; x += 64) {
    const a0 = magnitudes(v128.load(x))
    const a1 = magnitudes(v128.load(x, 16))
    const a2 = magnitudes(v128.load(x, 32))
    const a3 = magnitudes(v128.load(x, 48))
    peak = i32x4.max_s(peak, i32x4.max_s(i32x4.max_s(a0, a1), i32x4.max_s(a2, a3)))
    // Zero wraps to the largest u32, so that it is never the smallest magnitude.
    const one = splat(TABLE, INTEGER_ONE)
    const b0 = i32x4.min_u(i32x4.sub(a0, one), i32x4.sub(a1, one))
    const b1 = i32x4.min_u(i32x4.sub(a2, one), i32x4.sub(a3, one))
    trough = i32x4.min_u(trough, i32x4.min_u(b0, b1))
    const zero = i32x4.splat(0)
    const z0 = i32x4.add(i32x4.eq(a0, zero), i32x4.eq(a1, zero))
    zeros = i32x4.add(zeros, i32x4.add(z0, i32x4.add(i32x4.eq(a2, zero), i32x4.eq(a3, zero))))
    const l0 = logOf(a0)
    const l1 = logOf(a1)
    const l2 = logOf(a2)
    const l3 = logOf(a3)
    sum = i32x4.add(sum, i32x4.add(i32x4.add(l0, l1), i32x4.add(l2, l3)))
    const high0 = i16x8.narrow_i32x4_s(i32x4.shr_s(l0, 10), i32x4.shr_s(l1, 10))
    const high1 = i16x8.narrow_i32x4_s(i32x4.shr_s(l2, 10), i32x4.shr_s(l3, 10))
    const mask = splat(TABLE, LOW_MASK)
    const low0 = i16x8.narrow_i32x4_s(v128.and(l0, mask), v128.and(l1, mask))
    const low1 = i16x8.narrow_i32x4_s(v128.and(l2, mask), v128.and(l3, mask))
    hh = i32x4.add(hh, i32x4.add(i32x4.dot_i16x8_s(high0, high0), i32x4.dot_i16x8_s(high1, high1)))
    hl = i32x4.add(hl, i32x4.add(i32x4.dot_i16x8_s(high0, low0), i32x4.dot_i16x8_s(high1, low1)))
    ll = i32x4.add(ll, i32x4.add(i32x4.dot_i16x8_s(low0, low0), i32x4.dot_i16x8_s(low1, low1)))
  }
  return addSums(maxI32(peak), minU32(trough), sumI32(zeros), sum, hh, hl, ll)
}

/** Adds what a tile came to, unless an element is not normal. */
// @ts-ignore: decorator
@inline
function addSums(top: i32, bottom: u32, zeros: i32, sum: v128, hh: v128, hl: v128, ll: v128): bool {
  if (top > MAX_BITS || bottom < <u32>MANTISSA) return false
  store<i32>(PEAK, max(load<i32>(PEAK), top))
  store<u32>(TROUGH, min(load<u32>(TROUGH), bottom))
  store<i64>(ZEROS, load<i64>(ZEROS) - zeros)
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
