/** Langevin chains on an energy. */
import {
  checkArray,
  checkOptions,
  found,
  integer,
  type Job,
  lengthError,
  type Seed,
  typeError,
} from '@ukernels/runtime'
import { type Batch, outFor } from './batch.js'
import { ConvEnergy } from './conv.js'
import { checkInstance } from './model.js'
import { samplerSettings } from './options.js'
import { checkFinite, type KernelRunner, type Steps, step } from './steps.js'
import type { Motion, SamplerOptions } from './train-options.js'

export interface RunOptions {
  /** Where the chains go: at least the size of x. */
  out?: Float32Array
  /** Number of the first chain, a u32. Default 0. */
  chain0?: number
  /** Number of the first step, a u32. Default 0. */
  step0?: number
}

const MOST = 2 ** 32 - 1

/** The gradient of a caller's own energy at n chains of x, into `g`. */
export type GradientFunction = (x: Float32Array, g: Float32Array) => void

/** The words of a motion, in the order of the low-level functions. */
export const motionArgs = (
  { lambda, noise, clip, clipAt, lo, hi }: Motion,
  seed: Seed,
  chain0: number,
  step0: number,
): [Seed, number, number, number, number, number, number, number, number] => [
  seed,
  chain0,
  step0,
  lambda,
  noise,
  clip,
  clipAt,
  lo,
  hi,
]

/**
 * Chains x ← clip(x − λ∇E + noise) with counter-based noise: element e of chain i at step t always draws the same
 * number, whatever the batch. True unadjusted Langevin has λ = ε²/2, σ = ε; practice uses λ much larger.
 */
export class LangevinSampler {
  readonly #runner: KernelRunner
  readonly #motion: Motion
  readonly #seed: Seed

  /** @internal */
  constructor(runner: KernelRunner, options: SamplerOptions) {
    this.#runner = runner
    const { motion, seed } = samplerSettings(options)
    this.#motion = motion
    this.#seed = seed
  }

  /**
   * Advances chains by `steps` steps. Exact where the energy's numerics are.
   *
   * @param x - n chains in the caller's pixels; gradients are with respect to them
   * @returns the chains after the last step, of the shape of x
   */
  run(e: ConvEnergy, x: Batch, options: RunOptions = {}): Batch {
    return this.#runner.run(this.#advance(e, x, options))
  }

  /** `run` as a job. */
  async runAsync(e: ConvEnergy, x: Batch, options: RunOptions & Job = {}): Promise<Batch> {
    return this.#runner.start(this.#advance(e, x, options), options)
  }

  *#advance(e: ConvEnergy, x: Batch, options: RunOptions): Steps<Batch> {
    const { out, chain0, step0 } = runSettings(options)
    checkInstance('e', e, ConvEnergy)
    const [n, c, h, w] = e.check('x', x)
    const target = outFor(out, x.data.length, x.data)
    target.set(x.data)
    yield* checkFinite('x.data', target)
    const { args } = e.network(h, w)
    const { scale, offset } = e.settings
    const { steps, noiseFirst } = this.#motion
    const motion = motionArgs(this.#motion, this.#seed, chain0, step0)
    yield step('langevinRun', 'sample', n, [...args, target, c, h, w, scale, offset, n, ...motion, steps, noiseFirst])
    return { data: target, shape: x.shape }
  }

  /**
   * The same on an energy of the caller's own. Exact given its gradients.
   *
   * @param gradient - writes ∂E/∂x of all chains into its second argument
   * @param x - chains of `size` numbers each
   */
  runWith(gradient: GradientFunction, x: Float32Array, size: number, options: RunOptions = {}): Float32Array {
    const { out, chain0, step0 } = runSettings(options)
    if (typeof gradient !== 'function') throw typeError(`gradient must be a function, got ${found(gradient)}`)
    checkArray('x', x, 'Float32Array')
    integer('size', size, 1, MOST)
    if (x.length % size !== 0) throw lengthError(`x must have a multiple of ${size} elements, got ${x.length}`)
    const target = outFor(out, x.length, x)
    return this.#runner.run(this.#advanceWith(gradient, x, size, target, chain0, step0))
  }

  *#advanceWith(
    gradient: GradientFunction,
    x: Float32Array,
    size: number,
    target: Float32Array,
    chain0: number,
    step0: number,
  ): Steps<Float32Array> {
    yield* checkFinite('x', x)
    target.set(x)
    const n = x.length / size
    const g = new Float32Array(x.length)
    const { steps, noiseFirst } = this.#motion
    const quiet = { ...this.#motion, noise: 0 }
    for (let k = 0; k < steps; k++) {
      const at = (step0 + k) >>> 0
      if (noiseFirst)
        yield step('langevinUpdate', 'noise', n, [
          target,
          undefined,
          n,
          size,
          ...motionArgs(this.#motion, this.#seed, chain0, at),
        ])
      gradient(target, g)
      const motion = motionArgs(noiseFirst ? quiet : this.#motion, this.#seed, chain0, at)
      yield step('langevinUpdate', 'step', n, [target, g, n, size, ...motion])
    }
    return target
  }
}

function runSettings(options: RunOptions) {
  checkOptions(options)
  return {
    out: options.out,
    chain0: integer('chain0', options.chain0, 0, MOST, 0),
    step0: integer('step0', options.step0, 0, MOST, 0),
  }
}
