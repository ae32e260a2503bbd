/** Packed objects of every kind, small, for the tests of the wire format. */
import { finite, formats, ieee } from '../src/formats.js'
import type { AnyPacked } from '../src/packed.js'
import { uniform } from './support-lognormal.js'

const next = uniform(21)

/** Random bytes below `limit`. */
const bytes = (n: number, limit = 256) => Uint8Array.from({ length: n }, () => Math.floor(next() * limit))

/** Random codes in stream order; the last byte is filled with zeros. */
function stream(n: number, bits: number): Uint8Array {
  const data = bytes(Math.ceil((n * bits) / 8))
  if ((n * bits) % 8 !== 0) data[data.length - 1] &= (1 << ((n * bits) % 8)) - 1
  return data
}

/** Random LUQ codes of four bits: no −0. */
const nibbles = (n: number) =>
  Uint8Array.from({ length: Math.ceil(n / 2) }, (_, i) => {
    const code = () => [0, 1, 5, 7, 9, 15][Math.floor(next() * 6)]
    return code() | (2 * i + 1 < n ? code() << 4 : 0)
  })

export const samples: Record<string, AnyPacked> = {
  e4m3fn: { kind: 'element', format: formats.e4m3fn, n: 21, scale: 0.125, packing: 'bits', data: bytes(21) },
  'e8m0fnu in bytes': { kind: 'element', format: formats.e8m0fnu, n: 3, scale: 1, packing: 'bytes', data: bytes(3) },
  'e2m1fn, odd n': { kind: 'element', format: formats.e2m1fn, n: 13, scale: 3.5, packing: 'bits', data: stream(13, 4) },
  e3m2fn: { kind: 'element', format: formats.e3m2fn, n: 11, scale: 2 ** -126, packing: 'bits', data: stream(11, 6) },
  'e3m2fn in bytes': { kind: 'element', format: formats.e3m2fn, n: 7, scale: 1, packing: 'bytes', data: bytes(7, 64) },
  'ieee(3,1)': { kind: 'element', format: ieee(3, 1), n: 9, scale: 1, packing: 'bits', data: stream(9, 5) },
  'a bias below 0': { kind: 'element', format: finite(2, 0, -20), n: 9, scale: 1, packing: 'bits', data: stream(9, 3) },
  'no elements': { kind: 'element', format: formats.e5m2, n: 0, scale: 1, packing: 'bits', data: bytes(0) },
  mxfp8e4m3: {
    kind: 'mx',
    format: 'mxfp8e4m3',
    n: 32,
    rowLength: 32,
    scaleMode: 'rceil',
    data: bytes(32),
    scales: bytes(1),
  },
  mxfp8e5m2: {
    kind: 'mx',
    format: 'mxfp8e5m2',
    n: 33,
    rowLength: 33,
    scaleMode: 'ceil',
    data: bytes(64),
    scales: bytes(2),
  },
  mxfp6e3m2: {
    kind: 'mx',
    format: 'mxfp6e3m2',
    n: 10,
    rowLength: 10,
    scaleMode: 'even',
    data: bytes(24),
    scales: bytes(1),
  },
  mxfp6e2m3: {
    kind: 'mx',
    format: 'mxfp6e2m3',
    n: 64,
    rowLength: 32,
    scaleMode: 'floor',
    data: bytes(48),
    scales: bytes(2),
  },
  'mxfp4 in rows': {
    kind: 'mx',
    format: 'mxfp4',
    n: 99,
    rowLength: 33,
    scaleMode: 'floor',
    data: bytes(96),
    scales: bytes(6),
  },
  'mxfp4 of nothing': {
    kind: 'mx',
    format: 'mxfp4',
    n: 0,
    rowLength: 0,
    scaleMode: 'floor',
    data: bytes(0),
    scales: bytes(0),
  },
  nvfp4: {
    kind: 'nvfp4',
    format: 'nvfp4',
    n: 34,
    rowLength: 17,
    data: bytes(32),
    scales: bytes(4, 128),
    tensorScale: 0.1015625,
  },
  luq: {
    kind: 'luq',
    n: 9,
    alpha: 0.375,
    levels: 7,
    samples: 3,
    packing: 'bits',
    data: Uint8Array.of(...nibbles(9), ...nibbles(9), ...nibbles(9)),
  },
  'luq of 8 levels': {
    kind: 'luq',
    n: 4,
    alpha: 2 ** -149,
    levels: 8,
    samples: 2,
    packing: 'bytes',
    data: Uint8Array.of(0, 8, 24, 17, 1, 2, 22, 0),
  },
  'luq of zeros': { kind: 'luq', n: 2, alpha: 0, levels: 7, samples: 1, packing: 'bits', data: bytes(1, 1) },
  prune: {
    kind: 'prune',
    n: 7,
    alpha: 0.5,
    classes: Uint8Array.of(0b11100100, 0b00110111),
    values: Float32Array.of(1.5, -Infinity, 7),
  },
  'prune of nothing': { kind: 'prune', n: 0, alpha: 0, classes: bytes(0), values: new Float32Array(0) },
}
