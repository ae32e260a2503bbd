/**
 * The loops for ordinary formats of 1 to 4 mantissa bits (`isFast` in codec.ts): clamp, round, narrow,
 * without a branch. Forms of rounding: see rounding.ts.
 */
import { magnitudes, MAX_BITS, maxI32 } from '../../common/assembly/lanes'
import * as codec from './codec'
import { complement, MAGIC, MAGIC_BITS } from './rounding'

const EXPONENT: i32 = 0x7f800000

/** Low byte of four codes to the nearest value, but for the format's constant that `nearest` subtracts. */
// @ts-ignore: decorator
@inline
function nearestFour(m: i32, a: v128, clamp: v128, normalFrom: v128): v128 {
  const clamped = i32x4.min_s(a, clamp)
  const power = i32x4.max_s(v128.and(clamped, i32x4.splat(EXPONENT)), normalFrom)
  const sum = f32x4.add(clamped, i32x4.add(power, i32x4.splat((23 - m) << 23)))
  return v128.and(i32x4.add(sum, i32x4.shr_u(power, 23 - m)), i32x4.splat(0xff))
}

/** Low bytes of sixteen i32, each at most 255. */
// @ts-ignore: decorator
@inline
function bytesOf(c0: v128, c1: v128, c2: v128, c3: v128): v128 {
  return i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(c0, c1), i16x8.narrow_i32x4_s(c2, c3))
}

/** Bytes of which only the top bits matter: the signs of sixteen f32. */
// @ts-ignore: decorator
@inline
function signsOf(x0: v128, x1: v128, x2: v128, x3: v128): v128 {
  return i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(x0, x1), i16x8.narrow_i32x4_s(x2, x3))
}

/** Round to nearest even for formats with m mantissa bits. Returns the largest |x·scale| bits. */
// @ts-ignore: decorator
@inline
function nearest(m: i32, x: usize, n: i32, to: usize): i32 {
  const scale = v128.load32_splat(codec.SCALE)
  const clamp = v128.load32_splat(codec.CLAMP)
  const normalFrom = v128.load32_splat(codec.NORMAL_FROM)
  const offset = i8x16.splat(<i8>(load<i32>(codec.NORMAL_FROM) >>> (23 - m)))
  const signBit = i8x16.splat(<i8>load<i32>(codec.SIGN_BIT))
  let peak = i32x4.splat(0)
  for (const end = to + n; to < end; to += 16) {
    const x0 = v128.load(x)
    const x1 = v128.load(x, 16)
    const x2 = v128.load(x, 32)
    const x3 = v128.load(x, 48)
    const a0 = magnitudes(f32x4.mul(x0, scale))
    const a1 = magnitudes(f32x4.mul(x1, scale))
    const a2 = magnitudes(f32x4.mul(x2, scale))
    const a3 = magnitudes(f32x4.mul(x3, scale))
    peak = i32x4.max_s(peak, i32x4.max_s(i32x4.max_s(a0, a1), i32x4.max_s(a2, a3)))
    const codes = bytesOf(
      nearestFour(m, a0, clamp, normalFrom),
      nearestFour(m, a1, clamp, normalFrom),
      nearestFour(m, a2, clamp, normalFrom),
      nearestFour(m, a3, clamp, normalFrom),
    )
    const signs = i8x16.shr_s(signsOf(x0, x1, x2, x3), 7)
    v128.store(to, v128.or(i8x16.sub(codes, offset), v128.and(signs, signBit)))
    x += 64
  }
  return maxI32(peak)
}

/** Low byte of four codes rounded by the words w; a <= the clamp. */
// @ts-ignore: decorator
@inline
function randomFour(m: i32, a: v128, w: v128, perStep: v128, base: v128): v128 {
  const normal = i32x4.sub(i32x4.shr_u(i32x4.add(a, i32x4.shr_u(w, 9 + m)), 23 - m), base)
  const value = f32x4.pmin(f32x4.mul(a, perStep), f32x4.splat(<f32>(1 << m)))
  const whole = f32x4.floor(value)
  // floor(value + r) is one more when the fraction reaches 1 − r, which is exact in f32.
  const up = f32x4.ge(f32x4.sub(value, whole), complement(w))
  const subnormal = i32x4.sub(f32x4.add(whole, f32x4.splat(MAGIC)), up)
  return v128.and(i32x4.max_s(normal, subnormal), i32x4.splat(0xff))
}

/** Rounds by words for formats with m mantissa bits. Returns the largest |x·scale| bits. */
// @ts-ignore: decorator
@inline
function random(m: i32, x: usize, n: i32, to: usize, words: usize, step: usize): i32 {
  const scale = v128.load32_splat(codec.SCALE)
  const clamp = v128.load32_splat(codec.CLAMP)
  const perStep = v128.load32_splat(codec.PER_STEP)
  const base = i32x4.sub(v128.load32_splat(codec.BASE), i32x4.splat(MAGIC_BITS))
  const signBit = i32x4.splat(load<i32>(codec.SIGN_BIT))
  let peak = i32x4.splat(0)
  for (const end = to + n; to < end; to += 4) {
    const x0 = v128.load(x)
    const a0 = magnitudes(f32x4.mul(x0, scale))
    peak = i32x4.max_s(peak, a0)
    const code = randomFour(m, i32x4.min_s(a0, clamp), v128.load(words), perStep, base)
    const signed = v128.or(code, v128.and(i32x4.shr_s(x0, 31), signBit))
    const pairs = i16x8.narrow_i32x4_s(signed, signed)
    store<i32>(to, i32x4.extract_lane(i8x16.narrow_i16x8_u(pairs, pairs), 0))
    x += 16
    words += step
  }
  return maxI32(peak)
}

// One loop per mantissa width, all in one function: apart, the optimizer merges them again.

function nearestTile(m: i32, x: usize, n: i32, to: usize): i32 {
  if (m === 1) return nearest(1, x, n, to)
  if (m === 2) return nearest(2, x, n, to)
  if (m === 3) return nearest(3, x, n, to)
  return nearest(4, x, n, to)
}

function randomTile(m: i32, x: usize, n: i32, to: usize, words: usize, step: usize): i32 {
  if (m === 1) return random(1, x, n, to, words, step)
  if (m === 2) return random(2, x, n, to, words, step)
  if (m === 3) return random(3, x, n, to, words, step)
  return random(4, x, n, to, words, step)
}

/** Codes a tile by the fast loop. Returns false when its result does not count: something is not finite. */
export function fastTile(x: usize, n: i32, to: usize, words: usize, step: usize): bool {
  const m = load<i32>(codec.MANTISSA_BITS)
  const isNearest = load<i32>(codec.ROUND) === codec.RNE
  return (isNearest ? nearestTile(m, x, n, to) : randomTile(m, x, n, to, words, step)) <= MAX_BITS
}
