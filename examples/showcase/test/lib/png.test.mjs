import { inflateSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { pngUri } from '../../lib/png.mjs'

it('writes the pixels line by line, unfiltered', () => {
  const data = Uint8ClampedArray.from({ length: 24 }, (_, i) => i)
  const png = Buffer.from(pngUri({ width: 3, height: 2, data }).split(',')[1], 'base64')
  expect(png.subarray(1, 4).toString()).toBe('PNG')
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([3, 2])
  const at = png.indexOf('IDAT')
  const lines = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)))
  expect([...lines]).toEqual([0, ...data.subarray(0, 12), 0, ...data.subarray(12)])
})
