/** Squared norms and Euclidean distances, in the fixed order of sums. */
import { loadPartial } from '../../common/assembly/lanes'
import { sum16 } from '../../common/assembly/sums'

// @ts-ignore: decorator
@inline
function square(v: v128): v128 {
  return f32x4.mul(v, v)
}

/** sum16 of (a_i − b_i)² over d elements. */
export function squaredDistance(a: usize, b: usize, d: i32): f32 {
  let s0 = f32x4.splat(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  for (const end = a + (<usize>(d & ~15) << 2); a < end; a += 64) {
    s0 = f32x4.add(s0, square(f32x4.sub(v128.load(a), v128.load(b))))
    s1 = f32x4.add(s1, square(f32x4.sub(v128.load(a, 16), v128.load(b, 16))))
    s2 = f32x4.add(s2, square(f32x4.sub(v128.load(a, 32), v128.load(b, 32))))
    s3 = f32x4.add(s3, square(f32x4.sub(v128.load(a, 48), v128.load(b, 48))))
    b += 64
  }
  // Lanes without an element gain +0, which changes no sum of squares.
  const left = d & 15
  if (left > 0) {
    s0 = f32x4.add(s0, square(f32x4.sub(loadPartial(a, left), loadPartial(b, left))))
    s1 = f32x4.add(s1, square(f32x4.sub(loadPartial(a + 16, left - 4), loadPartial(b + 16, left - 4))))
    s2 = f32x4.add(s2, square(f32x4.sub(loadPartial(a + 32, left - 8), loadPartial(b + 32, left - 8))))
    s3 = f32x4.add(s3, square(f32x4.sub(loadPartial(a + 48, left - 12), loadPartial(b + 48, left - 12))))
  }
  return sum16(s0, s1, s2, s3)
}

/** sum16 of a_i² over d elements. */
export function squaredNorm(a: usize, d: i32): f32 {
  let s0 = f32x4.splat(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  for (const end = a + (<usize>(d & ~15) << 2); a < end; a += 64) {
    s0 = f32x4.add(s0, square(v128.load(a)))
    s1 = f32x4.add(s1, square(v128.load(a, 16)))
    s2 = f32x4.add(s2, square(v128.load(a, 32)))
    s3 = f32x4.add(s3, square(v128.load(a, 48)))
  }
  const left = d & 15
  if (left > 0) {
    s0 = f32x4.add(s0, square(loadPartial(a, left)))
    s1 = f32x4.add(s1, square(loadPartial(a + 16, left - 4)))
    s2 = f32x4.add(s2, square(loadPartial(a + 32, left - 8)))
    s3 = f32x4.add(s3, square(loadPartial(a + 48, left - 12)))
  }
  return sum16(s0, s1, s2, s3)
}

/** Norms of rows begin … end − 1. */
export function rowNorms(
  x: usize,
  xSize: i32,
  n: i32,
  d: i32,
  out: usize,
  count: i32,
  begin: f64,
  end: f64,
): i32 {
  for (const last = out + (<usize>count << 2); out < last; out += 4) {
    store<f32>(out, squaredNorm(x, d))
    x += <usize>d << 2
  }
  return 0
}

/** Distances of rows begin … end − 1 to one point. */
export function rowDistances(
  x: usize,
  xSize: i32,
  y: usize,
  ySize: i32,
  n: i32,
  d: i32,
  out: usize,
  count: i32,
  begin: f64,
  end: f64,
): i32 {
  for (const last = out + (<usize>count << 2); out < last; out += 4) {
    store<f32>(out, squaredDistance(x, y, d))
    x += <usize>d << 2
  }
  return 0
}
