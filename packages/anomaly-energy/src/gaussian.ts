/** The Gaussian energy of feature vectors. */
import { type Job, KernelError, lengthError, owned, type Real } from '@ukernels/runtime'
import { outFor, rowsOf } from './batch.js'
import { forEachSlab } from './centered.js'
import {
  addRows,
  checkPrecision,
  checkRank,
  cholesky,
  divisorOf,
  emptyMoments,
  gramOf,
  invertTriangle,
  logDetOf,
  type Moments,
  mergeMoments,
  packTriangle,
  squaresOf,
  symmetric,
} from './covariance.js'
import { checkOther, FittedModel } from './model.js'
import { integerField, numberField, tensorField } from './model-fields.js'
import type { ModelFile } from './model-file.js'
import { type GaussianOptions, gaussianSettings } from './options.js'
import { checkFinite, type KernelRunner, type Steps, step } from './steps.js'

interface Settings {
  ridge: number
  ddof: 0 | 1
}

/** What is computed from the moments. */
interface Factors {
  moments: Moments
  /** Packed L⁻¹ of Σ + ρI. */
  factor: Float32Array
  /** L⁻¹ itself. */
  whitening: Float64Array
  /** (Σ + ρI)⁻¹, once a gradient has asked for it. */
  precision?: Float32Array
  logDet: number
}

function* factorsOf(moments: Moments, { ridge, ddof }: Settings, name = 'f'): Steps<Factors> {
  const { n, d } = moments
  checkRank(n, d, ridge, 'the covariance')
  const l = yield* cholesky(symmetric(moments, divisorOf(n, ddof), ridge), d, 'the covariance')
  const logDet = logDetOf(l, d)
  const whitening = yield* invertTriangle(l, d)
  checkPrecision(name, squaresOf(whitening))
  return { moments, factor: packTriangle(whitening, d), whitening, logDet }
}

function* precisionOf(factors: Factors): Steps<Float32Array> {
  factors.precision ??= Float32Array.from(yield* gramOf(factors.whitening, factors.moments.d))
  return factors.precision
}

/**
 * E(h) = ½ (h − μ)ᵀ (Σ + ρI)⁻¹ (h − μ). The fit is exact (the same bits everywhere), energies are within 1e-5.
 *
 * Fits are incremental and mergeable: rows come in blocks of 256 whose moments are merged in order (Chan, Golub and
 * LeVeque 1979), so a fit in parts gives the same bits where the parts are whole blocks, and 1e-12 otherwise.
 */
export class GaussianEnergy extends FittedModel<Factors> {
  readonly kind = 'gaussian'
  readonly #settings: Settings

  /** @internal */
  constructor(runner: KernelRunner, settings: Settings, factors: Factors) {
    super(runner, factors)
    this.#settings = settings
  }

  /** Features per row. */
  get d(): number {
    return this.state.moments.d
  }
  /** Rows that were fitted. */
  get n(): number {
    return this.state.moments.n
  }
  /** ln det(Σ + ρI). */
  get logDet(): number {
    return this.state.logDet
  }

  /**
   * Adds rows to the fit. An aborted or failed call leaves the model as it was.
   *
   * @param f - rows of d features, f32 or f64
   * @throws NonFiniteError; RankDeficientError; the reason of `signal`; KernelError ERR_UKERNELS_BUSY before an earlier one
   *   is done
   */
  async partialFit(f: Real, job: Job = {}): Promise<void> {
    const { moments } = this.state
    const settings = this.#settings
    const n = rowsOf('f', f, moments.d)
    const rows = owned(f)
    await this.changeBy((runner) =>
      runner.start(
        (function* () {
          yield* checkFinite('f', rows)
          return yield* factorsOf(yield* addRows(moments, rows, n), settings)
        })(),
        job,
      ),
    )
  }

  /** Adds the rows that another model has seen. Same d, ridge and ddof, or ERR_UKERNELS_MISMATCH. */
  merge(other: GaussianEnergy): void {
    checkOther(this, other, GaussianEnergy)
    const { moments } = this.free
    const theirs = other.state.moments
    for (const [field, mine, its] of [
      ['d', moments.d, theirs.d],
      ['ridge', this.#settings.ridge, other.#settings.ridge],
      ['ddof', this.#settings.ddof, other.#settings.ddof],
    ] as const) {
      if (mine !== its)
        throw new KernelError('ERR_UKERNELS_MISMATCH', `other.${field} must be ${mine} as here, got ${its}`)
    }
    const settings = this.#settings
    const state = this.run(
      (function* () {
        return yield* factorsOf(yield* mergeMoments(moments, theirs), settings, 'other')
      })(),
    )
    this.change(state)
  }

  /**
   * Energies of n rows; twice that is the squared Mahalanobis distance.
   *
   * @param f - rows of d features, f32 or f64
   * @param out - at least n
   * @throws NonFiniteError with the flat index
   */
  energy(f: Real, out?: Float32Array): Float32Array {
    return this.run(this.#energies(f, out))
  }

  *#energies(f: Real, out?: Float32Array): Steps<Float32Array> {
    const { moments, factor } = this.state
    const { d, mean } = moments
    const result = outFor(out, rowsOf('f', f, d), f)
    yield* forEachSlab('f', f, d, mean, function* ({ begin, count, v }) {
      const part = result.subarray(begin, begin + count)
      yield step('whitenRows', 'energy', count, [v, factor, count, d, part])
      for (let i = 0; i < count; i++) part[i] /= 2
    })
    return result
  }

  /** Gradients (Σ + ρI)⁻¹ (h − μ), n rows of d; within 1e-5. */
  gradient(f: Real, out?: Float32Array): Float32Array {
    return this.run(this.#gradients(f, out))
  }

  *#gradients(f: Real, out?: Float32Array): Steps<Float32Array> {
    const factors = this.state
    const { d, mean } = factors.moments
    const result = outFor(out, rowsOf('f', f, d) * d, f)
    const precision = yield* precisionOf(factors)
    yield* forEachSlab('f', f, d, mean, function* ({ begin, count, v }) {
      const part = result.subarray(begin * d, (begin + count) * d)
      yield step('projectRows', 'gradient', count, [v, precision, count, d, d, part, undefined, undefined])
    })
    return result
  }

  protected file(): ModelFile {
    const { n, d, mean, m2 } = this.state.moments
    return {
      kind: this.kind,
      settings: { ...this.#settings, n, d },
      tensors: { mean: { data: mean, shape: [d] }, m2: { data: m2, shape: [d, d] } },
    }
  }
}

/** `AnomalyEnergyKernel.fitGaussian`. */
export async function fitGaussian(
  runner: KernelRunner,
  f: Real,
  d: number,
  options: GaussianOptions & Job,
): Promise<GaussianEnergy> {
  const settings = gaussianSettings(d, options)
  const n = rowsOf('f', f, d)
  if (n === 0) throw lengthError('f must have at least one row, got 0')
  const rows = owned(f)
  const factors = await runner.start(
    (function* () {
      yield* checkFinite('f', rows)
      return yield* factorsOf(yield* addRows(emptyMoments(d), rows, n), settings)
    })(),
    options,
  )
  return new GaussianEnergy(runner, settings, factors)
}

/** A model from a checked file. */
export function* readGaussian(runner: KernelRunner, file: ModelFile): Steps<GaussianEnergy> {
  const d = integerField(file, 'd', 1, 2 ** 16)
  const n = integerField(file, 'n', 1, Number.MAX_SAFE_INTEGER)
  const ridge = numberField(file, 'ridge', (v) => v >= 0 && v < Infinity, 'finite and not negative')
  const settings: Settings = { ridge, ddof: integerField(file, 'ddof', 0, 1) as 0 | 1 }
  const m2 = tensorField(file, 'm2', Float64Array, d * d)
  const moments = { n, d, mean: tensorField(file, 'mean', Float64Array, d), m2 }
  return new GaussianEnergy(runner, settings, yield* factorsOf(moments, settings, 'm2'))
}
