/**
 * Sorting of f32 scores by order-preserving keys: least significant digit first, three digits of 11
 * bits, each pass stable. −0 sorts as +0, so that equal scores stay in the order of their indices.
 */
const DIGIT: i32 = 11
const BINS: i32 = 1 << DIGIT
const MASK: u32 = BINS - 1

/** Three tables of counts, then of places. */
const PLACES: usize = memory.data(3 * 4 * 2048, 16)

/** A key whose unsigned order is that of the scores. */
// @ts-ignore: decorator
@inline
export function keyOf(score: f32): u32 {
  const bits = reinterpret<u32>(score + 0)
  return bits ^ (<u32>(<i32>bits >> 31) | 0x80000000)
}

/** The score of a key. */
// @ts-ignore: decorator
@inline
export function scoreOf(key: u32): f32 {
  return reinterpret<f32>(key ^ (<u32>(<i32>~key >> 31) | 0x80000000))
}

/** Counts become first places. */
function accumulateCounts(table: usize): void {
  let place: u32 = 0
  for (let at = table; at < table + 4 * BINS; at += 4) {
    const count = load<u32>(at)
    store<u32>(at, place)
    place += count
  }
}

/** Moves 8-byte pairs (key, payload) to their places by the digit at `shift`. */
// @ts-ignore: decorator
@inline
function scatter(from: usize, to: usize, n: i32, table: usize, shift: i32): void {
  for (const end = from + (<usize>n << 3); from < end; from += 8) {
    const pair = load<u64>(from)
    const at = table + <usize>(((<u32>pair >>> shift) & MASK) << 2)
    const place = load<u32>(at)
    store<u32>(at, place + 1)
    store<u64>(to + (<usize>place << 3), pair)
  }
}
