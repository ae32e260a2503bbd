/** Whole networks: where everything lies in workspace, forward, and backward from the local energies. */
import { layerBackward } from './conv-backward'
import { layerForward } from './conv-forward'
import { layerGradient } from './conv-gradient'
import { backwardSize, forwardSize, packBackward, packForward } from './conv-pack'
import { gradientPlane, inputPlane, layerAt, outputSize, shapeLayer, SLACK, tapsOf, weightSize } from './layer'

/** Numbers of a layer in `plan`. */
const PLAN = 20

// The network at hand: its layers, its input, and where workspace for one layer at a time begins.
let layers: i32 = 0
let inputAt: usize = 0
let inputCount: i32 = 0
let padded: usize = 0
let offsets: usize = 0
let sums: usize = 0

/** Floats up to a multiple of four, as bytes. */
// @ts-ignore: decorator
@inline
function room(floats: i32): usize {
  return <usize>((floats + 3) & ~3) << 2
}

/** Shapes of all layers, and their weights. */
function readPlan(plan: usize, params: usize, c: i32, h: i32, w: i32): void {
  for (let i = 0; i < layers; i++) {
    const l = layerAt(i)
    const row = plan + <usize>i * PLAN
    shapeLayer(l, c, load<i32>(row), load<i32>(row, 4), load<i32>(row, 8), load<i32>(row, 12), load<i32>(row, 16), h, w)
    l.weight = params
    l.bias = params + (<usize>weightSize(l) << 2)
    params = l.bias + (<usize>l.outputs << 2)
    c = l.outputs
    h = l.oh
    w = l.ow
  }
}

/**
 * Opens a network on `work`. Its weights are packed once; `gradients` says whether backward passes follow.
 * Returns false when the workspace is too small.
 */
export function openNetwork(
  plan: usize,
  params: usize,
  count: i32,
  c: i32,
  h: i32,
  w: i32,
  work: usize,
  workSize: i32,
  gradients: bool,
): bool {
  layers = count
  readPlan(plan, params, c, h, w)
  inputAt = work
  inputCount = c * h * w
  let at = work + room(inputCount)
  let plane = 0
  let taps = 0
  let outputs = 0
  for (let i = 0; i < count; i++) {
    const l = layerAt(i)
    l.values = at
    l.slopes = at + room(outputSize(l))
    l.forward = l.slopes + room(outputSize(l))
    l.backward = l.forward + room(forwardSize(l))
    at = l.backward + room(backwardSize(l))
    plane = max(plane, max(l.inputs * inputPlane(l), l.outputs * gradientPlane(l)))
    taps = max(taps, max(l.inputs, l.outputs) * tapsOf(l) + 8)
    outputs = max(outputs, l.outputs + 3)
  }
  padded = at
  offsets = padded + room(plane + SLACK)
  sums = offsets + room(taps)
  if (sums + (<usize>outputs << 5) > work + (<usize>workSize << 2)) return false
  for (let i = 0; i < count; i++) {
    packForward(layerAt(i))
    if (gradients) packBackward(layerAt(i))
  }
  return true
}

/** The energies of a sample: pixels enter as f32(f32(scale·x) + offset). */
export function networkForward(x: usize, scale: f32, offset: f32, slopes: bool): void {
  for (let i: usize = 0; i < <usize>inputCount << 2; i += 4) store<f32>(inputAt + i, scale * load<f32>(x + i) + offset)
  let values = inputAt
  for (let i = 0; i < layers; i++) {
    const l = layerAt(i)
    layerForward(l, values, padded, offsets, slopes)
    values = l.values
  }
}

/** Address of the local energies. */
export function localEnergies(): usize {
  return layerAt(layers - 1).values
}

/** Number of local energies. */
export function localCount(): i32 {
  return outputSize(layerAt(layers - 1))
}

/**
 * Backward from `seed` at every local energy.
 *
 * @param to - receives the gradient by the sample's pixels, times `scale`, unless 0
 * @param dw - receives the gradients by the parameters, unless 0
 */
export function networkBackward(seed: f32, to: usize, scale: f32, dw: usize): void {
  const last = layerAt(layers - 1)
  for (let i: usize = 0; i < <usize>outputSize(last) << 2; i += 4) {
    store<f32>(last.slopes + i, seed * load<f32>(last.slopes + i))
  }
  for (let i = layers - 1; i >= 0; i--) {
    const l = layerAt(i)
    const before = layerAt(max(0, i - 1))
    if (dw !== 0) {
      const at = dw + (l.weight - layerAt(0).weight)
      layerGradient(l, i > 0 ? before.values : inputAt, l.slopes, padded, offsets, sums, at)
    }
    if (i > 0) layerBackward(l, l.slopes, before.slopes, true, 1, padded, offsets)
    else if (to !== 0) layerBackward(l, l.slopes, to, false, scale, padded, offsets)
  }
}
