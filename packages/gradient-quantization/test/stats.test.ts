import { type GradientQuantizationKernel, mergeStats } from '@ukernels/gradient-quantization'
import { gradients } from '@ukernels/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends } from './backends.js'
import { floats, sha256 } from './support.js'

const X = gradients(65536, 1)

describe.each(backends)('stats: $label', ({ open }) => {
  let k: GradientQuantizationKernel
  beforeAll(async () => {
    k = await open()
  })
  afterAll(() => k.dispose())

  it('bins into out, and no further', () => {
    const out = new Uint32Array(2050).fill(7)
    expect(k.logHistogram(X, out)).toBe(out)
    expect(out.subarray(0, 2048)).toEqual(k.logHistogram(X))
    expect([...out.subarray(2048)]).toEqual([7, 7])
  })

  it('is exact at powers of two, subnormals included', () => {
    for (let e = -149; e <= 127; e++) {
      const { muLog2, sigmaLog2, sumL } = k.stats(Float32Array.of(2 ** e, -(2 ** e)))
      expect([muLog2, sigmaLog2, sumL]).toEqual([e, 0, BigInt(4096 * e)])
    }
  })

  it('stays within 2.6e-4 of log2|x| and is monotone', () => {
    let before = -1e9
    for (let i = 0; i < 4000; i++) {
      const x = Math.fround(2 ** -140 * 1.047 ** i)
      if (x > 3e38) break
      const L = Number(k.stats(Float32Array.of(x)).sumL)
      expect(Math.abs(L / 2048 - Math.log2(x))).toBeLessThan(2.6e-4)
      expect(L).toBeGreaterThanOrEqual(before)
      before = L
    }
  })

  it('leaves out zeros and non-finite values, and counts them', () => {
    const x = floats(0, 0x80000000, 0x7f800000, 0xff800000, 0x7fc00000, 0x3f800000, 0x80000001)
    expect(k.stats(x)).toMatchObject({ n: 7, count: 2, zeros: 2, nonFinite: 3, amax: 1, aminNonzero: 2 ** -149 })
    const hist = k.logHistogram(x)
    expect([hist[0x3f8], hist[0], hist.reduce((a, b) => a + b)]).toEqual([1, 1, 2])
  })

  it('says when there is nothing to measure', () => {
    for (const x of [new Float32Array(0), new Float32Array(1000), Float32Array.of(Number.NaN, Infinity)]) {
      expect(k.stats(x)).toMatchObject({ count: 0, sumL: 0n, muLog2: NaN, sigmaLog2: NaN, degenerate: true, amax: 0 })
    }
    expect(k.stats(Float32Array.of(0, 3, 0))).toMatchObject({ count: 1, sigmaLog2: 0, degenerate: false })
    expect(k.stats(new Float32Array(99).fill(-0.7))).toMatchObject({ count: 99, sigmaLog2: 0, degenerate: false })
  })

  it('does not depend on the order or the cut, and merges', () => {
    const x = gradients(600_003, 4)
    const whole = k.stats(x)
    expect(k.stats(x.slice().reverse())).toEqual(whole)
    expect(k.stats(x.slice().sort())).toEqual(whole)
    const cuts = [0, 1, 70_000, 70_001, 400_000, x.length]
    const parts = cuts.slice(1).map((end, i) => x.subarray(cuts[i], end))
    expect(mergeStats(...parts.map((part) => k.stats(part)))).toEqual(whole)
    const hist = new Uint32Array(2048)
    for (const part of parts) for (const [bin, count] of k.logHistogram(part).entries()) hist[bin] += count
    expect(sha256(hist)).toBe(sha256(k.logHistogram(x)))
  })

  it('shifts by 2048·k·n when the input is scaled by 2^k', () => {
    const base = k.stats(X)
    for (const shift of [-30, -3, 8, 60]) {
      const { sumL, sigmaLog2, count } = k.stats(X.map((v) => v * 2 ** shift))
      expect(sumL - base.sumL).toBe(2048n * BigInt(shift * count))
      expect(sigmaLog2).toBe(base.sigmaLog2)
    }
  })

  it('measures f64, f16 and bf16', () => {
    expect(k.stats(Float64Array.from(X))).toEqual(k.stats(X))
    expect(k.stats(Float64Array.of(1e300, 5e-324, 0))).toMatchObject({ count: 2, zeros: 1, nonFinite: 0 })
    expect(k.stats(Uint16Array.of(0x3c00, 0x0001, 0x7c00), { inputDtype: 'f16' })).toMatchObject({
      count: 2,
      nonFinite: 1,
      amax: 1,
      aminNonzero: 2 ** -24,
    })
    const bf16 = Uint16Array.from({ length: 65536 }, (_, i) => i)
    const wide = new Float32Array(Uint32Array.from(bf16, (b) => b << 16).buffer)
    expect(k.stats(bf16, { inputDtype: 'bf16' })).toEqual(k.stats(wide))
    expect(sha256(k.logHistogram(bf16, undefined, { inputDtype: 'bf16' }))).toBe(sha256(k.logHistogram(wide)))
  })
})
