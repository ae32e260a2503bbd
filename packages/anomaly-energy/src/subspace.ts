/** Principal subspaces of feature vectors: FRE, DFM and PPCA scores. */
import {
  allocate,
  type Job,
  KernelError,
  lengthError,
  log,
  owned,
  RankDeficientError,
  type Real,
  rangeError,
  tagOf,
} from '@ukernels/runtime'
import { type Batch, outFor, rowsOf, shapeOf } from './batch.js'
import { forEachSlab } from './centered.js'
import { addRows, emptyMoments, symmetric } from './covariance.js'
import { FittedModel } from './model.js'
import { integerField, tensorField } from './model-fields.js'
import type { ModelFile } from './model-file.js'
import { type SubspaceOptions, type SubspaceSize, subspaceSize } from './options.js'
import { checkFinite, type KernelRunner, refuseChanged, type Steps, step } from './steps.js'

/** λ below this share of the largest counts as this. */
const FLOOR = 1e-12

interface State {
  n: number
  d: number
  k: number
  mean: Float64Array
  /** k rows of d, orthonormal. */
  basis: Float32Array
  /** Squared singular values of the centered rows, all of them, descending. */
  squares: Float64Array
}

function* eigen(a: Float64Array, d: number): Steps<Float64Array> {
  const values = new Float64Array(d)
  const status = yield step('symEig', 'eigenvectors', 3 * d, [d, 3 * d, a, values, new Float64Array(8 * d + 64)])
  if (status !== 0) throw new KernelError('ERR_UKERNELS_INTERNAL', 'the eigenvectors did not converge')
  return values.map((v) => Math.max(0, v))
}

/** The smallest number of directions whose share of the variance reaches p. */
function countFor(squares: Float64Array, p: number): number {
  const total = squares.reduce((a, b) => a + b, 0)
  let sum = 0
  for (let k = 0; k < squares.length; k++) {
    sum += squares[k]
    if (sum / total >= p) return k + 1
  }
  return squares.length
}

function choose(squares: Float64Array, most: number, size: SubspaceSize): number {
  if (!(squares[0] > 0)) throw new RankDeficientError('the rows of f must differ: they have no direction of variance')
  if (size.k === undefined) return Math.min(most, countFor(squares, size.variance))
  if (size.k > most) throw rangeError(`k must be an integer from 1 to ${most} for these rows, got ${size.k}`)
  return size.k
}

/** n ≥ d: eigenvectors of the scatter matrix. */
function* fitPrimal(f: Real, n: number, d: number, size: SubspaceSize): Steps<State> {
  const moments = yield* addRows(emptyMoments(d), f, n)
  const vectors = symmetric(moments, 1, 0)
  const squares = yield* eigen(vectors, d)
  const k = choose(squares, d, size)
  return { n, d, k, mean: moments.mean, basis: Float32Array.from(vectors.subarray(0, k * d)), squares }
}

/** n < d: eigenvectors of the n × n Gram matrix, then right singular vectors v = Xᵀu / s; never d × d. */
function* fitDual(f: Real, n: number, d: number, size: SubspaceSize): Steps<State> {
  const mean = meanOf(f, n, d)
  refuseChanged('f', f, mean)
  const double = tagOf(f) === 'Float64Array'
  const gram = allocate(Float64Array, n * n)
  yield double
    ? step('gramRows64', 'gram', n, [f as Float64Array, mean, n, d, n, gram])
    : step('gramRows', 'gram', n, [f as Float32Array, mean, n, d, n, gram])
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) gram[j * n + i] = gram[i * n + j]
  refuseChanged('f', f, gram)
  const squares = yield* eigen(gram, n)
  // One direction is lost to the mean, more to rows that depend on each other.
  const rank = squares.filter((s) => s > 1e-13 * squares[0]).length
  const k = choose(squares, Math.max(1, Math.min(n - 1, rank)), size)
  const weights = Float64Array.from(gram.subarray(0, k * n), (u, i) => u / Math.sqrt(squares[Math.floor(i / n)]))
  const basis = allocate(Float64Array, k * d)
  yield double
    ? step('dualBasis64', 'basis', k, [f as Float64Array, mean, weights, n, d, k, basis])
    : step('dualBasis', 'basis', k, [f as Float32Array, mean, weights, n, d, k, basis])
  refuseChanged('f', f, basis)
  return { n, d, k, mean, basis: signed(basis, k, d), squares }
}

function meanOf(f: Real, n: number, d: number): Float64Array {
  const mean = allocate(Float64Array, d)
  for (let r = 0; r < n; r++) for (let i = 0; i < d; i++) mean[i] += f[r * d + i]
  return mean.map((sum) => sum / n)
}

/** Every row with its component of largest magnitude positive, as f32. */
function signed(basis: Float64Array, k: number, d: number): Float32Array {
  const out = allocate(Float32Array, k * d)
  for (let i = 0; i < k; i++) {
    const line = basis.subarray(i * d, (i + 1) * d)
    let peak = 0
    for (let j = 1; j < d; j++) if (Math.abs(line[j]) > Math.abs(line[peak])) peak = j
    out.set(line[peak] < 0 ? line.map((v) => -v) : line, i * d)
  }
  return out
}

/**
 * The k leading principal directions V and singular values s of centered rows; λ_i = s_i² / n, floored at
 * 1e-12 · λ_max. Within 1e-5 of f64, but for what is left by nearly all directions: see `fre`.
 *
 * Source: DFM (Ahuja et al. 2019), FRE (Ndiour et al. 2020), PPCA (Tipping and Bishop 1999).
 */
export class Subspace extends FittedModel<State> {
  readonly kind = 'subspace'

  /** Features per row. */
  get d(): number {
    return this.state.d
  }
  /** Directions kept. */
  get k(): number {
    return this.state.k
  }
  /** Their share of the variance. */
  get explained(): number {
    const { squares, k } = this.state
    const total = squares.reduce((a, b) => a + b, 0)
    return squares.subarray(0, k).reduce((a, b) => a + b, 0) / total
  }
  /** All singular values of the centered rows, descending. */
  get singularValues(): Float64Array {
    return this.state.squares.map(Math.sqrt)
  }

  /** Coordinates Vᵀ(h − μ): n rows of k. */
  project(f: Real, out?: Float32Array): Float32Array {
    const { d, k } = this.state
    const result = outFor(out, rowsOf('f', f, d) * k, f)
    return this.run(
      (function* (self: Subspace) {
        yield* self.#each(f, (begin, z) => result.set(z, begin * k))
        return result
      })(this),
    )
  }

  /** Feature reconstruction error ‖(h − μ) − VVᵀ(h − μ)‖²; n numbers, ≥ 0. Its root is within 1e-6 · ‖h − μ‖ of f64. */
  fre(f: Real, out?: Float32Array): Float32Array {
    return this.#scores(f, out, (_, fre) => fre)
  }

  /** Σ z_i² / λ_i + Σ ln λ_i: the negative log-likelihood of DFM, doubled, constants dropped. */
  nll(f: Real, out?: Float32Array): Float32Array {
    const lambda = this.#lambda()
    const shift = lambda.reduce((sum, l) => sum + log(l), 0)
    return this.#scores(f, out, (z) => mahalanobis(z, lambda) + shift)
  }

  /** Σ z_i² / λ_i + FRE / σ², σ² the mean variance of the directions left out. At full rank the second term is 0. */
  ppca(f: Real, out?: Float32Array): Float32Array {
    const { n, d, k, squares } = this.state
    const lambda = this.#lambda()
    const rest = squares.subarray(k).reduce((a, b) => a + b, 0)
    const sigma2 = Math.max(rest / (n * (d - k)), (FLOOR * squares[0]) / n)
    return this.#scores(f, out, (z, fre) => mahalanobis(z, lambda) + (k < d ? fre / sigma2 : 0))
  }

  #lambda(): Float64Array {
    const { n, k, squares } = this.state
    return squares.slice(0, k).map((s) => Math.max(s, FLOOR * squares[0]) / n)
  }

  #scores(f: Real, out: Float32Array | undefined, score: (z: Float32Array, fre: number) => number): Float32Array {
    const { d, k } = this.state
    const result = outFor(out, rowsOf('f', f, d), f)
    return this.run(
      (function* (self: Subspace) {
        yield* self.#each(f, (begin, z, fre) => {
          fre.forEach((value, i) => {
            result[begin + i] = score(z.subarray(i * k, (i + 1) * k), value)
          })
        })
        return result
      })(this),
    )
  }

  *#each(
    f: Real,
    take: (begin: number, z: Float32Array, fre: Float32Array, residual?: Float32Array) => void,
    { name = 'f', withResidual = false } = {},
  ): Steps<void> {
    const { d, k, mean, basis } = this.state
    yield* forEachSlab(name, f, d, mean, function* ({ begin, count, v }) {
      const z = allocate(Float32Array, count * k)
      const fre = new Float32Array(count)
      const residual = withResidual ? allocate(Float32Array, count * d) : undefined
      yield step('projectRows', 'project', count, [v, basis, count, d, k, z, fre, residual])
      take(begin, z, fre, residual)
    })
  }

  /**
   * Squared residual summed over channels: [n, 1, h, w].
   *
   * @param features - feature maps of c · h · w = d numbers
   */
  freMap(features: Batch, out?: Float32Array): Batch {
    const { d } = this.state
    const [n, c, h, w] = shapeOf('features', features)
    if (c * h * w !== d)
      throw lengthError(`features.shape must have c · h · w = ${d}, got [${features.shape.join(', ')}]`)
    const plane = h * w
    const result = outFor(out, n * plane, features.data)
    return this.run(
      (function* (self: Subspace): Steps<Batch> {
        const residuals = allocate(Float32Array, n * d)
        yield* self.#each(
          features.data,
          (begin, _z, _fre, residual) => residuals.set(residual as Float32Array, begin * d),
          { name: 'features.data', withResidual: true },
        )
        yield step('reduceChannels', 'map', n, [residuals, n, c, plane, 3, result])
        return { data: result, shape: [n, 1, h, w] }
      })(this),
    )
  }

  protected file(): ModelFile {
    const { n, d, k, mean, basis, squares } = this.state
    return {
      kind: this.kind,
      settings: { n, d, k },
      tensors: {
        mean: { data: mean, shape: [d] },
        basis: { data: basis, shape: [k, d] },
        squares: { data: squares, shape: [squares.length] },
      },
    }
  }
}

const mahalanobis = (z: Float32Array, lambda: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < z.length; i++) sum += (z[i] * z[i]) / lambda[i]
  return sum
}

/** `AnomalyEnergyKernel.fitSubspace`. */
export async function fitSubspace(runner: KernelRunner, f: Real, d: number, options: SubspaceOptions & Job) {
  const size = subspaceSize(d, options)
  const n = rowsOf('f', f, d)
  if (n < 2) throw new RankDeficientError(`f must have at least two rows, got ${n}`)
  const rows = owned(f)
  const state = await runner.start(
    (function* () {
      yield* checkFinite('f', rows)
      return yield* n < d ? fitDual(rows, n, d, size) : fitPrimal(rows, n, d, size)
    })(),
    options,
  )
  return new Subspace(runner, state)
}

/** A model from a checked file. */
export function readSubspace(runner: KernelRunner, file: ModelFile): Subspace {
  const d = integerField(file, 'd', 1, 2 ** 31)
  const n = integerField(file, 'n', 2, Number.MAX_SAFE_INTEGER)
  const k = integerField(file, 'k', 1, Math.min(n, d))
  return new Subspace(runner, {
    n,
    d,
    k,
    mean: tensorField(file, 'mean', Float64Array, d),
    basis: tensorField(file, 'basis', Float32Array, k * d),
    squares: tensorField(file, 'squares', Float64Array, Math.min(n, d)),
  })
}
