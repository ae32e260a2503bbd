/** Eigenvectors, the dual path, and projections on a basis. */
import { pairAt } from '../../common/assembly/lanes'
import { sum8 } from '../../common/assembly/sums'
import { gemmF32 } from '../../common/assembly/gemm'
import { symEigStep } from '../../common/assembly/linalg'
import { sumOfSquares } from './maps'

/** Status of `symEig`. */
const NOT_CONVERGED: i32 = 1

/** Steps begin … end − 1 of the eigendecomposition; see the table. */
export function symEig(
  d: i32,
  steps: i32,
  a: usize,
  aSize: i32,
  values: usize,
  valuesSize: i32,
  work: usize,
  workSize: i32,
  begin: f64,
  end: f64,
): i32 {
  for (let step = <i32>begin; step < <i32>end; step++) {
    if (!symEigStep(d, step, a, values, work)) return NOT_CONVERGED
  }
  return 0
}

/** Two terms of an inner product with a centered row. */
// @ts-ignore: decorator
@inline
function term<T>(centered: usize, x: usize, mean: usize): v128 {
  return f64x2.mul(v128.load(centered), f64x2.sub(pairAt<T>(x), v128.load(mean)))
}

/** Inner product of a centered row with row x less the mean. */
function product<T>(centered: usize, x: usize, mean: usize, d: i32): f64 {
  const step = 2 * sizeof<T>()
  let s0 = f64x2.splat(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  for (const end = centered + (<usize>(d & ~7) << 3); centered < end; centered += 64) {
    s0 = f64x2.add(s0, term<T>(centered, x, mean))
    s1 = f64x2.add(s1, term<T>(centered + 16, x + step, mean + 16))
    s2 = f64x2.add(s2, term<T>(centered + 32, x + 2 * step, mean + 32))
    s3 = f64x2.add(s3, term<T>(centered + 48, x + 3 * step, mean + 48))
    x += 4 * step
    mean += 64
  }
  let rest: f64 = 0
  for (let i = d & 7; i > 0; i--) {
    rest += load<f64>(centered) * (<f64>load<T>(x) - load<f64>(mean))
    centered += 8
    x += sizeof<T>()
    mean += 8
  }
  return sum8(s0, s1, s2, s3) + rest
}

function gramOf<T>(x: usize, mean: usize, n: i32, d: i32, gram: usize, centered: usize, begin: f64, end: f64): void {
  const pitch = <usize>d * sizeof<T>()
  for (let i = <i32>begin; i < <i32>end; i++) {
    const row = x + <usize>i * pitch
    for (let k: usize = 0; k < <usize>d; k++) {
      store<f64>(centered + (k << 3), <f64>load<T>(row + k * sizeof<T>()) - load<f64>(mean + (k << 3)))
    }
    for (let j = 0; j <= i; j++) {
      store<f64>(gram + (<usize>j << 3), product<T>(centered, x + <usize>j * pitch, mean, d))
    }
    memory.fill(gram + (<usize>(i + 1) << 3), 0, <usize>(n - 1 - i) << 3)
    gram += <usize>n << 3
  }
}

/** Rows begin … end − 1 of the inner products of centered rows; see the table. */
export function gramRows(
  x: usize,
  xSize: i32,
  mean: usize,
  meanSize: i32,
  n: i32,
  d: i32,
  rows: i32,
  gram: usize,
  gramSize: i32,
  centered: usize,
  centeredSize: i32,
  begin: f64,
  end: f64,
): i32 {
  gramOf<f32>(x, mean, n, d, gram, centered, begin, end)
  return 0
}

/** `gramRows` of f64. */
export function gramRows64(
  x: usize,
  xSize: i32,
  mean: usize,
  meanSize: i32,
  n: i32,
  d: i32,
  rows: i32,
  gram: usize,
  gramSize: i32,
  centered: usize,
  centeredSize: i32,
  begin: f64,
  end: f64,
): i32 {
  gramOf<f64>(x, mean, n, d, gram, centered, begin, end)
  return 0
}

/** Eight columns of Σ_r w_r (x_r − mean). */
function combineEight<T>(x: usize, pitch: usize, mean: usize, weights: usize, n: i32, out: usize): void {
  const step = 2 * sizeof<T>()
  const m0 = v128.load(mean)
  const m1 = v128.load(mean, 16)
  const m2 = v128.load(mean, 32)
  const m3 = v128.load(mean, 48)
  let s0 = f64x2.splat(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  for (const end = weights + (<usize>n << 3); weights < end; weights += 8) {
    const w = v128.load64_splat(weights)
    s0 = f64x2.add(s0, f64x2.mul(w, f64x2.sub(pairAt<T>(x), m0)))
    s1 = f64x2.add(s1, f64x2.mul(w, f64x2.sub(pairAt<T>(x + step), m1)))
    s2 = f64x2.add(s2, f64x2.mul(w, f64x2.sub(pairAt<T>(x + 2 * step), m2)))
    s3 = f64x2.add(s3, f64x2.mul(w, f64x2.sub(pairAt<T>(x + 3 * step), m3)))
    x += pitch
  }
  v128.store(out, s0)
  v128.store(out, s1, 16)
  v128.store(out, s2, 32)
  v128.store(out, s3, 48)
}

function basisOf<T>(x: usize, mean: usize, weights: usize, n: i32, d: i32, out: usize, begin: f64, end: f64): void {
  const pitch = <usize>d * sizeof<T>()
  for (let i = begin; i < end; i++) {
    let j: usize = 0
    for (; j + 8 <= <usize>d; j += 8) {
      combineEight<T>(x + j * sizeof<T>(), pitch, mean + (j << 3), weights, n, out + (j << 3))
    }
    for (; j < <usize>d; j++) {
      const m = load<f64>(mean + (j << 3))
      let s: f64 = 0
      for (let r: usize = 0; r < <usize>n; r++) {
        s += load<f64>(weights + (r << 3)) * (<f64>load<T>(x + r * pitch + j * sizeof<T>()) - m)
      }
      store<f64>(out + (j << 3), s)
    }
    weights += <usize>n << 3
    out += <usize>d << 3
  }
}

/** Right singular vectors begin … end − 1; see the table. */
export function dualBasis(
  x: usize,
  xSize: i32,
  mean: usize,
  meanSize: i32,
  weights: usize,
  weightsSize: i32,
  n: i32,
  d: i32,
  rows: i32,
  basis: usize,
  basisSize: i32,
  begin: f64,
  end: f64,
): i32 {
  basisOf<f32>(x, mean, weights, n, d, basis, begin, end)
  return 0
}

/** `dualBasis` of f64. */
export function dualBasis64(
  x: usize,
  xSize: i32,
  mean: usize,
  meanSize: i32,
  weights: usize,
  weightsSize: i32,
  n: i32,
  d: i32,
  rows: i32,
  basis: usize,
  basisSize: i32,
  begin: f64,
  end: f64,
): i32 {
  basisOf<f64>(x, mean, weights, n, d, basis, begin, end)
  return 0
}

/** Coordinates and residuals of a chunk of centered rows; see the table. */
export function projectRows(
  v: usize,
  vSize: i32,
  basis: usize,
  basisSize: i32,
  n: i32,
  d: i32,
  k: i32,
  z: usize,
  zSize: i32,
  fre: usize,
  freSize: i32,
  residual: usize,
  residualSize: i32,
  work: usize,
  workSize: i32,
  begin: f64,
  end: f64,
): i32 {
  const rows = <i32>(end - begin)
  gemmF32(rows, k, d, 1, v, d, basis, d, true, 0, z, k, work, workSize)
  if (fre === 0 && residual === 0) return 0
  const size = rows * d
  const room = (size + 3) & ~3
  const rest = residual === 0 ? work : residual
  memory.copy(rest, v, <usize>size << 2)
  gemmF32(rows, d, k, -1, z, k, basis, d, false, 1, rest, d, work + (<usize>room << 2), workSize - room)
  for (let i = 0; i < rows && fre !== 0; i++) {
    store<f32>(fre + (<usize>i << 2), <f32>sumOfSquares(rest + (<usize>(i * d) << 2), d))
  }
  return 0
}
