/** Small things that many tests need. */
import type { Batch } from '@ukernels/anomaly-energy'
import { Philox, unit32 } from '@ukernels/runtime'
import { expect } from 'vitest'

export { bitsOf, expectError, expectRejection } from '@ukernels/test-kit/expect'

/** A batch from rows of numbers. */
export const batchOf = (shape: Batch['shape'], values: ArrayLike<number>): Batch => ({
  data: Float32Array.from(values),
  shape,
})

/** Uniform f32 in [lo, hi), the same everywhere. */
export function uniform(n: number, seed: number, lo = 0, hi = 1): Float32Array {
  const words = new Philox(seed).fill(new Uint32Array(n))
  return Float32Array.from(words, (w) => lo + (hi - lo) * unit32(w))
}

/** Images of uniform noise. */
export const images = (shape: Batch['shape'], seed: number): Batch => ({
  data: uniform(shape[0] * shape[1] * shape[2] * shape[3], seed),
  shape,
})

/** Every number within a relative bound, of the largest expected magnitude. */
export function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>, relative: number): void {
  expect(found.length).toBe(expected.length)
  const scale = Math.max(...Array.from(expected, Math.abs), 1e-300)
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(found[i] - expected[i]) / scale
    if (!(error <= relative)) expect.fail(`element ${i}: ${found[i]} instead of ${expected[i]}, off by ${error}`)
  }
}
