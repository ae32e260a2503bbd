// npm run bench [-- <kernel>] [--processes 3] [--rounds 2] [--ms 40] [--sizes 1024,262144] [--filter encode] [--runtime node]
//
// Measures a kernel's suite in several fresh processes, writes results/<kernel>.json (not after --sizes or --filter)
// and an HTML report, whose path is printed last.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const here = import.meta.dirname
const root = join(here, '..')
const cache = join(root, '.cache', 'bench')
const { commit, machine } = await import('./dist/harness/machine.js')
const { mergeProcesses } = await import('./dist/harness/results.js')
const { renderReport } = await import('./dist/report/report.js')

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    processes: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '2' },
    ms: { type: 'string', default: '40' },
    sizes: { type: 'string' },
    filter: { type: 'string' },
    runtime: { type: 'string', default: 'node' },
  },
})

const suites = readdirSync(join(here, 'suites'))
  .filter((name) => existsSync(join(root, 'packages', name.replace(/\.ts$/, ''), 'package.json')))
  .map((name) => name.replace(/\.ts$/, ''))
const kernels = positionals.length > 0 ? positionals : suites
for (const kernel of kernels) {
  if (suites.includes(kernel)) continue
  console.error(`no suite for '${kernel}'; there are: ${suites.join(', ')}`)
  process.exit(2)
}

/** Command line that runs a script on a runtime. */
function command(script, argument) {
  switch (options.runtime) {
    case 'node':
      return [process.execPath, script, argument]
    case 'bun':
      return ['bun', script, argument]
    case 'deno':
      return ['deno', 'run', '--allow-all', script, argument]
    default:
      console.error(`--runtime must be node, bun or deno, got '${options.runtime}'`)
      process.exit(2)
  }
}

function runProcess(kernel, number) {
  const out = join(cache, `${kernel}-${options.runtime}-${number}.json`)
  const job = {
    kernel,
    data: join(cache, 'data'),
    out,
    rounds: Number(options.rounds),
    milliseconds: Number(options.ms),
    ...(options.sizes ? { sizes: options.sizes.split(',').map(Number) } : {}),
    ...(options.filter ? { filter: options.filter } : {}),
  }
  const [file, ...args] = command(join(here, 'dist', 'runners', 'process.js'), JSON.stringify(job))
  const { status, error } = spawnSync(file, args, { stdio: 'inherit' })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
  return JSON.parse(readFileSync(out, 'utf8'))
}

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'))
const tinybench = readJson(join(here, 'package.json')).dependencies.tinybench
mkdirSync(cache, { recursive: true })
for (const kernel of kernels) {
  const processes = Number(options.processes)
  const merged = []
  for (let number = 1; number <= processes; number++) {
    console.log(`${kernel} on ${options.runtime}: process ${number} of ${processes}`)
    merged.push(runProcess(kernel, number))
  }
  const { version } = readJson(join(root, 'packages', kernel, 'package.json'))
  const results = {
    kernel,
    machine: machine(),
    date: new Date().toISOString(),
    commit: commit(root),
    versions: { [`@ukernels/${kernel}`]: version, tinybench },
    processes,
    timings: mergeProcesses(merged),
  }
  const suffix = options.runtime === 'node' ? '' : `.${options.runtime}`
  const partial = options.sizes !== undefined || options.filter !== undefined
  const file = join(partial ? cache : join(here, 'results'), `${kernel}${suffix}.json`)
  writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`)
  const peers = join(here, 'results', `${kernel}.peers.json`)
  const report = join(cache, `${kernel}${suffix}.html`)
  writeFileSync(report, renderReport(results, existsSync(peers) ? readJson(peers) : undefined))
  console.log(`${file}\n${report}`)
}
