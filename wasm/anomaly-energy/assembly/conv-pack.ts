/** Weights of a layer as the tiles read them: [channel / 4][k][channel % 4], missing channels as zeros. */
import { Layer, tapsOf } from './layer'
import { interleave } from './pack'

/** Floats that the forward weights take. */
export function forwardSize(l: Layer): i32 {
  return ((l.outputs + 3) & ~3) * l.inputs * tapsOf(l)
}

/** Floats that the backward weights take. */
export function backwardSize(l: Layer): i32 {
  return ((l.inputs + 3) & ~3) * l.outputs * tapsOf(l)
}

/** k runs over input channels, then taps. */
export function packForward(l: Layer): void {
  const count = l.inputs * tapsOf(l)
  const row = <usize>count << 2
  for (let co = 0; co < l.outputs; co += 4) {
    interleave(l.weight + <usize>co * row, row, min(4, l.outputs - co), count, l.forward + <usize>co * row, 16)
  }
}

/** Taps of a class of pixels on one axis: at stride 2 the class is the parity of y + pad. */
export function classTaps(l: Layer, parity: i32): i32 {
  return l.stride === 1 ? l.kernel : (l.kernel - parity + 1) >> 1
}

/** k runs over output channels, then the taps of one class of pixels; the classes lie one after another. */
export function packBackward(l: Layer): void {
  const classes = l.stride
  let to = l.backward
  for (let py = 0; py < classes; py++) {
    for (let px = 0; px < classes; px++) {
      for (let ci = 0; ci < l.inputs; ci += 4) to = packClass(l, py, px, ci, to)
    }
  }
}

/** Four input channels of a class. Returns the end of what was written. */
function packClass(l: Layer, py: i32, px: i32, ci: i32, to: usize): usize {
  const channel = <usize>tapsOf(l) << 2
  const rows = min(4, l.inputs - ci)
  for (let co = 0; co < l.outputs; co++) {
    const from = l.weight + <usize>(co * l.inputs + ci) * channel
    for (let ky = py; ky < l.kernel; ky += l.stride) {
      for (let kx = px; kx < l.kernel; kx += l.stride) {
        const tap = from + (<usize>(ky * l.kernel + kx) << 2)
        if (rows < 4) v128.store(to, f32x4.splat(0))
        for (let r: usize = 0; r < <usize>rows; r++) store<f32>(to + (r << 2), load<f32>(tap + r * channel))
        to += 16
      }
    }
  }
  return to
}
