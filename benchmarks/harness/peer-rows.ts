/** A kernel's figures beside its peers'. */
import { sizeName } from './data.js'
import type { Timing } from './measure.js'
import type { PeerRow } from './results.js'
import { spread } from './statistics.js'

/** One operation of a peer, as its process measured it. */
export interface PeerTiming {
  peer: string
  version: string
  /** The group of our cases that does the same. */
  operation: string
  /** Elements that one call handles; 1 where an operation has its size in its name. */
  n: number
  threads: number
  /** Nanoseconds per element. */
  ns: number
}

/** How many times faster than a peer the kernel is meant to be. What is left out speaks of every row of the peer. */
export interface Target {
  peer: string
  operation?: RegExp
  n?: number
  threads?: number
  /** Name of a group of rows in the README's table; else each operation is its own. */
  label?: string
  /** Of the machine's widest instruction set, or by instruction set; null: only reported. */
  native: number | null | Record<string, number>
  wasm: number | null
}

const fits = (row: PeerTiming) => (target: Target) =>
  target.peer === row.peer &&
  (target.n ?? row.n) === row.n &&
  (target.threads ?? row.threads) === row.threads &&
  (target.operation?.test(row.operation) ?? true)

function targetOf(found: Target | undefined, { backend, isa }: Timing, widest: string | undefined): number | null {
  if (backend === 'wasm') return found?.wasm ?? null
  const target = found?.native ?? null
  if (target !== null && typeof target === 'object') return target[isa] ?? null
  return isa === widest ? target : null
}

const round = (value: number) => Number(value.toPrecision(4))

function compare(row: PeerTiming, ours: Timing, found: Target | undefined, widest: string | undefined): PeerRow {
  const [unit, divisor] = row.n === 1 ? ['ms', 1e6] : ['ns/element', 1]
  const theirs = row.ns / divisor
  const mine = ours.median / ours.n / divisor
  const ratio = theirs / mine
  const target = targetOf(found, ours, widest)
  const { backend, isa, threads } = ours
  const name = row.n === 1 ? row.operation : `${row.operation}, ${sizeName(row.n)}`
  return {
    case: row.threads > 1 ? `${name}, ${row.threads} threads` : name,
    group: found?.label ?? row.operation,
    ...{ backend, isa, threads, peer: row.peer, peerVersion: row.version },
    ...{ ours: round(mine), theirs: round(theirs), unit, ratio: round(ratio), target },
    met: target === null ? null : ratio >= target,
  }
}

/** The same rows of several processes become one: its time is their median. */
function merge(rows: readonly PeerTiming[]): PeerTiming[] {
  const found = new Map<string, PeerTiming[]>()
  for (const row of rows) {
    const key = [row.peer, row.operation, row.n, row.threads].join('|')
    found.set(key, [...(found.get(key) ?? []), row])
  }
  return [...found.values()].map((same) => ({ ...same[0], ns: spread(same.map(({ ns }) => ns)).median }))
}

/**
 * @param peers - rows of all the peers' processes
 * @param ours - timings of the kernel, merged
 * @returns one row per peer's operation and backend, instruction set and number of threads of ours that did the same
 */
export function peerRows(peers: readonly PeerTiming[], ours: readonly Timing[], targets: readonly Target[]): PeerRow[] {
  const widest = ours.filter(({ backend }) => backend === 'native').at(-1)?.isa
  return merge(peers).flatMap((row) =>
    ours
      .filter(({ group, n, threads }) => group === row.operation && n === row.n && threads === row.threads)
      .map((timing) => compare(row, timing, targets.find(fits(row)), widest)),
  )
}
