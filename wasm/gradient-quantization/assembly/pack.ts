/**
 * Codes of `width` bits in a stream: code i occupies bits [width·i, width·i + width), bit b of the
 * stream is bit b & 7 of byte b >>> 3. Unpacked, a code is the low bits of a byte.
 *
 * Eight codes are `width` bytes. They are gathered from the bytes of a u64 in three steps that join
 * neighbors: 8 × 8 bit → 4 × 16 → 2 × 32 → 64, and scattered by the reverse.
 */
const IN_16: u64 = 0x00ff00ff00ff00ff
const IN_32: u64 = 0x0000ffff0000ffff
const IN_64: u64 = 0x00000000ffffffff

// @ts-ignore: decorator
@inline
function gathered(x: u64, width: u64): u64 {
  x = (x & IN_16) | (((x >> 8) & IN_16) << width)
  x = (x & IN_32) | (((x >> 16) & IN_32) << (2 * width))
  return (x & IN_64) | ((x >> 32) << (4 * width))
}

// @ts-ignore: decorator
@inline
function scattered(x: u64, width: u64): u64 {
  const of4: u64 = (1 << (4 * width)) - 1
  const of2: u64 = ((1 << (2 * width)) - 1) * 0x0000000100000001
  const of1: u64 = ((1 << width) - 1) * 0x0001000100010001
  x = (x & of4) | (((x >> (4 * width)) & of4) << 32)
  x = (x & of2) | (((x >> (2 * width)) & of2) << 16)
  return (x & of1) | (((x >> width) & of1) << 8)
}

/** Pairs of codes in the even and odd bytes become one byte: 32 codes, 16 bytes. */
// @ts-ignore: decorator
@inline
function nibbles(c0: v128, c1: v128): v128 {
  const low = i16x8.splat(0xff)
  const b0 = v128.and(v128.or(c0, i16x8.shr_u(c0, 4)), low)
  const b1 = v128.and(v128.or(c1, i16x8.shr_u(c1, 4)), low)
  return i8x16.narrow_i16x8_u(b0, b1)
}

/** Constants of `sixes`: a code of 6 bits in 16, factors that join 12-bit lanes, the three low bytes of each lane. */
const SIXES: usize = memory.data<u8>(
  [
    63, 0, 63, 0, 63, 0, 63, 0, 63, 0, 63, 0, 63, 0, 63, 0,
    1, 0, 0, 16, 1, 0, 0, 16, 1, 0, 0, 16, 1, 0, 0, 16,
    0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 16, 16, 16, 16,
  ],
  16,
)

/** 16 codes of 6 bits in the first 12 bytes: 16 × 8 bit → 8 × 12 → 4 × 24. */
// @ts-ignore: decorator
@inline
function sixes(codes: v128): v128 {
  const even = v128.and(codes, v128.load(SIXES))
  const pairs = v128.or(even, i16x8.shl(i16x8.shr_u(codes, 8), 6))
  const fours = i32x4.dot_i16x8_s(pairs, v128.load(SIXES, 16))
  return i8x16.swizzle(fours, v128.load(SIXES, 32))
}

/**
 * Packs n codes of `width` < 8 bits into (n·width + 7)/8 bytes.
 *
 * @param from - one code per byte, zeros from n to the next multiple of 8
 */
export function pack(from: usize, n: i32, width: i32, to: usize): void {
  const end = to + ((n * width + 7) >> 3)
  if (width === 4) {
    while (end - to >= 16 && n >= 32) {
      v128.store(to, nibbles(v128.load(from), v128.load(from, 16)))
      from += 32
      to += 16
      n -= 32
    }
  } else if (width === 6) {
    for (; end - to >= 16; to += 12, from += 16) v128.store(to, sixes(v128.load(from)))
  }
  // Eight bytes are written at a time as long as they fit; the next codes overwrite the surplus.
  for (; to + 8 <= end; to += width, from += 8) store<u64>(to, gathered(load<u64>(from), width))
  for (; to < end; from += 8) {
    let x = gathered(load<u64>(from), width)
    for (let k = 0; k < width && to < end; k++, to++, x >>= 8) store<u8>(to, x)
  }
}

/** Unpacks n codes of `width` < 8 bits, one per byte; bytes up to the next multiple of 8 are written too. */
export function unpack(from: usize, n: i32, width: i32, to: usize): void {
  const end = from + ((n * width + 7) >> 3)
  const codesEnd = to + n
  for (; from + 8 <= end && to < codesEnd; from += width, to += 8) store<u64>(to, scattered(load<u64>(from), width))
  for (; to < codesEnd; to += 8) {
    let x: u64 = 0
    for (let k = 0; k < width && from < end; k++, from++) x |= (<u64>load<u8>(from)) << (k << 3)
    store<u64>(to, scattered(x, width))
  }
}
