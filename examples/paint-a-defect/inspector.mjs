/** The model behind the page: fitted to the left half of the wall, asked about the right half. */
import { load } from '@ukernels/anomaly-energy'

/**
 * @typedef {import('./brushes.mjs').Picture} Picture
 * @typedef {import('@ukernels/anomaly-energy').Batch} Batch
 */

/** @param {Picture} picture @param {number} from @param {number} to @returns {Picture} the columns from … to − 1 */
export function columns({ data, width, height }, from, to) {
  const part = new Float32Array((to - from) * height)
  for (let y = 0; y < height; y++) part.set(data.subarray(y * width + from, y * width + to), y * (to - from))
  return { data: part, width: to - from, height }
}

/** @param {Picture} picture @returns {Batch} */
const batch = ({ data, width, height }) => ({ data, shape: [1, 1, height, width] })

export class Inspector {
  /** @type {import('@ukernels/anomaly-energy').Calibrator | undefined} */
  #calibrator
  #sigma = -1

  /**
   * @param {import('@ukernels/anomaly-energy').AnomalyEnergyKernel} kernel
   * @param {import('@ukernels/anomaly-energy').PatchEnergy} model
   * @param {Picture} good
   */
  constructor(kernel, model, good) {
    this.kernel = kernel
    this.model = model
    this.good = good
  }

  /**
   * @param {Picture} good
   * @param {(share: number) => void} onProgress
   * @returns {Promise<Inspector>}
   */
  static async fit(good, onProgress) {
    const kernel = await load({ backend: 'wasm' })
    const model = await kernel.fitPatchEnergy(batch(good), {
      onProgress: ({ done, total }) => onProgress(done / total),
    })
    return new Inspector(kernel, model, good)
  }

  /** @param {Picture} picture @param {number} sigma */
  #gradientMap(picture, sigma) {
    const magnitude = this.kernel.reduceChannels(this.model.gradient(batch(picture)), 'l1')
    return this.kernel.gaussianBlur(magnitude, sigma).data
  }

  /** Distribution of the map on the good half, for this blur. @param {number} sigma */
  #calibrated(sigma) {
    if (this.#sigma !== sigma || !this.#calibrator) {
      this.#calibrator = this.kernel.calibrate(this.#gradientMap(this.good, sigma))
      this.#sigma = sigma
    }
    return this.#calibrator
  }

  /**
   * @param {Picture} picture
   * @param {{ sigma: number, weight: number }} options blur in pixels, share of the upper tail
   */
  inspect(picture, { sigma, weight }) {
    const calibrator = this.#calibrated(sigma)
    const began = performance.now()
    const gradient = this.#gradientMap(picture, sigma)
    const gradientMs = performance.now() - began
    const energy = this.model.energyMap(batch(picture)).data
    const energyMs = performance.now() - began - gradientMs
    const p = calibrator.pValues(gradient, { weight })
    return { gradient, energy, p, gradientMs, energyMs, scale: scaleOf(calibrator) }
  }
}

/** Colors of the gradient map: from the median of the good half to far above its largest value. */
const ABOVE = 3

/** @param {import('@ukernels/anomaly-energy').Calibrator} calibrator @returns {[number, number]} */
function scaleOf(calibrator) {
  return [calibrator.threshold(0.5), ABOVE * calibrator.threshold(1 / (calibrator.n + 1))]
}
