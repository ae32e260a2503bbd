import { crc32, deflateSync } from 'node:zlib'

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
