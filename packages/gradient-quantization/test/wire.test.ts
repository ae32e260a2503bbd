import { crc32, FormatError } from '@ukernels/runtime'
import { describe, expect, it } from 'vitest'
import { finite, formats, ieee } from '../src/formats.js'
import type { AnyPacked, LuqPacked, MxPacked, Nvfp4Packed, Packed, PrunePacked } from '../src/packed.js'
import { fromBytes, toBytes } from '../src/wire.js'
import { expectError, hex, sharedBuffer } from './support.js'
import { mutate } from './wire-fuzz.js'
import { samples } from './wire-samples.js'

const CRC_AT = 60

/** Bytes with changes, and the checksum made good again. */
function forge(p: AnyPacked, change: (view: DataView, bytes: Uint8Array) => void): Uint8Array {
  const bytes = toBytes(p)
  const view = new DataView(bytes.buffer)
  change(view, bytes)
  view.setUint32(CRC_AT, 0, true)
  view.setUint32(CRC_AT, crc32(bytes), true)
  return bytes
}

/** The code of the FormatError that some bytes give. */
function codeOf(bytes: Uint8Array): string | undefined {
  try {
    fromBytes(bytes)
    return undefined
  } catch (error) {
    return error instanceof FormatError ? error.code : String(error)
  }
}

describe.each(Object.entries(samples))('%s', (_, packed) => {
  it('comes back as it was', () => {
    const bytes = toBytes(packed)
    expect(fromBytes(bytes)).toEqual(packed)
    expect(toBytes(fromBytes(bytes))).toEqual(bytes)
  })

  it('comes back from any byte offset and from shared memory', () => {
    const bytes = toBytes(packed)
    for (const offset of [1, 3, 6]) {
      const buffer = sharedBuffer(bytes.length + offset + 5)
      const view = new Uint8Array(buffer, offset, bytes.length)
      view.set(bytes)
      expect(toBytes(fromBytes(view))).toEqual(bytes)
    }
    const asNodeGives = 'Buffer' in globalThis ? Buffer.from(bytes) : bytes
    expect(toBytes(fromBytes(asNodeGives))).toEqual(bytes)
  })

  it('shows every change of a single byte', () => {
    const bad = toBytes(packed)
    const undetected: string[] = []
    for (let at = 0; at < bad.length; at++) {
      const expected = at === 4 || at === 5 ? 'ERR_UKERNELS_VERSION' : 'ERR_UKERNELS_CORRUPT'
      const good = bad[at]
      for (let byte = 0; byte < 256; byte++) {
        if (byte === good) continue
        bad[at] = byte
        if (codeOf(bad) !== expected) undetected.push(`byte ${at}: ${good} → ${byte}`)
      }
      bad[at] = good
    }
    expect(undetected).toEqual([])
  })

  it('shows every cut and addition', () => {
    const bytes = toBytes(packed)
    for (let end = 0; end < bytes.length; end++) expect(codeOf(bytes.subarray(0, end))).toBe('ERR_UKERNELS_CORRUPT')
    const longer = new Uint8Array(bytes.length + 1)
    longer.set(bytes)
    expect(codeOf(longer)).toBe('ERR_UKERNELS_CORRUPT')
  })
})

it('has this layout', () => {
  const { data } = samples['mxfp4 in rows'] as MxPacked
  const bytes = toBytes(samples['mxfp4 in rows'])
  const view = new DataView(bytes.buffer)
  expect(hex(bytes.subarray(0, 16))).toBe(`${hex(new TextEncoder().encode('UKGQ'))}010002000201030101000000`)
  expect(view.getBigUint64(16, true)).toBe(99n)
  expect(view.getFloat64(24, true)).toBe(0)
  expect([view.getBigUint64(32, true), view.getBigUint64(40, true)]).toEqual([96n, 6n])
  expect(view.getUint32(48, true)).toBe(33)
  expect(hex(bytes.subarray(52, 60))).toBe('0000000000000000')
  expect(hex(bytes.subarray(64, 160))).toBe(hex(data))

  const luq = new DataView(toBytes(samples.luq).buffer)
  expect([luq.getUint8(6), luq.getUint16(52, true), luq.getUint16(54, true)]).toEqual([3, 7, 3])
  expect(luq.getFloat64(24, true)).toBe(0.375)
  const negative = new DataView(toBytes(samples['a bias below 0']).buffer)
  expect(negative.getInt32(12, true)).toBe(-20)
  // rowLength 0 stands for n.
  expect(new DataView(toBytes(samples.mxfp8e4m3).buffer).getUint32(48, true)).toBe(0)
})

it('gives views on its argument, and copies of f32 parts', () => {
  const bytes = toBytes(samples.prune)
  const packed = fromBytes(bytes) as PrunePacked
  expect(packed.classes.buffer).toBe(bytes.buffer)
  expect(packed.values.buffer).not.toBe(bytes.buffer)
  const blocks = fromBytes(toBytes(samples.nvfp4)) as Nvfp4Packed
  expect(blocks.scales.buffer).toBe(blocks.data.buffer)
})

it('sends formats of compat as the finite ones with the same values', () => {
  const packed: Packed = { ...(samples['ieee(3,1)'] as Packed), format: ieee(3, 1, { compat: 'reference' }) }
  const back = fromBytes(toBytes(packed)) as Packed
  expect(back.format).toBe(finite(3, 1))
  expect(back.format.decodeTable()).toEqual(packed.format.decodeTable())
})

it('takes formats and objects that went through structuredClone', () => {
  for (const packed of Object.values(samples)) expect(toBytes(structuredClone(packed))).toEqual(toBytes(packed))
})

describe('bytes with a good checksum', () => {
  type Change = (view: DataView, bytes: Uint8Array) => void
  it.each<[string, keyof typeof samples, Change, number]>([
    ['a forged n', 'e4m3fn', (v) => v.setBigUint64(16, 22n, true), 32],
    ['an n beyond 2^53', 'e4m3fn', (v) => v.setBigUint64(16, 2n ** 53n, true), 16],
    ['an n of 2^53 − 1', 'e4m3fn', (v) => v.setBigUint64(16, 2n ** 53n - 1n, true), 32],
    ['huge dataBytes', 'e4m3fn', (v) => v.setBigUint64(32, 2n ** 40n, true), 32],
    ['dataBytes beyond 2^53', 'e4m3fn', (v) => v.setBigUint64(32, 2n ** 64n - 1n, true), 32],
    ['huge auxBytes', 'prune', (v) => v.setBigUint64(40, 2n ** 33n, true), 32],
    ['a kind of 0', 'e4m3fn', (v) => v.setUint8(6, 0), 6],
    ['a kind of 6', 'e4m3fn', (v) => v.setUint8(6, 6), 6],
    ['a packing of 2', 'e4m3fn', (v) => v.setUint8(7, 2), 7],
    ['an impossible format', 'e4m3fn', (v) => v.setUint8(8, 9), 8],
    ['an impossible bias', 'e4m3fn', (v) => v.setInt32(12, 1000, true), 8],
    ['a special of 5', 'e4m3fn', (v) => v.setUint8(10, 5), 10],
    ['another e8m0', 'e8m0fnu in bytes', (v) => v.setInt32(12, 126, true), 8],
    ['a scale of 0', 'e4m3fn', (v) => v.setFloat64(24, 0, true), 24],
    ['a scale of NaN', 'e4m3fn', (v) => v.setFloat64(24, NaN, true), 24],
    ['a scale that is no f32', 'e4m3fn', (v) => v.setFloat64(24, 0.1, true), 24],
    ['a negative alpha', 'luq', (v) => v.setFloat64(24, -1, true), 24],
    ['an alpha of −0', 'prune', (v) => v.setFloat64(24, -0, true), 24],
    ['an unused field', 'e4m3fn', (v) => v.setUint16(52, 7, true), 52],
    ['an unused scale of −0', 'mxfp8e4m3', (v) => v.setFloat64(24, -0, true), 24],
    ['the zero field', 'e4m3fn', (v) => v.setUint32(56, 1, true), 56],
    ['padding bits', 'e2m1fn, odd n', (_, b) => (b[64 + 6] |= 0x10), 70],
    ['a code of too many bits', 'e3m2fn in bytes', (_, b) => (b[64 + 2] = 64), 66],
    ['a scale mode of 4', 'mxfp8e4m3', (v) => v.setUint8(11, 4), 11],
    ['an element format that MX lacks', 'mxfp8e4m3', (v) => v.setUint8(10, 0), 8],
    ['a row that does not divide', 'mxfp4 in rows', (v) => v.setUint32(48, 32, true), 48],
    ['another number of blocks', 'mxfp4 in rows', (v) => v.setUint32(48, 99, true), 32],
    ['an NVFP4 scale with a sign', 'nvfp4', (_, b) => (b[64 + 32 + 2] |= 0x80), 98],
    ['9 levels', 'luq', (v) => v.setUint16(52, 9, true), 52],
    ['8 levels in four bits', 'luq', (v) => v.setUint16(52, 8, true), 52],
    ['no samples', 'luq', (v) => v.setUint16(54, 0, true), 54],
    ['−0 in a low nibble', 'luq', (_, b) => (b[65] = 0x18), 65],
    ['−0 in a high nibble', 'luq', (_, b) => (b[65] = 0x81), 65],
    ['−0 in a byte', 'luq of 8 levels', (_, b) => (b[64] = 16), 64],
    ['a magnitude of 9', 'luq of 8 levels', (_, b) => (b[65] = 9), 65],
    ['a magnitude too many bits', 'luq of 8 levels', (_, b) => (b[65] = 0x21), 65],
    ['padding of a plane', 'luq', (_, b) => (b[64 + 4] |= 0x10), 68],
    ['too many survivors', 'prune', (_, b) => (b[64] |= 0b11), 65],
    ['padding of the classes', 'prune', (_, b) => (b[65] |= 0x40), 65],
    ['a survivor within alpha', 'prune', (v) => v.setFloat32(66, 0.5, true), 66],
    ['a survivor of NaN', 'prune', (v) => v.setFloat32(70, NaN, true), 70],
  ])('are refused for %s', (_, sample, change, offset) => {
    const bytes = forge(samples[sample], change)
    let error: unknown
    try {
      fromBytes(bytes)
    } catch (e) {
      error = e
    }
    expect(error).toBeInstanceOf(FormatError)
    expect(error).toMatchObject({ code: 'ERR_UKERNELS_CORRUPT', offset })
  })

  it('are refused for a part of a survivor', () => {
    const bytes = toBytes(samples.prune)
    const longer = new Uint8Array(bytes.length + 1)
    longer.set(bytes)
    const view = new DataView(longer.buffer)
    view.setBigUint64(40, 13n, true)
    view.setUint32(CRC_AT, 0, true)
    view.setUint32(CRC_AT, crc32(longer), true)
    expectError(() => fromBytes(longer), FormatError, 'CORRUPT', 'auxBytes')
  })
})

it('names version and type', () => {
  const newer = forge(samples.e4m3fn, (view) => view.setUint16(4, 2, true))
  expectError(() => fromBytes(newer), FormatError, 'VERSION', 2)
  expectError(() => fromBytes(new Uint8Array(100)), FormatError, 'CORRUPT', 'UKGQ')
  expectError(() => fromBytes(new Uint8Array(0)), FormatError, 'CORRUPT', 64)
  expectError(() => fromBytes([] as never), TypeError, 'TYPE', 'bytes')
  expectError(() => fromBytes(new Uint16Array(40) as never), TypeError, 'TYPE', 'bytes')
  const detached = toBytes(samples.e4m3fn)
  structuredClone(detached, { transfer: [detached.buffer] })
  expectError(() => fromBytes(detached), TypeError, 'TYPE', 'detached')
})

describe('toBytes refuses', () => {
  const { e4m3fn, luq, nvfp4, prune } = samples as {
    e4m3fn: Packed
    luq: LuqPacked
    nvfp4: Nvfp4Packed
    prune: PrunePacked
  }
  const mx = samples['mxfp4 in rows'] as MxPacked
  const wide = samples['e3m2fn in bytes'] as Packed

  it.each<[string, unknown, 'TYPE' | 'RANGE' | 'LENGTH']>([
    ['p', null, 'TYPE'],
    ['p.kind', { ...e4m3fn, kind: 'elements' }, 'TYPE'],
    ['p.n', { ...e4m3fn, n: -1 }, 'RANGE'],
    ['p.n', { ...e4m3fn, n: 2 ** 53 }, 'RANGE'],
    ['format', { ...e4m3fn, format: 'e4m3fn' }, 'TYPE'],
    ['p.packing', { ...e4m3fn, packing: 'nibbles' }, 'TYPE'],
    ['p.scale', { ...e4m3fn, scale: 0.1 }, 'RANGE'],
    ['p.scale', { ...e4m3fn, scale: Infinity }, 'RANGE'],
    ['p.scale', { ...e4m3fn, scale: '1' }, 'TYPE'],
    ['p.data', { ...e4m3fn, n: 22 }, 'LENGTH'],
    ['p.data', { ...e4m3fn, data: [...e4m3fn.data] }, 'TYPE'],
    ['p.data[0]', { ...wide, data: new Uint8Array(7).fill(64) }, 'RANGE'],
    ['p.format', { ...mx, format: 'nvfp4' }, 'TYPE'],
    ['p.format', { ...mx, format: 'toString' }, 'TYPE'],
    ['p.scaleMode', { ...mx, scaleMode: 'round' }, 'TYPE'],
    ['p.rowLength', { ...mx, rowLength: 32 }, 'LENGTH'],
    ['p.rowLength', { ...mx, rowLength: 0 }, 'LENGTH'],
    ['p.scales', { ...mx, scales: new Uint8Array(5) }, 'LENGTH'],
    ['p.data', { ...mx, data: new Uint8Array(95) }, 'LENGTH'],
    ['p.tensorScale', { ...nvfp4, tensorScale: 0 }, 'RANGE'],
    ['p.scales[0]', { ...nvfp4, scales: new Uint8Array(4).fill(200) }, 'RANGE'],
    ['p.levels', { ...luq, levels: 8 }, 'RANGE'],
    ['p.samples', { ...luq, samples: 0 }, 'RANGE'],
    ['p.alpha', { ...luq, alpha: -1 }, 'RANGE'],
    ['p.data[0]', { ...luq, data: new Uint8Array(15).fill(8) }, 'RANGE'],
    ['p.classes', { ...prune, n: 9 }, 'LENGTH'],
    ['p.classes', { ...prune, values: new Float32Array(2) }, 'LENGTH'],
    ['p.values', { ...prune, values: [1.5, 2, 7] }, 'TYPE'],
    ['p.values[1]', { ...prune, values: Float32Array.of(1, 0.25, 2) }, 'RANGE'],
  ])('a wrong %s', (name, packed, code) => {
    expectError(() => toBytes(packed as AnyPacked), code === 'TYPE' ? TypeError : RangeError, code, name)
  })
})

it('a hundred thousand mutations give a typed error or a correct object', () => {
  const { accepted, refused } = mutate(100_000, 1)
  expect(accepted + refused).toBe(100_000)
  expect(accepted).toBeGreaterThan(1000)
  expect(refused).toBeGreaterThan(50_000)
})

it('knows the formats with a name again', () => {
  for (const format of Object.values(formats)) {
    const packed: Packed = { kind: 'element', format, n: 1, scale: 1, packing: 'bytes', data: Uint8Array.of(1) }
    expect((fromBytes(toBytes(packed)) as Packed).format).toBe(format)
  }
})
