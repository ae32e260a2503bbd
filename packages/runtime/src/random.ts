/**
 * Counter-based random numbers: Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as
 * 1, 2, 3", SC 2011) and what is drawn from its words. A word depends on its coordinates alone, never
 * on what was drawn before, so the same numbers come out on every backend and any number of threads.
 */
import { found, rangeError, typeError } from './errors.js'

/** 0 ≤ seed < 2^64; as a number up to 2^53 − 1. */
export type Seed = number | bigint

/** Refuses what isn't a seed. */
export function checkSeedRange(name: string, seed: Seed): void {
  if (typeof seed === 'bigint') {
    if (seed < 0n || seed >= 2n ** 64n) throw rangeError(`${name} must be from 0 to 2^64 - 1, got ${found(seed)}`)
  } else if (typeof seed !== 'number') {
    throw typeError(`${name} must be a number or a bigint, got ${found(seed)}`)
  } else if (!Number.isSafeInteger(seed) || seed < 0) {
    throw rangeError(`${name} must be an integer from 0 to 2^53 - 1, or a bigint below 2^64, got ${found(seed)}`)
  }
}

/**
 * The two words of a seed's Philox key.
 *
 * @param name - the argument, for the message
 * @returns [low 32 bits, high 32 bits]
 * @throws TypeError ERR_UKERNELS_TYPE, RangeError ERR_UKERNELS_RANGE
 */
export function seedWords(seed: Seed, name = 'seed'): [number, number] {
  checkSeedRange(name, seed)
  if (typeof seed === 'bigint') return [Number(seed & 0xffffffffn), Number(seed >> 32n)]
  return [seed >>> 0, Math.floor(seed / 2 ** 32)]
}

const M0 = 0xd2511f53
const M1 = 0xcd9e8d57
const W0 = 0x9e3779b9
const W1 = 0xbb67ae85

/** High 32 bits of the 64-bit product of two words. Every step is exact in f64: the parts stay below 2^49. */
function mulHigh(a: number, b: number): number {
  return Math.floor((a * (b >>> 16) + Math.floor((a * (b & 0xffff)) / 65536)) / 65536)
}

/**
 * One block of Philox 4x32-10: four words from four counter words and two key words, all u32.
 *
 * @param out - receives the words at `at` to `at + 3`
 */
export function philox4x32(
  counter: ArrayLike<number>,
  key: ArrayLike<number>,
  out: Uint32Array = new Uint32Array(4),
  at = 0,
): Uint32Array {
  let [c0, c1, c2, c3] = [counter[0], counter[1], counter[2], counter[3]]
  let [k0, k1] = [key[0], key[1]]
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(M0, c0)
    const high1 = mulHigh(M1, c2)
    const low0 = Math.imul(M0, c0)
    const low1 = Math.imul(M1, c2)
    c0 = (high1 ^ c1 ^ k0) >>> 0
    c1 = low1 >>> 0
    c2 = (high0 ^ c3 ^ k1) >>> 0
    c3 = low0 >>> 0
    k0 = (k0 + W0) >>> 0
    k1 = (k1 + W1) >>> 0
  }
  out[at] = c0
  out[at + 1] = c1
  out[at + 2] = c2
  out[at + 3] = c3
  return out
}

/** Where a sequence of words lies: element e is word e & 3 of the block with counter (⌊e / 4⌋ lo, hi, stream, tag). */
export interface Sequence {
  /** Names the sequence, a u32: a layer, a step. Default 0. */
  stream?: number
  /** Purpose of the numbers, a u32. Default 0. */
  tag?: number
}

/** The random words of one seed. */
export class Philox {
  readonly #key: [number, number]
  readonly #counter = new Uint32Array(4)
  readonly #block = new Uint32Array(4)

  /** @throws TypeError, RangeError for a bad seed */
  constructor(seed: Seed) {
    this.#key = seedWords(seed)
  }

  /** Word `element` of a sequence, 0 ≤ element < 2^53. */
  word(element: number, sequence?: Sequence): number {
    checkElement('element', element)
    this.#compute(Math.floor(element / 4), sequence)
    return this.#block[element % 4]
  }

  /** The words from element `offset` of a sequence on. */
  fill(out: Uint32Array, offset = 0, sequence?: Sequence): Uint32Array {
    checkElement('offset', offset)
    for (let i = 0; i < out.length; ) {
      const element = offset + i
      this.#compute(Math.floor(element / 4), sequence)
      for (let lane = element % 4; lane < 4 && i < out.length; lane++) out[i++] = this.#block[lane]
    }
    return out
  }

  #compute(block: number, { stream = 0, tag = 0 }: Sequence = {}): void {
    const counter = this.#counter
    counter[0] = block >>> 0
    counter[1] = Math.floor(block / 2 ** 32)
    counter[2] = stream
    counter[3] = tag
    philox4x32(counter, this.#key, this.#block)
  }
}

function checkElement(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw rangeError(`${name} must be an integer from 0 to 2^53 - 1, got ${found(value)}`)
}

/** Uniform f32 in [0, 1): ⌊w / 2^8⌋ · 2^−24. */
export const unit24 = (w: number): number => (w >>> 8) * 2 ** -24
/** Uniform f32 in (0, 1]: (⌊w / 2^8⌋ + 1) · 2^−24. */
export const positive24 = (w: number): number => ((w >>> 8) + 1) * 2 ** -24
/** Uniform f64 in [0, 1): w · 2^−32. */
export const unit32 = (w: number): number => (w >>> 0) * 2 ** -32
/** Uniform f64 in (0, 1): (w + ½) · 2^−32. */
export const open32 = (w: number): number => ((w >>> 0) + 0.5) * 2 ** -32
/** Integer in [0, n): ⌊w · n / 2^32⌋ for 1 ≤ n < 2^32, in exact 64-bit arithmetic. */
export const below = (w: number, n: number): number => mulHigh(w >>> 0, n >>> 0)

// ln and sincos use only +, −, ·, / and √, which IEEE 754 rounds the same everywhere. Their polynomials are
// those of fdlibm's e_log.c, k_sin.c and k_cos.c: Copyright (C) 1993 by Sun Microsystems, Inc. All rights
// reserved. Developed at SunPro, a Sun Microsystems, Inc. business. Permission to use, copy, modify, and
// distribute this software is freely granted, provided that this notice is preserved.
const LN2_HIGH = 0.6931471803691238
const LN2_LOW = 1.9082149292705877e-10
const [L1, L2, L3, L4, L5, L6, L7] = [
  0.6666666666666735, 0.3999999999940942, 0.2857142874366239, 0.22222198432149784, 0.1818357216161805,
  0.15313837699209373, 0.14798198605116586,
]
const [S1, S2, S3, S4, S5, S6] = [
  -0.16666666666666632, 0.00833333333332249, -0.0001984126982985795, 2.7557313707070068e-6, -2.5050760253406863e-8,
  1.58969099521155e-10,
]
const [C1, C2, C3, C4, C5, C6] = [
  0.0416666666666666, -0.001388888888887411, 2.480158728947673e-5, -2.7557314351390663e-7, 2.087572321298175e-9,
  -1.1359647557788195e-11,
]

/**
 * ln(open32(w)), error below 1 ulp. open32(w) = odd · 2^−33 with odd = 2w + 1 < 2^33, so its exponent is a
 * count of bits. With odd = 2^e (1 + f), √½ < 1 + f ≤ √2, s = f / (2 + f):
 * ln = (e − 33) ln2 + f − f²/2 + s (f²/2 + R(s²)).
 */
function lnOpen32(w: number): number {
  let e = 32 - Math.clz32(w)
  let m = (2 * (w >>> 0) + 1) / 2 ** e
  if (m > Math.SQRT2) {
    m /= 2
    e++
  }
  const k = e - 33
  const f = m - 1
  const s = f / (2 + f)
  const z = s * s
  const z2 = z * z
  const even = z2 * (L2 + z2 * (L4 + z2 * L6))
  const odd = z * (L1 + z2 * (L3 + z2 * (L5 + z2 * L7)))
  const half = 0.5 * f * f
  return k * LN2_HIGH - (half - (s * (half + (even + odd)) + k * LN2_LOW) - f)
}

/** sin x for |x| ≤ π/4. */
function sinQuarter(x: number): number {
  const z = x * x
  const r = S2 + z * (S3 + z * (S4 + z * (S5 + z * S6)))
  return x + z * x * (S1 + z * r)
}

/** cos x for |x| ≤ π/4: 1 − z/2 is split so that what its rounding lost comes back. */
function cosQuarter(x: number): number {
  const z = x * x
  const r = z * (C1 + z * (C2 + z * (C3 + z * (C4 + z * (C5 + z * C6)))))
  const half = 0.5 * z
  const w = 1 - half
  return w + (1 - w - half + z * r)
}

/**
 * Two independent standard normals, f64, from two words (Box and Muller 1958):
 * r · cos(2π · open32(v)), r · sin(2π · open32(v)) with r = √(−2 ln open32(w)). Same bits everywhere;
 * an f32 normal is one of these, rounded once.
 *
 * The angle is odd · 2π / 2^33 with odd = 2v + 1. The nearest quarter turns, each 2^31 of these units,
 * come off exactly, in integers; the rest, at most an eighth of a turn, is multiplied by π · 2^−32.
 *
 * @param out - receives the pair
 */
export function normalPair<T extends Float64Array | Float32Array | number[] = [number, number]>(
  w: number,
  v: number,
  out: T = [0, 0] as number[] as T,
): T {
  const r = Math.sqrt(-2 * lnOpen32(w))
  const word = v >>> 0
  const quarters = Math.floor((word + 2 ** 29) / 2 ** 30)
  const x = (2 * word + 1 - quarters * 2 ** 31) * (Math.PI * 2 ** -32)
  const c = r * cosQuarter(x)
  const s = r * sinQuarter(x)
  const swapped = (quarters & 1) === 1
  // Turning by a quarter takes (c, s) to (−s, c).
  const cosine = swapped ? -s : c
  const sine = swapped ? c : s
  const opposite = (quarters & 2) === 2
  out[0] = opposite ? -cosine : cosine
  out[1] = opposite ? -sine : sine
  return out
}
