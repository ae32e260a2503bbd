/** The loop for any format, rounding and option. Forms of rounding: see rounding.ts. */
import { INF_BITS, magnitudes, maxI32, select, splat, sumI32 } from '../../common/assembly/lanes'
import * as codec from './codec'
import { addCounts } from './counts'
import { complement, magic } from './rounding'

/** 149 in the exponent field, the smallest normal f32, infinity, 1. */
const TABLE: usize = memory.data<u32>([0x4a800000, 0x00800000, 0x7f800000, 1], 4)

/** Bits of magnitudes with an exponent field that goes on below zero, so that f32 subnormals have a leading one too. */
// @ts-ignore: decorator
@inline
function extended(a: v128): v128 {
  const renormalized = i32x4.sub(f32x4.convert_i32x4_s(a), splat(TABLE, 0))
  return select(i32x4.lt_s(a, splat(TABLE, 1)), renormalized, a)
}

/** |x| / step, at most 2^m. */
// @ts-ignore: decorator
@inline
function stepsOf(scaled: v128): v128 {
  const steps = f32x4.mul(f32x4.mul(scaled, v128.load32_splat(codec.PER_STEP)), v128.load32_splat(codec.PER_STEP_REST))
  return f32x4.pmin(steps, v128.load32_splat(codec.FIRST_NORMAL))
}

/** Magnitude codes of extended bits a to the nearest value. */
// @ts-ignore: decorator
@inline
function nearestFour(a: v128, steps: v128, shift: i32): v128 {
  // Ties go to the even code: the parity of (a >>> sh) − base, which differs from a's when m = 0.
  const base = v128.load32_splat(codec.BASE)
  const parity = v128.and(i32x4.sub(i32x4.shr_s(a, shift), base), splat(TABLE, 3))
  const half = v128.load32_splat(codec.HALF)
  const normal = i32x4.sub(i32x4.shr_s(i32x4.add(i32x4.add(a, half), parity), shift), base)
  return i32x4.max_s(normal, i32x4.sub(f32x4.add(steps, magic()), magic()))
}

/** The same, rounded by words. */
// @ts-ignore: decorator
@inline
function randomFour(a: v128, steps: v128, w: v128, shift: i32): v128 {
  const sum = i32x4.add(a, i32x4.shr_u(w, 32 - shift))
  const normal = i32x4.sub(i32x4.shr_s(sum, shift), v128.load32_splat(codec.BASE))
  const whole = f32x4.floor(steps)
  const up = f32x4.ge(f32x4.sub(steps, whole), complement(w))
  return i32x4.max_s(normal, i32x4.sub(i32x4.sub(f32x4.add(whole, magic()), magic()), up))
}

/** Which elements overflow. Rounding by words and truncation never round over the largest value. */
// @ts-ignore: decorator
@inline
function overflows(a: v128, code: v128, shift: i32): v128 {
  const truncated = i32x4.sub(i32x4.shr_s(a, shift), v128.load32_splat(codec.BASE))
  const judged = select(v128.load32_splat(codec.ROUNDS_OVER), code, truncated)
  return i32x4.gt_s(judged, v128.load32_splat(codec.MAX_CODE))
}

/** Puts the codes of overflow, infinity, zero and NaN in their places. `ax` is |x| before scaling. */
// @ts-ignore: decorator
@inline
function withSpecials(code: v128, over: v128, x: v128, ax: v128): v128 {
  const sign = v128.and(i32x4.shr_s(x, 31), v128.load32_splat(codec.SIGN_BIT))
  const inf = splat(TABLE, 2)
  let c = select(over, v128.load32_splat(codec.OVERFLOW_CODE), i32x4.min_s(code, v128.load32_splat(codec.MAX_CODE)))
  c = select(i32x4.eq(ax, inf), v128.load32_splat(codec.INF_CODE), c)
  const bare = v128.and(i32x4.eq(c, i32x4.splat(0)), v128.load32_splat(codec.UNSIGNED_ZERO))
  c = v128.or(c, v128.andnot(sign, bare))
  const nan = v128.xor(v128.load32_splat(codec.NAN_CODE), v128.and(sign, v128.load32_splat(codec.NAN_SIGN)))
  return select(i32x4.gt_s(ax, inf), nan, c)
}

/** −1 where an overflow counts: not for NaN, nor for an infinity that stays one. */
// @ts-ignore: decorator
@inline
function counted(over: v128, ax: v128): v128 {
  return v128.andnot(over, i32x4.gt_s(ax, v128.load32_splat(codec.COUNTED_TO)))
}

/** −1 where an element that is not zero gets code 0. */
// @ts-ignore: decorator
@inline
function vanished(code: v128, ax: v128): v128 {
  const zero = i32x4.splat(0)
  return v128.andnot(i32x4.eq(code, zero), i32x4.eq(ax, zero))
}

/** Codes n elements for any format, rounding and option, and counts. Returns whether a NaN was among them. */
// @ts-ignore: decorator
@inline
function general(isNearest: bool, x: usize, n: i32, to: usize, words: usize, step: usize): bool {
  const shift = load<i32>(codec.SHIFT)
  let overs = i32x4.splat(0)
  let unders = i32x4.splat(0)
  let peak = i32x4.splat(0)
  for (const end = to + n; to < end; to += 8, x += 32, words += step) {
    const x0 = v128.load(x)
    const x1 = v128.load(x, 16)
    const ax0 = magnitudes(x0)
    const ax1 = magnitudes(x1)
    peak = i32x4.max_s(peak, i32x4.max_s(ax0, ax1))
    const scaled0 = magnitudes(f32x4.mul(x0, v128.load32_splat(codec.SCALE)))
    const scaled1 = magnitudes(f32x4.mul(x1, v128.load32_splat(codec.SCALE)))
    const a0 = extended(scaled0)
    const a1 = extended(scaled1)
    const steps0 = stepsOf(scaled0)
    const steps1 = stepsOf(scaled1)
    const code0 = isNearest ? nearestFour(a0, steps0, shift) : randomFour(a0, steps0, v128.load(words), shift)
    const code1 = isNearest ? nearestFour(a1, steps1, shift) : randomFour(a1, steps1, v128.load(words, 16), shift)
    const over0 = overflows(a0, code0, shift)
    const over1 = overflows(a1, code1, shift)
    overs = i32x4.add(overs, i32x4.add(counted(over0, ax0), counted(over1, ax1)))
    unders = i32x4.add(unders, i32x4.add(vanished(code0, ax0), vanished(code1, ax1)))
    const pairs = i16x8.narrow_i32x4_s(withSpecials(code0, over0, x0, ax0), withSpecials(code1, over1, x1, ax1))
    v128.store64_lane(to, i8x16.narrow_i16x8_u(pairs, pairs), 0)
  }
  addCounts(-sumI32(overs), -sumI32(unders))
  return maxI32(peak) > INF_BITS
}

export function generalNearestTile(x: usize, n: i32, to: usize): bool {
  return general(true, x, n, to, 0, 0)
}

/** @param step - bytes from the words of 16 elements to those of the next: 64, or 0 for words that do not vary */
export function generalRandomTile(x: usize, n: i32, to: usize, words: usize, step: usize): bool {
  return general(false, x, n, to, words, step >> 1)
}
