/** Error feedback. The state block of a handle: u32 n, 60 bytes of padding, then the residual, f32[n]. */
import { canonical, INF_BITS, MAX_BITS, NAN_BITS } from '../../common/assembly/lanes'
import { reportFirst } from './amax'
import { storedBits } from './codec'
import { closeCodec, encodeTile, FIRST_NAN, openCodec } from './encode'
import { lookup, preparePlanes } from './lookup'
import { pack } from './pack'
import { CODES, TILE, u64Of, VALUES } from './tile'

const HEADER: usize = 64
/** The harness's "bad argument" for argument 1: more elements than the state has. */
const STATUS_TOO_LONG: i32 = -32 - 1

/** Address of the residual from element `begin` on. */
// @ts-ignore: decorator
@inline
function residualAt(feedback: usize, begin: f64): usize {
  return feedback + HEADER + (<usize>begin << 2)
}

/** r = g + e of the current tile. */
const SUMS: usize = memory.data(4 * 1024, 16)

/** The host has filled the block with zeros. */
export function feedbackCreate(n: u32, feedback: usize): i32 {
  store<u32>(feedback, n)
  return 0
}

/** out[n] = a + b in f32. */
function add(a: usize, b: usize, n: i32, out: usize): void {
  const end = out + (n << 2)
  for (const wide = out + ((n & ~3) << 2); out < wide; out += 16, a += 16, b += 16) {
    v128.store(out, canonical(f32x4.add(v128.load(a), v128.load(b))))
  }
  for (; out < end; out += 4, a += 4, b += 4) {
    const sum = load<f32>(a) + load<f32>(b)
    store<f32>(out, sum !== sum ? reinterpret<f32>(NAN_BITS) : sum)
  }
}

/**
 * residual[n] = r − decoded in f32, 0 where that is not finite: an overflow to Inf or NaN must not stay in the state
 * for good.
 */
function subtract(r: usize, decoded: usize, n: i32, residual: usize): void {
  const end = residual + (n << 2)
  for (const wide = residual + ((n & ~3) << 2); residual < wide; residual += 16, r += 16, decoded += 16) {
    const rest = f32x4.sub(v128.load(r), v128.load(decoded))
    const finite = f32x4.le(f32x4.abs(rest), i32x4.splat(MAX_BITS))
    v128.store(residual, v128.and(rest, finite))
  }
  for (; residual < end; residual += 4, r += 4, decoded += 4) {
    const rest: f32 = load<f32>(r) - load<f32>(decoded)
    store<f32>(residual, abs(rest) <= reinterpret<f32>(MAX_BITS) ? rest : 0)
  }
}

/** sum[n] = g + residual: what the next step codes. */
export function feedbackSum(
  feedback: usize,
  g: usize,
  n: i32,
  sum: usize,
  sumLength: i32,
  begin: f64,
  end: f64,
): i32 {
  if (end > <f64>load<u32>(feedback)) return STATUS_TOO_LONG
  add(g, residualAt(feedback, begin), n, sum)
  return 0
}

/** One step: r = g + e, codes of r, e = r − decoded. */
export function feedbackStep(
  feedback: usize,
  g: usize,
  n: i32,
  codec: usize,
  codecLength: i32,
  width: u32,
  scale: f64,
  lut: usize,
  lutLength: i32,
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
  if (end > <f64>load<u32>(feedback)) return STATUS_TOO_LONG
  openCodec(codec, scale, seedLo, seedHi, stream)
  const bits = storedBits()
  if (bits <= 4) preparePlanes(lut)
  const element = u64Of(offsetLo, offsetHi) + <u64>begin
  const state = residualAt(feedback, begin)
  for (let i = 0; i < n; i += TILE) {
    const count = min(TILE, n - i)
    const residual = state + (i << 2)
    add(g + (i << 2), residual, count, SUMS)
    const failed = encodeTile(SUMS, count, element + i, CODES)
    if (failed) reportFirst(report + FIRST_NAN, SUMS, count, INF_BITS, begin + <f64>i)
    const to = codes + ((i * width) >> 3)
    if (width === 8) memory.copy(to, CODES, count)
    else pack(CODES, count, width, to)
    lookup(CODES, count, lut, bits, VALUES)
    subtract(SUMS, VALUES, count, residual)
  }
  closeCodec(report)
  return 0
}

/** Copies the residual out. */
export function feedbackResidual(feedback: usize, out: usize, n: i32): i32 {
  if (<u32>n > load<u32>(feedback)) return STATUS_TOO_LONG
  memory.copy(out, feedback + HEADER, n << 2)
  return 0
}

/** Sets the residual to 0. */
export function feedbackReset(feedback: usize): i32 {
  memory.fill(feedback + HEADER, 0, load<u32>(feedback) << 2)
  return 0
}
