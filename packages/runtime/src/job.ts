/** Long calls: they own their memory, can be aborted, and report how far they are. */

import { allocateArray } from './arena.js'
import type { AnyArray, Argument } from './arguments.js'
import { harnessStatus, type JobControl } from './backend.js'
import type { Job } from './kernel.js'
import type { PreparedRow } from './prepared-row.js'

/** A wasm job gives the event loop a turn after this long; with one chunk on top it stays below 8 ms. */
export const SLICE_MS = 5

/** How often a job reports its progress at most: ten times a second. */
const PROGRESS_MS = 100

/** Resolves in a later turn of the event loop, after pending input and timers had theirs. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') {
      setImmediate(resolve)
    } else if (typeof MessageChannel === 'function') {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => {
        port1.close()
        resolve()
      }
      port2.postMessage(0)
    } else {
      setTimeout(resolve)
    }
  })
}

// A Buffer's own `slice` copies nothing.
const { slice } = Uint8Array.prototype as unknown as { slice(this: AnyArray, from?: number, to?: number): AnyArray }

/** Copies of the arrays that a job reads, and fresh arrays for what it writes: the caller's may go away meanwhile. */
export function adoptArguments(row: PreparedRow, args: readonly Argument[], scope: ArrayLike<number>): Argument[] {
  const owned = [...args]
  for (const { param, arg, evaluate } of row.arrays) {
    const value = args[arg] as AnyArray | undefined
    if (value === undefined) continue
    if (param.kind === 'input') owned[arg] = slice.call(value)
    else {
      const length = evaluate(scope)
      owned[arg] = param.kind === 'inout' ? slice.call(value, 0, length) : allocateArray(param.element, length)
    }
  }
  return owned
}

/** Writes a finished job's outputs into the caller's arrays. Returns a status. */
export function publishOutputs(row: PreparedRow, owned: readonly Argument[], callers: readonly Argument[]): number {
  const written = row.arrays.filter(({ param, arg }) => param.kind !== 'input' && callers[arg] !== undefined)
  for (const { arg } of written) {
    if ((callers[arg] as AnyArray).length < (owned[arg] as AnyArray).length) return harnessStatus.detached
  }
  for (const { arg } of written) (callers[arg] as Float32Array).set(owned[arg] as Float32Array)
  return 0
}

type Start<A extends readonly unknown[]> = (args: A, control: JobControl) => Promise<number>

/** Words that a native thread can watch need shared memory; where a page may not have it, there is no thread either. */
function sharedWords(length: number): Int32Array<ArrayBufferLike> {
  const bytes = Int32Array.BYTES_PER_ELEMENT * length
  return new Int32Array(typeof SharedArrayBuffer === 'function' ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes))
}

/**
 * Runs one long call of a backend under a caller's `Job` options.
 *
 * @param start - the row's entry in `backend.start`
 * @param chunk - units of work per chunk, as in the row's span
 * @returns the row's status
 * @throws `signal.reason` when aborted, before or during the call
 */
export async function runJob<A extends readonly unknown[]>(
  start: Start<A>,
  args: A,
  { signal, onProgress }: Job,
  { phase, total, chunk }: { phase: string; total: number; chunk: number },
): Promise<number> {
  signal?.throwIfAborted()
  const flags = sharedWords(2)
  const abort = () => Atomics.store(flags, 0, 1)
  // What a listener throws ends the call: in a timer it would end the process.
  let thrown: { error: unknown } | undefined
  const report = (done: number) => {
    try {
      onProgress?.({ phase, done, total })
    } catch (error) {
      thrown ??= { error }
      abort()
    }
  }
  const done = () => Math.min(Atomics.load(flags, 1) * chunk, total)
  signal?.addEventListener('abort', abort, { once: true })
  const timer = onProgress && setInterval(() => thrown ?? report(done()), PROGRESS_MS)
  try {
    const status = await start(args, { flags })
    if (status === 0) report(total)
    if (thrown) throw thrown.error
    if (status === harnessStatus.aborted) signal?.throwIfAborted()
    return status
  } finally {
    clearInterval(timer)
    signal?.removeEventListener('abort', abort)
  }
}
