/** What is faster or slower in one result than in another, beyond what the measurements scatter by. */
import type { Timing } from './measure.js'
import { keyOf, type Results } from './results.js'

/** Runs of the same build differ by so much where the quartiles of one run don't show it. */
const LEAST_SPREAD = 0.03

type Times = Pick<Timing, 'median' | 'low' | 'high'>

const range = ({ median, low, high }: Times): [number, number] => [
  Math.min(low, median * (1 - LEAST_SPREAD)),
  Math.max(high, median * (1 + LEAST_SPREAD)),
]

/** Whether the ranges between the quartiles, widened to ±3 % of the median, are apart. */
export function differ(a: Times, b: Times): boolean {
  const [from, to] = [range(a), range(b)]
  return from[0] > to[1] || to[0] > from[1]
}

export interface Change {
  kernel: string
  runtime: string
  was: Timing
  is: Timing
  /** How many times as fast it is now. */
  speedup: number
}

const timingsOf = ({ runtimes }: Results) =>
  new Map(
    runtimes.flatMap(({ id, kernels }) =>
      Object.entries(kernels).flatMap(([kernel, timings]) =>
        timings.map((timing) => [`${kernel}|${id}|${keyOf(timing)}`, { kernel, runtime: id, timing }] as const),
      ),
    ),
  )

/** Changes, the worst first; how many cases both have, and how many only one. */
export function compareResults(a: Results, b: Results) {
  const [before, after] = [timingsOf(a), timingsOf(b)]
  const common = [...after].flatMap(([key, { kernel, runtime, timing: is }]): Change[] => {
    const was = before.get(key)?.timing
    return was ? [{ kernel, runtime, was, is, speedup: was.median / is.median }] : []
  })
  return {
    changes: common.filter(({ was, is }) => differ(was, is)).sort((x, y) => x.speedup - y.speedup),
    common: common.length,
    added: after.size - common.length,
    gone: before.size - common.length,
  }
}
