/** Calibration: from scores of good images to p-values and thresholds. */
import { checkArray, number, rangeError } from '@ukernels/runtime'
import { type PValueOptions, weightOf } from './options.js'
import { sortScores } from './sort.js'
import { checkFinite, type KernelRunner, type Steps, step } from './steps.js'

/** Both tail probabilities. */
interface Tails {
  upper: Float64Array
  lower: Float64Array
}

/**
 * The empirical distribution of scores of good images, which should not be those that the model was fitted on.
 * p-values are exact: pU(v) = (1 + #{t ≥ v}) / (n + 1), pL(v) = (1 + #{t ≤ v}) / (n + 1).
 */
export class Calibrator {
  readonly #runner: KernelRunner
  readonly #sorted: Float32Array

  /** @internal */
  constructor(runner: KernelRunner, sorted: Float32Array) {
    this.#runner = runner
    this.#sorted = sorted
  }

  /** How many scores it was made from. */
  get n(): number {
    return this.#sorted.length
  }
  /** The scores, ascending. */
  get values(): Float32Array {
    return this.#sorted.slice()
  }

  #tails(v: Float32Array): Tails {
    const tails = { upper: new Float64Array(v.length), lower: new Float64Array(v.length) }
    this.#runner.run(
      (function* (sorted: Float32Array) {
        yield step('empiricalCdf', 'calibrate', v.length, [sorted, v, tails.upper, tails.lower])
      })(this.#sorted),
    )
    return tails
  }

  #one(v: number): { upper: number; lower: number } {
    const { upper, lower } = this.#tails(Float32Array.of(number('v', v)))
    return { upper: upper[0], lower: lower[0] }
  }

  /** Probability of a good image to score v or more. NaN for NaN. */
  pUpper(v: number): number {
    return this.#one(v).upper
  }
  /** Probability of a good image to score v or less. */
  pLower(v: number): number {
    return this.#one(v).lower
  }
  /** min(1, pU / w, pL / (1 − w)): both tails, weighed; with w = 1 the upper one alone. */
  pValue(v: number, options?: PValueOptions): number {
    const weight = weightOf(options)
    const { upper, lower } = this.#one(v)
    return combine(upper, lower, weight)
  }
  /** `pValue` of many scores. */
  pValues(v: Float32Array, options?: PValueOptions): Float64Array {
    checkArray('v', v, 'Float32Array')
    const weight = weightOf(options)
    const { upper, lower } = this.#tails(v)
    return upper.map((p, i) => combine(p, lower[i], weight))
  }

  /**
   * The threshold for a rate of false alarms: an image is anomalous if its score is above it, which is the same as
   * pU ≤ fpr.
   *
   * @param fpr - in (0, 1]
   * @throws RangeError naming the number of good images that such a rate takes
   */
  threshold(fpr: number): number {
    if (!(number('fpr', fpr) > 0 && fpr <= 1)) throw rangeError(`fpr must be in (0, 1], got ${fpr}`)
    const k = Math.floor(fpr * (this.n + 1) + 1e-9) - 1
    if (k < 0) {
      const least = `fpr must be at least 1 / ${this.n + 1}`
      throw rangeError(`${least}, or there must be ${scoresFor(fpr)} good images, got ${this.n}`)
    }
    // With k = n every score is one of a false alarm that is allowed.
    return k >= this.n ? -Infinity : this.#sorted[this.n - 1 - k]
  }
}

/** The smallest p-value that n good images tell of the tail that weighs more: 1 / (n + 1) over its weight. */
export const smallestP = (n: number, weight: number): number => 1 / ((n + 1) * Math.max(weight, 1 - weight))

/** Scores of good images that a rate of false alarms takes: the fewest n with `smallestP` ≤ fpr. */
export const scoresFor = (fpr: number, weight = 1): number =>
  Math.ceil(1 / (fpr * Math.max(weight, 1 - weight)) - 1e-9) - 1

function combine(upper: number, lower: number, weight: number): number {
  const up = weight === 0 ? Infinity : upper / weight
  const down = weight === 1 ? Infinity : lower / (1 - weight)
  return Number.isNaN(upper) ? Number.NaN : Math.min(1, up, down)
}

/** `AnomalyEnergyKernel.calibrate`. */
export function* calibrate(runner: KernelRunner, values: Float32Array): Steps<Calibrator> {
  checkArray('values', values, 'Float32Array')
  if (values.length === 0) throw rangeError('values must have at least one score, got 0')
  yield* checkFinite('values', values)
  const { order } = yield* sortScores(values, false)
  return new Calibrator(
    runner,
    Float32Array.from(order, (i) => values[i]),
  )
}

/**
 * EfficientAD's normalization of maps (Batzner et al. 2024): 0.1 · (m − q₀.₉) / (q₀.₉₉₅ − q₀.₉), quantiles (linear
 * between order statistics) of maps of good images.
 */
export function* mapNormalizer(good: Float32Array): Steps<(map: Float32Array) => Float32Array> {
  checkArray('good', good, 'Float32Array')
  if (good.length === 0) throw rangeError('good must have at least one value, got 0')
  yield* checkFinite('good', good)
  const { order } = yield* sortScores(good, false)
  const quantile = (q: number) => {
    const at = q * (good.length - 1)
    const low = Math.floor(at)
    const [a, b] = [good[order[low]], good[order[Math.min(low + 1, good.length - 1)]]]
    return a + (at - low) * (b - a)
  }
  const [start, end] = [quantile(0.9), quantile(0.995)]
  if (!(end > start)) throw rangeError('good must vary: its quantiles 0.9 and 0.995 are the same')
  return (map) => map.map((v) => (0.1 * (v - start)) / (end - start))
}
