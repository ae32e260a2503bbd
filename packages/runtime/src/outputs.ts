/** What calls write to: the caller's arrays, or new ones. */
import { checkOut } from './checks.js'
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
