/** One layer forward: sums of products, bias, activation and its slope, a tile at a time. */
import { select, storePartial } from '../../common/assembly/lanes'
import { sigmoidF32x4 } from '../../common/assembly/math'
import { convTile, TILE, TILE_WIDTH, ZEROS } from './conv-tile'
import { inputLine, inputOffsets, Layer, padInput, tapsOf } from './layer'

const LEAK: f32 = 0.2

/** Activation of four numbers; `slope` may be 0. */
function activate(z: v128, act: i32, value: usize, slope: usize, left: i32): void {
  const one = f32x4.splat(1)
  let a = z
  let d = one
  if (act === 1) {
    const s = sigmoidF32x4(z)
    a = f32x4.mul(z, s)
    d = f32x4.mul(s, f32x4.add(one, f32x4.mul(z, f32x4.sub(one, s))))
  } else if (act === 2) {
    const positive = f32x4.gt(z, f32x4.splat(0))
    const leak = f32x4.splat(LEAK)
    a = select(positive, z, f32x4.mul(leak, z))
    d = select(positive, one, leak)
  }
  storePartial(value, a, left)
  if (slope !== 0) storePartial(slope, d, left)
}

/** What becomes of a tile: outputs (co …, oy, ox …). */
function finishTile(l: Layer, co: i32, oy: i32, ox: i32, slopes: bool): void {
  const rows = min(4, l.outputs - co)
  const left = l.ow - ox
  for (let r = 0; r < rows; r++) {
    const bias = v128.load32_splat(l.bias + (<usize>(co + r) << 2))
    const at = <usize>(((co + r) * l.oh + oy) * l.ow + ox) << 2
    const z = TILE + (<usize>r << 5)
    const slope = slopes ? l.slopes + at : 0
    activate(f32x4.add(v128.load(z), bias), l.act, l.values + at, slope, left)
    if (left <= 4) continue
    activate(f32x4.add(v128.load(z, 16), bias), l.act, l.values + at + 16, slopes ? slope + 16 : 0, left - 4)
  }
}

/**
 * Values of a layer from its input x, with their slopes if asked for.
 *
 * @param padded - room for the padded input; `offsets` for a word per weight of an output
 */
export function layerForward(l: Layer, x: usize, padded: usize, offsets: usize, slopes: bool): void {
  const count = l.inputs * tapsOf(l)
  const group = <usize>count << 4
  padInput(l, x, padded)
  inputOffsets(l, offsets)
  for (let oy = 0; oy < l.oh; oy++) {
    const line = inputLine(l, padded, oy)
    for (let ox = 0; ox < l.ow; ox += TILE_WIDTH) {
      let weights = l.forward
      for (let co = 0; co < l.outputs; co += 4) {
        convTile(line + (<usize>ox << 2), offsets, count, weights, ZEROS, TILE, 32)
        finishTile(l, co, oy, ox, slopes)
        weights += group
      }
    }
  }
}
