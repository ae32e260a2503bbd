/** Internals for tests; built beside the module and never shipped. Vectors lie in memory. */
import { canonical, magnitudes, maxI32, minU32, powerOfTwo, select, sumI32 } from '../../common/assembly/lanes'
import { GROUP_WORDS, PHILOX_BYTES, philoxFill, philoxKeys } from '../../common/assembly/philox'
import { pack, unpack } from './pack'

const KEYS: usize = memory.data(PHILOX_BYTES, 16)

export const philoxBytes: i32 = PHILOX_BYTES
export const groupWords: i32 = GROUP_WORDS

/** Groups of words from `block` on; the block is (hi, lo). */
export function groups(to: usize, n: i32, seedLo: u32, seedHi: u32, lo: u32, hi: u32, stream: u32, tag: u32): void {
  philoxKeys(KEYS, seedLo, seedHi)
  philoxFill(KEYS, to, n, ((<u64>hi) << 32) | lo, stream, tag)
}

export function sumLanes(v: usize): i32 {
  return sumI32(v128.load(v))
}
export function maxLane(v: usize): i32 {
  return maxI32(v128.load(v))
}
export function minLane(v: usize): u32 {
  return minU32(v128.load(v))
}
export function power(k: i32): f32 {
  return powerOfTwo(k)
}

/** v[4] with canonical NaNs, its magnitudes, and `mask ? v : other`. */
export function lanes(v: usize, mask: usize, other: usize, to: usize): void {
  v128.store(to, canonical(v128.load(v)))
  v128.store(to, magnitudes(v128.load(v)), 16)
  v128.store(to, select(v128.load(mask), v128.load(v), v128.load(other)), 32)
}

export { pack, unpack, __heap_base }
