/** exp and ln of f64: the bits of packages/runtime/src/special.ts; see native/common-rs/src/math/double.rs. */
import {
  F64,
  F64_EXP_MAX,
  F64_EXP_MIN,
  F64_EXP_TAYLOR3,
  F64_EXP_TAYLOR4,
  F64_EXP_TAYLOR5,
  F64_EXP_TAYLOR6,
  F64_EXP_TAYLOR7,
  F64_EXP_TAYLOR8,
  F64_EXP_TAYLOR9,
  F64_EXP_TAYLOR10,
  F64_EXP_TAYLOR11,
  F64_EXP_TAYLOR12,
  F64_EXP_TAYLOR13,
  F64_INVERSE_LN2,
  F64_LN2_HIGH,
  F64_LN2_LOW,
  F64_LOG_ODD3,
  F64_LOG_ODD5,
  F64_LOG_ODD7,
  F64_LOG_ODD9,
  F64_LOG_ODD11,
  F64_LOG_ODD13,
  F64_LOG_ODD15,
  F64_LOG_ODD17,
  F64_LOG_ODD19,
  F64_LOG_ODD21,
  F64_LOG_ODD23,
} from './math-constants'

/** 1.5 · 2^52: adding it rounds to an integer. */
const TO_INTEGER: f64 = 6755399441055744

// @ts-ignore: decorator
@inline
function c(index: i32): f64 {
  return load<f64>(F64 + (index << 3))
}

// @ts-ignore: decorator
@inline
function nan64(): f64 {
  return reinterpret<f64>(0x7ff8000000000000)
}

/** 2^k for −1022 ≤ k ≤ 1023. */
// @ts-ignore: decorator
@inline
function powerOfTwo64(k: i64): f64 {
  return reinterpret<f64>((k + 1023) << 52)
}

/** e^x. */
export function exp64(x: f64): f64 {
  if (x != x) return nan64()
  if (x > c(F64_EXP_MAX)) return Infinity
  if (x < c(F64_EXP_MIN)) return 0
  const whole = x * c(F64_INVERSE_LN2) + TO_INTEGER - TO_INTEGER
  const r = x - whole * c(F64_LN2_HIGH) - whole * c(F64_LN2_LOW)
  const s = r * r
  let even = s * c(F64_EXP_TAYLOR12) + c(F64_EXP_TAYLOR10)
  even = even * s + c(F64_EXP_TAYLOR8)
  even = even * s + c(F64_EXP_TAYLOR6)
  even = even * s + c(F64_EXP_TAYLOR4)
  even = even * s + 0.5
  let odd = s * c(F64_EXP_TAYLOR13) + c(F64_EXP_TAYLOR11)
  odd = odd * s + c(F64_EXP_TAYLOR9)
  odd = odd * s + c(F64_EXP_TAYLOR7)
  odd = odd * s + c(F64_EXP_TAYLOR5)
  odd = odd * s + c(F64_EXP_TAYLOR3)
  const p = 1 + (r + (s * even + odd * (s * r)))
  const k = <i64>whole
  // In two steps where 2^k alone is too large or too small; both are exact, or the last one rounds.
  const near = k > 1023 ? 1023 : k < -1022 ? k + 60 : k
  return near == k ? p * powerOfTwo64(k) : p * powerOfTwo64(near) * powerOfTwo64(k - near)
}

/** ln m for √½ ≤ m < √2. */
// @ts-ignore: decorator
@inline
function logOfMantissa(m: f64): f64 {
  const f = m - 1
  const s = f / (2 + f)
  const w = s * s
  const v = w * w
  let even = v * c(F64_LOG_ODD21) + c(F64_LOG_ODD17)
  even = even * v + c(F64_LOG_ODD13)
  even = even * v + c(F64_LOG_ODD9)
  even = even * v + c(F64_LOG_ODD5)
  let odd = v * c(F64_LOG_ODD23) + c(F64_LOG_ODD19)
  odd = odd * v + c(F64_LOG_ODD15)
  odd = odd * v + c(F64_LOG_ODD11)
  odd = odd * v + c(F64_LOG_ODD7)
  odd = odd * v + c(F64_LOG_ODD3)
  return 2 * s + 2 * s * (even * v + w * odd)
}

/** ln x; −Infinity at 0, NaN below. */
export function log64(x: f64): f64 {
  if (x == 0) return -Infinity
  if (x < 0 || x != x) return nan64()
  if (x == Infinity) return x
  const tiny = x < 2.2250738585072014e-308
  const bits = reinterpret<u64>(tiny ? x * 18014398509481984 : x)
  const high = <u32>(bits >> 32)
  const mantissa = high & 0x000fffff
  // 2^20 − 0x95f64 are the upper mantissa bits of √2: from there on the sum carries, and m is halved.
  const up = (mantissa + 0x00095f64) & 0x00100000
  const k = <f64>(<i32>(high >> 20) - 1023 + <i32>(up >> 20) - (tiny ? 54 : 0))
  const m = reinterpret<f64>(((<u64>(mantissa | (up ^ 0x3ff00000))) << 32) | (bits & 0xffffffff))
  return k * c(F64_LN2_HIGH) + (logOfMantissa(m) + k * c(F64_LN2_LOW))
}
