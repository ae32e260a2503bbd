import { describe, expect, it } from 'vitest'
import { bestFormat } from '../src/best-format.js'
import { bestShift } from '../src/best-shift.js'
import { closedFormError, closedFormExponentBits, referenceExponentBits } from '../src/closed-form.js'
import { expectedError, type Metric } from '../src/expected-error.js'
import { finite, formats, ieee } from '../src/formats.js'
import { expectError } from './support.js'

/** sigmaLog2 at which the closed form takes the next exponent bit, to the digits given. */
const closedForm: Record<number, number[]> = {
  3: [0.75092],
  4: [0.58269, 1.43105],
  6: [0.43345, 0.9692, 2.20586, 5.22843],
  8: [0.35863, 0.7757, 1.68851, 3.71343, 8.36826, 19.9052],
}

describe('the closed form', () => {
  it.each(Object.entries(closedForm))(
    'moves to the next exponent bit where the paper says: %s bits',
    (bits, thresholds) => {
      thresholds.forEach((threshold, i) => {
        const step = threshold > 10 ? 5e-5 : 6e-6
        expect(closedFormExponentBits(Number(bits), threshold - step)).toBe(i + 1)
        expect(closedFormExponentBits(Number(bits), threshold + step)).toBe(i + 2)
      })
    },
  )

  it('stays finite where the textbook form is ∞ · 0', () => {
    for (const sigmaLog2 of [1e-6, 0.01, 40, 200]) {
      for (let expBits = 1; expBits < 8; expBits++) {
        const error = closedFormError(expBits, 7 - expBits, sigmaLog2)
        expect(error).toBeGreaterThan(0)
        expect(error).toBeLessThanOrEqual(1)
      }
    }
  })

  it('is a policy', () => {
    expect(bestFormat(1.7, 8, { policy: 'closed-form' }).format).toBe(finite(4, 3))
    expect(bestFormat(3.8, 8, { policy: 'closed-form', family: 'ieee' }).format).toBe(formats.e5m2)
  })
})

const reference: Record<number, number[]> = {
  3: [0.7],
  4: [0.5, 1.2],
  5: [0.2, 1, 2.4],
  6: [0.3, 0.9, 2, 4.9],
  7: [0.3, 0.7, 1.7, 4, 9.4],
  8: [0.1, 0.6, 1.4, 3.7, 8.1, 19.3],
}

describe('the table of the released code', () => {
  it.each(Object.entries(reference))('%s bits: its last threshold is dead, a mantissa bit stays', (key, thresholds) => {
    const bits = Number(key)
    thresholds.forEach((threshold, i) => {
      const expected = Math.min(bits - 2, i + 2)
      expect(referenceExponentBits(bits, threshold)).toBe(expected)
      expect(referenceExponentBits(bits, threshold - 1e-9)).toBe(Math.min(bits - 2, i + 1))
    })
    expect(bestFormat(200, bits, { policy: 'reference-table', family: 'ieee' }).format).toBe(ieee(bits - 2, 1))
  })
})

describe('exact', () => {
  const spreads = [0, 0.001, 0.02, 0.1, 0.25, 0.4, 0.6, 0.8, 1, 1.3, 1.8, 2.5, 3, 4, 6, 9, 14, 20, 40]

  it.each<[Metric, 'finite' | 'ieee']>([
    ['rel', 'finite'],
    ['rel', 'ieee'],
    ['mse', 'finite'],
    ['relmse', 'ieee'],
    ['cosine', 'finite'],
    ['bias', 'ieee'],
  ])('is what trying every format gives: %s, %s', (metric, family) => {
    const make = family === 'ieee' ? ieee : finite
    const cost = (error: number) => (metric === 'cosine' ? -error : metric === 'bias' ? Math.abs(error) : error)
    for (const sigmaLog2 of spreads) {
      for (let bits = 3; bits <= 8; bits++) {
        for (const headroom of [0, 3]) {
          const got = bestFormat(sigmaLog2, bits, { family, metric, headroom })
          const errors = Array.from({ length: bits - 1 }, (_, i) =>
            expectedError(make(i + 1, bits - 2 - i), -headroom, sigmaLog2, metric),
          )
          expect(cost(got.expected)).toBe(errors.map(cost).reduce((a, b) => Math.min(a, b)))
          expect(got.expected).toBe(expectedError(got.format, -headroom, sigmaLog2, metric))
          expect([got.format.bits, got.format.special]).toEqual([bits, family])
        }
      }
    }
  })

  it('takes more exponent bits as the spread grows', () => {
    const expBits = spreads.slice(3).map((sigmaLog2) => bestFormat(sigmaLog2, 8).format.expBits)
    expect(expBits).toEqual([...expBits].sort((a, b) => a - b))
  })
})

describe('the best shift', () => {
  it.each([
    [formats.e4m3fn, 0.4815, 0.0246276],
    [formats.e5m2, 0.507, 0.0448829],
    [formats.e2m1fn, 1.2783, 0.426432],
    [ieee(3, 2), 0.3452, 0.1648151],
  ])('of $name at spread 3', (format, shift, error) => {
    expect(bestShift(format, 3)).toBeCloseTo(shift, 3)
    expect(expectedError(format, bestShift(format, 3), 3)).toBeCloseTo(error, 6)
  })

  it('is nowhere beaten on a fine grid', () => {
    for (const format of [formats.e4m3fn, formats.e2m1fn, finite(2, 3), finite(1, 6)]) {
      for (const sigmaLog2 of [0.2, 0.5, 0.7, 1, 3, 8]) {
        const least = expectedError(format, bestShift(format, sigmaLog2), sigmaLog2)
        for (let shift = -12; shift < 10; shift += 1 / 16) {
          const slack = sigmaLog2 < 1 ? 1e-3 : 1e-9
          expect(expectedError(format, shift, sigmaLog2)).toBeGreaterThan(least * (1 - slack))
        }
      }
    }
  })

  it('comes with the best format, for each metric', () => {
    for (const metric of ['rel', 'mse', 'relmse', 'cosine', 'bias'] as const) {
      const best = bestFormat(2, 6, { metric })
      expect(best.shiftLog2).toBe(bestShift(best.format, 2, metric))
      expect({ ...best }).toEqual({ format: best.format, expected: best.expected, shiftLog2: best.shiftLog2 })
    }
    expect(bestShift(formats.e4m3fn, 2, 'cosine')).toBeLessThan(bestShift(formats.e4m3fn, 2))
    expect(Number.isInteger(bestShift(formats.e4m3fn, 0))).toBe(true)
  })
})

it('refuses what makes no sense', () => {
  expectError(() => bestFormat(-1, 8), RangeError, 'RANGE', 'sigmaLog2', -1)
  expectError(() => bestFormat(NaN, 8), RangeError, 'RANGE', 'sigmaLog2')
  for (const bits of [2, 9, 4.5]) expectError(() => bestFormat(1, bits), RangeError, 'RANGE', 'bits', bits)
  expectError(() => bestFormat(1, 8, { policy: 'best' as never }), TypeError, 'TYPE', 'policy', 'best')
  expectError(() => bestFormat(1, 8, { family: 'fn' as never }), TypeError, 'TYPE', 'family', 'fn')
  expectError(() => bestFormat(1, 8, { metric: 'x' as never }), TypeError, 'TYPE', 'metric')
})

describe('bestShift', () => {
  it('comes to an end for any spread', () => {
    for (const sigmaLog2 of [0, 1e-320, 1e-9, 2 ** -10, 1e-3, 0.01]) {
      const shift = bestShift(formats.e4m3fn, sigmaLog2)
      expect(expectedError(formats.e4m3fn, shift, sigmaLog2)).toBeLessThanOrEqual(sigmaLog2)
    }
  })
})

it('wrong arguments are named', () => {
  expectError(() => bestFormat(3, 8, { headroom: '3' as never }), TypeError, 'TYPE', 'headroom', "'3'")
  expectError(() => bestFormat(3, 8, { headroom: 1000 }), RangeError, 'RANGE', 'headroom', 1000)
  expectError(() => bestFormat(3, '8' as never), TypeError, 'TYPE', 'bits', "'8'")
  expectError(() => bestFormat(3, 8, null as never), TypeError, 'TYPE', 'options', 'null')
  expectError(() => bestShift(undefined as never, 3), TypeError, 'TYPE', 'format')
  expectError(() => closedFormError(8, 0, 3), RangeError, 'RANGE', 'expBits', 8)
  expectError(() => closedFormError(4, 4, 3), RangeError, 'RANGE', 'manBits', 4)
})
