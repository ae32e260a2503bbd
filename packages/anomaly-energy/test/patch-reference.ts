/** The patch energy as its definition says: patch by patch, in f64. */
import type { Batch, PatchParameters } from '@ukernels/anomaly-energy'
import { uniform } from './support.js'

/** A random mean and a positive definite precision. */
export function randomParameters(patch: number, channels: number, seed: number): PatchParameters {
  const d = channels * patch * patch
  const b = uniform(d * d, seed, -1, 1)
  const precision = new Float64Array(d * d)
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = i === j ? 0.5 : 0
      for (let t = 0; t < d; t++) sum += b[i * d + t] * b[j * d + t]
      precision[i * d + j] = sum
      precision[j * d + i] = sum
    }
  }
  return { patch, channels, mean: Float64Array.from(uniform(d, seed + 1)), precision }
}

/** g = Σ_i P_iᵀ A (P_i x − μ), energies, and the average energy of the patches that hold a pixel. */
export function overlapAdd({ patch: p, channels: c, mean, precision }: PatchParameters, x: Batch) {
  const [n, , h, w] = x.shape
  const d = c * p * p
  const g = new Float64Array(x.data.length)
  const energy = new Float64Array(n)
  const map = new Float64Array(n * h * w)
  const count = new Float64Array(n * h * w)
  const at = (i: number, k: number, y: number, u: number) =>
    ((i * c + Math.floor(k / (p * p))) * h + y + (Math.floor(k / p) % p)) * w + u + (k % p)
  for (let i = 0; i < n; i++) {
    for (let y = 0; y + p <= h; y++) {
      for (let u = 0; u + p <= w; u++) {
        const v = Float64Array.from({ length: d }, (_, k) => x.data[at(i, k, y, u)] - mean[k])
        let e = 0
        for (let k = 0; k < d; k++) {
          let sum = 0
          for (let t = 0; t < d; t++) sum += precision[k * d + t] * v[t]
          g[at(i, k, y, u)] += sum
          e += 0.5 * v[k] * sum
        }
        energy[i] += e
        for (let a = 0; a < p; a++) {
          for (let b = 0; b < p; b++) {
            map[(i * h + y + a) * w + u + b] += e
            count[(i * h + y + a) * w + u + b]++
          }
        }
      }
    }
  }
  return { g, energy, map: map.map((v, i) => v / count[i]) }
}
