/** Training of ConvEnergy by contrastive divergence with a replay buffer. */
import { below, checkArray, checkJob, integer, type Job, KernelError, lengthError, type Seed } from '@ukernels/runtime'
import { type Batch, ownedBatch, shapeOf } from './batch.js'
import { ConvEnergy, readConvPlan } from './conv.js'
import { Exclusive } from './exclusive.js'
import { checkInstance } from './model.js'
import { tensorField } from './model-fields.js'
import { corrupt, type ModelFile, readModel, writeModel } from './model-file.js'
import { trainSettings } from './options.js'
import { ReplayBuffer, TAGS, wordsOf } from './replay-buffer.js'
import { SpectralNorms } from './spectral-norm.js'
import { checkFinite, type KernelRunner, type Steps } from './steps.js'
import type { TrainOptions, TrainSettings } from './train-options.js'
import { fillBuffer, type Network, type StepStats, type TrainState, trainStep } from './train-step.js'

/** Progress of training, with the figures of the last step. */
export interface TrainProgress {
  phase: string
  done: number
  total: number
  stats: StepStats
}
export interface TrainJob {
  /** Steps to do. */
  iterations: number
  signal?: AbortSignal
  /** At most ten times a second, and once at the end. */
  onProgress?: (progress: TrainProgress) => void
}

const KIND = 'cd-trainer'
const PROGRESS_MS = 100
/** Power iterations for the weights that are scored with: enough to converge. */
const POWER_ITERATIONS = 30

/**
 * Contrastive divergence: ∇θ = ∇θ E(x⁺) − ∇θ E(x⁻), x⁻ from Langevin chains in a replay buffer. Runs are
 * reproducible: every random number depends on seed, step and position alone, and with `numerics: 'exact'` the
 * parameters are the same bits on every machine. Score with `ema`, not with the parameters of one step.
 *
 * An aborted or diverged `fit` keeps the last finished step.
 */
export class CdTrainer {
  readonly #runner: KernelRunner
  readonly #settings: TrainSettings
  readonly #network: Network
  #state: TrainState
  readonly #exclusive = new Exclusive()
  readonly #ema: ConvEnergy

  /** @internal */
  constructor(runner: KernelRunner, energy: ConvEnergy, settings: TrainSettings, state: TrainState) {
    this.#runner = runner
    this.#settings = settings
    this.#state = state
    this.#network = { energy, side: settings.crop }
    const params = settings.spectralNorm ? state.ema.slice() : state.ema
    this.#ema = new ConvEnergy(runner, energy.plan, energy.settings, params)
    this.#updateEma()
  }

  /** Steps done. */
  get iteration(): number {
    return this.#state.iteration
  }
  /** The average of the parameters: what to score with. The same object, kept up to date. */
  get ema(): ConvEnergy {
    return this.#ema
  }

  #updateEma(): void {
    const { norms, ema } = this.#state
    if (norms === undefined) return
    this.#ema.params.set(norms.copy().apply(ema, POWER_ITERATIONS))
  }

  /**
   * Trains on random crops of images in the caller's pixels.
   *
   * @throws DivergedError when |mean E| passes `divergesAt` or is NaN; the reason of `signal`; KernelError
   *   ERR_UKERNELS_BUSY while another fit is under way, as `step` and `restore` do
   */
  async fit(images: Batch, job: TrainJob): Promise<void> {
    checkJob(job as Job)
    const iterations = integer('iterations', job.iterations, 0, 2 ** 31)
    const { crop } = this.#settings
    const { energy } = this.#network
    const [n, c, h, w] = shapeOf('images', images)
    if (c !== energy.channels || h < crop || w < crop || n === 0)
      throw lengthError(
        `images.shape must be [n, ${energy.channels}, h, w] with n above 0 and sides of at least ${crop}, got [${images.shape.join(', ')}]`,
      )
    const own = ownedBatch(images)
    await this.#exclusive.run('fit', async () => {
      try {
        await this.#runner.start(checkFinite('images.data', own.data), { signal: job.signal })
        await this.#steps(own, iterations, job)
      } finally {
        this.#updateEma()
      }
    })
  }

  async #steps(images: Batch, iterations: number, job: TrainJob): Promise<void> {
    const { crop, batch } = this.#settings
    const [, c] = images.shape
    const positives = new Float32Array(batch * c * crop * crop)
    let reported = performance.now()
    for (let i = 0; i < iterations; i++) {
      job.signal?.throwIfAborted()
      this.#crops(images, positives)
      const stats = await this.#runner.start(this.#step(positives), { signal: job.signal })
      const now = performance.now()
      if (job.onProgress && (now - reported >= PROGRESS_MS || i === iterations - 1)) {
        reported = now
        job.onProgress({ phase: 'train', done: i + 1, total: iterations, stats })
      }
    }
  }

  #step(positives: Float32Array): Steps<StepStats> {
    const perCall = this.#runner.backend.kind === 'native' ? Math.max(1, this.#settings.steps) : 1
    return trainStep(this.#network, this.#state, this.#settings, positives, perCall)
  }

  /** Crop b of a step: image, top and left from words 0, 1, 2 of (b, step, crops); then scale and offset. */
  #crops(images: Batch, to: Float32Array): void {
    const { crop, batch, seed } = this.#settings
    const [n, c, h, w] = images.shape
    const { scale, offset } = this.#network.energy.settings
    const word = wordsOf(seed, TAGS.crops)
    const { iteration } = this.#state
    let at = 0
    for (let b = 0; b < batch; b++) {
      const image = below(word(0, b, iteration), n)
      const top = below(word(1, b, iteration), h - crop + 1)
      const left = below(word(2, b, iteration), w - crop + 1)
      for (let ch = 0; ch < c; ch++) {
        for (let y = 0; y < crop; y++) {
          const from = ((image * c + ch) * h + top + y) * w + left
          for (let x = 0; x < crop; x++)
            to[at++] = Math.fround(Math.fround(scale) * images.data[from + x]) + Math.fround(offset)
        }
      }
    }
  }

  /**
   * One step on a batch of the caller's choosing, in the caller's pixels.
   *
   * @param batch - as many images of the crop's size as the trainer's batch
   */
  step(batch: Batch): StepStats {
    const { crop, batch: count } = this.#settings
    const { energy } = this.#network
    const expected = [count, energy.channels, crop, crop]
    if (shapeOf('batch', batch).some((size, i) => size !== expected[i]))
      throw lengthError(`batch.shape must be [${expected.join(', ')}], got [${batch.shape.join(', ')}]`)
    this.#exclusive.check('step')
    const [scale, offset] = [energy.settings.scale, energy.settings.offset].map(Math.fround)
    const positives = batch.data.map((v) => Math.fround(scale * v) + offset)
    const self = this
    const stats = this.#runner.run(
      (function* () {
        yield* checkFinite('batch.data', batch.data)
        return yield* self.#step(positives)
      })(),
    )
    this.#updateEma()
    return stats
  }

  /** Everything that the next steps depend on, as bytes. */
  checkpoint(): Uint8Array {
    const { iteration, theta, m, v, ema, buffer, norms } = this.#state
    const vector = (data: Float32Array) => ({ data, shape: [data.length] })
    const u = norms?.vectors ?? new Float64Array(0)
    return writeModel({
      kind: KIND,
      settings: { ...this.#identity(), iteration },
      tensors: {
        theta: vector(theta),
        m: vector(m),
        v: vector(v),
        ema: vector(ema),
        buffer: { data: buffer.data, shape: [buffer.slots, buffer.size] },
        born: { data: buffer.born, shape: [buffer.slots] },
        u: { data: u, shape: [u.length] },
      },
    })
  }

  /** What a checkpoint must agree with. */
  #identity(): Record<string, unknown> {
    const { energy } = this.#network
    const { motion: _, seed, ...options } = this.#settings
    return { ...energy.settings, layers: energy.layers, channels: energy.channels, ...options, seed: String(seed) }
  }

  /**
   * Goes on from a checkpoint.
   *
   * @throws FormatError; KernelError ERR_UKERNELS_MISMATCH, naming the field, for one made with other options
   */
  restore(bytes: Uint8Array): void {
    checkArray('bytes', bytes, 'Uint8Array')
    this.#exclusive.check('restore')
    const file = readModel(bytes)
    if (file.kind !== KIND) throw corrupt(`kind must be '${KIND}', got '${file.kind}'`, 16)
    readConvPlan(file)
    for (const [name, mine] of Object.entries(this.#identity())) {
      const theirs = JSON.stringify(file.settings[name])
      if (theirs !== JSON.stringify(mine))
        throw new KernelError('ERR_UKERNELS_MISMATCH', `${name} must be ${JSON.stringify(mine)} as here, got ${theirs}`)
    }
    this.#state = readState(file, this.#network.energy, this.#settings)
    this.#ema.params.set(this.#state.ema)
    if (this.#state.norms === undefined) this.#state.ema = this.#ema.params
    this.#updateEma()
  }
}

function readState(file: ModelFile, energy: ConvEnergy, settings: TrainSettings): TrainState {
  const { iteration } = file.settings
  if (!Number.isSafeInteger(iteration) || (iteration as number) < 0)
    throw corrupt('settings.iteration must be an integer from 0', 16)
  const params = (name: string) => tensorField(file, name, Float32Array, energy.plan.weights)
  const state = emptyState(energy, settings)
  const { buffer, norms } = state
  if (buffer.data instanceof Uint8Array) buffer.data.set(tensorField(file, 'buffer', Uint8Array, buffer.data.length))
  else buffer.data.set(tensorField(file, 'buffer', Float32Array, buffer.data.length))
  buffer.born.set(tensorField(file, 'born', Float64Array, buffer.slots))
  const u = tensorField(file, 'u', Float64Array, norms?.vectors.length ?? 0)
  if (norms) norms.vectors = u
  return {
    ...state,
    iteration: iteration as number,
    theta: params('theta'),
    m: params('m'),
    v: params('v'),
    ema: params('ema'),
  }
}

function emptyState(energy: ConvEnergy, settings: TrainSettings): TrainState {
  const { weights } = energy.plan
  const size = energy.channels * settings.crop ** 2
  const { bufferSize, bufferStorage, range, seed } = settings
  return {
    iteration: 0,
    theta: energy.params.slice(),
    m: new Float32Array(weights),
    v: new Float32Array(weights),
    ema: energy.params.slice(),
    buffer: new ReplayBuffer(bufferSize, size, bufferStorage, range, seed),
    norms: settings.spectralNorm ? SpectralNorms.start(energy.plan, seed, TAGS.init) : undefined,
  }
}

/** `AnomalyEnergyKernel.createTrainer`: starts from the energy's parameters, which it leaves alone. */
export function* createTrainer(
  runner: KernelRunner,
  energy: ConvEnergy,
  options: TrainOptions & { seed: Seed },
): Steps<CdTrainer> {
  const settings = trainSettings(options)
  checkInstance('e', energy, ConvEnergy)
  energy.check('crop', { data: new Float32Array(0), shape: [0, energy.channels, settings.crop, settings.crop] })
  const state = emptyState(energy, settings)
  yield* fillBuffer(state.buffer, settings)
  return new CdTrainer(runner, energy, settings, state)
}
