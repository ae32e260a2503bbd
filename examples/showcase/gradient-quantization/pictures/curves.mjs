/** Accuracy on the test set as training goes on, a line per variant. */
import { element, linear, path, spread, svg, text, ticks, xAxis, yAxis } from '../../lib/svg.mjs'

const WIDTH = 900
const HEIGHT = 380
const LEFT = 52
const RIGHT = WIDTH - 250
const TOP = 16
const BASE = HEIGHT - 44

/** @typedef {{ id: string, name: string, curve: { epoch: number, accuracy: number }[] }} Line */

/** @param {Line[]} lines @param {number} epochs @param {[number, number]} domain accuracies that the axis shows */
export function accuracyCurves(lines, epochs, domain) {
  const x = linear([0, epochs], [LEFT, RIGHT])
  const y = linear(domain, [BASE, TOP])
  const ends = lines.map(({ curve }) => y(Math.max(domain[0], curve.at(-1)?.accuracy ?? 0)))
  const places = spread(ends, 17, [TOP + 4, BASE])
  return svg(
    WIDTH,
    HEIGHT,
    'accuracy on the test set by epoch',
    yAxis(x, y, ticks(domain, 6), (v) => `${Math.round(100 * v)} %`),
    xAxis(x, BASE, ticks(x.domain, Math.min(epochs, 5)), (v) => String(v)),
    text((LEFT + RIGHT) / 2, HEIGHT - 6, 'epoch', { 'text-anchor': 'middle' }),
    element('clipPath', { id: 'plot' }, element('rect', { x: LEFT, y: TOP, width: RIGHT - LEFT, height: BASE - TOP })),
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
            [RIGHT + 12, places[i]],
          ]),
          class: 'leader',
        }) +
        element('circle', { cx: at, cy: ends[i], r: 3, class: `dot of-${id}` }) +
        text(RIGHT + 16, places[i] + 4, `${(100 * end.accuracy).toFixed(2)}  ${name}`, { class: `label of-${id}` })
      )
    }),
  )
}
