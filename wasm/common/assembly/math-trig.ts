/** Sine and cosine of f32, error ≤ 1.6 ulp, NaN where x isn't finite; see native/common-rs/src/math/trig.rs. */
import { canonical, select, splat } from './lanes'
import {
  F32,
  F32_COS_C0,
  F32_COS_C1,
  F32_COS_C2,
  F32_HALF_PI_HIGH,
  F32_HALF_PI_LOW,
  F32_HALF_PI_MIDDLE,
  F32_INVERSE_HALF_PI,
  F32_SIN_S0,
  F32_SIN_S1,
  F32_SIN_S2,
  F32_TRIG_LIMIT,
  TWO_OVER_PI,
} from './math-constants'

/** 1.5 · 2^23, the sign, 1, ½; the names are indices. */
const MISC: usize = memory.data<u32>([0x4b400000, 0x80000000, 0x3f800000, 0x3f000000], 16)
const TO_INTEGER = 0
const SIGN = 1
const ONE = 2
const HALF = 3

/** (r, k) with x = k π/2 + r, in four lanes each; of k the lowest two bits count. */
const REDUCED: usize = memory.data(48, 16)

// @ts-ignore: decorator
@inline
function c(index: i32): f32 {
  return load<f32>(F32 + (index << 2))
}

/** Leaves r at `REDUCED`, returns k: in integers, of any x (Payne and Hanek). */
function reduceLarge(x: f32, r: usize): u32 {
  const bits = reinterpret<u32>(x) & 0x7fffffff
  if (bits >= 0x7f800000) {
    store<f32>(r, NaN)
    return 0
  }
  const mantissa: u64 = (bits & 0x007fffff) | 0x00800000
  const first = (bits >> 23) - 120
  const at = TWO_OVER_PI + ((first >> 5) << 2)
  const shift: u64 = first & 31
  const w0 = ((((<u64>load<u32>(at)) << 32) | load<u32>(at, 4)) << shift) >> 32
  const w1 = ((((<u64>load<u32>(at, 4)) << 32) | load<u32>(at, 8)) << shift) >> 32
  const w2 = ((((<u64>load<u32>(at, 8)) << 32) | load<u32>(at, 12)) << shift) >> 32
  // Turns of 2π in units of 2^−64.
  const turns = ((mantissa * w0) << 32) + mantissa * w1 + ((mantissa * w2) >> 32)
  const k = <u32>((turns + (<u64>1 << 61)) >> 62)
  const rest = <i64>(turns - ((<u64>k) << 62))
  const value = <f32>(<f64>rest * (1.5707963267948966 / 4611686018427387904.0))
  store<f32>(r, x < 0 ? -value : value)
  return x < 0 ? 0 - k : k
}

/** Leaves r at `REDUCED`, returns k. */
// @ts-ignore: decorator
@inline
function reduce(x: f32): u32 {
  const limit = c(F32_TRIG_LIMIT)
  if (!(-limit < x && x < limit)) return reduceLarge(x, REDUCED)
  const shifted = x * c(F32_INVERSE_HALF_PI) + <f32>12582912
  const k = shifted - <f32>12582912
  const near = x - k * c(F32_HALF_PI_HIGH)
  const middle = k * c(F32_HALF_PI_MIDDLE)
  const high = near - middle
  store<f32>(REDUCED, high + (near - high - middle - k * c(F32_HALF_PI_LOW)))
  return reinterpret<u32>(shifted)
}

/** sin of k π/2 + r: for the cosine, k + 1. */
// @ts-ignore: decorator
@inline
function sinTurned(r: f32, k: u32): f32 {
  let value: u32
  if ((k & 1) == 0) {
    const negative = reinterpret<u32>(r) & 0x80000000
    const a = reinterpret<f32>(reinterpret<u32>(r) ^ negative)
    const z = a * a
    const s = c(F32_SIN_S0) + z * (c(F32_SIN_S1) + z * c(F32_SIN_S2))
    value = reinterpret<u32>(a + a * z * s) ^ negative
  } else {
    const z = r * r
    const p = c(F32_COS_C0) + z * (c(F32_COS_C1) + z * c(F32_COS_C2))
    const half = <f32>0.5 * z
    const w = <f32>1 - half
    value = reinterpret<u32>(w + (<f32>1 - w - half + z * z * p))
  }
  const result = reinterpret<f32>(value ^ ((k & 2) << 30))
  return result != result ? reinterpret<f32>(0x7fc00000) : result
}

/** sin x of one number. */
export function sinF32(x: f32): f32 {
  const k = reduce(x)
  return sinTurned(load<f32>(REDUCED), k)
}

/** cos x of one number. */
export function cosF32(x: f32): f32 {
  const k = reduce(x)
  return sinTurned(load<f32>(REDUCED), k + 1)
}

/** Leaves r at `REDUCED`, returns k, for the lanes that are too large for `sinx4`. */
function reduceLargeX4(x: v128, near: v128, k: v128, within: v128): v128 {
  v128.store(REDUCED, near)
  v128.store(REDUCED, k, 16)
  v128.store(REDUCED, x, 32)
  const inside = i32x4.bitmask(within)
  for (let i = 0; i < 4; i++) {
    const at = REDUCED + (i << 2)
    if (((inside >> i) & 1) == 0) store<u32>(at, reduceLarge(load<f32>(at, 32), at), 16)
  }
  return v128.load(REDUCED, 16)
}

/** sin(x + turn π/2). */
// @ts-ignore: decorator
@inline
function sinx4(x: v128, turn: i32): v128 {
  const shifted = f32x4.add(f32x4.mul(x, splat(F32, F32_INVERSE_HALF_PI)), splat(MISC, TO_INTEGER))
  const whole = f32x4.sub(shifted, splat(MISC, TO_INTEGER))
  const near = f32x4.sub(x, f32x4.mul(whole, splat(F32, F32_HALF_PI_HIGH)))
  const middle = f32x4.mul(whole, splat(F32, F32_HALF_PI_MIDDLE))
  const high = f32x4.sub(near, middle)
  const rest = f32x4.sub(f32x4.sub(near, high), middle)
  let r = f32x4.add(high, f32x4.sub(rest, f32x4.mul(whole, splat(F32, F32_HALF_PI_LOW))))
  let k = shifted
  const within = f32x4.lt(f32x4.abs(x), splat(F32, F32_TRIG_LIMIT))
  if (!i32x4.all_true(within)) {
    k = reduceLargeX4(x, r, k, within)
    r = v128.load(REDUCED)
  }
  k = i32x4.add(k, i32x4.splat(turn))
  const negative = v128.and(r, splat(MISC, SIGN))
  const a = v128.xor(r, negative)
  const z = f32x4.mul(a, a)
  const s = f32x4.add(
    splat(F32, F32_SIN_S0),
    f32x4.mul(z, f32x4.add(splat(F32, F32_SIN_S1), f32x4.mul(z, splat(F32, F32_SIN_S2)))),
  )
  const sine = v128.xor(f32x4.add(a, f32x4.mul(f32x4.mul(a, z), s)), negative)
  const p = f32x4.add(
    splat(F32, F32_COS_C0),
    f32x4.mul(z, f32x4.add(splat(F32, F32_COS_C1), f32x4.mul(z, splat(F32, F32_COS_C2)))),
  )
  const one = splat(MISC, ONE)
  const half = f32x4.mul(splat(MISC, HALF), z)
  const w = f32x4.sub(one, half)
  const lost = f32x4.add(f32x4.sub(f32x4.sub(one, w), half), f32x4.mul(f32x4.mul(z, z), p))
  // The lowest bit of k spread over the lane.
  const odd = i32x4.shr_s(i32x4.shl(k, 31), 31)
  const sign = i32x4.shl(v128.and(k, i32x4.splat(2)), 30)
  return canonical(v128.xor(select(odd, f32x4.add(w, lost), sine), sign))
}

/** sin x. */
// @ts-ignore: decorator
@inline
export function sinF32x4(x: v128): v128 {
  return sinx4(x, 0)
}

/** cos x. */
// @ts-ignore: decorator
@inline
export function cosF32x4(x: v128): v128 {
  return sinx4(x, 1)
}
