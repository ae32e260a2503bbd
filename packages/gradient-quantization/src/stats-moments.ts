/** From the exact integer sums of the `stats` kernel to mean and standard deviation of log2|x|. */
import { checkOptions, found, integer, number, rangeError, typeError } from '@ukernels/runtime'

/** Mean and standard deviation of log2|x| over the finite non-zero elements. */
export interface Moments {
  /** Mean of log2|x|; NaN when `degenerate`. */
  muLog2: number
  /** Standard deviation (n − 1) of log2|x|; 0 for one element or equal ones, NaN when `degenerate`. */
  sigmaLog2: number
  /** There was no finite non-zero element. */
  degenerate: boolean
}

/** Exact sums over any number of elements; they merge by addition, and by max and min. */
export interface Sums {
  /** Number of elements. */
  n: number
  /** Finite non-zero elements: those that the sums are of. */
  count: number
  /** Exact zeros of either sign. */
  zeros: number
  /** NaN and ±Inf. */
  nonFinite: number
  /** Σ L, L = the fixed-point log2|x| in units of 1/2048. */
  sumL: bigint
  /** Σ L². */
  sumL2: bigint
  /** Largest finite |x|; 0 when there is none. */
  amax: number
  /** Smallest finite non-zero |x|; Infinity when there is none. */
  aminNonzero: number
}

/** What `stats` returns. */
export interface Stats extends Sums, Moments {}

/**
 * muLog2 = S1/(2048 n) and sigmaLog2 = √((n S2 − S1²)/(n(n−1))) / 2048, the differences taken exactly in BigInt, so
 * that the result doesn't depend on the order in which the sums were made. Exact class.
 *
 * @param sumL S1 = Σ L
 * @param sumL2 S2 = Σ L²
 * @param count n, the number of summands
 */
export function momentsFromSums(sumL: bigint, sumL2: bigint, count: number): Moments {
  if (count === 0) return { muLog2: NaN, sigmaLog2: NaN, degenerate: true }
  const muLog2 = Number(sumL) / (2048 * count)
  if (count === 1) return { muLog2, sigmaLog2: 0, degenerate: false }
  const n = BigInt(count)
  const variance = Number(n * sumL2 - sumL * sumL) / Number(n * (n - 1n)) / 4194304
  return { muLog2, sigmaLog2: Math.sqrt(variance), degenerate: false }
}

function checkSums(name: string, sums: Sums): void {
  checkOptions(sums, name)
  for (const field of ['n', 'count', 'zeros', 'nonFinite'] as const) {
    integer(`${name}.${field}`, sums[field], 0, Number.MAX_SAFE_INTEGER)
  }
  for (const field of ['sumL', 'sumL2'] as const) {
    if (typeof sums[field] !== 'bigint') throw typeError(`${name}.${field} must be a bigint, got ${found(sums[field])}`)
  }
  for (const field of ['amax', 'aminNonzero'] as const) {
    if (!(number(`${name}.${field}`, sums[field]) >= 0)) {
      throw rangeError(`${name}.${field} must be 0 or more, got ${found(sums[field])}`)
    }
  }
}

/** The sums together with their moments. Field by field: spreading both takes ten times as long as everything else. */
export function statsOf({ n, count, zeros, nonFinite, sumL, sumL2, amax, aminNonzero }: Sums): Stats {
  const { muLog2, sigmaLog2, degenerate } = momentsFromSums(sumL, sumL2, count)
  return { n, count, zeros, nonFinite, sumL, sumL2, amax, aminNonzero, muLog2, sigmaLog2, degenerate }
}

/**
 * The statistics of several tensors (chunks, steps, ranks) taken together: what `stats` of their concatenation gives,
 * bit for bit. Of no parts: what `stats` of nothing gives. Exact class.
 *
 * @param parts results of `stats`, or their sums
 * @throws TypeError `ERR_UKERNELS_TYPE`, RangeError `ERR_UKERNELS_RANGE`
 */
export function mergeStats(...parts: readonly Sums[]): Stats {
  for (const [i, part] of parts.entries()) checkSums(`parts[${i}]`, part)
  const total: Sums = {
    n: 0,
    count: 0,
    zeros: 0,
    nonFinite: 0,
    sumL: 0n,
    sumL2: 0n,
    amax: 0,
    aminNonzero: Infinity,
  }
  for (const part of parts) {
    total.n += part.n
    total.count += part.count
    total.zeros += part.zeros
    total.nonFinite += part.nonFinite
    total.sumL += part.sumL
    total.sumL2 += part.sumL2
    if (part.amax > total.amax) total.amax = part.amax
    if (part.aminNonzero < total.aminNonzero) total.aminNonzero = part.aminNonzero
  }
  return statsOf(total)
}
