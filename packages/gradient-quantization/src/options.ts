/** Option types of the kernel's methods, their defaults and their validation: the one place for all three. */
import {
  checkSeed,
  choice,
  found,
  integer,
  list,
  number,
  RECIPROCAL,
  rangeError,
  real32,
  reciprocates,
  type Seed,
  typeError,
} from '@ukernels/runtime'
import type { Packing, ScaleMode } from './packed.js'

/** Values to encode, measure or prune. A Uint16Array needs `inputDtype`. */
export type Input = Float32Array | Float64Array | Uint16Array
/** What the 16 bits of a Uint16Array are: IEEE half precision, or bfloat16. */
export type InputDtype = 'f16' | 'bf16'
/**
 * - `'rne'`: to nearest, ties to even.
 * - `'sr'`: stochastic, unbiased; needs a seed.
 * - `'rtz'`: toward zero.
 * - `'rna'`: to nearest, ties away from zero (microxcaling, qtorch).
 */
export type Rounding = 'rne' | 'sr' | 'rtz' | 'rna'
/**
 * What becomes of values beyond the largest finite one.
 *
 * - `'saturate'`: ±max, also for ±Inf (OFP8, ONNX Cast).
 * - `'saturate-finite'`: finite values become ±max, ±Inf stays Inf or becomes NaN (ml_dtypes kSaturate).
 * - `'non-saturating'`: Inf or NaN as the format has it (NumPy astype with ml_dtypes).
 */
export type Overflow = 'saturate' | 'saturate-finite' | 'non-saturating'
/**
 * What becomes of NaN.
 *
 * - `'throw'`: NonFiniteError with the index.
 * - `'canonical'`: the format's canonical NaN with its sign; where there is none, +NaN becomes −0 and −NaN +0.
 * - `'max'`: ±max with the sign of the NaN.
 */
export type NanMode = 'throw' | 'canonical' | 'max'
/** A factor, or the policy that measures it; see `EncodeOptions.scale`. */
export type Scale = number | 'lognormal' | 'amax'

// In the order of the numbers that the low-level functions take.
export const roundings: readonly Rounding[] = ['rne', 'sr', 'rtz', 'rna']
export const overflows: readonly Overflow[] = ['saturate', 'saturate-finite', 'non-saturating']
export const nanModes: readonly NanMode[] = ['throw', 'canonical', 'max']
export const inputDtypes: readonly InputDtype[] = ['f16', 'bf16']
export const packings: readonly Packing[] = ['bits', 'bytes']
export const scaleModes: readonly ScaleMode[] = ['rceil', 'floor', 'ceil', 'even']
const scalePolicies = ['lognormal', 'amax'] as const

export interface InputOptions {
  /** Required for a Uint16Array, refused for others. */
  inputDtype?: InputDtype
}

/** Element j = offset + i of the input draws the random word j of (`seed`, `stream`), whatever the chunks or threads. */
export interface RandomOptions {
  /** 0 ≤ seed < 2^64; as a number up to 2^53 − 1. */
  seed?: Seed
  /** 0 to 2^32 − 1, for layer or step ids. Default 0. */
  stream?: number
  /** Index of the first element in the stream, 0 to 2^53 − 1. Default 0. */
  offset?: number
}

/** How values become codes. */
export interface CodingOptions extends InputOptions, RandomOptions {
  /**
   * What x is multiplied by before the cast, default 1.
   *
   * - a number: rounded to f32; it and its f32 reciprocal must be finite and > 0.
   * - `'lognormal'`: 2^−(⌊muLog2 + ½⌋ + headroom) from the statistics of x, 1 when they are degenerate.
   * - `'amax'`: the largest power of two with amax · scale ≤ the format's largest value, 1 when amax is 0.
   */
  scale?: Scale
  /** For `scale: 'lognormal'`: powers of two between the mean magnitude and 1, an integer. Default 3. */
  headroom?: number
  /** Default `'rne'`; `'sr'` needs `seed`. */
  rounding?: Rounding
  /** Default `'saturate'`. */
  overflow?: Overflow
  /** Default `'throw'`. */
  nan?: NanMode
}

export interface EncodeOptions extends CodingOptions {
  /** Default `'bits'`. */
  packing?: Packing
  /** Also count the values beyond the largest finite one, and the non-zeros that became zero. */
  count?: boolean
  /** Where the codes go: at least ⌈n · bits / 8⌉ bytes, or n for `packing: 'bytes'`. */
  out?: Uint8Array
}

/** Options of `reduceAverage`, which has no input of its own. */
export type ReduceOptions = Omit<EncodeOptions, 'inputDtype'>

export interface FakeQuantizeOptions extends CodingOptions {
  /** Where the values go: at least n; may be `x` itself. */
  out?: Float32Array
}

export interface DecodeOptions {
  /** Where the values go: at least n. */
  out?: Float32Array
  /** Add f32(weight · value) to `out` instead of overwriting it. */
  accumulate?: boolean
  /** Factor of what `accumulate` adds, rounded to f32. Default 1. */
  weight?: number
}

export interface BlockOptions extends InputOptions, RandomOptions {
  /** Elements per row; blocks never cross rows. Default n: one row. */
  rowLength?: number
  /** How the shared scale of an MX block is chosen. Default `'rceil'`. */
  scaleMode?: ScaleMode
  /** Default `'rne'`; `'sr'` needs `seed`. */
  rounding?: Rounding
  /** A row that isn't a multiple of the block: zero-padded, or ERR_UKERNELS_LENGTH. Default `'pad'`. */
  tail?: 'pad' | 'throw'
  /** NaN and ±Inf: NonFiniteError, or their whole block becomes NaN. Default `'throw'`. */
  nonFinite?: 'throw' | 'poison'
  /** Where codes and scales go. */
  out?: { data?: Uint8Array; scales?: Uint8Array }
}

export interface LuqOptions extends InputOptions, RandomOptions {
  seed: Seed
  /** Magnitude codes: 7 fits four bits; 8 reproduces the authors' released code. Default 7. */
  levels?: 7 | 8
  /** The smallest magnitude, > 0; larger elements than the levels reach are clamped and counted. Default from max|x|. */
  alpha?: number
  /** Round alpha up to a power of two. Default false. */
  powerOfTwoAlpha?: boolean
  /** Independent planes that decoding averages. Default 1. */
  samples?: number
  /** Where the planes go: each ⌈n / 2⌉ bytes, or n for `levels: 8`. */
  out?: Uint8Array
}

export interface PruneOptions extends InputOptions, RandomOptions {
  seed: Seed
  /** Where the values go: at least n; may be `x` itself. */
  out?: Float32Array
}

export interface PruneEncodeOptions extends InputOptions, RandomOptions {
  seed: Seed
  /** Where the classes (at least ⌈n / 4⌉ bytes) and the survivors go. */
  out?: { classes?: Uint8Array; values?: Float32Array }
}

/** A number in [0, 1), or with `closed` in [0, 1]. */
export function checkShare(name: string, value: unknown, closed: boolean): void {
  const share = number(name, value)
  if (!(share >= 0 && (closed ? share <= 1 : share < 1))) {
    throw rangeError(`${name} must lie in [0, 1${closed ? ']' : ')'}, got ${found(share)}`)
  }
}

/** The seed of a call; 0 where nothing is drawn. `neededBy` names what can't do without. */
export const seedOf = (seed: Seed | undefined, neededBy: string | undefined): Seed =>
  seed === undefined && neededBy === undefined ? 0 : checkSeed(seed, 'seed', neededBy)

export const streamOf = (stream: number | undefined): number => integer('stream', stream, 0, 2 ** 32 - 1, 0)
export const offsetOf = (offset: number | undefined): number => integer('offset', offset, 0, Number.MAX_SAFE_INTEGER, 0)

export const headroomOf = (headroom: number | undefined): number =>
  integer('headroom', headroom, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 3)

/** A scale as the cast uses it: an f32 whose f32 reciprocal is finite too, so that decoding can undo it. */
export const scaleNumber = (name: string, value: number): number => real32(name, value, reciprocates, RECIPROCAL)

export function scaleOf(scale: Scale | undefined): Scale {
  if (scale === undefined) return 1
  if (typeof scale === 'number') return scaleNumber('scale', scale)
  if (typeof scale !== 'string')
    throw typeError(`scale must be a number or one of ${list(scalePolicies)}, got ${found(scale)}`)
  choice('scale', scale, scalePolicies)
  return scale
}
