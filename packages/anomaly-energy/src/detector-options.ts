/** Options of the detector, their defaults and their validation. */
import {
  checkOptions,
  checkSeed,
  choice,
  integer,
  isFiniteNonNegative,
  type Job,
  list,
  numberOf,
  real,
  type Seed,
  typeError,
} from '@ukernels/runtime'
import { type ConvLayer, defaultLayers, planOf } from './conv-plan.js'
import type { FeatureExtractor } from './features.js'
import { corrupt } from './model-file.js'
import { type PatchFitOptions, patchSettings, type ScoreName, scoreNames, weightOf } from './options.js'
import { type TileOptions, tileSettings } from './tiling.js'
import { type TrainOptions, trainSettings } from './train-options.js'

export type DetectorMethod = 'patch-energy' | 'conv-ebm' | 'padim' | 'patchcore' | 'fre' | 'gaussian'
export const methods: readonly DetectorMethod[] = ['patch-energy', 'conv-ebm', 'padim', 'patchcore', 'fre', 'gaussian']

/**
 * Which map shows the defect: |∂E/∂x|, the local energy, what descending the energy changes, or by how many standard
 * deviations log |∂E/∂x| is off that of good images, up or down.
 */
export type MapKind = 'gradient' | 'energy' | 'descent' | 'two-sided'
const mapKinds: readonly MapKind[] = ['gradient', 'energy', 'descent', 'two-sided']

export interface DetectorOptions extends Job {
  /**
   * - `'patch-energy'` (default), `'conv-ebm'`: energies of the pixels themselves.
   * - `'padim'`, `'patchcore'`, `'gaussian'`: of feature maps, by location; `'fre'`: of whole feature maps.
   */
  method?: DetectorMethod
  /** Feature maps of images, for the last four methods. Default the pixels themselves. */
  features?: FeatureExtractor
  seed: Seed
  /**
   * Share of the images that is kept from the fit to calibrate p-values, in [0, 1): of n images round(calibration · n), at
   * least one of two, at most 512; which ones follows from the seed, in a stream as in one batch. Default 0.2.
   */
  calibration?: number
  /**
   * Rate of false alarms of `isAnomalous`, in (0, 1]. It takes 1 / fpr − 1 calibration images (0.05 takes 19, 0.01 takes
   * 99), or the fit throws. Default 0.05, or with fewer than 19 of them the smallest rate they can tell, 1 / (n + 1).
   * With a `weight` w of both tails fpr · max(w, 1 − w) stands for fpr in this (0.05 takes 39 with w = 0.5): the rate of
   * the tail that weighs more.
   */
  fpr?: number
  /** Share of the upper tail in p-values: see `Calibrator.pValue`. Default 1. */
  weight?: number
  /** Blur of maps in pixels. Default 4, of `'conv-ebm'` 2. */
  sigma?: number
  /** Image score of the energies of pixels. Default `'gMax'`, of `'conv-ebm'` `'gL2'`. */
  score?: ScoreName
  /**
   * Map of the energies of pixels. Default `'gradient'`, of `'conv-ebm'` `'energy'`. With calibration images a
   * `'descent'` stops at the energy per pixel that the rate `fpr` of them (of tiles) passes, so that maps of good images
   * are 0; without, it takes 50 steps. `'two-sided'` is |blur(log(|∂E/∂x| + 10⁻³)) − m| / s, m and s mean and standard
   * deviation of the calibration images: it shows blurred defects as well, which have less energy than good texture, and
   * ranks whole images worse.
   */
  map?: MapKind
  /** `'crop'` sets the p − 1 pixels at the border of PatchEnergy's maps to 0, where fewer patches vote. Default `'keep'`. */
  border?: 'keep' | 'crop'
  /** Works on tiles of larger images; required by methods on features when images differ in size. */
  tile?: TileOptions
  /** Of `'patch-energy'`. */
  patch?: PatchFitOptions
  /** Of `'conv-ebm'`: network, recipe and steps. Defaults: 500 steps on the default layers. */
  conv?: TrainOptions & { layers?: readonly ConvLayer[]; iterations?: number; numerics?: 'fast' | 'exact' }
  /** Channels of `'padim'` that are kept at random. Default 100. */
  channels?: number
  /** Ridge of `'padim'` and `'gaussian'`. Default 0.01. */
  ridge?: number
  /** Share of the patches in the bank of `'patchcore'`. Default 0.1. */
  ratio?: number
  /** Share of the variance that `'fre'` explains. Default 0.97. */
  variance?: number
  /** Anything of the caller's that goes into the model file, as JSON. */
  info?: Record<string, unknown>
}

/** What a fitted detector is, and what its file says. */
export interface DetectorSettings {
  method: DetectorMethod
  seed: string
  fpr: number | undefined
  weight: number
  sigma: number
  score: ScoreName
  map: MapKind
  border: 'keep' | 'crop'
  tile: Required<TileOptions> | undefined
  info: Record<string, unknown>
}

/** What only the fit needs. */
export interface FitSettings {
  calibration: number
  patch: PatchFitOptions
  layers: readonly ConvLayer[]
  iterations: number
  numerics: 'fast' | 'exact'
  train: TrainOptions
  channels: number
  ridge: number
  ratio: number
  variance: number
}

const share = (v: number) => v > 0 && v <= 1

export function detectorSettings(options: DetectorOptions): DetectorSettings {
  checkOptions(options)
  const method = methods[choice('method', options.method, methods)]
  const conv = method === 'conv-ebm'
  if (options.tile !== undefined) checkOptions(options.tile, 'tile')
  return {
    method,
    seed: String(checkSeed(options.seed)),
    fpr: options.fpr === undefined ? undefined : real('fpr', options.fpr, share, 'in (0, 1]'),
    weight: weightOf({ weight: options.weight }),
    sigma: real('sigma', options.sigma, isFiniteNonNegative, 'finite and not negative', conv ? 2 : 4),
    score:
      scoreNames[
        options.score === undefined
          ? scoreNames.indexOf(conv ? 'gL2' : 'gMax')
          : numberOf('score', options.score, scoreNames)
      ],
    map: options.map === undefined && conv ? 'energy' : mapKinds[choice('map', options.map, mapKinds)],
    border: (['keep', 'crop'] as const)[choice('border', options.border, ['keep', 'crop'])],
    tile: options.tile && tileSettings(options.tile),
    info: infoOf(options.info),
  }
}

/** The part of it that is JSON. */
function infoOf(info: Record<string, unknown> | undefined): Record<string, unknown> {
  if (info === undefined) return {}
  checkOptions(info, 'info')
  try {
    return JSON.parse(JSON.stringify(info))
  } catch (error) {
    throw typeError(`info must be JSON: ${(error as Error).message}`)
  }
}

export function fitSettings(options: DetectorOptions): FitSettings {
  const { layers, iterations, numerics, ...train } = options.conv ?? {}
  // What doesn't depend on the images is refused before any of them is read.
  planOf(layers ?? defaultLayers, 1, 'conv.layers')
  trainSettings({ ...train, seed: options.seed }, 'conv.')
  return {
    calibration: real('calibration', options.calibration, (v) => v >= 0 && v < 1, 'in [0, 1)', 0.2),
    patch: patchSettings(options.patch, 'patch.') as PatchFitOptions,
    layers: layers ?? defaultLayers,
    iterations: integer('conv.iterations', iterations, 0, 2 ** 31, 500),
    numerics: (['fast', 'exact'] as const)[choice('conv.numerics', numerics, ['fast', 'exact'])],
    train,
    channels: integer('channels', options.channels, 1, 65536, 100),
    ridge: real('ridge', options.ridge, isFiniteNonNegative, 'finite and not negative', 0.01),
    ratio: real('ratio', options.ratio, share, 'in (0, 1]', 0.1),
    variance: real('variance', options.variance, share, 'in (0, 1]', 0.97),
  }
}

/** The settings of a file, through the same checks as a caller's options. */
export function readSettings(settings: Record<string, unknown>): DetectorSettings {
  try {
    if (!methods.includes(settings.method as never)) throw typeError(`method must be one of ${list(methods)}`)
    return detectorSettings({ ...settings, seed: BigInt(settings.seed as string) } as DetectorOptions)
  } catch (error) {
    throw corrupt(`settings: ${(error as Error).message}`, 16)
  }
}
