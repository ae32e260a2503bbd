/** Packed objects to bytes. */
import {
  allocate,
  checkArray,
  crc32,
  found,
  integer,
  lengthError,
  number,
  numberOf,
  rangeError,
  typeError,
} from '@ukernels/runtime'
import { blockElements, blockSize, blocksOf } from './block-format.js'
import { asFormat } from './formats.js'
import { specials } from './narrow-format.js'
import { packings, scaleModes } from './options.js'
import type { AnyPacked, BlockPacked, LuqPacked, Packed, PrunePacked } from './packed.js'
import {
  type BadByte,
  badClasses,
  badElement,
  badLuq,
  badNvfp4Scale,
  badSurvivor,
  bytesOf,
  checkSurvivors,
  countSurvivors,
  luqBits,
} from './wire-check.js'
import { emptyHeader, HEADER_BYTES, type Header, KINDS, writeChecksum, writeHeader } from './wire-header.js'

interface Parts {
  header: Header
  data: Uint8Array
  aux?: Uint8Array
}

/**
 * A packed object as bytes, to be read by `fromBytes`. Counts (`overflowed`, `zeros`, …) are not on the wire. A format
 * with `compat: 'reference'` travels as the `finite` format that decodes to the same values. Exact class.
 *
 * Layout, little-endian: 64 bytes of header (magic 'UKGQ', u16 version 1, …, CRC-32 of everything with its own field
 * 0), code bytes, then block scales or survivors.
 *
 * @throws TypeError `ERR_UKERNELS_TYPE`, RangeError `ERR_UKERNELS_RANGE` or `ERR_UKERNELS_LENGTH` for an object whose
 *   parts don't fit together
 */
export function toBytes(p: AnyPacked): Uint8Array {
  const { header, data, aux } = partsOf(p)
  header.dataBytes = data.length
  header.auxBytes = aux?.length ?? 0
  const bytes = allocate(Uint8Array, HEADER_BYTES + header.dataBytes + header.auxBytes)
  writeHeader(bytes, header)
  bytes.set(data, HEADER_BYTES)
  if (aux) bytes.set(aux, HEADER_BYTES + data.length)
  writeChecksum(bytes, crc32(bytes))
  return bytes
}

function partsOf(p: AnyPacked): Parts {
  if (typeof p !== 'object' || p === null) throw typeError(`p must be a packed object, got ${found(p)}`)
  numberOf('p.kind', p.kind, Object.keys(KINDS))
  integer('p.n', p.n, 0, Number.MAX_SAFE_INTEGER)
  switch (p.kind) {
    case 'element':
      return elementParts(p)
    case 'luq':
      return luqParts(p)
    case 'prune':
      return pruneParts(p)
    default:
      return blockParts(p)
  }
}

function checkF32(name: string, value: number, least: number): void {
  if (!(number(name, value) >= least && value < Infinity && Math.fround(value) === value)) {
    throw rangeError(`${name} must be a finite f32${least > 0 ? ' above 0' : ', not negative'}, got ${found(value)}`)
  }
}

function checkLength(name: string, array: Uint8Array, expected: number): void {
  checkArray(name, array, 'Uint8Array')
  if (array.length !== expected) throw lengthError(`${name} must have ${expected} bytes, got ${array.length}`)
}

function refuse(name: string, bad: BadByte | undefined): void {
  if (bad) throw rangeError(`${name}[${bad.index}] ${bad.why}`)
}

const LEAST_POSITIVE = 2 ** -149

function elementParts(p: Packed): Parts {
  const { expBits, manBits, bias, bits, special, compat } = asFormat(p.format, 'p.format')
  const packing = numberOf('p.packing', p.packing, packings)
  checkF32('p.scale', p.scale, LEAST_POSITIVE)
  checkLength('p.data', p.data, bytesOf(p.n, p.packing === 'bits' ? bits : 8))
  refuse('p.data', badElement(p))
  const header = emptyHeader(KINDS.element, p.n)
  const number = specials.indexOf(compat ? 'finite' : special)
  return { header: { ...header, packing, expBits, manBits, special: number, bias, scale: p.scale }, data: p.data }
}

function blockParts(p: BlockPacked): Parts {
  const blocks = blocksOf(p)
  const element = blockElements[p.format]
  const { n, rowLength } = p
  checkLength('p.data', p.data, bytesOf(blocks * blockSize(p.format), element.bits))
  checkLength('p.scales', p.scales, blocks)
  const row = rowLength === n ? 0 : rowLength
  const header = { ...emptyHeader(KINDS[p.kind], n), rowLength: row }
  if (p.kind === 'nvfp4') {
    checkF32('p.tensorScale', p.tensorScale, LEAST_POSITIVE)
    const index = badNvfp4Scale(p.scales)
    if (index >= 0) throw rangeError(`p.scales[${index}] must be at most 127, got ${p.scales[index]}`)
    return { header: { ...header, scale: p.tensorScale }, data: p.data, aux: p.scales }
  }
  const scaleMode = numberOf('p.scaleMode', p.scaleMode, scaleModes)
  const { expBits, manBits, bias } = element
  const special = specials.indexOf(element.special)
  return { header: { ...header, scaleMode, expBits, manBits, special, bias }, data: p.data, aux: p.scales }
}

function luqParts(p: LuqPacked): Parts {
  const packing = numberOf('p.packing', p.packing, packings)
  if (p.levels !== 7 && !(p.levels === 8 && p.packing === 'bytes')) {
    throw rangeError(`p.levels must be 7, or 8 with packing 'bytes', got ${found(p.levels)}`)
  }
  integer('p.samples', p.samples, 1, 0xffff)
  checkF32('p.alpha', p.alpha, 0)
  checkLength('p.data', p.data, p.samples * bytesOf(p.n, luqBits(p.packing)))
  refuse('p.data', badLuq(p))
  const { levels, samples, alpha } = p
  // + 0: the wire has no −0.
  return { header: { ...emptyHeader(KINDS.luq, p.n), packing, scale: alpha + 0, levels, samples }, data: p.data }
}

function pruneParts(p: PrunePacked): Parts {
  checkF32('p.alpha', p.alpha, 0)
  checkLength('p.classes', p.classes, bytesOf(p.n, 2))
  checkArray('p.values', p.values, 'Float32Array')
  checkSurvivors(p.values, countSurvivors(p.classes, p.n))
  refuse('p.classes', badClasses(p))
  const index = badSurvivor(p)
  if (index >= 0) throw rangeError(`p.values[${index}] must be greater than alpha in magnitude, got ${p.values[index]}`)
  const { buffer, byteOffset, byteLength } = p.values
  const header = { ...emptyHeader(KINDS.prune, p.n), scale: p.alpha + 0 }
  return { header, data: p.classes, aux: new Uint8Array(buffer, byteOffset, byteLength) }
}
