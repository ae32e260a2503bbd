/**
 * Exact nearest neighbors. Eight rows of the bank at a time are transposed and multiplied with four queries
 * at a time; a pair whose distance ‖q‖² + ‖b‖² − 2 q·b exceeds the k-th smallest so far by more than rounding
 * can explain is left out, all others are computed exactly. With u = 2^−24, the product of d terms is off by
 * at most d·u·‖q‖·‖b‖ ≤ d·u·(‖q‖² + ‖b‖²)/2, each norm by d·u of itself, the exact sum by less than
 * (d/16 + 8)·u of at most 2·(‖q‖² + ‖b‖²): in all less than (3 d + 64)·u·(‖q‖² + ‖b‖²), and `FLOOR` where
 * products are subnormal. Norms that overflow make NaN, which leaves nothing out.
 */
import { convTile, TILE, ZEROS } from './conv-tile'
import { squaredDistance, squaredNorm } from './distance'
import { interleave, steps, transposeRows } from './pack'

/** More than d products of subnormal size are off by, for any d that fits in memory. */
const FLOOR: f32 = 1e-36

const QUERIES: i32 = 4
const ROWS: i32 = 8
/** Queries of a chunk, and their squared norms. */
const CHUNK: usize = 64
const QUERY_NORMS: usize = memory.data(256, 16)

// The call: its bank, its size, and how many neighbors.
let bankAt: usize = 0
let normsAt: usize = 0
let bankRows: i32 = 0
let dims: i32 = 0
let neighbors: i32 = 0
let slack: f32 = 0

/** Puts row `row` at distance `s` into the ascending list of a query, behind equal distances. */
function insert(dist: usize, index: usize, count: i32, s: f32, row: i32): void {
  let at = <usize>min(count, neighbors - 1) << 2
  for (; at > 0 && load<f32>(dist + at - 4) > s; at -= 4) {
    store<f32>(dist + at, load<f32>(dist + at - 4))
    store<u32>(index + at, load<u32>(index + at - 4))
  }
  store<f32>(dist + at, s)
  store<u32>(index + at, row)
}

/** Rows first … first + 7 for one query, given their products with it. */
function scanRows(q: usize, norm: f32, products: usize, first: i32, dist: usize, index: usize): void {
  const count = min(ROWS, bankRows - first)
  let worst: f32 = first < neighbors ? <f32>Infinity : load<f32>(dist + (<usize>(neighbors - 1) << 2))
  for (let i = 0; i < count; i++) {
    const row = first + i
    const both = norm + load<f32>(normsAt + (<usize>row << 2))
    const product = load<f32>(products + (<usize>i << 2))
    if (both - (product + product) - slack * both > worst + FLOOR) continue
    const s = squaredDistance(q, bankAt + ((<usize>row * <usize>dims) << 2), dims)
    if (row >= neighbors && !(s < worst)) continue
    insert(dist, index, row, s, row)
    if (row >= neighbors - 1) worst = load<f32>(dist + (<usize>(neighbors - 1) << 2))
  }
}

/** Whether some of eight rows may be nearer than `worst`. */
function mayContain(norm: f32, products: usize, first: i32, worst: f32): bool {
  if (first + ROWS > bankRows) return true
  const norms = normsAt + (<usize>first << 2)
  const limit = f32x4.splat(worst + FLOOR)
  const base = f32x4.splat(norm)
  const margin = f32x4.splat(slack)
  const both0 = f32x4.add(base, v128.load(norms))
  const both1 = f32x4.add(base, v128.load(norms, 16))
  const p0 = v128.load(products)
  const p1 = v128.load(products, 16)
  const low0 = f32x4.sub(f32x4.sub(both0, f32x4.add(p0, p0)), f32x4.mul(margin, both0))
  const low1 = f32x4.sub(f32x4.sub(both1, f32x4.add(p1, p1)), f32x4.mul(margin, both1))
  return !v128.all_true<i32>(v128.and(f32x4.gt(low0, limit), f32x4.gt(low1, limit)))
}

/** Eight rows of the bank, transposed, for all queries of the chunk. */
function searchRows(
  q: usize,
  n: i32,
  packed: usize,
  panel: usize,
  offsets: usize,
  first: i32,
  dist: usize,
  index: usize,
): void {
  const bytes = <usize>dims << 2
  const list = <usize>neighbors << 2
  transposeRows(bankAt + <usize>first * bytes, bytes, min(ROWS, bankRows - first), dims, panel)
  for (let i = 0; i < n; i++) {
    const lane = i & (QUERIES - 1)
    const query = q + <usize>i * bytes
    if (lane === 0) convTile(panel, offsets, dims, packed + <usize>i * bytes, ZEROS, TILE, 32)
    const products = TILE + (<usize>lane << 5)
    const norm = load<f32>(QUERY_NORMS + (<usize>i << 2))
    const found = dist + <usize>i * list
    const worst: f32 = first < neighbors ? <f32>Infinity : load<f32>(found + list - 4)
    if (mayContain(norm, products, first, worst)) scanRows(query, norm, products, first, found, index + <usize>i * list)
  }
}

/** The k nearest rows of the bank for a chunk of queries; see the table. */
export function nearest(
  q: usize,
  qSize: i32,
  bank: usize,
  bankSize: i32,
  norms: usize,
  normsSize: i32,
  n: i32,
  m: i32,
  d: i32,
  k: i32,
  dist: usize,
  distSize: i32,
  index: usize,
  indexSize: i32,
  work: usize,
  workSize: i32,
  begin: f64,
  end: f64,
): i32 {
  bankAt = bank
  normsAt = norms
  bankRows = m
  dims = d
  neighbors = k
  slack = <f32>(3 * <f64>d + 64) * (<f32>1 / 16777216)
  const count = <i32>(end - begin)
  const bytes = <usize>d << 2
  const panel = work
  const packed = panel + 8 * bytes
  const offsets = packed + CHUNK * bytes
  steps(offsets, d, 32)
  for (let i = 0; i < count; i += QUERIES) {
    const query = q + <usize>i * bytes
    interleave(query, bytes, min(QUERIES, count - i), d, packed + <usize>i * bytes, 16)
  }
  for (let i = 0; i < count; i++) {
    store<f32>(QUERY_NORMS + (<usize>i << 2), squaredNorm(q + <usize>i * bytes, d))
  }
  for (let first = 0; first < m; first += ROWS) searchRows(q, count, packed, panel, offsets, first, dist, index)
  for (let at = dist, last = dist + (<usize>(count * k) << 2); at < last; at += 4) {
    store<f32>(at, sqrt(load<f32>(at)))
  }
  return 0
}
