import { checkOptions, exp, found, number, rangeError } from '@ukernels/runtime'
import { checkMoments } from './expected-error.js'
import { cosineAt, solveCosine, solveSparsity, sparsityAt } from './lognormal-pruning.js'
import { checkShare } from './options.js'

const LN2 = Math.LN2

export interface PruneThresholdOptions {
  /** Mean of log2|x| over the non-zero elements, as `stats` gives it. */
  muLog2: number
  /** Standard deviation of log2|x|. */
  sigmaLog2: number
  /** Share of zeros wanted after pruning, 0 ≤ sparsity < 1. */
  sparsity: number
  /** Share of elements that are zero already, `zeros / n` of `stats`. Default 0. */
  zeroFraction?: number
  /** Least cosine similarity of the tensor before and after, 0 < cosine ≤ 1; it goes before the sparsity. */
  cosine?: number
  /** Where the tail ends, in standard deviations of ln|x| (its standardized 299/300 quantile). Default Infinity. */
  k?: number
}

/** A pruning threshold and what to expect of it. */
export interface PruneThreshold {
  /** What `prune` takes, in the units of x. */
  alpha: number
  /** Share of zeros after pruning, those before included. */
  expectedSparsity: number
  /** Cosine similarity of the tensor before and after pruning. */
  expectedCosine: number
}

const NOTHING_PRUNED = (zeroFraction: number): PruneThreshold => ({
  alpha: 0,
  expectedSparsity: zeroFraction,
  expectedCosine: 1,
})

function checkTail(prefix: string, cosine: number | undefined, k: number): void {
  if (cosine !== undefined) checkShare(`${prefix}cosine`, cosine, true)
  if (cosine === 0) throw rangeError(`${prefix}cosine must be above 0, got 0`)
  if (!(number(`${prefix}k`, k) > 0)) throw rangeError(`${prefix}k must be above 0, got ${found(k)}`)
}

/**
 * The threshold at which stochastic pruning of lognormal |x| leaves a share of `sparsity` zeros: the solution of
 * S(α) = (sparsity − zeroFraction)/(1 − zeroFraction). With `cosine`, the lower threshold at which the tensor keeps
 * that cosine, if the sparsity would take it below. The residual is ≤ 1e-12. Exact class.
 *
 * alpha is 0 when the tensor is sparse enough already. sigmaLog2 = 0 means that all |x| are 2^muLog2.
 *
 * @throws TypeError `ERR_UKERNELS_TYPE`, RangeError `ERR_UKERNELS_RANGE`
 *
 * Source: Chmiel et al., ICLR 2021, section 5 (the released code evaluates it in float32 and fails from σ = 6 on).
 */
export function pruneThreshold(options: PruneThresholdOptions): PruneThreshold {
  checkOptions(options)
  return solveThreshold(options, '')
}

/** `pruneThreshold` of an object whose fields errors call `prefix` and their name. */
export function solveThreshold(options: PruneThresholdOptions, prefix: string): PruneThreshold {
  const { muLog2, sigmaLog2, sparsity, zeroFraction = 0, cosine, k = Infinity } = options
  checkShare('sparsity', sparsity, false)
  checkShare(`${prefix}zeroFraction`, zeroFraction, true)
  checkTail(prefix, cosine, k)
  // Before the moments: a tensor of zeros has none.
  if (zeroFraction >= sparsity) return NOTHING_PRUNED(zeroFraction)
  checkMoments(muLog2, sigmaLog2, prefix)
  const goal = (sparsity - zeroFraction) / (1 - zeroFraction)
  const mu = muLog2 * LN2
  const sigma = sigmaLog2 * LN2
  if (sigma === 0) return pointThreshold(mu, goal, zeroFraction, cosine)
  let z = solveSparsity(goal, sigma)
  let expectedCosine = cosineAt(z, sigma, k)
  if (cosine !== undefined && expectedCosine < cosine) {
    if (cosine === 1) return NOTHING_PRUNED(zeroFraction)
    z = solveCosine(cosine, sigma, k, z)
    expectedCosine = cosineAt(z, sigma, k)
  }
  return {
    alpha: exp(mu + sigma * z),
    expectedSparsity: zeroFraction + (1 - zeroFraction) * sparsityAt(z, sigma),
    expectedCosine,
  }
}

/** All |x| = e^μ ≤ α: zero with probability 1 − e^μ/α, and cos² = e^μ/α. */
function pointThreshold(mu: number, goal: number, zeroFraction: number, cosine = 0): PruneThreshold {
  const kept = Math.max(cosine * cosine, 1 - goal)
  if (kept === 1) return NOTHING_PRUNED(zeroFraction)
  return {
    alpha: exp(mu) / kept,
    expectedSparsity: zeroFraction + (1 - zeroFraction) * (1 - kept),
    expectedCosine: Math.sqrt(kept),
  }
}
