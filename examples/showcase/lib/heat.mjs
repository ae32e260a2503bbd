/** Signed values as a picture: one pixel per value, blue below zero, red above, deeper for every power of two. */

const ZERO = [250, 249, 246]
const NEGATIVE = [
  [205, 224, 247],
  [42, 110, 201],
  [10, 38, 92],
]
const POSITIVE = [
  [252, 216, 201],
  [222, 82, 44],
  [104, 16, 8],
]

/**
 * @param {Float32Array} values rows × columns
 * @param {number} columns
 * @param {[number, number]} domain log2 magnitudes of the palest and the deepest color; what is smaller but not zero
 *   gets the palest
 * @returns {{ width: number, height: number, data: Uint8ClampedArray<ArrayBuffer> }} RGBA
 */
export function heatPixels(values, columns, [low, high]) {
  const data = new Uint8ClampedArray(4 * values.length)
  for (let i = 0; i < values.length; i++) {
    data.set(colorOf(values[i], low, high), 4 * i)
    data[4 * i + 3] = 255
  }
  return { width: columns, height: values.length / columns, data }
}

/** @param {number} value @param {number} low @param {number} high */
function colorOf(value, low, high) {
  if (value === 0) return ZERO
  const [pale, middle, deep] = value < 0 ? NEGATIVE : POSITIVE
  const t = Math.min(1, Math.max(0, (Math.log2(Math.abs(value)) - low) / (high - low)))
  return t < 0.5 ? mix(pale, middle, 2 * t) : mix(middle, deep, 2 * t - 1)
}

/** @param {number[]} a @param {number[]} b @param {number} t */
const mix = (a, b, t) => a.map((channel, i) => channel + t * (b[i] - channel))

/**
 * The colors themselves, from the most negative to the most positive magnitude, as a strip of pixels.
 *
 * @param {number} width
 */
export function legendPixels(width) {
  const values = Float32Array.from({ length: width }, (_, i) => {
    const position = (2 * i) / (width - 1) - 1
    return Math.abs(position) < 0.02 ? 0 : Math.sign(position) * 2 ** (Math.abs(position) * 16 - 16)
  })
  return heatPixels(values, width, [-16, 0])
}
