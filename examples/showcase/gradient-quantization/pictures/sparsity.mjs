/** Requested against achieved sparsity: along training, and over all requests on one set of gradients. */
import { element, line, linear, path, rect, svg, text, ticks, xAxis, yAxis } from '../../lib/svg.mjs'

const WIDTH = 560
const HEIGHT = 320
const LEFT = 56
const RIGHT = WIDTH - 28
const TOP = 16
const BASE = HEIGHT - 44

/** @param {number} v */
const percent = (v) => `${Math.round(100 * v)} %`

/**
 * Every pruned gradient of a run as a dot, one color per layer.
 *
 * @param {{ epoch: number, layer: number, achieved: number }[]} points @param {number} target @param {number} epochs
 */
export function sparsityByStep(points, target, epochs) {
  const x = linear([0, epochs], [LEFT, RIGHT])
  const reach = Math.max(0.04, ...points.map(({ achieved }) => Math.abs(achieved - target) * 1.1))
  const y = linear([target - reach, Math.min(1, target + reach)], [BASE, TOP])
  return svg(
    WIDTH,
    HEIGHT,
    `share of zeros in every pruned gradient; ${percent(target)} were requested`,
    yAxis(x, y, ticks(y.domain, 6), (v) => `${(100 * v).toFixed(0)} %`),
    rect(LEFT, y(Math.min(y.domain[1], target + 0.01)), RIGHT - LEFT, y(target - 0.01) - y(target + 0.01), 'band'),
    line(LEFT, y(target), RIGHT, y(target), 'target'),
    ...points.map(({ epoch, layer, achieved }) =>
      element('circle', { cx: x(epoch), cy: y(achieved), r: 2.2, class: `dot layer-${layer}` }),
    ),
    xAxis(x, BASE, ticks(x.domain, Math.min(epochs, 5)), (v) => String(v)),
    text((LEFT + RIGHT) / 2, HEIGHT - 6, 'epoch', { 'text-anchor': 'middle' }),
  )
}

/** @param {{ layer: number, zeroFraction: number, points: { requested: number, achieved: number }[] }[]} layers */
export function sparsitySweep(layers) {
  const low = Math.floor(Math.min(...layers.map(({ zeroFraction }) => zeroFraction)) * 10) / 10
  const x = linear([low, 1], [LEFT, RIGHT])
  const y = linear([low, 1], [BASE, TOP])
  return svg(
    WIDTH,
    HEIGHT,
    'achieved sparsity for every requested one, by layer',
    yAxis(x, y, ticks(y.domain, 5), percent),
    xAxis(x, BASE, ticks(x.domain, 5), percent),
    line(x(low), y(low), x(1), y(1), 'target'),
    ...layers.map(
      ({ layer, points }) =>
        element('path', {
          d: path(points.map(({ requested, achieved }) => [x(requested), y(achieved)])),
          class: `thin layer-${layer}`,
        }) +
        points
          .map(({ requested, achieved }) =>
            element('circle', { cx: x(requested), cy: y(achieved), r: 3.2, class: `dot layer-${layer}` }),
          )
          .join(''),
    ),
    text((LEFT + RIGHT) / 2, HEIGHT - 6, 'requested', { 'text-anchor': 'middle' }),
    text(14, (TOP + BASE) / 2, 'achieved', {
      'text-anchor': 'middle',
      transform: `rotate(-90 14 ${(TOP + BASE) / 2})`,
    }),
  )
}
