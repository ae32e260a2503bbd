// npm run bench [-- <kernel> …] [--quick] [--runtimes node-20,chromium] [--processes 3] [--rounds 2] [--ms 40]
//               [--sizes 1024,262144] [--filter encode]
//
// Measures the kernels' suites on every runtime, in several fresh processes that take turns, and writes the results as
// JSON and one HTML report beside it, whose paths are printed last.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parsed } from './lib/arguments.mjs'
import { benchRuntimes } from './lib/runtimes.mjs'
import { writeReport } from './lib/write-report.mjs'

const here = import.meta.dirname
const root = join(here, '..')
const cache = join(root, '.cache', 'bench')
const { commit, machine } = await import('./dist/harness/machine.js')
const { mergeProcesses } = await import('./dist/harness/results.js')

const { values: options, positionals } = parsed({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    runtimes: { type: 'string' },
    processes: { type: 'string' },
    rounds: { type: 'string', default: '2' },
    ms: { type: 'string' },
    sizes: { type: 'string' },
    filter: { type: 'string' },
  },
})

/** A quick look has one process, short turns and no rows; only this one is measured up to its largest size. */
const { quick } = options
const processes = Number(options.processes ?? (quick ? 1 : 3))
const rounds = quick ? 1 : Number(options.rounds)
const milliseconds = Number(options.ms ?? (quick ? 10 : 40))
/** Elements up to which the runtimes are compared; this Node alone goes to a suite's largest size. */
const LARGEST = quick ? 2 ** 18 : 2 ** 20

function chosenKernels() {
  const suites = readdirSync(join(here, 'suites'))
    .filter((name) => existsSync(join(root, 'packages', name.replace(/\.ts$/, ''), 'package.json')))
    .map((name) => name.replace(/\.ts$/, ''))
  const unknown = positionals.find((kernel) => !suites.includes(kernel))
  if (unknown) fail(`no suite for '${unknown}'; there are: ${suites.join(', ')}`)
  return positionals.length > 0 ? positionals : suites
}

function chosenRuntimes(all) {
  const names = options.runtimes?.split(',') ?? all.map(({ id }) => id)
  const unknown = names.find((name) => !all.some(({ id }) => id === name))
  if (unknown) fail(`no runtime '${unknown}'; there are: ${all.map(({ id }) => id).join(', ')}`)
  const chosen = all.filter(({ id }) => names.includes(id))
  for (const { id, lacks } of chosen) if (lacks) console.log(`${id} is left out: ${lacks}`)
  return chosen.filter(({ lacks }) => !lacks)
}

function fail(message) {
  console.error(message)
  process.exit(2)
}

const jobOf = (kernel, first) => ({
  kernel,
  data: join(cache, 'data'),
  rounds,
  milliseconds,
  others: first && !quick && !options.sizes,
  ...(first && !quick ? {} : { largest: LARGEST }),
  ...(options.sizes ? { sizes: options.sizes.split(',').map(Number) } : {}),
  ...(options.filter ? { filter: options.filter } : {}),
})

/** Every runtime has its turn in each of the rounds of processes, so that a slow minute is nobody's alone. */
async function measureAll(kernels, runtimes) {
  const found = runtimes.map(({ id }) => ({ id, label: id, kernels: {} }))
  for (let number = 1; number <= processes; number++) {
    for (const kernel of kernels) {
      for (const [i, { id, measure }] of runtimes.entries()) {
        console.log(`${kernel} on ${id}: process ${number} of ${processes}`)
        const { runtime, timings } = await measure(jobOf(kernel, i === 0), join(cache, `${kernel}-${id}.json`))
        found[i].label = runtime
        found[i].kernels[kernel] = [...(found[i].kernels[kernel] ?? []), timings]
      }
    }
  }
  for (const { kernels: byKernel } of found)
    for (const [kernel, runs] of Object.entries(byKernel)) byKernel[kernel] = mergeProcesses(runs)
  return found
}

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'))
const kernels = chosenKernels()
const runtimes = chosenRuntimes(await benchRuntimes())
mkdirSync(join(cache, 'results'), { recursive: true })
const versions = Object.fromEntries(
  kernels.map((kernel) => [`@ukernels/${kernel}`, readJson(join(root, 'packages', kernel, 'package.json')).version]),
)
const { tinybench } = readJson(join(here, 'package.json')).dependencies
const results = {
  machine: machine(),
  date: new Date().toISOString(),
  commit: commit(root),
  quick,
  processes,
  rounds,
  milliseconds,
  versions: { ...versions, tinybench },
  runtimes: await measureAll(kernels, runtimes),
}
const partial = quick || options.sizes || options.filter || options.runtimes || positionals.length > 0
const file = join(cache, 'results', `${results.commit}${partial ? '-partial' : ''}.json`)
writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`)
console.log(`${file}\n${await writeReport(file)}`)
