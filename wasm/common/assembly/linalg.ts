/**
 * Dense symmetric matrices in f64, row-major: the bits of native/common-rs/src/linalg.rs, where the order of the sums
 * stands. All functions work on a range of rows, in ascending order, so that a caller can stop between ranges.
 */
import { log64 } from './math'

export { symEigStep } from './eigen'

/** Eight accumulators. */
const SUMS: usize = memory.data(64, 16)

/** v − sum8(x_k · y_k, k < n): element k goes to accumulator k mod 8, then the halving tree. */
function lessProducts(v: f64, x: usize, y: usize, n: i32): f64 {
  let s0 = f64x2.splat(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  const whole = n & ~7
  for (const end = x + (whole << 3); x < end; x += 64, y += 64) {
    s0 = f64x2.add(s0, f64x2.mul(v128.load(x), v128.load(y)))
    s1 = f64x2.add(s1, f64x2.mul(v128.load(x, 16), v128.load(y, 16)))
    s2 = f64x2.add(s2, f64x2.mul(v128.load(x, 32), v128.load(y, 32)))
    s3 = f64x2.add(s3, f64x2.mul(v128.load(x, 48), v128.load(y, 48)))
  }
  if (whole < n) {
    v128.store(SUMS, s0)
    v128.store(SUMS, s1, 16)
    v128.store(SUMS, s2, 32)
    v128.store(SUMS, s3, 48)
    for (let at = SUMS, end = SUMS + ((n - whole) << 3); at < end; at += 8, x += 8, y += 8)
      store<f64>(at, load<f64>(at) + load<f64>(x) * load<f64>(y))
    s0 = v128.load(SUMS)
    s1 = v128.load(SUMS, 16)
    s2 = v128.load(SUMS, 32)
    s3 = v128.load(SUMS, 48)
  }
  const pair = f64x2.add(f64x2.add(s0, s2), f64x2.add(s1, s3))
  return v - (f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1))
}

/**
 * Rows begin … end − 1 of the Cholesky factor in place, d × d: reads the lower triangle, leaves L there; the upper
 * triangle stays. Row i, j = 0 … i: v = a_ij − sum8(L_ik · L_jk, k < j); j < i: L_ij = v / L_jj; j = i: L_ii = √v.
 * False, and nothing more is done, unless v > a_ii · (d · 2^−52).
 */
export function cholesky(d: i32, begin: i32, end: i32, a: usize): bool {
  const stride = d << 3
  for (let i = begin; i < end; i++) {
    const row = a + i * stride
    const diagonal = load<f64>(row + (i << 3))
    for (let j = 0, other = a; j < i; j++, other += stride) {
      const at = row + (j << 3)
      store<f64>(at, lessProducts(load<f64>(at), row, other, j) / load<f64>(other + (j << 3)))
    }
    const v = lessProducts(diagonal, row, row, i)
    if (!(v > diagonal * (<f64>d * 2.220446049250313e-16))) return false
    store<f64>(row + (i << 3), sqrt(v))
  }
  return true
}

/**
 * Rows begin … end − 1 of W = L⁻¹ in place, d × d: reads the lower triangle, writes all of it, 0 above the diagonal.
 * Row i: r = 1 / L_ii; s_j = Σ_{k=j}^{i−1} L_ik · W_kj, k ascending from +0; W_ij = −(s_j · r) for j < i; W_ii = r.
 *
 * @param factors - workspace of d numbers
 */
export function triangularInverse(d: i32, begin: i32, end: i32, a: usize, factors: usize): void {
  const stride = d << 3
  for (let i = begin; i < end; i++) {
    const row = a + i * stride
    memory.copy(factors, row, i << 3)
    const r = 1 / load<f64>(row + (i << 3))
    memory.fill(row, 0, stride)
    for (let k = 0, other = a; k < i; k++, other += stride)
      addScaled(row, load<f64>(factors + (k << 3)), other, k + 1)
    for (let at = row, last = row + (i << 3); at < last; at += 8) store<f64>(at, -(load<f64>(at) * r))
    store<f64>(row + (i << 3), r)
  }
}

/** to = to + factor · x, n numbers */
function addScaled(to: usize, factor: f64, x: usize, n: i32): void {
  const wide = f64x2.splat(factor)
  for (; n >= 4; n -= 4, to += 32, x += 32) {
    v128.store(to, f64x2.add(v128.load(to), f64x2.mul(wide, v128.load(x))))
    v128.store(to, f64x2.add(v128.load(to, 16), f64x2.mul(wide, v128.load(x, 16))), 16)
  }
  for (; n > 0; n--, to += 8, x += 8) store<f64>(to, load<f64>(to) + factor * load<f64>(x))
}

/** ln det(L Lᵀ) = 2 Σ ln L_ii, i ascending. */
export function logDeterminant(d: i32, factor: usize): f64 {
  let sum: f64 = 0
  for (let i = 0; i < d; i++, factor += (d + 1) << 3) sum += log64(load<f64>(factor))
  return 2 * sum
}

/**
 * Rows row0 … row1 − 1 and columns column0 … column1 − 1 of Xᵀ X: Σ_k x_ki · x_kj over depth0 ≤ k < depth1, ascending
 * from +0, goes to row i − row0, column j − column0 of `out`. Row k of X begins at k · stride, row r of `out` at
 * r · outStride, in elements.
 */
export function outerSums(
  x: usize,
  stride: i32,
  depth0: i32,
  depth1: i32,
  row0: i32,
  row1: i32,
  column0: i32,
  column1: i32,
  out: usize,
  outStride: i32,
): void {
  const from = x + ((depth0 * stride) << 3)
  const until = x + ((depth1 * stride) << 3)
  const bytes = stride << 3
  let i = row0
  for (; i + 4 <= row1; i += 4, out += outStride << 5) {
    let j = column0
    let to = out
    for (; j + 4 <= column1; j += 4, to += 32) tile4(from, until, bytes, i << 3, j << 3, to, outStride << 3)
    for (; j < column1; j++, to += 8)
      for (let r = 0; r < 4; r++) number(from, until, bytes, (i + r) << 3, j << 3, to + ((r * outStride) << 3))
  }
  for (; i < row1; i++, out += outStride << 3) {
    let j = column0
    let to = out
    for (; j + 4 <= column1; j += 4, to += 32) tile1(from, until, bytes, i << 3, j << 3, to)
    for (; j < column1; j++, to += 8) number(from, until, bytes, i << 3, j << 3, to)
  }
}

/** Four rows, four columns; i and j are offsets in bytes. */
function tile4(x: usize, end: usize, stride: usize, i: usize, j: usize, to: usize, outStride: usize): void {
  let c00 = f64x2.splat(0)
  let c01 = c00
  let c10 = c00
  let c11 = c00
  let c20 = c00
  let c21 = c00
  let c30 = c00
  let c31 = c00
  for (; x < end; x += stride) {
    const right0 = v128.load(x + j)
    const right1 = v128.load(x + j, 16)
    const a0 = v128.load64_splat(x + i)
    c00 = f64x2.add(c00, f64x2.mul(a0, right0))
    c01 = f64x2.add(c01, f64x2.mul(a0, right1))
    const a1 = v128.load64_splat(x + i, 8)
    c10 = f64x2.add(c10, f64x2.mul(a1, right0))
    c11 = f64x2.add(c11, f64x2.mul(a1, right1))
    const a2 = v128.load64_splat(x + i, 16)
    c20 = f64x2.add(c20, f64x2.mul(a2, right0))
    c21 = f64x2.add(c21, f64x2.mul(a2, right1))
    const a3 = v128.load64_splat(x + i, 24)
    c30 = f64x2.add(c30, f64x2.mul(a3, right0))
    c31 = f64x2.add(c31, f64x2.mul(a3, right1))
  }
  v128.store(to, c00)
  v128.store(to, c01, 16)
  v128.store(to + outStride, c10)
  v128.store(to + outStride, c11, 16)
  v128.store(to + 2 * outStride, c20)
  v128.store(to + 2 * outStride, c21, 16)
  v128.store(to + 3 * outStride, c30)
  v128.store(to + 3 * outStride, c31, 16)
}

/** One row, four columns. */
function tile1(x: usize, end: usize, stride: usize, i: usize, j: usize, to: usize): void {
  let c0 = f64x2.splat(0)
  let c1 = c0
  for (; x < end; x += stride) {
    const left = v128.load64_splat(x + i)
    c0 = f64x2.add(c0, f64x2.mul(left, v128.load(x + j)))
    c1 = f64x2.add(c1, f64x2.mul(left, v128.load(x + j, 16)))
  }
  v128.store(to, c0)
  v128.store(to, c1, 16)
}

/** One element. */
function number(x: usize, end: usize, stride: usize, i: usize, j: usize, to: usize): void {
  let sum: f64 = 0
  for (; x < end; x += stride) sum += load<f64>(x + i) * load<f64>(x + j)
  store<f64>(to, sum)
}
