/** How each method of the detector fits and what it makes of one image. */
import { allocate, lengthError, Philox, type Seed } from '@ukernels/runtime'
import type { Batch } from './batch.js'
import { ConvEnergy } from './conv.js'
import { againstFirst, checkInput, refusingOverflow } from './detector-checks.js'
import { energyMap, type Usual } from './detector-maps.js'
import type { DetectorSettings, FitSettings } from './detector-options.js'
import { type FeatureExtractor, locationRows, selectChannels } from './features.js'
import type { GaussianEnergy } from './gaussian.js'
import type { AnomalyEnergyKernel } from './kernel.js'
import type { LocationGaussian } from './location.js'
import type { BaseModel } from './model.js'
import type { MemoryBank } from './neighbors.js'
import { PatchEnergy } from './patch.js'
import type { Subspace } from './subspace.js'

/**
 * What a method says of one image (or tile): its score, where that isn't the largest value of the blurred map, and a map
 * of the image's size, not blurred.
 */
export interface Inference {
  score?: number
  map: Batch
}

/** Draws of the channels that PaDiM keeps. */
const TAG_CHANNELS = 8

/** What fitting a method needs. */
export interface FitContext {
  kernel: AnomalyEnergyKernel
  /** Good images, one per batch. */
  images: AsyncIterable<Batch>
  features: FeatureExtractor
  seed: Seed
  fit: FitSettings
  job: { signal?: AbortSignal; onProgress?: (p: { phase: string; done: number; total: number }) => void }
}

/** A model, and what belongs to it. */
export interface Fitted {
  model: BaseModel
  /** The channels of the features that it uses; all of them when there are none. */
  channels?: Uint32Array
  usual?: Usual
}

/** k of n channels, ascending: those with the smallest words. */
function chooseChannels(n: number, k: number, seed: Seed): Uint32Array {
  const words = new Philox(seed).fill(new Uint32Array(n), 0, { tag: TAG_CHANNELS })
  const order = [...words.keys()].sort((a, b) => words[a] - words[b] || a - b)
  return Uint32Array.from(order.slice(0, k)).sort()
}

async function collect(parts: AsyncIterable<Float32Array>): Promise<Float32Array> {
  const all: Float32Array[] = []
  for await (const part of parts) all.push(part)
  const out = allocate(
    Float32Array,
    all.reduce((sum, part) => sum + part.length, 0),
  )
  let at = 0
  for (const part of all) {
    out.set(part, at)
    at += part.length
  }
  return out
}

export const noImages = () => lengthError('images must have at least one image to fit')

/** All feature maps of the images, one by one; they must be alike. */
async function* featuresOf({ images, features }: FitContext, alike: 'channels' | 'shape'): AsyncGenerator<Batch> {
  const check = againstFirst(alike)
  for await (const image of images) {
    const maps = await features(image)
    check(image, maps)
    yield maps
  }
}

async function* mapped<T>(source: AsyncIterable<Batch>, f: (x: Batch) => T): AsyncGenerator<T> {
  for await (const x of source) yield f(x)
}

const BATCH = 32

/** Batches of up to 32 maps of one shape. */
async function* batched(source: AsyncIterable<Batch>): AsyncGenerator<Batch> {
  let pending: Batch[] = []
  const flush = (): Batch => {
    const [, c, h, w] = pending[0].shape
    const data = allocate(Float32Array, pending.length * c * h * w)
    pending.forEach((x, i) => {
      data.set(x.data, i * c * h * w)
    })
    const shape: Batch['shape'] = [pending.length, c, h, w]
    pending = []
    return { data, shape }
  }
  for await (const x of source) {
    if (pending.length > 0 && String(pending[0].shape) !== String(x.shape)) yield flush()
    pending.push(x)
    if (pending.length === BATCH) yield flush()
  }
  if (pending.length > 0) yield flush()
}

async function fitConv({ kernel, images, seed, fit, job }: FitContext): Promise<Fitted> {
  const all: Batch[] = []
  for await (const batch of batchedAll(images)) all.push(batch)
  const [whole] = all
  if (whole === undefined) throw noImages()
  const { layers, numerics, train, iterations } = fit
  const range = train.range ?? [-1, 1]
  // Pixels in [0, 1] become the recipe's range.
  const scale = range[1] - range[0]
  const net = kernel.createConvEnergy(layers, {
    channels: whole.shape[1],
    scale,
    offset: range[0],
    numerics,
    seed,
  })
  const crop = Math.min(train.crop ?? 32, whole.shape[2], whole.shape[3])
  const trainer = kernel.createTrainer(net, { ...train, crop, seed })
  await trainer.fit(whole, { iterations, ...job })
  return { model: trainer.ema }
}

/** All images as one batch; they must have one shape. */
async function* batchedAll(images: AsyncIterable<Batch>): AsyncGenerator<Batch> {
  const check = againstFirst('shape')
  let shape: Batch['shape'] | undefined
  let n = 0
  const data = await collect(
    (async function* () {
      for await (const image of images) {
        check(image, image)
        shape ??= image.shape
        n++
        yield image.data
      }
    })(),
  )
  if (shape) yield { data, shape: [n, shape[1], shape[2], shape[3]] }
}

async function fitPadim(context: FitContext): Promise<Fitted> {
  const { kernel, seed, fit, job } = context
  let model: LocationGaussian | undefined
  let channels: Uint32Array | undefined
  for await (const batch of batched(featuresOf(context, 'shape'))) {
    const c = batch.shape[1]
    if (channels === undefined && fit.channels < c) channels = chooseChannels(c, fit.channels, seed)
    const kept = channels ? selectChannels(batch, channels) : batch
    if (model === undefined) model = await kernel.fitLocation(kept, { ridge: fit.ridge, ...job })
    else await model.partialFit(kept, job)
  }
  return { model: model as LocationGaussian, channels }
}

async function fitShared(context: FitContext): Promise<Fitted> {
  const { kernel, fit, job } = context
  let model: GaussianEnergy | undefined
  for await (const batch of batched(featuresOf(context, 'channels'))) {
    const rows = locationRows(batch)
    if (model === undefined) model = await kernel.fitGaussian(rows, batch.shape[1], { ridge: fit.ridge, ...job })
    else await model.partialFit(rows, job)
  }
  return { model: model as GaussianEnergy }
}

async function fitBank(context: FitContext): Promise<Fitted> {
  const { kernel, seed, fit, job } = context
  let d = 1
  const rows = await collect(
    mapped(featuresOf(context, 'channels'), (x) => {
      d = x.shape[1]
      return locationRows(x)
    }),
  )
  if (rows.length === 0) throw noImages()
  return { model: await kernel.coreset(rows, d, { ratio: fit.ratio, seed, ...job }) }
}

async function fitFre(context: FitContext): Promise<Fitted> {
  const { kernel, fit, job } = context
  let d = 1
  const rows = await collect(
    mapped(featuresOf(context, 'shape'), (x) => {
      d = x.data.length
      return x.data
    }),
  )
  if (rows.length === 0) throw noImages()
  return { model: await kernel.fitSubspace(rows, d, { variance: fit.variance, ...job }) }
}

/** Fits the model of a method. */
export async function fitMethod(method: DetectorSettings['method'], context: FitContext): Promise<Fitted> {
  switch (method) {
    case 'patch-energy': {
      const { kernel, images, fit, job } = context
      return { model: await kernel.fitPatchEnergy(images, { ...fit.patch, ...job }) }
    }
    case 'conv-ebm':
      return fitConv(context)
    case 'padim':
      return fitPadim(context)
    case 'patchcore':
      return fitBank(context)
    case 'gaussian':
      return fitShared(context)
    case 'fre':
      return fitFre(context)
  }
}

/** What a model makes of one image, from the image itself and its features. */
export function infer(
  kernel: AnomalyEnergyKernel,
  { model, channels, usual = new Float64Array(0) }: Fitted,
  settings: DetectorSettings,
  image: Batch,
  features: Batch,
  name = 'image',
): Inference {
  const [, , h, w] = image.shape
  const [, c] = features.shape
  if (channels?.some((channel) => channel >= c))
    throw lengthError(
      `features() must have the ${channels[channels.length - 1] + 1} channels of the fit or more, got ${c}`,
    )
  const maps = channels ? selectChannels(features, channels) : features
  checkInput(model, image, maps)
  return refusingOverflow(name, image, () => {
    if (model instanceof PatchEnergy || model instanceof ConvEnergy)
      return { score: model.score(image, settings.score)[0], map: energyMap(kernel, model, settings, image, usual) }
    const raw = featureInference(model, maps)
    const stretched = raw.nearest ? kernel.resizeNearest(raw.map, h, w) : kernel.resizeBilinear(raw.map, h, w)
    return { score: raw.score, map: stretched }
  })
}

interface Raw {
  map: Batch
  /** As of `Inference`. */
  score?: number
  nearest?: boolean
}

function featureInference(model: BaseModel, x: Batch): Raw {
  const [, , h, w] = x.shape
  const shape: Batch['shape'] = [1, 1, h, w]
  switch (model.kind) {
    case 'location-gaussian':
      return { map: (model as LocationGaussian).map(x) }
    case 'gaussian': {
      const energies = (model as GaussianEnergy).energy(locationRows(x))
      return { map: { data: energies, shape } }
    }
    case 'memory-bank': {
      const bank = model as MemoryBank
      const rows = locationRows(x)
      // Rounded as the scores of the calibration are, so that equal images have equal scores.
      const score = Math.fround(bank.imageScore(rows))
      return { map: { data: bank.querySync(rows, 1).dist, shape }, score, nearest: true }
    }
    default: {
      const subspace = model as Subspace
      return { map: subspace.freMap(x), score: subspace.fre(x.data)[0] }
    }
  }
}
