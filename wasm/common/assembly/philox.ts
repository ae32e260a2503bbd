/**
 * Philox 4x32-10. Counter (block lo, block hi, stream, tag), key (seed lo, seed hi). One round:
 *   c0' = hi(M1·c2) ^ c1 ^ k0,  c1' = lo(M1·c2),  c2' = hi(M0·c0) ^ c3 ^ k1,  c3' = lo(M0·c0)
 * and the key advances by (W0, W1).
 *
 * Four blocks go through the rounds side by side, one vector per counter word, and are transposed
 * once at the end: a product of all four takes two `extmul` and two shuffles.
 */
const M0: i32 = 0xd2511f53
const M1: i32 = 0xcd9e8d57
const W0: u32 = 0x9e3779b9
const W1: u32 = 0xbb67ae85

const ROUNDS = 10
/** Bytes per round key: [k0 ×4][k1 ×4]. */
const KEY = 32
/** The counter words after the two rounds whose other half is the same for all blocks. */
const HEAD = KEY * ROUNDS
const STATE = HEAD + 32

/** Words that one group of four blocks gives. */
export const GROUP_WORDS = 16

// @ts-ignore: decorator
@inline
function evenLanes(low: v128, high: v128): v128 {
  return v128.shuffle<i32>(low, high, 0, 2, 4, 6)
}

// @ts-ignore: decorator
@inline
function oddLanes(low: v128, high: v128): v128 {
  return v128.shuffle<i32>(low, high, 1, 3, 5, 7)
}

/** Round keys and constant products of a sequence; `at` lies at a block of `PHILOX_BYTES` bytes. */
export const PHILOX_BYTES = STATE

/**
 * Prepares the sequence (seed, stream, tag) at `at`.
 *
 * @param at - 16-byte aligned block of `PHILOX_BYTES` bytes
 */
export function philoxKeys(at: usize, seedLo: u32, seedHi: u32): void {
  let k0 = seedLo
  let k1 = seedHi
  for (let r = 0; r < ROUNDS; r++) {
    v128.store(at + r * KEY, i32x4.splat(k0))
    v128.store(at + r * KEY, i32x4.splat(k1), 16)
    k0 += W0
    k1 += W1
  }
}

/**
 * Writes the words of `groups` groups of four consecutive blocks.
 *
 * The first round's product M1·stream and the second's M0·c0 do not depend on the block: they are
 * computed once, here.
 *
 * @param keys - from `philoxKeys`
 * @param block - number of the first block, a multiple of 4, so that its high word is the group's
 */
export function philoxFill(keys: usize, to: usize, groups: i32, block: u64, stream: u32, tag: u32): void {
  while (groups > 0) {
    // The high word of the counter is constant up to the next multiple of 2^32.
    const run = <i32>min<u64>(groups, (0x100000000 - (block & 0xffffffff)) >> 2)
    fillRun(keys, to, run, <u32>block, <u32>(block >> 32), stream, tag)
    to += run * (GROUP_WORDS * 4)
    block += run << 2
    groups -= run
  }
}

function fillRun(keys: usize, to: usize, groups: i32, blockLo: u32, blockHi: u32, stream: u32, tag: u32): void {
  const m0 = i32x4.splat(M0)
  const m1 = i32x4.splat(M1)
  const first = <u64>(<u32>M1) * stream
  const c0After = <u32>(first >> 32) ^ blockHi ^ load<u32>(keys)
  const second = <u64>(<u32>M0) * c0After
  // Round 1 gives c2 = hi ^ tag ^ k1; round 2 then c2 = hi(second) ^ c3 ^ k1, c3 = lo(second).
  const key1 = v128.xor(i32x4.splat(tag), v128.load(keys, 16))
  const c1After = v128.xor(i32x4.splat(<u32>first), v128.load(keys, KEY))
  const c2Head = v128.xor(i32x4.splat(<u32>(second >> 32)), v128.load(keys, KEY + 16))
  const c3Head = i32x4.splat(<u32>second)
  let counter = i32x4.add(i32x4.splat(blockLo), i32x4(0, 1, 2, 3))
  const end = to + groups * (GROUP_WORDS * 4)
  while (to < end) {
    let low = i64x2.extmul_low_i32x4_u(counter, m0)
    let high = i64x2.extmul_high_i32x4_u(counter, m0)
    let c2 = v128.xor(oddLanes(low, high), key1)
    let c3 = evenLanes(low, high)
    low = i64x2.extmul_low_i32x4_u(c2, m1)
    high = i64x2.extmul_high_i32x4_u(c2, m1)
    let c0 = v128.xor(oddLanes(low, high), c1After)
    let c1 = evenLanes(low, high)
    c2 = v128.xor(c2Head, c3)
    c3 = c3Head
    for (let key = keys + 2 * KEY; key < keys + ROUNDS * KEY; key += KEY) {
      low = i64x2.extmul_low_i32x4_u(c0, m0)
      high = i64x2.extmul_high_i32x4_u(c0, m0)
      const low1 = i64x2.extmul_low_i32x4_u(c2, m1)
      const high1 = i64x2.extmul_high_i32x4_u(c2, m1)
      c2 = v128.xor(v128.xor(oddLanes(low, high), v128.load(key, 16)), c3)
      c3 = evenLanes(low, high)
      c0 = v128.xor(v128.xor(oddLanes(low1, high1), v128.load(key)), c1)
      c1 = evenLanes(low1, high1)
    }
    storeTransposed(to, c0, c1, c2, c3)
    counter = i32x4.add(counter, i32x4.splat(4))
    to += GROUP_WORDS * 4
  }
}

/** Stores four vectors of counter words block by block. */
// @ts-ignore: decorator
@inline
function storeTransposed(to: usize, c0: v128, c1: v128, c2: v128, c3: v128): void {
  const low01 = v128.shuffle<i32>(c0, c1, 0, 4, 1, 5)
  const high01 = v128.shuffle<i32>(c0, c1, 2, 6, 3, 7)
  const low23 = v128.shuffle<i32>(c2, c3, 0, 4, 1, 5)
  const high23 = v128.shuffle<i32>(c2, c3, 2, 6, 3, 7)
  v128.store(to, v128.shuffle<i64>(low01, low23, 0, 2))
  v128.store(to, v128.shuffle<i64>(low01, low23, 1, 3), 16)
  v128.store(to, v128.shuffle<i64>(high01, high23, 0, 2), 32)
  v128.store(to, v128.shuffle<i64>(high01, high23, 1, 3), 48)
}
