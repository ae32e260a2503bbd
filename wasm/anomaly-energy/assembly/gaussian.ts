/** Cholesky factors and their inverses, centering, squared Mahalanobis distances. */
import { canonical, pairAt } from '../../common/assembly/lanes'
import { cholesky, outerSums, triangularInverse as invert } from '../../common/assembly/linalg'
import { firstNonFinite32, firstNonFinite64, reportFirst } from './finite'
import { interleave, steps } from './pack'
import { squaredNorms } from './triangle'

export { covBlocks, covBlocks64, covMerge, locationCov } from './covariance'
export { gatherLocations, locationDistances, locationFactor } from './locations'

/** Status of `choleskyFactor`. */
const NOT_POSITIVE: i32 = 1

/** Rows begin … end − 1 of the Cholesky factor; see the table. */
export function choleskyFactor(d: i32, rows: i32, a: usize, aSize: i32, begin: f64, end: f64): i32 {
  return cholesky(d, <i32>begin, <i32>end, a) ? 0 : NOT_POSITIVE
}

/** Rows begin … end − 1 of the inverse of a factor; see the table. */
export function triangularInverse(
  d: i32,
  rows: i32,
  a: usize,
  aSize: i32,
  row: usize,
  rowSize: i32,
  begin: f64,
  end: f64,
): i32 {
  invert(d, <i32>begin, <i32>end, a, row)
  return 0
}

/** Columns that `precision` takes together: above their first row W is 0. */
const COLUMNS: i32 = 32

/** Rows begin … end − 1 of WᵀW; see the table. */
export function precision(
  w: usize,
  wSize: i32,
  d: i32,
  rows: i32,
  a: usize,
  aSize: i32,
  begin: f64,
  end: f64,
): i32 {
  const first = <i32>begin
  for (let j = 0; j < d; j += COLUMNS) {
    const last = min(d, j + COLUMNS)
    outerSums(w, d, max(first, j), d, first, <i32>end, j, last, a + (<usize>j << 3), d)
  }
  return 0
}

/** Rows of x less the mean, as f32; NaN is always the same. */
function centerOf<T>(x: usize, mean: usize, d: i32, out: usize, size: i32): void {
  for (const end = out + (<usize>size << 2); out < end; ) {
    let j = 0
    for (; j + 2 <= d; j += 2) {
      const less = f32x4.demote_f64x2_zero(f64x2.sub(pairAt<T>(x), v128.load(mean + (<usize>j << 3))))
      v128.store64_lane(out, canonical(less), 0)
      x += 2 * sizeof<T>()
      out += 8
    }
    if (j === d) continue
    const less = f32x4.splat(<f32>(<f64>load<T>(x) - load<f64>(mean + (<usize>j << 3))))
    v128.store32_lane(out, canonical(less), 0)
    x += sizeof<T>()
    out += 4
  }
}

/** Centered rows begin … end − 1; see the table. */
export function centerRows(
  x: usize,
  xSize: i32,
  mean: usize,
  meanSize: i32,
  n: i32,
  d: i32,
  out: usize,
  size: i32,
  report: usize,
  begin: f64,
  end: f64,
): i32 {
  centerOf<f32>(x, mean, d, out, size)
  const i = firstNonFinite32(x, size)
  if (i < size) reportFirst(report, begin * <f64>d + <f64>i)
  return 0
}

/** `centerRows` of f64. */
export function centerRows64(
  x: usize,
  xSize: i32,
  mean: usize,
  meanSize: i32,
  n: i32,
  d: i32,
  out: usize,
  size: i32,
  report: usize,
  begin: f64,
  end: f64,
): i32 {
  centerOf<f64>(x, mean, d, out, size)
  const i = firstNonFinite64(x, size)
  if (i < size) reportFirst(report, begin * <f64>d + <f64>i)
  return 0
}

/** Rows of a chunk, side by side in workspace. */
const ROWS: i32 = 64
/** Up to this size sums are in f64. */
const SMALL: i32 = 64

/** Rows of v as columns: element (i, j) to work[j][i] of `ROWS` floats. */
function columnsOf(v: usize, n: i32, d: i32, to: usize): void {
  const pitch = <usize>d << 2
  for (let i = 0; i < ROWS; i += 4) {
    interleave(v + <usize>i * pitch, pitch, max(0, min(4, n - i)), d, to + (<usize>i << 2), 4 * ROWS)
  }
}

/** Squared norms of W v for eight columns at a time, all sums in f64. */
function smallNorms(columns: usize, factor: usize, d: i32, n: i32, sums: usize): void {
  for (let i: usize = 0; i < <usize>n << 2; i += 32) {
    let t0 = f64x2.splat(0)
    let t1 = t0
    let t2 = t0
    let t3 = t0
    let w = factor
    for (let k = 0; k < d; k++) {
      let y0 = f64x2.splat(0)
      let y1 = y0
      let y2 = y0
      let y3 = y0
      let x = columns + i
      for (const end = w + (<usize>k << 2); w <= end; w += 4) {
        const weight = f64x2.splat(<f64>load<f32>(w))
        y0 = f64x2.add(y0, f64x2.mul(weight, f64x2.promote_low_f32x4(v128.load64_zero(x))))
        y1 = f64x2.add(y1, f64x2.mul(weight, f64x2.promote_low_f32x4(v128.load64_zero(x, 8))))
        y2 = f64x2.add(y2, f64x2.mul(weight, f64x2.promote_low_f32x4(v128.load64_zero(x, 16))))
        y3 = f64x2.add(y3, f64x2.mul(weight, f64x2.promote_low_f32x4(v128.load64_zero(x, 24))))
        x += 4 * ROWS
      }
      t0 = f64x2.add(t0, f64x2.mul(y0, y0))
      t1 = f64x2.add(t1, f64x2.mul(y1, y1))
      t2 = f64x2.add(t2, f64x2.mul(y2, y2))
      t3 = f64x2.add(t3, f64x2.mul(y3, y3))
    }
    v128.store64_lane(sums + i, f32x4.demote_f64x2_zero(t0), 0)
    v128.store64_lane(sums + i + 8, f32x4.demote_f64x2_zero(t1), 0)
    v128.store64_lane(sums + i + 16, f32x4.demote_f64x2_zero(t2), 0)
    v128.store64_lane(sums + i + 24, f32x4.demote_f64x2_zero(t3), 0)
  }
}

/** Squared Mahalanobis distances of a chunk of centered rows; see the table. */
export function whitenRows(
  v: usize,
  vSize: i32,
  factor: usize,
  factorSize: i32,
  n: i32,
  d: i32,
  out: usize,
  count: i32,
  work: usize,
  workSize: i32,
  begin: f64,
  end: f64,
): i32 {
  const sums = work
  const columns = sums + 4 * ROWS
  const panel = columns + <usize>(d * ROWS) * 4
  const offsets = panel + (<usize>d << 4)
  columnsOf(v, count, d, columns)
  if (d <= SMALL) smallNorms(columns, factor, d, count, sums)
  else {
    steps(offsets, d, 4 * ROWS)
    squaredNorms(factor, 0, d, columns, 4 * ROWS, offsets, 1, count, panel, sums)
  }
  memory.copy(out, sums, <usize>count << 2)
  return 0
}
