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

/** Points of the sum below. */
const POINTS = 4096

/**
 * The cosine between a gradient and its encoded form, predicted from three numbers: a lognormal that ends at the largest
 * magnitude. (Nearly all of the length of a gradient is in its largest elements. The tail of a lognormal without end, which
 * `expectedError(…, 'cosine')` is about, is longer than that of any real gradient.)
 *
 * @param {import('./variants.mjs').Kernel} kernel
 * @param {import('@ukernels/gradient-quantization').Format} format
 * @param {number} scale as the gradient is encoded
 * @param {{ muLog2: number, sigmaLog2: number, amax: number }} stats
 */
export function predictedCosine(kernel, format, scale, { muLog2, sigmaLog2, amax }) {
  const low = -8
  const high = (Math.log2(amax) - muLog2) / sigmaLog2
  const z = Float64Array.from({ length: POINTS }, (_, i) => low + ((high - low) * (i + 0.5)) / POINTS)
  const x = Float32Array.from(z, (value) => 2 ** (muLog2 + sigmaLog2 * value))
  const q = kernel.fakeQuantize(x, format, { scale })
  let product = 0
  let squares = 0
  let quantizedSquares = 0
  z.forEach((value, i) => {
    const density = Math.exp(-0.5 * value * value)
    product += density * x[i] * q[i]
    squares += density * x[i] * x[i]
    quantizedSquares += density * q[i] * q[i]
  })
  return product / Math.sqrt(squares * quantizedSquares)
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
