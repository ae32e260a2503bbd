// npm run test:bundlers [-- <part of a row's name>]: the app of bundlers/app.mjs through every bundler and host.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { kernels } from '../lib/paths.mjs'
import { lacksFor } from '../lib/toolchain.mjs'
import { conclude, ran, skippedRunner } from '../lib/totals.mjs'
import { setup } from '../setup.mjs'
import { filesIn, lacksBrowser, openBrowser, serve } from './browser.mjs'
import { checked, createApp, lastLine } from './bundlers/app.mjs'
import { hosts } from './bundlers/hosts.mjs'
import { pageBundlers } from './bundlers/pages.mjs'
import { record } from './results.mjs'
import { runtimePrograms, tools } from './tools.mjs'

const differs = (expected, printed) => {
  if (printed !== expected) throw new Error(`expected\n${expected}\ngot\n${printed}`)
}

/** What a page prints until its last line, or until something breaks. */
async function printedOn(browser, url) {
  const page = await browser.newPage()
  const lines = []
  try {
    await new Promise((resolve, reject) => {
      page.on('pageerror', reject)
      page.on('console', (message) => {
        if (message.type() === 'log') lines.push(message.text())
        if (message.text() === lastLine) resolve()
        else if (/Error: /.test(message.text())) reject(new Error(message.text()))
      })
      setTimeout(() => reject(new Error(`no last line; printed: ${lines.join('\n')}`)), 60_000).unref()
      page.goto(url).catch(reject)
    })
    return lines.join('\n')
  } finally {
    await page.close()
  }
}

async function onPage(build, app, browser) {
  const server = (await build(app)) ?? (await serve(filesIn(app.out)))
  try {
    differs(app.expected, await printedOn(browser, server.url))
    return [{ backend: 'wasm', state: 'ran' }]
  } finally {
    await server.close()
  }
}

async function onHost(build, app) {
  const printed = await build(app)
  for (const text of Object.values(printed)) if (text !== checked) differs(app.expected, text)
  return Object.entries(printed).map(([backend, text]) => ({ backend, state: text === checked ? 'checked' : 'ran' }))
}

/** Runs a row, which resolves with its cells; prints how it went. */
async function runRow(name, start) {
  const from = Date.now()
  try {
    const cells = await start()
    console.log(`✓ ${name}, ${((Date.now() - from) / 1000).toFixed(1)} s`)
    return { result: ran(name, 1, 0), cells }
  } catch (error) {
    console.log(`✗ ${name}: ${error.stack ?? error}`)
    return { result: ran(name, 0, 1), cells: ['native', 'wasm'].map((backend) => ({ backend, state: 'failed' })) }
  }
}

async function runKernel(kernel, filter, groups) {
  console.log(`\n— ${kernel} through bundlers`)
  const app = createApp(kernel)
  const browser = lacksBrowser ? undefined : await openBrowser()
  const { load, path } = groups.bundlers
  const { bun } = runtimePrograms(groups.runtimes)
  const results = []
  const cells = []
  const row = async (group, name, start) => {
    if (!name.includes(filter)) return
    const out = join(app.folder, `out-${results.length}`)
    mkdirSync(out)
    const made = await runRow(`${kernel}: ${name}`, () => start({ ...app, kernel, out, load, path, bun }))
    results.push(made.result)
    cells.push(...made.cells.map((cell) => ({ group, row: name, kernel, ...cell })))
  }
  try {
    for (const [name, build] of Object.entries(pageBundlers)) {
      if (browser) await row('bundlers', name, (given) => onPage(build, given, browser))
      else results.push(skippedRunner(`${kernel}: ${name}`, lacksBrowser))
    }
    for (const [name, build] of Object.entries(hosts)) await row('hosts', name, (given) => onHost(build, given))
    return { results, cells }
  } finally {
    await browser?.close()
    app.remove()
  }
}

/** Runs every row for every kernel; without an addon there is nothing to bundle, and the runtimes' run says so. */
export async function runBundlers(toolchains, filter = '') {
  const groups = { bundlers: await tools('bundlers'), runtimes: await tools('runtimes') }
  const { lacks } = Object.values(groups).find((group) => group.lacks) ?? {}
  if (lacks) return [skippedRunner('bundlers', lacks)]
  const runs = []
  for (const kernel of kernels) {
    const noAddon = lacksFor(kernel, toolchains)
    if (noAddon) runs.push({ results: [skippedRunner(`${kernel} through bundlers`, noAddon)], cells: [] })
    else runs.push(await runKernel(kernel, filter, groups))
  }
  const cells = runs.flatMap((each) => each.cells)
  if (filter === '') record('bundlers', cells)
  return runs.flatMap(({ results }) => results)
}

if (process.argv[1] === import.meta.filename)
  process.exitCode = conclude(await runBundlers(await setup(), process.argv[2]))
