import {
  type EncodeOptions,
  type Format,
  finite,
  formats,
  type GradientQuantizationKernel,
  ieee,
} from '@ukernels/gradient-quantization'
import { gradients, philoxWords } from '@ukernels/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends } from './backends.js'
import { encodeByDefinition } from './reference.js'
import { bitsOf, floats, hex, sha256 } from './support.js'

const { e4m3fn, e5m2, e4m3, e3m4, e4m3fnuz, e5m2fnuz, e4m3b11fnuz, e2m3fn, e3m2fn, e2m1fn, e8m0fnu } = formats
const signed = [
  ...[e4m3fn, e5m2, e4m3, e3m4, e4m3fnuz, e5m2fnuz, e4m3b11fnuz, e2m3fn, e3m2fn, e2m1fn],
  ...[ieee(4, 1), ieee(3, 2), ieee(5, 0), ieee(1, 6), finite(3, 0, 2), finite(3, 0), finite(1, 0), finite(7, 0)],
]
const X = gradients(65536, 1)

describe.each(backends)('encode: $label', ({ open }) => {
  let k: GradientQuantizationKernel
  beforeAll(async () => {
    k = await open()
  })
  afterAll(() => k.dispose())
  const codes = (x: Float32Array | Float64Array | Uint16Array, format: Format, options: EncodeOptions = {}) =>
    k.encode(x, format, { packing: 'bytes', nan: 'canonical', ...options }).data

  it('packs in stream order, low bits first', () => {
    const table = e3m2fn.decodeTable()
    expect(hex(k.encode(table.subarray(1, 5), e3m2fn).data)).toBe('813010')
    const five = finite(3, 1)
    expect(hex(k.encode(five.decodeTable().subarray(1, 9), five).data)).toBe('410c52cc41')
    expect(hex(k.encode(Float32Array.of(0.5, 1, 1.5), e2m1fn).data)).toBe('2103')
  })

  it.each(signed)('encodes values of $name as their own codes', (format) => {
    const table = format.decodeTable()
    const own = Uint8Array.from({ length: table.length }, (_, code) => code)
    const expected = own.map((code) => {
      if (!Number.isNaN(table[code])) return code
      return format.nanCode ?? 0
    })
    // The sign of a NaN is lost in the table.
    expect(codes(table, format, { overflow: 'non-saturating' })).toEqual(expected)
  })

  it.each(signed)('rounds to $name by definition: nearest even, to zero, ties away', (format) => {
    const values = [...format.decodeTable()].filter((v) => Number.isFinite(v))
    const between = values.flatMap((v) => [v * 1.25, v * 1.5, v * 1.75, v * 0.3, v * (1 + 2 ** -20)])
    const sorted = values.filter((v) => v > 0).sort((a, b) => a - b)
    const ties = sorted.flatMap((v, i) =>
      i > 0 ? [(v + sorted[i - 1]) / 2, -(v + sorted[i - 1]) / 2] : [v / 2, -v / 2],
    )
    const x = Float32Array.from([...values, ...between, ...ties, 3e38, -3e38, 1e-45, -1e-45, 0, -0])
    for (const rounding of ['rne', 'rtz', 'rna'] as const) {
      const expected = Uint8Array.from(x, (v) => encodeByDefinition(format, v, rounding))
      expect(codes(x, format, { rounding }), rounding).toEqual(expected)
    }
  })

  it('draws one of the two neighbours, the value itself where it is exact', () => {
    const x = X.subarray(0, 4096)
    for (const format of [e4m3fn, e2m1fn, finite(3, 0)]) {
      const down = codes(x, format, { rounding: 'rtz' })
      const table = format.decodeTable()
      const magnitude = (1 << (format.bits - 1)) - 1
      const inexact = (c: number, v: number) => Math.abs(table[c]) < Math.abs(v) && (c & magnitude) < format.maxCode
      const up = down.map((c, i) => (inexact(c, x[i]) ? c + 1 : c))
      const drawn = codes(x, format, { rounding: 'sr', seed: 99 })
      expect(drawn.every((c, i) => c === down[i] || c === up[i])).toBe(true)
    }
  })

  it('draws the normative words, by offset and stream', () => {
    const x = new Float32Array(1000).fill(1 + 2 ** -4)
    for (const [seed, stream, offset] of [
      [7, 0, 0],
      [123456789012345, 5, 1001],
      [2n ** 64n - 1n, 2 ** 32 - 1, 2 ** 53 - 1000],
    ] as const) {
      const words = philoxWords(1000, seed, { tag: 1, stream, offset })
      // Half a step above 1: up when the discarded fraction and the word carry.
      const expected = Uint8Array.from(words, (w) => (w >>> 31 === 1 ? 0x39 : 0x38))
      expect(codes(x, e4m3fn, { rounding: 'sr', seed, stream, offset })).toEqual(expected)
    }
  })

  it('gives the same codes however a tensor is cut', () => {
    const n = 300_007
    const x = gradients(n, 3)
    for (const format of [e4m3fn, e3m2fn, e2m1fn]) {
      const whole = codes(x, format, { rounding: 'sr', seed: 5 })
      for (const at of [1, 63, 65_536, 262_144, 299_999]) {
        const head = codes(x.subarray(0, at), format, { rounding: 'sr', seed: 5 })
        const tail = codes(x.subarray(at), format, { rounding: 'sr', seed: 5, offset: at })
        expect(sha256(head)).toBe(sha256(whole.subarray(0, at)))
        expect(sha256(tail)).toBe(sha256(whole.subarray(at)))
      }
    }
  })

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 63, 64, 65, 1000])('packs and unpacks %i codes of every width', (n) => {
    for (const format of [finite(1, 0), finite(1, 1), e2m1fn, finite(3, 1), e3m2fn, finite(3, 3), e4m3fn]) {
      const table = format.decodeTable()
      const x = Float32Array.from({ length: n }, (_, i) => table[(i * 37) % table.length]).map((v) =>
        Number.isNaN(v) ? 1 : v,
      )
      const p = k.encode(x, format)
      expect(p.data.length).toBe(Math.ceil((n * format.bits) / 8))
      expect(bitsOf(k.decode(p))).toEqual(bitsOf(x))
      if (p.data.length > 0) expect(p.data[p.data.length - 1] >> ((n * format.bits) % 8 || 8)).toBe(0)
    }
  })

  it('rounds f64 once', () => {
    const ns = { overflow: 'non-saturating' } as const
    expect(codes(Float64Array.of(464, 464 + 2 ** -30, -464 - 2 ** -30), e4m3fn, ns)).toEqual(
      Uint8Array.of(0x7e, 0x7f, 0xff),
    )
    expect(codes(Float64Array.of(2.5, 2.5 + 2 ** -50, 2.5 - 2 ** -50), e2m1fn)).toEqual(Uint8Array.of(4, 5, 4))
    expect(codes(Float64Array.of(1e300, -1e300, 5e-324, Infinity), e4m3fn, { overflow: 'saturate-finite' })).toEqual(
      Uint8Array.of(0x7e, 0xfe, 0, 0x7f),
    )
    // Finiteness is judged before scaling, the product is taken in f64.
    expect(codes(Float64Array.of(1e300, 2 ** -200), e5m2, { scale: 2 ** 100, overflow: 'saturate-finite' })).toEqual(
      Uint8Array.of(0x7b, 0),
    )
    expect(
      codes(Float32Array.of(1e38, -1e38, Infinity), e5m2, { scale: 2 ** 100, overflow: 'saturate-finite' }),
    ).toEqual(Uint8Array.of(0x7b, 0xfb, 0x7c))
    expect(codes(Float64Array.of(2 ** -160), e5m2, { scale: 2 ** 120 })).toEqual(codes(Float32Array.of(2 ** -40), e5m2))
  })

  it('widens f16 and bf16 exactly', () => {
    const half = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0x8000, 0x7c00, 0x3555)
    const wide = Float32Array.of(1, -2, 2 ** -24, 65504, -0, Infinity, 0.333251953125)
    expect(codes(half, e5m2, { inputDtype: 'f16' })).toEqual(codes(wide, e5m2))
    const brain = Uint16Array.of(0x3f80, 0xc000, 0x0001, 0x7f7f, 0x8000, 0xff80)
    const widened = floats(0x3f800000, 0xc0000000, 0x00010000, 0x7f7f0000, 0x80000000, 0xff800000)
    expect(codes(brain, e4m3fn, { inputDtype: 'bf16' })).toEqual(codes(widened, e4m3fn))
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i)
    const values = new Float32Array(Uint32Array.from(all, (b) => b << 16).buffer)
    expect(sha256(codes(all, e4m3fn, { inputDtype: 'bf16' }))).toBe(sha256(codes(values, e4m3fn)))
  })

  it('handles Inf and NaN as the options say', () => {
    const x = floats(0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000, 0x7f800001)
    const of = (format: Format, options: EncodeOptions) => hex(codes(x, format, options))
    expect(of(e4m3fn, { overflow: 'saturate' })).toBe('7efe7fff7f')
    expect(of(e4m3fn, { overflow: 'saturate-finite' })).toBe('7fff7fff7f')
    expect(of(e4m3fn, { overflow: 'non-saturating', nan: 'max' })).toBe('7fff7efe7e')
    expect(of(e5m2, { overflow: 'saturate' })).toBe('7bfb7efe7e')
    expect(of(e5m2, { overflow: 'saturate-finite' })).toBe('7cfc7efe7e')
    expect(of(e4m3fnuz, { overflow: 'saturate-finite' })).toBe('8080808080')
    expect(of(e4m3fnuz, { overflow: 'saturate', nan: 'max' })).toBe('7fff7fff7f')
    // No NaN: +NaN becomes the sign bit alone, −NaN zero.
    expect(of(e2m1fn, {})).toBe('070f080008')
    expect(of(e3m2fn, {})).toBe('1f3f200020')
    expect(of(ieee(4, 0), { overflow: 'non-saturating' })).toBe('0f1f100010')
  })

  it('overflows as the format has it', () => {
    const of = (format: Format, options: EncodeOptions, ...x: number[]) =>
      hex(codes(Float32Array.from(x), format, options))
    const ns = { overflow: 'non-saturating' } as const
    expect(of(e4m3fn, ns, 448, 464, 464 + 32 * 2 ** -20, -465)).toBe('7e7e7fff')
    expect(of(e4m3fn, {}, 464, 1e9, -1e9)).toBe('7e7efe')
    expect(of(e5m2, ns, 57344, 61440 * (1 - 2 ** -24), 61440)).toBe('7b7b7c')
    expect(of(e4m3, ns, 240, 248 - 2 ** -16, 248)).toBe('777778')
    expect(of(e4m3fnuz, ns, 240, 248, -248)).toBe('7f8080')
    expect(of(e2m1fn, ns, 0.25, 0.25 + 2 ** -25, 0.25 - 2 ** -26, 5, 5.5, 1e9)).toBe('000100060707')
    // Truncation and draws never overflow what truncates to the largest value.
    expect(of(e4m3fn, { ...ns, rounding: 'rtz' }, 479.9)).toBe('7e')
    const drawn = codes(new Float32Array(1000).fill(479.9), e4m3fn, { ...ns, rounding: 'sr', seed: 1 })
    expect(new Set(drawn)).toEqual(new Set([0x7e]))
  })

  it('has the E8M0 scale format, ties up, no sign', () => {
    const x = [0.75, 1.5, 3, 0.74, 2 ** -127, 2 ** -128, 2 ** -149, 1.1 * 2 ** -127, 3e38, 0, -1, Infinity, -Infinity]
    expect(hex(codes(Float32Array.from(x), e8m0fnu, { overflow: 'non-saturating' }))).toBe(
      '7f8081' + '7e' + '000000' + '01' + 'ffffffffff',
    )
    expect(hex(codes(Float32Array.from(x), e8m0fnu))).toBe('7f8081' + '7e' + '000000' + '01' + 'fe0000ffff')
  })

  it("imitates the released cast below 8 bits with compat: 'reference'", () => {
    const wide = ieee(3, 2, { compat: 'reference' })
    const decoded = (x: number) =>
      k.fakeQuantize(Float32Array.of(x), wide, { nan: 'canonical', overflow: 'non-saturating' })[0]
    expect([14, 15.5, 100, Infinity, -Infinity].map(decoded)).toEqual([14, 16, 16, 16, -16])
    expect(decoded(Number.NaN)).toBe(28)
    const top = ieee(4, 1, { compat: 'reference' })
    expect(k.fakeQuantize(Float32Array.of(1e9), top, { overflow: 'non-saturating' })[0]).toBe(256)
  })

  it('counts what saturates and what becomes zero', () => {
    const x = Float32Array.of(1, 500, -1e9, Infinity, 1e-9, -1e-9, 0, -0, 448, 464)
    const p = k.encode(x, e4m3fn, { count: true })
    expect([p.overflowed, p.underflowed]).toEqual([3, 2])
    expect(k.encode(x, e4m3fn)).not.toHaveProperty('overflowed')
    const big = k.encode(gradients(300_000, 9), e2m1fn, { count: true })
    const table = k.decode({ ...big })
    const g = gradients(300_000, 9)
    expect(big.underflowed).toBe(g.reduce((count, v, i) => count + Number(v !== 0 && table[i] === 0), 0))
  })

  it('scales by a number, the lognormal mean or the maximum', () => {
    const { sumL, count, amax } = k.stats(X)
    const lognormal = k.encode(X, e4m3fn, { scale: 'lognormal' })
    expect(lognormal.scale).toBe(2 ** -(Math.floor((Number(sumL) + 1024 * count) / (2048 * count)) + 3))
    expect(lognormal.data).toEqual(k.encode(X, e4m3fn, { scale: lognormal.scale }).data)
    expect(k.encode(X, e4m3fn, { scale: 'lognormal', headroom: -2 }).scale).toBe(lognormal.scale * 32)
    expect(k.encode(X, e4m3fn, { scale: 'lognormal', headroom: 1e6 }).scale).toBe(2 ** -126)
    const { scale } = k.encode(X, e4m3fn, { scale: 'amax' })
    expect(amax * scale <= 448 && amax * scale * 2 > 448).toBe(true)
    expect(k.encode(new Float32Array(5), e4m3fn, { scale: 'amax' }).scale).toBe(1)
    expect(k.encode(new Float32Array(5), e4m3fn, { scale: 'lognormal' }).scale).toBe(1)
    const odd = k.encode(X, e4m3fn, { scale: 0.3 })
    expect(odd.scale).toBe(Math.fround(0.3))
    expect(odd.data).toEqual(
      k.encode(
        X.map((v) => v * Math.fround(0.3)),
        e4m3fn,
      ).data,
    )
    const wide = Float64Array.from(X)
    expect(k.encode(wide, e4m3fn, { scale: 'lognormal' })).toEqual(lognormal)
    expect(k.encode(wide, e4m3fn, { scale: 'amax' }).scale).toBe(scale)
  })

  it('leaves the codes alone when the input is scaled by a power of two under a lognormal scale', () => {
    const base = k.encode(X, e5m2, { scale: 'lognormal' })
    for (const shift of [-40, -1, 7, 30]) {
      const p = k.encode(
        X.map((v) => v * 2 ** shift),
        e5m2,
        { scale: 'lognormal' },
      )
      expect(p.scale).toBe(base.scale * 2 ** -shift)
      expect(sha256(p.data)).toBe(sha256(base.data))
    }
  })

  it('writes to out, of any byteOffset and more than long enough', () => {
    const memory = new Uint8Array(70_000).fill(0xaa)
    const out = memory.subarray(3, 65_600)
    const p = k.encode(X, e2m1fn, { out })
    expect(p.data.buffer).toBe(memory.buffer)
    expect(p.data.length).toBe(32_768)
    expect(sha256(p.data)).toBe(sha256(k.encode(X, e2m1fn).data))
    expect(memory.subarray(0, 3)).toEqual(new Uint8Array(3).fill(0xaa))
    expect(memory[3 + 32_768]).toBe(0xaa)
    const exact = new Uint8Array(32_768)
    expect(k.encode(X, e2m1fn, { out: exact }).data).toBe(exact)
    const shifted = new Float32Array(new ArrayBuffer(4 * 70_000 + 4), 4, 65536)
    shifted.set(X)
    expect(sha256(k.encode(shifted, e2m1fn).data)).toBe(sha256(p.data))
  })

  it('fake-quantizes to what encode and decode give, in place too', () => {
    for (const options of [{}, { rounding: 'sr', seed: 3 }, { scale: 'lognormal' }, { scale: 0.7 }] as const) {
      for (const format of [e4m3fn, e5m2, e2m1fn, ieee(4, 1)]) {
        const expected = sha256(k.decode(k.encode(X, format, options)))
        expect(sha256(k.fakeQuantize(X, format, options))).toBe(expected)
        const y = X.slice()
        expect(k.fakeQuantize(y, format, { ...options, out: y })).toBe(y)
        expect(sha256(y)).toBe(expected)
        expect(sha256(k.fakeQuantize(Float64Array.from(X), format, options))).toBe(
          sha256(k.decode(k.encode(Float64Array.from(X), format, options))),
        )
      }
    }
  })
})
