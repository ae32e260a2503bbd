/** Checks of what callers pass: arrays by kind, life, length and overlap; options by type and range. */
import { found, lengthError, list, NonFiniteError, overlapError, rangeError, typeError } from './errors.js'
import type { Job } from './kernel.js'
import { checkSeedRange, type Seed } from './random.js'

const typedArrayTag = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag)
  ?.get as (this: unknown) => string | undefined

/** `'Float32Array'` etc., from any realm; undefined for everything else. */
export const tagOf = (value: unknown): string | undefined => typedArrayTag.call(value)

const { fill } = Uint8Array.prototype

/** A wrong value as a message shows it. What a Proxy of a typed array says of itself would only confuse. */
export const foundArray = (value: unknown): string =>
  tagOf(value) === undefined && value instanceof Object.getPrototypeOf(Uint8Array)
    ? `a Proxy of a ${found(value)}`
    : found(value)

/** A typed array that isn't a DataView. */
export type Viewed = Uint8Array | Uint16Array | Uint32Array | Float32Array | Float64Array

/** Compiled code of Node.js 20 can give a detached array the length it had; its elements are undefined all the same. */
export const seemsEmpty = (array: Viewed): boolean => array.length === 0 || array[0] === undefined

/** A live typed array of the given kind. */
export function checkArray(name: string, value: unknown, tag: string): void {
  if (tagOf(value) !== tag) throw typeError(`${name} must be a ${tag}, got ${foundArray(value)}`)
  checkAttached(name, value as Viewed)
}

/** A live typed array of one of several kinds. */
export function checkArrayOf(name: string, value: unknown, tags: readonly string[]): void {
  const tag = tagOf(value)
  if (tag === undefined || !tags.includes(tag))
    throw typeError(`${name} must be a ${tags.join(' or ')}, got ${foundArray(value)}`)
  checkAttached(name, value as Viewed)
}

/**
 * Refuses an array whose buffer is gone, or that lies beyond the end of a buffer that shrank. Only an empty one can be
 * either; then it can't be filled, not even with nothing.
 */
export function checkAttached(name: string, array: Viewed): void {
  if (!seemsEmpty(array)) return
  try {
    fill.call(array as Uint8Array, 0)
  } catch {
    throw typeError(`${name} is detached: its buffer was transferred, or has shrunk`)
  }
}

/** The caller's array for n results: at least so long. */
export function checkOut(name: string, out: unknown, tag: string, n: number): void {
  checkArray(name, out, tag)
  const { length } = out as Uint8Array
  if (length < n) throw lengthError(`${name} must have at least ${n} elements, got ${length}`)
}

/**
 * Refuses an output over an input, except, where `sameAllowed`, one that starts at the very same element. The table
 * does the same for the arrays of one call; this is for inputs that were converted or copied before it, because
 * `buffer` takes longer than all other checks of a short call together.
 */
export function checkApart(
  outName: string,
  out: ArrayBufferView,
  inName: string,
  x: ArrayBufferView,
  sameAllowed = false,
): void {
  if (out.buffer !== x.buffer) return
  const apart = out.byteOffset + out.byteLength <= x.byteOffset || x.byteOffset + x.byteLength <= out.byteOffset
  if (apart || (sameAllowed && out.byteOffset === x.byteOffset && tagOf(out) === tagOf(x))) return
  const expected = sameAllowed ? `${inName} itself or memory of its own` : 'memory of its own'
  throw overlapError(`${outName} must be ${expected}, got bytes that overlap ${inName}`)
}

/** Shared by every call without options. */
export const noOptions: Record<string, never> = Object.freeze({})

/** An options object, or another argument that is one. */
export function checkOptions(options: unknown, name = 'options'): void {
  if (typeof options !== 'object' || options === null)
    throw typeError(`${name} must be an object, got ${found(options)}`)
}

/** The option `out` of a call that has several: an object that names them, and no array itself. */
export function checkOuts(out: object | undefined, names: string): void {
  if (out !== undefined && (typeof out !== 'object' || out === null || ArrayBuffer.isView(out)))
    throw typeError(`out must be an object with ${names}, got ${found(out)}`)
}

/** Position of a named value. */
export function numberOf(name: string, value: unknown, values: readonly string[]): number {
  const index = values.indexOf(value as string)
  if (index < 0) throw typeError(`${name} must be one of ${list(values)}, got ${found(value)}`)
  return index
}

/** Position of a named value; 0, the default, when it is left out. */
export const choice = (name: string, value: string | undefined, values: readonly string[]): number =>
  value === undefined ? 0 : numberOf(name, value, values)

/** Any number, NaN included. */
export function number(name: string, value: unknown): number {
  if (typeof value !== 'number') throw typeError(`${name} must be a number, got ${found(value)}`)
  return value
}

/** An integer option; required when it has no fallback. */
export function integer(
  name: string,
  value: number | undefined,
  least: number,
  most: number,
  fallback?: number,
): number {
  if (value === undefined && fallback !== undefined) return fallback
  const given = number(name, value)
  if (!(Number.isInteger(given) && given >= least && given <= most)) {
    throw rangeError(`${name} must be an integer from ${least} to ${most}, got ${found(given)}`)
  }
  return given
}

/** A real option as it is; required when it has no fallback. */
export function real(
  name: string,
  value: number | undefined,
  fits: (value: number) => boolean,
  expected: string,
  fallback?: number,
): number {
  if (value === undefined && fallback !== undefined) return fallback
  const given = number(name, value)
  if (!fits(given)) throw rangeError(`${name} must be ${expected}, got ${found(given)}`)
  return given
}

/** A real option, rounded to f32, never −0; required when it has no fallback. */
export function real32(
  name: string,
  value: number | undefined,
  fits: (f32: number) => boolean,
  expected: string,
  fallback?: number,
): number {
  if (value === undefined && fallback !== undefined) return fallback
  const rounded = Math.fround(number(name, value))
  if (!fits(rounded)) throw rangeError(`${name} must be ${expected}, got ${found(value)}`)
  return rounded + 0
}

export const isFinitePositive = (value: number): boolean => value > 0 && value < Infinity
export const isFiniteNonNegative = (value: number): boolean => value >= 0 && value < Infinity
/** An f32 that is finite, above 0, and whose f32 reciprocal is finite too. */
export const reciprocates = (f32: number): boolean => f32 > 0 && f32 < Infinity && Math.fround(1 / f32) < Infinity
/** What `reciprocates` expects, for messages. */
export const RECIPROCAL = 'finite and above 0, with a finite f32 reciprocal'

export function flag(name: string, value: boolean | undefined): boolean {
  if (value !== undefined && typeof value !== 'boolean')
    throw typeError(`${name} must be true or false, got ${found(value)}`)
  return value === true
}

/** A seed that is required, by `neededBy` where that isn't the whole call; as it is. */
export function checkSeed(seed: Seed | undefined, name = 'seed', neededBy?: string): Seed {
  if (seed === undefined) {
    const by = neededBy === undefined ? '' : ` by ${neededBy}`
    throw typeError(`${name} is required${by}: a number from 0 to 2^53 - 1 or a bigint below 2^64`)
  }
  checkSeedRange(name, seed)
  return seed
}

/** Throws when a report found what must not be in the data; `first` is its index, Infinity when there is none. */
export function refuseNonFinite(name: string, first: number, expected = 'finite, got NaN or ±Infinity'): void {
  if (first !== Infinity) throw new NonFiniteError(`${name}[${first}] must be ${expected}`, first)
}

/** The `Job` part of some options. */
export function checkJob(options: Job): Job {
  checkOptions(options)
  const { signal, onProgress } = options
  if (signal !== undefined && !(typeof signal?.throwIfAborted === 'function' && 'addEventListener' in signal))
    throw typeError(`signal must be an AbortSignal, got ${found(signal)}`)
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw typeError(`onProgress must be a function, got ${found(onProgress)}`)
  return { signal, onProgress }
}
