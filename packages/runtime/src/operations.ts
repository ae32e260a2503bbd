/**
 * How one body serves a method and its asynchronous twin: an operation is a generator that yields the
 * low-level calls it needs; `Runner.run` makes them at once, `Runner.start` as jobs, chunk by chunk.
 */
import {
  type Abi,
  type Arguments,
  type Backend,
  harnessStatus,
  prepareRow,
  type Row,
  type SpanParam,
  type Starts,
} from './abi.js'
import { checkJob } from './checks.js'
import { type ErrorCode, KernelError, overlapError, tooLargeError, typeError } from './errors.js'
import { type Job, runJob } from './job.js'

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

/** Runs the operations of one kernel on its backend. */
export class Runner<A extends Abi> {
  readonly backend: Backend<A>
  readonly #abi: A
  #disposed = false

  constructor(abi: A, backend: Backend<A>) {
    this.#abi = abi
    this.backend = backend
  }

  get disposed(): boolean {
    return this.#disposed
  }

  dispose(): void {
    this.#disposed = true
    this.backend.dispose()
  }

  /** Makes the calls of an operation one after the other. Negative statuses are thrown. */
  run<R>(operation: Steps<R>): R {
    // Before the generator's first line: it may clear the caller's array.
    if (this.#disposed) throw new KernelError('ERR_UKERNELS_DISPOSED', 'the kernel was disposed')
    const call = this.backend.call as unknown as Record<string, Call>
    let next = operation.next()
    while (!next.done) {
      const { row, args } = next.value
      const status = call[row](...args)
      if (status < 0) throw statusError(row, this.#abi.rows[row], status)
      next = operation.next(status)
    }
    return next.value
  }

  /** Makes them as jobs: the event loop goes on, `signal` stops between two chunks. */
  async start<R>(operation: Steps<R>, options: Job = {}): Promise<R> {
    if (this.#disposed) throw new KernelError('ERR_UKERNELS_DISPOSED', 'the kernel was disposed')
    const job = checkJob(options)
    job.signal?.throwIfAborted()
    const begin = this.backend.start as unknown as Record<string, Start>
    let next = operation.next()
    while (!next.done) {
      const { row, args, phase, total } = next.value
      const status = await runJob(begin[row], args, job, { phase, total, chunk: chunkOf(this.#abi.rows[row]) })
      // The last chunk may have been done already when the signal or the end of the kernel came.
      job.signal?.throwIfAborted()
      if (this.#disposed) throw statusError(row, this.#abi.rows[row], harnessStatus.disposed)
      if (status < 0) throw statusError(row, this.#abi.rows[row], status)
      next = operation.next(status)
    }
    return next.value
  }
}

const chunkOf = (row: Row): number =>
  row.params.find((param): param is SpanParam => param.kind === 'span')?.chunk ?? Infinity

/**
 * The error for a negative status of a row: text and class exist here only.
 *
 * @param outNames - what the public options call the outputs of several arrays; a single one is `out`
 */
export function statusError(name: string, row: Row, status: number, outNames: Record<string, string> = {}): Error {
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
function argumentError(name: string, row: Row, status: number, outNames: Record<string, string>): Error | undefined {
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
