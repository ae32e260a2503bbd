/** Losses of the trainer, as the weight of every sample's energy in their gradient. */
import { exp, log } from '@ukernels/runtime'
import type { Objective } from './train-options.js'

/** What a step's energies come to. */
export interface Loss {
  loss: number
  /** ∂loss/∂E of the positives, then of the negatives. */
  coefficients: Float32Array
  /** Mean energies, sums over places. */
  ePos: number
  eNeg: number
}

const mean = (x: Float64Array) => x.reduce((a, b) => a + b, 0) / x.length

/**
 * Energies are divided by U, the number of places. With e = E / U:
 *
 * - `cd`: mean e⁺ − mean e⁻
 * - `softplus`: mean log(1 + exp(e⁺_i − e⁻_i)), pair by pair
 * - `logsumexp`: mean e⁺ − Σ w_i e⁻_i, w_i = exp(−(e⁻_i − min e⁻)) / (Σ exp(…) + 1e-4), w constant in the gradient
 *
 * plus l2 · (mean e⁺² + mean e⁻²).
 */
export function lossOf(objective: Objective, pos: Float64Array, neg: Float64Array, places: number, l2: number): Loss {
  const b = pos.length
  const [p, q] = [pos.map((v) => v / places), neg.map((v) => v / places)]
  const { value, up, down } = contrast(objective, p, q)
  const coefficients = new Float32Array(2 * b)
  for (let i = 0; i < b; i++) {
    coefficients[i] = (up[i] + (2 * l2 * p[i]) / b) / places
    coefficients[b + i] = (down[i] + (2 * l2 * q[i]) / b) / places
  }
  const squares = mean(p.map((v) => v * v)) + mean(q.map((v) => v * v))
  return { loss: value + l2 * squares, coefficients, ePos: mean(pos), eNeg: mean(neg) }
}

function contrast(objective: Objective, p: Float64Array, q: Float64Array) {
  const b = p.length
  if (objective === 'softplus') {
    // The derivative of log(1 + e^d) is 1 / (1 + e^−d); both from e^−|d|, which can't overflow.
    const d = p.map((v, i) => v - q[i])
    const e = d.map((v) => exp(-Math.abs(v)))
    const up = d.map((v, i) => (v < 0 ? e[i] : 1) / (1 + e[i]) / b)
    return { value: mean(d.map((v, i) => Math.max(v, 0) + log(1 + e[i]))), up, down: up.map((v) => -v) }
  }
  const up = new Float64Array(b).fill(1 / b)
  if (objective === 'cd') return { value: mean(p) - mean(q), up, down: up.map((v) => -v) }
  const least = q.reduce((a, v) => Math.min(a, v), Infinity)
  const weights = q.map((v) => exp(least - v))
  const total = weights.reduce((a, v) => a + v, 0) + 1e-4
  const down = weights.map((v) => -v / total)
  return { value: mean(p) + q.reduce((s, v, i) => s + v * down[i], 0), up, down }
}
