/** What a block format consists of. */
import { type Format, formats } from './formats.js'
import type { BlockFormatName } from './packed.js'

/** Format of the elements. */
export const blockElements: Readonly<Record<BlockFormatName, Format>> = /* @__PURE__ */ Object.freeze({
  mxfp8e4m3: formats.e4m3fn,
  mxfp8e5m2: formats.e5m2,
  mxfp6e3m2: formats.e3m2fn,
  mxfp6e2m3: formats.e2m3fn,
  mxfp4: formats.e2m1fn,
  nvfp4: formats.e2m1fn,
})

/** Elements that share a scale. */
export const blockSize = (format: BlockFormatName): number => (format === 'nvfp4' ? 16 : 32)

/** Blocks of whole padded rows; n is a multiple of rowLength, which is 0 only when n is. */
export const blockCount = (format: BlockFormatName, n: number, rowLength: number): number =>
  rowLength === 0 ? 0 : (n / rowLength) * Math.ceil(rowLength / blockSize(format))
