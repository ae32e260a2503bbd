import { formats, type GradientQuantizationKernel, type Packed } from '@ukernels/gradient-quantization'
import { gradients } from '@ukernels/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends } from './backends.js'
import { sha256 } from './support.js'

const { e4m3fn, e5m2, e2m1fn, e3m2fn } = formats
const f = Math.fround

describe.each(backends)('reduce: $label', ({ open }) => {
  let k: GradientQuantizationKernel
  beforeAll(async () => {
    k = await open()
  })
  afterAll(() => k.dispose())
  const parts = (n: number, count: number, scale: number): Packed[] =>
    Array.from({ length: count }, (_, i) => k.encode(gradients(n, i + 1), e4m3fn, { scale }))

  it('adds in order in f32, divides by the count, encodes once', () => {
    for (const count of [1, 2, 3, 7]) {
      const all = [...parts(1001, count, 0.3), k.encode(gradients(1001, 99), e2m1fn, { scale: 4, packing: 'bytes' })]
      const sum = k.decode(all[0])
      for (const p of all.slice(1)) for (const [i, v] of k.decode(p).entries()) sum[i] += v
      const average = sum.map((v) => f(v / f(count + 1)))
      for (const options of [
        {},
        { rounding: 'sr', seed: 3 },
        { scale: 'lognormal' },
        { scale: 'amax', count: true },
      ] as const) {
        expect(k.reduceAverage(all, e3m2fn, options)).toEqual(k.encode(average, e3m2fn, options))
      }
    }
  })

  it('gives back a single part', () => {
    const [p] = parts(65536, 1, 0.5)
    expect(sha256(k.reduceAverage([p], e4m3fn, { scale: 0.5 }).data)).toBe(sha256(p.data))
  })

  it('is free of order with one power-of-two scale, up to 73 parts of e4m3fn', () => {
    const all = parts(300, 73, 0.25)
    const expected = k.reduceAverage(all, e5m2)
    expect(k.reduceAverage(all.slice().reverse(), e5m2)).toEqual(expected)
    expect(k.reduceAverage([...all.slice(20), ...all.slice(0, 20)], e5m2)).toEqual(expected)
  })

  it('writes to out and leaves the parts alone', () => {
    const all = parts(5000, 3, 1)
    const before = all.map((p) => sha256(p.data))
    const out = new Uint8Array(6000)
    const p = k.reduceAverage(all, e4m3fn, { out })
    expect(p.data.buffer).toBe(out.buffer)
    expect(p.data.length).toBe(5000)
    expect(all.map((part) => sha256(part.data))).toEqual(before)
  })
})
