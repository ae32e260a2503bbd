/** AnomalyDetector: fit on good images, then a score, a map, a p-value and a verdict for every new one. */
import { checkArray, checkJob, checkOptions, type Job, typeError } from '@ukernels/runtime'
import { type Batch, imageOf } from './batch.js'
import { type Calibrator, smallestP } from './calibrate.js'
import { checkedFeatures, checkedImages, checkImage, checkKernel } from './detector-checks.js'
import { finishMap, levelOf, type Usual, usualEnergy, usualLength } from './detector-maps.js'
import { type FitContext, type Fitted, fitMethod, type Inference, infer, noImages } from './detector-methods.js'
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
import { type Tile, TileMerger, tilesOf } from './tiling.js'

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

/** The rate of false alarms asked for, or the default that n scores can tell. */
const fprOf = (fpr: number | undefined, n: number, weight: number): number =>
  fpr ?? Math.min(1, Math.max(DEFAULT_FPR, smallestP(n, weight)))

/**
 * A fitted method with its calibration. Everything random follows from the seed; scores and maps of `'patch-energy'` are
 * the same bits in Node and in every browser.
 */
export class AnomalyDetector {
  readonly #kernel: AnomalyEnergyKernel
  readonly #settings: DetectorSettings
  #fitted: Fitted
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
    checkCalibration(settings, kept.length, fit.calibration)
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
    checkCalibration(this.#settings, all.length)
    await this.#calibrate(all, job)
  }

  async #calibrate(images: readonly Batch[], { signal, onProgress }: Job): Promise<void> {
    const usual = await this.#usual(images, signal)
    const fitted = { ...this.#fitted, usual }
    const scores = new Float32Array(images.length)
    let peak = -Infinity
    for (const [i, image] of images.entries()) {
      signal?.throwIfAborted()
      const { score, map } = this.#finish(await this.#infer(image, fitted, 'images'), usual)
      scores[i] = score
      peak = Math.max(peak, peakOf(map.data))
      onProgress?.({ phase: 'calibrate', done: i + 1, total: images.length })
    }
    const calibrator = this.#kernel.calibrate(scores)
    this.#fitted = fitted
    this.#calibration = { calibrator, peak }
  }

  /** What the map wants to know of good images. */
  async #usual(images: readonly Batch[], signal: AbortSignal | undefined): Promise<Usual> {
    const { map, fpr } = this.#settings
    if (map === 'descent') {
      const parts = images.flatMap((image) => [...this.#parts(image)].map(({ image: part }) => part))
      return usualEnergy(this.#kernel, this.#fitted, parts, (n) => fprOf(fpr, n, 1))
    }
    const maps: Batch[] = []
    if (map === 'two-sided')
      for (const image of images) {
        signal?.throwIfAborted()
        maps.push((await this.#infer(image, this.#fitted, 'images')).map)
      }
    return maps.length > 0 ? levelOf(maps) : new Float64Array(0)
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
    return calibrator ? fprOf(this.#settings.fpr, calibrator.n, this.#settings.weight) : Number.NaN
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
      this.#put(image, this.#parts(image), (part) => {
        const features = this.#features(part)
        if (features instanceof Promise) throw typeError('features gives a promise: use predictAsync')
        return infer(this.#kernel, this.#fitted, this.#settings, part, features)
      }),
    )
  }

  /** Inspects one image with features that take their time. */
  async predictAsync(image: Batch): Promise<Prediction> {
    checkImage(this.#kernel, image)
    return this.#judge(await this.#infer(image, this.#fitted, 'image'))
  }

  /** The tiles of an image, or the image itself. */
  #parts(image: Batch): Iterable<Tile> {
    const { tile } = this.#settings
    return tile ? tilesOf(image, tile) : [{ top: 0, left: 0, image }]
  }

  async #infer(image: Batch, fitted: Fitted, name: 'image' | 'images'): Promise<Inference> {
    const known = new Map<Batch, Batch>()
    const parts = [...this.#parts(image)]
    for (const { image: part } of parts) known.set(part, await this.#features(part))
    return this.#put(image, parts, (part) =>
      infer(this.#kernel, fitted, this.#settings, part, known.get(part) as Batch, name),
    )
  }

  /** The maps of the parts as one, blurred, and the largest of their scores where they have any. */
  #put(image: Batch, parts: Iterable<Tile>, work: (part: Batch) => Inference): Inference {
    const [, , h, w] = image.shape
    const merger = new TileMerger(h, w)
    let score: number | undefined
    let only: Batch | undefined
    for (const { top, left, image: part } of parts) {
      const result = work(part)
      if (result.score !== undefined) score = Math.max(score ?? -Infinity, result.score)
      if (part === image) only = result.map
      else merger.add(top, left, result.map)
    }
    return { score, map: this.#kernel.gaussianBlur(only ?? merger.finish(), this.#settings.sigma) }
  }

  /** The map as it is shown, and the score, which is the map's largest value where there is no other. */
  #finish({ score, map }: Inference, usual: Usual | undefined): { score: number; map: Batch } {
    finishMap(this.#fitted.model, this.#settings, map, usual ?? new Float64Array(0))
    return { score: score ?? peakOf(map.data), map }
  }

  #judge(inference: Inference): Prediction {
    const { score, map } = this.#finish(inference, this.#fitted.usual)
    const pValue = this.calibrator?.pValue(score, { weight: this.#settings.weight }) ?? Number.NaN
    return { score, map, pValue, isAnomalous: pValue <= this.fpr + 1e-12 }
  }

  /** The detector as bytes; features are code, and not among them. */
  toBytes(): Uint8Array {
    const model = this.#fitted.model.toBytes()
    const values = this.calibrator?.values ?? new Float32Array(0)
    const peak = Float32Array.from(this.#calibration ? [this.#calibration.peak] : [])
    const { channels = new Uint32Array(0), usual = new Float64Array(0) } = this.#fitted
    return writeModel({
      kind: KIND,
      settings: { ...this.#settings },
      tensors: {
        calibration: { data: values, shape: [values.length] },
        peak: { data: peak, shape: [peak.length] },
        channels: { data: channels, shape: [channels.length] },
        usual: { data: usual, shape: [usual.length] },
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
    const known = lengthOf(file, 'usual')
    const usual = tensorField(file, 'usual', Float64Array, known > 0 ? usualLength(settings.map) : 0)
    const fitted: Fitted = channels.length > 0 ? { model, channels, usual } : { model, usual }
    const [peak] = tensorField(file, 'peak', Float32Array, values.length > 0 ? 1 : 0)
    const calibration = values.length > 0 ? { calibrator: kernel.calibrate(values), peak } : undefined
    return new AnomalyDetector(kernel, settings, fitted, features, calibration)
  }
}
