// npm run bench:compare -- A B: what is faster or slower in B than in A, beyond what the measurements scatter by.
//
// A and B are result files of npm run bench, or commits (their first digits) whose results lie in .cache/bench/results.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const { compareResults } = await import('./dist/harness/compare.js')
const { timeText, whoText } = await import('./dist/harness/texts.js')
const folder = join(import.meta.dirname, '..', '.cache', 'bench', 'results')

function fail(message) {
  console.error(message)
  process.exit(2)
}

function read(file) {
  try {
    const results = JSON.parse(readFileSync(file, 'utf8'))
    if (results?.machine && results.commit) return results
  } catch {}
  return fail(`${file} must be a result file of npm run bench`)
}

function open(name) {
  if (existsSync(name)) return read(name)
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.json')) : []
  // A whole run's file has the shorter name.
  const [found] = files.filter((file) => file.startsWith(name)).sort((a, b) => a.length - b.length)
  return found ? read(join(folder, found)) : fail(`no results of '${name}'; there are: ${files.join(', ') || 'none'}`)
}

const names = process.argv.slice(2)
if (names.length !== 2) fail('usage: npm run bench:compare -- <file or commit> <file or commit>')
const [a, b] = names.map(open)
for (const [name, { commit, date, processes, quick }] of Object.entries({ A: a, B: b }))
  console.log(`${name}: commit ${commit}, ${date.slice(0, 16)}, ${processes} processes${quick ? ', a quick look' : ''}`)
if (a.processes === 1 || b.processes === 1)
  console.log('One process alone: what else the machine did meanwhile looks like a difference')
if (a.machine.cpu !== b.machine.cpu) console.log(`Two machines: ${a.machine.cpu} and ${b.machine.cpu}`)

const { changes, common, added, gone } = compareResults(a, b)
for (const { kernel, runtime, was, is, speedup } of changes) {
  const by = speedup >= 1 ? `${speedup.toFixed(2)}× as fast` : `${(1 / speedup).toFixed(2)}× slower`
  const what = `${kernel}, ${is.group}, n = ${is.n.toLocaleString('en')}, ${whoText(is)}, ${runtime}`
  console.log(`${by.padStart(15)}  ${what}: ${timeText(was.median)} → ${timeText(is.median)}`)
}
console.log(`${changes.length} of ${common} common cases differ beyond their spread; ${added} are new, ${gone} gone`)
