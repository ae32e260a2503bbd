/** Horizontal bars on a logarithmic axis, as SVG. */
export interface Bar {
  label: string
  value: number
  low: number
  high: number
  color: string
}

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] as string)

const WIDTH = 900
const LEFT = 210
const RIGHT = 90
const ROW = 20

/** Three significant digits. */
export const figure = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value.toPrecision(3).replace(/\.?0+$/, '')

/** Bars in the given order; values are positive, the axis spans them by powers of ten. */
export function bars(rows: readonly Bar[], unit: string): string {
  const from = Math.floor(Math.log10(Math.min(...rows.map((r) => r.low))))
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...rows.map((r) => r.high)))))
  const x = (value: number) => LEFT + ((Math.log10(value) - from) / (to - from)) * (WIDTH - LEFT - RIGHT)
  const height = rows.length * ROW + 30
  const ticks = Array.from({ length: to - from + 1 }, (_, i) => 10 ** (from + i)).map(
    (value) =>
      `<line x1="${x(value)}" x2="${x(value)}" y1="0" y2="${height - 26}" class="tick"/>` +
      `<text x="${x(value)}" y="${height - 10}" class="axis">${figure(value)} ${escapeHtml(unit)}</text>`,
  )
  const drawn = rows.map((row, i) => {
    const y = i * ROW
    return (
      `<text x="${LEFT - 8}" y="${y + 14}" class="label">${escapeHtml(row.label)}</text>` +
      `<rect x="${LEFT}" y="${y + 3}" width="${Math.max(1, x(row.value) - LEFT)}" height="${ROW - 6}" fill="${row.color}"/>` +
      `<line x1="${x(row.low)}" x2="${x(row.high)}" y1="${y + ROW / 2}" y2="${y + ROW / 2}" class="whisker"/>` +
      `<text x="${x(row.high) + 6}" y="${y + 14}" class="value">${figure(row.value)}</text>`
    )
  })
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img">${ticks.join('')}${drawn.join('')}</svg>`
}
