/** Networks that learn side by side from the same batches, each from gradients squeezed in its own way. */
import { Mlp } from '../showcase/gradient-quantization/mlp.mjs'
import { training } from '../showcase/gradient-quantization/training.mjs'
import { variants } from '../showcase/gradient-quantization/variants.mjs'

/**
 * @typedef {import('../showcase/gradient-quantization/variants.mjs').Kernel} Kernel
 * @typedef {import('../showcase/gradient-quantization/variants.mjs').Quantizer} Quantizer
 * @typedef {import('../showcase/gradient-quantization/digits.mjs').Digits} Digits
 */

export const setup = {
  sizes: [784, 96, 256, 64, 10],
  epochs: 6,
  batch: 128,
  train: 8000,
  test: 500,
  evaluateEvery: 16,
}
const SEED = 1

const NAMES = /** @type {const} */ ({
  fp32: 'FP32',
  'fp8-headroom-3': 'FP8, headroom 3',
  'fp8-headroom-0': 'FP8, headroom 0',
  'fp4-rne': 'FP4, nearest',
  luq: 'FP4, LUQ',
  'prune-90': 'pruned 90 %',
})

/** One network on its way through the epochs. */
export class Pupil {
  /**
   * @param {string} id
   * @param {string} name
   * @param {Digits} digits
   * @param {Quantizer | undefined} quantizer
   * @param {(gradient: Float32Array, layer: number) => void} [onGradient] sees every gradient before it is squeezed
   */
  constructor(id, name, digits, quantizer, onGradient) {
    this.id = id
    this.name = name
    this.done = false
    /** Steps so far. */
    this.taken = 0
    /** @type {{ epoch: number, accuracy: number }[]} */
    this.curve = []
    const network = new Mlp(setup.sizes, SEED)
    this.steps = training(network, digits, setup, SEED, (gradient, layer, step) => {
      onGradient?.(gradient, layer)
      quantizer?.(gradient, step * setup.sizes.length + layer)
    })
  }

  /** One step; a pupil whose gradients are no numbers any more is done. */
  step() {
    this.taken++
    try {
      const next = this.steps.next()
      this.done = next.done
      const { epoch, accuracy } = next.value || {}
      if (accuracy !== undefined) this.curve.push({ epoch, accuracy })
    } catch (error) {
      if (error.code !== 'ERR_UKERNELS_NON_FINITE') throw error
      this.done = true
    }
  }
}

/**
 * @param {Kernel} kernel
 * @param {Digits} digits
 * @param {(gradient: Float32Array, layer: number) => void} onGradient of the network that learns from whole gradients
 * @returns {Pupil[]}
 */
export function enroll(kernel, digits, onGradient) {
  return Object.entries(NAMES).map(([id, name]) => {
    const { quantizer } = variants.find((variant) => variant.id === id)
    return new Pupil(id, name, digits, quantizer?.(kernel, SEED), id === 'fp32' ? onGradient : undefined)
  })
}

/**
 * The network that learns in the visitor's format.
 *
 * @param {Kernel} kernel
 * @param {Digits} digits
 * @param {import('@ukernels/gradient-quantization').Format} format
 * @param {number} headroom
 */
export function enrollYours(kernel, digits, format, headroom) {
  return new Pupil('yours', 'yours', digits, (gradient) => {
    const packed = kernel.encode(gradient, format, { scale: 'lognormal', headroom })
    kernel.decode(packed, { out: gradient })
    return packed
  })
}
