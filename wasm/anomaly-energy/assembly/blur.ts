/**
 * Separable blur with a symmetric kernel of 2r + 1 taps:
 *
 *   acc = w(0)·x(u), then acc += w(k)·(x(u−k) + x(u+k)) for k = 1 … r
 *
 * down the columns first, then along the rows; beyond the image its pixels repeat (d c b a | a b c d | d c b a).
 */

/** Index in [0, n) of pixel i of the endlessly reflected row. */
function reflect(i: i32, n: i32): i32 {
  const period = 2 * n
  let j = i % period
  if (j < 0) j += period
  return j < n ? j : period - 1 - j
}

/** Row y of the plane blurred down the columns. `rows` receives the addresses of the 2r + 1 rows it takes. */
function blurColumns(x: usize, h: i32, w: i32, y: i32, weights: usize, radius: i32, rows: usize, to: usize): void {
  for (let k = -radius; k <= radius; k++) {
    store<usize>(rows + (<usize>(k + radius) << 2), x + ((<usize>reflect(y + k, h) * <usize>w) << 2))
  }
  const center = rows + (<usize>radius << 2)
  let at: usize = 0
  const end = <usize>w << 2
  for (; at + 64 <= end; at += 64) columns16(center, at, weights, radius, to + at)
  for (; at + 16 <= end; at += 16) columns4(center, at, weights, radius, to + at)
  for (; at < end; at += 4) columns1(center, at, weights, radius, to + at)
}

function columns16(center: usize, at: usize, weights: usize, radius: i32, to: usize): void {
  const middle = load<usize>(center) + at
  let k = v128.load32_splat(weights)
  let a0 = f32x4.mul(k, v128.load(middle))
  let a1 = f32x4.mul(k, v128.load(middle, 16))
  let a2 = f32x4.mul(k, v128.load(middle, 32))
  let a3 = f32x4.mul(k, v128.load(middle, 48))
  for (let reach: usize = 4; reach <= <usize>radius << 2; reach += 4) {
    const up = load<usize>(center - reach) + at
    const down = load<usize>(center + reach) + at
    k = v128.load32_splat(weights + reach)
    a0 = f32x4.add(a0, f32x4.mul(k, f32x4.add(v128.load(up), v128.load(down))))
    a1 = f32x4.add(a1, f32x4.mul(k, f32x4.add(v128.load(up, 16), v128.load(down, 16))))
    a2 = f32x4.add(a2, f32x4.mul(k, f32x4.add(v128.load(up, 32), v128.load(down, 32))))
    a3 = f32x4.add(a3, f32x4.mul(k, f32x4.add(v128.load(up, 48), v128.load(down, 48))))
  }
  v128.store(to, a0)
  v128.store(to, a1, 16)
  v128.store(to, a2, 32)
  v128.store(to, a3, 48)
}

function columns4(center: usize, at: usize, weights: usize, radius: i32, to: usize): void {
  let acc = f32x4.mul(v128.load32_splat(weights), v128.load(load<usize>(center) + at))
  for (let reach: usize = 4; reach <= <usize>radius << 2; reach += 4) {
    const pair = f32x4.add(v128.load(load<usize>(center - reach) + at), v128.load(load<usize>(center + reach) + at))
    acc = f32x4.add(acc, f32x4.mul(v128.load32_splat(weights + reach), pair))
  }
  v128.store(to, acc)
}

function columns1(center: usize, at: usize, weights: usize, radius: i32, to: usize): void {
  let acc = load<f32>(weights) * load<f32>(load<usize>(center) + at)
  for (let reach: usize = 4; reach <= <usize>radius << 2; reach += 4) {
    const pair = load<f32>(load<usize>(center - reach) + at) + load<f32>(load<usize>(center + reach) + at)
    acc += load<f32>(weights + reach) * pair
  }
  store<f32>(to, acc)
}

/** Copies the pixels that a row repeats to its left and right; `row` has room for `radius` of them on either side. */
function reflectRow(row: usize, w: i32, radius: i32): void {
  for (let i = 1; i <= radius; i++) {
    store<f32>(row - (<usize>i << 2), load<f32>(row + (<usize>reflect(-i, w) << 2)))
    const right = w - 1 + i
    store<f32>(row + (<usize>right << 2), load<f32>(row + (<usize>reflect(right, w) << 2)))
  }
}

/** A reflected row blurred along itself. */
function blurAlong(row: usize, w: i32, weights: usize, radius: i32, to: usize): void {
  let at: usize = 0
  const end = <usize>w << 2
  for (; at + 64 <= end; at += 64) along16(row + at, weights, radius, to + at)
  for (; at + 16 <= end; at += 16) along4(row + at, weights, radius, to + at)
  for (; at < end; at += 4) along1(row + at, weights, radius, to + at)
}

function along16(x: usize, weights: usize, radius: i32, to: usize): void {
  let k = v128.load32_splat(weights)
  let a0 = f32x4.mul(k, v128.load(x))
  let a1 = f32x4.mul(k, v128.load(x, 16))
  let a2 = f32x4.mul(k, v128.load(x, 32))
  let a3 = f32x4.mul(k, v128.load(x, 48))
  let left = x
  let right = x
  for (const end = weights + (<usize>radius << 2); weights < end; ) {
    left -= 4
    right += 4
    weights += 4
    k = v128.load32_splat(weights)
    a0 = f32x4.add(a0, f32x4.mul(k, f32x4.add(v128.load(left), v128.load(right))))
    a1 = f32x4.add(a1, f32x4.mul(k, f32x4.add(v128.load(left, 16), v128.load(right, 16))))
    a2 = f32x4.add(a2, f32x4.mul(k, f32x4.add(v128.load(left, 32), v128.load(right, 32))))
    a3 = f32x4.add(a3, f32x4.mul(k, f32x4.add(v128.load(left, 48), v128.load(right, 48))))
  }
  v128.store(to, a0)
  v128.store(to, a1, 16)
  v128.store(to, a2, 32)
  v128.store(to, a3, 48)
}

function along4(x: usize, weights: usize, radius: i32, to: usize): void {
  let acc = f32x4.mul(v128.load32_splat(weights), v128.load(x))
  for (let reach: usize = 4; reach <= <usize>radius << 2; reach += 4) {
    const pair = f32x4.add(v128.load(x - reach), v128.load(x + reach))
    acc = f32x4.add(acc, f32x4.mul(v128.load32_splat(weights + reach), pair))
  }
  v128.store(to, acc)
}

function along1(x: usize, weights: usize, radius: i32, to: usize): void {
  let acc = load<f32>(weights) * load<f32>(x)
  for (let reach: usize = 4; reach <= <usize>radius << 2; reach += 4) {
    acc += load<f32>(weights + reach) * (load<f32>(x - reach) + load<f32>(x + reach))
  }
  store<f32>(to, acc)
}
