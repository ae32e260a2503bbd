/** Lognormal samples for the tests of the closed forms, the same in every run. */
import { normalQuantile } from '../src/normal-quantile.js'

export { expectError } from './support.js'

export type Draws = Float64Array

/** Uniform numbers in (0, 1): a 32-bit generator (mulberry32) is plenty here. */
export function uniform(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 4294967296
  }
}

/** n magnitudes with log2|x| ~ N(muLog2, sigmaLog2²). */
export function draws(n: number, seed: number, muLog2: number, sigmaLog2: number): Draws {
  const next = uniform(seed)
  return Float64Array.from({ length: n }, () => 2 ** (muLog2 + sigmaLog2 * normalQuantile(next())))
}
