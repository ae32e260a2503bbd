/**
 * `npm start [-- <kernel> …] [-- --full]`: every kernel does its main job on real input on each backend. Prints a
 * table per kernel, writes a report with pictures, prints its path last.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { page } from './lib/page.mjs'
import { tableText } from './lib/table.mjs'
import { parts } from './parts.mjs'

const USAGE = `usage: npm start -- [kernel …] [--full]
kernels: ${Object.keys(parts).join(', ')}
--full: the long tables, with their acceptance bars`

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { full: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
    })
    const unknown = positionals.find((name) => !Object.hasOwn(parts, name))
    if (unknown !== undefined) throw new Error(`unknown kernel '${unknown}'`)
    return { ...values, kernels: positionals.length ? positionals : Object.keys(parts) }
  } catch (error) {
    console.error(`${error.message}\n\n${USAGE}`)
    process.exit(2)
  }
}

const { full, help, kernels } = readArguments()
if (help) {
  console.log(USAGE)
  process.exit()
}

const sections = []
for (const name of kernels) {
  const part = await parts[name]()
  console.log(`\n${name}: ${part.title}\n`)
  const { ok, table, notes, html } = await part.run({ full })
  console.log(tableText(table))
  for (const note of notes) console.log(`\n${note}`)
  if (!ok) process.exitCode = 1
  sections.push(html)
}

const folder = new URL('report/', import.meta.url)
const report = new URL('index.html', folder)
mkdirSync(folder, { recursive: true })
writeFileSync(report, page(sections))
console.log(`\nReport with pictures:\n${fileURLToPath(report)}`)
