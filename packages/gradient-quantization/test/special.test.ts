import { erf, erfc, erfcx, exp, gaussian, log, log2, normalCdf } from '@ukernels/runtime'
import { describe, expect, it } from 'vitest'
import special from '../../../spec/gradient-quantization/special.json' with { type: 'json' }
import { normalQuantile } from '../src/normal-quantile.js'
import { sha256 } from './support.js'

type Row = [x: number, value: number | 'Infinity' | '-Infinity']

const spec = special as unknown as { functions: Record<string, Row[]> }
const functions: Record<string, (x: number) => number> = {
  exp,
  log,
  log2,
  erf,
  erfc,
  erfcx,
  normalCdf,
  normalQuantile,
}

describe.each(Object.entries(functions))('%s', (name, f) => {
  it('agrees with mpmath to 1e-14', () => {
    const rows = spec.functions[name]
    expect(rows.length).toBeGreaterThan(150)
    for (const [x, value] of rows) {
      const expected = Number(value)
      const got = f(x)
      const error = got === expected ? 0 : Math.abs(got - expected) / Math.abs(expected)
      expect(error, `${name}(${x}) = ${got}, not ${expected}`).toBeLessThanOrEqual(1e-14)
    }
  })

  it('hands NaN on', () => {
    expect(f(NaN)).toBeNaN()
  })
})

it('knows the ends', () => {
  expect([exp(0), exp(-Infinity), exp(Infinity), exp(710), exp(-746)]).toEqual([1, 0, Infinity, Infinity, 0])
  expect([log(1), log(0), log(-0), log(Infinity)]).toEqual([0, -Infinity, -Infinity, Infinity])
  expect([log(-1), log2(-Infinity)]).toEqual([NaN, NaN])
  expect([erf(0), erf(Infinity), erf(-Infinity)]).toEqual([0, 1, -1])
  expect([erfc(0), erfc(Infinity), erfc(-Infinity), erfc(28)]).toEqual([1, 0, 2, 0])
  expect([erfcx(0), erfcx(Infinity), erfcx(-27), erfcx(-Infinity)]).toEqual([1, 0, Infinity, Infinity])
  expect([normalCdf(0), normalCdf(-Infinity), normalCdf(Infinity), normalCdf(-40)]).toEqual([0.5, 0, 1, 0])
  expect([normalQuantile(0), normalQuantile(1), normalQuantile(0.5)]).toEqual([-Infinity, Infinity, 0])
  expect([normalQuantile(-0.1), normalQuantile(1.1)]).toEqual([NaN, NaN])
  expect([gaussian(0), gaussian(39)]).toEqual([1, 0])
})

it('log2 is exact at every power of two', () => {
  for (let k = -1074; k <= 1023; k++) expect(log2(2 ** k)).toBe(k)
})

it('exp keeps its accuracy in the subnormals', () => {
  for (let x = -745; x < -708; x += 0.25) {
    const expected = Math.exp(x)
    expect(Math.abs(exp(x) - expected)).toBeLessThanOrEqual(Math.max(5e-324, expected * 1e-14))
  }
})

it('inverts: log(exp(x)) = x and Φ(Φ⁻¹(p)) = p', () => {
  for (let x = -700; x <= 700; x += 0.37) expect(log(exp(x))).toBeCloseTo(x, 11)
  for (let p = 1e-5; p < 1; p += 1e-4) expect(normalCdf(normalQuantile(p))).toBeCloseTo(p, 13)
})

it('gives the same bits on every engine', () => {
  const values = new Float64Array(8 * 2000)
  let at = 0
  for (let i = 1; i <= 2000; i++) {
    const x = (i - 1000.5) / 64
    for (const value of [
      exp(x),
      log(i / 7),
      log2(i / 7),
      erf(x),
      erfc(x),
      erfcx(x),
      normalCdf(x),
      normalQuantile(i / 2001),
    ]) {
      values[at++] = value
    }
  }
  expect(sha256(values, 16)).toBe('41491ab15dbc47cf')
})
