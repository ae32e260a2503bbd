/**
 * Rows of a two-dimensional filter. The order of an output's taps is the order of its bits, every
 * operation rounded by itself; how outputs are grouped into vectors changes nothing.
 */

/**
 * n outputs side by side of a point-symmetric filter of (2·reach + 1)² taps:
 *
 *   acc = κ(0)·x(u), then acc += κ(δ)·(x(u+δ) + x(u−δ)) for δ in raster order over the upper half plane;
 *   out = acc + bias
 *
 * @param x - pixel of the first output; `stride` is bytes between rows
 * @param taps - κ in raster order
 */
export function foldedRow(x: usize, stride: usize, taps: usize, reach: i32, bias: usize, to: usize, n: i32): void {
  let i = 0
  for (; i + 16 <= n; i += 16) folded16(x + (<usize>i << 2), stride, taps, reach, bias, to + (<usize>i << 2))
  for (; i + 4 <= n; i += 4) folded4(x + (<usize>i << 2), stride, taps, reach, bias, to + (<usize>i << 2))
  for (; i < n; i++) folded1(x + (<usize>i << 2), stride, taps, reach, bias, to + (<usize>i << 2))
}

function folded16(x: usize, stride: usize, taps: usize, reach: i32, bias: usize, to: usize): void {
  const side = <usize>reach << 2
  const width = 2 * side + 4
  const center = v128.load32_splat(taps + width * <usize>reach + side)
  let a0 = f32x4.mul(center, v128.load(x))
  let a1 = f32x4.mul(center, v128.load(x, 16))
  let a2 = f32x4.mul(center, v128.load(x, 32))
  let a3 = f32x4.mul(center, v128.load(x, 48))
  for (let rise = <usize>reach * stride; ; rise -= stride) {
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
  const b = v128.load32_splat(bias)
  v128.store(to, f32x4.add(a0, b))
  v128.store(to, f32x4.add(a1, b), 16)
  v128.store(to, f32x4.add(a2, b), 32)
  v128.store(to, f32x4.add(a3, b), 48)
}

function folded4(x: usize, stride: usize, taps: usize, reach: i32, bias: usize, to: usize): void {
  const side = <usize>reach << 2
  const width = 2 * side + 4
  let acc = f32x4.mul(v128.load32_splat(taps + width * <usize>reach + side), v128.load(x))
  for (let rise = <usize>reach * stride; ; rise -= stride) {
    let up = x - rise - side
    let down = x + rise + side
    for (const end = taps + (rise > 0 ? width : side); taps < end; taps += 4) {
      acc = f32x4.add(acc, f32x4.mul(v128.load32_splat(taps), f32x4.add(v128.load(up), v128.load(down))))
      up += 4
      down -= 4
    }
    if (rise === 0) break
  }
  v128.store(to, f32x4.add(acc, v128.load32_splat(bias)))
}

function folded1(x: usize, stride: usize, taps: usize, reach: i32, bias: usize, to: usize): void {
  const side = <usize>reach << 2
  const width = 2 * side + 4
  let acc = load<f32>(taps + width * <usize>reach + side) * load<f32>(x)
  for (let rise = <usize>reach * stride; ; rise -= stride) {
    let up = x - rise - side
    let down = x + rise + side
    for (const end = taps + (rise > 0 ? width : side); taps < end; taps += 4) {
      acc += load<f32>(taps) * (load<f32>(up) + load<f32>(down))
      up += 4
      down -= 4
    }
    if (rise === 0) break
  }
  store<f32>(to, acc + load<f32>(bias))
}

/**
 * n outputs side by side of any filter: acc = 0, then acc += weight[k]·x(u + offset[k]), k ascending;
 * out = acc + bias.
 *
 * @param x - place of the first output; the offsets are bytes
 */
export function listedRow(x: usize, offsets: usize, weights: usize, count: i32, bias: usize, to: usize, n: i32): void {
  let i = 0
  for (; i + 16 <= n; i += 16) listed16(x + (<usize>i << 2), offsets, weights, count, bias, to + (<usize>i << 2))
  for (; i + 4 <= n; i += 4) listed4(x + (<usize>i << 2), offsets, weights, count, bias, to + (<usize>i << 2))
  for (; i < n; i++) listed1(x + (<usize>i << 2), offsets, weights, count, bias, to + (<usize>i << 2))
}

function listed16(x: usize, offsets: usize, weights: usize, count: i32, bias: usize, to: usize): void {
  let a0 = f32x4.splat(0)
  let a1 = a0
  let a2 = a0
  let a3 = a0
  for (const end = offsets + (<usize>count << 2); offsets < end; offsets += 4) {
    const at = x + load<usize>(offsets)
    const k = v128.load32_splat(weights)
    a0 = f32x4.add(a0, f32x4.mul(k, v128.load(at)))
    a1 = f32x4.add(a1, f32x4.mul(k, v128.load(at, 16)))
    a2 = f32x4.add(a2, f32x4.mul(k, v128.load(at, 32)))
    a3 = f32x4.add(a3, f32x4.mul(k, v128.load(at, 48)))
    weights += 4
  }
  const b = v128.load32_splat(bias)
  v128.store(to, f32x4.add(a0, b))
  v128.store(to, f32x4.add(a1, b), 16)
  v128.store(to, f32x4.add(a2, b), 32)
  v128.store(to, f32x4.add(a3, b), 48)
}

function listed4(x: usize, offsets: usize, weights: usize, count: i32, bias: usize, to: usize): void {
  let acc = f32x4.splat(0)
  for (const end = offsets + (<usize>count << 2); offsets < end; offsets += 4) {
    acc = f32x4.add(acc, f32x4.mul(v128.load32_splat(weights), v128.load(x + load<usize>(offsets))))
    weights += 4
  }
  v128.store(to, f32x4.add(acc, v128.load32_splat(bias)))
}

function listed1(x: usize, offsets: usize, weights: usize, count: i32, bias: usize, to: usize): void {
  let acc: f32 = 0
  for (const end = offsets + (<usize>count << 2); offsets < end; offsets += 4) {
    acc += load<f32>(weights) * load<f32>(x + load<usize>(offsets))
    weights += 4
  }
  store<f32>(to, acc + load<f32>(bias))
}
