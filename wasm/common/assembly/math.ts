/**
 * Elementary functions of exact code: the bits of native/common/math32.h and native/common-rs/src/math.rs, where the
 * equations stand. Nothing but + − × ÷ √ and bit operations. Vector functions have the suffix x4; both forms of a
 * function give the same bits. NaN gives 0x7fc00000.
 */
import { canonical, select, splat } from './lanes'
import {
  F32,
  F32_EXP_MAX,
  F32_EXP_MIN,
  F32_EXP_Q0,
  F32_EXP_Q1,
  F32_EXP_Q2,
  F32_EXP_Q3,
  F32_EXP_Q4,
  F32_INVERSE_LN2,
  F32_LN2_HIGH,
  F32_LN2_LOW,
  F32_LOG_R0,
  F32_LOG_R1,
  F32_LOG_R2,
  F32_TANH_LARGE,
  F32_TANH_P0,
  F32_TANH_P1,
  F32_TANH_P2,
  F32_TANH_P3,
  F32_TANH_P4,
  F32_TANH_SMALL,
} from './math-constants'

export { exp64, log64 } from './math-double'
export { cosF32, cosF32x4, sinF32, sinF32x4 } from './math-trig'
export { normalPair, normals } from './math-normal'

/** Constants that only bit tricks need; the names are indices. */
const MISC: usize = memory.data<u32>(
  [
    0x4b400000, // 1.5 · 2^23: adding it rounds to an integer, which then lies in the low bits
    0x4b3fff02, // its bits, less 254
    0x3f800000, // 1
    0x40000000, // 2
    0x3f000000, // ½
    0x80000000, // the sign
    0x00800000, // 2^−126
    0x4b000000, // 2^23
    0x3f3504f3, // √½
    0x004afb0d, // the bits of 1 less those of √½
    0x007fffff, // the mantissa
    0x42fe0000, // 127
    0x43160000, // 150
    0x7f800000, // Infinity
    0xff800000, // −Infinity
    0x7fc00000, // NaN
  ],
  16,
)
const TO_INTEGER = 0
const INTEGER_ORIGIN = 1
const ONE = 2
const TWO = 3
const HALF = 4
const SIGN = 5
const SMALLEST = 6
const TWO23 = 7
const SQRT_HALF = 8
const ONE_ABOVE = 9
const MANTISSA = 10
const BIAS = 11
const BIAS_TINY = 12
const INFINITE = 13
const MINUS_INFINITE = 14
const NOT_NUMBER = 15

// @ts-ignore: decorator
@inline
function c(index: i32): f32 {
  return load<f32>(F32 + (index << 2))
}

/** canonical() of a number. */
// @ts-ignore: decorator
@inline
export function canonicalF32(v: f32): f32 {
  return v != v ? reinterpret<f32>(0x7fc00000) : v
}

/** e^x, error ≤ 1 ulp; 0 below −104, Infinity above 88.72. */
// @ts-ignore: decorator
@inline
export function expF32x4(x: v128): v128 {
  // pmin and pmax keep a NaN in front.
  const y = f32x4.pmin(f32x4.pmax(x, splat(F32, F32_EXP_MIN)), splat(F32, F32_EXP_MAX))
  const shifted = f32x4.add(f32x4.mul(y, splat(F32, F32_INVERSE_LN2)), splat(MISC, TO_INTEGER))
  const k = f32x4.sub(shifted, splat(MISC, TO_INTEGER))
  const near = f32x4.sub(y, f32x4.mul(k, splat(F32, F32_LN2_HIGH)))
  const r = f32x4.sub(near, f32x4.mul(k, splat(F32, F32_LN2_LOW)))
  let q = f32x4.add(f32x4.mul(splat(F32, F32_EXP_Q4), r), splat(F32, F32_EXP_Q3))
  q = f32x4.add(f32x4.mul(q, r), splat(F32, F32_EXP_Q2))
  q = f32x4.add(f32x4.mul(q, r), splat(F32, F32_EXP_Q1))
  q = f32x4.add(f32x4.mul(q, r), splat(F32, F32_EXP_Q0))
  const one = splat(MISC, ONE)
  const p = f32x4.add(one, f32x4.add(r, f32x4.mul(f32x4.mul(r, r), q)))
  // k + 254, halved, rounded down and up: the biased exponents of two powers whose product is 2^k.
  const n = i32x4.sub(shifted, splat(MISC, INTEGER_ORIGIN))
  const first = i32x4.shr_u(n, 1)
  return canonical(f32x4.mul(f32x4.mul(p, i32x4.shl(first, 23)), i32x4.shl(i32x4.sub(n, first), 23)))
}

/** e^x of one number. */
export function expF32(x: f32): f32 {
  let y = x < c(F32_EXP_MIN) ? c(F32_EXP_MIN) : x
  y = c(F32_EXP_MAX) < y ? c(F32_EXP_MAX) : y
  const shifted = y * c(F32_INVERSE_LN2) + <f32>12582912
  const k = shifted - <f32>12582912
  const r = y - k * c(F32_LN2_HIGH) - k * c(F32_LN2_LOW)
  let q = c(F32_EXP_Q4) * r + c(F32_EXP_Q3)
  q = q * r + c(F32_EXP_Q2)
  q = q * r + c(F32_EXP_Q1)
  q = q * r + c(F32_EXP_Q0)
  const p: f32 = 1 + (r + r * r * q)
  const n = reinterpret<u32>(shifted) - 0x4b3fff02
  const first = n >> 1
  return canonicalF32(p * reinterpret<f32>(first << 23) * reinterpret<f32>((n - first) << 23))
}

/** ln x, error ≤ 0.85 ulp; −Infinity at ±0, NaN below. */
// @ts-ignore: decorator
@inline
export function logF32x4(x: v128): v128 {
  const tiny = f32x4.lt(x, splat(MISC, SMALLEST))
  const normal = select(tiny, f32x4.mul(x, splat(MISC, TWO23)), x)
  const bits = i32x4.add(normal, splat(MISC, ONE_ABOVE))
  const bias = select(tiny, splat(MISC, BIAS_TINY), splat(MISC, BIAS))
  const k = f32x4.sub(f32x4.convert_i32x4_s(i32x4.shr_u(bits, 23)), bias)
  const m = i32x4.add(v128.and(bits, splat(MISC, MANTISSA)), splat(MISC, SQRT_HALF))
  const f = f32x4.sub(m, splat(MISC, ONE))
  const s = f32x4.div(f, f32x4.add(splat(MISC, TWO), f))
  const z = f32x4.mul(s, s)
  const inner = f32x4.add(splat(F32, F32_LOG_R1), f32x4.mul(z, splat(F32, F32_LOG_R2)))
  const r = f32x4.mul(z, f32x4.add(splat(F32, F32_LOG_R0), f32x4.mul(z, inner)))
  const half = f32x4.mul(f32x4.mul(splat(MISC, HALF), f), f)
  const low = f32x4.add(f32x4.mul(s, f32x4.add(half, r)), f32x4.mul(k, splat(F32, F32_LN2_LOW)))
  const finite = f32x4.sub(f32x4.mul(k, splat(F32, F32_LN2_HIGH)), f32x4.sub(f32x4.sub(half, low), f))
  const zero = f32x4.splat(0)
  const outside = select(f32x4.lt(x, zero), splat(MISC, NOT_NUMBER), splat(MISC, MINUS_INFINITE))
  const result = select(f32x4.le(x, zero), outside, finite)
  return canonical(select(f32x4.lt(x, splat(MISC, INFINITE)), result, x))
}

/** ln x of one number. */
export function logF32(x: f32): f32 {
  if (x <= 0) return x < 0 ? reinterpret<f32>(0x7fc00000) : -Infinity
  if (!(x < Infinity)) return canonicalF32(x)
  const tiny = x < reinterpret<f32>(0x00800000)
  const normal = tiny ? x * <f32>8388608 : x
  const bits = reinterpret<u32>(normal) + 0x004afb0d
  const k = <f32>(bits >> 23) - (tiny ? <f32>150 : <f32>127)
  const f = reinterpret<f32>((bits & 0x007fffff) + 0x3f3504f3) - <f32>1
  const s = f / (<f32>2 + f)
  const z = s * s
  const r = z * (c(F32_LOG_R0) + z * (c(F32_LOG_R1) + z * c(F32_LOG_R2)))
  const half = <f32>0.5 * f * f
  const low = s * (half + r) + k * c(F32_LN2_LOW)
  return k * c(F32_LN2_HIGH) - (half - low - f)
}

/** tanh x, error ≤ 1.35 ulp. */
// @ts-ignore: decorator
@inline
export function tanhF32x4(x: v128): v128 {
  const sign = v128.and(x, splat(MISC, SIGN))
  const a = v128.xor(x, sign)
  const z = f32x4.mul(a, a)
  let p = f32x4.add(f32x4.mul(splat(F32, F32_TANH_P4), z), splat(F32, F32_TANH_P3))
  p = f32x4.add(f32x4.mul(p, z), splat(F32, F32_TANH_P2))
  p = f32x4.add(f32x4.mul(p, z), splat(F32, F32_TANH_P1))
  p = f32x4.add(f32x4.mul(p, z), splat(F32, F32_TANH_P0))
  const near = f32x4.add(a, f32x4.mul(f32x4.mul(a, z), p))
  const bounded = f32x4.pmin(a, splat(F32, F32_TANH_LARGE))
  const e = expF32x4(f32x4.add(bounded, bounded))
  const one = splat(MISC, ONE)
  const far = f32x4.sub(one, f32x4.div(splat(MISC, TWO), f32x4.add(e, one)))
  return canonical(v128.xor(select(f32x4.lt(a, splat(F32, F32_TANH_SMALL)), near, far), sign))
}

/** tanh x of one number. */
export function tanhF32(x: f32): f32 {
  const sign = reinterpret<u32>(x) & 0x80000000
  const a = reinterpret<f32>(reinterpret<u32>(x) ^ sign)
  let magnitude: f32
  if (a < c(F32_TANH_SMALL)) {
    const z = a * a
    let p = c(F32_TANH_P4) * z + c(F32_TANH_P3)
    p = p * z + c(F32_TANH_P2)
    p = p * z + c(F32_TANH_P1)
    p = p * z + c(F32_TANH_P0)
    magnitude = a + a * z * p
  } else {
    const bounded = c(F32_TANH_LARGE) < a ? c(F32_TANH_LARGE) : a
    magnitude = <f32>1 - <f32>2 / (expF32(bounded + bounded) + <f32>1)
  }
  return canonicalF32(reinterpret<f32>(reinterpret<u32>(magnitude) ^ sign))
}

/** 1 / (1 + e^−x), error ≤ 2.45 ulp. */
// @ts-ignore: decorator
@inline
export function sigmoidF32x4(x: v128): v128 {
  const e = expF32x4(v128.or(x, splat(MISC, SIGN)))
  const one = splat(MISC, ONE)
  return canonical(f32x4.div(select(f32x4.lt(x, f32x4.splat(0)), e, one), f32x4.add(one, e)))
}

/** 1 / (1 + e^−x) of one number. */
export function sigmoidF32(x: f32): f32 {
  const e = expF32(reinterpret<f32>(reinterpret<u32>(x) | 0x80000000))
  return canonicalF32((x < 0 ? e : <f32>1) / (<f32>1 + e))
}
