/**
 * Data that every test, golden and benchmark shares, made by an implementation of its own: plain scalar code, so that
 * it is also an oracle for the kernels' Philox.
 */

/** High 32 bits of the product of two u32. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const cross = aHigh * bLow + ((aLow * bLow) >>> 16)
  const middle = aLow * bHigh + (cross & 0xffff)
  return (aHigh * bHigh + Math.floor(cross / 65536) + Math.floor(middle / 65536)) >>> 0
}

/** The four words of one Philox 4x32-10 block: `counter` has four u32, `key` two. */
export function philox4x32(counter: ArrayLike<number>, key: ArrayLike<number>): Uint32Array {
  let [c0, c1, c2, c3] = [counter[0], counter[1], counter[2], counter[3]]
  let [k0, k1] = [key[0], key[1]]
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0)
    const low0 = Math.imul(0xd2511f53, c0)
    const high1 = multiplyHigh(0xcd9e8d57, c2)
    const low1 = Math.imul(0xcd9e8d57, c2)
    c0 = (high1 ^ c1 ^ k0) >>> 0
    c1 = low1 >>> 0
    c2 = (high0 ^ c3 ^ k1) >>> 0
    c3 = low0 >>> 0
    k0 = (k0 + 0x9e3779b9) >>> 0
    k1 = (k1 + 0xbb67ae85) >>> 0
  }
  return Uint32Array.of(c0, c1, c2, c3)
}

/** Where in the random sequence of a seed to read. */
export interface WordsOptions {
  /** Purpose in the low byte, its number above. */
  tag: number
  /** Default 0. */
  stream?: number
  /** Index of the first element; default 0. */
  offset?: number
}

/** Words of the elements offset … offset + n − 1: word j & 3 of block j >>> 2, counter (block, stream, tag). */
export function philoxWords(
  n: number,
  seed: number | bigint,
  { tag, stream = 0, offset = 0 }: WordsOptions,
): Uint32Array {
  const wide = BigInt(seed)
  const key = [Number(wide & 0xffffffffn), Number(wide >> 32n)]
  const words = new Uint32Array(n)
  let block: Uint32Array = new Uint32Array(4)
  for (let i = 0; i < n; i++) {
    const index = offset + i
    if (i === 0 || (index & 3) === 0) {
      const number = Math.floor(index / 4)
      block = philox4x32([number >>> 0, Math.floor(number / 2 ** 32), stream, tag], key)
    }
    words[i] = block[index % 4]
  }
  return words
}

function popcount16(w: number): number {
  let count = 0
  for (let rest = w & 0xffff; rest !== 0; rest &= rest - 1) count++
  return count
}

/**
 * Generator G: n f32 like gradients, log2|x| close to N(½ + shift, 2²), a quarter zeros.
 *
 * With w, v the words of tags F0 and F1: sign v>>>31, exponent 119 + shift + popcount(v & ffff), mantissa w>>>9; zero
 * when bits 16 and 17 of v are 0.
 */
export function gradients(n: number, seed: number | bigint, shift = 0): Float32Array {
  const mantissas = philoxWords(n, seed, { tag: 0xf0 })
  const shapes = philoxWords(n, seed, { tag: 0xf1 })
  const bits = new Uint32Array(n)
  for (let i = 0; i < n; i++) {
    const v = shapes[i]
    if (((v >>> 16) & 3) === 0) continue
    bits[i] = (v & 0x80000000) | ((119 + shift + popcount16(v)) << 23) | (mantissas[i] >>> 9)
  }
  return new Float32Array(bits.buffer)
}

/**
 * The quick set Q: 393,216 f32 patterns hi<<16 | lo, hi = 0 … 65535, lo ∈ {0, 1, 7fff, 8000, 8001, ffff}. It holds every
 * tie and its neighbours of every format with at most 7 mantissa bits, all exponents, NaNs and infinities.
 */
export function quickSet(): Float32Array {
  const lows = [0, 1, 0x7fff, 0x8000, 0x8001, 0xffff]
  const bits = new Uint32Array(65536 * lows.length)
  for (let high = 0; high < 65536; high++) {
    for (let k = 0; k < lows.length; k++) bits[high * lows.length + k] = (high << 16) | lows[k]
  }
  return new Float32Array(bits.buffer)
}
