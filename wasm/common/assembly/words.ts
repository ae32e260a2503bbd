/**
 * Random words of sequences, a tile at a time, so that they stay in the first-level cache: word j & 3 of the
 * block with counter (block, stream, tag) under a seed.
 */
import { GROUP_BLOCKS, GROUP_WORDS, PHILOX_BYTES, philoxFill, philoxKeys } from './philox'

/** Words of a tile. */
export const TILE: i32 = 1024

/** Words of a tile; it starts up to 31 words into the first group of blocks. */
const WORDS: usize = memory.data(4 * (1024 + 32), 16)
const KEYS: usize = memory.data(PHILOX_BYTES, 16)

const SEQUENCE: usize = memory.data(8, 8)

/** Chooses the sequence that the words of the next tiles belong to. */
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

/** Joins the two halves of a u64 parameter. */
// @ts-ignore: decorator
@inline
export function u64Of(lo: u32, hi: u32): u64 {
  return ((<u64>hi) << 32) | lo
}

/** The words of blocks `block`, `block + 1`, … of the sequence (seed, stream, tag), words[n]. */
export function philox(
  seedLo: u32,
  seedHi: u32,
  blockLo: u32,
  blockHi: u32,
  stream: u32,
  tag: u32,
  words: usize,
  n: i32,
): i32 {
  openSequence(seedLo, seedHi, stream, tag)
  const block = u64Of(blockLo, blockHi)
  for (let i = 0; i < n; i += TILE) {
    const count = min(TILE, n - i)
    memory.copy(words + (<usize>i << 2), blockWords(block + (i >> 2), 0, count), <usize>count << 2)
  }
  return 0
}
