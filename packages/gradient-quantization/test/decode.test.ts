import { finite, formats, type GradientQuantizationKernel, ieee } from '@ukernels/gradient-quantization'
import { gradients } from '@ukernels/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends } from './backends.js'
import { bitsOf, sha256 } from './support.js'

const { e4m3fn, e5m2, e3m2fn, e2m1fn, e4m3fnuz } = formats

describe.each(backends)('decode: $label', ({ open }) => {
  let k: GradientQuantizationKernel
  beforeAll(async () => {
    k = await open()
  })
  afterAll(() => k.dispose())
  const X = gradients(65536, 1)

  it.each([...Object.values(formats), ieee(4, 1), finite(3, 0), finite(1, 0)])(
    'gives every value of $name',
    (format) => {
      const table = format.decodeTable()
      const data = Uint8Array.from({ length: table.length }, (_, code) => code)
      const p = { kind: 'element', format, n: data.length, scale: 1, packing: 'bytes', data } as const
      expect(bitsOf(k.decode(p))).toEqual(bitsOf(table))
    },
  )

  it('undoes the scale: f32(value · f32(1 / scale))', () => {
    for (const scale of [2 ** -9, 2 ** 30, 0.3, 3e38, 1e-30]) {
      const p = { ...k.encode(X, e4m3fn), scale }
      const inverse = Math.fround(1 / Math.fround(scale))
      const table = e4m3fn.decodeTable()
      const expected = Float32Array.from(p.data, (c) => table[c] * inverse)
      expect(bitsOf(k.decode(p).subarray(0, 100))).toEqual(bitsOf(expected.subarray(0, 100)))
      expect(sha256(k.decode(p))).toBe(sha256(expected))
    }
  })

  it('accumulates f32(weight · value) in f32', () => {
    for (const format of [e4m3fn, e5m2, e3m2fn, e2m1fn]) {
      const p = k.encode(X, format, { scale: 2 ** -3 })
      const values = k.decode(p)
      const base = gradients(65536, 8)
      const weight = Math.fround(0.1)
      const expected = base.map((v, i) => v + Math.fround(weight * values[i]))
      const out = base.slice()
      expect(k.decode(p, { out, accumulate: true, weight: 0.1 })).toBe(out)
      expect(sha256(out)).toBe(sha256(expected))
      const plain = base.slice()
      k.decode(p, { out: plain, accumulate: true })
      expect(sha256(plain)).toBe(sha256(base.map((v, i) => v + values[i])))
    }
  })

  it('writes to out, at any offset, and no further', () => {
    const p = k.encode(X.subarray(0, 101), e2m1fn)
    const memory = new Float32Array(200).fill(9)
    const out = memory.subarray(3)
    expect(k.decode(p, { out })).toBe(out)
    expect(bitsOf(out.subarray(0, 101))).toEqual(bitsOf(k.decode(p)))
    expect([...memory.subarray(0, 3), ...memory.subarray(104)].every((v) => v === 9)).toBe(true)
  })

  it('takes what structuredClone made of a packed object', () => {
    for (const p of [
      k.encode(X, e4m3fnuz, { scale: 'amax' }),
      k.encodeBlocks(X, 'mxfp4'),
      k.encodeBlocks(X, 'nvfp4'),
      k.luqEncode(X, { seed: 1, samples: 2 }),
      k.pruneEncode(X, 2, { seed: 1 }),
    ]) {
      const { format, ...rest } = p as { format?: unknown }
      const clone = structuredClone({ ...rest, format: typeof format === 'object' ? { ...format } : format })
      expect(sha256(k.decode(clone as typeof p))).toBe(sha256(k.decode(p)))
    }
  })
})
