/** What calls write to: the caller's arrays, or new ones; and what long calls read: copies. */
import { checkOut, seemsEmpty, tagOf, type Viewed } from './checks.js'
import { tooLargeError } from './errors.js'

type Constructor<T> = { new (n: number): T; readonly BYTES_PER_ELEMENT: number }

/** n zeros, or ERR_UKERNELS_TOO_LARGE. */
export function allocate<T>(Type: Constructor<T>, n: number): T {
  try {
    return new Type(n)
  } catch {
    throw tooLargeError(`an array of ${n * Type.BYTES_PER_ELEMENT} bytes is more than there is memory for`)
  }
}

interface Outputs {
  Uint8Array: Uint8Array
  Uint32Array: Uint32Array
  Float32Array: Float32Array
}
const constructors: { [T in keyof Outputs]: Constructor<Outputs[T]> } = { Uint8Array, Uint32Array, Float32Array }

/**
 * The n elements that a call writes: the start of the caller's `out`, or new zeros.
 *
 * @param tag - the kind of array, by name: to ask a constructor for its name costs as much as all else here
 */
export function outputFor<T extends keyof Outputs>(
  tag: T,
  out: Outputs[T] | undefined,
  n: number,
  name = 'out',
): Outputs[T] {
  if (out === undefined) return allocate(constructors[tag], n)
  checkOut(name, out, tag, n)
  return out.length === n ? out : (out.subarray(0, n) as Outputs[T])
}

// A Buffer's own `slice` copies nothing.
const { slice } = Uint8Array.prototype

/**
 * What a long call reads: a copy, because the caller's array may change, move or go away meanwhile. Shared memory is
 * read as it is. What isn't an array, or is one no longer, is left for the checks to refuse.
 *
 * @throws RangeError ERR_UKERNELS_TOO_LARGE
 */
export function owned<T>(value: T): T {
  if (tagOf(value) === undefined) return value
  const array = value as Uint8Array
  const shared = typeof SharedArrayBuffer === 'function' && array.buffer instanceof SharedArrayBuffer
  if (shared || seemsEmpty(array as Viewed)) return value
  try {
    return slice.call(array) as T
  } catch {
    throw tooLargeError(`a copy of ${array.byteLength} bytes is more than there is memory for`)
  }
}
