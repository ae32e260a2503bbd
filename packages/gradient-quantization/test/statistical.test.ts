/** What holds on average, with fixed seeds: the results are always the same. */
import {
  expectedError,
  finite,
  formats,
  type GradientQuantizationKernel,
  pruneThreshold,
} from '@ukernels/gradient-quantization'
import { philoxWords } from '@ukernels/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kinds } from './backends.js'

const { e4m3fn, e5m2, e2m1fn } = formats
const n = 2 ** 20

/** n values with log2|x| ~ N(muLog2, sigmaLog2²) and random signs. */
function lognormals(muLog2: number, sigmaLog2: number, seed: number): Float32Array {
  const words = philoxWords(2 * n, seed, { tag: 0xf2 })
  return Float32Array.from({ length: n }, (_, i) => {
    const radius = Math.sqrt(-2 * Math.log((words[2 * i] + 0.5) / 2 ** 32))
    const normal = radius * Math.cos((2 * Math.PI * (words[2 * i + 1] + 0.5)) / 2 ** 32)
    return (words[2 * i] & 1 ? -1 : 1) * 2 ** (muLog2 + sigmaLog2 * normal)
  })
}

const mean = (x: Float32Array, of: (v: number, i: number) => number) =>
  x.reduce((sum, v, i) => sum + of(v, i), 0) / x.length

/** Distance of the average of draws of one value from it, in standard errors. */
function deviation(draws: Float32Array, x: number): number {
  const average = mean(draws, (v) => v)
  const variance = mean(draws, (v) => (v - average) ** 2)
  return Math.abs(average - x) / Math.sqrt(variance / draws.length)
}

describe.each(kinds)('on average: $label', ({ open }) => {
  let k: GradientQuantizationKernel
  beforeAll(async () => {
    k = await open()
  })
  afterAll(() => k.dispose())

  it('stochastic rounding gives x, in normals and subnormals; rounding to nearest does not', () => {
    for (const format of [e4m3fn, e5m2, e2m1fn, finite(3, 0)]) {
      for (const share of [0.71, 0.013]) {
        const x = Math.fround(share * format.max)
        const same = new Float32Array(n).fill(x)
        expect(deviation(k.fakeQuantize(same, format, { rounding: 'sr', seed: 21 }), x)).toBeLessThan(4)
      }
    }
    const values = k.fakeQuantize(new Float32Array(n).fill(0.7), e2m1fn)
    expect(Math.abs(values[0] - 0.7)).toBeGreaterThan(0.19)
  })

  it('LUQ and pruning give x', () => {
    for (const x of [0.3, 1.7, 5.5].map(Math.fround)) {
      const same = new Float32Array(n).fill(x)
      expect(deviation(k.decode(k.luqEncode(same, { seed: 4, alpha: 0.5 })), x)).toBeLessThan(4)
      expect(deviation(k.decode(k.luqEncode(same, { seed: 4, alpha: 0.5, samples: 2 })), x)).toBeLessThan(4)
      expect(deviation(k.prune(same, 8, { seed: 5 }).data, x)).toBeLessThan(4)
    }
  })

  it('reaches the sparsity that was asked for, and the predicted second moment', () => {
    for (const [sigmaLog2, sparsity] of [
      [2, 0.5],
      [3, 0.9],
      [6, 0.95],
    ]) {
      const x = lognormals(-10, sigmaLog2, 31)
      const { muLog2, sigmaLog2: measured } = k.stats(x)
      const { alpha, expectedSparsity } = pruneThreshold({ muLog2, sigmaLog2: measured, sparsity })
      expect(expectedSparsity).toBeCloseTo(sparsity, 9)
      const { data, zeros } = k.prune(x, alpha, { seed: 6 })
      expect(Math.abs(zeros / n - sparsity)).toBeLessThan(4 * Math.sqrt((sparsity * (1 - sparsity)) / n) + 1e-4)
      // E[T²] given x: alpha·|x| below the threshold, x² above.
      const expected = mean(x, (v) => (Math.abs(v) <= alpha ? alpha * Math.abs(v) : v * v))
      const spread = Math.sqrt(
        mean(x, (v) => (Math.abs(v) <= alpha ? alpha * Math.abs(v) * (alpha * alpha - alpha * Math.abs(v)) : 0)) / n,
      )
      expect(Math.abs(mean(data, (v) => v * v) - expected)).toBeLessThan(4 * spread + 1e-7 * expected)
    }
  })

  it('makes the errors that expectedError predicts', () => {
    for (const [format, muLog2, sigmaLog2] of [
      [e4m3fn, -3, 2],
      [e2m1fn, -1, 1.5],
      [finite(3, 0), 0, 3],
    ] as const) {
      const x = lognormals(muLog2, sigmaLog2, 41)
      const q = k.fakeQuantize(x, format)
      const relative = mean(x, (v, i) => Math.abs(q[i] - v) / Math.abs(v))
      expect(relative).toBeCloseTo(expectedError(format, muLog2, sigmaLog2), 2)
    }
  })
})
