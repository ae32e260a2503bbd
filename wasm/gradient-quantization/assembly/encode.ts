import { INF_BITS } from '../../common/assembly/lanes'
import { reportFirst } from './amax'
import * as codecs from './codec'
import { clearCounts, overflowed, underflowed } from './counts'
import { lookup, preparePlanes } from './lookup'
import { pack } from './pack'
import { quantize } from './quantize'
import { CODES, openSequence, padTail, STEP, TAIL_OUT, TILE, tileWords, u64Of } from './tile'

/** Purpose of the random words that round elements and blocks. */
export const ROUNDING_TAG: u32 = 1

// Report slots: overflowed, underflowed, firstNan.
export const FIRST_NAN: usize = 16

/** Prepares coding by `codec` of values multiplied by `scale`. */
export function openCodec(codec: usize, scale: f64, seedLo: u32, seedHi: u32, stream: u32): void {
  codecs.prepareCodec(codec, scale)
  clearCounts()
  if (codecs.isStochastic()) openSequence(seedLo, seedHi, stream, ROUNDING_TAG)
}

/**
 * Codes x[n], at most a tile, one per byte; zeros follow them up to the next multiple of 16 when `to`
 * is `CODES`, nothing else does. Returns whether a NaN is among them and an error.
 *
 * @param element - index of x[0] in the random sequence
 */
export function encodeTile(x: usize, n: i32, element: u64, to: usize): bool {
  const words = codecs.isStochastic() ? tileWords(element, n) : 0
  const whole = n & ~(STEP - 1)
  const metNan = quantize(x, whole, to, words)
  if (whole === n) return metNan && codecs.throwsOnNan()
  const tail = padTail(x + (whole << 2), n - whole)
  const tailMetNan = quantize(tail, STEP, TAIL_OUT, words + (whole << 2))
  memory.copy(to + whole, TAIL_OUT, to === CODES ? STEP : n - whole)
  return (metNan || tailMetNan) && codecs.throwsOnNan()
}

/** Fills the report after the last tile. */
export function closeCodec(report: usize): void {
  if (!codecs.isCounting()) return
  store<f64>(report, <f64>overflowed())
  store<f64>(report, <f64>underflowed(), 8)
}

/** Codes of x[n]·scale, in `width` bits each. */
export function encode(
  x: usize,
  n: i32,
  codec: usize,
  codecLength: i32,
  width: u32,
  scale: f64,
  seedLo: u32,
  seedHi: u32,
  stream: u32,
  offsetLo: u32,
  offsetHi: u32,
  codes: usize,
  codesLength: i32,
  report: usize,
  begin: f64,
  end: f64,
): i32 {
  openCodec(codec, scale, seedLo, seedHi, stream)
  const element = u64Of(offsetLo, offsetHi) + <u64>begin
  for (let i = 0; i < n; i += TILE) {
    const count = min(TILE, n - i)
    const at = x + (i << 2)
    const to = codes + ((i * width) >> 3)
    const failed = encodeTile(at, count, element + i, width === 8 ? to : CODES)
    if (width !== 8) pack(CODES, count, width, to)
    if (failed) reportFirst(report + FIRST_NAN, at, count, INF_BITS, begin + <f64>i)
  }
  closeCodec(report)
  return 0
}

/** What decoding the codes of x[n]·scale gives. `out` may be x. */
export function fakeQuantize(
  x: usize,
  n: i32,
  codec: usize,
  codecLength: i32,
  lut: usize,
  lutLength: i32,
  scale: f64,
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
  openCodec(codec, scale, seedLo, seedHi, stream)
  const bits = codecs.storedBits()
  if (bits <= 4) preparePlanes(lut)
  const element = u64Of(offsetLo, offsetHi) + <u64>begin
  for (let i = 0; i < n; i += TILE) {
    const count = min(TILE, n - i)
    const at = x + (i << 2)
    const failed = encodeTile(at, count, element + i, CODES)
    if (failed) reportFirst(report + FIRST_NAN, at, count, INF_BITS, begin + <f64>i)
    lookup(CODES, count, lut, bits, out + (i << 2))
  }
  closeCodec(report)
  return 0
}
