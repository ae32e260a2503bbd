/** What the methods write to: code bytes of encoders, floats of decoders. */
import { allocate, checkArray, lengthError, outputFor, typeError } from '@ukernels/runtime'

/** The bytes that a call writes n codes to: the start of `out`, or new ones. */
export const codesFor = (out: Uint8Array | undefined, n: number, width: number, name: string): Uint8Array =>
  outputFor('Uint8Array', out, Math.ceil((n * width) / 8), name)

/** Copies what a job made to the caller's array, which may have gone meanwhile. */
export function publish<T extends Uint8Array | Uint32Array | Float32Array>(out: T, result: T): void {
  if (out.length < result.length) throw typeError('out is detached: its buffer was transferred during the call')
  out.set(result)
}

/** Where decoded values go, and how. */
export interface Destination {
  n: number
  /** n elements: the caller's, or made by `floatsOf`. */
  out: Float32Array | undefined
  /** 0 overwrites, 1 adds f32(weight · value). */
  mode: 0 | 1
  weight: number
}

/** The array of a destination. Made when every check has passed, so that a forged n allocates nothing. */
export function floatsOf(to: Destination): Float32Array {
  to.out ??= allocate(Float32Array, to.n)
  return to.out
}

/** Checks a part of a packed object: its kind, and its exact length. */
export function checkPart(name: string, part: Uint8Array | Float32Array, tag: string, length: number): void {
  checkArray(name, part, tag)
  if (part.length !== length) throw lengthError(`${name} must have ${length} elements, got ${part.length}`)
}
