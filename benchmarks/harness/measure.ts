/** Times cases with tinybench: verified first, in batches of more than 100 µs, interleaved over rounds. */
import { Bench } from 'tinybench'
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
  run: () => void
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

const MIN_SAMPLE_NS = 120_000

const label = (c: Case) => `${c.group}: ${c.backend} ${c.isa}, ${c.threads} thread(s)`

/** Every case of a group must leave the same bytes. */
function verify(cases: readonly Case[]): void {
  const digests = new Map<string, { digest: string; by: string }>()
  for (const c of cases) {
    c.run()
    const digest = c.digest?.()
    if (digest === undefined) continue
    const known = digests.get(c.group) ?? { digest: c.expected ?? digest, by: 'expected' }
    if (digest !== known.digest)
      throw new Error(`${label(c)} gives ${digest}, but ${known.digest} was ${known.by}: not timed`)
    digests.set(c.group, { digest, by: known.by === 'expected' && c.expected === undefined ? label(c) : known.by })
  }
}

/** Calls that take together more than a sample's least time. */
function batchOf(run: () => void): number {
  for (let batch = 1; ; batch *= 2) {
    const start = performance.now()
    for (let i = 0; i < batch; i++) run()
    const took = (performance.now() - start) * 1e6
    if (took >= MIN_SAMPLE_NS) return batch
  }
}

/** Times the cases; `onProgress` hears of every turn. */
export function measure(
  cases: readonly Case[],
  { rounds, milliseconds }: MeasureOptions,
  onProgress: (done: number, total: number) => void = () => {},
): Timing[] {
  verify(cases)
  const batches = cases.map((c) => batchOf(c.run))
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
      bench.add(label(c), () => {
        for (let k = 0; k < batch; k++) c.run()
      })
      const [task] = bench.runSync()
      const { result } = task
      if (result.state !== 'completed') throw new Error(`${label(c)}: ${result.state}`)
      for (const ms of result.latency.samples ?? []) samples[i].push((ms * 1e6) / batch)
      onProgress(round * cases.length + i + 1, rounds * cases.length)
    }
  }
  return cases.map(({ run, digest, expected, ...c }, i) => ({ ...c, ...spread(samples[i]) }))
}
