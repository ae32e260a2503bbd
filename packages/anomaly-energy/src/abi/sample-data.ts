/** Sample data for the rows: from a source's integers alone, so the same everywhere. */
import type { SampleSource } from '@ukernels/runtime'

/** Uniform f32 in [lo, hi), on a grid of 2^−20 of the range. */
export function floats(s: SampleSource, n: number, lo = 0, hi = 1): Float32Array {
  const out = new Float32Array(n)
  for (let i = 0; i < n; i++) out[i] = lo + ((hi - lo) * s.below(2 ** 20)) / 2 ** 20
  return out
}

/** The same in f64, on a grid of 2^−32. */
export function doubles(s: SampleSource, n: number, lo = 0, hi = 1): Float64Array {
  const out = new Float64Array(n)
  for (let i = 0; i < n; i++) out[i] = lo + ((hi - lo) * s.below(2 ** 32)) / 2 ** 32
  return out
}

/** Any f32 but NaN and ±Inf. */
export const finiteFloats = (s: SampleSource, n: number): Float32Array =>
  s.anyFloats(n).map((v) => (Number.isFinite(v) ? v : 0))

/** Few different values, so that there are many ties. */
export const coarse = (s: SampleSource, n: number, values = 7): Float32Array =>
  new Float32Array(n).map(() => s.below(values) - 3)

/** B Bᵀ + d·I of random B [d][d]: well conditioned, whole, symmetric. */
export function definite(s: SampleSource, d: number): Float64Array {
  const b = doubles(s, d * d, -1, 1)
  const a = new Float64Array(d * d)
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < d; j++) {
      let sum = i === j ? d : 0
      for (let k = 0; k < d; k++) sum += b[i * d + k] * b[j * d + k]
      a[i * d + j] = sum
    }
  }
  return a
}

/** A lower triangle with a diagonal near 1, whole (0 above). */
export function lower(s: SampleSource, d: number): Float64Array {
  const a = doubles(s, d * d, -0.5, 0.5)
  for (let i = 0; i < d; i++) {
    a[i * d + i] = 1 + a[i * d + i] / 2
    a.fill(0, i * d + i + 1, (i + 1) * d)
  }
  return a
}

/** Numbers of a packed triangle. */
export const triangle = (d: number): number => (d * (d + 1)) / 2

export const seedOf = (s: SampleSource): bigint => (BigInt(s.below(2 ** 32)) << 32n) | BigInt(s.below(2 ** 32))
