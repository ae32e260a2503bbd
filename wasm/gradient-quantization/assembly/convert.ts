import { INF_BITS, NAN_BITS, select } from '../../common/assembly/lanes'

const MAX_F64: f64 = 1.7976931348623157e308
const SIGN: i32 = 0x80000000
const BFLOAT16 = 1

/**
 * v rounded to odd: v itself where it is an f32, else the neighbor whose last bit is 1. From the
 * nearest f32 r: step back when |r| > |v|, then set the last bit. An overflow (r infinite) steps back to
 * the largest f32, which is odd; an underflow to 0 becomes 2^-149.
 */
function oddOf(x: f64, scale: f64): i32 {
  const v = x * scale
  const sign = <i32>(reinterpret<u64>(x) >> 32) & SIGN
  if (x !== x) return sign | NAN_BITS
  const r = <f32>v
  if (abs(x) > MAX_F64) return sign | INF_BITS
  if (abs(v) > MAX_F64) return sign | (INF_BITS - 1)
  if (<f64>r === v) return reinterpret<i32>(r)
  return (reinterpret<i32>(r) - <i32>(abs(<f64>r) > abs(v))) | 1
}

/** The even i32 lanes of two vectors of i64 masks. */
// @ts-ignore: decorator
@inline
function joined(low: v128, high: v128): v128 {
  return v128.shuffle<i32>(low, high, 0, 2, 4, 6)
}

/** x·scale, computed in f64, as f32 rounded to odd: coding the result rounds only once. */
export function narrow64(x: usize, n: i32, scale: f64, out: usize, outLength: i32, begin: f64, end: f64): i32 {
  const s = f64x2.splat(scale)
  const stop = out + (n << 2)
  for (const wide = out + ((n & ~3) << 2); out < wide; out += 16, x += 32) {
    const v0 = f64x2.mul(v128.load(x), s)
    const v1 = f64x2.mul(v128.load(x, 16), s)
    const a0 = f64x2.abs(v0)
    const a1 = f64x2.abs(v1)
    const finite = v128.and(f64x2.le(a0, f64x2.splat(MAX_F64)), f64x2.le(a1, f64x2.splat(MAX_F64)))
    if (!i64x2.all_true(finite)) {
      for (let i = 0; i < 4; i++) store<i32>(out + (i << 2), oddOf(load<f64>(x + (i << 3)), scale))
      continue
    }
    const r0 = f32x4.demote_f64x2_zero(v0)
    const r1 = f32x4.demote_f64x2_zero(v1)
    const back0 = f64x2.abs(f64x2.promote_low_f32x4(r0))
    const back1 = f64x2.abs(f64x2.promote_low_f32x4(r1))
    const beyond = joined(f64x2.gt(back0, a0), f64x2.gt(back1, a1))
    const inexact = joined(f64x2.ne(back0, a0), f64x2.ne(back1, a1))
    const odd = v128.or(i32x4.add(v128.shuffle<i64>(r0, r1, 0, 2), beyond), i32x4.splat(1))
    v128.store(out, select(inexact, odd, v128.shuffle<i64>(r0, r1, 0, 2)))
  }
  for (; out < stop; out += 4, x += 8) store<i32>(out, oddOf(load<f64>(x), scale))
  return 0
}

/** Replaces the lanes of a magnitude above infinity by a NaN with their sign. */
// @ts-ignore: decorator
@inline
function quiet(v: v128): v128 {
  const isNan = f32x4.ne(v, v)
  const nan = v128.or(v128.and(v, i32x4.splat(SIGN)), i32x4.splat(NAN_BITS))
  return select(isNan, nan, v)
}

/** Four bfloat16 in the low halves of i32 lanes. */
// @ts-ignore: decorator
@inline
function fromBfloat16(h: v128): v128 {
  return quiet(i32x4.shl(h, 16))
}

/** Four float16: the exponent is moved by multiplying with 2^112, which is exact for subnormals too. */
// @ts-ignore: decorator
@inline
function fromFloat16(h: v128): v128 {
  const sign = i32x4.shl(v128.and(h, i32x4.splat(0x8000)), 16)
  const a = i32x4.shl(v128.and(h, i32x4.splat(0x7fff)), 13)
  const scaled = f32x4.mul(a, f32x4.splat(reinterpret<f32>((112 + 127) << 23)))
  const special = i32x4.ge_s(a, i32x4.splat(0x0f800000))
  const value = select(special, v128.or(a, i32x4.splat(INF_BITS)), scaled)
  return quiet(v128.or(sign, value))
}

// @ts-ignore: decorator
@inline
function widened(h: v128, dtype: u32): v128 {
  return dtype === BFLOAT16 ? fromBfloat16(h) : fromFloat16(h)
}

/** f32 values of float16 (dtype 0) or bfloat16 (dtype 1) numbers. */
export function widen16(x: usize, n: i32, dtype: u32, out: usize, outLength: i32, begin: f64, end: f64): i32 {
  const stop = out + (n << 2)
  for (const wide = out + ((n & ~7) << 2); out < wide; out += 32, x += 16) {
    const h = v128.load(x)
    v128.store(out, widened(i32x4.extend_low_i16x8_u(h), dtype))
    v128.store(out, widened(i32x4.extend_high_i16x8_u(h), dtype), 16)
  }
  for (; out < stop; out += 4, x += 2) {
    store<i32>(out, i32x4.extract_lane(widened(i32x4.splat(load<u16>(x)), dtype), 0))
  }
  return 0
}
