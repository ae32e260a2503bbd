/** Gradients of the unquantized run at a few moments, with the numbers of their distribution. */
import { shapeOf } from '@ukernels/gradient-quantization'

/**
 * @typedef {object} Snapshot
 * @property {number} epoch
 * @property {number} step
 * @property {number} layer
 * @property {number} rows
 * @property {number} columns
 * @property {number} muLog2 mean of log2|gradient|
 * @property {number} sigmaLog2 and its standard deviation
 * @property {number} zeroFraction
 * @property {number} ks Kolmogorov–Smirnov distance to the fitted normal
 * @property {Float32Array} gradient
 */

export class Snapshots {
  /** @param {import('./training.mjs').Setup} setup @param {import('./variants.mjs').Kernel} kernel */
  constructor({ sizes, epochs, batch, train }, kernel) {
    this.sizes = sizes
    this.kernel = kernel
    this.stepsPerEpoch = Math.ceil(train / batch)
    // The first step of every epoch and the last one; the last batch of an epoch can be a short one.
    const last = epochs * this.stepsPerEpoch - (train % batch === 0 ? 1 : 2)
    this.steps = new Set([...Array.from({ length: epochs }, (_, epoch) => epoch * this.stepsPerEpoch), last])
    /** @type {Snapshot[]} */
    this.taken = []
  }

  /** @param {Float32Array} gradient @param {number} layer @param {number} step */
  take(gradient, layer, step) {
    if (!this.steps.has(step)) return
    const { n, zeros, muLog2, sigmaLog2 } = this.kernel.stats(gradient)
    const columns = this.sizes[layer]
    this.taken.push({
      epoch: step / this.stepsPerEpoch,
      step,
      layer,
      rows: n / columns,
      columns,
      muLog2,
      sigmaLog2,
      zeroFraction: zeros / n,
      ks: shapeOf(this.kernel.logHistogram(gradient)).ks,
      gradient: gradient.slice(),
    })
  }
}
