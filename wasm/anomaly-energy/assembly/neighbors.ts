/** The k-center coreset and sparse random projections; nearest neighbors and distances have files of their own. */
import { squaredDistance } from './distance'

export { rowDistances, rowNorms } from './distance'
export { nearest } from './nearest'

/** Rows of a step. */
const BLOCK: u32 = 4096

// Numbers of `state`.
const COMPLETE = 0
const LARGEST = 8
const ROW = 16

/**
 * Updates the distances of rows [from, to) by the point of pick j, and the largest of them so far.
 *
 * By the triangle inequality a row at distance r of its owner is at least g − r away from a point at distance
 * g of the owner: nothing changes when g ≥ 2 r, in squares gap ≥ 4·dist. `factor` is 4 and what rounding needs.
 */
function updateRows(
  x: usize,
  d: i32,
  from: u32,
  to: u32,
  j: u32,
  point: usize,
  dist: usize,
  owner: usize,
  gaps: usize,
  factor: f32,
  state: usize,
): void {
  let peak = load<f64>(state, LARGEST)
  let row = load<f64>(state, ROW)
  const pitch = <usize>d << 2
  for (let i = from; i < to; i++) {
    const at = <usize>i << 2
    let r = load<f32>(dist + at)
    const gap = j > 0 ? load<f32>(gaps + (<usize>load<u32>(owner + at) << 2)) : 0
    if (!(gap > TINY && gap > factor * r)) {
      const s = squaredDistance(x + <usize>i * pitch, point, d)
      if (s < r) {
        r = s
        store<f32>(dist + at, s)
        store<u32>(owner + at, j)
      }
    }
    if (<f64>r > peak) {
      peak = <f64>r
      row = <f64>i
    }
  }
  store<f64>(state, peak, LARGEST)
  store<f64>(state, row, ROW)
}

/** Below this the rounding of squares is not relative any more. */
const TINY: f32 = 1e-30

/** Steps begin … end − 1 of the greedy coreset; see the table. */
export function kcenter(
  x: usize,
  xSize: i32,
  n: u32,
  d: i32,
  m: u32,
  steps: u32,
  dist: usize,
  distSize: i32,
  owner: usize,
  ownerSize: i32,
  gaps: usize,
  gapsSize: i32,
  picks: usize,
  picksSize: i32,
  radii: usize,
  radiiSize: i32,
  state: usize,
  stateSize: i32,
  report: usize,
  begin: f64,
  end: f64,
): i32 {
  const blocks = (n + BLOCK - 1) / BLOCK
  const pitch = <usize>d << 2
  const factor = <f32>(4 * (1 + (<f64>d + 64) / 4194304))
  for (let step = <u32>begin; step < <u32>end && load<f64>(state) === 0; step++) {
    const j = step / blocks
    const block = step % blocks
    const point = x + <usize>load<u32>(picks + (<usize>j << 2)) * pitch
    if (block === 0) {
      store<f64>(state, -1, LARGEST)
      store<f64>(state, 0, ROW)
      for (let i: usize = 0; i < <usize>j; i++) {
        const other = x + <usize>load<u32>(picks + (i << 2)) * pitch
        store<f32>(gaps + (i << 2), squaredDistance(point, other, d))
      }
    }
    const from = block * BLOCK
    updateRows(x, d, from, min<u32>(n, from + BLOCK), j, point, dist, owner, gaps, factor, state)
    if (block + 1 < blocks) continue
    const peak = load<f64>(state, LARGEST)
    store<u32>(picks + (<usize>j << 2), <u32>load<f64>(state, ROW), 4)
    store<f32>(radii + (<usize>j << 2), sqrt(<f32>peak))
    store<f64>(report, <f64>(j + 1))
    if (peak === 0) store<f64>(state, 1, COMPLETE)
  }
  return 0
}

/** Four rows' element at a column. */
// @ts-ignore: decorator
@inline
function columnOf(x: usize, pitch: usize): v128 {
  let v = v128.load32_zero(x)
  v = v128.load32_lane(x + pitch, v, 1)
  v = v128.load32_lane(x + 2 * pitch, v, 2)
  return v128.load32_lane(x + 3 * pitch, v, 3)
}

/** Signed sum of the entries [from, end) for four rows. */
// @ts-ignore: decorator
@inline
function projectFour(x: usize, pitch: usize, from: usize, end: usize): v128 {
  let s = f32x4.splat(0)
  for (; from < end; from += 4) {
    const word = load<u32>(from)
    const sign = i32x4.splat(<i32>(word << 31))
    s = f32x4.add(s, v128.xor(sign, columnOf(x + (<usize>(word >>> 1) << 2), pitch)))
  }
  return s
}

function projectOne(x: usize, from: usize, end: usize): f32 {
  let s: f32 = 0
  for (; from < end; from += 4) {
    const word = load<u32>(from)
    const v = load<f32>(x + (<usize>(word >>> 1) << 2))
    s += word & 1 ? -v : v
  }
  return s
}

/** Sparse random projection of a chunk of rows; see the table. */
export function sparseProject(
  x: usize,
  xSize: i32,
  offsets: usize,
  offsetsSize: i32,
  entries: usize,
  entriesSize: i32,
  n: i32,
  d: i32,
  k: i32,
  scale: f64,
  y: usize,
  ySize: i32,
  begin: f64,
  end: f64,
): i32 {
  const rows = <i32>(end - begin)
  const pitch = <usize>d << 2
  const factor = <f32>scale
  let i = 0
  for (; i + 4 <= rows; i += 4) {
    const row = x + <usize>i * pitch
    for (let j = 0; j < k; j++) {
      const at = offsets + (<usize>j << 2)
      const s = projectFour(row, pitch, entries + (<usize>load<u32>(at) << 2), entries + (<usize>load<u32>(at, 4) << 2))
      const v = f32x4.mul(f32x4.splat(factor), s)
      const to = y + (<usize>(i * k + j) << 2)
      v128.store32_lane(to, v, 0)
      v128.store32_lane(to + (<usize>k << 2), v, 1)
      v128.store32_lane(to + (<usize>(2 * k) << 2), v, 2)
      v128.store32_lane(to + (<usize>(3 * k) << 2), v, 3)
    }
  }
  for (; i < rows; i++) {
    for (let j = 0; j < k; j++) {
      const at = offsets + (<usize>j << 2)
      const row = x + <usize>i * pitch
      const s = projectOne(row, entries + (<usize>load<u32>(at) << 2), entries + (<usize>load<u32>(at, 4) << 2))
      store<f32>(y + (<usize>(i * k + j) << 2), factor * s)
    }
  }
  return 0
}
