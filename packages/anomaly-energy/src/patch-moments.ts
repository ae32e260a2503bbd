/** Mean and covariance of the patches of images, streamed, and the patch energy that follows. */
import { allocate, type Job, KernelError, lengthError } from '@ukernels/runtime'
import { type Batch, shapeOf } from './batch.js'
import {
  addRows,
  BLOCK,
  checkRank,
  cholesky,
  divisorOf,
  emptyMoments,
  gramOf,
  invertTriangle,
  type Moments,
  mergeMoments,
  symmetric,
} from './covariance.js'
import { batchesOf, type Images } from './image-stream.js'
import type { PatchParameters } from './patch-kernels.js'
import { checkFinite, type KernelRunner, type Steps, step } from './steps.js'

/** What a fitted patch energy can be fitted further with. */
export interface PatchFit {
  readonly patch: number
  readonly channels: number
  readonly stride: number
  readonly ridge: number
  readonly moments: Moments
}

/** Blocks of patches that are gathered before their covariance is taken. */
const PENDING_BLOCKS = 16

/** Moments of patches as images come: memory stays the same however many there are. */
class PatchMoments {
  #moments: Moments
  /** Patches that don't make up a group of blocks yet. */
  readonly #pending: Float32Array
  #count = 0
  readonly #patch: number
  readonly #stride: number

  constructor(patch: number, stride: number, moments: Moments) {
    this.#patch = patch
    this.#stride = stride
    this.#moments = moments
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
    this.#moments = yield* addRows(this.#moments, rows, this.#count, 'images.data')
    this.#count = 0
  }

  *finish(): Steps<Moments> {
    yield* this.#flush()
    return this.#moments
  }
}

/** μ and A = (Σ + ρI)⁻¹ of a fit. */
export function* parametersOf({ patch, channels, ridge, moments }: PatchFit): Steps<PatchParameters> {
  const { d, n } = moments
  const what = 'the covariance of the patches'
  checkRank(n, d, ridge, what)
  const l = yield* cholesky(symmetric(moments, divisorOf(n, 1), ridge), d, what)
  const precision = yield* gramOf(yield* invertTriangle(l, d), d)
  return { patch, channels, mean: moments.mean, precision }
}

/** Checks one batch of a fit; returns its channels. */
function checkImages(x: Batch, patch: number, channels: number | undefined): number {
  const [, c, h, w] = shapeOf('images', x)
  if (channels !== undefined && c !== channels)
    throw lengthError(`images.shape must have ${channels} channels like those before, got ${c}`)
  if (h < patch || w < patch)
    throw lengthError(`images.shape must be at least ${patch} × ${patch}, the size of a patch, got ${h} × ${w}`)
  return c
}

/** Moments of what `before` has and of the patches of all images; `before` stays as it is. */
export async function addImages(
  runner: KernelRunner,
  images: Images,
  { patch, stride, ridge, ...before }: Omit<PatchFit, 'channels' | 'moments'> & Partial<PatchFit>,
  job: Job,
): Promise<PatchFit> {
  let { channels } = before
  let gathered: PatchMoments | undefined
  for await (const batch of batchesOf(images)) {
    channels = checkImages(batch, patch, channels)
    gathered ??= new PatchMoments(patch, stride, before.moments ?? emptyMoments(channels * patch * patch))
    const into = gathered
    await runner.start(
      (function* () {
        yield* checkFinite('images.data', batch.data)
        yield* into.add(batch)
      })(),
      job,
    )
  }
  if (gathered === undefined || channels === undefined) throw lengthError('images must have at least one batch')
  const moments = await runner.start(gathered.finish(), job)
  if (moments.n === 0) throw lengthError('images must have at least one image')
  return { patch, channels, stride, ridge, moments }
}

/** The patches of both fits; `other` is what it is called when they don't match. */
export function* mergeFits(mine: PatchFit, its: PatchFit): Steps<PatchFit> {
  for (const field of ['patch', 'channels', 'stride', 'ridge'] as const) {
    if (mine[field] !== its[field])
      throw new KernelError('ERR_UKERNELS_MISMATCH', `other.${field} must be ${mine[field]} as here, got ${its[field]}`)
  }
  return { ...mine, moments: yield* mergeMoments(mine.moments, its.moments) }
}
