/**
 * Stochastic pruning. With ε = (w >>> 8)·2^-24 and f32(α·ε):
 *   |x| > α → x;  α·ε <= |x| <= α → sign(x)·α;  else +0, and ±0 → +0.
 */
import { INF_BITS, magnitudes, select, splat, sumI32 } from '../../common/assembly/lanes'
import { reportFirst, tilePeak } from './amax'
import { unit24 } from './rounding'
import { openSequence, padTail, STEP, TAIL_OUT, TILE, tileWords, u64Of } from './tile'

const PRUNE_TAG: u32 = 2

// Report slots: zeros, clipped, firstNan.
const TOTALS: usize = memory.data(8, 4)

/** Constants of the loops: the smallest f32, the sign bit. */
const TABLE: usize = memory.data<u32>([1, 0x80000000], 4)

/** Magnitudes from which an element isn't zeroed; never 0, so that zeros are. */
// @ts-ignore: decorator
@inline
export function thresholds(w: v128, alpha: v128): v128 {
  return f32x4.pmax(splat(TABLE, 0), f32x4.mul(alpha, unit24(w)))
}

/** Four pruned elements. */
// @ts-ignore: decorator
@inline
function prunedFour(v: v128, alive: v128, kept: v128, alpha: v128): v128 {
  return v128.and(alive, select(kept, v, v128.or(alpha, v128.and(v, splat(TABLE, 1)))))
}

/** Adds to the totals what the masks of n elements count: not zeroed, and kept as they are. */
export function addTotals(n: i32, alive: i32, kept: i32): void {
  store<i32>(TOTALS, load<i32>(TOTALS) + n - alive)
  store<i32>(TOTALS, load<i32>(TOTALS, 4) + alive - kept, 4)
}

/** Takes back the zeros that pad a tail. */
export function uncountZeros(n: i32): void {
  store<i32>(TOTALS, load<i32>(TOTALS) - n)
}

/** Survivors among the n elements counted. */
export function survivors(n: i32): i32 {
  return n - load<i32>(TOTALS) - load<i32>(TOTALS, 4)
}

export function openPrune(seedLo: u32, seedHi: u32, stream: u32): void {
  openSequence(seedLo, seedHi, stream, PRUNE_TAG)
  store<u64>(TOTALS, 0)
}

export function closePrune(report: usize): void {
  store<f64>(report, <f64>load<u32>(TOTALS))
  store<f64>(report, <f64>load<u32>(TOTALS, 4), 8)
}

/** Prunes n elements, a multiple of 16. */
function pruneTile(x: usize, n: i32, words: usize, threshold: f32, out: usize): void {
  const alpha = f32x4.splat(threshold)
  let alives = i32x4.splat(0)
  let kepts = alives
  for (const end = out + (n << 2); out < end; out += 32, x += 32, words += 32) {
    const v0 = v128.load(x)
    const v1 = v128.load(x, 16)
    const a0 = magnitudes(v0)
    const a1 = magnitudes(v1)
    const kept0 = f32x4.gt(a0, alpha)
    const kept1 = f32x4.gt(a1, alpha)
    const alive0 = f32x4.ge(a0, thresholds(v128.load(words), alpha))
    const alive1 = f32x4.ge(a1, thresholds(v128.load(words, 16), alpha))
    alives = i32x4.add(alives, i32x4.add(alive0, alive1))
    kepts = i32x4.add(kepts, i32x4.add(kept0, kept1))
    v128.store(out, prunedFour(v0, alive0, kept0, alpha))
    v128.store(out, prunedFour(v1, alive1, kept1, alpha), 16)
  }
  addTotals(n, -sumI32(alives), -sumI32(kepts))
}

/** Prunes x[n] with threshold alpha. `out` may be x. */
export function prune(
  x: usize,
  n: i32,
  alpha: f64,
  seedLo: u32,
  seedHi: u32,
  stream: u32,
  offsetLo: u32,
  offsetHi: u32,
  out: usize,
  outLength: i32,
  report: usize,
  begin: f64,
  end: f64,
): i32 {
  openPrune(seedLo, seedHi, stream)
  const element = u64Of(offsetLo, offsetHi) + <u64>begin
  for (let i = 0; i < n; i += TILE) {
    const count = min(TILE, n - i)
    const at = x + (i << 2)
    const to = out + (i << 2)
    const words = tileWords(element + i, count)
    const whole = count & ~(STEP - 1)
    // Before anything is written, for `out` may be x.
    if (tilePeak(at, count) > INF_BITS) reportFirst(report + 16, at, count, INF_BITS, begin + <f64>i)
    pruneTile(at, whole, words, <f32>alpha, to)
    if (whole === count) continue
    pruneTile(padTail(at + (whole << 2), count - whole), STEP, words + (whole << 2), <f32>alpha, TAIL_OUT)
    memory.copy(to + (whole << 2), TAIL_OUT, (count - whole) << 2)
    uncountZeros(STEP - count + whole)
  }
  closePrune(report)
  return 0
}
