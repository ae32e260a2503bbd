import { NonFiniteError } from '@ukernels/runtime'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { backends } from './backends.js'
import { expectError } from './support.js'

describe.each(backends)('freeEnergy: $label', async ({ open }) => {
  const k = await open()
  afterAll(() => k.dispose())
  const f = (...x: number[]) => Float32Array.from(x)

  it('shifts with the logits and lies between its bounds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: -20, max: 20 }),
        (values, shift) => {
          const logits = Float32Array.from(values)
          const [e] = k.freeEnergy(logits, logits.length)
          const [moved] = k.freeEnergy(
            logits.map((v) => v + shift),
            logits.length,
          )
          expect(Math.abs(moved - (e - shift))).toBeLessThanOrEqual(2e-5)
          const top = Math.max(...logits)
          expect(e).toBeLessThanOrEqual(-top + 1e-5)
          expect(e).toBeGreaterThanOrEqual(-top - Math.log(logits.length) - 1e-4)
        },
      ),
      { numRuns: 100 },
    )
  })

  it('takes its limits from what is not finite, where it may', () => {
    const [inf, nan] = [Infinity, Number.NaN]
    const gradient = new Float32Array(12)
    const logits = f(nan, 1, 2, -inf, -inf, -inf, inf, 3, inf, -inf, 0, 0)
    const energy = k.freeEnergy(logits, 3, { nonFinite: 'propagate', out: { gradient } })
    expect([...energy]).toEqual([nan, inf, -inf, Math.fround(-Math.log(2))])
    const third = Math.fround(1 / 3)
    expect([...gradient]).toEqual([nan, nan, nan, -third, -third, -third, -0.5, -0, -0.5, -0, -0.5, -0.5])
    expect(new Uint32Array(energy.buffer)[0]).toBe(0x7fc00000)
  })

  it('refuses NaN and infinities with their index, and keeps out', () => {
    const out = { energy: f(7, 7) }
    const logits = f(1, 2, 3, Number.NaN)
    expectError(() => k.freeEnergy(logits, 2, { out }), NonFiniteError, 'NON_FINITE', 'logits[3]')
    expect([...out.energy]).toEqual([7, 7])
    expectError(() => k.freeEnergy(f(1, Infinity), 2), NonFiniteError, 'NON_FINITE', 'logits[1]')
  })

  it('gives nothing for nothing, and says what is wrong', () => {
    expect(k.freeEnergy(new Float32Array(0), 10).length).toBe(0)
    expectError(() => k.freeEnergy(f(1, 2, 3), 2), RangeError, 'LENGTH', 'logits', 3)
    for (const temperature of [0, -1, Number.NaN, Infinity, 1e-40])
      expectError(() => k.freeEnergy(f(1), 1, { temperature }), RangeError, 'RANGE', 'temperature')
    expectError(() => k.freeEnergy([1, 2] as never, 2), TypeError, 'TYPE', 'Float32Array')
    expectError(() => k.freeEnergy(f(1), 1, { nonFinite: 'ignore' as never }), TypeError, 'TYPE', 'nonFinite')
    const both = f(1, 2)
    expectError(() => k.freeEnergy(both, 2, { out: { energy: both } }), RangeError, 'OVERLAP', 'out.energy')
  })
})
