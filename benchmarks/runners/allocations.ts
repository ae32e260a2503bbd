/**
 * Bytes of heap that one call of each hot path takes, at a suite's smallest size, printed as JSON by group and backend.
 *
 *   node --expose-gc --max-semi-space-size=64 --no-opt … dist/runners/allocations.js '{ "kernel": …, "data": … }'
 *
 * Interpreted: which objects an optimizing compiler saves depends on when it comes round, so that the figures would differ
 * from run to run. These are an upper bound that doesn't.
 */
import type { Case } from '../harness/measure.js'
import type { OpenSuite } from '../suites/suite.js'

const { gc } = globalThis as { gc?: () => void }
if (!gc) throw new Error('run with --expose-gc')

/** Calls before anything is measured: every function has its feedback, every lazy constant its value. */
const FIRST_CALLS = 10
/** The engine accounts in pages of 256 kB: so much is allocated that one of them matters little. */
const MEASURED_BYTES = 4e6
const LEAST_CALLS = 40
const MOST_CALLS = 2560
const REPETITIONS = 4
/** Bytes are rounded to this: objects are made of words, and a number now and then is boxed. */
const STEP = 16

// Memory of arrays counts from the call that makes them until they are collected.
function used(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

function repeat(run: Case['run'], calls: number): void {
  for (let i = 0; i < calls; i++) run()
}

function bytesOf(run: Case['run'], calls: number): number {
  gc?.()
  const before = used()
  repeat(run, calls)
  return (used() - before) / calls
}

function callsToMeasure(run: Case['run']): number {
  let calls = LEAST_CALLS
  while (calls < MOST_CALLS && bytesOf(run, calls) * calls < MEASURED_BYTES) calls *= 2
  return calls
}

/** The least of several repetitions: what the engine allocates beside the calls isn't theirs. */
function bytesPerCall(run: Case['run']): number {
  repeat(run, FIRST_CALLS)
  const calls = callsToMeasure(run)
  const least = Math.min(...Array.from({ length: REPETITIONS }, () => bytesOf(run, calls)))
  if (least < 0) throw new Error('memory was collected during the calls')
  return STEP * Math.round(least / STEP)
}

const job: { kernel: string; data: string } = JSON.parse(process.argv[2])
const { open } = (await import(`../suites/${job.kernel}.js`)) as { open: OpenSuite }
const suite = await open(job.data)
const cases = (await suite.cases(Math.min(...suite.sizes))).filter((c) => c.backend !== 'js' && c.threads === 1)
const widest = cases.filter((c) => c.backend === 'native').at(-1)?.isa
const found: Record<string, Record<string, number>> = {}
for (const { group, backend, isa, run } of cases) {
  if ((backend === 'native' && isa !== widest) || run() instanceof Promise) continue
  found[group] = { ...found[group], [backend]: bytesPerCall(run) }
}
suite.dispose()
console.log(JSON.stringify(found))
