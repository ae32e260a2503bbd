/** Milliseconds per step of training that packing and unpacking the gradients takes, by variant and backend. */
import { element, line, linear, rect, svg, text, ticks } from '../../lib/svg.mjs'

const WIDTH = 900
const LEFT = 190
const RIGHT = WIDTH - 70
const ROW = 42
const TOP = 8

/** @typedef {{ name: string, times: { backend: string, ms: number }[] }} SpeedRow */

/** @param {SpeedRow[]} rows */
export function speedBars(rows) {
  const height = TOP + rows.length * ROW + 44
  const base = TOP + rows.length * ROW
  const most = Math.max(...rows.flatMap(({ times }) => times.map(({ ms }) => ms)))
  const x = linear([0, most * 1.05], [LEFT, RIGHT])
  return svg(
    WIDTH,
    height,
    'time per step for packing and unpacking the gradients',
    ...ticks(x.domain, 6).map(
      (v) =>
        line(x(v), TOP, x(v), base, 'grid') +
        text(x(v), base + 18, String(Math.round(v * 1e6) / 1e6), { 'text-anchor': 'middle' }),
    ),
    text((LEFT + RIGHT) / 2, height - 6, 'milliseconds per step', { 'text-anchor': 'middle' }),
    ...rows.map(({ name, times }, i) => {
      const top = TOP + i * ROW
      const bar = times.map(({ backend, ms }, j) => {
        const y = top + 6 + j * 16
        return (
          rect(LEFT, y, x(ms) - LEFT, 14, `backend ${backend}`) +
          text(x(ms) + 6, y + 11, `${ms.toFixed(2)} ${backend}`, { class: 'small' })
        )
      })
      return element('g', {}, text(LEFT - 10, top + 25, name, { 'text-anchor': 'end' }), ...bar)
    }),
    line(LEFT, TOP, LEFT, base, 'axis'),
  )
}
