/**
 * Logarithmic unbiased codes. With y = f32(|x| / α) and the element's word w:
 *   y >= 1: ((bits(y) + (w >>> 9)) >>> 23) − 126, at most `levels`
 *   y < 1:  1 with probability y, i.e. (w >>> 8)·2^-24 < y, else 0
 * A code 0 has no sign.
 */
import { magnitudes, MAX_BITS, splat, sumI32 } from '../../common/assembly/lanes'
import { reportFirst, tilePeak } from './amax'
import { bytesOf, signsOf } from './narrow'
import { pack } from './pack'
import { unit24 } from './rounding'
import { CODES, openSequence, padTail, STEP, TILE, tileWords, u64Of } from './tile'

/** Purpose of the random words; the sample's number lies above it. */
const LUQ_TAG: u32 = 3

// Report slots: clamped, firstNonFinite.

/** Constants of the loop: 1 as f32, 1 and 126 as integers. */
const TABLE: usize = memory.data<u32>([0x3f800000, 1, 126], 4)

/** Magnitude codes of four elements before clamping. */
// @ts-ignore: decorator
@inline
function magnitudeCodes(y: v128, w: v128): v128 {
  const up = i32x4.sub(i32x4.shr_u(i32x4.add(y, i32x4.shr_u(w, 9)), 23), splat(TABLE, 2))
  const low = v128.and(f32x4.lt(unit24(w), y), splat(TABLE, 1))
  return i32x4.max_s(v128.and(f32x4.ge(y, splat(TABLE, 0)), up), low)
}

/** Codes n elements, a multiple of 16, into bytes; returns how many were clamped. */
function codeTile(x: usize, n: i32, words: usize, alpha: f32, levels: i32, to: usize): i32 {
  const divisor = f32x4.splat(alpha)
  const top = i32x4.splat(levels)
  const signBit = i8x16.splat(levels === 7 ? 8 : 16)
  let clamped = i32x4.splat(0)
  for (const end = to + n; to < end; to += 16, x += 64, words += 64) {
    const v0 = v128.load(x)
    const v1 = v128.load(x, 16)
    const v2 = v128.load(x, 32)
    const v3 = v128.load(x, 48)
    const c0 = magnitudeCodes(f32x4.div(magnitudes(v0), divisor), v128.load(words))
    const c1 = magnitudeCodes(f32x4.div(magnitudes(v1), divisor), v128.load(words, 16))
    const c2 = magnitudeCodes(f32x4.div(magnitudes(v2), divisor), v128.load(words, 32))
    const c3 = magnitudeCodes(f32x4.div(magnitudes(v3), divisor), v128.load(words, 48))
    const over01 = i32x4.add(i32x4.gt_s(c0, top), i32x4.gt_s(c1, top))
    clamped = i32x4.add(clamped, i32x4.add(over01, i32x4.add(i32x4.gt_s(c2, top), i32x4.gt_s(c3, top))))
    const codes = bytesOf(
      i32x4.min_s(c0, top),
      i32x4.min_s(c1, top),
      i32x4.min_s(c2, top),
      i32x4.min_s(c3, top),
    )
    const signs = v128.and(signsOf(v0, v1, v2, v3, signBit), i8x16.gt_s(codes, i8x16.splat(0)))
    v128.store(to, v128.or(codes, signs))
  }
  return -sumI32(clamped)
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
    if (whole < count) {
      const tail = padTail(at + (whole << 2), count - whole)
      clamped += codeTile(tail, STEP, words + (whole << 2), divisor, levels, CODES + whole)
    }
    if (tilePeak(at, count) > MAX_BITS) reportFirst(report + 8, at, count, MAX_BITS, begin + <f64>i)
    const to = codes + ((i * width) >> 3)
    if (width === 8) memory.copy(to, CODES, count)
    else pack(CODES, count, width, to)
  }
  store<f64>(report, <f64>clamped)
  return 0
}
