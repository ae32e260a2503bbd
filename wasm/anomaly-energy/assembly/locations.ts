/** Gaussians per image location: gathering features, whitening factors, distances. */
import { cholesky, triangularInverse } from '../../common/assembly/linalg'
import { interleave } from './pack'
import { squaredNormOf } from './triangle'

/** Channels of a chunk of locations side by side: out[u][i][c] = x[i][c][first + u]. */
function gather(x: usize, n: i32, c: i32, plane: i32, first: i32, count: i32, out: usize): void {
  const pitch = <usize>plane << 2
  const step = <usize>(n * c) << 2
  for (let i = 0; i < n; i++) {
    let ch = 0
    for (; ch + 4 <= c; ch += 4) {
      const from = x + <usize>(i * c + ch) * pitch + (<usize>first << 2)
      interleave(from, pitch, 4, count, out + (<usize>(i * c + ch) << 2), step)
    }
    for (; ch < c; ch++) {
      let from = x + <usize>(i * c + ch) * pitch + (<usize>first << 2)
      let to = out + (<usize>(i * c + ch) << 2)
      for (let u = 0; u < count; u++) {
        store<f32>(to, load<f32>(from))
        from += 4
        to += step
      }
    }
  }
}

/** Features of a chunk of locations; see the table. */
export function gatherLocations(
  x: usize,
  xSize: i32,
  n: i32,
  c: i32,
  plane: i32,
  rows: i32,
  mean: usize,
  meanSize: i32,
  out: usize,
  outSize: i32,
  begin: f64,
  end: f64,
): i32 {
  const count = <i32>(end - begin)
  gather(x, n, c, plane, <i32>begin, count, out)
  if (mean === 0) return 0
  for (let u = 0; u < count; u++) {
    for (let i = 0; i < n; i++) {
      for (let ch: usize = 0; ch < <usize>c; ch++) {
        const to = out + (ch << 2)
        store<f32>(to, <f32>(<f64>load<f32>(to) - load<f64>(mean + (ch << 3))))
      }
      out += <usize>c << 2
    }
    mean += <usize>c << 3
  }
  return 0
}

/** m2 / divisor, + ridge on the diagonal, as the lower triangle of a whole matrix. */
function unpack(m2: usize, c: i32, divisor: f64, ridge: f64, to: usize): void {
  for (let i = 0; i < c; i++) {
    for (let j: usize = 0; j <= <usize>i << 3; j += 8) {
      store<f64>(to + j, load<f64>(m2) / divisor)
      m2 += 8
    }
    const diagonal = to + (<usize>i << 3)
    store<f64>(diagonal, load<f64>(diagonal) + ridge)
    to += <usize>c << 3
  }
}

/** The lower triangle as packed f32. */
function pack(a: usize, c: i32, to: usize): void {
  for (let i = 0; i < c; i++) {
    for (let j: usize = 0; j <= <usize>i << 3; j += 8) {
      store<f32>(to, <f32>load<f64>(a + j))
      to += 4
    }
    a += <usize>c << 3
  }
}

/** Whitening factors of a chunk of locations; see the table. */
export function locationFactor(
  m2: usize,
  m2Size: i32,
  c: i32,
  rows: i32,
  divisor: f64,
  ridge: f64,
  factor: usize,
  factorSize: i32,
  report: usize,
  matrix: usize,
  matrixSize: i32,
  begin: f64,
  end: f64,
): i32 {
  const size = <usize>(c * (c + 1)) >> 1
  for (let u = begin; u < end; u++) {
    unpack(m2, c, divisor, ridge, matrix)
    if (cholesky(c, 0, c, matrix)) {
      triangularInverse(c, 0, c, matrix, matrix + (<usize>(c * c) << 3))
      pack(matrix, c, factor)
    } else {
      memory.fill(factor, 0, size << 2)
      if (u < load<f64>(report)) store<f64>(report, u)
    }
    m2 += size << 3
    factor += size << 2
  }
  return 0
}

/** Mahalanobis distances of a chunk of locations; see the table. */
export function locationDistances(
  v: usize,
  vSize: i32,
  factor: usize,
  factorSize: i32,
  n: i32,
  c: i32,
  rows: i32,
  out: usize,
  outSize: i32,
  begin: f64,
  end: f64,
): i32 {
  const size = <usize>(c * (c + 1)) >> 1
  for (let u = begin; u < end; u++) {
    for (let i = 0; i < n; i++) {
      store<f32>(out, sqrt(squaredNormOf(factor, v, c)))
      v += <usize>c << 2
      out += 4
    }
    factor += size << 2
  }
  return 0
}
