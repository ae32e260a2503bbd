// npm run test:runtimes [-- <kernel> …]: the digests of every kernel in every runtime, and in Chromium.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { at, kernels } from '../lib/paths.mjs'
import { lacksFor } from '../lib/toolchain.mjs'
import { conclude, ran, skippedRunner } from '../lib/totals.mjs'
import { setup } from '../setup.mjs'
import { lacksBrowser } from './browser.mjs'
import { compare, timed } from './collect.mjs'
import { buildDigests } from './digests/build.mjs'
import { muslRuntime } from './musl.mjs'
import { runPages } from './pages.mjs'
import { record } from './results.mjs'
import { addonEnvironment, digestArguments, runtimeTable } from './runtimes.mjs'
import { runtimePrograms, tools } from './tools.mjs'

/** The variables that choose must be the run's own. */
const clean = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(UKERNELS_|NODE_OPTIONS)/.test(name)))

/** The report that a runtime prints. */
function report([command, ...args], env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: at(), env: { ...clean(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
    const out = { stdout: '', stderr: '' }
    for (const name of Object.keys(out))
      child[name].setEncoding('utf8').on('data', (part) => {
        out[name] += part
      })
    child.once('error', reject)
    child.once('close', (code) => {
      if (code !== 0) return reject(new Error(`ended with ${code}: ${out.stderr.trim().slice(-2000)}`))
      resolve(JSON.parse(out.stdout.trim().split('\n').at(-1)))
    })
  })
}

async function runRuntime({ name, command, environment }, kernel, backend) {
  return timed(`${name}, ${backend}`, { group: 'runtimes', row: name, backend }, async () => {
    const env = backend === 'native' ? await environment?.(kernel) : {}
    const made = await report([...command, ...digestArguments(kernel, backend)], env)
    if (made.backend !== backend) throw new Error(`it chose ${made.backend}`)
    return made
  })
}

async function runKernel(kernel, rows, toolchains) {
  console.log(`\n— ${kernel} in every runtime`)
  await buildDigests(kernel)
  const results = []
  const skipped = []
  const [outcomes, pages] = await Promise.all([
    runServers(kernel, rows, toolchains, { results, skipped }),
    lacksBrowser ? skippedRunner(`${kernel}: Chromium`, lacksBrowser) : runPages(kernel),
  ])
  if (lacksBrowser) results.push(pages)
  else results.push(refusalResult(kernel, pages.refusal))
  if (!existsSync(at('packages', kernel, 'test', 'goldens.ts')))
    results.push(skippedRunner(`${kernel}: goldens`, `packages/${kernel}/test/goldens.ts is missing`))
  const { result, cells } = compare(`${kernel} in every runtime`, [...outcomes, ...(pages.outcomes ?? [])])
  return { results: [result, ...results], cells: [...cells, ...skipped].map((cell) => ({ ...cell, kernel })) }
}

/** What a page under a Content-Security-Policy that forbids WebAssembly was told. */
function refusalResult(kernel, { name, error }) {
  console.log(error ? `✗ ${name}: ${error.message}` : `✓ ${name}: the documented error`)
  return ran(`${kernel}: Content-Security-Policy`, error ? 0 : 1, error ? 1 : 0)
}

/** Why a kernel's addon can't be had for a runtime. */
const noAddon = (row, kernel, toolchains) => lacksFor(kernel, toolchains) ?? row.lacksAddon?.(kernel)

/** One after the other: the browser works beside them. */
async function runServers(kernel, rows, toolchains, { results, skipped }) {
  const outcomes = []
  for (const row of rows) {
    for (const backend of row.backends) {
      const title = `${kernel}: ${row.name}, ${backend}`
      const reason = row.lacks ?? (backend === 'native' ? noAddon(row, kernel, toolchains) : undefined)
      if (reason) {
        results.push(skippedRunner(title, reason))
        skipped.push({ group: 'runtimes', row: row.name, backend, state: 'skipped' })
      } else outcomes.push(await runRuntime(row, kernel, backend))
    }
  }
  return outcomes
}

/** Cells of all kernels in the order of the table of runtimes, then the browser's. */
function inOrder(rows, runs) {
  const names = rows.map(({ name }) => name)
  const place = ({ row }) => (names.includes(row) ? names.indexOf(row) : names.length)
  return runs.flatMap(({ cells }) => cells).sort((a, b) => place(a) - place(b))
}

/** How programs for a target are run here: a row of the runtimes' table. */
async function runtimeFor(target, rows) {
  const row = rows.find((runtime) => runtime.target === target)
  if (row) return row
  return target.endsWith('-musl') ? muslRuntime(target) : { lacks: 'no runtime for it on this machine' }
}

/**
 * The digests of an addon that was built for a target, and of WebAssembly there, beside this machine's WebAssembly.
 *
 * @returns `results`, and where it was run `ran`: the runtime's name and the state of each backend
 */
export async function runPrebuilt(kernel, target, addon) {
  const name = `${kernel} for ${target}, run`
  const group = await tools('runtimes')
  if (group.lacks) return { results: [skippedRunner(name, group.lacks)] }
  const rows = runtimeTable(runtimePrograms(group))
  const row = await runtimeFor(target, rows)
  if (row.lacks) return { results: [skippedRunner(name, row.lacks)] }
  await buildDigests(kernel)
  const environment = () => addonEnvironment(kernel, addon)
  const outcomes = [await runRuntime(rows[0], kernel, 'wasm')]
  for (const backend of ['native', 'wasm']) outcomes.push(await runRuntime({ ...row, environment }, kernel, backend))
  const { result, cells } = compare(name, outcomes)
  const states = cells.slice(1).map(({ backend, state }) => [backend, state])
  return { results: [result], ran: { on: row.name, ...Object.fromEntries(states) } }
}

/** Runs everything; resolves with the results of every kernel. */
export async function runRuntimes(toolchains, chosen = kernels) {
  const group = await tools('runtimes')
  if (group.lacks) return [skippedRunner('runtimes', group.lacks)]
  const rows = runtimeTable(runtimePrograms(group))
  const runs = []
  for (const kernel of chosen) runs.push(await runKernel(kernel, rows, toolchains))
  if (chosen === kernels) record('runtimes', inOrder(rows, runs))
  return runs.flatMap(({ results }) => results)
}

if (process.argv[1] === import.meta.filename) {
  const names = process.argv.slice(2).filter((name) => kernels.includes(name))
  process.exitCode = conclude(await runRuntimes(await setup(), names.length > 0 ? names : kernels))
}
