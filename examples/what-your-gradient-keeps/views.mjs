/** What the page draws: numbers in, elements of the page changed. */
import { expectedError, pruneThreshold } from '@ukernels/gradient-quantization'
import { errors, positives, predictedCosine } from '../showcase/gradient-quantization/measures.mjs'
import { accuracyCurves } from '../showcase/gradient-quantization/pictures/curves.mjs'
import { domainOf, histogram } from '../showcase/gradient-quantization/pictures/histogram.mjs'
import { heatPixels } from '../showcase/lib/heat.mjs'
import { element, path, svg, text } from '../showcase/lib/svg.mjs'

/** @param {string} id */
export const byId = (id) => document.getElementById(id)

/** @param {number} value */
const percent = (value) => `${(100 * value).toPrecision(3)} %`

/**
 * The histogram, the predictions beside what was measured, and the three heat maps.
 *
 * @param {import('../showcase/gradient-quantization/variants.mjs').Kernel} kernel
 * @param {Float32Array} gradient
 * @param {number} columns
 * @param {import('@ukernels/gradient-quantization').Format} format
 * @param {number} headroom
 */
export function showFormat(kernel, gradient, columns, format, headroom) {
  const stats = kernel.stats(gradient)
  const { muLog2, sigmaLog2, count, degenerate } = stats
  if (degenerate || sigmaLog2 === 0) return
  const packed = kernel.encode(gradient, format, { scale: 'lognormal', headroom, count: true })
  const after = kernel.decode(packed)
  byId('histogram').innerHTML = histogram({
    title: '',
    bins: kernel.logHistogram(gradient),
    muLog2,
    sigmaLog2,
    grid: positives(format).map((value) => value / packed.scale),
    clipped: packed.overflowed / count,
    lost: packed.underflowed / count,
    domain: domainOf(muLog2, sigmaLog2),
    width: 460,
  })

  const measured = errors(gradient, after)
  const mu = muLog2 + Math.log2(packed.scale)
  byId('facts').innerHTML =
    fact('relative error', percent(expectedError(format, mu, sigmaLog2, 'rel')), percent(measured.relative)) +
    fact('cosine', predictedCosine(kernel, format, packed.scale, stats).toFixed(4), measured.cosine.toFixed(4)) +
    fact('mean, deviation of log2', '', `${muLog2.toFixed(2)}, ${sigmaLog2.toFixed(2)}`.replace('-', '−'))

  /** @type {[number, number]} */
  const domain = [muLog2 - 1.5 * sigmaLog2, muLog2 + 2.5 * sigmaLog2]
  paint('before', gradient, columns, domain)
  paint('after', after, columns, domain)
  paint(
    'error',
    gradient.map((value, i) => after[i] - value),
    columns,
    domain,
  )
  byId('after-bits').textContent = `${format.bits} bits per element`
  byId('error-size').textContent = `${percent(measured.relative)} of the magnitude, on average`
}

/** @param {string} what @param {string} predicted @param {string} measured */
const fact = (what, predicted, measured) =>
  `<tr><td>${what}</td><td class="number">${predicted}</td><td class="number">${measured}</td></tr>`

/** @param {string} id @param {Float32Array} values @param {number} columns @param {[number, number]} domain */
function paint(id, values, columns, domain) {
  const canvas = /** @type {HTMLCanvasElement} */ (byId(id))
  const { width, height, data } = heatPixels(values, columns, domain)
  canvas.width = width
  canvas.height = height
  canvas.getContext('2d').putImageData(new ImageData(data, width, height), 0, 0)
}

/** @param {import('./classroom.mjs').Pupil[]} pupils @param {number} epochs */
export function showCurves(pupils, epochs) {
  byId('curves').innerHTML = accuracyCurves(pupils, epochs, [0.7, 1], { width: 480, height: 330, labels: 194 })
}

/**
 * Prunes the gradient at the requested sparsity and shows what came of it.
 *
 * @param {import('../showcase/gradient-quantization/variants.mjs').Kernel} kernel
 * @param {Float32Array} gradient
 * @param {number} requested
 */
export function showSparsity(kernel, gradient, requested) {
  const { n, zeros, muLog2, sigmaLog2, degenerate } = kernel.stats(gradient)
  if (degenerate) return
  const { alpha } = pruneThreshold({ muLog2, sigmaLog2, zeroFraction: zeros / n, sparsity: requested })
  const achieved = kernel.prune(gradient, alpha, { seed: 1 }).zeros / n
  byId('dial').innerHTML = dial(requested, achieved, zeros / n)
}

/**
 * A half circle from 0 to 1: filled to what was achieved, a needle at what was requested.
 *
 * @param {number} requested
 * @param {number} achieved
 * @param {number} before
 */
function dial(requested, achieved, before) {
  const at = (/** @type {number} */ share, /** @type {number} */ radius) => {
    const angle = Math.PI * (1 - share)
    return /** @type {[number, number]} */ ([150 + radius * Math.cos(angle), 138 - radius * Math.sin(angle)])
  }
  const arc = (/** @type {number} */ share) => path(Array.from({ length: 61 }, (_, i) => at((share * i) / 60, 110)))
  return svg(
    300,
    176,
    `${percent(requested)} requested, ${percent(achieved)} achieved`,
    element('path', { d: arc(1), class: 'arc' }),
    element('path', { d: arc(achieved), class: 'arc achieved' }),
    element('path', { d: path([at(requested, 94), at(requested, 126)]), class: 'needle' }),
    text(150, 116, `${(100 * achieved).toFixed(1)} %`, { 'text-anchor': 'middle', class: 'big' }),
    text(150, 138, 'achieved', { 'text-anchor': 'middle' }),
    text(150, 168, `${Math.round(100 * requested)} % requested; ${Math.round(100 * before)} % were zero before`, {
      'text-anchor': 'middle',
    }),
  )
}
