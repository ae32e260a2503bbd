/**
 * How one body serves a method and its `…Async` twin: an operation is a generator that yields the
 * low-level calls it needs; `run` makes them at once, `runAsync` as jobs, chunk by chunk.
 */
import { type Arguments, type Job, runJob, type SpanParam, type Starts } from '@ukernels/runtime'
import { abi, type GradientQuantizationAbi } from './abi.js'
import type { Context } from './context.js'
import { statusError } from './status.js'

type Rows = GradientQuantizationAbi['rows']
/** Rows that run in chunks, and so can be a step. */
export type SpanRow = keyof Starts<Rows>
type Call = (...args: readonly unknown[]) => number
type Start = (args: readonly unknown[], control?: unknown) => Promise<number>

/** One low-level call of an operation. */
export interface Step {
  readonly row: SpanRow
  /** What the call does, as progress names it. */
  readonly phase: string
  /** Size of the work in the units of the row's span: elements, or blocks. */
  readonly total: number
  readonly args: readonly unknown[]
}

/** An operation: yields its calls, is handed their status (0, or one of the row's own), returns its result. */
export type Steps<R> = Generator<Step, R, number>

/** The call of `row` with the arguments of the table. */
export function step<K extends SpanRow>(
  row: K,
  phase: string,
  total: number,
  args: Arguments<Rows[K]['params']>,
): Step {
  return { row, phase, total, args }
}

/** Makes the calls of an operation one after the other. */
export function run<R>({ backend }: Context, steps: Steps<R>): R {
  const call = backend.call as unknown as Record<SpanRow, Call>
  let next = steps.next()
  while (!next.done) {
    const { row, args } = next.value
    const status = call[row](...args)
    if (status < 0) throw statusError(row, status)
    next = steps.next(status)
  }
  return next.value
}

/** Makes the calls of an operation as jobs: the event loop goes on, `signal` stops between two chunks. */
export async function runAsync<R>({ backend }: Context, steps: Steps<R>, job: Job = {}): Promise<R> {
  const start = backend.start as unknown as Record<SpanRow, Start>
  job.signal?.throwIfAborted()
  let next = steps.next()
  while (!next.done) {
    const { row, args, phase, total } = next.value
    const status = await runJob(start[row], args, job, { phase, total, chunk: chunkOf(row) })
    if (status < 0) throw statusError(row, status)
    next = steps.next(status)
  }
  return next.value
}

function chunkOf(row: SpanRow): number {
  return abi.rows[row].params.find((param): param is SpanParam => param.kind === 'span')?.chunk ?? Infinity
}
