/** Fashion-MNIST (MIT) where Debian's package has put it: 70,000 pictures of clothes, 28 × 28. */
import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

const FOLDER = '/usr/share/datasets/fashion-mnist'
export const PIXELS = 28 * 28

/** Why it can't be used, or empty. */
export const missingFashion = () =>
  existsSync(FOLDER) ? '' : "Fashion-MNIST isn't installed here (Debian: apt-get install dataset-fashion-mnist)"

/** @param {'train' | 't10k'} part @returns {{ images: Float32Array, labels: Uint8Array }} pixels from 0 to 1 */
export function loadFashion(part) {
  const bytes = (/** @type {string} */ name) => gunzipSync(readFileSync(`${FOLDER}/${part}-${name}-ubyte.gz`))
  return {
    images: Float32Array.from(bytes('images-idx3').subarray(16), (value) => value / 255),
    labels: new Uint8Array(bytes('labels-idx1').subarray(8)),
  }
}

/** @param {{ images: Float32Array, labels: Uint8Array }} set @param {number} label @returns {Float32Array} its images */
export function imagesOf({ images, labels }, label) {
  const rows = [...labels.keys()].filter((i) => labels[i] === label)
  const out = new Float32Array(rows.length * PIXELS)
  rows.forEach((i, row) => {
    out.set(images.subarray(i * PIXELS, (i + 1) * PIXELS), row * PIXELS)
  })
  return out
}
