/**
 * The weight gradient of one layer and sample: products of gradients and inputs, summed over the outputs in
 * raster order. A panel holds eight taps of up to `PIXELS` outputs, tap beside tap; four channels at a time
 * take it through a tile whose sums are carried from panel to panel.
 */
import { storePartial } from '../../common/assembly/lanes'
import { inputLine, inputOffsets, Layer, padInput, tapsOf } from './layer'

/** Outputs of a panel, and its taps. */
const PIXELS: i32 = 256
const TAPS: i32 = 8
const PANEL: usize = memory.data(4 * 8 * 256, 16)

/** `n` outputs in a row from `x` on: four taps, every output's beside each other. */
function panelRun(x: usize, offsets: usize, to: usize, n: i32): void {
  let a = x + load<usize>(offsets)
  let b = x + load<usize>(offsets, 4)
  let c = x + load<usize>(offsets, 8)
  let d = x + load<usize>(offsets, 12)
  for (; n >= 4; n -= 4) {
    const va = v128.load(a)
    const vb = v128.load(b)
    const vc = v128.load(c)
    const vd = v128.load(d)
    const lowAb = v128.shuffle<i32>(va, vb, 0, 4, 1, 5)
    const highAb = v128.shuffle<i32>(va, vb, 2, 6, 3, 7)
    const lowCd = v128.shuffle<i32>(vc, vd, 0, 4, 1, 5)
    const highCd = v128.shuffle<i32>(vc, vd, 2, 6, 3, 7)
    v128.store(to, v128.shuffle<i64>(lowAb, lowCd, 0, 2))
    v128.store(to, v128.shuffle<i64>(lowAb, lowCd, 1, 3), 32)
    v128.store(to, v128.shuffle<i64>(highAb, highCd, 0, 2), 64)
    v128.store(to, v128.shuffle<i64>(highAb, highCd, 1, 3), 96)
    a += 16
    b += 16
    c += 16
    d += 16
    to += 128
  }
  for (; n > 0; n--) {
    store<f32>(to, load<f32>(a))
    store<f32>(to, load<f32>(b), 4)
    store<f32>(to, load<f32>(c), 8)
    store<f32>(to, load<f32>(d), 12)
    a += 4
    b += 4
    c += 4
    d += 4
    to += 32
  }
}

/** Eight taps of outputs [from, end) of the plane. */
function fillPanel(l: Layer, padded: usize, offsets: usize, from: i32, end: i32): void {
  let to = PANEL
  while (from < end) {
    const oy = from / l.ow
    const ox = from % l.ow
    const n = min(l.ow - ox, end - from)
    const x = inputLine(l, padded, oy) + (<usize>ox << 2)
    panelRun(x, offsets, to, n)
    panelRun(x, offsets + 16, to + 16, n)
    to += <usize>n << 5
    from += n
  }
}

/** Adds the products of a panel with the gradients of four channels to [4][8] sums. */
function sumTile(dz: usize, pitch0: usize, pitch1: usize, pitch2: usize, n: i32, sums: usize): void {
  let a0 = v128.load(sums)
  let a1 = v128.load(sums, 16)
  let b0 = v128.load(sums, 32)
  let b1 = v128.load(sums, 48)
  let c0 = v128.load(sums, 64)
  let c1 = v128.load(sums, 80)
  let d0 = v128.load(sums, 96)
  let d1 = v128.load(sums, 112)
  let at = PANEL
  for (const end = dz + (<usize>n << 2); dz < end; dz += 4) {
    const x0 = v128.load(at)
    const x1 = v128.load(at, 16)
    let g = v128.load32_splat(dz)
    a0 = f32x4.add(a0, f32x4.mul(g, x0))
    a1 = f32x4.add(a1, f32x4.mul(g, x1))
    g = v128.load32_splat(dz + pitch0)
    b0 = f32x4.add(b0, f32x4.mul(g, x0))
    b1 = f32x4.add(b1, f32x4.mul(g, x1))
    g = v128.load32_splat(dz + pitch1)
    c0 = f32x4.add(c0, f32x4.mul(g, x0))
    c1 = f32x4.add(c1, f32x4.mul(g, x1))
    g = v128.load32_splat(dz + pitch2)
    d0 = f32x4.add(d0, f32x4.mul(g, x0))
    d1 = f32x4.add(d1, f32x4.mul(g, x1))
    at += 32
  }
  v128.store(sums, a0)
  v128.store(sums, a1, 16)
  v128.store(sums, b0, 32)
  v128.store(sums, b1, 48)
  v128.store(sums, c0, 64)
  v128.store(sums, c1, 80)
  v128.store(sums, d0, 96)
  v128.store(sums, d1, 112)
}

/** Σ dz per channel, in raster order. */
function biasGradient(l: Layer, dz: usize, to: usize): void {
  const plane = <usize>(l.oh * l.ow) << 2
  for (let co = 0; co < l.outputs; co++) {
    let s: f32 = 0
    for (const end = dz + plane; dz < end; dz += 4) s += load<f32>(dz)
    store<f32>(to + (<usize>co << 2), s)
  }
}

/**
 * Weight and bias gradients of a layer at `dw`.
 *
 * @param padded - room for the padded input; `offsets` for a word per weight of an output and 7 more;
 *   `sums` for 8 floats per output, their number rounded up to a multiple of 4
 */
export function layerGradient(
  l: Layer,
  x: usize,
  dz: usize,
  padded: usize,
  offsets: usize,
  sums: usize,
  dw: usize,
): void {
  const count = l.inputs * tapsOf(l)
  const pixels = l.oh * l.ow
  const plane = <usize>pixels << 2
  padInput(l, x, padded)
  inputOffsets(l, offsets)
  for (let i: usize = 0; i < 7; i++) store<usize>(offsets + (<usize>count << 2) + (i << 2), 0)
  for (let k = 0; k < count; k += TAPS) {
    memory.fill(sums, 0, <usize>((l.outputs + 3) & ~3) << 5)
    for (let from = 0; from < pixels; from += PIXELS) {
      const n = min(PIXELS, pixels - from)
      fillPanel(l, padded, offsets + (<usize>k << 2), from, from + n)
      for (let co = 0; co < l.outputs; co += 4) {
        const last = l.outputs - 1 - co
        const row = dz + <usize>co * plane + (<usize>from << 2)
        const third = <usize>min(3, last) * plane
        sumTile(row, <usize>min(1, last) * plane, <usize>min(2, last) * plane, third, n, sums + (<usize>co << 5))
      }
    }
    for (let co = 0; co < l.outputs; co++) {
      const to = dw + (<usize>(co * count + k) << 2)
      const from = sums + (<usize>co << 5)
      storePartial(to, v128.load(from), count - k)
      if (count - k > 4) storePartial(to + 16, v128.load(from, 16), count - k - 4)
    }
  }
  biasGradient(l, dz, dw + (<usize>(l.outputs * count) << 2))
}
