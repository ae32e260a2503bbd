/**
 * Everything that ukernels packages throw. Every error has a `code`, `'ERR_UKERNELS_…'`; nothing has
 * changed when one is thrown, and its message names the argument, the value found and what was expected.
 */

export type ErrorCode = `ERR_UKERNELS_${string}`

/** Wrong type or kind of array, detached buffer, missing required option, unknown name in an option. */
export type TypeErrorCode = 'ERR_UKERNELS_TYPE'
/** A value, a length or shape, an output over an input, or more bytes than possible. */
export type RangeErrorCode =
  | 'ERR_UKERNELS_RANGE'
  | 'ERR_UKERNELS_LENGTH'
  | 'ERR_UKERNELS_OVERLAP'
  | 'ERR_UKERNELS_TOO_LARGE'
/** Bad bytes, bytes of another version, or a foreign file's feature that the kernel lacks. */
export type FormatErrorCode = 'ERR_UKERNELS_CORRUPT' | 'ERR_UKERNELS_VERSION' | 'ERR_UKERNELS_UNSUPPORTED'
/** Nothing loads, or the addon is of another version. */
export type LoadErrorCode = 'ERR_UKERNELS_LOAD' | 'ERR_UKERNELS_ABI'

/**
 * What goes wrong apart from a bad argument: DISPOSED, BUSY, NOT_FITTED, MISMATCH, INTERNAL and the
 * kernels' own codes. Base of the more specific errors below, but not of the two for bad arguments,
 * which are a TypeError and a RangeError with a `code`.
 */
export class KernelError extends Error {
  readonly code: ErrorCode
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** A TypeError with a `code`. Its name stays `'TypeError'`, so that it survives structured cloning. */
export class KernelTypeError extends TypeError {
  readonly code: TypeErrorCode = 'ERR_UKERNELS_TYPE'
}

/** A RangeError with a `code`: one of `RangeErrorCode`, or a kernel's own code for a bad argument. */
export class KernelRangeError extends RangeError {
  readonly code: ErrorCode
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** NaN or ±Inf in data that must be finite. */
export class NonFiniteError extends KernelError {
  declare readonly code: 'ERR_UKERNELS_NON_FINITE'
  /** Flat index of the first such element. */
  readonly index: number
  constructor(message: string, index: number) {
    super('ERR_UKERNELS_NON_FINITE', message)
    this.index = index
  }
}

/** Bytes that can't be read. */
export class FormatError extends KernelError {
  declare readonly code: FormatErrorCode
  /** Where in the bytes the trouble was found. */
  readonly offset: number
  constructor(code: FormatErrorCode, message: string, offset: number) {
    super(code, message)
    this.offset = offset
  }
}

/** A matrix whose rank is too low for what was asked; a ridge would help. */
export class RankDeficientError extends KernelError {
  declare readonly code: 'ERR_UKERNELS_RANK_DEFICIENT'
  constructor(message: string) {
    super('ERR_UKERNELS_RANK_DEFICIENT', message)
  }
}

/** One backend that was tried, or passed over, while loading. */
export interface Attempt {
  backend: 'native' | 'wasm'
  /** What was tried: a file, a package path, or what the caller passed. */
  source: string
  /** Which kind of failure, e.g. `'NO_PREBUILD'`; see `AttemptCode`. */
  code: string
  /** What the system said. */
  message: string
}

/** No backend could be loaded. The message lists the attempts and what to do about them. */
export class KernelLoadError extends KernelError {
  declare readonly code: LoadErrorCode
  readonly attempts: readonly Attempt[]
  constructor(code: LoadErrorCode, message: string, attempts: readonly Attempt[], options?: ErrorOptions) {
    super(code, message, options)
    this.attempts = attempts
  }
}

export const typeError = (message: string) => new KernelTypeError(message)
export const rangeError = (message: string, code: ErrorCode = 'ERR_UKERNELS_RANGE') =>
  new KernelRangeError(code, message)
export const lengthError = (message: string) => new KernelRangeError('ERR_UKERNELS_LENGTH', message)
export const overlapError = (message: string) => new KernelRangeError('ERR_UKERNELS_OVERLAP', message)
export const tooLargeError = (message: string) => new KernelRangeError('ERR_UKERNELS_TOO_LARGE', message)

const LONGEST = 60

/** A wrong value as an error message shows it. */
export function found(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value}'`
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'object' && value !== null) return value.constructor?.name ?? 'an object'
  return Object.is(value, -0) ? '-0' : String(value)
}

/** Allowed names as an error message lists them. */
export const list = (names: readonly string[]) => names.map((name) => `'${name}'`).join(', ')
