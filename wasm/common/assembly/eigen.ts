/**
 * Eigendecomposition of a symmetric matrix in f64, in steps short enough for an event loop: Householder
 * tridiagonalization, then implicit QL (Bowdler, Martin, Reinsch and Wilkinson, "The QR and QL algorithms for symmetric
 * matrices", Numerische Mathematik 11 (1968) 293–306). Tolerance class; native/common-rs/src/linalg/eigen.rs is the same
 * algorithm with other sums.
 */

/** 2^−52 */
const EPSILON: f64 = 2.220446049250313e-16

/** Where things lie in the workspace of 8 d + 64 numbers: T's off-diagonal, two vectors, rotations, and two numbers. */
// @ts-ignore: decorator
@inline
function part(work: usize, d: i32, index: i32): usize {
  return work + ((d * index) << 3)
}

/**
 * Step 0 ≤ step < 3 d of the decomposition of `a`, d × d, which holds the whole matrix before step 0. After the last,
 * `values` are the eigenvalues, descending, and row i of `a` is the unit eigenvector of values[i], its component of
 * largest magnitude (the first such) positive. The residual ‖A v − λ v‖ is at most 1e-12 · d · |λ|_max.
 *
 * @param work - 8 d + 64 numbers, kept from step to step
 * @returns false when 30 d iterations don't suffice, or an element isn't finite
 */
export function symEigStep(d: i32, step: i32, a: usize, values: usize, work: usize): bool {
  const off = work
  const state = part(work, d, 5)
  if (step == 0) {
    const scale = normalize(a, d * d)
    if (scale == 0) return false
    store<f64>(state, scale)
    store<f64>(state, 30 * <f64>d, 8)
  }
  if (step < d) reduce(d, step, a, values, off, part(work, d, 1), part(work, d, 2))
  else if (step < 2 * d) expand(d, 2 * d - 1 - step, a)
  else {
    if (!isolate(d, step - 2 * d, a, values, off, part(work, d, 3), state + 8)) return false
    if (step == 3 * d - 1) finish(d, a, values, load<f64>(state))
  }
  return true
}

/**
 * Divides by the power of two at or below the largest magnitude, so that squares can't over- or underflow; returns it, or
 * 0 when an element isn't finite.
 */
function normalize(a: usize, n: i32): f64 {
  let largest: f64 = 0
  for (let i = 0; i < n; i++) {
    const v = abs(load<f64>(a + (i << 3)))
    if (!(v < Infinity)) return 0
    if (v > largest) largest = v
  }
  let exponent = reinterpret<u64>(largest) >> 52
  exponent = exponent < 1 ? 1 : exponent > 2045 ? 2045 : exponent
  const inverse = reinterpret<f64>((2046 - exponent) << 52)
  for (let i = 0; i < n; i++) store<f64>(a + (i << 3), load<f64>(a + (i << 3)) * inverse)
  return reinterpret<f64>(exponent << 52)
}

/** Σ x_i y_i */
function dot(x: usize, y: usize, n: i32): f64 {
  let s0 = f64x2.splat(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  for (; n >= 8; n -= 8, x += 64, y += 64) {
    s0 = f64x2.add(s0, f64x2.mul(v128.load(x), v128.load(y)))
    s1 = f64x2.add(s1, f64x2.mul(v128.load(x, 16), v128.load(y, 16)))
    s2 = f64x2.add(s2, f64x2.mul(v128.load(x, 32), v128.load(y, 32)))
    s3 = f64x2.add(s3, f64x2.mul(v128.load(x, 48), v128.load(y, 48)))
  }
  const pair = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3))
  let sum = f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1)
  for (; n > 0; n--, x += 8, y += 8) sum += load<f64>(x) * load<f64>(y)
  return sum
}

/** to = to − p x − q y */
function subtract(to: usize, p: f64, x: usize, q: f64, y: usize, n: i32): void {
  const pWide = f64x2.splat(p)
  const qWide = f64x2.splat(q)
  for (; n >= 4; n -= 4, to += 32, x += 32, y += 32) {
    const low = f64x2.add(f64x2.mul(pWide, v128.load(x)), f64x2.mul(qWide, v128.load(y)))
    const high = f64x2.add(f64x2.mul(pWide, v128.load(x, 16)), f64x2.mul(qWide, v128.load(y, 16)))
    v128.store(to, f64x2.sub(v128.load(to), low))
    v128.store(to, f64x2.sub(v128.load(to, 16), high), 16)
  }
  for (; n > 0; n--, to += 8, x += 8, y += 8)
    store<f64>(to, load<f64>(to) - (p * load<f64>(x) + q * load<f64>(y)))
}

/**
 * Reflects row k right of the diagonal to (α, 0, …) by I − β v vᵀ with v_0 = 1, from both sides. v is left in row k, β
 * below the diagonal; α goes to `off`.
 */
function reduce(d: i32, k: i32, a: usize, diagonal: usize, off: usize, p: usize, v: usize): void {
  const stride = d << 3
  const row = a + k * stride + (k << 3)
  store<f64>(diagonal + (k << 3), load<f64>(row))
  const n = d - k - 1
  if (n == 0) {
    store<f64>(off + (k << 3), 0)
    return
  }
  memory.copy(v, row + 8, n << 3)
  const first = load<f64>(v)
  const tail = dot(v + 8, v + 8, n - 1)
  let alpha = first
  let beta: f64 = 0
  if (tail == 0) memory.fill(v, 0, n << 3)
  else {
    const norm = sqrt(first * first + tail)
    alpha = first > 0 ? -norm : norm
    const v0 = first - alpha
    store<f64>(v, 1)
    for (let at = v + 8, end = v + (n << 3); at < end; at += 8) store<f64>(at, load<f64>(at) / v0)
    beta = -v0 / alpha
  }
  store<f64>(off + (k << 3), alpha)
  memory.copy(row + 8, v, n << 3)
  if (beta != 0) {
    for (let i = 0, below = row + stride + 8; i < n; i++, below += stride) store<f64>(p + (i << 3), beta * dot(below, v, n))
    subtract(p, 0.5 * beta * dot(p, v, n), v, 0, v, n)
    for (let i = 0, below = row + stride + 8; i < n; i++, below += stride)
      subtract(below, load<f64>(v + (i << 3)), p, load<f64>(p + (i << 3)), v, n)
  }
  store<f64>(row + stride, beta)
}

/** Row and column k of Qᵀ, in place of the reflection k. */
function expand(d: i32, k: i32, a: usize): void {
  const stride = d << 3
  const row = a + k * stride + (k << 3)
  const n = d - k - 1
  if (n > 0) {
    const beta = load<f64>(row + stride)
    for (let i = 0, below = row + stride; i < n; i++, below += stride) {
      store<f64>(below, 0)
      subtract(below + 8, beta * dot(below + 8, row + 8, n), row + 8, 0, row + 8, n)
    }
  }
  memory.fill(row, 0, (n + 1) << 3)
  store<f64>(row, 1)
}

/** Sweeps until off[l] is negligible. */
function isolate(d: i32, l: i32, a: usize, diagonal: usize, off: usize, rotations: usize, left: usize): bool {
  while (true) {
    let m = l
    for (; m < d - 1; m++) {
      const size = abs(load<f64>(diagonal + (m << 3))) + abs(load<f64>(diagonal + (m << 3), 8))
      if (abs(load<f64>(off + (m << 3))) <= EPSILON * size) break
    }
    if (m == l) return true
    if (load<f64>(left) == 0) return false
    store<f64>(left, load<f64>(left) - 1)
    rotate(d, m, sweep(l, m, diagonal, off, rotations), a, rotations)
  }
}

/** One sweep from row m up to row l, with Wilkinson's shift; leaves (c, s) of its rotations, returns their number. */
function sweep(l: i32, m: i32, diagonal: usize, off: usize, rotations: usize): i32 {
  const diagonalL = load<f64>(diagonal + (l << 3))
  const offL = load<f64>(off + (l << 3))
  let g = (load<f64>(diagonal + (l << 3), 8) - diagonalL) / (2 * offL)
  let r = sqrt(g * g + 1)
  g = load<f64>(diagonal + (m << 3)) - diagonalL + offL / (g + (g < 0 ? -r : r))
  let s: f64 = 1
  let c: f64 = 1
  let p: f64 = 0
  let count = 0
  for (let i = m - 1; i >= l; i--, count++) {
    const at = diagonal + (i << 3)
    const f = s * load<f64>(off + (i << 3))
    const b = c * load<f64>(off + (i << 3))
    r = sqrt(f * f + g * g)
    store<f64>(off + (i << 3), r, 8)
    if (r == 0) {
      // The matrix splits here.
      store<f64>(at, load<f64>(at, 8) - p, 8)
      store<f64>(off + (m << 3), 0)
      return count
    }
    s = f / r
    c = g / r
    g = load<f64>(at, 8) - p
    r = (load<f64>(at) - g) * s + 2 * c * b
    p = s * r
    store<f64>(at, g + p, 8)
    g = c * r - b
    store<f64>(rotations + (count << 4), c)
    store<f64>(rotations + (count << 4), s, 8)
  }
  store<f64>(diagonal + (l << 3), load<f64>(diagonal + (l << 3)) - p)
  store<f64>(off + (l << 3), g)
  store<f64>(off + (m << 3), 0)
  return count
}

/** Rotation t turns rows m − t − 1 and m − t: a strip of 8 columns at a time, the row that two share in registers. */
function rotate(d: i32, m: i32, count: i32, a: usize, rotations: usize): void {
  const stride = d << 3
  const last = rotations + (count << 4)
  let column = 0
  for (; column + 8 <= d; column += 8) {
    let row = a + m * stride + (column << 3)
    let h0 = v128.load(row)
    let h1 = v128.load(row, 16)
    let h2 = v128.load(row, 32)
    let h3 = v128.load(row, 48)
    for (let at = rotations; at < last; at += 16) {
      const c = v128.load64_splat(at)
      const s = v128.load64_splat(at, 8)
      const next = row - stride
      const l0 = v128.load(next)
      const l1 = v128.load(next, 16)
      const l2 = v128.load(next, 32)
      const l3 = v128.load(next, 48)
      v128.store(row, f64x2.add(f64x2.mul(s, l0), f64x2.mul(c, h0)))
      v128.store(row, f64x2.add(f64x2.mul(s, l1), f64x2.mul(c, h1)), 16)
      v128.store(row, f64x2.add(f64x2.mul(s, l2), f64x2.mul(c, h2)), 32)
      v128.store(row, f64x2.add(f64x2.mul(s, l3), f64x2.mul(c, h3)), 48)
      h0 = f64x2.sub(f64x2.mul(c, l0), f64x2.mul(s, h0))
      h1 = f64x2.sub(f64x2.mul(c, l1), f64x2.mul(s, h1))
      h2 = f64x2.sub(f64x2.mul(c, l2), f64x2.mul(s, h2))
      h3 = f64x2.sub(f64x2.mul(c, l3), f64x2.mul(s, h3))
      row = next
    }
    v128.store(row, h0)
    v128.store(row, h1, 16)
    v128.store(row, h2, 32)
    v128.store(row, h3, 48)
  }
  for (; column < d; column++) {
    let row = a + m * stride + (column << 3)
    let high = load<f64>(row)
    for (let at = rotations; at < last; at += 16) {
      const low = load<f64>(row - stride)
      store<f64>(row, load<f64>(at, 8) * low + load<f64>(at) * high)
      high = load<f64>(at) * low - load<f64>(at, 8) * high
      row -= stride
    }
    store<f64>(row, high)
  }
}

/** Scale, order and signs. */
function finish(d: i32, a: usize, values: usize, scale: f64): void {
  const stride = d << 3
  for (let i = 0; i < d; i++) {
    let k = i
    for (let j = i + 1; j < d; j++) if (load<f64>(values + (j << 3)) > load<f64>(values + (k << 3))) k = j
    const value = load<f64>(values + (k << 3))
    if (k != i) {
      store<f64>(values + (k << 3), load<f64>(values + (i << 3)))
      swap(a + i * stride, a + k * stride, d)
    }
    store<f64>(values + (i << 3), value * scale)
    fixSign(a + i * stride, d)
  }
}

function swap(x: usize, y: usize, n: i32): void {
  for (const end = x + (n << 3); x < end; x += 8, y += 8) {
    const v = load<f64>(x)
    store<f64>(x, load<f64>(y))
    store<f64>(y, v)
  }
}

/** Makes the first component of largest magnitude positive. */
function fixSign(row: usize, n: i32): void {
  let largest: f64 = 0
  for (let i = 0; i < n; i++) {
    const v = load<f64>(row + (i << 3))
    if (abs(v) > abs(largest)) largest = v
  }
  if (largest < 0) for (let i = 0; i < n; i++) store<f64>(row + (i << 3), -load<f64>(row + (i << 3)))
}
