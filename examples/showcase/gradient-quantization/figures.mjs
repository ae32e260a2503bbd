/** The pictures of the report: computed with the kernel from the gradients that the FP32 run kept. */
import { expectedError, finite, ieee, pruneThreshold } from '@ukernels/gradient-quantization'
import { heatPixels, legendPixels } from '../lib/heat.mjs'
import { pngUri } from '../lib/png.mjs'
import { errors, positives, predictedCosine, sizeOf } from './measures.mjs'
import { domainOf, histogram } from './pictures/histogram.mjs'
import { variants } from './variants.mjs'

/**
 * @typedef {import('./variants.mjs').Kernel} Kernel
 * @typedef {import('./snapshots.mjs').Snapshot} Snapshot
 */

const HISTOGRAMS = /** @type {const} */ ([
  { title: 'FP8 1-4-3, headroom 3', format: ieee(4, 3), options: { scale: 'lognormal', headroom: 3 } },
  { title: 'FP8 1-4-3, headroom 0', format: ieee(4, 3), options: { scale: 'lognormal', headroom: 0 } },
  { title: 'FP6 1-4-1, headroom 3', format: ieee(4, 1), options: { scale: 'lognormal', headroom: 3 } },
  { title: 'FP4 1-3-0, scaled by the largest', format: finite(3, 0), options: { scale: 'amax' } },
])

/** @param {Kernel} kernel @param {Snapshot} snapshot @returns {string[]} */
export function histograms(kernel, { gradient }) {
  const stats = kernel.stats(gradient)
  const { muLog2, sigmaLog2, count } = stats
  const bins = kernel.logHistogram(gradient)
  return HISTOGRAMS.map(({ title, format, options }) => {
    const packed = kernel.encode(gradient, format, { ...options, count: true })
    const grid = positives(format).map((value) => value / packed.scale)
    const predicted = expectedError(format, muLog2 + Math.log2(packed.scale), sigmaLog2, 'rel')
    const cosine = predictedCosine(kernel, format, packed.scale, stats)
    const measured = errors(gradient, kernel.decode(packed))
    return histogram({
      title,
      bins,
      muLog2,
      sigmaLog2,
      grid,
      domain: domainOf(muLog2, sigmaLog2),
      clipped: packed.overflowed / count,
      lost: packed.underflowed / count,
      caption:
        `relative error ${percent(predicted)} predicted, ${percent(measured.relative)} measured · ` +
        `cosine ${cosine.toFixed(3)} predicted, ${measured.cosine.toFixed(3)} measured`,
    })
  })
}

/** @param {number} value */
const percent = (value) => `${(100 * value).toPrecision(3)} %`

const HEATED = ['fp8-headroom-3', 'luq', 'prune-90']

/**
 * @typedef {object} HeatMaps
 * @property {string} before data URI of the gradient as it is
 * @property {{ name: string, bitsPerElement: number, after: string, error: string }[]} variants
 * @property {string} legend
 * @property {[number, number]} domain
 */

/** @param {Kernel} kernel @param {Snapshot} snapshot @returns {HeatMaps} */
export function heatMaps(kernel, { gradient, columns, muLog2, sigmaLog2 }) {
  /** @type {[number, number]} */
  const domain = [Math.floor(muLog2 - 1.5 * sigmaLog2), Math.ceil(muLog2 + 2.5 * sigmaLog2)]
  const picture = (/** @type {Float32Array} */ values) => pngUri(heatPixels(values, columns, domain))
  return {
    before: picture(gradient),
    variants: HEATED.map((id) => {
      const { name, quantizer } = variants.find((variant) => variant.id === id)
      const after = gradient.slice()
      const packed = quantizer(kernel, 1)(after, 0)
      const error = gradient.map((value, i) => after[i] - value)
      return {
        name,
        bitsPerElement: (8 * sizeOf(packed)) / gradient.length,
        after: picture(after),
        error: picture(error),
      }
    }),
    legend: pngUri(legendPixels(257)),
    domain,
  }
}

/**
 * Prunes the gradients of one moment at many requested sparsities.
 *
 * @param {Kernel} kernel
 * @param {Snapshot[]} snapshots of one step
 */
export function sweep(kernel, snapshots) {
  const requests = Array.from({ length: 21 }, (_, i) => 0.5 + 0.0245 * i)
  return snapshots.map(({ layer, gradient, muLog2, sigmaLog2, zeroFraction }) => ({
    layer,
    zeroFraction,
    points: requests
      .filter((requested) => requested > zeroFraction)
      .map((requested) => {
        const { alpha } = pruneThreshold({ muLog2, sigmaLog2, zeroFraction, sparsity: requested })
        const { zeros } = kernel.prune(gradient, alpha, { seed: 1 })
        return { requested, achieved: zeros / gradient.length }
      }),
  }))
}
