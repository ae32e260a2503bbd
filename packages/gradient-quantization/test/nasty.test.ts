/** The nasty inputs of the design, row by row; argument errors are in errors.test.ts. */
import {
  type AnyPacked,
  formats,
  fromBytes,
  type GradientQuantizationKernel,
  toBytes,
} from '@ukernels/gradient-quantization'
import { gradients } from '@ukernels/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends } from './backends.js'
import { bitsOf, floats, hex, sha256, sharedBuffer } from './support.js'

const { e4m3fn, e5m2, e2m1fn, e4m3fnuz } = formats
const seed = 1

describe.each(backends)('nasty inputs: $label', ({ open }) => {
  let k: GradientQuantizationKernel
  beforeAll(async () => {
    k = await open()
  })
  afterAll(() => k.dispose())

  const everything = (x: Float32Array): AnyPacked[] => [
    k.encode(x, e4m3fn),
    k.encode(x, e2m1fn, { scale: 'lognormal' }),
    k.encode(x, e5m2, { scale: 'amax', rounding: 'sr', seed }),
    k.encodeBlocks(x, 'mxfp6e3m2'),
    k.encodeBlocks(x, 'nvfp4'),
    k.luqEncode(x, { seed, samples: 2 }),
    k.luqEncode(x, { seed, levels: 8 }),
    k.pruneEncode(x, 1, { seed }),
  ]

  it.each([0, 1, 2, 3, 4, 5, 7, 15, 16, 17, 31, 32, 33, 63, 64, 65])('%i elements', (n) => {
    const x = gradients(n, 3)
    for (const p of everything(x)) {
      expect(p.n).toBe(n)
      const values = k.decode(p)
      expect(values.length).toBe(n)
      expect(bitsOf(k.decode(fromBytes(toBytes(p))))).toEqual(bitsOf(values))
    }
    expect(k.fakeQuantize(x, e4m3fn).length).toBe(n)
    expect(k.prune(x, 1, { seed }).data.length).toBe(n)
    expect(k.stats(x).n).toBe(n)
    expect(k.createErrorFeedback(n).step(x, e4m3fn).n).toBe(n)
    expect(k.reduceAverage([k.encode(x, e4m3fn)], e4m3fn).n).toBe(n)
  })

  it('all zeros, all equal, one non-zero', () => {
    const zeros = new Float32Array(100)
    expect(k.stats(zeros)).toMatchObject({ degenerate: true, count: 0, zeros: 100 })
    for (const p of everything(zeros)) expect(k.decode(p).every((v) => Object.is(v, 0))).toBe(true)
    expect(k.encode(zeros, e4m3fn, { scale: 'lognormal' }).scale).toBe(1)
    expect(k.encode(zeros, e4m3fn, { scale: 'amax' }).scale).toBe(1)
    expect(k.luqEncode(zeros, { seed }).alpha).toBe(0)
    const equal = new Float32Array(100).fill(-0.75)
    expect(k.stats(equal)).toMatchObject({ degenerate: false, count: 100, sigmaLog2: 0 })
    for (const p of everything(equal)) expect(k.decode(p).every((v) => Number.isFinite(v))).toBe(true)
    const one = new Float32Array(100)
    one[57] = 3
    expect(k.stats(one)).toMatchObject({ degenerate: false, count: 1, sigmaLog2: 0 })
    expect(k.decode(k.encode(one, e4m3fn, { scale: 'amax' }))[57]).toBe(3)
  })

  it('subnormals, both zeros, exactly', () => {
    const x = floats(0, 0x80000000, 1, 0x80000001, 0x007fffff, 0x807fffff)
    expect(hex(k.encode(x, e4m3fn).data)).toBe('008000800080')
    expect(hex(k.encode(x, e4m3fnuz).data)).toBe('000000000000')
    expect(bitsOf(k.decode(k.encode(x, e4m3fn))).slice(0, 2)).toEqual([0, 0x80000000])
    // Scaled into range, subnormals keep every bit that the format has.
    const scaled = k.encode(x, e4m3fn, { scale: 2 ** 120 })
    expect(scaled.data).toEqual(
      k.encode(
        Float32Array.from(x, (v) => v * 2 ** 120),
        e4m3fn,
      ).data,
    )
    const up = k.encode(floats(1, 0x80000001), e4m3fn, { rounding: 'sr', seed, scale: 2 ** 127 })
    expect(k.decode(up).every(Number.isFinite)).toBe(true)
    expect(k.stats(x)).toMatchObject({ count: 4, zeros: 2, aminNonzero: 2 ** -149 })
    expect(bitsOf(k.decode(k.encode(floats(0x3f800000), e4m3fn, { scale: 2 ** 127 })))).toEqual([
      bitsOf(Float32Array.of(448 * 2 ** -127))[0],
    ])
  })

  it('SharedArrayBuffer views, of any offset, as inputs and outputs', async () => {
    const plain = gradients(70_000, 5)
    const shared = new Float32Array(sharedBuffer(4 * 70_003), 12, 70_000)
    shared.set(plain)
    const out = new Uint8Array(sharedBuffer(70_001), 1)
    expect(sha256(k.encode(shared, e4m3fn, { out }).data)).toBe(sha256(k.encode(plain, e4m3fn).data))
    expect(sha256((await k.encodeAsync(shared, e4m3fn, { out })).data)).toBe(sha256(k.encode(plain, e4m3fn).data))
    expect(k.stats(shared)).toEqual(k.stats(plain))
    expect(sha256(k.prune(shared, 2, { seed, out: shared }).data)).toBe(sha256(k.prune(plain, 2, { seed }).data))
    const wide = new Float64Array(sharedBuffer(8 * 100), 0, 100)
    wide.set(plain.subarray(0, 100))
    expect(k.encode(wide, e4m3fn)).toEqual(k.encode(plain.subarray(0, 100), e4m3fn))
  })

  it('resizable buffers', async () => {
    const Resizable = ArrayBuffer as unknown as new (n: number, o: { maxByteLength: number }) => ArrayBuffer
    const buffer = new Resizable(400, { maxByteLength: 4000 })
    const x = new Float32Array(buffer)
    x.fill(1.5)
    const pending = k.encodeAsync(x, e4m3fn)
    ;(buffer as unknown as { resize(n: number): void }).resize(40)
    expect((await pending).n).toBe(100)
    expect(k.encode(x, e4m3fn).n).toBe(10)
  })

  it('views at odd byte offsets of codes', () => {
    const x = gradients(1000, 6)
    for (const p of everything(x)) {
      const moved = { ...p } as Record<string, unknown>
      for (const [key, value] of Object.entries(p)) {
        if (!(value instanceof Uint8Array)) continue
        const memory = new Uint8Array(value.length + 7)
        memory.set(value, 5)
        moved[key] = memory.subarray(5, 5 + value.length)
      }
      expect(sha256(k.decode(moved as unknown as AnyPacked))).toBe(sha256(k.decode(p)))
    }
  })
})
