/** Random numbers by index, and bounds. */
import { loadPartial, storePartial } from '../../common/assembly/lanes'
import { normals } from '../../common/assembly/math'
import { blockWords, openSequence, TILE } from '../../common/assembly/words'

export { philox } from '../../common/assembly/words'

/** Normals of a tile. */
const NORMALS: usize = memory.data(4 * 1024, 16)

/** 2^−24. */
const UNIT: f32 = 5.9604644775390625e-8

/** The words of elements [element, element + n), n <= TILE, of a chain; element is a multiple of 4. */
// @ts-ignore: decorator
@inline
function chainWords(element: u32, n: i32, chain: u32): usize {
  return blockWords(((<u64>chain) << 32) | (element >>> 2), 0, n)
}

/** The f32 normals of the same elements, of the sequence that is open. */
export function chainNormals(element: u32, n: i32, chain: u32): usize {
  normals(chainWords(element, n, chain), NORMALS, (n + 3) & ~3)
  return NORMALS
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
  openSequence(seedLo, seedHi, step, tag)
  const factor = f32x4.splat(<f32>scale)
  const low = f32x4.splat(<f32>lo)
  const high = f32x4.splat(<f32>hi)
  const base = f32x4.splat(<f32>offset)
  const unit = f32x4.splat(UNIT)
  for (let i = 0; i < n; i += TILE) {
    const count = min(TILE, n - i)
    const element = <u32>begin + i
    const uniform = kind === 0
    let from = uniform ? chainWords(element, count, chain) : chainNormals(element, count, chain)
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
