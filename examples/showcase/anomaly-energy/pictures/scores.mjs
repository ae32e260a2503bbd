/** Every test crop's score, by kind: a dot each, on a logarithmic axis, with the threshold. */
import { element, line, linear, svg, text } from '../../lib/svg.mjs'

const WIDTH = 900
const LEFT = 90
const RIGHT = WIDTH - 110
const ROW = 34
const TOP = 24

/**
 * @param {{ scores: Float32Array, kinds: string[] }} all
 * @param {number} threshold
 * @param {{ kind: string, found: number }[]} shares above the threshold
 */
export function scoreDots({ scores, kinds }, threshold, shares) {
  const height = TOP + shares.length * ROW + 40
  const base = height - 40
  const low = scores.reduce((a, b) => Math.min(a, b))
  const high = scores.reduce((a, b) => Math.max(a, b))
  const x = linear([Math.log10(low) - 0.02, Math.log10(high) + 0.02], [LEFT, RIGHT])
  const values = [1, 2, 5].flatMap((m) => [100, 1000, 10_000, 100_000].map((power) => m * power))
  return svg(
    WIDTH,
    height,
    'scores of the test crops by kind of defect',
    ...values
      .filter((v) => v > low && v < high)
      .flatMap((v) => [
        line(x(Math.log10(v)), TOP, x(Math.log10(v)), base, 'grid'),
        text(x(Math.log10(v)), base + 18, v.toLocaleString('en-US'), { 'text-anchor': 'middle' }),
      ]),
    line(x(Math.log10(threshold)), TOP - 6, x(Math.log10(threshold)), base, 'target'),
    text(x(Math.log10(threshold)) + 6, TOP - 8, 'threshold', { class: 'small' }),
    text((LEFT + RIGHT) / 2, height - 4, 'largest |∂E/∂x| of a crop', { 'text-anchor': 'middle' }),
    ...shares.map(({ kind, found }, i) => {
      const y = TOP + (i + 0.5) * ROW
      const own = scores.filter((_, j) => kinds[j] === kind)
      const dots = [...own].map((score, j) =>
        element('circle', {
          cx: x(Math.log10(score)),
          cy: y - 8 + (16 * ((j * 7) % own.length)) / own.length,
          r: 3.2,
          class: score > threshold ? 'score above' : 'score',
        }),
      )
      const label = text(LEFT - 12, y + 4, kind, { 'text-anchor': 'end', class: 'strong' })
      return element('g', {}, label, ...dots, text(RIGHT + 12, y + 4, `${Math.round(100 * found)} % above`))
    }),
  )
}
