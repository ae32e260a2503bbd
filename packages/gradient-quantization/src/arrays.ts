/** Checks of a caller's arrays: kind, life, length, overlap. */
import { found, lengthError, list, overlapError, typeError } from '@ukernels/runtime'
import { choice, type Input, type InputDtype, inputDtypes } from './options.js'

const typedArrayTag = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)
  ?.get as (this: unknown) => string | undefined

/** `'Float32Array'` etc., from any realm; undefined for everything else. */
export const tagOf = (value: unknown): string | undefined => typedArrayTag.call(value)

/** Float32Array, from any realm. */
export const isFloat32 = (value: unknown): value is Float32Array => tagOf(value) === 'Float32Array'

type Viewed = Float32Array | Float64Array | Uint16Array | Uint8Array | Uint32Array

const { fill } = Uint8Array.prototype

/** A wrong value as a message shows it. What a Proxy of a typed array says of itself would only confuse. */
const foundArray = (value: unknown) =>
  tagOf(value) === undefined && value instanceof Object.getPrototypeOf(Uint8Array)
    ? `a Proxy of a ${found(value)}`
    : found(value)

/** Compiled code of Node.js 20 can give a detached array the length it had; its elements are undefined all the same. */
const seemsEmpty = (array: Viewed) => array.length === 0 || array[0] === undefined

/** A live typed array of the given kind. */
export function checkArray(name: string, value: unknown, tag: string): void {
  if (tagOf(value) !== tag) throw typeError(`${name} must be a ${tag}, got ${foundArray(value)}`)
  if (seemsEmpty(value as Viewed)) checkAttached(name, value as Viewed)
}

/**
 * Only an empty array can be detached, or lie beyond the end of a buffer that shrank. Then it can't be filled, not even
 * with nothing.
 */
function checkAttached(name: string, array: Viewed): void {
  try {
    fill.call(array, 0)
  } catch {
    throw typeError(`${name} is detached: its buffer was transferred, or has shrunk`)
  }
}

/** Checks values and their dtype; returns their number. */
export function checkInput(name: string, x: Input, dtype: InputDtype | undefined): number {
  const tag = tagOf(x)
  if (tag === 'Uint16Array') {
    if (dtype === undefined)
      throw typeError(`inputDtype must be one of ${list(inputDtypes)} when ${name} is a Uint16Array`)
    choice('inputDtype', dtype, inputDtypes)
  } else if (tag !== 'Float32Array' && tag !== 'Float64Array') {
    throw typeError(`${name} must be a Float32Array, Float64Array or Uint16Array, got ${foundArray(x)}`)
  } else if (dtype !== undefined) {
    choice('inputDtype', dtype, inputDtypes)
    throw typeError(`inputDtype applies to a Uint16Array, but ${name} is a ${tag}`)
  }
  if (seemsEmpty(x)) checkAttached(name, x)
  return x.length
}

/** The caller's array for n results; what it may share memory with is checked apart. */
export function checkOut(name: string, out: Viewed, tag: string, n: number): void {
  checkArray(name, out, tag)
  if (out.length < n) throw lengthError(`${name} must have at least ${n} elements, got ${out.length}`)
}

/**
 * Refuses an output over an input, except, where `sameAllowed`, one that starts at the very same element. The table
 * does the same for the arrays of one call; this is for inputs that were converted or copied before it, because
 * `buffer` takes longer than all other checks of a short call together.
 */
export function checkApart(outName: string, out: Viewed, inName: string, x: Viewed, sameAllowed = false): void {
  if (out.buffer !== x.buffer) return
  const apart = out.byteOffset + out.byteLength <= x.byteOffset || x.byteOffset + x.byteLength <= out.byteOffset
  if (apart || (sameAllowed && out.byteOffset === x.byteOffset && tagOf(out) === tagOf(x))) return
  const expected = sameAllowed ? `${inName} itself or memory of its own` : 'memory of its own'
  throw overlapError(`${outName} must be ${expected}, got bytes that overlap ${inName}`)
}
