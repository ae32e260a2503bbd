/** One training run, watched: what the table and the pictures need to know about it. */
import { createHash } from 'node:crypto'
import { partsOf } from './measures.mjs'
import { Mlp } from './mlp.mjs'
import { Snapshots } from './snapshots.mjs'
import { training } from './training.mjs'

/**
 * @typedef {import('./variants.mjs').Variant} Variant
 * @typedef {import('./variants.mjs').Kernel} Kernel
 */

/**
 * @typedef {object} Run
 * @property {string} variant id
 * @property {number} seed
 * @property {number} accuracy at the end, on the test set
 * @property {{ epoch: number, accuracy: number }[]} curve
 * @property {string} weights SHA-256 of all weights and biases
 * @property {string} packed SHA-256 of all packed gradients in the order they were made
 * @property {number} bitsPerElement
 * @property {number} quantizeMs median over the steps: packing and unpacking the gradients of all layers
 * @property {number} trainSeconds
 * @property {{ epoch: number, layer: number, achieved: number }[]} sparsity of every gradient that was pruned
 * @property {import('./snapshots.mjs').Snapshot[]} snapshots only of the unquantized run
 * @property {number} [divergedAt] step at which a gradient stopped being finite
 */

/**
 * @param {import('./digits.mjs').Digits} digits
 * @param {import('./training.mjs').Setup} setup
 * @param {Variant} variant
 * @param {Kernel} kernel
 * @param {number} seed
 * @param {(progress: import('./training.mjs').Progress) => void} onProgress
 * @returns {Run}
 */
export function run(digits, setup, variant, kernel, seed, onProgress) {
  const began = performance.now()
  const watch = new Watch(setup, variant, kernel, seed)
  const network = new Mlp(setup.sizes, seed)
  const curve = []
  let divergedAt
  try {
    for (const progress of training(network, digits, setup, seed, watch.onGradient)) {
      const { epoch, accuracy } = progress
      if (accuracy !== undefined) curve.push({ epoch, accuracy })
      onProgress(progress)
    }
  } catch (error) {
    // A net that diverges makes NaN gradients, and the kernel refuses them.
    if (error.code !== 'ERR_UKERNELS_NON_FINITE') throw error
    divergedAt = watch.step
  }
  return {
    variant: variant.id,
    seed,
    // One that diverged is as good as guessing.
    accuracy: divergedAt === undefined ? curve.at(-1).accuracy : 1 / setup.sizes.at(-1),
    curve,
    weights: hashWeights(network),
    divergedAt,
    trainSeconds: (performance.now() - began) / 1000,
    ...watch.result(),
  }
}

/** Stands between the network and the quantizer: times it, hashes what it packs, counts bits and zeros. */
class Watch {
  #hash = createHash('sha256')
  #bytes = 0
  #elements = 0
  /** @type {number[]} milliseconds by step */
  #times = []
  /** @type {Run['sparsity']} */
  #sparsity = []

  /**
   * @param {import('./training.mjs').Setup} setup @param {Variant} variant @param {Kernel} kernel @param {number} seed
   */
  constructor(setup, variant, kernel, seed) {
    this.step = 0
    this.stepsPerEpoch = Math.ceil(setup.train / setup.batch)
    this.layers = setup.sizes.length
    this.pruned = variant.sparsity !== undefined
    this.quantizer = variant.quantizer?.(kernel, seed)
    this.snapshots = this.quantizer ? undefined : new Snapshots(setup, kernel)
  }

  /** @param {Float32Array} gradient @param {number} layer @param {number} step */
  onGradient = (gradient, layer, step) => {
    this.step = step
    this.snapshots?.take(gradient, layer, step)
    if (this.quantizer === undefined) return
    const began = performance.now()
    const packed = this.quantizer(gradient, step * this.layers + layer)
    this.#times[step] = (this.#times[step] ?? 0) + performance.now() - began

    this.#elements += gradient.length
    for (const part of partsOf(packed)) {
      this.#bytes += part.byteLength
      this.#hash.update(part)
    }
    if (this.pruned) {
      const achieved = zeros(gradient) / gradient.length
      this.#sparsity.push({ epoch: step / this.stepsPerEpoch, layer, achieved })
    }
  }

  result() {
    return {
      packed: this.quantizer ? this.#hash.digest('hex') : '',
      bitsPerElement: this.quantizer ? (this.#bytes * 8) / this.#elements : 32,
      quantizeMs: this.quantizer ? median(this.#times) : 0,
      sparsity: this.#sparsity,
      snapshots: this.snapshots?.taken ?? [],
    }
  }
}

/** @param {Float32Array} values */
function zeros(values) {
  let count = 0
  for (let i = 0; i < values.length; i++) if (values[i] === 0) count++
  return count
}

/** @param {number[]} values */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted.length ? sorted[sorted.length >> 1] : 0
}

/** @param {import('./mlp.mjs').Mlp} network */
function hashWeights(network) {
  const hash = createHash('sha256')
  for (const { weights, biases } of network.layers) hash.update(weights).update(biases)
  return hash.digest('hex')
}
