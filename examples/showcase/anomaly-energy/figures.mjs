/** The pictures of the report, as data URIs. */
import { heatPixels } from '../lib/heat.mjs'
import { pngUri } from '../lib/png.mjs'

/**
 * @typedef {import('./inspect.mjs').Kernel} Kernel
 * @typedef {import('./inspect.mjs').Inspection} Inspection
 */

/** Colors of the overlay: above the threshold, and the border of what was drawn. */
const FOUND = [232, 60, 40]
const DRAWN = [60, 210, 220]

/** @param {number} size @param {(i: number) => ArrayLike<number>} color red, green, blue of pixel i */
function square(size, color) {
  const data = new Uint8ClampedArray(4 * size * size)
  for (let i = 0; i < size * size; i++) {
    data.set(color(i), 4 * i)
    data[4 * i + 3] = 255
  }
  return pngUri({ width: size, height: size, data })
}

/** @param {number} value */
const gray = (value) => [255 * value, 255 * value, 255 * value]

/** Whether a pixel of the mask has a neighbor outside of it. @param {Uint8Array} mask @param {number} i @param {number} size */
function atBorder(mask, i, size) {
  if (!mask[i]) return false
  const [x, y] = [i % size, Math.floor(i / size)]
  if (x === 0 || y === 0 || x === size - 1 || y === size - 1) return true
  return !(mask[i - 1] && mask[i + 1] && mask[i - size] && mask[i + size])
}

/** @param {Float32Array[]} maps @returns {[number, number]} their median, and the largest value but for one in a thousand */
function rangeOf(maps) {
  const sorted = Float32Array.from(maps.flatMap((map) => [...map])).sort()
  return [sorted[sorted.length >> 1], sorted[Math.floor(0.999 * (sorted.length - 1))]]
}

/**
 * Five pictures of every kind of defect. The colors of maps are logarithmic and the same in a row.
 *
 * @param {Kernel} kernel @param {Inspection} inspection
 */
export function defectPictures(kernel, { crops, size, pixelThreshold }) {
  const map = (/** @type {Float32Array} */ data, /** @type {[number, number]} */ [lo, hi]) => {
    const logs = data.map((value) => Math.log(Math.max(value, lo / 10)))
    const colors = kernel.toRgba({ data: logs, shape: [1, 1, size, size] }, { lo: Math.log(lo), hi: Math.log(hi) })
    return pngUri({ width: size, height: size, data: colors })
  }
  const energies = rangeOf(crops.map(({ energy }) => energy))
  const gradients = rangeOf(crops.map(({ gradient }) => gradient))
  return crops.map(({ kind, image, mask, energy, gradient, score, p }) => ({
    kind,
    score,
    p,
    image: square(size, (i) => gray(image[i])),
    mask: square(size, (i) => gray(mask[i])),
    energy: map(energy, energies),
    gradient: map(gradient, gradients),
    overlay: square(size, (i) => {
      if (atBorder(mask, i, size)) return DRAWN
      if (gradient[i] > pixelThreshold) return FOUND.map((c) => 0.65 * c + 0.35 * 255 * image[i])
      return gray(image[i])
    }),
  }))
}

/** Binades of κ that are told apart. */
const BINADES = 9

/** The filter, enlarged by the page. @param {Inspection['filter']} filter */
export function filterPicture({ kappa, taps }) {
  const top = Math.log2(kappa.reduce((a, b) => Math.max(a, Math.abs(b)), 0))
  return pngUri(heatPixels(kappa, taps, [top - BINADES, top]))
}
