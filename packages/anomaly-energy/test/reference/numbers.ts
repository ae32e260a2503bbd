/** Sums and elementary functions as the table defines them, one number at a time. */
import { normalPair, philox4x32, unit24 } from '@ukernels/runtime'

export const f = Math.fround

/** Sum of n f32 terms in 16 accumulators, then halving. */
export function sum16(n: number, term: (i: number) => number): number {
  const a = new Float32Array(16)
  for (let i = 0; i < n; i++) a[i & 15] += term(i)
  for (let half = 8; half > 0; half >>= 1) for (let j = 0; j < half; j++) a[j] += a[j + half]
  return a[0]
}

/** Sum of n f64 terms in 8 accumulators, then halving. */
export function sum8(n: number, term: (i: number) => number): number {
  const a = new Float64Array(8)
  for (let i = 0; i < n; i++) a[i & 7] += term(i)
  for (let half = 4; half > 0; half >>= 1) for (let j = 0; j < half; j++) a[j] += a[j + half]
  return a[0]
}

export const min2 = (a: number, b: number) => (b < a ? b : a)
export const max2 = (a: number, b: number) => (a < b ? b : a)
export const clamp = (v: number, lo: number, hi: number) => min2(max2(v, lo), hi)

const float = new Float32Array(1)
const word = new Uint32Array(float.buffer)
export function bitsOf(x: number): number {
  float[0] = x
  return word[0]
}
export function floatOf(bits: number): number {
  word[0] = bits
  return float[0]
}

const [Q0, Q1, Q2, Q3, Q4] = [0x3efffffe, 0x3e2aaa46, 0x3d2aac2c, 0x3c091ef0, 0x3ab563a7].map(floatOf)
const INVERSE_LN2 = floatOf(0x3fb8aa3b)
const LN2_HIGH = floatOf(0x3f317200)
const LN2_LOW = floatOf(0x35bfbe8e)
const TO_INTEGER = 12582912

/** e^x in f32 operations: spec/common/math.json. */
export function exp32(x: number): number {
  if (Number.isNaN(x)) return Number.NaN
  const y = x < -104 ? -104 : x > 89 ? 89 : x
  const shifted = f(f(y * INVERSE_LN2) + TO_INTEGER)
  const k = f(shifted - TO_INTEGER)
  const r = f(f(y - f(k * LN2_HIGH)) - f(k * LN2_LOW))
  let q = Q4
  for (const c of [Q3, Q2, Q1, Q0]) q = f(f(q * r) + c)
  const p = f(1 + f(r + f(f(r * r) * q)))
  const low = Math.floor((k + 256) / 2) - 128
  return f(f(p * 2 ** low) * 2 ** (k - low))
}

const [R0, R1, R2] = [0x3f2aaabd, 0x3eccaf6b, 0x3e98f040].map(floatOf)

/** ln x in f32 operations. */
export function log32(x: number): number {
  if (Number.isNaN(x) || x < 0) return Number.NaN
  if (x === 0) return -Infinity
  if (x === Infinity) return x
  const tiny = x < 2 ** -126
  const bits = bitsOf(tiny ? x * 8388608 : x) + (0x3f800000 - 0x3f3504f3)
  const k = (bits >>> 23) - (tiny ? 150 : 127)
  const t = f(floatOf((bits & 0x7fffff) + 0x3f3504f3) - 1)
  const s = f(t / f(2 + t))
  const z = f(s * s)
  const r = f(z * f(R0 + f(z * f(R1 + f(z * R2)))))
  const half = f(f(0.5 * t) * t)
  const low = f(f(s * f(half + r)) + f(k * LN2_LOW))
  return f(f(k * LN2_HIGH) - f(f(half - low) - t))
}

/** 1 / (1 + e^−x) in f32 operations. */
export function sigmoid32(x: number): number {
  const e = exp32(-Math.abs(x))
  return f((x < 0 ? e : 1) / f(1 + e))
}

/** Element e of a sequence of kind 0 (unit24) or 1 (f32 normals), counter (e >>> 2, chain, step, tag). */
export function randomNumbers(kind: number, seed: number | bigint, chain: number, step: number, tag: number) {
  const key = [Number(BigInt(seed) & 0xffffffffn), Number(BigInt(seed) >> 32n)]
  const words = new Uint32Array(4)
  const values = new Float32Array(4)
  let block = -1
  return (e: number): number => {
    if (e >>> 2 !== block) {
      block = e >>> 2
      philox4x32([block, chain >>> 0, step >>> 0, tag], key, words)
      for (let i = 0; i < 4; i++) values[i] = unit24(words[i])
      if (kind === 1) {
        values.set(normalPair(words[0], words[1]), 0)
        values.set(normalPair(words[2], words[3]), 2)
      }
    }
    return values[e & 3]
  }
}

/** Index of the first NaN or ±Inf, Infinity when there is none. */
export function firstNonFinite(x: ArrayLike<number>): number {
  for (let i = 0; i < x.length; i++) if (!Number.isFinite(x[i])) return i
  return Infinity
}
