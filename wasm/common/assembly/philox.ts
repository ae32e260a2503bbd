/**
 * Philox 4x32-10. Counter (block lo, block hi, stream, tag), key (seed lo, seed hi). One round:
 *   c0' = hi(M1·c2) ^ c1 ^ k0,  c1' = lo(M1·c2),  c2' = hi(M0·c0) ^ c3 ^ k1,  c3' = lo(M0·c0)
 * and the key advances by (W0, W1).
 *
 * Four blocks go through the rounds side by side, one vector per counter word, and are transposed
 * once at the end; two such fours alternate, to hide the latency of the products. Everything that is the same for all groups is kept in memory, not in constants or
 * locals: V8 would compute it anew for every group.
 */
const M0: u32 = 0xd2511f53
const M1: u32 = 0xcd9e8d57
const W0: u32 = 0x9e3779b9
const W1: u32 = 0xbb67ae85

const ROUNDS = 10
/** Bytes per round key: [k0 ×4][k1 ×4]. */
const KEY = 32
/** What the first two rounds take instead of keys, and the multipliers; offsets behind the round keys. */
const HEAD = KEY * ROUNDS
const MULTIPLIER0 = HEAD
const MULTIPLIER1 = HEAD + 16
const KEY1 = HEAD + 32
const C1_AFTER = HEAD + 48
const C2_HEAD = HEAD + 64
const C3_HEAD = HEAD + 80
const STEP = HEAD + 96
/** Bytes that the keys of a sequence take. */
export const PHILOX_BYTES: i32 = HEAD + 112

/** Blocks and words of one group. */
export const GROUP_BLOCKS: i32 = 8
export const GROUP_WORDS: i32 = 32

/**
 * Prepares the round keys of a seed at `at`.
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
  v128.store(at, i32x4.splat(M0), MULTIPLIER0)
  v128.store(at, i32x4.splat(M1), MULTIPLIER1)
  v128.store(at, i32x4.splat(GROUP_BLOCKS / 2), STEP)
}

/**
 * Writes the words of `groups` groups of eight consecutive blocks.
 *
 * @param keys - from `philoxKeys`
 * @param block - number of the first block, a multiple of 8, so that its high word is the group's
 */
export function philoxFill(keys: usize, to: usize, groups: i32, block: u64, stream: u32, tag: u32): void {
  while (groups > 0) {
    // The high word of the counter is constant up to the next multiple of 2^32.
    const run = <i32>min<u64>(groups, (0x100000000 - (block & 0xffffffff)) / GROUP_BLOCKS)
    prepareRun(keys, <u32>(block >> 32), stream, tag)
    fillRun(keys, to, run, <u32>block)
    to += run * (GROUP_WORDS * 4)
    block += run * GROUP_BLOCKS
    groups -= run
  }
}

/**
 * The first round's product M1·stream and the second's M0·c0 do not depend on the low word of the
 * block. Round 1 leaves c2 = hi(M0·c0) ^ tag ^ k1, round 2 c2 = hi(M0·c0') ^ c3 ^ k1.
 */
function prepareRun(keys: usize, blockHi: u32, stream: u32, tag: u32): void {
  const first = <u64>M1 * stream
  const second = <u64>M0 * (<u32>(first >> 32) ^ blockHi ^ load<u32>(keys))
  v128.store(keys, i32x4.splat(tag ^ load<u32>(keys, 16)), KEY1)
  v128.store(keys, i32x4.splat(<u32>first ^ load<u32>(keys, KEY)), C1_AFTER)
  v128.store(keys, i32x4.splat(<u32>(second >> 32) ^ load<u32>(keys, KEY + 16)), C2_HEAD)
  v128.store(keys, i32x4.splat(<u32>second), C3_HEAD)
}

/** High words of the products of four lanes. */
// @ts-ignore: decorator
@inline
function high(c: v128, m: v128): v128 {
  const low = i64x2.extmul_low_i32x4_u(c, m)
  return v128.shuffle<i32>(low, i64x2.extmul_high_i32x4_u(c, m), 1, 3, 5, 7)
}

function fillRun(keys: usize, to: usize, groups: i32, blockLo: u32): void {
  let counter = i32x4.add(i32x4.splat(blockLo), i32x4(0, 1, 2, 3))
  for (const end = to + groups * (GROUP_WORDS * 4); to < end; to += GROUP_WORDS * 4) {
    const m0 = v128.load(keys, MULTIPLIER0)
    const m1 = v128.load(keys, MULTIPLIER1)
    const counter1 = i32x4.add(counter, v128.load(keys, STEP))
    let a2 = v128.xor(high(counter, m0), v128.load(keys, KEY1))
    let b2 = v128.xor(high(counter1, m0), v128.load(keys, KEY1))
    let a0 = v128.xor(high(a2, m1), v128.load(keys, C1_AFTER))
    let b0 = v128.xor(high(b2, m1), v128.load(keys, C1_AFTER))
    let a1 = i32x4.mul(a2, m1)
    let b1 = i32x4.mul(b2, m1)
    a2 = v128.xor(i32x4.mul(counter, m0), v128.load(keys, C2_HEAD))
    b2 = v128.xor(i32x4.mul(counter1, m0), v128.load(keys, C2_HEAD))
    let a3 = v128.load(keys, C3_HEAD)
    let b3 = a3
    for (let key = keys + 2 * KEY; key < keys + ROUNDS * KEY; key += KEY) {
      const k0 = v128.load(key)
      const k1 = v128.load(key, 16)
      const nextA = v128.xor(high(a0, m0), v128.xor(a3, k1))
      const nextB = v128.xor(high(b0, m0), v128.xor(b3, k1))
      a3 = i32x4.mul(a0, m0)
      b3 = i32x4.mul(b0, m0)
      a0 = v128.xor(high(a2, m1), v128.xor(a1, k0))
      b0 = v128.xor(high(b2, m1), v128.xor(b1, k0))
      a1 = i32x4.mul(a2, m1)
      b1 = i32x4.mul(b2, m1)
      a2 = nextA
      b2 = nextB
    }
    storeTransposed(to, a0, a1, a2, a3)
    storeTransposed(to + 64, b0, b1, b2, b3)
    counter = i32x4.add(counter1, v128.load(keys, STEP))
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
