import { type Format, finite, formats, type GradientQuantizationKernel, ieee } from '@ukernels/gradient-quantization'
import { gradients, philoxWords } from '@ukernels/test-kit'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kinds } from './backends.js'
import { drawByDefinition, encodeByDefinition } from './reference.js'
import { bitsOf, sha256 } from './support.js'

const { e4m3fn, e5m2, e4m3fnuz, e3m2fn, e2m3fn, e2m1fn } = formats
const some = [e4m3fn, e5m2, e4m3fnuz, e3m2fn, e2m3fn, e2m1fn, ieee(4, 1), finite(3, 0), finite(3, 0, 2), ieee(1, 2)]
const anyFormat = fc.constantFrom(...some)
/** Any finite f32, most of them where the formats have their values. */
const anyFloat = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ noNaN: true, min: -600, max: 600 }),
  fc.float({ noNaN: true, min: -1, max: 1 }),
)
const anyFloats = fc.array(anyFloat, { minLength: 1, maxLength: 150 }).map((values) => Float32Array.from(values))
const magnitude = (format: Format, code: number) => code & ((1 << (format.bits - 1)) - 1)

describe.each(kinds)('properties: $label', ({ open }) => {
  let k: GradientQuantizationKernel
  beforeAll(async () => {
    k = await open()
  })
  afterAll(() => k.dispose())
  const codes = (x: Float32Array, format: Format, options = {}) =>
    k.encode(x, format, { packing: 'bytes', ...options }).data

  it('rounds by definition', () => {
    fc.assert(
      fc.property(anyFloats, anyFormat, fc.constantFrom('rne', 'rtz', 'rna'), (x, format, rounding) => {
        expect([...codes(x, format, { rounding })]).toEqual(
          Array.from(x, (v) => encodeByDefinition(format, v, rounding)),
        )
      }),
      { numRuns: 300 },
    )
  })

  it('is monotone and symmetric, and within half a step', () => {
    fc.assert(
      fc.property(anyFloats, anyFormat, (x, format) => {
        const sorted = x.slice().sort()
        const values = k.fakeQuantize(sorted, format)
        for (let i = 1; i < values.length; i++) expect(values[i]).toBeGreaterThanOrEqual(values[i - 1])
        const mirrored = k.fakeQuantize(
          sorted.map((v) => -v),
          format,
        )
        expect(bitsOf(mirrored.map((v) => -v)).map((b) => b & 0x7fffffff)).toEqual(
          bitsOf(values).map((b) => b & 0x7fffffff),
        )
        for (const [i, v] of sorted.entries()) {
          if (Math.abs(v) > format.max) continue
          const step = Math.max(
            format.minSubnormal,
            2 ** (Math.floor(Math.log2(Math.abs(v) || 1e-40)) - format.manBits),
          )
          expect(Math.abs(values[i] - v)).toBeLessThanOrEqual(step / 2)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('decodes and encodes again to the same codes', () => {
    fc.assert(
      fc.property(anyFloats, anyFormat, fc.integer({ min: -20, max: 20 }), (x, format, exponent) => {
        const scale = 2 ** exponent
        const p = k.encode(x, format, { scale })
        expect(k.encode(k.decode(p), format, { scale }).data).toEqual(p.data)
      }),
      { numRuns: 200 },
    )
  })

  it('draws as defined, in every format and range', () => {
    const x = gradients(20_000, 17).map((v, i) => v * 2 ** ((i % 40) - 20))
    for (const [i, format] of some.entries()) {
      const words = philoxWords(x.length, 1000 + i, { tag: 1, stream: i, offset: 12_345 })
      const drawn = codes(x, format, { rounding: 'sr', seed: 1000 + i, stream: i, offset: 12_345 })
      const expected = Array.from(x, (v, j) => drawByDefinition(format, v, words[j]))
      expect(Array.from(drawn, (c) => magnitude(format, c))).toEqual(expected)
    }
  })

  it('does not depend on the cut', () => {
    fc.assert(
      fc.property(anyFloats, anyFormat, fc.nat(149), (x, format, at) => {
        const cut = Math.min(at, x.length)
        const options = { rounding: 'sr', seed: 3, packing: 'bytes' } as const
        const whole = k.encode(x, format, options).data
        const head = k.encode(x.subarray(0, cut), format, options).data
        const tail = k.encode(x.subarray(cut), format, { ...options, offset: cut }).data
        expect([...head, ...tail]).toEqual([...whole])
      }),
      { numRuns: 100 },
    )
  })

  it('keeps statistics under permutation, and adds them', () => {
    fc.assert(
      fc.property(anyFloats, fc.infiniteStream(fc.nat()), (x, random) => {
        const shuffled = Float32Array.from(
          [...x].map((v) => [random.next().value, v]).sort((a, b) => a[0] - b[0]),
          (pair) => pair[1],
        )
        expect(k.stats(shuffled)).toEqual(k.stats(x))
        expect(sha256(k.logHistogram(shuffled))).toBe(sha256(k.logHistogram(x)))
      }),
      { numRuns: 100 },
    )
  })
})

it('the mean over all words is the value itself, to the last bit', () => {
  // Each x lies a multiple of 2^-20 of a step above a value, so that only the top 20 bits of the word can matter.
  for (const [format, value, step] of [
    [e4m3fn, 1.25, 2 ** -3],
    [finite(3, 0), 2, 2],
    [e2m1fn, 0, 0.5],
  ] as const) {
    const table = format.decodeTable()
    const x = value + step * 2 ** -20 * 416_213
    let total = 0
    for (let w = 0; w < 2 ** 20; w++) total += table[drawByDefinition(format, x, w * 2 ** 12 + (w & 0xfff))]
    expect(total / 2 ** 20).toBe(x)
  }
})

it('word 0 rounds toward zero, all ones away from it', () => {
  for (const format of some) {
    const list = format.decodeTable()
    for (let code = 0; code + 1 <= format.maxCode; code++) {
      const x = Math.fround(list[code] + (list[code + 1] - list[code]) * 0.3)
      expect(drawByDefinition(format, x, 0)).toBe(code)
      expect(drawByDefinition(format, x, 0xffffffff)).toBe(code + 1)
      expect(drawByDefinition(format, list[code], 0xffffffff)).toBe(code)
    }
  }
})
