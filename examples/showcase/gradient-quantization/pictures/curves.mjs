/** Accuracy on the test set as training goes on, a line per variant. */
import { element, linear, path, spread, svg, text, ticks, xAxis, yAxis } from '../../lib/svg.mjs'

const LEFT = 52
const TOP = 16

/** @typedef {{ id: string, name: string, curve: { epoch: number, accuracy: number }[] }} Line */

/**
 * @param {Line[]} lines
 * @param {number} epochs
 * @param {[number, number]} domain accuracies that the axis shows
 * @param {{ width?: number, height?: number, labels?: number }} [size] in pixels; `labels` is the part on the right
 */
export function accuracyCurves(lines, epochs, domain, { width = 900, height = 380, labels = 250 } = {}) {
  const right = width - labels
  const base = height - 44
  const x = linear([0, epochs], [LEFT, right])
  const y = linear(domain, [base, TOP])
  const ends = lines.map(({ curve }) => y(Math.max(domain[0], curve.at(-1)?.accuracy ?? 0)))
  const places = spread(ends, 17, [TOP + 4, base])
  return svg(
    width,
    height,
    'accuracy on the test set by epoch',
    yAxis(x, y, ticks(domain, 6), (v) => `${Math.round(100 * v)} %`),
    xAxis(x, base, ticks(x.domain, Math.min(epochs, 5)), (v) => String(v)),
    text((LEFT + right) / 2, height - 6, 'epoch', { 'text-anchor': 'middle' }),
    element('clipPath', { id: 'plot' }, element('rect', { x: LEFT, y: TOP, width: right - LEFT, height: base - TOP })),
    ...lines.map(({ id, curve }) => {
      const points = curve.map(({ epoch, accuracy }) => /** @type {[number, number]} */ ([x(epoch), y(accuracy)]))
      return element('path', { d: path(points), class: `line of-${id}`, 'clip-path': 'url(#plot)' })
    }),
    ...lines.map(({ id, name, curve }, i) => {
      const end = curve.at(-1)
      if (!end) return ''
      const at = x(end.epoch)
      return (
        element('path', {
          d: path([
            [at + 2, ends[i]],
            [right + 12, places[i]],
          ]),
          class: 'leader',
        }) +
        element('circle', { cx: at, cy: ends[i], r: 3, class: `dot of-${id}` }) +
        text(right + 16, places[i] + 4, `${(100 * end.accuracy).toFixed(2)}  ${name}`, { class: `label of-${id}` })
      )
    }),
  )
}
