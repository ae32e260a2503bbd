import { formats, type GradientQuantizationKernel } from '@ukernels/gradient-quantization'
import { KernelError, NonFiniteError } from '@ukernels/runtime'
import { gradients } from '@ukernels/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends } from './backends.js'
import { bitsOf, expectError, sha256 } from './support.js'

const { e4m3fn, e2m1fn, e5m2 } = formats
const f = Math.fround

describe.each(backends)('feedback: $label', ({ open }) => {
  let k: GradientQuantizationKernel
  beforeAll(async () => {
    k = await open()
  })
  afterAll(() => k.dispose())

  it.each([1, 5, 63, 64, 1000, 65_537, 300_001])('carries over what %i codes lost', (n) => {
    const feedback = k.createErrorFeedback(n)
    let e = new Float32Array(n)
    for (const [step, options] of [
      {},
      { scale: 0.3 },
      { rounding: 'rtz', scale: 2 },
      { rounding: 'sr', seed: 5, stream: 2, offset: 9 },
      { scale: 'lognormal' },
      { scale: 'amax', packing: 'bytes' },
      { nan: 'canonical', overflow: 'saturate-finite' },
    ].entries() as IterableIterator<[number, object]>) {
      const g = gradients(n, step)
      const r = g.map((v, i) => v + e[i])
      const p = feedback.step(g, e2m1fn, options)
      const expected = k.encode(r, e2m1fn, options)
      expect(p.scale).toBe(expected.scale)
      expect(sha256(p.data)).toBe(sha256(expected.data))
      const decoded = k.decode(p)
      e = r.map((v, i) => f(v - decoded[i]))
      expect(sha256(feedback.residual)).toBe(sha256(e))
    }
    feedback.reset()
    expect(feedback.residual).toEqual(new Float32Array(n))
    feedback.dispose()
  })

  it('keeps states apart', () => {
    const [a, b] = [k.createErrorFeedback(3), k.createErrorFeedback(3)]
    a.step(Float32Array.of(1.1, 2.2, 3.3), e2m1fn)
    expect([...b.residual]).toEqual([0, 0, 0])
    expect(bitsOf(a.residual)).toEqual(bitsOf(Float32Array.of(f(1.1) - 1, f(2.2) - 2, f(3.3) - 3)))
    b.dispose()
    b.dispose()
    expectError(() => b.step(Float32Array.of(1, 2, 3), e2m1fn), KernelError, 'DISPOSED')
    expectError(() => b.residual, KernelError, 'DISPOSED')
    a.step(Float32Array.of(0, 0, 0), e4m3fn)
    a[Symbol.dispose]()
  })

  it('is unchanged after an error', () => {
    const feedback = k.createErrorFeedback(4)
    feedback.step(Float32Array.of(1.1, 2.2, 3.3, 4.4), e2m1fn)
    const before = bitsOf(feedback.residual)
    const bad = Float32Array.of(1, Number.NaN, 1, 1)
    expectError(() => feedback.step(bad, e2m1fn), NonFiniteError, 'NON_FINITE', 'g[1]')
    expectError(
      () => feedback.step(Float32Array.of(1, 1, Infinity, 1), e2m1fn, { scale: 'amax' }),
      NonFiniteError,
      'NON_FINITE',
    )
    expectError(() => feedback.step(Float32Array.of(1), e2m1fn), RangeError, 'LENGTH')
    expectError(() => feedback.step(bad, e2m1fn, { rounding: 'sr' }), TypeError, 'TYPE')
    const good = Float32Array.of(1, 1, 1, 1)
    expectError(() => feedback.step(good, e2m1fn, { out: new Uint8Array(1) }), RangeError, 'LENGTH')
    const over = new Uint8Array(good.buffer, 1, 2)
    expectError(() => feedback.step(good, e2m1fn, { out: over }), RangeError, 'OVERLAP')
    expect(bitsOf(feedback.residual)).toEqual(before)
  })

  it('forgets what is not finite, however it came about', () => {
    const feedback = k.createErrorFeedback(3)
    feedback.step(Float32Array.of(Number.NaN, Infinity, 1.01), e4m3fn, { nan: 'canonical' })
    expect([...feedback.residual.subarray(0, 2)]).toEqual([0, 0])
    // A finite overflow to Inf or NaN.
    feedback.step(Float32Array.of(1e9, -1e9, 0), e5m2, { overflow: 'non-saturating' })
    expect([...feedback.residual.subarray(0, 2)]).toEqual([0, 0])
    feedback.step(Float32Array.of(1e9, -1e9, 0), e4m3fn, { overflow: 'non-saturating' })
    expect([...feedback.residual.subarray(0, 2)]).toEqual([0, 0])
  })

  it('repairs the bias of rounding over time', () => {
    const g = gradients(4096, 3).map((v) => v * 0.05)
    const feedback = k.createErrorFeedback(4096)
    const sums = [new Float64Array(4096), new Float64Array(4096)]
    const steps = 200
    for (let step = 0; step < steps; step++) {
      for (const [i, v] of k.decode(feedback.step(g, e2m1fn)).entries()) sums[0][i] += v
      for (const [i, v] of k.decode(k.encode(g, e2m1fn)).entries()) sums[1][i] += v
    }
    const error = (sum: Float64Array) =>
      Math.sqrt(
        sum.reduce((total, v, i) => total + (v / steps - g[i]) ** 2, 0) / g.reduce((total, v) => total + v * v, 0),
      )
    expect(error(sums[0])).toBeLessThan(error(sums[1]) / 5)
  })

  it('counts, writes to out, and rounds f64 to the nearest f32', () => {
    const feedback = k.createErrorFeedback(4)
    const out = new Uint8Array(2)
    const p = feedback.step(Float64Array.of(100, 0.01, 1 + 2 ** -40, -0), e2m1fn, { count: true, out })
    expect(p.data).toBe(out)
    expect([p.overflowed, p.underflowed]).toEqual([1, 1])
    expect(bitsOf(feedback.residual)).toEqual(bitsOf(Float32Array.of(94, 0.01, 0, 0)))
  })
})
