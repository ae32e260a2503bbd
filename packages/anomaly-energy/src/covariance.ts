/** Mean and scatter of rows of features, block by block, and what follows from them: Cholesky factors and precisions. */
import { allocate, log, NonFiniteError, RankDeficientError, type Real, rangeError, tagOf } from '@ukernels/runtime'
import { refuseChanged, type Steps, step } from './steps.js'

/** Rows of a block; blocks are merged in order, so that results don't depend on threads or calls. */
export const BLOCK = 256
/** Bytes of scatter matrices that are made before they are merged. */
const PENDING_BYTES = 2 ** 24

/** Number, mean and scatter Σ (x − mean)(x − mean)ᵀ of rows; the upper triangle of m2 counts. */
export interface Moments {
  readonly n: number
  readonly d: number
  readonly mean: Float64Array
  readonly m2: Float64Array
}

export const emptyMoments = (d: number): Moments => ({
  n: 0,
  d,
  mean: new Float64Array(d),
  m2: allocate(Float64Array, d * d),
})

/** Moments of what `moments` has and of n more rows; `moments` stays as it is. */
export function* addRows(moments: Moments, x: Real, n: number, name = 'f'): Steps<Moments> {
  const { d } = moments
  const group = BLOCK * Math.max(1, Math.floor(PENDING_BYTES / (8 * d * d)))
  let result = moments
  for (let begin = 0; begin < n; begin += group) {
    const count = Math.min(group, n - begin)
    const blocks = Math.ceil(count / BLOCK)
    const means = new Float64Array(blocks * d)
    const m2s = allocate(Float64Array, blocks * d * d)
    const rows = x.subarray(begin * d, (begin + count) * d)
    yield tagOf(x) === 'Float64Array'
      ? step('covBlocks64', 'covariance', blocks * d, [rows as Float64Array, count, d, blocks * d, means, m2s])
      : step('covBlocks', 'covariance', blocks * d, [rows as Float32Array, count, d, blocks * d, means, m2s])
    const sizes = Float64Array.from({ length: blocks }, (_, b) => Math.min(BLOCK, count - b * BLOCK))
    result = yield* mergeBlocks(result, sizes, means, m2s, result === moments)
  }
  refuseChanged(name, x, result.mean)
  refuseOverflow(name, x, result)
  return result
}

/** Throws where x is finite and its variance isn't. */
function refuseOverflow(name: string, x: Real, { d, m2 }: Moments): void {
  for (let i = 0; i < d; i++) {
    if (Number.isFinite(m2[i * d + i])) continue
    let at = i
    for (let j = i; j < x.length; j += d) if (Math.abs(x[j]) > Math.abs(x[at])) at = j
    throw new NonFiniteError(`${name}[${at}] is too large: the covariance overflows, got ${x[at]}`, at)
  }
}

function* mergeBlocks(
  { n, d, mean, m2 }: Moments,
  sizes: Float64Array,
  means: Float64Array,
  m2s: Float64Array,
  copy: boolean,
): Steps<Moments> {
  const newMean = new Float64Array(d)
  const merged = copy ? m2.slice() : m2
  yield step('covMerge', 'merge', d, [n, sizes.length, d, d, sizes, means, m2s, mean, newMean, merged])
  return { n: n + sizes.reduce((a, b) => a + b, 0), d, mean: newMean, m2: merged }
}

/** Moments of both sets of rows. */
export function* mergeMoments(a: Moments, b: Moments): Steps<Moments> {
  return yield* mergeBlocks(a, Float64Array.of(b.n), b.mean, b.m2, true)
}

/** The whole symmetric matrix m2 / divisor + ridge · I. */
export function symmetric({ d, m2 }: Moments, divisor: number, ridge: number): Float64Array {
  const out = allocate(Float64Array, d * d)
  for (let i = 0; i < d; i++) {
    out[i * d + i] = m2[i * d + i] / divisor + ridge
    for (let j = i + 1; j < d; j++) {
      const value = m2[i * d + j] / divisor
      out[i * d + j] = value
      out[j * d + i] = value
    }
  }
  return out
}

const MORE_ROWS = ': there must be more rows than features, or a ridge above 0'

/**
 * Throws where n rows can't have a covariance of rank d: around their mean they span n − 1 directions. Rounding can make
 * such a matrix look positive definite.
 */
export function checkRank(n: number, d: number, ridge: number, what: string): void {
  if (ridge === 0 && n <= d) throw new RankDeficientError(`${what} has rank ${n - 1} at most, of ${d}${MORE_ROWS}`)
}

/** Cholesky factor of a symmetric matrix, in place (the upper triangle is left as it was). */
export function* cholesky(a: Float64Array, d: number, what: string, remedy = MORE_ROWS): Steps<Float64Array> {
  const status = yield step('choleskyFactor', 'factor', d, [d, d, a])
  if (status !== 0) throw new RankDeficientError(`${what} isn't positive definite${remedy}`)
  return a
}

/** ln det of the matrix whose Cholesky factor this is: 2 Σ ln L_ii. */
export function logDetOf(factor: Float64Array, d: number): number {
  let sum = 0
  for (let i = 0; i < d; i++) sum += log(factor[i * d + i])
  return 2 * sum
}

/** L⁻¹ in place, whole (0 above the diagonal). */
export function* invertTriangle(l: Float64Array, d: number): Steps<Float64Array> {
  yield step('triangularInverse', 'factor', d, [d, d, l])
  return l
}

/** WᵀW. */
export function* gramOf(w: Float64Array, d: number): Steps<Float64Array> {
  const a = allocate(Float64Array, d * d)
  yield step('precision', 'factor', d, [w, d, d, a])
  return a
}

/** Smallest normal f32. */
const LEAST = 2 ** -126

/** Σ w²: of a factor W, the trace of WᵀW. */
export function squaresOf(w: Float64Array): number {
  let sum = 0
  for (let i = 0; i < w.length; i++) sum += w[i] * w[i]
  return sum
}

/**
 * Refuses data from whose precision f32 would make nothing, or infinity: energies and gradients are computed in it.
 *
 * @param trace - of the precision
 */
export function checkPrecision(name: string, trace: number): void {
  const rounded = Math.fround(trace)
  if (!(rounded >= LEAST && rounded < Infinity))
    throw rangeError(
      `${name} must be of a size that f32 can compute with, got variances whose reciprocals add up to ${trace}`,
    )
}

/** Packed lower triangle in f32. */
export function packTriangle(w: Float64Array, d: number): Float32Array {
  const out = allocate(Float32Array, (d * (d + 1)) / 2)
  let at = 0
  for (let i = 0; i < d; i++) for (let j = 0; j <= i; j++) out[at++] = w[i * d + j]
  return out
}

/**
 * The lower triangle W with positive diagonal and WᵀW = A. With J the reversal of indices and J A J = L Lᵀ it is
 * W = J Lᵀ J: one factorization, no inverse.
 */
export function* whiteningOf(a: Float64Array, d: number, what: string): Steps<Float64Array> {
  const reversed = a.slice().reverse()
  const l = yield* cholesky(reversed, d, what, '')
  const w = allocate(Float64Array, d * d)
  for (let i = 0; i < d; i++) for (let j = 0; j <= i; j++) w[i * d + j] = l[(d - 1 - j) * d + d - 1 - i]
  return w
}

/** Divisor of a scatter for `ddof` lost degrees of freedom; a single row divides by 1, and only a ridge helps. */
export const divisorOf = (n: number, ddof: number): number => Math.max(1, n - ddof)
