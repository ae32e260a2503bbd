/** What calls write to: the caller's arrays, or new ones. */
import { checkOut } from './checks.js'
import { tooLargeError } from './errors.js'

type Constructor<T> = { new (n: number): T; readonly BYTES_PER_ELEMENT: number; readonly name: string }

/** n zeros, or ERR_UKERNELS_TOO_LARGE. */
export function allocate<T>(Type: Constructor<T>, n: number): T {
  try {
    return new Type(n)
  } catch {
    throw tooLargeError(`an array of ${n * Type.BYTES_PER_ELEMENT} bytes is more than there is memory for`)
  }
}

/** The n elements that a call writes: the start of the caller's `out`, or new zeros. */
export function outputFor<T extends Uint8Array | Uint32Array | Float32Array>(
  Type: Constructor<T>,
  out: T | undefined,
  n: number,
  name = 'out',
): T {
  if (out === undefined) return allocate(Type, n)
  checkOut(name, out, Type.name, n)
  return out.length === n ? out : (out.subarray(0, n) as T)
}
