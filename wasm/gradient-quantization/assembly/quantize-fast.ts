/**
 * The loops for ordinary formats of 1 to 4 mantissa bits (`isFast` in codec.ts): clamp, round, narrow,
 * without a branch. Forms of rounding: see rounding.ts.
 */
import { magnitudes, MAX_BITS, maxI32 } from '../../common/assembly/lanes'
import * as codec from './codec'
import { bytesOf, signsOf } from './narrow'
import { complement, exponentOf, lowByte, magic } from './rounding'

// A mantissa width as a type: offsetof<M3>() is the constant 3. Loops that took the width as an argument
// would be merged again by the optimizer, and shift by a variable.

// @ts-ignore: decorator
@unmanaged
class M1 {
  a: u8
}
// @ts-ignore: decorator
@unmanaged
class M2 extends M1 {
  b: u8
}
// @ts-ignore: decorator
@unmanaged
class M3 extends M2 {
  c: u8
}
// @ts-ignore: decorator
@unmanaged
class M4 extends M3 {
  d: u8
}

// @ts-ignore: decorator
@inline
function width<M>(): i32 {
  return <i32>offsetof<M>()
}

/** Low byte of four codes to the nearest value, but for the format's constant that `nearest` subtracts. */
// @ts-ignore: decorator
@inline
function nearestFour<M>(a: v128, clamp: v128, normalFrom: v128, rise: v128): v128 {
  const clamped = i32x4.min_s(a, clamp)
  const power = i32x4.max_s(exponentOf(clamped), normalFrom)
  const sum = f32x4.add(clamped, i32x4.add(power, rise))
  return lowByte(i32x4.add(sum, i32x4.shr_u(power, 23 - width<M>())))
}

/** Round to nearest even for formats with m mantissa bits. Returns the largest |x·scale| bits. */
// @ts-ignore: decorator
@inline
function nearest<M>(x: usize, n: i32, to: usize): i32 {
  const scale = v128.load32_splat(codec.SCALE)
  const clamp = v128.load32_splat(codec.CLAMP)
  const normalFrom = v128.load32_splat(codec.NORMAL_FROM)
  const rise = v128.load32_splat(codec.RISE)
  const offset = i8x16.splat(<i8>(load<i32>(codec.NORMAL_FROM) >>> (23 - width<M>())))
  const signBit = i8x16.splat(<i8>load<i32>(codec.SIGN_BIT))
  let peak = i32x4.splat(0)
  for (const end = to + n; to < end; to += 16, x += 64) {
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
      nearestFour<M>(a0, clamp, normalFrom, rise),
      nearestFour<M>(a1, clamp, normalFrom, rise),
      nearestFour<M>(a2, clamp, normalFrom, rise),
      nearestFour<M>(a3, clamp, normalFrom, rise),
    )
    v128.store(to, v128.or(i8x16.sub(codes, offset), signsOf(x0, x1, x2, x3, signBit)))
  }
  return maxI32(peak)
}

/** Low byte of four codes rounded by the words w. */
// @ts-ignore: decorator
@inline
function randomFour<M>(a: v128, w: v128): v128 {
  const clamped = i32x4.min_s(a, v128.load32_splat(codec.CLAMP))
  const sum = i32x4.add(clamped, i32x4.shr_u(w, 9 + width<M>()))
  const normal = i32x4.sub(i32x4.shr_u(sum, 23 - width<M>()), v128.load32_splat(codec.MAGIC_BASE))
  const steps = f32x4.mul(clamped, v128.load32_splat(codec.PER_STEP))
  const value = f32x4.pmin(steps, v128.load32_splat(codec.FIRST_NORMAL))
  const whole = f32x4.floor(value)
  // floor(value + r) is one more when the fraction reaches 1 − r.
  const up = f32x4.ge(f32x4.sub(value, whole), complement(w))
  const subnormal = i32x4.sub(f32x4.add(whole, magic()), up)
  return lowByte(i32x4.max_s(normal, subnormal))
}

/** Rounds by words for formats with m mantissa bits. Returns the largest |x·scale| bits. */
// @ts-ignore: decorator
@inline
function random<M>(x: usize, n: i32, to: usize, words: usize, step: usize): i32 {
  const scale = v128.load32_splat(codec.SCALE)
  const signBit = i8x16.splat(<i8>load<i32>(codec.SIGN_BIT))
  let peak = i32x4.splat(0)
  for (const end = to + n; to < end; to += 16, x += 64, words += step) {
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
      randomFour<M>(a0, v128.load(words)),
      randomFour<M>(a1, v128.load(words, 16)),
      randomFour<M>(a2, v128.load(words, 32)),
      randomFour<M>(a3, v128.load(words, 48)),
    )
    v128.store(to, v128.or(codes, signsOf(x0, x1, x2, x3, signBit)))
  }
  return maxI32(peak)
}

function nearestTile(m: i32, x: usize, n: i32, to: usize): i32 {
  if (m === 1) return nearest<M1>(x, n, to)
  if (m === 2) return nearest<M2>(x, n, to)
  if (m === 3) return nearest<M3>(x, n, to)
  return nearest<M4>(x, n, to)
}

function randomTile(m: i32, x: usize, n: i32, to: usize, words: usize, step: usize): i32 {
  if (m === 1) return random<M1>(x, n, to, words, step)
  if (m === 2) return random<M2>(x, n, to, words, step)
  if (m === 3) return random<M3>(x, n, to, words, step)
  return random<M4>(x, n, to, words, step)
}

/** Codes a tile by the fast loop. Returns false when its result does not count: something is not finite. */
export function fastTile(x: usize, n: i32, to: usize, words: usize, step: usize): bool {
  const m = load<i32>(codec.MANTISSA_BITS)
  const isNearest = load<i32>(codec.ROUND) === codec.RNE
  return (isNearest ? nearestTile(m, x, n, to) : randomTile(m, x, n, to, words, step)) <= MAX_BITS
}
