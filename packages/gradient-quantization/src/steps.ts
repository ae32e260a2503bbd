/**
 * How one body serves a method and its `…Async` twin: an operation is a generator that yields the
 * low-level calls it needs; `run` makes them at once, `runAsync` as jobs, chunk by chunk.
 */
import {
  type Arguments,
  found,
  type Job,
  KernelError,
  runJob,
  type SpanParam,
  type Starts,
  typeError,
} from '@ukernels/runtime'
import { abi, type GradientQuantizationAbi } from './abi.js'
import type { Context } from './context.js'
import { checkOptions } from './options.js'
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

/** Yields its calls, is handed their status (0, or one of the row's own), returns the result. */
export type Steps<R> = Generator<Step, R, number>

/** What most short calls are: one low-level call and what its result is. Costs half of a generator. */
export interface Single<R> extends Step {
  finish(): R
}
/** An operation; its arguments have been checked. */
export type Operation<R> = Steps<R> | Single<R>

/** The call of `row` with the arguments of the table. */
export function step<K extends SpanRow>(
  row: K,
  phase: string,
  total: number,
  args: Arguments<Rows[K]['params']>,
): Step {
  return { row, phase, total, args }
}

const isSingle = <R>(operation: Operation<R>): operation is Single<R> => 'finish' in operation

/** Makes the calls of an operation one after the other. */
export function run<R>({ backend, disposed }: Context, operation: Operation<R>): R {
  // Before a generator's first line: it may clear the caller's array.
  if (disposed) throw new KernelError('ERR_UKERNELS_DISPOSED', 'the kernel was disposed')
  const call = backend.call as unknown as Record<SpanRow, Call>
  const make = ({ row, args }: Step): number => {
    const status = call[row](...args)
    if (status < 0) throw statusError(row, status)
    return status
  }
  if (isSingle(operation)) {
    make(operation)
    return operation.finish()
  }
  let next = operation.next()
  while (!next.done) next = operation.next(make(next.value))
  return next.value
}

/** Makes the calls of an operation as jobs: the event loop goes on, `signal` stops between two chunks. */
export async function runAsync<R>(context: Context, operation: Operation<R>, options: Job = {}): Promise<R> {
  const job = checkJob(options)
  const start = context.backend.start as unknown as Record<SpanRow, Start>
  const make = async ({ row, args, phase, total }: Step): Promise<number> => {
    const status = await runJob(start[row], args, job, { phase, total, chunk: chunkOf(row) })
    if (status < 0) throw statusError(row, status)
    return status
  }
  if (isSingle(operation)) {
    await make(operation)
    return operation.finish()
  }
  let next = operation.next()
  while (!next.done) next = operation.next(await make(next.value))
  return next.value
}

function checkJob(options: Job): Job {
  checkOptions(options)
  const { signal, onProgress } = options
  if (signal !== undefined && !(typeof signal?.throwIfAborted === 'function' && 'addEventListener' in signal)) {
    throw typeError(`signal must be an AbortSignal, got ${found(signal)}`)
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw typeError(`onProgress must be a function, got ${found(onProgress)}`)
  }
  return { signal, onProgress }
}

function chunkOf(row: SpanRow): number {
  return abi.rows[row].params.find((param): param is SpanParam => param.kind === 'span')?.chunk ?? Infinity
}
