import { found, list, rangeError, typeError } from '@ukernels/runtime'
import type { Format } from './formats.js'
import { type Grid, gridOf } from './grid.js'
import { erfcx, exp, normalCdf } from './special.js'

const LN2 = Math.LN2
const SQRT_HALF = Math.SQRT1_2
/** Cells that lie entirely beyond this many σ are left out: less than 1.2e-19 in all. */
const REACH = 9

export const metrics = ['rel', 'mse', 'relmse', 'cosine', 'bias'] as const

/**
 * How the error of a format is measured, x being the scaled tensor and Q its nearest representable value.
 *
 * - `'rel'`: E[|x − Q| / |x|]
 * - `'mse'`: E[(x − Q)²], in squared units of x; `'relmse'`: the same divided by E[x²]
 * - `'cosine'`: E[xQ] / √(E[x²] E[Q²]), 1 is best
 * - `'bias'`: E[|Q|] / E[|x|] − 1, 0 is best
 */
export type Metric = (typeof metrics)[number]

/** @throws TypeError for an unknown metric, RangeError for a moment that no lognormal has. */
export function checkMoments(muLog2: number, sigmaLog2: number): void {
  if (typeof muLog2 !== 'number') throw typeError(`muLog2 must be a number, got ${found(muLog2)}`)
  if (typeof sigmaLog2 !== 'number') throw typeError(`sigmaLog2 must be a number, got ${found(sigmaLog2)}`)
  if (!(muLog2 > -2048 && muLog2 < 2048)) {
    throw rangeError(`muLog2 must lie between -2048 and 2048, got ${found(muLog2)}`)
  }
  if (!(sigmaLog2 >= 0 && sigmaLog2 <= 1000)) {
    throw rangeError(`sigmaLog2 must lie in [0, 1000], got ${found(sigmaLog2)}`)
  }
}

export function checkMetric(metric: Metric): void {
  if (!metrics.includes(metric)) throw typeError(`metric must be one of ${list(metrics)}, got ${found(metric)}`)
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

/** E[…; s < x < t] from the smaller tails at s and t: upper ones from d ≥ 0 on; `total` is E[…] over all x. */
const between = (tailS: number, dS: number, tailT: number, dT: number, total: number) =>
  dT < 0 ? tailT - tailS : dS >= 0 ? tailS - tailT : total - tailS - tailT

const halfErfcx = (half: number, d: number) => half * erfcx((d < 0 ? -d : d) * SQRT_HALF)

/**
 * E|x − Q|/|x| = F(a₁) + Σ_i { E[q_i/x − 1; a_i < x < q_i] + E[1 − q_i/x; q_i < x < a_{i+1}] }.
 *
 * With z = (ln t − μ)/σ, the probability beyond t and t·E[1/x; beyond t] are ½ e^(−z²/2) erfcx(|d|/√2), d = z and
 * d = z + σ: the upper tails for d ≥ 0, the lower ones for d < 0. Differences are taken where both tails are small.
 */
function relativeError({ values, cuts, logValues, logCuts }: Grid, mu: number, sigma: number): number {
  const top = values.length - 1
  let first = 1
  while (first < top && logCuts[first + 1] < mu - REACH * sigma) first++
  let last = top
  while (last >= first && logCuts[last] > mu + REACH * sigma) last--
  let z = (logCuts[first] - mu) / sigma
  let half = 0.5 * exp(-0.5 * z * z)
  let tail = halfErfcx(half, z)
  let inverse = halfErfcx(half, z + sigma)
  let sum = z < -40 ? 0 : first === 1 ? (z < 0 ? tail : 1 - tail) : 0
  for (let i = first; i <= last; i++) {
    const q = values[i]
    const zq = (logValues[i] - mu) / sigma
    half = 0.5 * exp(-0.5 * zq * zq)
    const tailQ = halfErfcx(half, zq)
    const inverseQ = halfErfcx(half, zq + sigma)
    const zb = (logCuts[i + 1] - mu) / sigma
    let tailB = 0
    let inverseB = 0
    if (i < top) {
      half = 0.5 * exp(-0.5 * zb * zb)
      tailB = halfErfcx(half, zb)
      inverseB = halfErfcx(half, zb + sigma)
    }
    const total = z + sigma < 0 && zb + sigma >= 0 ? exp(sigma * (zq + 0.5 * sigma)) : 0
    sum +=
      between(inverse * (q / cuts[i]), z + sigma, inverseQ, zq + sigma, total) -
      between(tail, z, tailQ, zq, 1) +
      (between(tailQ, zq, tailB, zb, 1) -
        between(inverseQ, zq + sigma, inverseB * (q / cuts[i + 1]), zb + sigma, total))
    z = zb
    tail = tailB
    inverse = inverseB
  }
  return sum
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
