/**
 * Lane helpers that every kernel shares. Everything is inlined into its caller.
 *
 * V8 makes every vector constant anew, in three instructions, where a loop uses it. Loops therefore take
 * their constants from memory: `splat(TABLE, i)` is one load.
 */

/** Bits of a NaN in every float output. */
export const NAN_BITS: i32 = 0x7fc00000
/** Bits of +Infinity; |bits| from here on are not finite. */
export const INF_BITS: i32 = 0x7f800000
/** Bits of the largest finite f32. */
export const MAX_BITS: i32 = 0x7f7fffff
export const ABS_MASK: i32 = 0x7fffffff

/** `mask ? yes : no`, lane by lane. */
// @ts-ignore: decorator
@inline
export function select(mask: v128, yes: v128, no: v128): v128 {
  return v128.bitselect(yes, no, mask)
}

/** f32 lanes with every NaN replaced by the one that all backends write. */
// @ts-ignore: decorator
@inline
export function canonical(v: v128): v128 {
  return select(f32x4.ne(v, v), i32x4.splat(NAN_BITS), v)
}

/** All lanes the 4-byte element `index` of a table in memory. */
// @ts-ignore: decorator
@inline
export function splat(table: usize, index: i32): v128 {
  return v128.load32_splat(table + (index << 2))
}

const LANES: usize = memory.data<u32>([0x7fffffff], 4)

/** Bits of the magnitudes of f32 lanes. */
// @ts-ignore: decorator
@inline
export function magnitudes(v: v128): v128 {
  return v128.and(v, splat(LANES, 0))
}

/** Sum of four i32 lanes, wrapping. */
// @ts-ignore: decorator
@inline
export function sumI32(v: v128): i32 {
  return (
    i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1) + i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3)
  )
}

/** Largest of four i32 lanes. */
// @ts-ignore: decorator
@inline
export function maxI32(v: v128): i32 {
  const pair = i32x4.max_s(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1))
  return max(i32x4.extract_lane(pair, 0), i32x4.extract_lane(pair, 1))
}

/** Smallest of four u32 lanes. */
// @ts-ignore: decorator
@inline
export function minU32(v: v128): u32 {
  const pair = i32x4.min_u(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1))
  return min(<u32>i32x4.extract_lane(pair, 0), <u32>i32x4.extract_lane(pair, 1))
}

/** 2^k as f32, 0 below the smallest subnormal, Infinity above the largest power. */
export function powerOfTwo(k: i32): f32 {
  if (k < -149) return 0
  if (k < -126) return reinterpret<f32>(1 << (k + 149))
  return k > 127 ? Infinity : reinterpret<f32>((k + 127) << 23)
}

/** The first n of four elements, zeros behind them. */
// @ts-ignore: decorator
@inline
export function loadPartial(at: usize, n: i32): v128 {
  if (n >= 4) return v128.load(at)
  if (n <= 0) return f32x4.splat(0)
  if (n === 1) return v128.load32_zero(at)
  const pair = v128.load64_zero(at)
  return n === 2 ? pair : v128.load32_lane(at + 8, pair, 2)
}

/** Stores the first n of four elements. */
// @ts-ignore: decorator
@inline
export function storePartial(at: usize, v: v128, n: i32): void {
  if (n >= 4) return v128.store(at, v)
  v128.store32_lane(at, v, 0)
  if (n > 1) v128.store32_lane(at + 4, v, 1)
  if (n > 2) v128.store32_lane(at + 8, v, 2)
}

/** Two numbers of type f32 or f64, as f64 lanes. */
// @ts-ignore: decorator
@inline
export function pairAt<T>(at: usize): v128 {
  return sizeof<T>() === 4 ? f64x2.promote_low_f32x4(v128.load64_zero(at)) : v128.load(at)
}
