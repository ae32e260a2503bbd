/**
 * The UKAE model file, little-endian:
 *
 *   0  "UKAE"    4  u16 version 1    6  u16 0    8  u32 bytes of the header    12  u32 CRC-32 of all with this field 0
 *   16  header: JSON in UTF-8 { kind, settings, tensors: [{ name, dtype, shape, offset }] }
 *
 * then the tensors, each at a multiple of 64, in the order of the header, zeros between; the file ends with the last.
 */
import { crc32, FormatError } from '@ukernels/runtime'

export type Tensor = Float32Array | Float64Array | Uint32Array | Uint8Array
export type Settings = Record<string, unknown>

/** What a model file holds. */
export interface ModelFile {
  kind: string
  settings: Settings
  tensors: Record<string, { data: Tensor; shape: readonly number[] }>
}

const MAGIC = 0x45414b55
const VERSION = 1
const HEADER_AT = 16
const ALIGN = 64
/** No model has so many; a forged header may not keep us busy. */
const MOST_TENSORS = 64

const dtypes = {
  f32: Float32Array,
  f64: Float64Array,
  u32: Uint32Array,
  u8: Uint8Array,
} as const
type Dtype = keyof typeof dtypes

const dtypeOf = (data: Tensor): Dtype =>
  (Object.keys(dtypes) as Dtype[]).find((name) => data instanceof dtypes[name]) as Dtype

const align = (at: number) => Math.ceil(at / ALIGN) * ALIGN

export const corrupt = (message: string, offset: number) => new FormatError('ERR_UKERNELS_CORRUPT', message, offset)

interface Entry {
  name: string
  dtype: Dtype
  shape: number[]
  offset: number
}

/** Where the tensors lie depends on the header's length, and that on the offsets' digits: until nothing moves. */
function layOut(file: ModelFile): { header: Uint8Array; entries: Entry[]; bytes: number } {
  const names = Object.keys(file.tensors)
  let start = 0
  for (;;) {
    let at = start
    const entries = names.map((name): Entry => {
      const { data, shape } = file.tensors[name]
      const offset = align(at)
      at = offset + data.byteLength
      return { name, dtype: dtypeOf(data), shape: [...shape], offset }
    })
    const text = JSON.stringify({ kind: file.kind, settings: file.settings, tensors: entries })
    const header = new TextEncoder().encode(text)
    const needed = align(HEADER_AT + header.length)
    if (needed <= start) return { header, entries, bytes: Math.max(at, HEADER_AT + header.length) }
    start = needed
  }
}

/** A model as bytes. */
export function writeModel(file: ModelFile): Uint8Array {
  const { header, entries, bytes } = layOut(file)
  const out = new Uint8Array(bytes)
  const view = new DataView(out.buffer)
  view.setUint32(0, MAGIC, true)
  view.setUint16(4, VERSION, true)
  view.setUint32(8, header.length, true)
  out.set(header, HEADER_AT)
  for (const { name, offset } of entries) {
    const { data } = file.tensors[name]
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset)
  }
  view.setUint32(12, crc32(out), true)
  return out
}

function checkedHeader(bytes: Uint8Array): string {
  if (bytes.length < HEADER_AT)
    throw corrupt(`bytes must have at least ${HEADER_AT}, got ${bytes.length}`, bytes.length)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0, true) !== MAGIC) throw corrupt("bytes must start with 'UKAE'", 0)
  const version = view.getUint16(4, true)
  if (version !== VERSION)
    throw new FormatError('ERR_UKERNELS_VERSION', `version must be ${VERSION}, got ${version}`, 4)
  if (view.getUint16(6, true) !== 0) throw corrupt('bytes 6 and 7 must be 0', 6)
  const length = view.getUint32(8, true)
  if (length > bytes.length - HEADER_AT)
    throw corrupt(`the header must end within the ${bytes.length} bytes, got ${length} bytes of it`, 8)
  const zeros = new Uint8Array(4)
  const crc = crc32(bytes.subarray(HEADER_AT), crc32(zeros, crc32(bytes.subarray(0, 12))))
  if (crc !== view.getUint32(12, true)) throw corrupt('the checksum of the bytes must be right', 12)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(HEADER_AT, HEADER_AT + length))
  } catch {
    throw corrupt('the header must be UTF-8', HEADER_AT)
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parseHeader(text: string): { kind: string; settings: Settings; tensors: unknown[] } {
  let header: unknown
  try {
    header = JSON.parse(text)
  } catch {
    throw corrupt('the header must be JSON', HEADER_AT)
  }
  if (!isRecord(header)) throw corrupt('the header must be an object', HEADER_AT)
  const { kind, settings, tensors } = header
  if (typeof kind !== 'string') throw corrupt('kind must be a string', HEADER_AT)
  if (!isRecord(settings)) throw corrupt('settings must be an object', HEADER_AT)
  if (!Array.isArray(tensors) || tensors.length > MOST_TENSORS)
    throw corrupt(`tensors must be an array of at most ${MOST_TENSORS}`, HEADER_AT)
  return { kind, settings, tensors }
}

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

function parseEntry(entry: unknown, bytes: number): Entry & { length: number } {
  if (!isRecord(entry)) throw corrupt('a tensor must be an object', HEADER_AT)
  const { name, dtype, shape, offset } = entry
  if (typeof name !== 'string') throw corrupt("a tensor's name must be a string", HEADER_AT)
  if (typeof dtype !== 'string' || !Object.hasOwn(dtypes, dtype))
    throw corrupt(`the dtype of a tensor must be one of ${Object.keys(dtypes).join(', ')}`, HEADER_AT)
  if (!Array.isArray(shape) || shape.length > 8 || !shape.every(isSize))
    throw corrupt('the shape of a tensor must be at most eight sizes', HEADER_AT)
  const length = shape.reduce((a: number, b: number) => a * b, 1)
  const size = length * dtypes[dtype as Dtype].BYTES_PER_ELEMENT
  if (!isSize(offset) || offset % ALIGN !== 0 || !(offset + size <= bytes))
    throw corrupt(`a tensor must lie at a multiple of ${ALIGN} within the ${bytes} bytes`, HEADER_AT)
  return { name, dtype: dtype as Dtype, shape, offset, length }
}

/**
 * Reads a model file. Tensors are copies, so that they are aligned and the bytes can go; nothing is allocated that the
 * bytes themselves don't hold.
 *
 * @throws FormatError ERR_UKERNELS_CORRUPT, ERR_UKERNELS_VERSION with the offset
 */
export function readModel(bytes: Uint8Array): ModelFile {
  const { kind, settings, tensors: list } = parseHeader(checkedHeader(bytes))
  const headerEnd = HEADER_AT + new DataView(bytes.buffer, bytes.byteOffset).getUint32(8, true)
  const tensors: ModelFile['tensors'] = {}
  let end = headerEnd
  for (const item of list) {
    const { name, dtype, shape, offset, length } = parseEntry(item, bytes.length)
    if (offset !== align(end)) throw corrupt(`tensor '${name}' must follow at ${align(end)}, got ${offset}`, HEADER_AT)
    if (Object.hasOwn(tensors, name)) throw corrupt(`there must be one tensor '${name}'`, HEADER_AT)
    const Type = dtypes[dtype]
    end = offset + length * Type.BYTES_PER_ELEMENT
    Object.defineProperty(tensors, name, {
      // Not bytes.slice: a Buffer's gives a view.
      value: { data: new Type(new Uint8Array(bytes.subarray(offset, end)).buffer), shape },
      enumerable: true,
    })
  }
  if (end !== bytes.length) throw corrupt(`bytes must end after the last tensor at ${end}, got ${bytes.length}`, end)
  return { kind, settings, tensors }
}
