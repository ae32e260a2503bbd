/** How log2|gradient| is distributed, and what a number format makes of it. */
import { element, line, linear, path, rect, svg, text, ticks, xAxis } from '../../lib/svg.mjs'

const LEFT = 14
const TOP = 34
const BASE = 186
/** Bins of `logHistogram` that are drawn as one bar: half a binade. */
const GROUP = 4

/**
 * @typedef {object} HistogramData
 * @property {string} title
 * @property {Uint32Array} bins of `logHistogram`
 * @property {number} muLog2
 * @property {number} sigmaLog2
 * @property {number[]} grid positive values that the format represents, scale undone, ascending
 * @property {number} clipped share of the non-zeros beyond the largest value
 * @property {number} lost share of the non-zeros that become zero
 * @property {string} [caption] what was predicted and measured
 * @property {number} [width] in pixels, default 560
 * @property {[number, number]} [domain] of the axis, in log2 units
 */

/**
 * Lower edge of bin i, in log2 units: i = biased exponent · 8 + three bits of mantissa.
 *
 * @param {number} i
 */
const edge = (i) => (i < 8 ? -149 + (i * 23) / 8 : Math.floor(i / 8) - 127 + Math.log2(1 + (i % 8) / 8))

/**
 * The part of the axis that holds the bars and the curve.
 *
 * @param {number} mu
 * @param {number} sigma
 * @returns {[number, number]}
 */
export const domainOf = (mu, sigma) => [Math.floor(mu - 3.2 * sigma), Math.ceil(mu + 3.2 * sigma)]

/** @param {HistogramData} data */
export function histogram({ title, bins, muLog2, sigmaLog2, grid, clipped, lost, caption, domain, width = 560 }) {
  const right = width - LEFT
  const height = caption ? 250 : 222
  const x = linear(domain ?? domainOf(muLog2, sigmaLog2), [LEFT, right])
  const bars = barsOf(bins, x.domain)
  const normal = (/** @type {number} */ v) =>
    Math.exp(-0.5 * ((v - muLog2) / sigmaLog2) ** 2) / (sigmaLog2 * Math.sqrt(2 * Math.PI))
  const top = Math.max(normal(muLog2), ...bars.map(({ density }) => density))
  const y = linear([0, top * 1.06], [BASE, TOP])
  const curve = Array.from({ length: 121 }, (_, i) => {
    const v = x.domain[0] + ((x.domain[1] - x.domain[0]) * i) / 120
    return /** @type {[number, number]} */ ([x(v), y(normal(v))])
  })

  const underflow = clampTo(x, Math.log2(grid[0] / 2))
  const overflow = clampTo(x, Math.log2(grid.at(-1)))
  return svg(
    width,
    height,
    `${title}: histogram of the base-2 logarithm of the gradient's magnitude`,
    text(LEFT, 16, title, { class: 'title' }),
    ...bars.map(({ from, to, density }) => {
      const style = barStyle(2 ** ((from + to) / 2), grid)
      return rect(x(from) + 0.5, y(density), x(to) - x(from) - 1, BASE - y(density), style)
    }),
    rect(LEFT, TOP, underflow - LEFT, BASE - TOP, 'wash lost'),
    rect(overflow, TOP, right - overflow, BASE - TOP, 'wash clipped'),
    share(LEFT + 8, lost, 'become 0', 'start', 'lost'),
    share(right - 8, clipped, 'clipped', 'end', 'clipped'),
    element('path', { d: path(curve), class: 'curve' }),
    ...grid
      .map((value) => Math.log2(value))
      .filter((v) => v >= x.domain[0] && v <= x.domain[1])
      .map((v) => line(x(v), BASE + 1, x(v), BASE + 11, 'rug')),
    element(
      'g',
      { transform: 'translate(0 13)' },
      xAxis(x, BASE, ticks(x.domain, 8), (v) => String(v).replace('-', '−')),
    ),
    caption ? text((LEFT + right) / 2, height - 12, caption, { 'text-anchor': 'middle', class: 'strong' }) : '',
  )
}

/** @param {number} value @param {number[]} grid */
const barStyle = (value, grid) => (value > grid.at(-1) ? 'bar clipped' : value < grid[0] / 2 ? 'bar lost' : 'bar')

/** @param {import('../../lib/svg.mjs').Scale} x @param {number} value */
const clampTo = (x, value) => x(Math.min(x.domain[1], Math.max(x.domain[0], value)))

/** @param {number} x @param {number} part @param {string} what @param {string} anchor @param {string} style */
function share(x, part, what, anchor, style) {
  if (part === 0) return ''
  const percent = part < 0.0005 ? '< 0.1' : (100 * part).toFixed(1)
  return text(x, TOP + 16, `${percent} % ${what}`, { 'text-anchor': anchor, class: `share ${style}` })
}

/** @param {Uint32Array} bins @param {[number, number]} domain */
function barsOf(bins, [low, high]) {
  const total = bins.reduce((sum, count) => sum + count, 0)
  const bars = []
  for (let i = 0; i < bins.length; i += GROUP) {
    const from = edge(i)
    const to = edge(i + GROUP)
    if (from < low || to > high) continue
    let count = 0
    for (let j = i; j < i + GROUP; j++) count += bins[j]
    if (count) bars.push({ from, to, density: count / total / (to - from) })
  }
  return bars
}
