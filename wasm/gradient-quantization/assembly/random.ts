import { openSequence, TILE, blockWords, u64Of } from './tile'

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
    memory.copy(words + (i << 2), blockWords(block + (i >> 2), 0, count), count << 2)
  }
  return 0
}
