/**
 * What stochastic pruning does to lognormal magnitudes, ln|x| ~ N(μ, σ²), in terms of z = (ln α − μ)/σ, natural logs.
 * Source: Chmiel et al., ICLR 2021, section 5, in a form that neither cancels nor overflows.
 */

import { erfcx, exp, gaussian, log, normalCdf } from '@ukernels/runtime'
import { normalQuantile } from './normal-quantile.js'

const SQRT_HALF = Math.SQRT1_2
const STEPS = 100

/** T(z) = E[|x|/α; |x| < α] = e^(σ²/2 − σz) Φ(z − σ): the share that stochastic rounding lifts to ±α. */
const lifted = (z: number, sigma: number) =>
  z < sigma ? 0.5 * gaussian(z) * erfcx((sigma - z) * SQRT_HALF) : exp(sigma * (0.5 * sigma - z)) * normalCdf(z - sigma)

/** S(z) = Φ(z) − T(z): the share of zeros after pruning. */
export const sparsityAt = (z: number, sigma: number) => normalCdf(z) - lifted(z, sigma)

/**
 * The root of an increasing function with value and slope, between `low` and `high`, from `start`: Newton's method,
 * bisecting wherever it would leave the bracket.
 */
function solve(f: (z: number) => readonly [value: number, slope: number], low: number, high: number, start: number) {
  let z = start
  for (let i = 0; i < STEPS; i++) {
    const [value, slope] = f(z)
    if (value > 0) high = z
    else low = z
    let next = z - value / slope
    if (!(next >= low && next <= high)) next = 0.5 * (low + high)
    const step = next > z ? next - z : z - next
    z = next
    if (step <= 1e-15 * (z > 1 || z < -1 ? (z < 0 ? -z : z) : 1)) break
  }
  return z
}

/**
 * The z with S(z) = sparsity, 0 < sparsity < 1, in the bracket Φ⁻¹(S) ≤ z ≤ σ/2 − ln(1 − S)/σ. Newton's method on
 * ln(1 − S), which is close to linear in z where S is close to 1; dS/dz = σT.
 */
export function solveSparsity(sparsity: number, sigma: number): number {
  const low = normalQuantile(sparsity)
  const goal = log(1 - sparsity)
  const high = 0.5 * sigma - goal / sigma
  return solve(
    (z) => {
      const t = lifted(z, sigma)
      const rest = normalCdf(-z) + t
      return [goal - log(rest), (sigma * t) / rest]
    },
    low,
    high,
    sigma > 1.5 ? low : high,
  )
}

/**
 * E[T(x)²] split into the part that pruning moved, α E[x; x < α], and the part it kept, E[x²; x > α], and E[x²], all
 * in the same unit, for a lognormal cut off at e^(μ + kσ).
 */
function squares(z: number, sigma: number, k: number) {
  const v = k - 2 * sigma
  const cut = Math.min(z, k)
  const u = cut - 2 * sigma
  const beyond = exp(sigma * (z - cut))
  if (v < 0) {
    // In units of ½ e^(−v²/2) · e^(2μ + 2σ²), in which nothing underflows.
    const ratio = exp(0.5 * (v - u) * (v + u))
    const all = erfcx(-v * SQRT_HALF)
    return {
      moved: ratio * erfcx((sigma - cut) * SQRT_HALF) * beyond,
      kept: all - ratio * erfcx(-u * SQRT_HALF),
      all,
    }
  }
  const moved =
    cut < sigma
      ? 0.5 * gaussian(u) * erfcx((sigma - cut) * SQRT_HALF)
      : exp(sigma * (cut - 1.5 * sigma)) * normalCdf(cut - sigma)
  const kept = u > 0 ? normalCdf(-u) - normalCdf(-v) : normalCdf(v) - normalCdf(u)
  return { moved: moved * beyond, kept, all: normalCdf(v) }
}

/** cos(x, T(x)) = √(E[x²]/E[T(x)²]) at z. */
export function cosineAt(z: number, sigma: number, k: number): number {
  const { moved, kept, all } = squares(z, sigma, k)
  const ratio = all / (moved + kept)
  return ratio < 1 ? Math.sqrt(ratio) : 1
}

/** The z ≤ high with cos(x, T(x)) = cosine; the cosine falls with z and is below the goal at `high`. */
export function solveCosine(cosine: number, sigma: number, k: number, high: number): number {
  let step = 1
  let low = high - step
  while (cosineAt(low, sigma, k) < cosine) {
    step *= 2
    low -= step
  }
  const goal = 2 * log(cosine)
  return solve(
    (z) => {
      const { moved, kept, all } = squares(z, sigma, k)
      const total = moved + kept
      return [log(total / all) + goal, (sigma * moved) / total]
    },
    low,
    high,
    high,
  )
}
