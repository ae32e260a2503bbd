/**
 * Stochastic pruning. With ε = (w >>> 8)·2^-24 and f32(α·ε):
 *   |x| > α → x;  α·ε <= |x| <= α → sign(x)·α;  else +0, and ±0 → +0.
 */
import { ABS_MASK, INF_BITS, magnitudes, select, sumI32 } from '../../common/assembly/lanes'
import { peakOf, reportFirst } from './amax'
import { openSequence, padTail, STEP, TAIL_OUT, TILE, tileWords, u64Of } from './tile'

const PRUNE_TAG: u32 = 2

// Report slots: zeros, clipped, firstNan.
const TOTALS: usize = memory.data(8, 4)

/** Magnitudes from which an element isn't zeroed; never 0, so that zeros are. */
// @ts-ignore: decorator
@inline
export function thresholds(w: v128, alpha: v128): v128 {
  const unit = f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(w, 8)), f32x4.splat(1.0 / 16777216.0))
  return f32x4.pmax(i32x4.splat(1), f32x4.mul(alpha, unit))
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

/** Prunes n elements, a multiple of 4. */
function pruneTile(x: usize, n: i32, words: usize, threshold: f32, out: usize): void {
  const alpha = f32x4.splat(threshold)
  const sign = i32x4.splat(~ABS_MASK)
  let alives = i32x4.splat(0)
  let kepts = alives
  for (const end = out + (n << 2); out < end; out += 16, x += 16, words += 16) {
    const v = v128.load(x)
    const a = magnitudes(v)
    const kept = f32x4.gt(a, alpha)
    const alive = f32x4.ge(a, thresholds(v128.load(words), alpha))
    alives = i32x4.sub(alives, alive)
    kepts = i32x4.sub(kepts, kept)
    v128.store(out, v128.and(alive, select(kept, v, v128.or(alpha, v128.and(v, sign)))))
  }
  addTotals(n, sumI32(alives), sumI32(kepts))
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
    let peak = peakOf(at, whole)
    if (whole < count) peak = max(peak, peakOf(padTail(at + (whole << 2), count - whole), STEP))
    if (peak > INF_BITS) reportFirst(report + 16, at, count, INF_BITS, begin + <f64>i)
    pruneTile(at, whole, words, <f32>alpha, to)
    if (whole === count) continue
    const tail = padTail(at + (whole << 2), count - whole)
    pruneTile(tail, STEP, words + (whole << 2), <f32>alpha, TAIL_OUT)
    memory.copy(to + (whole << 2), TAIL_OUT, (count - whole) << 2)
    uncountZeros(STEP - count + whole)
  }
  closePrune(report)
  return 0
}
