/** Pieces of HTML that the sections of the report have in common. */
import { escapeHtml } from './svg.mjs'

/** @param {string} title @param {string} picture @param {string} [caption] */
export function figure(title, picture, caption = '') {
  const head = title ? `<h3>${title}</h3>` : ''
  return `<figure>${head}${picture}${caption ? `<figcaption>${caption}</figcaption>` : ''}</figure>`
}

/** @param {string[][]} list value, what it is, more about it */
export const tiles = (list) =>
  `<div class="tiles">${list
    .map(([value, what, more]) => `<div class="tile"><b>${value}</b><span>${what}</span><small>${more}</small></div>`)
    .join('')}</div>`

/** @typedef {{ what: string, value: string, ok: boolean }} Bar something that must be reached */

/** @param {Bar[]} bars */
export function barList(bars) {
  if (bars.length === 0) return ''
  const items = bars.map(
    ({ what, value, ok }) => `<li class="${ok ? 'ok' : 'missed'}">${escapeHtml(what)}: <b>${value}</b></li>`,
  )
  return `<h3>Acceptance bars</h3><ul class="bars">${items.join('')}</ul>`
}

/** @param {Bar[]} bars lines for the console */
export const barNotes = (bars) => bars.map(({ what, value, ok }) => `${ok ? 'reached' : 'MISSED '}  ${what}: ${value}`)

/** @param {string} missing why there is no native backend, or empty */
export const missingNote = (missing) =>
  missing ? `<p class="warning">No native backend here, wasm ran alone: ${escapeHtml(missing)}</p>` : ''
