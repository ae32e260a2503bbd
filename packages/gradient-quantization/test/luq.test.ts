import { type GradientQuantizationKernel, HindsightMax } from '@ukernels/gradient-quantization'
import { gradients, philoxWords } from '@ukernels/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends } from './backends.js'
import { bitsOf, hex, sha256 } from './support.js'

const X = gradients(65536, 1)

/** One code by definition. */
function codeOf(x: number, alpha: number, word: number, levels: number): number {
  const y = Math.fround(Math.abs(x) / alpha)
  const bits = bitsOf(Float32Array.of(y))[0]
  const magnitude =
    y >= 1 ? Math.min(levels, ((bits + (word >>> 9)) >>> 23) - 126) : Number((word >>> 8) * 2 ** -24 < y)
  return magnitude === 0 || x > 0 ? magnitude : magnitude | (levels === 7 ? 8 : 16)
}

describe.each(backends)('luq: $label', ({ open }) => {
  let k: GradientQuantizationKernel
  beforeAll(async () => {
    k = await open()
  })
  afterAll(() => k.dispose())

  it.each([7, 8] as const)('draws as defined, levels %i', (levels) => {
    const x = X.subarray(0, 5000)
    const { alpha, data } = k.luqEncode(x, { seed: 5, stream: 2, offset: 77, levels, samples: 3 })
    const plane = data.length / 3
    for (let sample = 0; sample < 3; sample++) {
      const words = philoxWords(5000, 5, { tag: 3 | (sample << 8), stream: 2, offset: 77 })
      const expected = Array.from(x, (v, i) => codeOf(v, alpha, words[i], levels))
      const codes = data.subarray(sample * plane, (sample + 1) * plane)
      const actual = Array.from(x, (_, i) => (levels === 8 ? codes[i] : (codes[i >> 1] >> (4 * (i & 1))) & 15))
      expect(actual).toEqual(expected)
    }
  })

  it('decodes to ±alpha · 2^(code − 1) and averages planes in order', () => {
    const f = Math.fround
    for (const levels of [7, 8] as const) {
      const p = k.luqEncode(X, { seed: 3, levels, samples: 3 })
      const plane = p.data.length / 3
      const planes = [0, 1, 2].map((s) =>
        k.decode({ ...p, samples: 1, data: p.data.subarray(s * plane, (s + 1) * plane) }),
      )
      const expected = planes[0].map((v, i) => f(f(f(v + planes[1][i]) + planes[2][i]) / 3))
      expect(sha256(k.decode(p))).toBe(sha256(expected))
      const out = X.slice()
      k.decode(p, { out, accumulate: true, weight: 0.25 })
      expect(sha256(out)).toBe(sha256(X.map((v, i) => v + f(0.25 * expected[i]))))
      const magnitudes = new Set(planes[0].map((v) => Math.abs(v) / p.alpha))
      expect([...magnitudes].every((m) => m === 0 || Number.isInteger(Math.log2(m)))).toBe(true)
    }
  })

  it('gives the top code with its sign when the largest magnitude is negative', () => {
    const x = Float32Array.of(1, -64, 3)
    const p = k.luqEncode(x, { seed: 1 })
    expect([p.alpha, p.data[0] >> 4, p.clamped]).toEqual([1, 15, 0])
    expect(k.decode(p)[1]).toBe(-64)
    const q = k.luqEncode(x, { seed: 1, levels: 8 })
    expect([q.alpha, q.data[1]]).toEqual([0.5, 16 | 8])
  })

  it('never emits −0', () => {
    const x = Float32Array.from({ length: 10_000 }, (_, i) => -(2 ** -(i % 30)))
    const { data } = k.luqEncode(x, { seed: 9 })
    for (const byte of data) expect([byte & 15, byte >> 4]).not.toContain(8)
    expect(k.luqEncode(Float32Array.of(-0, 0, 1), { seed: 1, levels: 8 }).data.subarray(0, 2)).toEqual(
      new Uint8Array(2),
    )
  })

  it('gives zeros with alpha 0 for zeros, without touching more', () => {
    const out = new Uint8Array(9).fill(0xaa)
    const p = k.luqEncode(new Float32Array(7), { seed: 1, samples: 2, out })
    expect([p.alpha, hex(p.data), out[8]]).toEqual([0, '0000000000000000', 0xaa])
    expect(bitsOf(k.decode(p))).toEqual([0, 0, 0, 0, 0, 0, 0])
    const tiny = k.luqEncode(Float32Array.of(2 ** -149, 0), { seed: 1 })
    expect([tiny.alpha, ...k.decode(tiny)]).toEqual([2 ** -149, 2 ** -149, 0])
  })

  it('takes a given alpha, clamps and counts', () => {
    const p = k.luqEncode(X, { seed: 2, alpha: 0.3 })
    expect(p.alpha).toBe(Math.fround(0.3))
    const words = philoxWords(65536, 2, { tag: 3 })
    const over = X.reduce((count, v, i) => {
      const y = Math.fround(Math.abs(v) / p.alpha)
      const free = y < 1 ? 0 : ((bitsOf(Float32Array.of(y))[0] + (words[i] >>> 9)) >>> 23) - 126
      return count + Number(free > 7)
    }, 0)
    expect(over).toBeGreaterThan(10)
    expect(p.clamped).toBe(over)
    const rounded = k.luqEncode(X, { seed: 2, alpha: 0.3, powerOfTwoAlpha: true })
    expect(rounded.alpha).toBe(0.5)
    expect(k.luqEncode(X, { seed: 2, alpha: 0.5, powerOfTwoAlpha: true }).alpha).toBe(0.5)
    expect(k.luqEncode(X, { seed: 2, powerOfTwoAlpha: true }).alpha).toBe(8)
    const hindsight = new HindsightMax()
    hindsight.observe(k.stats(X))
    expect(k.luqEncode(X, { seed: 7, alpha: hindsight.alpha() }).data).toEqual(k.luqEncode(X, { seed: 7 }).data)
  })

  it('gives the same codes however a tensor is cut, and writes to out', () => {
    const x = gradients(300_001, 5)
    const options = { seed: 4, alpha: 1 } as const
    const whole = k.luqEncode(x, { ...options, levels: 8 }).data
    for (const at of [1, 65_537, 262_145]) {
      const tail = k.luqEncode(x.subarray(at), { ...options, levels: 8, offset: at }).data
      expect(sha256(tail)).toBe(sha256(whole.subarray(at)))
    }
    const out = new Uint8Array(150_001)
    expect(k.luqEncode(x, { seed: 4, out }).data).toBe(out)
    expect(k.luqEncode(Float64Array.from(x), { seed: 4 })).toEqual(k.luqEncode(x, { seed: 4 }))
    expect(k.luqEncode(new Float32Array(0), { seed: 4 })).toMatchObject({ n: 0, alpha: 0, data: new Uint8Array(0) })
  })
})
