/**
 * Rows of a two-dimensional filter, sixteen outputs at a time. The order of an output's taps is the order of
 * its bits, every operation rounded by itself; how outputs are grouped changes nothing. Both functions
 * compute outputs in sixteens: up to 15 more than n are written, from whatever lies behind the inputs.
 */

/**
 * A point-symmetric filter of (2·reach + 1)² taps:
 *
 *   acc = κ(0)·x(u), then acc += κ(δ)·(x(u+δ) + x(u−δ)) for δ in raster order over the upper half plane
 *
 * @param x - pixel of the first output; `pitch` is bytes between rows
 * @param taps - κ in raster order
 */
export function foldedRow(x: usize, pitch: usize, taps: usize, reach: i32, to: usize, n: i32): void {
  for (const end = to + (<usize>n << 2); to < end; to += 64) {
    folded16(x, pitch, taps, reach, to)
    x += 64
  }
}

function folded16(x: usize, pitch: usize, taps: usize, reach: i32, to: usize): void {
  const side = <usize>reach << 2
  const width = (side << 1) + 4
  const center = v128.load32_splat(taps + width * <usize>reach + side)
  let a0 = f32x4.mul(center, v128.load(x))
  let a1 = f32x4.mul(center, v128.load(x, 16))
  let a2 = f32x4.mul(center, v128.load(x, 32))
  let a3 = f32x4.mul(center, v128.load(x, 48))
  for (let rise = <usize>reach * pitch; ; rise -= pitch) {
    let up = x - rise - side
    let down = x + rise + side
    // The middle row ends before the center.
    for (const end = taps + (rise > 0 ? width : side); taps < end; taps += 4) {
      const k = v128.load32_splat(taps)
      a0 = f32x4.add(a0, f32x4.mul(k, f32x4.add(v128.load(up), v128.load(down))))
      a1 = f32x4.add(a1, f32x4.mul(k, f32x4.add(v128.load(up, 16), v128.load(down, 16))))
      a2 = f32x4.add(a2, f32x4.mul(k, f32x4.add(v128.load(up, 32), v128.load(down, 32))))
      a3 = f32x4.add(a3, f32x4.mul(k, f32x4.add(v128.load(up, 48), v128.load(down, 48))))
      up += 4
      down -= 4
    }
    if (rise === 0) break
  }
  v128.store(to, a0)
  v128.store(to, a1, 16)
  v128.store(to, a2, 32)
  v128.store(to, a3, 48)
}

/**
 * Adds the taps of rows `top` to `bottom` and columns `left` to `right` (all included) of a kernel of
 * `width`² taps, in raster order: to(i) += κ(δ)·x(u − δ).
 *
 * @param x - element that the first of these taps reads for the first output
 * @param downStep - bytes from a tap's element back to that of the tap below it; `rightStep` to the right
 */
export function plainRow(
  x: usize,
  downStep: usize,
  rightStep: usize,
  kernel: usize,
  width: i32,
  top: i32,
  bottom: i32,
  left: i32,
  right: i32,
  to: usize,
  n: i32,
): void {
  const taps = kernel + (<usize>(top * width + left) << 2)
  const pitch = <usize>width << 2
  const columns = <usize>(right - left + 1) << 2
  for (const end = to + (<usize>n << 2); to < end; to += 64) {
    plain16(x, downStep, rightStep, taps, pitch, bottom - top + 1, columns, to)
    x += 64
  }
}

function plain16(
  x: usize,
  downStep: usize,
  rightStep: usize,
  taps: usize,
  pitch: usize,
  rows: i32,
  columns: usize,
  to: usize,
): void {
  let a0 = v128.load(to)
  let a1 = v128.load(to, 16)
  let a2 = v128.load(to, 32)
  let a3 = v128.load(to, 48)
  for (; rows > 0; rows--) {
    let at = x
    for (let tap = taps, end = taps + columns; tap < end; tap += 4) {
      const k = v128.load32_splat(tap)
      a0 = f32x4.add(a0, f32x4.mul(k, v128.load(at)))
      a1 = f32x4.add(a1, f32x4.mul(k, v128.load(at, 16)))
      a2 = f32x4.add(a2, f32x4.mul(k, v128.load(at, 32)))
      a3 = f32x4.add(a3, f32x4.mul(k, v128.load(at, 48)))
      at -= rightStep
    }
    x -= downStep
    taps += pitch
  }
  v128.store(to, a0)
  v128.store(to, a1, 16)
  v128.store(to, a2, 32)
  v128.store(to, a3, 48)
}
