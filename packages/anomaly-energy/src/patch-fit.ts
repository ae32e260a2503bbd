/** Fitting PatchEnergy: mean and covariance of all patches, streamed (brief 2.2). */
import { allocate, checkArray, type Job, lengthError, RankDeficientError, rangeError } from '@ukernels/runtime'
import { type Batch, shapeOf } from './batch.js'
import {
  addRows,
  BLOCK,
  cholesky,
  divisorOf,
  emptyMoments,
  gramOf,
  invertTriangle,
  type Moments,
  symmetric,
} from './covariance.js'
import { type PatchFitOptions, patchSettings } from './options.js'
import { PatchEnergy, patchState } from './patch.js'
import type { PatchParameters } from './patch-kernels.js'
import { checkFinite, type KernelRunner, type Steps, step } from './steps.js'

/** Batches of good images: one, or any number of them one after the other. */
export type Images = Batch | Iterable<Batch> | AsyncIterable<Batch>

/** Blocks of patches that are gathered before their covariance is taken. */
const PENDING_BLOCKS = 16

/** The batches of an argument. */
export async function* batchesOf(images: Images): AsyncGenerator<Batch> {
  if (typeof images === 'object' && images !== null && (Symbol.asyncIterator in images || Symbol.iterator in images))
    yield* images as AsyncIterable<Batch>
  else yield images as Batch
}

/** Moments of patches as images come: memory stays the same however many there are. */
class PatchMoments {
  #moments: Moments
  /** Patches that don't make up a group of blocks yet. */
  readonly #pending: Float32Array
  #count = 0
  readonly #patch: number
  readonly #stride: number

  constructor(patch: number, stride: number, channels: number) {
    this.#patch = patch
    this.#stride = stride
    this.#moments = emptyMoments(channels * patch * patch)
    this.#pending = allocate(Float32Array, PENDING_BLOCKS * BLOCK * this.#moments.d)
  }

  *add(x: Batch): Steps<void> {
    const [n, c, h, w] = x.shape
    const [p, stride, { d }] = [this.#patch, this.#stride, this.#moments]
    const positions = (m: number) => Math.floor((m - p) / stride) + 1
    const total = n * positions(h) * positions(w)
    for (let first = 0; first < total; ) {
      const count = Math.min(total - first, this.#pending.length / d - this.#count)
      const rows = this.#pending.subarray(this.#count * d, (this.#count + count) * d)
      yield step('patchRows', 'patches', count, [x.data, n, c, h, w, p, stride, first, count, rows])
      first += count
      this.#count += count
      if (this.#count * d === this.#pending.length) yield* this.#flush()
    }
  }

  *#flush(): Steps<void> {
    const rows = this.#pending.subarray(0, this.#count * this.#moments.d)
    this.#moments = yield* addRows(this.#moments, rows, this.#count)
    this.#count = 0
  }

  *finish(): Steps<Moments> {
    yield* this.#flush()
    return this.#moments
  }
}

function* parametersOf(moments: Moments, patch: number, channels: number, ridge: number): Steps<PatchParameters> {
  const { d, n } = moments
  const l = yield* cholesky(symmetric(moments, divisorOf(n, 1), ridge), d, 'the covariance of the patches')
  const precision = yield* gramOf(yield* invertTriangle(l, d), d)
  return { patch, channels, mean: moments.mean, precision }
}

/** Checks one batch of a fit; returns its channels. */
function checkImages(x: Batch, patch: number, channels: number | undefined): number {
  const [, c, h, w] = shapeOf('images', x)
  if (channels !== undefined && c !== channels)
    throw lengthError(`images.shape must have ${channels} channels like the batches before, got ${c}`)
  if (h < patch || w < patch)
    throw lengthError(`images.shape must be at least ${patch} × ${patch}, the size of a patch, got ${h} × ${w}`)
  return c
}

/** `AnomalyEnergyKernel.fitPatchEnergy`. */
export async function fitPatchEnergy(runner: KernelRunner, images: Images, options: PatchFitOptions & Job) {
  const { patch, stride, ridge } = patchSettings(options)
  let channels: number | undefined
  let moments: PatchMoments | undefined
  for await (const batch of batchesOf(images)) {
    channels = checkImages(batch, patch, channels)
    moments ??= new PatchMoments(patch, stride, channels)
    const into = moments
    await runner.start(
      (function* () {
        yield* checkFinite('images.data', batch.data)
        yield* into.add(batch)
      })(),
      options,
    )
  }
  if (moments === undefined || channels === undefined) throw lengthError('images must have at least one batch')
  const [gathered, c] = [moments, channels]
  const state = await runner.start(
    (function* () {
      const all = yield* gathered.finish()
      if (all.n === 0) throw lengthError('images must have at least one image')
      return yield* patchState(yield* parametersOf(all, patch, c, ridge))
    })(),
    options,
  )
  return new PatchEnergy(runner, state)
}

/** `AnomalyEnergyKernel.patchEnergyFrom`: checks the parameters and makes the model. */
export function* patchEnergyFrom(runner: KernelRunner, parameters: PatchParameters): Steps<PatchEnergy> {
  const { patch, channels, mean, precision } = parameters
  if (!(Number.isInteger(patch) && patch >= 1 && patch <= 15))
    throw rangeError(`patch must be an integer from 1 to 15, got ${patch}`)
  if (!(Number.isInteger(channels) && channels >= 1 && channels <= 64))
    throw rangeError(`channels must be an integer from 1 to 64, got ${channels}`)
  const d = channels * patch * patch
  checkArray('mean', mean, 'Float64Array')
  checkArray('precision', precision, 'Float64Array')
  if (mean.length !== d) throw lengthError(`mean must have ${d} elements, got ${mean.length}`)
  if (precision.length !== d * d) throw lengthError(`precision must have ${d * d} elements, got ${precision.length}`)
  yield* checkFinite('mean', mean)
  yield* checkFinite('precision', precision)
  for (let i = 0; i < d; i++) {
    for (let j = 0; j < i; j++) {
      if (precision[i * d + j] !== precision[j * d + i])
        throw new RankDeficientError(`precision must be symmetric, but (${i}, ${j}) and (${j}, ${i}) differ`)
    }
  }
  return new PatchEnergy(
    runner,
    yield* patchState({ patch, channels, mean: mean.slice(), precision: precision.slice() }),
  )
}
