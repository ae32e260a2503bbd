/** What the methods write to: code bytes of encoders, floats of decoders. */
import { lengthError, typeError } from '@ukernels/runtime'
import { checkArray, checkOut } from './arrays.js'

/** The bytes that a call writes n codes to: the start of `out`, or new ones. */
export function codesFor(out: Uint8Array | undefined, n: number, width: number, name: string): Uint8Array {
  const bytes = Math.ceil((n * width) / 8)
  if (out === undefined) return new Uint8Array(bytes)
  checkOut(name, out, 'Uint8Array', bytes)
  return out.length === bytes ? out : out.subarray(0, bytes)
}

/** Copies what a job made to the caller's array, which may have gone meanwhile. */
export function publish<T extends Uint8Array | Uint32Array | Float32Array>(out: T, result: T): void {
  if (out.length < result.length) throw typeError('out is detached: its buffer was transferred during the call')
  out.set(result)
}

/** Where decoded values go, and how. */
export interface Destination {
  out: Float32Array
  /** 0 overwrites, 1 adds f32(weight · value). */
  mode: 0 | 1
  weight: number
}

/** Checks a part of a packed object: its kind, and its exact length. */
export function checkPart(name: string, part: Uint8Array | Float32Array, tag: string, length: number): void {
  checkArray(name, part, tag)
  if (part.length !== length) throw lengthError(`${name} must have ${length} elements, got ${part.length}`)
}
