/** Result files, and how the timings of several processes become one figure. */
import type { Machine } from './machine.js'
import type { Timing } from './measure.js'
import { spread } from './statistics.js'

/** What one run of `npm run bench` leaves. */
export interface Results {
  machine: Machine
  date: string
  commit: string
  /** Whether it was a quick look: too short to be compared. */
  quick: boolean
  /** Fresh processes per runtime, turns of every case in each, and their length. */
  processes: number
  rounds: number
  milliseconds: number
  /** Versions of the packages that take part. */
  versions: Record<string, string>
  runtimes: RuntimeResults[]
}

export interface RuntimeResults {
  /** `'node-22'`. */
  id: string
  /** Name and version. */
  label: string
  /** By kernel. Times are nanoseconds per call; low and high are the quartiles over all processes. */
  kernels: Record<string, Timing[]>
}

/** One figure beside a peer's. Times are in `unit`; `ratio` is theirs over ours. */
export interface PeerRow {
  case: string
  /** Cases of one group are a row of the README's table. */
  group: string
  backend: 'native' | 'wasm' | 'js'
  isa: string
  threads: number
  peer: string
  peerVersion: string
  ours: number
  theirs: number
  unit: string
  ratio: number
  /** The least ratio that the kernel is meant to reach; null where the figure is only reported. */
  target: number | null
  /** Whether it is reached; null without a target. */
  met: boolean | null
}

/** `results/<kernel>.peers.json`. */
export interface PeerResults {
  machine: Machine
  date: string
  commit: string
  rows: PeerRow[]
  /** Peers that could not be installed or run, and why: absent, not beaten. */
  absent: { peer: string; reason: string }[]
}

/** How peers and we name the same work. */
export const operationKey = (operation: string, n: number): string => `${operation}, ${n}`

/** What a timing is of: the same in two results. */
export const keyOf = ({ group, backend, isa, threads, n }: Timing) => [group, backend, isa, threads, n].join('|')

/** Medians of the processes' medians; the spread is that between processes. */
export function mergeProcesses(processes: readonly Timing[][]): Timing[] {
  const found = new Map<string, Timing[]>()
  for (const timings of processes) {
    for (const timing of timings) found.set(keyOf(timing), [...(found.get(keyOf(timing)) ?? []), timing])
  }
  return [...found.values()].map((same) => {
    const { median } = spread(same.map((t) => t.median))
    const low = Math.min(...same.map((t) => t.low))
    const high = Math.max(...same.map((t) => t.high))
    return { ...same[0], median, low, high, samples: same.reduce((sum, t) => sum + t.samples, 0) }
  })
}
