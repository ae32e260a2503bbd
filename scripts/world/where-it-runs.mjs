// The README's table "Where it runs", made of what the tests recorded, and of nothing else.
//
//   node scripts/world/where-it-runs.mjs            writes it after npm run test:runtimes, test:bundlers, release:rehearse
//   node scripts/world/where-it-runs.mjs --check    fails where it says something else than they did
import { readFileSync, writeFileSync } from 'node:fs'
import { at, kernels } from '../lib/paths.mjs'
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

const texts = { ran: '✓', failed: '✗', checked: 'checked, not run', built: 'built, not run here', skipped: 'not run' }
/** The weakest first: a cell says what holds for every kernel. */
const weakest = ['failed', 'skipped', 'built', 'checked', 'ran']
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

/** Rows of `[group, row, native, wasm]`. */
function rowsOf(cells) {
  return Object.keys(groups).flatMap((group) => {
    const inGroup = cells.filter((cell) => cell.group === group)
    return [...new Set(inGroup.map(({ row }) => row))].map((row) => {
      const of = (backend) => textOf(inGroup.filter((cell) => cell.row === row && cell.backend === backend))
      return [group, row, of('native'), of('wasm')]
    })
  })
}

function tableOf(rows) {
  const lines = Object.entries(groups).flatMap(([group, heading]) => {
    const own = rows.filter(([of]) => of === group)
    if (own.length === 0) return []
    return [`| **${heading}** | | |`, ...own.map(([, row, native, wasm]) => `| ${row} | ${native} | ${wasm} |`)]
  })
  return ['| | native | wasm |', '|---|---|---|', ...lines, ''].join('\n')
}

/** The committed table's cells, by row and column. */
function committed() {
  const table = marked.exec(readFileSync(file, 'utf8'))?.[0] ?? ''
  const lines = [...table.matchAll(/^\| (?!\*\*)(.+?) \| (.+?) \| (.+?) \|$/gm)].map(([, row, ...cells]) => [
    row,
    cells,
  ])
  return new Map(lines)
}

/** What the table says and nothing that ran bears out, and what ran that it doesn't say. */
function differences(rows) {
  const said = committed()
  const skipped = (found) => found === texts.skipped
  const wrong = rows.flatMap(([, row, ...found]) => {
    const cells = said.get(row) ?? []
    const same = found.every((text, i) => text === cells[i] || skipped(text))
    return same ? [] : [`${row}: README.md has ${cells.join(', ') || 'no such row'}; the tests say ${found.join(', ')}`]
  })
  const ran = new Set(rows.map(([, row]) => row))
  return [...wrong, ...[...said.keys()].filter((row) => !ran.has(row)).map((row) => `${row}: no test ran this`)]
}

/** As a check of `ready`, after the tests: an exit code. */
export function checkTable() {
  const wrong = differences(rowsOf(recorded()))
  for (const each of wrong) console.error(each)
  console.log(wrong.length > 0 ? 'To write the table: node scripts/world/where-it-runs.mjs' : 'the table is what ran')
  return wrong.length > 0 ? 1 : 0
}

function writeTable() {
  const table = tableOf(rowsOf(recorded()))
  const text = readFileSync(file, 'utf8')
  writeFileSync(
    file,
    text.replace(marked, (_, before, after) => `${before}${table}${after}`),
  )
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv.includes('--check')) process.exitCode = checkTable()
  else writeTable()
}
