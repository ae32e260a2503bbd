/**
 * Work goes in tiles of `TILE` elements, small enough that what one pass leaves for the next (random
 * words, scaled values, one code per byte) stays in the L1 cache. These are the tiles' addresses.
 */
export { blockWords, openSequence, TILE, tileWords, u64Of } from '../../common/assembly/words'

/** Elements that one step of a vector loop handles. */
export const STEP: i32 = 16

/** One code per byte. */
export const CODES: usize = memory.data(1024 + 16, 16)
/** Values of a tile. */
export const VALUES: usize = memory.data(4 * (1024 + 16), 16)
/** The last elements of an array, padded with zeros to a whole step; and what becomes of them. */
const TAIL_IN: usize = memory.data(64, 16)
export const TAIL_OUT: usize = memory.data(64, 16)

/** Address of a zero-padded copy of `n` < 16 four-byte elements. */
export function padTail(from: usize, n: i32): usize {
  memory.fill(TAIL_IN, 0, 64)
  memory.copy(TAIL_IN, from, n << 2)
  return TAIL_IN
}
