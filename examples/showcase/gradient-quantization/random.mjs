/** What the training draws: all of it from the counter-based generator of `@ukernels/runtime`, so from the seed alone. */
import { below, normalPair, Philox } from '@ukernels/runtime'

// Purposes of the random words.
const TAG_WEIGHTS = 0x10
const TAG_SHUFFLE = 0x11

/**
 * The first n numbers of a normal sequence, rounded to f32.
 *
 * @param {number} n
 * @param {number} deviation
 * @param {number} seed
 * @param {number} stream
 */
export function normals(n, deviation, seed, stream) {
  const words = new Philox(seed).fill(new Uint32Array(n + (n % 2)), 0, { stream, tag: TAG_WEIGHTS })
  const pairs = new Float64Array(2)
  const out = new Float32Array(n)
  for (let i = 0; i < n; i += 2) {
    normalPair(words[i], words[i + 1], pairs)
    out[i] = deviation * pairs[0]
    if (i + 1 < n) out[i + 1] = deviation * pairs[1]
  }
  return out
}

/**
 * The numbers 0 to n − 1 in an order of their own for every (seed, stream).
 *
 * @param {number} n
 * @param {number} seed
 * @param {number} stream
 */
export function permutation(n, seed, stream) {
  const order = Uint32Array.from({ length: n }, (_, i) => i)
  const words = new Philox(seed).fill(new Uint32Array(n), 0, { stream, tag: TAG_SHUFFLE })
  // Fisher and Yates: every place from the end takes one of those up to itself.
  for (let i = n - 1; i > 0; i--) {
    const j = below(words[i], i + 1)
    const item = order[i]
    order[i] = order[j]
    order[j] = item
  }
  return order
}
