/** ConvEnergy: a small convolutional energy. */
import { allocate, lengthError, typeError } from '@ukernels/runtime'
import { type Batch, groupsOf, outFor, shapeOf } from './batch.js'
import { type ConvLayer, type ConvPlan, geometryOf, planOf } from './conv-plan.js'
import { type DescentOptions, descentMap, descentSettings } from './descent.js'
import { BaseModel } from './model.js'
import { integerField, nameField, numberField, tensorField } from './model-fields.js'
import { corrupt, type ModelFile } from './model-file.js'
import { type ScoreName, type ScoreOptions, scoreSettings } from './options.js'
import { scoresFrom } from './scores.js'
import { checkFinite, type KernelRunner, type Steps, step } from './steps.js'

/** α of a descent map. */
const DESCENT_STEP = 0.5

/** What a network is besides its parameters. */
export interface ConvSettings {
  scale: number
  offset: number
  numerics: 'fast' | 'exact'
}

interface Outputs {
  energy: Float64Array
  local?: Float32Array
  gradient?: Float32Array
}

/**
 * E(x) = Σ_u e_θ(x)_u: the sum of local energies of a fully convolutional network on scale · x + offset. Gradients are
 * with respect to x. `numerics: 'fast'` is within 1e-5 of f64; `'exact'` gives the same bits everywhere at about half
 * the speed.
 */
export class ConvEnergy extends BaseModel {
  readonly kind = 'conv-energy'
  /** @internal */
  readonly plan: ConvPlan
  /** @internal */
  readonly settings: ConvSettings
  #params: Float32Array

  /** @internal */
  constructor(runner: KernelRunner, plan: ConvPlan, settings: ConvSettings, params: Float32Array) {
    super(runner)
    this.plan = plan
    this.settings = settings
    this.#params = params
  }

  /** Weights [out][in][ky][kx] and then biases of every layer, one after another. The model's own memory: don't write. */
  get params(): Float32Array {
    this.live()
    return this.#params
  }
  get layers(): readonly ConvLayer[] {
    return this.plan.layers
  }
  get channels(): number {
    return this.plan.channels
  }

  /** @internal Shape of images that the network can take. */
  check(name: string, x: Batch): [n: number, c: number, h: number, w: number] {
    const [n, c, h, w] = shapeOf(name, x)
    if (c !== this.plan.channels) throw lengthError(`${name}.shape must have ${this.plan.channels} channels, got ${c}`)
    geometryOf(this.plan, h, w, name)
    return [n, c, h, w]
  }

  /** @internal The arguments of a low-level call that describe the network. */
  network(h: number, w: number) {
    const { words, layers, weights, widest } = this.plan
    const { activations, oh, ow } = geometryOf(this.plan, h, w)
    const numerics = this.settings.numerics === 'exact' ? 1 : 0
    const args: [Uint32Array, Float32Array, number, number, number, number, number] = [
      words,
      this.params,
      layers.length,
      weights,
      activations,
      widest,
      numerics,
    ]
    return { args, oh, ow, places: oh * ow }
  }

  /** @internal Energies, and what else there is room for. */
  *evaluate(x: Batch, { energy, local, gradient }: Outputs): Steps<void> {
    const [n, c, h, w] = x.shape
    const { args, places } = this.network(h, w)
    const { scale, offset } = this.settings
    const size = c * h * w
    for (const [begin, end] of groupsOf(n, size)) {
      const count = end - begin
      const part = (data: Float32Array | undefined, each: number) => data?.subarray(begin * each, end * each)
      yield step('convEnergy', 'energy', count, [
        ...args,
        part(x.data, size) as Float32Array,
        c,
        h,
        w,
        scale,
        offset,
        count,
        places,
        energy.subarray(begin, end),
        part(local, places),
        part(gradient, size),
      ])
    }
  }

  #call<R>(x: Batch, make: () => { outputs: Outputs; result: () => R }): R {
    const { outputs, result } = make()
    const self = this
    return this.run(
      (function* () {
        yield* checkFinite('x.data', x.data)
        yield* self.evaluate(x, outputs)
        return result()
      })(),
    )
  }

  /** Energies of n images: sums of their local energies. */
  energy(x: Batch, out?: Float32Array): Float32Array {
    const [n] = this.check('x', x)
    const target = outFor(out, n, x.data)
    return this.#call(x, () => {
      const energy = new Float64Array(n)
      return {
        outputs: { energy },
        result: () => {
          target.set(energy)
          return target
        },
      }
    })
  }

  /** Local energies, [n, 1, oh, ow]: one forward pass. */
  localEnergy(x: Batch, out?: Float32Array): Batch {
    const [n, , h, w] = this.check('x', x)
    const { oh, ow } = geometryOf(this.plan, h, w)
    const local = outFor(out, n * oh * ow, x.data)
    return this.#call(x, () => ({
      outputs: { energy: new Float64Array(n), local },
      result: (): Batch => ({ data: local, shape: [n, 1, oh, ow] }),
    }))
  }

  /** Gradients, and energies where asked for, into the caller's arrays. No weight gradient is computed. */
  energyAndGradient(x: Batch, options: { out: { gradient: Float32Array; energy?: Float32Array } }): void {
    const [n] = this.check('x', x)
    const { out } = options ?? {}
    if (out?.gradient === undefined) throw typeError('out.gradient is required: a Float32Array of the size of x.data')
    const gradient = outFor(out.gradient, x.data.length, x.data, 'out.gradient')
    const target = out.energy && outFor(out.energy, n, x.data, 'out.energy')
    this.#call(x, () => {
      const energy = new Float64Array(n)
      return { outputs: { energy, gradient }, result: () => target?.set(energy) }
    })
  }

  /** @internal */
  *gradients(x: Batch): Steps<{ g: Float32Array; energy: Float32Array }> {
    const g = allocate(Float32Array, x.data.length)
    const energy = new Float64Array(x.shape[0])
    yield* this.evaluate(x, { energy, gradient: g })
    return { g, energy: Float32Array.from(energy) }
  }

  /** @internal */
  *energyMaps(x: Batch): Steps<Batch> {
    const [n, , h, w] = x.shape
    const { oh, ow } = geometryOf(this.plan, h, w)
    const local = allocate(Float32Array, n * oh * ow)
    yield* this.evaluate(x, { energy: new Float64Array(n), local })
    return { data: local, shape: [n, 1, oh, ow] }
  }

  /**
   * One number per image, larger = more anomalous; NaN where pixels are so large that the gradient or energy overflows.
   *
   * @param how - default `'gL2'`, the norm of the gradient; `'energy'` is comparable between images of one size only
   * @param options - or `out` alone: at least n
   */
  score(x: Batch, how: ScoreName = 'gL2', options: ScoreOptions | Float32Array = {}): Float32Array {
    return this.run(this.scores(x, how, options))
  }

  /** @internal The steps of `score`. */
  *scores(x: Batch, how: ScoreName, options: ScoreOptions | Float32Array): Steps<Float32Array> {
    const [n] = this.check('x', x)
    const settings = scoreSettings(how, options)
    const result = outFor(settings.out, n, x.data)
    yield* checkFinite('x.data', x.data)
    yield* scoresFrom(settings, x.shape, result, {
      gradient: () => this.gradients(x),
      energyMap: () => this.energyMaps(x),
    })
    return result
  }

  /** Map of what a descent on the energy changes: |x_T − x|, of the shape of x. Step α default 0.5. */
  descentMap(x: Batch, options: DescentOptions = {}): Batch {
    this.check('x', x)
    return this.run(descentMap(x, descentSettings(options, DESCENT_STEP), (at) => this.gradients(at)))
  }

  protected file(): ModelFile {
    const { layers, channels, weights } = this.plan
    return {
      kind: this.kind,
      settings: { channels, layers, ...this.settings },
      tensors: { params: { data: this.params, shape: [weights] } },
    }
  }

  protected release(): void {
    this.#params = new Float32Array(0)
  }
}

/** Plan and settings out of a file. */
export function readConvPlan(file: ModelFile): { plan: ConvPlan; settings: ConvSettings } {
  const finite = (name: string) => numberField(file, name, Number.isFinite, 'finite')
  const settings: ConvSettings = {
    scale: finite('scale'),
    offset: finite('offset'),
    numerics: nameField(file, 'numerics', ['fast', 'exact']),
  }
  try {
    const plan = planOf(file.settings.layers as ConvLayer[], integerField(file, 'channels', 1, 1024))
    return { plan, settings }
  } catch (error) {
    throw corrupt(`settings.layers: ${(error as Error).message}`, 16)
  }
}

/** A model from a checked file. */
export function readConv(runner: KernelRunner, file: ModelFile): ConvEnergy {
  const { plan, settings } = readConvPlan(file)
  return new ConvEnergy(runner, plan, settings, tensorField(file, 'params', Float32Array, plan.weights))
}
