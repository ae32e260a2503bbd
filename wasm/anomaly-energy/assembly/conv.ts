/** Convolutional energies: single layers and whole networks. */
import { layerBackward } from './conv-backward'
import { layerForward } from './conv-forward'
import { layerGradient } from './conv-gradient'
import { backwardSize, forwardSize, packBackward, packForward } from './conv-pack'
import { gradientPlane, inputPlane, layerAt, outputSize, shapeLayer, SLACK, tapsOf, weightSize } from './layer'
import { sum8Of } from './maps'
import { localCount, localEnergies, networkBackward, networkForward, openNetwork } from './network'

/** Status of the harness for a workspace that does not suffice. */
const INTERNAL: i32 = -1

/** Values of one layer without activation for a chunk of samples; see the table. */
export function convForward(
  x: usize,
  xSize: i32,
  weight: usize,
  weightCount: i32,
  bias: usize,
  biasSize: i32,
  inputs: i32,
  outputs: i32,
  kernel: i32,
  stride: i32,
  pad: i32,
  h: i32,
  w: i32,
  numerics: i32,
  n: i32,
  z: usize,
  zSize: i32,
  work: usize,
  workSize: i32,
  begin: f64,
  end: f64,
): i32 {
  const l = layerAt(0)
  shapeLayer(l, inputs, outputs, kernel, stride, pad, 0, h, w)
  l.weight = weight
  l.bias = bias
  l.forward = work
  const padded = work + (<usize>forwardSize(l) << 2)
  const offsets = padded + (<usize>(inputs * inputPlane(l) + SLACK) << 2)
  if (offsets + (<usize>(inputs * tapsOf(l)) << 2) > work + (<usize>workSize << 2)) return INTERNAL
  packForward(l)
  for (let i = begin; i < end; i++) {
    l.values = z
    layerForward(l, x, padded, offsets, false)
    x += <usize>(inputs * h * w) << 2
    z += <usize>outputSize(l) << 2
  }
  return 0
}

/** Gradient by the input of one layer for a chunk of samples; see the table. */
export function convBackwardInput(
  dz: usize,
  dzSize: i32,
  weight: usize,
  weightCount: i32,
  inputs: i32,
  outputs: i32,
  kernel: i32,
  stride: i32,
  pad: i32,
  h: i32,
  w: i32,
  numerics: i32,
  n: i32,
  dx: usize,
  dxSize: i32,
  work: usize,
  workSize: i32,
  begin: f64,
  end: f64,
): i32 {
  const l = layerAt(0)
  shapeLayer(l, inputs, outputs, kernel, stride, pad, 0, h, w)
  l.weight = weight
  l.backward = work
  const padded = work + (<usize>backwardSize(l) << 2)
  const offsets = padded + (<usize>(outputs * gradientPlane(l) + SLACK) << 2)
  if (offsets + (<usize>(outputs * tapsOf(l)) << 2) > work + (<usize>workSize << 2)) return INTERNAL
  packBackward(l)
  for (let i = begin; i < end; i++) {
    layerBackward(l, dz, dx, false, 1, padded, offsets)
    dz += <usize>outputSize(l) << 2
    dx += <usize>(inputs * h * w) << 2
  }
  return 0
}

/** Weight gradients of one layer for a chunk of samples; see the table. */
export function convBackwardWeight(
  x: usize,
  xSize: i32,
  dz: usize,
  dzSize: i32,
  inputs: i32,
  outputs: i32,
  kernel: i32,
  stride: i32,
  pad: i32,
  h: i32,
  w: i32,
  numerics: i32,
  n: i32,
  dw: usize,
  dwSize: i32,
  work: usize,
  workSize: i32,
  begin: f64,
  end: f64,
): i32 {
  const l = layerAt(0)
  shapeLayer(l, inputs, outputs, kernel, stride, pad, 0, h, w)
  const offsets = work + (<usize>(inputs * inputPlane(l) + SLACK) << 2)
  const sums = offsets + (<usize>(inputs * tapsOf(l) + 8) << 2)
  if (sums + (<usize>(outputs + 3) << 5) > work + (<usize>workSize << 2)) return INTERNAL
  for (let i = begin; i < end; i++) {
    layerGradient(l, x, dz, work, offsets, sums, dw)
    x += <usize>(inputs * h * w) << 2
    dz += <usize>outputSize(l) << 2
    dw += <usize>(weightSize(l) + outputs) << 2
  }
  return 0
}

/** Energies of a chunk of images, their local energies and gradients; see the table. */
export function convEnergy(
  plan: usize,
  planSize: i32,
  params: usize,
  paramsSize: i32,
  layers: i32,
  weights: i32,
  activations: i32,
  widest: i32,
  numerics: i32,
  x: usize,
  xSize: i32,
  c: i32,
  h: i32,
  w: i32,
  scale: f64,
  offset: f64,
  n: i32,
  places: i32,
  energy: usize,
  energySize: i32,
  local: usize,
  localSize: i32,
  gradient: usize,
  gradientSize: i32,
  work: usize,
  workSize: i32,
  begin: f64,
  end: f64,
): i32 {
  if (!openNetwork(plan, params, layers, c, h, w, work, workSize, gradient !== 0)) return INTERNAL
  const bytes = <usize>localCount() << 2
  const image = <usize>(c * h * w) << 2
  for (let i = begin; i < end; i++) {
    networkForward(x, <f32>scale, <f32>offset, gradient !== 0)
    store<f64>(energy, sum8Of(localEnergies(), localCount()))
    if (local !== 0) {
      memory.copy(local, localEnergies(), bytes)
      local += bytes
    }
    if (gradient !== 0) {
      networkBackward(1, gradient, <f32>scale, 0)
      gradient += image
    }
    energy += 8
    x += image
  }
  return 0
}

/** Adds n floats. */
function addTo(to: usize, from: usize, n: i32): void {
  let left = n
  for (; left >= 4; left -= 4) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)))
    to += 16
    from += 16
  }
  for (; left > 0; left--) {
    store<f32>(to, load<f32>(to) + load<f32>(from))
    to += 4
    from += 4
  }
}

/** Parameter gradients of a group of samples; see the table. */
export function convParameterGradient(
  plan: usize,
  planSize: i32,
  params: usize,
  paramsSize: i32,
  layers: i32,
  weights: i32,
  activations: i32,
  widest: i32,
  numerics: i32,
  x: usize,
  xSize: i32,
  coefficients: usize,
  coefficientsSize: i32,
  c: i32,
  h: i32,
  w: i32,
  scale: f64,
  offset: f64,
  n: i32,
  parts: usize,
  partsSize: i32,
  work: usize,
  workSize: i32,
  sample: usize,
  sampleSize: i32,
  begin: f64,
  end: f64,
): i32 {
  if (begin === end) return 0
  if (!openNetwork(plan, params, layers, c, h, w, work, workSize, true)) return INTERNAL
  memory.fill(parts, 0, <usize>weights << 2)
  for (let i = begin; i < end; i++) {
    networkForward(x, <f32>scale, <f32>offset, true)
    networkBackward(load<f32>(coefficients), 0, 1, sample)
    addTo(parts, sample, weights)
    coefficients += 4
    x += <usize>(c * h * w) << 2
  }
  return 0
}
