/**
 * Squared norms of W v for many v at once, W a packed triangle, in f32: a convolution with one output channel
 * per row of W, which has as many taps as the row has entries. Four rows at a time go through the tiles, and
 * their squares are added up.
 */
import { loadPartial } from '../../common/assembly/lanes'
import { convTile, TILE } from './conv-tile'

/** Minus the shift of four rows. */
const INIT: usize = memory.data(16, 16)

/** Rows first … first + 3 of the packed triangle as [count][4], zeros where there is no entry. */
function packRows(factor: usize, first: i32, d: i32, count: i32, to: usize): void {
  memory.fill(to, 0, <usize>count << 4)
  for (let r = 0; r < 4 && first + r < d; r++) {
    const row = <usize>(first + r)
    const from = factor + (((row * (row + 1)) >> 1) << 2)
    for (let j: usize = 0; j <= row; j++) store<f32>(to + (j << 4) + (<usize>r << 2), load<f32>(from + (j << 2)))
  }
}

function loadShift(shift: usize, first: i32, d: i32): void {
  for (let r = 0; r < 4; r++) {
    const some = shift !== 0 && first + r < d
    store<f32>(INIT + (<usize>r << 2), some ? -load<f32>(shift + (<usize>(first + r) << 2)) : 0)
  }
}

// @ts-ignore: decorator
@inline
function square(at: usize): v128 {
  const v = v128.load(at)
  return f32x4.mul(v, v)
}

/** Adds the squares of a tile's four rows. */
function addSquares(to: usize): void {
  for (let at: usize = 0; at < 32; at += 16) {
    const low = f32x4.add(square(TILE + at), square(TILE + at + 32))
    const high = f32x4.add(square(TILE + at + 64), square(TILE + at + 96))
    v128.store(to + at, f32x4.add(v128.load(to + at), f32x4.add(low, high)))
  }
}

/**
 * Squared norms of W v − shift for `lines` lines of n vectors each, up to a whole eight.
 *
 * @param shift - d floats, or 0
 * @param x - element j of vector u of line i lies at x + i·pitch + 4·u + offsets[j]
 * @param panel - room for 4 d floats
 * @param sums - receives the norms, a line every `pitch` bytes
 */
export function squaredNorms(
  factor: usize,
  shift: usize,
  d: i32,
  x: usize,
  pitch: usize,
  offsets: usize,
  lines: i32,
  n: i32,
  panel: usize,
  sums: usize,
): void {
  memory.fill(sums, 0, <usize>lines * pitch)
  for (let first = 0; first < d; first += 4) {
    const count = min(d, first + 4)
    packRows(factor, first, d, count, panel)
    loadShift(shift, first, d)
    for (let line: usize = 0; line < <usize>lines * pitch; line += pitch) {
      for (let u: usize = 0; u < <usize>n << 2; u += 32) {
        convTile(x + line + u, offsets, count, panel, INIT, TILE, 32)
        addSquares(sums + line + u)
      }
    }
  }
}

/** Sums of the lanes of four vectors, side by side. */
// @ts-ignore: decorator
@inline
function sumsOf(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7))
  const cd = f32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7))
  return f32x4.add(v128.shuffle<i64>(ab, cd, 0, 2), v128.shuffle<i64>(ab, cd, 1, 3))
}

/**
 * Squared norm of W v for one v of d floats, four rows of W at a time; what the last rows have beyond a whole
 * four is computed by itself.
 */
export function squaredNormOf(factor: usize, v: usize, d: i32): f32 {
  let total = f32x4.splat(0)
  let row = factor
  const whole = <usize>(d & ~3) << 2
  for (let length: usize = 0; length < whole; length += 16) {
    const row1 = row + length + 4
    const row2 = row1 + length + 8
    const row3 = row2 + length + 12
    let x = v128.load(v + length)
    let a0 = f32x4.mul(x, v128.load32_zero(row + length))
    let a1 = f32x4.mul(x, v128.load64_zero(row1 + length))
    let a2 = f32x4.mul(x, loadPartial(row2 + length, 3))
    let a3 = f32x4.mul(x, v128.load(row3 + length))
    for (let at: usize = 0; at < length; at += 16) {
      x = v128.load(v + at)
      a0 = f32x4.add(a0, f32x4.mul(x, v128.load(row + at)))
      a1 = f32x4.add(a1, f32x4.mul(x, v128.load(row1 + at)))
      a2 = f32x4.add(a2, f32x4.mul(x, v128.load(row2 + at)))
      a3 = f32x4.add(a3, f32x4.mul(x, v128.load(row3 + at)))
    }
    const y = sumsOf(a0, a1, a2, a3)
    total = f32x4.add(total, f32x4.mul(y, y))
    row = row3 + length + 16
  }
  const pair = f32x4.add(total, v128.shuffle<i32>(total, total, 2, 3, 2, 3))
  let sum = f32x4.extract_lane(pair, 0) + f32x4.extract_lane(pair, 1)
  for (let k = d & ~3; k < d; k++) {
    const y = dot(row, v, k + 1)
    sum += y * y
    row += <usize>(k + 1) << 2
  }
  return sum
}

function dot(a: usize, b: usize, n: i32): f32 {
  let s = f32x4.splat(0)
  for (let left = n; left > 0; left -= 4) {
    s = f32x4.add(s, f32x4.mul(loadPartial(a, left), loadPartial(b, left)))
    a += 16
    b += 16
  }
  const pair = f32x4.add(s, v128.shuffle<i32>(s, s, 2, 3, 2, 3))
  return f32x4.extract_lane(pair, 0) + f32x4.extract_lane(pair, 1)
}
