import { describe, expect, it } from 'vitest'
import { allocateSparsity } from '../src/allocate-sparsity.js'
import { cosineAt, solveSparsity, sparsityAt } from '../src/lognormal-pruning.js'
import { pruneThreshold } from '../src/prune-threshold.js'
import { draws, expectError, uniform } from './support-lognormal.js'

/** sigmaLog2 of a natural σ. */
const natural = (sigma: number) => sigma / Math.LN2
const relative = (got: number, expected: number) => Math.abs(got / expected - 1)

describe('alpha / e^mu', () => {
  const table: [sigma: number, sparsities: number[], alphas: number[], tolerance: number][] = [
    [1, [0.5, 0.8, 0.85, 0.9, 0.95], [2.40079119, 7.82226523, 10.6871008, 16.3115605, 32.9228316], 5e-9],
    [2, [0.5, 0.8, 0.85, 0.9, 0.95], [2.57470622, 16.9888722, 26.6920269, 47.6571165, 115.816158], 5e-9],
    [3, [0.5, 0.8, 0.85, 0.9, 0.95], [2.6398556, 38.0604661, 71.136056, 157.104692, 515.210629], 5e-9],
    [0.1, [0.01, 0.9, 0.999], [0.91602871529, 10.050125209, 1005.0125209], 5e-11],
    [6, [0.01, 0.9, 0.999], [2.011385714e-6, 6626.1182915, 439488233.99], 5e-10],
    [12, [0.01, 0.9, 0.999], [1.8728063915e-12, 13702873.929, 4.026326221e16], 5e-10],
  ]

  it.each(table)('at σ = %d', (sigma, sparsities, alphas, tolerance) => {
    sparsities.forEach((sparsity, i) => {
      const { alpha, expectedSparsity } = pruneThreshold({ muLog2: 0, sigmaLog2: natural(sigma), sparsity })
      expect(relative(alpha, alphas[i])).toBeLessThan(tolerance)
      expect(expectedSparsity).toBeCloseTo(sparsity, 12)
      const shifted = pruneThreshold({ muLog2: -7, sigmaLog2: natural(sigma), sparsity })
      expect(relative(shifted.alpha * 128, alpha)).toBeLessThan(1e-13)
    })
  })
})

it('S(α(S)) = S to 1e-12 for σ from 1e-3 to 20 and S from 1e-6 to 1 − 1e-9', () => {
  const sparsities = [1e-6, 1e-5, 1e-3, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1 - 1e-6, 1 - 1e-9]
  for (let sigma = 1e-3; sigma <= 20; sigma *= 1.3) {
    let before = -Infinity
    for (const sparsity of sparsities) {
      const z = solveSparsity(sparsity, sigma)
      expect(Math.abs(sparsityAt(z, sigma) - sparsity)).toBeLessThan(1e-12)
      expect(z).toBeGreaterThan(before)
      before = z
    }
  }
})

describe('the cosine', () => {
  const layer = { muLog2: 0, k: 2.712 }

  it('is as computed beforehand, with and without an end of the tail', () => {
    const wide = { ...layer, sigmaLog2: natural(2), sparsity: 0.9 }
    expect(pruneThreshold(wide).expectedCosine).toBeCloseTo(0.8545, 4)
    expect(pruneThreshold({ ...wide, k: undefined }).expectedCosine).toBeCloseTo(0.9822, 4)
  })

  it.each([
    [0.95, 2, 22.0335311, 0.829986034],
    [0.98, 1.5, 3.59525417, 0.581431001],
  ])('of %d at σ = %d goes before the sparsity', (cosine, sigma, alpha, sparsity) => {
    const got = pruneThreshold({ ...layer, sigmaLog2: natural(sigma), sparsity: 0.9, cosine })
    expect(relative(got.alpha, alpha)).toBeLessThan(5e-9)
    expect(got.expectedSparsity).toBeCloseTo(sparsity, 8)
    expect(got.expectedCosine).toBeCloseTo(cosine, 12)
  })

  it('changes nothing where the sparsity keeps it anyway', () => {
    const options = { ...layer, sigmaLog2: natural(2), sparsity: 0.5 }
    expect(pruneThreshold({ ...options, cosine: 0.9 })).toEqual(pruneThreshold(options))
  })

  it('lies in [0, 1] and falls with the threshold, beyond the end of the tail too', () => {
    for (const sigma of [0.01, 0.1, 0.5, 1, 2, 4, 8, 15, 27]) {
      for (const k of [1, 2, 2.712, 4, Infinity]) {
        let before = 1
        for (let z = -8; z <= 12; z += 0.125) {
          const cosine = cosineAt(z, sigma, k)
          expect(cosine).toBeGreaterThanOrEqual(0)
          expect(cosine).toBeLessThanOrEqual(before * (1 + 1e-13))
          before = cosine
        }
      }
    }
  })

  it('of 1 leaves everything as it is', () => {
    const got = pruneThreshold({ muLog2: 0, sigmaLog2: 3, sparsity: 0.9, cosine: 1, k: 2 })
    expect(got.expectedCosine).toBe(1)
    expect(got.alpha).toBe(0)
  })
})

it('counts the zeros that are there already', () => {
  const half = pruneThreshold({ muLog2: -3, sigmaLog2: 2, sparsity: 0.9, zeroFraction: 0.5 })
  expect(half.alpha).toBe(pruneThreshold({ muLog2: -3, sigmaLog2: 2, sparsity: 0.8 }).alpha)
  expect(half.expectedSparsity).toBeCloseTo(0.9, 12)
  const enough = { alpha: 0, expectedSparsity: 0.75, expectedCosine: 1 }
  expect(pruneThreshold({ muLog2: -3, sigmaLog2: 2, sparsity: 0.75, zeroFraction: 0.75 })).toEqual(enough)
  expect(pruneThreshold({ muLog2: -3, sigmaLog2: 2, sparsity: 0.5, zeroFraction: 0.75 })).toEqual(enough)
  // All zeros: the statistics are NaN.
  expect(pruneThreshold({ muLog2: NaN, sigmaLog2: NaN, sparsity: 0.9, zeroFraction: 1 }).alpha).toBe(0)
  expect(pruneThreshold({ muLog2: 0, sigmaLog2: 1, sparsity: 0 }).alpha).toBe(0)
})

it('is right when all magnitudes are equal, and close to it when nearly so', () => {
  const point = pruneThreshold({ muLog2: -3, sigmaLog2: 0, sparsity: 0.75 })
  expect(point.alpha).toBeCloseTo(0.5, 14)
  expect(point).toMatchObject({ expectedSparsity: 0.75, expectedCosine: 0.5 })
  const limited = pruneThreshold({ muLog2: -3, sigmaLog2: 0, sparsity: 0.75, cosine: 0.9 })
  expect(limited.expectedSparsity).toBeCloseTo(0.19, 12)
  expect(limited.expectedCosine).toBeCloseTo(0.9, 12)
  expect(pruneThreshold({ muLog2: -3, sigmaLog2: 0, sparsity: 0.75, cosine: 1 }).alpha).toBe(0)
  expect(pruneThreshold({ muLog2: -3, sigmaLog2: 1e-6, sparsity: 0.75 }).alpha).toBeCloseTo(0.5, 9)
  for (const sigmaLog2 of [1e-3 / Math.LN2, 40]) {
    for (const sparsity of [1e-6, 0.9, 1 - 1e-9]) {
      const { alpha } = pruneThreshold({ muLog2: 0, sigmaLog2, sparsity })
      expect(alpha).toBeGreaterThan(0)
      expect(alpha).toBeLessThan(Infinity)
    }
  }
})

it.each([
  [1, 0.5],
  [2.8, 0.9],
  [7, 0.95],
])('delivers the sparsity and E[T²] on synthetic lognormals: spread %d, S = %d', (sigmaLog2, sparsity) => {
  const n = 1 << 18
  const { alpha, expectedSparsity } = pruneThreshold({ muLog2: -2, sigmaLog2, sparsity })
  const next = uniform(5)
  const x = draws(n, 3, -2, sigmaLog2)
  let [zeros, ratio, ratioSquared] = [0, 0, 0]
  for (const value of x) {
    const pruned = value > alpha ? value : value < alpha * next() ? 0 : alpha
    if (pruned === 0) zeros++
    const square = Math.min(pruned, alpha) ** 2 / alpha ** 2
    ratio += square
    ratioSquared += square * square
  }
  expect(Math.abs(zeros / n - expectedSparsity)).toBeLessThan(4 * Math.sqrt((sparsity * (1 - sparsity)) / n))
  // E[min(T, α)²]/α² = P(T ≠ 0).
  const standardError = Math.sqrt((ratioSquared / n - (ratio / n) ** 2) / n)
  expect(Math.abs(ratio / n - (1 - sparsity))).toBeLessThan(4 * standardError)
})

it('predicts the cosine of a truncated lognormal', () => {
  const [sigma, k, sparsity] = [1.5, 2, 0.8]
  const { alpha, expectedCosine } = pruneThreshold({ muLog2: 0, sigmaLog2: natural(sigma), sparsity, k })
  const next = uniform(8)
  let [xx, tt] = [0, 0]
  for (const value of draws(1 << 19, 9, 0, natural(sigma))) {
    if (value > Math.exp(k * sigma)) continue
    const pruned = value > alpha ? value : value < alpha * next() ? 0 : alpha
    xx += value * value
    tt += pruned * pruned
  }
  expect(Math.sqrt(xx / tt)).toBeCloseTo(expectedCosine, 2)
})

it('refuses what makes no sense', () => {
  const good = { muLog2: 0, sigmaLog2: 1, sparsity: 0.5 }
  const bad = (change: object, name: string, value?: unknown) =>
    expectError(() => pruneThreshold({ ...good, ...change }), RangeError, 'RANGE', name, String(value))
  bad({ sparsity: 1 }, 'sparsity', 1)
  bad({ sparsity: -0.1 }, 'sparsity', -0.1)
  bad({ sparsity: NaN }, 'sparsity', NaN)
  bad({ zeroFraction: 1.5 }, 'zeroFraction', 1.5)
  bad({ cosine: 0 }, 'cosine', 0)
  bad({ cosine: 1.01 }, 'cosine', 1.01)
  bad({ k: 0 }, 'k', 0)
  bad({ muLog2: NaN }, 'muLog2', NaN)
  bad({ sigmaLog2: -1 }, 'sigmaLog2', -1)
  expectError(() => pruneThreshold({ ...good, sparsity: '0.5' as never }), TypeError, 'TYPE', 'sparsity')
  expectError(() => pruneThreshold({ ...good, k: null as never }), TypeError, 'TYPE', 'k')
})

describe('allocateSparsity', () => {
  const mean = (layers: { n: number }[], results: { expectedSparsity: number }[]) =>
    layers.reduce((sum, { n }, i) => sum + n * results[i].expectedSparsity, 0) /
    layers.reduce((sum, { n }) => sum + n, 0)

  it('gives every layer the same when nothing stops it', () => {
    const layers = [
      { muLog2: -3, sigmaLog2: 2, n: 1000 },
      { muLog2: -8, sigmaLog2: 4, n: 10 },
    ]
    const results = allocateSparsity(layers, 0.8)
    expect(results).toEqual(layers.map((layer) => pruneThreshold({ ...layer, sparsity: 0.8 })))
  })

  it("stops at a layer's cosine and gives the rest to the others, in proportion to their size", () => {
    const layers = [
      { muLog2: 0, sigmaLog2: 2.9, n: 3000, k: 2.712 },
      { muLog2: 0, sigmaLog2: 2.9, n: 1000, k: 2.712, cosineTarget: 0.98 },
      { muLog2: 0, sigmaLog2: 2.2, n: 500, k: 2.712 },
    ]
    const results = allocateSparsity(layers, 0.8)
    expect(results[1].expectedCosine).toBeCloseTo(0.98, 12)
    expect(results[1].expectedSparsity).toBeLessThan(0.8)
    expect(results[0].expectedSparsity).toBeCloseTo(results[2].expectedSparsity, 12)
    expect(mean(layers, results)).toBeCloseTo(0.8, 12)
  })

  it('caps the others at maxSparsity and then falls short', () => {
    const layers = [
      { muLog2: 0, sigmaLog2: 2, n: 100 },
      { muLog2: 0, sigmaLog2: 3, n: 1000, k: 2, cosineTarget: 0.999 },
    ]
    const results = allocateSparsity(layers, 0.85)
    expect(results[0].expectedSparsity).toBeCloseTo(0.9, 12)
    expect(mean(layers, results)).toBeLessThan(0.85)
    expect(allocateSparsity(layers, 0.85, { maxSparsity: 0.95 })[0].expectedSparsity).toBeCloseTo(0.95, 12)
    expect(allocateSparsity(layers, 0.97)[0].expectedSparsity).toBeCloseTo(0.97, 12)
  })

  it('lets zeros that are there already count towards the whole', () => {
    const layers = [
      { muLog2: 0, sigmaLog2: 2, n: 1000, zeroFraction: 0.95 },
      { muLog2: 0, sigmaLog2: 3, n: 1000, k: 2, cosineTarget: 0.98 },
      { muLog2: NaN, sigmaLog2: NaN, n: 10, zeroFraction: 1 },
      { muLog2: 0, sigmaLog2: 2, n: 4000 },
    ]
    const results = allocateSparsity(layers, 0.8)
    expect([results[0].alpha, results[2].alpha]).toEqual([0, 0])
    expect(results[3].expectedSparsity).toBeGreaterThanOrEqual(0.8)
    expect(mean(layers, results)).toBeGreaterThanOrEqual(0.8 - 1e-12)
  })

  it('refuses what makes no sense', () => {
    const layer = { muLog2: 0, sigmaLog2: 1, n: 10 }
    expectError(() => allocateSparsity([], 0.5), RangeError, 'LENGTH', 'layers')
    expectError(() => allocateSparsity({} as never, 0.5), TypeError, 'TYPE', 'layers')
    expectError(() => allocateSparsity([layer], 1), RangeError, 'RANGE', 'overall', 1)
    expectError(() => allocateSparsity([layer], 0.5, { maxSparsity: 2 }), RangeError, 'RANGE', 'maxSparsity', 2)
    expectError(() => allocateSparsity([layer, { ...layer, n: -1 }], 0.5), RangeError, 'RANGE', 'layers[1].n', -1)
    expectError(() => allocateSparsity([{ ...layer, cosineTarget: 2 }], 0.5), RangeError, 'RANGE', 'cosine', 2)
    const second = (change: object) => allocateSparsity([layer, { ...layer, ...change }], 0.5)
    expectError(() => second({ sigmaLog2: -1 }), RangeError, 'RANGE', 'layers[1].sigmaLog2', -1)
    expectError(() => second({ cosineTarget: '1' }), TypeError, 'TYPE', 'layers[1].cosineTarget', "'1'")
    expectError(() => second({ k: 0 }), RangeError, 'RANGE', 'layers[1].k', 0)
    expectError(() => allocateSparsity([null as never], 0.5), TypeError, 'TYPE', 'layers[0]', 'null')
    expectError(() => allocateSparsity([layer], 0.5, null as never), TypeError, 'TYPE', 'options')
  })
})
