/** E[|x − Q|/|x|] of a grid on lognormal data. */

import { exp, timesErfcx } from '@ukernels/runtime'
import type { Grid } from './grid.js'

/** Cells that lie entirely beyond this many σ are left out: less than 2e-17 in all. */
const REACH = 8.5
/** How far from the mean a search looks before it asks whether to go on. */
const STAGES = [1.2, 2.5]

/**
 * Scratch, per point t of the grid (a₁, q₁, a₂, …) with z = (ln t − μ)/σ: the smaller tails of P(·) and of t·E[1/x; ·]
 * beyond t, ½ e^(−z²/2) erfcx(|d|/√2) with d = z and d = z + σ; upper tails for d ≥ 0, lower ones for d < 0.
 */
const zs = /* @__PURE__ */ new Float64Array(257)
const probabilities = /* @__PURE__ */ new Float64Array(257)
const inverses = /* @__PURE__ */ new Float64Array(257)

/** ½ e^(−z²/2). */
const halves = /* @__PURE__ */ new Float64Array(257)

function evaluate(logPoints: Float64Array, from: number, to: number, mu: number, sigma: number): void {
  const perSigma = 1 / sigma
  for (let j = from; j < to; j++) {
    const z = (logPoints[j] - mu) * perSigma
    zs[j] = z
    halves[j] = 0.5 * exp(-0.5 * z * z)
  }
  timesErfcx(probabilities, halves, zs, 0, from, to)
  timesErfcx(inverses, halves, zs, sigma, from, to)
}

/** What lies between two points, from their smaller tails; `all` is what lies anywhere. */
const between = (tailS: number, dS: number, tailT: number, dT: number, all: number) =>
  dT < 0 ? tailT - tailS : dS >= 0 ? tailS - tailT : all - tailS - tailT

/** P(s < x < t) − E[q/x; s < x < t], the points s = a, t = q or s = q, t = b being number j and j + 1. */
function difference(j: number, ratios: Float64Array, sigma: number): number {
  const s = zs[j]
  const t = zs[j + 1]
  const atValue = j & 1
  const inverseS = atValue ? inverses[j] : inverses[j] * ratios[j]
  const inverseT = atValue ? inverses[j + 1] * ratios[j] : inverses[j + 1]
  // E[q/x] over all x = e^(σ z_q + σ²/2), needed only where the tails on either side meet.
  const all = s + sigma < 0 && t + sigma >= 0 ? exp(sigma * ((atValue ? s : t) + 0.5 * sigma)) : 0
  return (
    between(probabilities[j], s, probabilities[j + 1], t, 1) - between(inverseS, s + sigma, inverseT, t + sigma, all)
  )
}

/** Σ over the cells from `first` to `last`: E[q/x − 1; a < x < q] + E[1 − q/x; q < x < b]. The points are evaluated. */
function sumCells(first: number, last: number, { ratios }: Grid, sigma: number): number {
  let sum = 0
  for (let j = 2 * first - 2; j < 2 * last; j += 2) {
    sum += difference(j + 1, ratios, sigma) - difference(j, ratios, sigma)
  }
  return sum
}

/** Number of the cell that ln x = u lies in: 1 to K. */
function cellAt(u: number, { logCuts, values }: Grid): number {
  let below = 1
  let above = values.length
  while (above - below > 1) {
    const middle = (below + above) >>> 1
    if (logCuts[middle] <= u) below = middle
    else above = middle
  }
  return below
}

/**
 * F(a₁), what underflows, + Σ_i { E[q_i/x − 1; a_i < x < q_i] + E[1 − q_i/x; q_i < x < a_{i+1}] }.
 *
 * Differences are taken on the side where both tails are small, so that nothing cancels.
 *
 * @param mu mean of ln|x|
 * @param sigma standard deviation of ln|x|, > 0
 * @param limit may give up with any value ≥ limit: every term is positive
 */
export function relativeError(grid: Grid, mu: number, sigma: number, limit = Infinity): number {
  const { logPoints } = grid
  const top = grid.values.length - 1
  // The point after the last one: infinity.
  zs[2 * top] = Infinity
  probabilities[2 * top] = 0
  inverses[2 * top] = 0

  evaluate(logPoints, 0, 1, mu, sigma)
  const underflow = zs[0] < 0 ? probabilities[0] : 1 - probabilities[0]
  if (underflow >= limit) return underflow
  const first = cellAt(mu - REACH * sigma, grid)
  const last = cellAt(mu + REACH * sigma, grid)
  // The points from number `begin` to `end` − 1 are evaluated.
  let [begin, end] = [2 * first - 2, 2 * first - 2]
  const reachTo = (from: number, to: number) => {
    const [low, high] = [2 * from - 2, Math.min(2 * to + 1, 2 * top)]
    if (begin === end) begin = end = low
    evaluate(logPoints, low, begin, mu, sigma)
    evaluate(logPoints, end, high, mu, sigma)
    begin = low
    end = high
    return underflow + sumCells(from, to, grid, sigma)
  }
  if (limit < Infinity) {
    for (const reach of STAGES) {
      const sum = reachTo(cellAt(mu - reach * sigma, grid), cellAt(mu + reach * sigma, grid))
      if (sum >= limit) return sum
    }
  }
  return reachTo(first, last)
}
