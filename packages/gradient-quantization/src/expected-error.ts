import { exp, found, normalCdf, number, numberOf, rangeError } from '@ukernels/runtime'
import type { Format } from './formats.js'
import { type Grid, gridOf } from './grid.js'
import { relativeError } from './relative-error.js'

const LN2 = Math.LN2
const metrics = ['rel', 'mse', 'relmse', 'cosine', 'bias'] as const

/**
 * How the error of a format is measured, x being the scaled tensor and Q its nearest representable value.
 *
 * - `'rel'`: E[|x − Q| / |x|]
 * - `'mse'`: E[(x − Q)²], in squared units of x; `'relmse'`: the same divided by E[x²]
 * - `'cosine'`: E[xQ] / √(E[x²] E[Q²]), 1 is best
 * - `'bias'`: E[|Q|] / E[|x|] − 1, 0 is best
 */
export type Metric = (typeof metrics)[number]

/** More than any f32 tensor has, with any scale; beyond, squares leave the range of f64. */
export const MOST_MU = 350
const MOST_SIGMA = 200

/** @throws TypeError, RangeError, which call the two `prefix` and their name */
export function checkMoments(muLog2: number, sigmaLog2: number, prefix = ''): void {
  if (!(Math.abs(number(`${prefix}muLog2`, muLog2)) <= MOST_MU)) {
    throw rangeError(`${prefix}muLog2 must lie in [-${MOST_MU}, ${MOST_MU}], got ${found(muLog2)}`)
  }
  checkSigma(sigmaLog2, prefix)
}

/** @throws TypeError, RangeError */
export function checkSigma(sigmaLog2: number, prefix = ''): void {
  if (!(number(`${prefix}sigmaLog2`, sigmaLog2) >= 0 && sigmaLog2 <= MOST_SIGMA)) {
    throw rangeError(`${prefix}sigmaLog2 must lie in [0, ${MOST_SIGMA}], got ${found(sigmaLog2)}`)
  }
}

export function checkMetric(metric: Metric): void {
  numberOf('metric', metric, metrics)
}

/**
 * The error that a format makes on lognormal data: log2|x| ~ N(muLog2, sigmaLog2²) after scaling, round to nearest,
 * saturation, subnormals, reserved codes and all. A sum over the exact cells of the grid (at most 127), free of
 * cancellation: `'rel'` holds 1e-13 relative for sigmaLog2 from 0.02 to 40. Exact class (same bits on every engine).
 *
 * @param muLog2 mean of log2|x| after scaling
 * @param sigmaLog2 standard deviation of log2|x|; 0 means that all |x| are equal
 * @throws TypeError `ERR_UKERNELS_TYPE`, RangeError `ERR_UKERNELS_RANGE`
 */
export function expectedError(format: Format, muLog2: number, sigmaLog2: number, metric: Metric = 'rel'): number {
  checkMoments(muLog2, sigmaLog2)
  checkMetric(metric)
  const grid = gridOf(format)
  const mu = muLog2 * LN2
  const sigma = sigmaLog2 * LN2
  if (sigma === 0) return pointError(grid, mu, metric)
  return metric === 'rel' ? relativeError(grid, mu, sigma) : momentError(grid, mu, sigma, metric)
}

/** All of |x| = e^mu. */
function pointError({ values, logCuts, logValues }: Grid, mu: number, metric: Metric): number {
  let i = values.length - 1
  while (mu < logCuts[i]) i--
  const q = values[i]
  if (metric === 'cosine') return q > 0 ? 1 : 0
  const ratio = q > 0 ? exp(logValues[i] - mu) : 0
  if (metric === 'bias') return ratio - 1
  const error = ratio > 1 ? ratio - 1 : 1 - ratio
  if (metric === 'rel') return error
  return metric === 'relmse' ? error * error : error * exp(mu) * (error * exp(mu))
}

/** P(s < Z + d < t) for standard normal tails on the side where both are small; `s` and `t` are already shifted. */
const share = (s: number, t: number) => (s >= 0 ? normalCdf(-s) - normalCdf(-t) : normalCdf(t) - normalCdf(s))

/**
 * The metrics made of E[x^p; cell] for p = 0, 1, 2, each divided by E[x^p], which makes it a normal probability with
 * z shifted by pσ. Cell by cell, so that the small differences are of small numbers:
 *
 *     relmse = Σ { Φ₂ − 2 A Φ₁ + B Φ₀ },  A = q E[x]/E[x²] = e^(σz − 3σ²/2),  B = q²/E[x²] = e^(2σz − 2σ²)
 *     bias   = Σ { C Φ₀ − Φ₁ },           C = q/E[x] = e^(σz − σ²/2)
 */
function momentError({ logValues, logCuts }: Grid, mu: number, sigma: number, metric: Metric): number {
  const top = logValues.length - 1
  let z = (logCuts[1] - mu) / sigma
  let relmse = normalCdf(z - 2 * sigma)
  let bias = -normalCdf(z - sigma)
  let crossed = 0
  let squared = 0
  for (let i = 1; i <= top; i++) {
    const zq = (logValues[i] - mu) / sigma
    const next = (logCuts[i + 1] - mu) / sigma
    const p0 = share(z, next)
    const p1 = share(z - sigma, next - sigma)
    const p2 = share(z - 2 * sigma, next - 2 * sigma)
    // Far above the data q/E[x] may overflow where the probability underflows: nothing times anything is nothing.
    if (p0 > 0) {
      relmse += p2 - 2 * exp(sigma * (zq - 1.5 * sigma)) * p1 + exp(2 * sigma * (zq - sigma)) * p0
      bias += exp(sigma * (zq - 0.5 * sigma)) * p0 - p1
      crossed += exp(sigma * zq) * p1
      squared += exp(2 * sigma * zq) * p0
    } else {
      relmse += p2
      bias -= p1
    }
    z = next
  }
  if (metric === 'bias') return bias
  if (metric === 'cosine') return squared > 0 ? (crossed * exp(-0.5 * sigma * sigma)) / Math.sqrt(squared) : 0
  return metric === 'relmse' ? relmse : relmse * exp(2 * (mu + sigma * sigma))
}
