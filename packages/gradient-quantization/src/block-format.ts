/** What a block format consists of, and which shapes fit it. */
import { integer, lengthError, numberOf, typeError } from '@ukernels/runtime'
import { type Format, formats } from './formats.js'
import type { BlockFormatName, BlockPacked } from './packed.js'

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

/** Every block format. */
const blockFormatNames = /* @__PURE__ */ Object.keys(blockElements)

export function checkBlockFormat(name: string, format: BlockFormatName): void {
  numberOf(name, format, blockFormatNames)
}

/** Blocks of whole padded rows; n is a multiple of rowLength, which is 0 only when n is. */
export const blockCount = (format: BlockFormatName, n: number, rowLength: number): number =>
  rowLength === 0 ? 0 : (n / rowLength) * Math.ceil(rowLength / blockSize(format))

/** Longest row that the low-level functions and the wire can name. */
export const MAX_ROW = 2 ** 32 - 1

/** Checks the format and the rows of a packed object; returns the number of its blocks. */
export function blocksOf(p: BlockPacked): number {
  const { kind, format, n } = p
  checkBlockFormat('p.format', format)
  if ((kind === 'nvfp4') !== (format === 'nvfp4')) {
    throw typeError(`p.format must be a format of kind '${kind}', got '${format}'`)
  }
  const rowLength = integer('p.rowLength', p.rowLength, 0, MAX_ROW)
  if (n > 0 && n % rowLength !== 0) throw lengthError(`p.n must be a multiple of p.rowLength ${rowLength}, got ${n}`)
  return blockCount(format, n, rowLength)
}
