/** PatchEnergy: a Gaussian energy over all patches of an image, in closed form. */
import { allocate, type Job, KernelError, lengthError } from '@ukernels/runtime'
import { type Batch, groupsOf, outFor, shapeOf } from './batch.js'
import { type DescentOptions, descentMap, descentSettings } from './descent.js'
import type { Images } from './image-stream.js'
import { checkOther, FittedModel } from './model.js'
import type { ModelFile } from './model-file.js'
import { type ScoreName, type ScoreOptions, scoreSettings } from './options.js'
import { type BorderKernels, borderKernels } from './patch-kernels.js'
import { addImages, mergeFits, type PatchFit } from './patch-moments.js'
import { fittedState, type PatchState, patchFile, readPatchState } from './patch-state.js'
import { scoresFrom } from './scores.js'
import { checkFinite, type KernelRunner, type Steps, step } from './steps.js'

/** Gradient of images that have been checked, and the energies that come with it. */
interface GradientResult {
  g: Float32Array
  energy: Float32Array
}

/**
 * E(x) = ½ Σ_i (P_i x − μ)ᵀ A (P_i x − μ) over all p × p windows P_i. Energies and gradients are exact: the same bits on
 * every backend. The gradient map |∂E/∂x| shows where a defect is; near the border it is dimmer, because fewer patches
 * hold a pixel.
 */
export class PatchEnergy extends FittedModel<PatchState> {
  readonly kind = 'patch-energy'
  #borders = new Map<string, BorderKernels>()

  /** Pixels per side of a patch. */
  get patch(): number {
    return this.state.patch
  }
  /** Channels of the images. */
  get channels(): number {
    return this.state.channels
  }
  /** Patches that were fitted; 0 where the parameters were given. */
  get n(): number {
    return this.state.fit?.moments.n ?? 0
  }
  /** μ, p·p·c numbers with index (c·p + a_y)·p + a_x. */
  get mean(): Float64Array {
    return this.state.mean.slice()
  }
  /** A = (Σ + ρI)⁻¹. */
  get precision(): Float64Array {
    return this.state.precision.slice()
  }
  /** The filter whose convolution with an image is the gradient, p − 1 pixels from the border: [c][c][2p − 1][2p − 1]. */
  get kappa(): Float32Array {
    const { kernels } = this.#interior()
    return kernels.slice()
  }
  /** What is added to the convolution of the centered image, per channel. */
  get bias(): Float32Array {
    return this.#interior().bias.slice()
  }

  #fit({ fit } = this.state): PatchFit {
    if (fit === undefined)
      throw new KernelError('ERR_UKERNELS_NOT_FITTED', 'an energy from given parameters has no fit to be added to')
    return fit
  }

  protected override change(state: PatchState): void {
    super.change(state)
    this.#borders.clear()
  }

  /**
   * Adds images to the fit, with its patch size, stride and ridge. Patches come in blocks of 256, merged in order: the
   * same bits as one fit where what was fitted before is whole blocks, else mean and covariance within 1e-12. Aborted
   * or failed, it leaves the model as it was.
   *
   * @throws KernelError ERR_UKERNELS_NOT_FITTED for a model from `patchEnergyFrom`
   */
  async partialFit(images: Images, job: Job = {}): Promise<void> {
    const before = this.#fit()
    await this.changeBy(async (runner) => runner.start(fittedState(await addImages(runner, images, before, job)), job))
  }

  /** Adds the patches that another model has seen. Same patch, channels, stride and ridge, or ERR_UKERNELS_MISMATCH. */
  merge(other: PatchEnergy): void {
    checkOther(this, other, PatchEnergy)
    const [mine, its] = [this.#fit(this.free), other.#fit()]
    this.change(
      this.run(
        (function* () {
          return yield* fittedState(yield* mergeFits(mine, its))
        })(),
      ),
    )
  }

  #interior(): BorderKernels {
    const { patch, channels } = this.state
    const taps = 2 * patch - 1
    const { kernels, bias } = this.#bordersFor(taps, taps)
    const middle = (patch - 1) * taps + patch - 1
    const size = channels * channels * taps * taps
    return {
      kernels: kernels.subarray(middle * size, (middle + 1) * size),
      bias: bias.subarray(middle * channels, (middle + 1) * channels),
    }
  }

  #bordersFor(h: number, w: number): BorderKernels {
    const state = this.state
    const taps = 2 * state.patch - 1
    const key = `${Math.min(h, taps)} ${Math.min(w, taps)}`
    let known = this.#borders.get(key)
    if (known === undefined) {
      known = borderKernels(state, h, w)
      this.#borders.set(key, known)
    }
    return known
  }

  protected override prepare(h: number, w: number): void {
    if (h >= this.patch && w >= this.patch) this.#bordersFor(h, w)
  }

  /** @internal Shape of images that the model can take. */
  check(name: string, x: Batch): [n: number, c: number, h: number, w: number] {
    const { patch, channels } = this.state
    const [n, c, h, w] = shapeOf(name, x)
    if (c !== channels) throw lengthError(`${name}.shape must have ${channels} channels, got ${c}`)
    if (h < patch || w < patch)
      throw lengthError(`${name}.shape must be at least ${patch} × ${patch}, the size of a patch, got ${h} × ${w}`)
    return [n, c, h, w]
  }

  *#gradients(x: Batch, out?: Float32Array): Steps<GradientResult> {
    const { patch: p, center, constant } = this.state
    const [n, c, h, w] = x.shape
    const g = out ?? allocate(Float32Array, x.data.length)
    const energy = new Float32Array(n)
    const { kernels, bias } = this.#bordersFor(h, w)
    const patches = (h - p + 1) * (w - p + 1)
    for (const [begin, end] of groupsOf(n, c * h * w)) {
      const rows = (end - begin) * c * h
      const dots = new Float64Array(rows)
      const part = (data: Float32Array) => data.subarray(begin * c * h * w, end * c * h * w)
      yield step('patchGradient', 'gradient', rows, [
        part(x.data),
        center,
        kernels,
        bias,
        end - begin,
        c,
        h,
        w,
        p,
        rows,
        part(g),
        dots,
      ])
      for (let i = begin; i < end; i++) {
        let sum = 0
        for (let r = (i - begin) * c * h; r < (i - begin + 1) * c * h; r++) sum += dots[r]
        energy[i] = 0.5 * (sum + patches * constant)
      }
    }
    return { g, energy }
  }

  /**
   * Energies of n images. Within 5e-6 of the largest |gradient| · pixels of f64, because they come from the f32
   * gradient: E = ½ (⟨x, g + β⟩ + patches · μᵀAμ), sums in f64.
   */
  energy(x: Batch, out?: Float32Array): Float32Array {
    const [n] = this.check('x', x)
    const result = outFor(out, n, x.data)
    const self = this
    return this.run(
      (function* () {
        yield* checkFinite('x.data', x.data)
        const { energy } = yield* self.#gradients(x)
        result.set(energy)
        return result
      })(),
    )
  }

  /** ∂E/∂x, of the shape of x. Exact, border included. */
  gradient(x: Batch, out?: Float32Array): Batch {
    this.check('x', x)
    const result = outFor(out, x.data.length, x.data)
    const self = this
    return this.run(
      (function* (): Steps<Batch> {
        yield* checkFinite('x.data', x.data)
        yield* self.#gradients(x, result)
        return { data: result, shape: x.shape }
      })(),
    )
  }

  *#energyMaps(x: Batch, out?: Float32Array): Steps<Float32Array> {
    const { patch: p, center, factor, shift } = this.state
    const [n, c, h, w] = x.shape
    const [ny, nx] = [h - p + 1, w - p + 1]
    const map = out ?? allocate(Float32Array, n * h * w)
    for (const [begin, end] of groupsOf(n, c * h * w)) {
      const count = end - begin
      const images = x.data.subarray(begin * c * h * w, end * c * h * w)
      const energies = allocate(Float32Array, count * ny * nx)
      const rows = count * ny
      yield step('patchEnergies', 'energies', rows, [images, center, factor, shift, count, c, h, w, p, rows, energies])
      const part = map.subarray(begin * h * w, end * h * w)
      yield step('patchAverage', 'average', count * h, [energies, count, h, w, p, count * h, part])
    }
    return map
  }

  /** Local energy: the average of the energies of the patches that hold a pixel, [n, 1, h, w]. Within 1e-5. */
  energyMap(x: Batch, out?: Float32Array): Batch {
    const [n, , h, w] = this.check('x', x)
    const result = outFor(out, n * h * w, x.data)
    const self = this
    return this.run(
      (function* (): Steps<Batch> {
        yield* checkFinite('x.data', x.data)
        return { data: yield* self.#energyMaps(x, result), shape: [n, 1, h, w] }
      })(),
    )
  }

  /**
   * One number per image, larger = more anomalous; NaN where pixels are so large that the gradient or energy overflows.
   *
   * @param how - default `'gMax'`, the largest |gradient|
   * @param options - or `out` alone: at least n
   */
  score(x: Batch, how: ScoreName = 'gMax', options: ScoreOptions | Float32Array = {}): Float32Array {
    return this.run(this.scores(x, how, options))
  }

  /** @internal The steps of `score`. */
  *scores(x: Batch, how: ScoreName, options: ScoreOptions | Float32Array): Steps<Float32Array> {
    const [n, , h, w] = this.check('x', x)
    const settings = scoreSettings(how, options)
    const result = outFor(settings.out, n, x.data)
    yield* checkFinite('x.data', x.data)
    const self = this
    yield* scoresFrom(settings, x.shape, result, {
      *gradient() {
        return yield* self.#gradients(x)
      },
      *energyMap() {
        return { data: yield* self.#energyMaps(x), shape: [n, 1, h, w] as const }
      },
    })
    return result
  }

  /**
   * Map of what a descent on the energy changes: |x_T − x|, [n, c, h, w].
   *
   * @param options - step α default 1 / Σ|κ|, which is stable for this quadratic energy
   */
  descentMap(x: Batch, options: DescentOptions = {}): Batch {
    this.check('x', x)
    const alpha = 1 / this.kappa.reduce((sum, v) => sum + Math.abs(v), 0)
    return this.run(descentMap(x, descentSettings(options, alpha), (at) => this.#gradients(at)))
  }

  protected file(): ModelFile {
    return patchFile(this.kind, this.state)
  }

  protected override release(): void {
    super.release()
    this.#borders.clear()
  }
}

/** A model from a checked file. */
export function* readPatch(runner: KernelRunner, file: ModelFile): Steps<PatchEnergy> {
  return new PatchEnergy(runner, yield* readPatchState(file))
}
