/**
 * Free energy of logits: E = −T·log Σ exp(f / T), gradient −softmax(f / T). Short rows are computed four side
 * by side, a row per lane: vectors along a row would be half empty. Sums go over sixteen accumulators of each
 * row in either form.
 */
import { sum16 } from '../../common/assembly/sums'
import { canonicalF32, expF32, expF32x4, logF32, logF32x4 } from '../../common/assembly/math'
import { firstNonFinite32, reportFirst } from './finite'
import { interleave } from './pack'

/** Rows up to this length go side by side. */
const SHORT: i32 = 64
/** Four rows, [k][4]; and the accumulators of either form. */
const COLUMNS: usize = memory.data(4 * 4 * 64, 16)
const SUMS: usize = memory.data(16 * 16, 16)
const NAN: i32 = 0x7fc00000

// The temperature of a call and its reciprocal.
let t: f32 = 1
let r: f32 = 1

/** Halves `live` bytes of accumulators, four rows each, until one is left; what is missing is +0. */
function foldSums(live: usize): void {
  for (let half: usize = 128; half >= 16; half >>= 1) {
    for (let j = half; j < live; j += 16) {
      v128.store(SUMS + j - half, f32x4.add(v128.load(SUMS + j - half), v128.load(SUMS + j)))
    }
    live = min(live, half)
  }
}

/** Four finite rows of k <= SHORT logits. `gradient` may be 0. */
function fourRows(logits: usize, k: i32, energy: usize, gradient: usize): void {
  interleave(logits, <usize>k << 2, 4, k, COLUMNS, 16)
  const end = COLUMNS + (<usize>k << 4)
  let m = v128.load(COLUMNS)
  for (let at = COLUMNS; at < end; at += 16) m = f32x4.pmax(m, v128.load(at))
  const factor = f32x4.splat(r)
  // The first sixteen terms are the accumulators: +0 + e is e.
  let at = COLUMNS
  for (let sum = SUMS; at < min(end, COLUMNS + 256); at += 16) {
    const e = expF32x4(f32x4.mul(f32x4.sub(v128.load(at), m), factor))
    v128.store(at, e)
    v128.store(sum, e)
    sum += 16
  }
  for (let sum: usize = 0; at < end; at += 16) {
    const e = expF32x4(f32x4.mul(f32x4.sub(v128.load(at), m), factor))
    v128.store(at, e)
    v128.store(SUMS + sum, f32x4.add(v128.load(SUMS + sum), e))
    sum = (sum + 16) & 255
  }
  foldSums(<usize>min(k, 16) << 4)
  const s = v128.load(SUMS)
  v128.store(energy, f32x4.neg(f32x4.add(m, f32x4.mul(f32x4.splat(t), logF32x4(s)))))
  if (gradient === 0) return
  const row = <usize>k << 2
  for (let at = COLUMNS; at < end; at += 16) {
    const g = f32x4.neg(f32x4.div(v128.load(at), s))
    v128.store32_lane(gradient, g, 0)
    v128.store32_lane(gradient + row, g, 1)
    v128.store32_lane(gradient + 2 * row, g, 2)
    v128.store32_lane(gradient + 3 * row, g, 3)
    gradient += 4
  }
}

function largest(row: usize, k: i32): f32 {
  let m = load<f32>(row)
  for (const end = row + (<usize>k << 2); row < end; row += 4) {
    const v = load<f32>(row)
    if (m < v) m = v
  }
  return m
}

/** Adds e to accumulator i mod 16. */
// @ts-ignore: decorator
@inline
function accumulate(i: i32, e: f32): void {
  const at = SUMS + (<usize>(i & 15) << 2)
  store<f32>(at, load<f32>(at) + e)
}

/** Sum of exp((f − m)·r) over a row; with a gradient the terms are left there. */
function sumOfRow(row: usize, k: i32, m: f32, gradient: usize): f32 {
  const whole = k & ~15
  const most = f32x4.splat(m)
  const factor = f32x4.splat(r)
  memory.fill(SUMS, 0, 64)
  for (let i = 0; i < whole; i += 4) {
    const e = expF32x4(f32x4.mul(f32x4.sub(v128.load(row + (<usize>i << 2)), most), factor))
    if (gradient !== 0) v128.store(gradient + (<usize>i << 2), e)
    const at = SUMS + (<usize>(i & 15) << 2)
    v128.store(at, f32x4.add(v128.load(at), e))
  }
  for (let i = whole; i < k; i++) {
    const e = expF32((load<f32>(row + (<usize>i << 2)) - m) * r)
    if (gradient !== 0) store<f32>(gradient + (<usize>i << 2), e)
    accumulate(i, e)
  }
  return sum16(v128.load(SUMS), v128.load(SUMS, 16), v128.load(SUMS, 32), v128.load(SUMS, 48))
}

/** Divides the terms that `sumOfRow` left: −(e / s). */
function divideRow(gradient: usize, k: i32, s: f32): void {
  const sum = f32x4.splat(s)
  let i = 0
  for (; i + 4 <= k; i += 4) {
    const at = gradient + (<usize>i << 2)
    v128.store(at, f32x4.neg(f32x4.div(v128.load(at), sum)))
  }
  for (; i < k; i++) {
    const at = gradient + (<usize>i << 2)
    store<f32>(at, -(load<f32>(at) / s))
  }
}

/** A row whose largest value m is infinite: its terms are 1 where it is reached, 0 elsewhere. */
function infiniteRow(row: usize, k: i32, m: f32, gradient: usize): void {
  if (gradient === 0) return
  memory.fill(SUMS, 0, 64)
  for (let i = 0; i < k; i++) {
    const e: f32 = load<f32>(row + (<usize>i << 2)) === m ? 1 : 0
    store<f32>(gradient + (<usize>i << 2), e)
    accumulate(i, e)
  }
  divideRow(gradient, k, sum16(v128.load(SUMS), v128.load(SUMS, 16), v128.load(SUMS, 32), v128.load(SUMS, 48)))
}

function nanRow(k: i32, energy: usize, gradient: usize): void {
  store<i32>(energy, NAN)
  for (let i: usize = 0; gradient !== 0 && i < <usize>k; i++) store<i32>(gradient + (i << 2), NAN)
}

function hasNan(row: usize, k: i32): bool {
  for (const end = row + (<usize>k << 2); row < end; row += 4) {
    const v = load<f32>(row)
    if (v !== v) return true
  }
  return false
}

/** Any row. */
function oneRow(row: usize, k: i32, energy: usize, gradient: usize, finite: bool): void {
  if (!finite && hasNan(row, k)) return nanRow(k, energy, gradient)
  const m = largest(row, k)
  if (abs(m) === <f32>Infinity) {
    infiniteRow(row, k, m, gradient)
    store<f32>(energy, -m)
    return
  }
  const s = sumOfRow(row, k, m, gradient)
  store<f32>(energy, canonicalF32(-(m + t * logF32(s))))
  if (gradient !== 0) divideRow(gradient, k, s)
}

/** Energies and gradients of a chunk of rows; see the table. */
export function freeEnergy(
  logits: usize,
  logitsSize: i32,
  n: i32,
  k: i32,
  temperature: f64,
  energy: usize,
  count: i32,
  gradient: usize,
  gradientSize: i32,
  report: usize,
  begin: f64,
  end: f64,
): i32 {
  t = <f32>temperature
  r = <f32>1 / t
  const pitch = <usize>k << 2
  for (let i = 0; i < count; ) {
    const rows = min(4, count - i)
    const row = logits + <usize>i * pitch
    const bad = firstNonFinite32(row, rows * k)
    const finite = bad === rows * k
    if (!finite) reportFirst(report, (begin + <f64>i) * <f64>k + <f64>bad)
    const to: usize = gradient === 0 ? 0 : gradient + <usize>i * pitch
    if (finite && rows === 4 && k <= SHORT) fourRows(row, k, energy + (<usize>i << 2), to)
    else {
      for (let j: usize = 0; j < <usize>rows; j++) {
        oneRow(row + j * pitch, k, energy + ((<usize>i + j) << 2), to === 0 ? to : to + j * pitch, finite)
      }
    }
    i += rows
  }
  return 0
}
