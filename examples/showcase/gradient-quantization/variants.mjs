/** The ways a gradient is squeezed in the showcase: each as a user of the kernel would write it. */
import { finite, ieee, pruneThreshold } from '@ukernels/gradient-quantization'

/**
 * @typedef {import('@ukernels/gradient-quantization').GradientQuantizationKernel} Kernel
 * @typedef {import('@ukernels/gradient-quantization').AnyPacked} AnyPacked
 */

/**
 * Packs a gradient and writes what the packed form decodes to back into it. `stream` numbers the calls of a run, so
 * that no two of them draw the same random words.
 * @typedef {(gradient: Float32Array, stream: number) => AnyPacked} Quantizer
 */

/**
 * @typedef {object} Variant
 * @property {string} id
 * @property {string} name as tables show it
 * @property {string} note what it is, in a line
 * @property {number} [sparsity] what pruning was asked for
 * @property {(kernel: Kernel, seed: number) => Quantizer} [quantizer] absent: the gradient stays as it is
 */

/**
 * @param {import('@ukernels/gradient-quantization').Format} format
 * @param {import('@ukernels/gradient-quantization').EncodeOptions} options
 * @returns {Variant['quantizer']}
 */
const element = (format, options) => (kernel) => (gradient) => {
  const packed = kernel.encode(gradient, format, options)
  kernel.decode(packed, { out: gradient })
  return packed
}

/** @type {Variant['quantizer']} */
const luq = (kernel, seed) => (gradient, stream) => {
  const packed = kernel.luqEncode(gradient, { seed, stream })
  kernel.decode(packed, { out: gradient })
  return packed
}

/**
 * Measures the two numbers of the lognormal, solves for the threshold, prunes. No feedback: the closed form alone
 * decides, at every step anew.
 *
 * @param {number} sparsity
 * @returns {Variant['quantizer']}
 */
const prune = (sparsity) => (kernel, seed) => (gradient, stream) => {
  const { n, zeros, muLog2, sigmaLog2, degenerate } = kernel.stats(gradient)
  const { alpha } = degenerate ? { alpha: 0 } : pruneThreshold({ muLog2, sigmaLog2, sparsity, zeroFraction: zeros / n })
  const packed = kernel.pruneEncode(gradient, alpha, { seed, stream })
  kernel.decode(packed, { out: gradient })
  return packed
}

/** @type {Variant[]} */
export const variants = [
  { id: 'fp32', name: 'FP32', note: 'gradients as they are' },
  {
    id: 'fp8-headroom-3',
    name: 'FP8 1-4-3, headroom 3',
    note: 'IEEE-like E4M3, mean magnitude put at 2^-3: room for the large ones',
    quantizer: element(ieee(4, 3), { scale: 'lognormal', headroom: 3 }),
  },
  {
    id: 'fp8-headroom-0',
    name: 'FP8 1-4-3, headroom 0',
    note: 'the same format, mean magnitude put at 1: the large ones are clipped',
    quantizer: element(ieee(4, 3), { scale: 'lognormal', headroom: 0 }),
  },
  {
    id: 'fp8-amax',
    name: 'FP8 1-4-3, amax',
    note: 'the same format, scaled by the largest magnitude',
    quantizer: element(ieee(4, 3), { scale: 'amax' }),
  },
  {
    id: 'e5m2-headroom-0',
    name: 'FP8 1-5-2, headroom 0',
    note: 'E5M2: more range, less precision',
    quantizer: element(ieee(5, 2), { scale: 'lognormal', headroom: 0 }),
  },
  {
    id: 'e5m2-headroom-3',
    name: 'FP8 1-5-2, headroom 3',
    note: 'E5M2 with room for the large ones',
    quantizer: element(ieee(5, 2), { scale: 'lognormal', headroom: 3 }),
  },
  {
    id: 'fp6-headroom-3',
    name: 'FP6 1-4-1, headroom 3',
    note: 'six bits, four of them exponent',
    quantizer: element(ieee(4, 1), { scale: 'lognormal', headroom: 3 }),
  },
  {
    id: 'fp4-rne',
    name: 'FP4 1-3-0, nearest',
    note: 'powers of two, rounded to nearest: small gradients are lost',
    quantizer: element(finite(3, 0), { scale: 'amax' }),
  },
  {
    id: 'luq',
    name: 'FP4 LUQ',
    note: 'powers of two, rounded at random: right on average',
    quantizer: luq,
  },
  {
    id: 'prune-90',
    name: 'pruned 90 %',
    note: 'nine of ten gradients become zero, at random so that the mean stays',
    sparsity: 0.9,
    quantizer: prune(0.9),
  },
  {
    id: 'prune-95',
    name: 'pruned 95 %',
    note: 'nineteen of twenty gradients become zero',
    sparsity: 0.95,
    quantizer: prune(0.95),
  },
]
