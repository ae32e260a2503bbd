import { NonFiniteError } from '@ukernels/runtime'
import { afterAll, describe, expect, it } from 'vitest'
import { backends } from './backends.js'
import { expectError, uniform } from './support.js'

describe.each(backends)('calibration: $label', async ({ open }) => {
  const k = await open()
  afterAll(() => k.dispose())
  const nine = k.calibrate(Float32Array.of(9, 1, 8, 2, 7, 3, 6, 4, 5))

  it('has the values of the closed form', () => {
    expect(nine.threshold(0.2)).toBe(8)
    expect(nine.pUpper(8.5)).toBe(0.2)
    expect(nine.pUpper(9.5)).toBe(0.1)
    expect(nine.pLower(0.5)).toBe(0.1)
    expectError(() => nine.threshold(0.05), RangeError, 'RANGE', 'fpr', '19')
    expect(nine.threshold(1)).toBe(-Infinity)
  })

  it('is above the threshold exactly where pU ≤ fpr', () => {
    const values = uniform(57, 3).map((v) => Math.round(20 * v))
    const calibrator = k.calibrate(values)
    for (const fpr of [0.02, 0.1, 0.25, 1 / 3, 0.5, 1]) {
      const threshold = calibrator.threshold(fpr)
      for (let v = -1; v <= 21; v += 0.5) expect(v > threshold).toBe(calibrator.pUpper(v) <= fpr + 1e-12)
    }
  })

  it('weighs both tails', () => {
    expect(nine.pValue(5)).toBe(nine.pUpper(5))
    expect(nine.pValue(0, { weight: 0.5 })).toBe(0.2)
    expect(nine.pValue(10, { weight: 0.5 })).toBe(0.2)
    expect(nine.pValue(5, { weight: 0.5 })).toBe(1)
    expect(nine.pValue(0, { weight: 0 })).toBe(0.1)
    expect([...nine.pValues(Float32Array.of(8.5, 0), { weight: 1 })]).toEqual([0.2, 1])
    expect(nine.pValue(Number.NaN)).toBeNaN()
    expectError(() => nine.pValue(1, { weight: 2 }), RangeError, 'RANGE', 'weight')
  })

  it('normalizes maps by their quantiles', () => {
    const normalize = k.mapNormalizer(Float32Array.from({ length: 1001 }, (_, i) => i))
    expect([...normalize(Float32Array.of(900, 995))]).toEqual([0, Math.fround(0.1)])
    expectError(() => k.mapNormalizer(new Float32Array(5)), RangeError, 'RANGE', 'vary')
  })

  it('says what is wrong', () => {
    expectError(() => k.calibrate(new Float32Array(0)), RangeError, 'RANGE', 'at least one')
    expectError(() => k.calibrate(Float32Array.of(1, Infinity)), NonFiniteError, 'NON_FINITE', 'values[1]')
    expectError(() => nine.threshold(0), RangeError, 'RANGE', 'fpr')
  })
})
