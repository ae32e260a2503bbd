/** Values of codes through a table of f32. */
import { unpack } from './pack'
import { CODES } from './tile'

/** A table of 16 f32 as four tables of 16 bytes, one per byte of the value. */
const PLANES: usize = memory.data(64, 16)

/** Splits the first 16 entries of the table into byte planes. */
export function preparePlanes(lut: usize): void {
  for (let i = 0; i < 64; i++) store<u8>(PLANES + ((i & 3) << 4) + (i >> 2), load<u8>(lut + i))
}

/** Stores the values of 16 codes, each below 16. */
// @ts-ignore: decorator
@inline
function storeSixteen(to: usize, codes: v128): void {
  const b0 = i8x16.swizzle(v128.load(PLANES), codes)
  const b1 = i8x16.swizzle(v128.load(PLANES, 16), codes)
  const b2 = i8x16.swizzle(v128.load(PLANES, 32), codes)
  const b3 = i8x16.swizzle(v128.load(PLANES, 48), codes)
  const low01 = interleaveLow(b0, b1)
  const high01 = interleaveHigh(b0, b1)
  const low23 = interleaveLow(b2, b3)
  const high23 = interleaveHigh(b2, b3)
  v128.store(to, v128.shuffle<i16>(low01, low23, 0, 8, 1, 9, 2, 10, 3, 11))
  v128.store(to, v128.shuffle<i16>(low01, low23, 4, 12, 5, 13, 6, 14, 7, 15), 16)
  v128.store(to, v128.shuffle<i16>(high01, high23, 0, 8, 1, 9, 2, 10, 3, 11), 32)
  v128.store(to, v128.shuffle<i16>(high01, high23, 4, 12, 5, 13, 6, 14, 7, 15), 48)
}

// @ts-ignore: decorator
@inline
function interleaveLow(a: v128, b: v128): v128 {
  return v128.shuffle<i8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
}

// @ts-ignore: decorator
@inline
function interleaveHigh(a: v128, b: v128): v128 {
  return v128.shuffle<i8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
}

/**
 * Values of n codes, one per byte, of a format of `bits` bits; higher bits of a byte are ignored.
 * For formats of at most 4 bits `preparePlanes` comes first.
 */
export function lookup(codes: usize, n: i32, lut: usize, bits: i32, to: usize): void {
  const mask = (1 << bits) - 1
  const end = codes + n
  if (bits <= 4) {
    for (const wide = codes + (n & ~15); codes < wide; codes += 16, to += 64) {
      storeSixteen(to, v128.and(v128.load(codes), i8x16.splat(<i8>mask)))
    }
  }
  for (; codes + 4 <= end; codes += 4, to += 16) {
    store<i32>(to, load<i32>(lut + ((load<u8>(codes) & mask) << 2)))
    store<i32>(to, load<i32>(lut + ((load<u8>(codes, 1) & mask) << 2)), 4)
    store<i32>(to, load<i32>(lut + ((load<u8>(codes, 2) & mask) << 2)), 8)
    store<i32>(to, load<i32>(lut + ((load<u8>(codes, 3) & mask) << 2)), 12)
  }
  for (; codes < end; codes++, to += 4) store<i32>(to, load<i32>(lut + ((load<u8>(codes) & mask) << 2)))
}

/** Values of n 4-bit codes, a multiple of 32, two per byte. */
function lookupNibbles(packed: usize, n: i32, to: usize): void {
  for (const end = packed + (n >> 1); packed < end; packed += 16, to += 128) {
    const pairs = v128.load(packed)
    const low = v128.and(pairs, i8x16.splat(15))
    const high = i8x16.shr_u(pairs, 4)
    storeSixteen(to, interleaveLow(low, high))
    storeSixteen(to + 64, interleaveHigh(low, high))
  }
}

/** Values of n codes, at most a tile, stored in `width` bits each from a byte boundary on. */
export function lookupStored(stored: usize, n: i32, lut: usize, bits: i32, width: i32, to: usize): void {
  if (width === 8) {
    lookup(stored, n, lut, bits, to)
    return
  }
  if (width === 4) {
    const wide = n & ~31
    lookupNibbles(stored, wide, to)
    stored += wide >> 1
    to += wide << 2
    n -= wide
  }
  unpack(stored, n, width, CODES)
  lookup(CODES, n, lut, bits, to)
}
