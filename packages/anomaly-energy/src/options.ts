/** Option types of the kernel's methods, their defaults and their validation: the one place for all three. */
import {
  checkOptions,
  checkSeed,
  choice,
  integer,
  isFiniteNonNegative,
  isFinitePositive,
  noOptions,
  number,
  numberOf,
  RECIPROCAL,
  rangeError,
  real,
  real32,
  reciprocates,
  type Seed,
  typeError,
} from '@ukernels/runtime'
import type { Palette } from './palette.js'

const NON_NEGATIVE = 'finite and not negative'
const POSITIVE = 'finite and above 0'
const MOST = 2 ** 32 - 1

/** Features per row: 1 to 2^31. */
export const checkFeatures = (d: number): number => integer('d', d, 1, 2 ** 31)

// ---- free energy -----------------------------------------------------------------------------------

export interface FreeEnergyOptions {
  /** T > 0. Default 1. */
  temperature?: number
  /** Where energies (n) and gradients (n · k) go; gradients are computed when there is room for them. */
  out?: { energy?: Float32Array; gradient?: Float32Array }
  /** What NaN and ±Inf do: NonFiniteError, or results by their limits. Default `'throw'`. */
  nonFinite?: 'throw' | 'propagate'
}
const nonFiniteModes = ['throw', 'propagate'] as const

export function freeEnergySettings(k: number, options: FreeEnergyOptions = noOptions) {
  checkOptions(options)
  integer('k', k, 1, 2 ** 31)
  return {
    temperature: real32('temperature', options.temperature, reciprocates, RECIPROCAL, 1),
    propagate: choice('nonFinite', options.nonFinite, nonFiniteModes) === 1,
  }
}

// ---- feature-space energies ----------------------------------------------------------------------

export interface GaussianOptions {
  /** ρ ≥ 0, added to the diagonal of Σ. Default 0. */
  ridge?: number
  /** Σ is divided by n − ddof. Default 1. */
  ddof?: 0 | 1
}

export function gaussianSettings(d: number, options: GaussianOptions = noOptions) {
  checkOptions(options)
  integer('d', d, 1, 2 ** 16)
  return {
    ridge: real('ridge', options.ridge, isFiniteNonNegative, NON_NEGATIVE, 0),
    ddof: integer('ddof', options.ddof, 0, 1, 1) as 0 | 1,
  }
}

export interface LocationOptions {
  /** ρ ≥ 0, added to the diagonal of every Σ_u. Default 0.01. */
  ridge?: number
}

export function locationSettings(options: LocationOptions = noOptions) {
  checkOptions(options)
  return { ridge: real('ridge', options.ridge, isFiniteNonNegative, NON_NEGATIVE, 0.01) }
}

/** A share of the variance, in (0, 1]: the fewest directions that reach it; or their number. */
export type SubspaceOptions = { variance: number; k?: undefined } | { k: number; variance?: undefined }
export type SubspaceSize = SubspaceOptions

export function subspaceSize(d: number, options: SubspaceOptions): SubspaceSize {
  checkFeatures(d)
  checkOptions(options)
  const { variance, k } = options
  if ((variance === undefined) === (k === undefined)) throw typeError('one of variance and k is required, not both')
  if (k !== undefined) return { k: integer('k', k, 1, d) }
  return { variance: real('variance', variance, (v) => v > 0 && v <= 1, 'in (0, 1]') }
}

export interface CoresetOptions {
  /** Rows to keep; more than there are counts as all. */
  m?: number
  /** Share of the rows to keep, in (0, 1]. Default 0.1; not together with `m`. */
  ratio?: number
  /** Dimension of a random projection for the distances of the selection; 0 for none. Default ⌊4 ln n / (ε²/2 − ε³/3)⌋ with ε = 0.9, where that is less than d. */
  project?: number
  /** First row. Default drawn from the seed. */
  start?: number
  seed: Seed
}

export function coresetSettings(n: number, d: number, options: CoresetOptions, automatic: number) {
  checkFeatures(d)
  checkOptions(options)
  if (options.m !== undefined && options.ratio !== undefined)
    throw typeError('one of m and ratio may be given, not both')
  const ratio = real('ratio', options.ratio, (v) => v > 0 && v <= 1, 'in (0, 1]', 0.1)
  const m = Math.min(n, integer('m', options.m, 1, MOST, Math.max(1, Math.round(ratio * n))))
  const dimension = integer('project', options.project, 0, 2 ** 24, automatic)
  const start = options.start === undefined ? undefined : integer('start', options.start, 0, n - 1)
  const projected = dimension > 0 && dimension < d ? dimension : undefined
  return { m, start, seed: checkSeed(options.seed), projected }
}

export interface QueryOptions {
  /** Where distances and indices (n · k) go. */
  out?: { dist?: Float32Array; index?: Uint32Array }
}
export const neighborCount = (k: number): number => integer('k', k, 1, MOST)

// ---- patch energy and scores ------------------------------------------------------------------------

export interface PatchFitOptions {
  /** Pixels per side of a patch. Default 7. */
  patch?: 3 | 5 | 7 | 9 | 11
  /** Distance of training patches in pixels. Default 2. */
  stride?: number
  /** ρ ≥ 0, added to the diagonal of Σ; scales with the square of the pixel range. Default 1e-4. */
  ridge?: number
}

/** `prefix` is where they are among other options. */
export function patchSettings(options: PatchFitOptions = noOptions, prefix = '') {
  checkOptions(options)
  const patch = number(`${prefix}patch`, options.patch ?? 7)
  if (![3, 5, 7, 9, 11].includes(patch)) throw rangeError(`${prefix}patch must be one of 3, 5, 7, 9, 11, got ${patch}`)
  return {
    patch,
    stride: integer(`${prefix}stride`, options.stride, 1, 2 ** 16, 2),
    ridge: real(`${prefix}ridge`, options.ridge, isFiniteNonNegative, NON_NEGATIVE, 1e-4),
  }
}

/**
 * - `'energy'`: E.
 * - `'gL1'`, `'gL2'`, `'gMax'`: norms of the gradient over pixels and channels.
 * - `'blurMax'`: largest value of the blurred Σ_c |g|.
 * - `'topQ'`: mean of the largest q percent of Σ_c |g|.
 * - `'energyMapMax'`: largest value of the blurred local energy.
 */
export type ScoreName = 'energy' | 'gL1' | 'gL2' | 'gMax' | 'blurMax' | 'topQ' | 'energyMapMax'
export const scoreNames: readonly ScoreName[] = ['energy', 'gL1', 'gL2', 'gMax', 'blurMax', 'topQ', 'energyMapMax']

export interface ScoreOptions {
  /** Blur of `'blurMax'` and `'energyMapMax'` in pixels of the map. Default 4. */
  sigma?: number
  /** Percent of pixels of `'topQ'`, in (0, 100]. Default 1. */
  q?: number
  /** Where the scores go: at least n. */
  out?: Float32Array
}
export interface ScoreSettings {
  how: ScoreName
  sigma: number
  radius: number
  q: number
  out: Float32Array | undefined
}

/** `given` may be the array that the scores go to. */
export function scoreSettings(how: ScoreName, given: ScoreOptions | Float32Array = noOptions): ScoreSettings {
  checkOptions(given)
  const options: ScoreOptions = ArrayBuffer.isView(given) ? { out: given } : given
  numberOf('how', how, scoreNames)
  const sigma = real('sigma', options.sigma, isFiniteNonNegative, NON_NEGATIVE, 4)
  const q = real('q', options.q, (v) => v > 0 && v <= 100, 'in (0, 100]', 1)
  return { how, sigma, radius: blurRadius(sigma, noOptions), q, out: options.out }
}

export const maxSteps = (steps: number | undefined): number => integer('maxSteps', steps, 0, 1e6, 50)

// ---- convolutional energy ----------------------------------------------------------------------

export interface ConvOptions {
  /** Channels of the images, 1 to 1024. */
  channels: number
  /** Pixels x enter the network as scale · x + offset. Defaults 2 and −1: [0, 1] becomes [−1, 1]. */
  scale?: number
  offset?: number
  /** Default `'fast'`. */
  numerics?: 'fast' | 'exact'
  seed: Seed
}
const numericsNames = ['fast', 'exact'] as const

export function convSettings(options: ConvOptions) {
  checkOptions(options)
  return {
    channels: integer('channels', options.channels, 1, 1024),
    scale: real('scale', options.scale, Number.isFinite, 'finite', 2),
    offset: real('offset', options.offset, Number.isFinite, 'finite', -1),
    numerics: numericsNames[choice('numerics', options.numerics, numericsNames)],
    seed: checkSeed(options.seed),
  }
}

// ---- maps --------------------------------------------------------------------------------------

export interface BlurOptions {
  /** Where the kernel is cut, in σ. Default 4. */
  truncate?: number
  /** What lies outside: the image mirrored with its edge repeated (d c b a | a b c d). */
  border?: 'reflect'
  out?: Float32Array
}

/** ⌊truncate · σ + ½⌋ taps on each side, as scipy.ndimage.gaussian_filter. */
export function blurRadius(sigma: number, options: BlurOptions): number {
  checkOptions(options)
  choice('border', options.border, ['reflect'])
  const reach =
    real('sigma', sigma, isFiniteNonNegative, NON_NEGATIVE) *
    real('truncate', options.truncate, isFiniteNonNegative, NON_NEGATIVE, 4)
  const radius = Math.floor(reach + 0.5)
  if (radius > 65535) throw rangeError(`sigma · truncate must be at most 65535, got ${reach}`)
  return radius
}

export const checkSize = (name: string, size: number): number => integer(name, size, 1, 2 ** 24)

export interface ColorOptions {
  /** Value of the first color. Default the smallest. */
  lo?: number
  /** Value of the last color. Default the largest. */
  hi?: number
  /** Default `'inferno'`. */
  palette?: Palette
  /** At least 4 bytes per pixel. */
  out?: Uint8ClampedArray
}

// ---- calibration and metrics -------------------------------------------------------------------

export interface PValueOptions {
  /** Share w of the upper tail in min(1, pU / w, pL / (1 − w)); 1 is the upper tail alone. Default 1. */
  weight?: number
}
export function weightOf(options: PValueOptions = noOptions): number {
  checkOptions(options)
  return real('weight', options.weight, (v) => v >= 0 && v <= 1, 'in [0, 1]', 1)
}

/** A true-positive rate, in (0, 1]. */
export const checkRate = (name: string, rate: number | undefined, fallback: number): number =>
  real(name, rate, (v) => v > 0 && v <= 1, 'in (0, 1]', fallback)

export interface AupimoOptions {
  /** Bounds of the false-positive rate, 0 < lower < upper ≤ 1. Defaults 1e-5 and 1e-4. */
  lower?: number
  upper?: number
}
export function aupimoBounds(options: AupimoOptions = noOptions) {
  checkOptions(options)
  const lower = real('lower', options.lower, isFinitePositive, POSITIVE, 1e-5)
  const upper = real('upper', options.upper, (v) => v > lower && v <= 1, `in (${lower}, 1]`, 1e-4)
  return { lower, upper }
}

export { type SamplerOptions, samplerSettings, type TrainOptions, trainSettings } from './train-options.js'
