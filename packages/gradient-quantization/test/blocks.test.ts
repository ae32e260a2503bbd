import { type BlockFormatName, formats, type GradientQuantizationKernel } from '@ukernels/gradient-quantization'
import { gradients } from '@ukernels/test-kit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backends } from './backends.js'
import { bitsOf, floats, hex, sha256 } from './support.js'

const X = gradients(65536, 1)
const mxNames = ['mxfp8e4m3', 'mxfp8e5m2', 'mxfp6e3m2', 'mxfp6e2m3', 'mxfp4'] as const
const names: readonly BlockFormatName[] = [...mxNames, 'nvfp4']
const modes = ['rceil', 'floor', 'ceil', 'even'] as const

describe.each(backends)('blocks: $label', ({ open }) => {
  let k: GradientQuantizationKernel
  beforeAll(async () => {
    k = await open()
  })
  afterAll(() => k.dispose())

  it('chooses the scales by hand', () => {
    const ramp = Float32Array.from({ length: 32 }, (_, i) => i / 2)
    const scales = modes.map((scaleMode) => k.encodeBlocks(ramp, 'mxfp4', { scaleMode }).scales[0])
    expect(scales).toEqual([129, 128, 129, 129])
    const tops = modes.map((scaleMode) => k.decode(k.encodeBlocks(ramp, 'mxfp4', { scaleMode }))[31])
    expect(tops).toEqual([16, 12, 16, 16])
    const less = new Float32Array(32).fill(1)
    less[5] = -12.5
    expect(modes.map((scaleMode) => k.encodeBlocks(less, 'mxfp4', { scaleMode }).scales[0])).toEqual([
      129, 128, 129, 128,
    ])
  })

  it.each(names)('decodes %s to element times scale', (format) => {
    const p = k.encodeBlocks(X, format)
    const values = k.decode(p)
    const bits = { mxfp8e4m3: 8, mxfp8e5m2: 8, mxfp6e3m2: 6, mxfp6e2m3: 6, mxfp4: 4, nvfp4: 4 }[format]
    const size = format === 'nvfp4' ? 16 : 32
    expect(p.data.length).toBe((65536 * bits) / 8)
    expect(p.scales.length).toBe(65536 / size)
    // The error of an element is at most half a step of the element format in the scaled block.
    const worst = X.reduce((most, x, i) => Math.max(most, Math.abs(values[i] - x)), 0)
    const amax = X.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
    expect(worst).toBeLessThan(amax / 4)
    const out = new Float32Array(65536).fill(1)
    k.decode(p, { out, accumulate: true, weight: 0.5 })
    expect(sha256(out)).toBe(sha256(values.map((v) => 1 + Math.fround(v / 2))))
    expect(sha256(k.encodeBlocks(values, format).data)).toBe(sha256(k.encodeBlocks(values, format).data))
  })

  it.each(names)('pads rows of %s, which stay apart', (format) => {
    for (const [rows, rowLength] of [
      [3, 1],
      [5, 33],
      [7, 31],
      [4, 130],
      [1000, 97],
    ]) {
      const x = gradients(rows * rowLength, rows)
      const whole = k.encodeBlocks(x, format, { rowLength, rounding: 'sr', seed: 4 })
      const size = format === 'nvfp4' ? 16 : 32
      const blocks = rows * Math.ceil(rowLength / size)
      expect([whole.n, whole.rowLength, whole.scales.length]).toEqual([rows * rowLength, rowLength, blocks])
      expect(k.decode(whole).length).toBe(rows * rowLength)
      if (whole.kind === 'nvfp4') continue
      // The encoding of a concatenation of rows is the concatenation of their encodings.
      const parts = Array.from({ length: rows }, (_, row) =>
        k.encodeBlocks(x.subarray(row * rowLength, (row + 1) * rowLength), format, {
          rounding: 'sr',
          seed: 4,
          offset: row * rowLength,
        }),
      )
      expect(hex(whole.data)).toBe(parts.map((p) => hex(p.data)).join(''))
      expect(hex(whole.scales)).toBe(parts.map((p) => hex(p.scales)).join(''))
    }
  })

  it('pads with zeros: what the padded rows give', () => {
    const [rows, rowLength] = [40, 45]
    const x = gradients(rows * rowLength, 6)
    for (const format of names) {
      const size = format === 'nvfp4' ? 16 : 32
      const wide = Math.ceil(rowLength / size) * size
      const padded = new Float32Array(rows * wide)
      for (let row = 0; row < rows; row++) padded.set(x.subarray(row * rowLength, (row + 1) * rowLength), row * wide)
      const a = k.encodeBlocks(x, format, { rowLength })
      const b = k.encodeBlocks(padded, format, { rowLength: wide })
      expect([hex(a.data), hex(a.scales)]).toEqual([hex(b.data), hex(b.scales)])
      const values = k.decode(b)
      expect(bitsOf(k.decode(a).subarray(rowLength, 2 * rowLength))).toEqual(
        bitsOf(values.subarray(wide, wide + rowLength)),
      )
    }
  })

  it('gives the same however many blocks there are', () => {
    const x = gradients(3 * 65536 + 19, 12)
    for (const format of names) {
      const p = k.encodeBlocks(x, format, { rounding: 'sr', seed: 11, offset: 2 ** 40 })
      if (p.kind === 'mx') {
        const tail = k.encodeBlocks(x.subarray(131072), format, { rounding: 'sr', seed: 11, offset: 2 ** 40 + 131072 })
        expect(sha256(p.scales.subarray(4096))).toBe(sha256(tail.scales))
      }
      expect(sha256(k.decode(p))).toBe(sha256(k.decode({ ...p })))
    }
  })

  it('poisons the block of a NaN or infinity, and no other', () => {
    for (const bad of [0x7fc00000, 0x7f800000, 0xff800000]) {
      const x = gradients(96, 2)
      const clean = x.slice()
      x[40] = floats(bad)[0]
      clean.fill(0, 32, 64)
      for (const format of mxNames) {
        const p = k.encodeBlocks(x, format, { nonFinite: 'poison' })
        const q = k.encodeBlocks(clean, format)
        const bytes = q.data.length / 3
        expect([p.scales[0], p.scales[1], p.scales[2]]).toEqual([q.scales[0], 0xff, q.scales[2]])
        expect(hex(p.data)).toBe(hex(q.data))
        expect(bytes % 1).toBe(0)
        expect([...k.decode(p)].map(Number.isNaN)).toEqual(Array.from(x, (_, i) => i >= 32 && i < 64))
        expect(bitsOf(k.decode(p).subarray(32, 33))).toEqual([0x7fc00000])
      }
      const p = k.encodeBlocks(x, 'nvfp4', { nonFinite: 'poison' })
      expect(p.scales[2]).toBe(0x7f)
      expect(hex(p.data.subarray(16, 24))).toBe('0000000000000000')
      const amax = x.reduce((most, v) => (Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most), 0)
      expect(p.kind === 'nvfp4' && p.tensorScale).toBe(Math.fround(amax / 2688))
      expect([...k.decode(p)].map(Number.isNaN)).toEqual(Array.from(x, (_, i) => i >= 32 && i < 48))
    }
  })

  it('takes subnormal blocks, blocks near the largest f32, and zeros', () => {
    const tiny = new Float32Array(32).fill(2 ** -140)
    for (const format of mxNames) {
      expect(k.encodeBlocks(tiny, format).scales[0]).toBe(0)
      expect(k.encodeBlocks(new Float32Array(32), format)).toMatchObject({ scales: Uint8Array.of(0) })
    }
    const huge = new Float32Array(32)
    huge[0] = 3e38
    const p = k.encodeBlocks(huge, 'mxfp4')
    // The element is rounded up to 4, code 6, and 4 · 2^126 is beyond f32: documented.
    expect([p.scales[0], p.data[0], k.decode(p)[0]]).toEqual([253, 6, Infinity])
    const zeros = k.encodeBlocks(new Float32Array(48), 'nvfp4')
    expect(zeros).toMatchObject({ tensorScale: 2 ** -126, scales: new Uint8Array(3).fill(8), data: new Uint8Array(24) })
    const small = k.encodeBlocks(new Float32Array(16).fill(2 ** -149), 'nvfp4')
    expect(small.kind === 'nvfp4' && small.tensorScale).toBe(2 ** -126)
    expect([...k.decode(small)].every(Number.isFinite)).toBe(true)
  })

  it('follows the order of operations of NVFP4', () => {
    const f = Math.fround
    const p = k.encodeBlocks(X.subarray(0, 1600), 'nvfp4')
    const amax = X.subarray(0, 1600).reduce((most, v) => Math.max(most, Math.abs(v)), 0)
    const tensorScale = f(amax / 2688)
    expect(p.kind === 'nvfp4' && p.tensorScale).toBe(tensorScale)
    const scaleOf = (block: number) => {
      const blockAmax = X.subarray(16 * block, 16 * block + 16).reduce((most, v) => Math.max(most, Math.abs(v)), 0)
      const b = f(f(blockAmax / 6) / tensorScale)
      return Math.min(448, Math.max(2 ** -6, b))
    }
    const wanted = Float32Array.from({ length: 100 }, (_, block) => scaleOf(block))
    expect(hex(p.scales)).toBe(hex(k.encode(wanted, formats.e4m3fn).data))
    const table = formats.e4m3fn.decodeTable()
    const scaled = Float32Array.from(X.subarray(0, 1600), (x, i) => {
      const r = f(f(1 / tensorScale) / table[p.scales[i >> 4]])
      return Math.min(6, Math.max(-6, f(x * r)))
    })
    expect(hex(p.data)).toBe(hex(k.encode(scaled, formats.e2m1fn).data))
  })

  it('takes f64, f16 and bf16, writes to out, and accepts nothing at all', () => {
    for (const format of names) {
      const p = k.encodeBlocks(X, format)
      expect(k.encodeBlocks(Float64Array.from(X), format)).toEqual(p)
      const out = { data: new Uint8Array(p.data.length + 5), scales: new Uint8Array(p.scales.length) }
      const q = k.encodeBlocks(X, format, { out })
      expect(q.scales).toBe(out.scales)
      expect(q.data.buffer).toBe(out.data.buffer)
      expect(sha256(q.data)).toBe(sha256(p.data))
      expect(k.encodeBlocks(new Float32Array(0), format)).toMatchObject({ n: 0, rowLength: 0, data: new Uint8Array(0) })
      expect(k.decode(k.encodeBlocks(new Float32Array(0), format)).length).toBe(0)
      const half = Uint16Array.from({ length: 64 }, (_, i) => 0x3c00 + 37 * i)
      const wide = Float32Array.from(half, (h) => (1 + (h & 0x3ff) / 1024) * 2 ** ((h >> 10) - 15))
      expect(k.encodeBlocks(half, format, { inputDtype: 'f16' })).toEqual(k.encodeBlocks(wide, format))
    }
  })
})
