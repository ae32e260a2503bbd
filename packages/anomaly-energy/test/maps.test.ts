import { NonFiniteError } from '@ukernels/runtime'
import { afterAll, describe, expect, it } from 'vitest'
import { backends } from './backends.js'
import { batchOf, bitsOf, expectClose, expectError, images } from './support.js'

describe.each(backends)('maps: $label', async ({ open }) => {
  const k = await open()
  afterAll(() => k.dispose())

  it('blur keeps constants, copies for σ = 0 and reaches over small images', () => {
    const flat = batchOf([2, 1, 3, 2], new Float32Array(12).fill(0.25))
    for (const v of k.gaussianBlur(flat, 4).data) expect(v).toBeCloseTo(0.25, 6)
    const x = images([1, 2, 5, 4], 1)
    expect(k.gaussianBlur(x, 0).data).toEqual(x.data)
    expect(k.gaussianBlur(x, 0).data).not.toBe(x.data)
    const one = batchOf([1, 1, 1, 1], [3])
    expectClose(k.gaussianBlur(one, 5).data, [3], 1e-6)
    expect(k.gaussianBlur(x, 2, { truncate: 3 }).data).not.toEqual(k.gaussianBlur(x, 2).data)
    expectError(() => k.gaussianBlur(x, -1), RangeError, 'RANGE', 'sigma')
    expectError(() => k.gaussianBlur(x, 1, { out: x.data }), RangeError, 'OVERLAP')
  })

  it('resizing to its own size keeps a map, and nearest pixels are those', () => {
    const x = images([2, 3, 6, 5], 2)
    expect(k.resizeBilinear(x, 6, 5).data).toEqual(x.data)
    expect([...k.resizeNearest(batchOf([1, 1, 1, 2], [1, 2]), 2, 4).data]).toEqual([1, 1, 2, 2, 1, 1, 2, 2])
    expect(k.resizeBilinear(x, 1, 1).data.length).toBe(6)
    expectError(() => k.resizeBilinear(x, 0, 4), RangeError, 'RANGE', 'h')
  })

  it('reduces channels', () => {
    const g = batchOf([1, 2, 1, 3], [3, -1, 0, -4, 1, -0])
    expect([...k.reduceChannels(g, 'l1').data]).toEqual([7, 2, 0])
    expectClose(k.reduceChannels(g, 'l2').data, [5, Math.SQRT2, 0], 1e-7)
    expect([...k.reduceChannels(g, 'max').data]).toEqual([4, 1, 0])
    expectError(() => k.reduceChannels(g, 'sum' as never), TypeError, 'TYPE', 'l1')
    const bad = batchOf([1, 1, 1, 2], [1, Number.NaN])
    expectError(() => k.reduceChannels(bad, 'l1'), NonFiniteError, 'NON_FINITE', 'g.data[1]')
  })

  it('colors from the first to the last of the palette', () => {
    const m = batchOf([1, 1, 1, 4], [0, 0.5, 1, 2])
    const gray = k.toRgba(m, { palette: 'gray', lo: 0, hi: 1 })
    expect([...gray]).toEqual([0, 0, 0, 255, 128, 128, 128, 255, 255, 255, 255, 255, 255, 255, 255, 255])
    const inferno = k.toRgba(m)
    expect([...inferno.subarray(0, 4)]).toEqual([0, 0, 0, 255])
    expect(inferno[12]).toBeGreaterThan(240)
    expect([...k.toRgba(batchOf([1, 1, 1, 2], [5, 5]), { palette: 'gray' })]).toEqual([0, 0, 0, 255, 0, 0, 0, 255])
    const out = new Uint8ClampedArray(20)
    expect(k.toRgba(m, { out }).buffer).toBe(out.buffer)
    expectError(() => k.toRgba(images([1, 2, 2, 2], 1)), RangeError, 'LENGTH', 'one channel')
    expectError(() => k.toRgba(m, { lo: 1, hi: 0 }), RangeError, 'RANGE', 'hi')
  })

  it('gives subnormals and zeros as they are', () => {
    const tiny = batchOf([1, 1, 1, 3], [1e-45, -0, 3e-39])
    expect(bitsOf(k.gaussianBlur(tiny, 0).data)).toEqual(bitsOf(tiny.data))
    expect(k.reduceChannels(tiny, 'l1').data[0]).toBe(Math.fround(1e-45))
  })
})
