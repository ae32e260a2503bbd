/** Options of the sampler and the trainer: every constant of the recipe. */
import {
  checkOptions,
  checkSeed,
  choice,
  flag,
  found,
  integer,
  isFiniteNonNegative,
  isFinitePositive,
  rangeError,
  real,
  type Seed,
  typeError,
} from '@ukernels/runtime'

/** `'first'`: x + noise, gradient there, step. `'with-step'`: gradient at x, step and noise together. */
export type NoiseOrder = 'first' | 'with-step'
/** What `clipAt` limits: the step λg, the gradient g, or nothing. */
export type Clip = 'step' | 'grad' | 'none'
export const noiseOrders: readonly NoiseOrder[] = ['first', 'with-step']
export const clips: readonly Clip[] = ['none', 'step', 'grad']

export interface MotionOptions {
  /** K: steps of a chain. */
  steps: number
  /** λ: factor of the gradient. */
  step: number
  /** σ of the noise. */
  noise: number
  /** Default `'first'`. */
  noiseOrder?: NoiseOrder
  /** Default `'none'`. */
  clip?: Clip
  /** Limit of |λg| or |g|; required by a clip. */
  clipAt?: number
  /** Bounds of x after every step; null for none. Default null. */
  range?: readonly [number, number] | null
}
export interface SamplerOptions extends MotionOptions {
  seed: Seed
}

/** A motion as the low-level functions take it. */
export interface Motion {
  steps: number
  lambda: number
  noise: number
  noiseFirst: 0 | 1
  clip: number
  clipAt: number
  lo: number
  hi: number
}

function rangeOf(name: string, range: readonly [number, number] | null | undefined): [number, number] {
  if (range === undefined || range === null) return [-Infinity, Infinity]
  if (!Array.isArray(range) || range.length !== 2 || !range.every((v) => typeof v === 'number'))
    throw typeError(`${name} must be [lo, hi] or null, got ${found(range)}`)
  if (!(range[0] < range[1])) throw rangeError(`${name} must be [lo, hi] with lo < hi, got [${range.join(', ')}]`)
  return [range[0], range[1]]
}

/** `prefix` is where they are among other options. */
export function motionOf(options: MotionOptions, prefix = ''): Motion {
  const clip = options.clip === undefined ? 0 : clips.indexOf(options.clip)
  if (clip < 0) choice(`${prefix}clip`, options.clip, clips)
  const [lo, hi] = rangeOf(`${prefix}range`, options.range)
  return {
    steps: integer(`${prefix}steps`, options.steps, 0, 2 ** 31),
    lambda: real(`${prefix}step`, options.step, Number.isFinite, 'finite'),
    noise: real(`${prefix}noise`, options.noise, isFiniteNonNegative, 'finite and not negative'),
    noiseFirst: choice(`${prefix}noiseOrder`, options.noiseOrder, noiseOrders) === 0 ? 1 : 0,
    clip,
    clipAt: clip === 0 ? 0 : real(`${prefix}clipAt`, options.clipAt, isFinitePositive, 'finite and above 0'),
    lo,
    hi,
  }
}

export function samplerSettings(options: SamplerOptions): { motion: Motion; seed: Seed } {
  checkOptions(options)
  return { motion: motionOf(options), seed: checkSeed(options.seed) }
}

/** Contrastive divergence, or two losses that weigh its samples. See objectives.ts. */
export type Objective = 'cd' | 'softplus' | 'logsumexp'
export const objectives: readonly Objective[] = ['cd', 'softplus', 'logsumexp']

/** The recipe's constants, in the network's own units (after scale and offset). Defaults in brackets. */
export interface TrainOptions {
  /** Samples of a step, of either kind [32]. */
  batch?: number
  /** Side of the square crops [32]; images and chains are so large. */
  crop?: number
  /** σ of the noise on training crops [0.01]. */
  dataNoise?: number
  /** Chains in the replay buffer [1024]. */
  bufferSize?: number
  /** How the buffer keeps them [`'f32'`]; `'u8'` quantizes to 256 levels of the range and dequantizes at random. */
  bufferStorage?: 'f32' | 'u8'
  /** Probability that a chain starts anew [0.05]. */
  reinit?: number
  /** K [15]. */
  steps?: number
  /** λ [0.5]. */
  step?: number
  /** σ [0.01]. */
  noise?: number
  /** [`'first'`] */
  noiseOrder?: NoiseOrder
  /** [`'step'`] */
  clip?: Clip
  /** [0.03] */
  clipAt?: number
  /** [[−1, 1]]; chains start uniform in it. */
  range?: readonly [number, number]
  /** Clip crops, and chains after every step, to the range [true]. */
  bounded?: boolean
  /** [`'cd'`] */
  objective?: Objective
  /** Weight of the squared energies in the loss [1e-3]. */
  l2?: number
  /** Largest L2 norm of a gradient; null for none [0.5]. */
  gradNorm?: number | null
  /** Adam: rate, decays, epsilon [3e-4, 0, 0.999, 1e-8]. */
  learningRate?: number
  beta1?: number
  beta2?: number
  epsilon?: number
  /** Steps over which the rate grows to its value [0]. */
  warmup?: number
  /** Decay of the average of the parameters that is used for scoring [0.99]. */
  emaDecay?: number
  /** Divide the weights of all layers but the last by their largest singular value, a power iteration per pass [false]. */
  spectralNorm?: boolean
  /** |mean E| beyond which training has diverged [1e4]. */
  divergesAt?: number
}

export interface TrainSettings extends Required<Omit<TrainOptions, 'gradNorm' | 'range'>> {
  gradNorm: number | null
  range: [number, number]
  motion: Motion
  seed: Seed
}

const share = (v: number) => v >= 0 && v < 1
const SHARE = 'in [0, 1)'
const NOT_NEGATIVE = 'finite and not negative'
const POSITIVE = 'finite and above 0'

/** `prefix` is where they are among other options. */
export function trainSettings(options: TrainOptions & { seed: Seed }, prefix = ''): TrainSettings {
  checkOptions(options)
  const batch = integer(`${prefix}batch`, options.batch, 1, 65536, 32)
  const range = rangeOf(`${prefix}range`, options.range ?? [-1, 1])
  const bounded = options.bounded === undefined || flag(`${prefix}bounded`, options.bounded)
  if (!range.every(Number.isFinite)) throw rangeError(`${prefix}range must be finite, got [${range.join(', ')}]`)
  const steps = integer(`${prefix}steps`, options.steps, 0, 65536, 15)
  const step = real(`${prefix}step`, options.step, Number.isFinite, 'finite', 0.5)
  const noise = real(`${prefix}noise`, options.noise, isFiniteNonNegative, NOT_NEGATIVE, 0.01)
  const noiseOrder = noiseOrders[choice(`${prefix}noiseOrder`, options.noiseOrder, noiseOrders)]
  const clip = options.clip ?? 'step'
  const clipAt = real(`${prefix}clipAt`, options.clipAt, isFinitePositive, POSITIVE, 0.03)
  return {
    batch,
    crop: integer(`${prefix}crop`, options.crop, 1, 65536, 32),
    dataNoise: real(`${prefix}dataNoise`, options.dataNoise, isFiniteNonNegative, NOT_NEGATIVE, 0.01),
    bufferSize: integer(`${prefix}bufferSize`, options.bufferSize, batch, 2 ** 24, Math.max(batch, 1024)),
    bufferStorage: (['f32', 'u8'] as const)[choice(`${prefix}bufferStorage`, options.bufferStorage, ['f32', 'u8'])],
    reinit: real(`${prefix}reinit`, options.reinit, (v) => v >= 0 && v <= 1, 'in [0, 1]', 0.05),
    steps,
    step,
    noise,
    noiseOrder,
    clip,
    clipAt,
    range,
    bounded,
    motion: motionOf({ steps, step, noise, noiseOrder, clip, clipAt, range: bounded ? range : null }, prefix),
    objective: objectives[choice(`${prefix}objective`, options.objective, objectives)],
    l2: real(`${prefix}l2`, options.l2, isFiniteNonNegative, NOT_NEGATIVE, 1e-3),
    gradNorm:
      options.gradNorm === null ? null : real(`${prefix}gradNorm`, options.gradNorm, isFinitePositive, POSITIVE, 0.5),
    learningRate: real(`${prefix}learningRate`, options.learningRate, isFinitePositive, POSITIVE, 3e-4),
    beta1: real(`${prefix}beta1`, options.beta1, share, SHARE, 0),
    beta2: real(`${prefix}beta2`, options.beta2, share, SHARE, 0.999),
    epsilon: real(`${prefix}epsilon`, options.epsilon, isFinitePositive, POSITIVE, 1e-8),
    warmup: integer(`${prefix}warmup`, options.warmup, 0, 2 ** 31, 0),
    emaDecay: real(`${prefix}emaDecay`, options.emaDecay, share, SHARE, 0.99),
    spectralNorm: flag(`${prefix}spectralNorm`, options.spectralNorm),
    divergesAt: real(`${prefix}divergesAt`, options.divergesAt, isFinitePositive, POSITIVE, 1e4),
    seed: checkSeed(options.seed),
  }
}
