/**
 * The input gradient of one layer. At stride 1 it is a convolution of the padded gradient with the turned
 * kernel; at stride 2 the pixels of each parity have taps of their own, and are written to every other place.
 */
import { loadPartial, storePartial } from '../../common/assembly/lanes'
import { classTaps } from './conv-pack'
import { convTile, TILE, TILE_WIDTH, ZEROS } from './conv-tile'
import { gradientMargin, gradientPitch, gradientPlane, Layer, padGradient } from './layer'

/** Where results go, and what they are multiplied with: what lies there, or one factor. */
let target: usize = 0
let inPlace: bool = false
let factor: f32 = 1

/** Byte offsets of the taps of a class from pixel 0 of its lines. */
function classOffsets(l: Layer, py: i32, px: i32, to: usize): void {
  const pitch = gradientPitch(l)
  const first = gradientMargin(l) + (l.stride === 1 ? l.pad : 0)
  for (let co = 0; co < l.outputs; co++) {
    for (let ky = py; ky < l.kernel; ky += l.stride) {
      for (let kx = px; kx < l.kernel; kx += l.stride) {
        const down = first - (ky - py) / l.stride
        const right = first - (kx - px) / l.stride
        store<i32>(to, (co * gradientPlane(l) + down * pitch + right) << 2)
        to += 4
      }
    }
  }
}

/** Neighboring results of a line. */
function storeNeighbors(tile: usize, at: usize, left: i32): void {
  for (let i: usize = 0; i < 32 && left > 0; i += 16) {
    const scale = inPlace ? loadPartial(at + i, left) : f32x4.splat(factor)
    storePartial(at + i, f32x4.mul(v128.load(tile + i), scale), left)
    left -= 4
  }
}

/** Results for every other pixel. */
function storeApart(tile: usize, at: usize, left: i32): void {
  for (const end = tile + (<usize>min(TILE_WIDTH, left) << 2); tile < end; tile += 4) {
    store<f32>(at, load<f32>(tile) * (inPlace ? load<f32>(at) : factor))
    at += 8
  }
}

/** A tile of results: pixels x, x + stride, … of line y, `left` of them at most. */
function finishTile(l: Layer, ci: i32, y: i32, x: i32, left: i32): void {
  const rows = min(4, l.inputs - ci)
  for (let r = 0; r < rows; r++) {
    const at = target + (<usize>(((ci + r) * l.h + y) * l.w + x) << 2)
    if (l.stride === 1) storeNeighbors(TILE + (<usize>r << 5), at, left)
    else storeApart(TILE + (<usize>r << 5), at, left)
  }
}

/** The pixels whose y + pad and x + pad have parities py, px. Returns the end of the class's weights. */
function classBackward(l: Layer, py: i32, px: i32, padded: usize, offsets: usize, weights: usize): usize {
  const s = l.stride
  const count = l.outputs * classTaps(l, py) * classTaps(l, px)
  const group = <usize>count << 4
  classOffsets(l, py, px, offsets)
  const firstX = s === 1 ? 0 : (px + l.pad) & 1
  const columns = (l.w - firstX + s - 1) / s
  const skip = s === 1 ? 0 : (firstX + l.pad) >> 1
  for (let y = s === 1 ? 0 : (py + l.pad) & 1; y < l.h; y += s) {
    const i = s === 1 ? y : (y + l.pad) >> 1
    const line = padded + (<usize>(i * gradientPitch(l) + skip) << 2)
    for (let t = 0; t < columns; t += TILE_WIDTH) {
      for (let ci = 0; ci < l.inputs; ci += 4) {
        convTile(line + (<usize>t << 2), offsets, count, weights + <usize>(ci >> 2) * group, ZEROS, TILE, 32)
        finishTile(l, ci, y, firstX + t * s, columns - t)
      }
    }
  }
  return weights + <usize>((l.inputs + 3) >> 2) * group
}

/**
 * Gradient by a layer's input from that by its output before the activation.
 *
 * @param to - receives gradient · what lies there (`multiply`), or gradient · scale
 * @param padded - room for the padded gradient; `offsets` for a word per weight of an input channel
 */
export function layerBackward(
  l: Layer,
  dz: usize,
  to: usize,
  multiply: bool,
  scale: f32,
  padded: usize,
  offsets: usize,
): void {
  target = to
  inPlace = multiply
  factor = scale
  padGradient(l, dz, padded)
  let weights = l.backward
  for (let py = 0; py < l.stride; py++) {
    for (let px = 0; px < l.stride; px++) weights = classBackward(l, py, px, padded, offsets, weights)
  }
}
