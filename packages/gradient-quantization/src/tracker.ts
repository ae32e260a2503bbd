import { checkOptions, found, integer, noOptions, number, rangeError, typeError } from '@ukernels/runtime'
import { type BestFormatOptions, bestFormat } from './best-format.js'
import { checkMoments, expectedError } from './expected-error.js'
import { asFormat, type Format } from './formats.js'
import { checkShare, headroomOf } from './options.js'
import { pruneThreshold } from './prune-threshold.js'
import { powerOfTwo } from './scaling.js'
import type { Schedule } from './schedules.js'
import type { Stats } from './stats-moments.js'

/** Spread assumed before anything was observed: what networks show early in training. */
const TYPICAL_SIGMA = 3

export interface LayerTrackerOptions extends Pick<BestFormatOptions, 'policy' | 'family' | 'headroom'> {
  /** Bits per code, 3 to 8: the tracker chooses the format. Either this or `format`. */
  bits?: number
  /** A fixed format. */
  format?: Format
  /** Observations between two looks at format and scale; the first observation is always one. Default 100. */
  refreshEvery?: number
  /** How much of the old average stays at each observation, 0 ≤ ema < 1. Default 0.9. */
  ema?: number
  /** The format changes only when the expected relative error falls by more than this share. Default 0.05. */
  hysteresis?: number
  /** When to measure and when to quantize, instead of `refreshEvery` and `ema`: see `schedules`. */
  schedule?: Schedule
}

/** What a tracker looks at: the result of `stats`, or as much of it. */
export type TrackedStats = Pick<Stats, 'n' | 'zeros' | 'muLog2' | 'sigmaLog2' | 'degenerate'>

/** Averages over observations. */
interface Averages {
  muLog2: number
  sigmaLog2: number
  zeroFraction: number
}

/**
 * Follows one layer's gradients through training. Their spread drifts, so that formats, scales and thresholds go
 * stale: the tracker averages the statistics, and every `refreshEvery` observations looks at format and scale again.
 * Until the first observation that isn't all zeros the format is the one for sigmaLog2 = 3, `scale` 1 and `alpha` 0.
 *
 * With a `schedule`, ask `phase` in each step whether to measure (`observe`) and whether to quantize, and call
 * `advance()` at its end. Each run of measured steps gives a new average, which holds until the next.
 *
 * An error leaves the tracker as it was.
 */
export class LayerTracker {
  readonly #options: LayerTrackerOptions
  readonly #headroom: number
  readonly #refreshEvery: number
  readonly #ema: number
  readonly #hysteresis: number
  #format: Format
  #scale = 1
  #averages: Averages | undefined
  #frozen: Averages | undefined
  #observations = 0
  #window = 0
  #step = 0

  /** @throws TypeError `ERR_UKERNELS_TYPE`, RangeError `ERR_UKERNELS_RANGE` */
  constructor(options: LayerTrackerOptions) {
    checkOptions(options)
    const { bits, format, refreshEvery, ema = 0.9, hysteresis = 0.05, schedule } = options
    if ((bits === undefined) === (format === undefined)) {
      throw typeError(`bits or format must be given, got ${bits === undefined ? 'neither' : 'both'}`)
    }
    checkShare('ema', ema, false)
    if (!(number('hysteresis', hysteresis) >= 0)) {
      throw rangeError(`hysteresis must be 0 or more, got ${found(hysteresis)}`)
    }
    if (schedule !== undefined && typeof schedule !== 'function') {
      throw typeError(`schedule must be a function, got ${found(schedule)}`)
    }
    this.#options = { ...options }
    this.#headroom = headroomOf(options.headroom)
    this.#refreshEvery = integer('refreshEvery', refreshEvery, 1, Number.MAX_SAFE_INTEGER, 100)
    this.#ema = ema
    this.#hysteresis = hysteresis
    // With a format of its own it never chooses, but a wrong name is an error all the same.
    const chosen = this.#choose(TYPICAL_SIGMA)
    this.#format = format === undefined ? chosen : asFormat(format)
  }

  /** The format to encode with. */
  get format(): Format {
    return this.#format
  }

  /** The scale to encode with: 2^−(⌊muLog2 + ½⌋ + headroom) of the average. */
  get scale(): number {
    return this.#scale
  }

  /** The pruning threshold for a share of zeros, from the averages that format and scale are based on. */
  alpha(sparsity: number, options: { cosine?: number; k?: number } = noOptions): number {
    checkOptions(options)
    const frozen = this.#frozen ?? { muLog2: 0, sigmaLog2: 1, zeroFraction: 1 }
    return pruneThreshold({ ...frozen, sparsity, ...options }).alpha
  }

  /** What to do in this step: `collect` means to call `observe`, `active` to quantize or prune. */
  get phase(): { collect: boolean; active: boolean } {
    const { schedule } = this.#options
    if (schedule === undefined) return { collect: true, active: true }
    const phase = schedule(this.#step)
    checkOptions(phase, `schedule(${this.#step})`)
    return phase
  }

  /** Ends a step. Only of use with a schedule. */
  advance(): void {
    if (!this.phase.collect) this.#window = 0
    this.#step++
  }

  /**
   * Takes note of a gradient. One that is all zeros counts for nothing.
   *
   * @returns whether format or scale changed
   * @throws TypeError `ERR_UKERNELS_TYPE`, RangeError `ERR_UKERNELS_RANGE` for statistics that no tensor has
   */
  observe(stats: TrackedStats): boolean {
    checkOptions(stats, 'stats')
    if (stats.degenerate) return false
    const { muLog2, sigmaLog2 } = stats
    checkMoments(muLog2, sigmaLog2, 'stats.')
    const n = integer('stats.n', stats.n, 1, Number.MAX_SAFE_INTEGER)
    const zeroFraction = integer('stats.zeros', stats.zeros, 0, n - 1) / n
    const kept = this.#weightOfOld()
    const old = this.#averages
    const mix = (before: number | undefined, now: number) =>
      before === undefined ? now : kept * before + (1 - kept) * now
    this.#averages = {
      muLog2: mix(old?.muLog2, muLog2),
      sigmaLog2: mix(old?.sigmaLog2, sigmaLog2),
      zeroFraction: mix(old?.zeroFraction, zeroFraction),
    }
    this.#window++
    const due = this.#options.schedule !== undefined || this.#observations % this.#refreshEvery === 0
    this.#observations++
    return due && this.#refresh(this.#averages)
  }

  /** The mean of the observations of a window under a schedule, else an exponential average. */
  #weightOfOld(): number {
    if (this.#options.schedule === undefined) return this.#ema
    return this.#window / (this.#window + 1)
  }

  #choose(sigmaLog2: number): Format {
    const { bits = 8, policy, family } = this.#options
    return bestFormat(sigmaLog2, bits, { policy, family, headroom: this.#headroom }).format
  }

  #refresh(averages: Averages): boolean {
    const { muLog2, sigmaLog2 } = averages
    const first = this.#frozen === undefined
    const [format, scale] = [this.#format, this.#scale]
    if (this.#options.format === undefined) {
      const better = this.#choose(sigmaLog2)
      const gain = 1 - this.#error(better, sigmaLog2) / this.#error(format, sigmaLog2)
      if (first || gain > this.#hysteresis) this.#format = better
    }
    this.#scale = powerOfTwo(-(Math.floor(muLog2 + 0.5) + this.#headroom))
    this.#frozen = averages
    return this.#format !== format || this.#scale !== scale
  }

  #error(format: Format, sigmaLog2: number): number {
    return expectedError(format, -this.#headroom, sigmaLog2)
  }
}
