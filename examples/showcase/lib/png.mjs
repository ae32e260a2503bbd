import { crc32, deflateSync, inflateSync } from 'node:zlib'

/**
 * A PNG of RGBA pixels as a data URI.
 *
 * @param {{ width: number, height: number, data: Uint8ClampedArray }} pixels
 */
export function pngUri({ width, height, data }) {
  const header = new DataView(new ArrayBuffer(13))
  header.setUint32(0, width)
  header.setUint32(4, height)
  header.setUint8(8, 8) // bits per channel
  header.setUint8(9, 6) // RGBA
  const lines = new Uint8Array(height * (1 + 4 * width)) // each line starts with its filter, 0
  for (let y = 0; y < height; y++) {
    lines.set(data.subarray(4 * width * y, 4 * width * (y + 1)), y * (1 + 4 * width) + 1)
  }
  const png = Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', Buffer.from(header.buffer)),
    chunk('IDAT', deflateSync(lines, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
  return `data:image/png;base64,${png.toString('base64')}`
}

/** @param {string} type @param {Buffer} data */
function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(data.length, 0)
  framed.set(body, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}

/**
 * The pixels of a PNG with 8 bits of gray, not interlaced.
 *
 * @param {Buffer} png
 * @returns {{ width: number, height: number, data: Uint8Array }}
 */
export function readGrayPng(png) {
  const parts = []
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)]
  const [bits, color, , , interlaced] = png.subarray(24, 29)
  if (bits !== 8 || color !== 0 || interlaced !== 0) throw new Error('not a PNG with 8 bits of gray, line by line')
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
      parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)))
  }
  const lines = inflateSync(Buffer.concat(parts))
  const data = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    const from = y * (width + 1)
    for (let x = 0; x < width; x++) {
      const at = y * width + x
      const left = x ? data[at - 1] : 0
      const up = y ? data[at - width] : 0
      const corner = x && y ? data[at - width - 1] : 0
      data[at] = lines[from + 1 + x] + predicted(lines[from], left, up, corner)
    }
  }
  return { width, height, data }
}

/** What a line's filter adds to a byte. @param {number} filter @param {number} left @param {number} up @param {number} corner */
function predicted(filter, left, up, corner) {
  if (filter === 4) {
    const [a, b, c] = [left, up, corner].map((v) => Math.abs(left + up - corner - v))
    return a <= b && a <= c ? left : b <= c ? up : corner
  }
  return [0, left, up, (left + up) >> 1][filter]
}
