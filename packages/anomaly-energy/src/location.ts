/** PaDiM: a Gaussian per location of a feature map (Defard et al. 2020). */
import { allocate, type Job, lengthError, RankDeficientError } from '@ukernels/runtime'
import { type Batch, outFor, ownedBatch, shapeOf } from './batch.js'
import { BLOCK, checkRank, divisorOf } from './covariance.js'
import { FittedModel } from './model.js'
import { integerField, numberField, tensorField } from './model-fields.js'
import type { ModelFile } from './model-file.js'
import { type LocationOptions, locationSettings } from './options.js'
import { checkFinite, type KernelRunner, refuseChanged, reportOf, type Steps, step } from './steps.js'

interface State {
  n: number
  c: number
  h: number
  w: number
  mean: Float64Array
  m2: Float64Array
  factor: Float32Array
}

const triangle = (c: number) => (c * (c + 1)) / 2

function* addImages(before: State, f: Batch, ridge: number): Steps<State> {
  yield* checkFinite('f.data', f.data)
  const { c, h, w } = before
  const plane = h * w
  const [mean, m2] = [before.mean.slice(), before.m2.slice()]
  const [images] = f.shape
  let { n } = before
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
  return { n, c, h, w, mean, m2, factor }
}

/** Packed W with WᵀW = (M2 / divisor + ρI)⁻¹ of every location. */
function* factorsOf(
  { c, h, w, m2 }: Pick<State, 'c' | 'h' | 'w' | 'm2'>,
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
  readonly #ridge: number

  /** @internal */
  constructor(runner: KernelRunner, ridge: number, state: State) {
    super(runner, state)
    this.#ridge = ridge
  }

  /** Channels, height and width of the feature maps. */
  get shape(): readonly [c: number, h: number, w: number] {
    const { c, h, w } = this.state
    return [c, h, w]
  }
  /** Images that were fitted. */
  get n(): number {
    return this.state.n
  }

  /** Adds feature maps to the fit; aborted or failed, it leaves the model as it was. */
  async partialFit(f: Batch, job: Job = {}): Promise<void> {
    const state = this.state
    this.#check('f', f)
    this.state = await this.live().start(addImages(state, ownedBatch(f), this.#ridge), job)
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
    const { n, c, h, w, mean, m2 } = this.state
    return {
      kind: this.kind,
      settings: { n, c, h, w, ridge: this.#ridge },
      tensors: { mean: { data: mean, shape: [h * w, c] }, m2: { data: m2, shape: [h * w, triangle(c)] } },
    }
  }
}

/** `AnomalyEnergyKernel.fitLocation`. */
export async function fitLocation(runner: KernelRunner, f: Batch, options: LocationOptions & Job) {
  const { ridge } = locationSettings(options)
  const [n, c, h, w] = shapeOf('f', f)
  if (n === 0) throw lengthError('f must have at least one image, got 0')
  const empty: State = {
    n: 0,
    c,
    h,
    w,
    mean: allocate(Float64Array, h * w * c),
    m2: allocate(Float64Array, h * w * triangle(c)),
    factor: new Float32Array(0),
  }
  return new LocationGaussian(runner, ridge, await runner.start(addImages(empty, ownedBatch(f), ridge), options))
}

/** A model from a checked file. */
export function* readLocation(runner: KernelRunner, file: ModelFile): Steps<LocationGaussian> {
  const [c, h, w] = ['c', 'h', 'w'].map((name) => integerField(file, name, 1, 2 ** 16))
  const n = integerField(file, 'n', 1, Number.MAX_SAFE_INTEGER)
  const ridge = numberField(file, 'ridge', (v) => v >= 0 && v < Infinity, 'finite and not negative')
  const mean = tensorField(file, 'mean', Float64Array, h * w * c)
  const m2 = tensorField(file, 'm2', Float64Array, h * w * triangle(c))
  return yield* locationFrom(runner, { n, c, h, w, mean, m2 }, divisorOf(n, 1), ridge)
}

/** A model from means and scatters. */
export function* locationFrom(
  runner: KernelRunner,
  moments: Omit<State, 'factor'>,
  divisor: number,
  ridge: number,
): Steps<LocationGaussian> {
  const factor = yield* factorsOf(moments, divisor, ridge)
  return new LocationGaussian(runner, ridge, { ...moments, factor })
}
