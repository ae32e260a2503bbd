/**
 * @typedef {object} Table
 * @property {{ title: string, align?: 'left' | 'right' }[]} columns
 * @property {string[][]} rows
 */

/**
 * The table in characters, for the console.
 *
 * @param {Table} table
 */
export function tableText({ columns, rows }) {
  const widths = columns.map(({ title }, j) => Math.max(title.length, ...rows.map((row) => row[j].length)))
  const line = (/** @type {string[]} */ cells) =>
    cells
      .map((cell, j) => (columns[j].align === 'right' ? cell.padStart(widths[j]) : cell.padEnd(widths[j])))
      .join('  ')
      .trimEnd()
  const rule = widths.map((width) => '─'.repeat(width)).join('──')
  return [line(columns.map(({ title }) => title)), rule, ...rows.map(line)].join('\n')
}

/**
 * The table in HTML; cells are HTML already.
 *
 * @param {Table} table
 */
export function tableHtml({ columns, rows }) {
  const cell = (/** @type {string} */ tag, /** @type {string} */ text, /** @type {number} */ j) =>
    `<${tag}${columns[j].align === 'right' ? ' class="number"' : ''}>${text}</${tag}>`
  const head = columns.map(({ title }, j) => cell('th', title, j)).join('')
  const body = rows.map((row) => `<tr>${row.map((text, j) => cell('td', text, j)).join('')}</tr>`).join('\n')
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`
}
