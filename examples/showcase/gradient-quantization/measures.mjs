/** What formats and packed gradients are measured by. */

/**
 * The positive finite values of a format, ascending.
 *
 * @param {import('@ukernels/gradient-quantization').Format} format
 */
export const positives = (format) =>
  [...format.decodeTable()].filter((value) => value > 0 && value < Infinity).sort((a, b) => a - b)

/**
 * Mean relative error of the non-zeros, and the cosine between the two.
 *
 * @param {Float32Array} before
 * @param {Float32Array} after
 */
export function errors(before, after) {
  let relative = 0
  let nonZeros = 0
  let product = 0
  let beforeSquares = 0
  let afterSquares = 0
  for (let i = 0; i < before.length; i++) {
    const x = before[i]
    const q = after[i]
    if (x === 0) continue
    relative += Math.abs((x - q) / x)
    nonZeros++
    product += x * q
    beforeSquares += x * x
    afterSquares += q * q
  }
  return { relative: relative / nonZeros, cosine: product / Math.sqrt(beforeSquares * afterSquares) }
}

/**
 * The arrays of a packed gradient that would travel.
 *
 * @param {import('./variants.mjs').AnyPacked} packed
 * @returns {(Uint8Array | Float32Array)[]}
 */
export const partsOf = (packed) => (packed.kind === 'prune' ? [packed.classes, packed.values] : [packed.data])

/**
 * Their size in bytes.
 *
 * @param {import('./variants.mjs').AnyPacked} packed
 */
export const sizeOf = (packed) => partsOf(packed).reduce((sum, part) => sum + part.byteLength, 0)
