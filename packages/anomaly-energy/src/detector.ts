/** AnomalyDetector: fit on good images, then a score, a map, a p-value and a verdict for every new one. */
import { checkArray, checkJob, checkOptions, type Job, typeError } from '@ukernels/runtime'
import { type Batch, imageOf } from './batch.js'
import type { Calibrator } from './calibrate.js'
import { checkedFeatures, checkedImages, checkImage, checkKernel } from './detector-checks.js'
import { type FitContext, type Fitted, fitMethod, infer, noImages } from './detector-methods.js'
import {
  type DetectorOptions,
  type DetectorSettings,
  detectorSettings,
  fitSettings,
  readSettings,
} from './detector-options.js'
import type { FeatureExtractor } from './features.js'
import type { Images } from './image-stream.js'
import type { AnomalyEnergyKernel } from './kernel.js'
import type { BaseModel } from './model.js'
import { lengthOf, tensorField } from './model-fields.js'
import { corrupt, readModel, writeModel } from './model-file.js'
import { checkOptionNames } from './option-names.js'
import { peakOf } from './scores.js'
import { checkCalibration, splitImages } from './split.js'
import { TileMerger, tilesOf } from './tiling.js'

/** What the detector says of one image. */
export interface Prediction {
  /** Larger = more anomalous; of `'padim'` and `'gaussian'` the largest value of the map. */
  score: number
  /** [1, 1, h, w], blurred: where the defect is. */
  map: Batch
  /** Probability of a good image to score so; NaN without calibration. */
  pValue: number
  /** Whether pValue ≤ fpr; false without calibration. */
  isAnomalous: boolean
}

/** Scores of good images, and the largest value of their maps. */
interface Calibration {
  calibrator: Calibrator
  peak: number
}

const KIND = 'detector'
const DEFAULT_FPR = 0.05

const kinds: Record<DetectorSettings['method'], string> = {
  'patch-energy': 'patch-energy',
  'conv-ebm': 'conv-energy',
  padim: 'location-gaussian',
  patchcore: 'memory-bank',
  fre: 'subspace',
  gaussian: 'gaussian',
}

/**
 * A fitted method with its calibration. Everything random follows from the seed; scores and maps of `'patch-energy'` are
 * the same bits in Node and in every browser.
 */
export class AnomalyDetector {
  readonly #kernel: AnomalyEnergyKernel
  readonly #settings: DetectorSettings
  readonly #fitted: Fitted
  readonly #features: FeatureExtractor
  #calibration: Calibration | undefined

  private constructor(
    kernel: AnomalyEnergyKernel,
    settings: DetectorSettings,
    fitted: Fitted,
    features: FeatureExtractor,
    calibration?: Calibration,
  ) {
    this.#kernel = kernel
    this.#settings = settings
    this.#fitted = fitted
    this.#features = features
    this.#calibration = calibration
  }

  /**
   * Fits a detector to good images. Memory stays the same however long a stream is for 'patch-energy', 'padim' and
   * 'gaussian'; the other methods keep their images or features until they are fitted.
   *
   * @param images - a batch, or batches one after the other, pixels in [0, 1]
   * @throws RangeError naming the number of calibration images that `fpr` takes when there are fewer; what the method's
   *   fit throws
   */
  static async fit(kernel: AnomalyEnergyKernel, images: Images, options: DetectorOptions): Promise<AnomalyDetector> {
    checkKernel(kernel)
    checkOptions(images, 'images')
    const settings = detectorSettings(options)
    checkOptionNames(options, settings.method)
    const fit = fitSettings(options)
    const features = checkedFeatures(kernel, options.features)
    const { signal, onProgress } = checkJob(options)
    const checked = checkedImages(kernel, images)
    const kept: Batch[] = []
    const tiled = (async function* () {
      for await (const image of splitImages(checked, fit.calibration, settings.seed, kept)) {
        signal?.throwIfAborted()
        if (settings.tile) for (const tile of tilesOf(image, settings.tile)) yield tile.image
        else yield image
      }
    })()
    const context: FitContext = {
      kernel,
      images: tiled,
      features,
      seed: BigInt(settings.seed),
      fit,
      job: { signal, onProgress },
    }
    const fitted = await fitMethod(settings.method, context)
    if (fitted.model === undefined) throw noImages()
    const detector = new AnomalyDetector(kernel, settings, fitted, features)
    checkCalibration(settings.fpr, kept.length, fit.calibration)
    if (kept.length > 0) await detector.#calibrate(kept, options)
    return detector
  }

  /**
   * Calibrates anew, on good images that the model hasn't seen.
   *
   * @throws RangeError when the detector's `fpr` takes more of them
   */
  async calibrate(images: Images, job: Job = {}): Promise<void> {
    checkJob(job)
    checkOptions(images, 'images')
    const all: Batch[] = []
    for await (const batch of checkedImages(this.#kernel, images))
      for (let i = 0; i < batch.shape[0]; i++) all.push(imageOf(batch, i))
    checkCalibration(this.#settings.fpr, all.length)
    await this.#calibrate(all, job)
  }

  async #calibrate(images: readonly Batch[], { signal, onProgress }: Job): Promise<void> {
    const scores = new Float32Array(images.length)
    let peak = -Infinity
    for (const [i, image] of images.entries()) {
      signal?.throwIfAborted()
      const { score, map } = await this.#infer(image, 'images')
      scores[i] = score
      peak = Math.max(peak, peakOf(map.data))
      onProgress?.({ phase: 'calibrate', done: i + 1, total: images.length })
    }
    const calibrator = this.#kernel.calibrate(scores)
    this.#calibration = { calibrator, peak }
  }

  get method(): DetectorSettings['method'] {
    return this.#settings.method
  }
  /** The fitted model. */
  get model(): BaseModel {
    return this.#fitted.model
  }
  /** The calibration; undefined without one. */
  get calibrator(): Calibrator | undefined {
    return this.#calibration?.calibrator
  }
  /** The largest value of a map of the calibration images: a measure for colors. Undefined without calibration. */
  get mapPeak(): number | undefined {
    return this.#calibration?.peak
  }
  /** What the caller gave the fit to keep. */
  get info(): Record<string, unknown> {
    return this.#settings.info
  }
  /** The rate of false alarms that `isAnomalous` stands for; NaN without calibration, when nothing is anomalous. */
  get fpr(): number {
    const { calibrator } = this
    return calibrator ? (this.#settings.fpr ?? Math.max(DEFAULT_FPR, 1 / (calibrator.n + 1))) : Number.NaN
  }

  /**
   * Inspects one image, at once.
   *
   * @param image - a batch of one image, pixels in [0, 1]
   * @throws TypeError when `features` gives a promise: use `predictAsync`
   */
  predict(image: Batch): Prediction {
    checkImage(this.#kernel, image)
    return this.#judge(
      this.#merge(image, (tile) => {
        const features = this.#features(tile)
        if (features instanceof Promise) throw typeError('features gives a promise: use predictAsync')
        return infer(this.#kernel, this.#fitted, this.#settings, tile, features)
      }),
    )
  }

  /** Inspects one image with features that take their time. */
  async predictAsync(image: Batch): Promise<Prediction> {
    checkImage(this.#kernel, image)
    return this.#judge(await this.#infer(image))
  }

  async #infer(image: Batch, name = 'image') {
    const { tile } = this.#settings
    const known = new Map<Batch, Batch>()
    const tiles = tile ? [...tilesOf(image, tile)] : [{ top: 0, left: 0, image }]
    for (const { image: part } of tiles) known.set(part, await this.#features(part))
    return this.#put(image, tiles, (part) =>
      infer(this.#kernel, this.#fitted, this.#settings, part, known.get(part) as Batch, name),
    )
  }

  #merge(image: Batch, work: (tile: Batch) => ReturnType<typeof infer>) {
    const { tile } = this.#settings
    return this.#put(image, tile ? tilesOf(image, tile) : [{ top: 0, left: 0, image }], work)
  }

  /** The maps of the tiles as one, blurred, and the largest of their scores, or of the map where they have none. */
  #put(
    image: Batch,
    tiles: Iterable<{ top: number; left: number; image: Batch }>,
    work: (tile: Batch) => ReturnType<typeof infer>,
  ) {
    const [, , h, w] = image.shape
    const merger = new TileMerger(h, w)
    let score: number | undefined
    let only: Batch | undefined
    for (const { top, left, image: part } of tiles) {
      const result = work(part)
      if (result.score !== undefined) score = Math.max(score ?? -Infinity, result.score)
      if (part === image) only = result.map
      else merger.add(top, left, result.map)
    }
    const map = this.#kernel.gaussianBlur(only ?? merger.finish(), this.#settings.sigma)
    return { score: score ?? peakOf(map.data), map }
  }

  #judge({ score, map }: { score: number; map: Batch }): Prediction {
    const pValue = this.calibrator?.pValue(score, { weight: this.#settings.weight }) ?? Number.NaN
    return { score, map, pValue, isAnomalous: pValue <= this.fpr + 1e-12 }
  }

  /** The detector as bytes; features are code, and not among them. */
  toBytes(): Uint8Array {
    const model = this.#fitted.model.toBytes()
    const values = this.calibrator?.values ?? new Float32Array(0)
    const peak = Float32Array.from(this.#calibration ? [this.#calibration.peak] : [])
    const channels = this.#fitted.channels ?? new Uint32Array(0)
    return writeModel({
      kind: KIND,
      settings: { ...this.#settings },
      tensors: {
        calibration: { data: values, shape: [values.length] },
        peak: { data: peak, shape: [peak.length] },
        channels: { data: channels, shape: [channels.length] },
        model: { data: model, shape: [model.length] },
      },
    })
  }

  /**
   * A detector from `toBytes`; its scores and maps are the same bits.
   *
   * @param options.features - as at the fit
   * @throws FormatError
   */
  static fromBytes(
    kernel: AnomalyEnergyKernel,
    bytes: Uint8Array,
    options: { features?: FeatureExtractor } = {},
  ): AnomalyDetector {
    checkKernel(kernel)
    checkArray('bytes', bytes, 'Uint8Array')
    checkOptions(options)
    const features = checkedFeatures(kernel, options.features)
    const file = readModel(bytes)
    if (file.kind !== KIND) throw corrupt(`kind must be '${KIND}', got '${file.kind}'`, 16)
    const settings = readSettings(file.settings)
    const values = tensorField(file, 'calibration', Float32Array, lengthOf(file, 'calibration'))
    const channels = tensorField(file, 'channels', Uint32Array, lengthOf(file, 'channels'))
    const model = kernel.fromBytes(tensorField(file, 'model', Uint8Array, lengthOf(file, 'model'))) as BaseModel
    if (model.kind !== kinds[settings.method])
      throw corrupt(
        `the model of a ${settings.method} detector must be a ${kinds[settings.method]}, got ${model.kind}`,
        16,
      )
    const fitted: Fitted = channels.length > 0 ? { model, channels } : { model }
    const [peak] = tensorField(file, 'peak', Float32Array, values.length > 0 ? 1 : 0)
    const calibration = values.length > 0 ? { calibrator: kernel.calibrate(values), peak } : undefined
    return new AnomalyDetector(kernel, settings, fitted, features, calibration)
  }
}
