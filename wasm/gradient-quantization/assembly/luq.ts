/**
 * Logarithmic unbiased codes. With y = f32(|x| / α) and the element's word w:
 *   y >= 1: ((bits(y) + (w >>> 9)) >>> 23) − 126, at most `levels`
 *   y < 1:  1 with probability y, i.e. (w >>> 8)·2^-24 < y, else 0
 * A code 0 has no sign.
 */
import { magnitudes, MAX_BITS, sumI32 } from '../../common/assembly/lanes'
import { peakOf, reportFirst } from './amax'
import { pack } from './pack'
import { CODES, openSequence, padTail, STEP, TILE, tileWords, u64Of } from './tile'

/** Purpose of the random words; the sample's number lies above it. */
const LUQ_TAG: u32 = 3

// Report slots: clamped, firstNonFinite.

/** Magnitude codes of four elements before clamping. */
// @ts-ignore: decorator
@inline
function magnitudeCodes(y: v128, w: v128): v128 {
  const one = f32x4.splat(1)
  const unit = f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(w, 8)), f32x4.splat(1.0 / 16777216.0))
  const up = i32x4.sub(i32x4.shr_u(i32x4.add(y, i32x4.shr_u(w, 9)), 23), i32x4.splat(126))
  const low = v128.and(f32x4.lt(unit, y), i32x4.splat(1))
  return i32x4.max_s(v128.and(f32x4.ge(y, one), up), low)
}

/** Codes n elements, a multiple of 4, into bytes; returns how many were clamped. */
function codeTile(x: usize, n: i32, words: usize, alpha: f32, levels: i32, to: usize): i32 {
  const divisor = f32x4.splat(alpha)
  const top = i32x4.splat(levels)
  const signBit = i32x4.splat(levels === 7 ? 8 : 16)
  let clamped = i32x4.splat(0)
  for (const end = to + n; to < end; to += 4, x += 16, words += 16) {
    const v = v128.load(x)
    const raw = magnitudeCodes(f32x4.div(magnitudes(v), divisor), v128.load(words))
    clamped = i32x4.sub(clamped, i32x4.gt_s(raw, top))
    const code = i32x4.min_s(raw, top)
    const sign = v128.and(v128.and(i32x4.shr_s(v, 31), signBit), i32x4.gt_s(code, i32x4.splat(0)))
    const pairs = i16x8.narrow_i32x4_s(v128.or(code, sign), code)
    store<i32>(to, i32x4.extract_lane(i8x16.narrow_i16x8_u(pairs, pairs), 0))
  }
  return sumI32(clamped)
}

/** Codes x[n] with threshold alpha, in `width` bits each; the sign is bit 3 with 7 levels, bit 4 with 8. */
export function luqEncode(
  x: usize,
  n: i32,
  alpha: f64,
  levels: u32,
  width: u32,
  seedLo: u32,
  seedHi: u32,
  stream: u32,
  sample: u32,
  offsetLo: u32,
  offsetHi: u32,
  codes: usize,
  codesLength: i32,
  report: usize,
  begin: f64,
  end: f64,
): i32 {
  openSequence(seedLo, seedHi, stream, LUQ_TAG | (sample << 8))
  const element = u64Of(offsetLo, offsetHi) + <u64>begin
  // α = 0 codes everything to 0.
  const divisor: f32 = alpha === 0 ? Infinity : <f32>alpha
  let clamped: i32 = 0
  for (let i = 0; i < n; i += TILE) {
    const count = min(TILE, n - i)
    const at = x + (i << 2)
    const words = tileWords(element + i, count)
    const whole = count & ~(STEP - 1)
    clamped += codeTile(at, whole, words, divisor, levels, CODES)
    let peak = peakOf(at, whole)
    if (whole < count) {
      const tail = padTail(at + (whole << 2), count - whole)
      clamped += codeTile(tail, STEP, words + (whole << 2), divisor, levels, CODES + whole)
      peak = max(peak, peakOf(tail, STEP))
    }
    if (peak > MAX_BITS) reportFirst(report + 8, at, count, MAX_BITS, begin + <f64>i)
    const to = codes + ((i * width) >> 3)
    if (width === 8) memory.copy(to, CODES, count)
    else pack(CODES, count, width, to)
  }
  store<f64>(report, <f64>clamped)
  return 0
}
