/**
 * The constants that coding to one format takes, worked out once per call from the table's
 * `codec` array, and read by the loops of `quantize.ts`.
 *
 * A format has m mantissa bits; sh = 23 − m. The f32 with bits a codes to
 *   normal     ((a + rounding) >>> sh) − base,      base = (127 − bias) << m
 *   subnormal  round(value / step),                 step = 2^(1 − bias − m)
 * and a is subnormal in the format below (128 − bias) << 23.
 */
import { INF_BITS, MAX_BITS, powerOfTwo } from '../../common/assembly/lanes'
import { MAGIC_BITS } from './rounding'

// The `codec` array.
const BITS = 0
const EXP_BITS = 4
const MAN_BITS = 8
const BIAS = 12
const SPECIAL = 16
const ROUNDING = 20
const OVERFLOW = 24
const NAN = 28
const COUNT = 32
const COMPAT = 36

const IEEE = 0
const FN = 1
const FNUZ = 2
const E8M0 = 4

export const RNE = 0
export const SR = 1
// 2 truncates, and needs no name.
export const RNA = 3

const SATURATE = 0
export const NON_SATURATING = 2
const NAN_THROWS = 0
const NAN_AS_MAX = 2

/** Which loop codes: any format, or those without a branch for one mantissa width. */
export const GENERAL = 0
export const FAST = 1
export const SCALE_FORMAT = 2

const C: usize = memory.data(128, 16)

// Addresses of the constants, each 4 bytes.
export const KIND: usize = C
export const ROUND: usize = C + 4
/** f32: what x is multiplied by first. */
export const SCALE: usize = C + 8
export const SHIFT: usize = C + 12
export const BASE: usize = C + 16
export const MANTISSA_BITS: usize = C + 20
/** First magnitude that is normal in the format. */
export const NORMAL_FROM: usize = C + 24
export const SIGN_BIT: usize = C + 28
export const MAX_CODE: usize = C + 32
/** Magnitudes coded for: a finite value above the largest; an infinity. */
export const OVERFLOW_CODE: usize = C + 36
export const INF_CODE: usize = C + 40
/** A NaN is coded as this, xor its sign bit under the mask. */
export const NAN_CODE: usize = C + 44
export const NAN_SIGN: usize = C + 48
/** −1 where code 0 has no sign, else 0. */
export const UNSIGNED_ZERO: usize = C + 52
/** f32: a·this·that = a/step. Two factors because one may leave the range of f32. */
export const PER_STEP: usize = C + 56
export const PER_STEP_REST: usize = C + 60
/** Bits that a fast loop clamps magnitudes to: they code to OVERFLOW_CODE. */
export const CLAMP: usize = C + 64
export const IS_SATURATING: usize = C + 68
const STORED_BITS: usize = C + 72
/** f32: 2^m, the first normal code. */
export const FIRST_NORMAL: usize = C + 80
/** (23 − m) << 23: added to a power of two it gives the number whose ulp is the format's. */
export const RISE: usize = C + 84
/** BASE − MAGIC_BITS of rounding.ts. */
export const MAGIC_BASE: usize = C + 88
/** Half an ulp, less one. */
export const HALF: usize = C + 92
/** −1 where the rounding may carry a value over the largest, else 0. */
export const ROUNDS_OVER: usize = C + 96
/** Bits of the largest |x| that counts when it overflows. */
export const COUNTED_TO: usize = C + 100
const COUNTS: usize = C + 76
const THROWS: usize = C + 104

/** Whether the rounding draws random words. */
// @ts-ignore: decorator
@inline
export function isStochastic(): bool {
  return load<i32>(ROUND) === SR
}

/** Whether overflows and underflows are asked for. */
// @ts-ignore: decorator
@inline
export function isCounting(): bool {
  return load<i32>(COUNTS) !== 0
}

/** Whether a NaN is an error. */
// @ts-ignore: decorator
@inline
export function throwsOnNan(): bool {
  return load<i32>(THROWS) !== 0
}

/** Bits of a code. */
// @ts-ignore: decorator
@inline
export function storedBits(): i32 {
  return load<i32>(STORED_BITS)
}

/** Exponent of the largest value. */
export function maxExponent(): i32 {
  const m = load<i32>(MANTISSA_BITS)
  return (load<i32>(MAX_CODE) >> m) - (127 - (load<i32>(BASE) >> m))
}

/** The largest value. */
export function maxValue(): f32 {
  const m = load<i32>(MANTISSA_BITS)
  return reinterpret<f32>(bitsOfCode(load<i32>(MAX_CODE), m, 127 - (load<i32>(BASE) >> m)))
}

/** Bits of the f32 that the magnitude `code` stands for, were all codes numbers. */
function bitsOfCode(code: i32, m: i32, bias: i32): i32 {
  const exponent = code >> m
  if (exponent > 0) return ((exponent + 127 - bias) << 23) + ((code & ((1 << m) - 1)) << (23 - m))
  return reinterpret<i32>(<f32>code * powerOfTwo(1 - bias - m))
}

/** The codes of everything that is not an ordinary number. */
function prepareSpecials(codec: usize): void {
  const e = load<i32>(codec, EXP_BITS)
  const m = load<i32>(codec, MAN_BITS)
  const special = load<i32>(codec, SPECIAL)
  const reference = special === IEEE && load<i32>(codec, COMPAT) !== 0
  // The released code that `compat` imitates recognizes neither Inf nor NaN: what overflows takes the
  // code after the largest, a NaN the largest pattern.
  const overflow = reference ? NON_SATURATING : load<i32>(codec, OVERFLOW)
  const signBit = 1 << (load<i32>(codec, BITS) - 1)
  const allOnes = signBit - 1
  const topExponent = ((1 << e) - 1) << m
  let maxCode = allOnes
  let inf = allOnes
  let nan = signBit
  let nanSign = -1
  if (special === IEEE) {
    maxCode = topExponent - 1
    inf = topExponent
    if (reference) nan = allOnes
    else if (m > 0) nan = topExponent | (1 << (m - 1))
  } else if (special === FN) {
    maxCode = allOnes - 1
    nan = allOnes
  } else if (special === FNUZ) {
    inf = signBit
    nanSign = 0
  }
  if (load<i32>(codec, NAN) === NAN_AS_MAX) {
    nan = maxCode
    nanSign = -1
  }
  store<i32>(SIGN_BIT, signBit)
  store<i32>(MAX_CODE, maxCode)
  store<i32>(OVERFLOW_CODE, overflow === NON_SATURATING ? inf : maxCode)
  store<i32>(INF_CODE, overflow === SATURATE ? maxCode : inf)
  store<i32>(COUNTED_TO, load<i32>(INF_CODE) === maxCode ? INF_BITS : MAX_BITS)
  store<i32>(NAN_CODE, nan)
  store<i32>(NAN_SIGN, nanSign)
  store<i32>(UNSIGNED_ZERO, special === FNUZ ? -1 : 0)
}

/** Whether the fast loop of the format's mantissa width gives the same codes as the general one. */
function isFast(codec: usize, rounding: i32): bool {
  const m = load<i32>(codec, MAN_BITS)
  const bias = load<i32>(codec, BIAS)
  const special = load<i32>(codec, SPECIAL)
  if (m < 1 || m > 4 || bias < -60 || bias > 60) return false
  if (special === FNUZ || load<i32>(codec, COUNT)) return false
  // Adding 2^(23 − m) times a magnitude's power of two must not leave the range of f32.
  if ((load<i32>(CLAMP) >>> 23) + 23 - m > 253) return false
  // Only round to nearest even sends everything above the largest value to the code after it.
  return rounding === RNE || load<i32>(OVERFLOW_CODE) === load<i32>(MAX_CODE)
}

/** Fills the constants for `codec`, for values multiplied by `scale` first. */
export function prepareCodec(codec: usize, scale: f64): void {
  const m = load<i32>(codec, MAN_BITS)
  const bias = load<i32>(codec, BIAS)
  const rounding = load<i32>(codec, ROUNDING)
  store<i32>(ROUND, rounding)
  store<f32>(SCALE, <f32>scale)
  store<i32>(STORED_BITS, load<i32>(codec, BITS))
  store<i32>(THROWS, load<i32>(codec, NAN) === NAN_THROWS ? 1 : 0)
  store<i32>(COUNTS, load<i32>(codec, COUNT))
  store<i32>(IS_SATURATING, load<i32>(codec, OVERFLOW) === NON_SATURATING ? 0 : 1)
  if (load<i32>(codec, SPECIAL) === E8M0) {
    store<i32>(KIND, SCALE_FORMAT)
    store<i32>(NAN_CODE, load<i32>(codec, NAN) === NAN_AS_MAX ? 0xfe : 0xff)
    return
  }
  store<i32>(SHIFT, 23 - m)
  store<i32>(BASE, (127 - bias) << m)
  store<i32>(MANTISSA_BITS, m)
  store<i32>(NORMAL_FROM, (128 - bias) << 23)
  store<f32>(FIRST_NORMAL, <f32>(1 << m))
  store<i32>(RISE, (23 - m) << 23)
  store<i32>(HALF, (1 << (22 - m)) - 1)
  store<i32>(ROUNDS_OVER, rounding === RNE || rounding === RNA ? -1 : 0)
  store<i32>(MAGIC_BASE, load<i32>(BASE) - MAGIC_BITS)
  prepareSpecials(codec)
  const perStep = bias + m - 1
  const part = min(perStep, 100)
  store<f32>(PER_STEP, powerOfTwo(part))
  store<f32>(PER_STEP_REST, powerOfTwo(perStep - part))
  store<i32>(CLAMP, bitsOfCode(load<i32>(OVERFLOW_CODE), m, bias))
  store<i32>(KIND, isFast(codec, rounding) ? FAST : GENERAL)
}
