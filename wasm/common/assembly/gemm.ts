/**
 * Matrix products C = α A B + β C and C = α A Bᵀ + β C of row-major f32 or f64 matrices: the bits of the exact class of
 * native/common-rs/src/gemm.rs, where the order of the sums stands.
 *
 * B is packed into panels of two vectors' width, four rows of A into fours; a register tile of 4 rows times two vectors
 * goes down both. Strides are in elements. C isn't read where β = 0.
 */

/** Values of k per block. */
const BLOCK: i32 = 256
/** Bytes of a panel's row. */
const ROW: i32 = 32

/** The least workspace of a product, in elements. More makes larger blocks, up to a whole B; the bits stay. */
export function gemmWorkspace(k: i32): i32 {
  return min(k, BLOCK) * 32
}

/** @param work - `length` elements, at least `gemmWorkspace(k)`, 16-byte aligned */
export function gemmF32(
  rows: i32,
  n: i32,
  k: i32,
  alpha: f32,
  a: usize,
  aStride: i32,
  b: usize,
  bStride: i32,
  transposed: bool,
  beta: f32,
  c: usize,
  cStride: i32,
  work: usize,
  length: i32,
): void {
  gemm<f32>(rows, n, k, alpha, a, aStride, b, bStride, transposed, beta, c, cStride, work, length)
}

/** `gemmF32` in f64. */
export function gemmF64(
  rows: i32,
  n: i32,
  k: i32,
  alpha: f64,
  a: usize,
  aStride: i32,
  b: usize,
  bStride: i32,
  transposed: bool,
  beta: f64,
  c: usize,
  cStride: i32,
  work: usize,
  length: i32,
): void {
  gemm<f64>(rows, n, k, alpha, a, aStride, b, bStride, transposed, beta, c, cStride, work, length)
}

// @ts-ignore: decorator
@inline
function gemm<T>(
  rows: i32,
  n: i32,
  k: i32,
  alpha: T,
  a: usize,
  aStride: i32,
  b: usize,
  bStride: i32,
  transposed: bool,
  beta: T,
  c: usize,
  cStride: i32,
  work: usize,
  length: i32,
): void {
  const size = <i32>sizeof<T>()
  const width = ROW / size
  if (k == 0) {
    for (let i = 0; i < rows; i++) scale<T>(c + i * cStride * size, n, beta)
    return
  }
  const depth0 = min(k, BLOCK)
  // Four rows of A, then as many panels as there is room for.
  const packed = work + depth0 * 4 * size
  const block = ((length - depth0 * 4) / (depth0 * width)) * width
  for (let j = 0; j < n; j += block) {
    const columns = min(block, n - j)
    for (let p = 0; p < k; p += BLOCK) {
      const depth = min(BLOCK, k - p)
      const kept = p == 0 ? beta : <T>1
      if (transposed) packTransposed<T>(b + (j * bStride + p) * size, bStride, depth, columns, packed)
      else packPlain<T>(b + (p * bStride + j) * size, bStride, depth, columns, packed)
      let i = 0
      for (; i + 4 <= rows; i += 4) {
        packLeft<T>(a + (i * aStride + p) * size, aStride, depth, work)
        const to = c + (i * cStride + j) * size
        for (let q = 0; q < columns; q += width)
          tile4<T>(depth, work, packed + q * depth * size, alpha, kept, to + q * size, cStride * size, min(width, columns - q))
      }
      for (; i < rows; i++) {
        const to = c + (i * cStride + j) * size
        for (let q = 0; q < columns; q += width)
          tile1<T>(depth, a + (i * aStride + p) * size, packed + q * depth * size, alpha, kept, to + q * size, min(width, columns - q))
      }
    }
  }
}

/** Row = β row. */
function scale<T>(row: usize, n: i32, beta: T): void {
  for (let j = 0; j < n; j++, row += sizeof<T>()) store<T>(row, beta == 0 ? beta : <T>(beta * load<T>(row)))
}

/** Columns of B to panels; zeros beyond the last. */
function packPlain<T>(b: usize, stride: i32, depth: i32, columns: i32, to: usize): void {
  const size = <i32>sizeof<T>()
  const width = ROW / size
  for (let q = 0; q < columns; q += width) {
    const count = min(width, columns - q)
    for (let p = 0, from = b + q * size; p < depth; p++, from += stride * size, to += ROW) {
      if (count == width) {
        v128.store(to, v128.load(from))
        v128.store(to, v128.load(from, 16), 16)
      } else {
        memory.fill(to, 0, ROW)
        for (let j = 0; j < count; j++) store<T>(to + j * size, load<T>(from + j * size))
      }
    }
  }
}

/** Rows of Bᵀ to panels; zeros beyond the last. */
function packTransposed<T>(b: usize, stride: i32, depth: i32, columns: i32, to: usize): void {
  const size = <i32>sizeof<T>()
  const width = ROW / size
  for (let q = 0; q < columns; q += width, to += depth * ROW) {
    const count = min(width, columns - q)
    if (count < width) memory.fill(to, 0, depth * ROW)
    for (let j = 0; j < count; j++, b += stride * size)
      for (let p = 0, at = to + j * size; p < depth; p++, at += ROW) store<T>(at, load<T>(b + p * size))
  }
}

/** Four rows of A, element by element. */
function packLeft<T>(a: usize, stride: i32, depth: i32, to: usize): void {
  const size = <i32>sizeof<T>()
  for (let i = 0; i < 4; i++, a += stride * size)
    for (let p = 0, at = to + i * size; p < depth; p++, at += 4 * size) store<T>(at, load<T>(a + p * size))
}

/** Four rows of a panel's columns of C. */
function tile4<T>(depth: i32, a: usize, b: usize, alpha: T, beta: T, c: usize, stride: i32, count: i32): void {
  let c00 = v128.splat<T>(0)
  let c01 = c00
  let c10 = c00
  let c11 = c00
  let c20 = c00
  let c21 = c00
  let c30 = c00
  let c31 = c00
  for (const end = b + depth * ROW; b < end; b += ROW, a += 4 * sizeof<T>()) {
    const b0 = v128.load(b)
    const b1 = v128.load(b, 16)
    const a0 = v128.load_splat<T>(a)
    c00 = v128.add<T>(c00, v128.mul<T>(a0, b0))
    c01 = v128.add<T>(c01, v128.mul<T>(a0, b1))
    const a1 = v128.load_splat<T>(a, sizeof<T>())
    c10 = v128.add<T>(c10, v128.mul<T>(a1, b0))
    c11 = v128.add<T>(c11, v128.mul<T>(a1, b1))
    const a2 = v128.load_splat<T>(a, 2 * sizeof<T>())
    c20 = v128.add<T>(c20, v128.mul<T>(a2, b0))
    c21 = v128.add<T>(c21, v128.mul<T>(a2, b1))
    const a3 = v128.load_splat<T>(a, 3 * sizeof<T>())
    c30 = v128.add<T>(c30, v128.mul<T>(a3, b0))
    c31 = v128.add<T>(c31, v128.mul<T>(a3, b1))
  }
  put<T>(c, c00, c01, alpha, beta, count)
  put<T>(c + stride, c10, c11, alpha, beta, count)
  put<T>(c + 2 * stride, c20, c21, alpha, beta, count)
  put<T>(c + 3 * stride, c30, c31, alpha, beta, count)
}

/** One row of a panel's columns of C. */
function tile1<T>(depth: i32, a: usize, b: usize, alpha: T, beta: T, c: usize, count: i32): void {
  let c0 = v128.splat<T>(0)
  let c1 = c0
  for (const end = b + depth * ROW; b < end; b += ROW, a += sizeof<T>()) {
    const a0 = v128.load_splat<T>(a)
    c0 = v128.add<T>(c0, v128.mul<T>(a0, v128.load(b)))
    c1 = v128.add<T>(c1, v128.mul<T>(a0, v128.load(b, 16)))
  }
  put<T>(c, c0, c1, alpha, beta, count)
}

const LAST: usize = memory.data(32, 16)

/** c = α s + β c for the first `count` columns. */
function put<T>(c: usize, s0: v128, s1: v128, alpha: T, beta: T, count: i32): void {
  const factor = v128.splat<T>(alpha)
  s0 = v128.mul<T>(factor, s0)
  s1 = v128.mul<T>(factor, s1)
  const whole = count == <i32>(ROW / sizeof<T>())
  let at = c
  if (!whole) {
    // By way of a full row.
    at = LAST
    memory.copy(at, c, count * sizeof<T>())
  }
  if (beta != 0) {
    let old0 = v128.load(at)
    let old1 = v128.load(at, 16)
    if (beta != 1) {
      const kept = v128.splat<T>(beta)
      old0 = v128.mul<T>(kept, old0)
      old1 = v128.mul<T>(kept, old1)
    }
    s0 = v128.add<T>(old0, s0)
    s1 = v128.add<T>(old1, s1)
  }
  v128.store(at, s0)
  v128.store(at, s1, 16)
  if (!whole) memory.copy(c, at, count * sizeof<T>())
}
