import { deflateSync, inflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { pngUri, readGrayPng } from '../../lib/png.mjs'

it('writes the pixels line by line, unfiltered', () => {
  const data = Uint8ClampedArray.from({ length: 24 }, (_, i) => i)
  const png = Buffer.from(pngUri({ width: 3, height: 2, data }).split(',')[1], 'base64')
  expect(png.subarray(1, 4).toString()).toBe('PNG')
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([3, 2])
  const at = png.indexOf('IDAT')
  const lines = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)))
  expect([...lines]).toEqual([0, ...data.subarray(0, 12), 0, ...data.subarray(12)])
})

describe('the reader', () => {
  /** A gray PNG of 3 × 2 whose second line has a filter. */
  const png = (filter, line, { bits = 8 } = {}) => {
    const chunk = (type, data) => {
      const head = Buffer.alloc(8)
      head.writeUInt32BE(data.length)
      head.write(type, 4, 'latin1')
      return Buffer.concat([head, data, Buffer.alloc(4)])
    }
    const header = Buffer.from([0, 0, 0, 3, 0, 0, 0, 2, bits, 0, 0, 0, 0])
    const lines = deflateSync(Buffer.from([0, 10, 20, 40, filter, ...line]))
    return Buffer.concat([Buffer.alloc(8), chunk('IHDR', header), chunk('IDAT', lines), chunk('IEND', Buffer.alloc(0))])
  }

  // 12 15 50 by every filter.
  it.each([
    [0, [12, 15, 50]],
    [1, [12, 3, 35]],
    [2, [2, 251, 10]],
    [3, [7, 255, 23]],
    [4, [2, 251, 10]],
  ])('undoes filter %i', (filter, line) => {
    expect([...readGrayPng(png(filter, line)).data]).toEqual([10, 20, 40, 12, 15, 50])
  })

  it('refuses other kinds of PNG', () => {
    expect(() => readGrayPng(png(0, [0, 0, 0], { bits: 16 }))).toThrow('8 bits of gray')
  })
})
