import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formats } from '../src/formats.js'
import { amaxScale, DelayedAmax, HindsightMax, lognormalScale } from '../src/scaling.js'
import { expectError } from './support.js'

describe('lognormalScale', () => {
  it('takes the floor exactly at the halves, and below zero', () => {
    // mean −½ and a hair below: ⌊mean + ½⌋ = 0 and −1.
    expect(lognormalScale(-1024n, 1, 0)).toBe(1)
    expect(lognormalScale(-1025n, 1, 0)).toBe(2)
    expect(lognormalScale(1023n, 1, 0)).toBe(1)
    expect(lognormalScale(1024n, 1, 0)).toBe(0.5)
    const n = 2 ** 45
    expect(lognormalScale(1024n * BigInt(n) - 1n, n, 0)).toBe(1)
    expect(lognormalScale(1024n * BigInt(n), n, 0)).toBe(0.5)
  })

  it('leaves the headroom, 3 by default, and stays within 2^±126', () => {
    expect(lognormalScale(54393496n, 49032)).toBe(2 ** -4)
    expect(lognormalScale(54393496n, 49032, 0)).toBe(0.5)
    expect(lognormalScale(-149n * 2048n, 1)).toBe(2 ** 126)
    expect(lognormalScale(127n * 2048n, 1)).toBe(2 ** -126)
    expect(lognormalScale(0n, 0)).toBe(1)
    expectError(() => lognormalScale(0n, 1, 0.5), RangeError, 'RANGE', 'headroom', 0.5)
  })
})

describe('amaxScale', () => {
  it('is the largest power of two that fits', () => {
    const amax = fc.float({ min: Math.fround(1e-30), max: Math.fround(1e30), noNaN: true })
    fc.assert(
      fc.property(amax, fc.constantFrom(...Object.values(formats)), (x, format) => {
        const scale = amaxScale(x, format)
        expect(Math.log2(scale)).toBe(Math.round(Math.log2(scale)))
        if (scale > 2 ** -126) expect(x * scale).toBeLessThanOrEqual(format.max)
        if (scale < 2 ** 126) expect(x * scale * 2).toBeGreaterThan(format.max)
      }),
      { seed: 2 },
    )
  })

  it('knows the edges', () => {
    expect(amaxScale(448, formats.e4m3fn)).toBe(1)
    expect(amaxScale(448.0001, formats.e4m3fn)).toBe(0.5)
    expect(amaxScale(0, formats.e4m3fn)).toBe(1)
    expect(amaxScale(2 ** -149, formats.e4m3fn)).toBe(2 ** 126)
    expect(amaxScale(3.4028234663852886e38, formats.e2m1fn)).toBe(2 ** -126)
    expectError(() => amaxScale(Infinity, formats.e4m3fn), RangeError, 'RANGE', 'amax', 'Infinity')
    expectError(() => amaxScale(-1, formats.e4m3fn), RangeError, 'RANGE', 'amax', -1)
    expectError(() => amaxScale('1' as never, formats.e4m3fn), TypeError, 'TYPE', 'amax')
  })
})

describe('DelayedAmax', () => {
  it('scales by the largest of its history', () => {
    const tracker = new DelayedAmax({ format: formats.e4m3fn, history: 3 })
    expect(tracker.scale).toBe(1)
    const seen: number[] = []
    const steps = [1, 8, 2, 4, 1, 1, 1, 16, 0, 0, 0]
    for (const amax of steps) {
      tracker.observe(amax)
      seen.push(amax)
      const largest = Math.max(...seen.slice(-3))
      expect(tracker.amax).toBe(largest)
      expect(tracker.scale).toBe(amaxScale(largest, formats.e4m3fn))
    }
  })

  it('leaves a margin, takes stats, and is unchanged after an error', () => {
    const tracker = new DelayedAmax({ format: formats.e5m2, margin: 2 })
    tracker.observe({ amax: 57344 })
    expect(tracker.scale).toBe(0.25)
    expectError(() => tracker.observe(NaN), RangeError, 'RANGE', 'amax')
    expectError(() => tracker.observe({} as never), TypeError, 'TYPE', 'amax')
    expect(tracker.scale).toBe(0.25)
    expectError(() => new DelayedAmax({ format: formats.e5m2, history: 0 }), RangeError, 'RANGE', 'history', 0)
    expectError(() => new DelayedAmax({ format: formats.e5m2, margin: 0.5 }), RangeError, 'RANGE', 'margin', 0.5)
  })
})

describe('HindsightMax', () => {
  it('averages past maxima', () => {
    const tracker = new HindsightMax({ eta: 0.75 })
    expect([tracker.max, tracker.alpha()]).toEqual([0, 0])
    tracker.observe(64)
    expect([tracker.max, tracker.alpha(), tracker.alpha(8)]).toEqual([64, 1, 0.5])
    tracker.observe({ amax: 32 })
    expect(tracker.max).toBe(0.25 * 32 + 0.75 * 64)
    expect(new HindsightMax().alpha()).toBe(0)
  })

  it('keeps alpha above zero, and refuses nonsense', () => {
    const tracker = new HindsightMax()
    tracker.observe(2 ** -149)
    expect(tracker.alpha()).toBe(2 ** -149)
    expectError(() => tracker.alpha(6 as never), RangeError, 'RANGE', 'levels', 6)
    expectError(() => new HindsightMax({ eta: 1 }), RangeError, 'RANGE', 'eta', 1)
  })
})

it('wrong types are named', () => {
  expectError(() => lognormalScale(5 as never, 1), TypeError, 'TYPE', 'sumL must be a bigint, got 5')
  expectError(() => lognormalScale(5n, 1, 0.5), RangeError, 'RANGE', 'headroom', 0.5)
  expectError(() => new HindsightMax({ eta: '0.9' as never }), TypeError, 'TYPE', 'eta', "'0.9'")
  expectError(() => new HindsightMax(null as never), TypeError, 'TYPE', 'options')
  expectError(() => new DelayedAmax(undefined as never), TypeError, 'TYPE', 'options')
  expectError(() => amaxScale(3.45e38, formats.e4m3fn), RangeError, 'RANGE', 'amax')
})
