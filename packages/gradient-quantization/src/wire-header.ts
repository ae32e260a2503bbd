/** The 64-byte header of the wire format, little-endian: its layout, and reading and writing it field by field. */
import { FormatError } from '@ukernels/runtime'

export const HEADER_BYTES = 64
const VERSION = 1
/** "UKGQ", read as a little-endian u32. */
const MAGIC = 0x51474b55
/** Largest n and byte count that a number holds exactly. */
const MOST = Number.MAX_SAFE_INTEGER

export const KINDS = { element: 1, mx: 2, luq: 3, prune: 4, nvfp4: 5 } as const

/** Where the fields lie. */
export const AT = {
  magic: 0,
  version: 4,
  kind: 6,
  packing: 7,
  expBits: 8,
  manBits: 9,
  special: 10,
  scaleMode: 11,
  bias: 12,
  n: 16,
  scale: 24,
  dataBytes: 32,
  auxBytes: 40,
  rowLength: 48,
  levels: 52,
  samples: 54,
  zero: 56,
  crc: 60,
} as const

/** The fields between magic and checksum; those that a kind doesn't use are 0. */
export interface Header {
  kind: number
  packing: number
  expBits: number
  manBits: number
  special: number
  scaleMode: number
  bias: number
  n: number
  /** The scale; alpha; the tensor scale. */
  scale: number
  dataBytes: number
  /** Block scales; survivors. */
  auxBytes: number
  /** 0 stands for n. */
  rowLength: number
  levels: number
  samples: number
}

export const emptyHeader = (kind: number, n: number): Header => ({
  kind,
  packing: 0,
  expBits: 0,
  manBits: 0,
  special: 0,
  scaleMode: 0,
  bias: 0,
  n,
  scale: 0,
  dataBytes: 0,
  auxBytes: 0,
  rowLength: 0,
  levels: 0,
  samples: 0,
})

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

export const corrupt = (message: string, offset: number) => new FormatError('ERR_UKERNELS_CORRUPT', message, offset)

/** Writes all but the checksum. */
export function writeHeader(bytes: Uint8Array, header: Header): void {
  const view = viewOf(bytes)
  const u64 = (at: number, value: number) => {
    view.setUint32(at, value % 4294967296, true)
    view.setUint32(at + 4, Math.floor(value / 4294967296), true)
  }
  view.setUint32(AT.magic, MAGIC, true)
  view.setUint16(AT.version, VERSION, true)
  for (const field of ['kind', 'packing', 'expBits', 'manBits', 'special', 'scaleMode'] as const) {
    view.setUint8(AT[field], header[field])
  }
  view.setInt32(AT.bias, header.bias, true)
  u64(AT.n, header.n)
  view.setFloat64(AT.scale, header.scale, true)
  u64(AT.dataBytes, header.dataBytes)
  u64(AT.auxBytes, header.auxBytes)
  view.setUint32(AT.rowLength, header.rowLength, true)
  view.setUint16(AT.levels, header.levels, true)
  view.setUint16(AT.samples, header.samples, true)
}

export function writeChecksum(bytes: Uint8Array, crc: number): void {
  viewOf(bytes).setUint32(AT.crc, crc, true)
}

/**
 * Reads the header and checks what doesn't depend on the kind: magic, version, integers within 2^53, the zero field,
 * and that the lengths make up exactly these bytes.
 *
 * @throws FormatError
 */
export function readHeader(bytes: Uint8Array): Header & { crc: number } {
  if (bytes.length < HEADER_BYTES) {
    throw corrupt(`bytes must hold a header of ${HEADER_BYTES} bytes, got ${bytes.length}`, bytes.length)
  }
  const view = viewOf(bytes)
  if (view.getUint32(AT.magic, true) !== MAGIC) throw corrupt("bytes must start with 'UKGQ'", AT.magic)
  const version = view.getUint16(AT.version, true)
  if (version !== VERSION) {
    throw new FormatError('ERR_UKERNELS_VERSION', `version must be ${VERSION}, got ${version}`, AT.version)
  }
  const u64 = (at: number) => {
    const value = view.getUint32(at, true) + 4294967296 * view.getUint32(at + 4, true)
    if (value > MOST) throw corrupt(`the integer at ${at} must be at most 2^53 - 1`, at)
    return value
  }
  const header = {
    kind: view.getUint8(AT.kind),
    packing: view.getUint8(AT.packing),
    expBits: view.getUint8(AT.expBits),
    manBits: view.getUint8(AT.manBits),
    special: view.getUint8(AT.special),
    scaleMode: view.getUint8(AT.scaleMode),
    bias: view.getInt32(AT.bias, true),
    n: u64(AT.n),
    scale: view.getFloat64(AT.scale, true),
    dataBytes: u64(AT.dataBytes),
    auxBytes: u64(AT.auxBytes),
    rowLength: view.getUint32(AT.rowLength, true),
    levels: view.getUint16(AT.levels, true),
    samples: view.getUint16(AT.samples, true),
    crc: view.getUint32(AT.crc, true),
  }
  if (view.getUint32(AT.zero, true) !== 0) throw corrupt('the bytes from 56 to 59 must be 0', AT.zero)
  const expected = HEADER_BYTES + header.dataBytes + header.auxBytes
  if (expected !== bytes.length) {
    throw corrupt(`bytes must have the ${expected} bytes that the header says, got ${bytes.length}`, AT.dataBytes)
  }
  return header
}
