/** Philox words and what is drawn from them, by index. */
import { loadPartial, storePartial } from '../../common/assembly/lanes'
import { normals } from '../../common/assembly/math'
import { GROUP_BLOCKS, GROUP_WORDS, PHILOX_BYTES, philoxFill, philoxKeys } from '../../common/assembly/philox'

/** Elements drawn at a time, and their words, which start up to 31 words into a group. */
export const TILE: i32 = 1024
const WORDS: usize = memory.data(4 * (1024 + 32), 16)
const KEYS: usize = memory.data(PHILOX_BYTES, 16)
/** Normals of a tile. */
const NORMALS: usize = memory.data(4 * 1024, 16)

const UNIT: f32 = 5.9604644775390625e-8

/** Chooses the seed of the draws that follow. */
export function openSeed(seedLo: u32, seedHi: u32): void {
  philoxKeys(KEYS, seedLo, seedHi)
}

/** The words of n <= TILE elements from word 0 of `block` on. */
function wordsFrom(block: u64, n: i32, stream: u32, tag: u32): usize {
  const skipped = <i32>(block & (GROUP_BLOCKS - 1)) * 4
  const groups = (skipped + n + GROUP_WORDS - 1) / GROUP_WORDS
  philoxFill(KEYS, WORDS, groups, block & ~(GROUP_BLOCKS - 1), stream, tag)
  return WORDS + (<usize>skipped << 2)
}

/**
 * Words of n <= TILE elements from `element` (a multiple of 4) on: element e has word e & 3 of the block with
 * counter (e >>> 2, chain, step, tag).
 */
export function elementWords(element: u32, n: i32, chain: u32, step: u32, tag: u32): usize {
  return wordsFrom(((<u64>chain) << 32) | (element >>> 2), n, step, tag)
}

/** The f32 normals of the same elements. */
export function elementNormals(element: u32, n: i32, chain: u32, step: u32, tag: u32): usize {
  normals(elementWords(element, n, chain, step, tag), NORMALS, (n + 3) & ~3)
  return NORMALS
}

/** Words of consecutive blocks; see the table. */
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
  openSeed(seedLo, seedHi)
  let block = ((<u64>blockHi) << 32) | blockLo
  for (let i = 0; i < n; i += TILE) {
    const count = min(TILE, n - i)
    memory.copy(words + (<usize>i << 2), wordsFrom(block, count, stream, tag), <usize>count << 2)
    block += TILE / 4
  }
  return 0
}

/** min2(max2(v, lo), hi). */
// @ts-ignore: decorator
@inline
export function clampLanes(v: v128, lo: v128, hi: v128): v128 {
  return f32x4.pmin(f32x4.pmax(v, lo), hi)
}

/** Random numbers for a chunk of x; see the table. */
export function randomFill(
  kind: i32,
  seedLo: u32,
  seedHi: u32,
  chain: u32,
  step: u32,
  tag: u32,
  offset: f64,
  scale: f64,
  adds: i32,
  lo: f64,
  hi: f64,
  x: usize,
  n: i32,
  begin: f64,
  end: f64,
): i32 {
  openSeed(seedLo, seedHi)
  const factor = f32x4.splat(<f32>scale)
  const low = f32x4.splat(<f32>lo)
  const high = f32x4.splat(<f32>hi)
  const base = f32x4.splat(<f32>offset)
  const unit = f32x4.splat(UNIT)
  for (let i = 0; i < n; i += TILE) {
    const count = min(TILE, n - i)
    const element = <u32>begin + i
    const uniform = kind === 0
    let from = uniform
      ? elementWords(element, count, chain, step, tag)
      : elementNormals(element, count, chain, step, tag)
    for (let at = x + (<usize>i << 2), last = at + (<usize>count << 2); at < last; at += 16) {
      const left = <i32>((last - at) >> 2)
      const drawn = v128.load(from)
      const r = uniform ? f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(drawn, 8)), unit) : drawn
      const old = adds === 0 ? base : loadPartial(at, left)
      const v = clampLanes(f32x4.add(old, f32x4.mul(factor, r)), low, high)
      storePartial(at, v, left)
      from += 16
    }
  }
  return 0
}
