/**
 * Work goes in tiles of `TILE` elements, small enough that what one pass leaves for the next (random
 * words, scaled values, one code per byte) stays in the L1 cache. These are the tiles' addresses.
 */
import { GROUP_BLOCKS, GROUP_WORDS, PHILOX_BYTES, philoxFill, philoxKeys } from '../../common/assembly/philox'

export const TILE: i32 = 1024
/** Elements that one step of a vector loop handles. */
export const STEP: i32 = 16

/** Random words of a tile; it starts up to 31 words into the first group of blocks. */
const WORDS: usize = memory.data(4 * (1024 + 32), 16)
const KEYS: usize = memory.data(PHILOX_BYTES, 16)
/** One code per byte. */
export const CODES: usize = memory.data(1024 + 16, 16)
/** Values of a tile. */
export const VALUES: usize = memory.data(4 * (1024 + 16), 16)
/** The last elements of an array, padded with zeros to a whole step; and what becomes of them. */
const TAIL_IN: usize = memory.data(64, 16)
export const TAIL_OUT: usize = memory.data(64, 16)

const SEQUENCE: usize = memory.data(8, 8)

/** Chooses the sequence that `tileWords` draws from. */
export function openSequence(seedLo: u32, seedHi: u32, stream: u32, tag: u32): void {
  philoxKeys(KEYS, seedLo, seedHi)
  store<u32>(SEQUENCE, stream)
  store<u32>(SEQUENCE, tag, 4)
}

/**
 * Draws n <= `TILE` words from word `first` (0 to 3) of `block` on. Returns where they lie; what
 * follows them up to a whole step is readable too.
 */
export function blockWords(block: u64, first: i32, n: i32): usize {
  const skipped = (<i32>block & (GROUP_BLOCKS - 1)) * 4 + first
  const groups = (skipped + n + GROUP_WORDS - 1) / GROUP_WORDS
  philoxFill(KEYS, WORDS, groups, block & ~(GROUP_BLOCKS - 1), load<u32>(SEQUENCE), load<u32>(SEQUENCE, 4))
  return WORDS + (skipped << 2)
}

/** The words of elements [element, element + n): word j & 3 of block j >>> 2 belongs to element j. */
// @ts-ignore: decorator
@inline
export function tileWords(element: u64, n: i32): usize {
  return blockWords(element >> 2, <i32>(element & 3), n)
}

/** Address of a zero-padded copy of `n` < 16 four-byte elements. */
export function padTail(from: usize, n: i32): usize {
  memory.fill(TAIL_IN, 0, 64)
  memory.copy(TAIL_IN, from, n << 2)
  return TAIL_IN
}

/** Joins the two halves of a u64 parameter. */
// @ts-ignore: decorator
@inline
export function u64Of(lo: u32, hi: u32): u64 {
  return ((<u64>hi) << 32) | lo
}
