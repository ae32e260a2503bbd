import { describe, expect, it } from 'vitest'
import special from '../../../spec/gradient-quantization/special.json' with { type: 'json' }
import { closedFormError } from '../src/closed-form.js'
import { expectedError, type Metric } from '../src/expected-error.js'
import { type Format, finite, formats, ieee } from '../src/formats.js'
import { gridOf } from '../src/grid.js'
import { relativeError } from '../src/relative-error.js'
import { type Draws, draws, expectError } from './support-lognormal.js'

const { e4m3fn, e5m2, e2m1fn } = formats
const metrics = ['rel', 'mse', 'relmse', 'cosine', 'bias'] as const
/** Largest relative error of each metric against the oracle. */
const tolerances: Record<Metric, number> = { rel: 1e-13, mse: 1e-10, relmse: 1e-10, cosine: 1e-11, bias: 1e-10 }

type OracleRow = { format: string; muLog2: number; sigmaLog2: number } & Record<Metric, number | 'Infinity'>

const oracle = special.expectedError as unknown as OracleRow[]

const byName: Record<string, Format> = {
  ...formats,
  'ieee(3,2)': ieee(3, 2),
  'finite(3,0)': finite(3, 0),
  'finite(1,6)': finite(1, 6),
  'finite(7,0)': finite(7, 0),
}

it.each<[string, number, number, Metric, number]>([
  ['e4m3fn', 0, 3, 'rel', 0.0248728677],
  ['e4m3fn', 0.4815, 3, 'rel', 0.0246276],
  ['e5m2', 0, 3, 'rel', 0.0448829464],
  ['e5m2', 0.507, 3, 'rel', 0.0448829],
  ['e2m1fn', 0, 3, 'rel', 0.4619691],
  ['e2m1fn', 1.2783, 3, 'rel', 0.426432],
  ['ieee(3,2)', 0, 3, 'rel', 0.1669943],
  ['ieee(3,2)', 0.3452, 3, 'rel', 0.1648151],
  ['e4m3fn', 0, 0.5, 'rel', 0.0225200282],
  ['e5m2', 0, 12, 'rel', 0.1996725928],
  ['e4m3fn', -3, 5, 'rel', 0.131329225],
  ['e4m3fn', -3, 3, 'relmse', 0.335579378],
  ['e4m3fn', -3, 3, 'cosine', 0.822799631],
  ['e4m3fn', -3, 3, 'bias', -0.0152672089],
  ['e5m2', -3, 3, 'relmse', 0.00731816861],
  ['e5m2', -3, 3, 'cosine', 0.996338885],
  ['e5m2', -3, 3, 'bias', -0.00278479384],
  ['e2m1fn', -3, 3, 'relmse', 0.916306023],
  ['e2m1fn', -3, 3, 'cosine', 0.349236102],
  ['e2m1fn', -3, 3, 'bias', -0.442486444],
])('%s at mean %d, spread %d: %s is %d', (name, muLog2, sigmaLog2, metric, expected) => {
  const digits = String(Math.abs(expected)).replace(/^0\.0*/, '').length
  expect(Number(expectedError(byName[name], muLog2, sigmaLog2, metric).toPrecision(digits))).toBeCloseTo(expected, 9)
})

it("the paper's closed form gives .17458343 for 1-3-2 at spread 3", () => {
  expect(closedFormError(3, 2, 3)).toBeCloseTo(0.17458343, 8)
})

describe('against 120 to 450 digits', () => {
  it.each(metrics)('%s', (metric) => {
    expect(oracle.length).toBeGreaterThan(80)
    for (const row of oracle) {
      const expected = Number(row[metric])
      const got = expectedError(byName[row.format], row.muLog2, row.sigmaLog2, metric)
      // Where next to nothing is representable a cosine is some 1e-100, and only its smallness means anything.
      if (metric === 'cosine' && expected < 1e-30) expect(got).toBeLessThan(1e-29)
      else {
        const error = got === expected ? 0 : Math.abs(got / expected - 1)
        const where = `${row.format}, mean ${row.muLog2}, spread ${row.sigmaLog2}: ${got}, not ${expected}`
        expect(error, where).toBeLessThanOrEqual(tolerances[metric])
      }
    }
  })
})

/** Nearest value of the grid, with saturation. */
function quantize(x: number, cuts: Float64Array, values: Float64Array): number {
  let i = 0
  while (i + 1 < values.length && x >= cuts[i + 1]) i++
  return values[i]
}

describe('against a million draws', () => {
  it.each<[string, number, number]>([
    ['e2m1fn', -1, 2],
    ['e4m3fn', 0, 1],
    ['ieee(3,2)', -3, 1.5],
    ['finite(3,0)', -1, 2],
  ])('%s, mean %d, spread %d', (name, muLog2, sigmaLog2) => {
    const { cuts, values } = gridOf(byName[name])
    const sums: Draws = draws(1 << 18, 11, muLog2, sigmaLog2)
    let [rel, relSquared, q, x, xx, xq, qq, squaredError] = [0, 0, 0, 0, 0, 0, 0, 0]
    for (const value of sums) {
      const rounded = quantize(value, cuts, values)
      const error = Math.abs(value - rounded) / value
      rel += error
      relSquared += error * error
      q += rounded
      x += value
      xx += value * value
      xq += value * rounded
      qq += rounded * rounded
      squaredError += (value - rounded) ** 2
    }
    const n = sums.length
    const standardError = Math.sqrt((relSquared / n - (rel / n) ** 2) / n)
    expect(Math.abs(rel / n - expectedError(byName[name], muLog2, sigmaLog2))).toBeLessThan(4 * standardError)
    // The others have heavy tails: compare loosely what the oracle compares tightly.
    expect(q / x - 1).toBeCloseTo(expectedError(byName[name], muLog2, sigmaLog2, 'bias'), 1)
    expect(xq / Math.sqrt(xx * qq)).toBeCloseTo(expectedError(byName[name], muLog2, sigmaLog2, 'cosine'), 1)
    expect(squaredError / xx).toBeCloseTo(expectedError(byName[name], muLog2, sigmaLog2, 'relmse'), 0)
  })
})

describe('when all magnitudes are equal', () => {
  it('is the error of that one value', () => {
    expect(expectedError(e4m3fn, -3, 0)).toBe(0)
    expect(expectedError(e4m3fn, -20, 0)).toBe(1)
    expect(expectedError(e4m3fn, 10, 0)).toBeCloseTo(1 - 448 / 1024, 14)
    expect(expectedError(e4m3fn, 10, 0, 'bias')).toBeCloseTo(448 / 1024 - 1, 14)
    expect(expectedError(e4m3fn, 10, 0, 'mse')).toBeCloseTo(576 ** 2, 6)
    expect(expectedError(e4m3fn, 10, 0, 'relmse')).toBeCloseTo((576 / 1024) ** 2, 14)
    expect([expectedError(e4m3fn, 10, 0, 'cosine'), expectedError(e4m3fn, -20, 0, 'cosine')]).toEqual([1, 0])
  })

  it('is the limit of a small spread', () => {
    for (const metric of metrics) {
      expect(expectedError(e2m1fn, 0.3, 1e-9, metric)).toBeCloseTo(expectedError(e2m1fn, 0.3, 0, metric), 6)
    }
  })
})

it('is between 0 and 1 from spread 0.001 to 200, wherever the mean', () => {
  for (const format of [e4m3fn, e5m2, e2m1fn, finite(7, 0)]) {
    for (const sigmaLog2 of [0.001, 0.02, 1, 40, 200]) {
      for (const muLog2 of [-350, -150, -3, 0, 120, 350]) {
        const rel = expectedError(format, muLog2, sigmaLog2)
        expect(rel).toBeGreaterThanOrEqual(0)
        expect(rel).toBeLessThanOrEqual(1 + 1e-12)
        const cosine = expectedError(format, muLog2, sigmaLog2, 'cosine')
        expect(cosine).toBeGreaterThanOrEqual(0)
        expect(cosine).toBeLessThanOrEqual(1 + 1e-12)
      }
    }
  }
})

it('the search may stop early, never wrongly', () => {
  for (const sigma of [0.1, 1, 3]) {
    const grid = gridOf(e4m3fn)
    const error = relativeError(grid, -2, sigma)
    expect(relativeError(grid, -2, sigma, error * 1.001)).toBe(error)
    expect(relativeError(grid, -2, sigma, error * 0.5)).toBeGreaterThanOrEqual(error * 0.5)
  }
})

it('takes the overflow code of compat formats for a value', () => {
  const reference = ieee(3, 2, { compat: 'reference' })
  expect(expectedError(reference, 4, 0)).toBe(0)
  expect(expectedError(ieee(3, 2), 4, 0)).toBeCloseTo(2 / 16, 14)
})

it('refuses what makes no sense', () => {
  expectError(() => expectedError(e4m3fn, NaN, 1), RangeError, 'RANGE', 'muLog2', 'NaN')
  expectError(() => expectedError(e4m3fn, 0, -1), RangeError, 'RANGE', 'sigmaLog2', -1)
  expectError(() => expectedError(e4m3fn, 0, Infinity), RangeError, 'RANGE', 'sigmaLog2')
  expectError(() => expectedError(e4m3fn, '0' as never, 1), TypeError, 'TYPE', 'muLog2')
  expectError(() => expectedError(e4m3fn, 0, 1, 'rmse' as never), TypeError, 'TYPE', 'metric', 'rmse')
  expectError(() => expectedError(formats.e8m0fnu, 0, 1), RangeError, 'RANGE', 'e8m0fnu')
})
