/** Descent maps: what walking down the energy changes about an image. */
import { allocate, checkOptions, isFiniteNonNegative, isFinitePositive, real } from '@ukernels/runtime'
import type { Batch } from './batch.js'
import { maxSteps } from './options.js'
import { checkFinite, type Steps, step } from './steps.js'

export interface DescentOptions {
  /** α: pixels per unit of gradient. Default of the model. */
  step?: number
  /** λ: pull back to the image itself. Default 0.05. */
  lambda?: number
  /** Largest change of a pixel in a step. Default 0.03. */
  clip?: number
  /** Default 50. */
  maxSteps?: number
  /** Images whose energy is at most this stop. Default: none do. */
  threshold?: number
}

interface DescentSettings {
  alpha: number
  lambda: number
  clip: number
  steps: number
  threshold: number
}

export function descentSettings(options: DescentOptions, alpha: number): DescentSettings {
  checkOptions(options)
  return {
    alpha: real('step', options.step, isFinitePositive, 'finite and above 0', alpha),
    lambda: real('lambda', options.lambda, isFiniteNonNegative, 'finite and not negative', 0.05),
    clip: real('clip', options.clip, isFinitePositive, 'finite and above 0', 0.03),
    steps: maxSteps(options.maxSteps),
    threshold: real('threshold', options.threshold, (v) => !Number.isNaN(v), 'a number', -Infinity),
  }
}

type Gradients = (x: Batch) => Steps<{ g: Float32Array; energy: Float32Array }>

/**
 * x₀ = x, x_{t+1} = clip₀¹(x_t − clip(α (∇E(x_t) + λ sign(x_t − x₀)))); an image stops when its energy is at or below the
 * threshold. The map is |x_T − x₀|, the shape that of x, which has been checked but for its numbers.
 */
export function* descentMap(x: Batch, settings: DescentSettings, gradients: Gradients): Steps<Batch> {
  yield* checkFinite('x.data', x.data)
  const [n, c, h, w] = x.shape
  const size = c * h * w
  const map = allocate(Float32Array, x.data.length)
  for (let i = 0; i < n; i++) {
    const start = x.data.subarray(i * size, (i + 1) * size)
    const at = start.slice()
    for (let t = 0; t < settings.steps; t++) {
      const { g, energy } = yield* gradients({ data: at, shape: [1, c, h, w] })
      if (energy[0] <= settings.threshold) break
      yield step('descentStep', 'descent', size, [at, start, g, settings.alpha, settings.lambda, settings.clip, 0, 1])
    }
    for (let u = 0; u < size; u++) map[i * size + u] = Math.abs(at[u] - start[u])
  }
  return { data: map, shape: x.shape }
}
