// npm run test:load-errors [-- --update]: what a user sees when a kernel doesn't load, brought about for real in every
// way there is, for every kernel, and compared with the committed page docs/load-errors.md, which tells it by one's names.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { at, kernels, readJson } from '../lib/paths.mjs'
import { lacksFor } from '../lib/toolchain.mjs'
import { conclude, ran, skippedRunner } from '../lib/totals.mjs'
import { setup } from '../setup.mjs'
import { lacksBrowser, openBrowser } from './browser.mjs'
import { general, install, namesOf, shown } from './load-errors/app.mjs'
import { native } from './load-errors/native.mjs'
import { wasm } from './load-errors/wasm.mjs'
import { runtimePrograms, tools } from './tools.mjs'

const file = at('docs', 'load-errors.md')
const parts = { 'The addon': native, 'The WebAssembly module, and the choice': wasm }

const introduction = `# When a kernel doesn't load

What a user sees, situation by situation: each message below was said by the kernel itself, in the situation named
above it. \`npm run test:load-errors\` brings every one of them about, for every kernel, and compares; with \`-- --update\`
it writes this page. Paths, versions and this machine's target are put in general terms, and all kernels are called
${shown.kernel}, which says the same as they.

With \`backend: 'auto'\`, the default, a kernel that can't load its addon runs on WebAssembly and says so in
\`kernel.info().passedOver\`; so most of these appear where a backend was chosen. \`UKERNELS_DEBUG=1\` prints the same
attempts to stderr.
`

const section = (title, { code, when }, message) =>
  [`### ${title}`, '', when, '', '```js', code, '```', '', '```text', message, '```', ''].join('\n')

/** Sections of the committed page by title. */
function committed() {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const found = text.split(/^(?=#{2,3} )/m).filter((part) => part.startsWith('### '))
  return new Map(found.map((part) => [/^### (.*)/.exec(part)[1], part.trim()]))
}

/** The section of one situation. */
async function bringAbout(installed, title, situation, given) {
  const app = installed.open(situation.code)
  try {
    const said = await situation.run(app, given)
    const { version } = readJson(at('packages', given.names.kernel, 'package.json'))
    return general(section(title, situation, said), app.folder, version, given.names)
  } finally {
    app.remove()
  }
}

const lacksFrom = ({ lacks, program, needs, browser }, { programs, toolchains }) =>
  lacks?.() ??
  (browser ? lacksBrowser : undefined) ??
  (program && !existsSync(programs[program]) ? `no ${program} for this machine` : undefined) ??
  (needs ? lacksFor(needs, toolchains) : undefined)

/** Compares or, with `update`, takes over; returns the section and the result. */
async function runSituation(installed, title, situation, given, known) {
  const name = `load error of ${given.names.kernel}: ${title}`
  const reason = lacksFrom(situation, given)
  if (reason) return { text: known, result: skippedRunner(name, reason) }
  try {
    const text = await bringAbout(installed, title, situation, given)
    const same = given.update || text.trim() === known
    if (!same) console.log(`✗ ${name}: docs/load-errors.md has\n${known}\nbut this was said\n${text}`)
    return { text, result: ran(name, same ? 1 : 0, same ? 0 : 1) }
  } catch (error) {
    console.log(`✗ ${name}: ${error.stack ?? error}`)
    return { text: known, result: ran(name, 0, 1) }
  }
}

const sum = (results, key) => results.reduce((total, result) => total + result[key], 0)

async function runAll(given) {
  const known = committed()
  const installed = install(given.names.kernel)
  const results = []
  const page = [introduction]
  try {
    for (const [heading, situations] of Object.entries(parts)) {
      page.push(`## ${heading}\n`)
      for (const [title, situation] of Object.entries(situations(given.names))) {
        const { text, result } = await runSituation(installed, title, situation, given, known.get(title))
        page.push(text ? `${text.trim()}\n` : '')
        results.push(result)
      }
    }
  } finally {
    installed.remove()
  }
  return { page: page.join('\n'), results }
}

/** Everything as one runner of `npm test`. */
export async function runLoadErrors(toolchains, update = false) {
  console.log('\n— load errors')
  const noAddon = kernels.map((kernel) => lacksFor(kernel, toolchains)).find(Boolean)
  if (noAddon) return [skippedRunner('load errors', noAddon)]
  const groups = { bundlers: await tools('bundlers'), runtimes: await tools('runtimes') }
  const { lacks } = Object.values(groups).find((group) => group.lacks) ?? {}
  if (lacks) return [skippedRunner('load errors', lacks)]
  const browser = lacksBrowser ? undefined : await openBrowser()
  const { load, path } = groups.bundlers
  const given = { load, path, browser, programs: runtimePrograms(groups.runtimes), toolchains, update }
  try {
    const { page, results } = await runAll({ ...given, names: shown })
    const skipped = results.flatMap((result) => result.skipped)
    if (update) writeFileSync(file, page)
    for (const kernel of kernels.filter((name) => name !== shown.kernel)) {
      const others = await runAll({ ...given, update: false, names: namesOf(kernel) })
      results.push(...others.results)
      skipped.push(...others.results.flatMap((result) => result.skipped))
    }
    if (!update && skipped.length === 0 && page !== readFileSync(file, 'utf8')) {
      console.log('✗ docs/load-errors.md is not what npm run test:load-errors -- --update writes')
      results.push(ran('load errors: the page', 0, 1))
    }
    return [ran('load errors', sum(results, 'passed'), sum(results, 'failed'), skipped)]
  } finally {
    await browser?.close()
  }
}

if (process.argv[1] === import.meta.filename)
  process.exitCode = conclude(await runLoadErrors(await setup(), process.argv.includes('--update')))
