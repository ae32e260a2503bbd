/** What the detector checks of its inputs: messages speak of what the caller gave, not of what became of it. */
import { found, lengthError, NonFiniteError, typeError } from '@ukernels/runtime'
import { type Batch, shapeOf } from './batch.js'
import { ConvEnergy } from './conv.js'
import type { FeatureExtractor } from './features.js'
import type { GaussianEnergy } from './gaussian.js'
import { batchesOf, type Images } from './image-stream.js'
import { AnomalyEnergyKernel } from './kernel.js'
import type { LocationGaussian } from './location.js'
import type { BaseModel } from './model.js'
import { PatchEnergy } from './patch.js'
import { peakOf } from './scores.js'
import { checkFinite } from './steps.js'
import type { Subspace } from './subspace.js'

export function checkKernel(kernel: AnomalyEnergyKernel): void {
  if (!(kernel instanceof AnomalyEnergyKernel))
    throw typeError(`kernel must be what load() gives, got ${found(kernel)}`)
}

/** Batches whose shapes and numbers are those of images. */
export async function* checkedImages(kernel: AnomalyEnergyKernel, images: Images): AsyncGenerator<Batch> {
  for await (const batch of batchesOf(images)) {
    shapeOf('images', batch)
    kernel.runner.run(checkFinite('images.data', batch.data))
    yield batch
  }
}

/** One image to inspect. */
export function checkImage(kernel: AnomalyEnergyKernel, image: Batch): void {
  const [n] = shapeOf('image', image)
  if (n !== 1) throw lengthError(`image.shape must be [1, c, h, w], got [${image.shape.join(', ')}]`)
  kernel.runner.run(checkFinite('image.data', image.data))
}

/** What the caller calls the maps of an image: without an extractor they are the image. */
const nameOf = (image: Batch, maps: Batch, own: string) => (maps === image ? own : 'features()')

/** The caller's extractor, its results checked; the pixels themselves without one. */
export function checkedFeatures(kernel: AnomalyEnergyKernel, features?: FeatureExtractor): FeatureExtractor {
  if (features === undefined) return (images) => images
  if (typeof features !== 'function')
    throw typeError(`features must be a function from a batch to a batch, got ${found(features)}`)
  const check = (images: Batch, maps: Batch): Batch => {
    const [n] = shapeOf('features()', maps)
    if (n !== images.shape[0])
      throw lengthError(`features() must have the maps of ${images.shape[0]} image, as it was given, got ${n}`)
    kernel.runner.run(checkFinite('features().data', maps.data))
    return maps
  }
  return (images) => {
    const maps: unknown = features(images)
    return typeof (maps as Promise<Batch> | undefined)?.then === 'function'
      ? Promise.resolve(maps as Promise<Batch>).then((later) => check(images, later))
      : check(images, maps as Batch)
  }
}

/** Channels, height and width as at the fit. */
function checkLike(name: string, { shape }: Batch, [, ...fitted]: readonly number[]): void {
  if (fitted.every((size, i) => size === shape[i + 1])) return
  const remedy = 'images of several sizes take the option tile, no larger than the smallest of them'
  throw lengthError(
    `${name}.shape must be [1, ${fitted.join(', ')}] as of the first image, got [${shape.join(', ')}]: ${remedy}`,
  )
}

function checkChannels(name: string, { shape }: Batch, channels: number): void {
  if (shape[1] !== channels)
    throw lengthError(`${name}.shape must have the ${channels} channels of the fit, got ${shape[1]}`)
}

/** Checks the images of a fit, or their maps, against the first: channels alone, or the whole shape. */
export function againstFirst(alike: 'channels' | 'shape'): (image: Batch, maps: Batch) => void {
  let first: readonly number[] | undefined
  return (image, maps) => {
    first ??= [...maps.shape]
    const name = nameOf(image, maps, 'images')
    if (alike === 'shape') checkLike(name, maps, first)
    else checkChannels(name, maps, first[1])
  }
}

/** Throws when the model can't take an image, or its maps (the channels that the model uses). */
export function checkInput(model: BaseModel, image: Batch, maps: Batch): void {
  const name = nameOf(image, maps, 'image')
  if (model instanceof PatchEnergy || model instanceof ConvEnergy) model.check('image', image)
  else if (model.kind === 'location-gaussian') checkLike(name, maps, [1, ...(model as LocationGaussian).shape])
  else if (model.kind !== 'subspace') checkChannels(name, maps, (model as GaussianEnergy).d)
  else if (maps.data.length !== (model as Subspace).d) {
    const shape = `[${maps.shape.join(', ')}]`
    throw lengthError(
      `${name}.shape must have the ${(model as Subspace).d} numbers of the fit, got ${shape}: fit with the option tile to inspect images of several sizes`,
    )
  }
}

/**
 * Runs what a model makes of an image that was checked: where numbers are no longer finite they overflowed. `name` is
 * 'image', or 'images' where it is one of several.
 */
export function refusingOverflow<R extends { score?: number; map: Batch }>(
  name: string,
  image: Batch,
  work: () => R,
): R {
  const overflow = () => {
    const { data } = image
    const at = data.reduce((most, v, i) => (Math.abs(v) > Math.abs(data[most]) ? i : most), 0)
    const where = name === 'image' ? `image.data[${at}] is` : `${name}.data has pixels that are`
    return new NonFiniteError(`${where} too large: scores or maps overflow, got ${data[at]}`, at)
  }
  try {
    const result = work()
    if (!Number.isFinite(result.score ?? peakOf(result.map.data))) throw overflow()
    return result
  } catch (error) {
    throw error instanceof NonFiniteError ? overflow() : error
  }
}
