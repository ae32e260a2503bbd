// Eigenvectors: residual, orthogonality, order and sign.
import { describe, expect, it } from 'vitest'
import { type Loose, run, samplesOf } from './core.js'

function decompose(a: Float64Array, d: number) {
  const sample = { d, steps: 3 * d, a, values: new Float64Array(d), work: new Float64Array(8 * d + 64) }
  const { status, arrays } = run('symEig', sample)
  expect(status).toBe(0)
  return arrays as { a: Float64Array; values: Float64Array }
}

function check(a: Float64Array, d: number): Float64Array {
  const { a: vectors, values } = decompose(a, d)
  const largest = values.reduce((m, v) => Math.max(m, Math.abs(v)), 0)
  for (let i = 0; i < d; i++) {
    const v = vectors.subarray(i * d, (i + 1) * d)
    const residual = v.map((_, r) => v.reduce((s, x, j) => s + a[r * d + j] * x, -values[i] * v[r]))
    expect(Math.hypot(...residual)).toBeLessThanOrEqual(1e-12 * d * largest)
    for (let j = 0; j <= i; j++) {
      const product = v.reduce((s, x, r) => s + x * vectors[j * d + r], 0)
      expect(Math.abs(product - Number(i === j))).toBeLessThanOrEqual(1e-13 * d)
    }
    if (i > 0) expect(values[i]).toBeLessThanOrEqual(values[i - 1])
    const peak = v.reduce((m, x) => (Math.abs(x) > Math.abs(m) ? x : m), 0)
    expect(peak).toBeGreaterThan(0)
  }
  return values
}

const matrix = (d: number, element: (i: number, j: number) => number) =>
  Float64Array.from({ length: d * d }, (_, k) => element(Math.floor(k / d), k % d))

describe('symEig', () => {
  it('decomposes the samples', () => {
    for (const { a, d } of samplesOf('symEig') as Loose[]) check(a, d)
  })
  it('decomposes what is diagonal, of rank one, or zero', () => {
    expect([
      ...check(
        matrix(5, (i, j) => (i === j ? i - 2 : 0)),
        5,
      ),
    ]).toEqual([2, 1, 0, -1, -2])
    const values = check(
      matrix(6, (i, j) => (i + 1) * (j + 1)),
      6,
    )
    expect(values[0]).toBeCloseTo(91, 10)
    expect(decompose(new Float64Array(9), 3).values).toEqual(new Float64Array(3))
  })
})

it('subspace energies of five rows', () => {
  // Covariance ÷n of X, its eigenvectors, then z = V(h − μ) and the residual with 1 and 2 vectors kept.
  const x = [1, 0, 0, 0, 2, 0, 0, 0, 3, 1, 1, 1, 2, 0, 1]
  const mu = [0.8, 0.6, 1]
  const scatter = matrix(3, (i, j) =>
    [0, 1, 2, 3, 4].reduce((s, r) => s + (x[3 * r + i] - mu[i]) * (x[3 * r + j] - mu[j]), 0),
  )
  const { a, values } = decompose(scatter, 3)
  const singular = [...values].map(Math.sqrt)
  ;[2.6565178818, 2.049587704, 0.8614539959].forEach((v, i) => {
    expect(singular[i]).toBeCloseTo(v, 9)
  })
  const v = Float32Array.from([1, 1, 0], (h, i) => h - mu[i])
  const energies = [1, 2, 3].map((k) => {
    const { z, fre } = run('projectRows', { v, basis: Float32Array.from(a.subarray(0, 3 * k)), n: 1, d: 3, k }).arrays
    const variances = values.map((s) => s / 5)
    const terms = [...(z as Float32Array)].map((t, i) => (t * t) / variances[i])
    const rest = variances.slice(k).reduce((s, u) => s + u, 0) / (3 - k)
    const mahalanobis = terms.reduce((s, t) => s + t, 0)
    const nll = terms.reduce((s, t, i) => s + t + Math.log(variances[i]), 0)
    return { fre: Number(fre[0]), nll, ppca: mahalanobis + Number(fre[0]) / rest }
  })
  expect(energies[0].fre).toBeCloseTo(0.023526955, 6)
  expect(energies[1].fre).toBeCloseTo(0.0003773652, 7)
  expect(energies[2].fre).toBeCloseTo(0, 12)
  expect(energies[0].nll).toBeCloseTo(1.1781345851, 5)
  expect(energies[1].nll).toBeCloseTo(1.0315277016, 5)
  expect(energies[0].ppca).toBeCloseTo(0.8811374515, 5)
  expect(energies[1].ppca).toBeCloseTo(0.8636363636, 4)
})
