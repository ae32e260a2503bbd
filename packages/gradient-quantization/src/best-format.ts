import { checkOptions, found, integer, noOptions, number, numberOf, rangeError } from '@ukernels/runtime'
import { bestShift } from './best-shift.js'
import { closedFormExponentBits, referenceExponentBits } from './closed-form.js'
import { checkMetric, checkSigma, expectedError, type Metric, MOST_MU } from './expected-error.js'
import { type Format, finite, ieee } from './formats.js'
import { gridOf } from './grid.js'
import { relativeError } from './relative-error.js'

const policies = ['exact', 'closed-form', 'reference-table'] as const
const families = ['finite', 'ieee'] as const

/**
 * - `'exact'`: the least expected error of the real formats, at the headroom that `encode` uses.
 * - `'closed-form'`: the paper's formula, which knows no subnormals, reserved codes or headroom.
 * - `'reference-table'`: the thresholds of the authors' released code.
 */
export type FormatPolicy = (typeof policies)[number]

export interface BestFormatOptions {
  /** Default `'exact'`. */
  policy?: FormatPolicy
  /** `'finite'` spends every code on a number, `'ieee'` reserves Inf and NaN as the paper does. Default `'finite'`. */
  family?: 'finite' | 'ieee'
  /** What is compared by `'exact'`, and what `expected` is. Default `'rel'`. */
  metric?: Metric
  /** How many powers of two the mean lies below 1 after scaling; as in `encode`. Default 3. */
  headroom?: number
}

/** A format and what to expect of it. */
export interface BestFormat {
  format: Format
  /** `expectedError(format, −headroom, sigmaLog2, metric)`. */
  expected: number
  /** `bestShift(format, sigmaLog2, metric)`, computed when it is first read. */
  readonly shiftLog2: number
}

/**
 * The split of `bits` into sign, exponent and mantissa that suits lognormal data of this spread.
 *
 * @param sigmaLog2 standard deviation of log2|x|, as `stats` gives it
 * @param bits 3 to 8, sign included
 * @throws TypeError `ERR_UKERNELS_TYPE`, RangeError `ERR_UKERNELS_RANGE`
 *
 * Exact class. Source: Chmiel et al., ICLR 2021, section 4; `'exact'` is ours.
 */
export function bestFormat(sigmaLog2: number, bits: number, options: BestFormatOptions = noOptions): BestFormat {
  checkOptions(options)
  const { policy = 'exact', family = 'finite', metric = 'rel', headroom = 3 } = options
  checkSigma(sigmaLog2)
  integer('bits', bits, 3, 8)
  numberOf('policy', policy, policies)
  numberOf('family', family, families)
  checkMetric(metric)
  if (!(Math.abs(number('headroom', headroom)) <= MOST_MU)) {
    throw rangeError(`headroom must lie in [-${MOST_MU}, ${MOST_MU}], got ${found(headroom)}`)
  }
  const { format, expected } = choose(policy, candidatesOf(family, bits), sigmaLog2, metric, -headroom)
  let shift: number | undefined
  return {
    format,
    expected,
    get shiftLog2() {
      shift ??= bestShift(format, sigmaLog2, metric)
      return shift
    },
  }
}

const known = /* @__PURE__ */ new Map<string, readonly Format[]>()

/** The formats of a family with this many bits, by exponent bits from 1 on. */
function candidatesOf(family: 'finite' | 'ieee', bits: number): readonly Format[] {
  const key = family + bits
  let formats = known.get(key)
  if (formats === undefined) {
    const make = family === 'ieee' ? ieee : finite
    formats = Array.from({ length: bits - 1 }, (_, i) => make(i + 1, bits - 2 - i))
    known.set(key, formats)
  }
  return formats
}

function choose(
  policy: FormatPolicy,
  candidates: readonly Format[],
  sigmaLog2: number,
  metric: Metric,
  muLog2: number,
): { format: Format; expected: number } {
  const bits = candidates.length + 1
  const expBits =
    policy === 'reference-table' ? referenceExponentBits(bits, sigmaLog2) : closedFormExponentBits(bits, sigmaLog2)
  const guess = candidates[expBits - 1]
  let format = guess
  let expected = expectedError(format, muLog2, sigmaLog2, metric)
  if (policy !== 'exact') return { format, expected }
  for (const candidate of candidates) {
    if (candidate === guess) continue
    const error = errorUpTo(candidate, muLog2, sigmaLog2, metric, expected)
    if (cost(error, metric) < cost(expected, metric)) {
      expected = error
      format = candidate
    }
  }
  return { format, expected }
}

/** Lower is better. */
function cost(error: number, metric: Metric): number {
  return metric === 'cosine' ? -error : metric === 'bias' ? Math.abs(error) : error
}

/** The expected error, or something ≥ limit as soon as it is known to be. */
function errorUpTo(format: Format, muLog2: number, sigmaLog2: number, metric: Metric, limit: number): number {
  return metric === 'rel' && sigmaLog2 > 0
    ? relativeError(gridOf(format), muLog2 * Math.LN2, sigmaLog2 * Math.LN2, limit)
    : expectedError(format, muLog2, sigmaLog2, metric)
}
