/**
 * The layers of a network, and the geometry of the padded copies that the tiles read. A tile may read past the
 * end of its line, for outputs that nobody wants; behind a copy there is room for `SLACK` floats.
 */

export const SLACK: i32 = 16

// @ts-ignore: decorator
@unmanaged
export class Layer {
  inputs: i32
  outputs: i32
  kernel: i32
  stride: i32
  pad: i32
  /** 0 none, 1 SiLU, 2 leaky ReLU. */
  act: i32
  h: i32
  w: i32
  oh: i32
  ow: i32
  /** [out][in][ky][kx] and [out]. */
  weight: usize
  bias: usize
  /** The weights as the tiles read them, forward and backward. */
  forward: usize
  backward: usize
  /** What the activation gives, [out][oh][ow]; and its slope, later the gradient before the activation. */
  values: usize
  slopes: usize
}

/** Bytes of a layer. */
const LAYER = 64
const MOST = 16
const LAYERS: usize = memory.data(64 * 16, 16)

/** Layer i of the network at hand. */
// @ts-ignore: decorator
@inline
export function layerAt(i: i32): Layer {
  return changetype<Layer>(LAYERS + <usize>i * LAYER)
}

/** Fills in a layer's shape. */
export function shapeLayer(
  l: Layer,
  inputs: i32,
  outputs: i32,
  kernel: i32,
  stride: i32,
  pad: i32,
  act: i32,
  h: i32,
  w: i32,
): void {
  l.inputs = inputs
  l.outputs = outputs
  l.kernel = kernel
  l.stride = stride
  l.pad = pad
  l.act = act
  l.h = h
  l.w = w
  l.oh = (h + 2 * pad - kernel) / stride + 1
  l.ow = (w + 2 * pad - kernel) / stride + 1
}

/** Taps of a channel. */
// @ts-ignore: decorator
@inline
export function tapsOf(l: Layer): i32 {
  return l.kernel * l.kernel
}

/** Numbers of a layer's output. */
// @ts-ignore: decorator
@inline
export function outputSize(l: Layer): i32 {
  return l.outputs * l.oh * l.ow
}

/** Weights of a layer, without the biases. */
// @ts-ignore: decorator
@inline
export function weightSize(l: Layer): i32 {
  return l.outputs * l.inputs * tapsOf(l)
}

/**
 * Floats per line of the padded input. At stride 2 a line is its even columns, then its odd ones, so that
 * neighboring outputs read neighbors.
 */
export function inputPitch(l: Layer): i32 {
  return l.stride === 1 ? l.ow + l.kernel - 1 : 2 * (l.ow + ((l.kernel - 1) >> 1))
}

export function inputPlane(l: Layer): i32 {
  return (l.h + 2 * l.pad) * inputPitch(l)
}

/** Copies the input's channels between zeros. */
export function padInput(l: Layer, x: usize, to: usize): void {
  const pitch = inputPitch(l)
  const half = pitch >> 1
  memory.fill(to, 0, <usize>(l.inputs * inputPlane(l)) << 2)
  for (let ci = 0; ci < l.inputs; ci++) {
    let line = to + (<usize>(ci * inputPlane(l) + l.pad * pitch) << 2)
    for (let y = 0; y < l.h; y++) {
      if (l.stride === 1) memory.copy(line + (<usize>l.pad << 2), x, <usize>l.w << 2)
      else {
        for (let u = 0; u < l.w; u++) {
          const column = u + l.pad
          // What the stride leaves over is read by no output.
          if (column >> 1 >= half) break
          const at = (column & 1) * half + (column >> 1)
          store<f32>(line + (<usize>at << 2), load<f32>(x + (<usize>u << 2)))
        }
      }
      x += <usize>l.w << 2
      line += <usize>pitch << 2
    }
  }
}

/** Byte offsets of a padded input's taps, channel by channel, from an output's place. */
export function inputOffsets(l: Layer, to: usize): void {
  const pitch = inputPitch(l)
  for (let ci = 0; ci < l.inputs; ci++) {
    for (let ky = 0; ky < l.kernel; ky++) {
      for (let kx = 0; kx < l.kernel; kx++) {
        const column = l.stride === 1 ? kx : (kx & 1) * (pitch >> 1) + (kx >> 1)
        store<i32>(to, (ci * inputPlane(l) + ky * pitch + column) << 2)
        to += 4
      }
    }
  }
}

/** Where output (oy, 0) reads from. */
// @ts-ignore: decorator
@inline
export function inputLine(l: Layer, padded: usize, oy: i32): usize {
  return padded + (<usize>(oy * l.stride * inputPitch(l)) << 2)
}

/** Zeros in front of the padded gradient's lines and columns. */
// @ts-ignore: decorator
@inline
export function gradientMargin(l: Layer): i32 {
  return l.stride === 1 ? max(0, l.kernel - 1 - l.pad) : 1
}

/** Floats per line of the padded gradient. */
export function gradientPitch(l: Layer): i32 {
  const read = l.stride === 1 ? l.w + l.pad : ((l.w + l.pad + 1) >> 1) + 1
  return max(read, l.ow) + gradientMargin(l)
}

export function gradientPlane(l: Layer): i32 {
  const read = l.stride === 1 ? l.h + l.pad : ((l.h + l.pad + 1) >> 1) + 1
  return (max(read, l.oh) + gradientMargin(l)) * gradientPitch(l)
}

/** Copies the gradient's channels between zeros. */
export function padGradient(l: Layer, dz: usize, to: usize): void {
  const pitch = gradientPitch(l)
  const plane = gradientPlane(l)
  const margin = gradientMargin(l)
  memory.fill(to, 0, <usize>(l.outputs * plane) << 2)
  for (let co = 0; co < l.outputs; co++) {
    let line = to + (<usize>(co * plane + margin * pitch + margin) << 2)
    for (let y = 0; y < l.oh; y++) {
      memory.copy(line, dz, <usize>l.ow << 2)
      dz += <usize>l.ow << 2
      line += <usize>pitch << 2
    }
  }
}
