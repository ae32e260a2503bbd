/** Small things that many tests need. */
import type { Batch } from '@ukernels/anomaly-energy'
import { Philox, unit32 } from '@ukernels/runtime'

export { bitsOf, expectClose, expectError, expectRejection } from '@ukernels/test-kit'

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
