/**
 * How one body serves a method and its asynchronous twin: an operation is a generator that yields the
 * low-level calls it needs; `Runner.run` makes them at once, `Runner.start` as jobs, chunk by chunk.
 */
import type { Abi, Row, SpanParam } from './abi.js'
import { type Arguments, type Backend, harnessStatus, type Starts } from './backend.js'
import { checkJob } from './checks.js'
import { type ErrorCode, KernelError, overlapError, tooLargeError, typeError } from './errors.js'
import { runJob } from './job.js'
import type { Job } from './kernel.js'
import { prepareRow } from './prepared-row.js'

/** One low-level call of an operation. */
export interface Step {
  readonly row: string
  /** What the call does, as progress names it. */
  readonly phase: string
  /** Size of the work in the units of the row's span. */
  readonly total: number
  readonly args: readonly unknown[]
}

/** Yields its calls, is handed their status (0, or one of the row's own), returns the result. */
export type Steps<R> = Generator<Step, R, number>

/** What most short calls are: one low-level call and what its result is. Costs half of a generator. */
export interface Single<R> extends Step {
  finish(): R
}

/** An operation; its arguments have been checked, or are before its first step. */
export type Operation<R> = Steps<R> | Single<R>

/** Makes the steps of a table: the call of `row` with the arguments that the table says. */
export const stepsOf =
  <A extends Abi>() =>
  <K extends keyof Starts<A['rows']> & string>(
    row: K,
    phase: string,
    total: number,
    args: Arguments<A['rows'][K]['params']>,
  ): Step => ({ row, phase, total, args })

type Call = (...args: readonly unknown[]) => number
type Start = (args: readonly unknown[], control?: unknown) => Promise<number>

const isSingle = <R>(operation: Operation<R>): operation is Single<R> => 'finish' in operation

/** Runs the operations of one kernel on its backend. */
export class Runner<A extends Abi> {
  readonly backend: Backend<A>
  readonly #abi: A
  readonly #outNames: OutNames
  #disposed = false

  /** @param outNames - what the public options call outputs other than `out`, by their parameters' names */
  constructor(abi: A, backend: Backend<A>, outNames: OutNames = {}) {
    this.#abi = abi
    this.backend = backend
    this.#outNames = outNames
  }

  get disposed(): boolean {
    return this.#disposed
  }

  dispose(): void {
    this.#disposed = true
    this.backend.dispose()
  }

  /** The error for a negative status of a row. */
  error(row: keyof A['rows'] & string, status: number): Error {
    return statusError(row, this.#abi.rows[row], status, this.#outNames)
  }

  /** Makes the calls of an operation one after the other. Negative statuses are thrown. */
  run<R>(operation: Operation<R>): R {
    // Before a generator's first line: it may clear the caller's array.
    if (this.#disposed) throw disposedError()
    if (isSingle(operation)) {
      this.#call(operation)
      return operation.finish()
    }
    let next = operation.next()
    while (!next.done) next = operation.next(this.#call(next.value))
    return next.value
  }

  #call({ row, args }: Step): number {
    const status = (this.backend.call as unknown as Record<string, Call>)[row](...args)
    if (status < 0) throw this.error(row, status)
    return status
  }

  /** Makes them as jobs: the event loop goes on, `signal` stops between two chunks. */
  async start<R>(operation: Operation<R>, options: Job = {}): Promise<R> {
    if (this.#disposed) throw disposedError()
    const job = checkJob(options)
    job.signal?.throwIfAborted()
    if (isSingle(operation)) {
      await this.#start(operation, job)
      return operation.finish()
    }
    let next = operation.next()
    while (!next.done) next = operation.next(await this.#start(next.value, job))
    return next.value
  }

  async #start({ row, args, phase, total }: Step, job: Job): Promise<number> {
    const start = (this.backend.start as unknown as Record<string, Start>)[row]
    const status = await runJob(start, args, job, { phase, total, chunk: chunkOf(this.#abi.rows[row]) })
    // A listener may have ended the kernel when it heard of the last chunk.
    if (this.#disposed) throw disposedError()
    if (status < 0) throw this.error(row, status)
    return status
  }
}

const disposedError = () => new KernelError('ERR_UKERNELS_DISPOSED', 'the kernel was disposed')

const chunkOf = (row: Row): number =>
  row.params.find((param): param is SpanParam => param.kind === 'span')?.chunk ?? Infinity

/** What the public options call outputs, by their parameters' names; one that isn't there is `out`. */
export type OutNames = Readonly<Record<string, string>>

/** The error for a negative status of a row: text and class exist here only. */
function statusError(name: string, row: Row, status: number, outNames: OutNames): Error {
  const failed = (code: ErrorCode, message: string) => new KernelError(code, message)
  switch (status) {
    case harnessStatus.outOfMemory:
      return tooLargeError(`${name}: more memory than the backend can have; use smaller inputs`)
    case harnessStatus.busy:
      return failed('ERR_UKERNELS_BUSY', `${name}: an asynchronous call is using this object`)
    case harnessStatus.disposed:
    case harnessStatus.badHandle:
      return failed('ERR_UKERNELS_DISPOSED', `${name}: the kernel was disposed`)
    case harnessStatus.detached:
      return typeError('out is detached: its buffer was transferred during the call')
    default:
      return argumentError(name, row, status, outNames) ?? failed('ERR_UKERNELS_INTERNAL', `${name}: status ${status}`)
  }
}

/** Arguments are checked before the call, so only what changes meanwhile ends here. */
function argumentError(name: string, row: Row, status: number, outNames: OutNames): Error | undefined {
  const prepared = prepareRow(name, row)
  const nameOf = (arg: number) => prepared.params[prepared.args.indexOf(arg)]?.name
  if (status <= harnessStatus.overlap) {
    const param = nameOf(harnessStatus.overlap - status) ?? ''
    return overlapError(`${outNames[param] ?? 'out'} must be memory of its own, got bytes that overlap another array`)
  }
  if (status > harnessStatus.badArgument) return undefined
  const message = `${name}: unexpected ${nameOf(harnessStatus.badArgument - status)}`
  return new KernelError('ERR_UKERNELS_INTERNAL', message)
}
