/** PaDiM: a Gaussian per location of a feature map (Defard et al. 2020). */
import {
  allocate,
  checkArrayOf,
  found,
  integer,
  type Job,
  KernelError,
  lengthError,
  RankDeficientError,
  type Real,
  typeError,
} from '@ukernels/runtime'
import { type Batch, outFor, ownedBatch, shapeOf } from './batch.js'
import { BLOCK, checkPrecision, checkRank, divisorOf, packTriangle, whiteningOf } from './covariance.js'
import { FittedModel } from './model.js'
import { integerField, numberField, tensorField } from './model-fields.js'
import type { ModelFile } from './model-file.js'
import { type LocationOptions, locationSettings } from './options.js'
import { checkFinite, type KernelRunner, refuseChanged, reportOf, type Steps, step } from './steps.js'

interface State {
  c: number
  h: number
  w: number
  mean: Float64Array
  factor: Float32Array
  /** A model has one of the two. */
  fit?: LocationFit
  precision?: Float64Array
}

/** What a fit goes on from: images, scatters (packed triangles), ridge. */
interface LocationFit {
  n: number
  m2: Float64Array
  ridge: number
}

/** Means, row by row of locations, and precisions as packed lower triangles, of which the factors are made. */
interface LocationParameters {
  c: number
  h: number
  w: number
  mean: Float64Array
  precision: Float64Array
}

const triangle = (c: number) => (c * (c + 1)) / 2

function* addImages(before: Omit<State, 'factor'>, fit: LocationFit, f: Batch): Steps<State> {
  yield* checkFinite('f.data', f.data)
  const { c, h, w } = before
  const { ridge } = fit
  const plane = h * w
  const [mean, m2] = [before.mean.slice(), fit.m2.slice()]
  const [images] = f.shape
  let { n } = fit
  for (let begin = 0; begin < images; begin += BLOCK) {
    const count = Math.min(BLOCK, images - begin)
    const x = f.data.subarray(begin * c * plane, (begin + count) * c * plane)
    const v = allocate(Float32Array, x.length)
    yield step('gatherLocations', 'gather', plane, [x, count, c, plane, plane, undefined, v])
    yield step('locationCov', 'covariance', plane, [v, count, c, plane, n, mean, m2])
    n += count
  }
  refuseChanged('f.data', f.data, mean)
  checkRank(n, c, ridge, 'the covariance of every location')
  const remedy = ': there must be more images than channels, or a ridge above 0'
  const factor = yield* factorsOf({ c, h, w, m2 }, divisorOf(n, 1), ridge, remedy)
  return { c, h, w, mean, factor, fit: { n, m2, ridge } }
}

/** Packed W with WᵀW = (M2 / divisor + ρI)⁻¹ of every location. */
function* factorsOf(
  { c, h, w, m2 }: Pick<State, 'c' | 'h' | 'w'> & Pick<LocationFit, 'm2'>,
  divisor: number,
  ridge: number,
  remedy = '',
): Steps<Float32Array> {
  const plane = h * w
  const factor = allocate(Float32Array, m2.length)
  const report = reportOf('locationFactor')
  yield step('locationFactor', 'factor', plane, [m2, c, plane, divisor, ridge, factor, report])
  if (report.failed !== Infinity)
    throw new RankDeficientError(`the covariance of location ${report.failed} isn't positive definite${remedy}`)
  return factor
}

/**
 * Distances D = √((h − μ_u)ᵀ (Σ_u + ρI)⁻¹ (h − μ_u)) at every location u, with unbiased Σ_u. The fit is exact,
 * distances are within 1e-5.
 */
export class LocationGaussian extends FittedModel<State> {
  readonly kind = 'location-gaussian'

  /** Channels, height and width of the feature maps. */
  get shape(): readonly [c: number, h: number, w: number] {
    const { c, h, w } = this.state
    return [c, h, w]
  }
  /** Images that were fitted; 0 for given parameters. */
  get n(): number {
    return this.state.fit?.n ?? 0
  }

  /**
   * Adds feature maps to the fit; aborted or failed, it leaves the model as it was.
   *
   * @throws KernelError ERR_UKERNELS_NOT_FITTED for a model from `locationGaussianFrom`
   */
  async partialFit(f: Batch, job: Job = {}): Promise<void> {
    const { state } = this
    if (state.fit === undefined)
      throw new KernelError('ERR_UKERNELS_NOT_FITTED', 'a Gaussian of given parameters has no fit to be added to')
    this.#check('f', f)
    const operation = addImages(state, state.fit, ownedBatch(f))
    await this.changeBy((runner) => runner.start(operation, job))
  }

  #check(name: string, f: Batch): number {
    const { c, h, w } = this.state
    const [n, ...shape] = shapeOf(name, f)
    if (shape[0] !== c || shape[1] !== h || shape[2] !== w)
      throw lengthError(`${name}.shape must be [n, ${c}, ${h}, ${w}], got [${f.shape.join(', ')}]`)
    return n
  }

  /** Distances at every location: [n, 1, h, w]. */
  map(f: Batch, out?: Float32Array): Batch {
    return this.run(this.#map(f, out))
  }

  *#map(f: Batch, out?: Float32Array): Steps<Batch> {
    const { c, h, w, mean, factor } = this.state
    const n = this.#check('f', f)
    const plane = h * w
    const result = outFor(out, n * plane, f.data)
    yield* checkFinite('f.data', f.data)
    const v = allocate(Float32Array, f.data.length)
    yield step('gatherLocations', 'gather', plane, [f.data, n, c, plane, plane, mean, v])
    const byLocation = n === 1 ? result : allocate(Float32Array, plane * n)
    yield step('locationDistances', 'distance', plane, [v, factor, n, c, plane, byLocation])
    if (n !== 1)
      for (let u = 0; u < plane; u++) for (let i = 0; i < n; i++) result[i * plane + u] = byLocation[u * n + i]
    return { data: result, shape: [n, 1, h, w] }
  }

  protected file(): ModelFile {
    const { c, h, w, mean, fit, precision } = this.state
    const packed = { data: (fit?.m2 ?? precision) as Float64Array, shape: [h * w, triangle(c)] }
    return {
      kind: this.kind,
      settings: { c, h, w, ...(fit && { n: fit.n, ridge: fit.ridge }) },
      tensors: { mean: { data: mean, shape: [h * w, c] }, [fit ? 'm2' : 'precision']: packed },
    }
  }
}

/** `AnomalyEnergyKernel.fitLocation`. */
export async function fitLocation(runner: KernelRunner, f: Batch, options: LocationOptions & Job) {
  const { ridge } = locationSettings(options)
  const [n, c, h, w] = shapeOf('f', f)
  if (n === 0) throw lengthError('f must have at least one image, got 0')
  const empty = { c, h, w, mean: allocate(Float64Array, h * w * c) }
  const fit = { n: 0, m2: allocate(Float64Array, h * w * triangle(c)), ridge }
  return new LocationGaussian(runner, await runner.start(addImages(empty, fit, ownedBatch(f)), options))
}

/** PaDiM's statistics, in the layout of anomalib's `MultiVariateGaussian`. */
export interface LocationStatistics {
  /** Channels, height and width of the feature maps. */
  shape: readonly [c: number, h: number, w: number]
  /** Means [c, h · w]. */
  mean: Real
  /** Inverses of the covariances, ridge included: [h · w, c, c]. Of one that isn't symmetric (P + Pᵀ) / 2 counts. */
  precision: Real
}

/** `AnomalyEnergyKernel.locationGaussianFrom`: checks the statistics and makes the model. */
export function* locationGaussianFrom(
  runner: KernelRunner,
  { shape, mean, precision }: LocationStatistics,
): Steps<LocationGaussian> {
  if (!Array.isArray(shape) || shape.length !== 3) throw typeError(`shape must be [c, h, w], got ${found(shape)}`)
  const [c, h, w] = shape.map((size, i) => integer(`shape[${i}]`, size, 1, 2 ** 16))
  const plane = h * w
  checkLength('mean', mean, c * plane)
  checkLength('precision', precision, plane * c * c)
  yield* checkFinite('mean', mean)
  yield* checkFinite('precision', precision)
  const means = allocate(Float64Array, plane * c)
  for (let u = 0; u < plane; u++) for (let k = 0; k < c; k++) means[u * c + k] = mean[k * plane + u]
  const packed = allocate(Float64Array, plane * triangle(c))
  let at = 0
  for (let u = 0; u < plane; u++) {
    const p = precision.subarray(u * c * c, (u + 1) * c * c)
    for (let i = 0; i < c; i++) for (let j = 0; j <= i; j++) packed[at++] = (p[i * c + j] + p[j * c + i]) / 2
  }
  return yield* locationFrom(runner, { c, h, w, mean: means, precision: packed })
}

function checkLength(name: string, x: Real, expected: number): void {
  checkArrayOf(name, x, ['Float32Array', 'Float64Array'])
  if (x.length !== expected) throw lengthError(`${name} must have ${expected} elements, got ${x.length}`)
}

function* locationFrom(runner: KernelRunner, parameters: LocationParameters): Steps<LocationGaussian> {
  const { c, h, w, precision } = parameters
  const factor = allocate(Float32Array, precision.length)
  const size = triangle(c)
  for (let u = 0; u < h * w; u++) {
    const a = allocate(Float64Array, c * c)
    let at = u * size
    let trace = 0
    for (let i = 0; i < c; i++) {
      for (let j = 0; j <= i; j++) a[i * c + j] = a[j * c + i] = precision[at++]
      trace += a[i * c + i]
    }
    checkPrecision(`the precision of location ${u}`, trace)
    factor.set(packTriangle(yield* whiteningOf(a, c, `the precision of location ${u}`), c), u * size)
  }
  return new LocationGaussian(runner, { ...parameters, factor })
}

/** A model from a checked file. */
export function* readLocation(runner: KernelRunner, file: ModelFile): Steps<LocationGaussian> {
  const [c, h, w] = ['c', 'h', 'w'].map((name) => integerField(file, name, 1, 2 ** 16))
  const mean = tensorField(file, 'mean', Float64Array, h * w * c)
  const packed = (name: string) => tensorField(file, name, Float64Array, h * w * triangle(c))
  if (!Object.hasOwn(file.tensors, 'm2'))
    return yield* locationFrom(runner, { c, h, w, mean, precision: packed('precision') })
  const n = integerField(file, 'n', 1, Number.MAX_SAFE_INTEGER)
  const ridge = numberField(file, 'ridge', (v) => v >= 0 && v < Infinity, 'finite and not negative')
  const m2 = packed('m2')
  const factor = yield* factorsOf({ c, h, w, m2 }, divisorOf(n, 1), ridge)
  return new LocationGaussian(runner, { c, h, w, mean, factor, fit: { n, m2, ridge } })
}
