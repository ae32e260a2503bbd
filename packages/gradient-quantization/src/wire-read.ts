/** Bytes to packed objects. Nothing is allocated before every length and the checksum have been checked. */

import { checkArray, crc32 } from '@ukernels/runtime'
import { blockCount, blockElements, blockSize } from './block-format.js'
import { defineFormat, type Format, formats } from './formats.js'
import { specials } from './narrow-format.js'
import { packings, scaleModes } from './options.js'
import type { AnyPacked, BlockFormatName, BlockPacked, LuqPacked, MxFormatName, Packed, PrunePacked } from './packed.js'
import {
  type BadByte,
  badClasses,
  badElement,
  badLuq,
  badNvfp4Scale,
  badSurvivor,
  bytesOf,
  luqBits,
} from './wire-check.js'
import { AT, corrupt, HEADER_BYTES, type Header, KINDS, readHeader } from './wire-header.js'

/** Which fields each kind uses, apart from n, dataBytes and auxBytes; the others must be 0. */
const USED: Record<number, readonly (keyof Header & keyof typeof AT)[]> = {
  [KINDS.element]: ['packing', 'expBits', 'manBits', 'special', 'bias', 'scale'],
  [KINDS.mx]: ['expBits', 'manBits', 'special', 'scaleMode', 'bias', 'rowLength'],
  [KINDS.luq]: ['packing', 'scale', 'levels', 'samples'],
  [KINDS.prune]: ['scale'],
  [KINDS.nvfp4]: ['scale', 'rowLength'],
}
const CHECKED = [
  'packing',
  'expBits',
  'manBits',
  'special',
  'scaleMode',
  'bias',
  'scale',
  'rowLength',
  'levels',
  'samples',
] as const
const NO_CHECKSUM = /* @__PURE__ */ new Uint8Array(4)

/**
 * The packed object in some bytes made by `toBytes`. Its code bytes are views on `bytes` (no copy), f32 survivors are
 * copied. Everything is checked first: lengths, checksum, and that every code is one. Exact class.
 *
 * @param bytes exactly one object; any byteOffset, shared memory too
 * @throws TypeError `ERR_UKERNELS_TYPE` for anything but a Uint8Array; FormatError `ERR_UKERNELS_VERSION` for another
 *   version, `ERR_UKERNELS_CORRUPT` for bytes that are truncated, too many, or not what they should be, with `offset`
 */
export function fromBytes(bytes: Uint8Array): AnyPacked {
  checkArray('bytes', bytes, 'Uint8Array')
  const header = readHeader(bytes)
  checkFields(header)
  const read = READERS[header.kind](header)
  const crc = crc32(bytes.subarray(HEADER_BYTES), crc32(NO_CHECKSUM, crc32(bytes.subarray(0, AT.crc))))
  if (crc !== header.crc)
    throw corrupt(`the CRC-32 must be ${header.crc.toString(16)}, got ${crc.toString(16)}`, AT.crc)
  const part = (begin: number, length: number) => new Uint8Array(bytes.buffer, bytes.byteOffset + begin, length)
  return read(part(HEADER_BYTES, header.dataBytes), part(HEADER_BYTES + header.dataBytes, header.auxBytes))
}

/** Makes the object of parts whose lengths were checked. */
type Maker = (data: Uint8Array, aux: Uint8Array) => AnyPacked

const READERS: Record<number, (header: Header) => Maker> = {
  [KINDS.element]: readElement,
  [KINDS.mx]: readMx,
  [KINDS.luq]: readLuq,
  [KINDS.prune]: readPrune,
  [KINDS.nvfp4]: readNvfp4,
}

function checkFields(header: Header): void {
  const used = USED[header.kind]
  if (used === undefined) throw corrupt(`kind must be 1 to 5, got ${header.kind}`, AT.kind)
  for (const field of CHECKED) {
    if (used.includes(field) || Object.is(header[field], 0)) continue
    throw corrupt(`${field} must be 0 for kind ${header.kind}, got ${header[field]}`, AT[field])
  }
}

function nameOf<T extends string>(header: Header, field: 'packing' | 'special' | 'scaleMode', names: readonly T[]): T {
  const name = names[header[field]]
  if (name === undefined) throw corrupt(`${field} must be at most ${names.length - 1}, got ${header[field]}`, AT[field])
  return name
}

function checkF32({ scale }: Header, positive: boolean): void {
  const fits = Math.fround(scale) === scale && scale < Infinity && (positive ? scale > 0 : scale >= 0)
  if (!fits || Object.is(scale, -0)) {
    throw corrupt(`scale must be a finite f32${positive ? ' above 0' : ', not negative'}, got ${scale}`, AT.scale)
  }
}

function checkBytes(header: Header, field: 'dataBytes' | 'auxBytes', expected: number): void {
  if (header[field] !== expected) throw corrupt(`${field} must be ${expected}, got ${header[field]}`, AT[field])
}

function refuse(bad: BadByte | undefined): void {
  if (bad) throw corrupt(`data byte ${bad.index} ${bad.why}`, HEADER_BYTES + bad.index)
}

function formatOf(header: Header): Format {
  const { expBits, manBits, bias } = header
  const special = nameOf(header, 'special', specials)
  if (special === 'e8m0') {
    if (expBits === 8 && manBits === 0 && bias === 127) return formats.e8m0fnu
    throw corrupt('an e8m0 format must have expBits 8, manBits 0 and bias 127', AT.expBits)
  }
  try {
    return defineFormat({ expBits, manBits, bias, special })
  } catch (error) {
    throw corrupt(`no format: ${(error as Error).message}`, AT.expBits)
  }
}

function readElement(header: Header): Maker {
  const { n, scale } = header
  const packing = nameOf(header, 'packing', packings)
  const format = formatOf(header)
  checkF32(header, true)
  checkBytes(header, 'dataBytes', bytesOf(n, packing === 'bits' ? format.bits : 8))
  checkBytes(header, 'auxBytes', 0)
  return (data) => {
    const packed: Packed = { kind: 'element', format, n, scale, packing, data }
    refuse(badElement(packed))
    return packed
  }
}

/** Checks rows and lengths; returns the true row length. */
function checkBlocks(header: Header, format: BlockFormatName): number {
  const { n } = header
  const rowLength = header.rowLength === 0 ? n : header.rowLength
  if (rowLength > 0xffffffff || (n > 0 && n % rowLength !== 0)) {
    throw corrupt(`rowLength must divide n = ${n}, got ${rowLength}`, AT.rowLength)
  }
  const blocks = blockCount(format, n, rowLength)
  checkBytes(header, 'dataBytes', bytesOf(blocks * blockSize(format), blockElements[format].bits))
  checkBytes(header, 'auxBytes', blocks)
  return rowLength
}

function readMx(header: Header): Maker {
  const element = formatOf(header)
  const names = Object.keys(blockElements) as BlockFormatName[]
  const format = names.find((name) => name !== 'nvfp4' && blockElements[name] === element) as MxFormatName | undefined
  if (format === undefined) throw corrupt(`${element.name} is no element format of MX`, AT.expBits)
  const scaleMode = nameOf(header, 'scaleMode', scaleModes)
  const rowLength = checkBlocks(header, format)
  return (data, scales): BlockPacked => ({ kind: 'mx', format, n: header.n, rowLength, scaleMode, data, scales })
}

function readNvfp4(header: Header): Maker {
  checkF32(header, true)
  const rowLength = checkBlocks(header, 'nvfp4')
  return (data, scales): BlockPacked => {
    const index = badNvfp4Scale(scales)
    if (index >= 0) {
      throw corrupt(
        `block scale ${index} must be at most 127, got ${scales[index]}`,
        HEADER_BYTES + data.length + index,
      )
    }
    return { kind: 'nvfp4', format: 'nvfp4', n: header.n, rowLength, data, scales, tensorScale: header.scale }
  }
}

function readLuq(header: Header): Maker {
  const { n, levels, samples, scale: alpha } = header
  const packing = nameOf(header, 'packing', packings)
  if (levels !== 7 && !(levels === 8 && packing === 'bytes')) {
    throw corrupt(`levels must be 7, or 8 with one code per byte, got ${levels}`, AT.levels)
  }
  if (samples === 0) throw corrupt('samples must be at least 1, got 0', AT.samples)
  checkF32(header, false)
  checkBytes(header, 'dataBytes', samples * bytesOf(n, luqBits(packing)))
  checkBytes(header, 'auxBytes', 0)
  return (data) => {
    const packed: LuqPacked = { kind: 'luq', n, alpha, levels, samples, packing, data }
    refuse(badLuq(packed))
    return packed
  }
}

function readPrune(header: Header): Maker {
  const { n, scale: alpha, auxBytes } = header
  checkF32(header, false)
  checkBytes(header, 'dataBytes', bytesOf(n, 2))
  if (auxBytes % 4 !== 0) throw corrupt(`auxBytes must be a multiple of 4, got ${auxBytes}`, AT.auxBytes)
  return (classes, aux) => {
    // A copy: the survivors may lie at any byte.
    const copy = new Uint8Array(auxBytes)
    copy.set(aux)
    const packed: PrunePacked = { kind: 'prune', n, alpha, classes, values: new Float32Array(copy.buffer) }
    refuse(badClasses(packed))
    const index = badSurvivor(packed)
    if (index >= 0) {
      throw corrupt(
        `survivor ${index} must be greater than alpha in magnitude`,
        HEADER_BYTES + classes.length + 4 * index,
      )
    }
    return packed
  }
}
