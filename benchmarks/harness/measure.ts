/** Times cases with tinybench: verified first, in batches of more than 100 µs, interleaved over rounds. */
import { Bench } from 'tinybench'
import { leastSample } from './platform.js'
import { type Spread, spread } from './statistics.js'

/** Something to time. */
export interface Case {
  /** What is done: cases of one group give the same bytes and are compared with each other. */
  group: string
  /** Who does it. */
  backend: 'native' | 'wasm' | 'js'
  isa: string
  threads: number
  /** Elements that one call handles. */
  n: number
  run: () => void | Promise<void>
  /** SHA-256 of what `run` left behind; undefined where there is nothing to compare. */
  digest?: () => string
  /** Taken as the group's digest, when it is known beforehand. */
  expected?: string
}

/** A measured case; times are nanoseconds per call. */
export interface Timing extends Omit<Case, 'run' | 'digest' | 'expected'>, Spread {}

export interface MeasureOptions {
  /** Times that every case has its turn. */
  rounds: number
  /** Milliseconds of one turn. */
  milliseconds: number
}

const label = (c: Case) => `${c.group}: ${c.backend} ${c.isa}, ${c.threads} thread(s)`

/** Every case of a group must leave the same bytes. */
async function verify(cases: readonly Case[]): Promise<void> {
  const digests = new Map<string, { digest: string; by: string }>()
  for (const c of cases) {
    await c.run()
    const digest = c.digest?.()
    if (digest === undefined) continue
    const known = digests.get(c.group) ?? { digest: c.expected ?? digest, by: 'expected' }
    if (digest !== known.digest)
      throw new Error(`${label(c)} gives ${digest}, but ${known.digest} was ${known.by}: not timed`)
    digests.set(c.group, { digest, by: known.by === 'expected' && c.expected === undefined ? label(c) : known.by })
  }
}

/** Calls one after the other: a promise only where the calls give promises. */
function repeat(run: Case['run'], times: number): void | Promise<void> {
  for (let i = 0; i < times; i++) {
    const pending = run()
    if (pending) return pending.then(() => repeat(run, times - i - 1))
  }
}

/** Calls that take together more than a sample's least time. */
async function batchOf(run: Case['run']): Promise<number> {
  for (let batch = 1; ; batch *= 2) {
    const start = performance.now()
    await repeat(run, batch)
    const took = (performance.now() - start) * 1e6
    if (took >= leastSample) return batch
  }
}

/** Times the cases; `onProgress` hears of every turn. */
export async function measure(
  cases: readonly Case[],
  { rounds, milliseconds }: MeasureOptions,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<Timing[]> {
  await verify(cases)
  const batches: number[] = []
  const isAsync: boolean[] = []
  for (const c of cases) {
    const pending = c.run()
    isAsync.push(pending !== undefined)
    await pending
    batches.push(await batchOf(c.run))
  }
  const samples: number[][] = cases.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [i, c] of cases.entries()) {
      const batch = batches[i]
      const bench = new Bench({
        throws: true,
        retainSamples: true,
        time: milliseconds,
        iterations: 3,
        warmup: round === 0,
        warmupTime: milliseconds / 2,
        warmupIterations: 1,
      })
      bench.add(label(c), () => repeat(c.run, batch), { async: isAsync[i] })
      const [task] = isAsync[i] ? await bench.run() : bench.runSync()
      const { result } = task
      if (result.state !== 'completed') throw new Error(`${label(c)}: ${result.state}`)
      for (const ms of result.latency.samples ?? []) samples[i].push((ms * 1e6) / batch)
      onProgress(round * cases.length + i + 1, rounds * cases.length)
    }
  }
  return cases.map(({ run, digest, expected, ...c }, i) => ({ ...c, ...spread(samples[i]) }))
}
