import { crc32 as zlib } from 'node:zlib'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { crc32 } from '../src/crc32.js'

const ascii = (text: string) => new TextEncoder().encode(text)

it('gives the check values of the standard', () => {
  expect(crc32(ascii('123456789'))).toBe(0xcbf43926)
  expect(crc32(ascii(''))).toBe(0)
  expect(crc32(ascii('a'))).toBe(0xe8b7be43)
  expect(crc32(ascii('The quick brown fox jumps over the lazy dog'))).toBe(0x414fa339)
  expect(crc32(new Uint8Array(32).fill(0xff))).toBe(0xff6cab0b)
})

it('goes on from what came before, wherever it is cut', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, at) => {
      expect(crc32(bytes.subarray(at), crc32(bytes.subarray(0, at)))).toBe(crc32(bytes))
    }),
    { seed: 3 },
  )
})

it.skipIf(zlib === undefined)('agrees with zlib', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(crc32(bytes)).toBe(zlib(bytes))
    }),
    { seed: 4 },
  )
})
