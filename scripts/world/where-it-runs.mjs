// The README's table "Where it runs", made of what the tests recorded, platforms of what `npm run prebuild` did, and of
// nothing else.
//
//   node scripts/world/where-it-runs.mjs            writes it after npm run test:runtimes, test:bundlers, release:rehearse
//   node scripts/world/where-it-runs.mjs --check    fails where it says something else than they did
import { readFileSync, writeFileSync } from 'node:fs'
import { at, kernels } from '../lib/paths.mjs'
import { isOlder, prebuilds, stale } from '../release/record.mjs'
import { recorded } from './results.mjs'

const file = at('README.md')
const marked = /(<!-- where it runs -->\n)[\s\S]*?(<!-- \/where it runs -->)/

/** Order and headings of the groups that suites record. */
const groups = {
  runtimes: 'Runtimes',
  browser: 'Chromium',
  bundlers: 'Bundlers, opened in Chromium',
  hosts: 'Servers, executables, edge runtimes',
  platforms: 'Platforms',
  'package managers': 'Package managers',
}

const texts = {
  failed: '✗',
  missing: 'not built of every kernel',
  skipped: 'not run',
  built: 'built, not run here',
  checked: 'checked, not run',
  ran: '✓',
}
/** The weakest first: a cell says what holds for every kernel. */
const weakest = Object.keys(texts)
const unmeant = '–'

function textOf(cells) {
  if (cells.length === 0) return unmeant
  const ran = new Set(cells.map(({ kernel }) => kernel))
  const states = [
    ...cells.map(({ state }) => state),
    ...(kernels.every((kernel) => ran.has(kernel)) ? [] : ['skipped']),
  ]
  return texts[weakest.find((state) => states.includes(state))]
}

/**
 * Cells of the prebuilds' record. A row says when its addons were built, the oldest of them, whether from sources that
 * have changed since, and what ran them.
 *
 * @param isOlder - whether an entry's sources, of a kernel, have changed
 */
export function platformCells(record, isOlder) {
  return Object.entries(record).flatMap(([target, entries]) => {
    const all = Object.entries(entries).filter(([kernel]) => kernels.includes(kernel))
    const [date] = all.map(([, entry]) => entry.date).sort()
    const older = all.some(([kernel, entry]) => isOlder(kernel, entry)) ? ['of older sources'] : []
    const on = new Set(all.map(([, { ran }]) => ran?.on).filter(Boolean))
    const row = [target, date, ...older, ...on].join(', ')
    return kernels.flatMap((kernel) => {
      const { [kernel]: entry } = entries
      return [
        {
          group: 'platforms',
          row,
          kernel,
          backend: 'native',
          state: entry?.ran?.native ?? (entry ? 'built' : 'missing'),
        },
        { group: 'platforms', row, kernel, backend: 'wasm', state: entry?.ran?.wasm ?? 'skipped' },
      ]
    })
  })
}

/** Rows of `[group, row, native, wasm]`. */
export function rowsOf(cells) {
  return Object.keys(groups).flatMap((group) => {
    const inGroup = cells.filter((cell) => cell.group === group)
    return [...new Set(inGroup.map(({ row }) => row))].map((row) => {
      const of = (backend) => textOf(inGroup.filter((cell) => cell.row === row && cell.backend === backend))
      return [group, row, of('native'), of('wasm')]
    })
  })
}

/** The table in Markdown. */
export function tableOf(rows) {
  const lines = Object.entries(groups).flatMap(([group, heading]) => {
    const own = rows.filter(([of]) => of === group)
    if (own.length === 0) return []
    return [`| **${heading}** | | |`, ...own.map(([, row, native, wasm]) => `| ${row} | ${native} | ${wasm} |`)]
  })
  return ['| | native | wasm |', '|---|---|---|', ...lines, ''].join('\n')
}

/** A page's cells, by row and column. */
function cellsIn(page) {
  const table = marked.exec(page)?.[0] ?? ''
  const lines = [...table.matchAll(/^\| (?!\*\*)(.+?) \| (.+?) \| (.+?) \|$/gm)].map(([, row, ...cells]) => [
    row,
    cells,
  ])
  return new Map(lines)
}

/**
 * What a page's table says and nothing that ran bears out, and what ran that it doesn't say. What one machine can't run
 * another may have; of platforms everything is recorded.
 */
export function differences(rows, page) {
  const said = cellsIn(page)
  const wrong = rows.flatMap(([group, row, ...found]) => {
    const cells = said.get(row) ?? []
    const skipped = (text) => text === texts.skipped && group !== 'platforms' && cells.length > 0
    const same = found.every((text, i) => text === cells[i] || skipped(text))
    return same ? [] : [`${row}: README.md has ${cells.join(', ') || 'no such row'}; the tests say ${found.join(', ')}`]
  })
  const ran = new Set(rows.map(([, row]) => row))
  return [...wrong, ...[...said.keys()].filter((row) => !ran.has(row)).map((row) => `${row}: no test ran this`)]
}

/** A page with the table put into its place. */
export const written = (page, rows) => page.replace(marked, (_, before, after) => `${before}${tableOf(rows)}${after}`)

const rowsNow = () => rowsOf([...recorded(), ...platformCells(prebuilds(), isOlder)])

/** As a check of `ready`, after the tests: an exit code. */
export function checkTable() {
  const wrong = differences(rowsNow(), readFileSync(file, 'utf8'))
  for (const each of wrong) console.error(each)
  for (const each of stale()) console.log(each)
  console.log(wrong.length > 0 ? 'To write the table: node scripts/world/where-it-runs.mjs' : 'the table is what ran')
  return wrong.length > 0 ? 1 : 0
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv.includes('--check')) process.exitCode = checkTable()
  else writeFileSync(file, written(readFileSync(file, 'utf8'), rowsNow()))
}
