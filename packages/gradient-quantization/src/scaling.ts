/** Power-of-two scales: exact to apply and to undo. */
import {
  checkOptions,
  exponentOf,
  found,
  integer,
  noOptions,
  number,
  pow2,
  rangeError,
  typeError,
} from '@ukernels/runtime'
import { asFormat, type Format } from './formats.js'
import { checkShare, headroomOf } from './options.js'

/** Exponents of a scale: both the scale and its reciprocal are normal f32 values. */
const LEAST = -126
const MOST = 126

/** 2^k, k clamped to ±126. */
export const powerOfTwo = (k: number) => pow2(k < LEAST ? LEAST : Math.min(k, MOST))

/**
 * 2^−(⌊muLog2 + ½⌋ + headroom), clamped to 2^±126; 1 when nothing was counted. The floor is taken exactly, as
 * ⌊(S1 + 1024 n)/(2048 n)⌋ in BigInt. Exact class.
 *
 * @param sumL S1 of `stats`
 * @param count n of `stats`: finite non-zero elements
 * @param headroom an integer: how many powers of two the mean magnitude shall lie below 1
 */
export function lognormalScale(sumL: bigint, count: number, headroom = 3): number {
  if (typeof sumL !== 'bigint') throw typeError(`sumL must be a bigint, got ${found(sumL)}`)
  integer('count', count, 0, Number.MAX_SAFE_INTEGER)
  headroomOf(headroom)
  if (count === 0) return 1
  const divisor = 2048n * BigInt(count)
  const dividend = sumL + 1024n * BigInt(count)
  const quotient = dividend / divisor
  const floor = dividend < 0n && quotient * divisor !== dividend ? quotient - 1n : quotient
  return powerOfTwo(-(Number(floor) + headroom))
}

/**
 * The largest 2^k with amax · 2^k ≤ format.max, clamped to 2^±126; 1 when amax is 0. Exact class.
 *
 * @param amax largest magnitude, finite, an f32
 */
export function amaxScale(amax: number, format: Format): number {
  checkAmax(amax)
  return scaleForMax(amax, asFormat(format).max, 0)
}

/** The largest 2^k with amax · 2^k ≤ max, less `margin` powers of two. */
function scaleForMax(amax: number, max: number, margin: number): number {
  if (amax === 0) return 1
  const k = exponentOf(max) - exponentOf(amax)
  return powerOfTwo((amax * pow2(k) > max ? k - 1 : k) - margin)
}

function checkAmax(amax: unknown): asserts amax is number {
  if (!(number('amax', amax) >= 0 && Math.fround(amax as number) < Infinity))
    throw rangeError(`amax must be finite and not negative, got ${found(amax)}`)
}

/** A largest magnitude, as such or in the result of `stats`. */
export type AmaxSource = number | { readonly amax: number }

function amaxOf(source: AmaxSource): number {
  const amax = typeof source === 'object' && source !== null ? source.amax : source
  checkAmax(amax)
  return amax
}

/**
 * Delayed scaling as in TransformerEngine: the scale of a step follows from the largest magnitude of the steps before
 * it, so that a tensor can be encoded without being read twice. The scale is the power of two of `scale: 'amax'`.
 */
export class DelayedAmax {
  readonly #format: Format
  readonly #margin: number
  readonly #history: Float64Array
  #seen = 0
  #amax = 0

  /**
   * @param options.history steps remembered, default 1024
   * @param options.margin powers of two left free above the maximum, default 0
   * @throws RangeError `ERR_UKERNELS_RANGE`, TypeError `ERR_UKERNELS_TYPE`
   */
  constructor(options: { format: Format; history?: number; margin?: number }) {
    checkOptions(options)
    const { format, history, margin } = options
    this.#format = asFormat(format)
    this.#history = new Float64Array(integer('history', history, 1, 2 ** 24, 1024))
    this.#margin = integer('margin', margin, -126, 126, 0)
  }

  /** Takes note of this step's largest magnitude: `stats(x).amax`, or `stats(x)` itself. */
  observe(source: AmaxSource): void {
    const amax = amaxOf(source)
    const slot = this.#seen % this.#history.length
    const leaving = this.#history[slot]
    this.#history[slot] = amax
    this.#seen++
    if (amax >= this.#amax) this.#amax = amax
    else if (leaving === this.#amax) this.#amax = this.#history.reduce((a, b) => Math.max(b, a), 0)
  }

  /** The largest magnitude remembered, 0 before the first step. */
  get amax(): number {
    return this.#amax
  }

  /** The scale for the next step; 1 until something other than zero was seen. */
  get scale(): number {
    return scaleForMax(this.#amax, this.#format.max, this.#margin)
  }
}

/**
 * Hindsight estimate of the largest magnitude (LUQ, ICLR 2023): m̂ₜ = (1 − η)·max|xₜ₋₁| + η·m̂ₜ₋₁, starting at the
 * first maximum seen.
 */
export class HindsightMax {
  readonly #eta: number
  #max = 0
  #started = false

  /**
   * @param options.eta how much of the old estimate stays, 0 ≤ eta < 1, default 0.9 (our choice)
   * @throws RangeError `ERR_UKERNELS_RANGE`, TypeError `ERR_UKERNELS_TYPE`
   */
  constructor(options: { eta?: number } = noOptions) {
    checkOptions(options)
    const { eta = 0.9 } = options
    checkShare('eta', eta, false)
    this.#eta = eta
  }

  /** Takes note of this step's largest magnitude: `stats(x).amax`, or `stats(x)` itself. */
  observe(source: AmaxSource): void {
    const amax = amaxOf(source)
    this.#max = this.#started ? (1 - this.#eta) * amax + this.#eta * this.#max : amax
    this.#started = true
  }

  /** The estimate for the next step, 0 before the first. */
  get max(): number {
    return this.#max
  }

  /** The `alpha` that `luqEncode` takes: f32(max / 2^(levels − 1)), at least 2^-149 unless the estimate is 0. */
  alpha(levels: 7 | 8 = 7): number {
    integer('levels', levels, 7, 8)
    if (this.#max === 0) return 0
    const alpha = Math.fround(this.#max / (1 << (levels - 1)))
    return alpha === 0 ? pow2(-149) : alpha
  }
}
