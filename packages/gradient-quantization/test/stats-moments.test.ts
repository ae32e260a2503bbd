import { expect, it } from 'vitest'
import { mergeStats, momentsFromSums, type Sums, statsOf } from '../src/stats-moments.js'
import { expectError } from './support.js'

const sums = (values: bigint[], extra: Partial<Sums> = {}): Sums => ({
  n: values.length,
  count: values.length,
  zeros: 0,
  nonFinite: 0,
  sumL: values.reduce((a, b) => a + b, 0n),
  sumL2: values.reduce((a, b) => a + b * b, 0n),
  amax: 1,
  aminNonzero: 0.5,
  ...extra,
})

it('gives the moments of the golden tensors X and X5', () => {
  expect(momentsFromSums(54393496n, 900040508320n, 49032)).toEqual({
    muLog2: 0.5416732790575542,
    sigmaLog2: 2.020675406818266,
    degenerate: false,
  })
  // X5 = X · 2^-5: the mean moves by 5, the spread not at all.
  const { muLog2, sigmaLog2 } = momentsFromSums(-447694184n, 4927439553440n, 49032)
  expect(muLog2).toBeCloseTo(0.5416732790575542 - 5, 12)
  expect(sigmaLog2).toBe(2.020675406818266)
})

it('of nothing are NaN, of one value or equal ones have no spread', () => {
  expect(momentsFromSums(0n, 0n, 0)).toEqual({ muLog2: NaN, sigmaLog2: NaN, degenerate: true })
  expect(momentsFromSums(4096n, 4096n ** 2n, 1)).toEqual({ muLog2: 2, sigmaLog2: 0, degenerate: false })
  expect(momentsFromSums(3n * -1000n, 3n * 1000n ** 2n, 3)).toEqual({
    muLog2: -1000 / 2048,
    sigmaLog2: 0,
    degenerate: false,
  })
})

it('divides by n − 1', () => {
  expect(momentsFromSums(0n, 2n * 2048n ** 2n, 2).sigmaLog2).toBe(Math.SQRT2)
})

it('does not cancel where n·S2 and S1² nearly agree', () => {
  // A million values at 100 binades, one of them a single unit off.
  const [n, L] = [1_000_000n, 204_800n]
  const { sigmaLog2 } = momentsFromSums(n * L + 1n, n * L * L + 2n * L + 1n, Number(n))
  expect(sigmaLog2).toBeCloseTo(Math.sqrt(1e-6) / 2048, 12)
  expect(sigmaLog2).toBeGreaterThan(0)
})

it('merge as if the tensors had been one', () => {
  const [a, b] = [
    [5n, -7n, 4000n],
    [123n, -4096n],
  ]
  const left = sums(a, { amax: 3, aminNonzero: 0.25, zeros: 2, n: 6, nonFinite: 1 })
  const right = sums(b, { amax: 2, aminNonzero: 0.125 })
  const whole = sums([...a, ...b], { amax: 3, aminNonzero: 0.125, zeros: 2, n: 8, nonFinite: 1 })
  expect(mergeStats(left, right)).toEqual(statsOf(whole))
  expect(mergeStats(right, left)).toEqual(statsOf(whole))
  expect(mergeStats()).toMatchObject({ n: 0, degenerate: true, amax: 0, aminNonzero: Infinity })
})

it('merge nothing that is no result of stats', () => {
  const sums = { n: 1, count: 1, zeros: 0, nonFinite: 0, sumL: 0n, sumL2: 0n, amax: 1, aminNonzero: 1 }
  expectError(() => mergeStats(sums, undefined as never), TypeError, 'TYPE', 'parts[1]', 'undefined')
  expectError(() => mergeStats(sums, { ...sums, sumL: 5 as never }), TypeError, 'TYPE', 'parts[1].sumL', 5)
  expectError(() => mergeStats({ ...sums, count: -1 }), RangeError, 'RANGE', 'parts[0].count', -1)
  expect(mergeStats()).toMatchObject({ n: 0, degenerate: true })
})
