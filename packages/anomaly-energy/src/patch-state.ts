/** What a patch energy computes with, and how it is stored. */
import { checkPrecision, type Moments, packTriangle, whiteningOf } from './covariance.js'
import { integerField, numberField, tensorField } from './model-fields.js'
import type { ModelFile } from './model-file.js'
import { centerOf, multiply, type PatchParameters } from './patch-kernels.js'
import { type PatchFit, parametersOf } from './patch-moments.js'
import type { Steps } from './steps.js'

export interface PatchState extends PatchParameters {
  center: Float32Array
  /** μ'ᵀAμ' per patch. */
  constant: number
  /** Packed W with WᵀW = A, and f32(W μ'). */
  factor: Float32Array
  shift: Float32Array
  /** None where the parameters were given. */
  fit?: PatchFit
}

/** Everything that follows from mean and precision; `name` is what they come from. */
export function* patchState(parameters: PatchParameters, name = 'precision'): Steps<PatchState> {
  const { mean, precision } = parameters
  const d = mean.length
  checkPrecision(name, traceOf(precision, d))
  const { center, centered } = centerOf(parameters)
  const product = multiply(precision, centered)
  const constant = centered.reduce((sum, v, i) => sum + v * product[i], 0)
  const w = yield* whiteningOf(precision, d, 'precision')
  return {
    ...parameters,
    center,
    constant,
    factor: packTriangle(w, d),
    shift: Float32Array.from(multiply(w, centered)),
  }
}

function traceOf(a: Float64Array, d: number): number {
  let trace = 0
  for (let i = 0; i < d; i++) trace += a[i * d + i]
  return trace
}

/** The state of a fit. */
export function* fittedState(fit: PatchFit): Steps<PatchState> {
  return { ...(yield* patchState(yield* parametersOf(fit), 'images.data')), fit }
}

/** The upper triangle of a d × d matrix, row by row. */
function packUpper(m: Float64Array, d: number): Float64Array {
  const packed = new Float64Array((d * (d + 1)) / 2)
  let at = 0
  for (let i = 0; i < d; i++) for (let j = i; j < d; j++) packed[at++] = m[i * d + j]
  return packed
}

/** The symmetric matrix of such a triangle. */
function unpackUpper(packed: Float64Array, d: number): Float64Array {
  const m = new Float64Array(d * d)
  let at = 0
  for (let i = 0; i < d; i++) {
    for (let j = i; j < d; j++) {
      m[i * d + j] = packed[at]
      m[j * d + i] = packed[at++]
    }
  }
  return m
}

/** A fitted energy is stored as its moments, one from parameters as these. */
export function patchFile(kind: string, { patch, channels, mean, precision, fit }: PatchState): ModelFile {
  const d = mean.length
  const [name, matrix] = fit ? ['scatter', fit.moments.m2] : ['precision', precision]
  const packed = packUpper(matrix, d)
  return {
    kind,
    settings: { patch, channels, ...(fit && { n: fit.moments.n, stride: fit.stride, ridge: fit.ridge }) },
    tensors: { mean: { data: mean, shape: [d] }, [name]: { data: packed, shape: [packed.length] } },
  }
}

/** The state in a checked file. */
export function* readPatchState(file: ModelFile): Steps<PatchState> {
  const patch = integerField(file, 'patch', 1, 15)
  const channels = integerField(file, 'channels', 1, 64)
  const d = channels * patch * patch
  const mean = tensorField(file, 'mean', Float64Array, d)
  const matrix = (name: string) => unpackUpper(tensorField(file, name, Float64Array, (d * (d + 1)) / 2), d)
  if (!Object.hasOwn(file.tensors, 'scatter'))
    return yield* patchState({ patch, channels, mean, precision: matrix('precision') })
  const n = integerField(file, 'n', 1, Number.MAX_SAFE_INTEGER)
  const stride = integerField(file, 'stride', 1, 2 ** 32 - 1)
  const ridge = numberField(file, 'ridge', (v) => v >= 0 && v < Infinity, 'finite and not negative')
  const moments: Moments = { n, d, mean, m2: matrix('scatter') }
  return yield* fittedState({ patch, channels, stride, ridge, moments })
}
