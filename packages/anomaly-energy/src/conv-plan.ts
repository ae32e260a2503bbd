/** The shape of a convolutional energy: its layers, and what follows from them for a size of image. */
import { checkOptions, found, integer, lengthError, numberOf, rangeError, typeError } from '@ukernels/runtime'

/** One layer: cross-correlation with zero padding, then an activation. */
export interface ConvLayer {
  /** Output channels. */
  out: number
  kernel: 1 | 3 | 4
  stride: 1 | 2
  pad: 0 | 1
  act: 'silu' | 'leaky-relu' | 'none'
}

const activations = ['none', 'silu', 'leaky-relu'] as const

/** 4 × 4 / 2, 3 × 3, 4 × 4 / 2, 3 × 3, 1 × 1 with SiLU between: 68,569 parameters for one channel. */
export const defaultLayers: readonly ConvLayer[] = [
  { out: 24, kernel: 4, stride: 2, pad: 1, act: 'silu' },
  { out: 48, kernel: 3, stride: 1, pad: 1, act: 'silu' },
  { out: 48, kernel: 4, stride: 2, pad: 1, act: 'silu' },
  { out: 48, kernel: 3, stride: 1, pad: 1, act: 'silu' },
  { out: 1, kernel: 1, stride: 1, pad: 0, act: 'none' },
]

const MOST_LAYERS = 16
const MOST_CHANNELS = 1024

/** Where a layer's numbers lie in the parameters. */
export interface LayerSlice {
  layer: ConvLayer
  inputs: number
  /** First weight, first bias, end. */
  weight: number
  bias: number
  end: number
}

/** Checked layers and their parameters. */
export interface ConvPlan {
  layers: readonly ConvLayer[]
  channels: number
  slices: LayerSlice[]
  /** Parameters in all. */
  weights: number
  /** As the low-level functions take it. */
  words: Uint32Array
  /** Largest (in or out channels) · kernel² of a layer. */
  widest: number
}

/** What a plan comes to for images of some size. */
export interface ConvGeometry {
  /** Height and width of the local energies. */
  oh: number
  ow: number
  activations: number
}

function member(name: string, value: unknown, allowed: readonly number[]): void {
  if (typeof value !== 'number') throw typeError(`${name} must be a number, got ${found(value)}`)
  if (!allowed.includes(value)) throw rangeError(`${name} must be one of ${allowed.join(', ')}, got ${value}`)
}

function checkLayer(name: string, layer: ConvLayer, last: boolean): ConvLayer {
  checkOptions(layer, name)
  const { out, kernel, stride, pad, act } = layer
  integer(`${name}.out`, out, 1, MOST_CHANNELS)
  member(`${name}.kernel`, kernel, [1, 3, 4])
  member(`${name}.stride`, stride, [1, 2])
  member(`${name}.pad`, pad, [0, 1])
  numberOf(`${name}.act`, act, activations)
  if (last && out !== 1) throw rangeError(`${name}, the last, must have out: 1, the local energies, got ${out}`)
  return { out, kernel, stride, pad, act }
}

/** @throws TypeError, RangeError naming the layer; `name` is what the caller knows the layers by */
export function planOf(layers: readonly ConvLayer[], channels: number, name = 'layers'): ConvPlan {
  if (!Array.isArray(layers)) throw typeError(`${name} must be an array, got ${found(layers)}`)
  if (layers.length < 1 || layers.length > MOST_LAYERS)
    throw lengthError(`${name} must have from 1 to ${MOST_LAYERS} elements, got ${layers.length}`)
  const checked = layers.map((layer, i) => checkLayer(`${name}[${i}]`, layer, i === layers.length - 1))
  let [inputs, at, widest] = [channels, 0, 0]
  const slices = checked.map((layer): LayerSlice => {
    const bias = at + layer.out * inputs * layer.kernel ** 2
    const slice = { layer, inputs, weight: at, bias, end: bias + layer.out }
    widest = Math.max(widest, Math.max(inputs, layer.out) * layer.kernel ** 2)
    inputs = layer.out
    at = slice.end
    return slice
  })
  const words = Uint32Array.from(
    checked.flatMap(({ out, kernel, stride, pad, act }) => [out, kernel, stride, pad, activations.indexOf(act)]),
  )
  return { layers: checked, channels, slices, weights: at, words, widest }
}

/** @throws RangeError ERR_UKERNELS_LENGTH when an image is too small for a layer */
export function geometryOf({ layers, channels }: ConvPlan, h: number, w: number, name = 'x'): ConvGeometry {
  let [oh, ow, total] = [h, w, channels * h * w]
  layers.forEach(({ out, kernel, stride, pad }, i) => {
    const size = (m: number) => Math.floor((m + 2 * pad - kernel) / stride) + 1
    if (oh + 2 * pad < kernel || ow + 2 * pad < kernel)
      throw lengthError(`${name}.shape must be large enough for layer ${i}, which got ${oh} × ${ow} of ${h} × ${w}`)
    ;[oh, ow] = [size(oh), size(ow)]
    total += out * oh * ow
  })
  return { oh, ow, activations: total }
}
