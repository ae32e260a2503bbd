/**
 * The inner loops of every convolution, forward and backward. At unit stride a convolution is a list of
 * K byte offsets from an output's place to its inputs and, per output channel, K weights beside them:
 *
 *   z[o](u) = init[o] + Σ_k w[o][k]·x(u + offset[k]),  k ascending, each product and sum rounded by itself
 *
 * Stride 2 becomes unit stride by parting even and odd columns. The order of an output's sum does not
 * depend on how outputs are grouped into tiles.
 */

/** Outputs of a row that a tile computes: inputs are padded to a multiple. */
export const TILE_WIDTH: i32 = 8
/** Channels of a tile. Weights lie as [channel / 4][k][channel % 4], missing channels as zeros. */
export const TILE_CHANNELS: i32 = 4

/** Where sums usually start, and where a tile's results may go: four channels of eight. */
export const ZEROS: usize = memory.data(16, 16)
export const TILE: usize = memory.data(128, 16)

/**
 * Eight neighboring outputs of four channels.
 *
 * @param weights - [K][4]; `init` 4 floats
 * @param to - receives 8 floats per channel, a channel every `plane` bytes
 */
export function convTile(
  x: usize,
  offsets: usize,
  count: i32,
  weights: usize,
  init: usize,
  to: usize,
  plane: usize,
): void {
  let a0 = v128.load32_splat(init)
  let b0 = v128.load32_splat(init, 4)
  let c0 = v128.load32_splat(init, 8)
  let d0 = v128.load32_splat(init, 12)
  let a1 = a0
  let b1 = b0
  let c1 = c0
  let d1 = d0
  for (const end = offsets + (<usize>count << 2); offsets < end; offsets += 4) {
    const at = x + load<usize>(offsets)
    const x0 = v128.load(at)
    const x1 = v128.load(at, 16)
    let w = v128.load32_splat(weights)
    a0 = f32x4.add(a0, f32x4.mul(w, x0))
    a1 = f32x4.add(a1, f32x4.mul(w, x1))
    w = v128.load32_splat(weights, 4)
    b0 = f32x4.add(b0, f32x4.mul(w, x0))
    b1 = f32x4.add(b1, f32x4.mul(w, x1))
    w = v128.load32_splat(weights, 8)
    c0 = f32x4.add(c0, f32x4.mul(w, x0))
    c1 = f32x4.add(c1, f32x4.mul(w, x1))
    w = v128.load32_splat(weights, 12)
    d0 = f32x4.add(d0, f32x4.mul(w, x0))
    d1 = f32x4.add(d1, f32x4.mul(w, x1))
    weights += 16
  }
  v128.store(to, a0)
  v128.store(to, a1, 16)
  to += plane
  v128.store(to, b0)
  v128.store(to, b1, 16)
  to += plane
  v128.store(to, c0)
  v128.store(to, c1, 16)
  to += plane
  v128.store(to, d0)
  v128.store(to, d1, 16)
}
