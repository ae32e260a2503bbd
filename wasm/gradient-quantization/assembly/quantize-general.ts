/** The loop for any format, rounding and option. Forms of rounding: see rounding.ts. */
import { INF_BITS, magnitudes, MAX_BITS, maxI32, select, sumI32 } from '../../common/assembly/lanes'
import * as codec from './codec'
import { addCounts } from './counts'
import { complement, MAGIC, MAGIC_BITS } from './rounding'

/** Bits of magnitudes with an exponent field that goes on below zero, so that f32 subnormals have a leading one too. */
// @ts-ignore: decorator
@inline
function extended(a: v128): v128 {
  const renormalized = i32x4.sub(f32x4.convert_i32x4_s(a), i32x4.splat(149 << 23))
  return select(i32x4.lt_s(a, i32x4.splat(0x00800000)), renormalized, a)
}

/** Magnitude codes to the nearest value, for any format; `value` is |x| / step, at most 2^m. */
// @ts-ignore: decorator
@inline
function generalNearest(a: v128, value: v128, shift: i32, base: v128): v128 {
  // Ties go to the even code: the parity of (a >>> sh) − base, which differs from a's when m = 0.
  const parity = v128.and(i32x4.sub(i32x4.shr_s(a, shift), base), i32x4.splat(1))
  const half = i32x4.splat((1 << (shift - 1)) - 1)
  const normal = i32x4.sub(i32x4.shr_s(i32x4.add(i32x4.add(a, half), parity), shift), base)
  const subnormal = i32x4.sub(f32x4.add(value, f32x4.splat(MAGIC)), i32x4.splat(MAGIC_BITS))
  return i32x4.max_s(normal, subnormal)
}

/** The same, rounded by words. */
// @ts-ignore: decorator
@inline
function generalRandom(a: v128, value: v128, w: v128, shift: i32, base: v128): v128 {
  const normal = i32x4.sub(i32x4.shr_s(i32x4.add(a, i32x4.shr_u(w, 32 - shift)), shift), base)
  const whole = f32x4.floor(value)
  const up = f32x4.ge(f32x4.sub(value, whole), complement(w))
  const subnormal = i32x4.sub(i32x4.sub(f32x4.add(whole, f32x4.splat(MAGIC)), i32x4.splat(MAGIC_BITS)), up)
  return i32x4.max_s(normal, subnormal)
}

/** Puts the codes of overflow, infinity, zero and NaN in their places. `ax` is |x| before scaling. */
// @ts-ignore: decorator
@inline
function withSpecials(code: v128, over: v128, x: v128, ax: v128): v128 {
  const sign = v128.and(i32x4.shr_s(x, 31), v128.load32_splat(codec.SIGN_BIT))
  const inf = i32x4.splat(INF_BITS)
  let c = select(over, v128.load32_splat(codec.OVERFLOW_CODE), i32x4.min_s(code, v128.load32_splat(codec.MAX_CODE)))
  c = select(i32x4.eq(ax, inf), v128.load32_splat(codec.INF_CODE), c)
  const bare = v128.and(i32x4.eq(c, i32x4.splat(0)), v128.load32_splat(codec.UNSIGNED_ZERO))
  c = v128.or(c, v128.andnot(sign, bare))
  const nan = v128.xor(v128.load32_splat(codec.NAN_CODE), v128.and(sign, v128.load32_splat(codec.NAN_SIGN)))
  return select(i32x4.gt_s(ax, inf), nan, c)
}

/** Codes n elements for any format, rounding and option, and counts. Returns whether a NaN was among them. */
// @ts-ignore: decorator
@inline
function general(isNearest: bool, x: usize, n: i32, to: usize, words: usize, step: usize): bool {
  const shift = load<i32>(codec.SHIFT)
  const base = v128.load32_splat(codec.BASE)
  const top = f32x4.splat(<f32>(1 << load<i32>(codec.MANTISSA_BITS)))
  // Whether rounding up may overflow; rounding by words and truncation may not.
  const roundsOver = i32x4.splat(isNearest || load<i32>(codec.ROUND) === codec.RNA ? -1 : 0)
  // The largest |x| that counts as saturated when it overflows.
  const countTo = load<i32>(codec.INF_CODE) === load<i32>(codec.MAX_CODE) ? INF_BITS : MAX_BITS
  let overs = i32x4.splat(0)
  let unders = i32x4.splat(0)
  let peak = i32x4.splat(0)
  for (const end = to + n; to < end; to += 4) {
    const v = v128.load(x)
    const ax = magnitudes(v)
    peak = i32x4.max_s(peak, ax)
    const scaled = magnitudes(f32x4.mul(v, v128.load32_splat(codec.SCALE)))
    const a = extended(scaled)
    const perStep = v128.load32_splat(codec.PER_STEP)
    const rest = v128.load32_splat(codec.PER_STEP_REST)
    const value = f32x4.pmin(f32x4.mul(f32x4.mul(scaled, perStep), rest), top)
    const code = isNearest
      ? generalNearest(a, value, shift, base)
      : generalRandom(a, value, v128.load(words), shift, base)
    const judged = select(roundsOver, code, i32x4.sub(i32x4.shr_s(a, shift), base))
    const over = i32x4.gt_s(judged, v128.load32_splat(codec.MAX_CODE))
    overs = i32x4.sub(overs, v128.and(over, i32x4.le_s(ax, i32x4.splat(countTo))))
    const zero = i32x4.eq(code, i32x4.splat(0))
    unders = i32x4.sub(unders, v128.andnot(zero, i32x4.eq(ax, i32x4.splat(0))))
    const c = withSpecials(code, over, v, ax)
    const pairs = i16x8.narrow_i32x4_s(c, c)
    store<i32>(to, i32x4.extract_lane(i8x16.narrow_i16x8_u(pairs, pairs), 0))
    x += 16
    words += step
  }
  addCounts(sumI32(overs), sumI32(unders))
  return maxI32(peak) > INF_BITS
}

export function generalNearestTile(x: usize, n: i32, to: usize): bool {
  return general(true, x, n, to, 0, 0)
}
export function generalRandomTile(x: usize, n: i32, to: usize, words: usize, step: usize): bool {
  return general(false, x, n, to, words, step)
}
