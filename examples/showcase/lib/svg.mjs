/** Just enough SVG for the pictures: strings in, strings out, so that Node and a page can draw the same. */

/** @param {unknown} text */
export const escapeHtml = (text) =>
  String(text).replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c])

/**
 * An element; numbers are rounded to a hundredth of a pixel.
 *
 * @param {string} name
 * @param {Record<string, string | number | undefined>} attributes
 * @param {string[]} children
 */
export function element(name, attributes, ...children) {
  const list = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? Math.round(value * 100) / 100 : escapeHtml(value)}"`)
  return `<${name}${list.join('')}>${children.join('')}</${name}>`
}

/** @param {number} x @param {number} y @param {string} content @param {Record<string, string | number>} [more] */
export const text = (x, y, content, more = {}) => element('text', { x, y, ...more }, escapeHtml(content))

/** @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 @param {string} style CSS class */
export const line = (x1, y1, x2, y2, style) => element('line', { x1, y1, x2, y2, class: style })

/** @param {number} x @param {number} y @param {number} width @param {number} height @param {string} style CSS class */
export const rect = (x, y, width, height, style) =>
  element('rect', { x, y, width: Math.max(0, width), height: Math.max(0, height), class: style })

/** @param {[number, number][]} points */
export const path = (points) =>
  points.map(([x, y], i) => `${i ? 'L' : 'M'}${Math.round(x * 100) / 100} ${Math.round(y * 100) / 100}`).join('')

/** @typedef {((value: number) => number) & { domain: [number, number], range: [number, number] }} Scale */

/** @param {[number, number]} domain @param {[number, number]} range @returns {Scale} */
export function linear(domain, range) {
  const [a, b] = domain
  const [c, d] = range
  return Object.assign((/** @type {number} */ value) => c + ((value - a) / (b - a)) * (d - c), { domain, range })
}

/**
 * Round values in the domain, about `count` of them.
 *
 * @param {[number, number]} domain
 * @param {number} count
 */
export function ticks([from, to], count) {
  const rough = (to - from) / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999)
  const first = Math.ceil(from / step - 1e-9)
  return Array.from({ length: Math.floor(to / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step)
}

/**
 * Horizontal grid lines with their values on the left.
 *
 * @param {Scale} x
 * @param {Scale} y
 * @param {number[]} values
 * @param {(value: number) => string} format
 */
export const yAxis = (x, y, values, format) =>
  values
    .map(
      (value) =>
        line(x.range[0], y(value), x.range[1], y(value), 'grid') +
        text(x.range[0] - 8, y(value) + 4, format(value), { 'text-anchor': 'end' }),
    )
    .join('')

/**
 * The base line with values below it.
 *
 * @param {Scale} x
 * @param {number} at
 * @param {number[]} values
 * @param {(value: number) => string} format
 */
export const xAxis = (x, at, values, format) =>
  line(x.range[0], at, x.range[1], at, 'axis') +
  values
    .map(
      (value) =>
        line(x(value), at, x(value), at + 4, 'axis') +
        text(x(value), at + 18, format(value), { 'text-anchor': 'middle' }),
    )
    .join('')

/**
 * Moves labels apart: positions in the same order, at least `gap` from each other, as near as possible to the wish.
 *
 * @param {number[]} wishes
 * @param {number} gap
 * @param {[number, number]} bounds
 */
export function spread(wishes, gap, [low, high]) {
  const order = wishes.map((_, i) => i).sort((a, b) => wishes[a] - wishes[b])
  const placed = [...wishes]
  // Groups of touching labels, each centered on the mean wish of its members.
  /** @type {{ members: number[], center: number }[]} */
  const groups = []
  for (const i of order) {
    groups.push({ members: [i], center: wishes[i] })
    for (;;) {
      const last = groups.at(-1)
      const half = ((last.members.length - 1) * gap) / 2
      last.center = Math.min(high - half, Math.max(low + half, last.center))
      const before = groups.at(-2)
      if (!before) break
      const beforeEnd = before.center + ((before.members.length - 1) * gap) / 2
      if (last.center - half - beforeEnd >= gap) break
      const members = [...before.members, ...last.members]
      groups.splice(-2, 2, { members, center: members.reduce((sum, m) => sum + wishes[m], 0) / members.length })
    }
  }
  for (const { members, center } of groups) {
    for (const [k, i] of members.entries()) placed[i] = center + (k - (members.length - 1) / 2) * gap
  }
  return placed
}

/**
 * A picture of a fixed shape that scales with its column.
 *
 * @param {number} width
 * @param {number} height
 * @param {string} label what it shows, for those who can't see it
 */
export const svg = (width, height, label, /** @type {string[]} */ ...children) =>
  element('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label }, ...children)
