/** Maps of scores: channels reduced, blurred, resized, colored. */
import {
  allocate,
  checkOut,
  choice,
  exp,
  isFinitePositive,
  lengthError,
  numberOf,
  rangeError,
  real,
} from '@ukernels/runtime'
import { type Batch, outFor, shapeOf } from './batch.js'
import { type BlurOptions, blurRadius, type ColorOptions, checkSize } from './options.js'
import { paletteBytes, palettes } from './palette.js'
import { checkFinite, type Steps, step } from './steps.js'

/** L1 sum, L2 norm or largest magnitude over channels. */
export type ChannelReduction = 'l1' | 'l2' | 'max'
const reductions: readonly ChannelReduction[] = ['l1', 'l2', 'max']

/** One map of an image's channels: [n, 1, h, w]. */
export function* reduceChannels(g: Batch, how: ChannelReduction, out?: Float32Array): Steps<Batch> {
  const [n, c, h, w] = shapeOf('g', g)
  const number = numberOf('how', how, reductions)
  const result = outFor(out, n * h * w, g.data)
  yield* checkFinite('g.data', g.data)
  yield step('reduceChannels', 'reduce', n, [g.data, n, c, h * w, number, result])
  return { data: result, shape: [n, 1, h, w] }
}

/** Weights at distances 0 … r: exp(−k² / 2σ²), normalized over both sides in f64. */
export function gaussianTaps(sigma: number, radius: number): Float32Array {
  const weights = Float64Array.from({ length: radius + 1 }, (_, k) => exp((-0.5 / (sigma * sigma)) * k * k))
  const total = 2 * weights.subarray(1).reduce((a, b) => a + b, 0) + 1
  return Float32Array.from(weights, (v) => v / total)
}

/** Gaussian blur of every plane; σ = 0 copies. */
export function* gaussianBlur(m: Batch, sigma: number, options: BlurOptions): Steps<Batch> {
  const [n, c, h, w] = shapeOf('m', m)
  const radius = blurRadius(sigma, options)
  const result = outFor(options.out, m.data.length, m.data)
  yield* checkFinite('m.data', m.data)
  yield* blurInto(m.data, n * c, h, w, sigma, radius, result)
  return { data: result, shape: [n, c, h, w] }
}

/** The blur of planes that have been checked. */
export function* blurInto(
  x: Float32Array,
  planes: number,
  h: number,
  w: number,
  sigma: number,
  radius: number,
  out: Float32Array,
): Steps<void> {
  if (radius === 0) {
    out.set(x)
    return
  }
  const taps = gaussianTaps(sigma, radius)
  yield step('blur', 'blur', planes * h, [x, taps, planes, h, w, radius, planes * h, out])
}

interface Table {
  index: Uint32Array
  weight: Float32Array
}

/** Source positions (i + ½) · from / to − ½ of an axis, as two neighbors and the weight of the second. */
function bilinear(from: number, to: number): Table {
  const table = { index: new Uint32Array(2 * to), weight: new Float32Array(to) }
  for (let i = 0; i < to; i++) {
    const at = Math.max(0, ((i + 0.5) * from) / to - 0.5)
    const low = Math.min(Math.floor(at), from - 1)
    table.index[2 * i] = low
    table.index[2 * i + 1] = Math.min(low + 1, from - 1)
    table.weight[i] = at - low
  }
  return table
}

/** The pixel that position i of an enlarged axis lies in. */
function nearest(from: number, to: number): Table {
  const table = { index: new Uint32Array(2 * to), weight: new Float32Array(to) }
  for (let i = 0; i < to; i++) table.index.fill(Math.floor((i * from) / to), 2 * i, 2 * i + 2)
  return table
}

/** Bilinear (align_corners = false) or nearest resampling of every plane. */
export function* resize(
  m: Batch,
  outH: number,
  outW: number,
  how: 'bilinear' | 'nearest',
  out?: Float32Array,
): Steps<Batch> {
  const [n, c, h, w] = shapeOf('m', m)
  checkSize('h', outH)
  checkSize('w', outW)
  const result = outFor(out, n * c * outH * outW, m.data)
  yield* checkFinite('m.data', m.data)
  const make = how === 'bilinear' ? bilinear : nearest
  const [y, x] = [make(h, outH), make(w, outW)]
  const rows = n * c * outH
  yield step('resize', 'resize', rows, [
    m.data,
    y.index,
    y.weight,
    x.index,
    x.weight,
    n * c,
    h,
    w,
    outH,
    outW,
    rows,
    result,
  ])
  return { data: result, shape: [n, c, outH, outW] }
}

function extremes(x: Float32Array): [lo: number, hi: number] {
  let [lo, hi] = [Infinity, -Infinity]
  for (const v of x) {
    if (v < lo) lo = v
    if (v > hi) hi = v
  }
  return lo <= hi ? [lo, hi] : [0, 1]
}

/** Colors of a map with one channel; `lo` and below are the first of the palette, `hi` and above the last. */
export function* toRgba(m: Batch, options: ColorOptions): Steps<Uint8ClampedArray> {
  const [n, c, h, w] = shapeOf('m', m)
  if (c !== 1) throw lengthError(`m.shape must have one channel, got ${c}: reduceChannels makes one`)
  const palette = palettes[choice('palette', options.palette, palettes)]
  const length = n * h * w
  const { out } = options
  if (out !== undefined) checkOut('out', out, 'Uint8ClampedArray', 4 * length)
  const [least, most] = extremes(m.data)
  const lo = real('lo', options.lo, Number.isFinite, 'finite', least)
  const hi = real('hi', options.hi, Number.isFinite, 'finite', most)
  if (hi < lo) throw rangeError(`hi must be at least lo = ${lo}, got ${hi}`)
  const factor = 256 / (hi - lo)
  const result = (out ?? allocate(Uint8ClampedArray, 4 * length)).subarray(0, 4 * length)
  const bytes = new Uint8Array(result.buffer, result.byteOffset, result.length)
  yield* checkFinite('m.data', m.data)
  yield step('rgba', 'color', length, [m.data, lo, isFinitePositive(factor) ? factor : 0, paletteBytes(palette), bytes])
  return result
}
