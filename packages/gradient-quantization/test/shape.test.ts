import { normalCdf } from '@ukernels/runtime'
import { describe, expect, it } from 'vitest'
import { normalQuantile } from '../src/normal-quantile.js'
import { shapeOf } from '../src/shape.js'
import { draws, expectError } from './support-lognormal.js'

const bits = new Uint32Array(1)
const float = new Float32Array(bits.buffer)

function histogram(values: Iterable<number>): Uint32Array {
  const hist = new Uint32Array(2048)
  for (const value of values) {
    float[0] = value
    hist[(bits[0] & 0x7fffffff) >>> 20]++
  }
  return hist
}

/** Skewness, excess kurtosis and distance of the raw data. */
function rawShape(values: Float64Array) {
  const logs = Float64Array.from(values, (x) => Math.log2(Math.fround(x))).sort()
  const n = logs.length
  const mean = logs.reduce((a, b) => a + b) / n
  const moment = (p: number) => logs.reduce((sum, x) => sum + (x - mean) ** p, 0) / n
  const sigma = Math.sqrt((moment(2) * n) / (n - 1))
  let ks = 0
  logs.forEach((x, i) => {
    const f = normalCdf((x - mean) / sigma)
    ks = Math.max(ks, Math.abs(f - i / n), Math.abs(f - (i + 1) / n))
  })
  return { skew: moment(3) / moment(2) ** 1.5, excessKurtosis: moment(4) / moment(2) ** 2 - 3, ks }
}

describe('a lognormal', () => {
  it.each([0.3, 0.5, 1, 2, 5, 10])('of spread %d looks like one', (sigmaLog2) => {
    const n = 1 << 16
    const values = Float64Array.from({ length: n }, (_, i) => 2 ** (-4.3 + sigmaLog2 * normalQuantile((i + 0.5) / n)))
    const { skew, excessKurtosis, ks } = shapeOf(histogram(values))
    const raw = rawShape(values)
    expect(Math.abs(skew - raw.skew)).toBeLessThan(0.02)
    expect(Math.abs(excessKurtosis - raw.excessKurtosis)).toBeLessThan(sigmaLog2 < 0.5 ? 0.04 : 0.02)
    expect(Math.abs(ks - raw.ks)).toBeLessThan(sigmaLog2 < 0.5 ? 0.0015 : 5e-4)
  })
})

it('agrees with the raw data on random samples', () => {
  for (const sigmaLog2 of [0.5, 1.6, 4.5]) {
    const values = draws(20000, 17, -6, sigmaLog2)
    const [got, raw] = [shapeOf(histogram(values)), rawShape(values)]
    expect(Math.abs(got.skew - raw.skew)).toBeLessThan(0.02)
    expect(Math.abs(got.excessKurtosis - raw.excessKurtosis)).toBeLessThan(0.02)
    expect(got.ks).toBeLessThanOrEqual(raw.ks + 5e-4)
  }
})

it('tells a uniform from a lognormal', () => {
  const n = 1 << 15
  const uniform = Float64Array.from({ length: n }, (_, i) => (i + 0.5) / n)
  const { skew, ks } = shapeOf(histogram(uniform))
  expect(skew).toBeCloseTo(-2, 1)
  expect(ks).toBeGreaterThan(0.1)
})

it('is NaN where it cannot be told', () => {
  const nothing = { skew: NaN, excessKurtosis: NaN, ks: NaN }
  expect(shapeOf(new Uint32Array(2048))).toEqual(nothing)
  expect(shapeOf(histogram([1]))).toEqual(nothing)
  expect(shapeOf(histogram([1, 1, 1]))).toEqual(nothing)
  expect(shapeOf(histogram(draws(1000, 1, 0, 0.2)))).toEqual(nothing)
})

it('places f32 subnormals and the largest values', () => {
  const tiny = shapeOf(histogram([2 ** -149, 2 ** -140, 2 ** -130, 2 ** 127]))
  expect(tiny.skew).toBeGreaterThan(1)
})

it('refuses what is no histogram', () => {
  expectError(() => shapeOf(new Uint32Array(2047)), RangeError, 'LENGTH', 2048, 2047)
  expectError(() => shapeOf(new Float32Array(2048) as never), TypeError, 'TYPE', 'hist')
})
