/**
 * Standard normals: the bits of `normalPair` in packages/runtime/src/random.ts; see native/common-rs/src/math/normal.rs.
 *
 * Polynomials of fdlibm's e_log.c, k_sin.c and k_cos.c: Copyright (C) 1993 by Sun Microsystems, Inc. All rights
 * reserved. Developed at SunPro, a Sun Microsystems, Inc. business. Permission to use, copy, modify, and distribute
 * this software is freely granted, provided that this notice is preserved.
 */
import { select } from './lanes'
import {
  F64,
  F64_LN2_HIGH,
  F64_LN2_LOW,
  F64_NORMAL_ANGLE,
  F64_NORMAL_C1,
  F64_NORMAL_C2,
  F64_NORMAL_C3,
  F64_NORMAL_C4,
  F64_NORMAL_C5,
  F64_NORMAL_C6,
  F64_NORMAL_L1,
  F64_NORMAL_L2,
  F64_NORMAL_L3,
  F64_NORMAL_L4,
  F64_NORMAL_L5,
  F64_NORMAL_L6,
  F64_NORMAL_L7,
  F64_NORMAL_S1,
  F64_NORMAL_S2,
  F64_NORMAL_S3,
  F64_NORMAL_S4,
  F64_NORMAL_S5,
  F64_NORMAL_S6,
  F64_NORMAL_SQRT2,
} from './math-constants'

/** In f64: ½, 1, 2, −2, 2^31, 1055, 1056; then masks of 64 bits: 1, 2, the mantissa, 2^29, the bits of 2^52. */
const MISC: usize = memory.data<u64>(
  [
    0x3fe0000000000000, 0x3ff0000000000000, 0x4000000000000000, 0xc000000000000000, 0x41e0000000000000,
    0x40907c0000000000, 0x4090800000000000, 1, 2, 0x000fffffffffffff, 0x20000000, 0x4330000000000000,
  ],
  16,
)
const HALF = 0
const ONE = 1
const TWO = 2
const MINUS_TWO = 3
const QUARTER_TURN = 4
const BIAS_LARGE = 5
const BIAS = 6
const BIT0 = 7
const BIT1 = 8
const MANTISSA = 9
const EIGHTH_TURN = 10
const TWO52 = 11

// @ts-ignore: decorator
@inline
function m(index: i32): v128 {
  return v128.load64_splat(MISC + (index << 3))
}
// @ts-ignore: decorator
@inline
function c(index: i32): v128 {
  return v128.load64_splat(F64 + (index << 3))
}
/** a + b c */
// @ts-ignore: decorator
@inline
function next(a: v128, b: v128, factor: v128): v128 {
  return f64x2.add(a, f64x2.mul(b, factor))
}
/** Integers below 2^52 as f64: the bits of 2^52 + n, less 2^52. */
// @ts-ignore: decorator
@inline
function toFloat(n: v128): v128 {
  return f64x2.sub(v128.or(n, m(TWO52)), m(TWO52))
}

/** −2 (k ln 2 + ln q) for √½ < q ≤ √2. */
// @ts-ignore: decorator
@inline
function radius2(q: v128, k: v128): v128 {
  const f = f64x2.sub(q, m(ONE))
  const s = f64x2.div(f, f64x2.add(m(TWO), f))
  const z = f64x2.mul(s, s)
  const z2 = f64x2.mul(z, z)
  const even = f64x2.mul(z2, next(c(F64_NORMAL_L2), z2, next(c(F64_NORMAL_L4), z2, c(F64_NORMAL_L6))))
  const odd57 = next(c(F64_NORMAL_L5), z2, c(F64_NORMAL_L7))
  const odd = f64x2.mul(z, next(c(F64_NORMAL_L1), z2, next(c(F64_NORMAL_L3), z2, odd57)))
  const half = f64x2.mul(f64x2.mul(m(HALF), f), f)
  const sum = f64x2.mul(s, f64x2.add(half, f64x2.add(even, odd)))
  const low = f64x2.add(sum, f64x2.mul(k, c(F64_LN2_LOW)))
  const rest = f64x2.sub(f64x2.sub(half, low), f)
  return f64x2.mul(m(MINUS_TWO), f64x2.sub(f64x2.mul(k, c(F64_LN2_HIGH)), rest))
}

/** The normals of the pairs of words (w, v) in the two 64-bit halves: cosines at `to`, sines at `to` + 16. */
// @ts-ignore: decorator
@inline
function pairs(words: v128, to: usize): void {
  const oddBits = toFloat(v128.or(i64x2.shr_u(i64x2.shl(words, 32), 31), m(BIT0)))
  const mantissa = v128.or(v128.and(oddBits, m(MANTISSA)), m(ONE))
  const large = f64x2.gt(mantissa, c(F64_NORMAL_SQRT2))
  const q = select(large, f64x2.mul(m(HALF), mantissa), mantissa)
  const k = f64x2.sub(toFloat(i64x2.shr_u(oddBits, 52)), select(large, m(BIAS_LARGE), m(BIAS)))
  const r = f64x2.sqrt(radius2(q, k))
  const v = i64x2.shr_u(words, 32)
  const quarters = i64x2.shr_u(i64x2.add(v, m(EIGHTH_TURN)), 30)
  const turned = f64x2.mul(toFloat(quarters), m(QUARTER_TURN))
  const x = f64x2.mul(f64x2.sub(toFloat(v128.or(i64x2.shl(v, 1), m(BIT0))), turned), c(F64_NORMAL_ANGLE))
  const z = f64x2.mul(x, x)
  const s5 = next(c(F64_NORMAL_S5), z, c(F64_NORMAL_S6))
  const s = next(c(F64_NORMAL_S2), z, next(c(F64_NORMAL_S3), z, next(c(F64_NORMAL_S4), z, s5)))
  const c4 = next(c(F64_NORMAL_C4), z, next(c(F64_NORMAL_C5), z, c(F64_NORMAL_C6)))
  const p = f64x2.mul(z, next(c(F64_NORMAL_C1), z, next(c(F64_NORMAL_C2), z, next(c(F64_NORMAL_C3), z, c4))))
  const half = f64x2.mul(m(HALF), z)
  const w = f64x2.sub(m(ONE), half)
  const lost = f64x2.add(f64x2.sub(f64x2.sub(m(ONE), w), half), f64x2.mul(z, p))
  const cosine = f64x2.mul(r, f64x2.add(w, lost))
  const sine = f64x2.mul(r, f64x2.add(x, f64x2.mul(f64x2.mul(z, x), next(c(F64_NORMAL_S1), z, s))))
  // Turning by a quarter takes (c, s) to (−s, c).
  const straight = i64x2.eq(v128.and(quarters, m(BIT0)), i64x2.splat(0))
  const opposite = i64x2.shl(v128.and(quarters, m(BIT1)), 62)
  const cosineSign = i64x2.shl(v128.and(i64x2.add(quarters, m(BIT0)), m(BIT1)), 62)
  v128.store(to, v128.xor(select(straight, cosine, sine), cosineSign))
  v128.store(to, v128.xor(select(straight, sine, cosine), opposite), 16)
}

const PAIR: usize = memory.data(32, 16)

/** The two normals of the words w and v, f64, at `to` and `to` + 8. */
export function normalPair(w: u32, v: u32, to: usize): void {
  pairs(i64x2.splat(((<u64>v) << 32) | w), PAIR)
  store<f64>(to, load<f64>(PAIR))
  store<f64>(to, load<f64>(PAIR, 16), 8)
}

/**
 * n f32 normals from as many random words (rounded up to an even number): elements 2j, 2j + 1 are the pair of words
 * 2j, 2j + 1, rounded once. So the words of Philox blocks b, b + 1, … give elements 4b, 4b + 1, ….
 */
export function normals(words: usize, out: usize, n: i32): void {
  for (; n >= 4; n -= 4) {
    pairs(v128.load(words), PAIR)
    const cosines = f32x4.demote_f64x2_zero(v128.load(PAIR))
    const sines = f32x4.demote_f64x2_zero(v128.load(PAIR, 16))
    v128.store(out, v128.shuffle<i32>(cosines, sines, 0, 4, 1, 5))
    words += 16
    out += 16
  }
  for (; n > 0; n -= 2) {
    pairs(v128.load64_splat(words), PAIR)
    store<f32>(out, <f32>load<f64>(PAIR))
    if (n > 1) store<f32>(out, <f32>load<f64>(PAIR, 16), 4)
    words += 8
    out += 8
  }
}
