/**
 * The gradient of the patch energy as filters: κ_cc'(δ) = Σ_{a − b = δ} A_{(c,a),(c',b)} over the offsets a
 * that a pixel has, one filter and one bias per border class, computed in f64 and rounded once.
 */
import { allocate } from '@ukernels/runtime'

/** A patch energy in f64: p, channels, mean and precision, all for patches whose index is (c·p + a_y)·p + a_x. */
export interface PatchParameters {
  patch: number
  channels: number
  mean: Float64Array
  precision: Float64Array
}

/** Filters and biases of images of some size: see the row `patchGradient`. */
export interface BorderKernels {
  kernels: Float32Array
  bias: Float32Array
}

/** Offsets lo … hi within a patch. */
type Range = readonly [lo: number, hi: number]

/** The ranges of the border classes of an axis of m pixels, by class. */
export function axisClasses(m: number, p: number): Range[] {
  const taps = 2 * p - 1
  const rangeAt = (u: number, size: number): Range => [Math.max(0, u - (size - p)), Math.min(p - 1, u)]
  // From 2p − 1 pixels on, class and pixel of an axis of exactly that length are the same.
  return Array.from({ length: Math.min(m, taps) }, (_, u) => rangeAt(u, Math.min(m, taps)))
}

/** m_c = f32(mean over a of μ_(c,a)), and μ' = μ − m_c in f64. */
export function centerOf({ patch, channels, mean }: PatchParameters): { center: Float32Array; centered: Float64Array } {
  const size = patch * patch
  const center = new Float32Array(channels)
  for (let c = 0; c < channels; c++) {
    let sum = 0
    for (let a = 0; a < size; a++) sum += mean[c * size + a]
    center[c] = sum / size
  }
  return { center, centered: mean.map((v, i) => v - center[Math.floor(i / size)]) }
}

/** y = A x, f64, in order. */
export function multiply(a: Float64Array, x: Float64Array): Float64Array {
  const d = x.length
  const y = new Float64Array(d)
  for (let i = 0; i < d; i++) {
    let sum = 0
    for (let j = 0; j < d; j++) sum += a[i * d + j] * x[j]
    y[i] = sum
  }
  return y
}

/** Adds A_{(c,a),(c',b)} for every b to κ(a − b). */
function addOffset(kernel: Float64Array, a: number, row: Float64Array, p: number, c: number): void {
  const taps = 2 * p - 1
  const [ay, ax] = [Math.floor(a / p), a % p]
  for (let other = 0; other < c; other++) {
    for (let by = 0; by < p; by++) {
      const to = (other * taps + (ay - by + p - 1)) * taps + ax + p - 1
      const from = (other * p + by) * p
      for (let bx = 0; bx < p; bx++) kernel[to - bx] += row[from + bx]
    }
  }
}

/** All filters and biases for images of h × w. */
export function borderKernels(parameters: PatchParameters, h: number, w: number): BorderKernels {
  const { patch: p, channels: c, precision } = parameters
  const d = c * p * p
  const taps = 2 * p - 1
  const { centered } = centerOf(parameters)
  const product = multiply(precision, centered)
  const [ys, xs] = [axisClasses(h, p), axisClasses(w, p)]
  const size = c * taps * taps
  const kernels = allocate(Float32Array, ys.length * xs.length * c * size)
  const bias = new Float32Array(ys.length * xs.length * c)
  let at = 0
  for (const [top, bottom] of ys) {
    for (const [left, right] of xs) {
      for (let channel = 0; channel < c; channel++, at++) {
        const kernel = new Float64Array(size)
        let sum = 0
        for (let ay = top; ay <= bottom; ay++) {
          for (let ax = left; ax <= right; ax++) {
            const row = (channel * p + ay) * p + ax
            addOffset(kernel, ay * p + ax, precision.subarray(row * d, (row + 1) * d), p, c)
            sum += product[row]
          }
        }
        kernels.set(kernel, at * size)
        bias[at] = -sum
      }
    }
  }
  return { kernels, bias }
}
