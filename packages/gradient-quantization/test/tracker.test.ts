import { describe, expect, it } from 'vitest'
import { bestFormat } from '../src/best-format.js'
import { finite, formats } from '../src/formats.js'
import { pruneThreshold } from '../src/prune-threshold.js'
import { schedules } from '../src/schedules.js'
import { LayerTracker } from '../src/tracker.js'
import { expectError } from './support.js'

const stats = (muLog2: number, sigmaLog2: number, zeros = 0) => ({
  n: 100,
  zeros,
  muLog2,
  sigmaLog2,
  degenerate: false,
})
const nothing = { n: 100, zeros: 100, muLog2: NaN, sigmaLog2: NaN, degenerate: true }

describe('LayerTracker', () => {
  it('has an answer before it saw anything', () => {
    const tracker = new LayerTracker({ bits: 6 })
    expect([tracker.format, tracker.scale, tracker.alpha(0.9)]).toEqual([bestFormat(3, 6).format, 1, 0])
    expect(tracker.phase).toEqual({ collect: true, active: true })
    expect(tracker.observe(nothing)).toBe(false)
    expect(tracker.scale).toBe(1)
  })

  it('follows the first observation at once, the others every refreshEvery', () => {
    const tracker = new LayerTracker({ bits: 8, refreshEvery: 3, ema: 0 })
    expect(tracker.observe(stats(-10.4, 8))).toBe(true)
    expect([tracker.format, tracker.scale]).toEqual([bestFormat(8, 8).format, 2 ** 7])
    expect(tracker.observe(stats(-4, 1))).toBe(false)
    expect(tracker.observe(stats(-4, 1))).toBe(false)
    expect(tracker.scale).toBe(2 ** 7)
    expect(tracker.observe(stats(-4, 1))).toBe(true)
    expect([tracker.format, tracker.scale]).toEqual([bestFormat(1, 8).format, 2])
  })

  it('averages exponentially', () => {
    const tracker = new LayerTracker({ format: formats.e5m2, refreshEvery: 1, ema: 0.75 })
    tracker.observe(stats(-8, 2, 40))
    tracker.observe(stats(-16, 4, 80))
    const muLog2 = 0.75 * -8 + 0.25 * -16
    expect(tracker.scale).toBe(2 ** -(muLog2 + 3))
    const expected = pruneThreshold({ muLog2, sigmaLog2: 2.5, zeroFraction: 0.5, sparsity: 0.9 })
    expect(tracker.alpha(0.9)).toBeCloseTo(expected.alpha, 14)
    expect(tracker.alpha(0.3)).toBe(0)
    expect(tracker.format).toBe(formats.e5m2)
  })

  it('changes the format only for a gain above the hysteresis', () => {
    // At spread 3 the errors of 1-4-3 and 1-5-2 differ by less than 1 %.
    const [steady, eager] = [0.05, 0].map(
      (hysteresis) => new LayerTracker({ bits: 8, refreshEvery: 1, ema: 0, hysteresis }),
    )
    for (const tracker of [steady, eager]) {
      tracker.observe(stats(0, 3.2))
      expect(tracker.format).toBe(finite(5, 2))
      tracker.observe(stats(0, 2.99))
    }
    expect(steady.format).toBe(finite(5, 2))
    expect(eager.format).toBe(bestFormat(2.99, 8).format)
    expect(eager.format).not.toBe(steady.format)
    steady.observe(stats(0, 1))
    expect(steady.format).toBe(finite(4, 3))
  })

  it('takes another policy, family, headroom', () => {
    const tracker = new LayerTracker({ bits: 8, policy: 'reference-table', family: 'ieee', headroom: 0 })
    tracker.observe(stats(-5.2, 4))
    expect([tracker.format, tracker.scale]).toEqual([formats.e5m2, 32])
  })

  it('is unchanged after an error', () => {
    const tracker = new LayerTracker({ bits: 8, refreshEvery: 1 })
    tracker.observe(stats(-3, 2))
    const before = [tracker.format, tracker.scale, tracker.alpha(0.8)]
    expectError(() => tracker.observe(stats(NaN, 2)), RangeError, 'RANGE', 'muLog2')
    expectError(() => tracker.observe(stats(0, -2)), RangeError, 'RANGE', 'sigmaLog2')
    expectError(() => tracker.observe(stats(0, 2, 100)), RangeError, 'RANGE', 'zeros')
    expectError(() => tracker.alpha(1), RangeError, 'RANGE', 'sparsity')
    expect([tracker.format, tracker.scale, tracker.alpha(0.8)]).toEqual(before)
  })

  it('refuses options that make no sense', () => {
    expectError(() => new LayerTracker({}), TypeError, 'TYPE', 'bits or format')
    expectError(() => new LayerTracker({ bits: 8, format: formats.e5m2 }), TypeError, 'TYPE', 'both')
    expectError(() => new LayerTracker({ bits: 9 }), RangeError, 'RANGE', 'bits', 9)
    expectError(() => new LayerTracker({ bits: 8, refreshEvery: 0 }), RangeError, 'RANGE', 'refreshEvery', 0)
    expectError(() => new LayerTracker({ bits: 8, ema: 1 }), RangeError, 'RANGE', 'ema', 1)
    expectError(() => new LayerTracker({ bits: 8, hysteresis: -1 }), RangeError, 'RANGE', 'hysteresis', -1)
    expectError(() => new LayerTracker({ bits: 8, headroom: 0.5 }), RangeError, 'RANGE', 'headroom', 0.5)
    expectError(() => new LayerTracker({ bits: 8, schedule: {} as never }), TypeError, 'TYPE', 'schedule')
    expectError(() => new LayerTracker(undefined as never), TypeError, 'TYPE', 'options')
    expectError(() => new LayerTracker({ bits: 8, ema: '0.5' as never }), TypeError, 'TYPE', 'ema', "'0.5'")
    expectError(() => new LayerTracker({ bits: 8, headroom: 400 }), RangeError, 'RANGE', 'headroom', 400)
    expectError(() => new LayerTracker({ format: formats.e5m2, policy: 'best' as never }), TypeError, 'TYPE', 'policy')
    const odd = new LayerTracker({ bits: 8, schedule: () => undefined as never })
    expectError(() => odd.phase, TypeError, 'TYPE', 'schedule(0)', 'undefined')
  })
})

describe('schedules', () => {
  const letters = (schedule: ReturnType<typeof schedules.pruning>, steps: number) =>
    Array.from({ length: steps }, (_, step) => {
      const { collect, active } = schedule(step)
      return collect ? (active ? 'C' : 'c') : active ? 'a' : '.'
    }).join('')

  it('of the authors', () => {
    expect(letters(schedules.pruning(8), 24)).toBe('....CCaaCCaaaaaaCCaaaaaa')
    expect(letters(schedules.quantization(6), 18)).toBe('......cCaaaacCaaaa')
    expectError(() => schedules.pruning(3), RangeError, 'RANGE', 'stepsPerEpoch', 3)
    expectError(() => schedules.quantization(1.5), RangeError, 'RANGE', 'stepsPerEpoch', 1.5)
  })

  it('drive a tracker: the mean of the measured steps of an epoch holds until the next', () => {
    const tracker = new LayerTracker({ format: formats.e4m3fn, schedule: schedules.pruning(8) })
    const alphas: number[] = []
    for (let step = 0; step < 16; step++) {
      if (tracker.phase.collect) tracker.observe(stats(-step, 2))
      alphas.push(tracker.phase.active ? tracker.alpha(0.9) : 0)
      tracker.advance()
    }
    const at = (muLog2: number) => pruneThreshold({ muLog2, sigmaLog2: 2, sparsity: 0.9 }).alpha
    const second = [at(-4.5), at(-4.5), at(-4.5)]
    const third = Array.from({ length: 7 }, () => at(-8.5))
    const expected = [0, 0, 0, 0, at(-4), ...second, at(-8), ...third]
    expect(alphas.map((alpha, step) => alpha - expected[step]).filter((d) => Math.abs(d) > 1e-14)).toEqual([])
  })
})
