import {
  type Backend,
  checkOptions,
  type Job,
  KernelBase,
  type KernelInfo,
  lengthError,
  type Real,
  Runner,
  type Seed,
} from '@ukernels/runtime'
import { type AnomalyEnergyAbi, abi } from './abi.js'
import type { Batch } from './batch.js'
import { rowsOf } from './batch.js'
import { type Calibrator, calibrate, mapNormalizer } from './calibrate.js'
import type { ConvEnergy } from './conv.js'
import { type ConvParameters, convEnergyFrom, createConvEnergy } from './conv-create.js'
import type { ConvLayer } from './conv-plan.js'
import { fitGaussian, type GaussianEnergy } from './gaussian.js'
import type { Images } from './image-stream.js'
import { LangevinSampler } from './langevin.js'
import { fitLocation, type LocationGaussian, type LocationStatistics, locationGaussianFrom } from './location.js'
import { freeEnergy } from './lse.js'
import { type ChannelReduction, gaussianBlur, reduceChannels, resize, toRgba } from './maps.js'
import { Metrics } from './metrics.js'
import type { Model } from './model.js'
import { modelFromBytes } from './models.js'
import { bankOf, coreset, type MemoryBank } from './neighbors.js'
import {
  type BlurOptions,
  type ColorOptions,
  type ConvOptions,
  type CoresetOptions,
  checkFeatures,
  type FreeEnergyOptions,
  type GaussianOptions,
  type LocationOptions,
  type PatchFitOptions,
  type SamplerOptions,
  type SubspaceOptions,
  type TrainOptions,
} from './options.js'
import type { PatchEnergy } from './patch.js'
import { fitPatchEnergy, patchEnergyFrom } from './patch-fit.js'
import type { PatchParameters } from './patch-kernels.js'
import { checkFinite, type KernelRunner } from './steps.js'
import { fitSubspace, type Subspace } from './subspace.js'
import { type CdTrainer, createTrainer } from './trainer.js'

/**
 * Anomaly detection on one backend; made by `load` or `loadSync`.
 *
 * Exact functions give the same bits on native and wasm, with any instruction set and number of threads; the others say
 * their bound. Promises settle off the caller's turn, and an aborted one rejects with `signal.reason`. They own what they
 * read: arrays that were passed may change meanwhile, unless their memory is shared; a batch of a stream is copied when
 * it is taken. After a data error (NON_FINITE) the content of `out` is unspecified; arguments are checked before anything
 * is written.
 *
 * All methods throw TypeError ERR_UKERNELS_TYPE for wrong types, detached buffers, unknown names and missing required
 * options, RangeError ERR_UKERNELS_RANGE for values out of range, ERR_UKERNELS_LENGTH for shapes and lengths that don't
 * fit, ERR_UKERNELS_OVERLAP for an `out` over an input, ERR_UKERNELS_TOO_LARGE when memory doesn't suffice,
 * NonFiniteError for NaN or ±Inf in data, and KernelError ERR_UKERNELS_DISPOSED after `dispose`.
 */
export class AnomalyEnergyKernel extends KernelBase {
  readonly #runner: KernelRunner
  /** Exact metrics of rankings and maps. */
  readonly metrics: Metrics

  /** @internal */
  constructor(backend: Backend<AnomalyEnergyAbi>, info: KernelInfo) {
    super(info, () => this.#runner.dispose())
    this.#runner = new Runner(abi, backend)
    this.metrics = new Metrics(this.#runner)
  }

  /**
   * Free energies E = −T · log Σ_k exp(f_k / T) of n rows of k logits, and ∂E/∂f = −softmax(f / T) into `out.gradient`.
   * Exact.
   *
   * Source: Liu et al., "Energy-based out-of-distribution detection", NeurIPS 2020.
   */
  freeEnergy(logits: Float32Array, k: number, options?: FreeEnergyOptions): Float32Array {
    return this.#runner.run(freeEnergy(logits, k, options))
  }

  /**
   * Fits a Gaussian to n rows of d features; exact.
   *
   * @throws RankDeficientError when n − ddof < d and the ridge is 0
   */
  fitGaussian(f: Real, d: number, options: GaussianOptions & Job = {}): Promise<GaussianEnergy> {
    return fitGaussian(this.#runner, f, d, options)
  }

  /**
   * Principal directions of n rows of d features: a number of them, or as few as explain a share of the variance. With
   * n < d the n × n Gram matrix is used, never d × d.
   *
   * @throws RankDeficientError when all rows are the same
   */
  fitSubspace(f: Real, d: number, options: SubspaceOptions & Job): Promise<Subspace> {
    return fitSubspace(this.#runner, f, d, options)
  }

  /** Fits a Gaussian at every location of feature maps (PaDiM); exact. */
  fitLocation(f: Batch, options: LocationOptions & Job = {}): Promise<LocationGaussian> {
    return fitLocation(this.#runner, f, options)
  }

  /**
   * PaDiM from statistics computed elsewhere, as anomalib keeps them. Distances are within 1e-5 of those of f64.
   *
   * @throws RankDeficientError when a precision isn't positive definite
   */
  locationGaussianFrom(statistics: LocationStatistics): LocationGaussian {
    checkOptions(statistics, 'statistics')
    return this.#runner.run(locationGaussianFrom(this.#runner, statistics))
  }

  /**
   * A memory bank from the greedy k-center coreset of n rows; exact. Distances for the selection are taken after a sparse
   * random projection where that is smaller. It stops early when every row is in.
   */
  coreset(f: Float32Array, d: number, options: CoresetOptions & Job): Promise<MemoryBank> {
    return coreset(this.#runner, f, d, options)
  }

  /** A memory bank of these very rows. */
  memoryBank(f: Float32Array, d: number): MemoryBank {
    checkFeatures(d)
    if (rowsOf('f', f, d) === 0) throw lengthError('f must have at least one row, got 0')
    const runner = this.#runner
    return runner.run(
      (function* () {
        yield* checkFinite('f', f)
        return yield* bankOf(runner, f.slice(), d)
      })(),
    )
  }

  /**
   * Fits PatchEnergy to good images: mean and covariance of all their patches. Exact. Memory doesn't grow with the
   * number of batches; their boundaries don't change the result.
   *
   * @throws RankDeficientError when the ridge is 0 and there are too few patches
   */
  fitPatchEnergy(images: Images, options: PatchFitOptions & Job = {}): Promise<PatchEnergy> {
    return fitPatchEnergy(this.#runner, images, options)
  }

  /** PatchEnergy from a mean and a precision matrix, symmetric and positive definite; `patch` 1 to 15. */
  patchEnergyFrom(parameters: PatchParameters): PatchEnergy {
    checkOptions(parameters, 'parameters')
    return this.#runner.run(patchEnergyFrom(this.#runner, parameters))
  }

  /** A convolutional energy with random parameters, uniform in ±1/√fan_in. */
  createConvEnergy(layers: readonly ConvLayer[], options: ConvOptions): ConvEnergy {
    return this.#runner.run(createConvEnergy(this.#runner, layers, options))
  }

  /** A convolutional energy with given parameters, which may be those of f = −E: `sign` says. */
  convEnergyFrom(parameters: ConvParameters): ConvEnergy {
    checkOptions(parameters, 'parameters')
    return this.#runner.run(convEnergyFrom(this.#runner, parameters))
  }

  /** A Langevin sampler. */
  createSampler(options: SamplerOptions): LangevinSampler {
    return new LangevinSampler(this.#runner, options)
  }

  /** A trainer that starts from an energy's parameters; the energy itself stays as it is. */
  createTrainer(e: ConvEnergy, options: TrainOptions & { seed: Seed }): CdTrainer {
    return this.#runner.run(createTrainer(this.#runner, e, options))
  }

  /**
   * A model from `Model.toBytes`; the same bits.
   *
   * @throws FormatError ERR_UKERNELS_CORRUPT, ERR_UKERNELS_VERSION
   */
  fromBytes(bytes: Uint8Array): Model {
    return this.#runner.run(modelFromBytes(this.#runner, bytes))
  }

  /** One map of an image's channels: Σ|g|, √Σg² or max|g|; exact. [n, 1, h, w]. */
  reduceChannels(g: Batch, how: ChannelReduction, out?: Float32Array): Batch {
    return this.#runner.run(reduceChannels(g, how, out))
  }

  /** Gaussian blur of every channel, as `scipy.ndimage.gaussian_filter`: reflected border, cut at 4σ; exact. */
  gaussianBlur(m: Batch, sigma: number, options: BlurOptions = {}): Batch {
    return this.#runner.run(gaussianBlur(m, sigma, options))
  }

  /** Bilinear resampling as in `torch.nn.functional.interpolate(align_corners=False)`; exact. */
  resizeBilinear(m: Batch, h: number, w: number, options: { out?: Float32Array } = {}): Batch {
    checkOptions(options)
    return this.#runner.run(resize(m, h, w, 'bilinear', options.out))
  }

  /** Nearest-pixel resampling; exact. */
  resizeNearest(m: Batch, h: number, w: number, options: { out?: Float32Array } = {}): Batch {
    checkOptions(options)
    return this.#runner.run(resize(m, h, w, 'nearest', options.out))
  }

  /** Colors of a map, RGBA as `ImageData` takes it; exact. */
  toRgba(m: Batch, options: ColorOptions = {}): Uint8ClampedArray {
    checkOptions(options)
    return this.#runner.run(toRgba(m, options))
  }

  /** Calibration on scores of good images that the model hasn't seen. */
  calibrate(values: Float32Array): Calibrator {
    return this.#runner.run(calibrate(this.#runner, values))
  }

  /** EfficientAD's normalization, fitted to the pixels of maps of good images. */
  mapNormalizer(good: Float32Array): (map: Float32Array) => Float32Array {
    return this.#runner.run(mapNormalizer(good))
  }

  /** @internal */
  get runner(): KernelRunner {
    return this.#runner
  }
}
