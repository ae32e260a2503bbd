/**
 * The kernel's algorithms as plain TypedArray loops, as fast as a careful programmer writes them in JavaScript: the
 * baseline of the suite, and a second opinion on every digest. Only what the suite measures: power-of-two or no scale,
 * saturation, finite data.
 */

/** The parts of a format that the loops need. */
export interface PlainFormat {
  bits: number
  manBits: number
  bias: number
  maxCode: number
}

const scratch = new Float32Array(1)
const scratchBits = new Uint32Array(scratch.buffer)

/** RNE codes, one per byte, of f32 given as bit patterns. */
export function encodeRne(x: Uint32Array, f: PlainFormat, codes: Uint8Array): void {
  const sh = 23 - f.manBits
  const base = (127 - f.bias) << f.manBits
  const half = (1 << (sh - 1)) - 1
  const firstNormal = (128 - f.bias) << 23
  scratch[0] = 2 ** (24 - f.bias - f.manBits)
  const c = scratch[0]
  const cBits = scratchBits[0]
  const signShift = 32 - f.bits
  const signMask = 1 << (f.bits - 1)
  for (let i = 0; i < x.length; i++) {
    const bits = x[i]
    const a = bits & 0x7fffffff
    let code: number
    if (a < firstNormal) {
      scratchBits[0] = a
      scratch[0] = scratch[0] + c
      code = scratchBits[0] - cBits
    } else {
      const lsb = ((a >>> sh) - base) & 1
      code = ((a + half + lsb) >>> sh) - base
    }
    if (code > f.maxCode) code = f.maxCode
    codes[i] = code | ((bits >>> signShift) & signMask)
  }
}

const M0_LOW = 0x1f53
const M0_HIGH = 0xd251
const M1_LOW = 0x8d57
const M1_HIGH = 0xcd9e

/** Philox 4x32-10: the four words of a block into `out`. */
function philox(block: number, seed: number, tag: number, out: Uint32Array): void {
  let c0 = block >>> 0
  let c1 = 0
  let c2 = 0
  let c3 = tag
  let k0 = seed
  let k1 = 0
  for (let round = 0; round < 10; round++) {
    // High halves of 32×32 products, by 16-bit parts.
    const a = c0 & 0xffff
    const b = c0 >>> 16
    const p0 = b * M0_LOW + ((a * M0_LOW) >>> 16)
    const h0 = b * M0_HIGH + (p0 >>> 16) + ((a * M0_HIGH + (p0 & 0xffff)) >>> 16)
    const c = c2 & 0xffff
    const d = c2 >>> 16
    const p1 = d * M1_LOW + ((c * M1_LOW) >>> 16)
    const h1 = d * M1_HIGH + (p1 >>> 16) + ((c * M1_HIGH + (p1 & 0xffff)) >>> 16)
    const low0 = Math.imul(c0, 0xd2511f53)
    const low1 = Math.imul(c2, 0xcd9e8d57)
    c0 = h1 ^ c1 ^ k0
    c1 = low1
    c2 = h0 ^ c3 ^ k1
    c3 = low0
    k0 = (k0 + 0x9e3779b9) | 0
    k1 = (k1 + 0xbb67ae85) | 0
  }
  out[0] = c0
  out[1] = c1
  out[2] = c2
  out[3] = c3
}

const words = new Uint32Array(4)

/** Stochastically rounded codes, one per byte. */
export function encodeSr(x: Uint32Array, f: PlainFormat, seed: number, codes: Uint8Array): void {
  const sh = 23 - f.manBits
  const base = (127 - f.bias) << f.manBits
  const firstNormal = (128 - f.bias) << 23
  const steps = 2 ** (f.bias + f.manBits + 23)
  const signShift = 32 - f.bits
  const signMask = 1 << (f.bits - 1)
  for (let i = 0; i < x.length; i++) {
    if ((i & 3) === 0) philox(i >>> 2, seed, 1, words)
    const w = words[i & 3]
    const bits = x[i]
    const a = bits & 0x7fffffff
    let code: number
    if (a < firstNormal) {
      scratchBits[0] = a
      code = (((scratch[0] * steps) | 0) + (w >>> 8)) >>> 24
    } else {
      code = ((a + (w >>> (32 - sh))) >>> sh) - base
    }
    if (code > f.maxCode) code = f.maxCode
    codes[i] = code | ((bits >>> signShift) & signMask)
  }
}

/** Packs two 4-bit codes into a byte, low nibble first. */
export function packNibbles(codes: Uint8Array, out: Uint8Array): void {
  for (let i = 0; i < out.length; i++) out[i] = codes[2 * i] | (codes[2 * i + 1] << 4)
}

/** Values of codes by table. */
export function decode(codes: Uint8Array, table: Float32Array, out: Float32Array): void {
  for (let i = 0; i < codes.length; i++) out[i] = table[codes[i]]
}

/** The sums of the fixed-point statistics. */
export interface PlainStats {
  count: number
  zeros: number
  sumL: bigint
  sumL2: bigint
}

const coefficients = new Float32Array(Uint32Array.of(0x3ee242f3, 0xbe88cbbd, 0x3e17fd28, 0xbd38ee36).buffer)

/** Fixed-point log2 statistics of f32 given as bit patterns, finite and normal or zero. */
export function stats(x: Uint32Array): PlainStats {
  const [c0, c1, c2, c3] = coefficients
  const { fround } = Math
  let count = 0
  let zeros = 0
  let sumL = 0n
  let sumL2 = 0n
  for (let start = 0; start < x.length; start += 65536) {
    const end = Math.min(start + 65536, x.length)
    let s1 = 0
    let s2 = 0
    for (let i = start; i < end; i++) {
      const a = x[i] & 0x7fffffff
      if (a === 0) {
        zeros++
        continue
      }
      scratchBits[0] = (a & 0x7fffff) | 0x3f800000
      const t = fround(scratch[0] - 1)
      const p = fround(fround(fround(fround(fround(fround(c3 * t) + c2) * t) + c1) * t) + c0)
      const y = fround(t + fround(fround(t * fround(1 - t)) * p))
      scratch[0] = fround(y * 2048) + 12582912
      const level = scratchBits[0] - 0x4b400000 + 2048 * ((a >>> 23) - 127)
      s1 += level
      s2 += level * level
      count++
    }
    sumL += BigInt(s1)
    sumL2 += BigInt(s2)
  }
  return { count, zeros, sumL, sumL2 }
}

/** Magnitudes in eighths of a binade. */
export function logHistogram(x: Uint32Array, bins: Uint32Array): void {
  bins.fill(0)
  for (let i = 0; i < x.length; i++) {
    const a = x[i] & 0x7fffffff
    if (a !== 0) bins[a >>> 20]++
  }
}

/** LUQ codes with 7 levels, one per byte. */
export function luq(x: Uint32Array, alpha: number, seed: number, codes: Uint8Array): void {
  for (let i = 0; i < x.length; i++) {
    if ((i & 3) === 0) philox(i >>> 2, seed, 3, words)
    const w = words[i & 3]
    const bits = x[i]
    scratchBits[0] = bits & 0x7fffffff
    const y = Math.fround(scratch[0] / alpha)
    let code: number
    if (y >= 1) {
      scratch[0] = y
      code = Math.min(((scratchBits[0] + (w >>> 9)) >>> 23) - 126, 7)
    } else {
      code = (w >>> 8) * 2 ** -24 < y ? 1 : 0
    }
    codes[i] = code === 0 ? 0 : code | ((bits >>> 28) & 8)
  }
}

/** Stochastic pruning. */
export function prune(x: Float32Array, alpha: number, seed: number, out: Float32Array): void {
  for (let i = 0; i < x.length; i++) {
    if ((i & 3) === 0) philox(i >>> 2, seed, 2, words)
    const value = x[i]
    const magnitude = Math.abs(value)
    const cut = Math.fround(alpha * ((words[i & 3] >>> 8) * 2 ** -24))
    if (magnitude > alpha) out[i] = value
    else if (magnitude >= cut && value !== 0) out[i] = value < 0 ? -alpha : alpha
    else out[i] = 0
  }
}
